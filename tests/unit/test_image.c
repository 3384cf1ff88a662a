#include "image_samples.h"

#include "base/rng.h"

static void assert_colour(const kin_image *image, int x, int y, const uint8_t expected[3], int tolerance)
{
    const uint8_t *pixel = image->rgb + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
    for (int c = 0; c < 3; c++)
        if (abs(pixel[c] - expected[c]) > tolerance)
            fail_msg("pixel %d, %d is %d %d %d instead of %d %d %d", x, y, pixel[0], pixel[1], pixel[2], expected[0],
                     expected[1], expected[2]);
}

/* corners: which of the quad's colours lies top left, top right, bottom left, bottom right. */
static void assert_corners(const kin_image *image, const char corners[4], int tolerance)
{
    int right = image->width - 2, bottom = image->height - 2;
    assert_colour(image, 1, 1, quad_colours[corners[0] - '0'], tolerance);
    assert_colour(image, right, 1, quad_colours[corners[1] - '0'], tolerance);
    assert_colour(image, 1, bottom, quad_colours[corners[2] - '0'], tolerance);
    assert_colour(image, right, bottom, quad_colours[corners[3] - '0'], tolerance);
}

static const char *const corners_of[9] = { "0123", "0123", "1032", "3210", "2301", "0213", "2031", "3120", "1302" };

static void decode_fails(const kin_buffer *file, int code, const char *part)
{
    kin_image image = KIN_IMAGE_INIT;
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_image_decode(file->data, file->size, NULL, &image, &err), code);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
    assert_null(image.rgb);
}

static void every_format_shows_the_same_picture(void **state)
{
    (void)state;
    static const kin_format formats[QUAD_FILES] = { KIN_FORMAT_BMP,  KIN_FORMAT_WEBP, KIN_FORMAT_WEBP, KIN_FORMAT_GIF,
                                                    KIN_FORMAT_WEBP, KIN_FORMAT_JPEG, KIN_FORMAT_WEBP, KIN_FORMAT_WEBP,
                                                    KIN_FORMAT_JPEG, KIN_FORMAT_TGA,  KIN_FORMAT_JPEG };
    kin_buffer file = KIN_BUFFER_INIT;
    for (int i = 0; i < QUAD_FILES; i++) {
        kin_image image = KIN_IMAGE_INIT;
        kin_image_info info;
        bool turned = strstr(quad_files[i], "exif6"), clear = strstr(quad_files[i], "alpha");
        read_quad(quad_files[i], &file);
        assert_int_equal(kin_image_probe(file.data, file.size, true, &info, NULL), KIN_OK);
        assert_string_equal(kin_format_name(info.format), kin_format_name(formats[i]));
        assert_int_equal(info.width, turned ? QUAD_HEIGHT : QUAD_WIDTH);
        assert_int_equal(info.orientation, turned ? 6 : 1);
        decode(&file, &image);
        assert_int_equal(image.width, info.width);
        assert_int_equal(image.height, info.height);
        if (clear) { /* red at alpha 0 and green at alpha 128 of 255, over white */
            assert_colour(&image, 1, 1, (const uint8_t[3]) { 255, 255, 255 }, 0);
            assert_colour(&image, 22, 1, (const uint8_t[3]) { 127, 255, 127 }, 0);
        } else {
            assert_corners(&image, corners_of[turned ? 6 : 1], strstr(quad_files[i], "quad.webp") ? 8 : 2);
        }
        kin_image_clear(&image);
    }
    kin_buffer_clear(&file);
}

