/* The page that `kin find --html` writes: one file, pictures inside as JPEG in base64, no script, light and dark. Each
 * picture shows the item with half its size around it, and its box drawn by CSS in per cent of the picture. */
#include "kin/search.h"
#include "workspace/find_private.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

enum { tile = 240, quality = 82 };

static const double surroundings = 0.5;

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
    "<title>kin</title>\n<style>\n"
    ":root{color-scheme:light dark;--back:#f6f6f4;--card:#fff;--ink:#1d1d1b;--soft:#5f5f5a;--line:#d8d8d3;"
    "--bad:#b3261e;--good:#1b6e3c}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#171716;--card:#222220;--ink:#ececea;--soft:#a3a39d;"
    "--line:#3a3a37;--bad:#ff8a80;--good:#7bd69b}}\n"
    "body{margin:0;padding:1rem 1.25rem;background:var(--back);color:var(--ink);font:15px/1.4 system-ui,sans-serif}\n"
    "h1{font-size:1.15rem;margin:.2rem 0 .8rem}h2{font-size:1rem;margin:1.2rem 0 .6rem;color:var(--soft);"
    "font-weight:600}\n"
    ".grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(168px,1fr));gap:12px}\n"
    "figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:6px;overflow:hidden}\n"
    ".view{position:relative;display:flex;justify-content:center;align-items:center;height:168px;background:#0003}\n"
    ".frame{position:relative;line-height:0}.frame img{max-width:168px;max-height:168px}\n"
    ".frame i{position:absolute;box-sizing:border-box;border:2px solid #ffd400;box-shadow:0 0 0 1px #0009}\n"
    "figcaption{padding:6px 8px;font-size:.82rem;overflow-wrap:anywhere}\n"
    ".meta{display:flex;justify-content:space-between;gap:.5rem}.name{color:var(--soft)}\n"
    ".mistake{color:var(--bad)}.ok{color:var(--good)}\n</style></head><body>\n";

static void put_escaped(kin_buffer *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            kin_buffer_string(out, "&amp;");
            break;
        case '<':
            kin_buffer_string(out, "&lt;");
            break;
        case '>':
            kin_buffer_string(out, "&gt;");
            break;
        case '"':
            kin_buffer_string(out, "&quot;");
            break;
        default:
            kin_buffer_char(out, *text);
        }
    }
}

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

static int put_pixels(kin_buffer *out, const kin_image *image, const kin_box *region, kin_error *err)
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
        kin_buffer_printf(out, "<img alt=\"\" width=\"%d\" height=\"%d\" src=\"data:image/jpeg;base64,", width, height);
        put_base64(out, bytes, size);
        kin_buffer_string(out, "\">");
    }
    free(bytes);
    free(pixels);
    return code;
}

/* The picture of an item; `box` NULL: all of the image. An image that cannot be read leaves its place empty, with the
 * reason. */
static void put_picture(kin_buffer *out, const char *file, const kin_box *box)
{
    kin_error err = KIN_ERROR_INIT;
    kin_image image = KIN_IMAGE_INIT;
    kin_box region;
    int code = kin_workspace__read_image(file, &image, &err);
    if (code == KIN_OK) {
        kin_box all = { 0, 0, image.full_width, image.full_height };
        region = all;
        code = box ? kin_box_region(*box, surroundings, image.full_width, image.full_height, &region, &err) : KIN_OK;
    }
    kin_buffer_string(out, "<div class=\"view\"><div class=\"frame\">");
    if (code == KIN_OK)
        code = put_pixels(out, &image, &region, &err);
    if (code == KIN_OK && box)
        put_box(out, box, &region);
    if (code != KIN_OK)
        put_escaped(out, err.message);
    kin_buffer_string(out, "</div></div>");
    kin_image_clear(&image);
}

static void put_verdict(kin_buffer *out, kin_grade grade, const char *should_be)
{
    if (grade == KIN_GRADE_NONE)
        return;
    kin_buffer_printf(out, "<div class=\"%s\">%s", grade == KIN_GRADE_OK ? "ok" : "mistake", kin_grade_name(grade));
    if (should_be) {
        kin_buffer_string(out, ", should be ");
        put_escaped(out, should_be);
    }
    kin_buffer_string(out, "</div>");
}

static void put_match(kin_workspace *w, kin_buffer *out, const kin_match *match, size_t rank)
{
    kin_arena arena = KIN_ARENA_INIT;
    char *name = kin_workspace__name(&arena, match->path, match->shape);
    char *file = kin_workspace__file(w, &arena, match->path);
    kin_buffer_string(out, "<figure>");
    if (file)
        put_picture(out, file, match->shape ? &match->box : NULL);
    kin_buffer_printf(out, "<figcaption><div class=\"meta\"><b>%zu</b><span>%.3f</span></div><div>", rank,
                      match->score);
    put_escaped(out, match->label ? match->label : "no label");
    kin_buffer_string(out, "</div>");
    put_verdict(out, match->grade, match->should_be);
    kin_buffer_string(out, "<div class=\"name\">");
    put_escaped(out, name ? name : match->path);
    kin_buffer_string(out, "</div></figcaption></figure>\n");
    kin_arena_clear(&arena);
}

static void put_asked(kin_workspace *w, kin_buffer *out, const char *name, const char *role, const kin_box *box)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_item item;
    bool known = kin_workspace_item(w, name, &item, NULL) == KIN_OK;
    kin_box own = known ? item.box : (kin_box) { 0, 0, 0, 0 };
    bool is_shape = known && item.shape;
    const char *label = known ? kin_arena_string(&arena, item.label) : NULL;
    char *file = known ? kin_workspace__file(w, &arena, item.path) : kin_arena_string(&arena, name);
    kin_buffer_string(out, "<figure>");
    if (file)
        put_picture(out, file, box ? box : is_shape ? &own : NULL);
    kin_buffer_printf(out, "<figcaption><div><b>%s</b></div><div>", role);
    put_escaped(out, label ? label : "no label");
    kin_buffer_string(out, "</div><div class=\"name\">");
    put_escaped(out, name);
    kin_buffer_string(out, "</div></figcaption></figure>\n");
    kin_arena_clear(&arena);
}

int kin_workspace_find_page(kin_workspace *workspace, const kin_query *query, const kin_matches *matches,
                            const char *path, kin_error *err)
{
    kin_buffer out = KIN_BUFFER_INIT;
    kin_buffer_string(&out, head);
    kin_buffer_string(&out, "<h1>Kin of ");
    put_escaped(&out, query->likes[0]);
    kin_buffer_string(&out, "</h1>\n<h2>Asked for</h2><div class=\"grid\">\n");
    for (size_t i = 0; i < query->likes_count; i++)
        put_asked(workspace, &out, query->likes[i], "like", i == 0 ? query->box : NULL);
    for (size_t i = 0; i < query->unlikes_count; i++)
        put_asked(workspace, &out, query->unlikes[i], "unlike", NULL);
    kin_buffer_printf(&out, "</div>\n<h2>%zu most similar of %llu", matches->count,
                      (unsigned long long)matches->searched);
    if (matches->label) {
        kin_buffer_string(&out, " labelled ");
        put_escaped(&out, matches->label);
    }
    kin_buffer_string(&out, "</h2><div class=\"grid\">\n");
    for (size_t i = 0; i < matches->count; i++)
        put_match(workspace, &out, &matches->list[i], i + 1);
    kin_buffer_string(&out, "</div></body></html>\n");
    int code = out.failed ? kin_fail_memory(err) : kin_file_replace(path, out.data, out.size, err);
    kin_buffer_clear(&out);
    return code;
}
