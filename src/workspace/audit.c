/* Drawing an audit: a random sample without replacement of what no earlier audit of the unit drew.
 *
 * Stratified, the sizes are proportional to what each value has left, lambda * left, but no less than the floor: lambda
 * is the one (by bisection) at which they add up to the audit, and whole numbers come by largest remainder. Within a
 * value the draw is simple; then all items are put into one random order, so that wherever reviewing stops, what was
 * reviewed of a value is a random sample of it. */

#include "workspace/report_private.h"

#include "base/buffer.h"
#include "base/checked.h"
#include "base/clock.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_FLOOR 10

/* What is left of one value; `size` of it are drawn. */
typedef struct share {
    uint32_t value; /* of kin_frame_key.of; 0: none */
    size_t start;   /* of its items in draw.pool */
    size_t left, least, size;
    double exact;
} share;

typedef struct draw {
    kin_ledger *ledger;
    const kin_audit_options *options;
    kin_frame frame;
    kin_audits audits;
    kin_frame_keys keys;
    const kin_frame_key *key; /* NULL: simple */
    uint32_t only;            /* value of key; 0: all */
    kin_unit unit;
    size_t floor; /* 0: none */
    share *shares;
    size_t shares_count;
    int64_t *pool; /* indices of items that can be drawn, by share */
    size_t pool_count;
    kin_job_item *items; /* drawn, in random order */
    size_t count;
    kin_stratum *strata;
    kin_arena arena;
} draw;

static const char *unit_name(kin_unit unit, size_t count)
{
    if (unit == KIN_UNIT_ASSET)
        return count == 1 ? "image" : "images";
    return count == 1 ? "shape" : "shapes";
}

/* ---- What to draw from ---- */

static bool occurs(const draw *d)
{
    for (uint32_t i = 0; i < d->frame.n; i++)
        if (d->key->of[i] != 0 && kin_workspace__frame_is(&d->frame, i, d->unit))
            return true;
    return false;
}

static int choose_key(draw *d, kin_error *err)
{
    const kin_audit_options *options = d->options;
    const char *name = options->label ? "label" : options->stratify;
    if (!name)
        return KIN_OK;
    if (strcmp(name, "label") == 0) {
        d->key = &d->frame.label;
        return KIN_OK;
    }
    int rc = kin_workspace__frame_keys(d->ledger, &d->arena, &d->frame, name, SIZE_MAX, &d->keys, err);
    if (rc == KIN_OK && d->keys.count == 0)
        return kin_workspace__frame_no_key(d->ledger, &d->frame, name, err);
    if (rc == KIN_OK)
        d->key = &d->keys.list[0];
    return rc;
}

static int choose_unit(draw *d, kin_error *err)
{
    d->unit = d->options->unit;
    if (d->unit == KIN_UNIT_ANY)
        d->unit = d->key && d->key->on_shapes ? KIN_UNIT_SHAPE : KIN_UNIT_ASSET;
    if ((d->unit == KIN_UNIT_SHAPE ? d->frame.shapes : d->frame.assets) == 0)
        return kin_fail(err, KIN_E_USAGE, "there are no %s to audit: run kin index%s", unit_name(d->unit, 2),
                        d->unit == KIN_UNIT_SHAPE ? " with annotations, or audit images" : "");
    if (d->key && !occurs(d)) {
        if (d->key != &d->frame.label)
            return kin_fail(err, KIN_E_USAGE, "no %s has \"%s\": leave it out, or audit the other unit",
                            unit_name(d->unit, 1), d->key->name);
        return kin_workspace__frame_no_key(d->ledger, &d->frame, "label", err);
    }
    if (d->options->label) {
        int64_t *place = kin_table_find(&d->frame.label.places, d->options->label);
        if (!place)
            return kin_fail(err, KIN_E_NOTFOUND, "nothing is labelled \"%s\": look at the labels with kin slices",
                            d->options->label);
        d->only = (uint32_t)*place + 1;
    }
    return KIN_OK;
}

