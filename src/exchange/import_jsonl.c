/* JSON Lines: the keys of the CSV, one object a line, and Hugging Face's `objects`, whose members are arrays side by
 * side ({"bbox": [...], "categories": [...]}) or which is itself an array of objects. */
#include "base/file.h"
#include "exchange/exchange_text.h"
#include "exchange/import_seen.h"
#include "exchange/json_scan.h"
#include "exchange/json_value.h"
#include "exchange/text_lines.h"

#include "base/checked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_members = 64 };

typedef struct jsonl {
    kin_exchange__import *im;
    kin_exchange__seen seen;
    const char *file; /* of a folder: the file at hand, relative to it; else NULL */
    uint64_t line;
    const char *text; /* of the line */
    size_t size;
    char where[kin_exchange__where_size];
    kin_exchange__attributes attributes;
} jsonl;

static const char *const path_keys[] = { "path", "file_name", "filename", "image_path", "image", "file", NULL };
static const char *const label_keys[] = { "label", "class",   "category", "class_name",    "categories",  "labels",
                                          "names", "classes", "name",     "category_name", "category_id", NULL };
static const char *const id_keys[] = { "shape", "shape_id", "annotation_id", "id", "ids", NULL };
static const char *const box_keys[] = { "bbox", "box", "bboxes", "boxes", NULL };

static const char *at_line(jsonl *j, const char *member, size_t i)
{
    char inside[64] = "";
    if (i != SIZE_MAX)
        (void)snprintf(inside, sizeof inside, ", %s[%zu]", member, i);
    (void)snprintf(j->where, sizeof j->where, "%.*s%sline %llu%s", kin_exchange__where_size - 100,
                   j->file ? j->file : "", j->file ? ": " : "", (unsigned long long)j->line, inside);
    return j->where;
}

static int reject(jsonl *j, const char *why, kin_error *err)
{
    return kin_exchange__reject(j->im, err, j->where, "%s", why);
}

static const cJSON *first_of(const cJSON *object, const char *const *keys)
{
    for (; *keys; keys++) {
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, *keys);
        if (!kin_exchange__json_is_absent(member))
            return member;
    }
    return NULL;
}

/* ---- Boxes ---- */

/* A box in members of their own, as the columns of a CSV. `used` gets the members that it stands in. */
static bool box_of_members(const cJSON *object, kin_box *box, const cJSON *used[4], bool *sound)
{
    *sound = true;
    for (size_t i = 0; i < kin_exchange__box_name_sets; i++) {
        const kin_exchange__box_names *set = &kin_exchange__box_sets[i];
        size_t n = 0;
        double v[4];
        while (n < 4 && (used[n] = cJSON_GetObjectItemCaseSensitive(object, set->names[n])))
            n++;
        if (n < 4 || kin_exchange__json_is_absent(used[0]))
            continue;
        for (size_t k = 0; k < 4; k++) {
            *sound &= cJSON_IsNumber(used[k]);
            v[k] = cJSON_IsNumber(used[k]) ? used[k]->valuedouble : 0;
        }
        *box = (kin_box) { v[0], v[1], set->corners ? v[2] - v[0] : v[2], set->corners ? v[3] - v[1] : v[3] };
        return true;
    }
    used[0] = used[1] = used[2] = used[3] = NULL;
    return false;
}

static bool box_of_array(const cJSON *array, kin_box *box)
{
    const cJSON *number = cJSON_IsArray(array) ? array->child : NULL;
    double v[4];
    size_t n = 0;
    for (; cJSON_IsNumber(number) && n < 4; number = number->next)
        v[n++] = number->valuedouble;
    if (n < 4 || number)
        return false;
    *box = (kin_box) { v[0], v[1], v[2], v[3] };
    return true;
}

static const char *fault_of_box(const kin_box *box)
{
    bool within_a_pixel = box->x >= 0 && box->y >= 0 && box->x + box->w <= 1 && box->y + box->h <= 1;
    return within_a_pixel ? "the box lies within one pixel: are these fractions? pixels are expected" : NULL;
}

/* ---- The shapes of `objects` ---- */

static bool note(jsonl *j, const cJSON *member, const char *key)
{
    return kin_exchange__attribute(&j->attributes, key, kin_exchange__json_text(&j->im->scratch, member));
}

