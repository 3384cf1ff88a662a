#define _DEFAULT_SOURCE /* madvise */
#include "base/checked.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

void *kin_alloc_array(size_t count, size_t size)
{
    size_t bytes;
    if (!kin_size_mul(count, size, &bytes))
        return NULL;
    return malloc(bytes ? bytes : 1);
}

void *kin_alloc_zeroed(size_t count, size_t size)
{
    return calloc(count ? count : 1, size ? size : 1);
}

void *kin_alloc_aligned(size_t count, size_t size)
{
    size_t bytes;
    if (!kin_size_mul(count, size, &bytes) || !kin_size_add(bytes, 63, &bytes))
        return NULL;
    bytes &= ~(size_t)63; /* aligned_alloc wants a multiple of the alignment */
    return aligned_alloc(64, bytes ? bytes : 64);
}

void *kin_alloc_large(size_t count, size_t size)
{
    size_t bytes;
    if (!kin_size_mul(count, size, &bytes) || !kin_size_add(bytes, HUGE_PAGE - 1, &bytes))
        return NULL;
    bytes &= ~((size_t)HUGE_PAGE - 1);
    if (count * size < HUGE_PAGE / 2)
        return kin_alloc_aligned(count, size);
    void *memory = aligned_alloc(HUGE_PAGE, bytes);
#ifdef MADV_HUGEPAGE
    if (memory)
        (void)madvise(memory, bytes, MADV_HUGEPAGE); /* else small pages, which work as well */
#endif
    return memory;
}

/* The pointer is copied as bytes: one of another type must not be looked at as a void *, but all look the same. */
bool kin_grow(void *array, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity)
        return true;
    size_t wanted = *capacity + *capacity / 2;
    if (wanted < need)
        wanted = need;
    if (wanted < 16)
        wanted = 16;
    size_t bytes;
    if (!kin_size_mul(wanted, size, &bytes))
        return false;
    void *elements;
    memcpy(&elements, array, sizeof elements);
    void *grown = realloc(elements, bytes);
    if (!grown)
        return false;
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return true;
}
