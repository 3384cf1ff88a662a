#include "index/index_private.h"

#include "base/checked.h"
#include "base/file.h"
#include "index/faiss_build.h"
#include "index/index_build.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { read_bytes = 1 << 18 };

static int append_ids(kin_index *index, const unsigned char *rows, size_t n, kin_error *err)
{
    for (size_t i = 0; i < n; i++) {
        int64_t id = kin_index__row_id(rows + i * index->file.format.stride);
        if (id == 0 || id == INT64_MIN)
            return kin_fail(err, KIN_E_FORMAT,
                            "row %zu of %s has no id: it is damaged; restore it from a copy or index anew",
                            index->map.rows, index->file.path);
        kin_index__map_append(&index->map, id);
    }
    return KIN_OK;
}

static int read_ids(kin_index *index, kin_error *err)
{
    const kin_index__file *file = &index->file;
    size_t batch = read_bytes / file->format.stride + 1;
    if (file->rows == 0)
        return KIN_OK;
    if (!kin_index__map_reserve(&index->map, file->rows))
        return kin_fail_memory(err);
    unsigned char *rows = kin_alloc_array(batch, file->format.stride);
    int code = rows ? KIN_OK : kin_fail_memory(err);
    for (size_t first = 0; code == KIN_OK && first < file->rows; first += batch) {
        size_t n = file->rows - first < batch ? file->rows - first : batch;
        code = kin_index__file_read(file, first, n, rows, err);
        if (code == KIN_OK)
            code = append_ids(index, rows, n, err);
    }
    free(rows);
    return code;
}

/* A base that covers rows which do not count was not taken into use. It goes first: rows to come in their place would
 * else be taken for covered. */
static int drop_rows(kin_index *index, kin_error *err)
{
    int code = index->base ? KIN_OK : kin_index__base_delete(index->folder, err);
    return code == KIN_OK ? kin_index__file_drop(&index->file, err) : code;
}

int kin_index_open(const char *folder, const kin_index_options *options, kin_index **out, kin_error *err)
{
    kin_index *index = kin_alloc_zeroed(1, sizeof *index);
    if (!index)
        return kin_fail_memory(err);
    index->file = (kin_index__file)KIN_INDEX__FILE_INIT;
    index->write = options->write;
    index->identity = (kin_index__identity) { options->model, options->generation, options->dim };
    bool drop = false;
    int code = KIN_OK;
    size_t length = strlen(folder) + 1;
    index->folder = kin_alloc_array(length, 1);
    if (!index->folder) {
        code = kin_fail_memory(err);
        goto out;
    }
    memcpy(index->folder, folder, length);
    if ((code = kin_index__file_open(&index->file, folder, options, &drop, err)) != KIN_OK ||
        (code = read_ids(index, err)) != KIN_OK)
        goto out;
    kin_index__use_base(index);
    if (drop && (code = drop_rows(index, err)) != KIN_OK)
        goto out;
    *out = index;
    index = NULL;
out:
    kin_index_close(index);
    return code;
}

void kin_index_close(kin_index *index)
{
    if (!index)
        return;
    kin_index__base_free(index->base);
    kin_index__map_clear(&index->map);
    kin_index__file_close(&index->file);
    free(index->folder);
    free(index);
}

int kin_index_delete(const char *folder, kin_error *err)
{
    int code = kin_index__base_delete(folder, err);
    if (code != KIN_OK)
        return code;
    static const char *const names[] = { "vectors.next", "vectors.bin" };
    for (size_t i = 0; code == KIN_OK && i < sizeof names / sizeof *names; i++) {
        kin_buffer path = KIN_BUFFER_INIT;
        kin_buffer_printf(&path, "%s/%s", folder, names[i]);
        if (path.failed)
            code = kin_fail_memory(err);
        else if (unlink(path.data) == 0)
            code = kin_file_sync_folder(folder, err);
        else if (errno != ENOENT)
            code = kin_fail_errno(err, "remove", path.data);
        kin_buffer_clear(&path);
    }
    return code;
}

static int check_writable(const kin_index *index, kin_error *err)
{
    if (index->write)
        return KIN_OK;
    return kin_fail(err, KIN_E_USAGE, "the index in %s is open for reading only; open it for writing", index->folder);
}

static int check_vectors(const int64_t *ids, const float *vectors, size_t n, size_t dim, kin_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (ids[i] <= 0)
            return kin_fail(err, KIN_E_USAGE, "%lld is no id; ids are positive", (long long)ids[i]);
        double squares = 0;
        for (size_t j = 0; j < dim; j++) {
            double x = (double)vectors[i * dim + j];
            squares += x * x;
        }
        if (!(fabs(squares - 1) < 1e-3))
            return kin_fail(err, KIN_E_USAGE, "the vector of item %lld has length %g, not 1; divide it by that",
                            (long long)ids[i], sqrt(squares));
    }
    return KIN_OK;
}

