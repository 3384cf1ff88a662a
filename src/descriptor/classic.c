/* The model `classic`: three hand-made blocks of a region at 64 x 64 pixels, and its aspect ratio; no weights, 252
 * numbers (256 bytes as 8-bit with the row's scale). A block goes through a fixed transform that sorts it by frequency,
 * drops what all images share and what a mirror image would change, and keeps the low frequencies; then blocks are
 * brought to set lengths, 1 : 0.6 : 0.7 : 0.4, and the whole to length 1.
 *
 * Chosen by precision at 10 by class, leave one out: clothing (713 photos), flowers (every second of 2,500 of
 * 32 x 32), boxes of COCO (1,827); their mean in brackets.
 *   gradients    8 x 8 cells, 16 directions, 1,024 numbers       0.51  0.35  0.21  (0.36)
 *                the same in 146 frequencies, none shared        0.57  0.36  0.25  (0.39; 32 pixels wide: 0.38)
 *   colours      Lab histogram, 405 bins, 337 frequencies        0.20  0.46  0.30  (0.32; in 62: 0.30)
 *   layout       Lab means of 8 x 8 cells                        0.30  0.42  0.16  (0.29)
 *   patches      32 filters of 42 waves, no places               0.29  0.44  0.26  (0.33)
 *                64 filters of 105 waves, 4 x 4 cells, 2,048     0.47  0.49  0.24  (0.40; no better in company)
 *   covariances of waves instead, 300 numbers                    0.25  0.46  0.28  (0.33; no better in company)
 *   gradients + colours                                          0.53  0.44  0.30  (0.42)
 *   gradients + colours + patches in 250 numbers                 0.50  0.50  0.33  (0.44)
 *   the same in 118 numbers, patches by random projection        0.49  0.46  0.31  (0.42)
 *   the same in 794 numbers                                      0.53  0.48  0.33  (0.44)
 *   in 250 numbers, and the aspect ratio: this model             0.51  0.50  0.34  (0.45)
 * Principal components of the very data, whitened, gained 0.01 over the fixed transform of gradients. */

#include "descriptor/classic.h"

#include "base/checked.h"
#include "base/hash.h"
#include "descriptor/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double aspect_turn = 3.14159265358979323846 / 3; /* a doubling of width / height turns by so much */
static const double aspect_most = 2;                          /* doublings that are told apart */
static const double aspect_weight = 0.4;
static const double version = 1; /* of the arithmetic; the constants are hashed by themselves */

typedef struct classic {
    kin_classic_lab lab;
    kin_classic_colour colour;
    kin_classic_gradient gradient;
    kin_classic_patch patch;
} classic;

typedef struct classic_scratch {
    kin_classic_patch_scratch patch;
    float lab[3 * KIN_CLASSIC_PIXELS];
    float half[3 * KIN_CLASSIC_HALF_PIXELS];
} classic_scratch;

void kin_classic__windows(size_t size, size_t cells, uint8_t *cell, float *share)
{
    for (size_t i = 0; i < size; i++) {
        double at = ((double)i + 0.5) * (double)cells / (double)size - 0.5;
        at = fmin(fmax(at, 0), (double)(cells - 1));
        size_t low = (size_t)at > cells - 2 ? cells - 2 : (size_t)at;
        cell[i] = (uint8_t)low;
        share[i] = (float)(at - (double)low);
    }
}

double kin_classic__cosine(size_t n, size_t k, size_t i)
{
    double scale = sqrt((k ? 2.0 : 1.0) / (double)n);
    return scale * cos(pi * (double)k * ((double)i + 0.5) / (double)n);
}

void kin_classic__project(const float *x, size_t n, const float *restrict basis, size_t dim, float *restrict y)
{
    memset(y, 0, dim * sizeof(float));
    for (size_t i = 0; i < n; i++) {
        if (x[i] == 0)
            continue;
        const float *row = basis + i * dim;
        for (size_t j = 0; j < dim; j++)
            y[j] += x[i] * row[j];
    }
}

void kin_classic__balance(float *block, size_t dim, float weight, float floor)
{
    float sum = floor * floor;
    for (size_t i = 0; i < dim; i++)
        sum += block[i] * block[i];
    float scale = sum > 0 ? weight / sqrtf(sum) : 0;
    for (size_t i = 0; i < dim; i++)
        block[i] *= scale;
}

