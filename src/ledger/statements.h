#ifndef KIN_LEDGER_STATEMENTS_H
#define KIN_LEDGER_STATEMENTS_H
/* Statements stay prepared in the handle, but for those whose text is put together. A walk takes its statement out of
 * the handle meanwhile, so that a callback may call anything that reads. Values are always bound. */

#include "kin/ledger.h"

#include <sqlite3.h>

typedef enum kin_ledger__sql {
    KIN_SQL_BEGIN,
    KIN_SQL_BEGIN_WRITE,
    KIN_SQL_COMMIT,
    KIN_SQL_ROLLBACK,
    KIN_SQL_SAVEPOINT,
    KIN_SQL_SAVEPOINT_UNDO,
    KIN_SQL_SAVEPOINT_END,
    KIN_SQL_SNAPSHOT,
    KIN_SQL_SETTING,
    KIN_SQL_SETTING_PUT,
    KIN_SQL_SETTING_DROP,
    KIN_SQL_NAME_FIND,
    KIN_SQL_NAME_ADD,
    KIN_SQL_NAME_TEXT,
    KIN_SQL_ITEM,
    KIN_SQL_ITEM_ASSET,
    KIN_SQL_ITEM_SHAPE,
    KIN_SQL_ITEM_STATE,
    KIN_SQL_ITEM_STATE_PUT,
    KIN_SQL_ASSET_FIND,
    KIN_SQL_ASSET_ITEM_ADD,
    KIN_SQL_ASSET_ADD,
    KIN_SQL_ASSET_FILE,
    KIN_SQL_ASSET_FILE_PUT,
    KIN_SQL_ASSET_LABEL_PUT,
    KIN_SQL_ASSET_SHAPES_GO,
    KIN_SQL_ASSET_SHAPES_PENDING,
    KIN_SQL_ASSET_SHAPES_RETURN,
    KIN_SQL_SHAPE_FIND,
    KIN_SQL_SHAPE_ADD,
    KIN_SQL_SHAPE_MARK,
    KIN_SQL_SHAPE_PUT,
    KIN_SQL_ATTRIBUTES,
    KIN_SQL_ATTRIBUTES_DROP,
    KIN_SQL_ATTRIBUTE_ADD,
    KIN_SQL_SWEEP_SHAPES,
    KIN_SQL_SWEEP_SHAPES_AWAY,
    KIN_SQL_SWEEP_ATTRIBUTES,
    KIN_SQL_SWEEP_LABELS,
    KIN_SQL_COUNTS,
    KIN_SQL_COUNT_PENDING,
    KIN_SQL_VERDICT,
    KIN_SQL_VERDICT_BEFORE,
    KIN_SQL_VERDICT_SAME,
    KIN_SQL_VERDICT_LATEST,
    KIN_SQL_VERDICT_ADD,
    KIN_SQL_VERDICT_NEWEST,
    KIN_SQL_JOB_NEWEST,
    KIN_SQL_JOB,
    KIN_SQL_JOB_COUNTS,
    KIN_SQL_JOB_ITEM,
    KIN_SQL_JOB_ADD,
    KIN_SQL_JOB_ITEM_ADD,
    KIN_SQL_JOB_LIKE_ADD,
    KIN_SQL_JOB_WHERE_ADD,
    KIN_SQL_STRATUM_ADD,
    KIN_SQL_EACH_PENDING,
    KIN_SQL_EACH_ATTRIBUTE,
    KIN_SQL_EACH_ATTRIBUTE_OF_KEY,
    KIN_SQL_EACH_ATTRIBUTE_OF_ITEM,
    KIN_SQL_EACH_LABEL,
    KIN_SQL_EACH_VALUE,
    KIN_SQL_EACH_VERDICT,
    KIN_SQL_EACH_VERDICT_LATEST,
    KIN_SQL_EACH_VERDICT_SINCE,
    KIN_SQL_EACH_VERDICT_BETWEEN,
    KIN_SQL_EACH_VERDICT_OF_ITEM,
    KIN_SQL_EACH_JOB,
    KIN_SQL_EACH_JOB_OF,
    KIN_SQL_EACH_DRAWN,
    KIN_SQL_EACH_JOB_ITEM,
    KIN_SQL_EACH_JOB_ITEM_AFTER,
    KIN_SQL_EACH_JOB_LIKE,
    KIN_SQL_EACH_JOB_WHERE,
    KIN_SQL_EACH_STRATUM,
    KIN_SQL_COUNT
} kin_ledger__sql;

