/* Which images there are is told by the folders and lists of data.yaml; each image's labels lie in the file that
 * Ultralytics' img2label_paths names: the last folder called images becomes labels, the extension .txt. */
#include "base/file.h"
#include "base/hash.h"
#include "exchange/exchange_text.h"
#include "exchange/hash_index.h"
#include "exchange/image_names.h"
#include "exchange/import_common.h"
#include "exchange/yolo_labels.h"
#include "exchange/yolo_yaml.h"

#include "base/checked.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { most_list_bytes = 256 * 1024 * 1024 };

static const char *const splits[kin_exchange__splits] = { "train", "val", "test" };

typedef struct yolo {
    kin_exchange__import *im;
    kin_exchange__yolo_set set;
    const char *bases[4]; /* folders, relative to root, that entries may be relative to; the last is a list's own */
    size_t base_count;
    const char *split;                        /* being read */
    const char *folder;                       /* being walked, relative to root */
    kin_exchange__hashes images, label_files; /* by their paths; the latter also where there is no such file */
    kin_exchange__yolo_labels labels;
    char where[kin_exchange__where_size];
} yolo;

/* "labels/x" for "images/x", "a/labels/" for "a/images/", from the scratch arena; the path itself where none of its
 * folders is called images; NULL where there is no memory. */
static const char *beside_images(yolo *y, const char *path)
{
    static const char images[] = "images/", labels[] = "labels/";
    const char *last = NULL;
    for (const char *at = path; (at = strstr(at, images)); at++)
        if (at == path || at[-1] == '/')
            last = at;
    if (!last)
        return path;
    char *copy = kin_arena_string(&y->im->scratch, path);
    if (copy)
        memcpy(copy + (last - path), labels, sizeof labels - 1);
    return copy;
}

static const char *label_path(yolo *y, const char *image)
{
    const char *beside = beside_images(y, image);
    size_t length = strlen(image) - strlen(kin_path_extension(image));
    char *path = beside ? kin_arena_alloc(&y->im->scratch, length + sizeof ".txt") : NULL;
    if (!path)
        return NULL;
    memcpy(path, beside, length);
    memcpy(path + length, ".txt", sizeof ".txt");
    return path;
}

static int reject(yolo *y, const char *why, kin_error *err)
{
    return kin_exchange__reject(y->im, err, y->where, "%s", why);
}

static int take_labels(yolo *y, const char *path, kin_error *err)
{
    bool added;
    const char *labels = label_path(y, path);
    if (!labels || !kin_exchange__hashes_put(&y->label_files, kin_hash(labels, strlen(labels)), 0, &added))
        return kin_fail_memory(err);
    kin_exchange__presence presence = kin_exchange__presence_of(y->im, labels);
    if (presence == KIN_EXCHANGE__ABSENT)
        return KIN_OK;
    (void)snprintf(y->where, sizeof y->where, "%s", labels);
    if (presence == KIN_EXCHANGE__OUTSIDE)
        return reject(y, "leads out of the data set's folder by a link", err);
    const char *full = kin_path_join(&y->im->scratch, y->im->root, labels);
    return full ? kin_exchange__yolo_labels_take(&y->labels, full, labels, path, err) : kin_fail_memory(err);
}

/* An image of the present split; where it was in one before, that counts. */
static int take_image(yolo *y, const char *path, kin_error *err)
{
    bool added;
    if (!kin_exchange__hashes_put(&y->images, kin_hash(path, strlen(path)), 0, &added))
        return kin_fail_memory(err);
    if (!added)
        return KIN_OK;
    kin_attribute split = { "split", y->split };
    kin_annotation image = { .path = path, .attributes = &split, .attribute_count = 1 };
    int code = kin_exchange__take(y->im, &image, path, err);
    return code == KIN_OK ? take_labels(y, path, err) : code;
}

static int visit_file(void *user, const kin_file_info *file, kin_error *err)
{
    yolo *y = user;
    if (!kin_exchange__is_image_name(file->path))
        return KIN_OK;
    kin_arena_reset(&y->im->scratch);
    const char *path = kin_path_join(&y->im->scratch, y->folder, file->path);
    return path ? take_image(y, path, err) : kin_fail_memory(err);
}

