#include "index/index_base.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/hash.h"
#include "index/index_codec.h"
#include "index/index_pool.h"
#include "index/index_query.h"

#include <errno.h>
#include <faiss/c_api/IndexFlat_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/error_c.h>
#include <faiss/c_api/index_io_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct kin_index__base {
    kin_index__base_about about;
    FaissIndex *centroids;
    uint8_t *panels; /* the same in 8 bits (kernel/rows8.h): who is nearest is settled by these */
    float *scale;    /* [lists, up to a multiple of 16] */
    size_t dim;
    const unsigned char *map; /* base.faiss as a whole; NULL until it is written */
    size_t mapped;
    const uint64_t *offsets; /* [lists + 1], in the map */
    const uint32_t *rows;    /* [members], in the map */
};

typedef struct footer {
    kin_index__base_about about;
    kin_index__identity identity;
    uint64_t lists_at; /* where offsets begin */
    uint64_t content;  /* XXH3 of all before the footer */
    char magic[8];
    uint64_t checksum; /* XXH3 of the footer up to here */
} footer;

_Static_assert(sizeof(footer) == 144, "the footer's layout is the file's");

static const char magic[8] = { 'K', 'I', 'N', 'B', 'A', 'S', '2', '\n' };
const size_t kin_index__depth[kin_index__depths] = { 10, 50, 200, 1000, 5000 };
enum { alignment = 64, asked_at_once = 64 };

static int fail_faiss(kin_error *err, const char *doing)
{
    return kin_fail(err, KIN_E_MEMORY, "FAISS could not %s, most likely for lack of memory: %.120s", doing,
                    faiss_get_last_error());
}

static size_t panels_of(size_t lists)
{
    return (lists + KIN_PANEL_ROWS - 1) / KIN_PANEL_ROWS;
}

static bool has_direction(const float *x, size_t dim)
{
    for (size_t i = 0; i < dim; i++)
        if (x[i] > 1e-6F || x[i] < -1e-6F)
            return true;
    return false;
}

static int pack(kin_index__base *base, const kin_index__format *format, const float *centroids, kin_error *err)
{
    const kin_rows8 *kernel = kin_rows8_get();
    size_t lists = (size_t)base->about.lists, panels = panels_of(lists);
    const int8_t *places[KIN_PANEL_ROWS];
    unsigned char *rows = kin_alloc_array(KIN_PANEL_ROWS, format->stride);
    base->panels = kin_alloc_aligned(panels, kernel->panel_size(format->dim));
    base->scale = kin_alloc_zeroed(panels * KIN_PANEL_ROWS, sizeof *base->scale);
    int code = rows && base->panels && base->scale ? KIN_OK : kin_fail_memory(err);
    for (size_t p = 0; code == KIN_OK && p < panels; p++) {
        size_t first = p * KIN_PANEL_ROWS, some = lists - first < KIN_PANEL_ROWS ? lists - first : KIN_PANEL_ROWS;
        for (size_t i = 0; i < some; i++) {
            unsigned char *row = rows + i * format->stride;
            const float *centroid = centroids + (first + i) * format->dim;
            kin_index__encode(format, 1, has_direction(centroid, format->dim) ? centroid : NULL, row);
            places[i] = kin_index__row_bytes(format, row, &base->scale[first + i]);
        }
        kernel->panel_pack(places, some, format->dim, base->panels + p * kernel->panel_size(format->dim));
    }
    free(rows);
    return code;
}

static int pack_centroids(kin_index__base *base, size_t dim, kin_error *err)
{
    kin_index__format format;
    float *centroids = NULL;
    size_t size = 0;
    base->dim = dim;
    int code = kin_index__format_init(&format, dim, KIN_VECTOR_I8, err);
    if (code != KIN_OK)
        return code;
    FaissIndexFlat *flat = faiss_IndexFlat_cast(base->centroids);
    if (flat)
        faiss_IndexFlat_xb(flat, &centroids, &size);
    if (!flat || size != (size_t)base->about.lists * dim)
        return kin_fail(err, KIN_E_FORMAT, "the centroids are none that kin wrote");
    for (size_t i = 0; i < size; i++)
        if (!(centroids[i] >= -2 && centroids[i] <= 2))
            return kin_fail(err, KIN_E_FORMAT, "the centroids are none that kin wrote");
    return pack(base, &format, centroids, err);
}

static int path_of(const char *folder, const char *name, kin_buffer *path, kin_error *err)
{
    kin_buffer_printf(path, "%s/%s", folder, name);
    return path->failed ? kin_fail_memory(err) : KIN_OK;
}

