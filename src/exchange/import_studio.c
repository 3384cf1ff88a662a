/* Label Studio: a JSON array of tasks, parsed one at a time. All results of one id make one region: its geometry, its
 * label and what was chosen for it may stand in three of them. JSON-MIN has no ids; there a region's is its place. */
#include "base/buffer.h"
#include "base/table.h"
#include "exchange/exchange_text.h"
#include "exchange/import_seen.h"
#include "exchange/input_file.h"
#include "exchange/json_scan.h"
#include "exchange/json_value.h"
#include "exchange/shape_bounds.h"
#include "exchange/studio_image.h"

#include "base/checked.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One result of the annotation at hand, and the next of the same id. */
typedef struct entry {
    const cJSON *result;
    size_t next; /* SIZE_MAX: none */
    size_t last; /* of the chain that begins here */
    bool inner;  /* it belongs to a chain that began before */
} entry;

typedef struct studio {
    kin_exchange__import *im;
    kin_exchange__seen seen;
    kin_table ids;
    uint64_t number; /* of the task */
    char where[kin_exchange__where_size];
    kin_exchange__attributes of_image, of_shape;
    const char *fault;      /* of the region at hand */
    kin_annotation image;   /* of the task at hand */
    kin_annotation *shapes; /* of the task at hand, whose attributes are in the scratch arena */
    size_t *places;         /* of the shapes' results */
    size_t count;
} studio;

static const char *in_task(studio *s, const char *member, size_t i)
{
    if (i == SIZE_MAX)
        (void)snprintf(s->where, sizeof s->where, "[%llu]%s%.100s", (unsigned long long)s->number, member[0] ? "." : "",
                       member);
    else
        (void)snprintf(s->where, sizeof s->where, "[%llu].%.100s[%zu]", (unsigned long long)s->number, member, i);
    return s->where;
}

static const cJSON *member_of(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool number_in(const cJSON *object, const char *key, double *value)
{
    const cJSON *member = member_of(object, key);
    if (!cJSON_IsNumber(member) || !isfinite(member->valuedouble))
        return false;
    *value = member->valuedouble;
    return true;
}

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

/* The labels in a value: the array whose key ends in "labels". */
static const cJSON *labels_in(const cJSON *value)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, value)
    {
        if (cJSON_IsArray(member) && member->string && ends_with(member->string, "labels"))
            return member;
    }
    return NULL;
}

static void note(studio *s, kin_exchange__attributes *attributes, const char *key, const char *value)
{
    if (!kin_exchange__attribute(attributes, key, value))
        s->fault = "more than 256 attributes";
}

/* The first name is the label where that is open, all others are attributes of their own. */
static void take_names(studio *s, const cJSON *names, const char **label, kin_exchange__attributes *attributes)
{
    const cJSON *name;
    cJSON_ArrayForEach(name, names)
    {
        if (!cJSON_IsString(name) || !name->valuestring[0])
            continue;
        if (!*label)
            *label = name->valuestring;
        else if (strcmp(*label, name->valuestring) != 0)
            note(s, attributes, name->valuestring, "1");
    }
}

/* ---- Geometry ---- */

static bool read_polygon(const cJSON *points, kin_box *box)
{
    kin_exchange__bounds bounds = KIN_EXCHANGE__BOUNDS_INIT;
    const cJSON *point;
    cJSON_ArrayForEach(point, points)
    {
        const cJSON *x = cJSON_IsArray(point) ? point->child : NULL, *y = x ? x->next : NULL;
        if (!cJSON_IsNumber(x) || !cJSON_IsNumber(y))
            return false;
        kin_exchange__bounds_add(&bounds, x->valuedouble, y->valuedouble);
    }
    return kin_exchange__bounds_box(&bounds, box);
}

/* A turned box or ellipse, in percent. Turning needs pixels, since percents of width and height differ. */
static bool turn(kin_box *box, const double *ellipse, double degrees, double width, double height)
{
    double sx = width / 100, sy = height / 100;
    if (!(width > 0 && height > 0))
        return false;
    if (ellipse)
        *box =
            kin_exchange__turned_ellipse(ellipse[0] * sx, ellipse[1] * sy, ellipse[2] * sx, ellipse[3] * sy, degrees);
    else {
        kin_box pixels = { box->x * sx, box->y * sy, box->w * sx, box->h * sy };
        *box = kin_exchange__turned_box(pixels, pixels.x, pixels.y, degrees);
    }
    *box = (kin_box) { box->x / sx, box->y / sy, box->w / sx, box->h / sy };
    return true;
}

