/* Finding: what to be like and unlike and its vectors, the mistake behind it where one is known, the items that may
 * answer from the ledger, and their order (rank.c). */
#include "workspace/find_private.h"

#include "base/checked.h"
#include "base/file.h"
#include "kin/browse.h"
#include "workspace/pattern_name.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { default_k = 20, most_k = 1000000 };

struct kin_matches_memory {
    kin_arena arena;
};

/* ---- The question ---- */

/* Vector of a region of an image file; `box` NULL: all of it. */
static int describe_file(kin_workspace *w, const char *file, const kin_box *box, double margin, float *vector,
                         kin_error *err)
{
    const kin_model *model;
    kin_describer *describer = NULL;
    kin_image pixels = KIN_IMAGE_INIT;
    int code = kin_workspace__model(w, &model, err);
    if (code == KIN_OK)
        code = kin_workspace__read_image(w, file, &pixels, err);
    if (code == KIN_OK)
        code = kin_describer_new(model, &describer, err);
    kin_box region = { 0, 0, pixels.full_width, pixels.full_height };
    if (code == KIN_OK && box)
        code = kin_box_region(*box, margin, pixels.full_width, pixels.full_height, &region, err);
    if (code == KIN_OK)
        code = kin_describer_run(describer, &pixels, &region, 1, vector, err);
    kin_describer_free(describer);
    kin_image_clear(&pixels);
    return code;
}

int kin_workspace__read_image(kin_workspace *w, const char *file, kin_image *out, kin_error *err)
{
    kin_buffer bytes = KIN_BUFFER_INIT;
    kin_image_options options = KIN_IMAGE_OPTIONS_INIT;
    kin_error reading = KIN_ERROR_INIT;
    int code = kin_file_read(file, KIN_DEFAULT_MAX_BYTES, &bytes, err);
    if (code == KIN_OK && kin_decoders_decode(kin_workspace__decoders(w), bytes.data, bytes.size, &options, out,
                                              &reading) != KIN_OK)
        code = kin_fail(err, reading.code, "%s: %s", file, reading.message);
    kin_buffer_clear(&bytes);
    return code;
}

static int vector_of_item(kin_workspace *w, kin_arena *arena, const kin_item *item, const kin_box *box, float *vector,
                          kin_error *err)
{
    const kin_store *store;
    int code = kin_workspace__store(w, &store, err);
    if (code != KIN_OK)
        return code;
    if (!box && store->has(store->user, item->id))
        return store->get(store->user, &item->id, 1, vector, err);
    double margin;
    kin_box part = item->box;
    char *file = kin_workspace__file(w, arena, item->path);
    bool is_asset = item->id == item->asset;
    if (box && !is_asset)
        return kin_fail(err, KIN_E_USAGE, "a box goes with a whole image; %s#%s has its own", item->path, item->shape);
    if (!file)
        return kin_fail_memory(err);
    code = kin_workspace__margin(w, &margin, err);
    return code == KIN_OK ? describe_file(w, file, box ? box : is_asset ? NULL : &part, margin, vector, err) : code;
}

/* One name of the question: an item, else a file from outside. *item is the arena's copy, id 0 for a file. */
static int ask_one(kin_workspace *w, kin_arena *arena, const char *name, const kin_box *box, float *vector,
                   kin_item *item, kin_error *err)
{
    int code = kin_workspace_item(w, name, item, err);
    if (code == KIN_OK) {
        item->path = kin_arena_string(arena, item->path);
        item->shape = kin_arena_string(arena, item->shape);
        item->label = kin_arena_string(arena, item->label);
        return item->path ? vector_of_item(w, arena, item, box, vector, err) : kin_fail_memory(err);
    }
    if (code != KIN_E_NOTFOUND || !kin_file_exists(name))
        return code;
    double margin;
    memset(item, 0, sizeof *item);
    code = kin_workspace__margin(w, &margin, err);
    return code == KIN_OK ? describe_file(w, name, box, margin, vector, err) : code;
}

static int make_room(question *q, size_t likes, size_t unlikes, kin_error *err)
{
    size_t n = likes + unlikes, numbers;
    q->likes_count = likes;
    q->unlikes_count = unlikes;
    q->asked = kin_alloc_zeroed(n, sizeof *q->asked);
    q->ids = kin_alloc_zeroed(n, sizeof *q->ids);
    q->vectors = kin_size_mul(n, q->dim, &numbers) ? kin_alloc_array(numbers, sizeof *q->vectors) : NULL;
    return q->asked && q->ids && q->vectors ? KIN_OK : kin_fail_memory(err);
}

