/* Two passes over the file: the first notes which row without a time is the last of its item and reviewer, the second
 * hands out. That holds one hash a reviewed item in memory, not the rows. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "exchange/exchange_text.h"
#include "exchange/input_file.h"
#include "exchange/job_in.h"
#include "exchange/json_scan.h"
#include "exchange/json_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { most_line = 1024 * 1024 };

static const double most_exact = 9007199254740992.0; /* 2^53 */

void kin_exchange__row_reject(kin_exchange__rows_in *r, const char *column, const char *why, const char *found)
{
    char where[32], text[256];
    if (!r->second_pass)
        return;
    (void)snprintf(where, sizeof where, "%s %llu", r->unit, (unsigned long long)r->line);
    (void)snprintf(text, sizeof text, "%s%s%s%s%.60s%s", column, column[0] ? ": " : "", why, found ? ", not \"" : "",
                   found ? found : "", found ? "\"" : "");
    kin_exchange__tidy(text);
    r->summary.rejects++;
    if (r->sink->reject)
        r->sink->reject(r->sink->user, where, text);
}

static bool number_in(const kin_exchange__rows_in *r, const char *text, double *value)
{
    return r->csv ? kin_exchange__csv_number(r->csv, text, value) : kin_exchange__parse_number(text, value);
}

/* A whole number from 0, 0 where there is none; 3.0 and 3,0 are 3. */
static bool read_whole(const kin_exchange__rows_in *r, int column, int64_t *value)
{
    double number;
    const char *text = r->values[column];
    *value = 0;
    if (!text)
        return true;
    if (!kin_exchange__parse_integer(text, value)) {
        if (!number_in(r, text, &number) || number != floor(number) || fabs(number) > most_exact)
            return false;
        *value = (int64_t)number;
    }
    return *value >= 0;
}

static double read_decimal(const kin_exchange__rows_in *r, int column)
{
    double value;
    return r->values[column] && number_in(r, r->values[column], &value) ? value : NAN;
}

static const char *read_grade(const char *text)
{
    static const char *const grades[] = { "ok", "minor", "critical" };
    for (size_t i = 0; i < 3; i++)
        if (strcasecmp(text, grades[i]) == 0)
            return grades[i];
    return NULL;
}

static void read_box(const kin_exchange__rows_in *r, kin_box *box)
{
    *box = (kin_box) { read_decimal(r, JOB_X), read_decimal(r, JOB_Y), read_decimal(r, JOB_WIDTH),
                       read_decimal(r, JOB_HEIGHT) };
    if (!isfinite(box->x) || !isfinite(box->y) || !(box->w > 0) || !(box->h > 0))
        *box = (kin_box) { 0, 0, 0, 0 };
}

/* Builds the row from its values; false where it was rejected. */
static bool read_row(kin_exchange__rows_in *r, kin_job_row *row)
{
    int64_t time, position;
    for (int i = 0; i < JOB_COLUMNS; i++)
        if (r->values[i] && !kin_exchange__is_utf8(r->values[i]) && i != JOB_ITEM) {
            kin_exchange__row_reject(r, kin_exchange__job_columns[i], "UTF-8 text is expected", NULL);
            return false;
        }
    const char *grade = read_grade(r->values[JOB_VERDICT]);
    if (!grade) {
        kin_exchange__row_reject(r, "verdict", "ok, minor or critical is expected", r->values[JOB_VERDICT]);
        return false;
    }
    *row = (kin_job_row) { .item = r->values[JOB_ITEM], .verdict = grade };
    if (!read_whole(r, JOB_JOB, &row->job)) {
        kin_exchange__row_reject(r, "job", "a number is expected", r->values[JOB_JOB]);
        return false;
    }
    if (!read_whole(r, JOB_COUNT, &row->count)) {
        kin_exchange__row_reject(r, "count", "a number is expected", r->values[JOB_COUNT]);
        return false;
    }
    if (r->values[JOB_TIME] && kin_clock_parse(r->values[JOB_TIME], &time) != 0) {
        kin_exchange__row_reject(r, "time", "a time such as 2026-02-28T13:45:10Z is expected", r->values[JOB_TIME]);
        return false;
    }
    row->count += row->count == 0;
    row->position = read_whole(r, JOB_POSITION, &position) ? position : 0;
    row->score = read_decimal(r, JOB_SCORE);
    row->probability = read_decimal(r, JOB_PROBABILITY);
    read_box(r, &row->box);
    row->label = r->values[JOB_LABEL];
    row->should_be = r->values[JOB_SHOULD_BE];
    row->kind = r->values[JOB_KIND];
    row->note = r->values[JOB_NOTE];
    row->reviewer = r->values[JOB_REVIEWER];
    row->time = r->values[JOB_TIME];
    return true;
}

