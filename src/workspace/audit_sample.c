/* All audits so far as one sample. Two ways, by what was drawn:
 *
 * One design: all audits drew assets, or all drew shapes, and at most one key stratified them. Each drew at random from
 * what the earlier ones had left, so within each value of the key (simple audits are simple within it as well) the
 * union of their runs is a simple random sample without replacement: strata = values, n_h of N_h reviewed. Rows of
 * audits of assets are the shapes of an asset, clusters with the asset as the unit.
 *
 * Several designs (assets and shapes, or different keys): each item gets the inclusion probability of the whole scheme,
 * whichever audit it came in by, which makes weights 1 / pi unbiased (Horvitz & Thompson 1952, JASA 47; rows that came
 * in twice are one):
 *     pi_i = 1 - (1 - a)(1 - s),  a, s = its chance through audits of assets (of its asset) and of shapes,
 *     chance = sum over audits j of that unit of  c_j / M_j  prod_{k < j} (1 - d_k / M_k)
 * in its stratum of each: M the items that j drew from, d drawn, c of them up to the last that counts. The sum is exact
 * as an item is drawn by one audit of a unit at most, and the product of both sides since draws of assets and of shapes
 * know nothing of each other. Of the joint probabilities nothing is used: all rows of an asset are one cluster, in one
 * stratum, without finite population correction, as if drawn with replacement. That forgets what stratification and
 * exhaustion gain, so its variance is too large rather than too small (Sarndal, Swensson & Wretman 1992, 2.9 and 4.5).
 *
 * What no audit could have brought in, such as labels that an audit of one label left out, is out of reach: a rate is
 * given only where nearly all of its items are within (slice_report.c). */

#include "workspace/report_private.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The key of an audit, and where the values of that key are among its strata. */
typedef struct lookup {
    const kin_frame_key *key; /* NULL: simple */
    uint32_t *stratum;        /* [key.count + 1] by kin_frame_key.of; KIN_FRAME_NONE: no such stratum */
} lookup;

typedef struct assembly {
    const kin_frame *frame;
    const kin_audits *audits;
    kin_unit unit;         /* of the report */
    size_t count;          /* audits that matter: those up to the last that has rows */
    unsigned units;        /* that they drew: bit (1 << unit) each */
    kin_unit drawn;        /* one design: what was drawn */
    const char *one_key;   /* and the key, NULL: none */
    bool mixed;            /* several designs */
    kin_frame_keys *keys;  /* [audits] at most one attribute each */
    lookup *lookups;       /* [audits] */
    uint8_t *taken;        /* [frame.n] drawn by an audit, and counts */
    double *chance_itself; /* [frame.n] mixed: through the audit that it came in by alone; a floor against 0 */
} assembly;

/* ---- Which design ---- */

