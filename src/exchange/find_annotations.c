#include "exchange/find_annotations.h"

#include "base/file.h"
#include "exchange/csv.h"
#include "exchange/image_names.h"
#include "exchange/input_file.h"
#include "exchange/yolo_yaml.h"

#include <dirent.h>
#include <fnmatch.h>
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

bool kin_exchange__is_coco(const char *path)
{
    char *text;
    bool is = read_head(path, &text);
    if (is) {
        const char *start = text + strspn(text, " \t\r\n");
        is = *start == '{' && (strstr(start, "\"images\"") || strstr(start, "\"annotations\"") ||
                               strstr(start, "\"categories\"") || strstr(start, "\"info\""));
    }
    free(text);
    return is;
}

bool kin_exchange__is_csv(const char *path)
{
    kin_exchange__csv csv;
    bool more = false;
    if (kin_file_is_folder(path))
        return false;
    int code = kin_exchange__csv_open(&csv, path, NULL);
    if (code == KIN_OK)
        code = kin_exchange__csv_next(&csv, &more, NULL);
    bool is = code == KIN_OK && more && kin_exchange__csv_header(&csv, NULL) == KIN_OK &&
              kin_exchange__csv_path_column(&csv) >= 0;
    kin_exchange__csv_close(&csv);
    return is;
}

bool kin_exchange__is_yolo(const char *path)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_exchange__yolo_set set;
    const char *extension = kin_path_extension(path);
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
    candidates c = { "", usual, kin_exchange__is_yolo, 0, path, size };
    look_through(&c, folder, "");
    if (c.count == 0) {
        c.patterns = any;
        look_through(&c, folder, "");
    }
    return c.count;
}
