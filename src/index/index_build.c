/* Building base.faiss: k-means on a sample, every live row into the list of its nearest centroid, and then a measured
 * answer to the one question that is left: into how many lists must a search look? Sampled rows are searched exactly;
 * where in the order of lists their true neighbours lie says it, for the very data at hand. */
#include "index/index_build.h"

#include "base/checked.h"
#include "base/hash.h"
#include "base/rng.h"
#include "index/index_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    sample_per_list = 50, /* FAISS asks for 39 at least */
    assign_rows = 4096,
    trial_queries = 256,
    fingerprint_rows = 64
};

/* Aimed for on the trial queries; 0.95 is promised on others. */
static const double trial_recall = 0.98;

typedef struct base_build {
    const kin_index *index;
    const kin_watch *watch;
    kin_index__base *fitted; /* centroids only */
    kin_index__base_about about;
    uint32_t *members;  /* [count]: live rows; at first in random order, in the end by list */
    uint32_t *assigned; /* [rows]: a row's list */
    uint64_t *offsets;  /* [lists + 1] */
} base_build;

/* Changes where rows were replaced by others after a crash: the last row, and some before. */
static uint64_t fingerprint(const kin_index__file *file, uint64_t covered)
{
    uint64_t hash = covered;
    for (uint64_t i = 0; covered && i < fingerprint_rows; i++) {
        size_t row = (size_t)((covered - 1) * i / (fingerprint_rows - 1));
        hash = kin_hash_more(hash, kin_index__file_row(file, row), file->format.stride);
    }
    return hash;
}

void kin_index__use_base(kin_index *index)
{
    kin_index__base *base = NULL;
    index->base_note = (kin_error)KIN_ERROR_INIT;
    int code = kin_index__base_open(index->folder, &index->identity, &base, &index->base_note);
    if (code == KIN_E_NOTFOUND)
        index->base_note = (kin_error)KIN_ERROR_INIT;
    if (code != KIN_OK)
        return;
    const kin_index__base_about *about = kin_index__base_about_of(base);
    if (about->covered > index->file.rows || about->last_rows != fingerprint(&index->file, about->covered)) {
        kin_index__base_free(base);
        (void)kin_fail(&index->base_note, KIN_E_USAGE,
                       "%s/base.faiss belongs to other rows; it is left aside until it is built again", index->folder);
        return;
    }
    kin_index__base_free(index->base);
    index->base = base;
}

static size_t lists_for(size_t count)
{
    return (size_t)(2 * sqrt((double)count));
}

/* The first `wanted` of members become a random sample; returns their vectors [wanted, dim], malloc'ed. */
static float *draw(base_build *build, kin_rng *rng, size_t wanted)
{
    const kin_index__file *file = &build->index->file;
    size_t count = build->index->map.count, dim = file->format.dim, cells;
    float *vectors = kin_size_mul(wanted, dim, &cells) ? kin_alloc_aligned(cells, sizeof *vectors) : NULL;
    for (size_t i = 0; vectors && i < wanted; i++) {
        size_t other = i + (size_t)kin_rng_below(rng, count - i);
        uint32_t row = build->members[other];
        build->members[other] = build->members[i];
        build->members[i] = row;
        kin_index__decode(&file->format, kin_index__file_row(file, row), vectors + i * dim);
    }
    return vectors;
}

static int fit(base_build *build, kin_rng *rng, kin_error *err)
{
    size_t count = build->index->map.count, lists = lists_for(count), wanted = lists * sample_per_list;
    if (wanted > count)
        wanted = count;
    float *sample = draw(build, rng, wanted);
    if (!sample)
        return kin_fail_memory(err);
    int code = kin_index__base_fit(&build->index->identity, sample, wanted, lists, build->watch, &build->fitted, err);
    free(sample);
    build->about.lists = lists;
    return code;
}

