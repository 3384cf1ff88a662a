/* Over the shared data: the odd files that have broken other readers, and photographs. */
#include "image_samples.h"

#include <math.h>

typedef struct collection {
    const char *folder;
    void (*check)(const char *name, const kin_buffer *file, void *user);
    void *user;
    size_t files;
} collection;

static int visit_file(void *user, const kin_file_info *info, kin_error *err)
{
    (void)err;
    collection *c = user;
    char path[2048];
    kin_buffer file = KIN_BUFFER_INIT;
    (void)snprintf(path, sizeof path, "%s/%s", c->folder, info->path);
    read_whole(path, &file);
    uint8_t *copy = exact_copy(file.data ? file.data : "", file.size);
    const kin_buffer exact = { (char *)copy, file.size, file.size, false };
    c->check(info->path, &exact, c->user);
    c->files++;
    free(copy);
    kin_buffer_clear(&file);
    return KIN_OK;
}

/* Calls check for every file of a folder of the shared data; returns how many, 0 where it is not there. */
static size_t for_each(const char *name, void (*check)(const char *, const kin_buffer *, void *), void *user)
{
    char path[1024];
    kin_error err = KIN_ERROR_INIT;
    collection c = { shared_folder(name, path), check, user, 0 };
    const kin_walk walk = { visit_file, NULL, &c };
    if (c.folder && kin_file_walk(c.folder, &walk, &err) != KIN_OK)
        fail_msg("%s", err.message);
    return c.files;
}

static bool decode_shared(const char *name, kin_image *out)
{
    char path[1024];
    kin_buffer file = KIN_BUFFER_INIT;
    if (!shared_folder("odd/pngsuite", path))
        return false;
    (void)snprintf(path + strlen(path), sizeof path - strlen(path), "/%s.png", name);
    read_whole(path, &file);
    decode(&file, out);
    kin_buffer_clear(&file);
    return true;
}

static void check_png(const char *name, const kin_buffer *file, void *user)
{
    (void)user;
    kin_image image = KIN_IMAGE_INIT;
    kin_error err = KIN_ERROR_INIT;
    int status = kin_image_decode(file->data, file->size, NULL, &image, &err);
    if ((status == KIN_OK) != (name[0] != 'x') || (status != KIN_OK && (status != KIN_E_FORMAT || !err.message[0])))
        fail_msg("%s: %d %s", name, status, err.message);
    kin_image_clear(&image);
}

static void png_suite_is_read_and_its_damaged_files_refused(void **state)
{
    (void)state;
    size_t files = for_each("odd/pngsuite", check_png, NULL);
    assert_true(files == 0 || files > 170);
}

/* Mean levels, taken from Pillow's pixels over white. */
static void png_suite_has_the_right_colours(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double mean[3];
    } expected[] = {
        { "basn0g01", { 124.51, 124.51, 124.51 } }, { "basi0g04", { 119.00, 119.00, 119.00 } },
        { "basn2c08", { 191.25, 191.25, 191.25 } }, { "basn3p02", { 127.50, 127.50, 63.75 } },
        { "basi3p08", { 135.31, 135.31, 111.44 } }, { "basn4a08", { 191.24, 191.24, 191.24 } },
        { "basn6a08", { 178.11, 223.24, 175.16 } }, { "tbbn3p08", { 167.14, 174.38, 169.31 } },
        { "tp1n3p08", { 167.14, 174.38, 169.31 } }, { "tm3n3p02", { 127.50, 127.50, 255.00 } },
        { "s33i3p04", { 101.75, 117.80, 101.70 } }, { "basn6a16", { 215.14, 215.14, 195.23 } },
        { "basn2c16", { 127.50, 127.50, 43.81 } },  { "cs3n2c16", { 99.62, 191.25, 91.62 } },
        { "g03n0g16", { 170.06, 170.06, 170.06 } },
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        kin_image image = KIN_IMAGE_INIT;
        if (!decode_shared(expected[i].name, &image))
            return;
        size_t count = (size_t)image.width * (size_t)image.height;
        for (size_t c = 0; c < 3; c++) {
            double sum = 0;
            for (size_t p = 0; p < count; p++)
                sum += image.rgb[3 * p + c];
            if (fabs(sum / (double)count - expected[i].mean[c]) > 0.0051)
                fail_msg("%s: channel %zu has mean %.3f", expected[i].name, c, sum / (double)count);
        }
        kin_image_clear(&image);
    }
}

/* Interlacing, the compression level and how IDAT is cut up do not change a picture. */
static void png_suite_agrees_with_itself(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "basn0g01", "basi0g01" }, { "basn0g08", "basi0g08" }, { "basn0g16", "basi0g16" }, { "basn2c08", "basi2c08" },
        { "basn2c16", "basi2c16" }, { "basn3p01", "basi3p01" }, { "basn3p08", "basi3p08" }, { "basn4a08", "basi4a08" },
        { "basn4a16", "basi4a16" }, { "basn6a08", "basi6a08" }, { "basn6a16", "basi6a16" }, { "s01n3p01", "s01i3p01" },
        { "s07n3p02", "s07i3p02" }, { "s33n3p04", "s33i3p04" }, { "s40n3p04", "s40i3p04" }, { "oi1n2c16", "oi9n2c16" },
        { "oi2n0g16", "oi4n0g16" }, { "z00n2c08", "z09n2c08" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        kin_image a = KIN_IMAGE_INIT, b = KIN_IMAGE_INIT;
        if (!decode_shared(pairs[i][0], &a) || !decode_shared(pairs[i][1], &b))
            return;
        assert_int_equal(a.width, b.width);
        assert_int_equal(a.height, b.height);
        assert_memory_equal(a.rgb, b.rgb, (size_t)a.width * (size_t)a.height * 3);
        kin_image_clear(&a);
        kin_image_clear(&b);
    }
}

