#include "base/checked.h"
#include "base/parallel.h"
#include "kinship/kinship_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { most_threads = 256 };

static const double unlike_weight = 0.5;

static double mean_at(const float *vectors, size_t n, size_t dim, size_t at)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += vectors[i * dim + at];
    return n ? sum / (double)n : 0;
}

int kin_kinship_query(const float *likes, size_t n, const float *unlikes, size_t m, size_t dim, float *query,
                      kin_error *err)
{
    double square = 0;
    for (size_t d = 0; d < dim; d++) {
        double x = mean_at(likes, n, dim, d) - unlike_weight * mean_at(unlikes, m, dim, d);
        square += x * x;
    }
    double length = sqrt(square);
    if (!(length > 1e-6))
        return kin_fail(err, KIN_E_USAGE,
                        "what to be like and what to be unlike cancel each other out; leave some out");
    for (size_t d = 0; d < dim; d++)
        query[d] = (float)((mean_at(likes, n, dim, d) - unlike_weight * mean_at(unlikes, m, dim, d)) / length);
    return KIN_OK;
}

/* ---- a kinship ---- */

static int check_items(const kin_kinship_items *items, kin_error *err)
{
    if (items->dim == 0 || items->dim > kin_kinship__most_dim)
        return kin_fail(err, KIN_E_LIMIT, "descriptors of %zu components; kinship takes 1 to %d", items->dim,
                        kin_kinship__most_dim);
    if (items->count >= UINT32_MAX)
        return kin_fail(err, KIN_E_LIMIT, "%zu items are more than kinship takes", items->count);
    for (size_t i = 0; i < items->count; i++)
        if (items->label[i] < -1 || (items->label[i] >= 0 && (size_t)items->label[i] >= items->labels))
            return kin_fail(err, KIN_E_USAGE, "item %zu has label %d of %zu", i, items->label[i], items->labels);
    return KIN_OK;
}

static int alloc_rows(kin_kinship *kinship, kin_error *err)
{
    size_t count = kinship->items.count;
    kinship->components = kin_alloc_array(count, kinship->items.dim);
    kinship->scale = kin_alloc_array(count, sizeof *kinship->scale);
    kinship->label = kin_alloc_array(count, sizeof *kinship->label);
    kinship->fold = kin_alloc_array(count, sizeof *kinship->fold);
    kinship->by_fold = kin_alloc_array(count, sizeof *kinship->by_fold);
    bool all = kinship->components && kinship->scale && kinship->label && kinship->fold && kinship->by_fold;
    return all ? KIN_OK : kin_fail_memory(err);
}

/* A counting sort: rows of a fold stay in order. */
static void arrange_folds(kin_kinship *kinship)
{
    size_t at[kin_kinship__folds], count = kinship->items.count;
    for (size_t i = 0; i < count; i++) {
        kinship->label[i] = kinship->items.label[i];
        kinship->fold[i] = kin_kinship__fold_of(kinship->items.asset[i]);
        kinship->fold_start[kinship->fold[i] + 1]++;
    }
    for (size_t f = 0; f < kin_kinship__folds; f++) {
        kinship->fold_start[f + 1] += kinship->fold_start[f];
        at[f] = kinship->fold_start[f];
    }
    for (size_t i = 0; i < count; i++)
        kinship->by_fold[at[kinship->fold[i]]++] = (uint32_t)i;
}

typedef struct reading {
    kin_kinship *kinship;
    float *vectors;    /* [threads, rows_read, dim] */
    kin_error *errors; /* [threads] the first of each worker */
    size_t *blocks;    /* [threads] where it happened */
} reading;

enum { rows_read = 1024 };

static void read_block(void *user, size_t worker, size_t i)
{
    reading *r = user;
    const kin_kinship_items *items = &r->kinship->items;
    size_t first = i * rows_read, left = items->count - first, n = left < rows_read ? left : rows_read;
    float *vectors = r->vectors + worker * rows_read * items->dim;
    if (r->errors[worker].code != KIN_OK)
        return;
    kin_error err = KIN_ERROR_INIT;
    int code = items->read(items->user, first, n, vectors, &err);
    if (code == KIN_OK) {
        kin_kinship__store(r->kinship, first, n, vectors);
        return;
    }
    err.code = code;
    r->errors[worker] = err;
    r->blocks[worker] = i;
}

