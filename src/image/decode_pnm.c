/* PBM, PGM and PPM, plain (P1-P3) and raw (P4-P6), after the netpbm manual; only the first picture of a file. Not
 * through stb_image, which reads only P5 and P6, takes every maxval for 255 and swaps the bytes of 16-bit samples. */
#include "codec.h"

#include <stdlib.h>

typedef struct pnm_reader {
    const uint8_t *at, *end;
} pnm_reader;

typedef struct pnm_layout {
    bool plain, bitmap;
    unsigned channels, maxval;
    size_t width, height;
} pnm_layout;

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_space(pnm_reader *r)
{
    while (r->at < r->end && (is_space(*r->at) || *r->at == '#'))
        if (*r->at++ == '#')
            while (r->at < r->end && *r->at != '\n' && *r->at != '\r')
                r->at++;
}

/* A decimal number; -1 where the bytes end (before or right after it), -2 where there is none or it is too large. */
static int32_t read_number(pnm_reader *r)
{
    skip_space(r);
    int32_t value = 0;
    const uint8_t *start = r->at;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
        if (value > INT32_MAX / 10 - 1)
            return -2;
        value = value * 10 + (*r->at - '0');
    }
    if (r->at == r->end)
        return -1;
    return r->at == start ? -2 : value;
}

static int read_layout(const kin_image__bytes *in, pnm_reader *r, pnm_layout *out, kin_error *err)
{
    char kind = (char)in->data[1];
    *r = (pnm_reader) { in->data + 2, in->data + in->size };
    *out = (pnm_layout) { .plain = kind <= '3', .bitmap = kind == '1' || kind == '4', .maxval = 1 };
    out->channels = kind == '3' || kind == '6' ? 3 : 1;
    int32_t numbers[3] = { 0, 0, 1 };
    for (int i = 0; i < (out->bitmap ? 2 : 3); i++) {
        numbers[i] = read_number(r);
        if (numbers[i] == -1)
            return kin_image__cut_off(in, KIN_FORMAT_PNM, err);
        if (numbers[i] < 1)
            return kin_fail(err, KIN_E_FORMAT, "PNM is damaged: its header has no width, height or maxval");
    }
    if (numbers[2] > 65535 || !is_space(*r->at))
        return kin_fail(err, KIN_E_FORMAT, "PNM is damaged: its header has a wrong maxval or end");
    r->at++;
    out->width = (size_t)numbers[0];
    out->height = (size_t)numbers[1];
    out->maxval = (unsigned)numbers[2];
    return KIN_OK;
}

int kin_image__pnm_header(const kin_image__bytes *in, kin_image__header *out, kin_error *err)
{
    pnm_reader r;
    pnm_layout layout;
    int status = read_layout(in, &r, &layout, err);
    if (status != KIN_OK)
        return status;
    out->width = (int)layout.width;
    out->height = (int)layout.height;
    return KIN_OK;
}

/* The digits of a plain bitmap may stand without space between them. -1 at the end, -2 where there is no digit. */
static int32_t read_bit(pnm_reader *r)
{
    skip_space(r);
    if (r->at == r->end)
        return -1;
    uint8_t c = *r->at++;
    return c == '0' || c == '1' ? c - '0' : -2;
}

/* The last number of a plain file may end with it. */
static int32_t read_plain(pnm_reader *r, const pnm_layout *layout)
{
    if (layout->bitmap)
        return read_bit(r);
    skip_space(r);
    const uint8_t *start = r->at;
    int32_t value = read_number(r);
    if (value != -1 || start == r->end)
        return value;
    value = 0;
    for (const uint8_t *p = start; p < r->end; p++)
        value = value * 10 + (*p - '0');
    return value;
}

static bool raw_is_complete(const pnm_reader *r, const pnm_layout *layout)
{
    size_t row =
        layout->bitmap ? (layout->width + 7) / 8 : layout->width * layout->channels * (layout->maxval > 255 ? 2 : 1);
    return (size_t)(r->end - r->at) / row >= layout->height;
}

/* One sample of a raw file that has been found complete; bits are packed, most significant first, rows padded. */
static int32_t read_raw(pnm_reader *r, const pnm_layout *layout, size_t x)
{
    if (layout->bitmap) {
        int32_t bit = *r->at >> (7 - x % 8) & 1;
        if (x % 8 == 7 || x + 1 == layout->width)
            r->at++;
        return bit;
    }
    int32_t value = *r->at++;
    return layout->maxval > 255 ? value << 8 | *r->at++ : value;
}

static int read_pixels(pnm_reader *r, const pnm_layout *layout, uint8_t *rgb, kin_error *err)
{
    size_t count = layout->width * layout->height;
    for (size_t i = 0; i < count; i++, rgb += 3) {
        for (unsigned c = 0; c < layout->channels; c++) {
            int32_t value = layout->plain ? read_plain(r, layout) : read_raw(r, layout, i % layout->width);
            if (value == -1)
                return kin_fail(err, KIN_E_FORMAT, "PNM is cut off in its pixels");
            if (value < 0 || (unsigned)value > layout->maxval)
                return kin_fail(err, KIN_E_FORMAT, "PNM is damaged: pixel %zu is no number up to %u", i,
                                layout->maxval);
            unsigned level = ((unsigned)value * 255 + layout->maxval / 2) / layout->maxval;
            rgb[c] = (uint8_t)(layout->bitmap ? 255 - level : level); /* a set bit is black */
        }
        if (layout->channels == 1)
            rgb[1] = rgb[2] = rgb[0];
    }
    return KIN_OK;
}

int kin_image__decode_pnm(const kin_image__bytes *in, const kin_image__header *header, kin_image__raster *out,
                          kin_error *err)
{
    pnm_reader r;
    pnm_layout layout;
    int status = read_layout(in, &r, &layout, err);
    if (status != KIN_OK)
        return status;
    if (!layout.plain && !raw_is_complete(&r, &layout))
        return kin_fail(err, KIN_E_FORMAT, "PNM is cut off in its pixels");
    uint8_t *rgb = kin_image__pixels(in, header->width, header->height, 3);
    if (!rgb)
        return kin_fail_memory(err);
    status = read_pixels(&r, &layout, rgb, err);
    if (status != KIN_OK) {
        kin_image__drop(in, rgb);
        return status;
    }
    *out = (kin_image__raster) { header->width, header->height, rgb };
    return KIN_OK;
}
