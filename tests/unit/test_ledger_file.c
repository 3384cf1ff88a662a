#include "ledger_fixture.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

/* Private to the ledger: what is waited for another writer, so that nobody has to wait 30 s here. */
void kin_ledger__patience(kin_ledger *ledger, int milliseconds);

/* Version 1 of the schema. */
extern const char kin_ledger__schema_sql[];

static void in_folder(char out[80], const char *name)
{
    (void)snprintf(out, 80, "%s/%s", folder, name);
}

static void read_file(kin_buffer *out)
{
    kin_buffer_reset(out);
    assert_ok(kin_file_read(ledger_path, 1 << 24, out, &failure));
}

static void write_file(const void *data, size_t size)
{
    assert_ok(kin_file_replace(ledger_path, data, size, &failure));
}

/* A ledger with one asset, closed: everything is in its one file. */
static void make_ledger(void)
{
    remove_ledger();
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_CREATE, &ledger, &failure));
    assert_ok(kin_ledger_begin(ledger, &failure));
    add_asset("a.jpg");
    assert_ok(kin_ledger_commit(ledger, &failure));
    kin_ledger_close(ledger);
    ledger = NULL;
}

static void assert_refused(kin_ledger_mode mode, int code, const char *words)
{
    kin_ledger *none = NULL;
    assert_fails(kin_ledger_open(ledger_path, mode, &none, &failure), code);
    assert_null(none);
    if (!strstr(failure.message, words))
        fail_msg("\"%s\" says nothing of \"%s\"", failure.message, words);
}

static int count_assets(void)
{
    kin_ledger_counts counts;
    assert_ok(kin_ledger_count(ledger, &counts, &failure));
    return (int)counts.assets;
}

/* ---- Opening ---- */

static void a_missing_ledger_is_made_only_by_create(void **state)
{
    (void)state;
    remove_ledger();
    assert_refused(KIN_LEDGER_READ, KIN_E_NOTFOUND, "no ledger");
    assert_refused(KIN_LEDGER_WRITE, KIN_E_NOTFOUND, "no ledger");
    assert_false(kin_file_exists(ledger_path));
    make_ledger();
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_CREATE, &ledger, &failure));
    assert_int_equal(count_assets(), 1);
    char inside[96];
    (void)snprintf(inside, sizeof inside, "%s/none/ledger.db", folder);
    kin_ledger *none = NULL;
    assert_fails(kin_ledger_open(inside, KIN_LEDGER_CREATE, &none, &failure), KIN_E_IO);
    assert_fails(kin_ledger_open(folder, KIN_LEDGER_CREATE, &none, &failure), KIN_E_IO);
    kin_ledger_close(NULL);
}

static void other_files_are_refused_and_stay_as_they_are(void **state)
{
    (void)state;
    static const char text[] = "This is no database, but it is longer than the header of one: a hundred bytes of text, "
                               "and then some more, so that it has to be looked at.";
    kin_buffer before = KIN_BUFFER_INIT, after = KIN_BUFFER_INIT;
    for (int kind = 0; kind < 4; kind++) {
        make_ledger();
        read_file(&before);
        if (kind == 0) {
            kin_buffer_reset(&before);
            kin_buffer_append(&before, text, sizeof text);
        } else if (kind == 1)
            before.data[68] ^= 1; /* application_id of another program */
        else if (kind == 2)
            memset(before.data + 68, 0, 4); /* none, but tables */
        else
            memset(before.data + 60, 0xff, 4); /* user_version -1 */
        write_file(before.data, before.size);
        for (int mode = KIN_LEDGER_READ; mode <= KIN_LEDGER_CREATE; mode++) {
            assert_refused((kin_ledger_mode)mode, KIN_E_FORMAT, "no kin ledger");
            read_file(&after);
            assert_int_equal(after.size, before.size);
            assert_memory_equal(after.data, before.data, before.size);
        }
    }
    kin_buffer_clear(&before);
    kin_buffer_clear(&after);
}

static void a_newer_version_is_refused(void **state)
{
    (void)state;
    kin_buffer bytes = KIN_BUFFER_INIT;
    make_ledger();
    read_file(&bytes);
    bytes.data[63]++; /* user_version, big endian at 60..63 */
    write_file(bytes.data, bytes.size);
    for (int mode = KIN_LEDGER_READ; mode <= KIN_LEDGER_CREATE; mode++)
        assert_refused((kin_ledger_mode)mode, KIN_E_FORMAT, "newer kin");
    kin_buffer_clear(&bytes);
}

