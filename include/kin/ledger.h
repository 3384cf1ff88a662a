#ifndef KIN_LEDGER_H
#define KIN_LEDGER_H
/* The ledger: assets, shapes, attributes, verdicts and jobs of one data set, in SQLite (WAL). Verdicts, jobs and their
 * draws are append-only; ids are given once and never reused. One process writes at a time, for moments; any number
 * read beside it. A handle belongs to one thread. Strings handed out are borrowed until the next call on the ledger. */

#include "kin/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kin_ledger kin_ledger;
typedef enum kin_ledger_mode {
    KIN_LEDGER_READ,
    KIN_LEDGER_WRITE, /* read and write an existing ledger, brought up to the present schema */
    KIN_LEDGER_CREATE /* the same; made where it is missing */
} kin_ledger_mode;

/* KIN_E_NOTFOUND where there is none; KIN_E_FORMAT where the file is no ledger or was written by a newer kin. */
int kin_ledger_open(const char *path, kin_ledger_mode mode, kin_ledger **out, kin_error *err);
void kin_ledger_close(kin_ledger *ledger);
/* Writing calls stand between begin and commit; what is not committed is undone by rollback, close or a crash. A reader
 * may begin too: all it reads until commit is of one moment. Writers take turns; KIN_E_BUSY after 30 s of waiting. A
 * commit that fails has rolled back; so does one after a call that failed half way (a full disk). begin_reading is of
 * one moment, too, and lets others write, whatever the handle may; *begun is false where a transaction is open already,
 * which is then the one to end. */
int kin_ledger_begin(kin_ledger *ledger, kin_error *err);
int kin_ledger_begin_reading(kin_ledger *ledger, bool *begun, kin_error *err);
int kin_ledger_commit(kin_ledger *ledger, kin_error *err);
void kin_ledger_rollback(kin_ledger *ledger);

/* Named settings; *value is NULL where there is none, and NULL put removes it. */
int kin_ledger_setting(kin_ledger *ledger, const char *name, const char **value, kin_error *err);
int kin_ledger_setting_put(kin_ledger *ledger, const char *name, const char *value, kin_error *err);

/* ---- Items: assets (whole images) and the shapes on them ---- */

typedef enum kin_item_state {
    KIN_ITEM_PENDING = 0,   /* not described yet */
    KIN_ITEM_DESCRIBED = 1, /* has a row in the index; or is an image where the embeddings in use are of shapes only, or
                               a shape where they are of images only */
    KIN_ITEM_FAILED = 2,    /* cannot be read or described: `reason` */
    KIN_ITEM_GONE = 3       /* no longer in the data set; its verdicts stay */
} kin_item_state;

typedef struct kin_item {
    int64_t id, asset; /* equal: the asset itself */
    const char *path;  /* of the image, relative to the data set's folder */
    const char *shape; /* id of the shape on its image; NULL for an asset */
    const char *label; /* NULL: none */
    kin_box box;       /* shapes only, pixels */
    int width, height; /* of the image, 0: not known */
    kin_item_state state;
    const char *reason; /* NULL unless failed */
} kin_item;

/* The file behind an asset, as it was last read. */
typedef struct kin_asset_file {
    int64_t bytes, mtime_ns;
    uint64_t hash; /* of the content; 0: not read yet */
} kin_asset_file;

/* The asset's id, made (pending) where the path is new. One that had gone comes back under its old id, pending, its
 * file not read, and with it the shapes that had gone along. Found: 0 where there is none or it is gone. */
int kin_ledger_asset_add(kin_ledger *ledger, const char *path, int64_t *id, bool *added, kin_error *err);
int kin_ledger_asset_find(kin_ledger *ledger, const char *path, int64_t *id, kin_error *err);
int kin_ledger_asset_file(kin_ledger *ledger, int64_t asset, kin_asset_file *out, kin_error *err);
int kin_ledger_asset_file_put(kin_ledger *ledger, int64_t asset, const kin_asset_file *file, int width, int height,
                              kin_error *err);
typedef enum kin_change { KIN_SAME = 0, KIN_RELABELLED = 1, KIN_REDRAWN = 2, KIN_NEW = 3 } kin_change;

/* Puts a shape under (asset, shape id). A new box makes it pending again (redrawn, whatever its label); one that had
 * gone comes back with its old id, as new. `run` marks it as seen (see kin_ledger_sweep). KIN_E_NOTFOUND where there is
 * no such asset or it is gone; KIN_E_USAGE where the box is not finite. */
int kin_ledger_shape_put(kin_ledger *ledger, int64_t asset, const char *shape, const char *label, kin_box box,
                         int64_t run, int64_t *id, kin_change *change, kin_error *err);

