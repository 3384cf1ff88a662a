#ifndef KIN_INDEX_SEARCH_H
#define KIN_INDEX_SEARCH_H
/* What searches and the graph share. */

#include "index/index_private.h"

/* Which rows count in a search, and where it looks. */
typedef struct kin_index__plan {
    const kin_index *index;
    const uint64_t *mask; /* NULL: all live rows; else some of them */
    size_t k, places;     /* k <= places */
    size_t probes;        /* lists to look into; 0: all rows */
} kin_index__plan;

/* How many lists to look into for the k nearest of `among` rows of all; 0: an exact search is as good. */
size_t kin_index__probes(const kin_index *index, size_t k, size_t among);

/* As kin_index_search says: ids[n, places], scores[n, places]. */
int kin_index__search(const kin_index__plan *plan, const float *queries, size_t n, int64_t *ids, float *scores,
                      kin_error *err);

/* Bits of the live rows of ids[m]; *known: how many. malloc'ed. */
int kin_index__mask(const kin_index *index, const int64_t *ids, size_t m, uint64_t **mask, size_t *known,
                    kin_error *err);

#endif
