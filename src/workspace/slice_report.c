/* Rate of all and of every slice. Counts over all items are one pass a key; a slice's figures are one pass over the
 * sample. Pairs are counted by a hash of their two values over the sample first, and only those with enough audited
 * items are counted over all items, by a table for each two keys: the rest could not be tested, which is SliceLine's
 * bound on size (Sagadeeva & Boehm 2021) and prunes all but a few.
 *
 * A rate speaks for the items that could have come into the sample. Where an audit left out more than a twentieth of a
 * slice (it was of one label, or has not come to some strata yet) the slice is "not audited": what was seen of it says
 * nothing about the part that was not. */

#include "workspace/report_private.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VALUES 50
#define PAIR_ITEMS 10 /* audited, for a pair to be tested */
#define REACHED 0.95  /* part of a slice that audits could have brought in */
#define TELL_TIMES 2  /* noisier than all */
#define NOISY_Q 0.05  /* false discovery rate at which a slice is called noisy */
#define TELL_POWER 0.8

/* What there is of a slice. */
typedef struct tally {
    uint64_t population, known, known_ok, reached;
    double predicted; /* sum of predictions over the reached */
    uint32_t mistake; /* 1 + the first known one; 0: none */
} tally;

/* One value, or two of different keys (key2 > key1); values are those of kin_frame_key.of. */
typedef struct cell {
    uint32_t key1, value1, key2, value2;
} cell;

typedef struct candidate {
    cell cell;
    size_t audited; /* items */
    tally tally;
} candidate;

typedef struct board {
    kin_ledger *ledger;
    kin_arena *arena; /* the report's */
    const kin_frame *frame;
    const kin_audit_sample *sample;
    kin_unit unit;
    double conf;
    bool full; /* with examples */
    const kin_frame_key **keys;
    size_t keys_count;
    candidate *candidates;
    size_t count, capacity;
    uint8_t *mask; /* [sample.n] */
    tally all;
    kin_estimate rate, best; /* of all: plain, and helped by predictions */
} board;

static void add_to_tally(const board *b, uint32_t item, tally *t)
{
    uint8_t grade = b->frame->items[item].grade;
    t->population++;
    t->known += kin_workspace__frame_is_mistake(b->frame, item);
    t->known_ok += grade == KIN_GRADE_OK;
    t->reached += b->sample->reach[item];
    if (b->sample->prediction && b->sample->reach[item])
        t->predicted += b->sample->prediction[item];
    if (t->mistake == 0 && kin_workspace__frame_is_mistake(b->frame, item))
        t->mistake = item + 1;
}

static bool is_within_reach(const tally *t)
{
    return (double)t->reached >= REACHED * (double)t->population;
}

static void tally_all(board *b)
{
    for (uint32_t i = 0; i < b->frame->n; i++)
        if (kin_workspace__frame_is(b->frame, i, b->unit))
            add_to_tally(b, i, &b->all);
}

static candidate *add_candidate(board *b, cell at)
{
    if (!KIN_GROW(&b->candidates, &b->capacity, b->count + 1))
        return NULL;
    b->candidates[b->count] = (candidate) { .cell = at };
    return &b->candidates[b->count++];
}

/* ---- Keys ---- */

static bool has_key(const board *b, const char *name)
{
    for (size_t i = 0; i < b->keys_count; i++)
        if (strcmp(b->keys[i]->name, name) == 0)
            return true;
    return false;
}

/* Values that items of the unit have. */
static size_t values_in_use(const board *b, const kin_frame_key *key)
{
    size_t used = 0;
    uint8_t *seen = kin_alloc_zeroed(key->count + 1, 1);
    for (uint32_t i = 0; seen && i < b->frame->n; i++) {
        if (!kin_workspace__frame_is(b->frame, i, b->unit) || key->of[i] == 0 || seen[key->of[i]])
            continue;
        seen[key->of[i]] = 1;
        used++;
    }
    free(seen);
    return used;
}

/* keys->list does not grow any more once board.keys points into it. */
static int choose_default(kin_ledger *ledger, kin_arena *arena, board *b, kin_frame_keys *keys, kin_error *err)
{
    int rc = kin_workspace__frame_keys(ledger, arena, b->frame, NULL, MOST_VALUES, keys, err);
    if (rc != KIN_OK)
        return rc;
    b->keys = kin_alloc_array(keys->count + 1, sizeof(const kin_frame_key *));
    if (!b->keys)
        return kin_fail_memory(err);
    if (values_in_use(b, &b->frame->label) > 0)
        b->keys[b->keys_count++] = &b->frame->label;
    for (size_t i = 0; i < keys->count; i++)
        if (!keys->list[i].dropped && values_in_use(b, &keys->list[i]) >= 2)
            b->keys[b->keys_count++] = &keys->list[i];
    return KIN_OK;
}