/* assigned[] of rows from .. to-1 that are live. */
static int assign_block(base_build *build, size_t from, size_t to, float *vectors, int64_t *lists, kin_error *err)
{
    const kin_index *index = build->index;
    const kin_index__format *format = &index->file.format;
    size_t n = 0;
    for (size_t row = from; row < to; row++)
        if (kin_index__bit(index->map.live, row))
            kin_index__decode(format, kin_index__file_row(&index->file, row), vectors + n++ * format->dim);
    int code = n ? kin_index__base_nearest(build->fitted, vectors, n, 1, lists, err) : KIN_OK;
    n = 0;
    for (size_t row = from; row < to && code == KIN_OK; row++)
        if (kin_index__bit(index->map.live, row)) {
            int64_t list = lists[n++];
            build->assigned[row] = list < 0 ? 0 : (uint32_t)list; /* a row of NaN has no nearest list */
        }
    return code;
}

static int assign(base_build *build, kin_error *err)
{
    size_t rows = build->index->map.rows, dim = build->index->file.format.dim;
    float *vectors = kin_alloc_aligned(assign_rows * dim, sizeof *vectors);
    int64_t *lists = kin_alloc_array(assign_rows, sizeof *lists);
    const kin_watch *watch = build->watch;
    int code = vectors && lists ? KIN_OK : kin_fail_memory(err);
    for (size_t row = 0; row < rows && code == KIN_OK; row += assign_rows) {
        size_t end = rows - row < assign_rows ? rows : row + assign_rows;
        if (watch && watch->stop && watch->stop(watch->user))
            code = kin_fail(err, KIN_E_STOPPED, "stopped; searches go on without the new base");
        else
            code = assign_block(build, row, end, vectors, lists, err);
        if (code == KIN_OK && watch && watch->progress)
            watch->progress(watch->user, "assign", end, rows);
    }
    free(lists);
    free(vectors);
    return code;
}

/* offsets[] and members[] by assigned[]: a counting sort, so that the rows of a list ascend. */
static void fill_lists(base_build *build)
{
    const kin_index__map *map = &build->index->map;
    uint64_t *ends = build->offsets;
    for (size_t row = 0; row < map->rows; row++)
        if (kin_index__bit(map->live, row))
            ends[build->assigned[row] + 1]++;
    for (size_t list = 0; list < build->about.lists; list++)
        ends[list + 1] += ends[list];
    for (size_t row = map->rows; row-- > 0;)
        if (kin_index__bit(map->live, row))
            build->members[--ends[build->assigned[row] + 1]] = (uint32_t)row;
    /* Now ends[list + 1] is where the list begins. */
    memmove(ends, ends + 1, build->about.lists * sizeof *ends);
    ends[build->about.lists] = map->count;
}

/* How many of the first `depth` neighbours ids[] of a query, itself left out, lie in its rank-th nearest list:
 * histogram[rank], ranks[list]. */
static void count_ranks(const base_build *build, const int64_t *ids, size_t depth, uint32_t self, const uint32_t *ranks,
                        uint64_t *histogram)
{
    size_t row;
    for (size_t i = 0, seen = 0; seen < depth && ids[i] > 0; i++)
        if (kin_index__map_find(&build->index->map, ids[i], &row) && row != self) {
            histogram[ranks[build->assigned[row]]]++;
            seen++;
        }
}

static uint64_t probes_of(const uint64_t *histogram, size_t lists)
{
    uint64_t all = 0, reached = 0;
    for (size_t i = 0; i < lists; i++)
        all += histogram[i];
    for (size_t i = 0; i < lists; i++) {
        reached += histogram[i];
        if ((double)reached >= trial_recall * (double)all)
            return i + 1;
    }
    return lists;
}

/* order[n, lists]: the lists by nearness; ids[n, places]: true neighbours; queries are the first n of members. */
static int choose_probes(base_build *build, size_t n, const int64_t *order, const int64_t *ids, size_t places,
                         kin_error *err)
{
    size_t lists = (size_t)build->about.lists;
    uint32_t *ranks = kin_alloc_zeroed(lists, sizeof *ranks);
    uint64_t *histogram = kin_alloc_array(lists, sizeof *histogram);
    int code = ranks && histogram ? KIN_OK : kin_fail_memory(err);
    for (size_t d = 0; d < kin_index__depths && code == KIN_OK; d++) {
        memset(histogram, 0, lists * sizeof *histogram);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < lists; j++)
                if (order[i * lists + j] >= 0)
                    ranks[order[i * lists + j]] = (uint32_t)j;
            count_ranks(build, ids + i * places, kin_index__depth[d], build->members[i], ranks, histogram);
        }
        build->about.probes[d] = probes_of(histogram, lists);
    }
    free(histogram);
    free(ranks);
    return code;
}

