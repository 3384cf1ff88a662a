/* A COCO file is copied element by element. Two passes, since the order of its top-level keys is free: the first reads
 * which categories and images there are, the second copies, and changes of an annotation its category_id alone, in
 * place: so all else stays as it stands. */
#include "exchange/exchange_text.h"
#include "exchange/find_annotations.h"
#include "exchange/import_common.h"
#include "exchange/input_file.h"
#include "exchange/json_scan.h"
#include "exchange/json_value.h"
#include "exchange/tool_text.h"
#include "kin/coco.h"

#include "base/checked.h"
#include "base/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct category {
    const char *name, *id; /* id: as it stands in the file, with its quotes where it has them */
} category;

typedef struct corrector {
    kin_exchange__import im;
    const kin_coco_editor *editor;
    FILE *out;
    kin_table by_id, by_name; /* id as text, name -> place in categories */
    category *categories;
    size_t category_count, category_capacity, own_categories; /* own: those of the file */
    kin_table images;                                         /* id as text -> place in paths */
    const char **paths;
    size_t path_count, path_capacity;
    int64_t highest; /* id of a category */
    /* The second pass. */
    bool any_key, open, any_element, saw_categories, in_categories, in_annotations;
    kin_buffer text;
} corrector;

bool kin_coco_is(const char *path)
{
    return kin_exchange__is_coco(path);
}

/* ---- What there is ---- */

static int add_category(corrector *c, const char *id_text, const char *name, const char *id, kin_error *err)
{
    bool grown = KIN_GROW(&c->categories, &c->category_capacity, c->category_count + 1);
    category one = { kin_arena_string(&c->im.kept, name), kin_arena_string(&c->im.kept, id) };
    if (!grown || !one.name || !one.id || !kin_table_add(&c->by_id, id_text, (int64_t)c->category_count, NULL) ||
        !kin_table_add(&c->by_name, name, (int64_t)c->category_count, NULL))
        return kin_fail_memory(err);
    c->categories[c->category_count++] = one;
    return KIN_OK;
}

static int note_category(corrector *c, const cJSON *element, const char *text, size_t size, kin_error *err)
{
    char id[kin_exchange__id_size];
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(element, "name");
    kin_buffer raw = KIN_BUFFER_INIT;
    int64_t number;
    if (!kin_exchange__json_id(element, "id", text, size, id) || !cJSON_IsString(name) || !name->valuestring[0])
        return KIN_OK;
    if (kin_exchange__parse_integer(id, &number) && number > c->highest)
        c->highest = number;
    if (cJSON_IsString(cJSON_GetObjectItemCaseSensitive(element, "id")))
        kin_exchange__put_json(&raw, id);
    else
        kin_buffer_string(&raw, id);
    int code = raw.failed ? kin_fail_memory(err) : add_category(c, id, name->valuestring, raw.data, err);
    kin_buffer_clear(&raw);
    return code;
}

static int note_image(corrector *c, const cJSON *element, const char *text, size_t size, kin_error *err)
{
    char id[kin_exchange__id_size];
    const char *path = NULL;
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(element, "file_name");
    if (!kin_exchange__json_id(element, "id", text, size, id) || !cJSON_IsString(name))
        return KIN_OK;
    int code = kin_exchange__image_path(&c->im, name->valuestring, "images", &path, err);
    if (code != KIN_OK || !path)
        return code;
    bool grown = KIN_GROW(&c->paths, &c->path_capacity, c->path_count + 1);
    const char *own = kin_arena_string(&c->im.kept, path);
    if (!grown || !own || !kin_table_add(&c->images, id, (int64_t)c->path_count, NULL))
        return kin_fail_memory(err);
    c->paths[c->path_count++] = own;
    return KIN_OK;
}

static bool first_wanted(void *user, const char *key)
{
    (void)user;
    return strcmp(key, "categories") == 0 || strcmp(key, "images") == 0;
}

static int note_element(void *user, const char *key, uint64_t number, const char *text, size_t size, kin_error *err)
{
    (void)number;
    corrector *c = user;
    const char *fault;
    kin_arena_reset(&c->im.scratch);
    cJSON *element = kin_exchange__json_parse(text, size, &fault);
    int code = !cJSON_IsObject(element) ? KIN_OK
               : key[0] == 'c'          ? note_category(c, element, text, size, err)
                                        : note_image(c, element, text, size, err);
    cJSON_Delete(element);
    return code;
}

static int too_large(void *user, const char *key, uint64_t number, const char *why, kin_error *err)
{
    corrector *c = user;
    return kin_fail(err, KIN_E_LIMIT, "%s: %s[%" PRIu64 "] is %s and cannot be copied", c->im.path, key,
                    number == UINT64_MAX ? 0 : number, why);
}