static const char *label_of(jsonl *j, const cJSON *member)
{
    const char *text = kin_exchange__json_text(&j->im->scratch, member);
    return text && text[0] ? text : NULL;
}

static int hand_out(jsonl *j, kin_annotation *shape, const cJSON *bbox, kin_error *err)
{
    if (!box_of_array(bbox, &shape->box))
        return reject(j, "bbox: 4 numbers [x, y, width, height] are expected", err);
    if (fault_of_box(&shape->box))
        return reject(j, fault_of_box(&shape->box), err);
    shape->attributes = j->attributes.list;
    shape->attribute_count = j->attributes.count;
    return kin_exchange__take_shape(j->im, &j->seen, shape, j->where, err);
}

/* The id of the i-th object: its own where it has one. */
static const char *id_of(jsonl *j, const cJSON *id, size_t i)
{
    const char *text = kin_exchange__json_text(&j->im->scratch, id);
    char number[32];
    if (text && text[0])
        return text;
    (void)snprintf(number, sizeof number, "%zu", i + 1);
    return kin_arena_string(&j->im->scratch, number);
}

static int take_object(jsonl *j, const kin_annotation *image, const cJSON *object, size_t i, kin_error *err)
{
    const cJSON *label = first_of(object, label_keys), *id = first_of(object, id_keys),
                *box = first_of(object, box_keys);
    const cJSON *member;
    kin_annotation shape = { .path = image->path, .width = image->width, .height = image->height };
    at_line(j, "objects", i);
    j->attributes.count = 0;
    cJSON_ArrayForEach(member, object)
    {
        if (member != label && member != id && member != box && member->string && !note(j, member, member->string))
            return reject(j, "more than 256 attributes", err);
    }
    shape.label = label_of(j, label);
    shape.shape = id_of(j, id, i);
    return shape.shape ? hand_out(j, &shape, box, err) : kin_fail_memory(err);
}

/* A member of `objects` that is an array as long as that of the boxes, and where it is read. */
typedef struct side {
    const char *key;
    const cJSON *at;
} side;

typedef struct sides {
    side list[most_members];
    size_t count;
    const cJSON *box, *label, *id; /* arrays */
} sides;

/* Finds what lies side by side; *fault is not NULL where that does not fit together. */
static void find_sides(sides *s, const cJSON *objects, const char **fault)
{
    const cJSON *member;
    *s = (sides) { .box = first_of(objects, box_keys) };
    *fault = cJSON_IsArray(s->box) ? NULL : "objects.bbox: an array of boxes is expected";
    if (*fault)
        return;
    s->label = first_of(objects, label_keys);
    s->id = first_of(objects, id_keys);
    int n = cJSON_GetArraySize(s->box);
    if (s->label && (!cJSON_IsArray(s->label) || cJSON_GetArraySize(s->label) != n))
        *fault = "objects: as many categories as boxes are expected";
    cJSON_ArrayForEach(member, objects)
    {
        if (cJSON_IsArray(member) && member->string && s->count < most_members && cJSON_GetArraySize(member) == n)
            s->list[s->count++] = (side) { member->string, member->child };
    }
}

static int take_sides(jsonl *j, const kin_annotation *image, const cJSON *objects, kin_error *err)
{
    sides s;
    const char *fault;
    find_sides(&s, objects, &fault);
    if (fault)
        return reject(j, fault, err);
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK; i++) {
        const cJSON *box = NULL, *id = NULL;
        kin_annotation shape = { .path = image->path, .width = image->width, .height = image->height };
        j->attributes.count = 0;
        for (size_t k = 0; k < s.count; k++) {
            const char *key = s.list[k].key;
            const cJSON *at = s.list[k].at;
            s.list[k].at = at ? at->next : NULL;
            if (strcmp(key, s.box->string) == 0)
                box = at;
            else if (s.label && strcmp(key, s.label->string) == 0)
                shape.label = label_of(j, at);
            else if (s.id && strcmp(key, s.id->string) == 0)
                id = at;
            else
                (void)note(j, at, key); /* most_members are fewer than there may be attributes */
        }
        if (!box)
            break;
        at_line(j, "objects.bbox", i);
        shape.shape = id_of(j, id, i);
        code = shape.shape ? hand_out(j, &shape, box, err) : kin_fail_memory(err);
    }
    return code;
}

