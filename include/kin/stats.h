#ifndef KIN_STATS_H
#define KIN_STATS_H
/* Quality scores, error rates with their intervals, and what is known and remains. Slices and patterns are in
 * kin/slices.h, the agreement (pass, fail, undecided) in kin/agreement.h.
 *
 * Everything here is a pure function over plain arrays: no files, no state, the same result to the bit for the same
 * input; thread-safe. Rates are fractions 0..1, `conf` is the confidence of a two-sided interval, such as 0.95 (outside
 * 0.5 .. 1 - 1e-9 it is brought to the nearer end). Rates rest on random audits only: items that were found because
 * they look like a mistake have no place in a kin_sample. Intervals are for an audit whose size was set beforehand; for
 * one that goes on until its answer is liked kin_agreement_interval holds. */

#include "kin/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Quality score (a task is an asset) ---- */

typedef enum kin_score_rule {
    KIN_SCORE_SHARE = 0,      /* max(0, 1 - sum of weights / shapes) */
    KIN_SCORE_OPPORTUNITY = 1 /* 1 - sum of weights / (perfect shapes + errors), no less than 0 */
} kin_score_rule;

/* "share", "opportunity"; and back: false where it is neither. */
const char *kin_score_rule_name(kin_score_rule rule);
bool kin_score_rule_from(const char *name, kin_score_rule *out);

typedef struct kin_score_weights {
    double minor, critical; /* of one error */
} kin_score_weights;

#define KIN_SCORE_WEIGHTS_INIT                                                                                         \
    {                                                                                                                  \
        0.2, 1.0                                                                                                       \
    }

typedef struct kin_task {
    int64_t shapes;          /* annotated on the asset */
    int64_t perfect;         /* of them without an error; `opportunity` alone uses it */
    int64_t minor, critical; /* errors, missing shapes included */
} kin_task;

/* A task without shapes scores 1 where it has no error, else 0 under `share`. Negative counts read as 0. */
double kin_task_score(kin_score_rule rule, kin_score_weights weights, kin_task task);

/* Mean over tasks; NAN for n = 0. */
double kin_batch_score(const double *scores, size_t n);

/* ---- Intervals of a proportion ---- */

typedef struct kin_interval {
    double lo, hi;
} kin_interval;

/* k mistakes among n; both may be fractional (effective sizes). n <= 0: 0..1. k is brought into 0..n.
 * Clopper & Pearson 1934 by the inverse of the incomplete beta function; Wilson 1927. */
kin_interval kin_clopper_pearson(double k, double n, double conf);
kin_interval kin_wilson(double k, double n, double conf);

/* The mistakes in a population of N of which n were drawn without replacement and k are mistakes: those numbers that
 * neither tail rejects at (1 - conf)/2. KIN_E_USAGE unless 0 <= k <= n <= N <= 2^52. */
int kin_hypergeometric(int64_t k, int64_t n, int64_t N, double conf, int64_t *lo, int64_t *hi, kin_error *err);

/* ---- Rates from random audits, however drawn ---- */

typedef struct kin_sample_stratum {
    uint64_t population; /* units it was drawn from; 0: not known */
    uint64_t drawn;      /* units reviewed, those without any row included; less than the rows show: as they show */
} kin_sample_stratum;

/* The reviewed items of random audits, a row each. A unit is what was drawn (the asset, where whole assets were) and
 * lies in one stratum with all its rows. Weights are 1 / inclusion probability of the whole scheme: audits that went
 * on drawing from what was left are one sample, with probability drawn / population; weight NULL does just that (1
 * where a population is not known). */
typedef struct kin_sample {
    size_t n;
    const double *y;                  /* [n] 1 a mistake, 0 ok, or any value between */
    const double *weight;             /* [n] > 0; NULL: see above */
    const int64_t *unit;              /* [n] any ids; NULL: each item is its own */
    const uint32_t *stratum;          /* [n] < strata_count; NULL: all in stratum 0 */
    const kin_sample_stratum *strata; /* [strata_count]; NULL: one stratum of unknown population */
    size_t strata_count;
    const double *prediction; /* [n] mistake probability without the item's own verdict; NULL: none */
} kin_sample;

/* A sample made ready for many questions: read-only, shared by threads. Copies what it needs. */
typedef struct kin_design kin_design;

/* KIN_E_FORMAT names the row whose number is out of range. */
int kin_design_new(const kin_sample *sample, kin_design **out, kin_error *err);
void kin_design_free(kin_design *design);

typedef struct kin_estimate {
    size_t n;           /* reviewed items in the slice; 0: not audited, rate NAN, interval 0..1 */
    size_t mistakes;    /* of them with y > 0 */
    double rate;        /* ratio (Hajek) estimate */
    double lo, hi;      /* its interval */
    double variance;    /* linearised, with finite population correction; 0 also where no mistake was seen */
    double effective_n; /* items of a simple random sample that would tell as much; INFINITY: all were reviewed */
    double lambda;      /* share of the predictions used, 0..1; 0: a plain estimate */
    const char *method; /* of the interval; static */
} kin_estimate;

/* The rate in a slice: rows r with mask[r] != 0, NULL for all; `population`: items in the slice, 0 not known. One pass
 * over the sample, no allocation. Items drawn one by one with equal weights: Clopper-Pearson, or the hypergeometric
 * interval above 5 % of the population. Else Korn & Graubard (1998, Survey Methodology 24): Clopper-Pearson at the
 * effective sample size; src/stats/rate.c tells how that is kept from being too large when mistakes are few. */
kin_estimate kin_rate(const kin_design *design, const uint8_t *mask, uint64_t population, double conf);

#define KIN_HELP_ITEMS 30   /* audited, from which predictions help */
#define KIN_HELP_MISTAKES 5 /* of them */

/* The same, helped by predictions whose mean over all items of the slice is mean_prediction (difference estimator,
 * power-tuned). The plain rate where there are fewer items or mistakes than that, or no predictions. */
kin_estimate kin_rate_helped(const kin_design *design, const uint8_t *mask, uint64_t population, double mean_prediction,
                             double conf);

/* ---- Known and remaining ---- */

typedef struct kin_remaining {
    double known;                     /* items whose latest verdict is a mistake, however found */
    double total, total_lo, total_hi; /* population * rate (NAN: not audited), between known and population - ok */
    double left, left_lo, left_hi;    /* total - known, at least 0 */
} kin_remaining;

/* `known` and `ok`: items of the population with a verdict of either kind, from whatever job. */
kin_remaining kin_remaining_of(const kin_estimate *rate, uint64_t population, uint64_t known, uint64_t ok);

#ifdef __cplusplus
}
#endif
#endif
