/* Ranking for one mistake a -> b, in two passes.
 *
 * All candidates: log odds by the linear model (its score stands in for the neighbours' vote, which is dear) and by the
 * direction that verdicts give: two dot products an item. The best of them are the shortlist.
 *
 * Shortlist: the vote of the neighbours, and every observation by itself. It holds all candidates of a data set of a
 * few thousand items, and at least four times as many as are wanted up to 32,768 otherwise. Hits past the shortlist
 * keep their score of the first pass. */
#include "base/checked.h"
#include "base/parallel.h"
#include "kernel/blas.h"
#include "kinship/best_list.h"
#include "kinship/neighbour_vote.h"
#include "kinship/verdict_evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { shortlist_least = 4096, shortlist_most = 32768, shortlist_block = 256, most_likes = 512 };

static const double like_weight = 4, unsaid_weight = 0.5, unsaid_share = 0.5;
static const double dots_of_shortlist =
    8589934592.0; /* times dim: multiplications in the second pass, about a second */
static const double nearest_counts_from = 0.5;
static const float same_to_the_eye = 0.9999F;

typedef struct ranking {
    const kin_kinship *kinship;
    const kin_kinship_question *question;
    kin_evidence evidence;
    kin_voters voters;
    float *likes_model; /* [labels, side] mean of the folds' weights */
    uint32_t *order;    /* [candidates] positions, fold by fold */
    size_t start[kin_kinship__folds + 1], first_block[kin_kinship__folds + 1];
    float *directions;    /* [folds, side] weights of b minus those of a; only where b is known */
    float *score, *model; /* [candidates] of the first pass */
    float *scratch;       /* [threads, scratch_size] */
    size_t scratch_size;
    kin_scored *list; /* [listed] the best of the first pass, then of the second */
    size_t listed, shortlisted;
    kin_kinship_hit *found; /* [shortlisted] by place in the shortlist */
    kin_vote *votes;        /* [threads, shortlist_block] */
} ranking;

static int check_question(const kin_kinship *kinship, const kin_kinship_question *q, kin_error *err)
{
    if (q->given < 0 || (size_t)q->given >= kinship->items.labels)
        return kin_fail(err, KIN_E_USAGE, "a mistake needs the label that was given");
    if (q->right < -1 || q->right == q->given || (q->right >= 0 && (size_t)q->right >= kinship->items.labels))
        return kin_fail(err, KIN_E_USAGE, "label %d is not what label %d should have been", q->right, q->given);
    for (size_t i = 0; i < q->candidates_count; i++)
        if (q->candidates[i] >= kinship->items.count)
            return kin_fail(err, KIN_E_USAGE, "a candidate in row %u of %zu", q->candidates[i], kinship->items.count);
    for (size_t i = 0; i < q->likes_count * kinship->items.dim; i++)
        if (!isfinite(q->likes[i]))
            return kin_fail(err, KIN_E_USAGE, "the descriptor of a mistake is not finite");
    return KIN_OK;
}

/* (w - v) . x, in lanes that a compiler can make vectors of. */
static double dot_difference(const float *w, const float *v, const float *x, size_t n)
{
    enum { lanes = 8 };
    double sums[lanes] = { 0 }, sum = 0;
    size_t whole = n - n % lanes;
    for (size_t d = 0; d < whole; d += lanes)
        for (size_t l = 0; l < lanes; l++)
            sums[l] += ((double)w[d + l] - (double)v[d + l]) * (double)x[d + l];
    for (size_t d = whole; d < n; d++)
        sum += ((double)w[d] - (double)v[d]) * (double)x[d];
    for (size_t l = 0; l < lanes; l++)
        sum += sums[l];
    return sum;
}

/* Score of b minus that of `own`; b unknown: of the best other. x[dim]; weights[labels, side]. */
static double model_margin(const kin_kinship *kinship, const float *weights, const float *x, int32_t own, int32_t b)
{
    size_t side = kinship->side, dim = side - 1;
    const float *of_own = weights + (size_t)own * side;
    double best = -INFINITY;
    for (size_t l = 0; l < kinship->items.labels; l++) {
        if ((int32_t)l == own || (b >= 0 && (int32_t)l != b))
            continue;
        const float *w = weights + l * side;
        double margin = dot_difference(w, of_own, x, dim) + (double)w[dim] - (double)of_own[dim];
        best = margin > best ? margin : best;
    }
    return best > -INFINITY ? best : -kin_dot(of_own, x, dim) - (double)of_own[dim];
}

static const float *fold_weights(const kin_kinship *kinship, size_t fold)
{
    return kinship->weights + fold * kinship->items.labels * kinship->side;
}

