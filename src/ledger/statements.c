#include "ledger/statements.h"

#include "ledger/ledger_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ITEM_COLUMNS                                                                                                   \
    "SELECT i.id, f.id, f.path, i.shape, l.text, i.x, i.y, i.w, i.h, f.width, f.height, i.state, i.reason "            \
    "FROM item i JOIN asset f ON f.id = coalesce(i.asset, i.id) LEFT JOIN name l ON l.id = i.label WHERE "

#define VERDICT_COLUMNS                                                                                                \
    "SELECT v.id, v.item, v.job, v.grade, b.text, k.text, v.note, r.text, v.count, v.time "                            \
    "FROM verdict v LEFT JOIN name b ON b.id = v.should_be LEFT JOIN name k ON k.id = v.kind "                         \
    "LEFT JOIN name r ON r.id = v.reviewer "

#define JOB_COLUMNS                                                                                                    \
    "SELECT id, kind, unit, seed, population, stratify, title, created, ranking, label, given, should_be, origin, "    \
    "expected FROM job "

/* CROSS JOIN keeps SQLite to the order of the primary key, so that only the keys within an item are left to sort. */
#define ATTRIBUTE_COLUMNS                                                                                              \
    "SELECT a.item, k.text, v.text FROM attribute a CROSS JOIN item i ON i.id = a.item "                               \
    "CROSS JOIN name k ON k.id = a.key CROSS JOIN name v ON v.id = a.value WHERE i.state < 3 "

/* Assets that are pending or have a pending shape, each found by its keys: the cost does not hang on how many shapes
 * there are. */
#define PENDING_ASSETS                                                                                                 \
    "FROM asset a WHERE (EXISTS (SELECT 1 FROM item i WHERE i.id = a.id AND i.state = 0) "                             \
    "OR EXISTS (SELECT 1 FROM item s WHERE s.asset = a.id AND s.state = 0)) "

