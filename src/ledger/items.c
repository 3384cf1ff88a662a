/* Images, and what images and shapes have in common: reading and state. */

#include "ledger/ledger_rows.h"

#include "ledger/ledger_private.h"

const char *kin_unit_name(kin_unit unit)
{
    return unit == KIN_UNIT_ASSET ? "asset" : unit == KIN_UNIT_SHAPE ? "shape" : "item";
}

void kin_ledger__item_row(sqlite3_stmt *row, kin_item *out)
{
    int state = sqlite3_column_int(row, 11);
    *out = (kin_item) {
        .id = sqlite3_column_int64(row, 0),
        .asset = sqlite3_column_int64(row, 1),
        .path = kin_ledger__column(row, 2),
        .shape = kin_ledger__column(row, 3),
        .label = kin_ledger__column(row, 4),
        .box = { sqlite3_column_double(row, 5), sqlite3_column_double(row, 6), sqlite3_column_double(row, 7),
                 sqlite3_column_double(row, 8) },
        .width = sqlite3_column_int(row, 9),
        .height = sqlite3_column_int(row, 10),
        .state = state < KIN_ITEM_GONE ? (kin_item_state)state : KIN_ITEM_GONE,
        .reason = kin_ledger__column(row, 12),
    };
}

/* The item of the row, its strings kept; then the row is done with. */
static int take_item(kin_ledger *ledger, sqlite3_stmt *row, kin_item *out, kin_error *err)
{
    kin_item item;
    kin_ledger__item_row(row, &item);
    kin_arena_reset(&ledger->strings);
    bool kept = item.path && kin_ledger__keep(ledger, &item.path) && kin_ledger__keep(ledger, &item.shape) &&
                kin_ledger__keep(ledger, &item.label) && kin_ledger__keep(ledger, &item.reason);
    (void)sqlite3_reset(row);
    if (!kept)
        return kin_fail_memory(err);
    *out = item;
    return KIN_OK;
}

int kin_ledger_item(kin_ledger *ledger, int64_t id, kin_item *out, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_ITEM, KIN_BIND(kin_ledger__int(id)), &row, err);
    if (code == KIN_OK && !row)
        return kin_fail(err, KIN_E_NOTFOUND, "there is no item %lld in %s", (long long)id, ledger->path);
    return code == KIN_OK ? take_item(ledger, row, out, err) : code;
}

int kin_ledger_item_find(kin_ledger *ledger, const char *path, const char *shape, kin_item *out, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code;
    if (shape)
        code = kin_ledger__first(ledger, KIN_SQL_ITEM_SHAPE, KIN_BIND(kin_ledger__text(path), kin_ledger__text(shape)),
                                 &row, err);
    else
        code = kin_ledger__first(ledger, KIN_SQL_ITEM_ASSET, KIN_BIND(kin_ledger__text(path)), &row, err);
    if (code == KIN_OK && !row)
        return kin_fail(err, KIN_E_NOTFOUND, "there is no %s%s%s in the data set", path, shape ? "#" : "",
                        shape ? shape : "");
    return code == KIN_OK ? take_item(ledger, row, out, err) : code;
}

static int return_shapes(kin_ledger *ledger, int64_t asset, kin_error *err)
{
    return kin_ledger__run(ledger, KIN_SQL_ASSET_SHAPES_RETURN, KIN_BIND(kin_ledger__int(asset)), err);
}

/* What happens to an image's shapes. Those that came to be gone by themselves stay so. */
static int move_shapes(kin_ledger *ledger, int64_t asset, kin_item_state from, kin_item_state to, kin_error *err)
{
    int code = KIN_OK;
    if (to == KIN_ITEM_GONE)
        return kin_ledger__run(ledger, KIN_SQL_ASSET_SHAPES_GO, KIN_BIND(kin_ledger__int(asset)), err);
    if (from == KIN_ITEM_GONE)
        code = return_shapes(ledger, asset, err);
    if (code == KIN_OK && to == KIN_ITEM_PENDING)
        code = kin_ledger__run(ledger, KIN_SQL_ASSET_SHAPES_PENDING, KIN_BIND(kin_ledger__int(asset)), err);
    return code;
}

int kin_ledger_item_state(kin_ledger *ledger, int64_t item, kin_item_state state, const char *reason, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__writing(ledger, err);
    if (code != KIN_OK)
        return code;
    if ((unsigned)state > KIN_ITEM_GONE)
        return kin_fail(err, KIN_E_USAGE, "%d is no state of an item", (int)state);
    if ((code = kin_ledger__first(ledger, KIN_SQL_ITEM_STATE, KIN_BIND(kin_ledger__int(item)), &row, err)) != KIN_OK)
        return code;
    if (!row)
        return kin_fail(err, KIN_E_NOTFOUND, "there is no item %lld in %s", (long long)item, ledger->path);
    bool is_asset = sqlite3_column_type(row, 0) == SQLITE_NULL;
    kin_item_state from = (kin_item_state)sqlite3_column_int(row, 1);
    (void)sqlite3_reset(row);
    code = kin_ledger__run(ledger, KIN_SQL_ITEM_STATE_PUT,
                           KIN_BIND(kin_ledger__int(item), kin_ledger__int(state),
                                    kin_ledger__text(state == KIN_ITEM_FAILED ? reason : NULL)),
                           err);
    return code == KIN_OK && is_asset ? move_shapes(ledger, item, from, state, err) : code;
}