static void orientation_is_applied(void **state)
{
    (void)state;
    kin_buffer plain = KIN_BUFFER_INIT;
    quad_jpeg(&plain);
    for (int orientation = 0; orientation <= 9; orientation++)
        for (int big = 0; big < 2; big++) {
            kin_buffer file = KIN_BUFFER_INIT;
            kin_image image = KIN_IMAGE_INIT;
            kin_image_info info;
            uint8_t block[32];
            size_t size = exif_block(orientation, big, block);
            int meant = orientation >= 1 && orientation <= 8 ? orientation : 1;
            with_exif(&plain, block, size, &file);
            assert_int_equal(kin_image_probe(file.data, file.size, false, &info, NULL), KIN_OK);
            assert_int_equal(info.orientation, meant);
            assert_int_equal(info.width, meant >= 5 ? QUAD_HEIGHT : QUAD_WIDTH);
            decode(&file, &image);
            assert_int_equal(image.full_width, info.width);
            assert_int_equal(image.full_height, info.height);
            assert_corners(&image, corners_of[meant], 40);
            kin_image_clear(&image);
            kin_buffer_clear(&file);
        }
    kin_buffer_clear(&plain);
}

static void orientation_of_a_png_stands_before_its_pixels(void **state)
{
    (void)state;
    kin_buffer png = KIN_BUFFER_INIT, file = KIN_BUFFER_INIT;
    kin_image image = KIN_IMAGE_INIT;
    uint8_t block[32];
    size_t size = exif_block(8, true, block), header = 8 + 25;
    quad_png(&png);
    kin_buffer_append(&file, png.data, header);
    png_chunk(&file, "eXIf", block, size);
    kin_buffer_append(&file, png.data + header, png.size - header);
    decode(&file, &image);
    assert_corners(&image, corners_of[8], 0);
    kin_image_clear(&image);
    file.data[header + 8 + size] ^= 1; /* a wrong checksum: the chunk does not count */
    decode(&file, &image);
    assert_corners(&image, corners_of[1], 0);
    kin_image_clear(&image);
    kin_buffer_clear(&png);
    kin_buffer_clear(&file);
}

static void a_damaged_exif_block_is_passed_over(void **state)
{
    (void)state;
    kin_buffer plain = KIN_BUFFER_INIT;
    quad_jpeg(&plain);
    uint8_t block[32];
    size_t size = exif_block(6, false, block);
    kin_rng rng;
    kin_rng_seed(&rng, 7);
    for (int i = 0; i < 3000; i++) {
        uint8_t damaged[32];
        kin_buffer file = KIN_BUFFER_INIT;
        kin_image_info info;
        memcpy(damaged, block, size);
        for (int k = 0; k < 2; k++)
            damaged[kin_rng_below(&rng, size)] = (uint8_t)kin_rng_next(&rng);
        with_exif(&plain, damaged, kin_rng_below(&rng, size + 1), &file);
        uint8_t *copy = exact_copy(file.data, file.size);
        assert_int_equal(kin_image_probe(copy, file.size, true, &info, NULL), KIN_OK);
        assert_in_range(info.orientation, 1, 8);
        free(copy);
        kin_buffer_clear(&file);
    }
    kin_buffer_clear(&plain);
}

static void one_pixel_png(int depth, int colour, const char *type, const void *chunk, size_t size, const void *row,
                          size_t stride, const uint8_t expected[3])
{
    kin_buffer file = KIN_BUFFER_INIT;
    kin_image image = KIN_IMAGE_INIT;
    png_begin(&file, 1, 1, depth, colour);
    if (colour == 3)
        png_chunk(&file, "PLTE", "\1\2\3\x10\x20\x30", 6);
    if (type)
        png_chunk(&file, type, chunk, size);
    png_end(&file, row, stride, 1);
    decode(&file, &image);
    assert_colour(&image, 0, 0, expected, 0);
    kin_image_clear(&image);
    kin_buffer_clear(&file);
}