/* One page, as a ledger of version 0 would be: ours by its application_id, without a table. */
static void version_0_is_brought_up(void **state)
{
    (void)state;
    kin_buffer bytes = KIN_BUFFER_INIT;
    make_ledger();
    read_file(&bytes);
    static const unsigned char one_page[4] = { 0, 0, 0, 1 }, empty_leaf[8] = { 0x0d, 0, 0, 0, 0, 0x10, 0, 0 };
    memset(bytes.data + 32, 0, 8); /* no free pages */
    memset(bytes.data + 52, 0, 4); /* largest root page, of auto-vacuum */
    memset(bytes.data + 60, 0, 4); /* user_version */
    memcpy(bytes.data + 28, one_page, 4);
    memcpy(bytes.data + 100, empty_leaf, 8);
    memset(bytes.data + 108, 0, 4096 - 108);
    write_file(bytes.data, 4096);
    assert_refused(KIN_LEDGER_READ, KIN_E_FORMAT, "older kin");
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &ledger, &failure));
    assert_ok(kin_ledger_begin(ledger, &failure));
    add_asset("a.jpg");
    commit_and_reopen(KIN_LEDGER_READ);
    assert_int_equal(count_assets(), 1);
    kin_buffer_clear(&bytes);
}

/* A ledger as version 1 wrote it, with a job and a verdict. */
static void version_1_is_brought_up(void **state)
{
    (void)state;
    static const char some[] = "PRAGMA application_id = 1802071601; PRAGMA user_version = 1;"
                               "INSERT INTO item (id, state) VALUES (1, 1); INSERT INTO asset (id, path) VALUES "
                               "(1, 'a.jpg'); INSERT INTO job (kind, unit, seed, population, title, created) VALUES "
                               "(2, 1, 0, 9, 'kin of one', 77); INSERT INTO job_item (job, position, item, stratum) "
                               "VALUES (1, 1, 1, 0); INSERT INTO verdict (item, job, grade, count, time) VALUES "
                               "(1, 1, 3, 1, 99)";
    sqlite3 *db = NULL;
    kin_job job;
    remove_ledger();
    assert_int_equal(sqlite3_open(ledger_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, kin_ledger__schema_sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, some, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_refused(KIN_LEDGER_READ, KIN_E_FORMAT, "older kin");
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &ledger, &failure));
    assert_ok(kin_ledger_job(ledger, 1, &job, &failure));
    assert_string_equal(job.title, "kin of one");
    assert_true(job.mistakes == 1 && job.created == 77 && job.origin == 0 && !job.ranking && !job.given);
    const kin_job_wish wish = { .likes = (const int64_t[]) { 1 }, .likes_count = 1 };
    assert_ok(kin_ledger_begin(ledger, &failure));
    assert_ok(kin_ledger_job_wish_add(ledger, 1, &wish, &failure));
    commit_and_reopen(KIN_LEDGER_READ);
}

/* What a crash right after the file was made leaves behind. */
static void an_empty_file_becomes_a_ledger(void **state)
{
    (void)state;
    remove_ledger();
    write_file("", 0);
    assert_refused(KIN_LEDGER_READ, KIN_E_FORMAT, "no kin ledger");
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &ledger, &failure));
    assert_int_equal(count_assets(), 0);
}

/* Uses the ledger a little; the code of the first failure, whose line has been looked at. */
static int use_ledger(void)
{
    kin_item item;
    int64_t id;
    bool added;
    int code = kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &ledger, &failure);
    if (code == KIN_OK)
        code = kin_ledger_item_find(ledger, "a.jpg", NULL, &item, &failure);
    if (code == KIN_OK)
        code = kin_ledger_begin(ledger, &failure);
    if (code == KIN_OK)
        code = kin_ledger_asset_add(ledger, "b.jpg", &id, &added, &failure);
    if (code != KIN_OK && !strstr(failure.message, "damaged") && !strstr(failure.message, "no kin ledger"))
        fail_msg("%s", failure.message);
    kin_ledger_close(ledger);
    ledger = NULL;
    return code;
}

