/* How suspicious each label is without a question, by four methods; all but KIN_SUSPECT_KIN are known ones, to compare
 * with. Neighbours are exact, by blocked matrix products, up to 100,000 items, above that the index's; they may be of the same
 * asset: so do the papers. */
#include "base/checked.h"
#include "base/parallel.h"
#include "kernel/blas.h"
#include "kinship/kinship_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { all_pairs_most = 100000, query_block = 64, other_block = 2048, simifeat_k = 10, graph_k = 50 };

/* ---- by neighbours ---- */

typedef struct neighbour {
    float similarity;
    int32_t label;
} neighbour;

/* What the two methods need to know of one item's neighbours. */
typedef struct around {
    float same, other; /* highest cosine to an item of its label, of another; -2: none */
    int32_t other_label;
    neighbour nearest[simifeat_k];
    size_t found;
} around;

typedef struct surveying {
    const kin_kinship *kinship;
    uint32_t *labelled; /* [n] rows */
    size_t n;
    float *scratch; /* [threads, (query_block + other_block) * dim + query_block * other_block] */
    kin_suspicion how;
    float *score;
    int32_t *right;
} surveying;

static void meet(around *a, int32_t own, int32_t label, float similarity)
{
    if (label == own) {
        a->same = similarity > a->same ? similarity : a->same;
    } else if (similarity > a->other) {
        a->other = similarity;
        a->other_label = label;
    }
    if (a->found == simifeat_k && similarity <= a->nearest[simifeat_k - 1].similarity)
        return;
    size_t at = a->found < simifeat_k ? a->found++ : simifeat_k - 1;
    for (; at > 0 && a->nearest[at - 1].similarity < similarity; at--)
        a->nearest[at] = a->nearest[at - 1];
    a->nearest[at] = (neighbour) { similarity, label };
}

/* SelfClean: m_same^2 / (m_same^2 + m_other^2) over cosine distances to the nearest of each, one minus the paper's
 * score (which ranks the suspicious lowest). An item alone with its label is as suspicious as can be. */
static void selfclean(const around *a, float *score, int32_t *right)
{
    double same = a->same < -1 ? 2 : fmax(0, 1 - (double)a->same);
    double other = a->other < -1 ? 2 : fmax(0, 1 - (double)a->other);
    double sum = same * same + other * other;
    *score = (float)(a->other < -1 ? 0 : sum > 0 ? same * same / sum : 0.5);
    *right = a->other_label;
}

/* SimiFeat-V: the label that most of the ten nearest have (ties: the nearest's); its share minus the given one's. */
static void simifeat(const around *a, int32_t own, float *score, int32_t *right)
{
    int votes_own = 0, most = 0;
    int32_t winner = -1;
    for (size_t i = 0; i < a->found; i++) {
        int votes = 0;
        votes_own += a->nearest[i].label == own;
        if (a->nearest[i].label == own)
            continue;
        for (size_t j = 0; j < a->found; j++)
            votes += a->nearest[j].label == a->nearest[i].label;
        if (votes > most) {
            most = votes;
            winner = a->nearest[i].label;
        }
    }
    *score = a->found ? (float)(most - votes_own) / (float)a->found : 0;
    *right = winner;
}

static void weigh(surveying *s, uint32_t row, const around *found)
{
    if (s->how == KIN_SUSPECT_SELFCLEAN)
        selfclean(found, &s->score[row], &s->right[row]);
    else
        simifeat(found, s->kinship->items.label[row], &s->score[row], &s->right[row]);
}

static void survey_block(void *user, size_t worker, size_t i)
{
    surveying *s = user;
    size_t dim = s->kinship->items.dim, first = i * query_block, left = s->n - first;
    size_t n = left < query_block ? left : query_block;
    float *queries = s->scratch + worker * ((query_block + other_block) * dim + query_block * other_block);
    float *others = queries + query_block * dim, *similarity = others + other_block * dim;
    around found[query_block];
    for (size_t q = 0; q < n; q++)
        found[q] = (around) { .same = -2, .other = -2, .other_label = -1 };
    kin_kinship__load(s->kinship, s->labelled + first, n, queries, dim);
    for (size_t o = 0; o < s->n; o += other_block) {
        size_t m = s->n - o < other_block ? s->n - o : other_block;
        kin_kinship__load(s->kinship, s->labelled + o, m, others, dim);
        kin_gemm_nt(n, m, dim, 1, queries, dim, others, dim, 0, similarity, m);
        for (size_t q = 0; q < n; q++)
            for (size_t j = 0; j < m; j++)
                if (o + j != first + q)
                    meet(&found[q], s->kinship->items.label[s->labelled[first + q]],
                         s->kinship->items.label[s->labelled[o + j]], similarity[q * m + j]);
    }
    for (size_t q = 0; q < n; q++)
        weigh(s, s->labelled[first + q], &found[q]);
}