/* keys: one a name asked for. */
static int choose_named(kin_ledger *ledger, kin_arena *arena, board *b, const kin_slices_options *options,
                        kin_frame_keys *keys, kin_error *err)
{
    b->keys = kin_alloc_array(options->by_count, sizeof(const kin_frame_key *));
    if (!b->keys)
        return kin_fail_memory(err);
    for (size_t i = 0; i < options->by_count; i++) {
        const char *name = options->by[i];
        const kin_frame_key *key = &b->frame->label;
        if (has_key(b, name))
            continue;
        if (strcmp(name, "label") != 0) {
            int rc = kin_workspace__frame_keys(ledger, arena, b->frame, name, SIZE_MAX, &keys[i], err);
            if (rc != KIN_OK)
                return rc;
            key = keys[i].count > 0 ? &keys[i].list[0] : NULL;
        }
        if (!key || values_in_use(b, key) == 0)
            return kin_workspace__frame_no_key(ledger, b->frame, name, err);
        b->keys[b->keys_count++] = key;
    }
    return KIN_OK;
}

/* ---- Candidates ---- */

static int add_singles(board *b, kin_error *err)
{
    for (size_t k = 0; k < b->keys_count; k++) {
        const kin_frame_key *key = b->keys[k];
        size_t first = b->count;
        for (size_t v = 1; v <= key->count; v++)
            if (!add_candidate(b, (cell) { (uint32_t)k, (uint32_t)v, 0, 0 }))
                return kin_fail_memory(err);
        for (uint32_t i = 0; i < b->frame->n; i++)
            if (key->of[i] > 0 && kin_workspace__frame_is(b->frame, i, b->unit))
                add_to_tally(b, i, &b->candidates[first + key->of[i] - 1].tally);
        for (size_t r = 0; r < b->sample->n; r++)
            if (key->of[b->sample->item[r]] > 0)
                b->candidates[first + key->of[b->sample->item[r]] - 1].audited++;
    }
    return KIN_OK;
}

/* Calls visit for each pair of values of the item. */
static int each_cell(const board *b, uint32_t item, int (*visit)(void *user, cell at, kin_error *err), void *user,
                     kin_error *err)
{
    for (uint32_t k = 0; k < b->keys_count; k++) {
        uint32_t first = b->keys[k]->of[item];
        for (uint32_t l = k + 1; first > 0 && l < b->keys_count; l++) {
            uint32_t second = b->keys[l]->of[item];
            int rc = second > 0 ? visit(user, (cell) { k, first, l, second }, err) : KIN_OK;
            if (rc != KIN_OK)
                return rc;
        }
    }
    return KIN_OK;
}

typedef struct pairs {
    board *b;
    kin_table places; /* cell -> index of its candidate */
} pairs;

static int see_pair(void *user, cell at, kin_error *err)
{
    pairs *p = user;
    bool added = false;
    int64_t *place = kin_table_put(&p->places, (const char *)&at, sizeof at, (int64_t)p->b->count, &added);
    if (!place || (added && !add_candidate(p->b, at)))
        return kin_fail_memory(err);
    p->b->candidates[*place].audited++;
    return KIN_OK;
}

/* Forgets candidates from `first` on that `keep` refuses. */
static void sift(board *b, size_t first, bool (*keep)(const board *b, const candidate *pair))
{
    size_t kept = first;
    for (size_t i = first; i < b->count; i++)
        if (keep(b, &b->candidates[i]))
            b->candidates[kept++] = b->candidates[i];
    b->count = kept;
}

static bool is_large_enough(const board *b, const candidate *pair)
{
    (void)b;
    return pair->audited >= PAIR_ITEMS;
}

static const candidate *single(const board *b, uint32_t key, uint32_t value)
{
    size_t first = 0;
    for (uint32_t k = 0; k < key; k++)
        first += b->keys[k]->count;
    return &b->candidates[first + value - 1];
}

/* A pair as large as one of its halves is that half under another name. */
static bool is_new(const board *b, const candidate *pair)
{
    uint64_t n = pair->tally.population;
    return n < single(b, pair->cell.key1, pair->cell.value1)->tally.population &&
           n < single(b, pair->cell.key2, pair->cell.value2)->tally.population;
}