/* ---- observations ---- */

/* An observation of the next free place, but for its vote. */
static void observe(ranking *r, const float *vector, const float *weights, bool chosen, int64_t item, double y,
                    double weight)
{
    kin_evidence *e = &r->evidence;
    const kin_kinship_question *q = r->question;
    memcpy(e->vectors + e->n * e->dim, vector, e->dim * sizeof *vector);
    e->points[e->n] = (kin_evidence_point) { .chosen = chosen, .item = item };
    e->points[e->n].model = model_margin(r->kinship, weights, vector, q->given, q->right);
    e->y[e->n] = y;
    e->weight[e->n] = weight;
    e->n++;
}

static void observe_likes(ranking *r)
{
    const kin_kinship_question *q = r->question;
    size_t dim = r->evidence.dim, kept = q->likes_count < most_likes ? q->likes_count : most_likes;
    for (size_t i = 0; i < kept; i++)
        observe(r, q->likes + i * q->likes_count / kept * dim, r->likes_model, true, -1, 1, like_weight);
}

/* Whether a verdict speaks of a -> b: 1 for, 0 against, -1 not at all. One that says no right label speaks for it at
 * half weight where b is known. */
static int verdict_speaks(const ranking *r, const kin_kinship_verdict *verdict)
{
    const kin_kinship_question *q = r->question;
    if (r->kinship->items.label[verdict->item] != q->given)
        return -1;
    if (!verdict->mistake || verdict->right == q->given)
        return 0;
    return q->right < 0 || verdict->right < 0 || verdict->right == q->right;
}

static bool is_a_like(const ranking *r, const float *vector)
{
    size_t dim = r->evidence.dim;
    for (size_t i = 0; i < r->question->likes_count; i++)
        if (kin_dot(r->question->likes + i * dim, vector, dim) > (double)same_to_the_eye)
            return true;
    return false;
}

/* Where there are more verdicts of a kind than there is room for, every so many of them, weighing for the rest. */
static void observe_kind(ranking *r, int kind, size_t total, size_t room, float *vector)
{
    const kin_kinship *kinship = r->kinship;
    size_t seen = 0, kept = total < room ? total : room;
    for (size_t i = 0; i < kinship->verdicts_count; i++) {
        const kin_kinship_verdict *verdict = &kinship->verdicts[i];
        if (verdict_speaks(r, verdict) != kind)
            continue;
        size_t at = seen++;
        if (at * kept / total == (at + 1) * kept / total)
            continue;
        uint32_t row = (uint32_t)verdict->item;
        kin_kinship__load(kinship, &row, 1, vector, r->evidence.dim);
        if (is_a_like(r, vector))
            continue;
        bool unsaid = kind == 1 && r->question->right >= 0 && verdict->right < 0;
        observe(r, vector, fold_weights(kinship, kinship->fold[row]), false, row, unsaid ? unsaid_share : kind,
                (unsaid ? unsaid_weight : 1) * (double)total / (double)kept);
    }
}

static void ask_voters(ranking *r)
{
    kin_evidence *e = &r->evidence;
    for (size_t i = 0; i < e->n; i++) {
        kin_vote vote;
        uint32_t row = (uint32_t)e->points[i].item;
        kin_voters_ask(&r->voters, r->question->given, r->question->right, e->points[i].item >= 0 ? &row : NULL,
                       e->vectors + i * e->dim, 1, r->scratch, &vote);
        e->points[i].vote = vote.margin;
    }
}

/* The mean of the items labelled a, as judged. */
static void find_centre(ranking *r)
{
    const kin_kinship *kinship = r->kinship;
    size_t side = kinship->side, dim = side - 1, labels = kinship->items.labels;
    double count = 0;
    for (size_t f = 0; f < kin_kinship__folds; f++)
        count += kinship->given.label[(f * labels + (size_t)r->question->given) * side + dim];
    for (size_t d = 0; d < dim && count > 0; d++) {
        double sum = 0;
        for (size_t f = 0; f < kin_kinship__folds; f++)
            sum += kinship->given.label[(f * labels + (size_t)r->question->given) * side + d];
        r->evidence.centre[d] = (float)(sum / count);
    }
}

