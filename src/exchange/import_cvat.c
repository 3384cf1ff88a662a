/* CVAT XML 1.1. An image's shapes are held until its end, since its tags come after them; the shapes of tracks name
 * their frames by number and are handed out one by one. Shapes are taken by their bounding boxes. CVAT gives shapes on
 * images no ids: theirs is their place on the image, that of a tracked one is the track's. */
#include "base/buffer.h"
#include "exchange/exchange_text.h"
#include "exchange/pending_image.h"
#include "exchange/shape_bounds.h"
#include "exchange/xml_scan.h"

#include "base/checked.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_pixels_a_side = 10000000, most_frame = 999999999 };

typedef enum place {
    ELSEWHERE, /* meta and all that is not known */
    IN_IMAGE,
    IN_TRACK
} place;

typedef struct cvat {
    kin_exchange__import *im;
    kin_exchange__seen seen;
    kin_exchange__pending pending; /* the image at hand, or the shape of a track at hand */
    place place;
    /* The image at hand. */
    kin_annotation image;
    const char *name;
    unsigned long image_line;
    uint64_t shapes_on_image;
    /* The track at hand. */
    char track[256], track_label[256];
    kin_buffer track_facts; /* key, value, ..., each with its NUL */
    /* The shape or tag at hand. */
    bool in_shape, is_tag, in_skeleton, outside;
    kin_annotation shape;
    kin_exchange__bounds joints; /* of a skeleton */
    double frame;
    unsigned long shape_line;
    const char *fault; /* why it cannot be taken */
    char fault_text[160];
    char attribute[256]; /* whose text is read; "" for none */
} cvat;

static const char *at_line(unsigned long line, char where[48])
{
    (void)snprintf(where, 48, "line %lu", line);
    return where;
}

static bool number_of(const kin_exchange__xml_element *e, const char *name, double *value)
{
    const char *text = kin_exchange__xml_attribute(e, name);
    return text && kin_exchange__parse_number(text, value);
}

static void blame(cvat *c, const kin_exchange__xml_element *e, const char *name, const char *expected)
{
    const char *text = kin_exchange__xml_attribute(e, name);
    if (c->fault)
        return;
    (void)snprintf(c->fault_text, sizeof c->fault_text, "<%.20s> %s: %s is expected, not %s%.40s%s", e->name, name,
                   expected, text ? "\"" : "", text ? text : "nothing", text ? "\"" : "");
    c->fault = c->fault_text;
}

/* All of the numbers, or the first that is missing is blamed. */
static bool numbers_of(cvat *c, const kin_exchange__xml_element *e, const char *const *names, size_t n, double *values)
{
    for (size_t i = 0; i < n; i++)
        if (!number_of(e, names[i], &values[i])) {
            blame(c, e, names[i], "a number");
            return false;
        }
    return true;
}

/* ---- Boxes ---- */

static double rotation_of(const kin_exchange__xml_element *e)
{
    double degrees = 0;
    (void)number_of(e, "rotation", &degrees);
    return degrees;
}

static void read_box(cvat *c, const kin_exchange__xml_element *e)
{
    static const char *const names[] = { "xtl", "ytl", "xbr", "ybr" };
    double v[4], turn = rotation_of(e);
    if (!numbers_of(c, e, names, 4, v))
        return;
    kin_box box = { v[0], v[1], v[2] - v[0], v[3] - v[1] };
    c->shape.box = turn != 0 ? kin_exchange__turned_box(box, box.x + box.w / 2, box.y + box.h / 2, turn) : box;
}

static void read_ellipse(cvat *c, const kin_exchange__xml_element *e)
{
    static const char *const names[] = { "cx", "cy", "rx", "ry" };
    double v[4];
    if (numbers_of(c, e, names, 4, v))
        c->shape.box = kin_exchange__turned_ellipse(v[0], v[1], v[2], v[3], rotation_of(e));
}

static void read_mask(cvat *c, const kin_exchange__xml_element *e)
{
    static const char *const names[] = { "left", "top", "width", "height" };
    double v[4];
    if (numbers_of(c, e, names, 4, v))
        c->shape.box = (kin_box) { v[0], v[1], v[2], v[3] };
}