static void a_damaged_file_is_reported(void **state)
{
    (void)state;
    kin_buffer bytes = KIN_BUFFER_INIT;
    make_ledger();
    read_file(&bytes);
    int reported = 0;
    for (size_t at = 0; at < bytes.size; at += 4096) {
        char page[4096];
        memcpy(page, bytes.data + at, sizeof page);
        memset(bytes.data + at, 0x5a, sizeof page);
        write_file(bytes.data, bytes.size);
        memcpy(bytes.data + at, page, sizeof page);
        int code = use_ledger();
        assert_true(code == KIN_OK || code == KIN_E_FORMAT);
        reported += code != KIN_OK;
    }
    /* The header, the schema, the two tables and the index of assets at least. */
    assert_true(reported >= 5);
    write_file(bytes.data, 1000);
    assert_int_equal(use_ledger(), KIN_E_FORMAT);
    kin_buffer_clear(&bytes);
}

static void a_path_is_taken_as_it_is(void **state)
{
    (void)state;
    static const char *const names[] = { "file:x?mode=ro&vfs=none#%41 \xc3\xa9.db", ":memory:" };
    char path[80], cwd[512];
    assert_non_null(getcwd(cwd, sizeof cwd));
    for (int i = 0; i < 4; i++) {
        const char *name = names[i / 2];
        in_folder(path, name);
        assert_int_equal(chdir(i % 2 ? folder : cwd), 0);
        assert_ok(kin_ledger_open(i % 2 ? name : path, KIN_LEDGER_CREATE, &ledger, &failure));
        kin_ledger_close(ledger);
        ledger = NULL;
        assert_int_equal(remove(path), 0);
    }
    assert_int_equal(chdir(cwd), 0);
}

/* ---- Transactions ---- */

static void writing_needs_a_transaction(void **state)
{
    (void)state;
    make_ledger();
    int64_t id = 0;
    bool added;
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &ledger, &failure));
    assert_fails(kin_ledger_asset_add(ledger, "b.jpg", &id, &added, &failure), KIN_E_USAGE);
    assert_fails(kin_ledger_setting_put(ledger, "a", "b", &failure), KIN_E_USAGE);
    assert_fails(kin_ledger_commit(ledger, &failure), KIN_E_USAGE);
    kin_ledger_rollback(ledger);
    assert_ok(kin_ledger_begin(ledger, &failure));
    assert_fails(kin_ledger_begin(ledger, &failure), KIN_E_USAGE);
    add_asset("b.jpg");
    commit_and_reopen(KIN_LEDGER_READ);
    assert_ok(kin_ledger_begin(ledger, &failure));
    assert_fails(kin_ledger_asset_add(ledger, "c.jpg", &id, &added, &failure), KIN_E_USAGE);
    assert_fails(kin_ledger_item_state(ledger, 1, KIN_ITEM_GONE, NULL, &failure), KIN_E_USAGE);
    assert_ok(kin_ledger_commit(ledger, &failure));
    assert_int_equal(count_assets(), 2);
}

static void who_only_reads_lets_others_write(void **state)
{
    (void)state;
    make_ledger();
    bool begun = false, added = false;
    int64_t id = 0;
    kin_ledger *other = NULL;
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &ledger, &failure));
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &other, &failure));
    kin_ledger__patience(other, 10);
    assert_ok(kin_ledger_begin_reading(ledger, &begun, &failure));
    assert_true(begun);
    assert_fails(kin_ledger_asset_add(ledger, "b.jpg", &id, &added, &failure), KIN_E_USAGE);
    assert_ok(kin_ledger_begin(other, &failure));
    assert_ok(kin_ledger_asset_add(other, "b.jpg", &id, &added, &failure));
    assert_ok(kin_ledger_commit(other, &failure));
    assert_int_equal(count_assets(), 1);
    assert_ok(kin_ledger_begin_reading(ledger, &begun, &failure));
    assert_false(begun);
    assert_ok(kin_ledger_commit(ledger, &failure));
    assert_int_equal(count_assets(), 2);
    assert_ok(kin_ledger_begin(ledger, &failure));
    add_asset("c.jpg");
    assert_ok(kin_ledger_commit(ledger, &failure));
    assert_int_equal(count_assets(), 3);
    kin_ledger_close(other);
}

