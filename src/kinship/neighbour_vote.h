#ifndef KIN_NEIGHBOUR_VOTE_H
#define KIN_NEIGHBOUR_VOTE_H
/* How the nearest items are labelled. */

#include "kinship/kinship_private.h"

enum { kin_vote_neighbours = 20, kin_vote_sample = 16384, kin_vote_least = 1024 };

/* The items that vote: all with a label, or where those are more than `kin_vote_sample` (fewer at high dimension), a
 * seeded sample of them in which the labels a and b have at least `kin_vote_least` each. */
typedef struct kin_voters {
    const kin_kinship *kinship;
    size_t n;
    uint32_t *rows; /* [n] */
    float *vectors; /* [n, dim] */
} kin_voters;

typedef struct kin_vote {
    double margin;       /* weighted share of b minus that of a; -1 .. 1 */
    int looked_at, a, b; /* neighbours, and of them with the label */
} kin_vote;

/* b: -1 where any other label will do. */
int kin_voters_alloc(kin_voters *voters, const kin_kinship *kinship, int32_t a, int32_t b, kin_error *err);
void kin_voters_clear(kin_voters *voters);

/* The floats that kin_voters_ask needs for n items. */
size_t kin_voters_scratch(const kin_voters *voters, size_t n);

/* Votes on vectors[n, dim]. The items of `rows` are not asked about themselves and their own asset's; rows NULL:
 * vectors from outside, on which no voter that is the same to the eye has a vote. */
void kin_voters_ask(const kin_voters *voters, int32_t a, int32_t b, const uint32_t *rows, const float *vectors,
                    size_t n, float *scratch, kin_vote *votes);

#endif
