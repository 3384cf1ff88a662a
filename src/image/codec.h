#ifndef KIN_IMAGE_CODEC_H
#define KIN_IMAGE_CODEC_H
/* What the files of this module share: the header of an image file, one decoder per format, and small readers. */

#include "kin/image.h"

typedef struct kin_image__bytes {
    const uint8_t *data;
    size_t size;
    bool whole; /* false: only the beginning of a file */
    /* Memory of the caller's that the pixels are wanted in where they fit; NULL: none. */
    uint8_t *place;
    size_t room;
} kin_image__bytes;

/* As stored: before orientation. */
typedef struct kin_image__header {
    kin_format format;
    int width, height;
    int orientation;
    bool animated; /* WebP only: the picture is composed of frames */
} kin_image__header;

/* Pixels as stored, rgb[height, width, 3]; owned by whoever decoded them. */
typedef struct kin_image__raster {
    int width, height;
    uint8_t *rgb;
} kin_image__raster;

int kin_image__read_header(const kin_image__bytes *in, kin_image__header *out, kin_error *err);

/* The header ended with the bytes at hand: KIN_E_FORMAT for a whole file, else KIN_E_LIMIT. */
int kin_image__cut_off(const kin_image__bytes *in, kin_format format, kin_error *err);

/* What the file says and what the decoder found differ. */
int kin_image__check_size(const kin_image__header *header, uint64_t width, uint64_t height, kin_error *err);

/* malloc of width * height * bytes_per_pixel; NULL where that does not fit. */
uint8_t *kin_image__alloc(int width, int height, size_t bytes_per_pixel);

/* The same for what becomes the picture: in->place where that is large enough. `drop` frees it, `shrink` gives back
 * what it has beyond width * height * 3 bytes. */
uint8_t *kin_image__pixels(const kin_image__bytes *in, int width, int height, size_t bytes_per_pixel);
void kin_image__drop(const kin_image__bytes *in, uint8_t *pixels);
uint8_t *kin_image__shrink(const kin_image__bytes *in, uint8_t *pixels, int width, int height);

/* kin_image_decode, with the pixels in `place` where they fit into `room` bytes: then out->rgb is `place`, and not to be
 * freed. Room for 8 bytes a pixel is always enough. */
int kin_image__decode_at(const void *bytes, size_t size, const kin_image_options *options, uint8_t *place, size_t room,
                         kin_image *out, kin_error *err);

/* Takes the TIFF structure of an EXIF block, with or without the "Exif\0\0" before it; returns the orientation 1..8,
 * or 0 where the block has none or is damaged (EXIF 2.32, section 4.6.4, tag 0x0112). */
int kin_image__exif_orientation(const uint8_t *data, size_t size);

/* Replaces the raster, which is malloc'ed, by the upright one. */
int kin_image__orient(const kin_image__bytes *in, kin_image__raster *raster, int orientation, kin_error *err);

/* rgba[count, 4] -> rgb[count, 3] over white. The output may be the same memory. */
void kin_image__over_white(const uint8_t *rgba, size_t count, uint8_t *rgb);

/* The decoders. *out is written on success only. */
int kin_image__decode_jpeg(const kin_image__bytes *in, const kin_image__header *header, double min_scale,
                           kin_image__raster *out, kin_error *err);
int kin_image__decode_png(const kin_image__bytes *in, const kin_image__header *header, kin_image__raster *out,
                          kin_error *err);
int kin_image__decode_webp(const kin_image__bytes *in, const kin_image__header *header, kin_image__raster *out,
                           kin_error *err);
int kin_image__decode_pnm(const kin_image__bytes *in, const kin_image__header *header, kin_image__raster *out,
                          kin_error *err);
int kin_image__decode_stb(const kin_image__bytes *in, const kin_image__header *header, kin_image__raster *out,
                          kin_error *err);

/* The headers of the formats that need more than a few bytes' look. */
int kin_image__webp_header(const kin_image__bytes *in, kin_image__header *out, kin_error *err);
int kin_image__pnm_header(const kin_image__bytes *in, kin_image__header *out, kin_error *err);
/* out->format says which: BMP, GIF, PSD, HDR or TGA. */
int kin_image__stb_header(const kin_image__bytes *in, kin_image__header *out, kin_error *err);

static inline uint32_t kin_image__be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t kin_image__be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint32_t kin_image__le16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static inline uint32_t kin_image__le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

#endif
