#include "kin_test.h"

#include "base/checked.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "descriptor/classic.h"
#include "kernel/blas.h"
#include "kin/descriptor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static kin_model *model;
static size_t dim;

static int set_up(void **state)
{
    (void)state;
    kin_error err = KIN_ERROR_INIT;
    kin_blas_threads(1);
    if (kin_model_open("classic", KIN_PRECISION_DEFAULT, &model, &err) != KIN_OK)
        return -1;
    dim = kin_model_about(model)->dim;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kin_model_free(model);
    return 0;
}

/* ---- synthetic pictures */

static kin_image blank(int width, int height, uint8_t value)
{
    size_t bytes = (size_t)width * (size_t)height * 3;
    kin_image image = { width, height, width, height, kin_alloc_array(bytes, 1) };
    assert_non_null(image.rgb);
    memset(image.rgb, value, bytes);
    return image;
}

static uint8_t *at(const kin_image *image, int x, int y)
{
    return image->rgb + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
}

/* Stripes of two colours: `wave` pixels long, turned by `angle`, with grain. */
static kin_image stripes(double angle, double wave, int red, int blue, uint64_t seed)
{
    kin_image image = blank(120, 90, 0);
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    double shift = 2 * pi * kin_rng_uniform(&rng);
    for (int y = 0; y < image.height; y++)
        for (int x = 0; x < image.width; x++) {
            double along = (x * cos(angle) + y * sin(angle)) / wave;
            double bright = 0.6 + 0.3 * sin(2 * pi * along + shift) + 0.05 * kin_rng_normal(&rng);
            bright = fmin(fmax(bright, 0), 1);
            at(&image, x, y)[0] = (uint8_t)(bright * red);
            at(&image, x, y)[1] = (uint8_t)(bright * 128);
            at(&image, x, y)[2] = (uint8_t)(bright * blue);
        }
    return image;
}

/* A bright disc, or a square, on a dark ground. */
static kin_image figure(bool round, double cx, double cy, double radius, uint64_t seed)
{
    kin_image image = blank(100, 100, 0);
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (int y = 0; y < 100; y++)
        for (int x = 0; x < 100; x++) {
            double dx = fabs(x - cx), dy = fabs(y - cy);
            bool in = round ? dx * dx + dy * dy < radius * radius : fmax(dx, dy) < radius;
            double value = (in ? 190 : 60) + 6 * kin_rng_normal(&rng);
            memset(at(&image, x, y), (int)value, 3);
        }
    return image;
}

static kin_image noise(int width, int height, uint64_t seed)
{
    kin_image image = blank(width, height, 0);
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (size_t i = 0; i < (size_t)width * (size_t)height * 3; i++)
        image.rgb[i] = (uint8_t)kin_rng_below(&rng, 256);
    return image;
}

static kin_image mirrored(const kin_image *from)
{
    kin_image image = blank(from->width, from->height, 0);
    for (int y = 0; y < from->height; y++)
        for (int x = 0; x < from->width; x++)
            memcpy(at(&image, x, y), at(from, from->width - 1 - x, y), 3);
    return image;
}

static kin_box whole(const kin_image *image)
{
    return (kin_box) { 0, 0, image->full_width, image->full_height };
}

static float *describe(const kin_image *image, const kin_box *regions, size_t count)
{
    kin_error err = KIN_ERROR_INIT;
    kin_describer *describer = NULL;
    float *vectors = kin_alloc_array(count * dim, sizeof(float));
    assert_non_null(vectors);
    assert_int_equal(kin_describer_new(model, &describer, &err), KIN_OK);
    assert_int_equal(kin_describer_run(describer, image, regions, count, vectors, &err), KIN_OK);
    kin_describer_free(describer);
    return vectors;
}

static float *describe_whole(const kin_image *image)
{
    kin_box region = whole(image);
    return describe(image, &region, 1);
}

