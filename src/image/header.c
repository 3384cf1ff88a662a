/* Which format the bytes are, how large the picture is and which way up.
 *
 * The containers are walked here and not by the decoding libraries: probing must work on the beginning of a file,
 * must tell "cut off" from "damaged", and must find the same orientation as decoding does, because boxes are drawn on
 * the upright picture.
 *
 * Of an EXIF block only the orientation is used. In a PNG the eXIf chunk counts where it stands before the pixels, as
 * all known writers put it; one after the pixels is ignored, by probe and decode alike (else every PNG would have to
 * be read to its end to know its width). TGA has no signature: it is tried last. */
#include "codec.h"

#include <string.h>

const char *kin_format_name(kin_format format)
{
    static const char *const names[] = { "unknown", "JPEG", "PNG", "WebP", "BMP", "GIF", "TGA", "PNM", "PSD", "HDR" };
    return (size_t)format < sizeof names / sizeof *names ? names[format] : names[0];
}

int kin_image__cut_off(const kin_image__bytes *in, kin_format format, kin_error *err)
{
    if (in->whole)
        return kin_fail(err, KIN_E_FORMAT, "%s is cut off in its header: the file has only %zu bytes",
                        kin_format_name(format), in->size);
    return kin_fail(err, KIN_E_LIMIT, "the %s header goes on after the first %zu bytes: read more of the file",
                    kin_format_name(format), in->size);
}

static int jpeg_frame(const uint8_t *segment, size_t length, kin_image__header *out, kin_error *err)
{
    if (length < 8)
        return kin_fail(err, KIN_E_FORMAT, "JPEG is damaged: its frame header is too short");
    out->height = (int)kin_image__be16(segment + 3);
    out->width = (int)kin_image__be16(segment + 5);
    if (out->width == 0 || out->height == 0)
        return kin_fail(err, KIN_E_FORMAT, "JPEG is damaged: its header says %d x %d pixels", out->width, out->height);
    return KIN_OK;
}

static bool is_frame_marker(int marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* The code after the next 0xFF that is not fill or stuffing, with *at moved behind it; -1 at the end. Bytes between
 * segments are passed over, as libjpeg does. */
static int next_marker(const kin_image__bytes *in, size_t *at)
{
    int marker = 0;
    while (marker == 0) {
        while (*at < in->size && in->data[*at] != 0xFF)
            ++*at;
        while (*at < in->size && in->data[*at] == 0xFF)
            ++*at;
        if (*at >= in->size)
            return -1;
        marker = in->data[(*at)++];
    }
    return marker;
}

static int jpeg_header(const kin_image__bytes *in, kin_image__header *out, kin_error *err)
{
    enum { TEM = 0x01, RST0 = 0xD0, RST7 = 0xD7, SOI = 0xD8, EOI = 0xD9, SOS = 0xDA, APP1 = 0xE1 };
    size_t at = 2;
    for (;;) {
        int marker = next_marker(in, &at);
        if (marker < 0)
            return kin_image__cut_off(in, KIN_FORMAT_JPEG, err);
        if (marker == TEM || (marker >= RST0 && marker <= RST7))
            continue;
        if (marker == SOI || marker == EOI || (marker == SOS && out->width == 0))
            return kin_fail(err, KIN_E_FORMAT, "JPEG is damaged: marker 0x%02x before any pixels", marker);
        if (marker == SOS)
            return KIN_OK;
        if (in->size - at < 2)
            return kin_image__cut_off(in, KIN_FORMAT_JPEG, err);
        const uint8_t *segment = in->data + at;
        size_t length = kin_image__be16(segment);
        if (length < 2)
            return kin_fail(err, KIN_E_FORMAT, "JPEG is damaged: the segment at byte %zu has no length", at);
        if (length > in->size - at)
            return kin_image__cut_off(in, KIN_FORMAT_JPEG, err);
        int status = is_frame_marker(marker) ? jpeg_frame(segment, length, out, err) : KIN_OK;
        if (status != KIN_OK)
            return status;
        if (marker == APP1 && out->orientation == 0 && length > 8 && memcmp(segment + 2, "Exif\0\0", 6) == 0)
            out->orientation = kin_image__exif_orientation(segment + 2, length - 2);
        at += length;
    }
}

/* CRC-32 of a chunk's type and data (PNG, annex D); bit by bit, as it is taken over a few hundred bytes only. */
static bool chunk_is_sound(const uint8_t *chunk, size_t length)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 4; i < length + 8; i++) {
        crc ^= chunk[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return (crc ^ 0xFFFFFFFFu) == kin_image__be32(chunk + length + 8);
}

static int png_header(const kin_image__bytes *in, kin_image__header *out, kin_error *err)
{
    enum { SIGNATURE = 8, IHDR = 13, AROUND = 12 /* length, type and CRC */, EXIF_MOST = 1 << 16 };
    if (in->size < SIGNATURE + AROUND + IHDR)
        return kin_image__cut_off(in, KIN_FORMAT_PNG, err);
    const uint8_t *chunk = in->data + SIGNATURE;
    uint32_t width = kin_image__be32(chunk + 8), height = kin_image__be32(chunk + 12);
    if (memcmp(chunk, "\0\0\0\15IHDR", 8) != 0 || !chunk_is_sound(chunk, IHDR))
        return kin_fail(err, KIN_E_FORMAT,
                        "PNG is damaged: its header chunk (IHDR) is missing or has a wrong checksum");
    if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX)
        return kin_fail(err, KIN_E_FORMAT, "PNG is damaged: its header says %u x %u pixels", width, height);
    out->width = (int)width;
    out->height = (int)height;
    for (size_t at = SIGNATURE + AROUND + IHDR;;) {
        if (in->size - at < 8)
            return kin_image__cut_off(in, KIN_FORMAT_PNG, err);
        chunk = in->data + at;
        uint32_t length = kin_image__be32(chunk);
        if (memcmp(chunk + 4, "IDAT", 4) == 0)
            return KIN_OK;
        if (length > INT32_MAX || memcmp(chunk + 4, "IEND", 4) == 0)
            return kin_fail(err, KIN_E_FORMAT, "PNG is damaged: no pixels (IDAT) before byte %zu", at);
        if (in->size - at < AROUND || length > in->size - at - AROUND)
            return kin_image__cut_off(in, KIN_FORMAT_PNG, err);
        if (memcmp(chunk + 4, "eXIf", 4) == 0 && length <= EXIF_MOST && chunk_is_sound(chunk, length))
            out->orientation = kin_image__exif_orientation(chunk + 8, length);
        at += AROUND + (size_t)length;
    }
}

