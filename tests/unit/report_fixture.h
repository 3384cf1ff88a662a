#ifndef REPORT_FIXTURE_H
#define REPORT_FIXTURE_H
/* A data set made through the ledger alone, in a folder of its own: assets, shapes, attributes, verdicts. Reports read
 * nothing else of a workspace. */

#include "kin_test.h"

#include "base/checked.h"
#include "kin/report.h"
#include "workspace/workspace_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        if ((call) != KIN_OK)                                                                                          \
            fail_msg("%s: %s", #call, err.message);                                                                    \
    } while (0)

#define CLOSE(a, b, within)                                                                                            \
    do {                                                                                                               \
        double a_ = (a), b_ = (b);                                                                                     \
        if (!(fabs(a_ - b_) <= (within)))                                                                              \
            fail_msg("%s is %.17g, not %.17g", #a, a_, b_);                                                            \
    } while (0)

typedef struct fixture {
    char folder[64], path[96];
    kin_workspace workspace;
    kin_ledger *ledger; /* the workspace's */
    size_t shapes;      /* put so far: they need names of their own */
} fixture;

static inline void fixture_open(fixture *f)
{
    kin_error err = KIN_ERROR_INIT;
    memset(f, 0, sizeof *f);
    /* in memory where that can be had: thousands of commits wait for no disk */
    (void)snprintf(f->folder, sizeof f->folder, "%s/kin_test_report_XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/ledger.db", f->folder);
    OK(kin_ledger_open(f->path, KIN_LEDGER_CREATE, &f->ledger, &err));
    f->workspace.ledger = f->ledger;
    f->workspace.mode = KIN_LEDGER_CREATE;
    f->workspace.folder = f->folder;
}

static inline void fixture_close(fixture *f)
{
    char path[112];
    kin_ledger_close(f->ledger);
    static const char *const ends[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(f->folder), 0);
}

static inline void begin(fixture *f)
{
    kin_error err = KIN_ERROR_INIT;
    OK(kin_ledger_begin(f->ledger, &err));
}

static inline void commit(fixture *f)
{
    kin_error err = KIN_ERROR_INIT;
    OK(kin_ledger_commit(f->ledger, &err));
}

/* The next three stand between begin and commit. */
static inline int64_t put_asset(fixture *f, size_t number)
{
    kin_error err = KIN_ERROR_INIT;
    char path[32];
    int64_t id = 0;
    bool added = false;
    (void)snprintf(path, sizeof path, "%06zu.jpg", number);
    OK(kin_ledger_asset_add(f->ledger, path, &id, &added, &err));
    return id;
}

static inline int64_t put_shape(fixture *f, int64_t asset, const char *label)
{
    kin_error err = KIN_ERROR_INIT;
    char name[32];
    int64_t id = 0;
    kin_change change = KIN_SAME;
    (void)snprintf(name, sizeof name, "%zu", ++f->shapes);
    OK(kin_ledger_shape_put(f->ledger, asset, name, label, (kin_box) { 1, 1, 8, 8 }, 1, &id, &change, &err));
    return id;
}

static inline void put_attribute(fixture *f, int64_t item, const char *key, const char *value)
{
    kin_error err = KIN_ERROR_INIT;
    OK(kin_ledger_attributes_put(f->ledger, item, &(kin_attribute) { key, value }, 1, &err));
}

static inline void judge(fixture *f, int64_t item, int64_t job, kin_grade grade)
{
    kin_error err = KIN_ERROR_INIT;
    OK(kin_ledger_verdict_add(f->ledger, &(kin_verdict) { .item = item, .job = job, .grade = grade, .count = 1 }, NULL,
                              &err));
}

/* A kin job of the given items. */
static inline int64_t put_kin_job(fixture *f, const int64_t *items, size_t n)
{
    kin_error err = KIN_ERROR_INIT;
    kin_job job = { .kind = KIN_JOB_KIN, .unit = KIN_UNIT_SHAPE, .title = "kin of one" };
    kin_job_item *list = kin_alloc_array(n, sizeof *list);
    int64_t id = 0;
    assert_non_null(list);
    for (size_t i = 0; i < n; i++)
        list[i] = (kin_job_item) { items[i], (int64_t)i + 1, 0, NAN, 0.5 };
    OK(kin_ledger_job_add(f->ledger, &job, list, n, NULL, 0, &id, &err));
    free(list);
    return id;
}

/* ---- What was drawn ---- */

typedef struct drawn {
    kin_job job;
    char title[128], stratify[32];
    kin_job_item *items;
    size_t n;
    struct {
        char name[32];
        int64_t population, drawn;
    } strata[16];
    size_t strata_count;
} drawn;

static inline int take_drawn(void *user, const kin_job_item *item, kin_error *err)
{
    drawn *d = user;
    (void)err;
    d->items[d->n++] = *item;
    return KIN_OK;
}

static inline int take_drawn_stratum(void *user, int index, const kin_stratum *stratum, kin_error *err)
{
    drawn *d = user;
    (void)err;
    assert_int_equal(index, d->strata_count);
    assert_true(d->strata_count < 16);
    (void)snprintf(d->strata[index].name, sizeof d->strata[index].name, "%s", stratum->name);
    d->strata[index].population = stratum->population;
    d->strata[index].drawn = stratum->drawn;
    d->strata_count++;
    return KIN_OK;
}

static inline drawn draw_audit(fixture *f, const kin_audit_options *options)
{
    kin_error err = KIN_ERROR_INIT;
    drawn d = { 0 };
    int64_t id = 0;
    OK(kin_workspace_audit(&f->workspace, options, &id, &err));
    OK(kin_ledger_job(f->ledger, id, &d.job, &err));
    (void)snprintf(d.title, sizeof d.title, "%s", d.job.title);
    (void)snprintf(d.stratify, sizeof d.stratify, "%s", d.job.stratify ? d.job.stratify : "");
    d.items = kin_alloc_array(d.job.items, sizeof *d.items);
    assert_non_null(d.items);
    OK(kin_ledger_each_job_item(f->ledger, id, take_drawn, &d, &err));
    OK(kin_ledger_each_stratum(f->ledger, id, take_drawn_stratum, &d, &err));
    return d;
}

static inline kin_report report_of(fixture *f, const kin_slices_options *options)
{
    kin_error err = KIN_ERROR_INIT;
    kin_report report = { 0 };
    OK(kin_workspace_slices(&f->workspace, options, &report, &err));
    return report;
}

static inline const kin_slice *slice_of(const kin_report *report, const char *key, const char *value)
{
    for (size_t i = 0; i < report->slices_count; i++) {
        const kin_slice *s = &report->slices[i];
        if (!s->key2 && strcmp(s->key, key) == 0 && strcmp(s->value, value) == 0)
            return s;
    }
    fail_msg("no slice %s = %s", key, value);
    return NULL;
}

/* Judges the draw's items from..to (by position, shapes and their asset) ok. */
static inline void review(fixture *f, const drawn *d, size_t from, size_t to, kin_grade grade)
{
    begin(f);
    for (size_t i = from; i < to; i++)
        judge(f, d->items[i].item, d->job.id, grade);
    commit(f);
}

#endif