static int take_objects(jsonl *j, const kin_annotation *image, const cJSON *objects, kin_error *err)
{
    const cJSON *object;
    size_t i = 0;
    int code = KIN_OK;
    if (cJSON_IsObject(objects))
        return take_sides(j, image, objects, err);
    if (!cJSON_IsArray(objects))
        return kin_exchange__reject(j->im, err, j->where, "objects: an object or array is expected, not %s",
                                    kin_exchange__json_kind(objects));
    cJSON_ArrayForEach(object, objects)
    {
        if (code == KIN_OK)
            code = take_object(j, image, object, i++, err);
    }
    return code;
}

/* ---- Lines ---- */

/* What a line has beside its attributes. */
typedef struct parts {
    const cJSON *path, *label, *id, *objects, *bbox, *width, *height;
    const cJSON *box[4];
    kin_box at;
    bool has_box, sound;
} parts;

static bool is_part(const parts *p, const cJSON *member)
{
    for (size_t k = 0; k < 4; k++)
        if (p->box[k] == member)
            return true;
    return member == p->path || member == p->label || member == p->objects || member == p->bbox || member == p->width ||
           member == p->height || (p->has_box && member == p->id);
}

static const cJSON *side_of(const cJSON *row, const parts *p, const char *full, const char *brief)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(row, full);
    if (!member)
        member = cJSON_GetObjectItemCaseSensitive(row, brief);
    return member && cJSON_IsNumber(member) && member != p->box[2] && member != p->box[3] ? member : NULL;
}

static void find_parts(jsonl *j, const cJSON *row, parts *p)
{
    static const char *const labels[] = { "label", "class", "category", "class_name", NULL };
    const char *wanted = j->im->options.label_column;
    *p = (parts) { .path = first_of(row, path_keys), .sound = true };
    p->label = wanted ? cJSON_GetObjectItemCaseSensitive(row, wanted) : first_of(row, labels);
    p->objects = cJSON_GetObjectItemCaseSensitive(row, "objects");
    if (kin_exchange__json_is_absent(p->objects))
        p->objects = NULL;
    p->bbox = p->objects ? NULL : first_of(row, box_keys);
    if (p->bbox) {
        p->has_box = true;
        p->sound = box_of_array(p->bbox, &p->at);
    } else if (!p->objects)
        p->has_box = box_of_members(row, &p->at, p->box, &p->sound);
    p->id = first_of(row, id_keys);
    p->width = side_of(row, p, "image_width", "width");
    p->height = side_of(row, p, "image_height", "height");
}

static bool gather_attributes(jsonl *j, const cJSON *row, const parts *p)
{
    const cJSON *member;
    j->attributes.count = 0;
    cJSON_ArrayForEach(member, row)
    {
        if (member->string && !is_part(p, member) && !note(j, member, member->string))
            return false;
    }
    return true;
}

static int take_shape(jsonl *j, const cJSON *row, const parts *p, kin_annotation *shape, kin_error *err)
{
    char id[kin_exchange__id_size];
    if (!p->sound)
        return reject(j, "the box: 4 numbers are expected", err);
    if (fault_of_box(&p->at))
        return reject(j, fault_of_box(&p->at), err);
    if (!p->id || !kin_exchange__json_id(row, p->id->string, j->text, j->size, id))
        (void)snprintf(id, sizeof id, "%llu", (unsigned long long)j->line);
    shape->shape = id;
    shape->box = p->at;
    return kin_exchange__take_shape(j->im, &j->seen, shape, j->where, err);
}

