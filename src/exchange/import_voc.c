/* Pascal VOC: one XML file an image. Elements are told by their parents, since a <part> of an object has a name and a
 * box of its own. What the file calls its image is looked for first, then what the XML file itself is called: tools
 * leave the former as it was when images are renamed. */
#include "base/file.h"
#include "exchange/exchange_text.h"
#include "exchange/image_names.h"
#include "exchange/pending_image.h"
#include "exchange/shape_bounds.h"
#include "exchange/xml_scan.h"

#include "base/checked.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_pixels_a_side = 10000000, most_candidates = 20 };

typedef struct voc {
    kin_exchange__import *im;
    kin_exchange__seen seen;
    kin_exchange__pending pending;
    const char *file; /* of a folder: the file at hand, relative to it; else NULL */
    bool skip;        /* it is no VOC file */
    char filename[1024];
    double side[2]; /* of the image; 0: not said */
    /* The object at hand. */
    kin_annotation shape;
    double corners[4], turned[5];     /* xmin, ymin, xmax, ymax; cx, cy, w, h, angle of roLabelImg */
    unsigned have_corners, have_turn; /* a bit each */
    unsigned long line;
    uint64_t objects;
    char fault[160];     /* why it cannot be taken; "" for nothing */
    char attribute[256]; /* name of an <attribute> */
} voc;

static const char *place(const voc *v, unsigned long line, char where[kin_exchange__where_size])
{
    (void)snprintf(where, kin_exchange__where_size, "%.*s%sline %lu", kin_exchange__where_size - 40,
                   v->file ? v->file : "", v->file ? ": " : "", line);
    return where;
}

static bool is(const kin_exchange__xml_element *e, const char *name)
{
    return strcmp(e->name, name) == 0;
}

/* Puts the number into the place of its name. */
static void read_number(voc *v, const char *name, const char *text, const char *const *names, size_t n, double *values,
                        unsigned *have)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        if (kin_exchange__parse_number(text, &values[i]))
            *have |= 1u << i;
        else if (!v->fault[0])
            (void)snprintf(v->fault, sizeof v->fault, "<%s>: a number is expected, not \"%.60s\"", name, text);
    }
}

static void read_corner(voc *v, const char *name, const char *text)
{
    static const char *const names[] = { "xmin", "ymin", "xmax", "ymax" };
    read_number(v, name, text, names, 4, v->corners, &v->have_corners);
}

static void read_turn(voc *v, const char *name, const char *text)
{
    static const char *const names[] = { "cx", "cy", "w", "h", "angle" };
    read_number(v, name, text, names, 5, v->turned, &v->have_turn);
}

static void note(voc *v, kin_exchange__attributes *attributes, const char *key, const char *value)
{
    if (!kin_exchange__pending_attribute(&v->pending, attributes, key, value) && attributes != &v->pending.of_image &&
        !v->fault[0])
        (void)snprintf(v->fault, sizeof v->fault, "more than %d attributes", kin_exchange__most_attributes);
}

/* ---- Objects ---- */

static void begin_object(voc *v, unsigned long line)
{
    v->shape = (kin_annotation) { .path = NULL };
    v->pending.of_shape.count = 0;
    v->have_corners = v->have_turn = 0;
    v->line = line;
    v->fault[0] = '\0';
}

static void use_box(voc *v)
{
    const double *c = v->corners, *t = v->turned;
    if (v->have_corners == 15)
        v->shape.box = (kin_box) { c[0], c[1], c[2] - c[0], c[3] - c[1] };
    else if (v->have_turn == 31) {
        char degrees[32];
        double angle = t[4] * (180 / acos(-1));
        kin_box box = { t[0] - t[2] / 2, t[1] - t[3] / 2, t[2], t[3] };
        v->shape.box = kin_exchange__turned_box(box, t[0], t[1], angle);
        kin_exchange__number(angle, degrees);
        note(v, &v->pending.of_shape, "rotation", degrees);
    } else if (!v->fault[0])
        (void)snprintf(v->fault, sizeof v->fault, "<bndbox> with xmin, ymin, xmax and ymax is expected in <object>");
}

