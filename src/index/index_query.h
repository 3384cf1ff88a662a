#ifndef KIN_INDEX_QUERY_H
#define KIN_INDEX_QUERY_H
/* Queries in 8 bits, to be scored against 8-bit rows (kernel/rows8.h). A query that is a row of the index is one plane of
 * bytes exactly; any other one is the sum of two planes, which leaves an error of some 1e-5 of its length. */

#include "kernel/rows8.h"
#include "kin/status.h"

typedef struct kin_index__queries {
    const kin_rows8 *kernel;
    size_t n, dim, size;    /* size: bytes of a packed query */
    size_t planes;          /* 1 or 2 */
    uint8_t *packed;        /* [planes, n, size] */
    float *scale;           /* [planes, n] */
    float *error;           /* [n] length of what is left over: a bound of a score's error for rows of length 1 */
    float *first_error;     /* [n] the same of the first plane alone */
} kin_index__queries;

/* queries[n, dim]; what is not finite counts as 0. */
int kin_index__queries_init(kin_index__queries *out, const float *queries, size_t n, size_t dim, kin_error *err);
void kin_index__queries_clear(kin_index__queries *queries);

/* scores[n, step] against rows in panels. */
void kin_index__queries_score(const kin_index__queries *queries, const uint8_t *panels, const float *row_scale,
                              size_t panel_count, float *scores, size_t step);

/* Which rows in panels may score least[n] or more: hits[n, panel_count], as kernel/rows8.h says. Only the first plane is
 * looked at, with room for what it leaves. */
void kin_index__queries_reach(const kin_index__queries *queries, const uint8_t *panels, const float *row_scale,
                              size_t panel_count, const float *least, uint16_t *hits);

/* scores[count] of one query against rows in place, by the first `planes` of its planes. sums[count] is scratch. */
void kin_index__queries_dots(const kin_index__queries *queries, size_t query, size_t planes, const int8_t *const *rows,
                             const float *row_scale, size_t count, int32_t *sums, float *scores);

#endif
