/* Jobs: added whole or not at all, never changed. */

#include "kin/review.h"

#include "base/clock.h"
#include "ledger/ledger_private.h"

#include <math.h>

const char *kin_job_kind_name(kin_job_kind kind)
{
    static const char *const names[] = { "", "audit", "kin", "suspects", "control" };
    return (unsigned)kind <= KIN_JOB_CONTROL ? names[kind] : "";
}

static int insert_job(kin_ledger *ledger, const kin_job *job, int64_t *id, kin_error *err)
{
    int code = kin_ledger__run(
        ledger, KIN_SQL_JOB_ADD,
        KIN_BIND(kin_ledger__int(job->kind), kin_ledger__int(job->unit), kin_ledger__int((int64_t)job->seed),
                 kin_ledger__int(job->population), kin_ledger__text(job->stratify), kin_ledger__text(job->title),
                 kin_ledger__int(job->created ? job->created : kin_clock_now()), kin_ledger__text(job->ranking),
                 kin_ledger__text(job->label), kin_ledger__text(job->given), kin_ledger__text(job->should_be),
                 kin_ledger__id(job->origin), kin_ledger__real(job->expected > 0 ? job->expected : (double)NAN)),
        err);
    if (code == KIN_OK)
        *id = sqlite3_last_insert_rowid(ledger->db);
    return code;
}

static int insert_parts(kin_ledger *ledger, int64_t job, const kin_job_item *items, size_t n, const kin_stratum *strata,
                        size_t strata_count, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < strata_count; i++)
        code = kin_ledger__run(ledger, KIN_SQL_STRATUM_ADD,
                               KIN_BIND(kin_ledger__int(job), kin_ledger__int((int64_t)i),
                                        kin_ledger__text(strata[i].name), kin_ledger__int(strata[i].population),
                                        kin_ledger__int(strata[i].drawn)),
                               err);
    for (size_t i = 0; code == KIN_OK && i < n; i++)
        code = kin_ledger__run(ledger, KIN_SQL_JOB_ITEM_ADD,
                               KIN_BIND(kin_ledger__int(job), kin_ledger__int(items[i].position),
                                        kin_ledger__int(items[i].item), kin_ledger__int(items[i].stratum),
                                        kin_ledger__real(items[i].probability), kin_ledger__real(items[i].score)),
                               err);
    return code;
}

static int check_job(const kin_job *job, const kin_job_item *items, size_t n, size_t strata_count, kin_error *err)
{
    if (job->kind < KIN_JOB_AUDIT || job->kind > KIN_JOB_CONTROL)
        return kin_fail(err, KIN_E_USAGE, "%d is no kind of job", (int)job->kind);
    if (job->unit != KIN_UNIT_ASSET && job->unit != KIN_UNIT_SHAPE)
        return kin_fail(err, KIN_E_USAGE, "a job draws assets or shapes");
    for (size_t i = 0; i < n; i++)
        if (items[i].position < 1 || items[i].stratum < 0 ||
            (items[i].stratum > 0 && (size_t)items[i].stratum >= strata_count))
            return kin_fail(err, KIN_E_USAGE, "item %lld of the job has no place or stratum in it",
                            (long long)items[i].item);
    return KIN_OK;
}

int kin_ledger_job_add(kin_ledger *ledger, const kin_job *job, const kin_job_item *items, size_t n,
                       const kin_stratum *strata, size_t strata_count, int64_t *id, kin_error *err)
{
    int64_t made = 0;
    int code = kin_ledger__writing(ledger, err);
    if (code != KIN_OK || (code = check_job(job, items, n, strata_count, err)) != KIN_OK ||
        (code = kin_ledger__run(ledger, KIN_SQL_SAVEPOINT, NULL, 0, err)) != KIN_OK)
        return code;
    if ((code = insert_job(ledger, job, &made, err)) == KIN_OK)
        code = insert_parts(ledger, made, items, n, strata, strata_count, err);
    if (code != KIN_OK) {
        /* An item that is twice in the job or not there at all: the rest of the transaction is sound. */
        (void)kin_ledger__run(ledger, KIN_SQL_SAVEPOINT_UNDO, NULL, 0, NULL);
        (void)kin_ledger__run(ledger, KIN_SQL_SAVEPOINT_END, NULL, 0, NULL);
        return code;
    }
    if ((code = kin_ledger__run(ledger, KIN_SQL_SAVEPOINT_END, NULL, 0, err)) == KIN_OK)
        *id = made;
    return code;
}