static double dot(const float *a, const float *b)
{
    double sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* The cosine of two whole images, which it frees. */
static double likeness(kin_image a, kin_image b)
{
    float *u = describe_whole(&a), *v = describe_whole(&b);
    double cosine = dot(u, v);
    free(u);
    free(v);
    kin_image_clear(&a);
    kin_image_clear(&b);
    return cosine;
}

static void expect_unit(const float *vector)
{
    for (size_t i = 0; i < dim; i++)
        assert_true(isfinite(vector[i]));
    assert_true(fabs(dot(vector, vector) - 1) < 1e-5);
}

/* ---- the interface */

static void an_unknown_model_is_named_with_those_there_are(void **state)
{
    (void)state;
    kin_error err = KIN_ERROR_INIT;
    kin_model *none = NULL;
    assert_int_equal(kin_model_open("classical", KIN_PRECISION_DEFAULT, &none, &err), KIN_E_NOTFOUND);
    assert_non_null(strstr(err.message, "'classical'"));
    assert_non_null(strstr(err.message, "there is: classic"));
    assert_null(none);
    kin_model_free(NULL);
    kin_describer_free(NULL);
}

static void a_model_says_what_it_is(void **state)
{
    (void)state;
    kin_error err = KIN_ERROR_INIT;
    kin_model *again = NULL;
    const kin_model_info *info = kin_model_about(model);
    assert_string_equal(info->name, "classic");
    assert_int_equal(info->dim, 252);
    assert_int_equal(info->input, 64);
    assert_int_not_equal(info->id, 0);
    assert_int_equal(kin_model_open("classic", KIN_PRECISION_DEFAULT, &again, &err), KIN_OK);
    assert_int_equal(kin_model_about(again)->id, info->id);
    kin_model_free(again);
}

static void a_bad_region_leaves_the_vectors_alone(void **state)
{
    (void)state;
    kin_error err = KIN_ERROR_INIT;
    kin_describer *describer = NULL;
    kin_image image = noise(40, 30, 1);
    kin_box regions[2] = { { 0, 0, 40, 30 }, { 20, 10, 40, 30 } };
    float *vectors = kin_alloc_array(2 * dim, sizeof(float));
    for (size_t i = 0; i < 2 * dim; i++)
        vectors[i] = 7;
    assert_int_equal(kin_describer_new(model, &describer, &err), KIN_OK);
    assert_int_not_equal(kin_describer_run(describer, &image, regions, 2, vectors, &err), KIN_OK);
    for (size_t i = 0; i < 2 * dim; i++)
        assert_true(vectors[i] == 7);
    assert_int_equal(kin_describer_run(describer, &image, regions, 0, NULL, &err), KIN_OK);
    assert_int_equal(kin_describer_run(describer, &image, regions, 1, vectors, &err), KIN_OK);
    expect_unit(vectors);
    kin_describer_free(describer);
    free(vectors);
    kin_image_clear(&image);
}

/* ---- vectors */

static void every_region_gives_a_unit_vector(void **state)
{
    (void)state;
    kin_image image = noise(50, 40, 2);
    const kin_box regions[] = {
        { 0, 0, 50, 40 }, { 0, 0, 1, 1 },     { 49, 39, 1, 1 },        { 0, 0, 50, 1 },
        { 49, 0, 1, 40 }, { 10, 10, 2, 1 },   { 12.3, 7.8, 5.1, 3.3 }, { 0, 20, 3, 20 },
        { 47, 37, 3, 3 }, { 0.5, 0.5, 1, 1 }, { 48.7, 0, 1.3, 40 },
    };
    enum { count = sizeof regions / sizeof regions[0] };
    float *vectors = describe(&image, regions, count);
    for (size_t i = 0; i < count; i++)
        expect_unit(vectors + i * dim);
    free(vectors);
    kin_image_clear(&image);
}

static void flat_images_give_unit_vectors_told_apart_by_colour(void **state)
{
    (void)state;
    for (int value = 0; value <= 255; value += 51) {
        kin_image image = blank(30, 30, (uint8_t)value);
        float *vector = describe_whole(&image);
        expect_unit(vector);
        free(vector);
        kin_image_clear(&image);
    }
    kin_image one = blank(1, 1, 255);
    float *vector = describe_whole(&one);
    expect_unit(vector);
    free(vector);
    kin_image_clear(&one);
    assert_true(likeness(blank(9, 9, 255), blank(70, 70, 255)) > 0.9999);
    assert_true(likeness(blank(9, 9, 255), blank(9, 18, 255)) < 0.95);
    assert_true(likeness(blank(9, 9, 200), blank(9, 9, 210)) > 0.8);
    assert_true(likeness(blank(9, 9, 0), blank(9, 9, 255)) < 0.5);
}

/* A step of one grey level, across or down: the eye sees two like images. */
static void a_faint_edge_hardly_counts(void **state)
{
    (void)state;
    double faint = 0, clear = 0;
    for (int step = 1; step <= 60; step += 59) {
        kin_image across = blank(64, 64, 120), down = blank(64, 64, 120);
        for (int i = 0; i < 64 * 64; i++) {
            memset(across.rgb + 3 * i, 120 + (i % 64 < 32 ? step : 0), 3);
            memset(down.rgb + 3 * i, 120 + (i / 64 < 32 ? step : 0), 3);
        }
        *(step == 1 ? &faint : &clear) = likeness(across, down);
    }
    assert_true(faint > 0.7);
    assert_true(clear < 0.3);
}

static void the_same_pixels_give_the_same_bits(void **state)
{
    (void)state;
    enum { count = 9 };
    kin_error err = KIN_ERROR_INIT;
    kin_image image = noise(90, 70, 4);
    kin_box regions[count];
    for (int i = 0; i < count; i++)
        regions[i] = (kin_box) { i, 2 * i, 30 + 3 * i, 50 - 2 * i };
    float *together = describe(&image, regions, count), *again = describe(&image, regions, count);
    assert_memory_equal(together, again, count * dim * sizeof(float));
    kin_blas_threads(2);
    float *threaded = describe(&image, regions, count);
    kin_blas_threads(1);
    assert_memory_equal(together, threaded, count * dim * sizeof(float));
    free(threaded);
    kin_describer *describer = NULL;
    assert_int_equal(kin_describer_new(model, &describer, &err), KIN_OK);
    for (size_t first = 0; first < count; first += 4) {
        size_t n = count - first < 4 ? count - first : 4;
        assert_int_equal(kin_describer_run(describer, &image, regions + first, n, again, &err), KIN_OK);
        assert_memory_equal(again, together + first * dim, n * dim * sizeof(float));
    }
    kin_describer_free(describer);
    free(together);
    free(again);
    kin_image_clear(&image);
}

typedef struct shared_work {
    const kin_image *image;
    const kin_box *regions;
    kin_describer *describers[2];
    float *vectors;
    int codes[64];
} shared_work;

static void describe_one(void *user, size_t worker, size_t i)
{
    shared_work *w = user;
    w->codes[i] = kin_describer_run(w->describers[worker], w->image, w->regions + i, 1, w->vectors + i * dim, NULL);
}

static void threads_give_the_same_bits(void **state)
{
    (void)state;
    enum { count = 64 };
    kin_error err = KIN_ERROR_INIT;
    kin_image image = noise(150, 110, 5);
    kin_box regions[count];
    for (int i = 0; i < count; i++)
        regions[i] = (kin_box) { i % 8 * 5, i / 8 * 6, 40 + i, 60 };
    float *alone = describe(&image, regions, count);
    shared_work w = { .image = &image, .regions = regions };
    w.vectors = kin_alloc_array(count * dim, sizeof(float));
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(kin_describer_new(model, &w.describers[i], &err), KIN_OK);
    kin_parallel(2, count, describe_one, &w);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(w.codes[i], KIN_OK);
    assert_memory_equal(alone, w.vectors, count * dim * sizeof(float));
    kin_describer_free(w.describers[0]);
    kin_describer_free(w.describers[1]);
    free(alone);
    free(w.vectors);
    kin_image_clear(&image);
}

static void like_pictures_are_nearer_than_unlike_ones(void **state)
{
    (void)state;
    double same = likeness(stripes(0.4, 12, 250, 60, 1), stripes(0.4, 12, 250, 60, 2));
    assert_true(same > likeness(stripes(0.4, 12, 250, 60, 1), stripes(1.5, 12, 250, 60, 2)) + 0.1);
    assert_true(same > likeness(stripes(0.4, 12, 250, 60, 1), stripes(0.4, 12, 60, 250, 2)) + 0.1);
    double disc = likeness(figure(true, 50, 50, 30, 1), figure(true, 54, 47, 33, 2));
    assert_true(disc > likeness(figure(true, 50, 50, 30, 1), figure(false, 54, 47, 33, 2)) + 0.05);
    assert_true(disc > likeness(figure(true, 50, 50, 30, 1), stripes(0.4, 12, 250, 60, 2)) + 0.3);
}

static void a_mirror_image_is_near_itself(void **state)
{
    (void)state;
    kin_image images[] = { stripes(0.7, 15, 230, 90, 1), figure(true, 20, 60, 25, 2), noise(64, 64, 3),
                           noise(61, 47, 4) };
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++)
        assert_true(likeness(images[i], mirrored(&images[i])) > 0.9999);
    kin_image image = figure(false, 20, 60, 25, 2), flipped = blank(100, 100, 0);
    for (int y = 0; y < 100; y++)
        memcpy(at(&flipped, 0, y), at(&image, 0, 99 - y), 300);
    assert_true(likeness(image, flipped) < 0.99);
}

