/* The weights of the resampling filters.
 *
 * Triangle and cubic are sampled at the input pixels' centres, widened by the scale when shrinking and normalised to
 * sum 1: the arithmetic of Pillow's Resample.c, so that networks see here what they saw in training. The area filter
 * weighs each input pixel by the length that the output pixel covers of it.
 *
 * Weights become 16-bit integers with as many fractional bits as the largest of them allows. They are rounded through
 * their running sum, so that every output's weights sum to exactly one (a flat picture stays flat) however many there
 * are, which rounding each by itself does not give. */
#include "filter.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct span {
    kin_filter filter;
    double start, scale; /* output i covers [start + i * scale, start + (i + 1) * scale) */
    double support;      /* half the filter's width, in input samples */
} span;

static double triangle(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

/* Keys, "Cubic convolution interpolation for digital image processing", IEEE ASSP-29 (1981), with a = -0.5. */
static double cubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2)
        return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

static span make_span(kin_filter filter, double start, double end, size_t count)
{
    span s = { filter, start, (end - start) / (double)count, 0 };
    if (filter == KIN_FILTER_AREA && s.scale < 1)
        s.filter = KIN_FILTER_BILINEAR;
    double radius = s.filter == KIN_FILTER_BICUBIC ? 2 : s.filter == KIN_FILTER_BILINEAR ? 1 : 0.5;
    s.support = radius * fmax(s.scale, 1);
    return s;
}

static double weight_at(const span *s, double centre, size_t sample)
{
    double position = (double)sample;
    if (s->filter == KIN_FILTER_AREA) {
        double low = fmax(position, centre - s->support), high = fmin(position + 1, centre + s->support);
        return fmax(high - low, 0);
    }
    double distance = (position - centre + 0.5) / fmax(s->scale, 1);
    return s->filter == KIN_FILTER_BICUBIC ? cubic(distance) : triangle(distance);
}

/* The first sample that output i looks at, relative to mix->low, and its normalised weights; returns how many. */
static size_t sample_filter(const kin_image__mix *mix, const span *s, size_t i, size_t *first, double *weights)
{
    double centre = s->start + ((double)i + 0.5) * s->scale;
    double low = floor(centre - s->support + 0.5), high = floor(centre + s->support + 0.5);
    if (s->filter == KIN_FILTER_AREA) { /* pixels covered in part count too */
        low = floor(centre - s->support);
        high = ceil(centre + s->support);
    }
    size_t from = low > (double)mix->low ? (size_t)low : mix->low;
    size_t to = high < (double)mix->high ? (size_t)high : mix->high;
    if (from >= mix->high) /* only by rounding */
        from = mix->high - 1;
    if (to <= from)
        to = from + 1;
    double sum = 0;
    for (size_t x = from; x < to; x++)
        sum += weights[x - from] = weight_at(s, centre, x);
    for (size_t t = 0; t < to - from; t++)
        weights[t] = sum > 0 ? weights[t] / sum : 1.0 / (double)(to - from);
    *first = from - mix->low;
    return to - from;
}

/* The largest shift at which every weight fits 16 bits and 255 * the sum of their sizes stays far inside 32 bits. */
static int choose_shift(const double *weights, size_t count, size_t stride)
{
    double largest = 0, heaviest = 0;
    for (size_t i = 0; i < count; i++) {
        double total = 0;
        for (size_t t = 0; t < stride; t++) {
            total += fabs(weights[i * stride + t]);
            largest = fmax(largest, fabs(weights[i * stride + t]));
        }
        heaviest = fmax(heaviest, total);
    }
    int shift = 21;
    while (ldexp(largest, shift) > INT16_MAX - 1 || ldexp(heaviest, shift) * 255 > INT32_MAX / 2)
        shift--;
    return shift;
}

static void quantise(const double *weights, size_t stride, int shift, int16_t *out)
{
    double running = 0, one = ldexp(1, shift);
    long before = 0;
    for (size_t t = 0; t < stride; t++) {
        running += weights[t];
        long now = lround(running * one);
        out[t] = (int16_t)(now - before);
        before = now;
    }
}

static void fill(kin_image__mix *mix, const span *s, double *weights)
{
    for (size_t i = 0; i < mix->count; i++) {
        double *row = weights + i * mix->stride;
        size_t taps = sample_filter(mix, s, i, &mix->first[i], row);
        memset(row + taps, 0, (mix->stride - taps) * sizeof *row);
        if (mix->taps < taps)
            mix->taps = taps;
    }
    mix->shift = choose_shift(weights, mix->count, mix->stride);
    for (size_t i = 0; i < mix->count; i++)
        quantise(weights + i * mix->stride, mix->stride, mix->shift, mix->weights + i * mix->stride);
}

int kin_image__mix_init(kin_image__mix *mix, kin_filter filter, double start, double end, size_t size, size_t count,
                        kin_error *err)
{
    span s = make_span(filter, start, end, count);
    size_t low = (size_t)floor(start), high = (size_t)ceil(end);
    if (high > size)
        high = size;
    if (low >= high)
        low = high - 1;
    size_t most = (size_t)ceil(s.support) * 2 + 2;
    if (most > high - low)
        most = high - low;
    size_t stride = (most + KIN_IMAGE__LANES - 1) / KIN_IMAGE__LANES * KIN_IMAGE__LANES, cells;
    *mix = (kin_image__mix) { count, low, high, 0, stride, 0, NULL, NULL };
    double *weights = NULL;
    if (kin_size_mul(count, stride, &cells)) {
        weights = kin_alloc_array(cells, sizeof *weights);
        mix->first = kin_alloc_array(count, sizeof *mix->first);
        mix->weights = kin_alloc_aligned(cells, sizeof *mix->weights);
    }
    bool ready = weights && mix->first && mix->weights;
    if (ready)
        fill(mix, &s, weights);
    else
        kin_image__mix_clear(mix);
    free(weights);
    return ready ? KIN_OK : kin_fail_memory(err);
}

void kin_image__mix_clear(kin_image__mix *mix)
{
    free(mix->first);
    free(mix->weights);
    mix->first = NULL;
    mix->weights = NULL;
}
