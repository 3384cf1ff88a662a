/* Whole file -> upright RGB8. The header is read and checked against the limit first; the decoder of the format then
 * gives the pixels as stored (refusing a file whose inner headers say another size), and the orientation is applied
 * last. Gamma, colour profiles and chromaticities are ignored: the numbers in the file are taken as sRGB, as the
 * loaders that models are trained with do. */
#include "codec.h"

#include "base/checked.h"

#include <stdlib.h>

static const uint64_t default_max_pixels = (uint64_t)256 << 20;

uint8_t *kin_image__alloc(int width, int height, size_t bytes_per_pixel)
{
    size_t pixels;
    if (width <= 0 || height <= 0 || !kin_size_mul((size_t)width, (size_t)height, &pixels) || pixels > PTRDIFF_MAX / 16)
        return NULL;
    return kin_alloc_array(pixels, bytes_per_pixel);
}

uint8_t *kin_image__pixels(const kin_image__bytes *in, int width, int height, size_t bytes_per_pixel)
{
    size_t size;
    bool fits = width > 0 && height > 0 && kin_size_mul((size_t)width, (size_t)height, &size) &&
                kin_size_mul(size, bytes_per_pixel, &size) && size <= in->room;
    return in->place && fits ? in->place : kin_image__alloc(width, height, bytes_per_pixel);
}

void kin_image__drop(const kin_image__bytes *in, uint8_t *pixels)
{
    if (pixels != in->place)
        free(pixels);
}

uint8_t *kin_image__shrink(const kin_image__bytes *in, uint8_t *pixels, int width, int height)
{
    if (pixels == in->place)
        return pixels;
    uint8_t *smaller = realloc(pixels, (size_t)width * (size_t)height * 3);
    return smaller ? smaller : pixels;
}

void kin_image__over_white(const uint8_t *rgba, size_t count, uint8_t *rgb)
{
    for (size_t i = 0; i < count; i++, rgba += 4, rgb += 3) {
        unsigned alpha = rgba[3], white = 255 * (255 - alpha) + 127;
        for (int c = 0; c < 3; c++)
            rgb[c] = (uint8_t)((rgba[c] * alpha + white) / 255);
    }
}

static int check_limits(const kin_image__header *header, uint64_t max_pixels, kin_error *err)
{
    if (max_pixels == 0)
        max_pixels = default_max_pixels;
    if ((uint64_t)header->width * (uint64_t)header->height > max_pixels)
        return kin_fail(err, KIN_E_LIMIT, "the %s has %d x %d pixels, more than the limit of %llu",
                        kin_format_name(header->format), header->width, header->height, (unsigned long long)max_pixels);
    return KIN_OK;
}

static int decode_stored(const kin_image__bytes *in, const kin_image__header *header, double min_scale,
                         kin_image__raster *out, kin_error *err)
{
    switch (header->format) {
    case KIN_FORMAT_JPEG:
        return kin_image__decode_jpeg(in, header, min_scale, out, err);
    case KIN_FORMAT_PNG:
        return kin_image__decode_png(in, header, out, err);
    case KIN_FORMAT_WEBP:
        return kin_image__decode_webp(in, header, out, err);
    case KIN_FORMAT_PNM:
        return kin_image__decode_pnm(in, header, out, err);
    default:
        return kin_image__decode_stb(in, header, out, err);
    }
}

/* What is to be turned is decoded beside the place, and turned into it. */
static int decode_upright(const kin_image__bytes *in, const kin_image__header *header, double min_scale,
                          kin_image__raster *out, kin_error *err)
{
    kin_image__bytes beside = { in->data, in->size, true, NULL, 0 };
    if (header->orientation == 1)
        return decode_stored(in, header, min_scale, out, err);
    kin_image__raster raster = { 0, 0, NULL };
    int status = decode_stored(&beside, header, min_scale, &raster, err);
    if (status == KIN_OK)
        status = kin_image__orient(in, &raster, header->orientation, err);
    if (status == KIN_OK)
        *out = raster;
    else
        free(raster.rgb);
    return status;
}

int kin_image_decode(const void *bytes, size_t size, const kin_image_options *options, kin_image *out, kin_error *err)
{
    return kin_image__decode_at(bytes, size, options, NULL, 0, out, err);
}

int kin_image__decode_at(const void *bytes, size_t size, const kin_image_options *options, uint8_t *place, size_t room,
                         kin_image *out, kin_error *err)
{
    static const kin_image_options defaults = KIN_IMAGE_OPTIONS_INIT;
    if (!options)
        options = &defaults;
    if (!(options->min_scale > 0 && options->min_scale <= 1))
        return kin_fail(err, KIN_E_USAGE, "min_scale is %g: it must be above 0 and at most 1", options->min_scale);
    kin_image__bytes in = { bytes, size, true, place, room };
    kin_image__header header;
    kin_image__raster raster = { 0, 0, NULL };
    int status = kin_image__read_header(&in, &header, err);
    if (status == KIN_OK)
        status = check_limits(&header, options->max_pixels, err);
    if (status == KIN_OK)
        status = decode_upright(&in, &header, options->min_scale, &raster, err);
    if (status != KIN_OK)
        return status;
    bool sideways = header.orientation >= 5;
    *out = (kin_image) { raster.width, raster.height, sideways ? header.height : header.width,
                         sideways ? header.width : header.height, raster.rgb };
    return KIN_OK;
}

void kin_image_clear(kin_image *image)
{
    free(image->rgb);
    *image = (kin_image)KIN_IMAGE_INIT;
}
