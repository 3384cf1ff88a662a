/* Jobs of kin and of suspects. */
#include "workspace/job_make.h"
#include "workspace/find_private.h"

#include "base/buffer.h"
#include "base/checked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    code = kin_workspace__end(workspace->ledger, code, err);
    if (code == KIN_OK)
        *id = made;
    return code;
}

void kin_workspace__job_title_where(kin_buffer *title, const kin_item_filter *filter)
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
    kin_workspace__job_title_where(title, &q->filter);
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

int kin_workspace__job_size(size_t k, kin_error *err)
{
    return k > KIN_JOB_MOST ? kin_fail(err, KIN_E_LIMIT, "%zu items are more than %d; ask for fewer", k, KIN_JOB_MOST)
                            : KIN_OK;
}

int kin_workspace__nothing_left(kin_error *err)
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
    int code = kin_workspace__job_size(query->k, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace__ask(workspace, &own, &q, err);
    if (code == KIN_OK)
        code = kin_workspace__answer(workspace, &q, query->k ? query->k : KIN_JOB_DEFAULT, false, &ranks, err);
    if (code == KIN_OK)
        code = ranks.count ? write_kin(workspace, &own, &q, &ranks, job, err) : kin_workspace__nothing_left(err);
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
    kin_workspace__job_title_where(&title, filter);
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
    kin_rank_wish wish = { .by = by == KIN_BY_DEFAULT ? KIN_BY_KIN : by, .k = k ? k : KIN_JOB_DEFAULT };
    int64_t *ids = NULL;
    if (wish.by < KIN_BY_KIN)
        return kin_fail(err, KIN_E_USAGE, "suspects are ranked by kin, selfclean, simifeat or margin");
    int code = kin_workspace__job_size(k, err);
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
