/* Opening: SQLite in WAL mode, so that readers and one writer do not wait for each other, with synchronous = FULL: with
 * NORMAL a power cut may take back the last commits, and an accepted verdict must not be lost. */

#include "ledger/ledger_private.h"

#include "base/buffer.h"
#include "base/checked.h"
#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define PATIENCE_MS 30000

/* 128 MiB: a large import then writes each page of its indices about once. */
static const char writer_setup[] = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; "
                                   "PRAGMA journal_size_limit = 16777216; PRAGMA secure_delete = OFF; "
                                   "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; "
                                   "PRAGMA cache_size = -8192";
static const char reader_setup[] = "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; "
                                   "PRAGMA cache_size = -32768";

/* As a URI, since some builds of SQLite take any path that begins with "file:" for one. */
static void append_uri(kin_buffer *uri, const char *path, bool immutable)
{
    kin_buffer_string(uri, *path == '/' ? "file://" : "file:./");
    for (; *path; path++) {
        if (strchr("%?#", *path) || (unsigned char)*path < 0x21)
            kin_buffer_printf(uri, "%%%02x", (unsigned)(unsigned char)*path);
        else
            kin_buffer_char(uri, *path);
    }
    if (immutable)
        kin_buffer_string(uri, "?immutable=1");
}

static int open_database(kin_ledger *ledger, int flags, bool immutable, kin_error *err)
{
    kin_buffer uri = KIN_BUFFER_INIT;
    append_uri(&uri, ledger->path, immutable);
    int code = KIN_OK;
    if (uri.failed) {
        code = kin_fail_memory(err);
        goto out;
    }
    int result = sqlite3_open_v2(uri.data, &ledger->db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    if (!ledger->db)
        code = kin_fail_memory(err);
    else if (result != SQLITE_OK)
        code = kin_ledger__fail(ledger, err);
    else
        kin_ledger__patience(ledger, PATIENCE_MS);
out:
    kin_buffer_clear(&uri);
    return code;
}

static int open_reader(kin_ledger *ledger, bool immutable, kin_error *err)
{
    int version, code = open_database(ledger, SQLITE_OPEN_READONLY, immutable, err);
    if (code == KIN_OK && (code = kin_ledger__script(ledger, reader_setup, err)) == KIN_OK)
        code = kin_ledger__check(ledger, &version, err);
    return code;
}

/* Whether there is a -wal file with something in it: commits that are not in the ledger's file yet. */
static bool has_wal(const kin_ledger *ledger)
{
    kin_buffer name = KIN_BUFFER_INIT;
    struct stat info;
    kin_buffer_printf(&name, "%s-wal", ledger->path);
    bool has = name.failed || (stat(name.data, &info) == 0 ? info.st_size > 0 : errno != ENOENT);
    kin_buffer_clear(&name);
    return has;
}

/* A reader of a WAL file needs the -shm file beside it, which cannot be made in a folder that is read-only. `immutable`
 * does without: no locks, no WAL. That is right only where nobody can be writing and no commit waits in a WAL, hence
 * only after an ordinary opening failed for that reason and where there is no WAL. */
static int read_ledger(kin_ledger *ledger, kin_error *err)
{
    kin_error first = KIN_ERROR_INIT;
    int code = open_reader(ledger, false, &first);
    if (code == KIN_OK)
        return KIN_OK;
    int reason = ledger->failure & 0xff;
    if ((reason != SQLITE_CANTOPEN && reason != SQLITE_READONLY) || has_wal(ledger))
        return kin_fail(err, code, "%s", first.message);
    (void)sqlite3_close(ledger->db);
    ledger->db = NULL;
    return open_reader(ledger, true, err);
}

/* SQLite does not wait where two that have the file open both want to change its mode, since one must give way. */
static int use_wal(kin_ledger *ledger, kin_error *err)
{
    const struct timespec pause = { 0, 5000000 };
    double until = kin_clock_seconds() + PATIENCE_MS / 1000.0;
    while (kin_ledger__script(ledger, "PRAGMA journal_mode = WAL", NULL) == KIN_E_BUSY && kin_clock_seconds() < until)
        (void)nanosleep(&pause, NULL);
    return kin_ledger__script(ledger, "PRAGMA journal_mode = WAL", err);
}

static int write_ledger(kin_ledger *ledger, bool create, kin_error *err)
{
    int code = open_database(ledger, SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0), false, err);
    int version;
    /* Before anything is set: a file that is not ours must stay as it is. */
    if (code == KIN_OK && (code = kin_ledger__check(ledger, &version, err)) == KIN_OK &&
        (code = use_wal(ledger, err)) == KIN_OK && (code = kin_ledger__script(ledger, writer_setup, err)) == KIN_OK) {
        kin_ledger__watch_log(ledger);
        code = kin_ledger__migrate(ledger, err);
    }
    return code;
}

/* NULL: no memory. */
static const char *folder_of(kin_arena *arena, const char *path)
{
    size_t length = (size_t)(kin_path_base(path) - path);
    return length == 0 ? "." : length == 1 ? "/" : kin_arena_copy(arena, path, length - 1);
}

/* A new file's name is kept by its folder, which SQLite does not sync. */
static int open_to_write(kin_ledger *ledger, bool create, bool is_new, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    const char *folder = folder_of(&arena, ledger->path);
    int code = folder ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK) {
        kin_ledger__gate_open(ledger, folder);
        code = write_ledger(ledger, create, err);
    }
    if (code == KIN_OK && is_new)
        code = kin_file_sync_folder(folder, err);
    kin_arena_clear(&arena);
    return code;
}

int kin_ledger_open(const char *path, kin_ledger_mode mode, kin_ledger **out, kin_error *err)
{
    bool is_new = !kin_file_exists(path);
    if (is_new && mode != KIN_LEDGER_CREATE)
        return kin_fail(err, KIN_E_NOTFOUND, "there is no ledger %s: run kin index first", path);
    kin_ledger *ledger = kin_alloc_zeroed(1, sizeof *ledger);
    size_t size = strlen(path) + 1;
    int code = KIN_OK;
    if (ledger)
        ledger->gate = -1;
    if (!ledger || !(ledger->path = kin_alloc_array(size, 1))) {
        code = kin_fail_memory(err);
        goto out;
    }
    memcpy(ledger->path, path, size);
    ledger->write = mode != KIN_LEDGER_READ;
    code = ledger->write ? open_to_write(ledger, mode == KIN_LEDGER_CREATE, is_new, err) : read_ledger(ledger, err);
    if (code == KIN_OK) {
        *out = ledger;
        ledger = NULL;
    }
out:
    kin_ledger_close(ledger);
    return code;
}

void kin_ledger_close(kin_ledger *ledger)
{
    if (!ledger)
        return;
    for (size_t i = 0; i < KIN_SQL_COUNT; i++)
        (void)sqlite3_finalize(ledger->statements[i]);
    (void)sqlite3_close(ledger->db);
    kin_ledger__gate_close(ledger);
    kin_arena_clear(&ledger->strings);
    kin_table_clear(&ledger->names);
    free(ledger->pairs);
    free(ledger->path);
    free(ledger);
}
