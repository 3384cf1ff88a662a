/* PNG through libspng. A wrong checksum, a damaged zlib stream, or a file that ends before its IEND chunk is an error.
 *
 * libspng is shown only the chunks that make pixels (the critical ones and tRNS). Text, profiles, gamma and the rest
 * are not used here, and unpacking them is where a file of a few hundred KiB can ask for gigabytes.
 *
 * 16-bit samples become v * 255 / 65535, rounded, after transparency has been applied to the full 16 bits. The picture
 * is converted in the buffer that it was decoded to. */
#include "codec.h"

#include <stdlib.h>
#include <string.h>

#include <spng.h>

typedef struct chunk_reader {
    const uint8_t *data;
    size_t size, at;
    size_t left; /* of the chunk, or the signature, being read */
} chunk_reader;

/* Moves on to the next chunk that makes pixels. At the end of the file what is left stays 0. */
static void next_chunk(chunk_reader *r)
{
    enum { AROUND = 12, ANCILLARY = 0x20 };
    while (r->left == 0 && r->at < r->size) {
        size_t rest = r->size - r->at, length = rest;
        const uint8_t *chunk = r->data + r->at;
        if (rest > AROUND && kin_image__be32(chunk) < rest - AROUND)
            length = kin_image__be32(chunk) + AROUND;
        if (rest >= 8 && chunk[4] & ANCILLARY && memcmp(chunk + 4, "tRNS", 4) != 0)
            r->at += length;
        else
            r->left = length;
    }
}

static int read_chunks(spng_ctx *codec, void *user, void *out, size_t length)
{
    (void)codec;
    chunk_reader *r = user;
    for (uint8_t *to = out; length > 0;) {
        next_chunk(r);
        if (r->left == 0)
            return SPNG_IO_EOF;
        size_t count = length < r->left ? length : r->left;
        memcpy(to, r->data + r->at, count);
        to += count;
        r->at += count;
        r->left -= count;
        length -= count;
    }
    return 0;
}

static int spng_fail(kin_error *err, int code)
{
    if (code == SPNG_EMEM)
        return kin_fail_memory(err);
    if (code == SPNG_EOF || code == SPNG_IO_EOF)
        return kin_fail(err, KIN_E_FORMAT, "PNG is cut off");
    return kin_fail(err, KIN_E_FORMAT, "PNG is damaged: %s", spng_strerror(code));
}

static unsigned to_8bit(unsigned value)
{
    return (value * 255 + 32767) / 65535;
}

/* rgba[count, 4] in 16 bits, native order -> rgb[count, 3] over white, in the same memory. */
static void over_white_16(uint8_t *pixels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t rgba[4];
        memcpy(rgba, pixels + 8 * i, 8);
        uint64_t alpha = rgba[3], white = 65535 * (65535 - alpha) + 32767;
        for (int c = 0; c < 3; c++)
            pixels[3 * i + (size_t)c] = (uint8_t)to_8bit((unsigned)((rgba[c] * alpha + white) / 65535));
    }
}

static int decode_with(spng_ctx *codec, const kin_image__bytes *in, const kin_image__header *header, uint8_t **pixels,
                       kin_error *err)
{
    enum { SIGNATURE = 8 };
    struct spng_ihdr ihdr;
    struct spng_trns trns;
    chunk_reader reader = { in->data, in->size, 0, SIGNATURE };
    int code = spng_set_crc_action(codec, SPNG_CRC_ERROR, SPNG_CRC_ERROR);
    if (!code)
        code = spng_set_png_stream(codec, read_chunks, &reader);
    if (!code)
        code = spng_get_ihdr(codec, &ihdr);
    if (code)
        return spng_fail(err, code);
    int status = kin_image__check_size(header, ihdr.width, ihdr.height, err);
    if (status != KIN_OK)
        return status;
    bool has_alpha = ihdr.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
                     ihdr.color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA || spng_get_trns(codec, &trns) == 0;
    int format = ihdr.bit_depth == 16 ? SPNG_FMT_RGBA16 : has_alpha ? SPNG_FMT_RGBA8 : SPNG_FMT_RGB8;
    size_t count = (size_t)header->width * (size_t)header->height;
    size_t each = format == SPNG_FMT_RGBA16 ? 8 : format == SPNG_FMT_RGBA8 ? 4 : 3;
    *pixels = kin_image__pixels(in, header->width, header->height, each);
    if (!*pixels)
        return kin_fail_memory(err);
    code = spng_decode_image(codec, *pixels, count * each, format, SPNG_DECODE_TRNS);
    if (!code)
        code = spng_decode_chunks(codec); /* to the end of the file */
    if (code)
        return spng_fail(err, code);
    if (format == SPNG_FMT_RGBA16)
        over_white_16(*pixels, count);
    else if (format == SPNG_FMT_RGBA8)
        kin_image__over_white(*pixels, count, *pixels);
    return KIN_OK;
}

int kin_image__decode_png(const kin_image__bytes *in, const kin_image__header *header, kin_image__raster *out,
                          kin_error *err)
{
    spng_ctx *codec = spng_ctx_new(0);
    if (!codec)
        return kin_fail_memory(err);
    uint8_t *pixels = NULL;
    int status = decode_with(codec, in, header, &pixels, err);
    spng_ctx_free(codec);
    if (status != KIN_OK) {
        kin_image__drop(in, pixels);
        return status;
    }
    *out = (kin_image__raster) { header->width, header->height,
                                 kin_image__shrink(in, pixels, header->width, header->height) };
    return KIN_OK;
}
