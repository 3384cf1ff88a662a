/* By mistake and by suspicion items are rows of the corpus and labels its numbers; by looks the index is asked directly,
 * since a picture from anywhere, and any mixture of images and shapes, may be looked for. */
#include "workspace/rank.h"

#include "base/checked.h"
#include "base/ids.h"
#include "kernel/blas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = { "", "mistake", "looks", "kin", "selfclean", "simifeat", "margin" };

const char *kin_ranking_name(kin_ranking ranking)
{
    return (unsigned)ranking <= KIN_BY_MARGIN ? names[ranking] : "";
}

kin_ranking kin_ranking_from(const char *name)
{
    for (int i = KIN_BY_MISTAKE; name && i <= KIN_BY_MARGIN; i++)
        if (strcmp(name, names[i]) == 0)
            return (kin_ranking)i;
    return KIN_BY_DEFAULT;
}

void kin_rank_list_clear(kin_rank_list *ranks)
{
    free(ranks->list);
    kin_arena_clear(&ranks->texts);
    *ranks = (kin_rank_list) { .list = NULL };
}

static bool is_asked(const kin_rank_wish *wish, int64_t id)
{
    for (size_t i = 0; i < wish->likes_count + wish->unlikes_count; i++)
        if (wish->likes[i] == id)
            return true;
    return false;
}

/* ---- By looks ---- */

static int by_looks(kin_workspace *w, const kin_rank_wish *wish, kin_rank_list *out, kin_error *err)
{
    const kin_store *store;
    int code = kin_workspace__store(w, &store, err);
    if (code != KIN_OK)
        return code;
    size_t dim = store->dim;
    size_t wanted = wish->k + wish->likes_count + wish->unlikes_count; /* what was asked for comes back too */
    if (wanted > wish->candidates_count)
        wanted = wish->candidates_count;
    float *query = kin_alloc_array(dim, sizeof *query), *scores = kin_alloc_array(wanted, sizeof *scores);
    int64_t *ids = kin_alloc_array(wanted, sizeof *ids);
    out->list = kin_alloc_array(wanted, sizeof *out->list);
    code = query && scores && ids && out->list ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK)
        code = kin_kinship_query(wish->vectors, wish->likes_count, wish->vectors + wish->likes_count * dim,
                                 wish->unlikes_count, dim, query, err);
    if (code == KIN_OK)
        code = store->search_among(store->user, query, wish->candidates, wish->candidates_count, wanted, ids, scores,
                                   err);
    for (size_t i = 0; code == KIN_OK && i < wanted && ids[i] >= 0 && out->count < wish->k; i++)
        if (!is_asked(wish, ids[i]))
            out->list[out->count++] = (kin_ranked) { ids[i], (double)scores[i], (double)NAN, NULL };
    free(query);
    free(scores);
    free(ids);
    return code;
}

/* ---- By mistake ---- */

/* Rows of the candidates; both lists ascend, and so do the ids asked for once they are sorted. */
static int candidate_rows(const kin_corpus *corpus, const kin_rank_wish *wish, uint32_t **rows, size_t *n,
                          kin_error *err)
{
    size_t asked_count = wish->likes_count + wish->unlikes_count, row = 0, a = 0;
    int64_t *asked = kin_alloc_array(asked_count, sizeof *asked);
    uint32_t *list = kin_alloc_array(wish->candidates_count, sizeof *list);
    if (!asked || !list) {
        free(asked);
        free(list);
        return kin_fail_memory(err);
    }
    for (size_t i = 0; i < asked_count; i++)
        asked[i] = wish->likes[i];
    kin_ids_sort(asked, asked_count, sizeof *asked);
    *n = 0;
    for (size_t i = 0; i < wish->candidates_count; i++) {
        int64_t id = wish->candidates[i];
        while (row < corpus->count && corpus->id[row] < id)
            row++;
        while (a < asked_count && asked[a] < id)
            a++;
        if (row < corpus->count && corpus->id[row] == id && !(a < asked_count && asked[a] == id))
            list[(*n)++] = (uint32_t)row;
    }
    free(asked);
    *rows = list;
    return KIN_OK;
}

/* Which of the likes the row is most like. */
static int nearest_like(const kin_corpus *corpus, const kin_rank_wish *wish, uint32_t row, float *vector,
                        int64_t *nearest, kin_error *err)
{
    int code = kin_corpus__vectors(corpus, &row, 1, vector, err);
    double best = -INFINITY;
    *nearest = 0;
    for (size_t i = 0; code == KIN_OK && i < wish->likes_count; i++) {
        double similarity = kin_dot(vector, wish->vectors + i * corpus->dim, corpus->dim);
        if (similarity > best) {
            best = similarity;
            *nearest = wish->likes[i];
        }
    }
    return code;
}

static int take_hits(kin_workspace *w, const kin_corpus *corpus, const kin_rank_wish *wish, const kin_kinship_hit *hits,
                     size_t n, kin_rank_list *out, kin_error *err)
{
    float *vector = kin_alloc_array(corpus->dim, sizeof *vector);
    out->list = kin_alloc_array(n, sizeof *out->list);
    int code = vector && out->list ? KIN_OK : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        const kin_kinship_hit *hit = &hits[i];
        kin_ranked *ranked = &out->list[out->count++];
        int64_t nearest = 0;
        *ranked = (kin_ranked) { corpus->id[hit->item], hit->similarity, hit->probability, NULL };
        out->expected += hit->probability;
        if (wish->why)
            code = nearest_like(corpus, wish, hit->item, vector, &nearest, err);
        if (wish->why && code == KIN_OK)
            code = kin_workspace__why(w, corpus, wish, hit, nearest, &out->texts, &ranked->why, err);
    }
    free(vector);
    return code;
}

