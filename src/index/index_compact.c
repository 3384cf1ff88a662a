/* Compaction: the rows in use go to vectors.next under a new generation, synced; then the caller's ledger names that
 * generation; then it takes the place of vectors.bin. At whatever point this breaks off, one of the two files is of the
 * generation that the ledger names, and whoever opens the index finds it by that. Readers keep the file that they have
 * mapped.
 *
 * Where there is a base, rows are written list by list. A search looks into some lists, whose rows then lie side by side,
 * most of them also by the lists of the base that is made next, and no longer each on a page of its own. */
#include "index/index_private.h"
#include "kin/index_upkeep.h"

#include "base/buffer.h"
#include "base/checked.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { rows_bytes = 1 << 20, page_bytes = 4096 };

/* ---- Writing ---- */

typedef struct rewriting {
    const kin_index *index;
    const char *path;
    int fd;
    uint32_t *order;      /* [count] the rows that are kept */
    unsigned char *batch; /* [batch_rows, stride] */
    size_t batch_rows;
    kin_index_compacted *done;
} rewriting;

static int write_all(const rewriting *r, const unsigned char *data, size_t size, kin_error *err)
{
    while (size) {
        ssize_t n = write(r->fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return kin_fail_errno(err, "write", r->path);
        data += n;
        size -= (size_t)n;
    }
    return KIN_OK;
}

static int rewrite_rows(rewriting *r, const uint32_t *rows, size_t n, kin_error *err)
{
    const kin_index__format *format = &r->index->file.format;
    int code = KIN_OK;
    for (size_t i = 0, some; code == KIN_OK && i < n; i += some) {
        some = 1;
        while (i + some < n && rows[i + some] == rows[i] + some)
            some++;
        code = kin_index__file_read(&r->index->file, rows[i], some, r->batch + i * format->stride, err);
    }
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        uint64_t block = r->done->rows / KIN_INDEX_BLOCK;
        if (r->done->rows % KIN_INDEX_BLOCK == 0)
            r->done->sums[r->done->blocks++] = block;
        r->done->sums[block] = kin_index__sum_more(format, r->done->sums[block], r->batch + i * format->stride);
        r->done->rows++;
    }
    return code == KIN_OK ? write_all(r, r->batch, n * format->stride, err) : code;
}

static int rewrite(rewriting *r, uint64_t generation, const kin_watch *watch, kin_error *err)
{
    const kin_index *index = r->index;
    unsigned char head[kin_index__file_head];
    kin_index__file_header(&index->file.format, index->identity.model, generation, head);
    int code = write_all(r, head, sizeof head, err);
    for (size_t first = 0; code == KIN_OK && first < index->map.count; first += r->batch_rows) {
        size_t left = index->map.count - first;
        code = rewrite_rows(r, r->order + first, left < r->batch_rows ? left : r->batch_rows, err);
        if (code == KIN_OK && watch && watch->progress)
            watch->progress(watch->user, "rewrite rows", first, index->map.count);
        if (code == KIN_OK && watch && watch->stop && watch->stop(watch->user))
            code = kin_fail(err, KIN_E_STOPPED, "stopped; nothing was changed");
    }
    if (code == KIN_OK && fsync(r->fd) != 0)
        code = kin_fail_errno(err, "sync", r->path);
    return code;
}

static int next_path(const char *folder, kin_buffer *path, kin_error *err)
{
    kin_buffer_printf(path, "%s/vectors.next", folder);
    return path->failed ? kin_fail_memory(err) : KIN_OK;
}

double kin_index_scatter(const kin_index *index)
{
    size_t lists = index->base ? (size_t)kin_index__base_about_of(index->base)->lists : 0, far = 0, all = 0;
    size_t page = page_bytes / index->file.format.stride;
    for (size_t l = 0; l < lists; l++) {
        size_t count;
        const uint32_t *rows = kin_index__base_list(index->base, l, &count);
        for (size_t i = 1; i < count; i++)
            far += rows[i] - rows[i - 1] > page;
        all += count;
    }
    return all > 0 ? (double)far / (double)all : 0;
}

