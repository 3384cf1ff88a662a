/* Separable resampling in two passes, across first, with 8-bit values between them, as Pillow has long done it. (Its
 * release 13 goes down first for some shapes, so that overshoots of the cubic are cut off at another place.) Only the
 * rows and columns that the region needs are read.
 *
 * The loops are written for the compiler's vectoriser on plain x86-64 and Arm: the pass across takes a row
 * apart into three planes of 16-bit values, where an output is three dot products; the pass down adds whole rows, a few
 * at a time. */
#include "filter.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* sums[n] >> shift, rounded, as bytes. */
static void to_bytes(const int32_t *restrict sums, size_t n, int shift, uint8_t *restrict out)
{
    int32_t half = 1 << (shift - 1);
    for (size_t i = 0; i < n; i++) {
        int32_t value = (sums[i] + half) >> shift;
        out[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

/* planes[3, plane] -> sums[count, 3]. That the stride is a multiple of the lanes is spelt out for the compiler. */
static void dot_all(const kin_image__mix *mix, const int16_t *planes, size_t plane, int32_t *sums)
{
    size_t blocks = mix->stride / KIN_IMAGE__LANES;
    for (size_t i = 0; i < mix->count; i++) {
        const int16_t *weights = mix->weights + i * mix->stride;
        const int16_t *r = planes + mix->first[i], *g = r + plane, *b = g + plane;
        int32_t red = 0, green = 0, blue = 0;
        for (size_t t = 0; t < blocks * KIN_IMAGE__LANES; t++) {
            red += r[t] * weights[t];
            green += g[t] * weights[t];
            blue += b[t] * weights[t];
        }
        sums[3 * i] = red;
        sums[3 * i + 1] = green;
        sums[3 * i + 2] = blue;
    }
}

static void split_planes(const uint8_t *row, size_t count, int16_t *r, int16_t *g, int16_t *b)
{
    for (size_t x = 0; x < count; x++, row += 3) {
        r[x] = row[0];
        g[x] = row[1];
        b[x] = row[2];
    }
}

/* One row: rgb[mix->low .. high, 3] -> out[count, 3]. planes[3, plane] and sums[count, 3] are scratch; the tails of
 * the planes stay 0. */
static void mix_across(const kin_image__mix *mix, const uint8_t *row, int16_t *planes, size_t plane, int32_t *sums,
                       uint8_t *out)
{
    split_planes(row, mix->high - mix->low, planes, planes + plane, planes + 2 * plane);
    dot_all(mix, planes, plane, sums);
    to_bytes(sums, mix->count * 3, mix->shift, out);
}

/* sums[n] += four rows times their weights. */
static void add_rows(int32_t *restrict sums, const uint8_t *const rows[4], const int16_t *weights, size_t n)
{
    const uint8_t *restrict r0 = rows[0], *restrict r1 = rows[1], *restrict r2 = rows[2], *restrict r3 = rows[3];
    int16_t w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3];
    for (size_t x = 0; x < n; x++)
        sums[x] += (int16_t)r0[x] * w0 + (int16_t)r1[x] * w1 + (int16_t)r2[x] * w2 + (int16_t)r3[x] * w3;
}

/* Output row i of n values from rows[high - low, n]. Weights that are padding stand on the last row. */
static void mix_down(const kin_image__mix *mix, size_t i, const uint8_t *rows, size_t n, int32_t *sums, uint8_t *out)
{
    const int16_t *weights = mix->weights + i * mix->stride;
    size_t last = mix->high - mix->low - 1;
    memset(sums, 0, n * sizeof *sums);
    for (size_t t = 0; t < mix->taps && mix->first[i] + t <= last; t += 4) {
        const uint8_t *four[4];
        for (size_t k = 0; k < 4; k++) {
            size_t row = mix->first[i] + t + k;
            four[k] = rows + (row < last ? row : last) * n;
        }
        add_rows(sums, four, weights + t, n);
    }
    to_bytes(sums, n, mix->shift, out);
}

static int run_passes(const kin_image *image, const kin_image__mix *across, const kin_image__mix *down, uint8_t *out,
                      kin_error *err)
{
    size_t row = (size_t)image->width * 3, n = across->count * 3, rows = down->high - down->low;
    size_t plane = across->high - across->low + across->stride, half_done;
    uint8_t *between = NULL;
    if (kin_size_mul(rows, n, &half_done))
        between = kin_alloc_aligned(half_done, 1);
    int16_t *planes = kin_alloc_zeroed(plane, 3 * sizeof *planes);
    int32_t *sums = kin_alloc_aligned(n, sizeof *sums);
    bool ready = between && planes && sums;
    if (ready) {
        const uint8_t *source = image->rgb + down->low * row + across->low * 3;
        for (size_t y = 0; y < rows; y++)
            mix_across(across, source + y * row, planes, plane, sums, between + y * n);
        for (size_t y = 0; y < down->count; y++)
            mix_down(down, y, between, n, sums, out + y * n);
    }
    free(between);
    free(planes);
    free(sums);
    return ready ? KIN_OK : kin_fail_memory(err);
}

/* Samples per unit of full resolution. Decoders shrink by 2, 4 or 8 and round up to whole pixels, of which the last one
 * then covers less: taking size / full would shift everything else. */
static double samples_per_unit(int full, int size)
{
    for (int divisor = 1; divisor <= 8; divisor *= 2)
        if (full / divisor + (full % divisor != 0) == size)
            return 1.0 / divisor;
    return (double)size / full;
}

/* [start, start + length) of `full` units as a span of `size` samples. False where it is not inside. */
static bool to_samples(double start, double length, int full, int size, double *low, double *high)
{
    const double slack = 1e-6; /* sums of box coordinates are not exact */
    double end = start + length, scale = samples_per_unit(full, size);
    if (!(length > 0) || !(start >= -slack * full) || !(end <= full * (1 + slack)))
        return false;
    *low = fmax(start, 0) * scale;
    *high = fmin(end * scale, size);
    return *low < *high;
}

int kin_image_resize(const kin_image *image, kin_box region, int width, int height, kin_filter filter, uint8_t *out,
                     kin_error *err)
{
    double left, right, top, bottom;
    if (width < 1 || height < 1 || (unsigned)filter > KIN_FILTER_BICUBIC)
        return kin_fail(err, KIN_E_USAGE, "cannot resize to %d x %d pixels with filter %d", width, height, (int)filter);
    if (!image->rgb || !to_samples(region.x, region.w, image->full_width, image->width, &left, &right) ||
        !to_samples(region.y, region.h, image->full_height, image->height, &top, &bottom))
        return kin_fail(err, KIN_E_USAGE, "the region %g, %g, %g x %g is not inside the image of %d x %d pixels",
                        region.x, region.y, region.w, region.h, image->full_width, image->full_height);
    kin_image__mix across, down;
    int status = kin_image__mix_init(&across, filter, left, right, (size_t)image->width, (size_t)width, err);
    if (status != KIN_OK)
        return status;
    status = kin_image__mix_init(&down, filter, top, bottom, (size_t)image->height, (size_t)height, err);
    if (status == KIN_OK) {
        status = run_passes(image, &across, &down, out, err);
        kin_image__mix_clear(&down);
    }
    kin_image__mix_clear(&across);
    return status;
}