const char kin_ledger__sql_item[] = ITEM_COLUMNS;
static const char *const texts[KIN_SQL_COUNT] = {
    [KIN_SQL_BEGIN] = "BEGIN",
    [KIN_SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [KIN_SQL_COMMIT] = "COMMIT",
    [KIN_SQL_ROLLBACK] = "ROLLBACK",
    [KIN_SQL_SAVEPOINT] = "SAVEPOINT part",
    [KIN_SQL_SAVEPOINT_UNDO] = "ROLLBACK TO part",
    [KIN_SQL_SAVEPOINT_END] = "RELEASE part",
    [KIN_SQL_SNAPSHOT] = "SELECT 1 FROM sqlite_schema LIMIT 1",
    [KIN_SQL_SETTING] = "SELECT value FROM setting WHERE name = ?1",
    [KIN_SQL_SETTING_PUT] = "INSERT INTO setting (name, value) VALUES (?1, ?2) "
                            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [KIN_SQL_SETTING_DROP] = "DELETE FROM setting WHERE name = ?1",
    [KIN_SQL_NAME_FIND] = "SELECT id FROM name WHERE text = ?1",
    [KIN_SQL_NAME_TEXT] = "SELECT text FROM name WHERE id = ?1",
    [KIN_SQL_NAME_ADD] = "INSERT INTO name (text) VALUES (?1)",
    [KIN_SQL_ITEM] = ITEM_COLUMNS "i.id = ?1",
    [KIN_SQL_ITEM_ASSET] = ITEM_COLUMNS "i.id = (SELECT id FROM asset WHERE path = ?1) AND i.state < 3",
    [KIN_SQL_ITEM_SHAPE] =
        ITEM_COLUMNS "i.asset = (SELECT id FROM asset WHERE path = ?1) AND i.shape = ?2 AND i.state < 3",
    [KIN_SQL_ITEM_STATE] = "SELECT asset, state FROM item WHERE id = ?1",
    [KIN_SQL_ITEM_STATE_PUT] = "UPDATE item SET state = ?2, reason = ?3 WHERE id = ?1",
    [KIN_SQL_ASSET_FIND] = "SELECT f.id, i.state FROM asset f JOIN item i ON i.id = f.id WHERE f.path = ?1",
    [KIN_SQL_ASSET_ITEM_ADD] = "INSERT INTO item (state) VALUES (0)",
    [KIN_SQL_ASSET_ADD] = "INSERT INTO asset (id, path) VALUES (?1, ?2)",
    [KIN_SQL_ASSET_FILE] = "SELECT bytes, mtime_ns, hash FROM asset WHERE id = ?1",
    [KIN_SQL_ASSET_FILE_PUT] =
        "UPDATE asset SET bytes = ?2, mtime_ns = ?3, hash = ?4, width = ?5, height = ?6 WHERE id = ?1",
    [KIN_SQL_ASSET_LABEL_PUT] = "UPDATE item SET label = ?2, run = ?3 WHERE id = ?1 AND asset IS NULL",
    [KIN_SQL_ASSET_SHAPES_GO] = "UPDATE item SET state = 4, reason = NULL WHERE asset = ?1 AND state < 3",
    [KIN_SQL_ASSET_SHAPES_PENDING] = "UPDATE item SET state = 0, reason = NULL WHERE asset = ?1 AND state IN (1, 2)",
    [KIN_SQL_ASSET_SHAPES_RETURN] = "UPDATE item SET state = 0 WHERE asset = ?1 AND state = 4",
    [KIN_SQL_SHAPE_FIND] = "SELECT i.state, s.id, s.label, s.x, s.y, s.w, s.h, s.state, s.run FROM item i "
                           "LEFT JOIN item s ON s.asset = i.id AND s.shape = ?2 WHERE i.id = ?1 AND i.asset IS NULL",
    [KIN_SQL_SHAPE_ADD] = "INSERT INTO item (asset, shape, label, x, y, w, h, state, run) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8)",
    [KIN_SQL_SHAPE_MARK] = "UPDATE item SET run = ?2 WHERE id = ?1",
    [KIN_SQL_SHAPE_PUT] = "UPDATE item SET label = ?2, x = ?3, y = ?4, w = ?5, h = ?6, state = ?7, "
                          "reason = CASE WHEN ?7 = 2 THEN reason END, run = ?8 WHERE id = ?1",
    [KIN_SQL_ATTRIBUTES] = "SELECT key, value FROM attribute WHERE item = ?1 ORDER BY key",
    [KIN_SQL_ATTRIBUTES_DROP] = "DELETE FROM attribute WHERE item = ?1",
    [KIN_SQL_ATTRIBUTE_ADD] = "INSERT INTO attribute (item, key, value) VALUES (?1, ?2, ?3)",
    [KIN_SQL_SWEEP_SHAPES] =
        "UPDATE item SET state = 3, reason = NULL WHERE asset IS NOT NULL AND run <> ?1 AND state < 3",
    [KIN_SQL_SWEEP_SHAPES_AWAY] = "UPDATE item SET state = 3 WHERE asset IS NOT NULL AND run <> ?1 AND state = 4",
    [KIN_SQL_SWEEP_ATTRIBUTES] =
        "DELETE FROM attribute WHERE item IN (SELECT id FROM item WHERE asset IS NULL AND run <> ?1)",
    [KIN_SQL_SWEEP_LABELS] = "UPDATE item SET label = NULL WHERE asset IS NULL AND run <> ?1 AND label IS NOT NULL",
    [KIN_SQL_COUNTS] = "SELECT count(*) FILTER (WHERE asset IS NULL AND state < 3), "
                       "count(*) FILTER (WHERE asset IS NOT NULL AND state < 3), "
                       "count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 2), "
                       "count(*) FILTER (WHERE state >= 3), (SELECT count(*) FROM verdict), "
                       "(SELECT count(*) FROM job) FROM item",
    [KIN_SQL_COUNT_PENDING] = "SELECT count(*) " PENDING_ASSETS,
    [KIN_SQL_VERDICT] = VERDICT_COLUMNS "WHERE v.item = ?1 ORDER BY v.time DESC, v.id DESC LIMIT 1",
    [KIN_SQL_VERDICT_BEFORE] =
        VERDICT_COLUMNS "WHERE v.item = ?1 AND v.id < ?2 ORDER BY v.time DESC, v.id DESC LIMIT 1",
    [KIN_SQL_VERDICT_SAME] = "SELECT 1 FROM verdict WHERE item = ?1 AND time = ?2 AND grade = ?3 AND should_be IS ?4 "
                             "AND kind IS ?5 AND note IS ?6 AND reviewer IS ?7 AND count = ?8",
    [KIN_SQL_VERDICT_LATEST] = "SELECT time, grade = ?2 AND should_be IS ?3 AND kind IS ?4 AND note IS ?5 "
                               "AND count = ?6 FROM verdict WHERE item = ?1 ORDER BY time DESC, id DESC LIMIT 1",
    [KIN_SQL_VERDICT_NEWEST] = "SELECT coalesce(max(id), 0) FROM verdict",
    [KIN_SQL_VERDICT_ADD] = "INSERT INTO verdict (item, job, grade, should_be, kind, note, reviewer, count, time) "
                            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [KIN_SQL_JOB_NEWEST] = "SELECT coalesce(max(id), 0) FROM job",
    [KIN_SQL_JOB] = JOB_COLUMNS "WHERE id = ?1",
    /* Each drawn item's own latest grade, and the worst one on it: an image that was drawn stands for its shapes too.
     * MATERIALIZED, else these are looked for once a column. */
    [KIN_SQL_JOB_COUNTS] =
        "WITH latest (grade, worst) AS MATERIALIZED (SELECT (SELECT v.grade FROM verdict v WHERE v.item = d.item "
        "ORDER BY v.time DESC, v.id DESC LIMIT 1), (SELECT max((SELECT v.grade FROM verdict v WHERE v.item = i.id "
        "ORDER BY v.time DESC, v.id DESC LIMIT 1)) FROM item i WHERE i.id = d.item OR (i.asset = d.item AND "
        "i.state < 3 AND ?2 = 1)) FROM job_item d WHERE d.job = ?1) "
        "SELECT count(*), count(*) FILTER (WHERE grade > 0), count(*) FILTER (WHERE worst >= 2) FROM latest",
    [KIN_SQL_JOB_ITEM] =
        "SELECT item, position, stratum, probability, score FROM job_item WHERE job = ?1 AND item = ?2",
    [KIN_SQL_JOB_ADD] = "INSERT INTO job (kind, unit, seed, population, stratify, title, created, ranking, label, "
                        "given, should_be, origin, expected) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [KIN_SQL_JOB_LIKE_ADD] = "INSERT INTO job_like (job, item, unlike) VALUES (?1, ?2, ?3)",
    [KIN_SQL_JOB_WHERE_ADD] = "INSERT OR IGNORE INTO job_where (job, key, value) VALUES (?1, ?2, ?3)",
    [KIN_SQL_JOB_ITEM_ADD] = "INSERT INTO job_item (job, position, item, stratum, probability, score) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [KIN_SQL_STRATUM_ADD] = "INSERT INTO stratum (job, number, name, population, drawn) VALUES (?1, ?2, ?3, ?4, ?5)",

    /* Walks. */
    [KIN_SQL_EACH_PENDING] =
        "WITH next (id) AS MATERIALIZED (SELECT a.id " PENDING_ASSETS "AND a.id > ?1 ORDER BY a.id LIMIT ?2) "
        ITEM_COLUMNS
        "i.state = 0 AND i.id IN (SELECT id FROM next UNION ALL SELECT s.id FROM next CROSS JOIN item s ON "
        "s.asset = next.id) ORDER BY f.id, i.id",
    [KIN_SQL_EACH_ATTRIBUTE] =
        ATTRIBUTE_COLUMNS "ORDER BY a.item, k.text",
    /* The + keeps SQLite from attribute_by_value, whose rows would then have to be sorted by item. */
    [KIN_SQL_EACH_ATTRIBUTE_OF_KEY] =
        ATTRIBUTE_COLUMNS "AND +a.key = ?1 ORDER BY a.item",
    [KIN_SQL_EACH_ATTRIBUTE_OF_ITEM] =
        "SELECT i.id, k.text, v.text FROM item i JOIN attribute a ON a.item IN (i.id, i.asset) "
        "AND (a.item = i.id OR a.key NOT IN (SELECT key FROM attribute WHERE item = i.id)) "
        "CROSS JOIN name k ON k.id = a.key CROSS JOIN name v ON v.id = a.value WHERE i.id = ?1 ORDER BY k.text",
    [KIN_SQL_EACH_LABEL] =
        "SELECT n.text, l.items FROM (SELECT label, count(*) AS items FROM item WHERE label IS NOT NULL AND state < 3 "
        "GROUP BY label UNION ALL SELECT DISTINCT should_be, 0 FROM verdict WHERE should_be IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM item WHERE label = should_be AND state < 3)) l "
        "JOIN name n ON n.id = l.label ORDER BY l.items DESC, n.text",
    /* One look into attribute_by_value for each value there is, however many items have it. */
    [KIN_SQL_EACH_VALUE] =
        "WITH RECURSIVE keys (k) AS (SELECT min(key) FROM attribute UNION ALL "
        "SELECT (SELECT min(key) FROM attribute WHERE key > k) FROM keys WHERE k IS NOT NULL), "
        "pairs (k, v) AS (SELECT k, (SELECT min(value) FROM attribute WHERE key = k) FROM keys WHERE k IS NOT NULL "
        "UNION ALL SELECT k, (SELECT min(value) FROM attribute WHERE key = k AND value > v) FROM pairs WHERE v IS NOT "
        "NULL) "
        "SELECT a.text, b.text FROM pairs JOIN name a ON a.id = k JOIN name b ON b.id = v ORDER BY a.text, b.text",
    [KIN_SQL_EACH_VERDICT] =
        VERDICT_COLUMNS "WHERE v.grade > 0 AND NOT EXISTS (SELECT 1 FROM verdict w WHERE w.item = v.item AND "
        "w.grade = 0 AND (w.time > v.time OR (w.time = v.time AND w.id > v.id))) ORDER BY v.item, v.time, v.id",
    [KIN_SQL_EACH_VERDICT_LATEST] =
        VERDICT_COLUMNS "WHERE v.grade > 0 AND "
        "v.id = (SELECT w.id FROM verdict w WHERE w.item = v.item ORDER BY w.time DESC, w.id DESC LIMIT 1) "
        "ORDER BY v.item",
    [KIN_SQL_EACH_VERDICT_SINCE] =
        VERDICT_COLUMNS "WHERE v.item IN (SELECT item FROM verdict WHERE id > ?1) AND "
        "v.id = (SELECT w.id FROM verdict w WHERE w.item = v.item ORDER BY w.time DESC, w.id DESC LIMIT 1) "
        "ORDER BY v.item",
    [KIN_SQL_EACH_VERDICT_BETWEEN] =
        VERDICT_COLUMNS "WHERE v.id BETWEEN ?1 AND ?2 ORDER BY v.id",
    [KIN_SQL_EACH_VERDICT_OF_ITEM] =
        VERDICT_COLUMNS "WHERE v.item = ?3 AND v.id BETWEEN ?1 AND ?2 ORDER BY v.id",
    [KIN_SQL_EACH_JOB] =
        JOB_COLUMNS "ORDER BY id",
    [KIN_SQL_EACH_JOB_OF] =
        JOB_COLUMNS "WHERE id = ?1 OR origin = ?1 ORDER BY id",
    [KIN_SQL_EACH_DRAWN] =
        "SELECT DISTINCT d.item FROM job j JOIN job_item d ON d.job = j.id WHERE j.kind = 1 AND j.unit = ?1 "
        "ORDER BY d.item",
    [KIN_SQL_EACH_JOB_ITEM] =
        "SELECT item, position, stratum, probability, score FROM job_item WHERE job = ?1 ORDER BY position",
    [KIN_SQL_EACH_JOB_ITEM_AFTER] =
        "SELECT item, position, stratum, probability, score FROM job_item "
        "WHERE job = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
    [KIN_SQL_EACH_JOB_LIKE] =
        "SELECT item, unlike FROM job_like WHERE job = ?1 ORDER BY item",
    [KIN_SQL_EACH_JOB_WHERE] =
        "SELECT key, value FROM job_where WHERE job = ?1 ORDER BY key, value",
    [KIN_SQL_EACH_STRATUM] =
        "SELECT number, name, population, drawn FROM stratum WHERE job = ?1 ORDER BY number",
};

/* The errno of the last failure. sqlite3_system_errno knows it only sometimes; the files know their own: the WAL, then
 * the database. */
static int system_errno(sqlite3 *db)
{
    int number = sqlite3_system_errno(db);
    sqlite3_file *wal = NULL;
    if (number == 0 && sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) == SQLITE_OK && wal &&
        wal->pMethods)
        (void)wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &number);
    if (number == 0)
        (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
    return number;
}

