#ifndef KIN_INDEX_SCAN_H
#define KIN_INDEX_SCAN_H
/* Scores rows against queries, a block of rows by all queries at once, and keeps the best of each query. Rows in 8 bits
 * are scored as they are, by sums of bytes; others are made floats, and a BLAS multiplies them.
 *
 * Nearly all 8-bit rows are passed over by the first plane of bytes of a query (index_query.h) alone.
 *
 * The scores of a BLAS depend in their last bits on the shape of the call, and bytes round the queries. So scores only
 * choose candidates, with room for their error; kin_index__scan_finish scores those again in one fixed order of summation. The result is
 * the same to the bit however the rows were come by, and rows with equal vectors have equal scores. */

#include "index/index_pool.h"
#include "index/index_private.h"
#include "index/index_query.h"

typedef struct kin_index__scan {
    const kin_index__file *file;
    const kin_index__map *map;
    const float *queries; /* [n, dim] */
    size_t n, k, block;   /* block: rows scored at once */
    kin_index__pool *pools;
    const uint64_t *mask; /* rows of lists that count */
    kin_index__queries bytes, some; /* 8-bit rows: the queries; those of one list */
    const int8_t **places; /* 8-bit rows: [2, block] where the rows gathered lie; those of them that may be wanted */
    float *row_scale;      /* [2, block] */
    int32_t *sums;         /* [block] */
    uint8_t *panels;       /* [block] rows packed */
    float *least;          /* [n] what a score by the first plane has to reach */
    uint16_t *hits;        /* [n, block / 16] */
    uint32_t *reached;     /* [block] places in the block of those that may be wanted */
    float *subset;   /* other rows: [n, dim]: the queries of one list */
    float *vectors;  /* other rows: [block, dim] rows gathered; 8-bit ones: [1, dim] */
    float *scores;   /* [n, block]; 8-bit rows: [block] */
    uint32_t *rows;  /* [block]: which rows they are */
    uint32_t *order; /* [n]: 0, 1, .. */
    size_t filled;   /* rows gathered so far */
} kin_index__scan;

/* The most queries that one scan takes for this k: bounds its memory. */
size_t kin_index__scan_most(size_t k);

/* 0 < n <= kin_index__scan_most(k), 0 < k. KIN_E_USAGE where a query is not finite; queries are borrowed. */
int kin_index__scan_init(kin_index__scan *scan, const kin_index *index, const float *queries, size_t n, size_t k,
                         kin_error *err);
void kin_index__scan_clear(kin_index__scan *scan);

/* Scores the rows from <= row < to whose bit is set in `mask` against all queries. */
void kin_index__scan_rows(kin_index__scan *scan, const uint64_t *mask, size_t from, size_t to);

/* Scores those of rows[count] that are in scan->mask (at first: the live ones) against the queries which[m]. Returns how
 * many they are. */
size_t kin_index__scan_list(kin_index__scan *scan, const uint32_t *rows, size_t count, const uint32_t *which, size_t m);

/* Writes ids[n, places] and scores[n, places], as kin_index_search says; places >= k. */
int kin_index__scan_finish(kin_index__scan *scan, size_t places, int64_t *ids, float *scores, kin_error *err);

#endif
