/* Jobs of kin and of suspects. */
#include "workspace/job_make.h"
#include "workspace/find_private.h"
#include "workspace/pattern_name.h"

#include "base/buffer.h"
#include "base/checked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { default_job = 100, most_job = 1000000 };

/* ---- Writing ---- */

int kin_workspace__job_add(kin_workspace *workspace, const kin_job *about, const kin_rank_list *ranks,
                           const kin_job_wish *wish, int64_t *id, kin_error *err)
{
    kin_job job = *about;
    kin_job_item *items = kin_alloc_array(ranks->count, sizeof *items);
    if (!items)
        return kin_fail_memory(err);
    for (size_t i = 0; i < ranks->count; i++) {
        const kin_ranked *ranked = &ranks->list[i];
        double score = isnan(ranked->probability) ? ranked->score : ranked->probability;
        items[i] =
            (kin_job_item) { .item = ranked->item, .position = (int64_t)i + 1, .probability = NAN, .score = score };
    }
    job.expected = ranks->expected;
    int code = kin_ledger_job_add(workspace->ledger, &job, items, ranks->count, NULL, 0, id, err);
    if (code == KIN_OK && wish)
        code = kin_ledger_job_wish_add(workspace->ledger, *id, wish, err);
    free(items);
    return code;
}

int kin_workspace__job_write(kin_workspace *workspace, const kin_job *about, const kin_rank_list *ranks,
                             const kin_job_wish *wish, int64_t *id, kin_error *err)
{
    int64_t made = 0;
    int code = kin_ledger_begin(workspace->ledger, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace__job_add(workspace, about, ranks, wish, &made, err);
    if (code == KIN_OK)
        code = kin_ledger_commit(workspace->ledger, err);
    if (code != KIN_OK)
        kin_ledger_rollback(workspace->ledger);
    else
        *id = made;
    return code;
}

static void put_where(kin_buffer *title, const kin_item_filter *filter)
{
    for (size_t i = 0; i < filter->where_count; i++)
        kin_buffer_printf(title, ", %s=%s", filter->where[i].key, filter->where[i].value);
}

/* ---- Kin of what was asked for ---- */

static void put_title(kin_buffer *title, const kin_query *query, const question *q)
{
    kin_buffer_string(title, "kin of ");
    if (query->pattern)
        kin_buffer_printf(title, "%zu known %s->%s", q->likes_count, q->given, q->should_be ? q->should_be : "?");
    else
        kin_buffer_string(title, query->shown ? query->shown : query->likes[0]);
    if (!query->pattern && q->likes_count > 1)
        kin_buffer_printf(title, " and %zu more", q->likes_count - 1);
    if (!query->pattern && q->by == KIN_BY_MISTAKE && q->should_be)
        kin_buffer_printf(title, ", %s->%s", q->given, q->should_be);
    else if (!query->pattern && q->filter.label)
        kin_buffer_printf(title, ", labelled %s", q->filter.label);
    put_where(title, &q->filter);
}

/* Items that were asked for, each once; files from outside have no id to keep. */
static size_t once(const int64_t *ids, size_t n, int64_t *out, const int64_t *before, size_t before_count)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        bool known = ids[i] == 0;
        for (size_t j = 0; !known && j < before_count; j++)
            known = before[j] == ids[i];
        for (size_t j = 0; !known && j < count; j++)
            known = out[j] == ids[i];
        if (!known)
            out[count++] = ids[i];
    }
    return count;
}

static int write_kin(kin_workspace *w, const kin_query *query, const question *q, const kin_rank_list *ranks,
                     int64_t *id, kin_error *err)
{
    kin_buffer title = KIN_BUFFER_INIT;
    int64_t *ids = kin_alloc_array(q->likes_count + q->unlikes_count, sizeof *ids);
    put_title(&title, query, q);
    if (!ids || title.failed) {
        free(ids);
        kin_buffer_clear(&title);
        return kin_fail_memory(err);
    }
    const kin_job job = { .kind = KIN_JOB_KIN,
                          .unit = q->filter.unit == KIN_UNIT_ASSET ? KIN_UNIT_ASSET : KIN_UNIT_SHAPE,
                          .population = (int64_t)q->candidates_count,
                          .title = title.data,
                          .ranking = kin_ranking_name(q->by),
                          .label = q->filter.label,
                          .given = q->given,
                          .should_be = q->should_be };
    /* The known mistakes of a pattern are found again by its name: they need no record. */
    size_t likes = query->pattern ? 0 : once(q->ids, q->likes_count, ids, NULL, 0);
    size_t unlikes = once(q->ids + q->likes_count, q->unlikes_count, ids + likes, ids, likes);
    const kin_job_wish wish = { .likes = ids,
                                .likes_count = likes,
                                .unlikes = ids + likes,
                                .unlikes_count = unlikes,
                                .where = q->filter.where,
                                .where_count = q->filter.where_count };
    int code = kin_workspace__job_write(w, &job, ranks, &wish, id, err);
    free(ids);
    kin_buffer_clear(&title);
    return code;
}

