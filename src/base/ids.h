#ifndef KIN_IDS_H
#define KIN_IDS_H
/* Lists that ascend by a 64-bit id: list[n], elements of `size` bytes that are ids, or structs that begin with one. */

#include <stddef.h>
#include <stdint.h>

/* NULL is fine where n is 0. */
void kin_ids_sort(void *list, size_t n, size_t size);

/* The place of the first element with the id; n where there is none. */
static inline size_t kin_ids_find(const void *list, size_t n, size_t size, int64_t id)
{
    size_t least = 0, most = n;
    const int64_t *there;
    while (least < most) {
        size_t middle = least + (most - least) / 2;
        there = (const void *)((const char *)list + middle * size);
        if (*there < id)
            least = middle + 1;
        else
            most = middle;
    }
    if (least == n)
        return n;
    there = (const void *)((const char *)list + least * size);
    return *there == id ? least : n;
}

#endif
