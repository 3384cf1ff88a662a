/* COCO JSON in two passes, because the order of its top-level keys is free: the first reads the categories and the
 * images, keeping of an image its path, size and the hash of its id; the second reads the annotations. A file that is
 * cut off is found to be so by both passes at the same byte: what lies before it is read all the same. */
#include "base/hash.h"
#include "base/table.h"
#include "exchange/exchange_text.h"
#include "exchange/hash_index.h"
#include "exchange/import_common.h"
#include "exchange/input_file.h"
#include "exchange/json_scan.h"
#include "exchange/json_value.h"

#include "base/checked.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { id_size = kin_exchange__id_size };

typedef struct image_record {
    const char *path; /* in im->kept */
    int32_t width, height;
} image_record;

typedef struct coco {
    kin_exchange__import *im;
    kin_table categories; /* id -> index into names */
    const char **names;
    size_t name_count, name_capacity;
    image_record *images;
    size_t image_count, image_capacity;
    kin_exchange__hashes by_id, by_path, shapes;
    bool second_pass, saw_images;
    char where[96];
    const char *text; /* of the element at hand */
    size_t size;
    kin_exchange__attributes attributes;
} coco;

static const char *in_element(coco *c, const char *key, uint64_t number, const char *member)
{
    (void)snprintf(c->where, sizeof c->where, "%s[%llu]%s%s", key, (unsigned long long)number, member ? "." : "",
                   member ? member : "");
    return c->where;
}

static bool id_text(const coco *c, const cJSON *element, const char *key, char id[id_size])
{
    return kin_exchange__json_id(element, key, c->text, c->size, id);
}

static int reject_kind(coco *c, const char *array, uint64_t number, const char *member, const char *expected,
                       const cJSON *found, kin_error *err)
{
    return kin_exchange__reject(c->im, err, in_element(c, array, number, member), "%s is expected, not %s", expected,
                                kin_exchange__json_kind(found));
}

static int take_category(coco *c, uint64_t number, const cJSON *element, kin_error *err)
{
    char id[id_size];
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(element, "name");
    if (!id_text(c, element, "id", id))
        return reject_kind(c, "categories", number, "id", "a number", cJSON_GetObjectItemCaseSensitive(element, "id"),
                           err);
    if (!cJSON_IsString(name) || !name->valuestring[0])
        return reject_kind(c, "categories", number, "name", "a name", name, err);
    if (!KIN_GROW(&c->names, &c->name_capacity, c->name_count + 1))
        return kin_fail_memory(err);
    bool added;
    const int64_t *index = kin_table_add(&c->categories, id, (int64_t)c->name_count, &added);
    if (!index)
        return kin_fail_memory(err);
    if (!added)
        return kin_exchange__reject(c->im, err, in_element(c, "categories", number, "id"), "%.60s is already %.100s",
                                    id, c->names[*index]);
    c->names[c->name_count] = kin_arena_string(&c->im->kept, name->valuestring);
    return c->names[c->name_count++] ? KIN_OK : kin_fail_memory(err);
}

static bool is_one_of(const char *key, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(key, *list) == 0)
            return true;
    return false;
}

/* Adds the scalar members of an object that are not in `known`. */
static bool add_scalars(coco *c, const cJSON *object, const char *const *known)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        if (!member->string || is_one_of(member->string, known))
            continue;
        const char *value = kin_exchange__json_text(&c->im->scratch, member);
        if (value && !kin_exchange__attribute(&c->attributes, member->string, value))
            return false;
    }
    return true;
}

/* The extra members of an image or annotation, and those of its `attributes` object. */
static bool gather_attributes(coco *c, const cJSON *element, const char *const *known)
{
    static const char *const none[] = { NULL };
    const cJSON *more = cJSON_GetObjectItemCaseSensitive(element, "attributes");
    c->attributes.count = 0;
    return add_scalars(c, element, known) && (!cJSON_IsObject(more) || add_scalars(c, more, none));
}

static int reject_crowded(coco *c, const char *array, uint64_t number, kin_error *err)
{
    return kin_exchange__reject(c->im, err, in_element(c, array, number, NULL), "more than %d attributes",
                                kin_exchange__most_attributes);
}

