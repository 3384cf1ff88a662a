/* Verdicts: appended, never changed. The names in them are interned, so that two are compared by numbers. */

#include "kin/review.h"

#include "base/clock.h"
#include "ledger/ledger_private.h"

#include <strings.h>

static const char *const grade_names[] = { "", "ok", "minor", "critical" };

const char *kin_grade_name(kin_grade grade)
{
    return (unsigned)grade <= KIN_GRADE_CRITICAL ? grade_names[grade] : "";
}

kin_grade kin_grade_from(const char *name)
{
    for (int grade = KIN_GRADE_OK; name && grade <= KIN_GRADE_CRITICAL; grade++)
        if (strcasecmp(name, grade_names[grade]) == 0)
            return (kin_grade)grade;
    return KIN_GRADE_NONE;
}

typedef struct words {
    int64_t should_be, kind, reviewer; /* names; 0: none */
    const char *note;
    int64_t count;
} words;

/* An empty field of a form or table says as little as none. */
static const char *said(const char *text)
{
    return text && *text ? text : NULL;
}

static int make_words(kin_ledger *ledger, const kin_verdict *verdict, words *out, kin_error *err)
{
    int code;
    out->note = said(verdict->note);
    out->count = verdict->count ? verdict->count : 1;
    if ((code = kin_ledger__name(ledger, said(verdict->should_be), true, &out->should_be, err)) != KIN_OK ||
        (code = kin_ledger__name(ledger, said(verdict->kind), true, &out->kind, err)) != KIN_OK)
        return code;
    return kin_ledger__name(ledger, said(verdict->reviewer), true, &out->reviewer, err);
}

static int is_there(kin_ledger *ledger, const kin_verdict *v, const words *w, bool *there, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code =
        kin_ledger__first(ledger, KIN_SQL_VERDICT_SAME,
                          KIN_BIND(kin_ledger__int(v->item), kin_ledger__int(v->time), kin_ledger__int(v->grade),
                                   kin_ledger__id(w->should_be), kin_ledger__id(w->kind), kin_ledger__text(w->note),
                                   kin_ledger__id(w->reviewer), kin_ledger__int(w->count)),
                          &row, err);
    *there = row != NULL;
    (void)sqlite3_reset(row);
    return code;
}

/* Whether the item's latest verdict says the same, and a time for one that is to count from now on: the clock may have
 * been set back since the latest. */
static int is_latest(kin_ledger *ledger, const kin_verdict *v, const words *w, bool *same, int64_t *time,
                     kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code =
        kin_ledger__first(ledger, KIN_SQL_VERDICT_LATEST,
                          KIN_BIND(kin_ledger__int(v->item), kin_ledger__int(v->grade), kin_ledger__id(w->should_be),
                                   kin_ledger__id(w->kind), kin_ledger__text(w->note), kin_ledger__int(w->count)),
                          &row, err);
    *time = kin_clock_now();
    *same = row && sqlite3_column_int(row, 1);
    if (row && sqlite3_column_int64(row, 0) > *time)
        *time = sqlite3_column_int64(row, 0);
    (void)sqlite3_reset(row);
    return code;
}

int kin_ledger_verdict_add(kin_ledger *ledger, const kin_verdict *verdict, bool *added, kin_error *err)
{
    words w = { 0 };
    bool there = false;
    int64_t time = verdict->time;
    int code = kin_ledger__writing(ledger, err);
    if (code != KIN_OK)
        return code;
    if (verdict->grade < KIN_GRADE_OK || verdict->grade > KIN_GRADE_CRITICAL || verdict->count < 0)
        return kin_fail(err, KIN_E_USAGE, "a verdict needs a grade (ok, minor, critical) and a count of errors");
    if ((code = make_words(ledger, verdict, &w, err)) != KIN_OK)
        return code;
    code = time ? is_there(ledger, verdict, &w, &there, err) : is_latest(ledger, verdict, &w, &there, &time, err);
    if (code == KIN_OK && !there)
        code = kin_ledger__run(ledger, KIN_SQL_VERDICT_ADD,
                               KIN_BIND(kin_ledger__int(verdict->item), kin_ledger__id(verdict->job),
                                        kin_ledger__int(verdict->grade), kin_ledger__id(w.should_be),
                                        kin_ledger__id(w.kind), kin_ledger__text(w.note), kin_ledger__id(w.reviewer),
                                        kin_ledger__int(w.count), kin_ledger__int(time)),
                               err);
    if (code == KIN_OK && added)
        *added = !there;
    return code;
}

static void verdict_row(sqlite3_stmt *row, kin_verdict *out)
{
    *out = (kin_verdict) {
        .id = sqlite3_column_int64(row, 0),
        .item = sqlite3_column_int64(row, 1),
        .job = sqlite3_column_int64(row, 2),
        .grade = (kin_grade)sqlite3_column_int(row, 3),
        .should_be = kin_ledger__column(row, 4),
        .kind = kin_ledger__column(row, 5),
        .note = kin_ledger__column(row, 6),
        .reviewer = kin_ledger__column(row, 7),
        .count = sqlite3_column_int64(row, 8),
        .time = sqlite3_column_int64(row, 9),
    };
}

