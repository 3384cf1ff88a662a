#include "stats/design.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>

typedef struct sort_key {
    uint32_t stratum;
    int64_t unit;
    size_t row;
} sort_key;

static int compare_keys(const void *left, const void *right)
{
    const sort_key *a = left, *b = right;
    if (a->stratum != b->stratum)
        return a->stratum < b->stratum ? -1 : 1;
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static bool is_fraction(double x)
{
    return x >= 0 && x <= 1;
}

static int check_sample(const kin_sample *sample, size_t strata, kin_error *err)
{
    for (size_t i = 0; i < sample->n; i++) {
        if (!is_fraction(sample->y[i]))
            return kin_fail(err, KIN_E_FORMAT, "row %zu of the sample: verdict %g is not within 0..1", i, sample->y[i]);
        if (sample->weight && !(sample->weight[i] > 0 && isfinite(sample->weight[i])))
            return kin_fail(err, KIN_E_FORMAT, "row %zu of the sample: weight %g is not a positive number", i,
                            sample->weight[i]);
        if (sample->stratum && sample->stratum[i] >= strata)
            return kin_fail(err, KIN_E_FORMAT, "row %zu of the sample: there is no stratum %u of %zu", i,
                            (unsigned)sample->stratum[i], strata);
        if (sample->prediction && !is_fraction(sample->prediction[i]))
            return kin_fail(err, KIN_E_FORMAT, "row %zu of the sample: prediction %g is not within 0..1", i,
                            sample->prediction[i]);
    }
    return KIN_OK;
}

static kin_design *allocate(size_t n, size_t strata)
{
    kin_design *d = kin_alloc_zeroed(1, sizeof *d);
    if (!d)
        return NULL;
    d->n = n;
    d->strata = strata;
    d->row = kin_alloc_array(n, sizeof *d->row);
    d->y = kin_alloc_array(n, sizeof *d->y);
    d->weight = kin_alloc_array(n, sizeof *d->weight);
    d->f = kin_alloc_array(n, sizeof *d->f);
    d->unit_start = kin_alloc_array(n + 1, sizeof *d->unit_start);
    d->stratum_start = kin_alloc_array(strata + 1, sizeof *d->stratum_start);
    d->drawn = kin_alloc_array(strata, sizeof *d->drawn);
    d->population = kin_alloc_array(strata, sizeof *d->population);
    if (!d->row || !d->y || !d->weight || !d->f || !d->unit_start || !d->stratum_start || !d->drawn || !d->population) {
        kin_design_free(d);
        return NULL;
    }
    return d;
}

void kin_design_free(kin_design *d)
{
    if (!d)
        return;
    free(d->row);
    free(d->y);
    free(d->weight);
    free(d->f);
    free(d->unit_start);
    free(d->stratum_start);
    free(d->drawn);
    free(d->population);
    free(d);
}

static void fill_rows(kin_design *d, const kin_sample *sample, const sort_key *keys)
{
    size_t stratum = 0;
    d->stratum_start[0] = 0;
    for (size_t i = 0; i < d->n; i++) {
        size_t row = keys[i].row;
        bool same = i > 0 && keys[i].stratum == keys[i - 1].stratum && keys[i].unit == keys[i - 1].unit;
        for (; stratum < keys[i].stratum; stratum++)
            d->stratum_start[stratum + 1] = d->units;
        if (!same)
            d->unit_start[d->units++] = i;
        d->row[i] = row;
        d->y[i] = sample->y[row];
        d->f[i] = sample->prediction ? sample->prediction[row] : 0;
        d->weight[i] = sample->weight ? sample->weight[row] : 1;
    }
    for (; stratum < d->strata; stratum++)
        d->stratum_start[stratum + 1] = d->units;
    d->unit_start[d->units] = d->n;
    d->single = d->units == d->n;
    d->has_prediction = sample->prediction != NULL;
}

/* True where every stratum that has rows says its population. */
static int fill_strata(kin_design *d, const kin_sample *sample, bool *known, kin_error *err)
{
    *known = true;
    for (size_t h = 0; h < d->strata; h++) {
        size_t shown = d->stratum_start[h + 1] - d->stratum_start[h];
        d->drawn[h] = (double)shown;
        d->population[h] = 0;
        if (sample->strata) {
            d->drawn[h] = fmax(d->drawn[h], (double)sample->strata[h].drawn);
            d->population[h] = (double)sample->strata[h].population;
        }
        if (d->population[h] > 0 && d->population[h] < d->drawn[h])
            return kin_fail(err, KIN_E_FORMAT, "stratum %zu of the sample: %.0f reviewed of a population of %.0f", h,
                            d->drawn[h], d->population[h]);
        if (shown > 0 && !(d->population[h] > 0))
            *known = false;
    }
    return KIN_OK;
}

static void weigh_by_population(kin_design *d)
{
    for (size_t h = 0; h < d->strata; h++)
        for (size_t i = d->unit_start[d->stratum_start[h]]; i < d->unit_start[d->stratum_start[h + 1]]; i++)
            d->weight[i] = d->population[h] / d->drawn[h];
}

int kin_design_new(const kin_sample *sample, kin_design **out, kin_error *err)
{
    size_t n = sample->n, strata = sample->strata && sample->strata_count > 0 ? sample->strata_count : 1;
    sort_key *keys = NULL;
    kin_design *d = NULL;
    bool known = false;
    if (n >= SIZE_MAX / sizeof(sort_key) || strata >= SIZE_MAX / sizeof(size_t))
        return kin_fail_memory(err);
    int rc = check_sample(sample, strata, err);
    if (rc != KIN_OK)
        return rc;
    keys = kin_alloc_array(n, sizeof *keys);
    d = allocate(n, strata);
    if (!keys || !d) {
        rc = kin_fail_memory(err);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        keys[i].stratum = sample->stratum ? sample->stratum[i] : 0;
        keys[i].unit = sample->unit ? sample->unit[i] : (int64_t)i;
        keys[i].row = i;
    }
    qsort(keys, n, sizeof *keys, compare_keys);
    fill_rows(d, sample, keys);
    rc = fill_strata(d, sample, &known, err);
    if (rc != KIN_OK)
        goto out;
    if (!sample->weight && known)
        weigh_by_population(d);
    *out = d;
    d = NULL;
out:
    free(keys);
    kin_design_free(d);
    return rc;
}
