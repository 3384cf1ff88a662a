/* Columns are known by their names (the public header lists them). An image of which only shapes have been seen is
 * handed out bare, before the first of them; its own row, where it comes later, hands it out again. */
#include "exchange/csv.h"
#include "exchange/exchange_text.h"
#include "exchange/import_seen.h"

#include "base/checked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_pixels_a_side = 10000000 };

typedef struct csv_import {
    kin_exchange__import *im;
    kin_exchange__csv csv;
    char **names; /* of all columns; NULL: no attribute */
    size_t name_count;
    int path, label, shape, width, height; /* columns; -1: none */
    int box[4];
    bool has_box, corners; /* the box is x, y, w, h, or two corners */
    uint64_t row;          /* of the file, 1 is the first below the header */
    kin_exchange__seen seen;
    kin_exchange__attributes attributes;
    char where[48];
} csv_import;

static int column_of(const kin_exchange__csv *csv, const char *const *names)
{
    for (; *names; names++) {
        int column = kin_exchange__csv_column(csv, *names);
        if (column >= 0)
            return column;
    }
    return -1;
}

int kin_exchange__csv_path_column(const kin_exchange__csv *csv)
{
    static const char *const names[] = { "path", "file_name", "filename", "image_path", "image", "file", NULL };
    return column_of(csv, names);
}

static void find_box(csv_import *c)
{
    for (size_t i = 0; i < kin_exchange__box_name_sets && !c->has_box; i++) {
        const kin_exchange__box_names *set = &kin_exchange__box_sets[i];
        c->has_box = true;
        c->corners = set->corners;
        for (size_t k = 0; k < 4; k++) {
            c->box[k] = kin_exchange__csv_column(&c->csv, set->names[k]);
            c->has_box &= c->box[k] >= 0;
        }
    }
}

static bool is_box_column(const csv_import *c, int column)
{
    for (size_t k = 0; k < 4; k++)
        if (c->has_box && c->box[k] == column)
            return true;
    return false;
}

/* image_width, else width where that is not the box's. */
static int find_side(const csv_import *c, const char *full, const char *brief)
{
    int column = kin_exchange__csv_column(&c->csv, full);
    if (column < 0)
        column = kin_exchange__csv_column(&c->csv, brief);
    return is_box_column(c, column) ? -1 : column;
}

static int find_label(csv_import *c, kin_error *err)
{
    static const char *const labels[] = { "label", "class", "category", "class_name", NULL };
    const char *wanted = c->im->options.label_column;
    c->label = wanted ? kin_exchange__csv_column(&c->csv, wanted) : column_of(&c->csv, labels);
    if (!wanted || c->label >= 0)
        return KIN_OK;
    kin_buffer list = KIN_BUFFER_INIT;
    for (size_t i = 0; i < c->csv.count; i++)
        kin_buffer_printf(&list, "%s%s", i ? ", " : "", c->csv.cells[i]);
    if (list.data)
        kin_exchange__tidy(list.data);
    int code = kin_fail(err, KIN_E_NOTFOUND, "%s has no column \"%s\"; its columns: %s", c->im->path, wanted,
                        list.data ? list.data : "");
    kin_buffer_clear(&list);
    return code;
}

static int find_columns(csv_import *c, kin_error *err)
{
    static const char *const shapes[] = { "shape", "shape_id", "annotation_id", "id", NULL };
    c->path = kin_exchange__csv_path_column(&c->csv);
    if (c->path < 0)
        return kin_fail(err, KIN_E_FORMAT,
                        "%s: the first line has no column \"path\" (or file_name, filename, image_path, image, file)",
                        c->im->path);
    int code = find_label(c, err);
    if (code != KIN_OK)
        return code;
    find_box(c);
    c->shape = c->has_box ? column_of(&c->csv, shapes) : -1;
    c->width = find_side(c, "image_width", "width");
    c->height = find_side(c, "image_height", "height");
    c->name_count = c->csv.count;
    c->names = kin_alloc_zeroed(c->name_count, sizeof *c->names);
    if (!c->names)
        return kin_fail_memory(err);
    for (int i = 0; i < (int)c->name_count; i++) {
        const char *name = c->csv.cells[i];
        if (i == c->path || i == c->label || i == c->shape || i == c->width || i == c->height || is_box_column(c, i) ||
            !name[0])
            continue;
        c->names[i] = kin_arena_string(&c->im->kept, name);
        if (!c->names[i])
            return kin_fail_memory(err);
    }
    return KIN_OK;
}

static const char *cell(const csv_import *c, int column)
{
    return column >= 0 && (size_t)column < c->csv.count ? c->csv.cells[column] : "";
}

/* The same without blanks around it; NULL where it is empty. */
static const char *trimmed_cell(const csv_import *c, int column)
{
    if (column < 0 || (size_t)column >= c->csv.count)
        return NULL;
    const char *text = kin_exchange__trim(c->csv.cells[column]);
    return text[0] ? text : NULL;
}

/* 0 where the cell is empty; false where it holds no sensible number of pixels. */
static bool read_side(const csv_import *c, int column, int *side)
{
    double value;
    const char *text = cell(c, column);
    *side = 0;
    if (!text[strspn(text, " \t")])
        return true;
    if (!kin_exchange__csv_number(&c->csv, text, &value) || !(value >= 1 && value <= most_pixels_a_side) ||
        value != (double)(int)value)
        return false;
    *side = (int)value;
    return true;
}