static int take_row(jsonl *j, const cJSON *row, kin_error *err)
{
    parts p;
    kin_annotation a = { .path = NULL };
    bool taken;
    find_parts(j, row, &p);
    if (!cJSON_IsString(p.path))
        return reject(j, "\"path\" (or file_name, filename, image_path, image, file) is expected, as text", err);
    int code = kin_exchange__image_path(j->im, p.path->valuestring, j->where, &a.path, err);
    if (code != KIN_OK || !a.path)
        return code;
    if (!gather_attributes(j, row, &p))
        return reject(j, "more than 256 attributes", err);
    a.label = label_of(j, p.label);
    a.width = p.width ? kin_exchange__json_side(row, p.width->string) : 0;
    a.height = p.height ? kin_exchange__json_side(row, p.height->string) : 0;
    a.attributes = j->attributes.list;
    a.attribute_count = j->attributes.count;
    if (p.has_box)
        return take_shape(j, row, &p, &a, err);
    code = kin_exchange__take_image(j->im, &j->seen, &a, "line", j->line, j->where, &taken, err);
    return code == KIN_OK && taken && p.objects ? take_objects(j, &a, p.objects, err) : code;
}

/* ---- Files ---- */

static int take_line(jsonl *j, const kin_exchange__lines *lines, kin_error *err)
{
    const char *text = lines->line.data + strspn(lines->line.data, " \t"), *fault;
    j->line = lines->number;
    j->text = text;
    j->size = lines->line.size - (size_t)(text - lines->line.data);
    at_line(j, "", SIZE_MAX);
    if (!text[0] && j->size == 0)
        return KIN_OK;
    if (lines->too_long)
        return reject(j, "longer than 4 MiB", err);
    kin_arena_reset(&j->im->scratch);
    cJSON *row = kin_exchange__json_parse(text, j->size, &fault);
    if (!row && !lines->ended)
        return kin_fail(err, KIN_E_FORMAT,
                        "%s is cut off: it ends in line %llu, where the rest of an object is expected", lines->path,
                        (unsigned long long)lines->number);
    int code = cJSON_IsObject(row) ? take_row(j, row, err)
                                   : kin_exchange__reject(j->im, err, j->where, "an object is expected, this is %s",
                                                          row ? kin_exchange__json_kind(row) : fault);
    cJSON_Delete(row);
    return code;
}

static int read_file(jsonl *j, const char *path, kin_error *err)
{
    kin_exchange__lines lines;
    bool more = true;
    int code = kin_exchange__lines_open(&lines, path, kin_exchange__most_element, err);
    while (code == KIN_OK && more) {
        code = kin_exchange__lines_next(&lines, &more, err);
        if (code == KIN_OK && more)
            code = take_line(j, &lines, err);
    }
    kin_exchange__lines_close(&lines);
    return code;
}

/* A metadata.jsonl of a folder: its images lie beside it. */
static int visit(void *user, const kin_file_info *file, kin_error *err)
{
    jsonl *j = user;
    kin_arena arena = KIN_ARENA_INIT;
    if (strcmp(kin_path_base(file->path), "metadata.jsonl") != 0)
        return KIN_OK;
    const char *path = kin_path_join(&arena, j->im->path, file->path), *first = j->im->prefixes[0];
    const char *beside = j->im->place ? kin_path_join(&arena, j->im->place, file->path) : "";
    size_t length = beside ? (size_t)(kin_path_base(beside) - beside) : 0;
    char *own = beside ? kin_arena_copy(&arena, beside, length ? length - 1 : 0) : NULL, *place = j->im->place;
    int code = path && own ? KIN_OK : kin_fail_memory(err);
    j->file = file->path;
    j->im->prefixes[0] = own;
    j->im->place = place ? own : NULL;
    if (code == KIN_OK)
        code = read_file(j, path, err);
    j->im->prefixes[0] = first;
    j->im->place = place;
    kin_arena_clear(&arena);
    return code;
}

static void note_unreadable(void *user, const char *path, const char *reason)
{
    jsonl *j = user;
    (void)kin_exchange__reject(j->im, NULL, path, "cannot be read: %s", reason);
}

int kin_exchange__import_jsonl(kin_exchange__import *im, kin_error *err)
{
    jsonl *j = kin_alloc_zeroed(1, sizeof *j);
    if (!j)
        return kin_fail_memory(err);
    j->im = im;
    const kin_walk walk = { visit, note_unreadable, j };
    int code = kin_file_is_folder(im->path) ? kin_file_walk(im->path, &walk, err) : read_file(j, im->path, err);
    kin_exchange__seen_clear(&j->seen);
    free(j);
    return code;
}