static int check_size(size_t k, kin_error *err)
{
    return k > most_job ? kin_fail(err, KIN_E_LIMIT, "%zu items are more than %d; ask for fewer", k, most_job) : KIN_OK;
}

static int nothing_left(kin_error *err)
{
    return kin_fail(err, KIN_E_NOTFOUND, "nothing left to review: all of the items in question have verdicts");
}

int kin_workspace_job_kin(kin_workspace *workspace, const kin_query *query, int64_t *job, kin_error *err)
{
    kin_query own = *query;
    question q;
    kin_rank_list ranks = { .texts = KIN_ARENA_INIT };
    own.unreviewed = true;
    own.reviewed = false;
    int code = check_size(query->k, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace__ask(workspace, &own, &q, err);
    if (code == KIN_OK)
        code = kin_workspace__answer(workspace, &q, query->k ? query->k : default_job, false, &ranks, err);
    if (code == KIN_OK)
        code = ranks.count ? write_kin(workspace, &own, &q, &ranks, job, err) : nothing_left(err);
    kin_rank_list_clear(&ranks);
    kin_workspace__question_clear(&q);
    return code;
}

/* ---- Suspects ---- */

static int suspicious_unit(kin_workspace *w, const kin_item_filter *only, kin_unit *unit, kin_error *err)
{
    const kin_corpus *shapes;
    *unit = only->unit;
    if (*unit != KIN_UNIT_ANY)
        return KIN_OK;
    int code = kin_workspace__corpus(w, KIN_UNIT_SHAPE, &shapes, err);
    if (code == KIN_OK)
        *unit = shapes->labels > 0 ? KIN_UNIT_SHAPE : KIN_UNIT_ASSET;
    return code;
}

static int write_suspects(kin_workspace *w, const kin_rank_wish *wish, const kin_item_filter *filter,
                          const kin_rank_list *ranks, int64_t *id, kin_error *err)
{
    kin_buffer title = KIN_BUFFER_INIT;
    kin_buffer_printf(&title, "suspects by %s", kin_ranking_name(wish->by));
    if (filter->label)
        kin_buffer_printf(&title, ", labelled %s", filter->label);
    put_where(&title, filter);
    const kin_job job = { .kind = KIN_JOB_SUSPECTS,
                          .unit = wish->unit,
                          .population = (int64_t)wish->candidates_count,
                          .title = title.data,
                          .ranking = kin_ranking_name(wish->by),
                          .label = filter->label,
                          .given = filter->label };
    const kin_job_wish asked = { .where = filter->where, .where_count = filter->where_count };
    int code = title.failed ? kin_fail_memory(err) : kin_workspace__job_write(w, &job, ranks, &asked, id, err);
    kin_buffer_clear(&title);
    return code;
}

int kin_workspace_job_suspects(kin_workspace *workspace, kin_ranking by, const kin_item_filter *only, size_t k,
                               int64_t *job, kin_error *err)
{
    kin_item_filter filter = *only;
    kin_rank_list ranks = { .texts = KIN_ARENA_INIT };
    kin_rank_wish wish = { .by = by == KIN_BY_DEFAULT ? KIN_BY_KIN : by, .k = k ? k : default_job };
    int64_t *ids = NULL;
    if (wish.by < KIN_BY_KIN)
        return kin_fail(err, KIN_E_USAGE, "suspects are ranked by kin, selfclean, simifeat or margin");
    int code = check_size(k, err);
    if (code == KIN_OK)
        code = suspicious_unit(workspace, only, &filter.unit, err);
    if (code != KIN_OK)
        return code;
    wish.unit = filter.unit;
    filter.states = 1u << KIN_ITEM_DESCRIBED;
    code = kin_ledger_select(workspace->ledger, &filter, &ids, &wish.candidates_count, err);
    if (code == KIN_OK)
        code = kin_workspace__drop_reviewed(workspace, ids, &wish.candidates_count, err);
    wish.candidates = ids;
    if (code == KIN_OK)
        code = kin_workspace__rank(workspace, &wish, &ranks, err);
    if (code == KIN_OK)
        code = ranks.count ? write_suspects(workspace, &wish, &filter, &ranks, job, err)
                           : kin_fail(err, KIN_E_NOTFOUND, "nothing with a label is left to review");
    free(ids);
    kin_rank_list_clear(&ranks);
    return code;
}

/* ---- All known mistakes ---- */

typedef struct pattern {
    kin_unit unit;
    const char *given, *right; /* the arena's; right NULL: not said */
    size_t mistakes;
    kin_rank_list ranks, kept;
    uint64_t searched;
} pattern;

typedef struct pattern_list {
    kin_arena arena;
    pattern *list;
    size_t count, capacity;
} pattern_list;

static int count_mistake(pattern_list *patterns, const kin_corpus *corpus, const kin_corpus_verdict *verdict,
                         kin_error *err)
{
    int32_t given = corpus->label[verdict->row];
    const char *right = verdict->right >= 0 ? corpus->names[verdict->right] : NULL;
    for (size_t i = 0; i < patterns->count; i++) {
        pattern *p = &patterns->list[i];
        bool same_right = right && p->right ? strcmp(right, p->right) == 0 : right == p->right;
        if (p->unit == corpus->unit && same_right && strcmp(corpus->names[given], p->given) == 0) {
            p->mistakes++;
            return KIN_OK;
        }
    }
    void *list = patterns->list;
    bool room = kin_grow(&list, &patterns->capacity, patterns->count + 1, sizeof *patterns->list);
    patterns->list = list;
    pattern made = { .unit = corpus->unit,
                     .given = kin_arena_string(&patterns->arena, corpus->names[given]),
                     .right = kin_arena_string(&patterns->arena, right),
                     .mistakes = 1 };
    if (!room || !made.given || (right && !made.right))
        return kin_fail_memory(err);
    patterns->list[patterns->count++] = made;
    return KIN_OK;
}

static int compare_patterns(const void *left, const void *right)
{
    const pattern *a = left, *b = right;
    if (a->mistakes != b->mistakes)
        return a->mistakes > b->mistakes ? -1 : 1;
    if (a->unit != b->unit)
        return a->unit > b->unit ? -1 : 1;
    int order = strcmp(a->given, b->given);
    return order ? order : strcmp(a->right ? a->right : "", b->right ? b->right : "");
}

static int list_patterns(kin_workspace *w, kin_unit only, pattern_list *patterns, kin_error *err)
{
    int code = KIN_OK;
    for (int unit = KIN_UNIT_ASSET; code == KIN_OK && unit <= KIN_UNIT_SHAPE; unit++) {
        const kin_corpus *corpus;
        if (only != KIN_UNIT_ANY && (int)only != unit)
            continue;
        code = kin_workspace__corpus(w, (kin_unit)unit, &corpus, err);
        for (size_t i = 0; code == KIN_OK && i < corpus->verdicts_count; i++)
            if (kin_corpus__is_mistake(&corpus->verdicts[i]) && corpus->label[corpus->verdicts[i].row] >= 0)
                code = count_mistake(patterns, corpus, &corpus->verdicts[i], err);
    }
    if (patterns->count)
        qsort(patterns->list, patterns->count, sizeof *patterns->list, compare_patterns);
    return code;
}

static int rank_pattern(kin_workspace *w, const kin_item_filter *only, pattern *p, size_t k, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    question q;
    const char *name = kin_pattern_name(&arena, p->given, p->right);
    if (!name)
        return kin_fail_memory(err);
    kin_query query = { .pattern = name, .by = KIN_BY_MISTAKE, .only = *only };
    query.only.unit = p->unit;
    int code = kin_workspace__ask(w, &query, &q, err);
    if (code == KIN_OK)
        code = kin_workspace__answer(w, &q, k, false, &p->ranks, err);
    p->searched = q.candidates_count;
    kin_workspace__question_clear(&q);
    kin_arena_clear(&arena);
    return code;
}

typedef struct offer {
    size_t pattern, rank;
    double probability;
    int64_t item;
} offer;

static int compare_offers(const void *left, const void *right)
{
    const offer *a = left, *b = right;
    if (a->probability > b->probability || a->probability < b->probability)
        return a->probability > b->probability ? -1 : 1;
    if (a->pattern != b->pattern)
        return a->pattern < b->pattern ? -1 : 1;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

/* Whether an item was given away before. */
static int give_away(kin_table *given, int64_t item, bool *fresh, kin_error *err)
{
    return kin_table_put(given, (const char *)&item, sizeof item, 0, fresh) ? KIN_OK : kin_fail_memory(err);
}

/* Each item goes to the pattern it fits best, as long as that has room. */
static int share_out(pattern_list *patterns, size_t k, kin_error *err)
{
    size_t total = 0, n = 0;
    for (size_t i = 0; i < patterns->count; i++)
        total += patterns->list[i].ranks.count;
    kin_table given = KIN_TABLE_INIT;
    offer *offers = kin_alloc_array(total, sizeof *offers);
    int code = offers ? KIN_OK : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < patterns->count; i++) {
        pattern *p = &patterns->list[i];
        for (size_t j = 0; j < p->ranks.count; j++)
            offers[n++] = (offer) { i, j, p->ranks.list[j].probability, p->ranks.list[j].item };
        p->kept.list = kin_alloc_array(p->ranks.count, sizeof *p->kept.list);
        if (!p->kept.list)
            code = kin_fail_memory(err);
    }
    if (code == KIN_OK && n)
        qsort(offers, n, sizeof *offers, compare_offers);
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        pattern *p = &patterns->list[offers[i].pattern];
        bool fresh = false;
        if (p->kept.count == k)
            continue;
        code = give_away(&given, offers[i].item, &fresh, err);
        if (code == KIN_OK && fresh) {
            p->kept.expected += offers[i].probability;
            p->kept.list[p->kept.count++] = p->ranks.list[offers[i].rank];
        }
    }
    kin_table_clear(&given);
    free(offers);
    return code;
}