static int ask_names(kin_workspace *w, const kin_query *query, question *q, kin_error *err)
{
    size_t n = query->likes_count, m = query->unlikes_count;
    if (n == 0)
        return kin_fail(err, KIN_E_USAGE, "nothing to look for: name an item or an image file");
    if (query->box && n != 1)
        return kin_fail(err, KIN_E_USAGE, "a box goes with one image only");
    int code = make_room(q, n, m, err);
    for (size_t i = 0; code == KIN_OK && i < n + m; i++) {
        const char *name = i < n ? query->likes[i] : query->unlikes[i - n];
        code = ask_one(w, &q->arena, name, i < n ? query->box : NULL, q->vectors + i * q->dim, &q->asked[i], err);
        q->ids[i] = q->asked[i].id;
    }
    return code;
}

/* All known mistakes of the pattern become likes, on shapes where there are such, else on images. */
static int ask_pattern_of(kin_workspace *w, const char *name, kin_unit unit, question *q, kin_error *err)
{
    const kin_corpus *corpus;
    int32_t given, right;
    size_t n = 0;
    int code = kin_workspace__corpus(w, unit, &corpus, err);
    if (code == KIN_OK)
        code = kin_pattern_parse(corpus, name, &given, &right, err);
    if (code != KIN_OK)
        return code;
    for (size_t i = 0; i < corpus->verdicts_count; i++)
        n += kin_corpus__is_pattern(corpus, &corpus->verdicts[i], given, right);
    if (n == 0)
        return kin_fail(err, KIN_E_NOTFOUND, "no known mistake is '%s'; kin verdict or a job import makes one known",
                        name);
    code = make_room(q, n, 0, err);
    n = 0;
    for (size_t i = 0; code == KIN_OK && i < corpus->verdicts_count; i++) {
        uint32_t row = corpus->verdicts[i].row;
        if (!kin_corpus__is_pattern(corpus, &corpus->verdicts[i], given, right))
            continue;
        q->asked[n] = (kin_item) { .id = corpus->id[row], .asset = corpus->asset[row] };
        q->ids[n] = corpus->id[row];
        code = kin_corpus__vectors(corpus, &row, 1, q->vectors + n * q->dim, err);
        n++;
    }
    q->given = code == KIN_OK ? kin_arena_string(&q->arena, corpus->names[given]) : NULL;
    q->should_be = q->given && right >= 0 ? kin_arena_string(&q->arena, corpus->names[right]) : NULL;
    return code == KIN_OK && (!q->given || (right >= 0 && !q->should_be)) ? kin_fail_memory(err) : code;
}

static int ask_pattern(kin_workspace *w, const kin_query *query, question *q, kin_error *err)
{
    if (query->likes_count || query->unlikes_count || query->box)
        return kin_fail(err, KIN_E_USAGE, "a pattern goes without items to be like or unlike");
    if (query->by == KIN_BY_LOOKS && query->should_be)
        return kin_fail(err, KIN_E_USAGE, "a pattern says itself what would be right");
    int code = KIN_E_NOTFOUND;
    if (query->only.unit != KIN_UNIT_ASSET)
        code = ask_pattern_of(w, query->pattern, KIN_UNIT_SHAPE, q, err);
    if (code == KIN_E_NOTFOUND && query->only.unit != KIN_UNIT_SHAPE)
        code = ask_pattern_of(w, query->pattern, KIN_UNIT_ASSET, q, err);
    if (code == KIN_OK)
        for (size_t i = 0; i < q->likes_count; i++)
            q->asked[i].label = q->given;
    return code;
}

/* ---- The mistake behind it ---- */

/* What the verdicts on the likes say would be right; NULL where they say nothing or not all the same. */
static int right_by_verdicts(kin_workspace *w, question *q, const char **right, kin_error *err)
{
    *right = NULL;
    for (size_t i = 0; i < q->likes_count; i++) {
        kin_verdict verdict = { .grade = KIN_GRADE_NONE };
        int code = q->ids[i] ? kin_ledger_verdict(w->ledger, q->ids[i], &verdict, err) : KIN_OK;
        if (code != KIN_OK)
            return code;
        bool said = (verdict.grade == KIN_GRADE_MINOR || verdict.grade == KIN_GRADE_CRITICAL) && verdict.should_be;
        if (said && !*right) {
            *right = kin_arena_string(&q->arena, verdict.should_be);
            if (!*right)
                return kin_fail_memory(err);
        } else if (said && strcmp(*right, verdict.should_be) != 0) {
            *right = NULL;
            return KIN_OK;
        }
    }
    return KIN_OK;
}