/* A region of a picture and the same pixels cut out are one and the same. */
static void a_region_is_what_lies_in_it(void **state)
{
    (void)state;
    kin_image image = noise(80, 60, 6), cut = blank(32, 20, 0);
    for (int y = 0; y < 20; y++)
        memcpy(at(&cut, 0, y), at(&image, 30, 25 + y), 96);
    kin_box region = { 30, 25, 32, 20 };
    float *inside = describe(&image, &region, 1), *alone = describe_whole(&cut);
    assert_memory_equal(inside, alone, dim * sizeof(float));
    free(inside);
    free(alone);
    kin_image_clear(&image);
    kin_image_clear(&cut);
}

/* ---- parts against plain references in double precision */

static double plain_root(double t)
{
    double d = 6.0 / 29;
    return t > d * d * d ? cbrt(t) : t / (3 * d * d) + 4.0 / 29;
}

static void plain_lab(const uint8_t *rgb, double lab[3])
{
    static const double to_xyz[3][3] = { { 0.4124564, 0.3575761, 0.1804375 },
                                         { 0.2126729, 0.7151522, 0.0721750 },
                                         { 0.0193339, 0.1191920, 0.9503041 } };
    static const double white[3] = { 0.95047, 1, 1.08883 };
    double f[3];
    for (int i = 0; i < 3; i++) {
        double sum = 0;
        for (int j = 0; j < 3; j++) {
            double c = rgb[j] / 255.0;
            sum += to_xyz[i][j] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
        }
        f[i] = plain_root(sum / white[i]);
    }
    lab[0] = (116 * f[1] - 16) / 100;
    lab[1] = 5 * (f[0] - f[1]);
    lab[2] = 2 * (f[1] - f[2]);
}

