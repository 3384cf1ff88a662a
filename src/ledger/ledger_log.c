/* SQLite's write-ahead log. Its pages are copied into the ledger's file as it grows, but it begins again at its start only
 * when nobody reads from it, and while readers overlap without a pause that moment never comes. So who has made a long
 * log longer keeps other writers back for a while: all of it is copied, readers who come need the file alone, those who
 * read the log end one after the other, and it begins again. Who reads for longer than that keeps it; then it is tried
 * again 4 MiB later, and waited for longer the longer the log is. */
#include "ledger/ledger_private.h"

enum { pages_copied = 1000, pages_long = 4096, pages_more = 1024 };

static const double seconds_a_length = 0.25, most_seconds = 5;

/* In place of SQLite's own, which does the same but tells nobody how long the log is. A commit is one whatever comes of
 * this. */
static int after_commit(void *user, sqlite3 *db, const char *schema, int pages)
{
    kin_ledger *ledger = user;
    ledger->log_pages = pages;
    if (pages >= pages_copied)
        (void)sqlite3_wal_checkpoint_v2(db, schema, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK;
}

void kin_ledger__watch_log(kin_ledger *ledger)
{
    (void)sqlite3_wal_hook(ledger->db, after_commit, ledger);
}

/* Pages written by this handle since it was asked last. */
static int pages_written(kin_ledger *ledger)
{
    int pages = 0, most = 0;
    (void)sqlite3_db_status(ledger->db, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &most, true);
    return pages;
}

void kin_ledger__shorten_log(kin_ledger *ledger)
{
    int pages = ledger->log_pages, before = pages - pages_written(ledger);
    double seconds = seconds_a_length * pages / pages_long;
    bool due = pages >= pages_long && pages / pages_more != (before > 0 ? before : 0) / pages_more;
    if (!due || sqlite3_txn_state(ledger->db, NULL) != SQLITE_TXN_NONE)
        return;
    kin_ledger__queue(ledger, seconds < most_seconds ? seconds : most_seconds);
    (void)sqlite3_wal_checkpoint_v2(ledger->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    kin_ledger__leave(ledger);
}