static uint64_t model_id(void)
{
    double values[64];
    size_t count = 0;
    values[count++] = version;
    values[count++] = KIN_CLASSIC_SIDE;
    values[count++] = KIN_CLASSIC_DIM;
    values[count++] = aspect_turn;
    values[count++] = aspect_most;
    values[count++] = aspect_weight;
    count = kin_classic__colour_constants(values, count);
    count = kin_classic__gradient_constants(values, count);
    count = kin_classic__patch_constants(values, count);
    static const char name[] = "classic";
    return kin_hash_more(kin_hash(name, strlen(name)), values, count * sizeof values[0]);
}

static int classic_identify(const char *where, kin_precision precision, uint64_t *id, kin_error *err)
{
    (void)where;
    if (precision == KIN_PRECISION_INT8)
        return kin_fail(err, KIN_E_USAGE, "classic has no 8-bit form; leave --precision int8 out");
    *id = model_id();
    return KIN_OK;
}

static int classic_open(const char *where, kin_precision precision, kin_model_info *info, kin_model_view *view,
                        void **state, kin_error *note, kin_error *err)
{
    (void)note;
    int code = classic_identify(where, precision, &info->id, err);
    if (code != KIN_OK)
        return code;
    classic *model = kin_alloc_aligned(1, sizeof *model);
    if (!model)
        return kin_fail_memory(err);
    kin_classic__lab_init(&model->lab);
    kin_classic__colour_init(&model->colour);
    kin_classic__gradient_init(&model->gradient);
    kin_classic__patch_init(&model->patch);
    info->precision = KIN_PRECISION_FLOAT;
    info->dim = KIN_CLASSIC_DIM;
    info->input = KIN_CLASSIC_SIDE;
    *view = (kin_model_view) { KIN_CLASSIC_SIDE, KIN_CLASSIC_SIDE, KIN_FILTER_AREA };
    *state = model;
    return KIN_OK;
}

static int classic_scratch_new(const void *state, void **scratch, kin_error *err)
{
    (void)state;
    void *made = kin_alloc_aligned(1, sizeof(classic_scratch));
    if (!made)
        return kin_fail_memory(err);
    *scratch = made;
    return KIN_OK;
}

/* Means of 2 x 2 pixels. */
static void halve(const float *full, float *half)
{
    for (size_t y = 0; y < 3 * KIN_CLASSIC_HALF; y++) {
        const float *above = full + 2 * y * KIN_CLASSIC_SIDE, *below = above + KIN_CLASSIC_SIDE;
        for (size_t x = 0; x < KIN_CLASSIC_HALF; x++)
            half[y * KIN_CLASSIC_HALF + x] =
                0.25F * (above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1]);
    }
}

/* Boxes of the same kind of thing are of a kind of shape, which squaring the pixels takes away. */
static void describe_aspect(double aspect, float block[KIN_CLASSIC_ASPECT_DIM])
{
    double turn = aspect_turn * fmin(fmax(log2(aspect), -aspect_most), aspect_most);
    block[0] = (float)(aspect_weight * cos(turn));
    block[1] = (float)(aspect_weight * sin(turn));
}

static void classic_describe(const void *state, void *scratch, const uint8_t *rgb, double aspect, float *vector)
{
    const classic *model = state;
    classic_scratch *s = scratch;
    kin_classic__lab(&model->lab, rgb, KIN_CLASSIC_PIXELS, s->lab);
    halve(s->lab, s->half);
    float *block = vector;
    kin_classic__gradient(&model->gradient, s->lab, block);
    kin_classic__colour(&model->colour, s->half, block += KIN_CLASSIC_GRADIENT_DIM);
    kin_classic__patch(&model->patch, &s->patch, s->half, block += KIN_CLASSIC_COLOUR_DIM);
    describe_aspect(aspect, block + KIN_CLASSIC_PATCH_DIM);
    kin_classic__balance(vector, KIN_CLASSIC_DIM, 1, 0);
}

const kin_model_kind kin_model__classic = {
    .open = classic_open,
    .close = free,
    .identify = classic_identify,
    .scratch_new = classic_scratch_new,
    .scratch_free = free,
    .describe = classic_describe,
};
