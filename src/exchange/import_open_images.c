/* Open Images: a CSV with a row a box. The name of an image is its id without an extension; labels are machine ids
 * whose names stand in a class-descriptions file, where one lies near. A box's id is its place among its image's, so
 * that a row more or less elsewhere changes nothing. */
#include "base/file.h"
#include "base/hash.h"
#include "base/table.h"
#include "exchange/csv.h"
#include "exchange/exchange_text.h"
#include "exchange/image_names.h"
#include "exchange/import_seen.h"

#include "base/checked.h"

#include <dirent.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_classes = 1000000 };

/* As far as coordinates may stray beyond 0..1. */
static const double slack = 0.01;

typedef struct open_images {
    kin_exchange__import *im;
    kin_exchange__csv csv;
    char **names; /* of the columns that are attributes; NULL: none */
    size_t name_count;
    int image, label, box[4]; /* columns; box: XMin, YMin, XMax, YMax */
    kin_exchange__seen seen;
    kin_exchange__hashes counts; /* shapes met on each image */
    kin_table classes;           /* machine id -> index into class_names */
    const char **class_names;
    size_t class_count, class_capacity;
    kin_exchange__attributes attributes;
    char where[48];
} open_images;

/* ---- Classes ---- */

static int note_class(open_images *o, const char *id, const char *name, kin_error *err)
{
    bool added;
    if (!id[0] || !name[0] || o->class_count == most_classes)
        return KIN_OK;
    if (!KIN_GROW(&o->class_names, &o->class_capacity, o->class_count + 1))
        return kin_fail_memory(err);
    if (!kin_table_add(&o->classes, id, (int64_t)o->class_count, &added))
        return kin_fail_memory(err);
    if (!added)
        return KIN_OK;
    o->class_names[o->class_count] = kin_arena_string(&o->im->kept, name);
    return o->class_names[o->class_count++] ? KIN_OK : kin_fail_memory(err);
}

static int read_classes(open_images *o, const char *path, kin_error *err)
{
    kin_exchange__csv csv;
    bool more = true;
    int code = kin_exchange__csv_open(&csv, path, err);
    while (code == KIN_OK && more) {
        code = kin_exchange__csv_next(&csv, &more, err);
        if (code == KIN_OK && more && csv.count >= 2)
            code = note_class(o, kin_exchange__trim(csv.cells[0]), kin_exchange__trim(csv.cells[1]), err);
    }
    kin_exchange__csv_close(&csv);
    return code;
}

/* Reads every class-descriptions file of a folder, in the order in which the system lists them. */
static int read_classes_in(open_images *o, const char *folder, kin_error *err)
{
    int code = KIN_OK;
    DIR *dir = opendir(folder);
    const struct dirent *file;
    while (dir && code == KIN_OK && (file = readdir(dir))) {
        if (fnmatch("*class-descriptions*.csv", file->d_name, 0) != 0 && strcmp(file->d_name, "classes.csv") != 0)
            continue;
        const char *path = kin_path_join(&o->im->scratch, folder, file->d_name);
        code = path ? read_classes(o, path, err) : kin_fail_memory(err);
    }
    if (dir)
        (void)closedir(dir);
    return code;
}

/* Beside the file, in metadata/ beside its folder (as FiftyOne has it), and the same of the data set's folder. */
static int find_classes(open_images *o, kin_error *err)
{
    kin_arena *arena = &o->im->scratch;
    const char *base = kin_path_base(o->im->path);
    const char *own = base == o->im->path ? "." : kin_arena_copy(arena, o->im->path, (size_t)(base - o->im->path));
    const char *folders[] = { own, own ? kin_path_join(arena, own, "../metadata") : NULL,
                              kin_arena_string(arena, o->im->root), kin_path_join(arena, o->im->root, "annotations"),
                              kin_path_join(arena, o->im->root, "metadata") };
    int code = KIN_OK;
    for (size_t i = 0; i < sizeof folders / sizeof *folders && code == KIN_OK; i++)
        code = folders[i] ? read_classes_in(o, folders[i], err) : kin_fail_memory(err);
    return code;
}

/* ---- Columns ---- */

static bool is_box_column(const open_images *o, int column)
{
    for (size_t k = 0; k < 4; k++)
        if (o->box[k] == column)
            return true;
    return false;
}

static int find_columns(open_images *o, kin_error *err)
{
    static const char *const corners[] = { "XMin", "YMin", "XMax", "YMax" };
    o->image = kin_exchange__csv_column(&o->csv, "ImageID");
    o->label =
        kin_exchange__csv_column(&o->csv, o->im->options.label_column ? o->im->options.label_column : "LabelName");
    bool all = o->image >= 0 && o->label >= 0;
    for (size_t k = 0; k < 4; k++) {
        o->box[k] = kin_exchange__csv_column(&o->csv, corners[k]);
        all &= o->box[k] >= 0;
    }
    if (!all)
        return kin_fail(err, KIN_E_FORMAT, "%s: the columns ImageID, %s, XMin, XMax, YMin and YMax are expected",
                        o->im->path, o->im->options.label_column ? o->im->options.label_column : "LabelName");
    o->name_count = o->csv.count;
    o->names = kin_alloc_zeroed(o->name_count, sizeof *o->names);
    if (!o->names)
        return kin_fail_memory(err);
    for (int i = 0; i < (int)o->name_count; i++) { /* XClick1X: where an annotator clicked */
        const char *name = o->csv.cells[i];
        if (i == o->image || i == o->label || is_box_column(o, i) || !name[0] || fnmatch("XClick*", name, 0) == 0)
            continue;
        o->names[i] = kin_arena_string(&o->im->kept, name);
        if (!o->names[i])
            return kin_fail_memory(err);
    }
    return KIN_OK;
}

