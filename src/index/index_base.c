#include "index/index_base.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/hash.h"

#include <errno.h>
#include <faiss/c_api/Clustering_c.h>
#include <faiss/c_api/IndexFlat_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/error_c.h>
#include <faiss/c_api/index_io_c.h>
#include <faiss/c_api/utils/distances_c.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct kin_index__base {
    kin_index__base_about about;
    FaissIndex *centroids;
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

_Static_assert(sizeof(footer) == 120, "the footer's layout is the file's");

static const char magic[8] = { 'K', 'I', 'N', 'B', 'A', 'S', '1', '\n' };
const size_t kin_index__depth[kin_index__depths] = { 50, 200, 1000, 5000 };
enum { iterations = 10, alignment = 64 };

/* Debian's FAISS is built for any x86-64: below its threshold of 20 queries it would not let BLAS do the work. */
static void prefer_blas(void)
{
    faiss_set_distance_compute_blas_threshold(1);
}

static void set_up_faiss(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prefer_blas);
}

static int fail_faiss(kin_error *err, const char *doing)
{
    return kin_fail(err, KIN_E_MEMORY, "FAISS could not %s, most likely for lack of memory: %.120s", doing,
                    faiss_get_last_error());
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
    if (!place_lists(base, &foot) || faiss_read_index(file, 0, &base->centroids) != 0 ||
        faiss_Index_metric_type(base->centroids) != METRIC_INNER_PRODUCT ||
        (uint64_t)faiss_Index_d(base->centroids) != identity->dim ||
        (uint64_t)faiss_Index_ntotal(base->centroids) != base->about.lists)
        return kin_fail(err, KIN_E_FORMAT, "%s is damaged; it is left aside until it is built again", path);
    return KIN_OK;
}

int kin_index__base_open(const char *folder, const kin_index__identity *identity, kin_index__base **out, kin_error *err)
{
    set_up_faiss();
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

int kin_index__base_nearest(const kin_index__base *base, const float *queries, size_t n, size_t probes, int64_t *lists,
                            kin_error *err)
{
    float *scores = kin_alloc_array(n, probes * sizeof *scores);
    if (!scores)
        return kin_fail_memory(err);
    int failed = faiss_Index_search(base->centroids, (idx_t)n, queries, (idx_t)probes, scores, lists);
    free(scores);
    return failed ? fail_faiss(err, "search the centroids") : KIN_OK;
}

/* One iteration a call (FAISS goes on from the centroids it has), so that the work can be watched and stopped. */
static int train(FaissClustering *clustering, FaissIndex *centroids, const float *sample, size_t n,
                 const kin_watch *watch, kin_error *err)
{
    for (uint64_t i = 0; i < iterations; i++) {
        if (watch && watch->stop && watch->stop(watch->user))
            return kin_fail(err, KIN_E_STOPPED, "stopped; searches go on without the new base");
        if (faiss_Clustering_train(clustering, (idx_t)n, sample, centroids) != 0)
            return fail_faiss(err, "cluster the vectors");
        if (watch && watch->progress)
            watch->progress(watch->user, "cluster", i + 1, iterations);
    }
    return KIN_OK;
}

int kin_index__base_fit(const kin_index__identity *identity, const float *sample, size_t n, size_t lists,
                        const kin_watch *watch, kin_index__base **out, kin_error *err)
{
    set_up_faiss();
    FaissClustering *clustering = NULL;
    FaissIndexFlatIP *flat = NULL;
    kin_index__base *base = kin_alloc_zeroed(1, sizeof *base);
    int code = base ? KIN_OK : kin_fail_memory(err);
    if (code != KIN_OK)
        return code;
    FaissClusteringParameters how;
    faiss_ClusteringParameters_init(&how);
    how.niter = 1;
    how.spherical = 1;
    how.min_points_per_centroid = 1;
    how.max_points_per_centroid = (int)(n / lists + 1); /* the sample is the sample: FAISS takes no smaller one */
    if (faiss_IndexFlatIP_new_with(&flat, (idx_t)identity->dim) != 0) {
        code = fail_faiss(err, "make an index");
        goto out;
    }
    base->centroids = flat;
    base->about.lists = lists;
    if (faiss_Clustering_new_with_params(&clustering, (int)identity->dim, (int)lists, &how) != 0)
        code = fail_faiss(err, "prepare clustering");
    else
        code = train(clustering, base->centroids, sample, n, watch, err);
out:
    if (clustering)
        faiss_Clustering_free(clustering);
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