static bool same_given(const question *q)
{
    for (size_t i = 0; i < q->likes_count; i++)
        if (q->ids[i] && (!q->asked[i].label || strcmp(q->asked[i].label, q->given) != 0))
            return false;
    return true;
}

/* Why the mistake cannot be looked for; NULL: it can. */
static const char *obstacle(const kin_query *query, const question *q)
{
    if (query->box)
        return "a part of a picture has no label that could be wrong";
    if (q->unlikes_count)
        return "verdicts say what it is unlike, not --unlike";
    if (!q->given)
        return "what was asked for has no label that could be wrong";
    if (!same_given(q))
        return "what was asked for carries different labels: make it one job each";
    if (q->should_be && strcmp(q->given, q->should_be) == 0)
        return "the right label is the one given";
    return NULL;
}

static int settle_ranking(kin_workspace *w, const kin_query *query, question *q, kin_error *err)
{
    int code = KIN_OK;
    if (!query->pattern) {
        q->given = q->asked[0].id ? q->asked[0].label : query->only.label;
        q->should_be = query->should_be;
        if (!q->should_be)
            code = right_by_verdicts(w, q, &q->should_be, err);
        if (code != KIN_OK)
            return code;
    }
    const char *why_not = obstacle(query, q);
    q->by = query->by;
    if (q->by == KIN_BY_DEFAULT)
        q->by = (q->should_be || query->pattern) && (!why_not || query->should_be) ? KIN_BY_MISTAKE : KIN_BY_LOOKS;
    if (q->by == KIN_BY_MISTAKE && why_not)
        return kin_fail(err, KIN_E_USAGE, "%s; --by looks does without", why_not);
    if (why_not)
        q->should_be = NULL;
    if (q->given && !same_given(q))
        q->given = NULL;
    return KIN_OK;
}

/* ---- Who may answer ---- */

/* Kin share the label that the annotator gave, unless another wish is said. */
static int choose_filter(const kin_query *query, question *q, kin_error *err)
{
    const kin_item *first = &q->asked[0];
    kin_item_filter *filter = &q->filter;
    *filter = query->only;
    filter->states = 1u << KIN_ITEM_DESCRIBED;
    if (filter->unit == KIN_UNIT_ANY && first->id)
        filter->unit = first->id == first->asset ? KIN_UNIT_ASSET : KIN_UNIT_SHAPE;
    if (q->by == KIN_BY_MISTAKE && filter->unit == KIN_UNIT_ANY)
        filter->unit = KIN_UNIT_SHAPE;
    if (query->same_label && !first->label)
        return kin_fail(err, KIN_E_USAGE, "%s has no label, so no item has the same; use --any-label", query->likes[0]);
    bool same_unit = first->id && (filter->unit == KIN_UNIT_ASSET) == (first->id == first->asset);
    if (!filter->label && !query->any_label && (same_unit || query->same_label))
        filter->label = first->label;
    return KIN_OK;
}

int kin_workspace__ask(kin_workspace *workspace, const kin_query *query, question *q, kin_error *err)
{
    const kin_store *store;
    *q = (question) { .arena = KIN_ARENA_INIT };
    int code = kin_workspace_refresh(workspace, err);
    if (code == KIN_OK)
        code = kin_workspace__store(workspace, &store, err);
    if (code != KIN_OK)
        return code;
    q->dim = store->dim;
    code = query->pattern ? ask_pattern(workspace, query, q, err) : ask_names(workspace, query, q, err);
    if (code == KIN_OK)
        code = settle_ranking(workspace, query, q, err);
    if (code == KIN_OK)
        code = choose_filter(query, q, err);
    if (code == KIN_OK)
        code = kin_ledger_select(workspace->ledger, &q->filter, &q->candidates, &q->candidates_count, err);
    if (code == KIN_OK && (query->unreviewed || (q->by == KIN_BY_MISTAKE && !query->reviewed)))
        code = kin_workspace__drop_reviewed(workspace, q->candidates, &q->candidates_count, err);
    return code;
}