/* ---- Rows ---- */

static int reject(open_images *o, const char *why, kin_error *err)
{
    return kin_exchange__reject(o->im, err, o->where, "%s", why);
}

/* A fraction, with a comma too where a spreadsheet wrote one. */
static bool read_fraction(char *cell, double *value)
{
    char *comma = strchr(cell, ',');
    if (comma && !strchr(cell, '.'))
        *comma = '.';
    return kin_exchange__parse_number(cell, value);
}

static int read_box(open_images *o, kin_box *box, bool *sound, kin_error *err)
{
    double v[4];
    *sound = false;
    for (size_t k = 0; k < 4; k++) {
        char *cell = o->csv.cells[o->box[k]];
        if (!read_fraction(cell, &v[k]))
            return kin_exchange__reject(o->im, err, o->where, "the box: a fraction is expected, not \"%.60s\"", cell);
        if (v[k] < -slack || v[k] > 1 + slack)
            return kin_exchange__reject(o->im, err, o->where,
                                        "the box: a fraction of the image, 0 to 1, is expected, not %.60s", cell);
    }
    *box = (kin_box) { v[0], v[1], v[2] - v[0], v[3] - v[1] };
    *sound = true;
    return KIN_OK;
}

static int find_image(open_images *o, const char *id, const char **path, kin_error *err)
{
    static const char *const extensions[] = { ".jpg", ".jpeg", ".png", ".JPG", ".JPEG", ".PNG" };
    enum { n = sizeof extensions / sizeof *extensions };
    const char *names[n];
    if (!id[0] || kin_exchange__is_image_name(id))
        return kin_exchange__image_path(o->im, id, o->where, path, err);
    size_t length = strlen(id);
    for (size_t i = 0; i < n; i++) {
        size_t more = strlen(extensions[i]) + 1;
        char *name = kin_arena_alloc(&o->im->scratch, length + more);
        if (!name)
            return kin_fail_memory(err);
        memcpy(name, id, length);
        memcpy(name + length, extensions[i], more);
        names[i] = name;
    }
    return kin_exchange__image_among(o->im, names, n, names[0], o->where, path, err);
}

static const char *label_of(const open_images *o)
{
    const char *id = kin_exchange__trim(o->csv.cells[o->label]);
    const int64_t *index = kin_table_find(&o->classes, id);
    return index ? o->class_names[*index] : id[0] ? id : NULL;
}

/* The place of a row among those of its image; a row whose box is rejected keeps its own. */
static bool count_row(open_images *o, const char *path, char id[32])
{
    bool added;
    uint32_t *count = kin_exchange__hashes_put(&o->counts, kin_hash(path, strlen(path)), 0, &added);
    if (count)
        (void)snprintf(id, 32, "%lu", (unsigned long)++*count);
    return count != NULL;
}

static int take_row(open_images *o, kin_error *err)
{
    char id[32];
    kin_annotation shape = { .shape = id, .relative = true };
    bool sound;
    if (o->csv.count != o->name_count)
        return kin_exchange__reject(o->im, err, o->where, "%zu cells where the header has %zu", o->csv.count,
                                    o->name_count);
    int code = find_image(o, kin_exchange__trim(o->csv.cells[o->image]), &shape.path, err);
    if (code == KIN_OK && shape.path && !count_row(o, shape.path, id))
        return kin_fail_memory(err);
    if (code == KIN_OK && shape.path)
        code = read_box(o, &shape.box, &sound, err);
    if (code != KIN_OK || !shape.path || !sound)
        return code;
    o->attributes.count = 0;
    for (size_t i = 0; i < o->name_count; i++)
        if (o->names[i] && !kin_exchange__attribute(&o->attributes, o->names[i], o->csv.cells[i]))
            return reject(o, "more than 256 attributes", err);
    shape.label = label_of(o);
    shape.attributes = o->attributes.list;
    shape.attribute_count = o->attributes.count;
    return kin_exchange__take_shape(o->im, &o->seen, &shape, o->where, err);
}

static int read_rows(open_images *o, kin_error *err)
{
    bool more;
    int code = kin_exchange__csv_next(&o->csv, &more, err);
    if (code != KIN_OK)
        return code;
    if (!more || o->csv.problem)
        return kin_fail(err, KIN_E_FORMAT, "%s: a first line with the names of the columns is expected%s%s",
                        o->im->path, more ? ": " : "; it is empty", more ? o->csv.problem : "");
    code = kin_exchange__csv_header(&o->csv, err);
    if (code == KIN_OK)
        code = find_columns(o, err);
    while (code == KIN_OK) {
        code = kin_exchange__csv_next(&o->csv, &more, err);
        if (code != KIN_OK || !more)
            break;
        kin_arena_reset(&o->im->scratch);
        (void)snprintf(o->where, sizeof o->where, "line %llu", (unsigned long long)o->csv.line);
        code = o->csv.problem ? reject(o, o->csv.problem, err) : take_row(o, err);
    }
    return code;
}

int kin_exchange__import_open_images(kin_exchange__import *im, kin_error *err)
{
    open_images *o = kin_alloc_zeroed(1, sizeof *o);
    if (!o)
        return kin_fail_memory(err);
    o->im = im;
    int code = find_classes(o, err);
    if (code == KIN_OK)
        code = kin_exchange__csv_open(&o->csv, im->path, err);
    if (code == KIN_OK)
        code = read_rows(o, err);
    kin_exchange__csv_close(&o->csv);
    kin_exchange__seen_clear(&o->seen);
    kin_exchange__hashes_clear(&o->counts);
    kin_table_clear(&o->classes);
    free(o->class_names);
    free(o->names);
    free(o);
    return code;
}