int kin_index_compact(const kin_index *index, uint64_t generation, const kin_watch *watch, kin_index_compacted *out,
                      kin_error *err)
{
    kin_buffer path = KIN_BUFFER_INIT;
    kin_index_compacted done = { 0 };
    size_t stride = index->file.format.stride;
    rewriting r = { .index = index, .fd = -1, .batch_rows = rows_bytes / stride + 1, .done = &done };
    int code = next_path(index->folder, &path, err);
    r.path = path.data;
    r.order = kin_alloc_array(index->map.count, sizeof *r.order);
    r.batch = kin_alloc_array(r.batch_rows, stride);
    done.sums = kin_alloc_array(index->map.count / KIN_INDEX_BLOCK + 1, sizeof *done.sums);
    if (code == KIN_OK && (!r.order || !r.batch || !done.sums))
        code = kin_fail_memory(err);
    if (code == KIN_OK && (r.fd = open(r.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) < 0)
        code = kin_fail_errno(err, "write", r.path);
    if (code == KIN_OK) {
        (void)kin_index__in_order(index, index->map.live, index->base, r.order);
        code = rewrite(&r, generation, watch, err);
        if (close(r.fd) != 0 && code == KIN_OK)
            code = kin_fail_errno(err, "write", r.path);
        if (code != KIN_OK)
            (void)unlink(r.path);
    }
    if (code == KIN_OK)
        code = kin_file_sync_folder(index->folder, err);
    if (code == KIN_OK) {
        *out = done;
        done.sums = NULL;
    }
    free(done.sums);
    free(r.order);
    free(r.batch);
    kin_buffer_clear(&path);
    return code;
}

/* ---- Taking into use ---- */

/* Whether the file is there and begins with `head`. */
static int begins_with(const char *path, const unsigned char *head, bool *same, kin_error *err)
{
    kin_buffer bytes = KIN_BUFFER_INIT;
    *same = false;
    if (!kin_file_exists(path))
        return KIN_OK;
    int code = kin_file_read_head(path, kin_index__file_head, &bytes, err);
    if (code == KIN_OK)
        *same = bytes.size == kin_index__file_head && memcmp(bytes.data, head, kin_index__file_head) == 0;
    kin_buffer_clear(&bytes);
    return code;
}

/* What is read wrongly must not be removed: each failure to read ends it. */
static int settle(const char *folder, const char *path, const char *next, const unsigned char *head, bool write,
                  bool *read_next, kin_error *err)
{
    bool old = false, named = false;
    int code = begins_with(path, head, &old, err);
    if (code == KIN_OK && !old)
        code = begins_with(next, head, &named, err);
    if (code != KIN_OK || !write) {
        *read_next = named;
        return code;
    }
    if (named && rename(next, path) != 0)
        return kin_fail_errno(err, "replace", path);
    if (!named && unlink(next) != 0)
        return kin_fail_errno(err, "remove", next);
    return kin_file_sync_folder(folder, err);
}

int kin_index__next_settle(const char *folder, const kin_index__format *format, const kin_index_options *options,
                           bool *read_next, kin_error *err)
{
    unsigned char head[kin_index__file_head];
    kin_buffer path = KIN_BUFFER_INIT, next = KIN_BUFFER_INIT;
    kin_index__file_header(format, options->model, options->generation, head);
    int code = next_path(folder, &next, err);
    kin_buffer_printf(&path, "%s/vectors.bin", folder);
    if (code == KIN_OK && path.failed)
        code = kin_fail_memory(err);
    if (code == KIN_OK && kin_file_exists(next.data))
        code = settle(folder, path.data, next.data, head, options->write, read_next, err);
    kin_buffer_clear(&path);
    kin_buffer_clear(&next);
    return code;
}
