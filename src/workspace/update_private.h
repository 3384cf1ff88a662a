#ifndef KIN_UPDATE_PRIVATE_H
#define KIN_UPDATE_PRIVATE_H
/* The stages of `kin index`, in the order in which they run. */

#include "workspace/batch.h"

typedef struct kin_update_embeddings kin_update_embeddings; /* update_embeddings.c */

typedef struct kin_update {
    kin_workspace *workspace;
    const kin_describe_options *options;
    const kin_watch *watch; /* never NULL */
    kin_describe_summary *summary;
    kin_update_embeddings *embeddings; /* NULL: workspace->model describes */
    kin_model_info vectors;            /* what the vectors are to be; name borrowed from the model or the embeddings */
    bool files_changed;                /* the set of image files is not what it was */
    const struct kin_courier *courier; /* to the workers that describe (spread.c); NULL: this process does */
    const struct kin_spread_options *spread;
} kin_update;

/* Looks through the folder: new and changed files become pending assets, vanished ones are gone. */
int kin_update__scan(kin_update *update, kin_error *err);

/* Reads the annotations, where there are any and they may have changed. */
int kin_update__import(kin_update *update, kin_error *err);

/* Describes what is pending, in batches that are safe on disk one after the other. */
int kin_update__describe(kin_update *update, kin_error *err);

/* Inside a transaction: writes down what came of a batch's images and items, and tells of those that failed. */
int kin_update__record(const kin_update *update, const kin_batch *batch, kin_error *err);

/* The ids that match, ascending, some ten thousands at a time, so that what is held meanwhile stays small. `take` may
 * write over ids, and to the ledger. The second: of items that are out of use, gone or failed. */
typedef int kin_update__take_ids(void *user, int64_t *ids, size_t n, kin_error *err);
int kin_update__each_ids(const kin_update *update, kin_item_filter filter, kin_update__take_ids *take, void *user,
                         kin_error *err);
int kin_update__each_out_of_use(const kin_update *update, kin_update__take_ids *take, void *user, kin_error *err);

/* Inside a transaction: makes every item pending, for a vectors.bin of a new generation. */
int kin_update__describe_anew(kin_update *update, uint64_t generation, kin_error *err);

/* Opens the embeddings that were asked for, else those of the last run unless a model is asked for; leaves
 * update->embeddings NULL where there are none. Release with _close, also after a failure. */
int kin_update__embeddings_open(kin_update *update, kin_error *err);
void kin_update__embeddings_close(kin_update *update);

/* After scan and import: fills in update->vectors, and reads which item each row is where that may matter. KIN_E_FORMAT
 * where not one row names an item. */
int kin_update__embeddings_read(kin_update *update, kin_error *err);

/* Inside a transaction: keeps what is to be known of the embeddings in use, or, where there are none, forgets it. */
int kin_update__embeddings_keep(kin_update *update, kin_error *err);

/* The item's vector[vectors.dim]; *left_out instead, where no row at all is of its kind (images, shapes). An error says
 * why it has none. For all threads. */
int kin_update__embedding(const kin_update_embeddings *embeddings, int64_t item, bool is_asset, float *vector,
                          bool *left_out, kin_error *err);

/* The data set's own spelling of a path that people give from where they are: relative to the data set's folder where
 * it lies in it, else absolute. From the arena; NULL, with *err, where there are no such `what`. And back: the path as
 * this process opens it. */
const char *kin_update__own_spelling(const kin_update *update, kin_arena *arena, const char *path, const char *what,
                                     kin_error *err);
const char *kin_update__file_of(const kin_update *update, kin_arena *arena, const char *own);

/* The largest image file that is read. */
uint64_t kin_update__max_bytes(const kin_update *update);

/* One line through watch.note; %-formatted. */
void kin_update__note(const kin_update *update, const char *format, ...) KIN_PRINTF(2, 3);

#endif
