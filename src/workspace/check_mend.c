/* Mending what is derived: items without a row that can be trusted become pending, and the next `kin index` describes
 * them. A file that was cut off is of use where each lost row was of an item that has no other; else an older row of
 * some item would be taken for its last one, and everything is described anew. Each step ends in one transaction, so
 * that a mending that breaks off can be begun again. */
#include "workspace/check_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int kin_check__make_pending(kin_checking *c, const kin_id_list *items, kin_error *err)
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
    code = kin_workspace__end(w->ledger, code, err);
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
    code = kin_check__make_pending(c, &c->missing, err);
    if (code == KIN_OK && c->short_by)
        code = shorten(c, err);
    return kin_workspace__end(c->workspace->ledger, code, err);
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
    code = kin_check__make_pending(c, &c->damaged, err);
    if (code == KIN_OK)
        code = kin_workspace__rows_put(c->workspace, index, err);
    return kin_workspace__end(c->workspace->ledger, code, err);
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

int kin_check__mend(kin_checking *c, const kin_watch *watch, kin_error *err)
{
    return c->spread ? kin_check__mend_shards(c, err) : mend_index(c, watch, err);
}