/* Whether a value has a box of any kind; *box is in percent of the image. `result` says how large that is. */
static bool read_geometry(studio *s, const cJSON *result, const cJSON *value, kin_box *box)
{
    double degrees = 0, width = 0, height = 0, e[4];
    (void)number_in(value, "rotation", &degrees);
    (void)number_in(result, "original_width", &width);
    (void)number_in(result, "original_height", &height);
    bool is_ellipse = number_in(value, "x", &e[0]) && number_in(value, "y", &e[1]) &&
                      number_in(value, "radiusX", &e[2]) && number_in(value, "radiusY", &e[3]);
    if (is_ellipse)
        *box = (kin_box) { e[0] - e[2], e[1] - e[3], 2 * e[2], 2 * e[3] };
    else if (cJSON_IsArray(member_of(value, "points"))) {
        if (!read_polygon(member_of(value, "points"), box))
            s->fault = "value.points: [[x, y], ...] is expected";
        return true;
    } else if (!number_in(value, "x", &box->x) || !number_in(value, "y", &box->y) ||
               !number_in(value, "width", &box->w) || !number_in(value, "height", &box->h))
        return false;
    if (fmod(degrees, 360) != 0) {
        char text[32];
        kin_exchange__number(degrees, text);
        note(s, &s->of_shape, "rotation", kin_arena_string(&s->im->scratch, text));
        if (!turn(box, is_ellipse ? e : NULL, degrees, width, height))
            s->fault = "original_width and original_height are expected, since the box is turned";
    }
    return true;
}

/* ---- What was chosen ---- */

static void append_text(studio *s, kin_buffer *text, const cJSON *value, unsigned depth)
{
    const char *scalar = kin_exchange__json_text(&s->im->scratch, value);
    const cJSON *part;
    if (scalar)
        kin_buffer_string(text, scalar);
    if (!cJSON_IsArray(value) || depth > 1)
        return;
    cJSON_ArrayForEach(part, value)
    {
        if (part != value->child)
            kin_buffer_string(text, depth ? "/" : ", ");
        append_text(s, text, part, depth + 1);
    }
}

/* value.<type> as one text: "a, b" of a list, "a/b" of a path; NULL where there is none. */
static const char *text_of(studio *s, const char *type, const cJSON *value)
{
    kin_buffer text = KIN_BUFFER_INIT;
    const cJSON *member = member_of(value, type);
    append_text(s, &text, member ? member : member_of(value, "text"), 0);
    const char *copy = text.size && !text.failed ? kin_arena_copy(&s->im->scratch, text.data, text.size) : NULL;
    kin_buffer_clear(&text);
    return copy;
}

static const char *type_of(const cJSON *result)
{
    const cJSON *type = member_of(result, "type");
    return cJSON_IsString(type) ? type->valuestring : "";
}

static void note_choice(studio *s, const cJSON *result, kin_exchange__attributes *attributes)
{
    const cJSON *name = member_of(result, "from_name");
    const char *type = type_of(result);
    if (cJSON_IsString(name))
        note(s, attributes, name->valuestring, text_of(s, type, member_of(result, "value")));
}

/* A result that is about the whole image. */
static void take_choice(studio *s, const cJSON *result)
{
    const cJSON *choices = member_of(member_of(result, "value"), "choices");
    if (cJSON_IsArray(choices) && !s->image.label)
        take_names(s, choices, &s->image.label, &s->of_image);
    else
        note_choice(s, result, &s->of_image);
}

/* ---- Regions ---- */

/* Files the shape with the attributes `of_shape`, to be handed out behind its image. */
static int keep_shape(studio *s, const kin_annotation *shape, size_t place, kin_error *err)
{
    size_t size = s->of_shape.count * sizeof *s->of_shape.list;
    kin_attribute *attributes = kin_arena_alloc(&s->im->scratch, size);
    if (!attributes || !shape->shape)
        return kin_fail_memory(err);
    if (size)
        memcpy(attributes, s->of_shape.list, size);
    s->places[s->count] = place;
    kin_annotation *kept = &s->shapes[s->count++];
    *kept = *shape;
    kept->relative = true;
    kept->box = (kin_box) { shape->box.x / 100, shape->box.y / 100, shape->box.w / 100, shape->box.h / 100 };
    kept->attributes = attributes;
    kept->attribute_count = s->of_shape.count;
    return KIN_OK;
}

