#ifndef KIN_ARENA_H
#define KIN_ARENA_H
/* Memory that is released all at once: one arena per image, file or request. Not for sharing between threads. */

#include <stddef.h>

typedef struct kin_arena {
    struct kin_arena_block *blocks;
} kin_arena;

#define KIN_ARENA_INIT                                                                                                 \
    {                                                                                                                  \
        NULL                                                                                                           \
    }

/* `size` bytes, 16-byte aligned, not zeroed; NULL where there is no memory. */
void *kin_arena_alloc(kin_arena *arena, size_t size);

/* A copy of the first `length` bytes of `text`, NUL-terminated. */
char *kin_arena_copy(kin_arena *arena, const char *text, size_t length);

/* A copy of the NUL-terminated `text`; NULL for NULL. */
char *kin_arena_string(kin_arena *arena, const char *text);

/* Forgets everything but keeps the largest block for the next round. */
void kin_arena_reset(kin_arena *arena);

void kin_arena_clear(kin_arena *arena);

#endif
