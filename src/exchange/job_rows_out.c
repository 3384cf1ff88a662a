#include "base/buffer.h"
#include "exchange/csv.h"
#include "exchange/exchange_text.h"
#include "exchange/job_columns.h"
#include "exchange/job_out.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const kin_exchange__job_columns[JOB_COLUMNS] = { "job",      "position",  "item",   "label", "x",
                                                             "y",        "width",     "height", "score", "probability",
                                                             "verdict",  "should_be", "kind",   "count", "note",
                                                             "reviewer", "time" };

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

static void begin_csv(kin_job_writer *writer)
{
    for (int i = 0; i < JOB_COLUMNS; i++)
        kin_buffer_printf(&writer->text, "%s%s", kin_exchange__job_columns[i], i + 1 < JOB_COLUMNS ? "," : "\r\n");
}

static bool put_csv(kin_job_writer *writer, const kin_job_row *row)
{
    char number[32];
    for (int i = 0; i < JOB_COLUMNS; i++) {
        const char *text = number_of(row, i, number);
        if (!text)
            text = text_of(row, i);
        if (i)
            kin_buffer_char(&writer->text, ',');
        kin_exchange__csv_cell(&writer->text, text ? text : "");
    }
    kin_buffer_string(&writer->text, "\r\n");
    return true;
}

/* Numbers go in as text: cJSON's own printing stops at a difference of one bit. */
static bool put_json(kin_job_writer *writer, const kin_job_row *row)
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
        kin_buffer_string(&writer->text, text);
        kin_buffer_char(&writer->text, '\n');
    }
    fine = text != NULL;
    cJSON_free(text);
    cJSON_Delete(object);
    return fine;
}

/* ---- All formats ---- */

bool kin_exchange__keep_row(kin_job_writer *writer, const kin_job_row *row)
{
    return kin_exchange__labels_add(&writer->labels, row->label) && kin_exchange__keep(&writer->kept, row);
}

static const kin_exchange__job_format formats[] = {
    { KIN_JOB_CSV, "csv", begin_csv, put_csv, NULL },
    { KIN_JOB_JSONL, "jsonl", NULL, put_json, NULL },
    { KIN_JOB_LABELSTUDIO, "labelstudio", kin_exchange__labelstudio_begin, kin_exchange__labelstudio_row,
      kin_exchange__labelstudio_end },
    { KIN_JOB_CVAT, "cvat", NULL, kin_exchange__keep_row, kin_exchange__cvat_end },
    { KIN_JOB_COCO, "coco", NULL, kin_exchange__keep_row, kin_exchange__coco_end },
    { KIN_JOB_FIFTYONE, "fiftyone", NULL, kin_exchange__keep_row, kin_exchange__fiftyone_end },
};

enum { format_count = sizeof formats / sizeof *formats };

static const kin_exchange__job_format *format_of(kin_job_format format)
{
    for (size_t i = 0; i < format_count; i++)
        if (formats[i].format == format)
            return &formats[i];
    return NULL;
}

const char *kin_job_format_name(kin_job_format format)
{
    const kin_exchange__job_format *found = format_of(format);
    return found ? found->name : "unknown";
}

kin_job_format kin_job_format_from(const char *name)
{
    for (size_t i = 0; i < format_count; i++)
        if (strcmp(name, formats[i].name) == 0)
            return formats[i].format;
    return KIN_JOB_UNKNOWN;
}

int kin_exchange__job_put(FILE *file, const kin_buffer *text, kin_error *err)
{
    if (text->failed)
        return kin_fail_memory(err);
    if (text->size && fwrite(text->data, 1, text->size, file) != text->size)
        return kin_fail_errno(err, "write", "the rows of the job");
    return KIN_OK;
}

int kin_exchange__job_flush(kin_job_writer *writer, kin_error *err)
{
    int code = kin_exchange__job_put(writer->out, &writer->text, err);
    kin_buffer_reset(&writer->text);
    return code;
}

static void free_writer(kin_job_writer *writer)
{
    kin_buffer_clear(&writer->text);
    kin_buffer_clear(&writer->image_head);
    kin_buffer_clear(&writer->image_regions);
    kin_buffer_clear(&writer->shape_tasks);
    kin_buffer_clear(&writer->image_path);
    kin_exchange__labels_clear(&writer->labels);
    kin_exchange__kept_clear(&writer->kept);
    free(writer);
}

int kin_job_writer_new(FILE *out, kin_job_format format, const kin_job_options *options, kin_job_writer **writer,
                       kin_error *err)
{
    const kin_exchange__job_format *found = format_of(format);
    if (!found)
        return kin_fail(err, KIN_E_USAGE, "jobs are written as csv, jsonl, labelstudio, cvat, coco or fiftyone");
    kin_job_writer *made = calloc(1, sizeof *made);
    if (!made)
        return kin_fail_memory(err);
    made->out = out;
    made->format = found;
    bool fine = true;
    if (options)
        made->options = *options;
    for (size_t i = 0; fine && i < made->options.labels_count; i++)
        fine = kin_exchange__labels_add(&made->labels, made->options.labels[i]);
    if (found->begin)
        found->begin(made);
    int code = fine ? kin_exchange__job_flush(made, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        *writer = made;
    else
        free_writer(made);
    return code;
}

int kin_job_writer_row(kin_job_writer *writer, const kin_job_row *row, kin_error *err)
{
    if (!row->item || !row->item[0])
        return kin_fail(err, KIN_E_USAGE, "a row of a job without its item");
    return writer->format->row(writer, row) ? kin_exchange__job_flush(writer, err) : kin_fail_memory(err);
}

int kin_job_writer_close(kin_job_writer *writer, kin_error *err)
{
    if (!writer)
        return KIN_OK;
    int code = writer->format->end ? writer->format->end(writer, err) : KIN_OK;
    if (code == KIN_OK)
        code = kin_exchange__job_flush(writer, err);
    if (code == KIN_OK && (fflush(writer->out) != 0 || ferror(writer->out)))
        code = kin_fail_errno(err, "write", "the rows of the job");
    free_writer(writer);
    return code;
}