/* Brush masks, key points and whatever else has a label and no box. */
static bool has_no_box(const cJSON *result)
{
    const cJSON *value = member_of(result, "value");
    return labels_in(value) || cJSON_IsArray(member_of(value, "rle")) || cJSON_IsArray(member_of(value, "sequence"));
}

static const char *id_of(studio *s, const cJSON *result, size_t place)
{
    char id[kin_exchange__id_size];
    if (kin_exchange__json_id(result, "id", "", 0, id))
        return kin_arena_string(&s->im->scratch, id);
    (void)snprintf(id, sizeof id, "%zu", place + 1);
    return kin_arena_string(&s->im->scratch, id);
}

/* The results of one id: the chain that begins at `first`. */
static int take_chain(studio *s, const entry *entries, size_t first, kin_error *err)
{
    static const char *const shapes[] = { "rectangle", "ellipse", "polygon", NULL };
    kin_annotation shape = { .path = NULL };
    const cJSON *boxless = NULL;
    bool found = false;
    s->of_shape.count = 0;
    s->fault = NULL;
    for (size_t i = first; i != SIZE_MAX; i = entries[i].next) {
        const cJSON *result = entries[i].result, *value = member_of(result, "value");
        found = found || read_geometry(s, result, value, &shape.box);
        boxless = boxless || !has_no_box(result) ? boxless : result;
        take_names(s, labels_in(value), &shape.label, &s->of_shape);
    }
    if (!found && boxless)
        return kin_exchange__reject(s->im, err, in_task(s, "result", first), "%.40s has no box that is read",
                                    type_of(boxless));
    for (size_t i = first; i != SIZE_MAX; i = entries[i].next) {
        const cJSON *result = entries[i].result, *value = member_of(result, "value");
        const cJSON *choices = member_of(value, "choices");
        if (!found)
            take_choice(s, result);
        else if (choices && !shape.label)
            take_names(s, choices, &shape.label, &s->of_shape);
        else if (!labels_in(value) && !is_one_of(type_of(result), shapes))
            note_choice(s, result, &s->of_shape);
    }
    if (s->fault)
        return kin_exchange__reject(s->im, err, in_task(s, "result", first), "%s", s->fault);
    shape.shape = id_of(s, entries[first].result, first);
    return found ? keep_shape(s, &shape, first, err) : KIN_OK;
}

/* Links the results of each id; false where there is no memory. */
static bool link_results(studio *s, const cJSON *results, entry *entries, size_t *n)
{
    const cJSON *result;
    kin_table_clear(&s->ids);
    *n = 0;
    cJSON_ArrayForEach(result, results)
    {
        size_t i = (*n)++;
        char id[kin_exchange__id_size];
        bool added = true;
        entries[i] = (entry) { result, SIZE_MAX, i, false };
        if (!kin_exchange__json_id(result, "id", "", 0, id))
            continue;
        const int64_t *head = kin_table_add(&s->ids, id, (int64_t)i, &added);
        if (!head)
            return false;
        if (added)
            continue;
        entries[i].inner = true;
        entries[entries[*head].last].next = i;
        entries[*head].last = i;
    }
    return true;
}

static bool make_room(studio *s, size_t n)
{
    size_t shapes, places;
    s->count = 0;
    if (!kin_size_mul(n, sizeof *s->shapes, &shapes) || !kin_size_mul(n, sizeof *s->places, &places))
        return false;
    s->shapes = kin_arena_alloc(&s->im->scratch, shapes);
    s->places = kin_arena_alloc(&s->im->scratch, places);
    return s->shapes && s->places;
}

static void note_size(studio *s, const cJSON *result)
{
    if (s->image.width && s->image.height)
        return;
    s->image.width = kin_exchange__json_side(result, "original_width");
    s->image.height = kin_exchange__json_side(result, "original_height");
}