static bool starts_with(const kin_image__bytes *in, size_t at, const char *text, size_t length)
{
    return in->size >= at + length && memcmp(in->data + at, text, length) == 0;
}

static kin_format by_signature(const kin_image__bytes *in)
{
    if (starts_with(in, 0, "\xFF\xD8\xFF", 3))
        return KIN_FORMAT_JPEG;
    if (starts_with(in, 0, "\x89PNG\r\n\x1A\n", 8))
        return KIN_FORMAT_PNG;
    if (starts_with(in, 0, "RIFF", 4) && starts_with(in, 8, "WEBP", 4))
        return KIN_FORMAT_WEBP;
    if (starts_with(in, 0, "GIF87a", 6) || starts_with(in, 0, "GIF89a", 6))
        return KIN_FORMAT_GIF;
    if (starts_with(in, 0, "8BPS", 4))
        return KIN_FORMAT_PSD;
    if (starts_with(in, 0, "#?RADIANCE\n", 11) || starts_with(in, 0, "#?RGBE\n", 7))
        return KIN_FORMAT_HDR;
    /* "BM", file size, two reserved 16-bit zeros or anything, offset, then the length of the header proper. */
    if (starts_with(in, 0, "BM", 2) && in->size >= 18 && kin_image__le32(in->data + 14) < 256)
        return KIN_FORMAT_BMP;
    if (in->size >= 3 && in->data[0] == 'P' && in->data[1] >= '1' && in->data[1] <= '6' &&
        memchr(" \t\r\n\v\f#", in->data[2], 7))
        return KIN_FORMAT_PNM;
    return KIN_FORMAT_UNKNOWN;
}

kin_format kin_image_sniff(const void *bytes, size_t size)
{
    kin_image__bytes in = { bytes, size, false, NULL, 0 };
    return by_signature(&in);
}

/* TGA has no signature: what nothing else claims is tried as one. */
static kin_format sniff(const kin_image__bytes *in)
{
    kin_format format = by_signature(in);
    return format == KIN_FORMAT_UNKNOWN ? KIN_FORMAT_TGA : format;
}

int kin_image__read_header(const kin_image__bytes *in, kin_image__header *out, kin_error *err)
{
    enum { SIGNATURES = 18 };
    if (in->size < SIGNATURES && !in->whole)
        return kin_image__cut_off(in, KIN_FORMAT_UNKNOWN, err);
    if (in->size == 0)
        return kin_fail(err, KIN_E_FORMAT, "the file is empty");
    kin_image__header header = { sniff(in), 0, 0, 0, false };
    int status;
    switch (header.format) {
    case KIN_FORMAT_JPEG:
        status = jpeg_header(in, &header, err);
        break;
    case KIN_FORMAT_PNG:
        status = png_header(in, &header, err);
        break;
    case KIN_FORMAT_WEBP:
        status = kin_image__webp_header(in, &header, err);
        break;
    case KIN_FORMAT_PNM:
        status = kin_image__pnm_header(in, &header, err);
        break;
    default:
        status = kin_image__stb_header(in, &header, err);
        break;
    }
    if (status != KIN_OK)
        return status;
    if (header.orientation == 0)
        header.orientation = 1;
    *out = header;
    return KIN_OK;
}

int kin_image__check_size(const kin_image__header *header, uint64_t width, uint64_t height, kin_error *err)
{
    if (width == (uint64_t)header->width && height == (uint64_t)header->height)
        return KIN_OK;
    return kin_fail(err, KIN_E_FORMAT, "%s is damaged: %d x %d pixels in one header, %llu x %llu in another",
                    kin_format_name(header->format), header->width, header->height, (unsigned long long)width,
                    (unsigned long long)height);
}

int kin_image_probe(const void *bytes, size_t size, bool whole, kin_image_info *out, kin_error *err)
{
    kin_image__bytes in = { bytes, size, whole, NULL, 0 };
    kin_image__header header;
    int status = kin_image__read_header(&in, &header, err);
    if (status != KIN_OK)
        return status;
    bool sideways = header.orientation >= 5;
    out->format = header.format;
    out->width = sideways ? header.height : header.width;
    out->height = sideways ? header.width : header.height;
    out->orientation = header.orientation;
    return KIN_OK;
}
