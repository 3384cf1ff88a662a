#include "base/arena.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

enum { first_block = 16 * 1024, alignment = 16 };

/* The header is followed by `capacity` bytes of payload. Blocks grow twofold, so the newest is the largest. */
struct kin_arena_block {
    struct kin_arena_block *older;
    size_t capacity, used;
    _Alignas(16) unsigned char data[];
};

static struct kin_arena_block *add_block(kin_arena *arena, size_t need)
{
    size_t capacity = arena->blocks ? arena->blocks->capacity : first_block / 2;
    capacity = capacity <= SIZE_MAX / 4 ? capacity * 2 : need;
    if (capacity < need)
        capacity = need;
    size_t bytes;
    if (!kin_size_add(capacity, sizeof(struct kin_arena_block), &bytes))
        return NULL;
    struct kin_arena_block *block = malloc(bytes);
    if (!block)
        return NULL;
    block->older = arena->blocks;
    block->capacity = capacity;
    block->used = 0;
    arena->blocks = block;
    return block;
}

void *kin_arena_alloc(kin_arena *arena, size_t size)
{
    size_t need;
    if (!kin_size_add(size, alignment - 1, &need))
        return NULL;
    need &= ~(size_t)(alignment - 1);
    struct kin_arena_block *block = arena->blocks;
    if (!block || block->capacity - block->used < need)
        block = add_block(arena, need);
    if (!block)
        return NULL;
    void *memory = block->data + block->used;
    block->used += need;
    return memory;
}

char *kin_arena_copy(kin_arena *arena, const char *text, size_t length)
{
    size_t bytes;
    if (!kin_size_add(length, 1, &bytes))
        return NULL;
    char *copy = kin_arena_alloc(arena, bytes);
    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *kin_arena_string(kin_arena *arena, const char *text)
{
    return text ? kin_arena_copy(arena, text, strlen(text)) : NULL;
}

static void free_older(struct kin_arena_block *block)
{
    while (block) {
        struct kin_arena_block *older = block->older;
        free(block);
        block = older;
    }
}

void kin_arena_reset(kin_arena *arena)
{
    if (!arena->blocks)
        return;
    free_older(arena->blocks->older);
    arena->blocks->older = NULL;
    arena->blocks->used = 0;
}

void kin_arena_clear(kin_arena *arena)
{
    free_older(arena->blocks);
    arena->blocks = NULL;
}