static void what_is_not_committed_is_undone(void **state)
{
    (void)state;
    make_ledger();
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &ledger, &failure));
    for (int how = 0; how < 2; how++) {
        assert_ok(kin_ledger_begin(ledger, &failure));
        add_shape(add_asset("b.jpg"), "1", how ? "dog" : "cat");
        if (how == 0)
            kin_ledger_rollback(ledger);
        else
            reopen(KIN_LEDGER_WRITE);
        assert_int_equal(count_assets(), 1);
    }
    /* The number of a name that was undone is not used for another. */
    assert_ok(kin_ledger_begin(ledger, &failure));
    int64_t b = add_asset("b.jpg"), cat = 0, dog = 0;
    cat = add_shape(b, "1", "cat");
    kin_ledger_rollback(ledger);
    assert_ok(kin_ledger_begin(ledger, &failure));
    b = add_asset("b.jpg");
    dog = add_shape(b, "1", "dog");
    cat = add_shape(b, "2", "cat");
    assert_selects((kin_item_filter) { .label = "cat" }, IDS(cat));
    assert_selects((kin_item_filter) { .label = "dog" }, IDS(dog));
}

/* ---- Crashes ---- */

static int die_in_transaction(void *user)
{
    (void)user;
    kin_ledger *own = NULL;
    int64_t id;
    bool added;
    if (kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &own, NULL) != KIN_OK || kin_ledger_begin(own, NULL) != KIN_OK)
        return 1;
    /* More than the cache holds, so that some of it is on the disk already. */
    static char path[4 << 20];
    memset(path, 'p', sizeof path - 1);
    for (int i = 0; i < 25; i++) {
        path[0] = (char)('a' + i);
        if (kin_ledger_asset_add(own, path, &id, &added, NULL) != KIN_OK)
            return 2;
    }
    return 42;
}

static void a_crash_in_a_transaction_undoes_it(void **state)
{
    (void)state;
    make_ledger();
    assert_int_equal(wait_for(start(die_in_transaction, NULL)), 42);
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &ledger, &failure));
    assert_int_equal(count_assets(), 1);
    assert_ok(kin_ledger_begin(ledger, &failure));
    add_asset("0.jpg");
}

typedef struct pipes {
    int to_child[2], to_parent[2];
} pipes;

static void open_pipes(pipes *p)
{
    assert_int_equal(pipe(p->to_child), 0);
    assert_int_equal(pipe(p->to_parent), 0);
}

static void close_pipes(pipes *p)
{
    for (int i = 0; i < 2; i++) {
        (void)close(p->to_child[i]);
        (void)close(p->to_parent[i]);
    }
}

static bool tell(int descriptor)
{
    return write(descriptor, "x", 1) == 1;
}

static bool hear(int descriptor)
{
    char c;
    return read(descriptor, &c, 1) == 1;
}

/* Adds "child.jpg"; commits when told to, says so, and goes on doing nothing. */
static int write_on_demand(void *user)
{
    pipes *p = user;
    kin_ledger *own = NULL;
    int64_t id;
    bool added;
    if (kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &own, NULL) != KIN_OK || kin_ledger_begin(own, NULL) != KIN_OK ||
        kin_ledger_asset_add(own, "child.jpg", &id, &added, NULL) != KIN_OK || !tell(p->to_parent[1]) ||
        !hear(p->to_child[0]))
        return 1;
    (void)nanosleep(&(struct timespec) { 0, 300000000 }, NULL);
    if (kin_ledger_commit(own, NULL) != KIN_OK || !tell(p->to_parent[1]) || !hear(p->to_child[0]))
        return 2;
    kin_ledger_close(own);
    return 0;
}

static void a_kill_after_commit_loses_nothing(void **state)
{
    (void)state;
    pipes p;
    open_pipes(&p);
    make_ledger();
    pid_t child = start(write_on_demand, &p);
    assert_true(hear(p.to_parent[0]) && tell(p.to_child[1]) && hear(p.to_parent[0]));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(wait_for(child), 128 + SIGKILL);
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_READ, &ledger, &failure));
    assert_int_equal(count_assets(), 2);
    close_pipes(&p);
}

/* ---- Two processes ---- */

static void writers_wait_for_each_other(void **state)
{
    (void)state;
    pipes p;
    open_pipes(&p);
    make_ledger();
    pid_t child = start(write_on_demand, &p);
    assert_true(hear(p.to_parent[0]));
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &ledger, &failure));
    kin_ledger__patience(ledger, 50);
    assert_fails(kin_ledger_begin(ledger, &failure), KIN_E_BUSY);
    /* Reading goes on meanwhile. */
    assert_int_equal(count_assets(), 1);
    kin_ledger__patience(ledger, 30000);
    assert_true(tell(p.to_child[1]));
    assert_ok(kin_ledger_begin(ledger, &failure));
    assert_int_equal(count_assets(), 2);
    add_asset("parent.jpg");
    assert_ok(kin_ledger_commit(ledger, &failure));
    assert_true(hear(p.to_parent[0]) && tell(p.to_child[1]));
    assert_int_equal(wait_for(child), 0);
    assert_int_equal(count_assets(), 3);
    close_pipes(&p);
}

