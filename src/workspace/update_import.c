/* The import: annotations into the ledger. Which files: those that were asked for, else those of the last run, else
 * those that lie in the folder under their usual names. Every item that is read gets the number of this run; what has
 * another number afterwards is no longer annotated. A file is read again only where it, the options or the set of
 * images have changed: the ledger keeps a stamp (a hash of all these) of the last import that came to its end. Folders
 * as a source are always read: nothing cheap tells whether something in them changed. */
#include "workspace/update_private.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/hash.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { commit_every = 20000 };

/* An image by the hash of its file name. */
typedef struct base_name {
    uint64_t hash;
    int64_t asset;
} base_name;

typedef struct import {
    kin_update *update;
    kin_arena arena; /* of the whole import */
    const char *source;
    uint64_t run;
    size_t since_commit;
    char last_path[PATH_MAX]; /* the image whose asset was looked up last: shapes come in rows of one image */
    int64_t last_asset;
    int last_width, last_height; /* 0: not looked up */
    base_name *base_names;       /* of all images, by hash; read when a path is first met that is none of them */
    size_t base_names_count, base_names_capacity;
} import;

/* ---- Which annotations ---- */

const char *kin_update__own_spelling(const kin_update *update, kin_arena *arena, const char *path, const char *what,
                                     kin_error *err)
{
    char real[PATH_MAX], folder[PATH_MAX];
    const char *data_set = update->workspace->folder;
    char *below = kin_path_join(arena, data_set, path);
    if (!realpath(path, real) && (!below || path[0] == '/' || !realpath(below, real))) {
        kin_fail(err, KIN_E_NOTFOUND, "there are no %s at %s; check the path", what, path);
        return NULL;
    }
    if (!realpath(data_set, folder)) {
        kin_fail_errno(err, "open folder", data_set);
        return NULL;
    }
    size_t n = strlen(folder);
    const char *own = real;
    if (strcmp(real, folder) == 0)
        own = ".";
    else if (strncmp(real, folder, n) == 0 && real[n] == '/')
        own = real + n + 1;
    if (strchr(own, '\n')) {
        kin_fail(err, KIN_E_USAGE, "the path of the %s has a line break; rename the file", what);
        return NULL;
    }
    own = kin_arena_string(arena, own);
    if (!own)
        kin_fail_memory(err);
    return own;
}

/* All sources, one a line, in *list; empty for none. */
static int choose_sources(import *in, kin_buffer *list, kin_error *err)
{
    const kin_describe_options *options = in->update->options;
    if (options->no_annotations)
        return KIN_OK;
    for (size_t i = 0; i < options->annotations_count; i++) {
        const char *own = kin_update__own_spelling(in->update, &in->arena, options->annotations[i], "annotations", err);
        if (!own)
            return err ? err->code : KIN_E_NOTFOUND;
        kin_buffer_printf(list, "%s\n", own);
    }
    const char *last = NULL;
    char found[PATH_MAX];
    kin_annotation_format format;
    int code = kin_ledger_setting(in->update->workspace->ledger, KIN_SETTING_ANNOTATIONS, &last, err);
    if (code == KIN_OK && list->size == 0 && last)
        kin_buffer_string(list, last);
    else if (code == KIN_OK && list->size == 0 &&
             kin_annotations_detect(in->update->workspace->folder, found, sizeof found, &format)) {
        kin_buffer_printf(list, "%s\n", found);
        kin_update__note(in->update, "annotations found: %s (%s); --no-annotations leaves them out",
                         strcmp(found, ".") == 0 ? "folder names" : found, kin_annotation_format_name(format));
    }
    return list->failed ? kin_fail_memory(err) : code;
}

/* Options of the import that the caller left open are those of the last run. */
static int choose_options(import *in, bool fresh, kin_import_options *options, kin_error *err)
{
    *options = in->update->options->import;
    kin_ledger *ledger = in->update->workspace->ledger;
    const char *text;
    int code = KIN_OK;
    if (!fresh && options->format == KIN_ANNOTATIONS_UNKNOWN) {
        code = kin_ledger_setting(ledger, KIN_SETTING_FORMAT, &text, err);
        options->format = code == KIN_OK && text ? kin_annotation_format_from(text) : KIN_ANNOTATIONS_UNKNOWN;
    }
    if (code == KIN_OK && !fresh && !options->label_column) {
        code = kin_ledger_setting(ledger, KIN_SETTING_COLUMN, &text, err);
        options->label_column = code == KIN_OK && text && *text ? kin_arena_string(&in->arena, text) : NULL;
    }
    return code;
}