static int add_pattern(kin_workspace *w, const kin_item_filter *only, const pattern *p, int64_t *id, kin_error *err)
{
    kin_buffer title = KIN_BUFFER_INIT;
    kin_buffer_printf(&title, "kin of %zu known %s->%s", p->mistakes, p->given, p->right ? p->right : "?");
    put_where(&title, only);
    const kin_job job = { .kind = KIN_JOB_KIN,
                          .unit = p->unit,
                          .population = (int64_t)p->searched,
                          .title = title.data,
                          .ranking = kin_ranking_name(KIN_BY_MISTAKE),
                          .label = only->label ? only->label : p->given,
                          .given = p->given,
                          .should_be = p->right };
    const kin_job_wish wish = { .where = only->where, .where_count = only->where_count };
    int code = title.failed ? kin_fail_memory(err) : kin_workspace__job_add(w, &job, &p->kept, &wish, id, err);
    kin_buffer_clear(&title);
    return code;
}

static int write_patterns(kin_workspace *w, const kin_item_filter *only, const pattern_list *patterns,
                          kin_id_list *jobs, kin_error *err)
{
    int code = kin_ledger_begin(w->ledger, err);
    if (code != KIN_OK)
        return code;
    for (size_t i = 0; code == KIN_OK && i < patterns->count; i++) {
        int64_t id = 0;
        if (patterns->list[i].kept.count == 0)
            continue;
        code = add_pattern(w, only, &patterns->list[i], &id, err);
        if (code == KIN_OK)
            code = kin_workspace__push_id(jobs, id, err);
    }
    if (code == KIN_OK)
        code = kin_ledger_commit(w->ledger, err);
    if (code != KIN_OK)
        kin_ledger_rollback(w->ledger);
    return code;
}

