/* Building base.faiss: k-means on a sample, every live row into the list of its nearest centroid, and then a measured
 * answer to the one question that is left: into how many lists must a search look? Sampled rows are searched exactly;
 * where in the order of lists their true neighbours lie says it, for the very data at hand.
 *
 * A base that is there already keeps its centroids while they fit: only rows that came later are assigned, what is gone
 * leaves the lists, and the file is replaced as a whole, so that a crash leaves the old one or the new one. Centroids are
 * fitted anew where items have doubled, or where the lists have become much more uneven than they were. */
#include "index/index_build.h"

#include "base/checked.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "index/index_scan.h"
#include "index/index_train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    sample_per_list = 50,
    assign_rows = 1024, /* by one worker at a time */
    assign_blocks = 64, /* between two looks at the watch */
    trial_queries = 256,
    fingerprint_rows = 64
};

/* Aimed for on the trial queries; 0.95 is promised on others. */
static const double trial_recall = 0.98;

typedef struct base_build {
    const kin_index *index;
    const kin_watch *watch;
    kin_index__base *fitted;    /* centroids only; NULL: those of the base that is there are kept */
    const kin_index__base *use; /* whose centroids */
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

/* The ids were read from the file, so that it is in memory as far as it fits; but a page of the mapping that is touched
 * for the first time costs a fault, and the rows of a list lie on as many pages. */
static void map_pages(const kin_index__file *file)
{
    enum { page = 4096 };
    const volatile unsigned char *bytes = file->map;
    size_t size = kin_index__file_head + file->rows * file->format.stride;
    for (size_t at = 0; at < size; at += page)
        (void)bytes[at];
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
    if (index->map.count > kin_index__exact_items)
        map_pages(&index->file);
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

static void list_members(base_build *build)
{
    const kin_index__map *map = &build->index->map;
    for (size_t row = 0, n = 0; row < map->rows; row++)
        if (kin_index__bit(map->live, row))
            build->members[n++] = (uint32_t)row;
}

static int fit(base_build *build, kin_rng *rng, kin_error *err)
{
    size_t count = build->index->map.count, lists = lists_for(count), wanted = lists * sample_per_list;
    if (wanted > count)
        wanted = count;
    float *sample = draw(build, rng, wanted);
    if (!sample)
        return kin_fail_memory(err);
    int code = kin_index__train(&build->index->identity, sample, wanted, lists, build->watch, &build->fitted, err);
    free(sample);
    build->use = build->fitted;
    build->about.lists = lists;
    build->about.trained_members = count;
    return code;
}

typedef struct assigning {
    base_build *build;
    size_t first, end; /* rows of this round */
    size_t threads;
    float *vectors; /* [threads, assign_rows, dim] */
    uint32_t *lists; /* [threads, assign_rows] */
    kin_error *errors; /* [threads] */
} assigning;

/* assigned[] of the live rows of one block. */
static void assign_block(void *user, size_t worker, size_t block)
{
    const assigning *a = user;
    const kin_index *index = a->build->index;
    const kin_index__format *format = &index->file.format;
    float *vectors = a->vectors + worker * assign_rows * format->dim;
    uint32_t *lists = a->lists + worker * assign_rows;
    size_t from = a->first + block * assign_rows, to = a->end - from < assign_rows ? a->end : from + assign_rows, n = 0;
    for (size_t row = from; row < to; row++)
        if (kin_index__bit(index->map.live, row))
            kin_index__decode(format, kin_index__file_row(&index->file, row), vectors + n++ * format->dim);
    if (kin_index__base_nearest(a->build->use, vectors, n, 1, lists, &a->errors[worker]) != KIN_OK)
        return;
    n = 0;
    for (size_t row = from; row < to; row++)
        if (kin_index__bit(index->map.live, row))
            a->build->assigned[row] = lists[n++];
}

static int assign_round(const assigning *a, kin_error *err)
{
    const kin_watch *watch = a->build->watch;
    if (watch && watch->stop && watch->stop(watch->user))
        return kin_fail(err, KIN_E_STOPPED, "stopped; searches go on without the new base");
    kin_parallel(a->threads, (a->end - a->first + assign_rows - 1) / assign_rows, assign_block, (void *)(uintptr_t)a);
    int code = kin_parallel_error(a->errors, a->threads, err);
    if (code == KIN_OK && watch && watch->progress)
        watch->progress(watch->user, "assign", a->end, a->build->index->map.rows);
    return code;
}

/* Rows from `first` on. */
static int assign(base_build *build, size_t first, kin_error *err)
{
    size_t rows = build->index->map.rows, dim = build->index->file.format.dim;
    const size_t round = (size_t)assign_rows * assign_blocks;
    assigning a = { .build = build, .threads = kin_parallel_cores() };
    a.vectors = kin_alloc_aligned(a.threads * assign_rows, dim * sizeof *a.vectors);
    a.lists = kin_alloc_array(a.threads, assign_rows * sizeof *a.lists);
    a.errors = kin_alloc_zeroed(a.threads, sizeof *a.errors);
    int code = a.vectors && a.lists && a.errors ? KIN_OK : kin_fail_memory(err);
    for (a.first = first; code == KIN_OK && a.first < rows; a.first = a.end) {
        a.end = rows - a.first < round ? rows : a.first + round;
        code = assign_round(&a, err);
    }
    free(a.errors);
    free(a.lists);
    free(a.vectors);
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

/* order[n, lists]: all lists by nearness; ids[n, places]: true neighbours; queries are the first n of members. */
static int choose_probes(base_build *build, size_t n, const uint32_t *order, const int64_t *ids, size_t places,
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
    int64_t *ids = kin_alloc_array(n, places * sizeof *ids);
    uint32_t *order = kin_alloc_array(n, lists * sizeof *order);
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
        (code = kin_index__base_nearest(build->use, queries, n, lists, order, err)) == KIN_OK)
        code = choose_probes(build, n, order, ids, places, err);
out:
    kin_index__scan_clear(&scan);
    free(order);
    free(ids);
    free(scores);
    free(queries);
    return code;
}

/* Takes over the centroids that are there, and the lists of the rows that they have. */
static void keep_lists(base_build *build)
{
    const kin_index__base *base = build->index->base;
    const kin_index__base_about *about = kin_index__base_about_of(base);
    build->use = base;
    build->about.lists = about->lists;
    build->about.trained_members = about->trained_members;
    build->about.trained_unevenness = about->trained_unevenness;
    for (size_t list = 0; list < about->lists; list++) {
        size_t count;
        const uint32_t *rows = kin_index__base_list(base, list, &count);
        for (size_t i = 0; i < count; i++)
            build->assigned[rows[i]] = (uint32_t)list;
    }
}

static int make_lists(base_build *build, kin_rng *rng, size_t first, kin_error *err)
{
    build->offsets = kin_alloc_zeroed((size_t)build->about.lists + 1, sizeof *build->offsets);
    int code = build->offsets ? assign(build, first, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        code = try_out(build, rng, err);
    if (code == KIN_OK)
        fill_lists(build);
    return code;
}

static int make_anew(base_build *build, kin_rng *rng, kin_error *err)
{
    int code = fit(build, rng, err);
    if (code == KIN_OK)
        code = make_lists(build, rng, 0, err);
    if (code == KIN_OK)
        build->about.trained_unevenness = kin_index__unevenness(build->offsets, (size_t)build->about.lists);
    return code;
}

static bool centroids_fit(const kin_index *index)
{
    if (!index->base)
        return false;
    const kin_index__base_about *about = kin_index__base_about_of(index->base);
    return about->lists > 0 && index->map.count / 2 <= about->trained_members &&
           index->map.count >= about->trained_members / 3;
}

/* *fits: the lists are about as even as they were when the centroids were fitted. */
static int extend(base_build *build, kin_rng *rng, bool *fits, kin_error *err)
{
    keep_lists(build);
    int code = make_lists(build, rng, (size_t)kin_index__base_about_of(build->index->base)->covered, err);
    *fits = code == KIN_OK && kin_index__unevenness(build->offsets, (size_t)build->about.lists) <=
                                  build->about.trained_unevenness / 2 * 3;
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
    if (!build->members || !build->assigned)
        return kin_fail_memory(err);
    list_members(build);
    bool fits = false;
    int code = centroids_fit(build->index) ? extend(build, &rng, &fits, err) : KIN_OK;
    if (code == KIN_OK && !fits) {
        free(build->offsets);
        build->offsets = NULL;
        list_members(build);
        code = make_anew(build, &rng, err);
    }
    return code == KIN_OK ? kin_index__base_write(build->use, build->index->folder, &build->index->identity,
                                                  &build->about, build->offsets, build->members, err)
                          : code;
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

static size_t live_below(const kin_index__map *map, size_t rows)
{
    size_t count = 0;
    for (size_t row = 0; row < rows; row++)
        count += kin_index__bit(map->live, row);
    return count;
}

bool kin_index_base_is_due(const kin_index *index)
{
    enum { few = 4096 };
    size_t count = index->map.count;
    if (count <= kin_index__exact_items)
        return false;
    if (!index->base)
        return true;
    const kin_index__base_about *about = kin_index__base_about_of(index->base);
    size_t covered = (size_t)about->covered, past = index->map.rows - covered;
    size_t gone = (size_t)about->members - live_below(&index->map, covered);
    return past > few && past > count / 100 ? true : gone > count / 5;
}