static int try_out(base_build *build, kin_rng *rng, kin_error *err)
{
    const kin_index *index = build->index;
    size_t lists = (size_t)build->about.lists, places = kin_index__depth[kin_index__depths - 1] + 1;
    size_t n = kin_index__scan_most(places) < trial_queries ? kin_index__scan_most(places) : trial_queries;
    float *queries = draw(build, rng, n), *scores = kin_alloc_array(n, places * sizeof *scores);
    int64_t *ids = kin_alloc_array(n, places * sizeof *ids), *order = kin_alloc_array(n, lists * sizeof *order);
    kin_index__scan scan = { .file = NULL };
    int code = KIN_OK;
    if (!queries || !scores || !ids || !order) {
        code = kin_fail_memory(err);
        goto out;
    }
    if ((code = kin_index__scan_init(&scan, index, queries, n, places, err)) != KIN_OK)
        goto out;
    kin_index__scan_rows(&scan, index->map.live, 0, index->map.rows);
    if ((code = kin_index__scan_finish(&scan, places, ids, scores, err)) == KIN_OK &&
        (code = kin_index__base_nearest(build->fitted, queries, n, lists, order, err)) == KIN_OK)
        code = choose_probes(build, n, order, ids, places, err);
out:
    kin_index__scan_clear(&scan);
    free(order);
    free(ids);
    free(scores);
    free(queries);
    return code;
}

static int run(base_build *build, kin_error *err)
{
    const kin_index__map *map = &build->index->map;
    kin_rng rng;
    kin_rng_seed(&rng, 1);
    build->about.covered = map->rows;
    build->about.members = map->count;
    build->about.last_rows = fingerprint(&build->index->file, map->rows);
    build->members = kin_alloc_array(map->count, sizeof *build->members);
    build->assigned = kin_alloc_array(map->rows, sizeof *build->assigned);
    build->offsets = kin_alloc_zeroed(lists_for(map->count) + 1, sizeof *build->offsets);
    if (!build->members || !build->assigned || !build->offsets)
        return kin_fail_memory(err);
    for (size_t row = 0, n = 0; row < map->rows; row++)
        if (kin_index__bit(map->live, row))
            build->members[n++] = (uint32_t)row;
    int code = fit(build, &rng, err);
    if (code != KIN_OK || (code = assign(build, err)) != KIN_OK || (code = try_out(build, &rng, err)) != KIN_OK)
        return code;
    fill_lists(build);
    return kin_index__base_write(build->fitted, build->index->folder, &build->index->identity, &build->about,
                                 build->offsets, build->members, err);
}

static int without_base(kin_index *index, kin_error *err)
{
    int code = kin_index__base_delete(index->folder, err);
    if (code != KIN_OK)
        return code;
    kin_index__base_free(index->base);
    index->base = NULL;
    index->base_note = (kin_error)KIN_ERROR_INIT;
    return KIN_OK;
}

int kin_index_build_base(kin_index *index, const kin_watch *watch, kin_error *err)
{
    if (!index->write)
        return kin_fail(err, KIN_E_USAGE, "the index in %s is open for reading only; open it for writing",
                        index->folder);
    if (index->map.count <= kin_index__exact_items)
        return without_base(index, err);
    base_build build = { .index = index, .watch = watch };
    int code = kin_index_sync(index, err); /* a base never covers rows that a crash could take away */
    if (code == KIN_OK)
        code = run(&build, err);
    free(build.offsets);
    free(build.assigned);
    free(build.members);
    kin_index__base_free(build.fitted);
    if (code != KIN_OK)
        return code;
    kin_index__use_base(index);
    return index->base_note.code == KIN_OK ? KIN_OK : kin_fail(err, KIN_E_IO, "%s", index->base_note.message);
}

bool kin_index_base_is_due(const kin_index *index)
{
    size_t rows = index->map.rows;
    if (index->map.count <= kin_index__exact_items)
        return false;
    if (!index->base)
        return true;
    const kin_index__base_about *about = kin_index__base_about_of(index->base);
    return rows - about->covered > rows / 10;
}