/* ---- Pairs over all items ---- */

/* The values of a key that pairs of two keys at hand have, numbered from 1. */
typedef struct numbering {
    uint32_t *number; /* [key->count + 1]; 0: in none of the pairs */
    size_t count;
} numbering;

static bool number_values(const board *b, uint32_t key, const candidate *const *list, size_t n, bool second,
                          numbering *out)
{
    *out = (numbering) { kin_alloc_zeroed(b->keys[key]->count + 1, sizeof *out->number), 0 };
    for (size_t i = 0; out->number && i < n; i++) {
        uint32_t *number = &out->number[second ? list[i]->cell.value2 : list[i]->cell.value1];
        if (*number == 0)
            *number = (uint32_t)++out->count;
    }
    return out->number != NULL;
}

/* Counts all items into the candidates list[n], all of one pair of keys. */
static int tally_keys(board *b, candidate *const *list, size_t n, kin_error *err)
{
    uint32_t key1 = list[0]->cell.key1, key2 = list[0]->cell.key2;
    const uint32_t *first = b->keys[key1]->of, *second = b->keys[key2]->of;
    numbering rows = { NULL, 0 }, columns = { NULL, 0 };
    candidate **cells = NULL;
    bool room = number_values(b, key1, (const candidate *const *)list, n, false, &rows) &&
                number_values(b, key2, (const candidate *const *)list, n, true, &columns);
    size_t size;
    if (room && kin_size_mul(rows.count + 1, columns.count + 1, &size))
        cells = kin_alloc_zeroed(size, sizeof(candidate *));
    if (cells) {
        size_t step = columns.count + 1;
        for (size_t i = 0; i < n; i++)
            cells[rows.number[list[i]->cell.value1] * step + columns.number[list[i]->cell.value2]] = list[i];
        for (uint32_t i = 0; i < b->frame->n; i++) {
            candidate *pair = cells[rows.number[first[i]] * step + columns.number[second[i]]];
            if (pair && kin_workspace__frame_is(b->frame, i, b->unit))
                add_to_tally(b, i, &pair->tally);
        }
    }
    free(rows.number);
    free(columns.number);
    free(cells);
    return cells ? KIN_OK : kin_fail_memory(err);
}

static bool same_keys(const candidate *a, const candidate *b)
{
    return a->cell.key1 == b->cell.key1 && a->cell.key2 == b->cell.key2;
}

static int compare_keys(const void *left, const void *right)
{
    const candidate *a = *(candidate *const *)left, *b = *(candidate *const *)right;
    if (!same_keys(a, b))
        return a->cell.key1 != b->cell.key1 ? (a->cell.key1 < b->cell.key1 ? -1 : 1)
                                            : (a->cell.key2 < b->cell.key2 ? -1 : 1);
    return a < b ? -1 : a > b;
}

static int tally_pairs(board *b, size_t first, kin_error *err)
{
    size_t n = b->count - first;
    candidate **list = kin_alloc_array(n, sizeof(candidate *));
    if (!list)
        return kin_fail_memory(err);
    for (size_t i = 0; i < n; i++)
        list[i] = &b->candidates[first + i];
    if (n > 0)
        qsort(list, n, sizeof(candidate *), compare_keys);
    int rc = KIN_OK;
    for (size_t from = 0, to = 0; rc == KIN_OK && from < n; from = to) {
        while (to < n && same_keys(list[from], list[to]))
            to++;
        rc = tally_keys(b, list + from, to - from, err);
    }
    free(list);
    return rc;
}

static int add_pairs(board *b, kin_error *err)
{
    pairs p = { .b = b, .places = KIN_TABLE_INIT };
    size_t first = b->count;
    int rc = KIN_OK;
    for (size_t r = 0; rc == KIN_OK && r < b->sample->n; r++)
        rc = each_cell(b, b->sample->item[r], see_pair, &p, err);
    kin_table_clear(&p.places);
    if (rc == KIN_OK) {
        sift(b, first, is_large_enough);
        rc = tally_pairs(b, first, err);
    }
    if (rc == KIN_OK)
        sift(b, first, is_new);
    return rc;
}

/* ---- Figures ---- */

static bool is_in(const board *b, cell at, uint32_t item)
{
    return b->keys[at.key1]->of[item] == at.value1 && (at.value2 == 0 || b->keys[at.key2]->of[item] == at.value2);
}