static void clear_patterns(pattern_list *patterns)
{
    for (size_t i = 0; i < patterns->count; i++) {
        kin_rank_list_clear(&patterns->list[i].ranks);
        kin_rank_list_clear(&patterns->list[i].kept);
    }
    free(patterns->list);
    kin_arena_clear(&patterns->arena);
}

/* Patterns of one given label compete for its items: each offers as many as all of them could take. */
static size_t offered(const pattern_list *patterns, size_t i, size_t k)
{
    size_t rivals = 0;
    for (size_t j = 0; j < patterns->count; j++)
        rivals += patterns->list[j].unit == patterns->list[i].unit &&
                  strcmp(patterns->list[j].given, patterns->list[i].given) == 0;
    return k * rivals < most_job ? k * rivals : most_job;
}

int kin_workspace_job_mistakes(kin_workspace *workspace, const kin_item_filter *only, size_t k,
                               int (*take)(void *user, int64_t job, kin_error *err), void *user, kin_error *err)
{
    pattern_list patterns = { .arena = KIN_ARENA_INIT };
    kin_id_list jobs = { .count = 0 };
    int code = check_size(k, err);
    k = k ? k : default_job;
    if (code == KIN_OK)
        code = list_patterns(workspace, only->unit, &patterns, err);
    if (code == KIN_OK && patterns.count == 0)
        code = kin_fail(err, KIN_E_NOTFOUND,
                        "no mistake on a labelled item is known yet; kin audit or kin job suspects finds some");
    for (size_t i = 0; code == KIN_OK && i < patterns.count; i++)
        code = rank_pattern(workspace, only, &patterns.list[i], offered(&patterns, i, k), err);
    if (code == KIN_OK)
        code = share_out(&patterns, k, err);
    if (code == KIN_OK)
        code = write_patterns(workspace, only, &patterns, &jobs, err);
    if (code == KIN_OK && jobs.count == 0)
        code = nothing_left(err);
    for (size_t i = 0; code == KIN_OK && i < jobs.count; i++)
        code = take(user, jobs.ids[i], err);
    free(jobs.ids);
    clear_patterns(&patterns);
    return code;
}