/* The verdict of the row, its strings kept; where there is no row, none on this item. */
static int keep_row(kin_ledger *ledger, int64_t item, sqlite3_stmt *row, kin_verdict *out, kin_error *err)
{
    kin_verdict verdict = { .item = item };
    if (row)
        verdict_row(row, &verdict);
    kin_arena_reset(&ledger->strings);
    bool kept = kin_ledger__keep(ledger, &verdict.should_be) && kin_ledger__keep(ledger, &verdict.kind) &&
                kin_ledger__keep(ledger, &verdict.note) && kin_ledger__keep(ledger, &verdict.reviewer);
    (void)sqlite3_reset(row);
    if (!kept)
        return kin_fail_memory(err);
    *out = verdict;
    return KIN_OK;
}

int kin_ledger_verdict(kin_ledger *ledger, int64_t item, kin_verdict *out, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_VERDICT, KIN_BIND(kin_ledger__int(item)), &row, err);
    return code == KIN_OK ? keep_row(ledger, item, row, out, err) : code;
}

int kin_ledger_verdict_before(kin_ledger *ledger, int64_t item, int64_t before, kin_verdict *out, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_VERDICT_BEFORE,
                                 KIN_BIND(kin_ledger__int(item), kin_ledger__int(before)), &row, err);
    return code == KIN_OK ? keep_row(ledger, item, row, out, err) : code;
}

/* A withdrawal has the lowest grade, 0: it says of the item what a missing row would say. */
int kin_ledger_verdict_withdraw(kin_ledger *ledger, const kin_verdict *verdict, bool *withdrawn, kin_error *err)
{
    words w = { 0 };
    kin_verdict latest;
    const kin_verdict none = { .item = verdict->item, .note = verdict->note, .reviewer = verdict->reviewer };
    int64_t time = verdict->time ? verdict->time : kin_clock_now();
    int code = kin_ledger__writing(ledger, err);
    if (code != KIN_OK || (code = kin_ledger_verdict(ledger, verdict->item, &latest, err)) != KIN_OK)
        return code;
    bool there = latest.grade != KIN_GRADE_NONE;
    if (latest.time > time)
        time = latest.time;
    if (there && (code = make_words(ledger, &none, &w, err)) == KIN_OK)
        code = kin_ledger__run(ledger, KIN_SQL_VERDICT_ADD,
                               KIN_BIND(kin_ledger__int(verdict->item), kin_ledger__id(verdict->job),
                                        kin_ledger__int(KIN_GRADE_NONE), kin_ledger__id(0), kin_ledger__id(0),
                                        kin_ledger__text(w.note), kin_ledger__id(w.reviewer), kin_ledger__int(w.count),
                                        kin_ledger__int(time)),
                               err);
    if (code == KIN_OK && withdrawn)
        *withdrawn = there;
    return code;
}

typedef struct verdict_taker {
    int (*take)(void *user, const kin_verdict *verdict, kin_error *err);
    void *user;
} verdict_taker;

static int take_verdict(void *user, sqlite3_stmt *row, kin_error *err)
{
    const verdict_taker *taker = user;
    kin_verdict verdict;
    verdict_row(row, &verdict);
    return taker->take(taker->user, &verdict, err);
}

int kin_ledger_each_verdict(kin_ledger *ledger, bool latest,
                            int (*take)(void *user, const kin_verdict *verdict, kin_error *err), void *user,
                            kin_error *err)
{
    verdict_taker taker = { take, user };
    return kin_ledger__each(ledger, latest ? KIN_SQL_EACH_VERDICT_LATEST : KIN_SQL_EACH_VERDICT, NULL, 0,
                            take_verdict, &taker, err);
}

int kin_ledger_each_verdict_since(kin_ledger *ledger, int64_t after,
                                  int (*take)(void *user, const kin_verdict *verdict, kin_error *err), void *user,
                                  kin_error *err)
{
    verdict_taker taker = { take, user };
    return kin_ledger__each(ledger, KIN_SQL_EACH_VERDICT_SINCE, KIN_BIND(kin_ledger__int(after)), take_verdict,
                            &taker, err);
}

int kin_ledger_newest_verdict(kin_ledger *ledger, int64_t *id, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_VERDICT_NEWEST, NULL, 0, &row, err);
    if (code == KIN_OK)
        *id = sqlite3_column_int64(row, 0);
    (void)sqlite3_reset(row);
    return code;
}

int kin_ledger_each_verdict_between(kin_ledger *ledger, int64_t first, int64_t last, int64_t item,
                                    int (*take)(void *user, const kin_verdict *verdict, kin_error *err), void *user,
                                    kin_error *err)
{
    verdict_taker taker = { take, user };
    if (item == 0)
        return kin_ledger__each(ledger, KIN_SQL_EACH_VERDICT_BETWEEN,
                                KIN_BIND(kin_ledger__int(first), kin_ledger__int(last)), take_verdict, &taker, err);
    return kin_ledger__each(ledger, KIN_SQL_EACH_VERDICT_OF_ITEM,
                            KIN_BIND(kin_ledger__int(first), kin_ledger__int(last), kin_ledger__int(item)),
                            take_verdict, &taker, err);
}