/* Items of a slice as if drawn one by one, times how many more it takes as this audit draws them. */
static int64_t more_to_tell(const board *b, const kin_slice *slice)
{
    const kin_estimate *all = &b->rate;
    int64_t need = kin_audit_to_tell(fmin(1, TELL_TIMES * all->rate), all->rate, b->conf, TELL_POWER);
    if (all->n == 0 || need < 0)
        return -1;
    double effect = isfinite(all->effective_n) && all->effective_n > 0 ? (double)all->n / all->effective_n : 1;
    double more = ceil((double)need * fmax(1, effect)) - (double)slice->figures.slice.n;
    double left = (double)slice->population - (double)slice->figures.slice.n;
    return (int64_t)fmax(0, fmin(more, left));
}

static void name_slice(const board *b, cell at, kin_slice *slice)
{
    slice->key = b->keys[at.key1]->name;
    slice->value = b->keys[at.key1]->values[at.value1 - 1];
    if (at.value2 == 0)
        return;
    slice->key2 = b->keys[at.key2]->name;
    slice->value2 = b->keys[at.key2]->values[at.value2 - 1];
}

static int name_example(const board *b, const tally *t, const char **example, kin_error *err)
{
    kin_item item;
    if (!b->full || t->mistake == 0)
        return KIN_OK;
    int rc = kin_ledger_item(b->ledger, b->frame->items[t->mistake - 1].id, &item, err);
    if (rc == KIN_OK && !(*example = kin_workspace__name(b->arena, item.path, item.shape)))
        rc = kin_fail_memory(err);
    return rc;
}

/* With the help of predictions, where there are any: their mean is over the items that the sample speaks for. */
static kin_estimate best_rate(const board *b, const tally *t, const kin_estimate *plain)
{
    if (!b->sample->helped || plain->n == 0 || t->reached == 0)
        return *plain;
    return kin_rate_helped(b->sample->helped, b->mask, t->population, t->predicted / (double)t->reached, b->conf);
}

/* Share of all mistakes and lift by the rates that are shown. */
static void compare_with_all(const board *b, const kin_estimate *all, kin_slice *slice)
{
    kin_slice_figures *figures = &slice->figures;
    if (figures->slice.n == 0 || all->n == 0 || !(all->rate > 0) || !(figures->slice.lambda > 0 || all->lambda > 0))
        return;
    double here = (double)slice->population * figures->slice.rate, total = (double)b->all.population * all->rate;
    figures->share = fmin(1, here / total);
    figures->lift = figures->slice.rate / all->rate;
}

static int fill_slice(const board *b, const candidate *from, const kin_slice_figures *unaudited, kin_slice *slice,
                      kin_error *err)
{
    const tally *t = &from->tally;
    *slice = (kin_slice) { .population = t->population, .known = t->known, .known_ok = t->known_ok };
    name_slice(b, from->cell, slice);
    slice->figures = *unaudited;
    slice->plain = unaudited->slice;
    if (from->audited > 0 && is_within_reach(t)) {
        for (size_t r = 0; r < b->sample->n; r++)
            b->mask[r] = is_in(b, from->cell, b->sample->item[r]);
        slice->figures = kin_slice_measure(b->sample->design, b->mask, t->population, b->all.population, b->conf);
        slice->plain = slice->figures.slice;
        slice->figures.slice = best_rate(b, t, &slice->plain);
        compare_with_all(b, &b->best, slice);
    }
    slice->remaining = kin_remaining_of(&slice->figures.slice, t->population, t->known, t->known_ok);
    slice->more = more_to_tell(b, slice);
    return name_example(b, t, &slice->example, err);
}

kin_standing kin_slice_standing(const kin_report *report, const kin_slice *slice)
{
    const kin_estimate *rate = &slice->figures.slice;
    if (rate->n == 0)
        return KIN_STANDING_UNAUDITED;
    if (slice->figures.q <= NOISY_Q)
        return KIN_STANDING_NOISY;
    return slice->more > 0 && rate->hi > TELL_TIMES * report->rate.rate ? KIN_STANDING_THIN : KIN_STANDING_TOLD;
}

/* Not audited ones: where most is known first. */
static int compare_unaudited(const void *left, const void *right)
{
    const kin_slice *a = left, *b = right;
    if (a->known != b->known)
        return a->known > b->known ? -1 : 1;
    if (a->population != b->population)
        return a->population > b->population ? -1 : 1;
    const char *const left_names[] = { a->key, a->value, a->key2, a->value2 };
    const char *const right_names[] = { b->key, b->value, b->key2, b->value2 };
    int order = 0;
    for (size_t i = 0; order == 0 && i < 4; i++)
        order = strcmp(left_names[i] ? left_names[i] : "", right_names[i] ? right_names[i] : "");
    return order;
}