static void read_points(cvat *c, const kin_exchange__xml_element *e)
{
    kin_exchange__bounds bounds = KIN_EXCHANGE__BOUNDS_INIT;
    const char *text = kin_exchange__xml_attribute(e, "points");
    if (!text || !kin_exchange__bounds_points(&bounds, text))
        blame(c, e, "points", "x,y;x,y;...");
    else
        (void)kin_exchange__bounds_box(&bounds, &c->shape.box);
}

static void read_cuboid(cvat *c, const kin_exchange__xml_element *e)
{
    static const char *const names[] = { "xtl1", "ytl1", "xbl1", "ybl1", "xtr1", "ytr1", "xbr1", "ybr1",
                                         "xtl2", "ytl2", "xbl2", "ybl2", "xtr2", "ytr2", "xbr2", "ybr2" };
    kin_exchange__bounds bounds = KIN_EXCHANGE__BOUNDS_INIT;
    double v[16];
    if (!numbers_of(c, e, names, 16, v))
        return;
    for (size_t i = 0; i < 16; i += 2)
        kin_exchange__bounds_add(&bounds, v[i], v[i + 1]);
    (void)kin_exchange__bounds_box(&bounds, &c->shape.box);
}

static void begin_skeleton(cvat *c, const kin_exchange__xml_element *e)
{
    (void)e;
    c->in_skeleton = true;
    c->joints = (kin_exchange__bounds)KIN_EXCHANGE__BOUNDS_INIT;
}

static void read_tag(cvat *c, const kin_exchange__xml_element *e)
{
    (void)e;
    c->is_tag = true;
}

static const struct kind {
    const char *name;
    void (*read)(cvat *c, const kin_exchange__xml_element *e);
} kinds[] = { { "box", read_box },         { "polygon", read_points },
              { "polyline", read_points }, { "points", read_points },
              { "ellipse", read_ellipse }, { "mask", read_mask },
              { "cuboid", read_cuboid },   { "skeleton", begin_skeleton },
              { "tag", read_tag },         { NULL, NULL } };

/* ---- Attributes ---- */

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

/* What an element says of its geometry or place is no attribute. */
static bool is_geometry(const char *name)
{
    static const char *const names[] = { "label",   "points", "z_order", "cx",     "cy",    "rx",       "ry", "rle",
                                         "left",    "top",    "width",   "height", "frame", "keyframe", "id", "name",
                                         "outside", "xtl",    "ytl",     "xbr",    "ybr",   NULL };
    static const char *const corners[] = { "xtl", "ytl", "xbl", "ybl", "xtr", "ytr", "xbr", "ybr", NULL };
    char corner[4] = "";
    if (strlen(name) == 4 && (name[3] == '1' || name[3] == '2'))
        memcpy(corner, name, 3);
    return is_one_of(name, names) || is_one_of(corner, corners);
}

static void note(cvat *c, kin_exchange__attributes *attributes, const char *key, const char *value)
{
    if (!kin_exchange__pending_attribute(&c->pending, attributes, key, value) && attributes != &c->pending.of_image &&
        !c->fault)
        c->fault = "more than 256 attributes";
}

static void note_all(cvat *c, const kin_exchange__xml_element *e, kin_exchange__attributes *attributes)
{
    for (const char *const *at = e->attributes; *at; at += 2)
        if (!is_geometry(at[0]) && (strcmp(at[0], "rotation") != 0 || rotation_of(e) != 0))
            note(c, attributes, at[0], at[1]);
}

/* ---- Images ---- */

static int side_of(const kin_exchange__xml_element *e, const char *name)
{
    double value;
    return number_of(e, name, &value) && value >= 1 && value <= most_pixels_a_side ? (int)value : 0;
}

static int begin_image(cvat *c, const kin_exchange__xml_element *e, kin_error *err)
{
    char where[48];
    const char *name = kin_exchange__xml_attribute(e, "name");
    kin_exchange__pending_reset(&c->pending);
    c->place = IN_IMAGE;
    c->image = (kin_annotation) { .width = side_of(e, "width"), .height = side_of(e, "height") };
    c->image_line = e->line;
    c->shapes_on_image = 0;
    c->fault = NULL;
    c->name = name ? kin_exchange__pending_text(&c->pending, name) : NULL;
    note_all(c, e, &c->pending.of_image);
    if (!name)
        return kin_exchange__reject(c->im, err, at_line(e->line, where),
                                    "<image> name: the name of a file is expected");
    return KIN_OK;
}