/* Counted, but not a reason to end the walk: that goes on also where the import is strict, and ends there. */
static void note_unreadable(void *user, const char *path, const char *reason)
{
    yolo *y = user;
    (void)kin_exchange__reject(y->im, NULL, path, "cannot be read: %s", reason);
}

static int walk(yolo *y, const char *folder, int (*visit)(void *, const kin_file_info *, kin_error *), kin_error *err)
{
    const kin_walk walk = { visit, note_unreadable, y };
    kin_arena arena = KIN_ARENA_INIT;
    const char *full = kin_path_join(&arena, y->im->root, folder);
    uint64_t rejects = y->im->summary.rejects;
    y->folder = folder;
    int code = full ? kin_file_walk(full, &walk, err) : kin_fail_memory(err);
    if (code == KIN_OK && y->im->options.strict && y->im->summary.rejects != rejects)
        code = kin_fail(err, KIN_E_FORMAT, "%s: a folder or file in it cannot be read", folder);
    kin_arena_clear(&arena);
    return code;
}

/* Labels that belong to no image would go missing without a word. labelImg keeps its classes.txt among them. */
static int visit_label_file(void *user, const kin_file_info *file, kin_error *err)
{
    yolo *y = user;
    bool added;
    if (strcmp(kin_path_extension(file->path), ".txt") != 0 || strcmp(kin_path_base(file->path), "classes.txt") == 0 ||
        file->bytes == 0)
        return KIN_OK;
    kin_arena_reset(&y->im->scratch);
    const char *path = kin_path_join(&y->im->scratch, y->folder, file->path);
    if (!path || !kin_exchange__hashes_put(&y->label_files, kin_hash(path, strlen(path)), 0, &added))
        return kin_fail_memory(err);
    return added ? kin_exchange__reject(y->im, err, path, "there is no image to these labels") : KIN_OK;
}

/* All images below a folder, then the label files that are left over beside it. */
static int walk_images(yolo *y, const char *folder, kin_error *err)
{
    int code = walk(y, folder, visit_file, err);
    if (code != KIN_OK)
        return code;
    kin_arena_reset(&y->im->scratch);
    const char *with_slash = kin_path_join(&y->im->scratch, folder, "");
    const char *beside = with_slash ? beside_images(y, with_slash) : NULL;
    if (!beside)
        return kin_fail_memory(err);
    if (beside == with_slash || kin_exchange__presence_of(y->im, beside) != KIN_EXCHANGE__PRESENT)
        return KIN_OK;
    beside = kin_path_inside(&y->im->kept, beside);
    return beside ? walk(y, beside, visit_label_file, err) : kin_fail_memory(err);
}

/* Where an entry of data.yaml or of a list of images lies, relative to root, in the kept arena; NULL where nowhere.
 * Like Ultralytics, "../x" is also looked for as "x": exports have it so, whatever their layout. */
static const char *locate(yolo *y, const char *entry)
{
    const char *names[] = { entry, strncmp(entry, "../", 3) == 0 ? entry + 3 : NULL };
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; names[k] && i < y->base_count; i++) {
            const char *path = kin_exchange__inside(y->im, y->bases[i], names[k]);
            if (path && kin_exchange__presence_of(y->im, path) == KIN_EXCHANGE__PRESENT)
                return kin_arena_string(&y->im->kept, path);
        }
    return NULL;
}

static int take_listed(yolo *y, const char *list, uint64_t line, const char *name, kin_error *err)
{
    (void)snprintf(y->where, sizeof y->where, "%.*s:%llu", kin_exchange__where_size - 24, list,
                   (unsigned long long)line);
    if (strlen(name) >= PATH_MAX)
        return reject(y, "the path of an image is expected, this is too long", err);
    kin_arena_reset(&y->im->scratch);
    for (size_t i = 0; i < y->base_count; i++) {
        const char *path = kin_exchange__inside(y->im, y->bases[i], name);
        if (path && kin_exchange__presence_of(y->im, path) == KIN_EXCHANGE__PRESENT)
            return take_image(y, path, err);
    }
    return kin_exchange__reject(y->im, err, y->where, "there is no image %.120s in the data set's folder", name);
}

