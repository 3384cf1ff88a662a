#ifndef KIN_BEST_LIST_H
#define KIN_BEST_LIST_H
/* The k best of many scores: a binary heap with the worst of them on top. Equal scores: the lower row is better. */

#include <stddef.h>
#include <stdint.h>

typedef struct kin_scored {
    double score;
    uint32_t row, place; /* place: the caller's */
} kin_scored;

/* Offers one; heap[k] holds *count of them. */
void kin_best_offer(kin_scored *heap, size_t *count, size_t k, kin_scored scored);

/* Best first. */
void kin_best_sort(kin_scored *list, size_t count);

#endif
