#include "image_samples.h"

#include "base/rng.h"

#include <math.h>

/* The filters in double precision, over every pixel of the region and as slow as can be; only the rounding between the
 * two passes is as in the real thing. */
static double filter_value(kin_filter filter, double scale, double centre, double x)
{
    if (filter == KIN_FILTER_AREA && scale >= 1)
        return fmax(fmin(x + 1, centre + scale / 2) - fmax(x, centre - scale / 2), 0);
    double d = fabs((x + 0.5 - centre) / fmax(scale, 1));
    if (filter != KIN_FILTER_BICUBIC)
        return fmax(1 - d, 0);
    if (d < 1)
        return 1.5 * d * d * d - 2.5 * d * d + 1;
    return d < 2 ? -0.5 * d * d * d + 2.5 * d * d - 4 * d + 2 : 0;
}

/* in[size] with `step` between samples -> out[count] */
static void reference_line(kin_filter filter, const double *in, size_t step, size_t size, double start, double length,
                           size_t count, double *out, size_t out_step)
{
    double scale = length / (double)count;
    for (size_t i = 0; i < count; i++) {
        double centre = start + ((double)i + 0.5) * scale, sum = 0, total = 0;
        for (size_t x = (size_t)floor(start); x < size && (double)x < start + length; x++) {
            double weight = filter_value(filter, scale, centre, (double)x);
            sum += weight * in[x * step];
            total += weight;
        }
        out[i * out_step] = fmin(fmax(floor(sum / total + 0.5), 0), 255);
    }
}

static void reference_resize(kin_filter filter, const uint8_t *rgb, size_t w, size_t h, kin_box region, size_t width,
                             size_t height, double *out)
{
    double *in = malloc(w * h * 3 * sizeof *in), *between = calloc(h * width * 3, sizeof *between);
    assert_true(in && between);
    for (size_t i = 0; i < w * h * 3; i++)
        in[i] = rgb[i];
    for (size_t c = 0; c < 3; c++) {
        for (size_t y = 0; y < h; y++)
            reference_line(filter, in + y * w * 3 + c, 3, w, region.x, region.w, width, between + y * width * 3 + c, 3);
        for (size_t x = 0; x < width; x++)
            reference_line(filter, between + x * 3 + c, width * 3, h, region.y, region.h, height, out + x * 3 + c,
                           width * 3);
    }
    free(in);
    free(between);
}

typedef struct tally {
    double worst;
    size_t off, all; /* values that differ, of how many */
} tally;

static void compare(kin_filter filter, const kin_image *image, kin_box region, int width, int height, tally *t)
{
    size_t n = (size_t)width * (size_t)height * 3;
    double *expected = malloc(n * sizeof *expected);
    uint8_t *out = malloc(n);
    kin_error err = KIN_ERROR_INIT;
    assert_true(expected && out);
    reference_resize(filter, image->rgb, (size_t)image->width, (size_t)image->height, region, (size_t)width,
                     (size_t)height, expected);
    if (kin_image_resize(image, region, width, height, filter, out, &err) != KIN_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < n; i++) {
        double difference = fabs(out[i] - expected[i]);
        t->worst = fmax(t->worst, difference);
        t->off += difference > 0;
    }
    t->all += n;
    free(expected);
    free(out);
}

static kin_image noise(int width, int height, kin_rng *rng)
{
    size_t n = (size_t)width * (size_t)height * 3;
    kin_image image = { width, height, width, height, malloc(n) };
    assert_non_null(image.rgb);
    for (size_t i = 0; i < n; i++)
        image.rgb[i] = (uint8_t)kin_rng_next(rng);
    return image;
}

static const int sizes[] = { 1, 2, 7, 8, 9, 31, 33 };
enum { SIZES = sizeof sizes / sizeof *sizes };

static void every_filter_agrees_with_its_reference(void **state)
{
    (void)state;
    kin_rng rng;
    kin_rng_seed(&rng, 1);
    for (kin_filter filter = KIN_FILTER_AREA; filter <= KIN_FILTER_BICUBIC; filter++) {
        tally t = { 0, 0, 0 };
        for (int i = 0; i < SIZES * SIZES; i++) {
            int w = sizes[i / SIZES], h = sizes[i % SIZES];
            kin_image image = noise(w, h, &rng);
            for (int k = 0; k < SIZES; k++) {
                int width = sizes[k], height = sizes[(k + i) % SIZES];
                compare(filter, &image, (kin_box) { 0, 0, w, h }, width, height, &t);
                double x = kin_rng_uniform(&rng) * w * 0.9, y = kin_rng_uniform(&rng) * h * 0.9;
                kin_box part = { x, y, (w - x) * (0.01 + 0.99 * kin_rng_uniform(&rng)), h - y };
                compare(filter, &image, part, width, height, &t);
            }
            kin_image_clear(&image);
        }
        print_message("filter %d: differs by up to %g in %zu of %zu values\n", (int)filter, t.worst, t.off, t.all);
        assert_true(t.worst <= (filter == KIN_FILTER_BICUBIC ? 2 : 1));
        assert_true((double)t.off < 0.005 * (double)t.all);
    }
}

