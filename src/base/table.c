#include "base/table.h"

#include "base/checked.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* Open addressing with linear probing over a power of two, at most two thirds full. An empty slot has no key. */
struct kin_table_slot {
    const char *key;
    size_t length;
    uint64_t hash;
    int64_t value;
};

static struct kin_table_slot *probe(struct kin_table_slot *slots, size_t capacity, uint64_t hash, const char *key,
                                    size_t length)
{
    size_t at = (size_t)hash & (capacity - 1);
    while (slots[at].key) {
        if (slots[at].hash == hash && slots[at].length == length && memcmp(slots[at].key, key, length) == 0)
            break;
        at = (at + 1) & (capacity - 1);
    }
    return &slots[at];
}

static bool enlarge(kin_table *table)
{
    size_t capacity = table->capacity ? table->capacity * 2 : 64;
    struct kin_table_slot *slots = kin_alloc_zeroed(capacity, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < table->capacity; i++) {
        struct kin_table_slot *old = &table->slots[i];
        if (old->key)
            *probe(slots, capacity, old->hash, old->key, old->length) = *old;
    }
    free(table->slots);
    table->slots = slots;
    table->capacity = capacity;
    return true;
}

int64_t *kin_table_get(const kin_table *table, const char *key, size_t length)
{
    if (!table->capacity)
        return NULL;
    struct kin_table_slot *slot = probe(table->slots, table->capacity, kin_hash(key, length), key, length);
    return slot->key ? &slot->value : NULL;
}

int64_t *kin_table_put(kin_table *table, const char *key, size_t length, int64_t initial, bool *added)
{
    if (added)
        *added = false;
    if (table->count + 1 > table->capacity / 3 * 2 && !enlarge(table))
        return NULL;
    uint64_t hash = kin_hash(key, length);
    struct kin_table_slot *slot = probe(table->slots, table->capacity, hash, key, length);
    if (slot->key)
        return &slot->value;
    const char *copy = kin_arena_copy(&table->keys, key, length);
    if (!copy)
        return NULL;
    *slot = (struct kin_table_slot) { copy, length, hash, initial };
    table->count++;
    if (added)
        *added = true;
    return &slot->value;
}

int64_t *kin_table_find(const kin_table *table, const char *key)
{
    return kin_table_get(table, key, strlen(key));
}

int64_t *kin_table_add(kin_table *table, const char *key, int64_t initial, bool *added)
{
    return kin_table_put(table, key, strlen(key), initial, added);
}

bool kin_table_next(const kin_table *table, size_t *place, const char **key, size_t *length, int64_t *value)
{
    while (*place < table->capacity && !table->slots[*place].key)
        ++*place;
    if (*place >= table->capacity)
        return false;
    const struct kin_table_slot *slot = &table->slots[(*place)++];
    *key = slot->key;
    *length = slot->length;
    *value = slot->value;
    return true;
}

void kin_table_clear(kin_table *table)
{
    free(table->slots);
    kin_arena_clear(&table->keys);
    *table = (kin_table)KIN_TABLE_INIT;
}