static uint64_t item_and_reviewer(const kin_job_row *row)
{
    const char *reviewer = row->reviewer ? row->reviewer : "";
    return kin_hash_more(kin_hash(row->item, strlen(row->item)), reviewer, strlen(reviewer));
}

/* What r->values and r->line hold is one row. */
int kin_exchange__row_take(kin_exchange__rows_in *r, kin_error *err)
{
    kin_job_row row;
    bool added;
    if (!r->values[JOB_ITEM]) {
        kin_exchange__row_reject(r, "item", "a path, or path#shape, is expected; it is empty", NULL);
        return KIN_OK;
    }
    if (!r->values[JOB_VERDICT]) {
        r->summary.open += r->second_pass;
        return KIN_OK;
    }
    if (!read_row(r, &row))
        return KIN_OK;
    uint64_t place = r->place ? r->place : r->line;
    uint32_t line = place < UINT32_MAX ? (uint32_t)place : UINT32_MAX;
    if (!r->second_pass && !row.time) {
        uint32_t *last = kin_exchange__hashes_put(&r->last, item_and_reviewer(&row), line, &added);
        if (!last)
            return kin_fail_memory(err);
        *last = line;
    }
    if (!r->second_pass)
        return KIN_OK;
    const uint32_t *last = row.time ? &line : kin_exchange__hashes_get(&r->last, item_and_reviewer(&row));
    if (last && *last != line)
        return KIN_OK;
    int code = r->sink->take ? r->sink->take(r->sink->user, &row, err) : KIN_OK;
    r->summary.rows += code == KIN_OK;
    return code;
}

/* ---- CSV ---- */

/* The item must come back byte by byte; other cells lose the blanks around them. */
static const char *cell(const kin_exchange__csv *csv, int column, bool exact)
{
    if (column < 0 || (size_t)column >= csv->count)
        return NULL;
    const char *text = exact ? csv->cells[column] : kin_exchange__trim(csv->cells[column]);
    return text[0] ? text : NULL;
}

static int read_csv_rows(kin_exchange__rows_in *r, kin_exchange__csv *csv, kin_error *err)
{
    int columns[JOB_COLUMNS];
    bool more;
    int code = kin_exchange__csv_next(csv, &more, err);
    if (code == KIN_OK && more)
        code = kin_exchange__csv_header(csv, err);
    if (code != KIN_OK)
        return code;
    for (int i = 0; i < JOB_COLUMNS; i++)
        columns[i] = kin_exchange__csv_column(csv, kin_exchange__job_columns[i]);
    if (!more || columns[JOB_ITEM] < 0 || columns[JOB_VERDICT] < 0)
        return kin_fail(err, KIN_E_FORMAT, "%s: the first line has no column \"%s\"", r->path,
                        columns[JOB_ITEM] < 0 ? "item" : "verdict");
    size_t header = csv->count;
    while (code == KIN_OK) {
        code = kin_exchange__csv_next(csv, &more, err);
        if (code != KIN_OK || !more)
            break;
        r->line = csv->line;
        for (int i = 0; i < JOB_COLUMNS; i++)
            r->values[i] = cell(csv, columns[i], i == JOB_ITEM);
        bool longer = csv->count > header && cell(csv, (int)header, false);
        if (csv->problem || longer)
            kin_exchange__row_reject(r, "", csv->problem ? csv->problem : "more cells than the header has", NULL);
        else
            code = kin_exchange__row_take(r, err);
    }
    return code;
}

