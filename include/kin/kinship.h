#ifndef KIN_KINSHIP_H
#define KIN_KINSHIP_H
/* From mistakes to the items that most likely carry the same one. Pure functions over plain arrays: no files, no
 * ledger. Items are rows 0 .. count - 1, labels are numbers 0 .. labels - 1.
 *
 * A mistake is an item given label a whose right label is b. What speaks for the same mistake on another item labelled
 * a: a linear model from descriptors to labels prefers b to a (ridge regression, out of fold: an item never votes for
 * itself, nor do others of its asset), so do its neighbours, and verdicts so far, nearer ones weighing more. kinship.c
 * tells how these become a probability. */

#include "kin/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One query for items like some and unlike others: the mean of likes[n, dim] minus half the mean of unlikes[m, dim],
 * brought to length 1 in query[dim] (Rocchio 1971, "Relevance feedback in information retrieval", with his negative
 * weight of one half). Vectors are of length 1; n > 0. KIN_E_USAGE where likes and unlikes cancel each other out. */
int kin_kinship_query(const float *likes, size_t n, const float *unlikes, size_t m, size_t dim, float *query,
                      kin_error *err);

/* The nearest[n, k] rows of rows[n], best first, with their cosines[n, k]; UINT32_MAX where there are no more. */
typedef struct kin_kinship_near {
    size_t n, k;
    const uint32_t *rows, *nearest;
    const float *cosines;
} kin_kinship_near;

typedef int (*kin_kinship_take)(void *taker, const kin_kinship_near *near, kin_error *err);

/* Everything is borrowed and has to outlive the kin_kinship made of it. dim is at most 2048, and labels times dim + 1
 * at most 2^23 (KIN_E_LIMIT). */
typedef struct kin_kinship_items {
    size_t count, dim, labels;
    const int32_t *label; /* [count] as given; -1: none */
    const int64_t *asset; /* [count] items of one asset are in one fold */
    /* Gives vectors[n, dim], of length 1, of the rows first .. first + n - 1. Called from several threads at once. */
    int (*read)(void *user, size_t first, size_t n, float *vectors, kin_error *err);
    void *user;
    /* Hands over the k nearest among the labelled rows of each of them, once, by calls of `take` one after another;
     * NULL: there is no such help. Only for what all pairs would be too many for. */
    int (*graph)(void *user, size_t k, kin_kinship_take take, void *taker, kin_error *err);
    size_t all_pairs; /* up to so many items neighbours of all are found exactly; 0: 100,000 */
} kin_kinship_items;

/* The latest verdict of an item. */
typedef struct kin_kinship_verdict {
    size_t item;
    bool mistake;
    int32_t right; /* of a mistake: the label it should have (its own, where the mistake is another than the label);
                      -1: not said, or one that no item has */
} kin_kinship_verdict;

typedef struct kin_kinship kin_kinship;

/* Reads every vector once. threads 0: one a core. dim + 13 bytes an item are kept, and
 * 80 (dim + 1)^2 + 100 labels (dim + 1) bytes in all. */
int kin_kinship_new(const kin_kinship_items *items, size_t threads, kin_kinship **out, kin_error *err);
void kin_kinship_free(kin_kinship *kinship);

/* Takes all verdicts so far (replacing those of an earlier call; an item at most once), and solves the linear model
 * with them: reviewed items count with their right label. */
int kin_kinship_judge(kin_kinship *kinship, const kin_kinship_verdict *verdicts, size_t n, kin_error *err);

typedef struct kin_kinship_question {
    const float *likes; /* [likes_count, dim] the mistakes in question, of length 1 */
    size_t likes_count;
    int32_t given, right;       /* a and b; right -1: not known, then anything but a */
    const uint32_t *candidates; /* rows to rank, in any order, labelled `given` or not; none is in `likes` */
    size_t candidates_count;
    size_t k; /* how many of the best are wanted */
} kin_kinship_question;

/* Why an item is where it is: what moved its probability most. */
typedef enum kin_kinship_reason {
    KIN_REASON_LOOKS = 0,      /* like the mistakes in question */
    KIN_REASON_MODEL = 1,      /* the linear model reads it as b rather than a */
    KIN_REASON_NEIGHBOURS = 2, /* its neighbours are labelled b rather than a */
    KIN_REASON_VERDICTS = 3    /* verdicts of items near it */
} kin_kinship_reason;

typedef struct kin_kinship_hit {
    uint32_t item;
    double probability;                                 /* that it carries the mistake a -> b */
    double similarity;                                  /* highest cosine to one of the mistakes in question */
    double model;                                       /* linear model's score of b minus a */
    int neighbours, neighbours_right, neighbours_given; /* looked at; of them labelled b; labelled a */
    int64_t nearest_verdict; /* row of the nearest item with a verdict that spoke here; -1: none near */
    bool nearest_mistake;    /* whether that one is this mistake */
    kin_kinship_reason reason;
} kin_kinship_hit;

/* The best of the candidates by probability, equal ones by row: hits[k], *count of them. Deterministic, whatever the
 * number of threads. All candidates are weighed by the linear model and the direction of the verdicts; neighbours and
 * single verdicts only for a shortlist of them: all, where items are some thousands, else at least 4,096, and 4 k up to
 * 32,768. Hits past the shortlist have no neighbours and no similarity. Neighbours are exact up to 16,384 items (2^24 /
 * dim, where that is less), above that those in a seeded sample of as many, with 1,024 at least labelled a and b each.
 * Up to 512 of likes and some 1,000 verdicts are weighed one by one: of more, every so many, weighing for the rest. An
 * item labelled b comes last, with probability 0; one with another label than a is taken at its own. */
int kin_kinship_rank(const kin_kinship *kinship, const kin_kinship_question *question, kin_kinship_hit *hits,
                     size_t *count, kin_error *err);

/* For every item the probability that it is a mistake of any kind: probability[count]. Of an item with a verdict it is
 * computed without that verdict and those of its asset (cross-fitting), so that it may help a rate (statistics, "rates
 * helped by similarity"). Items without a label: the share of mistakes among all reviewed ones. */
int kin_kinship_predict(const kin_kinship *kinship, double *probability, kin_error *err);

typedef enum kin_suspicion {
    KIN_SUSPECT_KIN = 0,       /* kin_kinship_predict's */
    KIN_SUSPECT_SELFCLEAN = 1, /* SelfClean (Groeger et al. 2024): nearest other label against nearest same label */
    KIN_SUSPECT_SIMIFEAT = 2,  /* SimiFeat-V (Zhu, Dong, Liu 2022): vote of the k nearest */
    KIN_SUSPECT_MARGIN = 3     /* cleanlab's normalised margin (Northcutt et al. 2021) over the linear model */
} kin_suspicion;

/* For every item how suspicious its label is, higher is more, in score[count], and the label that it more likely should
 * have in right[count] (-1: none). No verdict is needed. KIN_SUSPECT_SELFCLEAN and _SIMIFEAT look at exact neighbours up
 * to items.all_pairs; above that at the 50 that items.graph gives (KIN_E_LIMIT without it), where a label that none of them
 * has is taken to be as far as the last. */
int kin_kinship_suspects(const kin_kinship *kinship, kin_suspicion how, float *score, int32_t *right, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