/* Numbers the labels that the file does not have yet. */
static int add_new_labels(corrector *c, kin_error *err)
{
    char id[32];
    int code = KIN_OK;
    c->own_categories = c->category_count;
    for (size_t i = 0; i < c->editor->labels_count && code == KIN_OK; i++) {
        if (kin_table_find(&c->by_name, c->editor->labels[i]))
            continue;
        (void)snprintf(id, sizeof id, "%" PRId64, ++c->highest);
        code = add_category(c, id, c->editor->labels[i], id, err);
    }
    return code;
}

/* ---- Copying ---- */

static int flush(corrector *c, kin_error *err)
{
    int code = KIN_OK;
    if (c->text.failed)
        code = kin_fail_memory(err);
    else if (c->text.size && fwrite(c->text.data, 1, c->text.size, c->out) != c->text.size)
        code = kin_fail_errno(err, "write", "the corrected annotations");
    kin_buffer_reset(&c->text);
    return code;
}

/* A category that the file does not have; the element before it is known by any_element. */
static void put_new_categories(corrector *c)
{
    for (size_t i = c->own_categories; i < c->category_count; i++) {
        kin_buffer_printf(&c->text, "%s{\"id\":%s,\"name\":", c->any_element ? ",\n" : "\n", c->categories[i].id);
        kin_exchange__put_json(&c->text, c->categories[i].name);
        kin_buffer_string(&c->text, ",\"supercategory\":\"\"}");
        c->any_element = true;
    }
}

/* Ends the array of the last key. */
static void end_value(corrector *c)
{
    if (!c->open)
        return;
    if (!c->any_element)
        kin_buffer_char(&c->text, '[');
    if (c->in_categories)
        put_new_categories(c);
    kin_buffer_char(&c->text, ']');
    c->open = false;
}

static void begin_key(corrector *c, const char *key)
{
    end_value(c);
    kin_buffer_printf(&c->text, "%s\"", c->any_key ? ",\n" : "{");
    kin_buffer_string(&c->text, key);
    kin_buffer_string(&c->text, "\":");
    c->any_key = c->open = true;
    c->any_element = false;
    c->in_categories = strcmp(key, "categories") == 0;
    c->in_annotations = strcmp(key, "annotations") == 0;
    c->saw_categories |= c->in_categories;
}

static bool every_key(void *user, const char *key)
{
    begin_key(user, key);
    return true;
}

static int copy_value(void *user, const char *key, const char *text, size_t size, kin_error *err)
{
    corrector *c = user;
    if (c->in_categories || c->in_annotations)
        return kin_fail(err, KIN_E_FORMAT, "%s: \"%s\" is no array", c->im.path, key);
    kin_buffer_append(&c->text, text, size);
    c->open = false;
    return flush(c, err);
}

static void put_element(corrector *c, const char *text, size_t size)
{
    kin_buffer_string(&c->text, c->any_element ? ",\n" : "[\n");
    kin_buffer_append(&c->text, text, size);
    c->any_element = true;
}

/* What is wanted of an annotation; id: its own, or its place in the array. */
static kin_coco_edit edit_of(corrector *c, uint64_t number, const cJSON *element, const char *text, size_t size,
                             const char **becomes)
{
    char image[kin_exchange__id_size], id[kin_exchange__id_size], label[kin_exchange__id_size];
    const cJSON *own = cJSON_GetObjectItemCaseSensitive(element, "kin_shape");
    const char *key = cJSON_IsString(own) ? "kin_shape" : "id";
    if (!kin_exchange__json_id(element, "image_id", text, size, image))
        return KIN_COCO_KEEP;
    const int64_t *path = kin_table_find(&c->images, image);
    if (kin_exchange__json_is_absent(cJSON_GetObjectItemCaseSensitive(element, key)))
        (void)snprintf(id, sizeof id, "%" PRIu64, number);
    else if (!kin_exchange__json_id(element, key, text, size, id))
        return KIN_COCO_KEEP;
    bool labelled = kin_exchange__json_id(element, "category_id", text, size, label);
    const int64_t *place = labelled ? kin_table_find(&c->by_id, label) : NULL;
    if (!path || (labelled && !place))
        return KIN_COCO_KEEP;
    kin_coco_edit what = KIN_COCO_KEEP;
    c->editor->edit(c->editor->user, c->paths[*path], id, place ? c->categories[*place].name : NULL, &what, becomes);
    return what;
}

static size_t value_length(const char *value, const char *end)
{
    const char *at = value;
    if (*at != '"')
        return strcspn(value, ",}] \t\r\n");
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return (size_t)(at - value) + 1;
}

