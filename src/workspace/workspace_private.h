#ifndef KIN_WORKSPACE_PRIVATE_H
#define KIN_WORKSPACE_PRIVATE_H
/* What the use cases share: the open workspace, and the few names under which it keeps its settings. */

#include "base/arena.h"
#include "kin/decoder.h"
#include "kin/descriptor.h"
#include "kin/index.h"
#include "kin/workspace.h"
#include "workspace/store.h"

struct kin_workspace {
    char *folder;     /* of the data set, as opened */
    char *kin_folder; /* folder/.kin */
    kin_ledger *ledger;
    kin_ledger_mode mode;
    kin_model *model;              /* opened by the first use; NULL where only stored vectors are asked for */
    kin_index *index;              /* the same; read-only, of the rows that counted then */
    kin_store store;               /* reads from it */
    const kin_store *elsewhere;    /* where vectors are read instead; NULL: from the index */
    struct kin_spread_store *spread; /* what it is of, see spread_store.c */
    uint64_t seen;                 /* hash of the settings that these depend on, see kin_workspace_refresh */
    struct kin_corpus *corpora[2]; /* of shapes and of assets, see corpus.h; NULL before the first use */
    kin_decoders *decoders;        /* NULL before the first use */
    bool shares_decoders;          /* they are another handle's */
};

/* Those of the handle, started if need be; NULL where that fails: images are then decoded in this process. */
kin_decoders *kin_workspace__decoders(kin_workspace *workspace);

/* Settings in the ledger. */
#define KIN_SETTING_MODEL "model"             /* name */
#define KIN_SETTING_PRECISION "precision"     /* what it computes in: kin_precision_name */
#define KIN_SETTING_DIM "dim"                 /* numbers of a vector */
#define KIN_SETTING_MARGIN "margin"           /* share of a box added on each side */
#define KIN_SETTING_VECTORS "vectors"         /* kin_index_options.model: what the rows mean */
#define KIN_SETTING_GENERATION "generation"   /* of vectors.bin */
#define KIN_SETTING_ROWS "rows"               /* of vectors.bin that count */
#define KIN_SETTING_ROW_SUM "row_sum."         /* and the number of a block: kin_index_sum; missing: not known */
#define KIN_SETTING_SHARDS "shards"           /* the vectors are spread over so many, see spread.h; missing: they are not */
#define KIN_SETTING_SHARD_ROWS "shard_rows."  /* and its number: rows of that shard's vectors.bin that count */
#define KIN_SETTING_SHARDS_FOLDER "shards_folder" /* where they lie, absolute; missing: in .kin */
#define KIN_SETTING_RUN "run"                 /* number of the last import */
#define KIN_SETTING_ANNOTATIONS "annotations" /* in use, one a line: relative to the data set's folder, or absolute */
#define KIN_SETTING_STAMP "annotations_stamp" /* hash of what the last import read; see update_import.c */
#define KIN_SETTING_EMBEDDINGS "embeddings" /* the file of vectors in use, spelled like annotations; missing: a model */
#define KIN_SETTING_EMBEDDING_ROWS "embedding_rows"       /* the table that says which item each of its rows is */
#define KIN_SETTING_EMBEDDING_STAMP "embedding_stamp"     /* hash of both files' names, sizes and times */
#define KIN_SETTING_EMBEDDING_REJECTS "embedding_rejects" /* of the last reading of the table */
#define KIN_SETTING_FORMAT "format"                       /* forced by --format; missing: told by the content */
#define KIN_SETTING_COLUMN "label_column"                 /* likewise of CSV */

#define KIN_DEFAULT_MARGIN 0.1
#define KIN_DEFAULT_MAX_BYTES ((uint64_t)256 << 20)

/* Closes what was opened or made of index and model; the next use does so anew. */
void kin_workspace__forget(kin_workspace *workspace);

/* A whole number kept as a setting; `missing` where there is none. */
int kin_workspace__number(kin_workspace *workspace, const char *name, uint64_t missing, uint64_t *value,
                          kin_error *err);
int kin_workspace__number_put(kin_workspace *workspace, const char *name, uint64_t value, kin_error *err);

/* Ends the ledger's transaction as it went: commits where `code` is KIN_OK, else rolls back and returns it. */
int kin_workspace__end(kin_ledger *ledger, int code, kin_error *err);