/* Files the image under its id and path; *record is its place, NULL where it was rejected. */
static int file_image(coco *c, uint64_t number, const char *id, const char *path, image_record **record, kin_error *err)
{
    bool new_id, new_path;
    *record = NULL;
    if (c->image_count == UINT32_MAX)
        return kin_fail(err, KIN_E_LIMIT, "%s has more than 4 billion images; split it", c->im->path);
    if (!KIN_GROW(&c->images, &c->image_capacity, c->image_count + 1))
        return kin_fail_memory(err);
    if (kin_exchange__hashes_get(&c->by_id, kin_hash(id, strlen(id))))
        return kin_exchange__reject(c->im, err, in_element(c, "images", number, "id"),
                                    "%.60s is already the id of another image", id);
    uint32_t index = (uint32_t)c->image_count;
    const uint32_t *same = kin_exchange__hashes_put(&c->by_path, kin_hash(path, strlen(path)), index, &new_path);
    if (!same)
        return kin_fail_memory(err);
    if (!new_path)
        return kin_exchange__reject(c->im, err, in_element(c, "images", number, "file_name"),
                                    "%.100s is already the file of another image", path);
    if (!kin_exchange__hashes_put(&c->by_id, kin_hash(id, strlen(id)), index, &new_id))
        return kin_fail_memory(err);
    *record = &c->images[c->image_count++];
    (*record)->path = kin_arena_string(&c->im->kept, path);
    return (*record)->path ? KIN_OK : kin_fail_memory(err);
}

static int take_image(coco *c, uint64_t number, const cJSON *element, kin_error *err)
{
    static const char *const known[] = { "id",       "file_name",  "width",         "height",     "license",
                                         "coco_url", "flickr_url", "date_captured", "attributes", NULL };
    char id[id_size];
    const char *path;
    image_record *record;
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(element, "file_name");
    if (!id_text(c, element, "id", id))
        return reject_kind(c, "images", number, "id", "a number", cJSON_GetObjectItemCaseSensitive(element, "id"), err);
    if (!cJSON_IsString(name))
        return reject_kind(c, "images", number, "file_name", "the name of a file", name, err);
    int code =
        kin_exchange__image_path(c->im, name->valuestring, in_element(c, "images", number, "file_name"), &path, err);
    if (code != KIN_OK || !path)
        return code;
    if (!gather_attributes(c, element, known))
        return reject_crowded(c, "images", number, err);
    code = file_image(c, number, id, path, &record, err);
    if (code != KIN_OK || !record)
        return code;
    record->width = kin_exchange__json_side(element, "width");
    record->height = kin_exchange__json_side(element, "height");
    in_element(c, "images", number, NULL);
    kin_annotation image = { .path = record->path, .width = record->width, .height = record->height };
    image.attributes = c->attributes.list;
    image.attribute_count = c->attributes.count;
    return kin_exchange__take(c->im, &image, c->where, err);
}

/* The bounding box of the polygons [[x, y, x, y, ...], ...]. False where there are none of three points. */
static bool polygon_box(const cJSON *polygons, kin_box *box)
{
    double low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };
    const cJSON *polygon, *number;
    cJSON_ArrayForEach(polygon, polygons)
    {
        size_t n = 0;
        cJSON_ArrayForEach(number, polygon)
        {
            if (!cJSON_IsNumber(number) || !isfinite(number->valuedouble))
                return false;
            size_t axis = n++ % 2;
            low[axis] = fmin(low[axis], number->valuedouble);
            high[axis] = fmax(high[axis], number->valuedouble);
        }
        if (!cJSON_IsArray(polygon) || n < 6 || n % 2)
            return false;
    }
    if (!(low[0] < INFINITY))
        return false;
    *box = (kin_box) { low[0], low[1], high[0] - low[0], high[1] - low[1] };
    return true;
}

