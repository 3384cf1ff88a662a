/* The shards of a spread workspace, as far as they are on this machine. Their rows have no sums: a row whose form is
 * broken is described again, and replaced by the new one. Where an item has no row at all, or a row is of no item of the
 * shard, an id has changed, and nobody knows which: then nothing of the shard is of use, as where the file is. */
#include "workspace/check_parts.h"

#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char items_pending[] = "they are pending again, for the next kin-mpi index";
static const char shard_pending[] = "all its items are pending again, for the next kin-mpi index";

static bool lies_elsewhere(const kin_checking *c)
{
    return c->shards_folder != NULL;
}

/* The folder that all shards are in, and that of one of them; from the arena. */
static char *folder_of_shards(const kin_checking *c, kin_arena *arena, kin_error *err)
{
    char *folder = lies_elsewhere(c) ? kin_arena_string(arena, c->shards_folder)
                                     : kin_path_join(arena, c->workspace->kin_folder, "shards");
    if (!folder)
        kin_fail_memory(err);
    return folder;
}

static char *folder_of(const kin_checking *c, kin_arena *arena, size_t shard, kin_error *err)
{
    char number[32];
    const char *all = folder_of_shards(c, arena, err);
    (void)snprintf(number, sizeof number, "%zu", shard);
    char *folder = all ? kin_path_join(arena, all, number) : NULL;
    if (all && !folder)
        kin_fail_memory(err);
    return folder;
}

/* ---- Rows and items ---- */

typedef struct shard_walk {
    kin_checking *c;
    const kin_index *index;
    size_t shard;
    uint64_t with, lacking; /* described items of the shard that have a row, or none */
    uint64_t others;        /* its other items that have one: an older one, or they are gone */
} shard_walk;

static bool in_shard(const shard_walk *walk, const kin_item_row *row)
{
    return kin_spread__shard_of(row->asset, walk->c->spread) == walk->shard;
}

static int take_described(void *user, const kin_item_row *row, kin_error *err)
{
    (void)err;
    shard_walk *walk = user;
    bool has = kin_index_has(walk->index, row->id);
    if (in_shard(walk, row)) {
        walk->c->out->items++;
        walk->with += has;
        walk->lacking += !has;
    }
    return KIN_OK;
}

static int take_other(void *user, const kin_item_row *row, kin_error *err)
{
    (void)err;
    shard_walk *walk = user;
    walk->others += in_shard(walk, row) && kin_index_has(walk->index, row->id);
    return KIN_OK;
}

/* What is not described is not looked for: its row does no harm. */
static int take_damaged(void *user, int64_t id, kin_error *err)
{
    const shard_walk *walk = user;
    kin_item item;
    int code = kin_ledger_item(walk->c->workspace->ledger, id, &item, err);
    if (code == KIN_E_NOTFOUND || (code == KIN_OK && item.state != KIN_ITEM_DESCRIBED))
        return KIN_OK;
    return code == KIN_OK ? kin_workspace__push_id(&walk->c->damaged, id, err) : code;
}

static int is_lost(kin_checking *c, size_t shard, kin_error *err)
{
    return kin_workspace__push_id(&c->shards, (int64_t)shard, err);
}

static int judge_shard(const shard_walk *walk, size_t damaged_before, kin_error *err)
{
    kin_checking *c = walk->c;
    uint64_t foreign = kin_index_count(walk->index) - walk->with - walk->others;
    size_t damaged = c->damaged.count - damaged_before;
    if (walk->lacking || foreign) {
        int code = kin_check__add(c, "shards", true, shard_pending, err,
                                  "%" PRIu64 " items of shard %zu have no row in it, and %" PRIu64
                                  " of its rows are not of its items",
                                  walk->lacking, walk->shard, foreign);
        return code == KIN_OK ? is_lost(c, walk->shard, err) : code;
    }
    return damaged ? kin_check__add(c, "shards", true, items_pending, err,
                                    "%zu items have a damaged row in shard %zu (item %" PRId64 ")", damaged,
                                    walk->shard, c->damaged.ids[damaged_before])
                   : KIN_OK;
}

static int look_into_shard(kin_checking *c, const kin_index *index, size_t shard, kin_error *err)
{
    kin_ledger *ledger = c->workspace->ledger;
    shard_walk walk = { .c = c, .index = index, .shard = shard };
    const kin_index_checks checks = { NULL, take_damaged, &walk };
    kin_index_checked found = { 0 };
    size_t damaged_before = c->damaged.count;
    int code = kin_index_check(index, &checks, &found, err);
    if (code == KIN_OK)
        code = kin_ledger_each_row(ledger, KIN_UNIT_ANY, 1u << KIN_ITEM_DESCRIBED, take_described, &walk, err);
    if (code == KIN_OK)
        code = kin_ledger_each_row(ledger, KIN_UNIT_ANY,
                                   1u << KIN_ITEM_PENDING | 1u << KIN_ITEM_GONE | 1u << KIN_ITEM_FAILED, take_other,
                                   &walk, err);
    c->out->rows += found.rows;
    c->out->without_sum += found.blocks_without_sum;
    return code == KIN_OK ? judge_shard(&walk, damaged_before, err) : code;
}

