/* Each picture shows the item with half its size around it, and its box drawn by CSS in per cent of the picture. */
#include "workspace/find_private.h"
#include "workspace/html.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

typedef struct kin_html_picture {
    size_t at; /* in the page */
    const char *file, *alt;
    kin_box box;
    bool has_box;
    size_t first, size; /* in what was made */
} kin_html_picture;

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

void kin_html__picture(kin_html_pictures *pictures, kin_buffer *out, const char *file, const kin_box *box,
                       const char *alt)
{
    kin_html_picture picture = { .at = out->size,
                                 .file = kin_arena_string(&pictures->arena, file),
                                 .alt = kin_arena_string(&pictures->arena, alt),
                                 .has_box = box != NULL };
    if (box)
        picture.box = *box;
    if (picture.file && picture.alt && KIN_GROW(&pictures->list, &pictures->capacity, pictures->count + 1))
        pictures->list[pictures->count++] = picture;
    else
        out->failed = true;
}

static int put_view(kin_buffer *out, const kin_html_picture *picture, const kin_image *image, kin_error *err)
{
    kin_box region = { 0, 0, image->full_width, image->full_height };
    int code = KIN_OK;
    if (picture->has_box)
        code = kin_box_region(picture->box, surroundings, image->full_width, image->full_height, &region, err);
    if (code == KIN_OK)
        code = put_pixels(out, image, &region, picture->alt, err);
    if (code == KIN_OK && picture->has_box)
        put_box(out, &picture->box, &region);
    return code;
}

/* Of one image file. */
static void make_some(kin_workspace *w, kin_html_picture *const *some, size_t n, kin_buffer *made)
{
    kin_error unread = KIN_ERROR_INIT;
    kin_image image = KIN_IMAGE_INIT;
    int read = kin_workspace__read_image(w, some[0]->file, &image, &unread);
    for (size_t i = 0; i < n; i++) {
        kin_error err = unread;
        some[i]->first = made->size;
        kin_buffer_string(made, "<span class=\"view\"><span class=\"frame\">");
        if (read != KIN_OK || put_view(made, some[i], &image, &err) != KIN_OK)
            kin_html__text(made, err.message);
        kin_buffer_string(made, "</span></span>");
        some[i]->size = made->size - some[i]->first;
    }
    kin_image_clear(&image);
}

static int by_file(const void *left, const void *right)
{
    const kin_html_picture *const *a = left, *const *b = right;
    return strcmp((*a)->file, (*b)->file);
}

static void make_all(kin_html_pictures *pictures, kin_workspace *w, kin_buffer *made)
{
    kin_html_picture **order = kin_alloc_array(pictures->count, sizeof *order);
    made->failed = !order;
    for (size_t i = 0; order && i < pictures->count; i++)
        order[i] = &pictures->list[i];
    if (order)
        qsort(order, pictures->count, sizeof *order, by_file);
    for (size_t i = 0, n; order && i < pictures->count; i += n) {
        for (n = 1; i + n < pictures->count && by_file(&order[i], &order[i + n]) == 0;)
            n++;
        make_some(w, order + i, n, made);
    }
    free(order);
}

void kin_html__put_pictures(kin_html_pictures *pictures, kin_workspace *w, kin_buffer *out)
{
    kin_buffer made = KIN_BUFFER_INIT, page = KIN_BUFFER_INIT;
    size_t from = 0;
    if (!out->failed && pictures->count > 0)
        make_all(pictures, w, &made);
    page.failed = out->failed || made.failed;
    for (size_t i = 0; !page.failed && i < pictures->count; i++) {
        const kin_html_picture *picture = &pictures->list[i];
        kin_buffer_append(&page, out->data + from, picture->at - from);
        kin_buffer_append(&page, made.data + picture->first, picture->size);
        from = picture->at;
    }
    if (!page.failed)
        kin_buffer_append(&page, out->data + from, out->size - from);
    kin_buffer_clear(out);
    *out = page;
    kin_buffer_clear(&made);
    kin_arena_clear(&pictures->arena);
    free(pictures->list);
    *pictures = (kin_html_pictures) { .list = NULL };
}