/* Puts the audited slices, noisiest first, before the others. */
static int rank_slices(kin_slice *slices, size_t count, kin_slice *ranked, size_t *tested, kin_error *err)
{
    kin_slice_figures *figures = kin_alloc_array(count, sizeof *figures);
    size_t *index = kin_alloc_array(count, sizeof *index), *order = kin_alloc_array(count, sizeof *order);
    size_t n = 0, rest = 0;
    int rc = KIN_OK;
    if (!figures || !index || !order) {
        rc = kin_fail_memory(err);
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        if (slices[i].figures.slice.n == 0)
            continue;
        figures[n] = slices[i].figures;
        index[n++] = i;
    }
    rc = kin_slices_judge(figures, n, order, err);
    if (rc != KIN_OK)
        goto out;
    for (size_t i = 0; i < n; i++) {
        ranked[i] = slices[index[order[i]]];
        ranked[i].figures.q = figures[order[i]].q;
    }
    for (size_t i = 0; i < count; i++)
        if (slices[i].figures.slice.n == 0)
            ranked[n + rest++] = slices[i];
    if (rest > 1)
        qsort(ranked + n, rest, sizeof *ranked, compare_unaudited);
    *tested = n;
out:
    free(figures);
    free(index);
    free(order);
    return rc;
}

static int make_slices(board *b, kin_report *report, kin_error *err)
{
    kin_slice *slices = kin_alloc_array(b->count, sizeof *slices);
    size_t bytes = 0;
    kin_slice *ranked = kin_size_mul(b->count + 1, sizeof *ranked, &bytes) ? kin_arena_alloc(b->arena, bytes) : NULL;
    if (!slices || !ranked) {
        free(slices);
        return kin_fail_memory(err);
    }
    memset(b->mask, 0, b->sample->n);
    kin_slice_figures unaudited = kin_slice_measure(b->sample->design, b->mask, 0, 0, b->conf);
    size_t n = 0;
    int rc = KIN_OK;
    for (size_t i = 0; rc == KIN_OK && i < b->count; i++)
        if (b->candidates[i].tally.population > 0)
            rc = fill_slice(b, &b->candidates[i], &unaudited, &slices[n++], err);
    if (rc == KIN_OK)
        rc = rank_slices(slices, n, ranked, &report->tested, err);
    if (rc == KIN_OK) {
        report->slices = ranked;
        report->slices_count = n;
    }
    free(slices);
    return rc;
}

static void rate_all(board *b, kin_report *report)
{
    tally_all(b);
    memset(b->mask, is_within_reach(&b->all), b->sample->n);
    b->rate = kin_rate(b->sample->design, b->mask, b->all.population, b->conf);
    report->population = b->all.population;
    report->known = b->all.known;
    report->known_ok = b->all.known_ok;
    b->best = best_rate(b, &b->all, &b->rate);
    report->rate = b->best;
    report->plain = b->rate;
    report->remaining = kin_remaining_of(&b->best, b->all.population, b->all.known, b->all.known_ok);
}

int kin_workspace__report_slices(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame,
                                 const kin_audit_sample *sample, const kin_slices_options *options, kin_report *report,
                                 kin_error *err)
{
    board b = { .ledger = ledger, .arena = arena, .frame = frame, .sample = sample };
    kin_frame_keys *keys = kin_alloc_zeroed(options->by_count + 1, sizeof *keys);
    int rc = KIN_OK;
    b.unit = report->unit;
    b.conf = report->conf;
    b.full = options->full;
    b.mask = kin_alloc_array(sample->n, 1);
    if (!keys || !b.mask) {
        rc = kin_fail_memory(err);
        goto out;
    }
    rate_all(&b, report);
    rc = name_example(&b, &b.all, &report->example, err);
    if (rc == KIN_OK)
        rc = options->by_count > 0 ? choose_named(ledger, arena, &b, options, keys, err)
                                   : choose_default(ledger, arena, &b, keys, err);
    if (rc == KIN_OK)
        rc = add_singles(&b, err);
    if (rc == KIN_OK && options->pairs)
        rc = add_pairs(&b, err);
    if (rc == KIN_OK)
        rc = make_slices(&b, report, err);
out:
    for (size_t i = 0; keys && i <= options->by_count; i++)
        kin_workspace__frame_keys_clear(&keys[i]);
    free(keys);
    free(b.keys);
    free(b.mask);
    free(b.candidates);
    return rc;
}
