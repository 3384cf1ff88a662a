/* A job for each pattern of known mistakes. Patterns of one given label compete for its items: each offers as many as
 * all of them could take, and every item goes to the pattern that it fits best. */
#include "workspace/find_private.h"
#include "workspace/job_make.h"
#include "workspace/pattern_name.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

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
    bool room = KIN_GROW(&patterns->list, &patterns->capacity, patterns->count + 1);
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

/* Where right labels are said, a mistake without one is most likely none of the label: a box, say. */
static void drop_unsaid(pattern_list *patterns)
{
    size_t said = 0;
    for (size_t i = 0; i < patterns->count; i++)
        said += patterns->list[i].right != NULL;
    if (said == 0)
        return;
    size_t kept = 0;
    for (size_t i = 0; i < patterns->count; i++)
        if (patterns->list[i].right)
            patterns->list[kept++] = patterns->list[i];
    patterns->count = kept;
}

static bool is_asked_for(const kin_corpus *corpus, const kin_corpus_verdict *verdict, const char *label)
{
    int32_t given = corpus->label[verdict->row];
    return kin_corpus__is_mistake(verdict) && given >= 0 && (!label || strcmp(corpus->names[given], label) == 0);
}

static int list_patterns(kin_workspace *w, const kin_item_filter *only, pattern_list *patterns, kin_error *err)
{
    int code = KIN_OK;
    for (int unit = KIN_UNIT_ASSET; code == KIN_OK && unit <= KIN_UNIT_SHAPE; unit++) {
        const kin_corpus *corpus;
        if (only->unit != KIN_UNIT_ANY && (int)only->unit != unit)
            continue;
        code = kin_workspace__corpus(w, (kin_unit)unit, &corpus, err);
        for (size_t i = 0; code == KIN_OK && i < corpus->verdicts_count; i++)
            if (is_asked_for(corpus, &corpus->verdicts[i], only->label))
                code = count_mistake(patterns, corpus, &corpus->verdicts[i], err);
    }
    drop_unsaid(patterns);
    if (patterns->count)
        qsort(patterns->list, patterns->count, sizeof *patterns->list, compare_patterns);
    return code;
}

static int rank_pattern(kin_workspace *w, const kin_item_filter *only, kin_ranking by, pattern *p, size_t k,
                        kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    question q;
    const char *name = kin_pattern_name(&arena, p->given, p->right);
    if (!name)
        return kin_fail_memory(err);
    kin_query query = { .pattern = name, .by = by, .unreviewed = true, .only = *only };
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
    double fit; /* probability, or likeness */
    int64_t item;
} offer;

static int compare_offers(const void *left, const void *right)
{
    const offer *a = left, *b = right;
    if (a->fit > b->fit || a->fit < b->fit)
        return a->fit > b->fit ? -1 : 1;
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
static int share_out(pattern_list *patterns, kin_ranking by, size_t k, kin_error *err)
{
    size_t total = 0, n = 0;
    for (size_t i = 0; i < patterns->count; i++)
        total += patterns->list[i].ranks.count;
    kin_table given = KIN_TABLE_INIT;
    offer *offers = kin_alloc_array(total, sizeof *offers);
    int code = offers ? KIN_OK : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < patterns->count; i++) {
        pattern *p = &patterns->list[i];
        for (size_t j = 0; j < p->ranks.count; j++) {
            const kin_ranked *rank = &p->ranks.list[j];
            offers[n++] = (offer) { i, j, by == KIN_BY_LOOKS ? rank->score : rank->probability, rank->item };
        }
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
            p->kept.expected += by == KIN_BY_LOOKS ? 0 : offers[i].fit;
            p->kept.list[p->kept.count++] = p->ranks.list[offers[i].rank];
        }
    }
    kin_table_clear(&given);
    free(offers);
    return code;
}

static int add_pattern(kin_workspace *w, const kin_item_filter *only, kin_ranking by, const pattern *p, int64_t *id,
                       kin_error *err)
{
    kin_buffer title = KIN_BUFFER_INIT;
    kin_buffer_printf(&title, "kin of %zu known %s->%s", p->mistakes, p->given, p->right ? p->right : "?");
    kin_workspace__job_title_where(&title, only);
    const kin_job job = { .kind = KIN_JOB_KIN,
                          .unit = p->unit,
                          .population = (int64_t)p->searched,
                          .title = title.data,
                          .ranking = kin_ranking_name(by),
                          .label = only->label ? only->label : p->given,
                          .given = p->given,
                          .should_be = p->right };
    const kin_job_wish wish = { .where = only->where, .where_count = only->where_count };
    int code = title.failed ? kin_fail_memory(err) : kin_workspace__job_add(w, &job, &p->kept, &wish, id, err);
    kin_buffer_clear(&title);
    return code;
}

static int write_patterns(kin_workspace *w, const kin_item_filter *only, kin_ranking by, const pattern_list *patterns,
                          kin_id_list *jobs, kin_error *err)
{
    int code = kin_ledger_begin(w->ledger, err);
    if (code != KIN_OK)
        return code;
    for (size_t i = 0; code == KIN_OK && i < patterns->count; i++) {
        int64_t id = 0;
        if (patterns->list[i].kept.count == 0)
            continue;
        code = add_pattern(w, only, by, &patterns->list[i], &id, err);
        if (code == KIN_OK)
            code = kin_workspace__push_id(jobs, id, err);
    }
    return kin_workspace__end(w->ledger, code, err);
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
    return k * rivals < KIN_JOB_MOST ? k * rivals : KIN_JOB_MOST;
}

int kin_workspace_job_mistakes(kin_workspace *workspace, const kin_item_filter *only, kin_ranking by, size_t k,
                               int (*take)(void *user, int64_t job, kin_error *err), void *user, kin_error *err)
{
    pattern_list patterns = { .arena = KIN_ARENA_INIT };
    kin_id_list jobs = { .count = 0 };
    int code = kin_workspace__job_size(k, err);
    k = k ? k : KIN_JOB_DEFAULT;
    by = by == KIN_BY_DEFAULT ? KIN_BY_MISTAKE : by;
    if (code == KIN_OK)
        code = list_patterns(workspace, only, &patterns, err);
    if (code == KIN_OK && patterns.count == 0)
        code = kin_fail(err, KIN_E_NOTFOUND,
                        "no mistake on a labelled item is known yet; kin audit or kin job suspects finds some");
    for (size_t i = 0; code == KIN_OK && i < patterns.count; i++)
        code = rank_pattern(workspace, only, by, &patterns.list[i], offered(&patterns, i, k), err);
    if (code == KIN_OK)
        code = share_out(&patterns, by, k, err);
    if (code == KIN_OK)
        code = write_patterns(workspace, only, by, &patterns, &jobs, err);
    if (code == KIN_OK && jobs.count == 0)
        code = kin_workspace__nothing_left(err);
    for (size_t i = 0; code == KIN_OK && i < jobs.count; i++)
        code = take(user, jobs.ids[i], err);
    free(jobs.ids);
    clear_patterns(&patterns);
    return code;
}
