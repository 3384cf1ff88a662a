#ifndef KIN_BATCH_H
#define KIN_BATCH_H
/* Some images whose items wait for their vectors, and what came of them: made of the ledger's pending items, described
 * by a crew (crew.h), and stored by whoever made it. */

#include "workspace/workspace_private.h"

typedef struct kin_batch_item {
    int64_t id;
    kin_box box;
    int code;      /* KIN_OK: its vector is good */
    bool left_out; /* it needs none */
    char *reason;  /* malloc'ed, where its vector is not good; NULL where there was no memory for it */
} kin_batch_item;

/* An image with its items [first, first + count) of the batch. */
typedef struct kin_batch_image {
    int64_t asset;
    size_t first, count;
    char *path;     /* relative to the data set's folder; the batch's arena's */
    float *vectors; /* [good items, dim], malloc'ed: those of the items that are good and not left out, in their order */
    kin_asset_file file;
    int width, height;
    int code;     /* of reading and decoding; not KIN_OK: none of its items is described */
    char *reason; /* as above */
} kin_batch_image;

typedef struct kin_batch {
    kin_batch_item *items;
    size_t items_count, items_capacity;
    kin_batch_image *images;
    size_t images_count, images_capacity;
    kin_arena arena;
} kin_batch;

#define KIN_BATCH_INIT                                                                                                 \
    {                                                                                                                  \
        .arena = KIN_ARENA_INIT                                                                                        \
    }

/* Takes in an item; those of one image come one after the other. */
int kin_batch__add(kin_batch *batch, const kin_item *item, kin_error *err);

/* Appends the vectors that are good. */
int kin_batch__add_rows(const kin_batch *batch, size_t dim, kin_index *index, kin_error *err);

/* Empties it and keeps the memory; and releases it. */
void kin_batch__reset(kin_batch *batch);
void kin_batch__clear(kin_batch *batch);

#endif