static kin_job job_row(sqlite3_stmt *row)
{
    return (kin_job) {
        .id = sqlite3_column_int64(row, 0),
        .kind = (kin_job_kind)sqlite3_column_int(row, 1),
        .unit = (kin_unit)sqlite3_column_int(row, 2),
        .seed = (uint64_t)sqlite3_column_int64(row, 3),
        .population = sqlite3_column_int64(row, 4),
        .stratify = kin_ledger__column(row, 5),
        .title = kin_ledger__column(row, 6),
        .created = sqlite3_column_int64(row, 7),
        .ranking = kin_ledger__column(row, 8),
        .label = kin_ledger__column(row, 9),
        .given = kin_ledger__column(row, 10),
        .should_be = kin_ledger__column(row, 11),
        .origin = sqlite3_column_int64(row, 12),
        .expected = sqlite3_column_double(row, 13),
    };
}

static int count_job(kin_ledger *ledger, kin_job *job, kin_error *err)
{
    sqlite3_stmt *counts = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_JOB_COUNTS,
                                 KIN_BIND(kin_ledger__int(job->id), kin_ledger__int(job->unit)), &counts, err);
    if (code != KIN_OK)
        return code;
    job->items = (size_t)sqlite3_column_int64(counts, 0);
    job->reviewed = (size_t)sqlite3_column_int64(counts, 1);
    job->mistakes = (size_t)sqlite3_column_int64(counts, 2);
    (void)sqlite3_reset(counts);
    return KIN_OK;
}

static int no_job(kin_ledger *ledger, int64_t id, kin_error *err)
{
    return kin_fail(err, KIN_E_NOTFOUND, "there is no job %lld in %s", (long long)id, ledger->path);
}

static bool keep_texts(kin_ledger *ledger, kin_job *job)
{
    const char **texts[] = { &job->stratify, &job->title, &job->ranking, &job->label, &job->given, &job->should_be };
    bool kept = true;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        kept = kin_ledger__keep(ledger, texts[i]) && kept;
    return kept;
}

int kin_ledger_job_head(kin_ledger *ledger, int64_t id, kin_job *out, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_JOB, KIN_BIND(kin_ledger__int(id)), &row, err);
    if (code != KIN_OK)
        return code;
    if (!row)
        return no_job(ledger, id, err);
    kin_job job = job_row(row);
    kin_arena_reset(&ledger->strings);
    if (!keep_texts(ledger, &job))
        code = kin_fail_memory(err);
    (void)sqlite3_reset(row);
    if (code == KIN_OK)
        *out = job;
    return code;
}

int kin_ledger_job(kin_ledger *ledger, int64_t id, kin_job *out, kin_error *err)
{
    kin_job job;
    int code = kin_ledger_job_head(ledger, id, &job, err);
    if (code == KIN_OK)
        code = count_job(ledger, &job, err);
    if (code == KIN_OK)
        *out = job;
    return code;
}

int kin_ledger_newest_job(kin_ledger *ledger, int64_t *id, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_JOB_NEWEST, NULL, 0, &row, err);
    if (code == KIN_OK)
        *id = sqlite3_column_int64(row, 0);
    (void)sqlite3_reset(row);
    return code;
}

typedef struct job_taker {
    kin_ledger *ledger;
    int (*take)(void *user, const kin_job *job, kin_error *err);
    void *user;
} job_taker;