static int end_image(cvat *c, kin_error *err)
{
    char where[48];
    c->place = ELSEWHERE;
    if (!c->name)
        return c->pending.failed ? kin_fail_memory(err) : KIN_OK;
    kin_arena_reset(&c->im->scratch);
    int code = kin_exchange__image_path(c->im, c->name, at_line(c->image_line, where), &c->image.path, err);
    if (code != KIN_OK || !c->image.path)
        return code;
    return kin_exchange__pending_take(&c->pending, c->im, &c->seen, &c->image, NULL, c->image_line, err);
}

/* ---- Tracks ---- */

static int begin_track(cvat *c, const kin_exchange__xml_element *e, kin_error *err)
{
    const char *id = kin_exchange__xml_attribute(e, "id"), *label = kin_exchange__xml_attribute(e, "label");
    c->place = IN_TRACK;
    (void)snprintf(c->track, sizeof c->track, "%s", id ? id : "");
    (void)snprintf(c->track_label, sizeof c->track_label, "%s", label ? label : "");
    kin_buffer_reset(&c->track_facts);
    for (const char *const *at = e->attributes; *at; at += 2)
        if (!is_geometry(at[0])) {
            kin_buffer_append(&c->track_facts, at[0], strlen(at[0]) + 1);
            kin_buffer_append(&c->track_facts, at[1], strlen(at[1]) + 1);
        }
    return c->track_facts.failed ? kin_fail_memory(err) : KIN_OK;
}

/* CVAT's own names of the frames of a video that it exports. */
static int path_of_frame(cvat *c, const char *where, const char **path, kin_error *err)
{
    static const char *const extensions[] = { "png", "PNG", "jpg", "jpeg", "JPG" };
    enum { n = sizeof extensions / sizeof *extensions };
    const char *names[n];
    for (size_t i = 0; i < n; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "frame_%06.0f.%s", c->frame, extensions[i]);
        names[i] = kin_arena_string(&c->im->scratch, name);
        if (!names[i])
            return kin_fail_memory(err);
    }
    return kin_exchange__image_among(c->im, names, n, names[0], where, path, err);
}

static int take_tracked(cvat *c, kin_error *err)
{
    char where[48];
    at_line(c->shape_line, where);
    if (c->pending.failed)
        return kin_fail_memory(err);
    for (const char *key = c->track_facts.data, *end = key ? key + c->track_facts.size : NULL; key < end;) {
        const char *value = key + strlen(key) + 1;
        note(c, &c->pending.of_shape, key, value);
        key = value + strlen(value) + 1;
    }
    if (c->fault || c->pending.full)
        return kin_exchange__reject(c->im, err, where, "%s", c->fault ? c->fault : "longer than 64 MiB");
    kin_arena_reset(&c->im->scratch);
    int code = path_of_frame(c, where, &c->shape.path, err);
    if (code != KIN_OK || !c->shape.path)
        return code;
    c->shape.shape = c->track;
    c->shape.label = c->track_label[0] ? c->track_label : NULL;
    c->shape.attributes = c->pending.of_shape.list;
    c->shape.attribute_count = c->pending.of_shape.count;
    return kin_exchange__take_shape(c->im, &c->seen, &c->shape, where, err);
}

/* ---- Shapes ---- */

static void begin_shape(cvat *c, const kin_exchange__xml_element *e, const struct kind *kind)
{
    double outside = 0;
    const char *label = kin_exchange__xml_attribute(e, "label");
    if (c->place == IN_TRACK)
        kin_exchange__pending_reset(&c->pending);
    c->in_shape = true;
    c->is_tag = c->in_skeleton = false;
    c->fault = NULL;
    c->pending.of_shape.count = 0;
    c->shape = (kin_annotation) { .label = label && label[0] ? kin_exchange__pending_text(&c->pending, label) : NULL };
    c->shape_line = e->line;
    kind->read(c, e);
    if (c->place == IN_TRACK &&
        (!number_of(e, "frame", &c->frame) || c->frame != floor(c->frame) || c->frame < 0 || c->frame > most_frame))
        blame(c, e, "frame", "the number of a frame");
    c->outside = number_of(e, "outside", &outside) && outside != 0;
    if (!c->is_tag)
        note_all(c, e, &c->pending.of_shape);
}

