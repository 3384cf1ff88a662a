/* Writers get their turn, and readers who overlap without a pause do not let SQLite's log grow without end. */
#include "ledger_fixture.h"

#include "base/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

/* Private to the ledger: what is waited for another writer. */
void kin_ledger__patience(kin_ledger *ledger, int milliseconds);

enum { mebibyte = 1 << 20 };

static void rest(int milliseconds)
{
    (void)nanosleep(&(struct timespec) { milliseconds / 1000, milliseconds % 1000 * 1000000L }, NULL);
}

/* Closed again, since no open one may be taken along into another process. */
static void make_ledger(void)
{
    remove_ledger();
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_CREATE, &ledger, &failure));
    kin_ledger_close(ledger);
    ledger = NULL;
}

static void open_ledger(void)
{
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &ledger, &failure));
}

static size_t log_size(void)
{
    char name[80];
    struct stat info;
    (void)snprintf(name, sizeof name, "%s-wal", ledger_path);
    assert_int_equal(stat(name, &info), 0);
    return (size_t)info.st_size;
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

static void end(pid_t child)
{
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(wait_for(child), 128 + SIGKILL);
}

/* ---- The log ---- */

/* Writes about so many bytes, in one transaction. */
static void write_much(size_t bytes)
{
    static char text[mebibyte + 1];
    static int round;
    memset(text, 'a' + round++ % 26, bytes);
    text[bytes] = '\0';
    assert_ok(kin_ledger_begin(ledger, &failure));
    assert_ok(kin_ledger_setting_put(ledger, "much", text, &failure));
    assert_ok(kin_ledger_commit(ledger, &failure));
}

typedef struct reader {
    int hears, tells;
} reader;

/* Reads of one moment until the other one reads of a later one; then a moment later again until the other does. */
static int read_by_turns(void *user)
{
    const reader *r = user;
    kin_ledger *own = NULL;
    if (kin_ledger_open(ledger_path, KIN_LEDGER_READ, &own, NULL) != KIN_OK)
        return 1;
    for (;;) {
        if (!hear(r->hears))
            return 2;
        kin_ledger_rollback(own);
        rest(30);
        if (kin_ledger_begin(own, NULL) != KIN_OK || !tell(r->tells))
            return 3;
    }
}

static void readers_who_overlap_do_not_let_it_grow(void **state)
{
    (void)state;
    enum { part = mebibyte / 4, written = 128 * mebibyte };
    int there[2], back[2];
    size_t most = 0;
    make_ledger();
    assert_int_equal(pipe(there), 0);
    assert_int_equal(pipe(back), 0);
    reader one = { back[0], there[1] }, two = { there[0], back[1] };
    pid_t first = start(read_by_turns, &one), second = start(read_by_turns, &two);
    open_ledger();
    assert_true(tell(back[1]));
    rest(100);
    for (size_t i = 0; i < written / part; i++) {
        write_much(part);
        most = log_size() > most ? log_size() : most;
    }
    end(first);
    end(second);
    for (int i = 0; i < 2; i++)
        assert_int_equal(close(there[i]) + close(back[i]), 0);
    if (most > written / 2)
        fail_msg("the log has grown to %zu MiB", most / mebibyte);
}

/* Who reads for long keeps the log; but not every commit waits for it, and when it is over the log is short again. */
static void a_long_reader_holds_nobody_up(void **state)
{
    (void)state;
    kin_ledger *long_one = NULL;
    make_ledger();
    open_ledger();
    write_much(mebibyte);
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_READ, &long_one, &failure));
    assert_ok(kin_ledger_begin(long_one, &failure));
    for (int i = 0; i < 24; i++)
        write_much(mebibyte);
    assert_true(log_size() > 24 * mebibyte);
    double began = kin_clock_seconds();
    for (int i = 0; i < 100; i++)
        write_much(10);
    assert_true(kin_clock_seconds() - began < 10); /* and not a quarter of a second or more each */
    kin_ledger_rollback(long_one);
    for (int i = 0; i < 5; i++)
        write_much(mebibyte);
    assert_true(log_size() < 20 * mebibyte);
    kin_ledger_close(long_one);
}

/* ---- Turns ---- */