static int read_csv(kin_exchange__rows_in *r, FILE *file, kin_error *err)
{
    kin_exchange__csv csv = KIN_EXCHANGE__CSV_INIT;
    int code = KIN_OK;
    r->csv = &csv;
    for (int pass = 0; pass < 2 && code == KIN_OK; pass++) {
        r->second_pass = pass == 1;
        code = kin_exchange__csv_begin(&csv, file, r->path, err);
        if (code == KIN_OK)
            code = read_csv_rows(r, &csv, err);
    }
    kin_exchange__csv_close(&csv);
    return code;
}

/* ---- JSON Lines ---- */

/* The next line without its end; *more is false at the end of the file, *cut is true where it is longer than held. */
static int read_line(FILE *file, const char *path, kin_buffer *line, bool *more, bool *cut, kin_error *err)
{
    int c;
    kin_buffer_reset(line);
    *cut = *more = false;
    while ((c = getc(file)) != EOF && c != '\n') {
        *more = true;
        if (line->size < most_line)
            kin_buffer_char(line, (char)c);
        else
            *cut = true;
    }
    *more |= c == '\n';
    if (ferror(file))
        return kin_fail_errno(err, "read", path);
    return line->failed ? kin_fail_memory(err) : KIN_OK;
}

/* A scalar as text; of a whole number that a double cannot hold the digits as they stand in the line. */
static const char *member_text(kin_exchange__rows_in *r, const cJSON *member, const char *line, size_t size)
{
    size_t length;
    const char *digits = NULL;
    if (cJSON_IsNumber(member) && fabs(member->valuedouble) >= most_exact)
        digits = kin_exchange__json_member(line, size, member->string, &length);
    return digits ? kin_arena_copy(&r->scratch, digits, length) : kin_exchange__json_text(&r->scratch, member);
}

/* Fills in r->values from an object; false where a value cannot be one. */
static bool read_members(kin_exchange__rows_in *r, const cJSON *object, const char *line, size_t size)
{
    for (int i = 0; i < JOB_COLUMNS; i++) {
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, kin_exchange__job_columns[i]);
        if (!member) /* the same key in other letters */
            member = cJSON_GetObjectItem(object, kin_exchange__job_columns[i]);
        r->values[i] = NULL;
        if (kin_exchange__json_is_absent(member))
            continue;
        if (!cJSON_IsString(member) && (!cJSON_IsNumber(member) || i == JOB_ITEM || i == JOB_VERDICT)) {
            kin_exchange__row_reject(r, kin_exchange__job_columns[i], "text is expected",
                                     kin_exchange__json_kind(member));
            return false;
        }
        const char *text = member_text(r, member, line, size);
        r->values[i] = text && text[0] ? text : NULL;
    }
    return true;
}

static int take_line(kin_exchange__rows_in *r, const char *text, size_t size, kin_error *err)
{
    const char *fault;
    int code = KIN_OK;
    cJSON *object = kin_exchange__json_parse(text, size, &fault);
    kin_arena_reset(&r->scratch);
    if (!object)
        kin_exchange__row_reject(r, "", fault, NULL);
    else if (!cJSON_IsObject(object))
        kin_exchange__row_reject(r, "", "an object {...} is expected", kin_exchange__json_kind(object));
    else if (read_members(r, object, text, size))
        code = kin_exchange__row_take(r, err);
    cJSON_Delete(object);
    return code;
}

static int read_json_rows(kin_exchange__rows_in *r, FILE *file, kin_buffer *line, kin_error *err)
{
    bool more = true, cut;
    int code = kin_exchange__rewind(file, r->path, err);
    for (r->line = 1; code == KIN_OK; r->line++) {
        code = read_line(file, r->path, line, &more, &cut, err);
        if (code != KIN_OK || !more)
            break;
        if (cut)
            kin_exchange__row_reject(r, "", "longer than 1 MiB", NULL);
        else if (line->size && line->data[strspn(line->data, " \t\r")])
            code = take_line(r, line->data, line->size, err);
    }
    return code;
}

