#include "exchange/hash_index.h"

#include "base/checked.h"

#include <stdlib.h>

/* Open addressing with linear probing over a power of two. */
static size_t probe(const uint64_t *hashes, size_t capacity, uint64_t hash)
{
    size_t at = (size_t)hash & (capacity - 1);
    while (hashes[at] && hashes[at] != hash)
        at = (at + 1) & (capacity - 1);
    return at;
}

static uint64_t not_zero(uint64_t hash)
{
    return hash ? hash : 1;
}

static bool enlarge(kin_exchange__hashes *table)
{
    size_t capacity = table->capacity ? table->capacity * 2 : 1024;
    uint64_t *hashes = kin_alloc_zeroed(capacity, sizeof *hashes);
    uint32_t *values = kin_alloc_array(capacity, sizeof *values);
    if (!hashes || !values) {
        free(hashes);
        free(values);
        return false;
    }
    for (size_t i = 0; i < table->capacity; i++)
        if (table->hashes[i]) {
            size_t at = probe(hashes, capacity, table->hashes[i]);
            hashes[at] = table->hashes[i];
            values[at] = table->values[i];
        }
    free(table->hashes);
    free(table->values);
    *table = (kin_exchange__hashes) { hashes, values, capacity, table->count };
    return true;
}

uint32_t *kin_exchange__hashes_get(const kin_exchange__hashes *table, uint64_t hash)
{
    if (!table->capacity)
        return NULL;
    size_t at = probe(table->hashes, table->capacity, not_zero(hash));
    return table->hashes[at] ? &table->values[at] : NULL;
}

uint32_t *kin_exchange__hashes_put(kin_exchange__hashes *table, uint64_t hash, uint32_t initial, bool *added)
{
    if (table->count + 1 > table->capacity / 4 * 3 && !enlarge(table))
        return NULL;
    size_t at = probe(table->hashes, table->capacity, not_zero(hash));
    *added = table->hashes[at] == 0;
    if (*added) {
        table->hashes[at] = not_zero(hash);
        table->values[at] = initial;
        table->count++;
    }
    return &table->values[at];
}

void kin_exchange__hashes_clear(kin_exchange__hashes *table)
{
    free(table->hashes);
    free(table->values);
    *table = (kin_exchange__hashes)KIN_EXCHANGE__HASHES_INIT;
}