static void large_reductions_agree_too(void **state)
{
    (void)state;
    kin_rng rng;
    kin_rng_seed(&rng, 2);
    kin_image image = noise(1501, 700, &rng);
    for (kin_filter filter = KIN_FILTER_AREA; filter <= KIN_FILTER_BICUBIC; filter++) {
        tally t = { 0, 0, 0 };
        compare(filter, &image, (kin_box) { 0, 0, 1501, 700 }, 3, 2, &t);
        compare(filter, &image, (kin_box) { 0.25, 0.5, 1500.5, 699 }, 41, 23, &t);
        assert_true(t.worst <= 1);
    }
    kin_image_clear(&image);
}

static void a_flat_picture_stays_flat(void **state)
{
    (void)state;
    static const int shapes[][2] = { { 1, 1 }, { 3, 500 }, { 4001, 3 }, { 300007, 1 } };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (kin_filter filter = KIN_FILTER_AREA; filter <= KIN_FILTER_BICUBIC; filter++)
            for (int value = 0; value < 256; value += 51) {
                int w = shapes[s][0], h = shapes[s][1];
                kin_image image = { w, h, w, h, malloc((size_t)w * (size_t)h * 3) };
                uint8_t out[7 * 5 * 3];
                memset(image.rgb, value, (size_t)w * (size_t)h * 3);
                kin_box region = { w * 0.1, h * 0.1, w * 0.7, h * 0.7 };
                assert_int_equal(kin_image_resize(&image, region, 7, 5, filter, out, NULL), KIN_OK);
                for (size_t i = 0; i < sizeof out; i++)
                    assert_int_equal(out[i], value);
                region = (kin_box) { 0, 0, w, h }; /* hundreds of thousands of tiny weights */
                assert_int_equal(kin_image_resize(&image, region, 1, 1, filter, out, NULL), KIN_OK);
                assert_int_equal(out[0], value);
                kin_image_clear(&image);
            }
}

static void nothing_outside_the_region_is_looked_at(void **state)
{
    (void)state;
    enum { WIDTH = 40, HEIGHT = 30 };
    kin_image image = { WIDTH, HEIGHT, WIDTH, HEIGHT, malloc(WIDTH * HEIGHT * 3) };
    memset(image.rgb, 255, WIDTH * HEIGHT * 3);
    for (int y = 5; y < 21; y++)
        memset(image.rgb + 3 * (y * WIDTH + 11), 0, 3 * 17);
    for (kin_filter filter = KIN_FILTER_AREA; filter <= KIN_FILTER_BICUBIC; filter++)
        for (int k = 0; k < SIZES; k++) {
            uint8_t out[33 * 33 * 3];
            memset(out, 9, sizeof out);
            assert_int_equal(kin_image_resize(&image, (kin_box) { 11, 5, 17, 16 }, sizes[k], sizes[SIZES - 1 - k],
                                              filter, out, NULL),
                             KIN_OK);
            for (int i = 0; i < sizes[k] * sizes[SIZES - 1 - k] * 3; i++)
                assert_int_equal(out[i], 0);
        }
    kin_image_clear(&image);
}

static void the_region_is_in_full_coordinates(void **state)
{
    (void)state;
    kin_rng rng;
    kin_rng_seed(&rng, 3);
    kin_image image = noise(20, 10, &rng), small = image;
    uint8_t expected[6 * 4 * 3], out[6 * 4 * 3];
    small.full_width = 80;
    small.full_height = 40;
    assert_int_equal(kin_image_resize(&image, (kin_box) { 2.5, 1.25, 12, 8 }, 6, 4, KIN_FILTER_BICUBIC, expected, NULL),
                     KIN_OK);
    assert_int_equal(kin_image_resize(&small, (kin_box) { 10, 5, 48, 32 }, 6, 4, KIN_FILTER_BICUBIC, out, NULL),
                     KIN_OK);
    assert_memory_equal(out, expected, sizeof out);
    /* 77 x 37 at 1/4 is 20 x 10 too, its last pixels in part outside: the others do not move */
    small.full_width = 77;
    small.full_height = 37;
    assert_int_equal(kin_image_resize(&small, (kin_box) { 10, 5, 48, 32 }, 6, 4, KIN_FILTER_BICUBIC, out, NULL),
                     KIN_OK);
    assert_memory_equal(out, expected, sizeof out);
    kin_image_clear(&image);
}