/* Of text that is put together: ends in FROM .. WHERE, for conditions on the item `i`. */
extern const char kin_ledger__sql_item[];

/* A value to bind. */
typedef struct kin_ledger__value {
    int type; /* SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT or SQLITE_NULL */
    union {
        int64_t integer;
        double real;
        const char *text; /* borrowed while the statement runs */
    } as;
} kin_ledger__value;

typedef struct kin_ledger__pair {
    int64_t key, value;
    size_t order;
} kin_ledger__pair;

static inline kin_ledger__value kin_ledger__int(int64_t integer)
{
    return (kin_ledger__value) { SQLITE_INTEGER, { .integer = integer } };
}

/* 0 is bound as NULL. */
static inline kin_ledger__value kin_ledger__id(int64_t id)
{
    return (kin_ledger__value) { id ? SQLITE_INTEGER : SQLITE_NULL, { .integer = id } };
}

/* NAN is bound as NULL, by SQLite itself. */
static inline kin_ledger__value kin_ledger__real(double real)
{
    return (kin_ledger__value) { SQLITE_FLOAT, { .real = real } };
}

static inline kin_ledger__value kin_ledger__text(const char *text)
{
    return (kin_ledger__value) { text ? SQLITE_TEXT : SQLITE_NULL, { .text = text } };
}

/* The values ?1, ?2 .. as the two arguments `values, count`. */
#define KIN_BIND(...)                                                                                                  \
    (const kin_ledger__value[]) { __VA_ARGS__ },                                                                       \
        sizeof((const kin_ledger__value[]) { __VA_ARGS__ }) / sizeof(kin_ledger__value)

/* Runs a statement that gives no rows. */
int kin_ledger__run(kin_ledger *ledger, kin_ledger__sql which, const kin_ledger__value *values, size_t count,
                    kin_error *err);

/* Runs a statement up to its first row; *row is NULL where there is none. After use: sqlite3_reset(*row), at once,
 * since it holds its snapshot until then. */
int kin_ledger__first(kin_ledger *ledger, kin_ledger__sql which, const kin_ledger__value *values, size_t count,
                      sqlite3_stmt **row, kin_error *err);

/* The next row of such a statement: *more is false at the end. */
int kin_ledger__next(kin_ledger *ledger, sqlite3_stmt *row, bool *more, kin_error *err);

/* Calls take for each row, until it returns anything but KIN_OK, which is passed on. */
int kin_ledger__each(kin_ledger *ledger, kin_ledger__sql which, const kin_ledger__value *values, size_t count,
                     int (*take)(void *user, sqlite3_stmt *row, kin_error *err), void *user, kin_error *err);
int kin_ledger__each_of_text(kin_ledger *ledger, const char *sql, const kin_ledger__value *values, size_t count,
                             int (*take)(void *user, sqlite3_stmt *row, kin_error *err), void *user, kin_error *err);

/* Runs SQL text of several statements. */
int kin_ledger__script(kin_ledger *ledger, const char *sql, kin_error *err);

/* What SQLite's last error means to the caller. */
int kin_ledger__fail(kin_ledger *ledger, kin_error *err);

static inline const char *kin_ledger__column(sqlite3_stmt *row, int column)
{
    return (const char *)sqlite3_column_text(row, column);
}

#endif