/* The lock that `kin index` holds. KIN_E_BUSY says who has it. Release with kin_file_unlock. */
int kin_workspace__lock(const kin_workspace *workspace, int *lock, kin_error *err);

/* KIN_E_USAGE where the vectors are spread over shards, which only kin-mpi reads. */
int kin_workspace__whole(kin_workspace *workspace, kin_error *err);

/* The embeddings in use, borrowed from the ledger; *file is NULL where a model describes. */
int kin_workspace__embeddings(kin_workspace *workspace, const char **file, kin_error *err);

/* The model of the last run, for pictures that the index does not hold, and the index for reading, which needs no
 * model. Both stay the workspace's. KIN_E_NOTFOUND before the first run of `kin index`; of the model KIN_E_USAGE where
 * it has changed since, or where embeddings are in use. */
int kin_workspace__model(kin_workspace *workspace, const kin_model **out, kin_error *err);
int kin_workspace__index(kin_workspace *workspace, const kin_index **out, kin_error *err);

/* Name and precision of the model of the last run; *name NULL before. Of embeddings their name, and DEFAULT. Borrowed
 * until the ledger's next call. */
int kin_workspace__model_setting(kin_workspace *workspace, const char **name, kin_precision *precision, kin_error *err);

/* What a vector of a model means: the model, and what is looked at of a box. KIN_SETTING_VECTORS. */
uint64_t kin_workspace__vectors(uint64_t model, double margin);

/* Margin in use, and what the index is to be opened with, for reading, by the settings of this moment. */
int kin_workspace__margin(kin_workspace *workspace, double *margin, kin_error *err);
int kin_workspace__index_options(kin_workspace *workspace, kin_index_options *out, kin_error *err);

/* The sum that is kept of a block of rows; *known is false where there is none. */
int kin_workspace__row_sum(kin_workspace *workspace, uint64_t block, uint64_t *sum, bool *known, kin_error *err);

/* Opens the index for writing, by the settings of this moment. */
int kin_workspace__index_to_write(kin_workspace *workspace, kin_index **out, kin_error *err);

/* Inside a transaction: the rows of `index` are those that count from now on. */
int kin_workspace__rows_put(kin_workspace *workspace, const kin_index *index, kin_error *err);

/* Inside a transaction: the rows are those of another file from now on, whose blocks have sums[blocks]. */
int kin_workspace__rows_anew(kin_workspace *workspace, uint64_t generation, uint64_t rows, const uint64_t *sums,
                             size_t blocks, kin_error *err);

/* "path" or "path#shape" of an item, from the arena; NULL where there is no memory. */
char *kin_workspace__name(kin_arena *arena, const char *path, const char *shape);

/* The path of an asset's file as this process opens it, from the arena. */
char *kin_workspace__file(const kin_workspace *workspace, kin_arena *arena, const char *path);

/* What to show of an item, as kin_sight.crop with `context` around its box, and kin_sight.version. */
int kin_workspace__view(kin_workspace *workspace, const kin_item *item, double context, kin_box *region,
                        uint64_t *version, kin_error *err);

/* An item by exact name, `path` or `path#shape`. KIN_E_NOTFOUND. */
int kin_workspace__exact_item(kin_workspace *workspace, const char *name, kin_item *out, kin_error *err);

typedef struct kin_id_list {
    int64_t *ids; /* malloc'ed */
    size_t count, capacity;
} kin_id_list;

int kin_workspace__push_id(kin_id_list *list, int64_t id, kin_error *err);

typedef struct kin_place_list {
    kin_job_item *list; /* malloc'ed */
    size_t count, capacity;
} kin_place_list;

/* For the ledger's walks over the items of a job; `places` is a kin_place_list. */
int kin_workspace__push_place(void *places, const kin_job_item *item, kin_error *err);

/* The assets that audits of assets drew, ascending. */
int kin_workspace__drawn_assets(kin_workspace *workspace, kin_id_list *out, kin_error *err);

/* kin_workspace_verdict inside a transaction that the caller began. */
int kin_workspace__judge(kin_workspace *workspace, const kin_id_list *drawn, const kin_verdict *verdict, bool *added,
                         uint64_t *implied, kin_error *err);

#endif
