/* YOLO as Darknet and CVAT write it: an obj.data names the list of classes and the lists of images; each image's labels
 * lie where the list says the image is, with the extension .txt. The lists' paths are relative to Darknet's own folder
 * ("data/obj_train_data/a.jpg"): each is also looked for without its first folder, and an image by its name alone. */
#include "base/file.h"
#include "base/hash.h"
#include "exchange/exchange_text.h"
#include "exchange/hash_index.h"
#include "exchange/import_common.h"
#include "exchange/text_lines.h"
#include "exchange/yolo_labels.h"

#include "base/checked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_line = 8192, most_classes = 100000, most_name_bytes = 4 * 1024 * 1024 };

typedef struct darknet {
    kin_exchange__import *im;
    const char *folder; /* that holds obj.data */
    const char *names_file, *lists[3];
    const char **names;
    size_t name_count, name_capacity, name_bytes;
    kin_exchange__yolo_labels labels;
    kin_exchange__hashes images;
    size_t split;
    const char *list; /* being read */
    char where[kin_exchange__where_size];
} darknet;

static const char *const splits[3] = { "train", "val", "test" };

/* Cuts the line's comment and blanks off. */
static char *trimmed(kin_exchange__lines *lines)
{
    return kin_exchange__trim(lines->line.data);
}

/* ---- obj.data ---- */

static bool note_setting(darknet *d, const char *key, const char *value)
{
    static const struct {
        const char *key;
        size_t list;
    } lists[] = { { "train", 0 }, { "valid", 1 }, { "val", 1 }, { "test", 2 } };
    const char **target = strcmp(key, "names") == 0 ? &d->names_file : NULL;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(key, lists[i].key) == 0)
            target = &d->lists[lists[i].list];
    if (target) {
        char *copy = kin_arena_string(&d->im->kept, value);
        if (copy)
            kin_exchange__tidy(copy); /* it goes into messages */
        *target = copy;
    }
    return !target || *target;
}

static int read_settings(darknet *d, kin_error *err)
{
    kin_exchange__lines lines;
    bool more = true;
    int code = kin_exchange__lines_open(&lines, d->im->path, most_line, err);
    while (code == KIN_OK && more) {
        code = kin_exchange__lines_next(&lines, &more, err);
        char *equals = code == KIN_OK && more ? strchr(lines.line.data, '=') : NULL;
        if (!equals)
            continue;
        *equals = '\0';
        if (!note_setting(d, kin_exchange__trim(lines.line.data), kin_exchange__trim(equals + 1)))
            code = kin_fail_memory(err);
    }
    kin_exchange__lines_close(&lines);
    if (code != KIN_OK)
        return code;
    if (!d->names_file || (!d->lists[0] && !d->lists[1] && !d->lists[2]))
        return kin_fail(err, KIN_E_FORMAT,
                        "%s: lines like \"names = obj.names\" and \"train = train.txt\" are expected", d->im->path);
    return KIN_OK;
}

/* ---- Files beside it ---- */

/* "obj_train_data/a.txt" for "data/obj_train_data/a.txt"; NULL where there is no folder to leave out. */
static const char *without_first(const char *path)
{
    const char *slash = strchr(path, '/');
    return slash && slash[1] ? slash + 1 : NULL;
}

/* The file below obj.data's folder that is called so there, or without its first folder; NULL where there is none. From
 * the scratch arena. */
static const char *file_beside(darknet *d, const char *given)
{
    const char *path = kin_path_inside(&d->im->scratch, given);
    for (; path; path = without_first(path)) {
        const char *full = kin_path_join(&d->im->scratch, d->folder, path);
        if (!full || !kin_file_exists(full) || kin_file_is_folder(full))
            continue;
        const char *relative = d->im->place ? kin_path_join(&d->im->scratch, d->im->place, path) : NULL;
        if (!relative || kin_exchange__presence_of(d->im, relative) == KIN_EXCHANGE__PRESENT)
            return full;
    }
    return NULL;
}

/* The class of each line. */
static int read_names(darknet *d, kin_error *err)
{
    kin_exchange__lines lines = { .file = NULL };
    bool more = true;
    const char *file = file_beside(d, d->names_file);
    if (!file)
        return kin_fail(err, KIN_E_NOTFOUND, "%s: there is no %s beside it", d->im->path, d->names_file);
    int code = kin_exchange__lines_open(&lines, file, most_line, err);
    while (code == KIN_OK && more) {
        code = kin_exchange__lines_next(&lines, &more, err);
        if (code != KIN_OK || !more)
            break;
        d->name_bytes += lines.line.size;
        if (d->name_count == most_classes || d->name_bytes > most_name_bytes)
            code = kin_fail(err, KIN_E_FORMAT, "%s: at most 100,000 names of classes are expected", file);
        else if (!KIN_GROW(&d->names, &d->name_capacity, d->name_count + 1))
            code = kin_fail_memory(err);
        else {
            const char *name = trimmed(&lines);
            d->names[d->name_count] = name[0] ? kin_arena_string(&d->im->kept, name) : NULL;
            code = name[0] && !d->names[d->name_count] ? kin_fail_memory(err) : KIN_OK;
            d->name_count++;
        }
    }
    kin_exchange__lines_close(&lines);
    return code;
}

