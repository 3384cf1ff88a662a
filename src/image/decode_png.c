/* PNG through libspng. A wrong checksum in a chunk that the pixels need, a damaged zlib stream, or a file that ends
 * before its IEND chunk is an error; damaged chunks of other kinds are passed over. Gamma and colour chunks are
 * ignored. 16-bit samples become v * 255 / 65535, rounded, after transparency has been applied to the full 16 bits.
 * The picture is converted in the buffer that it was decoded to. */
#include "codec.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

#include <spng.h>

/* Text and profile chunks are kept, and unpacked, by libspng: this bounds what they may take. */
enum { MOST_CHUNK = INT32_MAX, MOST_CACHE = INT32_MAX };

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
    struct spng_ihdr ihdr;
    struct spng_trns trns;
    int code = spng_set_chunk_limits(codec, MOST_CHUNK, MOST_CACHE);
    if (!code)
        code = spng_set_png_buffer(codec, in->data, in->size);
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
    *pixels = kin_image__alloc(header->width, header->height, each);
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
        free(pixels);
        return status;
    }
    *out =
        (kin_image__raster) { header->width, header->height, kin_image__shrink(pixels, header->width, header->height) };
    return KIN_OK;
}
