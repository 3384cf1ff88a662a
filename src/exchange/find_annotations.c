#include "exchange/find_annotations.h"

#include "base/file.h"
#include "exchange/csv.h"
#include "exchange/image_names.h"
#include "exchange/input_file.h"
#include "exchange/json_scan.h"
#include "exchange/json_value.h"
#include "exchange/xml_scan.h"
#include "exchange/yolo_yaml.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { head_size = 65536 };

/* Calls visit for each name in a folder that does not begin with '.', until it returns false. */
static void each_name(const char *folder, bool (*visit)(void *user, const char *path, const char *name), void *user)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    bool go_on = dir != NULL;
    while (go_on && (entry = readdir(dir))) {
        kin_arena arena = KIN_ARENA_INIT;
        char *path = entry->d_name[0] == '.' ? NULL : kin_path_join(&arena, folder, entry->d_name);
        if (path)
            go_on = visit(user, path, entry->d_name);
        kin_arena_clear(&arena);
    }
    if (dir)
        (void)closedir(dir);
}

/* ---- Folders of classes ---- */

static bool note_image(void *user, const char *path, const char *name)
{
    bool *found = user;
    *found = kin_exchange__is_image_name(name) && !kin_file_is_folder(path);
    return !*found;
}

static bool holds_images(const char *folder)
{
    bool found = false;
    each_name(folder, note_image, &found);
    return found;
}

typedef struct class_count {
    size_t classes, others; /* others: hold images, but their names are no classes' */
} class_count;

static bool count_class(void *user, const char *path, const char *name)
{
    class_count *count = user;
    if (kin_file_is_folder(path) && holds_images(path))
        ++*(kin_exchange__is_generic_name(name) ? &count->others : &count->classes);
    return true;
}

static bool holds_classes(const char *folder)
{
    class_count count = { 0, 0 };
    each_name(folder, count_class, &count);
    return count.classes >= 2 && count.others == 0;
}

typedef struct split_count {
    size_t splits, with_classes, others;
} split_count;

static bool count_split(void *user, const char *path, const char *name)
{
    split_count *count = user;
    if (!kin_file_is_folder(path))
        return true;
    if (!kin_exchange__split_name(name)) {
        count->others++;
        return true;
    }
    count->splits++;
    count->with_classes += holds_classes(path);
    return true;
}

bool kin_exchange__has_split_folders(const char *folder)
{
    split_count count = { 0, 0, 0 };
    each_name(folder, count_split, &count);
    return count.splits && !count.others;
}

bool kin_exchange__is_folders(const char *path)
{
    split_count count = { 0, 0, 0 };
    if (!kin_file_is_folder(path))
        return false;
    each_name(path, count_split, &count);
    if (count.splits && !count.others)
        return count.with_classes == count.splits;
    return holds_classes(path);
}

size_t kin_exchange__find_folders(const char *folder, char *path, size_t size)
{
    (void)snprintf(path, size, ".");
    return kin_exchange__is_folders(folder);
}

/* ---- Files ---- */

/* The first bytes of a file in *text, NUL-terminated; false where it cannot be read. The caller frees *text. */
static bool read_head(const char *path, char **text)
{
    FILE *file = NULL;
    *text = kin_file_is_folder(path) || kin_exchange__open(path, &file, NULL) != KIN_OK ? NULL : malloc(head_size);
    bool fine = *text && kin_exchange__head(file, path, *text, head_size, NULL) == KIN_OK;
    if (file)
        (void)fclose(file);
    return fine;
}

static bool has_key(const char *text, size_t size, const char *const *keys)
{
    size_t length;
    for (; *keys; keys++)
        if (kin_exchange__json_member(text, size, *keys, &length))
            return true;
    return false;
}

/* An object with the path of an image in one line, as far as it is there. */
static bool begins_like_jsonl(const char *text)
{
    static const char *const paths[] = { "path", "file_name", "filename", "image_path", "image", "file", NULL };
    const char *start = text + strspn(text, " \t\r\n"), *fault;
    size_t size = strcspn(start, "\n");
    if (*start != '{' || !has_key(start, size, paths))
        return false;
    if (!start[size])
        return true;
    cJSON *object = kin_exchange__json_parse(start, size, &fault);
    bool is = cJSON_IsObject(object);
    cJSON_Delete(object);
    return is;
}

static bool begins_like_coco(const char *text)
{
    static const char *const keys[] = { "images", "annotations", "categories", "info", NULL };
    const char *start = text + strspn(text, " \t\r\n");
    return *start == '{' && has_key(start, strlen(start), keys) && !begins_like_jsonl(text);
}