typedef struct series {
    char kind; /* first letter of the files' names */
    kin_image first;
} series;

static void check_orientation(const char *name, const kin_buffer *file, void *user)
{
    series *s = user;
    kin_image image = KIN_IMAGE_INIT;
    kin_image_info info;
    const kin_image_options quarter = { 0, 0.25 };
    assert_int_equal(kin_image_probe(file->data, file->size < 65536 ? file->size : 65536, false, &info, NULL), KIN_OK);
    int number = name[strlen(name) - 5] - '0';
    assert_int_equal(info.orientation, number == 0 ? 1 : number);
    assert_int_equal(kin_image_decode(file->data, file->size, &quarter, &image, NULL), KIN_OK);
    assert_int_equal(image.full_width, info.width);
    assert_int_equal(image.full_height, info.height);
    assert_true((info.width > info.height) == (name[0] == 'L'));
    if (s->kind != name[0]) { /* Landscape_0, Portrait_0: upright as they are */
        kin_image_clear(&s->first);
        *s = (series) { name[0], image };
        return;
    }
    assert_int_equal(image.width, s->first.width);
    assert_int_equal(image.height, s->first.height);
    double difference = mean_difference(image.rgb, s->first.rgb, (size_t)image.width * (size_t)image.height * 3);
    if (difference > 3)
        fail_msg("%s differs from the upright picture by %.2f levels", name, difference);
    kin_image_clear(&image);
}

static void photographs_are_turned_upright(void **state)
{
    (void)state;
    series s = { 0, KIN_IMAGE_INIT };
    size_t files = for_each("odd/exif-orientation", check_orientation, &s);
    assert_true(files == 0 || files == 18);
    kin_image_clear(&s.first);
}

static void check_fuzzed(const char *name, const kin_buffer *file, void *user)
{
    size_t *decoded = user;
    kin_image image = KIN_IMAGE_INIT;
    kin_image_info info;
    kin_error err = KIN_ERROR_INIT;
    kin_image_options options = { 64 << 20, 1 };
    int probed = kin_image_probe(file->data, file->size, true, &info, NULL);
    if (kin_image_decode(file->data, file->size, &options, &image, &err) != KIN_OK) {
        assert_true(err.message[0] != '\0');
        assert_null(image.rgb);
        return;
    }
    if (probed != KIN_OK || info.width != image.width || info.height != image.height)
        fail_msg("%s: probe and decode disagree", name);
    ++*decoded;
    kin_image_clear(&image);
}

static void fuzzed_files_do_no_harm(void **state)
{
    (void)state;
    size_t decoded = 0, files = for_each("odd/fuzzed", check_fuzzed, &decoded);
    if (files > 0)
        print_message("%zu of %zu fuzzed files can be decoded\n", decoded, files);
    assert_true(files == 0 || (decoded > 30 && decoded < files));
}

typedef struct scale_differences {
    size_t files, compared;
    double sum;
} scale_differences;

/* Mean absolute difference of one scale; textures differ most, as the decoder's low-pass is sharper than a mean. */
static double scale_difference(const kin_buffer *file, const kin_image *full, int divisor)
{
    kin_image small = KIN_IMAGE_INIT;
    const kin_image_options options = { 0, 1.0 / divisor };
    assert_int_equal(kin_image_decode(file->data, file->size, &options, &small, NULL), KIN_OK);
    assert_int_equal(small.width, (full->width + divisor - 1) / divisor);
    assert_int_equal(small.height, (full->height + divisor - 1) / divisor);
    int width = full->width / divisor, height = full->height / divisor; /* of the pixels that are whole */
    size_t row = (size_t)width * 3;
    uint8_t *mean = malloc(row * (size_t)height);
    assert_non_null(mean);
    const kin_box whole = { 0, 0, width * divisor, height * divisor };
    assert_int_equal(kin_image_resize(full, whole, width, height, KIN_FILTER_AREA, mean, NULL), KIN_OK);
    double difference = 0;
    for (size_t y = 0; y < (size_t)height; y++)
        difference += mean_difference(mean + y * row, small.rgb + y * (size_t)small.width * 3, row) / height;
    free(mean);
    kin_image_clear(&small);
    return difference;
}

static void check_scales(const char *name, const kin_buffer *file, void *user)
{
    scale_differences *all = user;
    if (all->files++ % 8 != 0)
        return;
    kin_image full = KIN_IMAGE_INIT;
    decode(file, &full);
    for (int divisor = 2; divisor <= 8; divisor *= 2) {
        double difference = scale_difference(file, &full, divisor);
        if (difference > 3)
            fail_msg("%s at 1/%d is off by %.2f levels", name, divisor, difference);
        all->sum += difference;
        all->compared++;
    }
    kin_image_clear(&full);
}

static void scaled_decoding_is_close_to_shrinking(void **state)
{
    (void)state;
    scale_differences all = { 0, 0, 0 };
    if (for_each("coco256/images", check_scales, &all) == 0)
        return;
    print_message("scaled decoding and shrinking differ by %.2f levels\n", all.sum / (double)all.compared);
    assert_true(all.sum / (double)all.compared < 1);
}

int main(void)
{
    const struct CMUnitTest files[] = {
        cmocka_unit_test(png_suite_is_read_and_its_damaged_files_refused),
        cmocka_unit_test(png_suite_has_the_right_colours),
        cmocka_unit_test(png_suite_agrees_with_itself),
        cmocka_unit_test(photographs_are_turned_upright),
        cmocka_unit_test(fuzzed_files_do_no_harm),
        cmocka_unit_test(scaled_decoding_is_close_to_shrinking),
    };
    return cmocka_run_group_tests(files, NULL, NULL);
}