/* ---- Images ---- */

/* The name with the extension .txt, from the scratch arena. */
static const char *labels_of(darknet *d, const char *image)
{
    size_t length = strlen(image) - strlen(kin_path_extension(image));
    char *path = kin_arena_alloc(&d->im->scratch, length + sizeof ".txt");
    if (path) {
        memcpy(path, image, length);
        memcpy(path + length, ".txt", sizeof ".txt");
    }
    return path;
}

static int take_labels(darknet *d, const char *given, const char *path, kin_error *err)
{
    const char *shown = labels_of(d, given), *file = shown ? file_beside(d, shown) : NULL;
    if (!shown)
        return kin_fail_memory(err);
    if (!file) {
        shown = labels_of(d, path);
        if (!shown)
            return kin_fail_memory(err);
        if (kin_exchange__presence_of(d->im, shown) != KIN_EXCHANGE__PRESENT)
            return KIN_OK;
        file = kin_path_join(&d->im->scratch, d->im->root, shown);
    }
    return file ? kin_exchange__yolo_labels_take(&d->labels, file, shown, path, err) : kin_fail_memory(err);
}

static int take_image(darknet *d, const char *given, kin_error *err)
{
    const char *names[] = { given, without_first(given), kin_path_base(given) };
    const char *path;
    bool added;
    if (!names[1])
        names[1] = given;
    int code = kin_exchange__image_among(d->im, names, 3, given, d->where, &path, err);
    if (code != KIN_OK || !path)
        return code;
    if (!kin_exchange__hashes_put(&d->images, kin_hash(path, strlen(path)), 0, &added))
        return kin_fail_memory(err);
    if (!added) /* where it was in a list before, that counts */
        return KIN_OK;
    kin_attribute split = { "split", splits[d->split] };
    kin_annotation image = { .path = path, .attributes = &split, .attribute_count = 1 };
    code = kin_exchange__take(d->im, &image, d->where, err);
    return code == KIN_OK ? take_labels(d, given, path, err) : code;
}

static int read_list(darknet *d, const char *list, kin_error *err)
{
    kin_exchange__lines lines = { .file = NULL };
    bool more = true;
    kin_arena_reset(&d->im->scratch);
    const char *file = file_beside(d, list);
    if (!file) {
        (void)snprintf(d->where, sizeof d->where, "%s", splits[d->split]);
        return kin_exchange__reject(d->im, err, d->where, "there is no %.100s beside %.60s", list,
                                    kin_path_base(d->im->path));
    }
    file = kin_arena_string(&d->im->kept, file);
    int code = file ? kin_exchange__lines_open(&lines, file, most_line, err) : kin_fail_memory(err);
    while (code == KIN_OK && more) {
        code = kin_exchange__lines_next(&lines, &more, err);
        const char *given = code == KIN_OK && more ? trimmed(&lines) : "";
        if (!given[0])
            continue;
        kin_arena_reset(&d->im->scratch);
        (void)snprintf(d->where, sizeof d->where, "%.*s:%llu", kin_exchange__where_size - 24, kin_path_base(list),
                       (unsigned long long)lines.number);
        code = lines.too_long ? kin_exchange__reject(d->im, err, d->where, "the path of an image is expected")
                              : take_image(d, given, err);
    }
    kin_exchange__lines_close(&lines);
    return code;
}

static int read_all(darknet *d, kin_error *err)
{
    const char *base = kin_path_base(d->im->path);
    d->folder = base == d->im->path ? "." : kin_arena_copy(&d->im->kept, d->im->path, (size_t)(base - d->im->path));
    int code = d->folder ? read_settings(d, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        code = read_names(d, err);
    if (code == KIN_OK)
        code = kin_exchange__yolo_labels_init(&d->labels, d->im, err);
    d->labels.names = d->names;
    d->labels.name_count = d->name_count;
    d->labels.names_file = d->names_file;
    for (d->split = 0; d->split < 3 && code == KIN_OK; d->split++)
        if (d->lists[d->split])
            code = read_list(d, d->lists[d->split], err);
    return code;
}

int kin_exchange__import_darknet(kin_exchange__import *im, kin_error *err)
{
    darknet d = { .im = im };
    int code = read_all(&d, err);
    kin_exchange__yolo_labels_clear(&d.labels);
    kin_exchange__hashes_clear(&d.images);
    free(d.names);
    return code;
}
