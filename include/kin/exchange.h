#ifndef KIN_EXCHANGE_H
#define KIN_EXCHANGE_H
/* Annotations in; jobs out and verdicts in. Files are streamed: memory does not grow with the number of annotations
 * (image names and categories are kept). Everything that is not a known field becomes an attribute. */

#include "kin/types.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Annotations ---- */

/* One image, or one shape on it, as read. All pointers are borrowed until the callback returns. */
typedef struct kin_annotation {
    const char *path;  /* the image as the file names it, made relative and safe (kin's spelling: '/' between parts) */
    const char *shape; /* the shape's id in the file, unique on its image; NULL: this is the image itself */
    const char *label; /* NULL: none */
    kin_box box;       /* shapes only; see `relative` */
    bool relative;     /* box in fractions 0..1 of the image (YOLO) instead of pixels */
    int width, height; /* of the image, as the file says; 0: it does not */
    const kin_attribute *attributes;
    size_t attribute_count;
} kin_annotation;

typedef enum kin_annotation_format {
    KIN_ANNOTATIONS_UNKNOWN = 0,
    KIN_ANNOTATIONS_FOLDERS, /* class/name.jpg: the folder that holds the image is its label */
    KIN_ANNOTATIONS_CSV,
    KIN_ANNOTATIONS_COCO,
    KIN_ANNOTATIONS_YOLO
} kin_annotation_format;

/* "folders", "csv", "coco", "yolo"; and back (UNKNOWN where there is no such format). */
const char *kin_annotation_format_name(kin_annotation_format format);
kin_annotation_format kin_annotation_format_from(const char *name);

typedef struct kin_import_options {
    kin_annotation_format format; /* UNKNOWN: told by the content */
    bool strict;                  /* the first reject ends the import as KIN_E_FORMAT */
} kin_import_options;

#define KIN_IMPORT_OPTIONS_INIT                                                                                        \
    {                                                                                                                  \
        KIN_ANNOTATIONS_UNKNOWN, false                                                                                 \
    }

/* Receives what is read, in file order; an image comes before its shapes where the format allows. A non-zero return of
 * take ends the import and is returned. reject is told of each entry that was passed over: where (line or JSON path)
 * and what was expected there; it may be NULL. */
typedef struct kin_annotation_sink {
    int (*take)(void *user, const kin_annotation *annotation, kin_error *err);
    void (*reject)(void *user, const char *where, const char *why);
    void *user;
} kin_annotation_sink;

typedef struct kin_import_summary {
    kin_annotation_format format;
    uint64_t images, shapes, rejects;
} kin_import_summary;

/* Reads annotations from `path`: a COCO .json, a .csv, a YOLO data.yaml (or its folder), or a folder of class folders.
 * `folder` is the data set's folder: paths come out relative to it, and an entry that leads out of it is rejected. */
int kin_import_annotations(const char *path, const char *folder, const kin_import_options *options,
                           const kin_annotation_sink *sink, kin_import_summary *summary, kin_error *err);

/* Looks for annotations that lie in a data set's folder under their usual names (data.yaml, annotations/instances*.json,
 * _annotations.coco.json, labels.csv, class folders ...): writes the path, relative to the folder ("." for class
 * folders), into path[size]. False where there are none, or more than one candidate of the best kind. */
bool kin_annotations_detect(const char *folder, char *path, size_t size, kin_annotation_format *format);

/* ---- Jobs out, verdicts in ---- */

typedef enum kin_job_format {
    KIN_JOB_UNKNOWN = 0,
    KIN_JOB_CSV,  /* RFC 4180, UTF-8, with a header line */
    KIN_JOB_JSONL /* one JSON object a line */
} kin_job_format;

const char *kin_job_format_name(kin_job_format format);
kin_job_format kin_job_format_from(const char *name);

/* One row of a job or of a verdict file. Text members may be NULL (empty, absent). Columns and keys, in this order:
 * job, position, item, label, x, y, width, height, score, probability, verdict, should_be, kind, count, note, reviewer,
 * time. Reading needs `item` and `verdict` only, in any order; rows whose verdict is empty are not reviewed yet and are
 * counted as such. */
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

/* Writes to `out`, which stays the caller's. */
int kin_job_writer_new(FILE *out, kin_job_format format, kin_job_writer **writer, kin_error *err);
int kin_job_writer_row(kin_job_writer *writer, const kin_job_row *row, kin_error *err);
/* Flushes; KIN_E_IO where anything could not be written. Frees the writer in any case. NULL is legal. */
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
 * content. Of several rows for one item and reviewer without a time the last one counts; sink.take sees only that. */
int kin_rows_read(const char *path, kin_job_format format, const kin_row_sink *sink, kin_rows_summary *summary,
                  kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