const char *kin_update__file_of(const kin_update *update, kin_arena *arena, const char *own)
{
    return own[0] == '/' ? own : kin_path_join(arena, update->workspace->folder, own);
}

/* YOLO's labels are in other files than the one that is named. */
static bool stands_alone(const char *file)
{
    static const char *const names[] = { ".yaml", ".yml", ".data" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(kin_path_extension(file), names[i]) == 0)
            return false;
    return true;
}

/* 0 where it cannot be told from outside whether the sources changed. */
static uint64_t stamp_of(import *in, const char *list, const kin_import_options *options)
{
    uint64_t stamp = kin_hash(list, strlen(list));
    stamp = kin_hash_more(stamp, &options->format, sizeof options->format);
    if (options->label_column)
        stamp = kin_hash_more(stamp, options->label_column, strlen(options->label_column));
    for (const char *line = list; *line; line = strchr(line, '\n') + 1) {
        char *own = kin_arena_copy(&in->arena, line, strcspn(line, "\n"));
        const char *file = own ? kin_update__file_of(in->update, &in->arena, own) : NULL;
        struct stat info;
        if (!file || stat(file, &info) != 0 || !S_ISREG(info.st_mode) || !stands_alone(file))
            return 0;
        int64_t facts[3] = { info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec };
        stamp = kin_hash_more(stamp, facts, sizeof facts);
    }
    return stamp ? stamp : 1;
}

/* ---- One annotation ---- */

static void reject(void *user, const char *where, const char *why)
{
    import *in = user;
    in->update->summary->rejects++;
    kin_update__note(in->update, "%s: %s: %s", in->source, where, why);
}

static int collect_base_name(void *user, const kin_item *item, kin_error *err)
{
    import *in = user;
    if (!KIN_GROW(&in->base_names, &in->base_names_capacity, in->base_names_count + 1))
        return kin_fail_memory(err);
    const char *name = kin_path_base(item->path);
    in->base_names[in->base_names_count++] = (base_name) { kin_hash(name, strlen(name)), item->id };
    return KIN_OK;
}

static int by_hash(const void *a, const void *b)
{
    const base_name *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->asset < y->asset ? -1 : x->asset > y->asset;
}

static const unsigned every_live_state = 1u << KIN_ITEM_PENDING | 1u << KIN_ITEM_DESCRIBED | 1u << KIN_ITEM_FAILED;

static int read_base_names(import *in, kin_error *err)
{
    kin_item_filter images = { .unit = KIN_UNIT_ASSET, .states = every_live_state };
    int code = kin_ledger_each_item(in->update->workspace->ledger, &images, collect_base_name, in, err);
    if (code == KIN_OK && in->base_names_count)
        qsort(in->base_names, in->base_names_count, sizeof *in->base_names, by_hash);
    return code;
}