/* A text file that names an image in each line; they may be relative to its own folder too. */
static int take_list(yolo *y, const char *list, kin_error *err)
{
    kin_buffer text = KIN_BUFFER_INIT;
    kin_arena arena = KIN_ARENA_INIT;
    const char *full = kin_path_join(&arena, y->im->root, list), *base = kin_path_base(list);
    int code = full ? kin_file_read(full, most_list_bytes, &text, err) : kin_fail_memory(err);
    const char *own = base == list ? "" : kin_arena_copy(&arena, list, (size_t)(base - list - 1));
    if (code == KIN_OK && !own)
        code = kin_fail_memory(err);
    y->bases[y->base_count++] = own;
    char *line = text.data;
    for (uint64_t number = 1; line && code == KIN_OK; number++) {
        char *end = memchr(line, '\n', (size_t)(text.data + text.size - line));
        if (end)
            *end = '\0';
        const char *name = kin_exchange__trim(line);
        if (name[0])
            code = take_listed(y, list, number, name, err);
        line = end ? end + 1 : NULL;
    }
    y->base_count--;
    kin_buffer_clear(&text);
    kin_arena_clear(&arena);
    return code;
}

static int take_entry(yolo *y, const char *entry, uint64_t *found, kin_error *err)
{
    kin_arena_reset(&y->im->scratch);
    const char *path = locate(y, entry);
    if (!path) {
        (void)snprintf(y->where, sizeof y->where, "%s: %s", kin_path_base(y->im->path), y->split);
        return kin_exchange__reject(y->im, err, y->where, "there is no %.120s in the data set's folder", entry);
    }
    ++*found;
    const char *full = kin_path_join(&y->im->kept, y->im->root, path);
    if (!full)
        return kin_fail_memory(err);
    if (kin_file_is_folder(full))
        return walk_images(y, path, err);
    return kin_exchange__is_image_name(path) ? take_image(y, path, err) : take_list(y, path, err);
}

/* The folder that data.yaml's `path` names, its own folder, and the data set's. */
static int find_bases(yolo *y, kin_error *err)
{
    const char *place = y->im->place;
    const char *named = y->set.path ? kin_exchange__inside(y->im, place ? place : "", y->set.path) : NULL;
    if (named)
        y->bases[y->base_count++] = kin_arena_string(&y->im->kept, strcmp(named, ".") == 0 ? "" : named);
    if (named && !y->bases[0])
        return kin_fail_memory(err);
    if (place)
        y->bases[y->base_count++] = place;
    if (!place || place[0])
        y->bases[y->base_count++] = "";
    return KIN_OK;
}

static int take_all(yolo *y, kin_error *err)
{
    uint64_t found = 0;
    int code = find_bases(y, err);
    for (size_t s = 0; s < kin_exchange__splits; s++)
        for (size_t i = 0; code == KIN_OK && i < y->set.entry_count[s]; i++) {
            y->split = splits[s];
            code = take_entry(y, y->set.entries[s][i], &found, err);
        }
    if (code == KIN_OK && !found)
        return kin_fail(err, KIN_E_NOTFOUND, "%s: none of its train, val and test lies in %s", y->im->path,
                        y->im->folder);
    return code;
}

int kin_exchange__import_yolo(kin_exchange__import *im, kin_error *err)
{
    yolo y = { .im = im };
    int code = kin_exchange__yolo_read(&im->kept, im->path, &y.set, err);
    if (code == KIN_OK)
        code = kin_exchange__yolo_labels_init(&y.labels, im, err);
    if (code == KIN_OK) {
        y.labels.names = y.set.names;
        y.labels.name_count = y.set.name_count;
        y.labels.names_file = kin_path_base(im->path);
        code = take_all(&y, err);
    }
    kin_exchange__yolo_labels_clear(&y.labels);
    kin_exchange__hashes_clear(&y.images);
    kin_exchange__hashes_clear(&y.label_files);
    return code;
}
