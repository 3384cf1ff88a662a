#ifndef SEARCH_WORLD_H
#define SEARCH_WORLD_H
/* Descriptors of a data set that does not exist, with the structure of real ones: a mixture in two levels on the sphere.
 *
 * 60 topics, of popularity 1 / (rank + 5), have a direction each, lean a little to a common one, and have 16 directions in
 * which their members vary. 100,000 kinds belong to topics by popularity; a kind lies between its topic's direction and
 * one of its own (20 to 80 % of the topic), and has popularity 1 / (rank + 10): in ten million items the largest kind has
 * 110,000, and half of all kinds fewer than 25. An item is its kind's direction plus noise of the kind's own width (0.25
 * to 1.1), 84 % of it by variance along its topic's directions, the rest in any; then it is brought to length 1.
 *
 * Widths and shares are set so that 3,794 items resemble the 3,794 that EfficientNet-Lite0 makes of 998 photos of
 * ImageNet's classes, 713 of clothing, and 2,083 images and boxes of COCO (medians): cosine to the nearest 0.65 (real:
 * 0.69), to the 10th 0.49 (0.44), to the 50th 0.31 (0.30), of any two 0.02 (0.01); intrinsic dimension by distances to
 * the 20 nearest (Levina & Bickel 2005) 15 (14). */

#include "kin/types.h"

typedef struct search_world {
    size_t dim;
    float *directions; /* [topics, 16, dim] */
    float *kinds;      /* [kinds, dim] */
    uint32_t *topic;   /* [kinds] */
    float *width;      /* [kinds] */
    double *up_to;     /* [kinds] share of this kind and those before */
} search_world;

/* False where there is no memory. */
bool search_world_init(search_world *world, size_t dim);
void search_world_clear(search_world *world);

/* Items first .. first + n - 1 of a stream as out[n, dim], on all cores; each is the same however they are asked for in
 * blocks of a multiple of 1,024. Streams differ. */
void search_world_draw(const search_world *world, uint64_t stream, uint64_t first, size_t n, float *out);

#endif