static int take_results(studio *s, const cJSON *results, kin_error *err)
{
    size_t n = (size_t)cJSON_GetArraySize(results);
    int code = KIN_OK;
    entry *entries = kin_alloc_array(n, sizeof *entries);
    if (!entries || !make_room(s, n) || !link_results(s, results, entries, &n))
        code = kin_fail_memory(err);
    for (size_t i = 0; i < n && code == KIN_OK; i++) {
        const cJSON *result = entries[i].result;
        note_size(s, result);
        if (entries[i].inner || strcmp(type_of(result), "relation") == 0)
            continue;
        code = cJSON_IsObject(member_of(result, "value"))
                   ? take_chain(s, entries, i, err)
                   : kin_exchange__reject(s->im, err, in_task(s, "result", i), "value: an object is expected, not %s",
                                          kin_exchange__json_kind(member_of(result, "value")));
    }
    free(entries);
    return code;
}

/* ---- Tasks ---- */

/* The image with all that is known of it, then its shapes. */
static int hand_out(studio *s, const char *list, kin_error *err)
{
    bool taken;
    s->image.attributes = s->of_image.list;
    s->image.attribute_count = s->of_image.count;
    int code = kin_exchange__take_image(s->im, &s->seen, &s->image, "task", s->number + 1, in_task(s, "", SIZE_MAX),
                                        &taken, err);
    for (size_t i = 0; i < s->count && code == KIN_OK && taken; i++) {
        s->shapes[i].path = s->image.path;
        s->shapes[i].width = s->image.width;
        s->shapes[i].height = s->image.height;
        code = kin_exchange__take_shape(s->im, &s->seen, &s->shapes[i], in_task(s, list, s->places[i]), err);
    }
    return code;
}

static const char *updated(const cJSON *annotation)
{
    const cJSON *time = member_of(annotation, "updated_at");
    return cJSON_IsString(time) ? time->valuestring : "";
}

/* Of several annotations of a task: none that was cancelled; a ground truth before others; then the one that was
 * updated last. NULL where there is none. */
static const cJSON *annotation_of(const cJSON *task)
{
    const cJSON *best = NULL, *one, *list = member_of(task, "annotations");
    if (!list)
        list = member_of(task, "completions");
    cJSON_ArrayForEach(one, list)
    {
        if (!cJSON_IsArray(member_of(one, "result")) || cJSON_IsTrue(member_of(one, "was_cancelled")))
            continue;
        bool truth = cJSON_IsTrue(member_of(one, "ground_truth"));
        bool best_truth = best && cJSON_IsTrue(member_of(best, "ground_truth"));
        if (!best || truth > best_truth || (truth == best_truth && strcmp(updated(one), updated(best)) >= 0))
            best = one;
    }
    return best;
}

static void note_annotator(studio *s, const cJSON *who)
{
    const cJSON *email = member_of(who, "email"), *id = member_of(who, "id");
    const cJSON *name = !cJSON_IsObject(who) ? who : cJSON_IsString(email) ? email : id;
    note(s, &s->of_image, "annotator", kin_exchange__json_text(&s->im->scratch, name));
}

static void note_scalars(studio *s, const cJSON *object, const cJSON *image)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        if (member != image && member->string)
            note(s, &s->of_image, member->string, kin_exchange__json_text(&s->im->scratch, member));
    }
}

static int take_full(studio *s, const cJSON *task, const cJSON *data, const cJSON *image, kin_error *err)
{
    const cJSON *annotation = annotation_of(task);
    note_scalars(s, data, image);
    if (!annotation)
        return hand_out(s, "result", err);
    note_annotator(s, member_of(annotation, "completed_by"));
    int code = take_results(s, member_of(annotation, "result"), err);
    return code == KIN_OK ? hand_out(s, "result", err) : code;
}

/* ---- JSON-MIN ---- */

/* A region of JSON-MIN is the value and its result in one. */
static int take_min_region(studio *s, const cJSON *region, const char *list, size_t i, kin_error *err)
{
    kin_annotation shape = { .path = NULL };
    char id[32];
    s->of_shape.count = 0;
    s->fault = NULL;
    note_size(s, region);
    bool found = read_geometry(s, region, region, &shape.box);
    take_names(s, labels_in(region), &shape.label, &s->of_shape);
    if (!found || s->fault)
        return kin_exchange__reject(s->im, err, in_task(s, list, i), "%s",
                                    s->fault ? s->fault : "x, y, width and height, or points, are expected");
    (void)snprintf(id, sizeof id, "%zu", s->count + 1);
    shape.shape = kin_arena_string(&s->im->scratch, id);
    return keep_shape(s, &shape, i, err);
}

