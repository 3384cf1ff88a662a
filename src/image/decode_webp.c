/* WebP through libwebp; the first frame of an animation, laid on its canvas, through libwebpdemux. */
#include "codec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

enum { RIFF_HEADER = 12, CHUNK_HEADER = 8 };

/* The EXIF chunk follows the pixels, so that it is looked for only where the extended header promises one. */
static int find_orientation(const kin_image__bytes *in, size_t end, kin_image__header *out, kin_error *err)
{
    size_t at = RIFF_HEADER;
    while (at < end && end - at >= CHUNK_HEADER) {
        if (at > in->size || in->size - at < CHUNK_HEADER)
            return kin_image__cut_off(in, KIN_FORMAT_WEBP, err);
        const uint8_t *chunk = in->data + at;
        size_t length = kin_image__le32(chunk + 4);
        if (length > end - at - CHUNK_HEADER)
            return kin_fail(err, KIN_E_FORMAT, "WebP is damaged: the chunk at byte %zu is longer than the file", at);
        if (memcmp(chunk, "EXIF", 4) == 0) {
            if (length > in->size - at - CHUNK_HEADER)
                return kin_image__cut_off(in, KIN_FORMAT_WEBP, err);
            out->orientation = kin_image__exif_orientation(chunk + CHUNK_HEADER, length);
            return KIN_OK;
        }
        at += CHUNK_HEADER + length + length % 2;
    }
    return KIN_OK;
}

int kin_image__webp_header(const kin_image__bytes *in, kin_image__header *out, kin_error *err)
{
    WebPBitstreamFeatures features;
    VP8StatusCode code = WebPGetFeatures(in->data, in->size, &features);
    if (code == VP8_STATUS_NOT_ENOUGH_DATA)
        return kin_image__cut_off(in, KIN_FORMAT_WEBP, err);
    if (code != VP8_STATUS_OK || features.width <= 0 || features.height <= 0)
        return kin_fail(err, KIN_E_FORMAT, "WebP is damaged: its header makes no sense");
    out->width = features.width;
    out->height = features.height;
    out->animated = features.has_animation;
    /* Some writers leave out the padding byte at the very end. */
    size_t end = (size_t)kin_image__le32(in->data + 4) + CHUNK_HEADER;
    if (in->whole && end - 1 > in->size)
        return kin_fail(err, KIN_E_FORMAT, "WebP is cut off: %zu bytes of %zu", in->size, end);
    if (in->size >= 21 && memcmp(in->data + RIFF_HEADER, "VP8X", 4) == 0 && in->data[20] & EXIF_FLAG)
        return find_orientation(in, end, out, err);
    return KIN_OK;
}

static int decode_still(const kin_image__bytes *in, const kin_image__header *header, uint8_t *rgba, kin_error *err)
{
    size_t bytes = (size_t)header->width * (size_t)header->height * 4;
    WebPDecoderConfig config;
    if (header->width > INT_MAX / 4 || !WebPInitDecoderConfig(&config))
        return kin_fail(err, KIN_E_FORMAT, "WebP cannot be decoded by this version of libwebp");
    config.output.colorspace = MODE_RGBA;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = rgba;
    config.output.u.RGBA.stride = header->width * 4;
    config.output.u.RGBA.size = bytes;
    VP8StatusCode code = WebPDecode(in->data, in->size, &config);
    WebPFreeDecBuffer(&config.output);
    if (code == VP8_STATUS_OUT_OF_MEMORY)
        return kin_fail_memory(err);
    if (code != VP8_STATUS_OK)
        return kin_fail(err, KIN_E_FORMAT, "WebP is %s",
                        code == VP8_STATUS_NOT_ENOUGH_DATA || code == VP8_STATUS_SUSPENDED ? "cut off" : "damaged");
    return kin_image__check_size(header, (uint64_t)config.input.width, (uint64_t)config.input.height, err);
}

static int decode_first_frame(const kin_image__bytes *in, const kin_image__header *header, uint8_t *rgba,
                              kin_error *err)
{
    WebPAnimDecoderOptions options;
    if (!WebPAnimDecoderOptionsInit(&options))
        return kin_fail(err, KIN_E_FORMAT, "WebP animation cannot be decoded by this version of libwebpdemux");
    options.color_mode = MODE_RGBA;
    WebPData data = { in->data, in->size };
    WebPAnimInfo info;
    uint8_t *frame; /* the decoder's own */
    int timestamp;
    int status = KIN_OK;
    WebPAnimDecoder *codec = WebPAnimDecoderNew(&data, &options);
    if (!codec || !WebPAnimDecoderGetInfo(codec, &info) || !WebPAnimDecoderGetNext(codec, &frame, &timestamp))
        status = kin_fail(err, KIN_E_FORMAT, "WebP animation is damaged");
    if (status == KIN_OK)
        status = kin_image__check_size(header, info.canvas_width, info.canvas_height, err);
    if (status == KIN_OK)
        memcpy(rgba, frame, (size_t)header->width * (size_t)header->height * 4);
    WebPAnimDecoderDelete(codec);
    return status;
}

int kin_image__decode_webp(const kin_image__bytes *in, const kin_image__header *header, kin_image__raster *out,
                           kin_error *err)
{
    uint8_t *pixels = kin_image__pixels(in, header->width, header->height, 4);
    if (!pixels)
        return kin_fail_memory(err);
    int status = (header->animated ? decode_first_frame : decode_still)(in, header, pixels, err);
    if (status != KIN_OK) {
        kin_image__drop(in, pixels);
        return status;
    }
    kin_image__over_white(pixels, (size_t)header->width * (size_t)header->height, pixels);
    *out = (kin_image__raster) { header->width, header->height,
                                 kin_image__shrink(in, pixels, header->width, header->height) };
    return KIN_OK;
}
