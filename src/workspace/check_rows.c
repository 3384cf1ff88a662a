/* What the rows say against what the ledger says of them. Items that are pending may have a row, an older one. */
#include "workspace/check_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char items_pending[] = "they are pending again, for the next kin index";
static const char all_pending[] = "all items are pending again, for the next kin index";

/* ---- The items of an index ---- */

typedef struct item_walk {
    kin_checking *c;
    const kin_index *index;
    kin_id_list *without; /* [2] images, shapes */
    uint64_t with[2];
} item_walk;

static int take_described(void *user, const kin_item_row *row, kin_error *err)
{
    item_walk *walk = user;
    bool shape = row->id != row->asset;
    walk->c->out->items++;
    if (!kin_index_has(walk->index, row->id))
        return kin_workspace__push_id(&walk->without[shape], row->id, err);
    walk->with[shape]++;
    return KIN_OK;
}

static int take_pending(void *user, const kin_item_row *row, kin_error *err)
{
    (void)err;
    item_walk *walk = user;
    walk->with[0] += kin_index_has(walk->index, row->id);
    return KIN_OK;
}

static int take_out_of_use(void *user, const kin_item_row *row, kin_error *err)
{
    item_walk *walk = user;
    return kin_index_has(walk->index, row->id) ? kin_workspace__push_id(&walk->c->surplus, row->id, err) : KIN_OK;
}

static int take_id(void *user, int64_t id, kin_error *err)
{
    kin_checking *c = user;
    kin_item item;
    int code = kin_ledger_item(c->workspace->ledger, id, &item, err);
    return code == KIN_E_NOTFOUND ? kin_workspace__push_id(&c->surplus, id, err) : code;
}

static int append_ids(kin_id_list *to, const kin_id_list *from, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < from->count; i++)
        code = kin_workspace__push_id(to, from->ids[i], err);
    return code;
}

/* Described items without a row. Embeddings may be of images only, or of shapes only; then the others have none. */
static int find_missing(kin_checking *c, item_walk *walk, kin_error *err)
{
    const char *embeddings;
    int code = kin_ledger_each_row(c->workspace->ledger, KIN_UNIT_ANY, 1u << KIN_ITEM_DESCRIBED, take_described, walk,
                                   err);
    if (code == KIN_OK)
        code = kin_workspace__embeddings(c->workspace, &embeddings, err);
    for (size_t unit = 0; code == KIN_OK && unit < 2; unit++)
        if (!embeddings || walk->with[unit])
            code = append_ids(&c->missing, &walk->without[unit], err);
    if (code == KIN_OK && c->missing.count)
        code = kin_check__add(c, "items", true, items_pending, err,
                              "%zu described items have no row (item %" PRId64 ")", c->missing.count,
                              c->missing.ids[0]);
    return code;
}

/* Rows whose items have no right to one. Of items that have just gone they wait for the end of a `kin index`. */
static int find_surplus(kin_checking *c, item_walk *walk, kin_error *err)
{
    kin_ledger *ledger = c->workspace->ledger;
    int code = kin_ledger_each_row(ledger, KIN_UNIT_ANY, 1u << KIN_ITEM_GONE | 1u << KIN_ITEM_FAILED, take_out_of_use,
                                   walk, err);
    size_t gone = c->surplus.count;
    if (code == KIN_OK && gone)
        code = kin_check__add(c, "rows", false, "they are removed", err,
                              "%zu items that are gone or failed still have a row (item %" PRId64 ")", gone,
                              c->surplus.ids[0]);
    if (code == KIN_OK)
        code = kin_ledger_each_row(ledger, KIN_UNIT_ANY, 1u << KIN_ITEM_PENDING, take_pending, walk, err);
    if (code != KIN_OK || walk->with[0] + walk->with[1] + gone == kin_index_count(c->index))
        return code;
    code = kin_index_each(c->index, take_id, c, err);
    if (code == KIN_OK && c->surplus.count > gone)
        code = kin_check__add(c, "rows", true, "they are removed", err,
                              "%zu rows are of items that the ledger does not know (item %" PRId64 ")",
                              c->surplus.count - gone, c->surplus.ids[gone]);
    return code;
}

static int check_items(kin_checking *c, kin_error *err)
{
    kin_id_list without[2] = { { 0 }, { 0 } };
    item_walk walk = { .c = c, .index = c->index, .without = without };
    int code = find_missing(c, &walk, err);
    if (code == KIN_OK)
        code = find_surplus(c, &walk, err);
    free(without[0].ids);
    free(without[1].ids);
    return code;
}

/* ---- The rows of an index ---- */

typedef struct row_walk {
    kin_checking *c;
    kin_error failure; /* of the ledger */
} row_walk;

