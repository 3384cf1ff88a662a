#ifndef KIN_TABLE_H
#define KIN_TABLE_H
/* A hash table from byte strings to int64_t; it keeps copies of its keys. */

#include "base/arena.h"
#include "kin/status.h"

typedef struct kin_table {
    struct kin_table_slot *slots;
    size_t capacity, count;
    kin_arena keys;
} kin_table;

#define KIN_TABLE_INIT                                                                                                 \
    {                                                                                                                  \
        NULL, 0, 0, KIN_ARENA_INIT                                                                                     \
    }

/* Where the value of the key is, or NULL. Valid until the next put. */
int64_t *kin_table_get(const kin_table *table, const char *key, size_t length);

/* The value's place, made with `initial` where the key is new (*added, which may be NULL, says so); NULL where there
 * is no memory. Valid until the next put. */
int64_t *kin_table_put(kin_table *table, const char *key, size_t length, int64_t initial, bool *added);

/* The same for NUL-terminated keys. */
int64_t *kin_table_find(const kin_table *table, const char *key);
int64_t *kin_table_add(kin_table *table, const char *key, int64_t initial, bool *added);

/* Walks the entries in no particular order: start with *place = 0; false at the end. */
bool kin_table_next(const kin_table *table, size_t *place, const char **key, size_t *length, int64_t *value);

void kin_table_clear(kin_table *table);

#endif