static void a_readers_moment_stands_still(void **state)
{
    (void)state;
    pipes p;
    open_pipes(&p);
    make_ledger();
    pid_t child = start(write_on_demand, &p);
    assert_true(hear(p.to_parent[0]));
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_READ, &ledger, &failure));
    /* Nothing is read between the begin and the other's commit: the moment is that of the begin. */
    assert_ok(kin_ledger_begin(ledger, &failure));
    assert_true(tell(p.to_child[1]) && hear(p.to_parent[0]));
    kin_item item;
    assert_int_equal(count_assets(), 1);
    assert_fails(kin_ledger_item_find(ledger, "child.jpg", NULL, &item, &failure), KIN_E_NOTFOUND);
    assert_ok(kin_ledger_commit(ledger, &failure));
    assert_int_equal(count_assets(), 2);
    assert_ok(kin_ledger_item_find(ledger, "child.jpg", NULL, &item, &failure));
    assert_true(tell(p.to_child[1]));
    assert_int_equal(wait_for(child), 0);
    close_pipes(&p);
}

/* Two that make the same ledger at once end up with one. */
static int create_and_add(void *user)
{
    kin_ledger *own = NULL;
    kin_error err = KIN_ERROR_INIT;
    int64_t id;
    bool added;
    if (kin_ledger_open(ledger_path, KIN_LEDGER_CREATE, &own, &err) == KIN_OK &&
        kin_ledger_begin(own, &err) == KIN_OK && kin_ledger_asset_add(own, user, &id, &added, &err) == KIN_OK)
        (void)kin_ledger_commit(own, &err);
    kin_ledger_close(own);
    if (err.code != KIN_OK)
        (void)fprintf(stderr, "%s: %s\n", (const char *)user, err.message);
    return err.code != KIN_OK;
}

static void creating_at_once_is_safe(void **state)
{
    (void)state;
    static char names[8][8];
    for (int round = 0; round < 5; round++) {
        pid_t children[8];
        remove_ledger();
        for (int i = 0; i < 8; i++) {
            (void)snprintf(names[i], sizeof names[i], "%d.jpg", i);
            children[i] = start(create_and_add, names[i]);
        }
        for (int i = 0; i < 8; i++)
            assert_int_equal(wait_for(children[i]), 0);
        assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_READ, &ledger, &failure));
        assert_int_equal(count_assets(), 8);
        kin_ledger_close(ledger);
        ledger = NULL;
    }
}

/* ---- Read-only and full disks ---- */

/* Opens in the mode, as somebody who may not write here; the exit status is -code. */
static int open_as_guest(void *user)
{
    const kin_ledger_mode *mode = user;
    kin_ledger *own = NULL;
    kin_error err = KIN_ERROR_INIT;
    kin_item item;
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 99;
    int code = kin_ledger_open(ledger_path, *mode, &own, &err);
    if (code != KIN_OK)
        return strlen(err.message) > 20 ? -code : 98;
    code = kin_ledger_item_find(own, "a.jpg", NULL, &item, &err);
    kin_ledger_close(own);
    return -code;
}

