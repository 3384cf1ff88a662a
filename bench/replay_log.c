/* Gives the log of one ledger to another: every verdict in its order, each withdrawal among them, and every job with
 * its draws as they were.
 *
 *     replay_log FROM.db TO.db
 *
 * TO is of a fresh workspace of the same data set, whose items must be those of FROM, number by number. Nothing of what
 * kin works out is taken over: each verdict and each job is added as it was the first time, and one that the ledger
 * does not take is an error, as is one that gets another number. Prints how much there was. */

#include "base/arena.h"
#include "base/checked.h"
#include "kin/review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct replay {
    kin_ledger *from, *to;
    kin_arena arena; /* of the job at hand */
    int64_t jobs, verdicts, withdrawn, items;
} replay;

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* ---- Items ---- */

static int compare_item(void *user, const kin_item *item, kin_error *err)
{
    replay *r = user;
    kin_item other;
    int code = kin_ledger_item(r->to, item->id, &other, err);
    if (code != KIN_OK)
        return code;
    if (other.asset != item->asset || other.state != item->state || !same_text(other.path, item->path) ||
        !same_text(other.shape, item->shape) || !same_text(other.label, item->label))
        return kin_fail(err, KIN_E_FORMAT, "item %lld is %s %s here and %s %s there", (long long)item->id, item->path,
                        item->shape ? item->shape : "", other.path, other.shape ? other.shape : "");
    r->items++;
    return KIN_OK;
}

static int compare_items(replay *r, kin_error *err)
{
    const kin_item_filter all = { .states = ~0u };
    kin_ledger_counts from, to;
    int code = kin_ledger_count(r->from, &from, err);
    if (code == KIN_OK)
        code = kin_ledger_count(r->to, &to, err);
    if (code == KIN_OK && (from.assets != to.assets || from.shapes != to.shapes || from.gone != to.gone))
        code = kin_fail(err, KIN_E_FORMAT, "%llu images and %llu shapes here, %llu and %llu there",
                        (unsigned long long)from.assets, (unsigned long long)from.shapes, (unsigned long long)to.assets,
                        (unsigned long long)to.shapes);
    return code == KIN_OK ? kin_ledger_each_item(r->from, &all, compare_item, r, err) : code;
}

/* ---- Jobs ---- */

/* Lists that grow; what they point to is the arena's. */
typedef struct job_parts {
    kin_arena *arena;
    kin_job_item *items;
    kin_stratum *strata;
    int64_t *likes, *unlikes;
    kin_attribute *where;
    size_t items_count, items_room, strata_count, strata_room, likes_count, likes_room, unlikes_count, unlikes_room,
        where_count, where_room;
} job_parts;

static int take_item(void *user, const kin_job_item *item, kin_error *err)
{
    job_parts *p = user;
    if (!KIN_GROW(&p->items, &p->items_room, p->items_count + 1))
        return kin_fail_memory(err);
    p->items[p->items_count++] = *item;
    return KIN_OK;
}

static int take_stratum(void *user, int index, const kin_stratum *stratum, kin_error *err)
{
    job_parts *p = user;
    bool room = KIN_GROW(&p->strata, &p->strata_room, p->strata_count + 1);
    const char *name = kin_arena_string(p->arena, stratum->name);
    if (!room || !name)
        return kin_fail_memory(err);
    if (index != (int)p->strata_count)
        return kin_fail(err, KIN_E_FORMAT, "stratum %d is not where it belongs", index);
    p->strata[p->strata_count++] = (kin_stratum) { name, stratum->population, stratum->drawn };
    return KIN_OK;
}

static int take_like(void *user, int64_t item, bool unlike, kin_error *err)
{
    job_parts *p = user;
    int64_t **ids = unlike ? &p->unlikes : &p->likes;
    size_t *count = unlike ? &p->unlikes_count : &p->likes_count;
    if (!KIN_GROW(ids, unlike ? &p->unlikes_room : &p->likes_room, *count + 1))
        return kin_fail_memory(err);
    (*ids)[(*count)++] = item;
    return KIN_OK;
}

static int take_where(void *user, const kin_attribute *where, kin_error *err)
{
    job_parts *p = user;
    bool room = KIN_GROW(&p->where, &p->where_room, p->where_count + 1);
    const char *key = kin_arena_string(p->arena, where->key), *value = kin_arena_string(p->arena, where->value);
    if (!room || !key || !value)
        return kin_fail_memory(err);
    p->where[p->where_count++] = (kin_attribute) { key, value };
    return KIN_OK;
}

static int read_parts(replay *r, int64_t id, job_parts *p, kin_error *err)
{
    int code = kin_ledger_each_job_item(r->from, id, take_item, p, err);
    if (code == KIN_OK)
        code = kin_ledger_each_stratum(r->from, id, take_stratum, p, err);
    if (code == KIN_OK)
        code = kin_ledger_each_job_like(r->from, id, take_like, p, err);
    return code == KIN_OK ? kin_ledger_each_job_where(r->from, id, take_where, p, err) : code;
}

static void free_parts(job_parts *p)
{
    free(p->items);
    free(p->strata);
    free(p->likes);
    free(p->unlikes);
    free(p->where);
}

