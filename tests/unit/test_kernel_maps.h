#ifndef KIN_TEST_KERNEL_MAPS_H
#define KIN_TEST_KERNEL_MAPS_H
/* Feature maps for the kernel tests: random, in every layout, with guards around what a kernel may write. */

#include "kin_test.h"

#include "base/rng.h"
#include "kernel/kernel.h"
#include "kernel/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum map_layout { LAST, BLOCKED, SLICE, LAYOUTS } map_layout;

/* SLICE is channels-last inside a map of 5 channels more, 2 of them before; its data is not even 16-byte aligned. */
enum { SLICE_BEFORE = 2, SLICE_MORE = 5 };

#define GUARD (-12345.0F)

typedef struct map {
    kin_view view;
    float *memory;
    size_t floats;
} map;

static inline map map_new(map_layout layout, size_t channels, size_t pixels)
{
    map m = { .floats = channels * pixels };
    if (layout == BLOCKED)
        m.floats = kin_blocked_size(channels, pixels);
    if (layout == SLICE)
        m.floats = (channels + SLICE_MORE) * pixels;
    m.memory = malloc((m.floats + 1) * sizeof *m.memory);
    assert_non_null(m.memory);
    for (size_t i = 0; i <= m.floats; i++)
        m.memory[i] = GUARD;
    m.view = layout == BLOCKED ? kin_view_blocked(m.memory, pixels) : kin_view_last(m.memory, channels);
    if (layout == SLICE)
        m.view = (kin_view) { m.memory + (pixels ? SLICE_BEFORE : 0), channels + SLICE_MORE, KIN_LANES, false };
    return m;
}

static inline float *map_at(kin_view view, size_t pixel, size_t channel)
{
    return view.data + channel / KIN_LANES * view.block_step + pixel * view.pixel_step + channel % KIN_LANES;
}

static inline void fill_random(kin_rng *rng, float *values, size_t n, float range)
{
    for (size_t i = 0; i < n; i++)
        values[i] = range * (float)(2 * kin_rng_uniform(rng) - 1);
}

/* Named channels random, everything else not a number: it must never matter. */
static inline map map_random(kin_rng *rng, map_layout layout, size_t channels, size_t pixels)
{
    map m = map_new(layout, channels, pixels);
    for (size_t i = 0; i < m.floats; i++)
        m.memory[i] = NAN;
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = 0; c < channels; c++)
            fill_random(rng, map_at(m.view, p, c), 1, 1);
    return m;
}

static inline float *random_floats(kin_rng *rng, size_t n, float range)
{
    float *values = malloc((n + 1) * sizeof *values);
    assert_non_null(values);
    fill_random(rng, values, n, range);
    return values;
}

static inline void assert_near(float got, float wanted, const char *what)
{
    if (isnan(got) && isnan(wanted))
        return;
    float tolerance = 2e-5F * (1 + fabsf(wanted));
    if (got != wanted && !(fabsf(got - wanted) <= tolerance))
        fail_msg("%s: got %g, wanted %g", what, (double)got, (double)wanted);
}

/* Equal in the named channels; the guards of a slice and behind the end are as they were. */
static inline void assert_maps_near(const map *got, const map *wanted, size_t channels, size_t pixels, const char *what)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = 0; c < channels; c++)
            assert_near(*map_at(got->view, p, c), *map_at(wanted->view, p, c), what);
    assert_true(got->memory[got->floats] == GUARD);
    if (got->view.padded || got->view.pixel_step == channels)
        return;
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = 0; c < SLICE_MORE; c++) {
            size_t at = c < SLICE_BEFORE ? c : channels + c;
            assert_true(got->memory[p * got->view.pixel_step + at] == GUARD);
        }
}

/* The tables this machine can run, but for the plain one. */
static inline size_t fast_tables(const kin_kernels *tables[3])
{
    static const char *const names[] = { "blas", "avx2", "avx512" };
    size_t count = 0;
    for (size_t i = 0; i < 3; i++)
        if (kin_kernels_named(names[i]))
            tables[count++] = kin_kernels_named(names[i]);
    return count;
}

#endif