static void png_samples_become_8_bits_over_white(void **state)
{
    (void)state;
    enum { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGBA = 6 };
    one_pixel_png(1, GREY, NULL, NULL, 0, "\x80", 1, (const uint8_t[3]) { 255, 255, 255 });
    one_pixel_png(2, GREY, NULL, NULL, 0, "\x40", 1, (const uint8_t[3]) { 85, 85, 85 });
    one_pixel_png(4, GREY, "tRNS", "\0\5", 2, "\x50", 1, (const uint8_t[3]) { 255, 255, 255 });
    one_pixel_png(8, PALETTE, NULL, NULL, 0, "\1", 1, (const uint8_t[3]) { 16, 32, 48 });
    one_pixel_png(8, PALETTE, "tRNS", "\xFF\0", 2, "\1", 1, (const uint8_t[3]) { 255, 255, 255 });
    one_pixel_png(8, PALETTE, "gAMA", "\0\0\1\0", 4, "\1", 1, (const uint8_t[3]) { 16, 32, 48 });
    one_pixel_png(8, GREY_ALPHA, NULL, NULL, 0, "\x64\x33", 2, (const uint8_t[3]) { 224, 224, 224 });
    one_pixel_png(8, RGBA, NULL, NULL, 0, "\1\2\3\xFF", 4, (const uint8_t[3]) { 1, 2, 3 });
    /* 0x7FFF / 257 = 127.498, 0x8000 / 257 = 127.502, 0x80FE / 257 = 128.49 */
    one_pixel_png(16, RGB, NULL, NULL, 0, "\x7F\xFF\x80\x00\x80\xFE", 6, (const uint8_t[3]) { 127, 128, 128 });
    /* transparent only where all 16 bits agree */
    one_pixel_png(16, GREY, "tRNS", "\x12\x34", 2, "\x12\x34", 2, (const uint8_t[3]) { 255, 255, 255 });
    one_pixel_png(16, GREY, "tRNS", "\x12\x34", 2, "\x12\x35", 2, (const uint8_t[3]) { 18, 18, 18 });
    one_pixel_png(16, RGBA, NULL, NULL, 0, "\0\0\x40\0\xFF\xFF\x80\0", 8, (const uint8_t[3]) { 127, 159, 255 });
}

static void a_png_is_read_without_its_texts(void **state)
{
    (void)state;
    kin_buffer png = KIN_BUFFER_INIT, file = KIN_BUFFER_INIT;
    kin_image image = KIN_IMAGE_INIT;
    quad_png(&png);
    kin_buffer_append(&file, png.data, 33);
    for (int i = 0; i < 3000; i++) /* more than libspng is willing to keep */
        png_chunk(&file, i % 2 ? "tEXt" : "zTXt", "x\0\0yyyy", 7);
    kin_buffer_append(&file, png.data + 33, png.size - 33);
    decode(&file, &image);
    assert_corners(&image, corners_of[1], 0);
    kin_image_clear(&image);
    kin_buffer_clear(&png);
    kin_buffer_clear(&file);
}