static int take_job(void *user, sqlite3_stmt *row, kin_error *err)
{
    const job_taker *taker = user;
    kin_job job = job_row(row);
    int code = count_job(taker->ledger, &job, err);
    return code == KIN_OK ? taker->take(taker->user, &job, err) : code;
}

int kin_ledger_each_job(kin_ledger *ledger, int (*take)(void *user, const kin_job *job, kin_error *err), void *user,
                        kin_error *err)
{
    job_taker taker = { ledger, take, user };
    return kin_ledger__each(ledger, KIN_SQL_EACH_JOB, NULL, 0, take_job, &taker, err);
}

int kin_ledger_each_job_of(kin_ledger *ledger, int64_t origin,
                           int (*take)(void *user, const kin_job *job, kin_error *err), void *user, kin_error *err)
{
    job_taker taker = { ledger, take, user };
    return kin_ledger__each(ledger, KIN_SQL_EACH_JOB_OF, KIN_BIND(kin_ledger__int(origin)), take_job, &taker, err);
}

typedef struct job_item_taker {
    int (*take)(void *user, const kin_job_item *item, kin_error *err);
    void *user;
} job_item_taker;

static double real_or_nan(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(row, column);
}

static kin_job_item job_item_row(sqlite3_stmt *row)
{
    return (kin_job_item) { sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), sqlite3_column_int(row, 2),
                            real_or_nan(row, 3), real_or_nan(row, 4) };
}

int kin_ledger_job_item(kin_ledger *ledger, int64_t job, int64_t item, kin_job_item *out, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code =
        kin_ledger__first(ledger, KIN_SQL_JOB_ITEM, KIN_BIND(kin_ledger__int(job), kin_ledger__int(item)), &row, err);
    if (code != KIN_OK)
        return code;
    *out = row ? job_item_row(row) : (kin_job_item) { .probability = (double)NAN, .score = (double)NAN };
    (void)sqlite3_reset(row);
    return KIN_OK;
}

static int take_job_item(void *user, sqlite3_stmt *row, kin_error *err)
{
    const job_item_taker *taker = user;
    const kin_job_item item = job_item_row(row);
    return taker->take(taker->user, &item, err);
}

int kin_ledger_each_job_item(kin_ledger *ledger, int64_t job,
                             int (*take)(void *user, const kin_job_item *item, kin_error *err), void *user,
                             kin_error *err)
{
    job_item_taker taker = { take, user };
    return kin_ledger__each(ledger, KIN_SQL_EACH_JOB_ITEM, KIN_BIND(kin_ledger__int(job)), take_job_item, &taker,
                            err);
}

int kin_ledger_each_job_item_after(kin_ledger *ledger, int64_t job, int64_t after, size_t most,
                                   int (*take)(void *user, const kin_job_item *item, kin_error *err), void *user,
                                   kin_error *err)
{
    job_item_taker taker = { take, user };
    return kin_ledger__each(ledger, KIN_SQL_EACH_JOB_ITEM_AFTER,
                            KIN_BIND(kin_ledger__int(job), kin_ledger__int(after), kin_ledger__int((int64_t)most)),
                            take_job_item, &taker, err);
}

typedef struct drawn_taker {
    int (*take)(void *user, int64_t item, kin_error *err);
    void *user;
} drawn_taker;

static int take_drawn(void *user, sqlite3_stmt *row, kin_error *err)
{
    const drawn_taker *taker = user;
    return taker->take(taker->user, sqlite3_column_int64(row, 0), err);
}

int kin_ledger_each_drawn(kin_ledger *ledger, kin_unit unit, int (*take)(void *user, int64_t item, kin_error *err),
                          void *user, kin_error *err)
{
    drawn_taker taker = { take, user };
    return kin_ledger__each(ledger, KIN_SQL_EACH_DRAWN, KIN_BIND(kin_ledger__int(unit)), take_drawn, &taker, err);
}