static int gather_evidence(ranking *r, kin_error *err)
{
    const kin_kinship *kinship = r->kinship;
    size_t dim = kinship->items.dim, weights = kinship->items.labels * kinship->side, totals[2] = { 0 };
    for (size_t i = 0; i < kinship->verdicts_count; i++) {
        int kind = verdict_speaks(r, &kinship->verdicts[i]);
        if (kind >= 0)
            totals[kind]++;
    }
    size_t likes = r->question->likes_count < most_likes ? r->question->likes_count : most_likes;
    size_t half = (kin_evidence_most - likes) / 2;
    size_t most = likes + (totals[0] < half ? totals[0] : half) + (totals[1] < half ? totals[1] : half);
    int code = kin_evidence_alloc(&r->evidence, most, dim, err);
    float *vector = kin_alloc_array(dim, sizeof *vector);
    r->likes_model = kin_alloc_zeroed(weights, sizeof *r->likes_model);
    if (code == KIN_OK && !(vector && r->likes_model))
        code = kin_fail_memory(err);
    if (code == KIN_OK) {
        for (size_t i = 0; i < kin_kinship__folds * weights; i++)
            r->likes_model[i % weights] += kinship->weights[i] / kin_kinship__folds;
        observe_likes(r);
        observe_kind(r, 1, totals[1], half, vector);
        observe_kind(r, 0, totals[0], half, vector);
        ask_voters(r);
        find_centre(r);
        code = kin_evidence_fit(&r->evidence, err);
    }
    free(vector);
    return code;
}

/* ---- first pass ---- */

static int32_t own_label(const ranking *r, uint32_t row)
{
    int32_t label = r->kinship->items.label[row];
    return label >= 0 ? label : r->question->given;
}

static void first_block(void *user, size_t worker, size_t i)
{
    ranking *r = user;
    const kin_kinship *kinship = r->kinship;
    const kin_kinship_question *q = r->question;
    size_t side = kinship->side, labels = kinship->items.labels, fold = 0;
    while (i >= r->first_block[fold + 1])
        fold++;
    size_t at = r->start[fold] + (i - r->first_block[fold]) * kin_kinship__block;
    size_t left = r->start[fold + 1] - at, n = left < kin_kinship__block ? left : kin_kinship__block;
    float *vectors = r->scratch + worker * r->scratch_size, *scores = vectors + kin_kinship__block * side;
    uint32_t rows[kin_kinship__block] = { 0 };
    float towards[kin_kinship__block];
    for (size_t c = 0; c < n; c++)
        rows[c] = q->candidates[r->order[at + c]];
    kin_kinship__load(kinship, rows, n, vectors, side);
    for (size_t c = 0; c < n; c++)
        vectors[c * side + side - 1] = 1;
    kin_gemv(n, side - 1, 1, vectors, side, r->evidence.pull, 0, towards);
    if (q->right >= 0)
        kin_gemv(n, side, 1, vectors, side, r->directions + fold * side, 0, scores);
    else
        kin_kinship__linear_scores(kinship, fold_weights(kinship, fold), vectors, n, scores);
    for (size_t c = 0; c < n; c++) {
        int32_t own = own_label(r, rows[c]);
        double model = q->right >= 0 && own == q->given ? (double)scores[c] : 0;
        if (q->right < 0) {
            int32_t other = kin_kinship__best_other(scores + c * labels, labels, own);
            model = (other >= 0 ? (double)scores[c * labels + (size_t)other] : 0) -
                    (double)scores[c * labels + (size_t)own];
        } else if (own != q->given) {
            model = model_margin(kinship, fold_weights(kinship, fold), vectors + c * side, own, q->right);
        }
        double score = kin_evidence_prior(model, model) + kin_evidence_slopes(&r->evidence, model, model) +
                       kin_evidence_wide(&r->evidence, (double)towards[c]);
        r->model[r->order[at + c]] = (float)model;
        r->score[r->order[at + c]] = own == q->right ? -INFINITY : (float)score;
    }
}

static void order_by_fold(ranking *r)
{
    const kin_kinship_question *q = r->question;
    size_t at[kin_kinship__folds];
    for (size_t i = 0; i < q->candidates_count; i++)
        r->start[r->kinship->fold[q->candidates[i]] + 1]++;
    for (size_t f = 0; f < kin_kinship__folds; f++) {
        size_t blocks = (r->start[f + 1] + kin_kinship__block - 1) / kin_kinship__block;
        r->first_block[f + 1] = r->first_block[f] + blocks;
        at[f] = r->start[f];
        r->start[f + 1] += r->start[f];
    }
    for (size_t i = 0; i < q->candidates_count; i++)
        r->order[at[r->kinship->fold[q->candidates[i]]]++] = (uint32_t)i;
}