static int read_rows(kin_kinship *kinship, kin_error *err)
{
    size_t threads = kinship->threads;
    reading r = { .kinship = kinship };
    r.vectors = kin_alloc_array(threads * rows_read, kinship->items.dim * sizeof *r.vectors);
    r.errors = kin_alloc_zeroed(threads, sizeof *r.errors);
    r.blocks = kin_alloc_zeroed(threads, sizeof *r.blocks);
    int code = r.vectors && r.errors && r.blocks ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK) {
        kin_parallel(threads, (kinship->items.count + rows_read - 1) / rows_read, read_block, &r);
        size_t first = SIZE_MAX;
        for (size_t t = 0; t < threads; t++)
            if (r.errors[t].code != KIN_OK && r.blocks[t] < first) {
                first = r.blocks[t];
                code = kin_fail(err, r.errors[t].code, "%s", r.errors[t].message);
            }
    }
    free(r.vectors);
    free(r.errors);
    free(r.blocks);
    return code;
}

int kin_kinship_new(const kin_kinship_items *items, size_t threads, kin_kinship **out, kin_error *err)
{
    int code = check_items(items, err);
    if (code != KIN_OK)
        return code;
    kin_kinship *kinship = calloc(1, sizeof *kinship);
    if (!kinship)
        return kin_fail_memory(err);
    kinship->items = *items;
    kinship->side = items->dim + 1;
    kinship->threads = threads ? threads : kin_parallel_cores();
    if (kinship->threads > most_threads)
        kinship->threads = most_threads;
    code = alloc_rows(kinship, err);
    if (code == KIN_OK) {
        arrange_folds(kinship);
        code = kin_kinship__linear_alloc(kinship, err);
    }
    if (code == KIN_OK)
        code = read_rows(kinship, err);
    if (code == KIN_OK)
        code = kin_kinship__linear_sum(kinship, err);
    if (code == KIN_OK)
        code = kin_kinship__linear_solve(kinship, err);
    if (code == KIN_OK)
        *out = kinship;
    else
        kin_kinship_free(kinship);
    return code;
}

void kin_kinship_free(kin_kinship *kinship)
{
    if (!kinship)
        return;
    free(kinship->components);
    free(kinship->scale);
    free(kinship->label);
    free(kinship->fold);
    free(kinship->by_fold);
    free(kinship->given.gram);
    free(kinship->given.label);
    free(kinship->judged.gram);
    free(kinship->judged.label);
    free(kinship->weights);
    free(kinship->verdicts);
    free(kinship);
}

static int by_item(const void *a, const void *b)
{
    const kin_kinship_verdict *x = a, *y = b;
    return (x->item > y->item) - (x->item < y->item);
}

static int check_verdicts(const kin_kinship *kinship, const kin_kinship_verdict *sorted, size_t n, kin_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (sorted[i].item >= kinship->items.count)
            return kin_fail(err, KIN_E_USAGE, "a verdict on item %zu of %zu", sorted[i].item, kinship->items.count);
        if (i > 0 && sorted[i].item == sorted[i - 1].item)
            return kin_fail(err, KIN_E_USAGE, "two verdicts on item %zu; only the latest counts", sorted[i].item);
        if (sorted[i].right < -1 || (sorted[i].right >= 0 && (size_t)sorted[i].right >= kinship->items.labels))
            return kin_fail(err, KIN_E_USAGE, "a verdict for label %d of %zu", sorted[i].right, kinship->items.labels);
    }
    return KIN_OK;
}

/* Puts verdicts (borrowed) in the place of those there are, and corrects labels by them. */
static void take_verdicts(kin_kinship *kinship, kin_kinship_verdict *verdicts, size_t n)
{
    for (size_t i = 0; i < kinship->verdicts_count; i++)
        kinship->label[kinship->verdicts[i].item] = kinship->items.label[kinship->verdicts[i].item];
    kinship->verdicts = verdicts;
    kinship->verdicts_count = n;
    for (size_t i = 0; i < n; i++)
        if (verdicts[i].mistake)
            kinship->label[verdicts[i].item] = verdicts[i].right;
}

int kin_kinship_judge(kin_kinship *kinship, const kin_kinship_verdict *verdicts, size_t n, kin_error *err)
{
    kin_kinship_verdict *sorted = kin_alloc_array(n, sizeof *sorted), *before = kinship->verdicts;
    size_t count_before = kinship->verdicts_count;
    if (!sorted)
        return kin_fail_memory(err);
    if (n > 0) {
        memcpy(sorted, verdicts, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, by_item);
    }
    int code = check_verdicts(kinship, sorted, n, err);
    if (code != KIN_OK) {
        free(sorted);
        return code;
    }
    take_verdicts(kinship, sorted, n);
    code = kin_kinship__linear_solve(kinship, err);
    if (code != KIN_OK)
        take_verdicts(kinship, before, count_before);
    free(code == KIN_OK ? before : sorted);
    return code;
}
