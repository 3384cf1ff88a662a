#ifndef KIN_JOB_FILES_H
#define KIN_JOB_FILES_H
/* Jobs out, verdicts in: files for the tools that people review with. */

#include "kin/types.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* CSV and JSON Lines hold all of a row, in any order of rows, and are streamed. The others are for review in a tool; in
 * them an item goes by its key (kin_job_key), which comes back unchanged. In those that group by image the rows of the
 * whole job are held until close. */
typedef enum kin_job_format {
    KIN_JOB_UNKNOWN = 0,
    KIN_JOB_CSV,         /* RFC 4180, UTF-8, with a header line */
    KIN_JOB_JSONL,       /* one JSON object a line */
    KIN_JOB_LABELSTUDIO, /* JSON: a task an item, its shape pre-drawn as a prediction; `setup`: the labeling config */
    KIN_JOB_CVAT,        /* XML 1.1 by image; `setup`: the labels as CVAT's constructor takes them */
    KIN_JOB_COCO,        /* images, categories and annotations of the job; write only */
    KIN_JOB_FIFTYONE     /* labels.json of a FiftyOneImageDetectionDataset; write only */
} kin_job_format;

/* "csv", "jsonl", "labelstudio", "cvat", "coco", "fiftyone"; and back, UNKNOWN where it is none. Static. */
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
    /* Of the item's image, for the formats of tools, and not columns: its path, what follows the '#' in `item` (NULL:
     * the item is the image), its sides in pixels (0: not known). NULL and 0 where rows are read. */
    const char *path, *shape;
    int image_width, image_height;
} kin_job_row;

typedef struct kin_job_writer kin_job_writer;

/* What the formats of tools want beside the rows. */
typedef struct kin_job_options {
    const char *image_prefix;  /* stands before the path of each image; NULL: "". Label Studio: a URL, the path follows
                                 percent-encoded. FiftyOne: NULL or "" gives paths without extensions, as data sets
                                 have them that lie in its data folder */
    const char *const *labels; /* what reviewers choose a right label from, beside the rows' own */
    size_t labels_count;
    FILE *setup;    /* see kin_job_format; NULL: not wanted */
    FILE *manifest; /* CVAT: manifest.jsonl of the images, for tasks from cloud storages and shares; NULL: not wanted */
} kin_job_options;

/* Writes to `out`, which stays the caller's, as do the files of the options (NULL: none of them). Close flushes, is
 * KIN_E_IO where anything could not be written, and frees the writer in any case; NULL is legal. */
int kin_job_writer_new(FILE *out, kin_job_format format, const kin_job_options *options, kin_job_writer **writer,
                       kin_error *err);
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

/* Reads a CSV (comma, semicolon or tab; a UTF-8 byte order mark is fine), JSON Lines, a Label Studio export (JSON) or
 * CVAT XML of "images"; UNKNOWN: told by the content. Of several rows for one item and reviewer without a time the last
 * one counts; sink.take sees only that. The verdict comes in lower case. *summary (may be NULL) is filled in also on
 * failure.
 *
 * What is done to a shape in Label Studio or CVAT counts beside what is said of it. Relabelled: should_be is the new
 * label, unless one was chosen. Moved by more than a pixel: kind "box", unless one was said. Deleted (Label Studio):
 * kind "spurious", likewise. Where no verdict was chosen, a shape that was relabelled or deleted is critical, and one
 * that was moved is minor; one that was chosen stands, but "ok" of a shape that was relabelled or deleted is a reject.
 * A shape that is not in a CVAT file has no verdict yet. In Label Studio each annotation is a row, with who completed
 * it and when; skipped ones (was_cancelled) are open. */
int kin_rows_read(const char *path, kin_job_format format, const kin_row_sink *sink, kin_rows_summary *summary,
                  kin_error *err);

/* The key of an item in the formats of tools: the item, with '%', control characters, blanks at either end and what is
 * no UTF-8 percent-encoded. Malloc'ed, the caller's; NULL where there is no memory. */
char *kin_job_key(const char *item);

/* The prefix, and the path behind it percent-encoded, but for '/'. Malloc'ed, the caller's; NULL as above. */
char *kin_job_url(const char *prefix, const char *path);

#ifdef __cplusplus
}
#endif
#endif
