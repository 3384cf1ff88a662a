#include "exchange/import_common.h"

#include "base/file.h"
#include "exchange/exchange_text.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { most_shape_id = 255 };

const kin_exchange__box_names kin_exchange__box_sets[kin_exchange__box_name_sets] = {
    { { "x", "y", "w", "h" }, false },
    { { "xmin", "ymin", "xmax", "ymax" }, true },
    { { "x_min", "y_min", "x_max", "y_max" }, true },
    { { "x1", "y1", "x2", "y2" }, true },
    { { "x", "y", "width", "height" }, false },
};

/* What follows `root` and a '/' in `path`, "." for root itself, NULL where path is not below it. */
static const char *below(const char *root, const char *path)
{
    size_t n = strlen(root);
    if (n == 1) /* the file system's root */
        n = 0;
    if (strncmp(root, path, n) != 0 || (path[n] != '/' && path[n] != '\0'))
        return NULL;
    const char *rest = path + n + (path[n] == '/');
    return *rest ? rest : ".";
}

/* Resolves "." and ".." of an absolute path by name, in place. */
static void collapse(char *path)
{
    char *end = path;
    for (const char *part = path; *part;) {
        size_t n = strcspn(part, "/");
        if (n == 2 && part[0] == '.' && part[1] == '.') {
            while (end != path && *--end != '/')
                continue;
        } else if (n && !(n == 1 && part[0] == '.')) {
            *end++ = '/';
            memmove(end, part, n);
            end += n;
        }
        part += n + (part[n] != '\0');
    }
    if (end == path)
        *end++ = '/';
    *end = '\0';
}

char *kin_exchange__inside(kin_exchange__import *im, const char *place, const char *path)
{
    kin_arena *arena = &im->scratch;
    char *given = kin_arena_string(arena, path);
    for (char *c = given; c && *c; c++)
        if (*c == '\\')
            *c = '/';
    bool absolute = given && given[0] == '/';
    char *base = absolute ? given : kin_path_join(arena, im->root, place);
    char *whole = absolute || !base || !given ? base : kin_path_join(arena, base, given);
    char *folder = kin_arena_string(arena, im->folder);
    if (!whole || !folder)
        return NULL;
    collapse(whole);
    const char *rest = below(im->root, whole);
    if (!rest && absolute && folder[0] == '/') { /* the folder as it was called, where that name is a link */
        collapse(folder);
        rest = below(folder, whole);
    }
    return rest ? kin_arena_string(arena, rest) : NULL;
}

kin_exchange__presence kin_exchange__presence_of(kin_exchange__import *im, const char *relative)
{
    char real[PATH_MAX];
    char *path = kin_path_join(&im->scratch, im->root, relative);
    if (!path || access(path, F_OK) != 0 || !realpath(path, real))
        return KIN_EXCHANGE__ABSENT;
    return below(im->root, real) ? KIN_EXCHANGE__PRESENT : KIN_EXCHANGE__OUTSIDE;
}

/* *out is NULL where there is no such image under a prefix, or one that leads out and was rejected (*rejected). */
static int find_image(kin_exchange__import *im, const char *path, const char *where, const char **out, bool *rejected,
                      kin_error *err)
{
    *out = NULL;
    *rejected = false;
    for (size_t i = 0; i < im->prefix_count; i++) {
        const char *candidate = kin_path_join(&im->scratch, im->prefixes[i], path);
        if (!candidate)
            return kin_fail_memory(err);
        kin_exchange__presence presence = kin_exchange__presence_of(im, candidate);
        *rejected = presence == KIN_EXCHANGE__OUTSIDE;
        if (*rejected)
            return kin_exchange__reject(im, err, where, "%.100s leads out of the data set's folder by a link",
                                        candidate);
        if (presence == KIN_EXCHANGE__PRESENT) {
            *out = candidate;
            return KIN_OK;
        }
    }
    return KIN_OK;
}

