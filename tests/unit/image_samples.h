#ifndef KIN_IMAGE_SAMPLES_H
#define KIN_IMAGE_SAMPLES_H
/* Small image files for tests: made in memory, from tests/data/image, or from the shared data. */

#include "kin_test.h"

#include "base/buffer.h"
#include "base/file.h"
#include "kin/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const quad_files[] = { "quad.bmp",          "quad.webp",          "quad_alpha.webp",
                                          "quad_animated.gif", "quad_animated.webp", "quad_cmyk.jpg",
                                          "quad_exif6.webp",   "quad_lossless.webp", "quad_progressive.jpg",
                                          "quad_rle.tga",      "quad_ycck.jpg" };
enum { QUAD_FILES = sizeof quad_files / sizeof *quad_files, QUAD_WIDTH = 24, QUAD_HEIGHT = 16 };

/* Red, green / blue, white: the picture of all the quad files. */
static const uint8_t quad_colours[4][3] = { { 255, 0, 0 }, { 0, 255, 0 }, { 0, 0, 255 }, { 255, 255, 255 } };

static inline void quad_pixels(uint8_t rgb[QUAD_HEIGHT * QUAD_WIDTH * 3])
{
    for (int y = 0; y < QUAD_HEIGHT; y++)
        for (int x = 0; x < QUAD_WIDTH; x++)
            memcpy(rgb + 3 * (y * QUAD_WIDTH + x), quad_colours[(y >= QUAD_HEIGHT / 2) * 2 + (x >= QUAD_WIDTH / 2)], 3);
}

static inline void read_whole(const char *path, kin_buffer *out)
{
    kin_error err = KIN_ERROR_INIT;
    kin_buffer_reset(out);
    if (kin_file_read(path, (size_t)1 << 30, out, &err) != KIN_OK)
        fail_msg("%s", err.message);
}

static inline void read_quad(const char *name, kin_buffer *out)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/image/%s", KIN_TEST_DATA, name);
    read_whole(path, out);
}

/* Where the shared data lies, or NULL after saying that the test is skipped. */
static inline const char *shared_folder(const char *name, char path[1024])
{
    const char *root = getenv("KIN_SHARED_DATA");
    (void)snprintf(path, 1024, "%s/%s", root ? root : KIN_TEST_DATA "/../../../shared/data", name);
    if (kin_file_is_folder(path))
        return path;
    print_message("no %s: skipped\n", path);
    return NULL;
}

static inline void put32(kin_buffer *out, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        kin_buffer_char(out, (char)(value >> shift & 255));
}

static inline void png_chunk(kin_buffer *out, const char *type, const void *data, size_t size)
{
    put32(out, (uint32_t)size);
    size_t start = out->size;
    kin_buffer_append(out, type, 4);
    kin_buffer_append(out, data, size);
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = start; i < out->size; i++) {
        crc ^= (uint8_t)out->data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    put32(out, ~crc);
}

static inline void png_begin(kin_buffer *out, uint32_t width, uint32_t height, int depth, int colour)
{
    kin_buffer header = KIN_BUFFER_INIT;
    kin_buffer_append(out, "\x89PNG\r\n\x1A\n", 8);
    put32(&header, width);
    put32(&header, height);
    const char rest[5] = { (char)depth, (char)colour, 0, 0, 0 };
    kin_buffer_append(&header, rest, sizeof rest);
    png_chunk(out, "IHDR", header.data, header.size);
    kin_buffer_clear(&header);
}

/* Rows of `stride` bytes as one stored deflate block, and the end of the file. */
static inline void png_end(kin_buffer *out, const void *rows, size_t stride, size_t height)
{
    kin_buffer raw = KIN_BUFFER_INIT, zlib = KIN_BUFFER_INIT;
    uint32_t a = 1, b = 0;
    for (size_t y = 0; y < height; y++) {
        kin_buffer_char(&raw, 0); /* no filter */
        kin_buffer_append(&raw, (const char *)rows + y * stride, stride);
    }
    for (size_t i = 0; i < raw.size; i++) {
        a = (a + (uint8_t)raw.data[i]) % 65521;
        b = (b + a) % 65521;
    }
    const unsigned n = (unsigned)raw.size;
    const uint8_t head[7] = {
        0x78, 0x01, 1, (uint8_t)(n & 255), (uint8_t)(n >> 8), (uint8_t)(~n & 255), (uint8_t)(~n >> 8 & 255)
    };
    assert_true(n < 65536);
    kin_buffer_append(&zlib, head, sizeof head);
    kin_buffer_append(&zlib, raw.data, raw.size);
    put32(&zlib, b << 16 | a);
    png_chunk(out, "IDAT", zlib.data, zlib.size);
    png_chunk(out, "IEND", "", 0);
    kin_buffer_clear(&raw);
    kin_buffer_clear(&zlib);
}

static inline void quad_png(kin_buffer *out)
{
    uint8_t rgb[QUAD_HEIGHT * QUAD_WIDTH * 3];
    quad_pixels(rgb);
    png_begin(out, QUAD_WIDTH, QUAD_HEIGHT, 8, 2);
    png_end(out, rgb, sizeof rgb / QUAD_HEIGHT, QUAD_HEIGHT);
}

static inline void quad_jpeg(kin_buffer *out)
{
    uint8_t rgb[QUAD_HEIGHT * QUAD_WIDTH * 3], *bytes;
    size_t size;
    kin_error err = KIN_ERROR_INIT;
    quad_pixels(rgb);
    assert_int_equal(kin_image_encode_jpeg(rgb, QUAD_WIDTH, QUAD_HEIGHT, 95, &bytes, &size, &err), KIN_OK);
    kin_buffer_append(out, bytes, size);
    free(bytes);
}

/* A TIFF structure that holds nothing but an orientation. */
static inline size_t exif_block(int orientation, bool big_endian, uint8_t out[32])
{
    static const uint8_t little[26] = { 'I', 'I', '*', 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3,
                                        0,   1,   0,   0, 0, 0, 0, 0, 0, 0, 0,    0,    0 };
    static const uint8_t big[26] = { 'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0,
                                     3,   0,   0, 0,   1, 0, 0, 0, 0, 0, 0,    0,    0 };
    memcpy(out, big_endian ? big : little, 26);
    out[big_endian ? 19 : 18] = (uint8_t)orientation;
    return 26;
}

/* The JPEG with an APP1 segment behind its first marker. */
static inline void with_exif(const kin_buffer *jpeg, const uint8_t *block, size_t size, kin_buffer *out)
{
    const uint8_t head[4] = { 0xFF, 0xE1, (uint8_t)((size + 8) >> 8), (uint8_t)((size + 8) & 255) };
    kin_buffer_append(out, jpeg->data, 2);
    kin_buffer_append(out, head, sizeof head);
    kin_buffer_append(out, "Exif\0\0", 6);
    kin_buffer_append(out, block, size);
    kin_buffer_append(out, jpeg->data + 2, jpeg->size - 2);
}

static inline void decode(const kin_buffer *file, kin_image *out)
{
    kin_error err = KIN_ERROR_INIT;
    if (kin_image_decode(file->data, file->size, NULL, out, &err) != KIN_OK)
        fail_msg("%s", err.message);
}

/* A copy of exactly `size` bytes, so that a sanitizer sees any look beyond them. */
static inline uint8_t *exact_copy(const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return copy;
}

static inline double mean_difference(const uint8_t *a, const uint8_t *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += abs(a[i] - b[i]);
    return sum / (double)n;
}

#endif
