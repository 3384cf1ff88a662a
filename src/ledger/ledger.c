/* Transactions, settings and counts. */

#include "ledger/ledger_private.h"

int kin_ledger__writing(kin_ledger *ledger, kin_error *err)
{
    if (!ledger->write)
        return kin_fail(err, KIN_E_USAGE, "%s was opened for reading only: open it for writing", ledger->path);
    if (!ledger->active || ledger->reading)
        return kin_fail(err, KIN_E_USAGE, "writing to %s outside of a transaction: begin one first", ledger->path);
    if (ledger->spoiled)
        return kin_fail(err, KIN_E_USAGE, "an earlier step of this transaction on %s failed: roll it back",
                        ledger->path);
    return KIN_OK;
}

/* A reader's snapshot is taken by its first reading statement: here, so that it is the moment of the begin. */
static int begin_reading(kin_ledger *ledger, kin_error *err)
{
    int code = kin_ledger__run(ledger, KIN_SQL_BEGIN, NULL, 0, err);
    if (code == KIN_OK && (code = kin_ledger__run(ledger, KIN_SQL_SNAPSHOT, NULL, 0, err)) != KIN_OK)
        (void)kin_ledger__run(ledger, KIN_SQL_ROLLBACK, NULL, 0, NULL);
    return code;
}

static int begin_writing(kin_ledger *ledger, kin_error *err)
{
    kin_ledger__queue(ledger, ledger->patience);
    int code = kin_ledger__run(ledger, KIN_SQL_BEGIN_WRITE, NULL, 0, err);
    kin_ledger__leave(ledger);
    return code;
}

int kin_ledger_begin(kin_ledger *ledger, kin_error *err)
{
    if (ledger->active)
        return kin_fail(err, KIN_E_USAGE, "a transaction on %s is open already: commit it or roll it back first",
                        ledger->path);
    int code = ledger->write ? begin_writing(ledger, err) : begin_reading(ledger, err);
    if (code == KIN_OK) {
        ledger->active = true;
        ledger->spoiled = false;
    }
    return code;
}

int kin_ledger_begin_reading(kin_ledger *ledger, bool *begun, kin_error *err)
{
    *begun = false;
    if (ledger->active)
        return KIN_OK;
    int code = begin_reading(ledger, err);
    *begun = ledger->active = ledger->reading = code == KIN_OK;
    if (code == KIN_OK)
        ledger->spoiled = false;
    return code;
}

int kin_ledger_commit(kin_ledger *ledger, kin_error *err)
{
    if (!ledger->active)
        return kin_fail(err, KIN_E_USAGE, "there is no transaction on %s to commit: begin one first", ledger->path);
    bool writes = ledger->write && !ledger->reading;
    int code = writes ? kin_ledger__writing(ledger, err) : KIN_OK;
    if (code == KIN_OK)
        code = kin_ledger__run(ledger, KIN_SQL_COMMIT, NULL, 0, err);
    if (code == KIN_OK)
        ledger->active = ledger->reading = false;
    else
        kin_ledger_rollback(ledger);
    if (code == KIN_OK && writes)
        kin_ledger__shorten_log(ledger);
    return code;
}

void kin_ledger_rollback(kin_ledger *ledger)
{
    if (!ledger->active)
        return;
    /* SQLite rolls back by itself on some failures, a full disk among them. */
    if (!sqlite3_get_autocommit(ledger->db))
        (void)kin_ledger__run(ledger, KIN_SQL_ROLLBACK, NULL, 0, NULL);
    kin_table_clear(&ledger->names);
    ledger->active = ledger->reading = ledger->spoiled = false;
}

int kin_ledger_setting(kin_ledger *ledger, const char *name, const char **value, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_SETTING, KIN_BIND(kin_ledger__text(name)), &row, err);
    if (code != KIN_OK)
        return code;
    const char *found = row ? kin_ledger__column(row, 0) : NULL;
    kin_arena_reset(&ledger->strings);
    if (kin_ledger__keep(ledger, &found))
        *value = found;
    else
        code = kin_fail_memory(err);
    (void)sqlite3_reset(row);
    return code;
}

int kin_ledger_setting_put(kin_ledger *ledger, const char *name, const char *value, kin_error *err)
{
    int code = kin_ledger__writing(ledger, err);
    if (code != KIN_OK)
        return code;
    if (!value)
        return kin_ledger__run(ledger, KIN_SQL_SETTING_DROP, KIN_BIND(kin_ledger__text(name)), err);
    return kin_ledger__run(ledger, KIN_SQL_SETTING_PUT, KIN_BIND(kin_ledger__text(name), kin_ledger__text(value)), err);
}

int kin_ledger_count(kin_ledger *ledger, kin_ledger_counts *out, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_COUNTS, NULL, 0, &row, err);
    if (code != KIN_OK)
        return code;
    uint64_t counts[7];
    for (int i = 0; i < 7; i++)
        counts[i] = (uint64_t)sqlite3_column_int64(row, i);
    (void)sqlite3_reset(row);
    *out = (kin_ledger_counts) { .assets = counts[0],
                                 .shapes = counts[1],
                                 .pending = counts[2],
                                 .failed = counts[3],
                                 .gone = counts[4],
                                 .verdicts = counts[5],
                                 .jobs = counts[6] };
    return KIN_OK;
}