static int end_object(voc *v, kin_error *err)
{
    char id[32], where[kin_exchange__where_size];
    v->objects++;
    use_box(v);
    if (v->fault[0])
        return kin_exchange__reject(v->im, err, place(v, v->line, where), "%s", v->fault);
    (void)snprintf(id, sizeof id, "%llu", (unsigned long long)v->objects);
    v->shape.shape = kin_exchange__pending_text(&v->pending, id);
    if (v->shape.shape)
        kin_exchange__pending_add(&v->pending, &v->shape, v->line);
    return KIN_OK;
}

/* A text at the level of an object's own properties. */
static void end_property(voc *v, const kin_exchange__xml_element *e, const char *text)
{
    static const char *const known[] = { "bndbox", "robndbox", "part", "polygon", "attributes", "actions", "point" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is(e, known[i]))
            return;
    if (!is(e, "name"))
        note(v, &v->pending.of_shape, e->name, text);
    else if (text[0])
        v->shape.label = kin_exchange__pending_text(&v->pending, text);
}

static void end_in_object(voc *v, const kin_exchange__xml_element *e, const char *text)
{
    if (e->depth == 3)
        end_property(v, e, text);
    else if (e->depth == 4 && strcmp(e->parent, "bndbox") == 0)
        read_corner(v, e->name, text);
    else if (e->depth == 4 && strcmp(e->parent, "robndbox") == 0)
        read_turn(v, e->name, text);
    else if (e->depth == 5 && strcmp(e->parent, "attribute") == 0 && is(e, "name"))
        (void)snprintf(v->attribute, sizeof v->attribute, "%s", text);
    else if (e->depth == 5 && strcmp(e->parent, "attribute") == 0 && is(e, "value"))
        note(v, &v->pending.of_shape, v->attribute, text);
}

/* ---- The file ---- */

typedef struct reading {
    voc *v;
    bool in_object;
} reading;

static int begin(void *user, const kin_exchange__xml_element *e, kin_error *err)
{
    reading *r = user;
    if (e->depth == 1 && !is(e, "annotation")) {
        r->v->skip = r->v->file != NULL;
        return kin_fail(err, r->v->file ? KIN_E_STOPPED : KIN_E_FORMAT,
                        "%s is no Pascal VOC file: <annotation> is expected, not <%.60s>", r->v->im->path, e->name);
    }
    if (e->depth == 2) {
        r->in_object = is(e, "object");
        if (r->in_object)
            begin_object(r->v, e->line);
    }
    return KIN_OK;
}

static void end_of_size(voc *v, const kin_exchange__xml_element *e, const char *text)
{
    double value;
    if (!is(e, "width") && !is(e, "height"))
        return;
    if (kin_exchange__parse_number(text, &value) && value >= 1 && value <= most_pixels_a_side)
        v->side[is(e, "height")] = value;
}

static void end_of_image(voc *v, const kin_exchange__xml_element *e, const char *text)
{
    static const char *const known[] = { "folder", "path", "source", "size", "segmented", "owner", "object" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is(e, known[i]))
            return;
    if (is(e, "filename"))
        (void)snprintf(v->filename, sizeof v->filename, "%s", text);
    else
        note(v, &v->pending.of_image, e->name, text);
}

static int end(void *user, const kin_exchange__xml_element *e, char *text, kin_error *err)
{
    reading *r = user;
    if (e->depth == 2 && r->in_object)
        return end_object(r->v, err);
    if (r->in_object)
        end_in_object(r->v, e, text);
    else if (e->depth == 2)
        end_of_image(r->v, e, text);
    else if (e->depth == 3 && strcmp(e->parent, "size") == 0)
        end_of_size(r->v, e, text);
    return KIN_OK;
}

/* Adds name itself, or where that is no name of an image the name with the usual extensions; and the same below
 * `folder`, where that is not "". */
static bool add_candidates(voc *v, const char *folder, const char *name, const char **list, size_t *n)
{
    static const char *const extensions[] = { ".jpg", ".JPEG", ".png", ".jpeg", ".JPG", NULL };
    static const char *const as_it_is[] = { "", NULL };
    const char *const *extension = kin_exchange__is_image_name(name) ? as_it_is : extensions;
    for (; name[0] && *extension; extension++) {
        size_t length = strlen(name), more = strlen(*extension) + 1;
        char *file = kin_arena_alloc(&v->im->scratch, length + more);
        if (!file)
            return false;
        memcpy(file, name, length);
        memcpy(file + length, *extension, more);
        list[(*n)++] = file;
        if (folder[0] && !(list[(*n)++] = kin_path_join(&v->im->scratch, folder, file)))
            return false;
    }
    return true;
}