int kin_exchange__image_path(kin_exchange__import *im, const char *given, const char *where, const char **out,
                             kin_error *err)
{
    *out = NULL;
    size_t length = strlen(given);
    if (length == 0)
        return kin_exchange__reject(im, err, where, "the name of an image is expected, it is empty");
    if (length >= PATH_MAX)
        return kin_exchange__reject(im, err, where, "a path of %zu bytes is too long", length);
    if (strstr(given, "://"))
        return kin_exchange__reject(im, err, where, "a file is expected, not the web address %.80s", given);
    bool drive = isalpha((unsigned char)given[0]) && given[1] == ':' && (given[2] == '\\' || given[2] == '/');
    char *path = drive ? NULL : kin_path_inside(&im->scratch, given);
    if (path) {
        bool rejected;
        int code = find_image(im, path, where, out, &rejected, err);
        if (code == KIN_OK && !*out && !rejected)
            *out = path;
        return code;
    }
    path = drive ? NULL : kin_exchange__inside(im, im->place ? im->place : "", given);
    if (!path || strcmp(path, ".") == 0 || kin_exchange__presence_of(im, path) == KIN_EXCHANGE__OUTSIDE)
        return kin_exchange__reject(im, err, where, "%.100s is not in the data set's folder", given);
    *out = path;
    return KIN_OK;
}

int kin_exchange__image_among(kin_exchange__import *im, const char *const *names, size_t n, const char *otherwise,
                              const char *where, const char **out, kin_error *err)
{
    for (size_t i = 0; i < n; i++) {
        bool rejected;
        const char *path = strlen(names[i]) < PATH_MAX ? kin_path_inside(&im->scratch, names[i]) : NULL;
        int code = path ? find_image(im, path, where, out, &rejected, err) : KIN_OK;
        if (path && (code != KIN_OK || *out || rejected))
            return code;
    }
    return kin_exchange__image_path(im, otherwise, where, out, err);
}

int kin_exchange__reject(kin_exchange__import *im, kin_error *err, const char *where, const char *why, ...)
{
    char place[kin_exchange__where_size], text[256];
    va_list args;
    va_start(args, why);
    (void)vsnprintf(text, sizeof text, why, args);
    va_end(args);
    (void)snprintf(place, sizeof place, "%s", where);
    kin_exchange__tidy(text);
    kin_exchange__tidy(place);
    im->summary.rejects++;
    if (im->sink.reject)
        im->sink.reject(im->sink.user, place, text);
    if (!im->options.strict)
        return KIN_OK;
    return kin_fail(err, KIN_E_FORMAT, "%s: %s: %s", kin_path_base(im->path), place, text);
}

static const char *fault_of_texts(const kin_annotation *a)
{
    if (a->label && !kin_exchange__is_utf8(a->label))
        return "the label is no UTF-8 text; save the file as UTF-8";
    if (a->shape && (!a->shape[0] || strlen(a->shape) > most_shape_id || !kin_exchange__is_utf8(a->shape)))
        return "the shape's id is empty, longer than 255 bytes or no UTF-8 text";
    for (size_t i = 0; i < a->attribute_count; i++)
        if (!kin_exchange__is_utf8(a->attributes[i].key) || !kin_exchange__is_utf8(a->attributes[i].value))
            return "an attribute is no UTF-8 text; save the file as UTF-8";
    return NULL;
}

/* Far beyond any image; what is larger would lose pixels in the sum of left and width. */
static bool in_reach(double value)
{
    return isfinite(value) && fabs(value) <= 1e9;
}

int kin_exchange__take(kin_exchange__import *im, const kin_annotation *annotation, const char *where, kin_error *err)
{
    const kin_box *box = &annotation->box;
    const char *fault = fault_of_texts(annotation);
    if (fault)
        return kin_exchange__reject(im, err, where, "%s", fault);
    if (annotation->shape) {
        if (!in_reach(box->x) || !in_reach(box->y) || !in_reach(box->w) || !in_reach(box->h))
            return kin_exchange__reject(im, err, where, "the box has numbers beyond 1e9");
        if (box->w <= 0 || box->h <= 0)
            return kin_exchange__reject(im, err, where, "a width and height above 0 are expected, not %g x %g", box->w,
                                        box->h);
    }
    int code = im->sink.take ? im->sink.take(im->sink.user, annotation, err) : KIN_OK;
    if (code == KIN_OK)
        ++*(annotation->shape ? &im->summary.shapes : &im->summary.images);
    return code;
}

