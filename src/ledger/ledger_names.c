/* Names are looked up in a table in memory before the database is asked: a data set has few labels, keys and values
 * for its millions of shapes. Names are never deleted, so what was found stays true; what was added in a transaction
 * that is undone is forgotten with it (kin_ledger_rollback). */

#include "ledger/ledger_private.h"

/* Attributes with a value of their own for each item (a time, a score) must not fill the memory. */
#define NAMES_KEPT 200000

static int find(kin_ledger *ledger, const char *text, bool make, int64_t *id, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_NAME_FIND, KIN_BIND(kin_ledger__text(text)), &row, err);
    if (code != KIN_OK)
        return code;
    int64_t found = row ? sqlite3_column_int64(row, 0) : 0;
    (void)sqlite3_reset(row);
    if (!row && make) {
        if ((code = kin_ledger__run(ledger, KIN_SQL_NAME_ADD, KIN_BIND(kin_ledger__text(text)), err)) != KIN_OK)
            return code;
        found = sqlite3_last_insert_rowid(ledger->db);
    }
    *id = found;
    return KIN_OK;
}

int kin_ledger__name(kin_ledger *ledger, const char *text, bool make, int64_t *id, kin_error *err)
{
    if (!text) {
        *id = 0;
        return KIN_OK;
    }
    const int64_t *known = kin_table_find(&ledger->names, text);
    if (known) {
        *id = *known;
        return KIN_OK;
    }
    int64_t found = 0;
    int code = find(ledger, text, make, &found, err);
    if (code != KIN_OK)
        return code;
    if (ledger->names.count >= NAMES_KEPT)
        kin_table_clear(&ledger->names);
    if (found && !kin_table_add(&ledger->names, text, found, NULL))
        return kin_fail_memory(err);
    *id = found;
    return KIN_OK;
}

int kin_ledger_text(kin_ledger *ledger, int64_t number, const char **text, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_NAME_TEXT, KIN_BIND(kin_ledger__int(number)), &row, err);
    if (code != KIN_OK)
        return code;
    if (!row)
        return kin_fail(err, KIN_E_NOTFOUND, "there is no text %lld in %s", (long long)number, ledger->path);
    const char *found = kin_ledger__column(row, 0);
    kin_arena_reset(&ledger->strings);
    bool kept = found && kin_ledger__keep(ledger, &found);
    (void)sqlite3_reset(row);
    if (!kept)
        return kin_fail_memory(err);
    *text = found;
    return KIN_OK;
}

bool kin_ledger__keep(kin_ledger *ledger, const char **text)
{
    if (!*text)
        return true;
    *text = kin_arena_string(&ledger->strings, *text);
    return *text != NULL;
}
