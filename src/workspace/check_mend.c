/* Mending what is derived: items without a row that can be trusted become pending, and the next `kin index` describes
 * them. A file that was cut off is of use where each lost row was of an item that has no other; else an older row of
 * some item would be taken for its last one, and everything is described anew. Each step ends in one transaction, so
 * that a mending that breaks off can be begun again. */
#include "workspace/check_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int make_pending(kin_checking *c, const kin_id_list *items, kin_error *err)
{
    kin_ledger *ledger = c->workspace->ledger;
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < items->count; i++) {
        kin_item item;
        code = kin_ledger_item(ledger, items->ids[i], &item, err);
        if (code == KIN_OK && item.state == KIN_ITEM_DESCRIBED)
            code = kin_ledger_item_state(ledger, items->ids[i], KIN_ITEM_PENDING, NULL, err);
        else if (code == KIN_E_NOTFOUND) /* a damaged id */
            code = KIN_OK;
    }
    return code;
}

static int end(kin_checking *c, int code, kin_error *err)
{
    if (code == KIN_OK)
        return kin_ledger_commit(c->workspace->ledger, err);
    kin_ledger_rollback(c->workspace->ledger);
    return code;
}

static int begin_anew(kin_checking *c, kin_error *err)
{
    kin_workspace *w = c->workspace;
    kin_update update = { .workspace = w };
    uint64_t generation = 0;
    int code = kin_ledger_begin(w->ledger, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace__number(w, KIN_SETTING_GENERATION, 0, &generation, err);
    if (code == KIN_OK)
        code = kin_update__describe_anew(&update, generation + 1, err);
    code = end(c, code, err);
    return code == KIN_OK ? kin_index_delete(w->kin_folder, err) : code;
}

/* Sums reach to where the file was cut off: none is known of the last block, nor of those behind it. */
static int shorten(kin_checking *c, kin_error *err)
{
    kin_workspace *w = c->workspace;
    uint64_t rows = kin_index_rows(c->index), named = rows + c->short_by;
    int code = KIN_OK;
    for (uint64_t block = rows / KIN_INDEX_BLOCK; code == KIN_OK && block * KIN_INDEX_BLOCK < named; block++) {
        char name[48];
        (void)snprintf(name, sizeof name, KIN_SETTING_ROW_SUM "%" PRIu64, block);
        code = kin_ledger_setting_put(w->ledger, name, NULL, err);
    }
    return code == KIN_OK ? kin_workspace__number_put(w, KIN_SETTING_ROWS, rows, err) : code;
}

static int mend_missing(kin_checking *c, kin_error *err)
{
    if (c->missing.count == 0 && c->short_by == 0)
        return KIN_OK;
    int code = kin_ledger_begin(c->workspace->ledger, err);
    if (code != KIN_OK)
        return code;
    code = make_pending(c, &c->missing, err);
    if (code == KIN_OK && c->short_by)
        code = shorten(c, err);
    return end(c, code, err);
}

/* The rows go before the items are said to be pending: what is found in between has a row or is to get one. */
static int mend_rows(kin_checking *c, kin_index *index, kin_error *err)
{
    int code = kin_index_remove(index, c->surplus.ids, c->surplus.count, err);
    if (code == KIN_OK)
        code = kin_index_remove(index, c->damaged.ids, c->damaged.count, err);
    if (code == KIN_OK)
        code = kin_index_sync(index, err);
    if (code == KIN_OK)
        code = kin_ledger_begin(c->workspace->ledger, err);
    if (code != KIN_OK)
        return code;
    code = make_pending(c, &c->damaged, err);
    if (code == KIN_OK)
        code = kin_workspace__rows_put(c->workspace, index, err);
    return end(c, code, err);
}

static int mend_index(kin_checking *c, const kin_watch *watch, kin_error *err)
{
    kin_index *index = NULL;
    kin_compacted done;
    int code = c->anew ? begin_anew(c, err) : mend_missing(c, err);
    if (c->anew || code != KIN_OK || !(c->surplus.count || c->damaged.count || c->base || c->rewrite || c->next))
        return code;
    kin_index_close(c->index);
    c->index = NULL;
    code = kin_workspace__index_to_write(c->workspace, &index, err);
    if (code == KIN_OK && (c->surplus.count || c->damaged.count))
        code = mend_rows(c, index, err);
    if (code == KIN_OK && c->base)
        code = kin_index_build_base(index, watch, err);
    kin_index_close(index);
    return code == KIN_OK && c->rewrite ? kin_workspace__compact(c->workspace, watch, &done, err) : code;
}

/* ---- Shards ---- */

typedef struct shard_items {
    size_t shard, shards;
    kin_id_list items;
} shard_items;

static int take_item(void *user, const kin_item_row *row, kin_error *err)
{
    shard_items *of = user;
    return kin_spread__shard_of(row->asset, of->shards) == of->shard ? kin_workspace__push_id(&of->items, row->id, err)
                                                                     : KIN_OK;
}

/* A shard of no rows is begun anew by the worker that has it. */
static int mend_shard(kin_checking *c, size_t shard, size_t shards, kin_error *err)
{
    kin_ledger *ledger = c->workspace->ledger;
    shard_items of = { .shard = shard, .shards = shards };
    int code = kin_ledger_begin(ledger, err);
    if (code != KIN_OK)
        return code;
    code = kin_ledger_each_row(ledger, KIN_UNIT_ANY, 1u << KIN_ITEM_DESCRIBED, take_item, &of, err);
    if (code == KIN_OK)
        code = make_pending(c, &of.items, err);
    if (code == KIN_OK)
        code = kin_spread__rows_put(c->workspace, shard, 0, err);
    free(of.items.ids);
    return end(c, code, err);
}

int kin_check__mend(kin_checking *c, const kin_watch *watch, kin_error *err)
{
    size_t shards = 0;
    if (!c->spread)
        return mend_index(c, watch, err);
    int code = kin_spread__shards(c->workspace, &shards, err);
    for (size_t i = 0; code == KIN_OK && i < c->shards.count; i++)
        code = mend_shard(c, (size_t)c->shards.ids[i], shards, err);
    return code;
}