static int add_job(replay *r, const kin_job *job, const job_parts *p, kin_error *err)
{
    const kin_job_wish wish = { p->likes, p->unlikes, p->likes_count, p->unlikes_count, p->where, p->where_count };
    int64_t id = 0;
    int code =
        kin_ledger_job_add(r->to, job, p->items, p->items_count, p->strata_count ? p->strata : NULL, p->strata_count,
                           &id, err);
    if (code == KIN_OK)
        code = kin_ledger_job_wish_add(r->to, id, &wish, err);
    if (code == KIN_OK && id != job->id)
        code = kin_fail(err, KIN_E_FORMAT, "job %lld became job %lld", (long long)job->id, (long long)id);
    return code;
}

/* The head is read last: its texts live until the next call on the ledger that it is from. */
static int replay_job(replay *r, int64_t id, kin_error *err)
{
    job_parts parts = { .arena = &r->arena };
    kin_job job;
    kin_arena_reset(&r->arena);
    int code = read_parts(r, id, &parts, err);
    if (code == KIN_OK)
        code = kin_ledger_job_head(r->from, id, &job, err);
    if (code == KIN_OK)
        code = add_job(r, &job, &parts, err);
    free_parts(&parts);
    r->jobs = id;
    return code;
}

/* Jobs up to the one of this number, those that stand before it in the log among them. */
static int replay_jobs(replay *r, int64_t last, kin_error *err)
{
    int code = KIN_OK;
    while (code == KIN_OK && r->jobs < last)
        code = replay_job(r, r->jobs + 1, err);
    return code;
}

/* ---- Verdicts ---- */

static int check_taken(replay *r, const kin_verdict *verdict, bool added, kin_error *err)
{
    int64_t newest = 0;
    int code = kin_ledger_newest_verdict(r->to, &newest, err);
    if (code == KIN_OK && (!added || newest != verdict->id))
        code = kin_fail(err, KIN_E_FORMAT, "verdict %lld was not taken again", (long long)verdict->id);
    return code;
}

/* Jobs are read of the ledger that the verdict's texts are borrowed from, so they come from a copy. */
static int give_verdict(void *user, const kin_verdict *verdict, kin_error *err)
{
    replay *r = user;
    kin_arena arena = KIN_ARENA_INIT;
    kin_verdict again = *verdict;
    bool added = false;
    again.should_be = kin_arena_string(&arena, verdict->should_be);
    again.kind = kin_arena_string(&arena, verdict->kind);
    again.note = kin_arena_string(&arena, verdict->note);
    again.reviewer = kin_arena_string(&arena, verdict->reviewer);
    int code = replay_jobs(r, again.job, err);
    if (code == KIN_OK)
        code = again.grade == KIN_GRADE_NONE ? kin_ledger_verdict_withdraw(r->to, &again, &added, err)
                                             : kin_ledger_verdict_add(r->to, &again, &added, err);
    if (code == KIN_OK)
        code = check_taken(r, &again, added, err);
    r->verdicts++;
    r->withdrawn += again.grade == KIN_GRADE_NONE;
    kin_arena_clear(&arena);
    return code;
}

static int replay_all(replay *r, kin_error *err)
{
    int64_t last_job = 0, last_verdict = 0;
    int code = kin_ledger_begin(r->from, err);
    if (code == KIN_OK)
        code = kin_ledger_begin(r->to, err);
    if (code == KIN_OK)
        code = compare_items(r, err);
    if (code == KIN_OK)
        code = kin_ledger_newest_job(r->from, &last_job, err);
    if (code == KIN_OK)
        code = kin_ledger_newest_verdict(r->from, &last_verdict, err);
    if (code == KIN_OK)
        code = kin_ledger_each_verdict_between(r->from, 1, last_verdict, 0, give_verdict, r, err);
    if (code == KIN_OK)
        code = replay_jobs(r, last_job, err);
    return code == KIN_OK ? kin_ledger_commit(r->to, err) : code;
}

int main(int argc, char **argv)
{
    replay r = { .arena = KIN_ARENA_INIT };
    kin_error err = KIN_ERROR_INIT;
    if (argc != 3) {
        fprintf(stderr, "usage: replay_log FROM.db TO.db    TO: of a fresh workspace of the same data set\n");
        return 2;
    }
    int code = kin_ledger_open(argv[1], KIN_LEDGER_READ, &r.from, &err);
    if (code == KIN_OK)
        code = kin_ledger_open(argv[2], KIN_LEDGER_WRITE, &r.to, &err);
    if (code == KIN_OK)
        code = replay_all(&r, &err);
    if (code == KIN_OK)
        printf("%lld items the same; %lld jobs and %lld verdicts given again, %lld of these withdrawals\n",
               (long long)r.items, (long long)r.jobs, (long long)r.verdicts, (long long)r.withdrawn);
    else
        fprintf(stderr, "replay_log: %s\n", err.message);
    kin_ledger_close(r.from);
    kin_ledger_close(r.to);
    kin_arena_clear(&r.arena);
    return code != KIN_OK;
}