static void run_first_pass(ranking *r)
{
    const kin_kinship *kinship = r->kinship;
    const kin_kinship_question *q = r->question;
    size_t side = kinship->side;
    for (size_t f = 0; q->right >= 0 && f < kin_kinship__folds; f++) {
        const float *b = fold_weights(kinship, f) + (size_t)q->right * side;
        const float *a = fold_weights(kinship, f) + (size_t)q->given * side;
        for (size_t d = 0; d < side; d++)
            r->directions[f * side + d] = b[d] - a[d];
    }
    order_by_fold(r);
    kin_parallel(kinship->threads, r->first_block[kin_kinship__folds], first_block, r);
    size_t count = 0;
    for (size_t i = 0; i < q->candidates_count; i++)
        kin_best_offer(r->list, &count, r->listed, (kin_scored) { (double)r->score[i], q->candidates[i], (uint32_t)i });
    kin_best_sort(r->list, count);
}

/* ---- second pass ---- */

typedef struct reasons {
    double of[4]; /* by kin_kinship_reason: what each adds to the log odds */
} reasons;

static kin_kinship_reason strongest(const reasons *because)
{
    int best = KIN_REASON_LOOKS;
    for (int i = 1; i < 4; i++)
        if (because->of[i] > because->of[best])
            best = i;
    return (kin_kinship_reason)best;
}

static void weigh_observations(const ranking *r, const float *similarity, double to_centre, kin_kinship_hit *hit,
                               reasons *because)
{
    const kin_evidence *e = &r->evidence;
    double nearest = nearest_counts_from;
    for (size_t j = 0; j < e->n; j++) {
        double s = (double)similarity[j];
        double looks = kin_evidence_looks(s, to_centre, e->to_centre[j], e->centre_square);
        because->of[e->points[j].chosen ? KIN_REASON_LOOKS : KIN_REASON_VERDICTS] += e->alpha[j] * looks;
        if (e->points[j].chosen || s < nearest || (s == nearest && hit->nearest_verdict >= 0))
            continue;
        nearest = s;
        hit->nearest_verdict = e->points[j].item;
        hit->nearest_mistake = e->y[j] > 0;
    }
}

static double highest_like(const ranking *r, const float *vector)
{
    size_t dim = r->evidence.dim;
    double highest = r->question->likes_count ? -1 : 0;
    for (size_t i = 0; i < r->question->likes_count; i++)
        highest = fmax(highest, kin_dot(r->question->likes + i * dim, vector, dim));
    return highest < 1 ? highest : 1;
}

static void weigh(const ranking *r, size_t place, const float *vector, const float *similarity, const kin_vote *vote)
{
    const kin_evidence *e = &r->evidence;
    kin_scored *entry = &r->list[place];
    kin_kinship_hit *hit = &r->found[place];
    reasons because = { { 0 } };
    *hit = (kin_kinship_hit) { .item = entry->row, .nearest_verdict = -1, .neighbours = vote->looked_at };
    hit->model = (double)r->model[entry->place];
    hit->neighbours_right = vote->b;
    hit->neighbours_given = vote->a;
    hit->similarity = highest_like(r, vector);
    weigh_observations(r, similarity, kin_dot(vector, e->centre, e->dim), hit, &because);
    /* how far model and neighbours are trusted is a part of what they say */
    double level = kin_evidence_prior(0, 0), learnt = kin_evidence_slopes(e, 0, 0);
    because.of[KIN_REASON_MODEL] =
        kin_evidence_prior(hit->model, 0) - level + kin_evidence_slopes(e, hit->model, 0) - learnt;
    because.of[KIN_REASON_NEIGHBOURS] =
        kin_evidence_prior(0, vote->margin) - level + kin_evidence_slopes(e, 0, vote->margin) - learnt;
    because.of[KIN_REASON_VERDICTS] += learnt;
    hit->reason = strongest(&because);
    double odds = level;
    for (int i = 0; i < 4; i++)
        odds += because.of[i];
    entry->score = entry->score > -INFINITY ? odds : -INFINITY;
    entry->place = (uint32_t)place;
    hit->probability = 1 / (1 + exp(-entry->score));
}