static int insert_asset(kin_ledger *ledger, const char *path, int64_t *id, kin_error *err)
{
    int code = kin_ledger__run(ledger, KIN_SQL_ASSET_ITEM_ADD, NULL, 0, err);
    if (code != KIN_OK)
        return code;
    int64_t made = sqlite3_last_insert_rowid(ledger->db);
    code = kin_ledger__run(ledger, KIN_SQL_ASSET_ADD, KIN_BIND(kin_ledger__int(made), kin_ledger__text(path)), err);
    if (code == KIN_OK)
        *id = made;
    return code;
}

/* The file may be another one by now, whatever its size and time say: it counts as not read. */
static int return_asset(kin_ledger *ledger, int64_t asset, kin_error *err)
{
    const kin_asset_file unread = { 0 };
    int code = kin_ledger_item_state(ledger, asset, KIN_ITEM_PENDING, NULL, err);
    return code == KIN_OK ? kin_ledger_asset_file_put(ledger, asset, &unread, 0, 0, err) : code;
}

int kin_ledger_asset_add(kin_ledger *ledger, const char *path, int64_t *id, bool *added, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__writing(ledger, err);
    if (code == KIN_OK)
        code = kin_ledger__first(ledger, KIN_SQL_ASSET_FIND, KIN_BIND(kin_ledger__text(path)), &row, err);
    if (code != KIN_OK)
        return code;
    int64_t found = row ? sqlite3_column_int64(row, 0) : 0;
    bool live = row && sqlite3_column_int(row, 1) != KIN_ITEM_GONE;
    (void)sqlite3_reset(row);
    if (!found)
        code = insert_asset(ledger, path, &found, err);
    else if (!live)
        code = return_asset(ledger, found, err);
    if (code == KIN_OK) {
        *id = found;
        *added = !live;
    }
    return code;
}

int kin_ledger_asset_find(kin_ledger *ledger, const char *path, int64_t *id, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_ASSET_FIND, KIN_BIND(kin_ledger__text(path)), &row, err);
    if (code != KIN_OK)
        return code;
    *id = row && sqlite3_column_int(row, 1) != KIN_ITEM_GONE ? sqlite3_column_int64(row, 0) : 0;
    (void)sqlite3_reset(row);
    return KIN_OK;
}

static int no_asset(kin_ledger *ledger, int64_t asset, kin_error *err)
{
    return kin_fail(err, KIN_E_NOTFOUND, "there is no image %lld in %s", (long long)asset, ledger->path);
}

int kin_ledger_asset_file(kin_ledger *ledger, int64_t asset, kin_asset_file *out, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_ASSET_FILE, KIN_BIND(kin_ledger__int(asset)), &row, err);
    if (code != KIN_OK)
        return code;
    if (!row)
        return no_asset(ledger, asset, err);
    *out = (kin_asset_file) { sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1),
                              (uint64_t)sqlite3_column_int64(row, 2) };
    (void)sqlite3_reset(row);
    return KIN_OK;
}

int kin_ledger_asset_file_put(kin_ledger *ledger, int64_t asset, const kin_asset_file *file, int width, int height,
                              kin_error *err)
{
    int code = kin_ledger__writing(ledger, err);
    if (code == KIN_OK)
        code = kin_ledger__run(ledger, KIN_SQL_ASSET_FILE_PUT,
                               KIN_BIND(kin_ledger__int(asset), kin_ledger__int(file->bytes),
                                        kin_ledger__int(file->mtime_ns), kin_ledger__int((int64_t)file->hash),
                                        kin_ledger__int(width), kin_ledger__int(height)),
                               err);
    return code == KIN_OK && sqlite3_changes(ledger->db) == 0 ? no_asset(ledger, asset, err) : code;
}

int kin_ledger_asset_label(kin_ledger *ledger, int64_t asset, const char *label, int64_t run, kin_error *err)
{
    int64_t name = 0;
    int code = kin_ledger__writing(ledger, err);
    if (code == KIN_OK && (code = kin_ledger__name(ledger, label, true, &name, err)) == KIN_OK)
        code = kin_ledger__run(ledger, KIN_SQL_ASSET_LABEL_PUT,
                               KIN_BIND(kin_ledger__int(asset), kin_ledger__id(name), kin_ledger__int(run)), err);
    return code == KIN_OK && sqlite3_changes(ledger->db) == 0 ? no_asset(ledger, asset, err) : code;
}
