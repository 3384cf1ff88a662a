#ifndef KIN_INDEX_MAP_H
#define KIN_INDEX_MAP_H
/* Which row is an id's latest, and which rows count. Per row 8 bytes and a bit; per id 5.3 to 10.7 bytes more. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kin_index__map {
    int64_t *ids; /* [rows], as in the file: negative where the row says that an id is gone */
    size_t rows, ids_capacity;
    uint32_t *slots; /* open addressing: 0, or 1 + the latest row of an id, gone or not */
    size_t slot_count, used;
    uint64_t *live; /* a bit per row: set where it is the latest of its id, and the id is not gone */
    size_t live_capacity;
    size_t count; /* bits set in live */
} kin_index__map;

#define KIN_INDEX__MAP_INIT                                                                                            \
    {                                                                                                                  \
        NULL, 0, 0, NULL, 0, 0, NULL, 0, 0                                                                             \
    }

/* Rows are numbered by 32 bits. */
#define KIN_INDEX__MOST_ROWS ((size_t)UINT32_MAX - 1)

/* Makes room for `extra` more rows, so that as many kin_index__map_append cannot fail. */
bool kin_index__map_reserve(kin_index__map *map, size_t extra);

/* The next row holds `id`; not 0 and not INT64_MIN. */
void kin_index__map_append(kin_index__map *map, int64_t id);

/* The live row of `id`; false where it has none. */
bool kin_index__map_find(const kin_index__map *map, int64_t id, size_t *row);

void kin_index__map_clear(kin_index__map *map);

static inline bool kin_index__bit(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}

static inline void kin_index__bit_set(uint64_t *bits, size_t i)
{
    bits[i / 64] |= (uint64_t)1 << (i % 64);
}

#endif
