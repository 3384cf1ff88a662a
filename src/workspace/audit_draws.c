/* The audits drawn so far, and which of their reviewed items may count.
 *
 * Reviewing goes down an audit's random order and may stop anywhere, so what counts is a leading run of reviewed items,
 * stratum by stratum: a prefix of a random order is a random sample. Kin jobs review items of the same order too, and
 * those are mistakes more often than not; they must not decide where the run ends:
 *   - an item that a kin job reviewed keeps its place in the run, with its verdict;
 *   - a run counts only once it holds an item that was reviewed for the audit (or by hand). With r such items in it, a
 *     run that ends before the first unreviewed one is inverse sampling of unpicked items, for which the run's mean is
 *     unbiased (Haldane 1945, Biometrika 33); for r = 0 it would hold picked items only;
 *   - behind the last such item the run goes on only through verdicts older than the newest of them: the run is what it
 *     was when the audit was last worked on, and later finds do not lengthen it.
 * Items that have gone or cannot be read any more are passed over: they leave no gap. */

#include "workspace/report_private.h"

#include "base/checked.h"
#include "base/ids.h"

#include <stdlib.h>

/* ---- Reading ---- */

typedef struct reader {
    kin_arena *arena;
    const kin_frame *frame;
    kin_audits *audits;
    kin_audit *audit; /* whose rows or strata are read */
} reader;

static int take_job(void *user, const kin_job *job, kin_error *err)
{
    reader *r = user;
    kin_audits *audits = r->audits;
    if (job->kind != KIN_JOB_AUDIT) {
        if (!KIN_GROW(&audits->handpicked, &audits->handpicked_capacity, audits->handpicked_count + 1))
            return kin_fail_memory(err);
        audits->handpicked[audits->handpicked_count++] = job->id;
        return KIN_OK;
    }
    bool room = KIN_GROW(&audits->list, &audits->capacity, audits->count + 1);
    char *stratify = kin_arena_string(r->arena, job->stratify);
    if (!room || (job->stratify && !stratify))
        return kin_fail_memory(err);
    audits->list[audits->count++] = (kin_audit) { .id = job->id,
                                                  .unit = job->unit,
                                                  .seed = job->seed,
                                                  .stratify = stratify,
                                                  .population = job->population,
                                                  .drawn = (int64_t)job->items };
    return KIN_OK;
}

static bool grow_strata(kin_audit *audit, size_t need)
{
    bool room = KIN_GROW(&audit->strata, &audit->strata_capacity, need);
    for (; room && audit->strata_count < need; audit->strata_count++)
        audit->strata[audit->strata_count] = (kin_audit_stratum) { 0 };
    return room;
}

static int take_stratum(void *user, int index, const kin_stratum *stratum, kin_error *err)
{
    reader *r = user;
    if (index < 0)
        return kin_fail(err, KIN_E_FORMAT, "audit %lld has a stratum %d", (long long)r->audit->id, index);
    char *name = kin_arena_string(r->arena, stratum->name);
    if (!grow_strata(r->audit, (size_t)index + 1) || (stratum->name && !name))
        return kin_fail_memory(err);
    r->audit->strata[index] = (kin_audit_stratum) { name, stratum->population, stratum->drawn, 0 };
    return KIN_OK;
}

static int take_row(void *user, const kin_job_item *item, kin_error *err)
{
    reader *r = user;
    kin_audit *audit = r->audit;
    if (item->stratum < 0 || (size_t)item->stratum >= audit->strata_count)
        return kin_fail(err, KIN_E_FORMAT, "audit %lld has an item in stratum %d of %zu", (long long)audit->id,
                        item->stratum, audit->strata_count);
    if (!KIN_GROW(&audit->rows, &audit->capacity, audit->count + 1))
        return kin_fail_memory(err);
    uint32_t place = kin_workspace__frame_find(r->frame, item->item);
    audit->rows[audit->count++] = (kin_audit_row) { place, (uint32_t)item->stratum, false };
    return KIN_OK;
}