/* *found is false where the box was rejected. */
static int read_box(coco *c, uint64_t number, const cJSON *element, kin_box *box, bool *found, kin_error *err)
{
    const cJSON *bbox = cJSON_GetObjectItemCaseSensitive(element, "bbox"), *value;
    const cJSON *segmentation = cJSON_GetObjectItemCaseSensitive(element, "segmentation");
    double v[4];
    int n = 0;
    if (kin_exchange__json_is_absent(bbox) || (cJSON_IsArray(bbox) && !bbox->child)) {
        *found = cJSON_IsArray(segmentation) && polygon_box(segmentation, box);
        return *found ? KIN_OK
                      : kin_exchange__reject(c->im, err, in_element(c, "annotations", number, "bbox"),
                                             "[x, y, width, height] is expected, or polygons in segmentation");
    }
    *found = false;
    if (!cJSON_IsArray(bbox))
        return reject_kind(c, "annotations", number, "bbox", "[x, y, width, height]", bbox, err);
    cJSON_ArrayForEach(value, bbox)
    {
        if (!cJSON_IsNumber(value) || n == 4)
            break;
        v[n++] = value->valuedouble;
    }
    if (value && !cJSON_IsNumber(value))
        return reject_kind(c, "annotations", number, "bbox", "4 numbers [x, y, width, height]", value, err);
    if (value || n < 4)
        return kin_exchange__reject(c->im, err, in_element(c, "annotations", number, "bbox"),
                                    "4 numbers [x, y, width, height] are expected, not %d", cJSON_GetArraySize(bbox));
    *box = (kin_box) { v[0], v[1], v[2], v[3] };
    *found = true;
    return KIN_OK;
}

/* *found is false where the image or the category was rejected; *label is NULL where no category is given. */
static int read_references(coco *c, uint64_t number, const cJSON *element, uint32_t *image, const char **label,
                           bool *found, kin_error *err)
{
    char id[id_size];
    const cJSON *category = cJSON_GetObjectItemCaseSensitive(element, "category_id");
    *found = false;
    *label = NULL;
    if (!id_text(c, element, "image_id", id))
        return reject_kind(c, "annotations", number, "image_id", "the id of an image",
                           cJSON_GetObjectItemCaseSensitive(element, "image_id"), err);
    const uint32_t *index = kin_exchange__hashes_get(&c->by_id, kin_hash(id, strlen(id)));
    if (!index)
        return kin_exchange__reject(c->im, err, in_element(c, "annotations", number, "image_id"),
                                    "%.60s is no id in images", id);
    *image = *index;
    if (!kin_exchange__json_is_absent(category)) {
        if (!id_text(c, element, "category_id", id))
            return reject_kind(c, "annotations", number, "category_id", "the id of a category", category, err);
        const int64_t *name = kin_table_find(&c->categories, id);
        if (!name)
            return kin_exchange__reject(c->im, err, in_element(c, "annotations", number, "category_id"),
                                        "%.60s is no id in categories", id);
        *label = c->names[*name];
    }
    *found = true;
    return KIN_OK;
}

/* Tools that write no ids for annotations leave their place in the array. What kin wrote of shapes whose ids COCO does
 * not allow has those in kin_shape. */
static int read_shape_id(coco *c, uint64_t number, const cJSON *element, uint32_t image, char id[id_size], bool *found,
                         kin_error *err)
{
    const cJSON *own = cJSON_GetObjectItemCaseSensitive(element, "kin_shape");
    const char *key = cJSON_IsString(own) ? "kin_shape" : "id";
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(element, key);
    *found = false;
    if (kin_exchange__json_is_absent(value))
        (void)snprintf(id, id_size, "%llu", (unsigned long long)number);
    else if (!id_text(c, element, key, id))
        return reject_kind(c, "annotations", number, key, "a number", value, err);
    uint64_t hash = kin_hash_more(kin_hash(&image, sizeof image), id, strlen(id));
    if (!kin_exchange__hashes_put(&c->shapes, hash, 0, found))
        return kin_fail_memory(err);
    if (!*found)
        return kin_exchange__reject(c->im, err, in_element(c, "annotations", number, "id"),
                                    "%.60s is already the id of an annotation of this image", id);
    return KIN_OK;
}

