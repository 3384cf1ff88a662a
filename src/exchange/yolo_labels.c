#include "exchange/yolo_labels.h"

#include "base/checked.h"
#include "base/file.h"
#include "exchange/exchange_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_label_bytes = 64 * 1024 * 1024, most_numbers = 65536 };

/* As far as Ultralytics lets coordinates stray beyond 0..1 before it calls the file corrupt. */
static const double slack = 0.01;

int kin_exchange__yolo_labels_init(kin_exchange__yolo_labels *labels, kin_exchange__import *im, kin_error *err)
{
    *labels = (kin_exchange__yolo_labels) { .im = im };
    labels->numbers = kin_alloc_array(most_numbers, sizeof *labels->numbers);
    return labels->numbers ? KIN_OK : kin_fail_memory(err);
}

void kin_exchange__yolo_labels_clear(kin_exchange__yolo_labels *labels)
{
    free(labels->numbers);
    kin_buffer_clear(&labels->text);
    labels->numbers = NULL;
}

/* Cuts the next token off *text; NULL at the end of the line. */
static char *next_token(char **text)
{
    char *token = *text + strspn(*text, " \t\r");
    if (!*token)
        return NULL;
    char *end = token + strcspn(token, " \t\r");
    *text = end + (*end != '\0');
    *end = '\0';
    return token;
}

static int reject(kin_exchange__yolo_labels *y, const char *why, kin_error *err)
{
    return kin_exchange__reject(y->im, err, y->where, "%s", why);
}

/* The numbers behind the class; *fault is not NULL where they are no box. */
static size_t read_numbers(kin_exchange__yolo_labels *y, char *text, const char **fault)
{
    size_t n = 0;
    char *token;
    *fault = NULL;
    while (!*fault && (token = next_token(&text))) {
        if (n >= most_numbers)
            *fault = "more than 65536 numbers";
        else if (!kin_exchange__parse_number(token, &y->numbers[n]))
            *fault = "numbers are expected: class cx cy w h, or class x1 y1 x2 y2 x3 y3 ...";
        else if (y->numbers[n] < -slack || y->numbers[n] > 1 + slack)
            *fault = "a number out of 0..1: coordinates are fractions of the image's width and height";
        else
            n++;
    }
    if (!*fault && (n < 4 || n % 2))
        *fault = "4 numbers cx cy w h are expected behind the class, or 3 and more points x y";
    return n;
}

static kin_box bounding_box(const double *v, size_t n)
{
    double low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };
    if (n == 4)
        return (kin_box) { v[0] - v[2] / 2, v[1] - v[3] / 2, v[2], v[3] };
    for (size_t i = 0; i < n; i++) {
        low[i % 2] = fmin(low[i % 2], v[i]);
        high[i % 2] = fmax(high[i % 2], v[i]);
    }
    return (kin_box) { low[0], low[1], high[0] - low[0], high[1] - low[1] };
}

static int take_line(kin_exchange__yolo_labels *y, const char *path, char *line, uint64_t number, kin_error *err)
{
    char id[24];
    double class_id;
    const char *fault;
    char *rest = line;
    const char *first = next_token(&rest);
    if (!first)
        return KIN_OK;
    if (!kin_exchange__parse_number(first, &class_id) || class_id < 0 || class_id != floor(class_id))
        return reject(y, "a class id (0, 1, ...) is expected first", err);
    size_t n = read_numbers(y, rest, &fault);
    if (fault)
        return reject(y, fault, err);
    const char *label = class_id < (double)y->name_count ? y->names[(size_t)class_id] : NULL;
    if (!label)
        return kin_exchange__reject(y->im, err, y->where, "class %.20s has no name in %.100s", first, y->names_file);
    (void)snprintf(id, sizeof id, "%llu", (unsigned long long)number);
    kin_annotation shape = { .path = path, .shape = id, .label = label, .relative = true };
    shape.box = bounding_box(y->numbers, n);
    return kin_exchange__take(y->im, &shape, y->where, err);
}

/* *found is false where the file cannot be read. */
static int read_text(kin_exchange__yolo_labels *y, const char *file, bool *found, kin_error *err)
{
    kin_error why = KIN_ERROR_INIT;
    kin_buffer_reset(&y->text);
    int code = kin_file_read(file, most_label_bytes, &y->text, &why);
    *found = false;
    if (code == KIN_E_MEMORY)
        return kin_fail_memory(err);
    if (code != KIN_OK)
        return reject(y, why.message, err);
    if (y->text.size && memchr(y->text.data, '\0', y->text.size))
        return reject(y, "a text file is expected, this one has NUL bytes", err);
    *found = y->text.size > 0;
    return KIN_OK;
}

int kin_exchange__yolo_labels_take(kin_exchange__yolo_labels *y, const char *file, const char *shown, const char *path,
                                   kin_error *err)
{
    bool found;
    (void)snprintf(y->where, sizeof y->where, "%s", shown);
    int code = read_text(y, file, &found, err);
    if (code != KIN_OK || !found)
        return code;
    char *line = y->text.data;
    if (strncmp(line, "\xef\xbb\xbf", 3) == 0)
        line += 3;
    for (uint64_t number = 1; line && code == KIN_OK; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        (void)snprintf(y->where, sizeof y->where, "%.*s:%llu", kin_exchange__where_size - 24, shown,
                       (unsigned long long)number);
        code = take_line(y, path, line, number, err);
        line = end ? end + 1 : NULL;
    }
    return code;
}
