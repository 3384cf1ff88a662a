/* Putting shapes, over and over: an import of an unchanged file writes nothing but the mark of its run. */

#include "ledger/ledger_private.h"

#include <math.h>

typedef struct found_shape {
    int64_t id, label, run;
    kin_box box;
    int state;
} found_shape;

/* found->id is 0 where the shape is new. */
static int find_shape(kin_ledger *ledger, int64_t asset, const char *shape, found_shape *found, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_SHAPE_FIND, KIN_BIND(kin_ledger__int(asset), kin_ledger__text(shape)),
                                 &row, err);
    if (code != KIN_OK)
        return code;
    bool live = row && sqlite3_column_int(row, 0) != KIN_ITEM_GONE;
    if (live) {
        *found = (found_shape) {
            .id = sqlite3_column_int64(row, 1),
            .label = sqlite3_column_int64(row, 2),
            .box = { sqlite3_column_double(row, 3), sqlite3_column_double(row, 4), sqlite3_column_double(row, 5),
                     sqlite3_column_double(row, 6) },
            .state = sqlite3_column_int(row, 7),
            .run = sqlite3_column_int64(row, 8),
        };
    }
    (void)sqlite3_reset(row);
    return live ? KIN_OK
                : kin_fail(err, KIN_E_NOTFOUND, "there is no image %lld in the data set to put shape %s on",
                           (long long)asset, shape);
}

static kin_change change_of(const found_shape *found, int64_t label, kin_box box)
{
    if (!found->id || found->state >= KIN_ITEM_GONE)
        return KIN_NEW;
    if (found->box.x != box.x || found->box.y != box.y || found->box.w != box.w || found->box.h != box.h)
        return KIN_REDRAWN;
    return found->label != label ? KIN_RELABELLED : KIN_SAME;
}

static int insert_shape(kin_ledger *ledger, int64_t asset, const char *shape, int64_t label, kin_box box, int64_t run,
                        int64_t *id, kin_error *err)
{
    int code = kin_ledger__run(ledger, KIN_SQL_SHAPE_ADD,
                               KIN_BIND(kin_ledger__int(asset), kin_ledger__text(shape), kin_ledger__id(label),
                                        kin_ledger__real(box.x), kin_ledger__real(box.y), kin_ledger__real(box.w),
                                        kin_ledger__real(box.h), kin_ledger__int(run)),
                               err);
    if (code == KIN_OK)
        *id = sqlite3_last_insert_rowid(ledger->db);
    return code;
}

static int update_shape(kin_ledger *ledger, const found_shape *found, kin_change change, int64_t label, kin_box box,
                        int64_t run, kin_error *err)
{
    int64_t state = change == KIN_RELABELLED ? found->state : KIN_ITEM_PENDING;
    if (change == KIN_SAME)
        return found->run == run ? KIN_OK
                                 : kin_ledger__run(ledger, KIN_SQL_SHAPE_MARK,
                                                   KIN_BIND(kin_ledger__int(found->id), kin_ledger__int(run)), err);
    return kin_ledger__run(ledger, KIN_SQL_SHAPE_PUT,
                           KIN_BIND(kin_ledger__int(found->id), kin_ledger__id(label), kin_ledger__real(box.x),
                                    kin_ledger__real(box.y), kin_ledger__real(box.w), kin_ledger__real(box.h),
                                    kin_ledger__int(state), kin_ledger__int(run)),
                           err);
}

int kin_ledger_shape_put(kin_ledger *ledger, int64_t asset, const char *shape, const char *label, kin_box box,
                         int64_t run, int64_t *id, kin_change *change, kin_error *err)
{
    found_shape found = { 0 };
    int64_t name = 0;
    int code = kin_ledger__writing(ledger, err);
    if (code == KIN_OK && (!shape || !isfinite(box.x + box.y + box.w + box.h)))
        code = kin_fail(err, KIN_E_USAGE, "shape %s needs an id and a box of numbers", shape ? shape : "");
    if (code != KIN_OK || (code = find_shape(ledger, asset, shape, &found, err)) != KIN_OK ||
        (code = kin_ledger__name(ledger, label, true, &name, err)) != KIN_OK)
        return code;
    kin_change what = change_of(&found, name, box);
    code = found.id ? update_shape(ledger, &found, what, name, box, run, err)
                    : insert_shape(ledger, asset, shape, name, box, run, &found.id, err);
    if (code == KIN_OK) {
        *id = found.id;
        *change = what;
    }
    return code;
}

int kin_ledger_sweep(kin_ledger *ledger, int64_t run, uint64_t *gone, kin_error *err)
{
    static const kin_ledger__sql rest[] = { KIN_SQL_SWEEP_SHAPES_AWAY, KIN_SQL_SWEEP_ATTRIBUTES, KIN_SQL_SWEEP_LABELS };
    int code = kin_ledger__writing(ledger, err);
    if (code != KIN_OK ||
        (code = kin_ledger__run(ledger, KIN_SQL_SWEEP_SHAPES, KIN_BIND(kin_ledger__int(run)), err)) != KIN_OK)
        return code;
    uint64_t count = (uint64_t)sqlite3_changes64(ledger->db);
    for (size_t i = 0; code == KIN_OK && i < sizeof rest / sizeof *rest; i++)
        code = kin_ledger__run(ledger, rest[i], KIN_BIND(kin_ledger__int(run)), err);
    if (code == KIN_OK)
        *gone = count;
    return code;
}