typedef struct stratum_taker {
    int (*take)(void *user, int index, const kin_stratum *stratum, kin_error *err);
    void *user;
} stratum_taker;

static int take_stratum(void *user, sqlite3_stmt *row, kin_error *err)
{
    const stratum_taker *taker = user;
    const kin_stratum stratum = { kin_ledger__column(row, 1), sqlite3_column_int64(row, 2),
                                  sqlite3_column_int64(row, 3) };
    return stratum.name ? taker->take(taker->user, sqlite3_column_int(row, 0), &stratum, err) : kin_fail_memory(err);
}

int kin_ledger_each_stratum(kin_ledger *ledger, int64_t job,
                            int (*take)(void *user, int index, const kin_stratum *stratum, kin_error *err), void *user,
                            kin_error *err)
{
    stratum_taker taker = { take, user };
    return kin_ledger__each(ledger, KIN_SQL_EACH_STRATUM, KIN_BIND(kin_ledger__int(job)), take_stratum, &taker, err);
}

/* ---- What was asked for ---- */

static int add_likes(kin_ledger *ledger, int64_t job, const int64_t *items, size_t n, int unlike, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < n; i++)
        code = kin_ledger__run(ledger, KIN_SQL_JOB_LIKE_ADD,
                               KIN_BIND(kin_ledger__int(job), kin_ledger__int(items[i]), kin_ledger__int(unlike)), err);
    return code;
}

int kin_ledger_job_wish_add(kin_ledger *ledger, int64_t job, const kin_job_wish *wish, kin_error *err)
{
    int code = kin_ledger__writing(ledger, err);
    if (code == KIN_OK)
        code = add_likes(ledger, job, wish->likes, wish->likes_count, 0, err);
    if (code == KIN_OK)
        code = add_likes(ledger, job, wish->unlikes, wish->unlikes_count, 1, err);
    for (size_t i = 0; code == KIN_OK && i < wish->where_count; i++)
        code = kin_ledger__run(ledger, KIN_SQL_JOB_WHERE_ADD,
                               KIN_BIND(kin_ledger__int(job), kin_ledger__text(wish->where[i].key),
                                        kin_ledger__text(wish->where[i].value)),
                               err);
    return code;
}

typedef struct job_like_taker {
    int (*take)(void *user, int64_t item, bool unlike, kin_error *err);
    void *user;
} job_like_taker;

static int take_job_like(void *user, sqlite3_stmt *row, kin_error *err)
{
    const job_like_taker *taker = user;
    return taker->take(taker->user, sqlite3_column_int64(row, 0), sqlite3_column_int(row, 1) != 0, err);
}

int kin_ledger_each_job_like(kin_ledger *ledger, int64_t job,
                             int (*take)(void *user, int64_t item, bool unlike, kin_error *err), void *user,
                             kin_error *err)
{
    job_like_taker taker = { take, user };
    return kin_ledger__each(ledger, KIN_SQL_EACH_JOB_LIKE, KIN_BIND(kin_ledger__int(job)), take_job_like, &taker,
                            err);
}

typedef struct job_where_taker {
    int (*take)(void *user, const kin_attribute *where, kin_error *err);
    void *user;
} job_where_taker;

static int take_job_where(void *user, sqlite3_stmt *row, kin_error *err)
{
    const job_where_taker *taker = user;
    const kin_attribute where = { kin_ledger__column(row, 0), kin_ledger__column(row, 1) };
    return where.key && where.value ? taker->take(taker->user, &where, err) : kin_fail_memory(err);
}

int kin_ledger_each_job_where(kin_ledger *ledger, int64_t job,
                              int (*take)(void *user, const kin_attribute *where, kin_error *err), void *user,
                              kin_error *err)
{
    job_where_taker taker = { take, user };
    return kin_ledger__each(ledger, KIN_SQL_EACH_JOB_WHERE, KIN_BIND(kin_ledger__int(job)), take_job_where, &taker,
                            err);
}
