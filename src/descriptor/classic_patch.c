/* Texture and coloured edges: a bank of random filters on every 6 x 6 patch of the half-size Lab image, in the manner
 * of Coates & Ng (2011), whose random filters on whitened, contrast-normalised patches come close to learned ones.
 *
 * A patch is taken to its 14 lowest cosine frequencies a channel (without the mean), each times its frequency: natural
 * images fall off as 1 / frequency, so this whitens without having to learn how. It is divided by its length, so that
 * contrast does not count, and multiplied with 32 random directions and their mirror images. Responses are split by
 * sign and soft-thresholded, averaged in 4 x 4 cells, square-rooted and summed: where a texture lies does not matter,
 * but one that fills a single cell weighs less than one that is everywhere. The mean over all filters, which every
 * textured image shares, is taken off. All of it is three matrix products a strip of rows. */

#include "descriptor/classic.h"

#include "base/rng.h"
#include "kernel/blas.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static const uint64_t seed = 1;
static const size_t highest = 13;    /* frequencies kept: u^2 + v^2 <= highest */
static const float faint = 0.05F;    /* added to a patch's length: below it contrast counts */
static const float threshold = 0.2F; /* of a response, whose largest possible value is 1 */
static const float weight = 0.7F;
static const float noise = 1e-3F;

enum { SPAN = KIN_CLASSIC_PATCH * KIN_CLASSIC_PATCH, CELLS = KIN_CLASSIC_PATCH_CELLS * KIN_CLASSIC_PATCH_CELLS };
enum { PATCHES = KIN_CLASSIC_PLACES * KIN_CLASSIC_PLACES };

_Static_assert(KIN_CLASSIC_PLACES % KIN_CLASSIC_STRIP == 0, "strips cover all rows of patches");

/* Fills waves[WAVES, TAPS]; odd[i] says that coefficient i changes its sign in a mirror image. */
static void fill_waves(float *waves, bool odd[KIN_CLASSIC_WAVES])
{
    size_t row = 0;
    memset(waves, 0, (size_t)KIN_CLASSIC_WAVES * KIN_CLASSIC_TAPS * sizeof(float));
    for (size_t channel = 0; channel < 3; channel++)
        for (size_t u = 0; u < KIN_CLASSIC_PATCH; u++)
            for (size_t v = 0; v < KIN_CLASSIC_PATCH; v++) {
                size_t square = u * u + v * v;
                if (square == 0 || square > highest)
                    continue;
                float *wave = waves + row * KIN_CLASSIC_TAPS + channel * SPAN;
                for (size_t i = 0; i < SPAN; i++)
                    wave[i] = (float)(sqrt((double)square) *
                                      kin_classic__cosine(KIN_CLASSIC_PATCH, u, i / KIN_CLASSIC_PATCH) *
                                      kin_classic__cosine(KIN_CLASSIC_PATCH, v, i % KIN_CLASSIC_PATCH));
                odd[row++] = v % 2 == 1;
            }
    assert(row == KIN_CLASSIC_WAVES);
}

static void fill_bank(float *bank, const bool odd[KIN_CLASSIC_WAVES])
{
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (size_t i = 0; i < KIN_CLASSIC_FILTERS; i++) {
        double draw[KIN_CLASSIC_WAVES], sum = 0;
        for (size_t j = 0; j < KIN_CLASSIC_WAVES; j++) {
            draw[j] = kin_rng_normal(&rng);
            sum += draw[j] * draw[j];
        }
        float *filter = bank + i * KIN_CLASSIC_WAVES, *mirror = filter + KIN_CLASSIC_FILTERS * KIN_CLASSIC_WAVES;
        for (size_t j = 0; j < KIN_CLASSIC_WAVES; j++) {
            filter[j] = (float)(draw[j] / sqrt(sum));
            mirror[j] = odd[j] ? -filter[j] : filter[j];
        }
    }
}

/* Fills pool[CELLS, PATCHES], so that a product with it gives means over the cells. */
static void fill_pool(float *pool)
{
    uint8_t cell[KIN_CLASSIC_PLACES];
    float share[KIN_CLASSIC_PLACES];
    const float area = (float)CELLS / PATCHES;
    kin_classic__windows(KIN_CLASSIC_PLACES, KIN_CLASSIC_PATCH_CELLS, cell, share);
    memset(pool, 0, (size_t)CELLS * PATCHES * sizeof(float));
    for (size_t i = 0; i < PATCHES; i++) {
        size_t x = i % KIN_CLASSIC_PLACES, y = i / KIN_CLASSIC_PLACES;
        float *first = pool + ((size_t)cell[y] * KIN_CLASSIC_PATCH_CELLS + cell[x]) * PATCHES + i;
        float *below = first + (size_t)KIN_CLASSIC_PATCH_CELLS * PATCHES;
        first[0] = area * (1 - share[y]) * (1 - share[x]);
        first[PATCHES] = area * (1 - share[y]) * share[x];
        below[0] = area * share[y] * (1 - share[x]);
        below[PATCHES] = area * share[y] * share[x];
    }
}