static void second_block(void *user, size_t worker, size_t i)
{
    ranking *r = user;
    const kin_kinship_question *q = r->question;
    size_t dim = r->evidence.dim, observed = r->evidence.n;
    size_t first = i * shortlist_block, left = r->shortlisted - first,
           n = left < shortlist_block ? left : shortlist_block;
    float *vectors = r->scratch + worker * r->scratch_size, *similarity = vectors + shortlist_block * dim;
    float *votes_scratch = similarity + shortlist_block * observed;
    kin_vote *votes = r->votes + worker * shortlist_block;
    uint32_t rows[shortlist_block] = { 0 };
    for (size_t c = 0; c < n; c++)
        rows[c] = r->list[first + c].row;
    kin_kinship__load(r->kinship, rows, n, vectors, dim);
    if (observed > 0)
        kin_gemm_nt(n, observed, dim, 1, vectors, dim, r->evidence.vectors, dim, 0, similarity, observed);
    kin_voters_ask(&r->voters, q->given, q->right, rows, vectors, n, votes_scratch, votes);
    for (size_t c = 0; c < n; c++)
        weigh(r, first + c, vectors + c * dim, similarity + c * observed, &votes[c]);
}

/* Hits past the shortlist: what the first pass knows, and no likelier than the last of the shortlist. */
static kin_kinship_hit unweighed(const ranking *r, const kin_scored *entry, double ceiling)
{
    kin_kinship_hit hit = { .item = entry->row, .nearest_verdict = -1, .reason = KIN_REASON_MODEL };
    hit.model = (double)r->model[entry->place];
    hit.probability = fmin(1 / (1 + exp(-entry->score)), ceiling);
    return hit;
}

static int alloc_ranking(ranking *r, kin_error *err)
{
    const kin_kinship *kinship = r->kinship;
    const kin_kinship_question *q = r->question;
    size_t side = kinship->side, candidates = q->candidates_count, k = q->k < candidates ? q->k : candidates;
    int code = kin_voters_alloc(&r->voters, kinship, q->given, q->right, err);
    if (code != KIN_OK)
        return code;
    double dots = (double)(r->voters.n + kin_evidence_most) * (double)kinship->items.dim;
    size_t afford = (size_t)(dots_of_shortlist / dots);
    r->shortlisted = 4 * k < shortlist_most ? 4 * k : shortlist_most;
    r->shortlisted = r->shortlisted > shortlist_least ? r->shortlisted : shortlist_least;
    r->shortlisted = r->shortlisted > afford ? r->shortlisted : afford;
    r->shortlisted = r->shortlisted < candidates ? r->shortlisted : candidates;
    r->listed = r->shortlisted > k ? r->shortlisted : k;
    size_t one = kin_kinship__block * (side + kinship->items.labels);
    size_t two = shortlist_block * (side + kin_evidence_most) + kin_voters_scratch(&r->voters, shortlist_block);
    r->scratch_size = one > two ? one : two;
    r->order = kin_alloc_array(candidates, sizeof *r->order);
    r->directions = kin_alloc_array(kin_kinship__folds, side * sizeof *r->directions);
    r->score = kin_alloc_array(candidates, sizeof *r->score);
    r->model = kin_alloc_array(candidates, sizeof *r->model);
    r->scratch = kin_alloc_array(kinship->threads, r->scratch_size * sizeof *r->scratch);
    r->list = kin_alloc_array(r->listed, sizeof *r->list);
    r->found = kin_alloc_array(r->shortlisted, sizeof *r->found);
    r->votes = kin_alloc_array(kinship->threads, shortlist_block * sizeof *r->votes);
    bool all = r->order && r->directions && r->score && r->model && r->scratch && r->list && r->found && r->votes;
    return all ? KIN_OK : kin_fail_memory(err);
}

static void clear_ranking(ranking *r)
{
    kin_evidence_clear(&r->evidence);
    kin_voters_clear(&r->voters);
    free(r->likes_model);
    free(r->order);
    free(r->directions);
    free(r->score);
    free(r->model);
    free(r->scratch);
    free(r->list);
    free(r->found);
    free(r->votes);
}

int kin_kinship_rank(const kin_kinship *kinship, const kin_kinship_question *question, kin_kinship_hit *hits,
                     size_t *count, kin_error *err)
{
    ranking r = { .kinship = kinship, .question = question };
    int code = check_question(kinship, question, err);
    if (code == KIN_OK)
        code = alloc_ranking(&r, err);
    if (code == KIN_OK)
        code = gather_evidence(&r, err);
    if (code == KIN_OK) {
        run_first_pass(&r);
        kin_parallel(kinship->threads, (r.shortlisted + shortlist_block - 1) / shortlist_block, second_block, &r);
        kin_best_sort(r.list, r.shortlisted);
        size_t k = question->k < question->candidates_count ? question->k : question->candidates_count;
        for (size_t i = 0; i < k; i++)
            hits[i] = i < r.shortlisted ? r.found[r.list[i].place]
                                        : unweighed(&r, &r.list[i], hits[r.shortlisted - 1].probability);
        *count = k;
    }
    clear_ranking(&r);
    return code;
}