static int io_failure(kin_ledger *ledger, kin_error *err)
{
    int number = system_errno(ledger->db);
    if (number == ENOSPC || number == EDQUOT || number == EFBIG)
        return kin_fail(err, KIN_E_IO,
                        "no room to write %s: %s; free some and run the same command again, nothing finished is lost",
                        ledger->path, strerror(number));
    return kin_fail(err, KIN_E_IO, "cannot read or write %s: %s; check the disk, then run the same command again",
                    ledger->path, number ? strerror(number) : sqlite3_errmsg(ledger->db));
}

int kin_ledger__fail(kin_ledger *ledger, kin_error *err)
{
    int code = ledger->failure = sqlite3_extended_errcode(ledger->db);
    const char *path = ledger->path, *words = sqlite3_errmsg(ledger->db);
    if ((code & 0xff) != SQLITE_CONSTRAINT && ledger->active && ledger->write)
        ledger->spoiled = true;
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return kin_fail_memory(err);
    case SQLITE_FULL:
        return kin_fail(err, KIN_E_IO,
                        "no room to write %s: the disk is full; free some and run the same command again, nothing "
                        "finished is lost",
                        path);
    case SQLITE_IOERR:
        return io_failure(ledger, err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return kin_fail(err, KIN_E_BUSY, "another process is writing %s; try again when it is done", path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return kin_fail(err, KIN_E_IO,
                        "cannot write %s: it is read-only; check the permissions, or work on a copy that you may write",
                        path);
    case SQLITE_CANTOPEN:
        return kin_fail(err, KIN_E_IO, "cannot open %s: %s; check the permissions of the file and of its folder", path,
                        words);
    case SQLITE_CONSTRAINT:
        if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
            return kin_fail(err, KIN_E_NOTFOUND, "an item or job that was named is not in %s", path);
        return kin_fail(err, KIN_E_USAGE, "%s does not take this: %s", path, words);
    case SQLITE_TOOBIG:
        return kin_fail(err, KIN_E_LIMIT, "a text is too long for %s: shorten it", path);
    case SQLITE_NOTADB:
        return kin_fail(err, KIN_E_FORMAT, "%s is no kin ledger: name another file, or move this one away", path);
    default:
        return kin_fail(err, KIN_E_FORMAT, "%s is damaged (%s); restore it from a copy", path, words);
    }
}

static int bind(kin_ledger *ledger, sqlite3_stmt *statement, const kin_ledger__value *values, size_t count,
                kin_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const kin_ledger__value *value = &values[i];
        int result = SQLITE_OK, place = (int)i + 1;
        if (value->type == SQLITE_INTEGER)
            result = sqlite3_bind_int64(statement, place, value->as.integer);
        else if (value->type == SQLITE_FLOAT)
            result = sqlite3_bind_double(statement, place, value->as.real);
        else if (value->type == SQLITE_TEXT)
            result = sqlite3_bind_text(statement, place, value->as.text, -1, SQLITE_STATIC);
        else
            result = sqlite3_bind_null(statement, place);
        if (result != SQLITE_OK)
            return kin_ledger__fail(ledger, err);
    }
    return KIN_OK;
}