static int take_min_member(studio *s, const cJSON *member, kin_error *err)
{
    static const char *const labels[] = { "choice", "label", "class", "category", NULL };
    static const char *const known[] = { "id", "annotation_id", "created_at", "updated_at", "lead_time", NULL };
    const cJSON *region, *choices = member_of(member, "choices");
    size_t i = 0;
    int code = KIN_OK;
    if (!member->string || is_one_of(member->string, known))
        return KIN_OK;
    if (cJSON_IsArray(choices))
        take_names(s, choices, &s->image.label, &s->of_image);
    else if (cJSON_IsString(member) && is_one_of(member->string, labels) && !s->image.label)
        s->image.label = member->valuestring;
    else
        note(s, &s->of_image, member->string, kin_exchange__json_text(&s->im->scratch, member));
    if (cJSON_IsArray(member))
        cJSON_ArrayForEach(region, member)
        {
            if (code == KIN_OK && cJSON_IsObject(region))
                code = take_min_region(s, region, member->string, i, err);
            i++;
        }
    return code;
}

static int take_min(studio *s, const cJSON *task, const cJSON *image, kin_error *err)
{
    const cJSON *member;
    size_t n = 0;
    int code = KIN_OK;
    cJSON_ArrayForEach(member, task)
    {
        n += cJSON_IsArray(member) ? (size_t)cJSON_GetArraySize(member) : 0;
    }
    if (!make_room(s, n))
        return kin_fail_memory(err);
    cJSON_ArrayForEach(member, task)
    {
        if (code == KIN_OK && member != image)
            code = take_min_member(s, member, err);
    }
    return code == KIN_OK ? hand_out(s, "regions", err) : code;
}

/* ---- The file ---- */

static int take_task(studio *s, const cJSON *task, kin_error *err)
{
    const cJSON *data = member_of(task, "data");
    bool full = cJSON_IsObject(data);
    const cJSON *image = kin_exchange__studio_image_of(full ? data : task);
    s->image = (kin_annotation) { .path = NULL };
    s->of_image.count = s->count = 0;
    s->fault = NULL;
    if (!image)
        return kin_exchange__reject(s->im, err, in_task(s, full ? "data" : "", SIZE_MAX),
                                    "an image is expected, as in \"image\": \"/data/upload/a.jpg\"");
    int code = kin_exchange__studio_path(
        s->im, image->valuestring, in_task(s, image->string ? image->string : "image", SIZE_MAX), &s->image.path, err);
    if (code != KIN_OK || !s->image.path)
        return code;
    return full ? take_full(s, task, data, image, err) : take_min(s, task, image, err);
}

static bool is_wanted(void *user, const char *key)
{
    (void)user;
    return key[0] == '\0';
}

static int take_element(void *user, const char *key, uint64_t number, const char *text, size_t size, kin_error *err)
{
    studio *s = user;
    const char *fault;
    int code;
    (void)key;
    cJSON *task = kin_exchange__json_parse(text, size, &fault);
    kin_arena_reset(&s->im->scratch);
    s->number = number;
    if (!cJSON_IsObject(task))
        code = kin_exchange__reject(s->im, err, in_task(s, "", SIZE_MAX), "a task is expected, this is %s",
                                    task ? kin_exchange__json_kind(task) : fault);
    else
        code = take_task(s, task, err);
    cJSON_Delete(task);
    return code;
}

static int reject_unfit(void *user, const char *key, uint64_t number, const char *why, kin_error *err)
{
    studio *s = user;
    (void)key;
    s->number = number;
    return kin_exchange__reject(s->im, err, in_task(s, "", SIZE_MAX), "the task is %s", why);
}

int kin_exchange__import_label_studio(kin_exchange__import *im, kin_error *err)
{
    FILE *file;
    bool broken;
    int code = kin_exchange__open(im->path, &file, err);
    if (code != KIN_OK)
        return code;
    studio *s = kin_alloc_zeroed(1, sizeof *s);
    if (s) {
        s->im = im;
        const kin_exchange__json_visitor visitor = { is_wanted, take_element, reject_unfit, s };
        code = kin_exchange__json_scan(file, im->path, &visitor, &broken, err);
        kin_exchange__seen_clear(&s->seen);
        kin_table_clear(&s->ids);
        free(s);
    } else
        code = kin_fail_memory(err);
    (void)fclose(file);
    return code;
}