static void lab_agrees_with_the_formula(void **state)
{
    (void)state;
    static kin_classic_lab table;
    kin_classic__lab_init(&table);
    for (int i = 0; i < 52 * 52 * 52; i++) {
        uint8_t rgb[3] = { (uint8_t)(i % 52 * 5), (uint8_t)(i / 52 % 52 * 5), (uint8_t)(i / (52 * 52) * 5) };
        float lab[3];
        double expected[3];
        kin_classic__lab(&table, rgb, 1, lab);
        plain_lab(rgb, expected);
        for (int c = 0; c < 3; c++)
            assert_true(fabs((double)lab[c] - expected[c]) < 2e-4);
    }
}

static void random_planes(float *planes, size_t count, uint64_t seed)
{
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (size_t i = 0; i < count; i++)
        planes[i] = (float)(kin_rng_uniform(&rng) - (i < count / 3 ? 0 : 0.5));
}

/* max(0, 1 - |distance|): the share of a bin or cell whose centre is `distance` of them away. */
static double triangle(double distance)
{
    return fmax(0, 1 - fabs(distance));
}

/* Cell `cell` of `cells` at place i of `size`; places before the first and after the last centre count fully. */
static double plain_window(int i, int size, int cell, int cells)
{
    double place = (i + 0.5) * cells / size - 0.5;
    return triangle(fmin(fmax(place, 0), cells - 1) - cell);
}

static void plain_gradient(const float *lab, int x, int y, double *length, double *turn)
{
    enum { side = KIN_CLASSIC_SIDE };
    int left = x ? x - 1 : 0, right = x < side - 1 ? x + 1 : x, up = y ? y - 1 : 0, down = y < side - 1 ? y + 1 : y;
    *length = *turn = 0;
    for (int c = 0; c < 3; c++) {
        const float *plane = lab + c * KIN_CLASSIC_PIXELS;
        double h = (double)plane[y * side + right] - (double)plane[y * side + left];
        double v = (double)plane[down * side + x] - (double)plane[up * side + x];
        if (hypot(h, v) <= *length)
            continue;
        *length = hypot(h, v);
        *turn = fmod(atan2(v, h) / (2 * pi) * KIN_CLASSIC_ANGLES + KIN_CLASSIC_ANGLES, KIN_CLASSIC_ANGLES);
    }
}