static int prepared(kin_ledger *ledger, kin_ledger__sql which, sqlite3_stmt **out, kin_error *err)
{
    sqlite3_stmt **statement = &ledger->statements[which];
    if (!*statement &&
        sqlite3_prepare_v3(ledger->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK)
        return kin_ledger__fail(ledger, err);
    *out = *statement;
    return KIN_OK;
}

int kin_ledger__next(kin_ledger *ledger, sqlite3_stmt *row, bool *more, kin_error *err)
{
    int result = sqlite3_step(row);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return kin_ledger__fail(ledger, err);
    *more = result == SQLITE_ROW;
    return KIN_OK;
}

int kin_ledger__first(kin_ledger *ledger, kin_ledger__sql which, const kin_ledger__value *values, size_t count,
                      sqlite3_stmt **row, kin_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool more = false;
    int code = prepared(ledger, which, &statement, err);
    if (code == KIN_OK && (code = bind(ledger, statement, values, count, err)) == KIN_OK)
        code = kin_ledger__next(ledger, statement, &more, err);
    if (!more)
        (void)sqlite3_reset(statement);
    if (code == KIN_OK)
        *row = more ? statement : NULL;
    return code;
}

int kin_ledger__run(kin_ledger *ledger, kin_ledger__sql which, const kin_ledger__value *values, size_t count,
                    kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, which, values, count, &row, err);
    (void)sqlite3_reset(row);
    return code;
}