static bool same_key(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool matters(const assembly *a, const kin_audit *audit)
{
    return (a->units >> audit->unit & 1u) != 0;
}

static void see_units(assembly *a)
{
    for (size_t j = 0; j < a->audits->count; j++) {
        const kin_audit *audit = &a->audits->list[j];
        if (audit->counted == 0 || (a->unit == KIN_UNIT_ASSET && audit->unit != KIN_UNIT_ASSET))
            continue;
        a->units |= 1u << audit->unit;
        a->count = j + 1;
    }
    a->drawn = a->units == 1u << KIN_UNIT_SHAPE ? KIN_UNIT_SHAPE : KIN_UNIT_ASSET;
    a->mixed = a->units == (1u << KIN_UNIT_SHAPE | 1u << KIN_UNIT_ASSET);
}

static void see_keys(assembly *a)
{
    for (size_t j = 0; j < a->count; j++) {
        const kin_audit *audit = &a->audits->list[j];
        if (!matters(a, audit) || !audit->stratify)
            continue;
        /* strata of a key that has gone from the data set cannot be told any more */
        bool gone = !a->lookups[j].key || a->lookups[j].key->count == 0;
        if (gone || (a->one_key && !same_key(a->one_key, audit->stratify)))
            a->mixed = true;
        a->one_key = audit->stratify;
    }
}

static int load_key(kin_ledger *ledger, kin_arena *arena, assembly *a, size_t j, kin_error *err)
{
    const char *name = a->audits->list[j].stratify;
    if (!name || !matters(a, &a->audits->list[j]))
        return KIN_OK;
    if (strcmp(name, "label") == 0) {
        a->lookups[j].key = &a->frame->label;
        return KIN_OK;
    }
    for (size_t k = 0; k < j; k++)
        if (a->lookups[k].key && same_key(a->lookups[k].key->name, name)) {
            a->lookups[j].key = a->lookups[k].key;
            return KIN_OK;
        }
    int rc = kin_workspace__frame_keys(ledger, arena, a->frame, name, SIZE_MAX, &a->keys[j], err);
    if (rc == KIN_OK && a->keys[j].count > 0)
        a->lookups[j].key = &a->keys[j].list[0];
    return rc;
}

/* ---- One design ---- */

static uint32_t drawn_item(const assembly *a, uint32_t item)
{
    return a->drawn == KIN_UNIT_ASSET ? a->frame->items[item].asset : item;
}

static int lay_strata(const assembly *a, const kin_frame_key *key, kin_audit_sample *sample, kin_error *err)
{
    const kin_frame *frame = a->frame;
    sample->strata_count = key ? key->count + 1 : 1;
    sample->strata = kin_alloc_zeroed(sample->strata_count, sizeof *sample->strata);
    if (!sample->strata)
        return kin_fail_memory(err);
    for (uint32_t i = 0; i < frame->n; i++) {
        if (!kin_workspace__frame_is(frame, i, a->drawn))
            continue;
        kin_sample_stratum *stratum = &sample->strata[key ? key->of[i] : 0];
        stratum->population++;
        stratum->drawn += a->taken[i];
    }
    for (uint32_t i = 0; i < frame->n; i++)
        sample->reach[i] = sample->strata[key ? key->of[drawn_item(a, i)] : 0].drawn > 0;
    for (size_t r = 0; r < sample->n; r++) {
        uint32_t unit = drawn_item(a, sample->item[r]);
        sample->stratum[r] = key ? key->of[unit] : 0;
        sample->unit[r] = frame->items[unit].id;
    }
    return KIN_OK;
}

/* ---- Several designs ---- */

static int lay_lookup(const kin_audit *audit, lookup *of, kin_error *err)
{
    if (!audit->stratify || !of->key)
        return KIN_OK;
    const kin_frame_key *key = of->key;
    of->stratum = kin_alloc_array(key->count + 1, sizeof *of->stratum);
    if (!of->stratum)
        return kin_fail_memory(err);
    for (size_t v = 0; v <= key->count; v++)
        of->stratum[v] = KIN_FRAME_NONE;
    for (size_t h = 0; h < audit->strata_count; h++) {
        const char *name = audit->strata[h].name;
        int64_t *place = name ? kin_table_find(&key->places, name) : NULL;
        if (place)
            of->stratum[*place + 1] = (uint32_t)h;
        else if (name && strcmp(name, KIN_STRATUM_NONE) == 0)
            of->stratum[0] = (uint32_t)h;
    }
    return KIN_OK;
}

static const kin_audit_stratum *stratum_of(const assembly *a, size_t j, uint32_t item)
{
    const kin_audit *audit = &a->audits->list[j];
    const lookup *of = &a->lookups[j];
    if (!audit->stratify)
        return &audit->strata[0];
    uint32_t h = of->stratum ? of->stratum[of->key->of[item]] : KIN_FRAME_NONE;
    return h == KIN_FRAME_NONE ? NULL : &audit->strata[h];
}

static double part(int64_t count, int64_t population)
{
    return population > 0 ? fmin(1, (double)count / (double)population) : 0;
}

/* Through the audits of one unit; `item` is of that unit. */
static double chance_through(const assembly *a, uint32_t item, kin_unit unit)
{
    double chance = 0, left = 1;
    for (size_t j = 0; j < a->count; j++) {
        if (a->audits->list[j].unit != unit)
            continue;
        const kin_audit_stratum *stratum = stratum_of(a, j, item);
        if (!stratum)
            continue;
        chance += left * part(stratum->reached, stratum->population);
        left *= 1 - part(stratum->drawn, stratum->population);
    }
    return chance;
}

static double inclusion(const assembly *a, uint32_t item)
{
    double through_asset = chance_through(a, a->frame->items[item].asset, KIN_UNIT_ASSET);
    double itself = kin_workspace__frame_is_asset(a->frame, item) ? 0 : chance_through(a, item, KIN_UNIT_SHAPE);
    return 1 - (1 - through_asset) * (1 - itself);
}

static int lay_weights(assembly *a, kin_audit_sample *sample, kin_error *err)
{
    const kin_frame *frame = a->frame;
    for (size_t j = 0; j < a->count; j++) {
        int rc = lay_lookup(&a->audits->list[j], &a->lookups[j], err);
        if (rc != KIN_OK)
            return rc;
    }
    sample->strata_count = 1;
    sample->strata = kin_alloc_zeroed(1, sizeof *sample->strata);
    if (!sample->strata)
        return kin_fail_memory(err);
    for (uint32_t i = 0; i < frame->n; i++) {
        sample->reach[i] = inclusion(a, i) > 0;
        /* assets without a shape are units too: stats takes the larger of this and what the rows show */
        sample->strata[0].drawn += kin_workspace__frame_is_asset(frame, i) && a->taken[i];
    }
    for (size_t r = 0; r < sample->n; r++) {
        uint32_t item = sample->item[r], asset = frame->items[item].asset;
        double chance = inclusion(a, item);
        /* relabelled since into a value that no audit knew: the chance that it was drawn with */
        if (!(chance > 0))
            chance = fmax(a->chance_itself[item], a->chance_itself[asset]);
        sample->weight[r] = 1 / chance;
        sample->stratum[r] = 0;
        sample->unit[r] = frame->items[asset].id;
        sample->reach[item] = 1;
    }
    return KIN_OK;
}

/* ---- Rows ---- */

static void take_rows(assembly *a)
{
    for (size_t j = 0; j < a->count; j++) {
        const kin_audit *audit = &a->audits->list[j];
        for (size_t i = 0; matters(a, audit) && i < audit->count; i++) {
            const kin_audit_row *row = &audit->rows[i];
            if (!row->counted)
                continue;
            const kin_audit_stratum *stratum = &audit->strata[row->stratum];
            a->taken[row->item] = 1;
            a->chance_itself[row->item] = part(stratum->reached, stratum->population);
        }
    }
}

static int lay_rows(const assembly *a, kin_audit_sample *sample, kin_error *err)
{
    const kin_frame *frame = a->frame;
    size_t n = 0;
    for (uint32_t i = 0; i < frame->n; i++)
        n += kin_workspace__frame_is(frame, i, a->unit) && (a->taken[i] || a->taken[frame->items[i].asset]);
    sample->item = kin_alloc_array(n, sizeof *sample->item);
    sample->y = kin_alloc_array(n, sizeof *sample->y);
    sample->weight = kin_alloc_array(n, sizeof *sample->weight);
    sample->unit = kin_alloc_array(n, sizeof *sample->unit);
    sample->stratum = kin_alloc_array(n, sizeof *sample->stratum);
    if (!sample->item || !sample->y || !sample->weight || !sample->unit || !sample->stratum)
        return kin_fail_memory(err);
    for (uint32_t i = 0; i < frame->n; i++) {
        if (!kin_workspace__frame_is(frame, i, a->unit) || !(a->taken[i] || a->taken[frame->items[i].asset]))
            continue;
        sample->item[sample->n] = i;
        sample->y[sample->n++] = kin_workspace__frame_is_mistake(frame, i) ? 1 : 0;
    }
    return KIN_OK;
}

static void count_open(const assembly *a, kin_audit_sample *sample)
{
    for (size_t j = 0; j < a->audits->count; j++) {
        const kin_audit *audit = &a->audits->list[j];
        for (size_t i = 0; i < audit->count; i++) {
            const kin_audit_row *row = &audit->rows[i];
            if (row->item == KIN_FRAME_NONE || row->counted)
                continue;
            bool reviewed = a->frame->items[row->item].reviewed != 0;
            sample->waiting += reviewed;
            sample->open += !reviewed;
        }
    }
}

static int make_design(const kin_audit_sample *sample, const double *prediction, kin_design **out, kin_error *err)
{
    kin_sample made = { .n = sample->n,
                        .y = sample->y,
                        .weight = sample->weighted ? sample->weight : NULL,
                        .unit = sample->unit,
                        .stratum = sample->stratum,
                        .strata = sample->strata,
                        .strata_count = sample->strata_count,
                        .prediction = prediction };
    return kin_design_new(&made, out, err);
}

/* Of items without a prediction (those that could not be described) the mean of the others is as good as any number
 * that does not look at their verdicts. */
int kin_workspace__sample_predict(kin_audit_sample *sample, const kin_frame *frame, const double *probability,
                                  kin_error *err)
{
    double *all = kin_alloc_array(frame->n, sizeof *all), *rows = kin_alloc_array(sample->n, sizeof *rows);
    kin_design *helped = NULL;
    int rc = all && rows ? KIN_OK : kin_fail_memory(err);
    double sum = 0, known = 0;
    for (size_t i = 0; rc == KIN_OK && i < frame->n; i++)
        if (!isnan(probability[i])) {
            sum += probability[i];
            known++;
        }
    for (size_t i = 0; rc == KIN_OK && i < frame->n; i++)
        all[i] = !isnan(probability[i]) ? probability[i] : known > 0 ? sum / known : 0;
    for (size_t r = 0; rc == KIN_OK && r < sample->n; r++)
        rows[r] = all[sample->item[r]];
    if (rc == KIN_OK)
        rc = make_design(sample, rows, &helped, err);
    free(rows);
    if (rc != KIN_OK) {
        free(all);
        return rc;
    }
    kin_design_free(sample->helped);
    free(sample->prediction);
    sample->helped = helped;
    sample->prediction = all;
    return KIN_OK;
}

static int build(kin_ledger *ledger, kin_arena *arena, assembly *a, kin_audit_sample *sample, kin_error *err)
{
    int rc = KIN_OK;
    see_units(a);
    for (size_t j = 0; rc == KIN_OK && j < a->count; j++)
        rc = load_key(ledger, arena, a, j, err);
    if (rc != KIN_OK)
        return rc;
    see_keys(a);
    take_rows(a);
    count_open(a, sample);
    rc = lay_rows(a, sample, err);
    if (rc != KIN_OK)
        return rc;
    const kin_frame_key *key = NULL;
    for (size_t j = 0; j < a->count; j++)
        key = a->lookups[j].key ? a->lookups[j].key : key;
    rc = a->mixed ? lay_weights(a, sample, err) : lay_strata(a, key, sample, err);
    if (rc != KIN_OK)
        return rc;
    sample->weighted = a->mixed;
    return make_design(sample, NULL, &sample->design, err);
}

int kin_workspace__sample_new(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame, const kin_audits *audits,
                              kin_unit unit, kin_audit_sample *sample, kin_error *err)
{
    assembly a = { .frame = frame, .audits = audits, .unit = unit };
    int rc = KIN_OK;
    a.keys = kin_alloc_zeroed(audits->count, sizeof *a.keys);
    a.lookups = kin_alloc_zeroed(audits->count, sizeof *a.lookups);
    a.taken = kin_alloc_zeroed(frame->n, sizeof *a.taken);
    a.chance_itself = kin_alloc_zeroed(frame->n, sizeof *a.chance_itself);
    sample->reach = kin_alloc_zeroed(frame->n, sizeof *sample->reach);
    if (a.keys && a.lookups && a.taken && a.chance_itself && sample->reach)
        rc = build(ledger, arena, &a, sample, err);
    else
        rc = kin_fail_memory(err);
    for (size_t j = 0; j < audits->count; j++) {
        if (a.keys)
            kin_workspace__frame_keys_clear(&a.keys[j]);
        if (a.lookups)
            free(a.lookups[j].stratum);
    }
    free(a.keys);
    free(a.lookups);
    free(a.taken);
    free(a.chance_itself);
    return rc;
}

void kin_workspace__sample_clear(kin_audit_sample *sample)
{
    kin_design_free(sample->design);
    kin_design_free(sample->helped);
    free(sample->prediction);
    free(sample->item);
    free(sample->y);
    free(sample->weight);
    free(sample->unit);
    free(sample->stratum);
    free(sample->strata);
    free(sample->reach);
    *sample = (kin_audit_sample) { 0 };
}