/* Sorts what no earlier audit of the unit drew into shares. */
static int fill_pool(draw *d, kin_error *err)
{
    const kin_frame *frame = &d->frame;
    size_t values = d->key ? d->key->count + 1 : 1;
    uint8_t *out = kin_alloc_zeroed(frame->n, 1);
    size_t *next = kin_alloc_zeroed(values + 1, sizeof *next);
    d->shares = kin_alloc_zeroed(values, sizeof *d->shares);
    d->pool = kin_alloc_array(frame->n, sizeof *d->pool);
    int rc = KIN_OK;
    if (!out || !next || !d->shares || !d->pool) {
        rc = kin_fail_memory(err);
        goto out;
    }
    for (size_t j = 0; j < d->audits.count; j++)
        for (size_t r = 0; d->audits.list[j].unit == d->unit && r < d->audits.list[j].count; r++)
            if (d->audits.list[j].rows[r].item != KIN_FRAME_NONE)
                out[d->audits.list[j].rows[r].item] = 1;
    for (uint32_t i = 0; i < frame->n; i++) {
        uint32_t value = d->key ? d->key->of[i] : 0;
        out[i] = out[i] || !kin_workspace__frame_is(frame, i, d->unit) || (d->only && value != d->only);
        next[value + 1] += !out[i];
    }
    for (size_t v = 0; v < values; v++) {
        size_t left = next[v + 1];
        if (left > 0)
            d->shares[d->shares_count++] = (share) { .value = (uint32_t)v, .start = next[v], .left = left };
        next[v + 1] += next[v];
    }
    d->pool_count = next[values];
    for (uint32_t i = 0; i < frame->n; i++)
        if (!out[i])
            d->pool[next[d->key ? d->key->of[i] : 0]++] = i;
out:
    free(out);
    free(next);
    return rc;
}

/* ---- Sizes ---- */

static size_t least_total(draw *d, size_t floor)
{
    size_t total = 0;
    for (size_t h = 0; h < d->shares_count; h++) {
        d->shares[h].least = floor < d->shares[h].left ? floor : d->shares[h].left;
        total += d->shares[h].least;
    }
    return total;
}

static int set_floor(draw *d, kin_error *err)
{
    size_t values = d->shares_count, floor = d->options->floor;
    if (!d->options->stratify || d->options->label)
        return KIN_OK;
    if (floor > 0) {
        size_t need = least_total(d, floor);
        if (need > d->count)
            return kin_fail(err, KIN_E_USAGE,
                            "%zu values of \"%s\" with at least %zu each take %zu %s: draw so many, or lower the floor",
                            values, d->key->name, floor, need, unit_name(d->unit, need));
    } else {
        floor = d->count / (2 * values) > LEAST_FLOOR ? d->count / (2 * values) : LEAST_FLOOR;
        while (least_total(d, floor) > d->count)
            floor--;
    }
    d->floor = floor;
    return KIN_OK;
}

static double exact_total(draw *d, double lambda)
{
    double total = 0;
    for (size_t h = 0; h < d->shares_count; h++) {
        d->shares[h].exact = fmax(lambda * (double)d->shares[h].left, (double)d->shares[h].least);
        total += d->shares[h].exact;
    }
    return total;
}

static int compare_remainders(const void *left, const void *right)
{
    const share *const *a = left, *const *b = right;
    double x = (*a)->exact - (double)(*a)->size, y = (*b)->exact - (double)(*b)->size;
    if (x != y)
        return x > y ? -1 : 1;
    if ((*a)->left != (*b)->left)
        return (*a)->left > (*b)->left ? -1 : 1;
    return (*a)->value < (*b)->value ? -1 : (*a)->value > (*b)->value;
}

static int allocate(draw *d, kin_error *err)
{
    double low = 0, high = 1;
    share **order = kin_alloc_array(d->shares_count, sizeof(share *));
    if (!order)
        return kin_fail_memory(err);
    for (int i = 0; i < 100; i++) {
        double lambda = 0.5 * (low + high);
        if (exact_total(d, lambda) <= (double)d->count)
            low = lambda;
        else
            high = lambda;
    }
    exact_total(d, low);
    size_t total = 0;
    for (size_t h = 0; h < d->shares_count; h++) {
        share *s = &d->shares[h];
        order[h] = s;
        s->size = (size_t)floor(s->exact);
        total += s->size;
    }
    qsort(order, d->shares_count, sizeof(share *), compare_remainders);
    /* rounding in lambda may leave more than one a stratum */
    while (total < d->count)
        for (size_t h = 0; h < d->shares_count && total < d->count; h++)
            if (order[h]->size < order[h]->left) {
                order[h]->size++;
                total++;
            }
    free(order);
    return KIN_OK;
}

/* ---- The draw ---- */