static bool kept_sum(void *user, uint64_t block, uint64_t *sum)
{
    row_walk *walk = user;
    bool known = false;
    int code = kin_workspace__row_sum(walk->c->workspace, block, sum, &known,
                                      walk->failure.code == KIN_OK ? &walk->failure : NULL);
    return code == KIN_OK && known;
}

static int take_damaged(void *user, int64_t id, kin_error *err)
{
    const row_walk *walk = user;
    return kin_workspace__push_id(&walk->c->damaged, id, err);
}

static int check_rows(kin_checking *c, kin_error *err)
{
    row_walk walk = { c, KIN_ERROR_INIT };
    const kin_index_checks checks = { kept_sum, take_damaged, &walk };
    kin_index_checked found = { 0 };
    int code = kin_index_check(c->index, &checks, &found, err);
    if (code == KIN_OK && walk.failure.code != KIN_OK)
        code = kin_fail(err, walk.failure.code, "%s", walk.failure.message);
    c->out->rows = found.rows;
    c->out->without_sum = found.blocks_without_sum;
    c->rewrite = found.damaged || found.blocks_damaged;
    if (code == KIN_OK && found.blocks_damaged)
        code = kin_check__add(c, "rows", true, items_pending, err,
                              "%" PRIu64 " of %" PRIu64 " blocks of vectors.bin are not what was written",
                              found.blocks_damaged, found.blocks);
    if (code == KIN_OK && found.damaged)
        code = kin_check__add(c, "rows", true, items_pending, err,
                              "%" PRIu64 " rows of vectors.bin are damaged: no vector of length 1 was written so",
                              found.damaged);
    if (code == KIN_OK && c->damaged.count)
        code = kin_check__add(c, "items", true, items_pending, err,
                              "%zu items have a row that cannot be trusted (item %" PRId64 ")", c->damaged.count,
                              c->damaged.ids[0]);
    return code;
}

/* ---- One index ---- */

/* Its name in the ledger and its file are read one after the other, and a compaction may come between. */
static int open_named(kin_checking *c, kin_index_options *options, kin_error *why, kin_error *err)
{
    enum { attempts = 3 };
    kin_workspace *w = c->workspace;
    int code = KIN_OK, opened = KIN_E_USAGE;
    for (int i = 0; i < attempts && opened != KIN_OK && code == KIN_OK; i++) {
        if (i > 0 && !c->repair) {
            kin_ledger_rollback(w->ledger);
            code = kin_ledger_begin(w->ledger, err);
        }
        if (code == KIN_OK)
            code = kin_workspace__index_options(w, options, err);
        if (code == KIN_OK)
            opened = kin_index_open(w->kin_folder, options, &c->index, why);
    }
    return code;
}

/* A file that was cut off may still be of use, see check_mend.c. */
static int open_index(kin_checking *c, kin_error *err)
{
    kin_index_options options;
    kin_error why = KIN_ERROR_INIT;
    int code = open_named(c, &options, &why, err);
    if (code != KIN_OK || c->index)
        return code;
    if (why.code == KIN_E_MEMORY || why.code == KIN_E_IO)
        return kin_fail(err, why.code, "%s", why.message);
    uint64_t rows = options.rows;
    options.rows = KIN_INDEX_ALL;
    if (kin_index_open(c->workspace->kin_folder, &options, &c->index, NULL) != KIN_OK ||
        kin_index_rows(c->index) >= rows) {
        kin_index_close(c->index);
        c->index = NULL;
        c->anew = true;
        return kin_check__add(c, "rows", true, all_pending, err, "%s", why.message);
    }
    c->short_by = rows - kin_index_rows(c->index);
    return kin_check__add(c, "rows", true, items_pending, err, "%s", why.message);
}

static int check_base(kin_checking *c, kin_error *err)
{
    const char *note = kin_index_base_note(c->index);
    c->base = note != NULL;
    return note ? kin_check__add(c, "base", kin_index_base_is_damaged(c->index), "it is built anew, or removed", err,
                                 "%s", note)
                : KIN_OK;
}

static int check_index(kin_checking *c, kin_error *err)
{
    uint64_t dim = 0;
    int code = kin_workspace__number(c->workspace, KIN_SETTING_DIM, 0, &dim, err);
    if (code != KIN_OK || dim == 0)
        return code;
    code = open_index(c, err);
    if (code == KIN_OK && c->index)
        code = check_rows(c, err);
    if (code == KIN_OK && c->index)
        code = check_items(c, err);
    /* Each row that was cut off is of an item that now has none at all: else an older row would be taken for it. */
    if (code == KIN_OK && c->short_by && c->short_by != c->missing.count)
        c->anew = true;
    return code == KIN_OK && c->index ? check_base(c, err) : code;
}

int kin_check__rows(kin_checking *c, kin_error *err)
{
    int code = kin_spread__shards(c->workspace, &c->spread, err);
    if (code != KIN_OK)
        return code;
    return c->spread ? kin_check__shards(c, err) : check_index(c, err);
}
