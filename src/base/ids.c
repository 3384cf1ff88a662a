#include "base/ids.h"

#include <stdlib.h>

static int ascending(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

void kin_ids_sort(void *list, size_t n, size_t size)
{
    if (n > 1)
        qsort(list, n, size, ascending);
}