/* Writes for a while, and again right after. */
static int write_on_and_on(void *user)
{
    const int *milliseconds = user;
    kin_ledger *own = NULL;
    int64_t id;
    bool added;
    if (kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &own, NULL) != KIN_OK)
        return 1;
    for (int i = 0;; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "%d.jpg", i);
        if (kin_ledger_begin(own, NULL) != KIN_OK || kin_ledger_asset_add(own, path, &id, &added, NULL) != KIN_OK)
            return 2;
        rest(*milliseconds);
        if (kin_ledger_commit(own, NULL) != KIN_OK)
            return 3;
    }
}

static void others_come_between_the_commits_of_one(void **state)
{
    (void)state;
    int milliseconds = 50;
    make_ledger();
    pid_t child = start(write_on_and_on, &milliseconds);
    rest(100);
    open_ledger();
    kin_ledger__patience(ledger, 5000);
    for (int i = 0; i < 20; i++) {
        assert_ok(kin_ledger_begin(ledger, &failure));
        assert_ok(kin_ledger_commit(ledger, &failure));
    }
    end(child);
}

/* Two handles of one process, as the server has them, have their turns too. */
static void a_second_handle_comes_in_too(void **state)
{
    (void)state;
    int milliseconds = 20;
    kin_ledger *other = NULL;
    make_ledger();
    pid_t child = start(write_on_and_on, &milliseconds);
    open_ledger();
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &other, &failure));
    for (int i = 0; i < 10; i++) {
        assert_ok(kin_ledger_begin(ledger, &failure));
        kin_ledger__patience(other, 20);
        assert_fails(kin_ledger_begin(other, &failure), KIN_E_BUSY);
        kin_ledger__patience(other, 5000);
        assert_ok(kin_ledger_commit(ledger, &failure));
        assert_ok(kin_ledger_begin(other, &failure));
        assert_ok(kin_ledger_commit(other, &failure));
    }
    end(child);
    kin_ledger_close(other);
}

/* Waits until a writer stands in the gate: a lock on the ledger's folder. */
static void wait_for_gate(void)
{
    int gate = open(folder, O_RDONLY | O_DIRECTORY);
    assert_true(gate >= 0);
    for (int i = 0; flock(gate, LOCK_EX | LOCK_NB) == 0; i++) {
        assert_true(i < 4000);
        assert_int_equal(flock(gate, LOCK_UN), 0);
        rest(5);
    }
    assert_int_equal(close(gate), 0);
}

/* Opens, then waits to be told. */
static int open_and_write(void *user)
{
    const int *told = user;
    kin_ledger *own = NULL;
    return kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &own, NULL) != KIN_OK || !hear(*told) ||
           kin_ledger_begin(own, NULL) != KIN_OK;
}

/* Who is stopped in the gate is waited for no longer than one has patience, and who is killed in it not at all. */
static void who_dies_in_the_gate_leaves_it(void **state)
{
    (void)state;
    int told[2];
    make_ledger();
    assert_int_equal(pipe(told), 0);
    pid_t child = start(open_and_write, &told[0]);
    open_ledger();
    assert_ok(kin_ledger_begin(ledger, &failure));
    assert_true(tell(told[1]));
    wait_for_gate();
    assert_int_equal(kill(child, SIGSTOP), 0);
    assert_ok(kin_ledger_commit(ledger, &failure));
    kin_ledger__patience(ledger, 300);
    double began = kin_clock_seconds();
    assert_ok(kin_ledger_begin(ledger, &failure));
    assert_true(kin_clock_seconds() - began > 0.29); /* else it was not in the gate, and this shows nothing */
    assert_ok(kin_ledger_commit(ledger, &failure));
    end(child);
    kin_ledger__patience(ledger, 30000);
    began = kin_clock_seconds();
    assert_ok(kin_ledger_begin(ledger, &failure));
    assert_true(kin_clock_seconds() - began < 15);
    assert_ok(kin_ledger_commit(ledger, &failure));
    assert_int_equal(close(told[0]) + close(told[1]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(readers_who_overlap_do_not_let_it_grow, done),
        cmocka_unit_test_teardown(a_long_reader_holds_nobody_up, done),
        cmocka_unit_test_teardown(others_come_between_the_commits_of_one, done),
        cmocka_unit_test_teardown(a_second_handle_comes_in_too, done),
        cmocka_unit_test_teardown(who_dies_in_the_gate_leaves_it, done),
    };
    return cmocka_run_group_tests_name("turns of writers, and the log", tests, make_folder, remove_folder);
}