static bool lists_hold(const kin_index__base *base)
{
    if (base->offsets[0] != 0 || base->offsets[base->about.lists] != base->about.members)
        return false;
    for (size_t i = 0; i < base->about.lists; i++)
        if (base->offsets[i] > base->offsets[i + 1] || base->offsets[i + 1] > base->about.members)
            return false;
    for (size_t i = 0; i < base->about.members; i++)
        if (base->rows[i] >= base->about.covered)
            return false;
    return true;
}

/* Finds the lists in the map. All sizes are checked: a checksum does not keep out a file made on purpose. */
static bool place_lists(kin_index__base *base, const footer *foot)
{
    size_t room = base->mapped - sizeof *foot, need, rows;
    base->about = foot->about;
    if (foot->lists_at % alignment != 0 || foot->lists_at > room || foot->about.lists == 0 ||
        foot->about.lists > INT32_MAX || !kin_size_mul((size_t)foot->about.lists + 1, sizeof *base->offsets, &need) ||
        !kin_size_mul((size_t)foot->about.members, sizeof *base->rows, &rows) || !kin_size_add(need, rows, &rows) ||
        !kin_size_add((size_t)foot->lists_at, rows, &rows) || rows > room)
        return false;
    const void *lists = base->map + foot->lists_at;
    base->offsets = lists;
    const void *members = base->map + foot->lists_at + need;
    base->rows = members;
    return lists_hold(base);
}

static int map_file(kin_index__base *base, FILE *file, const char *path, kin_error *err)
{
    if (fseeko(file, 0, SEEK_END) != 0)
        return kin_fail_errno(err, "read", path);
    off_t bytes = ftello(file);
    rewind(file);
    if (bytes < (off_t)sizeof(footer))
        return kin_fail(err, KIN_E_FORMAT, "%s is cut short; it is left aside until it is built again", path);
    void *map = mmap(NULL, (size_t)bytes, PROT_READ, MAP_SHARED, fileno(file), 0);
    if (map == MAP_FAILED)
        return kin_fail_errno(err, "map", path);
    base->map = map;
    base->mapped = (size_t)bytes;
    return KIN_OK;
}

static int check_footer(const kin_index__base *base, const footer *foot, const char *path,
                        const kin_index__identity *identity, kin_error *err)
{
    if (memcmp(foot->magic, magic, sizeof magic) != 0 || foot->checksum != kin_hash(foot, offsetof(footer, checksum)) ||
        foot->content != kin_hash(base->map, base->mapped - sizeof *foot))
        return kin_fail(err, KIN_E_FORMAT, "%s is damaged; it is left aside until it is built again", path);
    if (memcmp(&foot->identity, identity, sizeof *identity) != 0)
        return kin_fail(err, KIN_E_USAGE, "%s belongs to other vectors; it is left aside until it is built again",
                        path);
    return KIN_OK;
}

/* FAISS reads any kind of index, and trusts the sizes in it. So it is given a flat one of the size that is meant, or
 * nothing: its kind, d int32, ntotal int64, two int64 that mean nothing, a byte, the metric int32, then a count and
 * floats. */
static bool centroids_are_flat(const kin_index__base *base, const footer *foot)
{
    enum { head = 37, numbers_at = head + 8 };
    uint32_t dim, metric;
    uint64_t lists, count, most = foot->lists_at;
    if (most < numbers_at || memcmp(base->map, "IxFI", 4) != 0)
        return false;
    memcpy(&dim, base->map + 4, sizeof dim);
    memcpy(&lists, base->map + 8, sizeof lists);
    memcpy(&metric, base->map + head - 4, sizeof metric);
    memcpy(&count, base->map + head, sizeof count);
    return metric == METRIC_INNER_PRODUCT && dim == foot->identity.dim && lists == foot->about.lists &&
           count / dim == lists && count % dim == 0 && count <= (most - numbers_at) / sizeof(float);
}

static int read_base(kin_index__base *base, FILE *file, const char *path, const kin_index__identity *identity,
                     kin_error *err)
{
    int code = map_file(base, file, path, err);
    if (code != KIN_OK)
        return code;
    footer foot;
    memcpy(&foot, base->map + base->mapped - sizeof foot, sizeof foot);
    if ((code = check_footer(base, &foot, path, identity, err)) != KIN_OK)
        return code;
    if (!place_lists(base, &foot) || !centroids_are_flat(base, &foot) ||
        faiss_read_index(file, 0, &base->centroids) != 0 ||
        faiss_Index_metric_type(base->centroids) != METRIC_INNER_PRODUCT ||
        (uint64_t)faiss_Index_d(base->centroids) != identity->dim ||
        (uint64_t)faiss_Index_ntotal(base->centroids) != base->about.lists)
        return kin_fail(err, KIN_E_FORMAT, "%s is damaged; it is left aside until it is built again", path);
    code = pack_centroids(base, (size_t)identity->dim, err);
    return code == KIN_E_FORMAT
               ? kin_fail(err, code, "%s is damaged; it is left aside until it is built again", path)
               : code;
}

