#ifndef KIN_KINSHIP_H
#define KIN_KINSHIP_H
/* From mistakes to the question that finds their kin. Pure functions over plain arrays. */

#include "kin/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One query for items like some and unlike others: the mean of likes[n, dim] minus half the mean of unlikes[m, dim],
 * brought to length 1 in query[dim] (Rocchio 1971, "Relevance feedback in information retrieval", with his negative
 * weight of one half). Vectors are of length 1; n > 0. KIN_E_USAGE where likes and unlikes cancel each other out. */
int kin_kinship_query(const float *likes, size_t n, const float *unlikes, size_t m, size_t dim, float *query,
                      kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
