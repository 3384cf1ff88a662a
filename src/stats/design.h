#ifndef KIN_STATS_DESIGN_H
#define KIN_STATS_DESIGN_H
/* Private to src/stats: what kin_design_new prepares and the rates read. */

#include "kin/stats.h"

/* Rows sorted by stratum, then unit. A stratum without rows that was drawn from still has its place. */
struct kin_design {
    size_t n, units, strata;
    bool has_prediction;
    bool single;            /* no unit has two rows */
    size_t *row;            /* [n] place in the caller's arrays */
    double *y, *weight, *f; /* [n]; f is 0 where there are no predictions */
    size_t *unit_start;     /* [units + 1] into rows */
    size_t *stratum_start;  /* [strata + 1] into units */
    double *drawn;          /* [strata] units reviewed, at least those that have rows */
    double *population;     /* [strata] 0: not known */
};

/* kin_rate of the rows that the mask leaves out. */
kin_estimate kin_stats__rate_outside(const kin_design *design, const uint8_t *mask, uint64_t population, double conf);

/* The sums of the weights of the rows within the mask and outside. */
void kin_stats__weights(const kin_design *design, const uint8_t *mask, double *inside, double *outside);

#endif