static bool begins_like_tasks(const char *text)
{
    bool full = strstr(text, "\"data\"") &&
                (strstr(text, "\"annotations\"") || strstr(text, "\"completions\"") || strstr(text, "\"predictions\""));
    return text[strspn(text, " \t\r\n")] == '[' &&
           (full || strstr(text, "\"annotation_id\"") || strstr(text, "\"original_width\""));
}

static bool begins(const char *path, bool (*like)(const char *text))
{
    char *text;
    bool is = read_head(path, &text) && like(text);
    free(text);
    return is;
}

bool kin_exchange__is_coco(const char *path)
{
    return begins(path, begins_like_coco);
}

bool kin_exchange__is_label_studio(const char *path)
{
    return begins(path, begins_like_tasks);
}

static bool has_root(const char *path, const char *root)
{
    char name[32];
    return !kin_file_is_folder(path) && kin_exchange__xml_root(path, name, sizeof name) && strcmp(name, root) == 0;
}

bool kin_exchange__is_cvat(const char *path)
{
    return has_root(path, "annotations");
}

static bool is_voc_file(const char *path)
{
    return has_root(path, "annotation");
}

/* Opens the file and reads its header into *csv, which is to be closed; false where there is none. */
static bool read_header(const char *path, kin_exchange__csv *csv)
{
    bool more = false;
    *csv = (kin_exchange__csv)KIN_EXCHANGE__CSV_INIT;
    return !kin_file_is_folder(path) && kin_exchange__csv_open(csv, path, NULL) == KIN_OK &&
           kin_exchange__csv_next(csv, &more, NULL) == KIN_OK && more && kin_exchange__csv_header(csv, NULL) == KIN_OK;
}

bool kin_exchange__is_open_images(const char *path)
{
    kin_exchange__csv csv;
    bool is = read_header(path, &csv) && kin_exchange__csv_column(&csv, "ImageID") >= 0 &&
              kin_exchange__csv_column(&csv, "LabelName") >= 0;
    kin_exchange__csv_close(&csv);
    return is;
}

bool kin_exchange__is_csv(const char *path)
{
    kin_exchange__csv csv;
    bool is = read_header(path, &csv) && kin_exchange__csv_path_column(&csv) >= 0;
    kin_exchange__csv_close(&csv);
    return is;
}

/* Darknet's obj.data. */
static bool begins_like_settings(const char *text)
{
    const char *names = strstr(text, "names");
    return names && names[5 + strspn(names + 5, " \t")] == '=';
}

bool kin_exchange__is_yolo(const char *path)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_exchange__yolo_set set;
    const char *extension = kin_path_extension(path);
    if (strcmp(extension, ".data") == 0)
        return begins(path, begins_like_settings);
    bool named = strcmp(extension, ".yaml") == 0 || strcmp(extension, ".yml") == 0;
    bool is = named && !kin_file_is_folder(path) && kin_exchange__yolo_read(&arena, path, &set, NULL) == KIN_OK;
    kin_arena_clear(&arena);
    return is;
}

typedef struct candidates {
    const char *within;          /* the folder being looked through, relative to the data set's */
    const char *const *patterns; /* of names; the list ends with NULL */
    bool (*is)(const char *path);
    size_t count;
    char *path;
    size_t size;
} candidates;

static bool note_candidate(void *user, const char *path, const char *name)
{
    candidates *c = user;
    for (const char *const *pattern = c->patterns; *pattern; pattern++) {
        if (fnmatch(*pattern, name, 0) != 0 || !c->is(path))
            continue;
        if (c->count++ == 0) {
            int n = snprintf(c->path, c->size, "%s%s%s", c->within, c->within[0] ? "/" : "", name);
            if (n < 0 || (size_t)n >= c->size)
                c->count = 0; /* no room for it: as if it were not there */
        }
        break;
    }
    return c->count < 2;
}

/* Looks through a folder (relative to the data set's, "" is that itself) for more candidates. */
static void look_through(candidates *c, const char *folder, const char *within)
{
    kin_arena arena = KIN_ARENA_INIT;
    char *path = within[0] ? kin_path_join(&arena, folder, within) : kin_arena_string(&arena, folder);
    c->within = within;
    if (path)
        each_name(path, note_candidate, c);
    kin_arena_clear(&arena);
}

size_t kin_exchange__find_csv(const char *folder, char *path, size_t size)
{
    static const char *const names[] = { "labels.csv",   "annotations.csv", "_annotations.csv",
                                         "metadata.csv", "labels.tsv",      NULL };
    candidates c = { "", names, kin_exchange__is_csv, 0, path, size };
    look_through(&c, folder, "");
    return c.count;
}

