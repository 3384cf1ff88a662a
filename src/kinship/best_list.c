#include "kinship/best_list.h"

#include <stdbool.h>
#include <stdlib.h>

static bool better(const kin_scored *a, const kin_scored *b)
{
    if (a->score != b->score)
        return a->score > b->score;
    return a->row < b->row;
}

static void swap(kin_scored *a, kin_scored *b)
{
    kin_scored kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_up(kin_scored *heap, size_t at)
{
    while (at > 0 && better(&heap[(at - 1) / 2], &heap[at])) {
        swap(&heap[(at - 1) / 2], &heap[at]);
        at = (at - 1) / 2;
    }
}

static void sift_down(kin_scored *heap, size_t count)
{
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && better(&heap[child], &heap[child + 1]))
            child++;
        if (!better(&heap[at], &heap[child]))
            return;
        swap(&heap[at], &heap[child]);
        at = child;
    }
}

void kin_best_offer(kin_scored *heap, size_t *count, size_t k, kin_scored scored)
{
    if (*count < k) {
        heap[*count] = scored;
        sift_up(heap, (*count)++);
    } else if (k > 0 && better(&scored, &heap[0])) {
        heap[0] = scored;
        sift_down(heap, k);
    }
}

static int compare(const void *a, const void *b)
{
    const kin_scored *x = a, *y = b;
    return better(y, x) - better(x, y);
}

void kin_best_sort(kin_scored *list, size_t count)
{
    if (count > 0)
        qsort(list, count, sizeof *list, compare);
}
