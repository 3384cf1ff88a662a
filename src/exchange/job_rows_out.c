#include "base/buffer.h"
#include "exchange/csv.h"
#include "exchange/exchange_text.h"
#include "exchange/job_columns.h"
#include "kin/job_files.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const kin_exchange__job_columns[JOB_COLUMNS] = { "job",      "position",  "item",   "label", "x",
                                                             "y",        "width",     "height", "score", "probability",
                                                             "verdict",  "should_be", "kind",   "count", "note",
                                                             "reviewer", "time" };

struct kin_job_writer {
    FILE *out;
    kin_job_format format;
    kin_buffer line;
};

static const char *const names[] = { "unknown", "csv", "jsonl" };

const char *kin_job_format_name(kin_job_format format)
{
    return names[format == KIN_JOB_CSV || format == KIN_JOB_JSONL ? format : KIN_JOB_UNKNOWN];
}

kin_job_format kin_job_format_from(const char *name)
{
    if (strcmp(name, names[KIN_JOB_CSV]) == 0)
        return KIN_JOB_CSV;
    return strcmp(name, names[KIN_JOB_JSONL]) == 0 ? KIN_JOB_JSONL : KIN_JOB_UNKNOWN;
}

static const char *whole(int64_t value, char number[32])
{
    if (!value)
        return NULL;
    (void)snprintf(number, 32, "%" PRId64, value);
    return number;
}

static const char *decimal(double value, char number[32])
{
    if (!isfinite(value))
        return NULL;
    kin_exchange__number(value, number);
    return number;
}

/* The number of one column as text; NULL where there is none, or the column holds text. */
static const char *number_of(const kin_job_row *row, int column, char number[32])
{
    bool box = row->box.w != 0;
    switch (column) {
    case JOB_JOB:
        return whole(row->job, number);
    case JOB_POSITION:
        return whole(row->position, number);
    case JOB_COUNT:
        return whole(row->count, number);
    case JOB_X:
        return box ? decimal(row->box.x, number) : NULL;
    case JOB_Y:
        return box ? decimal(row->box.y, number) : NULL;
    case JOB_WIDTH:
        return box ? decimal(row->box.w, number) : NULL;
    case JOB_HEIGHT:
        return box ? decimal(row->box.h, number) : NULL;
    case JOB_SCORE:
        return decimal(row->score, number);
    case JOB_PROBABILITY:
        return decimal(row->probability, number);
    default:
        return NULL;
    }
}

static const char *text_of(const kin_job_row *row, int column)
{
    switch (column) {
    case JOB_ITEM:
        return row->item;
    case JOB_LABEL:
        return row->label;
    case JOB_VERDICT:
        return row->verdict;
    case JOB_SHOULD_BE:
        return row->should_be;
    case JOB_KIND:
        return row->kind;
    case JOB_NOTE:
        return row->note;
    case JOB_REVIEWER:
        return row->reviewer;
    case JOB_TIME:
        return row->time;
    default:
        return NULL;
    }
}

static void put_csv(kin_buffer *line, const kin_job_row *row)
{
    char number[32];
    for (int i = 0; i < JOB_COLUMNS; i++) {
        const char *text = number_of(row, i, number);
        if (!text)
            text = text_of(row, i);
        if (i)
            kin_buffer_char(line, ',');
        kin_exchange__csv_cell(line, text ? text : "");
    }
    kin_buffer_string(line, "\r\n");
}

/* Numbers go in as text: cJSON's own printing stops at a difference of one bit. */
static void put_json(kin_buffer *line, const kin_job_row *row)
{
    char number[32];
    cJSON *object = cJSON_CreateObject();
    bool fine = object != NULL;
    for (int i = 0; i < JOB_COLUMNS && fine; i++) {
        const char *digits = number_of(row, i, number), *text = text_of(row, i);
        if (digits)
            fine = cJSON_AddRawToObject(object, kin_exchange__job_columns[i], digits) != NULL;
        else if (text)
            fine = cJSON_AddStringToObject(object, kin_exchange__job_columns[i], text) != NULL;
    }
    char *text = fine ? cJSON_PrintUnformatted(object) : NULL;
    if (text) {
        kin_buffer_string(line, text);
        kin_buffer_char(line, '\n');
    } else
        line->failed = true;
    cJSON_free(text);
    cJSON_Delete(object);
}

static int write_line(kin_job_writer *writer, kin_error *err)
{
    if (writer->line.failed)
        return kin_fail_memory(err);
    if (fwrite(writer->line.data, 1, writer->line.size, writer->out) != writer->line.size)
        return kin_fail_errno(err, "write", "the rows of the job");
    return KIN_OK;
}

int kin_job_writer_new(FILE *out, kin_job_format format, kin_job_writer **writer, kin_error *err)
{
    if (format != KIN_JOB_CSV && format != KIN_JOB_JSONL)
        return kin_fail(err, KIN_E_USAGE, "jobs are written as csv or jsonl");
    kin_job_writer *made = calloc(1, sizeof *made);
    if (!made)
        return kin_fail_memory(err);
    made->out = out;
    made->format = format;
    int code = KIN_OK;
    if (format == KIN_JOB_CSV) {
        for (int i = 0; i < JOB_COLUMNS; i++)
            kin_buffer_printf(&made->line, "%s%s", kin_exchange__job_columns[i], i + 1 < JOB_COLUMNS ? "," : "\r\n");
        code = write_line(made, err);
    }
    if (code == KIN_OK)
        *writer = made;
    else {
        kin_buffer_clear(&made->line);
        free(made);
    }
    return code;
}

int kin_job_writer_row(kin_job_writer *writer, const kin_job_row *row, kin_error *err)
{
    if (!row->item || !row->item[0])
        return kin_fail(err, KIN_E_USAGE, "a row of a job without its item");
    kin_buffer_reset(&writer->line);
    if (writer->format == KIN_JOB_CSV)
        put_csv(&writer->line, row);
    else
        put_json(&writer->line, row);
    return write_line(writer, err);
}

int kin_job_writer_close(kin_job_writer *writer, kin_error *err)
{
    if (!writer)
        return KIN_OK;
    int code = KIN_OK;
    if (fflush(writer->out) != 0 || ferror(writer->out))
        code = kin_fail_errno(err, "write", "the rows of the job");
    kin_buffer_clear(&writer->line);
    free(writer);
    return code;
}