/* *has_shape is false where the row is the image itself; *sound is false where the box was rejected. */
static int read_box(csv_import *c, kin_box *box, bool *has_shape, bool *sound, kin_error *err)
{
    double v[4];
    size_t empty = 0;
    *has_shape = *sound = true;
    for (size_t k = 0; c->has_box && k < 4; k++) {
        const char *text = cell(c, c->box[k]);
        if (!text[strspn(text, " \t")])
            empty++;
        else if (!kin_exchange__csv_number(&c->csv, text, &v[k])) {
            *sound = false;
            return kin_exchange__reject(c->im, err, c->where, "the box: a number is expected, not \"%.60s\"", text);
        }
    }
    *has_shape = c->has_box && empty < 4;
    if (!*has_shape)
        return KIN_OK;
    *sound = empty == 0;
    if (!*sound)
        return kin_exchange__reject(c->im, err, c->where, "the box has an empty cell");
    *box = (kin_box) { v[0], v[1], c->corners ? v[2] - v[0] : v[2], c->corners ? v[3] - v[1] : v[3] };
    *sound = !(box->x >= 0 && box->y >= 0 && box->x + box->w <= 1 && box->y + box->h <= 1);
    return *sound ? KIN_OK
                  : kin_exchange__reject(c->im, err, c->where,
                                         "the box lies within one pixel: are these fractions? pixels are expected");
}

static int gather_attributes(csv_import *c, bool *sound, kin_error *err)
{
    c->attributes.count = 0;
    *sound = true;
    for (size_t i = 0; i < c->csv.count && *sound; i++) {
        if (i >= c->name_count)
            *sound = !c->csv.cells[i][0];
        else if (c->names[i])
            *sound = kin_exchange__attribute(&c->attributes, c->names[i], c->csv.cells[i]);
    }
    if (*sound)
        return KIN_OK;
    if (c->attributes.count == kin_exchange__most_attributes)
        return kin_exchange__reject(c->im, err, c->where, "more than %d attributes", kin_exchange__most_attributes);
    return kin_exchange__reject(c->im, err, c->where, "%zu cells where the header has %zu", c->csv.count,
                                c->name_count);
}

static int take_shape(csv_import *c, kin_annotation *shape, kin_error *err)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)c->row);
    shape->shape = trimmed_cell(c, c->shape);
    if (!shape->shape)
        shape->shape = number;
    return kin_exchange__take_shape(c->im, &c->seen, shape, c->where, err);
}

static int take_row(csv_import *c, kin_error *err)
{
    kin_annotation row = { .path = NULL };
    bool has_shape, sound;
    int code = gather_attributes(c, &sound, err);
    if (code == KIN_OK && sound)
        code = read_box(c, &row.box, &has_shape, &sound, err);
    if (code != KIN_OK || !sound)
        return code;
    if (!read_side(c, c->width, &row.width) || !read_side(c, c->height, &row.height))
        return kin_exchange__reject(c->im, err, c->where, "the image's width and height are expected in whole pixels");
    code = kin_exchange__image_path(c->im, cell(c, c->path), c->where, &row.path, err);
    if (code != KIN_OK || !row.path)
        return code;
    row.label = trimmed_cell(c, c->label);
    row.attributes = c->attributes.list;
    row.attribute_count = c->attributes.count;
    return has_shape ? take_shape(c, &row, err)
                     : kin_exchange__take_image(c->im, &c->seen, &row, "row", c->row, c->where, NULL, err);
}

static int read_rows(csv_import *c, kin_error *err)
{
    bool more;
    int code = kin_exchange__csv_next(&c->csv, &more, err);
    if (code != KIN_OK)
        return code;
    if (!more || c->csv.problem)
        return kin_fail(err, KIN_E_FORMAT, "%s: a first line with the names of the columns is expected%s%s",
                        c->im->path, more ? ": " : "; it is empty", more ? c->csv.problem : "");
    code = kin_exchange__csv_header(&c->csv, err);
    if (code == KIN_OK)
        code = find_columns(c, err);
    while (code == KIN_OK) {
        code = kin_exchange__csv_next(&c->csv, &more, err);
        if (code != KIN_OK || !more)
            break;
        c->row++;
        kin_arena_reset(&c->im->scratch);
        (void)snprintf(c->where, sizeof c->where, "line %llu", (unsigned long long)c->csv.line);
        code = c->csv.problem ? kin_exchange__reject(c->im, err, c->where, "%s", c->csv.problem) : take_row(c, err);
    }
    return code;
}

int kin_exchange__import_csv(kin_exchange__import *im, kin_error *err)
{
    csv_import *c = kin_alloc_zeroed(1, sizeof *c);
    if (!c)
        return kin_fail_memory(err);
    c->im = im;
    int code = kin_exchange__csv_open(&c->csv, im->path, err);
    if (code == KIN_OK)
        code = read_rows(c, err);
    kin_exchange__csv_close(&c->csv);
    kin_exchange__seen_clear(&c->seen);
    free(c->names);
    free(c);
    return code;
}