static int walk(kin_ledger *ledger, sqlite3_stmt *statement, const kin_ledger__value *values, size_t count,
                int (*take)(void *user, sqlite3_stmt *row, kin_error *err), void *user, kin_error *err)
{
    bool more = true;
    int code = bind(ledger, statement, values, count, err);
    while (code == KIN_OK && (code = kin_ledger__next(ledger, statement, &more, err)) == KIN_OK && more)
        code = take(user, statement, err);
    return code;
}

int kin_ledger__each(kin_ledger *ledger, kin_ledger__sql which, const kin_ledger__value *values, size_t count,
                     int (*take)(void *user, sqlite3_stmt *row, kin_error *err), void *user, kin_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = prepared(ledger, which, &statement, err);
    if (code != KIN_OK)
        return code;
    ledger->statements[which] = NULL; /* a walk within the walk has one of its own */
    code = walk(ledger, statement, values, count, take, user, err);
    (void)sqlite3_reset(statement);
    (void)sqlite3_finalize(ledger->statements[which]);
    ledger->statements[which] = statement;
    return code;
}

int kin_ledger__each_of_text(kin_ledger *ledger, const char *sql, const kin_ledger__value *values, size_t count,
                             int (*take)(void *user, sqlite3_stmt *row, kin_error *err), void *user, kin_error *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(ledger->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return kin_ledger__fail(ledger, err);
    int code = walk(ledger, statement, values, count, take, user, err);
    (void)sqlite3_finalize(statement);
    return code;
}

int kin_ledger__script(kin_ledger *ledger, const char *sql, kin_error *err)
{
    return sqlite3_exec(ledger->db, sql, NULL, NULL, NULL) == SQLITE_OK ? KIN_OK : kin_ledger__fail(ledger, err);
}