static int read_draw(kin_ledger *ledger, reader *r, kin_error *err)
{
    kin_audit *audit = r->audit;
    int rc = kin_ledger_each_stratum(ledger, audit->id, take_stratum, r, err);
    if (rc != KIN_OK)
        return rc;
    if (audit->strata_count == 0) {
        if (!grow_strata(audit, 1))
            return kin_fail_memory(err);
        audit->strata[0] = (kin_audit_stratum) { NULL, audit->population, audit->drawn, 0 };
    }
    return kin_ledger_each_job_item(ledger, audit->id, take_row, r, err);
}

int kin_workspace__audits_load(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame, kin_audits *audits,
                               kin_error *err)
{
    reader r = { .arena = arena, .frame = frame, .audits = audits };
    int rc = kin_ledger_each_job(ledger, take_job, &r, err);
    kin_ids_sort(audits->list, audits->count, sizeof *audits->list);
    kin_ids_sort(audits->handpicked, audits->handpicked_count, sizeof *audits->handpicked);
    for (size_t i = 0; rc == KIN_OK && i < audits->count; i++) {
        r.audit = &audits->list[i];
        rc = read_draw(ledger, &r, err);
    }
    return rc;
}

void kin_workspace__audits_clear(kin_audits *audits)
{
    for (size_t i = 0; i < audits->count; i++) {
        free(audits->list[i].rows);
        free(audits->list[i].strata);
    }
    free(audits->list);
    free(audits->handpicked);
    *audits = (kin_audits) { 0 };
}

/* ---- Which rows count ---- */

/* The run of one stratum; `at` counts its rows that are still there. */
typedef struct run {
    bool over;
    int64_t at, last_audited; /* place of the last item reviewed for the audit; 0: none */
    int64_t newest;           /* the newest of their verdicts */
} run;

static void follow(const kin_audit *audit, const kin_frame *frame, run *runs)
{
    for (size_t i = 0; i < audit->count; i++) {
        const kin_audit_row *row = &audit->rows[i];
        run *in = &runs[row->stratum];
        if (row->item == KIN_FRAME_NONE || in->over)
            continue;
        const kin_frame_item *item = &frame->items[row->item];
        in->at++;
        in->over = item->reviewed == 0;
        if (in->over || item->audited == 0)
            continue;
        in->last_audited = in->at;
        in->newest = item->audited > in->newest ? item->audited : in->newest;
    }
}

static void mark(kin_audit *audit, const kin_frame *frame, run *runs)
{
    for (size_t h = 0; h < audit->strata_count; h++) {
        runs[h].at = 0;
        runs[h].over = false;
    }
    for (size_t i = 0; i < audit->count; i++) {
        kin_audit_row *row = &audit->rows[i];
        run *in = &runs[row->stratum];
        if (row->item == KIN_FRAME_NONE || in->over)
            continue;
        int64_t reviewed = frame->items[row->item].reviewed;
        in->at++;
        /* newest is 0, and so older than any, where nothing was reviewed for the audit */
        in->over = in->at > in->last_audited && (reviewed == 0 || reviewed > in->newest);
        row->counted = !in->over;
        audit->counted += row->counted;
    }
}

/* Draws up to the last that counts, those that have gone since included: they had their chance to be drawn as well. */
static void measure_reach(kin_audit *audit, int64_t *drawn)
{
    for (size_t i = 0; i < audit->count; i++) {
        const kin_audit_row *row = &audit->rows[i];
        drawn[row->stratum]++;
        if (row->counted)
            audit->strata[row->stratum].reached = drawn[row->stratum];
    }
}

int kin_workspace__audits_settle(kin_audits *audits, const kin_frame *frame, kin_error *err)
{
    int rc = KIN_OK;
    for (size_t i = 0; rc == KIN_OK && i < audits->count; i++) {
        kin_audit *audit = &audits->list[i];
        run *runs = kin_alloc_zeroed(audit->strata_count, sizeof *runs);
        int64_t *drawn = kin_alloc_zeroed(audit->strata_count, sizeof *drawn);
        if (runs && drawn) {
            follow(audit, frame, runs);
            mark(audit, frame, runs);
            measure_reach(audit, drawn);
        } else {
            rc = kin_fail_memory(err);
        }
        free(runs);
        free(drawn);
    }
    return rc;
}