static void gradient_cells_agree_with_the_direct_sum(void **state)
{
    (void)state;
    enum { side = KIN_CLASSIC_SIDE, cells = KIN_CLASSIC_CELLS, angles = KIN_CLASSIC_ANGLES };
    static kin_classic_gradient table;
    static float lab[3 * KIN_CLASSIC_PIXELS], got[KIN_CLASSIC_GRADIENT_BINS];
    static double expected[KIN_CLASSIC_GRADIENT_BINS];
    kin_classic__gradient_init(&table);
    random_planes(lab, 3 * KIN_CLASSIC_PIXELS, 7);
    for (int i = 0; i < side; i++) /* exact horizontal and vertical gradients too */
        lab[3 * side + i] = lab[40 * side + i] = lab[42 * side + i] = 0.5F;
    kin_classic__gradient_histogram(&table, lab, got);
    for (int i = 0; i < side * side; i++) {
        double length, turn;
        plain_gradient(lab, i % side, i / side, &length, &turn);
        for (int n = 0; n < KIN_CLASSIC_GRADIENT_BINS; n++) {
            double window = plain_window(i / side, side, n / (cells * angles), cells) *
                            plain_window(i % side, side, n / angles % cells, cells);
            if (window == 0)
                continue;
            double distance = fabs(turn - n % angles);
            expected[n] +=
                length * window * triangle(fmin(distance, angles - distance)) / (side / cells * side / cells);
        }
    }
    for (int n = 0; n < KIN_CLASSIC_GRADIENT_BINS; n++)
        assert_true(fabs((double)got[n] - expected[n]) < 1e-4 * (1 + expected[n]));
}

static double plain_share(double value, int bin, int bins)
{
    return triangle(fmin(fmax(value * bins - 0.5, 0), bins - 1) - bin);
}

static double plain_spread(float value)
{
    return 0.5 + 0.5 * copysign(fmin(sqrt(fabs((double)value)), 1), (double)value);
}

static void colour_bins_agree_with_the_direct_sum(void **state)
{
    (void)state;
    enum { side = KIN_CLASSIC_HALF, pixels = KIN_CLASSIC_HALF_PIXELS, ab = KIN_CLASSIC_AB_BINS };
    static kin_classic_colour table;
    static float half[3 * pixels], got[KIN_CLASSIC_COLOUR_BINS];
    static double expected[KIN_CLASSIC_COLOUR_BINS];
    kin_classic__colour_init(&table);
    random_planes(half, 3 * pixels, 8);
    half[0] = 1, half[1] = 0, half[pixels] = 1.3F, half[2 * pixels] = -1.2F;
    kin_classic__colour_histogram(&table, half, got);
    for (int i = 0; i < pixels; i++)
        for (int n = 0; n < KIN_CLASSIC_COLOUR_BINS; n++)
            expected[n] += (0.3 + 0.7 * sin(pi * (i / side + 0.5) / side)) *
                           (0.3 + 0.7 * sin(pi * (i % side + 0.5) / side)) *
                           plain_share((double)half[i], n / (ab * ab), KIN_CLASSIC_L_BINS) *
                           plain_share(plain_spread(half[pixels + i]), n / ab % ab, ab) *
                           plain_share(plain_spread(half[2 * pixels + i]), n % ab, ab);
    for (int n = 0; n < KIN_CLASSIC_COLOUR_BINS; n++)
        assert_true(fabs((double)got[n] - expected[n]) < 1e-4 * (1 + expected[n]));
}

/* The response of filter `filter` on the patch whose corner is (x, y), from the cosine transform written out. */
static double plain_response(const kin_classic_patch *table, const float *half, int x, int y, int filter)
{
    enum { size = KIN_CLASSIC_PATCH };
    double sum = 0, squares = 0;
    int wave = 0;
    for (int channel = 0; channel < 3; channel++)
        for (int u = 0; u < size; u++)
            for (int v = 0; v < size; v++) {
                if (u + v == 0 || u * u + v * v > 13)
                    continue;
                double value = 0;
                for (int i = 0; i < size * size; i++)
                    value +=
                        (double)
                            half[channel * KIN_CLASSIC_HALF_PIXELS + (y + i / size) * KIN_CLASSIC_HALF + x + i % size] *
                        cos(pi * u * (i / size + 0.5) / size) * cos(pi * v * (i % size + 0.5) / size);
                value *= sqrt(u * u + v * v) * sqrt((u ? 2.0 : 1.0) / size) * sqrt((v ? 2.0 : 1.0) / size);
                squares += value * value;
                sum += value * (double)table->bank[filter * KIN_CLASSIC_WAVES + wave++];
            }
    assert_int_equal(wave, KIN_CLASSIC_WAVES);
    return sum / (sqrt(squares) + 0.05);
}

