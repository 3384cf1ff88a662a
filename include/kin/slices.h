#ifndef KIN_SLICES_H
#define KIN_SLICES_H
/* Which slices are noisier than the rest, which mistakes come in patterns, and how much more reviewing would tell.
 * Pure functions as in kin/stats.h. */

#include "kin/stats.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Noisy slices ---- */

/* One-sided p of Fisher's exact test: mistakes and oks of the slice (a, b) against those of the rest (c, d); the chance
 * of at least a mistakes in the slice were its rate no higher. A negative count gives 1. */
double kin_fisher_greater(int64_t a, int64_t b, int64_t c, int64_t d);

/* q[i]: the smallest false discovery rate at which p[i] is a discovery among all n (Benjamini & Hochberg 1995). q may
 * be p. KIN_E_MEMORY. */
int kin_false_discovery(const double *p, size_t n, double *q, kin_error *err);

typedef struct kin_slice_figures {
    kin_estimate slice, rest;
    double lift;  /* rate of the slice / rate of all; NAN where either is not known */
    double share; /* part of all mistakes that lie in the slice; NAN likewise */
    double p;     /* that the slice is no noisier than the rest; 1 where one of them was not audited */
    double q;     /* set by kin_slices_judge */
} kin_slice_figures;

/* `population` items in the slice of `total` in the data set; both 0: not known, and the weights say it. Under
 * clusters, strata or unequal weights Fisher's test sees counts divided by their design effect (Rao & Scott 1992,
 * Biometrics 48), rounded to the safe side; for items drawn one by one with equal weights it is the plain test. */
kin_slice_figures kin_slice_measure(const kin_design *design, const uint8_t *mask, uint64_t population, uint64_t total,
                                    double conf);

/* Sets q over the n slices tested, and order[n]: their indices, noisiest first by the lower bound of the rate, then by
 * rate, then as given. */
int kin_slices_judge(kin_slice_figures *slices, size_t n, size_t *order, kin_error *err);

/* ---- How much reviewing would tell ---- */

/* The chance that an audit of `drawn` of `population` items meets none of the `mistakes` in it. */
double kin_chance_of_none(int64_t population, int64_t mistakes, int64_t drawn);

/* The smallest audit that meets at least one of them with probability `conf`; -1 where there is none to meet. */
int64_t kin_audit_to_see_one(int64_t population, int64_t mistakes, double conf);

/* How many items of a slice with error rate `rate` to audit so that the two-sided Clopper-Pearson interval lies wholly
 * above `baseline` with probability `power` (the smallest number, to within one tooth of the binomial's saw); -1 where
 * rate <= baseline or it takes more than 10 million. */
int64_t kin_audit_to_tell(double rate, double baseline, double conf, double power);

/* ---- Patterns ---- */

typedef struct kin_tightness {
    double inside;  /* mean over the members of the similarity to their nearest fellow member */
    double outside; /* the same, averaged over random sets of the same size */
    double p;       /* (1 + sets at least as tight) / (1 + sets): Phipson & Smyth 2010 */
} kin_tightness;

/* Permutation test of similarity[n, n] (symmetric, row-major) over a pool of items of one label: are members[k]
 * (distinct indices into the pool) closer together than `sets` random ones? KIN_E_USAGE unless 2 <= k <= n and
 * members are in range. k^2 * sets steps. */
int kin_pattern_tightness(const float *similarity, size_t n, const uint32_t *members, size_t k, size_t sets,
                          uint64_t seed, kin_tightness *out, kin_error *err);

typedef struct kin_found {
    int64_t left; /* at most so many mistakes are left in the pool, at confidence conf (one-sided) */
    double share; /* so at least this part is found: found / (found + left); 1 where there is nothing to find */
} kin_found;

/* After a kin job: `found` mistakes so far (those of the control included), and a random control of `control` items out
 * of the `pool` that the job had left, of which `mistakes` were wrong. Counts that cannot be are brought into range. */
kin_found kin_found_at_least(int64_t found, int64_t pool, int64_t control, int64_t mistakes, double conf);

/* The smallest control that lets kin_found_at_least say `share`, if `mistakes` of it turn out wrong; `found` without
 * the control's. -1 where not even the whole pool does. */
int64_t kin_control_size(int64_t found, int64_t pool, int64_t mistakes, double share, double conf);

#ifdef __cplusplus
}
#endif
#endif