static int by_mistake(kin_workspace *w, const kin_rank_wish *wish, kin_rank_list *out, kin_error *err)
{
    const kin_corpus *corpus;
    const kin_kinship *kinship;
    uint32_t *rows = NULL;
    size_t n = 0, count = 0;
    int code = kin_workspace__kinship(w, wish->unit, &corpus, &kinship, err);
    if (code != KIN_OK)
        return code;
    int32_t given = kin_corpus__label(corpus, wish->given), right = kin_corpus__label(corpus, wish->should_be);
    if (given < 0 || (size_t)given >= corpus->labels)
        return kin_fail(err, KIN_E_NOTFOUND, "nothing is labelled '%s'", wish->given);
    code = candidate_rows(corpus, wish, &rows, &n, err);
    size_t k = wish->k < n ? wish->k : n;
    kin_kinship_hit *hits = code == KIN_OK ? kin_alloc_array(k, sizeof *hits) : NULL;
    const kin_kinship_question question = { .likes = wish->vectors,
                                            .likes_count = wish->likes_count,
                                            .given = given,
                                            .right = (size_t)right < corpus->labels ? right : -1,
                                            .candidates = rows,
                                            .candidates_count = n,
                                            .k = k };
    if (code == KIN_OK && !hits)
        code = kin_fail_memory(err);
    if (code == KIN_OK && k > 0)
        code = kin_kinship_rank(kinship, &question, hits, &count, err);
    if (code == KIN_OK)
        code = take_hits(w, corpus, wish, hits, count, out, err);
    free(rows);
    free(hits);
    return code;
}

/* ---- By suspicion ---- */

static int compare_ranked(const void *left, const void *right)
{
    const kin_ranked *a = left, *b = right;
    if (a->score > b->score || a->score < b->score)
        return a->score > b->score ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

static int by_suspicion(kin_workspace *w, const kin_rank_wish *wish, kin_rank_list *out, kin_error *err)
{
    const kin_corpus *corpus;
    const kin_kinship *kinship;
    uint32_t *rows = NULL;
    size_t n = 0;
    int code = kin_workspace__kinship(w, wish->unit, &corpus, &kinship, err);
    if (code != KIN_OK)
        return code;
    float *score = kin_alloc_array(corpus->count, sizeof *score);
    int32_t *right = kin_alloc_array(corpus->count, sizeof *right);
    code = score && right ? candidate_rows(corpus, wish, &rows, &n, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        code = kin_kinship_suspects(kinship, (kin_suspicion)(wish->by - KIN_BY_KIN), score, right, err);
    out->list = code == KIN_OK ? kin_alloc_array(n, sizeof *out->list) : NULL;
    if (code == KIN_OK && !out->list)
        code = kin_fail_memory(err);
    bool probable = wish->by == KIN_BY_KIN;
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        double s = (double)score[rows[i]];
        /* what has no label cannot be wrong in it */
        if (corpus->label[rows[i]] >= 0)
            out->list[out->count++] = (kin_ranked) { corpus->id[rows[i]], s, probable ? s : (double)NAN, NULL };
    }
    if (out->count > 0)
        qsort(out->list, out->count, sizeof *out->list, compare_ranked);
    if (out->count > wish->k)
        out->count = wish->k;
    for (size_t i = 0; probable && i < out->count; i++)
        out->expected += out->list[i].probability;
    free(score);
    free(right);
    free(rows);
    return code;
}

int kin_workspace__rank(kin_workspace *workspace, const kin_rank_wish *wish, kin_rank_list *out, kin_error *err)
{
    kin_rank_list ranks = { .texts = KIN_ARENA_INIT };
    int code = wish->by == KIN_BY_LOOKS     ? by_looks(workspace, wish, &ranks, err)
               : wish->by == KIN_BY_MISTAKE ? by_mistake(workspace, wish, &ranks, err)
                                            : by_suspicion(workspace, wish, &ranks, err);
    if (code == KIN_OK)
        *out = ranks;
    else
        kin_rank_list_clear(&ranks);
    return code;
}

static int collect_reviewed(void *user, const kin_verdict *verdict, kin_error *err)
{
    return kin_workspace__push_id(user, verdict->item, err);
}

int kin_workspace__drop_reviewed(kin_workspace *workspace, int64_t *ids, size_t *n, kin_error *err)
{
    kin_id_list reviewed = { .count = 0 };
    int code = kin_ledger_each_verdict(workspace->ledger, true, collect_reviewed, &reviewed, err);
    size_t kept = 0, r = 0;
    for (size_t i = 0; code == KIN_OK && i < *n; i++) {
        while (r < reviewed.count && reviewed.ids[r] < ids[i])
            r++;
        if (r == reviewed.count || reviewed.ids[r] != ids[i])
            ids[kept++] = ids[i];
    }
    if (code == KIN_OK)
        *n = kept;
    free(reviewed.ids);
    return code;
}
