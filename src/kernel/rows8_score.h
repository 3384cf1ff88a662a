#ifndef KIN_ROWS8_SCORE_H
#define KIN_ROWS8_SCORE_H
/* From sums to scores, for the tables with vectors: multiplied in the one order by which all tables agree to the bit. */

#include "kernel/rows8.h"
#include "kernel/vec.h"

KIN_INLINE vec score_of(const kin_products8 *op, size_t query, size_t row, vec sums)
{
    return v_mul(sums, v_mul(v_set(op->query_scale[query]), v_load(op->row_scale + row)));
}

/* Of a query with VEC rows, from `row` on. */
KIN_INLINE void score_rows(const kin_products8 *op, size_t query, size_t row, vec sums)
{
    float *out = op->scores + query * op->step + row;
    vec score = score_of(op, query, row, sums);
    v_store(out, op->add ? v_add(v_load(out), score) : score);
}

/* A bit for each of VEC rows. */
KIN_INLINE unsigned reach_rows(const kin_products8 *op, size_t query, size_t row, vec sums)
{
    return v_reach(score_of(op, query, row, sums), v_set(op->least[query]));
}

#endif