static void a_wrong_resize_is_refused(void **state)
{
    (void)state;
    uint8_t pixels[4 * 4 * 3] = { 0 }, out[3] = { 7, 7, 7 };
    kin_image image = { 4, 4, 4, 4, pixels };
    static const kin_box bad[] = { { -0.1, 0, 1, 1 },     { 0, 0, 4.1, 1 }, { 0, 0, 0, 1 },
                                   { 0, 3, 1, 2 },        { NAN, 0, 1, 1 }, { 0, 0, 1, NAN },
                                   { 0, 0, INFINITY, 1 }, { 0, 0, 1, -1 },  { 0, -INFINITY, 1, 1 } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(kin_image_resize(&image, bad[i], 1, 1, KIN_FILTER_AREA, out, NULL), KIN_E_USAGE);
    const kin_box all = { 0, 0, 4, 4 };
    assert_int_equal(kin_image_resize(&image, all, 0, 1, KIN_FILTER_AREA, out, NULL), KIN_E_USAGE);
    assert_int_equal(kin_image_resize(&image, all, 1, -1, KIN_FILTER_AREA, out, NULL), KIN_E_USAGE);
    assert_int_equal(kin_image_resize(&image, all, 1, 1, (kin_filter)3, out, NULL), KIN_E_USAGE);
    assert_int_equal(out[0], 7);
    /* sums of box coordinates that are off by rounding are inside */
    assert_int_equal(kin_image_resize(&image, (kin_box) { -1e-9, 0, 4 + 2e-9, 4 }, 1, 1, KIN_FILTER_AREA, out, NULL),
                     KIN_OK);
    assert_int_equal(kin_image_resize(&image, (kin_box) { 3.9999999, 0, 1e-7, 4 }, 1, 1, KIN_FILTER_BICUBIC, out, NULL),
                     KIN_OK);
}

static void assert_box(kin_box box, double x, double y, double w, double h)
{
    assert_true(fabs(box.x - x) < 1e-9 && fabs(box.y - y) < 1e-9 && fabs(box.w - w) < 1e-9 && fabs(box.h - h) < 1e-9);
}

static void a_box_grows_and_is_clamped(void **state)
{
    (void)state;
    kin_box region;
    assert_int_equal(kin_box_region((kin_box) { 20, 10, 40, 20 }, 0, 100, 50, &region, NULL), KIN_OK);
    assert_box(region, 20, 10, 40, 20);
    assert_int_equal(kin_box_region((kin_box) { 20, 10, 40, 20 }, 0.25, 100, 50, &region, NULL), KIN_OK);
    assert_box(region, 10, 5, 60, 30);
    assert_int_equal(kin_box_region((kin_box) { -10, 40, 30, 30 }, 0.1, 100, 50, &region, NULL), KIN_OK);
    assert_box(region, 0, 37, 23, 13);
    assert_int_equal(kin_box_region((kin_box) { 50.25, 49.9, 0.5, 0.05 }, 0, 100, 50, &region, NULL), KIN_OK);
    assert_box(region, 50, 49, 1, 1); /* widened to one pixel and kept inside */
    assert_int_equal(kin_box_region((kin_box) { -1e300, -1e300, 2e300, 2e300 }, 1e6, 1, 1, &region, NULL), KIN_OK);
    assert_box(region, 0, 0, 1, 1);
}

static void a_box_without_a_place_is_refused(void **state)
{
    (void)state;
    static const kin_box bad[] = { { 100, 0, 5, 5 },       { 0, 50, 5, 5 },       { -5, 0, 5, 5 },
                                   { 0, -9, 5, 5 },        { 0, 0, 0, 5 },        { 0, 0, 5, -1 },
                                   { NAN, 0, 5, 5 },       { 0, 0, 5, NAN },      { 0, 0, 5, INFINITY },
                                   { -INFINITY, 0, 5, 5 }, { 1e308, 0, 1e308, 1 } };
    kin_error err = KIN_ERROR_INIT;
    kin_box region = { 1, 2, 3, 4 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(kin_box_region(bad[i], 2, 100, 50, &region, &err), KIN_E_FORMAT);
        assert_true(err.message[0] != '\0');
    }
    const kin_box good = { 1, 1, 5, 5 };
    assert_int_equal(kin_box_region(good, -0.1, 100, 50, &region, NULL), KIN_E_USAGE);
    assert_int_equal(kin_box_region(good, NAN, 100, 50, &region, NULL), KIN_E_USAGE);
    assert_int_equal(kin_box_region(good, 0, 0, 50, &region, NULL), KIN_E_USAGE);
    assert_box(region, 1, 2, 3, 4);
}

int main(void)
{
    const struct CMUnitTest resizing[] = {
        cmocka_unit_test(every_filter_agrees_with_its_reference),
        cmocka_unit_test(large_reductions_agree_too),
        cmocka_unit_test(a_flat_picture_stays_flat),
        cmocka_unit_test(nothing_outside_the_region_is_looked_at),
        cmocka_unit_test(the_region_is_in_full_coordinates),
        cmocka_unit_test(a_wrong_resize_is_refused),
    };
    const struct CMUnitTest regions[] = {
        cmocka_unit_test(a_box_grows_and_is_clamped),
        cmocka_unit_test(a_box_without_a_place_is_refused),
    };
    int failed = cmocka_run_group_tests(resizing, NULL, NULL);
    failed += cmocka_run_group_tests(regions, NULL, NULL);
    return failed;
}
