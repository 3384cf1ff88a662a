#ifndef KIN_IMAGE_FILTER_H
#define KIN_IMAGE_FILTER_H

#include "kin/image.h"

/* How the samples of one output row (or column) are mixed from those of the input: output i is
 *     sum over t < stride of weights[i, t] * input[low + first[i] + t]  >>  shift
 * The weights of one output sum to exactly 1 << shift and are 0 beyond its taps, where input behind `high` may be
 * meant: those samples need only exist, or be skipped. */
typedef struct kin_image__mix {
    size_t count;     /* outputs */
    size_t low, high; /* the input samples that matter: [low, high) */
    size_t taps;      /* the most weights of any output that are not padding */
    size_t stride;    /* weights per output, a multiple of KIN_IMAGE__LANES */
    int shift;
    size_t *first;    /* [count] */
    int16_t *weights; /* [count, stride] */
} kin_image__mix;

enum { KIN_IMAGE__LANES = 8 };

/* Mixes `count` outputs from the span [start, end) of `size` input samples; 0 <= start < end <= size. */
int kin_image__mix_init(kin_image__mix *mix, kin_filter filter, double start, double end, size_t size, size_t count,
                        kin_error *err);
void kin_image__mix_clear(kin_image__mix *mix);

#endif