void kin_classic__patch_init(kin_classic_patch *table)
{
    bool odd[KIN_CLASSIC_WAVES];
    fill_waves(table->waves, odd);
    fill_bank(table->bank, odd);
    fill_pool(table->pool);
}

/* The pixels of a strip's patches: taps[patch, channel, row, column]. */
static void gather(const float *half, size_t top, float *taps)
{
    for (size_t y = top; y < top + KIN_CLASSIC_STRIP; y++)
        for (size_t x = 0; x < KIN_CLASSIC_PLACES; x++)
            for (size_t channel = 0; channel < 3; channel++)
                for (size_t row = 0; row < KIN_CLASSIC_PATCH; row++) {
                    const float *from = half + channel * KIN_CLASSIC_HALF_PIXELS + (y + row) * KIN_CLASSIC_HALF + x;
                    memcpy(taps, from, KIN_CLASSIC_PATCH * sizeof(float));
                    taps += KIN_CLASSIC_PATCH;
                }
}

/* filtered[BANK] of one patch -> responses[RESPONSES]: positive parts, then negative ones. */
static void rectify(const float *wave, const float *restrict filtered, float *restrict responses)
{
    float sum = 0;
    for (size_t i = 0; i < KIN_CLASSIC_WAVES; i++)
        sum += wave[i] * wave[i];
    float scale = 1 / (sqrtf(sum) + faint);
    for (size_t i = 0; i < KIN_CLASSIC_BANK; i++) {
        float value = filtered[i] * scale, up = value - threshold, down = -value - threshold;
        responses[i] = up > 0 ? up : 0;
        responses[KIN_CLASSIC_BANK + i] = down > 0 ? down : 0;
    }
}

void kin_classic__patch_pool(const kin_classic_patch *table, kin_classic_patch_scratch *scratch, const float *half)
{
    for (size_t top = 0; top < KIN_CLASSIC_PLACES; top += KIN_CLASSIC_STRIP) {
        gather(half, top, scratch->taps);
        kin_gemm_nt(KIN_CLASSIC_STRIP_PATCHES, KIN_CLASSIC_WAVES, KIN_CLASSIC_TAPS, 1, scratch->taps, KIN_CLASSIC_TAPS,
                    table->waves, KIN_CLASSIC_TAPS, 0, scratch->waves, KIN_CLASSIC_WAVES);
        kin_gemm_nt(KIN_CLASSIC_STRIP_PATCHES, KIN_CLASSIC_BANK, KIN_CLASSIC_WAVES, 1, scratch->waves,
                    KIN_CLASSIC_WAVES, table->bank, KIN_CLASSIC_WAVES, 0, scratch->filtered, KIN_CLASSIC_BANK);
        for (size_t i = 0; i < KIN_CLASSIC_STRIP_PATCHES; i++)
            rectify(scratch->waves + i * KIN_CLASSIC_WAVES, scratch->filtered + i * KIN_CLASSIC_BANK,
                    scratch->responses + i * KIN_CLASSIC_RESPONSES);
        kin_gemm_nn(CELLS, KIN_CLASSIC_RESPONSES, KIN_CLASSIC_STRIP_PATCHES, 1, table->pool + top * KIN_CLASSIC_PLACES,
                    PATCHES, scratch->responses, KIN_CLASSIC_RESPONSES, top ? 1 : 0, scratch->pooled,
                    KIN_CLASSIC_RESPONSES);
    }
}

void kin_classic__patch(const kin_classic_patch *table, kin_classic_patch_scratch *scratch, const float *half,
                        float block[KIN_CLASSIC_PATCH_DIM])
{
    float sums[KIN_CLASSIC_RESPONSES] = { 0 }, mean = 0;
    kin_classic__patch_pool(table, scratch, half);
    for (size_t cell = 0; cell < CELLS; cell++)
        for (size_t i = 0; i < KIN_CLASSIC_RESPONSES; i++)
            sums[i] += sqrtf(scratch->pooled[cell * KIN_CLASSIC_RESPONSES + i]);
    for (size_t i = 0; i < KIN_CLASSIC_PATCH_DIM; i++) {
        size_t first = i / KIN_CLASSIC_FILTERS * KIN_CLASSIC_BANK + i % KIN_CLASSIC_FILTERS;
        block[i] = sums[first] + sums[first + KIN_CLASSIC_FILTERS];
        mean += block[i];
    }
    mean /= KIN_CLASSIC_PATCH_DIM;
    for (size_t i = 0; i < KIN_CLASSIC_PATCH_DIM; i++)
        block[i] -= mean;
    kin_classic__balance(block, KIN_CLASSIC_PATCH_DIM, weight, noise);
}

size_t kin_classic__patch_constants(double *values, size_t count)
{
    values[count++] = KIN_CLASSIC_PATCH;
    values[count++] = KIN_CLASSIC_FILTERS;
    values[count++] = KIN_CLASSIC_PATCH_CELLS;
    values[count++] = (double)seed;
    values[count++] = (double)highest;
    values[count++] = (double)faint;
    values[count++] = (double)threshold;
    values[count++] = (double)weight;
    values[count++] = (double)noise;
    return count;
}