bool kin_exchange__attribute(kin_exchange__attributes *attributes, const char *key, const char *value)
{
    if (!key || !key[0] || !value || !value[0])
        return true;
    for (size_t i = 0; i < attributes->count; i++)
        if (strcmp(attributes->list[i].key, key) == 0)
            return true;
    if (attributes->count == kin_exchange__most_attributes)
        return false;
    attributes->list[attributes->count++] = (kin_attribute) { key, value };
    return true;
}

/* "val2017" for ".../instances_val2017.json", else NULL. */
static char *subset_of(kin_exchange__import *im)
{
    static const char head[] = "instances_";
    const char *base = kin_path_base(im->path);
    size_t skip = sizeof head - 1, length = strlen(base) - strlen(kin_path_extension(base));
    return strncmp(base, head, skip) == 0 && length > skip ? kin_arena_copy(&im->kept, base + skip, length - skip)
                                                           : NULL;
}

static void add_prefix(kin_exchange__import *im, const char *folder, const char *name)
{
    char *prefix = folder && name ? kin_path_join(&im->kept, folder, name) : NULL;
    for (size_t i = 0; prefix && i < im->prefix_count; i++)
        if (strcmp(im->prefixes[i], prefix) == 0)
            return;
    if (prefix)
        im->prefixes[im->prefix_count++] = prefix;
}

/* "a/b" for "a/b/c"; "" where there is no folder above within the data set's. */
static const char *above(kin_exchange__import *im, const char *place)
{
    const char *slash = place ? strrchr(place, '/') : NULL;
    return slash ? kin_arena_copy(&im->kept, place, (size_t)(slash - place)) : "";
}

static void add_prefixes(kin_exchange__import *im)
{
    kin_annotation_format format = im->summary.format;
    const char *subset = format == KIN_ANNOTATIONS_COCO ? subset_of(im) : NULL;
    bool beside = format == KIN_ANNOTATIONS_JSONL || strncmp(kin_path_base(im->path), "metadata.", 9) == 0;
    if (beside) /* as Hugging Face's ImageFolder has it */
        add_prefix(im, im->place, "");
    add_prefix(im, "", "");
    add_prefix(im, im->place, "");
    add_prefix(im, "", "images");
    add_prefix(im, im->place, "images");
    add_prefix(im, "", subset);
    add_prefix(im, "images", subset);
    if (format == KIN_ANNOTATIONS_VOC || format == KIN_ANNOTATIONS_OPEN_IMAGES) {
        const char *name = format == KIN_ANNOTATIONS_VOC ? "JPEGImages" : "data";
        add_prefix(im, "", name);
        add_prefix(im, above(im, im->place), name);
        add_prefix(im, above(im, im->place), "images");
        add_prefix(im, above(im, im->place), "");
    }
}

int kin_exchange__import_begin(kin_exchange__import *im, kin_error *err)
{
    char real[PATH_MAX];
    if (!realpath(im->folder, im->root))
        return kin_fail_errno(err, "open folder", im->folder);
    if (!kin_file_is_folder(im->root))
        return kin_fail(err, KIN_E_USAGE, "%s is a file, the data set's folder is wanted", im->folder);
    if (!realpath(im->path, real))
        return kin_fail_errno(err, "open", im->path);
    if (!kin_file_is_folder(real)) {
        char *slash = strrchr(real, '/');
        slash[slash == real] = '\0';
    }
    const char *rest = below(im->root, real);
    im->place = rest ? kin_arena_string(&im->kept, strcmp(rest, ".") == 0 ? "" : rest) : NULL;
    if (rest && !im->place)
        return kin_fail_memory(err);
    add_prefixes(im);
    return KIN_OK;
}

void kin_exchange__import_end(kin_exchange__import *im)
{
    kin_arena_clear(&im->kept);
    kin_arena_clear(&im->scratch);
}
