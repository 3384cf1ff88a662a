#ifndef KIN_CHECKED_H
#define KIN_CHECKED_H
/* Size arithmetic that cannot wrap: each returns false, and leaves *out alone, where the result does not fit. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool kin_size_mul(size_t a, size_t b, size_t *out)
{
    if (a != 0 && b > SIZE_MAX / a)
        return false;
    *out = a * b;
    return true;
}

static inline bool kin_size_add(size_t a, size_t b, size_t *out)
{
    if (b > SIZE_MAX - a)
        return false;
    *out = a + b;
    return true;
}

/* malloc of count * size bytes; NULL where that does not fit. Never returns NULL for a count of 0 on success. */
void *kin_alloc_array(size_t count, size_t size);

/* The same, zeroed. */
void *kin_alloc_zeroed(size_t count, size_t size);

/* 64-byte aligned, for SIMD; release with free(). */
void *kin_alloc_aligned(size_t count, size_t size);

/* The same for what is large and read again and again: on huge pages where the system has some to give. */
void *kin_alloc_large(size_t count, size_t size);

/* Makes room for at least `need` elements in the malloc'ed *array of *capacity elements, growing by half at least. False
 * where there is no memory; *array stays valid then. `array` is the address of a pointer to elements of any type. */
#define KIN_GROW(array, capacity, need) kin_grow(array, capacity, need, sizeof **(array))
bool kin_grow(void *array, size_t *capacity, size_t need, size_t size);

#endif