int kin_index__base_open(const char *folder, const kin_index__identity *identity, kin_index__base **out, kin_error *err)
{
    FILE *file = NULL;
    kin_buffer path = KIN_BUFFER_INIT;
    kin_index__base *base = kin_alloc_zeroed(1, sizeof *base);
    int code = base ? path_of(folder, "base.faiss", &path, err) : kin_fail_memory(err);
    if (code != KIN_OK)
        goto out;
    file = fopen(path.data, "rb");
    code = file ? read_base(base, file, path.data, identity, err) : kin_fail_errno(err, "open", path.data);
    if (code != KIN_OK)
        goto out;
    *out = base;
    base = NULL;
out:
    if (file)
        fclose(file);
    kin_index__base_free(base);
    kin_buffer_clear(&path);
    return code;
}

void kin_index__base_free(kin_index__base *base)
{
    if (!base)
        return;
    if (base->centroids)
        faiss_Index_free(base->centroids);
    free(base->panels);
    free(base->scale);
    if (base->map)
        munmap((void *)(uintptr_t)base->map, base->mapped);
    free(base);
}

const kin_index__base_about *kin_index__base_about_of(const kin_index__base *base)
{
    return &base->about;
}

const uint32_t *kin_index__base_list(const kin_index__base *base, size_t list, size_t *count)
{
    *count = (size_t)(base->offsets[list + 1] - base->offsets[list]);
    return base->rows + base->offsets[list];
}

enum { stripe = 16 };

static bool any_above(const float *scores, float best)
{
    int above = 0;
    for (int i = 0; i < stripe; i++)
        above |= scores[i] > best;
    return above;
}

/* The first of the best of scores[n], n > 0. */
static uint32_t best_of(const float *scores, size_t n)
{
    uint32_t best = 0;
    for (size_t i = 0; i < n; i += stripe) {
        size_t end = n - i < stripe ? n : i + stripe;
        if (end - i == stripe && !any_above(scores + i, scores[best]))
            continue;
        for (size_t j = i; j < end; j++)
            best = scores[j] > scores[best] ? (uint32_t)j : best;
    }
    return best;
}

static int by_score(const void *left, const void *right)
{
    const kin_index__hit *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* The `probes` best of scores[n]. False where there is no memory. */
static bool best_some(const float *scores, size_t n, size_t probes, uint32_t *lists)
{
    kin_index__pool pool;
    kin_index__pool_init(&pool, probes, 0);
    for (uint32_t i = 0; i < n; i++)
        kin_index__pool_put(&pool, scores[i], i);
    bool done = !pool.failed && pool.size >= probes;
    if (done)
        qsort(pool.hits, pool.size, sizeof *pool.hits, by_score);
    for (size_t i = 0; done && i < probes; i++)
        lists[i] = pool.hits[i].row;
    kin_index__pool_clear(&pool);
    return done;
}

int kin_index__base_nearest(const kin_index__base *base, const float *queries, size_t n, size_t probes, uint32_t *lists,
                            kin_error *err)
{
    size_t count = (size_t)base->about.lists, panels = panels_of(count), step = panels * KIN_PANEL_ROWS;
    float *scores = kin_alloc_aligned(step, asked_at_once * sizeof *scores);
    int code = scores ? KIN_OK : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < n; i += asked_at_once) {
        size_t some = n - i < asked_at_once ? n - i : asked_at_once;
        kin_index__queries bytes;
        code = kin_index__queries_init(&bytes, queries + i * base->dim, some, base->dim, err);
        if (code != KIN_OK)
            break;
        kin_index__queries_score(&bytes, base->panels, base->scale, panels, scores, step);
        kin_index__queries_clear(&bytes);
        for (size_t q = 0; code == KIN_OK && q < some; q++) {
            uint32_t *out = lists + (i + q) * probes;
            if (probes == 1)
                *out = best_of(scores + q * step, count);
            else if (!best_some(scores + q * step, count, probes, out))
                code = kin_fail_memory(err);
        }
    }
    free(scores);
    return code;
}

uint64_t kin_index__unevenness(const uint64_t *offsets, size_t lists)
{
    double squares = 0, all = (double)offsets[lists];
    for (size_t i = 0; i < lists; i++) {
        double size = (double)(offsets[i + 1] - offsets[i]);
        squares += size * size;
    }
    return all > 0 ? (uint64_t)(1000 * squares * (double)lists / (all * all)) : 0;
}

