/* Each picture shows the item with half its size around it, and its box drawn by CSS in per cent of the picture. */
#include "workspace/find_private.h"
#include "workspace/html.h"

#include <stdlib.h>

enum { tile = 240, quality = 82 };

static const double surroundings = 0.5;

static void put_base64(kin_buffer *out, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        unsigned v = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                     (left > 2 ? (unsigned)bytes[i + 2] : 0);
        kin_buffer_char(out, digits[v >> 18]);
        kin_buffer_char(out, digits[v >> 12 & 63]);
        kin_buffer_char(out, left > 1 ? digits[v >> 6 & 63] : '=');
        kin_buffer_char(out, left > 2 ? digits[v & 63] : '=');
    }
}

static void put_box(kin_buffer *out, const kin_box *box, const kin_box *region)
{
    kin_buffer_printf(out, "<i style=\"left:%.2f%%;top:%.2f%%;width:%.2f%%;height:%.2f%%\"></i>",
                      100 * (box->x - region->x) / region->w, 100 * (box->y - region->y) / region->h,
                      100 * box->w / region->w, 100 * box->h / region->h);
}

static int put_pixels(kin_buffer *out, const kin_image *image, const kin_box *region, const char *alt, kin_error *err)
{
    double scale = tile / (region->w > region->h ? region->w : region->h);
    if (scale > 4)
        scale = 4; /* a tiny crop, many times enlarged, shows nothing more */
    int width = (int)(region->w * scale + 0.5), height = (int)(region->h * scale + 0.5);
    width = width < 1 ? 1 : width;
    height = height < 1 ? 1 : height;
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 3), *bytes = NULL;
    size_t size = 0;
    int code =
        pixels ? kin_image_resize(image, *region, width, height, KIN_FILTER_AREA, pixels, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        code = kin_image_encode_jpeg(pixels, width, height, quality, &bytes, &size, err);
    if (code == KIN_OK) {
        kin_buffer_string(out, "<img alt=\"");
        kin_html__text(out, alt);
        kin_buffer_printf(out, "\" width=\"%d\" height=\"%d\" src=\"data:image/jpeg;base64,", width, height);
        put_base64(out, bytes, size);
        kin_buffer_string(out, "\">");
    }
    free(bytes);
    free(pixels);
    return code;
}

void kin_html__picture(kin_buffer *out, kin_workspace *w, const char *file, const kin_box *box, const char *alt)
{
    kin_error err = KIN_ERROR_INIT;
    kin_image image = KIN_IMAGE_INIT;
    kin_box region;
    int code = kin_workspace__read_image(w, file, &image, &err);
    if (code == KIN_OK) {
        kin_box all = { 0, 0, image.full_width, image.full_height };
        region = all;
        code = box ? kin_box_region(*box, surroundings, image.full_width, image.full_height, &region, &err) : KIN_OK;
    }
    kin_buffer_string(out, "<span class=\"view\"><span class=\"frame\">");
    if (code == KIN_OK)
        code = put_pixels(out, &image, &region, alt, &err);
    if (code == KIN_OK && box)
        put_box(out, box, &region);
    if (code != KIN_OK)
        kin_html__text(out, err.message);
    kin_buffer_string(out, "</span></span>");
    kin_image_clear(&image);
}