static int read_json_lines(kin_exchange__rows_in *r, FILE *file, kin_error *err)
{
    kin_buffer line = KIN_BUFFER_INIT;
    int code = KIN_OK;
    for (int pass = 0; pass < 2 && code == KIN_OK; pass++) {
        r->second_pass = pass == 1;
        code = read_json_rows(r, file, &line, err);
    }
    kin_buffer_clear(&line);
    (void)fclose(file);
    return code;
}

/* ---- All formats ---- */

bool kin_exchange__row_touch(kin_exchange__rows_in *r, const kin_exchange__touch *touch, char count[32])
{
    bool severe = touch->label || touch->deleted || touch->added;
    const char *verdict = r->values[JOB_VERDICT];
    const char *kind = touch->deleted ? "spurious" : touch->added ? "missing" : touch->moved ? "box" : NULL;
    if (verdict && strcasecmp(verdict, "ok") == 0) {
        if (severe)
            kin_exchange__row_reject(r, "verdict",
                                     touch->deleted ? "ok was said of a shape that was deleted; say which is meant"
                                     : touch->added ? "ok was said where shapes were added; say which is meant"
                                                    : "ok was said of a shape with a new label; say which is meant",
                                     NULL);
        return !severe;
    }
    if (!verdict && !severe && !touch->moved)
        return true;
    if (!verdict)
        r->values[JOB_VERDICT] = severe ? "critical" : "minor";
    if (!r->values[JOB_SHOULD_BE] && !touch->deleted)
        r->values[JOB_SHOULD_BE] = touch->label;
    if (!r->values[JOB_KIND] && !(touch->deleted && r->values[JOB_SHOULD_BE]))
        r->values[JOB_KIND] = kind;
    if (!r->values[JOB_COUNT] && touch->added) {
        (void)snprintf(count, 32, "%zu", touch->added);
        r->values[JOB_COUNT] = count;
    }
    return true;
}

static int read_twice(kin_exchange__rows_in *r, FILE *file, kin_job_format format, kin_error *err)
{
    int code = KIN_OK;
    for (int pass = 0; pass < 2 && code == KIN_OK; pass++) {
        r->second_pass = pass == 1;
        r->place = 0;
        code = format == KIN_JOB_CVAT ? kin_exchange__cvat_rows(r, file, err)
                                      : kin_exchange__labelstudio_rows(r, file, err);
    }
    (void)fclose(file);
    return code;
}

/* JSON Lines begin with '{', what Label Studio exports with '[', XML with '<'. */
static int tell_format(FILE *file, const char *path, kin_job_format *format, kin_error *err)
{
    char head[4096];
    int code = kin_exchange__head(file, path, head, sizeof head, err);
    if (code != KIN_OK)
        return code;
    char first = head[strspn(head, " \t\r\n")];
    *format = first == '{'   ? KIN_JOB_JSONL
              : first == '[' ? KIN_JOB_LABELSTUDIO
              : first == '<' ? KIN_JOB_CVAT
                             : KIN_JOB_CSV;
    return KIN_OK;
}

int kin_rows_read(const char *path, kin_job_format format, const kin_row_sink *sink, kin_rows_summary *summary,
                  kin_error *err)
{
    kin_exchange__rows_in r = { .path = path, .sink = sink, .unit = "line" };
    FILE *file;
    if (format == KIN_JOB_COCO || format == KIN_JOB_FIFTYONE)
        return kin_fail(err, KIN_E_USAGE, "verdicts are read from csv, jsonl, labelstudio or cvat; not from %s",
                        kin_job_format_name(format));
    int code = kin_exchange__open(path, &file, err);
    if (code != KIN_OK)
        return code;
    if (format == KIN_JOB_UNKNOWN)
        code = tell_format(file, path, &format, err);
    if (code != KIN_OK)
        (void)fclose(file);
    else if (format == KIN_JOB_CSV)
        code = read_csv(&r, file, err);
    else if (format == KIN_JOB_JSONL)
        code = read_json_lines(&r, file, err);
    else
        code = read_twice(&r, file, format, err);
    if (summary)
        *summary = r.summary;
    kin_exchange__hashes_clear(&r.last);
    kin_arena_clear(&r.scratch);
    return code;
}
