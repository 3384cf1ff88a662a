#ifndef KIN_JOB_OUT_H
#define KIN_JOB_OUT_H
/* The writer of jobs, and what each format does in it. To add a format: its functions in the table of job_rows_out.c.
 * */

#include "exchange/job_kept.h"
#include "exchange/tool_text.h"

struct kin_job_writer {
    FILE *out;
    const struct kin_exchange__job_format *format;
    kin_job_options options;
    kin_buffer text; /* what is to be written next */
    kin_exchange__labels labels;
    kin_exchange__kept kept;
    /* Label Studio: the task of a whole image, kept open while its shapes follow, and the tasks of these. */
    kin_buffer image_head, image_regions, shape_tasks, image_path;
    bool image_open, any_task, any_unlabelled;
};

typedef struct kin_exchange__job_format {
    kin_job_format format;
    const char *name;
    void (*begin)(kin_job_writer *writer);                       /* NULL: nothing */
    bool (*row)(kin_job_writer *writer, const kin_job_row *row); /* false: no memory */
    int (*end)(kin_job_writer *writer, kin_error *err);          /* NULL: nothing */
} kin_exchange__job_format;

/* Writes and empties writer->text, so that it stays small. */
int kin_exchange__job_flush(kin_job_writer *writer, kin_error *err);

/* Writes a text to one of the other files of the options. */
int kin_exchange__job_put(FILE *file, const kin_buffer *text, kin_error *err);

bool kin_exchange__keep_row(kin_job_writer *writer, const kin_job_row *row);

void kin_exchange__labelstudio_begin(kin_job_writer *writer);
bool kin_exchange__labelstudio_row(kin_job_writer *writer, const kin_job_row *row);
int kin_exchange__labelstudio_end(kin_job_writer *writer, kin_error *err);
int kin_exchange__cvat_end(kin_job_writer *writer, kin_error *err);
int kin_exchange__coco_end(kin_job_writer *writer, kin_error *err);
int kin_exchange__fiftyone_end(kin_job_writer *writer, kin_error *err);

#endif
