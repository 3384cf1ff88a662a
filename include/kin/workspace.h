#ifndef KIN_WORKSPACE_H
#define KIN_WORKSPACE_H
/* A data set's workspace, the folder `.kin/` in it: ledger and index behind the use cases. Finding and jobs are in
 * kin/search.h, audits and slices in kin/report.h. One handle, one thread. */

#include "kin/descriptor.h"
#include "kin/exchange.h"
#include "kin/review.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kin_workspace kin_workspace;

/* Finds the data set to work on from `start` (a folder): itself or the nearest folder above it that holds `.kin/`, else
 * the only one of its direct sub-folders that does. Writes its path into folder[size]. KIN_E_NOTFOUND says how to make
 * one; KIN_E_USAGE names the candidates where there are several. */
int kin_workspace_locate(const char *start, char *folder, size_t size, kin_error *err);

/* CREATE makes `.kin/` where it is missing. KIN_E_NOTFOUND where there is no workspace. */
int kin_workspace_open(const char *folder, kin_ledger_mode mode, kin_workspace **out, kin_error *err);
void kin_workspace_close(kin_workspace *workspace);

/* The data set's folder as it was opened. Borrowed. */
const char *kin_workspace_folder(const kin_workspace *workspace);

/* Images are decoded by worker processes (kin/decoder.h), which the first image starts. A program with threads starts
 * `count` of them (0: one a core) before its threads, and lets other handles share them; `owner` has to outlive those. */
int kin_workspace_start_decoders(kin_workspace *owner, size_t count, kin_error *err);
void kin_workspace_share_decoders(kin_workspace *workspace, const kin_workspace *owner);

/* ---- kin index ---- */

typedef struct kin_describe_options {
    /* Annotation files or folders, relative to the present folder or to the data set's. None: those of the last run,
     * else those that lie in the folder under their usual names. */
    const char *const *annotations;
    size_t annotations_count;
    bool no_annotations; /* use none: images only, and earlier shapes and labels go */
    kin_import_options import;
    /* Vectors of the caller's own in place of a model's (kin/embeddings.h), and the table that says which item each row
     * is; paths as above. Both or none. None: those of the last run, unless `model` is named. Files that have changed
     * mean new vectors for all. An item without a row is failed, but where the table names only images, or only shapes,
     * the others are merely not to be found by likeness. */
    const char *embeddings, *embedding_rows;
    const char *model; /* NULL: that of the last run, else kin_model_default. Another model describes all anew */
    /* DEFAULT: that of the last run where the model is the same, else as kin_model_open says. Another one describes all
     * anew. */
    kin_precision precision;
    double margin;       /* share of a box added on each side; < 0: that of the last run, else 0.1 */
    size_t threads;      /* 0: one a core */
    uint64_t max_pixels; /* 0: the default of kin_image_options */
    uint64_t max_bytes;  /* of an image file; 0: 256 MiB */
} kin_describe_options;

#define KIN_DESCRIBE_OPTIONS_INIT                                                                                      \
    {                                                                                                                  \
        .margin = -1                                                                                                   \
    }

typedef struct kin_describe_summary {
    char annotations[128];               /* what was read, for people; "" for none */
    uint64_t files;                      /* image files in the folder */
    uint64_t shapes_read, rejects;       /* by this import */
    uint64_t added, changed, gone;       /* items */
    uint64_t described, failed;          /* items, by this run */
    uint64_t unreadable;                 /* assets that cannot be read, also from earlier runs */
    uint64_t assets, shapes;             /* live ones after the run */
    double scan_seconds, import_seconds; /* wall time of the stages */
    double describe_seconds;             /* the whole of the stage that the next three are part of */
    double read_seconds, decode_seconds; /* summed over workers */
    double vector_seconds;               /* resizing and describing, summed over workers */
    double store_seconds, base_seconds;  /* index rows and ledger; the FAISS base */
    size_t threads;
    char model[512]; /* in use: its name */
    kin_precision precision;
} kin_describe_summary;

/* Brings the workspace up to date with the folder: new, changed and vanished images and shapes. KIN_E_BUSY where
 * another `kin index` runs. What went wrong with single files is noted, counted and recorded, and is no error. A
 * stopped or killed run goes on where it was. */
int kin_workspace_index(kin_workspace *workspace, const kin_describe_options *options, const kin_watch *watch,
                        kin_describe_summary *summary, kin_error *err);

/* ---- kin status ---- */

typedef struct kin_status {
    kin_ledger_counts counts;
    uint64_t unreadable;         /* assets */
    uint64_t reviewed, mistakes; /* items whose latest verdict counts; of these mistakes */
    size_t indexed;              /* items that can be found */
    uint64_t rows, covered;      /* rows of vectors.bin, and of them in the FAISS base */
    char model[512];             /* "" before the first run */
    kin_precision precision;     /* of the model */
    char model_note[256];  /* why pictures from outside cannot be described: the model is gone or has changed; "" */
    char annotations[512]; /* the files in use, comma between; "" for none */
} kin_status;

/* All of it, of this moment. */
int kin_workspace_status(kin_workspace *workspace, kin_status *out, kin_error *err);

/* Each asset and shape that could not be read or described, with its reason. */
int kin_workspace_each_failed(kin_workspace *workspace, int (*take)(void *user, const kin_item *item, kin_error *err),
                              void *user, kin_error *err);

/* The same by kinds of reasons, most items first: what the reason says before its first colon, with its numbers left
 * out. An example is `path` or `path#shape`. Texts are borrowed until take returns. Past 200 kinds all more are one. */
typedef struct kin_failures {
    const char *reason, *example;
    uint64_t count;
} kin_failures;
int kin_workspace_each_failures(kin_workspace *workspace,
                                int (*take)(void *user, const kin_failures *failures, kin_error *err), void *user,
                                kin_error *err);

/* "kernels avx512 (8 bits: avx512), OpenBLAS 0.3.21 SkylakeX, FAISS 1.7.3 (OPTIMIZE GENERIC)": what kin computes with
 * here. Borrowed until the thread asks again. */
const char *kin_workspace_build(void);

/* The model of a first `kin index` that names none; *precision (may be NULL) gets what it computes in. Borrowed as
 * above. */
const char *kin_workspace_default_model(kin_precision *precision);

/* ---- kin verdict ---- */

/* Finds an item by what people type: `path`, `path#shape`, the path as seen from the present folder, or a file name
 * that is unique in the data set. KIN_E_NOTFOUND. Borrowed from the ledger until its next call. */
int kin_workspace_item(kin_workspace *workspace, const char *name, kin_item *out, kin_error *err);

/* Records one verdict (verdict->item is set from `name`); of grade NONE: takes back what was said of the item. A verdict
 * on an asset that an audit of assets drew speaks for the whole picture: its shapes without a verdict become `ok` by it
 * (*implied: how many). A right label that no item carries yet is fine; *new_label says so. *added, *implied and
 * *new_label may be NULL. */
int kin_workspace_verdict(kin_workspace *workspace, const char *name, const kin_verdict *verdict, bool *added,
                          uint64_t *implied, bool *new_label, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