static void pnm_is_read_in_all_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size;
        uint8_t second[3]; /* the pixel at 1, 0 of 2 x 1 */
    } cases[] = {
        { "P1 2 1\n01", 9, { 0, 0, 0 } },
        { "P1 2 1\n1 0\n", 11, { 255, 255, 255 } },
        { "P2 # a comment\n2 1 15\n0 5", 25, { 85, 85, 85 } },
        { "P3 2 1 255 1 2 3 4 5 6\n", 23, { 4, 5, 6 } },
        { "P4 2 1\n\x40", 8, { 0, 0, 0 } },
        { "P5\n2 1\n65535\n\0\0\xFF\xFF", 17, { 255, 255, 255 } },
        { "P5\n2 1\n1023\n\0\0\x02\x00", 16, { 128, 128, 128 } },
        { "P6\n2 1\n255\n\1\2\3\4\5\6", 17, { 4, 5, 6 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kin_buffer file = KIN_BUFFER_INIT;
        kin_image image = KIN_IMAGE_INIT;
        kin_buffer_append(&file, cases[i].text, cases[i].size);
        decode(&file, &image);
        assert_int_equal(image.width, 2);
        assert_int_equal(image.height, 1);
        assert_colour(&image, 1, 0, cases[i].second, 0);
        kin_image_clear(&image);
        kin_buffer_clear(&file);
    }
    const char *bad[] = { "P2 2 1 15\n0 16", "P5 0 1 255\n",  "P6 2 1 70000\n",
                          "P1 2 1\n02",      "P2 2 1 99 9 z", "P2 99999999999 1 15\n0" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        kin_buffer file = KIN_BUFFER_INIT;
        kin_buffer_string(&file, bad[i]);
        decode_fails(&file, KIN_E_FORMAT, "PNM is damaged");
        kin_buffer_clear(&file);
    }
}

static void the_rest_is_read(void **state)
{
    (void)state;
    /* 2 x 1, 24 bits, from top to bottom (negative height) */
    static const uint8_t bmp[62] = { 'B',         'M',  62,   0,    0, 0, 0,  0,        0, 0, 54, [14] = 40, [18] = 2,
                                     [22] = 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 24, [54] = 3, 2, 1, 6,  5,         4 };
    /* 32 bits without alpha bits: the fourth bytes mean nothing */
    static const uint8_t tga[26] = { 0, 0, 2, [12] = 2, 0, 1, 0, 32, 0x20, 3, 2, 1, 0, 6, 5, 4, 0 };
    static const uint8_t psd[] = { '8', 'B', 'P', 'S', 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0,
                                   8,   0,   3,   0,   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 2, 5, 3, 6 };
    static const char hdr[] = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n\x80\x80\x80\x81\x80\0\0\x81";
    const struct {
        const void *bytes;
        size_t size;
        kin_format format;
        uint8_t second[3];
    } cases[] = { { bmp, sizeof bmp, KIN_FORMAT_BMP, { 4, 5, 6 } },
                  { tga, sizeof tga, KIN_FORMAT_TGA, { 4, 5, 6 } },
                  { psd, sizeof psd, KIN_FORMAT_PSD, { 4, 5, 6 } },
                  { hdr, sizeof hdr - 1, KIN_FORMAT_HDR, { 255, 0, 0 } } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kin_buffer file = KIN_BUFFER_INIT;
        kin_image image = KIN_IMAGE_INIT;
        kin_image_info info;
        kin_buffer_append(&file, cases[i].bytes, cases[i].size);
        assert_int_equal(kin_image_probe(file.data, file.size, true, &info, NULL), KIN_OK);
        assert_string_equal(kin_format_name(info.format), kin_format_name(cases[i].format));
        decode(&file, &image);
        assert_int_equal(image.width, 2);
        assert_colour(&image, 1, 0, cases[i].second, 0);
        kin_image_clear(&image);
        file.size -= cases[i].format == KIN_FORMAT_BMP ? 3 : 1; /* of a BMP the padding may be missing */
        decode_fails(&file, KIN_E_FORMAT, "cut off");
        kin_buffer_clear(&file);
    }
}

static void an_hdr_without_runs_does_not_hang(void **state)
{
    (void)state;
    kin_buffer file = KIN_BUFFER_INIT;
    kin_buffer_string(&file, "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4 +X 64\n");
    kin_buffer_append(&file, "\2\2\0\x40", 4);
    decode_fails(&file, KIN_E_FORMAT, "HDR is cut off");
    for (int i = 0; i < 1000; i++)
        kin_buffer_char(&file, 0);
    decode_fails(&file, KIN_E_FORMAT, "HDR is cut off");
    kin_buffer_clear(&file);
}

/* Where the lines of text at its beginning end with the file; and a piece of it. */
static void an_hdr_cut_off_in_its_header_does_not_hang(void **state)
{
    static const char text[] = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\nEXPOSURE=1\n\n-Y 1 +X 2\n";
    (void)state;
    for (size_t size = 11; size < sizeof text - 1; size++) {
        kin_buffer file = KIN_BUFFER_INIT;
        kin_image_info info;
        kin_buffer_append(&file, text, size);
        decode_fails(&file, KIN_E_FORMAT, "cut off");
        assert_int_equal(kin_image_probe(file.data, file.size, false, &info, NULL), KIN_E_LIMIT);
        kin_buffer_clear(&file);
    }
}

static void what_is_no_image_is_refused(void **state)
{
    (void)state;
    kin_buffer file = KIN_BUFFER_INIT;
    kin_buffer_string(&file, "path,label\nphoto.jpg,cat\n");
    decode_fails(&file, KIN_E_FORMAT, "not an image of a known kind");
    file.size = 0;
    decode_fails(&file, KIN_E_FORMAT, "empty");
    kin_buffer_clear(&file);
    assert_string_equal(kin_format_name((kin_format)99), "unknown");
    kin_image_options options = { 0, 0 };
    kin_image image;
    assert_int_equal(kin_image_decode("x", 1, &options, &image, NULL), KIN_E_USAGE);
}

static void harmless_jpeg_warnings_are_accepted(void **state)
{
    (void)state;
    kin_buffer jpeg = KIN_BUFFER_INIT, file = KIN_BUFFER_INIT;
    kin_image plain = KIN_IMAGE_INIT, padded = KIN_IMAGE_INIT;
    quad_jpeg(&jpeg);
    kin_buffer_append(&file, jpeg.data, 20); /* SOI and the JFIF segment */
    kin_buffer_append(&file, "\0\0\0", 3);
    kin_buffer_append(&file, jpeg.data + 20, jpeg.size - 22);
    kin_buffer_append(&file, "\xF0\0\0\xFF\xD9 and more", 14);
    decode(&jpeg, &plain);
    decode(&file, &padded);
    assert_memory_equal(plain.rgb, padded.rgb, QUAD_WIDTH * QUAD_HEIGHT * 3);
    kin_image_clear(&plain);
    kin_image_clear(&padded);
    jpeg.size -= 2;
    decode_fails(&jpeg, KIN_E_FORMAT, "Premature end of JPEG file");
    kin_buffer_clear(&jpeg);
    kin_buffer_clear(&file);
}

static void limits_are_checked_from_the_header(void **state)
{
    (void)state;
    kin_buffer file = KIN_BUFFER_INIT;
    kin_image image = KIN_IMAGE_INIT;
    kin_error err = KIN_ERROR_INIT;
    quad_jpeg(&file);
    kin_image_options options = { QUAD_WIDTH * QUAD_HEIGHT - 1, 1 };
    assert_int_equal(kin_image_decode(file.data, file.size, &options, &image, &err), KIN_E_LIMIT);
    assert_non_null(strstr(err.message, "24 x 16"));
    options.max_pixels++;
    assert_int_equal(kin_image_decode(file.data, file.size, &options, &image, &err), KIN_OK);
    kin_image_clear(&image);
    kin_buffer_reset(&file);
    png_begin(&file, 2000000000, 2000000000, 16, 6);
    png_end(&file, "", 0, 0);
    decode_fails(&file, KIN_E_LIMIT, "2000000000 x 2000000000");
    kin_buffer_reset(&file);
    png_begin(&file, 0x80000000u, 1, 8, 2);
    png_end(&file, "", 0, 0);
    decode_fails(&file, KIN_E_FORMAT, "2147483648");
    kin_buffer_clear(&file);
}

/* Every beginning of a file: probing asks for more until the header is there and then never changes its mind; decoding
 * says why not, or gives the same pixels as the whole file. */
static void check_prefixes(const char *name, const kin_buffer *file)
{
    kin_image whole = KIN_IMAGE_INIT;
    kin_image_info full;
    decode(file, &whole);
    assert_int_equal(kin_image_probe(file->data, file->size, true, &full, NULL), KIN_OK);
    size_t bytes = (size_t)whole.width * (size_t)whole.height * 3, complete = 0;
    for (size_t size = 0; size < file->size; size++) {
        uint8_t *copy = exact_copy(file->data, size);
        kin_image_info info;
        kin_image image = KIN_IMAGE_INIT;
        kin_error err = KIN_ERROR_INIT;
        int status = kin_image_probe(copy, size, false, &info, &err);
        if (status == KIN_OK)
            assert_true(info.width == full.width && info.height == full.height &&
                        info.orientation == full.orientation && info.format == full.format);
        else if (status != KIN_E_LIMIT)
            fail_msg("%s, the first %zu bytes: %s", name, size, err.message);
        err.message[0] = '\0';
        if (kin_image_decode(copy, size, NULL, &image, &err) == KIN_OK) {
            assert_memory_equal(image.rgb, whole.rgb, bytes);
            complete++;
            kin_image_clear(&image);
        } else {
            assert_true(err.message[0] != '\0');
        }
        free(copy);
    }
    /* A terminator or padding may be missing, and a TGA its footer of 26 bytes. */
    if (complete > (strstr(name, ".tga") ? 26 : 4))
        fail_msg("%s can lose its last %zu bytes unnoticed", name, complete);
    kin_image_clear(&whole);
}

static void a_file_cut_off_anywhere_is_noticed(void **state)
{
    (void)state;
    kin_buffer file = KIN_BUFFER_INIT;
    for (int i = 0; i < QUAD_FILES; i++) {
        read_quad(quad_files[i], &file);
        if (!strstr(quad_files[i], "animated")) /* whose later frames are not needed */
            check_prefixes(quad_files[i], &file);
    }
    kin_buffer_reset(&file);
    quad_jpeg(&file);
    check_prefixes("a JPEG", &file);
    kin_buffer_reset(&file);
    quad_png(&file);
    check_prefixes("a PNG", &file);
    kin_buffer_clear(&file);
}

static void mutate(const kin_buffer *file, kin_rng *rng, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        uint8_t *copy = exact_copy(file->data, file->size);
        kin_image image = KIN_IMAGE_INIT;
        kin_error err = KIN_ERROR_INIT;
        kin_image_options options = { 1 << 20, i % 2 ? 0.1 : 1 };
        for (uint64_t k = kin_rng_below(rng, 4) + 1; k > 0; k--)
            copy[kin_rng_below(rng, file->size)] = (uint8_t)kin_rng_next(rng);
        if (kin_image_decode(copy, file->size, &options, &image, &err) == KIN_OK)
            kin_image_clear(&image);
        else
            assert_true(err.message[0] != '\0');
        free(copy);
    }
}