static int check_shard(kin_checking *c, kin_index_options *options, size_t shard, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_error why = KIN_ERROR_INIT;
    kin_index *index = NULL;
    const char *folder = folder_of(c, &arena, shard, err);
    int code = folder ? kin_spread__rows(c->workspace, shard, &options->rows, err) : KIN_E_MEMORY;
    if (code != KIN_OK)
        goto out;
    if (lies_elsewhere(c) && options->rows && !kin_file_is_folder(folder)) {
        c->out->unseen++;
    } else if (kin_index_open(folder, options, &index, &why) == KIN_OK) {
        code = look_into_shard(c, index, shard, err);
    } else if (why.code == KIN_E_MEMORY || why.code == KIN_E_IO) {
        code = kin_fail(err, why.code, "%s", why.message); /* that tells nothing of the file */
    } else {
        code = kin_check__add(c, "shards", true, shard_pending, err, "%s", why.message);
        if (code == KIN_OK)
            code = is_lost(c, shard, err);
    }
out:
    kin_index_close(index);
    kin_arena_clear(&arena);
    return code;
}

static int read_folder(kin_checking *c, kin_error *err)
{
    const char *folder;
    int code = kin_ledger_setting(c->workspace->ledger, KIN_SETTING_SHARDS_FOLDER, &folder, err);
    if (code == KIN_OK && folder && !(c->shards_folder = strdup(folder)))
        code = kin_fail_memory(err);
    return code;
}

int kin_check__shards(kin_checking *c, kin_error *err)
{
    kin_index_options options;
    int code = read_folder(c, err);
    if (code == KIN_OK)
        code = kin_workspace__index_options(c->workspace, &options, err);
    for (size_t i = 0; code == KIN_OK && i < c->spread; i++)
        code = check_shard(c, &options, i, err);
    return code;
}

/* ---- Files ---- */

/* Whether a name is a number as shards have them. */
static bool is_number(const char *name, uint64_t *number)
{
    char again[32];
    *number = strtoull(name, NULL, 10);
    (void)snprintf(again, sizeof again, "%" PRIu64, *number);
    return strcmp(again, name) == 0;
}

static const char *why_no_shard(const kin_checking *c, const char *name)
{
    uint64_t number;
    return is_number(name, &number) && number >= c->spread ? "is left of vectors that were spread over more shards" : NULL;
}

static const char *why_no_rows(const kin_checking *c, const char *name)
{
    (void)c;
    return kin_check__is_unfinished(name) ? "was not finished" : NULL;
}

/* In a folder that the user named only what lies in the shards themselves is known to be ours. */
int kin_check__shard_files(kin_checking *c, bool mend, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    const char *folder = folder_of_shards(c, &arena, err);
    int code = folder ? KIN_OK : KIN_E_MEMORY;
    if (code == KIN_OK && !lies_elsewhere(c) && kin_file_is_folder(folder))
        code = kin_check__folder(c, folder, why_no_shard, mend, err);
    for (size_t i = 0; code == KIN_OK && i < c->spread; i++) {
        kin_arena_reset(&arena);
        folder = folder_of(c, &arena, i, err);
        code = folder ? KIN_OK : KIN_E_MEMORY;
        if (code == KIN_OK && kin_file_is_folder(folder))
            code = kin_check__folder(c, folder, why_no_rows, mend, err);
    }
    kin_arena_clear(&arena);
    return code;
}

/* ---- Mending ---- */

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
static int give_up_shard(kin_checking *c, size_t shard, kin_error *err)
{
    shard_items of = { .shard = shard, .shards = c->spread };
    int code = kin_ledger_each_row(c->workspace->ledger, KIN_UNIT_ANY, 1u << KIN_ITEM_DESCRIBED, take_item, &of, err);
    if (code == KIN_OK)
        code = kin_check__make_pending(c, &of.items, err);
    if (code == KIN_OK)
        code = kin_spread__rows_put(c->workspace, shard, 0, err);
    free(of.items.ids);
    return code;
}

int kin_check__mend_shards(kin_checking *c, kin_error *err)
{
    kin_ledger *ledger = c->workspace->ledger;
    int code = kin_ledger_begin(ledger, err);
    if (code != KIN_OK)
        return code;
    code = kin_check__make_pending(c, &c->damaged, err);
    for (size_t i = 0; code == KIN_OK && i < c->shards.count; i++)
        code = give_up_shard(c, (size_t)c->shards.ids[i], err);
    return kin_workspace__end(ledger, code, err);
}