/* The label of an asset (NULL: none), and its mark of this run. */
int kin_ledger_asset_label(kin_ledger *ledger, int64_t asset, const char *label, int64_t run, kin_error *err);

/* Replaces all attributes of an item. Of a key given twice the last counts. */
int kin_ledger_attributes_put(kin_ledger *ledger, int64_t item, const kin_attribute *attributes, size_t n,
                              kin_error *err);

/* After an import in which everything there is was marked with `run`: shapes with another mark are gone, assets with
 * another mark lose label and attributes. *gone: how many shapes. */
int kin_ledger_sweep(kin_ledger *ledger, int64_t run, uint64_t *gone, kin_error *err);

/* Sets the state of one item; `reason` for KIN_ITEM_FAILED, else NULL. An asset that is gone takes its shapes along; an
 * asset that is pending makes its shapes pending, but for those that had gone by themselves. */
int kin_ledger_item_state(kin_ledger *ledger, int64_t item, kin_item_state state, const char *reason, kin_error *err);

/* KIN_E_NOTFOUND where there is none (gone items are found by id, not by name). shape NULL: the asset. */
int kin_ledger_item(kin_ledger *ledger, int64_t id, kin_item *out, kin_error *err);
int kin_ledger_item_find(kin_ledger *ledger, const char *path, const char *shape, kin_item *out, kin_error *err);

typedef enum kin_unit { KIN_UNIT_ANY = 0, KIN_UNIT_ASSET = 1, KIN_UNIT_SHAPE = 2 } kin_unit;
const char *kin_unit_name(kin_unit unit); /* "asset", "shape"; "item" for any */

/* Which items: all conditions hold together. Members that are NULL or 0 ask for nothing. A `where` key is met by the
 * item's own attribute or its asset's; the key "label" is the label. */
typedef struct kin_item_filter {
    kin_unit unit;
    const char *label;
    const kin_attribute *where;
    size_t where_count;
    int64_t asset;   /* only this asset and its shapes */
    unsigned states; /* bit (1 << state) each; 0: pending and described */
    int64_t after;   /* only ids greater than this: with `most`, to go through any number of items in parts */
    size_t most;     /* at most so many, the first; 0: all */
} kin_item_filter;

/* The ids that match, ascending; *ids is malloc'ed, the caller's. */
int kin_ledger_select(kin_ledger *ledger, const kin_item_filter *filter, int64_t **ids, size_t *n, kin_error *err);

/* Each item that matches, assets before their shapes, else by ascending id. The callbacks of the each-functions end the
 * walk by returning anything but KIN_OK, which is passed on; they must not write to the ledger, but may read it. */
int kin_ledger_each_item(kin_ledger *ledger, const kin_item_filter *filter,
                         int (*take)(void *user, const kin_item *item, kin_error *err), void *user, kin_error *err);

/* What use cases that go over all items need of each: no texts, so that a million are read in well under a second. */
typedef struct kin_item_row {
    int64_t id, asset; /* equal: the asset itself */
    int64_t label;     /* number of its text, see kin_ledger_text; 0: none */
} kin_item_row;
/* Each item of a unit (ANY: both) by ascending id; `states` as in kin_item_filter. */
int kin_ledger_each_row(kin_ledger *ledger, kin_unit unit, unsigned states,
                        int (*take)(void *user, const kin_item_row *row, kin_error *err), void *user, kin_error *err);
int kin_ledger_text(kin_ledger *ledger, int64_t number, const char **text, kin_error *err);
/* The pending items of the first `assets` assets past the asset `after` that have any: by asset, then by id, so that an
 * asset comes before its shapes; of one that is not pending itself, its pending shapes alone. Counted: the assets. */
int kin_ledger_each_pending(kin_ledger *ledger, int64_t after, size_t assets,
                            int (*take)(void *user, const kin_item *item, kin_error *err), void *user, kin_error *err);
int kin_ledger_count_pending(kin_ledger *ledger, uint64_t *assets, kin_error *err);

/* Each own attribute of each live item, by ascending item id, then key; `key` NULL: all keys. */
int kin_ledger_each_attribute(kin_ledger *ledger, const char *key,
                              int (*take)(void *user, int64_t item, const kin_attribute *attribute, kin_error *err),
                              void *user, kin_error *err);

typedef struct kin_ledger_counts {
    uint64_t assets, shapes, pending, failed, gone, verdicts, jobs; /* assets and shapes: live ones */
} kin_ledger_counts;
int kin_ledger_count(kin_ledger *ledger, kin_ledger_counts *out, kin_error *err); /* of this moment */

#ifdef __cplusplus
}
#endif
#endif