static int take_shape(coco *c, uint64_t number, const cJSON *element, kin_error *err)
{
    static const char *const known[] = { "id",   "image_id",  "category_id", "bbox",       "segmentation",
                                         "area", "keypoints", "iscrowd",     "attributes", "kin_shape", NULL };
    kin_annotation shape = { .path = NULL };
    char id[id_size];
    uint32_t image = 0;
    bool found;
    int code = read_references(c, number, element, &image, &shape.label, &found, err);
    if (code == KIN_OK && found)
        code = read_box(c, number, element, &shape.box, &found, err);
    if (code == KIN_OK && found)
        code = read_shape_id(c, number, element, image, id, &found, err);
    if (code != KIN_OK || !found)
        return code;
    if (!gather_attributes(c, element, known))
        return reject_crowded(c, "annotations", number, err);
    in_element(c, "annotations", number, NULL);
    const cJSON *crowd = cJSON_GetObjectItemCaseSensitive(element, "iscrowd");
    if (cJSON_IsTrue(crowd) || (cJSON_IsNumber(crowd) && crowd->valuedouble == 1))
        (void)kin_exchange__attribute(&c->attributes, "iscrowd", "1");
    shape.path = c->images[image].path;
    shape.width = c->images[image].width;
    shape.height = c->images[image].height;
    shape.shape = id;
    shape.attributes = c->attributes.list;
    shape.attribute_count = c->attributes.count;
    return kin_exchange__take(c->im, &shape, c->where, err);
}

static bool is_wanted(void *user, const char *key)
{
    coco *c = user;
    if (c->second_pass)
        return strcmp(key, "annotations") == 0;
    bool images = strcmp(key, "images") == 0;
    c->saw_images |= images;
    return images || strcmp(key, "categories") == 0;
}

static int take_element(void *user, const char *key, uint64_t number, const char *text, size_t size, kin_error *err)
{
    coco *c = user;
    const char *fault;
    int code;
    cJSON *element = kin_exchange__json_parse(text, size, &fault);
    kin_arena_reset(&c->im->scratch);
    c->text = text;
    c->size = size;
    if (!element)
        code = kin_exchange__reject(c->im, err, in_element(c, key, number, NULL), "an object is expected, this is %s",
                                    fault);
    else if (!cJSON_IsObject(element))
        code = reject_kind(c, key, number, NULL, "an object", element, err);
    else if (c->second_pass)
        code = take_shape(c, number, element, err);
    else
        code = key[0] == 'i' ? take_image(c, number, element, err) : take_category(c, number, element, err);
    cJSON_Delete(element);
    return code;
}

static int reject_unfit(void *user, const char *key, uint64_t number, const char *why, kin_error *err)
{
    coco *c = user;
    if (number == UINT64_MAX)
        return kin_exchange__reject(c->im, err, key, "an array is expected, it is %s", why);
    return kin_exchange__reject(c->im, err, in_element(c, key, number, NULL), "the element is %s", why);
}

static int scan_twice(coco *c, FILE *file, kin_error *err)
{
    const kin_exchange__json_visitor visitor = { is_wanted, take_element, reject_unfit, c };
    const char *path = c->im->path;
    bool broken;
    int code, first = kin_exchange__json_scan(file, path, &visitor, &broken, err);
    if (first != KIN_OK && !(broken && c->saw_images))
        return first;
    if (!c->saw_images)
        return kin_fail(err, KIN_E_FORMAT, "%s is no COCO file: it has no \"images\"", path);
    c->second_pass = true;
    code = kin_exchange__rewind(file, path, err);
    if (code == KIN_OK)
        code = kin_exchange__json_scan(file, path, &visitor, &broken, err);
    return code == KIN_OK ? first : code; /* a fault inside images is none to the second pass, which skips them */
}

int kin_exchange__import_coco(kin_exchange__import *im, kin_error *err)
{
    FILE *file;
    int code = kin_exchange__open(im->path, &file, err);
    if (code != KIN_OK)
        return code;
    coco *c = kin_alloc_zeroed(1, sizeof *c);
    if (c) {
        c->im = im;
        code = scan_twice(c, file, err);
        kin_table_clear(&c->categories);
        kin_exchange__hashes_clear(&c->by_id);
        kin_exchange__hashes_clear(&c->by_path);
        kin_exchange__hashes_clear(&c->shapes);
        free(c->images);
        free(c->names);
        free(c);
    } else
        code = kin_fail_memory(err);
    (void)fclose(file);
    return code;
}