static void damaged_bytes_never_crash(void **state)
{
    (void)state;
    kin_buffer file = KIN_BUFFER_INIT;
    kin_rng rng;
    kin_rng_seed(&rng, 20);
    for (int i = 0; i < QUAD_FILES; i++) {
        read_quad(quad_files[i], &file);
        mutate(&file, &rng, 1500);
    }
    kin_buffer_reset(&file);
    quad_png(&file);
    mutate(&file, &rng, 300);
    kin_buffer_reset(&file);
    kin_buffer_append(&file, "P6 3 1 255\n123456789", 20);
    mutate(&file, &rng, 1500);
    kin_buffer_clear(&file);
}

static void a_smaller_scale_is_never_below_the_wish(void **state)
{
    (void)state;
    static const struct {
        double wish;
        int width, height;
    } cases[] = { { 1, 100, 75 },   { 0.51, 100, 75 }, { 0.5, 50, 38 }, { 0.26, 50, 38 },
                  { 0.25, 25, 19 }, { 0.125, 13, 10 }, { 1e-9, 13, 10 } };
    enum { WIDTH = 100, HEIGHT = 75 };
    uint8_t *rgb = calloc(WIDTH * HEIGHT, 3), *bytes;
    size_t size;
    assert_int_equal(kin_image_encode_jpeg(rgb, WIDTH, HEIGHT, 50, &bytes, &size, NULL), KIN_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kin_image image = KIN_IMAGE_INIT;
        kin_image_options options = { 0, cases[i].wish };
        assert_int_equal(kin_image_decode(bytes, size, &options, &image, NULL), KIN_OK);
        assert_int_equal(image.width, cases[i].width);
        assert_int_equal(image.height, cases[i].height);
        assert_int_equal(image.full_width, WIDTH);
        assert_int_equal(image.full_height, HEIGHT);
        kin_image_clear(&image);
    }
    /* A side that is turned round shrinks only by what divides it: 75 rows do not. */
    kin_buffer plain = KIN_BUFFER_INIT;
    kin_buffer_append(&plain, bytes, size);
    for (int orientation = 5; orientation <= 6; orientation++) {
        kin_buffer turned = KIN_BUFFER_INIT;
        kin_image image = KIN_IMAGE_INIT;
        kin_image_options options = { 0, 0.5 };
        uint8_t block[32];
        with_exif(&plain, block, exif_block(orientation, false, block), &turned);
        assert_int_equal(kin_image_decode(turned.data, turned.size, &options, &image, NULL), KIN_OK);
        assert_int_equal(image.full_width, HEIGHT);
        assert_int_equal(image.width, orientation == 5 ? 38 : HEIGHT);
        assert_int_equal(image.height, orientation == 5 ? 50 : WIDTH);
        kin_image_clear(&image);
        kin_buffer_clear(&turned);
    }
    kin_buffer_clear(&plain);
    free(rgb);
    free(bytes);
}