/* Memory first, then the file, then the map: what fails leaves the index as it was. */
static int append(kin_index *index, const int64_t *ids, const float *vectors, size_t n, kin_error *err)
{
    if (n > KIN_INDEX__MOST_ROWS - index->map.rows)
        return kin_fail(err, KIN_E_LIMIT,
                        "an index holds at most %zu rows; remove replaced and gone ones by compacting",
                        KIN_INDEX__MOST_ROWS);
    if (!kin_index__map_reserve(&index->map, n))
        return kin_fail_memory(err);
    int code = kin_index__file_append(&index->file, ids, vectors, n, err);
    for (size_t i = 0; i < n && code == KIN_OK; i++)
        kin_index__map_append(&index->map, ids[i]);
    return code;
}

int kin_index_add(kin_index *index, const int64_t *ids, const float *vectors, size_t n, kin_error *err)
{
    int code = check_writable(index, err);
    if (code != KIN_OK || n == 0)
        return code;
    code = check_vectors(ids, vectors, n, index->file.format.dim, err);
    return code == KIN_OK ? append(index, ids, vectors, n, err) : code;
}

static int ascending(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

int kin_index_remove(kin_index *index, const int64_t *ids, size_t n, kin_error *err)
{
    int code = check_writable(index, err);
    if (code != KIN_OK || n == 0)
        return code;
    int64_t *gone = kin_alloc_array(n, sizeof *gone);
    if (!gone)
        return kin_fail_memory(err);
    size_t there = 0, once = 0;
    for (size_t i = 0; i < n; i++)
        if (kin_index_has(index, ids[i]))
            gone[there++] = -ids[i];
    qsort(gone, there, sizeof *gone, ascending);
    for (size_t i = 0; i < there; i++)
        if (i == 0 || gone[i] != gone[i - 1])
            gone[once++] = gone[i];
    code = once ? append(index, gone, NULL, once, err) : KIN_OK;
    free(gone);
    return code;
}

int kin_index_sync(kin_index *index, kin_error *err)
{
    int code = check_writable(index, err);
    if (code == KIN_OK && fdatasync(index->file.fd) != 0)
        code = kin_fail_errno(err, "sync", index->file.path);
    return code;
}

size_t kin_index_dim(const kin_index *index)
{
    return index->identity.dim;
}

uint64_t kin_index_rows(const kin_index *index)
{
    return index->map.rows;
}

size_t kin_index_count(const kin_index *index)
{
    return index->map.count;
}

uint64_t kin_index_covered(const kin_index *index)
{
    return index->base ? kin_index__base_about_of(index->base)->covered : 0;
}

size_t kin_index__in_order(const kin_index *index, const uint64_t *mask, const kin_index__base *base, uint32_t *order)
{
    size_t n = 0, lists = base ? (size_t)kin_index__base_about_of(base)->lists : 0;
    for (size_t l = 0; l < lists; l++) {
        size_t count;
        const uint32_t *rows = kin_index__base_list(base, l, &count);
        for (size_t i = 0; i < count; i++)
            if (kin_index__bit(mask, rows[i]))
                order[n++] = rows[i];
    }
    for (size_t row = base ? (size_t)kin_index__base_about_of(base)->covered : 0; row < index->map.rows; row++)
        if (kin_index__bit(mask, row))
            order[n++] = (uint32_t)row;
    return n;
}

const char *kin_index_base_note(const kin_index *index)
{
    return index->base_note.code == KIN_OK ? NULL : index->base_note.message;
}

bool kin_index_base_is_damaged(const kin_index *index)
{
    return index->base_note.code == KIN_E_FORMAT;
}

bool kin_index_has(const kin_index *index, int64_t id)
{
    size_t row;
    return kin_index__map_find(&index->map, id, &row);
}

int kin_index_get(const kin_index *index, int64_t id, float *vector, kin_error *err)
{
    size_t row, dim = index->file.format.dim;
    if (!kin_index__map_find(&index->map, id, &row))
        return kin_fail(err, KIN_E_NOTFOUND, "item %lld is not in the index; index the data set first", (long long)id);
    kin_index__decode(&index->file.format, kin_index__file_row(&index->file, row), vector);
    double squares = 0;
    for (size_t i = 0; i < dim; i++)
        squares += (double)vector[i] * (double)vector[i];
    for (size_t i = 0; i < dim && squares > 0; i++)
        vector[i] = (float)((double)vector[i] / sqrt(squares));
    return KIN_OK;
}

const char *kin_index_engine(void)
{
    static _Thread_local char text[96];
    (void)snprintf(text, sizeof text, "FAISS " KIN_FAISS_VERSION " (%s)", kin_index__faiss_build());
    return text;
}
