#ifndef KIN_INDEX_POOL_H
#define KIN_INDEX_POOL_H
/* The best rows of one query so far: an unordered pool that is cut back to the best k whenever it is full. Cheaper a
 * score than a heap, and it can keep more than k where scores are so close that rounding may have swapped them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kin_index__hit {
    float score;
    uint32_t row;
} kin_index__hit;

typedef struct kin_index__pool {
    kin_index__hit *hits;
    size_t size, capacity, k;
    float threshold; /* scores below need not be put */
    float slack;     /* how much a score may be off: what lies this near to the k-th best is kept too */
    bool failed;     /* there was no memory: the content is of no use */
} kin_index__pool;

/* k > 0. */
void kin_index__pool_init(kin_index__pool *pool, size_t k, float slack);

void kin_index__pool_clear(kin_index__pool *pool);

/* Makes room for one more by cutting back or growing; false where it cannot. */
bool kin_index__pool_room(kin_index__pool *pool);

/* A score that is NaN is dropped. */
static inline void kin_index__pool_put(kin_index__pool *pool, float score, uint32_t row)
{
    if (!(score >= pool->threshold) || (pool->size == pool->capacity && !kin_index__pool_room(pool)))
        return;
    pool->hits[pool->size++] = (kin_index__hit) { score, row };
}

#endif