static int draw_items(draw *d, uint64_t seed, kin_error *err)
{
    kin_rng rng;
    int64_t *order = kin_alloc_array(d->count, sizeof *order);
    kin_job_item *drawn = kin_alloc_array(d->count, sizeof *drawn);
    d->items = kin_alloc_array(d->count, sizeof *d->items);
    d->strata = kin_alloc_array(d->shares_count, sizeof *d->strata);
    int rc = order && drawn && d->items && d->strata ? KIN_OK : kin_fail_memory(err);
    kin_rng_seed(&rng, seed);
    size_t n = 0;
    for (size_t h = 0; rc == KIN_OK && h < d->shares_count; h++) {
        const share *s = &d->shares[h];
        const char *name = s->value > 0 ? d->key->values[s->value - 1] : KIN_STRATUM_NONE;
        d->strata[h] = (kin_stratum) { name, (int64_t)s->left, (int64_t)s->size };
        kin_rng_sample(&rng, d->pool + s->start, s->left, s->size);
        for (size_t i = 0; i < s->size; i++) {
            order[n] = (int64_t)n;
            drawn[n++] = (kin_job_item) { .item = d->frame.items[d->pool[s->start + i]].id,
                                          .stratum = (int)h,
                                          .probability = (double)s->size / (double)s->left,
                                          .score = NAN };
        }
    }
    if (rc == KIN_OK)
        kin_rng_sample(&rng, order, n, n);
    for (size_t i = 0; rc == KIN_OK && i < n; i++) {
        d->items[i] = drawn[order[i]];
        d->items[i].position = (int64_t)i + 1;
    }
    free(order);
    free(drawn);
    return rc;
}

static int record(draw *d, uint64_t seed, int64_t *id, kin_error *err)
{
    kin_buffer title = KIN_BUFFER_INIT;
    kin_buffer_printf(&title, "audit of %zu %s", d->count, unit_name(d->unit, d->count));
    if (d->options->label)
        kin_buffer_printf(&title, " labelled %s", d->options->label);
    else if (d->key)
        kin_buffer_printf(&title, ", stratified by %s", d->key->name);
    if (d->floor > 0)
        kin_buffer_printf(&title, ", at least %zu each", d->floor);
    kin_job job = { .kind = KIN_JOB_AUDIT,
                    .unit = d->unit,
                    .seed = seed,
                    .population = (int64_t)d->pool_count,
                    .stratify = d->key ? d->key->name : NULL,
                    .title = title.data };
    int rc = title.failed ? kin_fail_memory(err)
                          : kin_ledger_job_add(d->ledger, &job, d->items, d->count, d->strata,
                                               d->key ? d->shares_count : 0, id, err);
    kin_buffer_clear(&title);
    return rc;
}

static int draw_audit(draw *d, int64_t *id, kin_error *err)
{
    uint64_t seed = d->options->seed ? d->options->seed : (uint64_t)kin_clock_now();
    int rc = kin_workspace__frame_load(d->ledger, &d->arena, &d->frame, err);
    if (rc == KIN_OK)
        rc = kin_workspace__audits_load(d->ledger, &d->arena, &d->frame, &d->audits, err);
    if (rc == KIN_OK)
        rc = choose_key(d, err);
    if (rc == KIN_OK)
        rc = choose_unit(d, err);
    if (rc == KIN_OK)
        rc = fill_pool(d, err);
    if (rc == KIN_OK && d->pool_count == 0)
        rc = kin_fail(err, KIN_E_USAGE, "earlier audits drew all %s%s%s already: finish reviewing those",
                      unit_name(d->unit, 2), d->options->label ? " labelled " : "",
                      d->options->label ? d->options->label : "");
    d->count = d->options->count < d->pool_count ? d->options->count : d->pool_count;
    if (rc == KIN_OK)
        rc = set_floor(d, err);
    if (rc == KIN_OK)
        rc = allocate(d, err);
    if (rc == KIN_OK)
        rc = draw_items(d, seed, err);
    return rc == KIN_OK ? record(d, seed, id, err) : rc;
}

static void draw_clear(draw *d)
{
    kin_workspace__audits_clear(&d->audits);
    kin_workspace__frame_keys_clear(&d->keys);
    kin_workspace__frame_clear(&d->frame);
    free(d->shares);
    free(d->pool);
    free(d->items);
    free(d->strata);
    kin_arena_clear(&d->arena);
}

static int check_options(const kin_audit_options *options, kin_error *err)
{
    if (options->count == 0)
        return kin_fail(err, KIN_E_USAGE, "an audit of nothing tells nothing: say how many to draw");
    if (options->label && options->stratify && strcmp(options->stratify, "label") != 0)
        return kin_fail(err, KIN_E_USAGE, "an audit of one label is not stratified by \"%s\" as well: leave one out",
                        options->stratify);
    return KIN_OK;
}

int kin_workspace_audit(kin_workspace *workspace, const kin_audit_options *options, int64_t *job, kin_error *err)
{
    draw d = { .ledger = workspace->ledger, .options = options, .arena = KIN_ARENA_INIT };
    int64_t id = 0;
    int rc = check_options(options, err);
    if (rc == KIN_OK)
        rc = kin_ledger_begin(workspace->ledger, err);
    if (rc != KIN_OK)
        return rc;
    rc = draw_audit(&d, &id, err);
    rc = kin_workspace__end(workspace->ledger, rc, err);
    if (rc == KIN_OK)
        *job = id;
    draw_clear(&d);
    return rc;
}