/* The annotation with another category. */
static int put_relabelled(corrector *c, const char *text, size_t size, const char *label, kin_error *err)
{
    size_t length;
    const int64_t *place = kin_table_find(&c->by_name, label);
    const char *value = kin_exchange__json_member(text, size, "category_id", &length);
    if (!place)
        return kin_fail(err, KIN_E_USAGE, "%s is none of the labels", label);
    const char *id = c->categories[*place].id;
    kin_buffer_string(&c->text, c->any_element ? ",\n" : "[\n");
    c->any_element = true;
    if (!value) {
        kin_buffer_printf(&c->text, "{\"category_id\":%s,", id);
        kin_buffer_append(&c->text, text + 1, size - 1);
        return KIN_OK;
    }
    kin_buffer_append(&c->text, text, (size_t)(value - text));
    kin_buffer_string(&c->text, id);
    value += value_length(value, text + size);
    kin_buffer_append(&c->text, value, (size_t)(text + size - value));
    return KIN_OK;
}

static int copy_annotation(corrector *c, uint64_t number, const char *text, size_t size, kin_error *err)
{
    const char *fault, *becomes = NULL;
    int code = KIN_OK;
    cJSON *element = kin_exchange__json_parse(text, size, &fault);
    bool object = cJSON_IsObject(element);
    kin_coco_edit edit = object ? edit_of(c, number, element, text, size, &becomes) : KIN_COCO_KEEP;
    bool unnamed = object && kin_exchange__json_is_absent(cJSON_GetObjectItemCaseSensitive(element, "id"));
    cJSON_Delete(element);
    kin_buffer named = KIN_BUFFER_INIT;
    if (unnamed && !strstr(text, "\"id\"")) { /* its place was its name: it keeps it where others before it go */
        kin_buffer_printf(&named, "{\"id\":%" PRIu64 ",", number);
        kin_buffer_append(&named, text + 1, size - 1);
        text = named.data ? named.data : text;
        size = named.data ? named.size : size;
    }
    if (named.failed)
        code = kin_fail_memory(err);
    else if (edit == KIN_COCO_RELABEL)
        code = put_relabelled(c, text, size, becomes, err);
    else if (edit == KIN_COCO_KEEP)
        put_element(c, text, size);
    kin_buffer_clear(&named);
    return code;
}

static int copy_element(void *user, const char *key, uint64_t number, const char *text, size_t size, kin_error *err)
{
    (void)key;
    corrector *c = user;
    int code = KIN_OK;
    if (c->in_annotations)
        code = copy_annotation(c, number, text, size, err);
    else
        put_element(c, text, size);
    return code == KIN_OK && c->text.size > 65536 ? flush(c, err) : code;
}

static int copy_all(corrector *c, FILE *file, kin_error *err)
{
    const kin_exchange__json_visitor visitor = { every_key, copy_element, too_large, c };
    bool broken;
    int code = kin_exchange__rewind(file, c->im.path, err);
    if (code == KIN_OK)
        code = kin_exchange__json_scan_all(file, c->im.path, &visitor, copy_value, &broken, err);
    if (code != KIN_OK)
        return code;
    if (!c->saw_categories && c->category_count)
        begin_key(c, "categories");
    end_value(c);
    kin_buffer_string(&c->text, c->any_key ? "}\n" : "{}\n");
    code = flush(c, err);
    if (code == KIN_OK && (fflush(c->out) != 0 || ferror(c->out)))
        code = kin_fail_errno(err, "write", "the corrected annotations");
    return code;
}

static int correct(corrector *c, FILE *file, kin_error *err)
{
    const kin_exchange__json_visitor visitor = { first_wanted, note_element, too_large, c };
    bool broken;
    int code = kin_exchange__json_scan(file, c->im.path, &visitor, &broken, err);
    if (code == KIN_OK)
        code = add_new_labels(c, err);
    return code == KIN_OK ? copy_all(c, file, err) : code;
}

int kin_coco_correct(const char *source, const char *folder, const kin_coco_editor *editor, FILE *out, kin_error *err)
{
    corrector *c = kin_alloc_zeroed(1, sizeof *c);
    FILE *file;
    if (!c)
        return kin_fail_memory(err);
    c->im.path = source;
    c->im.folder = folder;
    c->im.options.format = c->im.summary.format = KIN_ANNOTATIONS_COCO;
    c->editor = editor;
    c->out = out;
    int code = kin_exchange__import_begin(&c->im, err);
    if (code == KIN_OK)
        code = kin_exchange__open(source, &file, err);
    if (code == KIN_OK) {
        code = correct(c, file, err);
        (void)fclose(file);
    }
    kin_exchange__import_end(&c->im);
    kin_table_clear(&c->by_id);
    kin_table_clear(&c->by_name);
    kin_table_clear(&c->images);
    kin_buffer_clear(&c->text);
    free(c->categories);
    free(c->paths);
    free(c);
    return code;
}
