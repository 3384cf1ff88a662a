#ifndef KIN_LEDGER_PRIVATE_H
#define KIN_LEDGER_PRIVATE_H
/* What the files of the ledger share: the handle, its transaction, and names. */

#include "base/arena.h"
#include "base/table.h"
#include "kin/ledger.h"
#include "ledger/statements.h"

#include <sqlite3.h>

/* A shape of an image that is gone, and not of itself: it comes back with its image. KIN_ITEM_GONE to the outside. */
#define KIN_LEDGER__GONE_WITH_ASSET 4

struct kin_ledger {
    sqlite3 *db;
    char *path;
    int failure;       /* SQLite's extended code of the last one */
    bool write;        /* may write */
    bool active;       /* between begin and commit */
    bool reading;      /* that was begun for reading, though the handle may write */
    bool spoiled;      /* a statement failed half way: only rollback helps */
    bool queued;       /* waits until `until` at most, and not for its patience from now */
    double patience, until; /* seconds; on kin_clock_seconds */
    int gate;          /* see ledger_turns.c; -1: none */
    int log_pages;     /* of SQLite's log, at the last commit */
    kin_arena strings; /* handed out last */
    kin_table names;   /* text -> name.id of those met lately */
    kin_ledger__pair *pairs;
    size_t pairs_capacity;
    sqlite3_stmt *statements[KIN_SQL_COUNT];
};

/* How long others' writing is waited for; set to 30 s by kin_ledger_open. */
void kin_ledger__patience(kin_ledger *ledger, int milliseconds);

/* Before a writer asks for SQLite's lock it queues; when it has it, or not, it leaves. Both together take `seconds` at
 * most, as do SQLite's waits in between. */
void kin_ledger__queue(kin_ledger *ledger, double seconds);
void kin_ledger__leave(kin_ledger *ledger);
void kin_ledger__gate_open(kin_ledger *ledger, const char *folder);
void kin_ledger__gate_close(kin_ledger *ledger);

/* Of a handle that writes: watches how long the log is; and after a commit, outside of any transaction, has it begin
 * again where it is long. */
void kin_ledger__watch_log(kin_ledger *ledger);
void kin_ledger__shorten_log(kin_ledger *ledger);

/* KIN_E_USAGE unless the handle may write, is between begin and commit, and nothing failed there. */
int kin_ledger__writing(kin_ledger *ledger, kin_error *err);

/* KIN_OK where the opened file is a ledger that this handle can use; one that may write also takes an older version or
 * an empty file, and kin_ledger__migrate brings it up, in one transaction. */
int kin_ledger__check(kin_ledger *ledger, int *version, kin_error *err);
int kin_ledger__migrate(kin_ledger *ledger, kin_error *err);

/* *id of the name; 0 for NULL. With `make` it is added where it is new (inside a transaction), else *id is 0 then. */
int kin_ledger__name(kin_ledger *ledger, const char *text, bool make, int64_t *id, kin_error *err);

/* Replaces the string by a copy that the handle keeps until the next call; NULL stays. False: no memory. */
bool kin_ledger__keep(kin_ledger *ledger, const char **text);

#endif