static int find_image(voc *v, const char *where, const char **path, kin_error *err)
{
    const char *list[most_candidates], *own = v->file ? v->file : kin_path_base(v->im->path);
    const char *base = kin_path_base(own);
    size_t n = 0;
    kin_arena_reset(&v->im->scratch);
    const char *folder = base == own ? "" : kin_arena_copy(&v->im->scratch, own, (size_t)(base - own - 1));
    const char *stem = kin_arena_copy(&v->im->scratch, base, (size_t)(kin_path_extension(base) - base));
    if (!folder || !stem || !add_candidates(v, folder, v->filename, list, &n) ||
        !add_candidates(v, folder, stem, list, &n))
        return kin_fail_memory(err);
    return kin_exchange__image_among(v->im, list, n, list[0], where, path, err);
}

static int take_file(voc *v, kin_error *err)
{
    char where[kin_exchange__where_size];
    kin_annotation image = { .width = (int)v->side[0], .height = (int)v->side[1] };
    int code = find_image(v, place(v, 1, where), &image.path, err);
    if (code != KIN_OK || !image.path)
        return code;
    return kin_exchange__pending_take(&v->pending, v->im, &v->seen, &image, v->file, 1, err);
}

static int read_file(voc *v, const char *path, kin_error *err)
{
    bool broken;
    reading r = { v, false };
    const kin_exchange__xml_visitor visitor = { begin, end, &r };
    kin_exchange__pending_reset(&v->pending);
    v->filename[0] = '\0';
    v->side[0] = v->side[1] = 0;
    v->objects = 0;
    v->skip = false;
    v->fault[0] = '\0';
    int code = kin_exchange__xml_scan(path, &visitor, &broken, err);
    return code == KIN_OK ? take_file(v, err) : code;
}

/* One file of a folder: what is wrong with it is a reject, and the others are read all the same. */
static int visit(void *user, const kin_file_info *file, kin_error *err)
{
    voc *v = user;
    kin_error fault = KIN_ERROR_INIT;
    kin_arena arena = KIN_ARENA_INIT;
    if (strcmp(kin_path_extension(file->path), ".xml") != 0)
        return KIN_OK;
    const char *path = kin_path_join(&arena, v->im->path, file->path);
    if (!path)
        return kin_fail_memory(err);
    v->file = file->path;
    uint64_t rejects = v->im->summary.rejects;
    int code = read_file(v, path, &fault);
    bool rejected = v->im->summary.rejects != rejects && v->im->options.strict;
    if (v->skip)
        code = KIN_OK;
    else if (!rejected && (code == KIN_E_FORMAT || code == KIN_E_IO || code == KIN_E_NOTFOUND)) {
        const char *why =
            strncmp(fault.message, path, strlen(path)) == 0 ? fault.message + strlen(path) : fault.message;
        code = kin_exchange__reject(v->im, err, file->path, "%s", why + strspn(why, ": "));
    } else if (code != KIN_OK && err)
        *err = fault;
    kin_arena_clear(&arena);
    return code;
}

static void note_unreadable(void *user, const char *path, const char *reason)
{
    voc *v = user;
    (void)kin_exchange__reject(v->im, NULL, path, "cannot be read: %s", reason);
}

int kin_exchange__import_voc(kin_exchange__import *im, kin_error *err)
{
    voc *v = kin_alloc_zeroed(1, sizeof *v);
    if (!v)
        return kin_fail_memory(err);
    v->im = im;
    const kin_walk walk = { visit, note_unreadable, v };
    int code = kin_file_is_folder(im->path) ? kin_file_walk(im->path, &walk, err) : read_file(v, im->path, err);
    kin_exchange__pending_clear(&v->pending);
    kin_exchange__seen_clear(&v->seen);
    free(v);
    return code;
}