/* The first tag of an image is its label, any other an attribute of its name. */
static void end_tag(cvat *c)
{
    if (!c->image.label)
        c->image.label = c->shape.label;
    else if (c->shape.label)
        note(c, &c->pending.of_image, c->shape.label, "1");
    for (size_t i = 0; i < c->pending.of_shape.count; i++)
        note(c, &c->pending.of_image, c->pending.of_shape.list[i].key, c->pending.of_shape.list[i].value);
}

static int end_shape(cvat *c, kin_error *err)
{
    char where[48], id[32];
    c->in_shape = false;
    if (c->outside || (c->is_tag && c->place == IN_TRACK))
        return KIN_OK;
    if (c->in_skeleton && !kin_exchange__bounds_box(&c->joints, &c->shape.box) && !c->fault)
        c->fault = "<skeleton>: points are expected";
    if (c->place == IN_TRACK)
        return take_tracked(c, err);
    if (c->is_tag)
        end_tag(c);
    else
        c->shapes_on_image++;
    if (c->fault)
        return kin_exchange__reject(c->im, err, at_line(c->shape_line, where), "%s", c->fault);
    if (c->is_tag)
        return KIN_OK;
    (void)snprintf(id, sizeof id, "%llu", (unsigned long long)c->shapes_on_image);
    c->shape.shape = kin_exchange__pending_text(&c->pending, id);
    if (c->shape.shape)
        kin_exchange__pending_add(&c->pending, &c->shape, c->shape_line);
    return KIN_OK;
}

/* ---- Elements ---- */

static void begin_inside(cvat *c, const kin_exchange__xml_element *e)
{
    double outside;
    const char *name = kin_exchange__xml_attribute(e, "name"), *points = kin_exchange__xml_attribute(e, "points");
    c->attribute[0] = '\0';
    if (strcmp(e->name, "attribute") == 0)
        (void)snprintf(c->attribute, sizeof c->attribute, "%s", name ? name : "");
    else if (c->in_skeleton && strcmp(e->name, "points") == 0 && !(number_of(e, "outside", &outside) && outside != 0) &&
             (!points || !kin_exchange__bounds_points(&c->joints, points)))
        blame(c, e, "points", "x,y");
}

static int begin(void *user, const kin_exchange__xml_element *e, kin_error *err)
{
    cvat *c = user;
    if (e->depth == 1)
        return strcmp(e->name, "annotations") == 0
                   ? KIN_OK
                   : kin_fail(err, KIN_E_FORMAT, "%s is no CVAT file: <annotations> is expected, not <%.60s>",
                              c->im->path, e->name);
    if (e->depth == 2 && strcmp(e->name, "image") == 0)
        return begin_image(c, e, err);
    if (e->depth == 2 && strcmp(e->name, "track") == 0)
        return begin_track(c, e, err);
    if (c->place == ELSEWHERE)
        return KIN_OK;
    if (c->in_shape)
        begin_inside(c, e);
    for (const struct kind *kind = kinds; e->depth == 3 && kind->name; kind++)
        if (strcmp(e->name, kind->name) == 0)
            begin_shape(c, e, kind);
    return KIN_OK;
}

static int end(void *user, const kin_exchange__xml_element *e, char *text, kin_error *err)
{
    cvat *c = user;
    if (c->in_shape && e->depth > 3) {
        if (strcmp(e->name, "attribute") == 0 && c->attribute[0] && e->depth == 4)
            note(c, &c->pending.of_shape, c->attribute, text);
        c->attribute[0] = '\0';
    } else if (c->in_shape && e->depth == 3)
        return end_shape(c, err);
    else if (e->depth == 2 && c->place == IN_IMAGE)
        return end_image(c, err);
    else if (e->depth == 2)
        c->place = ELSEWHERE;
    return KIN_OK;
}

int kin_exchange__import_cvat(kin_exchange__import *im, kin_error *err)
{
    bool broken;
    cvat *c = kin_alloc_zeroed(1, sizeof *c);
    if (!c)
        return kin_fail_memory(err);
    c->im = im;
    const kin_exchange__xml_visitor visitor = { begin, end, c };
    int code = kin_exchange__xml_scan(im->path, &visitor, &broken, err);
    kin_exchange__pending_clear(&c->pending);
    kin_exchange__seen_clear(&c->seen);
    kin_buffer_clear(&c->track_facts);
    free(c);
    return code;
}
