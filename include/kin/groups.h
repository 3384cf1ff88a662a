#ifndef KIN_GROUPS_H
#define KIN_GROUPS_H
/* Groups of rows that are nearly the same: the connected components over all pairs whose cosine is at or above a
 * threshold. Pure functions over plain arrays; rows are 0 .. count - 1. */

#include "kin/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A forest of disjoint sets (Tarjan 1975). A row's root is the smallest row of its group. */
typedef struct kin_groups {
    size_t count;
    uint32_t *parent; /* [count] */
    float *nearest;   /* [count] highest cosine to another row that it was joined with; -1: none */
} kin_groups;

#define KIN_GROUPS_INIT                                                                                                \
    {                                                                                                                  \
        0, NULL, NULL                                                                                                  \
    }

/* Each row by itself. KIN_E_LIMIT where there are 2^32 - 1 rows or more. */
int kin_groups_init(kin_groups *groups, size_t count, kin_error *err);
void kin_groups_clear(kin_groups *groups);

/* join: rows a and b, whose cosine this is, are of one group. root: the row that stands for the group of a row. */
void kin_groups_join(kin_groups *groups, uint32_t a, uint32_t b, float cosine);
uint32_t kin_groups_root(kin_groups *groups, uint32_t row);

/* Joins every pair of rows[n] (distinct) at or above `threshold`, exactly: vectors[n, dim] of length 1 belong to them,
 * in this order. All products are formed in square blocks, half of them as a pair counts once: n^2 dim operations.
 * threads 0: one a core. Stage: "compare". The result does not depend on the number of threads. */
int kin_groups_join_all(kin_groups *groups, const uint32_t *rows, const float *vectors, size_t n, size_t dim,
                        float threshold, size_t threads, const kin_watch *watch, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
