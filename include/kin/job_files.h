#ifndef KIN_JOB_FILES_H
#define KIN_JOB_FILES_H
/* Jobs out, verdicts in: files for the tools that people review with. */

#include "kin/types.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kin_job_format {
    KIN_JOB_UNKNOWN = 0,
    KIN_JOB_CSV,  /* RFC 4180, UTF-8, with a header line */
    KIN_JOB_JSONL /* one JSON object a line */
} kin_job_format;

/* "csv" and so on; and back, UNKNOWN where it is none. Static. */
const char *kin_job_format_name(kin_job_format format);
kin_job_format kin_job_format_from(const char *name);

/* One row of a job or of a verdict file. Text members may be NULL (empty, absent). Columns and keys, in this order:
 * job, position, item, label, x, y, width, height, score, probability, verdict, should_be, kind, count, note, reviewer,
 * time. Reading needs `item` and `verdict` only, in any order; rows whose verdict is empty are not reviewed yet and are
 * counted as such. Numbers are written so that they read back exactly. Spreadsheets change numbers as they please:
 * position, box, score and probability that do not read as numbers are taken as not there, all else is a reject. */
typedef struct kin_job_row {
    int64_t job;      /* 0: none */
    int64_t position; /* 1 is first */
    const char *item; /* path, or path#shape */
    const char *label;
    kin_box box;         /* width 0: the item is a whole image; the four cells are empty then */
    double score;        /* NAN: none */
    double probability;  /* inclusion probability; NAN: none */
    const char *verdict; /* "ok", "minor", "critical" */
    const char *should_be, *kind, *note, *reviewer;
    int64_t count;    /* errors on this item (missing shapes on an image can be several); 0 reads as 1 */
    const char *time; /* ISO 8601 */
} kin_job_row;

typedef struct kin_job_writer kin_job_writer;

/* Writes to `out`, which stays the caller's. Close flushes, is KIN_E_IO where anything could not be written, and frees
 * the writer in any case; NULL is legal. */
int kin_job_writer_new(FILE *out, kin_job_format format, kin_job_writer **writer, kin_error *err);
int kin_job_writer_row(kin_job_writer *writer, const kin_job_row *row, kin_error *err);
int kin_job_writer_close(kin_job_writer *writer, kin_error *err);

typedef struct kin_row_sink {
    int (*take)(void *user, const kin_job_row *row, kin_error *err); /* rows with a verdict; borrowed */
    void (*reject)(void *user, const char *where, const char *why);
    void *user;
} kin_row_sink;

typedef struct kin_rows_summary {
    uint64_t rows, open, rejects; /* taken; without a verdict yet; passed over */
} kin_rows_summary;

/* Reads a CSV (comma, semicolon or tab; a UTF-8 byte order mark is fine) or JSON Lines file; UNKNOWN: told by the
 * content. Of several rows for one item and reviewer without a time the last one counts; sink.take sees only that. The
 * verdict comes in lower case. *summary (may be NULL) is filled in also on failure. */
int kin_rows_read(const char *path, kin_job_format format, const kin_row_sink *sink, kin_rows_summary *summary,
                  kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
