/* The version of a ledger is its user_version. A step brings version n to n + 1; all steps that a file lacks run in one
 * transaction, so that a crash leaves the old version or the new one. */

#include "ledger/ledger_private.h"

#include <stdio.h>

/* Of schema.sql and schema_2.sql, made at build time. */
extern const char kin_ledger__schema_sql[], kin_ledger__schema_2_sql[];

#define APPLICATION_ID 0x6b696e31 /* "kin1" */

static const char *const steps[] = { kin_ledger__schema_sql, kin_ledger__schema_2_sql };

#define VERSION ((int)(sizeof steps / sizeof *steps))

static int take_number(void *user, sqlite3_stmt *row, kin_error *err)
{
    (void)err;
    *(int *)user = sqlite3_column_int(row, 0);
    return KIN_OK;
}

static int number(kin_ledger *ledger, const char *sql, int *out, kin_error *err)
{
    return kin_ledger__each_of_text(ledger, sql, NULL, 0, take_number, out, err);
}

static int read_numbers(kin_ledger *ledger, int *application, int *version, int *objects, kin_error *err)
{
    int code;
    if ((code = number(ledger, "PRAGMA application_id", application, err)) != KIN_OK ||
        (code = number(ledger, "PRAGMA user_version", version, err)) != KIN_OK)
        return code;
    return number(ledger, "SELECT count(*) FROM sqlite_schema", objects, err);
}

/* All three of one moment: another process may just be making the ledger. */
int kin_ledger__check(kin_ledger *ledger, int *version, kin_error *err)
{
    int application = 0, found = 0, objects = 0, code = KIN_OK;
    bool alone = sqlite3_get_autocommit(ledger->db);
    if (alone)
        code = kin_ledger__script(ledger, "BEGIN", err);
    if (code == KIN_OK)
        code = read_numbers(ledger, &application, &found, &objects, err);
    if (alone && !sqlite3_get_autocommit(ledger->db))
        (void)sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
    if (code != KIN_OK)
        return code;
    bool blank = application == 0 && found == 0 && objects == 0;
    if (blank ? !ledger->write : application != APPLICATION_ID || found < 0)
        return kin_fail(err, KIN_E_FORMAT, "%s is no kin ledger: name another file, or move this one away",
                        ledger->path);
    if (found > VERSION)
        return kin_fail(err, KIN_E_FORMAT,
                        "%s was written by a newer kin (version %d, this one knows up to %d): update kin", ledger->path,
                        found, VERSION);
    if (found < VERSION && !ledger->write)
        return kin_fail(err, KIN_E_FORMAT,
                        "%s was written by an older kin (version %d, now %d): run kin index once to bring it up",
                        ledger->path, found, VERSION);
    *version = found;
    return KIN_OK;
}

static int run_steps(kin_ledger *ledger, kin_error *err)
{
    /* Asked again, now that nobody else can write: another process may have done it in between. */
    int version = 0, code = kin_ledger__check(ledger, &version, err);
    for (; code == KIN_OK && version < VERSION; version++)
        code = kin_ledger__script(ledger, steps[version], err);
    if (code != KIN_OK)
        return code;
    char text[96];
    (void)snprintf(text, sizeof text, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, VERSION);
    return kin_ledger__script(ledger, text, err);
}

int kin_ledger__migrate(kin_ledger *ledger, kin_error *err)
{
    int version = 0, code = kin_ledger__check(ledger, &version, err);
    if (code != KIN_OK || version == VERSION)
        return code;
    if ((code = kin_ledger_begin(ledger, err)) != KIN_OK)
        return code;
    if ((code = run_steps(ledger, err)) == KIN_OK)
        code = kin_ledger_commit(ledger, err);
    kin_ledger_rollback(ledger);
    return code;
}
