#ifndef KIN_DESCRIPTOR_CLASSIC_H
#define KIN_DESCRIPTOR_CLASSIC_H
/* The parts of the model `classic`; classic.c says what they are for and what was measured. Each block has a table,
 * filled once and then read-only, and a function from Lab planes to its part of the vector. All arithmetic is single
 * precision in a fixed order. */

#include <stddef.h>
#include <stdint.h>

enum {
    KIN_CLASSIC_SIDE = 64, /* input, pixels */
    KIN_CLASSIC_PIXELS = KIN_CLASSIC_SIDE * KIN_CLASSIC_SIDE,
    KIN_CLASSIC_HALF = KIN_CLASSIC_SIDE / 2,
    KIN_CLASSIC_HALF_PIXELS = KIN_CLASSIC_HALF * KIN_CLASSIC_HALF,
    KIN_CLASSIC_ROOTS = 4096,

    /* gradient orientations */
    KIN_CLASSIC_CELLS = 8,
    KIN_CLASSIC_ANGLES = 16,
    KIN_CLASSIC_GRADIENT_BINS = KIN_CLASSIC_CELLS * KIN_CLASSIC_CELLS * KIN_CLASSIC_ANGLES,
    KIN_CLASSIC_GRADIENT_DIM = 124,

    /* colours */
    KIN_CLASSIC_L_BINS = 5,
    KIN_CLASSIC_AB_BINS = 9,
    KIN_CLASSIC_COLOUR_BINS = KIN_CLASSIC_L_BINS * KIN_CLASSIC_AB_BINS * KIN_CLASSIC_AB_BINS,
    KIN_CLASSIC_COLOUR_DIM = 62,

    /* patches */
    KIN_CLASSIC_PATCH = 6,                                         /* side of a patch, pixels of the half image */
    KIN_CLASSIC_PLACES = KIN_CLASSIC_HALF - KIN_CLASSIC_PATCH + 1, /* patches in a row, and rows */
    KIN_CLASSIC_STRIP = 9,                                         /* rows of patches worked on at a time */
    KIN_CLASSIC_STRIP_PATCHES = KIN_CLASSIC_STRIP * KIN_CLASSIC_PLACES,
    KIN_CLASSIC_TAPS = 3 * KIN_CLASSIC_PATCH * KIN_CLASSIC_PATCH,
    KIN_CLASSIC_WAVES = 3 * 14, /* cosine coefficients kept of a patch */
    KIN_CLASSIC_FILTERS = 32,
    KIN_CLASSIC_BANK = 2 * KIN_CLASSIC_FILTERS,   /* each filter and its mirror image */
    KIN_CLASSIC_RESPONSES = 2 * KIN_CLASSIC_BANK, /* each split by sign */
    KIN_CLASSIC_PATCH_CELLS = 4,
    KIN_CLASSIC_PATCH_DIM = 2 * KIN_CLASSIC_FILTERS,

    KIN_CLASSIC_ASPECT_DIM = 2,

    KIN_CLASSIC_DIM = KIN_CLASSIC_GRADIENT_DIM + KIN_CLASSIC_COLOUR_DIM + KIN_CLASSIC_PATCH_DIM + KIN_CLASSIC_ASPECT_DIM
};

/* ---- helpers (classic.c) */

/* Triangular windows: place i of `size` lies between the centres of cell[i] and cell[i] + 1 of `cells`, share[i] of it
 * belonging to the second; places before the first or after the last centre belong to that cell alone. `cell` of the
 * last places is cells - 2. */
void kin_classic__windows(size_t size, size_t cells, uint8_t *cell, float *share);

/* Value at position i of the cosine number k of the orthonormal DCT-II of length n. */
double kin_classic__cosine(size_t n, size_t k, size_t i);

/* y[dim] = basis^T x; basis[n, dim]. */
void kin_classic__project(const float *x, size_t n, const float *basis, size_t dim, float *y);

/* Scales block[dim] to length weight * |block| / sqrt(|block|^2 + floor^2): `weight` where there is content, less
 * where there is hardly more than noise. */
void kin_classic__balance(float *block, size_t dim, float weight, float floor);

/* ---- colour (classic_colour.c) */