static void a_read_only_folder_can_be_read(void **state)
{
    (void)state;
    kin_ledger_mode mode = KIN_LEDGER_READ;
    char wal[80];
    in_folder(wal, "ledger.db-wal");
    make_ledger();
    assert_int_equal(chmod(ledger_path, 0444), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    assert_int_equal(wait_for(start(open_as_guest, &mode)), KIN_OK);
    mode = KIN_LEDGER_WRITE;
    assert_int_equal(wait_for(start(open_as_guest, &mode)), -KIN_E_IO);
    /* Commits that are only in a WAL would be missed: better to say that it cannot be read. */
    mode = KIN_LEDGER_READ;
    assert_int_equal(chmod(folder, 0755), 0);
    assert_ok(kin_file_replace(wal, "not empty", 9, &failure));
    assert_int_equal(chmod(wal, 0444), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    assert_int_equal(wait_for(start(open_as_guest, &mode)), -KIN_E_IO);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(chmod(wal, 0644), 0);
    assert_int_equal(truncate(wal, 0), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    assert_int_equal(wait_for(start(open_as_guest, &mode)), KIN_OK);
    assert_int_equal(chmod(folder, 0755), 0);
}

/* As far as files can grow here: it fails, is undone, and what fits still works. */
static int fill_the_disk(void *user)
{
    (void)user;
    const struct rlimit limit = { 400 << 10, 400 << 10 };
    kin_ledger *own = NULL;
    kin_error err = KIN_ERROR_INIT;
    int64_t id;
    bool added;
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &own, &err) != KIN_OK ||
        kin_ledger_begin(own, &err) != KIN_OK)
        return 1;
    int code = KIN_OK;
    for (int i = 0; i < 200000 && code == KIN_OK; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "a/long/path/to/some/folder/%d.jpg", i);
        code = kin_ledger_asset_add(own, path, &id, &added, &err);
    }
    if (code == KIN_OK)
        code = kin_ledger_commit(own, &err);
    if (code != KIN_E_IO || !strstr(err.message, "no room"))
        return 2;
    kin_ledger_rollback(own);
    if (kin_ledger_begin(own, &err) != KIN_OK || kin_ledger_asset_add(own, "small.jpg", &id, &added, &err) != KIN_OK ||
        kin_ledger_commit(own, &err) != KIN_OK)
        return 3;
    kin_ledger_close(own);
    return 0;
}

static void a_full_disk_is_reported_and_survived(void **state)
{
    (void)state;
    make_ledger();
    assert_int_equal(wait_for(start(fill_the_disk, NULL)), 0);
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &ledger, &failure));
    assert_int_equal(count_assets(), 2);
}

/* A step that failed half way must not be committed by a caller who did not look. */
static int commit_after_failure(void *user)
{
    (void)user;
    const struct rlimit limit = { 400 << 10, 400 << 10 };
    kin_ledger *own = NULL;
    int64_t id, late;
    bool added;
    (void)signal(SIGXFSZ, SIG_IGN);
    char *note = calloc(1, 60 << 20);
    if (!note || setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
        kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &own, NULL) != KIN_OK || kin_ledger_begin(own, NULL) != KIN_OK)
        return 1;
    memset(note, 'n', (60 << 20) - 1);
    int code = KIN_OK;
    for (int i = 0; i < 4 && code == KIN_OK; i++) {
        note[0] = (char)('a' + i);
        code = kin_ledger_asset_add(own, note, &id, &added, NULL);
    }
    free(note);
    if (code == KIN_OK)
        return 2;
    if (kin_ledger_asset_add(own, "late.jpg", &late, &added, NULL) != KIN_E_USAGE)
        return 3;
    return kin_ledger_commit(own, NULL) == KIN_OK ? 4 : 0;
}

static void a_failed_transaction_cannot_be_committed(void **state)
{
    (void)state;
    make_ledger();
    assert_int_equal(wait_for(start(commit_after_failure, NULL)), 0);
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_READ, &ledger, &failure));
    assert_int_equal(count_assets(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_missing_ledger_is_made_only_by_create, done),
        cmocka_unit_test_teardown(other_files_are_refused_and_stay_as_they_are, done),
        cmocka_unit_test_teardown(a_newer_version_is_refused, done),
        cmocka_unit_test_teardown(version_0_is_brought_up, done),
        cmocka_unit_test_teardown(version_1_is_brought_up, done),
        cmocka_unit_test_teardown(an_empty_file_becomes_a_ledger, done),
        cmocka_unit_test_teardown(a_damaged_file_is_reported, done),
        cmocka_unit_test_teardown(a_path_is_taken_as_it_is, done),
        cmocka_unit_test_teardown(writing_needs_a_transaction, done),
        cmocka_unit_test_teardown(who_only_reads_lets_others_write, done),
        cmocka_unit_test_teardown(what_is_not_committed_is_undone, done),
        cmocka_unit_test_teardown(a_crash_in_a_transaction_undoes_it, done),
        cmocka_unit_test_teardown(a_kill_after_commit_loses_nothing, done),
        cmocka_unit_test_teardown(writers_wait_for_each_other, done),
        cmocka_unit_test_teardown(a_readers_moment_stands_still, done),
        cmocka_unit_test_teardown(creating_at_once_is_safe, done),
        cmocka_unit_test_teardown(a_read_only_folder_can_be_read, done),
        cmocka_unit_test_teardown(a_full_disk_is_reported_and_survived, done),
        cmocka_unit_test_teardown(a_failed_transaction_cannot_be_committed, done),
    };
    return cmocka_run_group_tests_name("ledger file", tests, make_folder, remove_folder);
}
