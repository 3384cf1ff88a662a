#include "index/index_map.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

static size_t place_of(const kin_index__map *map, int64_t id)
{
    uint64_t h = (uint64_t)id * 0x9e3779b97f4a7c15; /* Fibonacci hashing: ids are often consecutive */
    return (size_t)(h ^ h >> 32) & (map->slot_count - 1);
}

/* The slot of `id` (positive), or the empty one where it belongs. */
static uint32_t *slot_of(const kin_index__map *map, int64_t id)
{
    size_t place = place_of(map, id);
    for (;;) {
        uint32_t *slot = &map->slots[place];
        if (*slot == 0)
            return slot;
        int64_t there = map->ids[*slot - 1];
        if (there == id || there == -id)
            return slot;
        place = (place + 1) & (map->slot_count - 1);
    }
}

static bool grow_slots(kin_index__map *map, size_t ids)
{
    size_t wanted = map->slot_count ? map->slot_count : 64;
    while (wanted / 4 * 3 < ids)
        wanted *= 2;
    if (wanted == map->slot_count)
        return true;
    uint32_t *slots = kin_alloc_zeroed(wanted, sizeof *slots);
    if (!slots)
        return false;
    uint32_t *old = map->slots;
    size_t old_count = map->slot_count;
    map->slots = slots;
    map->slot_count = wanted;
    for (size_t i = 0; i < old_count; i++)
        if (old[i]) {
            int64_t id = map->ids[old[i] - 1];
            *slot_of(map, id < 0 ? -id : id) = old[i];
        }
    free(old);
    return true;
}

bool kin_index__map_reserve(kin_index__map *map, size_t extra)
{
    if (extra > KIN_INDEX__MOST_ROWS - map->rows)
        return false;
    size_t rows = map->rows + extra, words = rows / 64 + 1, had = map->live_capacity;
    bool room = KIN_GROW(&map->ids, &map->ids_capacity, rows) && KIN_GROW(&map->live, &map->live_capacity, words);
    if (map->live_capacity > had)
        memset(map->live + had, 0, (map->live_capacity - had) * sizeof *map->live);
    return room && grow_slots(map, map->used + extra);
}

void kin_index__map_append(kin_index__map *map, int64_t id)
{
    size_t row = map->rows++;
    map->ids[row] = id;
    uint32_t *slot = slot_of(map, id < 0 ? -id : id);
    if (*slot == 0) {
        map->used++;
    } else if (kin_index__bit(map->live, *slot - 1)) {
        map->live[(*slot - 1) / 64] &= ~((uint64_t)1 << ((*slot - 1) % 64));
        map->count--;
    }
    *slot = (uint32_t)row + 1;
    if (id > 0) {
        kin_index__bit_set(map->live, row);
        map->count++;
    }
}

bool kin_index__map_find(const kin_index__map *map, int64_t id, size_t *row)
{
    if (id <= 0 || map->slot_count == 0)
        return false;
    uint32_t slot = *slot_of(map, id);
    if (slot == 0 || !kin_index__bit(map->live, slot - 1))
        return false;
    *row = slot - 1;
    return true;
}

void kin_index__map_clear(kin_index__map *map)
{
    free(map->ids);
    free(map->slots);
    free(map->live);
    *map = (kin_index__map)KIN_INDEX__MAP_INIT;
}