static int by_all_pairs(surveying *s, kin_error *err)
{
    size_t count = s->kinship->items.count, dim = s->kinship->items.dim;
    s->labelled = kin_alloc_array(count, sizeof *s->labelled);
    s->scratch = kin_alloc_array(s->kinship->threads,
                                 ((query_block + other_block) * dim + query_block * other_block) * sizeof(float));
    int code = s->labelled && s->scratch ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK) {
        for (size_t i = 0; i < count; i++)
            if (s->kinship->items.label[i] >= 0)
                s->labelled[s->n++] = (uint32_t)i;
        kin_parallel(s->kinship->threads, (s->n + query_block - 1) / query_block, survey_block, s);
    }
    free(s->labelled);
    free(s->scratch);
    return code;
}

/* A label that none of the neighbours has is as far as the last of them, or farther: so far it is taken to be. */
static int survey_near(void *taker, const kin_kinship_near *near, kin_error *err)
{
    (void)err;
    surveying *s = taker;
    const int32_t *label = s->kinship->items.label;
    for (size_t i = 0; i < near->n; i++) {
        uint32_t row = near->rows[i];
        around found = { .same = -2, .other = -2, .other_label = -1 };
        float last = -2;
        for (size_t j = 0; j < near->k && near->nearest[i * near->k + j] != UINT32_MAX; j++) {
            last = near->cosines[i * near->k + j];
            meet(&found, label[row], label[near->nearest[i * near->k + j]], last);
        }
        found.same = found.same < -1 ? last : found.same;
        found.other = found.other < -1 ? last : found.other;
        weigh(s, row, &found);
    }
    return KIN_OK;
}

static int by_neighbours(const kin_kinship *kinship, kin_suspicion how, float *score, int32_t *right, kin_error *err)
{
    size_t count = kinship->items.count, most = kinship->items.all_pairs ? kinship->items.all_pairs : all_pairs_most;
    if (count > most && !kinship->items.graph)
        return kin_fail(err, KIN_E_LIMIT, "exact neighbours of %zu items take too long (at most %zu); use kin or margin",
                        count, most);
    surveying s = { .kinship = kinship, .how = how, .score = score, .right = right };
    for (size_t i = 0; i < count; i++) {
        score[i] = 0;
        right[i] = -1;
    }
    return count > most ? kinship->items.graph(kinship->items.user, graph_k, survey_near, &s, err)
                        : by_all_pairs(&s, err);
}

/* ---- by the linear model ---- */

typedef struct judging {
    const kin_kinship *kinship;
    float *margin; /* [count]; NULL: not wanted */
    int32_t *right;
} judging;

/* Scores as probabilities: what is below 0 is 0, and they sum to 1. */
static float normalised_margin(const float *scores, size_t labels, int32_t given, int32_t other)
{
    double sum = 0;
    for (size_t l = 0; l < labels; l++)
        sum += fmax(0, (double)scores[l]);
    if (other < 0 || !(sum > 0))
        return 0;
    double margin = (fmax(0, (double)scores[given]) - fmax(0, (double)scores[other])) / sum;
    return (float)((1 - margin) / 2);
}

static void judge_rows(void *user, const uint32_t *rows, size_t n, const float *scores)
{
    judging *j = user;
    size_t labels = j->kinship->items.labels;
    for (size_t i = 0; i < n; i++) {
        int32_t given = j->kinship->items.label[rows[i]];
        int32_t other = kin_kinship__best_other(scores + i * labels, labels, given);
        j->right[rows[i]] = given >= 0 ? other : -1;
        if (j->margin)
            j->margin[rows[i]] = given >= 0 ? normalised_margin(scores + i * labels, labels, given, other) : 0;
    }
}

static int by_prediction(const kin_kinship *kinship, float *score, kin_error *err)
{
    double *probability = kin_alloc_array(kinship->items.count, sizeof *probability);
    int code = probability ? kin_kinship_predict(kinship, probability, err) : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < kinship->items.count; i++)
        score[i] = kinship->items.label[i] >= 0 ? (float)probability[i] : 0;
    free(probability);
    return code;
}

int kin_kinship_suspects(const kin_kinship *kinship, kin_suspicion how, float *score, int32_t *right, kin_error *err)
{
    judging j = { kinship, how == KIN_SUSPECT_MARGIN ? score : NULL, right };
    int code;
    switch (how) {
    case KIN_SUSPECT_SELFCLEAN:
    case KIN_SUSPECT_SIMIFEAT:
        return by_neighbours(kinship, how, score, right, err);
    case KIN_SUSPECT_KIN:
        code = by_prediction(kinship, score, err);
        return code == KIN_OK ? kin_kinship__each_scored(kinship, judge_rows, &j, err) : code;
    case KIN_SUSPECT_MARGIN:
        return kin_kinship__each_scored(kinship, judge_rows, &j, err);
    default:
        return kin_fail(err, KIN_E_USAGE, "%d is no way of suspecting", (int)how);
    }
}