int kin_index__base_from(const kin_index__identity *identity, const float *centroids, size_t lists,
                         kin_index__base **out, kin_error *err)
{
    FaissIndexFlatIP *flat = NULL;
    kin_index__base *base = kin_alloc_zeroed(1, sizeof *base);
    if (!base)
        return kin_fail_memory(err);
    int code = KIN_OK;
    base->about.lists = lists;
    if (faiss_IndexFlatIP_new_with(&flat, (idx_t)identity->dim) != 0)
        code = fail_faiss(err, "make an index");
    else
        base->centroids = flat;
    if (code == KIN_OK && faiss_Index_add(base->centroids, (idx_t)lists, centroids) != 0)
        code = fail_faiss(err, "take the centroids");
    if (code == KIN_OK)
        code = pack_centroids(base, (size_t)identity->dim, err);
    if (code != KIN_OK)
        kin_index__base_free(base);
    else
        *out = base;
    return code;
}

static bool pad(FILE *file, size_t *at, size_t to)
{
    static const char zeros[alignment];
    size_t some = (to - *at % to) % to;
    *at += some;
    return fwrite(zeros, 1, some, file) == some;
}

static bool put(FILE *file, size_t *at, const void *data, size_t size)
{
    *at += size;
    return fwrite(data, 1, size, file) == size;
}

/* All but the footer. */
static bool write_content(const kin_index__base *base, FILE *file, footer *foot, const uint64_t *offsets,
                          const uint32_t *rows)
{
    const kin_index__base_about *about = &foot->about;
    if (faiss_write_index(base->centroids, file) != 0 || fflush(file) != 0)
        return false;
    size_t at = (size_t)ftell(file);
    if (!pad(file, &at, alignment))
        return false;
    foot->lists_at = at;
    return put(file, &at, offsets, (about->lists + 1) * sizeof *offsets) &&
           put(file, &at, rows, about->members * sizeof *rows) && pad(file, &at, 8) && fflush(file) == 0;
}

static bool write_footer(FILE *file, footer *foot)
{
    size_t size = (size_t)ftell(file);
    void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fileno(file), 0);
    if (map == MAP_FAILED)
        return false;
    foot->content = kin_hash(map, size);
    munmap(map, size);
    foot->checksum = kin_hash(foot, offsetof(footer, checksum));
    return fwrite(foot, 1, sizeof *foot, file) == sizeof *foot && fflush(file) == 0 && fsync(fileno(file)) == 0;
}

int kin_index__base_write(const kin_index__base *base, const char *folder, const kin_index__identity *identity,
                          const kin_index__base_about *about, const uint64_t *offsets, const uint32_t *rows,
                          kin_error *err)
{
    kin_buffer path = KIN_BUFFER_INIT, name = KIN_BUFFER_INIT;
    FILE *file = NULL;
    footer foot = { .about = *about, .identity = *identity };
    memcpy(foot.magic, magic, sizeof magic);
    int code = path_of(folder, "base.faiss", &path, err);
    if (code != KIN_OK || (code = path_of(folder, "base.faiss.new", &name, err)) != KIN_OK)
        goto out;
    file = fopen(name.data, "w+b");
    if (!file) {
        code = kin_fail_errno(err, "write", name.data);
        goto out;
    }
    errno = EIO; /* FAISS may fail without the system's reason */
    if (!write_content(base, file, &foot, offsets, rows) || !write_footer(file, &foot))
        code = kin_fail_errno(err, "write", name.data);
    if (fclose(file) != 0 && code == KIN_OK)
        code = kin_fail_errno(err, "write", name.data);
    if (code == KIN_OK && rename(name.data, path.data) != 0)
        code = kin_fail_errno(err, "replace", path.data);
    if (code != KIN_OK)
        unlink(name.data);
    else
        code = kin_file_sync_folder(folder, err);
out:
    kin_buffer_clear(&name);
    kin_buffer_clear(&path);
    return code;
}

int kin_index__base_delete(const char *folder, kin_error *err)
{
    static const char *const names[] = { "base.faiss", "base.faiss.new" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        kin_buffer path = KIN_BUFFER_INIT;
        int code = path_of(folder, names[i], &path, err);
        if (code == KIN_OK && unlink(path.data) != 0 && errno != ENOENT)
            code = kin_fail_errno(err, "remove", path.data);
        kin_buffer_clear(&path);
        if (code != KIN_OK)
            return code;
    }
    return KIN_OK;
}
