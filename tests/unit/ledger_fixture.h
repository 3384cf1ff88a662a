#ifndef LEDGER_FIXTURE_H
#define LEDGER_FIXTURE_H
/* A ledger in a folder of its own, and the few things that its tests do over and over. */

#include "kin_test.h"

#include "base/file.h"
#include "kin/review.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/kin_test_ledger_XXXXXX";
static char ledger_path[64];
static kin_ledger *ledger;
static kin_error failure;

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != KIN_OK)                                                                                          \
            fail_msg("%s: %s", #call, failure.message);                                                                \
    } while (0)

/* It fails with this code and a line that says something. */
#define assert_fails(call, expected)                                                                                   \
    do {                                                                                                               \
        failure = (kin_error)KIN_ERROR_INIT;                                                                           \
        assert_int_equal((call), (expected));                                                                          \
        assert_int_equal(failure.code, (expected));                                                                    \
        assert_true(strlen(failure.message) > 15);                                                                     \
        assert_null(strchr(failure.message, '\n'));                                                                    \
    } while (0)

static inline void remove_ledger(void)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    char name[80];
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s%s", ledger_path, ends[i]);
        (void)remove(name);
    }
}

static inline int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(ledger_path, sizeof ledger_path, "%s/ledger.db", folder);
    return 0;
}

static inline int remove_folder(void **state)
{
    (void)state;
    remove_ledger();
    return rmdir(folder);
}

/* Each test starts with an empty ledger and an open transaction. */
static inline int fresh(void **state)
{
    (void)state;
    remove_ledger();
    failure = (kin_error)KIN_ERROR_INIT;
    return kin_ledger_open(ledger_path, KIN_LEDGER_CREATE, &ledger, &failure) || kin_ledger_begin(ledger, &failure);
}

static inline int done(void **state)
{
    (void)state;
    kin_ledger_close(ledger);
    ledger = NULL;
    return 0;
}

static inline void reopen(kin_ledger_mode mode)
{
    kin_ledger_close(ledger);
    ledger = NULL;
    assert_ok(kin_ledger_open(ledger_path, mode, &ledger, &failure));
}

static inline void commit_and_reopen(kin_ledger_mode mode)
{
    assert_ok(kin_ledger_commit(ledger, &failure));
    reopen(mode);
}

static inline int64_t add_asset(const char *path)
{
    int64_t id = 0;
    bool added = false;
    assert_ok(kin_ledger_asset_add(ledger, path, &id, &added, &failure));
    assert_true(added);
    return id;
}

static inline int64_t put_shape(int64_t asset, const char *shape, const char *label, kin_box box, int64_t run,
                                kin_change expected)
{
    int64_t id = 0;
    kin_change change = (kin_change)-1;
    assert_ok(kin_ledger_shape_put(ledger, asset, shape, label, box, run, &id, &change, &failure));
    assert_int_equal(change, expected);
    return id;
}

static const kin_box some_box = { 1.5, 2.25, 30, 40 };

static inline int64_t add_shape(int64_t asset, const char *shape, const char *label)
{
    return put_shape(asset, shape, label, some_box, 1, KIN_NEW);
}

static inline void set_state(int64_t id, kin_item_state state)
{
    assert_ok(kin_ledger_item_state(ledger, id, state, state == KIN_ITEM_FAILED ? "broken" : NULL, &failure));
}

static inline kin_item_state state_of(int64_t id)
{
    kin_item item;
    assert_ok(kin_ledger_item(ledger, id, &item, &failure));
    return item.state;
}

/* The filter finds just these, in this order; both ways of asking agree. */
typedef struct walked {
    const int64_t *ids;
    size_t n;
} walked;

static inline int compare_walked(void *user, const kin_item *item, kin_error *err)
{
    (void)err;
    walked *w = user;
    assert_true(w->n > 0);
    assert_int_equal(item->id, *w->ids);
    w->ids++;
    w->n--;
    return KIN_OK;
}

static inline void assert_selects(kin_item_filter filter, const int64_t *expected, size_t n)
{
    int64_t *ids = NULL;
    size_t found = 99;
    assert_ok(kin_ledger_select(ledger, &filter, &ids, &found, &failure));
    assert_non_null(ids);
    assert_int_equal(found, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(ids[i], expected[i]);
    free(ids);
    walked w = { expected, n };
    assert_ok(kin_ledger_each_item(ledger, &filter, compare_walked, &w, &failure));
    assert_int_equal(w.n, 0);
}

#define IDS(...) (const int64_t[]) { __VA_ARGS__ }, sizeof((const int64_t[]) { __VA_ARGS__ }) / sizeof(int64_t)
#define NO_IDS NULL, 0

/* Runs `child` in a process of its own, which may start from no open ledger; its result is the exit status. */
static inline pid_t start(int (*child)(void *user), void *user)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(60); /* it must not outlive a test that failed */
        _exit(child(user));
    }
    assert_true(pid > 0);
    return pid;
}

static inline int wait_for(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