/* The only image of that file name; 0 where there is none, or several. */
static int64_t find_base_name(const import *in, const char *name)
{
    uint64_t hash = kin_hash(name, strlen(name));
    size_t low = 0, high = in->base_names_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (in->base_names[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    bool there = low < in->base_names_count && in->base_names[low].hash == hash;
    bool several = low + 1 < in->base_names_count && in->base_names[low + 1].hash == hash;
    return there && !several ? in->base_names[low].asset : 0;
}

/* Whether `path` is the last parts, or all, of `whole`. */
static bool ends_in(const char *whole, const char *path)
{
    size_t a = strlen(whole), b = strlen(path);
    return a >= b && strcmp(whole + a - b, path) == 0 && (a == b || whole[a - b - 1] == '/');
}

/* By its full path, else by its file name where just one image has that and its path ends in what was written. */
static int find_asset(import *in, const char *path, int64_t *asset, kin_error *err)
{
    kin_ledger *ledger = in->update->workspace->ledger;
    kin_item item;
    int code = kin_ledger_asset_find(ledger, path, asset, err);
    if (code != KIN_OK || *asset)
        return code;
    code = in->base_names ? KIN_OK : read_base_names(in, err);
    *asset = code == KIN_OK ? find_base_name(in, kin_path_base(path)) : 0;
    if (*asset)
        code = kin_ledger_item(ledger, *asset, &item, err);
    if (*asset && (code != KIN_OK || !ends_in(item.path, path)))
        *asset = 0;
    return code;
}

/* Width and height of an image that was perhaps never read: from its header. */
static bool size_of_image(import *in, int64_t asset)
{
    kin_item item;
    kin_image_info info;
    if (in->last_width)
        return true;
    if (kin_ledger_item(in->update->workspace->ledger, asset, &item, NULL) != KIN_OK)
        return false;
    in->last_width = item.width;
    in->last_height = item.height;
    kin_arena arena = KIN_ARENA_INIT;
    kin_buffer bytes = KIN_BUFFER_INIT;
    char *file = in->last_width ? NULL : kin_workspace__file(in->update->workspace, &arena, item.path);
    if (file && kin_file_read(file, KIN_DEFAULT_MAX_BYTES, &bytes, NULL) == KIN_OK &&
        kin_image_probe(bytes.data, bytes.size, true, &info, NULL) == KIN_OK) {
        in->last_width = info.width;
        in->last_height = info.height;
    }
    kin_buffer_clear(&bytes);
    kin_arena_clear(&arena);
    return in->last_width > 0;
}

static int take_shape(import *in, const kin_annotation *a, int64_t asset, kin_error *err)
{
    kin_ledger *ledger = in->update->workspace->ledger;
    kin_box box = a->box;
    if (a->relative) {
        if (!size_of_image(in, asset)) {
            reject(in, a->path, "the image cannot be read, so its boxes in fractions of it are not known");
            return KIN_OK;
        }
        box = (kin_box) { box.x * in->last_width, box.y * in->last_height, box.w * in->last_width,
                          box.h * in->last_height };
    }
    int64_t id;
    kin_change change;
    int code = kin_ledger_shape_put(ledger, asset, a->shape, a->label, box, (int64_t)in->run, &id, &change, err);
    if (code != KIN_OK)
        return code;
    in->update->summary->shapes_read++;
    in->update->summary->added += change == KIN_NEW;
    in->update->summary->changed += change == KIN_REDRAWN || change == KIN_RELABELLED;
    return kin_ledger_attributes_put(ledger, id, a->attributes, a->attribute_count, err);
}

static int pass_over_absent(import *in, const kin_annotation *a, kin_error *err)
{
    if (in->update->options->import.strict)
        return kin_fail(err, KIN_E_FORMAT, "%s: there is no image %s in the folder; --strict stops here", in->source,
                        a->path);
    if (a->shape)
        in->update->summary->rejects++; /* its image was named, once is enough */
    else
        reject(in, a->path, "there is no such image in the folder");
    return KIN_OK;
}

static int take(void *user, const kin_annotation *a, kin_error *err)
{
    import *in = user;
    kin_ledger *ledger = in->update->workspace->ledger;
    const kin_watch *watch = in->update->watch;
    if (strcmp(in->last_path, a->path) != 0) {
        (void)snprintf(in->last_path, sizeof in->last_path, "%s", a->path);
        in->last_width = in->last_height = 0;
        int found = find_asset(in, a->path, &in->last_asset, err);
        if (found != KIN_OK)
            return found;
    }
    if (!in->last_asset)
        return pass_over_absent(in, a, err);
    int code;
    if (a->shape)
        code = take_shape(in, a, in->last_asset, err);
    else {
        code = kin_ledger_asset_label(ledger, in->last_asset, a->label, (int64_t)in->run, err);
        if (code == KIN_OK)
            code = kin_ledger_attributes_put(ledger, in->last_asset, a->attributes, a->attribute_count, err);
    }
    if (watch->progress)
        watch->progress(watch->user, "read annotations", in->update->summary->shapes_read, 0);
    if (code != KIN_OK || ++in->since_commit < commit_every)
        return code;
    in->since_commit = 0;
    if (watch->stop && watch->stop(watch->user))
        return kin_fail(err, KIN_E_STOPPED, "stopped while reading %s; run the same command to go on", in->source);
    code = kin_ledger_commit(ledger, err);
    return code == KIN_OK ? kin_ledger_begin(ledger, err) : code;
}

/* ---- The whole ---- */

static int read_sources(import *in, const char *list, const kin_import_options *options, kin_error *err)
{
    kin_annotation_sink sink = { take, reject, in };
    char *summary = in->update->summary->annotations;
    for (const char *line = list; *line; line = strchr(line, '\n') + 1) {
        char *own = kin_arena_copy(&in->arena, line, strcspn(line, "\n"));
        const char *file = own ? kin_update__file_of(in->update, &in->arena, own) : NULL;
        if (!file)
            return kin_fail_memory(err);
        in->source = own;
        kin_import_summary one;
        int code = kin_import_annotations(file, in->update->workspace->folder, options, &sink, &one, err);
        if (code == KIN_OK && one.rejects && one.images + one.shapes == 0)
            code = kin_fail(err, KIN_E_FORMAT,
                            "%s: not one entry could be read, of %llu; mend the file, the annotations of before stay",
                            own, (unsigned long long)one.rejects);
        if (code != KIN_OK)
            return code;
        size_t used = strlen(summary);
        (void)snprintf(summary + used, sizeof in->update->summary->annotations - used, "%s%s (%s)", used ? ", " : "",
                       strcmp(own, ".") == 0 ? "folder names" : own, kin_annotation_format_name(one.format));
    }
    uint64_t gone;
    int code = kin_ledger_sweep(in->update->workspace->ledger, (int64_t)in->run, &gone, err);
    in->update->summary->gone += code == KIN_OK ? gone : 0;
    return code;
}

static int keep_settings(import *in, const char *list, const kin_import_options *options, uint64_t stamp,
                         kin_error *err)
{
    kin_workspace *w = in->update->workspace;
    int code = kin_ledger_setting_put(w->ledger, KIN_SETTING_ANNOTATIONS, list, err);
    if (code == KIN_OK)
        code = kin_ledger_setting_put(w->ledger, KIN_SETTING_FORMAT, kin_annotation_format_name(options->format), err);
    if (code == KIN_OK)
        code = kin_ledger_setting_put(w->ledger, KIN_SETTING_COLUMN, options->label_column ? options->label_column : "",
                                      err);
    /* What was rejected is looked at, and told, again. */
    uint64_t kept = in->update->summary->rejects ? 0 : stamp;
    return code == KIN_OK ? kin_workspace__number_put(w, KIN_SETTING_STAMP, kept, err) : code;
}

static int import_all(import *in, kin_buffer *list, kin_error *err)
{
    kin_workspace *w = in->update->workspace;
    kin_import_options options;
    uint64_t last_stamp = 0;
    int code = choose_sources(in, list, err);
    if (code == KIN_OK)
        code = choose_options(in, in->update->options->annotations_count > 0, &options, err);
    if (code == KIN_OK)
        code = kin_workspace__number(w, KIN_SETTING_STAMP, 0, &last_stamp, err);
    if (code == KIN_OK)
        code = kin_workspace__number(w, KIN_SETTING_RUN, 0, &in->run, err);
    if (code != KIN_OK)
        return code;
    const char *sources = list->data ? list->data : "";
    uint64_t stamp = stamp_of(in, sources, &options);
    if (stamp && stamp == last_stamp && !in->update->files_changed)
        return KIN_OK;
    in->run++;
    code = kin_workspace__number_put(w, KIN_SETTING_RUN, in->run, err);
    if (code == KIN_OK)
        code = read_sources(in, sources, &options, err);
    return code == KIN_OK ? keep_settings(in, sources, &options, stamp, err) : code;
}

int kin_update__import(kin_update *update, kin_error *err)
{
    kin_ledger *ledger = update->workspace->ledger;
    import in = { .update = update, .arena = KIN_ARENA_INIT, .source = "" };
    kin_buffer list = KIN_BUFFER_INIT;
    int code = kin_ledger_begin(ledger, err);
    if (code == KIN_OK) {
        code = import_all(&in, &list, err);
        code = kin_workspace__end(ledger, code, err);
    }
    kin_buffer_clear(&list);
    kin_arena_clear(&in.arena);
    free(in.base_names);
    return code;
}
