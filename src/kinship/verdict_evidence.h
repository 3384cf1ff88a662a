#ifndef KIN_VERDICT_EVIDENCE_H
#define KIN_VERDICT_EVIDENCE_H
/* Logistic Gaussian-process classification with a prior mean (Rasmussen & Williams 2006, chapter 3): the log odds that
 * an item carries the mistake are what the model and the neighbours say, plus what observations near it say. */

#include "kin/status.h"

enum { kin_evidence_most = 1024 };

/* What is known of an observation beside its vector. */
typedef struct kin_evidence_point {
    double model, vote; /* b minus a: of the linear model, of the neighbours */
    bool chosen;        /* shown because it is a mistake, not found: says nothing of how frequent the mistake is */
    int64_t item;       /* row; -1: none */
} kin_evidence_point;

typedef struct kin_evidence {
    size_t n, dim;
    kin_evidence_point *points; /* [n] */
    float *vectors;             /* [n, dim] */
    double *y, *weight;         /* [n] 1: the mistake, 0: not; how much the observation counts */
    float *centre;              /* [dim] mean of the items labelled a */
    /* Filled by fitting: */
    double *alpha;             /* [n] how strongly each pulls */
    double *to_centre;         /* [n] dot products with the centre */
    double centre_square;      /* the centre's with itself */
    double level, model, vote; /* sums of alpha over those not chosen; of alpha model, alpha vote over all */
    float *pull;               /* [dim] sum of alpha (x - centre) */
    double pull_centre;        /* its dot product with the centre */
} kin_evidence;

/* Zeroed, with room for `most` observations; the caller clears it, also after a failure. */
int kin_evidence_alloc(kin_evidence *evidence, size_t most, size_t dim, kin_error *err);
void kin_evidence_clear(kin_evidence *evidence);

/* Finds alpha. Deterministic. */
int kin_evidence_fit(kin_evidence *evidence, kin_error *err);

/* Log odds by model and vote alone. */
double kin_evidence_prior(double model, double vote);

/* What observations add to the log odds of an item: by how they change level and slopes; by the direction they give, a
 * linear function of `towards` = pull . x; and one observation by looks, for alpha = 1 (the direction included, so a
 * sum over all observations takes the place of kin_evidence_wide). */
double kin_evidence_slopes(const kin_evidence *evidence, double model, double vote);
double kin_evidence_wide(const kin_evidence *evidence, double towards);
double kin_evidence_looks(double similarity, double to_centre, double other_to_centre, double centre_square);

#endif
