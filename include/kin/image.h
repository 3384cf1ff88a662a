#ifndef KIN_IMAGE_H
#define KIN_IMAGE_H
/* Image files -> upright RGB8 pixels -> resized regions; and RGB8 -> JPEG for pages.
 *
 * The format is told by the content, never by the name: JPEG (libjpeg-turbo), PNG (libspng), WebP (libwebp), PNM, and
 * BMP, GIF, TGA, PSD, HDR (stb_image); of an animation the first frame. Grey, palette, CMYK and 16-bit become RGB8;
 * transparency is laid over white; EXIF orientation is applied; gamma and colour profiles are ignored. All functions
 * are thread-safe and keep no state. */

#include "kin/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kin_format {
    KIN_FORMAT_UNKNOWN = 0,
    KIN_FORMAT_JPEG,
    KIN_FORMAT_PNG,
    KIN_FORMAT_WEBP,
    KIN_FORMAT_BMP,
    KIN_FORMAT_GIF,
    KIN_FORMAT_TGA,
    KIN_FORMAT_PNM,
    KIN_FORMAT_PSD,
    KIN_FORMAT_HDR
} kin_format;

/* "JPEG", ...; "unknown". Static. */
const char *kin_format_name(kin_format format);

/* The format whose signature the bytes (18 are enough) begin with; UNKNOWN for none, and for TGA, which has none. */
kin_format kin_image_sniff(const void *bytes, size_t size);

/* What the header says; no pixel is decoded. */
typedef struct kin_image_info {
    kin_format format;
    int width, height; /* upright: after EXIF orientation */
    int orientation;   /* EXIF 1..8; 1 where there is none */
} kin_image_info;

/* KIN_E_FORMAT where the bytes are no image of a known format or the header is damaged. A prefix of the file is enough
 * for most files (64 KiB); with `whole` false a header cut off by the end of the prefix is KIN_E_LIMIT instead: call
 * again with more. */
int kin_image_probe(const void *bytes, size_t size, bool whole, kin_image_info *out, kin_error *err);

typedef struct kin_image_options {
    /* A larger image is KIN_E_LIMIT, before anything is allocated; 0: 256 Mpixel. Decoding takes up to 20 bytes a
     * pixel for a while, most formats far less. */
    uint64_t max_pixels;
    /* The caller needs no more than this fraction (0..1] of the full resolution: the decoder may give any scale from
     * it up to 1. 1: full. JPEG decodes at 1/2, 1/4 or 1/8, rounded up to whole pixels, and saves what comes after the
     * entropy decoding. */
    double min_scale;
} kin_image_options;

#define KIN_IMAGE_OPTIONS_INIT                                                                                         \
    {                                                                                                                  \
        0, 1.0                                                                                                         \
    }

/* Upright pixels, row-major, 3 bytes (R, G, B) each, rows of exactly 3 * width bytes. */
typedef struct kin_image {
    int width, height;           /* of `rgb` */
    int full_width, full_height; /* of the file; equal to the above unless decoded at a smaller scale */
    uint8_t *rgb;                /* owned */
} kin_image;

#define KIN_IMAGE_INIT                                                                                                 \
    {                                                                                                                  \
        0, 0, 0, 0, NULL                                                                                               \
    }

/* Decodes a whole file held in memory. KIN_E_FORMAT with the reason where it is damaged: a file cut off in its pixels
 * is an error, not a grey half. `options` NULL: the defaults. */
int kin_image_decode(const void *bytes, size_t size, const kin_image_options *options, kin_image *out, kin_error *err);
void kin_image_clear(kin_image *image);

/* The part of an image to look at: the box grown by `margin` times its width on the left and right and its height at
 * top and bottom (0.1 = 10 % each side), clamped to full_width x full_height. A box wholly outside, or without area,
 * or not finite, is KIN_E_FORMAT. A result thinner than one pixel is widened to one. A margin below 0 is
 * KIN_E_USAGE. */
int kin_box_region(kin_box box, double margin, int full_width, int full_height, kin_box *region, kin_error *err);

typedef enum kin_filter {
    KIN_FILTER_AREA,     /* mean over the covered area; linear interpolation where enlarging */
    KIN_FILTER_BILINEAR, /* triangle, widened when shrinking: Pillow's BILINEAR */
    KIN_FILTER_BICUBIC   /* Keys' cubic a = -0.5, widened when shrinking: Pillow's BICUBIC */
} kin_filter;

/* Resizes `region` (full-resolution coordinates, inside the image: else KIN_E_USAGE) to out[height, width, 3] (tightly
 * packed). Nothing outside the region is looked at but the rest of pixels that it cuts. Separable, fixed-point
 * arithmetic, the same result on every machine. */
int kin_image_resize(const kin_image *image, kin_box region, int width, int height, kin_filter filter, uint8_t *out,
                     kin_error *err);

/* JPEG of rgb[height, width, 3] at quality 1..100 with 4:2:0 chroma; *bytes is malloc'ed, the caller's. */
int kin_image_encode_jpeg(const uint8_t *rgb, int width, int height, int quality, uint8_t **bytes, size_t *size,
                          kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