int kin_workspace__answer(kin_workspace *workspace, const question *q, size_t k, bool why, kin_rank_list *out,
                          kin_error *err)
{
    const kin_rank_wish wish = { .by = q->by,
                                 .unit = q->filter.unit,
                                 .given = q->given,
                                 .should_be = q->should_be,
                                 .likes = q->ids,
                                 .vectors = q->vectors,
                                 .likes_count = q->likes_count,
                                 .unlikes_count = q->unlikes_count,
                                 .candidates = q->candidates,
                                 .candidates_count = q->candidates_count,
                                 .k = k,
                                 .why = why };
    return kin_workspace__rank(workspace, &wish, out, err);
}

void kin_workspace__question_clear(question *q)
{
    free(q->asked);
    free(q->ids);
    free(q->vectors);
    free(q->candidates);
    kin_arena_clear(&q->arena);
}

/* ---- The answer ---- */

static int fill_match(kin_workspace *w, kin_arena *arena, const kin_ranked *ranked, kin_match *match, kin_error *err)
{
    kin_item item;
    kin_verdict verdict;
    int code = kin_ledger_item(w->ledger, ranked->item, &item, err);
    if (code != KIN_OK)
        return code;
    *match = (kin_match) { .item = ranked->item,
                           .path = kin_arena_string(arena, item.path),
                           .shape = kin_arena_string(arena, item.shape),
                           .label = kin_arena_string(arena, item.label),
                           .box = item.box,
                           .score = ranked->score,
                           .probability = ranked->probability,
                           .why = kin_arena_string(arena, ranked->why) };
    code = kin_ledger_verdict(w->ledger, ranked->item, &verdict, err);
    if (code == KIN_OK) {
        match->grade = verdict.grade;
        match->should_be = kin_arena_string(arena, verdict.should_be);
    }
    return code == KIN_OK && !match->path ? kin_fail_memory(err) : code;
}

static bool keep(kin_arena *arena, const char *text, const char **out)
{
    *out = kin_arena_string(arena, text);
    return !text || *out;
}

static int fill_matches(kin_workspace *w, const question *q, const kin_rank_list *ranks, kin_matches *out,
                        kin_error *err)
{
    out->memory = kin_alloc_zeroed(1, sizeof *out->memory);
    out->list = kin_alloc_array(ranks->count, sizeof *out->list);
    int code = out->memory && out->list ? KIN_OK : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < ranks->count; i++)
        code = fill_match(w, &out->memory->arena, &ranks->list[i], &out->list[out->count++], err);
    if (code != KIN_OK)
        return code;
    kin_arena *arena = &out->memory->arena;
    out->searched = q->candidates_count;
    out->by = q->by;
    out->known = q->likes_count;
    bool kept = keep(arena, q->filter.label, &out->label) && keep(arena, q->given, &out->given) &&
                keep(arena, q->should_be, &out->should_be);
    return kept ? KIN_OK : kin_fail_memory(err);
}

static int find_now(kin_workspace *w, const kin_query *query, size_t k, kin_matches *out, kin_error *err)
{
    question q;
    kin_rank_list ranks = { .texts = KIN_ARENA_INIT };
    int code = kin_workspace__ask(w, query, &q, err);
    if (code == KIN_OK)
        code = kin_workspace__answer(w, &q, k, true, &ranks, err);
    if (code == KIN_OK)
        code = fill_matches(w, &q, &ranks, out, err);
    kin_rank_list_clear(&ranks);
    kin_workspace__question_clear(&q);
    return code;
}

/* All of one moment: else items that were reviewed in between would be among those that are not. */
int kin_workspace_find(kin_workspace *workspace, const kin_query *query, kin_matches *out, kin_error *err)
{
    size_t k = query->k ? query->k : default_k;
    kin_matches matches = { .list = NULL };
    bool begun = false;
    if (k > most_k)
        return kin_fail(err, KIN_E_LIMIT, "%zu hits are more than %d; ask for fewer", k, most_k);
    int code = kin_ledger_begin_reading(workspace->ledger, &begun, err);
    if (code == KIN_OK)
        code = find_now(workspace, query, k, &matches, err);
    if (begun)
        kin_ledger_rollback(workspace->ledger);
    if (code != KIN_OK) {
        kin_matches_clear(&matches);
        return code;
    }
    *out = matches;
    return KIN_OK;
}

void kin_matches_clear(kin_matches *matches)
{
    if (matches->memory)
        kin_arena_clear(&matches->memory->arena);
    free(matches->memory);
    free(matches->list);
    *matches = (kin_matches) { .list = NULL };
}
