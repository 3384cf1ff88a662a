#ifndef KIN_HASH_INDEX_H
#define KIN_HASH_INDEX_H
/* A table from 64-bit hashes to numbers, without the keys: 12 bytes a slot, at most three quarters full. It is for what
 * comes in millions (image names, shape ids), where kin_table's copies of the keys would take most of the memory. Two
 * keys of one hash count as one: with ten million keys that happens once in 370,000 files. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kin_exchange__hashes {
    uint64_t *hashes; /* 0: free */
    uint32_t *values;
    size_t capacity, count;
} kin_exchange__hashes;

#define KIN_EXCHANGE__HASHES_INIT                                                                                      \
    {                                                                                                                  \
        NULL, NULL, 0, 0                                                                                               \
    }

/* The value's place, or NULL. Valid until the next put. */
uint32_t *kin_exchange__hashes_get(const kin_exchange__hashes *table, uint64_t hash);

/* The same, made with `initial` where the hash is new (*added says so); NULL where there is no memory. */
uint32_t *kin_exchange__hashes_put(kin_exchange__hashes *table, uint64_t hash, uint32_t initial, bool *added);

void kin_exchange__hashes_clear(kin_exchange__hashes *table);

#endif