static void patch_cells_agree_with_the_direct_sum(void **state)
{
    (void)state;
    enum { places = KIN_CLASSIC_PLACES, cells = KIN_CLASSIC_PATCH_CELLS, bank = KIN_CLASSIC_BANK };
    static kin_classic_patch table;
    static kin_classic_patch_scratch scratch;
    static float half[3 * KIN_CLASSIC_HALF_PIXELS];
    kin_classic__patch_init(&table);
    random_planes(half, 3 * KIN_CLASSIC_HALF_PIXELS, 9);
    kin_classic__patch_pool(&table, &scratch, half);
    const int filters[] = { 0, 5, KIN_CLASSIC_FILTERS - 1, KIN_CLASSIC_FILTERS, bank - 1 };
    for (size_t f = 0; f < sizeof filters / sizeof filters[0]; f++) {
        double up[cells * cells] = { 0 }, down[cells * cells] = { 0 };
        for (int i = 0; i < places * places; i++) {
            double value = plain_response(&table, half, i % places, i / places, filters[f]);
            for (int cell = 0; cell < cells * cells; cell++) {
                double window = plain_window(i / places, places, cell / cells, cells) *
                                plain_window(i % places, places, cell % cells, cells) * cells * cells /
                                (places * places);
                up[cell] += window * fmax(value - 0.2, 0);
                down[cell] += window * fmax(-value - 0.2, 0);
            }
        }
        for (int cell = 0; cell < cells * cells; cell++) {
            const float *pooled = scratch.pooled + cell * KIN_CLASSIC_RESPONSES + filters[f];
            assert_true(fabs((double)pooled[0] - up[cell]) < 1e-5);
            assert_true(fabs((double)pooled[bank] - down[cell]) < 1e-5);
        }
    }
}

static void filters_are_of_length_one_and_do_not_see_brightness(void **state)
{
    (void)state;
    static kin_classic_patch table;
    kin_classic__patch_init(&table);
    for (size_t i = 0; i < KIN_CLASSIC_BANK; i++) {
        double sum = 0;
        for (size_t j = 0; j < KIN_CLASSIC_WAVES; j++)
            sum += pow((double)table.bank[i * KIN_CLASSIC_WAVES + j], 2);
        assert_true(fabs(sum - 1) < 1e-5);
    }
    for (size_t i = 0; i < KIN_CLASSIC_WAVES; i++) {
        double sum = 0;
        for (size_t j = 0; j < KIN_CLASSIC_TAPS; j++)
            sum += (double)table.waves[i * KIN_CLASSIC_TAPS + j];
        assert_true(fabs(sum) < 1e-5);
    }
}

int main(void)
{
    const struct CMUnitTest interface[] = {
        cmocka_unit_test(an_unknown_model_is_named_with_those_there_are),
        cmocka_unit_test(a_model_says_what_it_is),
        cmocka_unit_test(a_bad_region_leaves_the_vectors_alone),
    };
    const struct CMUnitTest vectors[] = {
        cmocka_unit_test(every_region_gives_a_unit_vector),
        cmocka_unit_test(flat_images_give_unit_vectors_told_apart_by_colour),
        cmocka_unit_test(a_faint_edge_hardly_counts),
        cmocka_unit_test(the_same_pixels_give_the_same_bits),
        cmocka_unit_test(threads_give_the_same_bits),
        cmocka_unit_test(like_pictures_are_nearer_than_unlike_ones),
        cmocka_unit_test(a_mirror_image_is_near_itself),
        cmocka_unit_test(a_region_is_what_lies_in_it),
    };
    const struct CMUnitTest parts[] = {
        cmocka_unit_test(lab_agrees_with_the_formula),
        cmocka_unit_test(gradient_cells_agree_with_the_direct_sum),
        cmocka_unit_test(colour_bins_agree_with_the_direct_sum),
        cmocka_unit_test(patch_cells_agree_with_the_direct_sum),
        cmocka_unit_test(filters_are_of_length_one_and_do_not_see_brightness),
    };
    int failed = cmocka_run_group_tests(interface, set_up, tear_down);
    failed += cmocka_run_group_tests(vectors, set_up, tear_down);
    failed += cmocka_run_group_tests(parts, NULL, NULL);
    return failed != 0;
}
