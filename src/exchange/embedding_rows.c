#include "exchange/csv.h"
#include "exchange/exchange_text.h"
#include "kin/embeddings.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct rows_reader {
    const char *file;
    const kin_embedding_rows_sink *sink;
    kin_embedding_rows_summary summary;
    kin_exchange__csv csv;
    uint64_t rows;        /* of the vectors */
    uint64_t next;        /* where the order tells it, the next line's row */
    int path, shape, row; /* columns; -1: none */
} rows_reader;

static void reject(rows_reader *r, const char *format, ...) KIN_PRINTF(2, 3);

static void reject(rows_reader *r, const char *format, ...)
{
    char where[32], why[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why, sizeof why, format, args);
    va_end(args);
    (void)snprintf(where, sizeof where, "line %llu", (unsigned long long)r->csv.line);
    kin_exchange__tidy(why);
    r->summary.rejects++;
    if (r->sink->reject)
        r->sink->reject(r->sink->user, where, why);
}

static int read_header(rows_reader *r, kin_error *err)
{
    static const char *const shapes[] = { "shape", "shape_id", "annotation_id", "id" };
    bool more;
    int code = kin_exchange__csv_next(&r->csv, &more, err);
    if (code == KIN_OK && more)
        code = kin_exchange__csv_header(&r->csv, err);
    if (code != KIN_OK)
        return code;
    r->path = more ? kin_exchange__csv_path_column(&r->csv) : -1;
    if (r->path < 0)
        return kin_fail(err, KIN_E_FORMAT,
                        "%s: the first line has no column \"path\" (or file_name, filename, image_path, image, file)",
                        r->file);
    r->shape = -1;
    for (size_t i = 0; r->shape < 0 && i < sizeof shapes / sizeof *shapes; i++)
        r->shape = kin_exchange__csv_column(&r->csv, shapes[i]);
    r->row = kin_exchange__csv_column(&r->csv, "row");
    return KIN_OK;
}

/* A cell without blanks around it; "" where there is none. */
static const char *cell(const rows_reader *r, int column)
{
    return column >= 0 && (size_t)column < r->csv.count ? kin_exchange__trim(r->csv.cells[column]) : "";
}

/* Which row of the vectors the line speaks of; false where it was rejected. */
static bool number_of(rows_reader *r, uint64_t *row)
{
    int64_t given = 0;
    const char *text = cell(r, r->row);
    if (r->row < 0)
        *row = r->next++;
    else if (!kin_exchange__parse_integer(text, &given) || given < 0) {
        reject(r, "row: a number from 0 is expected, not \"%.60s\"", text);
        return false;
    } else
        *row = (uint64_t)given;
    if (*row < r->rows)
        return true;
    if (r->row < 0)
        reject(r, "a line too many: there are %llu vectors", (unsigned long long)r->rows);
    else
        reject(r, "row: there are %llu vectors, so %llu is none of them", (unsigned long long)r->rows,
               (unsigned long long)*row);
    return false;
}

static int take_line(rows_reader *r, kin_error *err)
{
    uint64_t row;
    if (!number_of(r, &row))
        return KIN_OK;
    const char *path = cell(r, r->path), *shape = cell(r, r->shape);
    if (!path[0]) {
        reject(r, "path: it is empty");
        return KIN_OK;
    }
    int code = r->sink->take(r->sink->user, row, path, shape[0] ? shape : NULL, err);
    r->summary.rows += code == KIN_OK;
    return code;
}

static int read_lines(rows_reader *r, kin_error *err)
{
    bool more = true;
    int code = KIN_OK;
    while (code == KIN_OK) {
        code = kin_exchange__csv_next(&r->csv, &more, err);
        if (code != KIN_OK || !more)
            break;
        if (!r->csv.problem)
            code = take_line(r, err);
        else if (r->row >= 0)
            reject(r, "%s", r->csv.problem);
        else
            code = kin_fail(err, KIN_E_FORMAT,
                            "%s: line %llu: %s; without a column row all lines behind it would be shifted", r->file,
                            (unsigned long long)r->csv.line, r->csv.problem);
    }
    return code;
}

/* The vectors behind the last line. */
static void reject_rest(rows_reader *r)
{
    char why[128];
    if (r->row >= 0 || r->next >= r->rows)
        return;
    (void)snprintf(why, sizeof why, "%llu lines for %llu vectors: no line names the last %llu",
                   (unsigned long long)r->next, (unsigned long long)r->rows, (unsigned long long)(r->rows - r->next));
    r->summary.rejects += r->rows - r->next;
    if (r->sink->reject)
        r->sink->reject(r->sink->user, "the end", why);
}

int kin_embedding_rows_read(const char *path, uint64_t rows, const kin_embedding_rows_sink *sink,
                            kin_embedding_rows_summary *summary, kin_error *err)
{
    rows_reader r = { .file = path, .sink = sink, .rows = rows };
    int code = kin_exchange__csv_open(&r.csv, path, err);
    if (code == KIN_OK)
        code = read_header(&r, err);
    if (code == KIN_OK)
        code = read_lines(&r, err);
    if (code == KIN_OK)
        reject_rest(&r);
    kin_exchange__csv_close(&r.csv);
    if (summary)
        *summary = r.summary;
    return code;
}