typedef struct kin_classic_lab {
    float linear[256];                 /* sRGB -> light */
    float root[KIN_CLASSIC_ROOTS + 2]; /* CIE f(t) at t = i / ROOTS, interpolated between */
} kin_classic_lab;

void kin_classic__lab_init(kin_classic_lab *table);

/* rgb[pixels, 3] -> lab[3, pixels], each divided by 100: L 0..1, a and b about -1..1. White is D65. */
void kin_classic__lab(const kin_classic_lab *table, const uint8_t *rgb, size_t pixels, float *lab);

typedef struct kin_classic_colour {
    float window[KIN_CLASSIC_HALF]; /* weight of a row or column */
    float basis[KIN_CLASSIC_COLOUR_BINS * KIN_CLASSIC_COLOUR_DIM];
} kin_classic_colour;

void kin_classic__colour_init(kin_classic_colour *table);

/* half[3, HALF, HALF] -> histogram[L, a, b] of soft counts. */
void kin_classic__colour_histogram(const kin_classic_colour *table, const float *half,
                                   float histogram[KIN_CLASSIC_COLOUR_BINS]);

void kin_classic__colour(const kin_classic_colour *table, const float *half, float block[KIN_CLASSIC_COLOUR_DIM]);

/* ---- gradient (classic_gradient.c) */

typedef struct kin_classic_gradient {
    uint8_t cell[KIN_CLASSIC_SIDE];
    float share[KIN_CLASSIC_SIDE];
    float basis[KIN_CLASSIC_GRADIENT_BINS * KIN_CLASSIC_GRADIENT_DIM];
} kin_classic_gradient;

void kin_classic__gradient_init(kin_classic_gradient *table);

/* lab[3, SIDE, SIDE] -> histogram[cell row, cell column, angle]: mean gradient length by angle. Angle k is the
 * direction of 2 pi k / 16, x to the right, y down, towards the larger value. */
void kin_classic__gradient_histogram(const kin_classic_gradient *table, const float *lab,
                                     float histogram[KIN_CLASSIC_GRADIENT_BINS]);

void kin_classic__gradient(const kin_classic_gradient *table, const float *lab, float block[KIN_CLASSIC_GRADIENT_DIM]);

/* ---- patches (classic_patch.c) */

typedef struct kin_classic_patch {
    float waves[KIN_CLASSIC_WAVES * KIN_CLASSIC_TAPS];
    float bank[KIN_CLASSIC_BANK * KIN_CLASSIC_WAVES];
    float pool[KIN_CLASSIC_PATCH_CELLS * KIN_CLASSIC_PATCH_CELLS * KIN_CLASSIC_PLACES * KIN_CLASSIC_PLACES];
} kin_classic_patch;

typedef struct kin_classic_patch_scratch {
    float taps[KIN_CLASSIC_STRIP_PATCHES * KIN_CLASSIC_TAPS];
    float waves[KIN_CLASSIC_STRIP_PATCHES * KIN_CLASSIC_WAVES];
    float filtered[KIN_CLASSIC_STRIP_PATCHES * KIN_CLASSIC_BANK];
    float responses[KIN_CLASSIC_STRIP_PATCHES * KIN_CLASSIC_RESPONSES];
    float pooled[KIN_CLASSIC_PATCH_CELLS * KIN_CLASSIC_PATCH_CELLS * KIN_CLASSIC_RESPONSES];
} kin_classic_patch_scratch;

void kin_classic__patch_init(kin_classic_patch *table);

/* half[3, HALF, HALF] -> scratch->pooled[cell, response]: mean rectified response of each filter in each cell. */
void kin_classic__patch_pool(const kin_classic_patch *table, kin_classic_patch_scratch *scratch, const float *half);

void kin_classic__patch(const kin_classic_patch *table, kin_classic_patch_scratch *scratch, const float *half,
                        float block[KIN_CLASSIC_PATCH_DIM]);

/* Appends the constants that the block's vectors depend on; returns the new count. `values` has room. */
size_t kin_classic__colour_constants(double *values, size_t count);
size_t kin_classic__gradient_constants(double *values, size_t count);
size_t kin_classic__patch_constants(double *values, size_t count);

#endif