static void encoding_refuses_what_jpeg_cannot_hold(void **state)
{
    (void)state;
    uint8_t rgb[3] = { 1, 2, 3 }, *bytes = NULL;
    size_t size = 77;
    assert_int_equal(kin_image_encode_jpeg(rgb, 0, 1, 90, &bytes, &size, NULL), KIN_E_USAGE);
    assert_int_equal(kin_image_encode_jpeg(rgb, 70000, 1, 90, &bytes, &size, NULL), KIN_E_USAGE);
    assert_int_equal(kin_image_encode_jpeg(rgb, 1, 1, 0, &bytes, &size, NULL), KIN_E_USAGE);
    assert_int_equal(kin_image_encode_jpeg(rgb, 1, 1, 101, &bytes, &size, NULL), KIN_E_USAGE);
    assert_null(bytes);
    assert_int_equal(size, 77);
}

int main(void)
{
    const struct CMUnitTest decoding[] = {
        cmocka_unit_test(every_format_shows_the_same_picture),
        cmocka_unit_test(orientation_is_applied),
        cmocka_unit_test(orientation_of_a_png_stands_before_its_pixels),
        cmocka_unit_test(png_samples_become_8_bits_over_white),
        cmocka_unit_test(a_png_is_read_without_its_texts),
        cmocka_unit_test(pnm_is_read_in_all_kinds),
        cmocka_unit_test(the_rest_is_read),
        cmocka_unit_test(a_smaller_scale_is_never_below_the_wish),
        cmocka_unit_test(encoding_refuses_what_jpeg_cannot_hold),
    };
    const struct CMUnitTest damage[] = {
        cmocka_unit_test(a_damaged_exif_block_is_passed_over), cmocka_unit_test(an_hdr_without_runs_does_not_hang),
        cmocka_unit_test(an_hdr_cut_off_in_its_header_does_not_hang),
        cmocka_unit_test(what_is_no_image_is_refused),         cmocka_unit_test(harmless_jpeg_warnings_are_accepted),
        cmocka_unit_test(limits_are_checked_from_the_header),  cmocka_unit_test(a_file_cut_off_anywhere_is_noticed),
        cmocka_unit_test(damaged_bytes_never_crash),
    };
    int failed = cmocka_run_group_tests(decoding, NULL, NULL);
    failed += cmocka_run_group_tests(damage, NULL, NULL);
    return failed;
}