size_t kin_exchange__find_coco(const char *folder, char *path, size_t size)
{
    static const char *const names[] = { "instances*.json",  "_annotations.coco.json",
                                         "annotations.json", "coco.json",
                                         "labels.json",      NULL };
    static const char *const places[] = { "", "annotations", "train", "valid", "val", "test", NULL };
    candidates c = { "", names, kin_exchange__is_coco, 0, path, size };
    for (const char *const *place = places; *place; place++)
        look_through(&c, folder, *place);
    return c.count;
}

size_t kin_exchange__find_yolo(const char *folder, char *path, size_t size)
{
    static const char *const usual[] = { "data.yaml", NULL }, *const any[] = { "*.yaml", "*.yml", NULL };
    static const char *const darknet[] = { "obj.data", NULL };
    static const char *const *const patterns[] = { usual, any, darknet };
    candidates c = { "", usual, kin_exchange__is_yolo, 0, path, size };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns && c.count == 0; i++) {
        c.patterns = patterns[i];
        look_through(&c, folder, "");
    }
    return c.count;
}

size_t kin_exchange__find_cvat(const char *folder, char *path, size_t size)
{
    static const char *const names[] = { "annotations.xml", "cvat.xml", NULL };
    candidates c = { "", names, kin_exchange__is_cvat, 0, path, size };
    look_through(&c, folder, "");
    look_through(&c, folder, "annotations");
    return c.count;
}

size_t kin_exchange__find_label_studio(const char *folder, char *path, size_t size)
{
    static const char *const names[] = { "project-*.json",    "label-studio*.json", "label_studio*.json",
                                         "labelstudio*.json", "annotations.json",   "export.json",
                                         "result.json",       "tasks.json",         NULL };
    candidates c = { "", names, kin_exchange__is_label_studio, 0, path, size };
    look_through(&c, folder, "");
    look_through(&c, folder, "annotations");
    return c.count;
}

size_t kin_exchange__find_open_images(const char *folder, char *path, size_t size)
{
    static const char *const names[] = { "*annotations-bbox*.csv", "*bounding_boxes*.csv", "detections.csv",
                                         "annotations.csv",        "labels.csv",           NULL };
    candidates c = { "", names, kin_exchange__is_open_images, 0, path, size };
    look_through(&c, folder, "");
    look_through(&c, folder, "annotations");
    look_through(&c, folder, "labels");
    return c.count;
}

/* ---- Folders of files ---- */

/* Whether a file of that name, or one of two and more, is in one of the folders within `folder`. */
static bool holds(const char *folder, const char *const *places, const char *const *names, bool (*is)(const char *path))
{
    char path[PATH_MAX];
    candidates c = { "", names, is, 0, path, sizeof path };
    for (; *places && c.count == 0; places++)
        look_through(&c, folder, *places);
    return c.count > 0;
}

static const char *const xml_files[] = { "*.xml", NULL };
static const char *const parts[] = { "", "train", "valid", "val", "validation", "test", NULL };

bool kin_exchange__is_voc(const char *path)
{
    return kin_file_is_folder(path) ? holds(path, parts, xml_files, is_voc_file) : is_voc_file(path);
}

size_t kin_exchange__find_voc(const char *folder, char *path, size_t size)
{
    static const char *const places[] = { "Annotations", "annotations", "labels", ".", NULL };
    for (const char *const *place = places; *place; place++) {
        kin_arena arena = KIN_ARENA_INIT;
        const char *full = kin_path_join(&arena, folder, *place);
        bool is = full && kin_file_is_folder(full) && kin_exchange__is_voc(full);
        kin_arena_clear(&arena);
        if (is) {
            (void)snprintf(path, size, "%s", *place);
            return 1;
        }
    }
    return 0;
}

bool kin_exchange__is_jsonl(const char *path)
{
    static const char *const names[] = { "metadata.jsonl", NULL };
    return kin_file_is_folder(path) ? holds(path, parts, names, kin_exchange__is_jsonl)
                                    : begins(path, begins_like_jsonl);
}

size_t kin_exchange__find_jsonl(const char *folder, char *path, size_t size)
{
    static const char *const names[] = { "labels.jsonl", "annotations.jsonl", "data.jsonl", NULL };
    candidates c = { "", names, kin_exchange__is_jsonl, 0, path, size };
    if (kin_exchange__is_jsonl(folder)) {
        (void)snprintf(path, size, ".");
        return 1;
    }
    look_through(&c, folder, "");
    return c.count;
}
