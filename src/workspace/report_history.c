/* What a full report adds: how the score came about, and the jobs.
 *
 * A point of the course costs a confidence sequence over all tasks before it, so there are fewer of them where there
 * are many tasks. The sequence's intervals only ever shrink, whatever points are looked at. */

#include "workspace/report_private.h"

#include "base/checked.h"

#include <math.h>

#define COURSE_MOST 60
#define COURSE_LEAST 8
#define COURSE_TASKS 400000 /* tasks gone through at all points together */
#define CONF_WITHOUT_AGREEMENT 0.9

double kin_workspace__score_conf(const kin_report *report)
{
    return report->sla > 0 ? 1 - 2 * report->risk : CONF_WITHOUT_AGREEMENT;
}

static size_t points_of(size_t n)
{
    size_t points = n > 0 ? COURSE_TASKS / n : 0;
    points = points < COURSE_LEAST ? COURSE_LEAST : points > COURSE_MOST ? COURSE_MOST : points;
    return points < n ? points : n;
}

static void *arena_array(kin_arena *arena, size_t count, size_t size)
{
    size_t bytes = 0;
    return kin_size_mul(count, size, &bytes) ? kin_arena_alloc(arena, bytes) : NULL;
}

int kin_workspace__report_course(kin_arena *arena, const double *scores, size_t n, kin_report *report, kin_error *err)
{
    size_t points = points_of(n), done = 0;
    kin_score_point *course = arena_array(arena, points + 1, sizeof *course);
    kin_agreement agreement = { 0 };
    double sum = 0;
    int rc = course ? KIN_OK : kin_fail_memory(err);
    if (rc == KIN_OK && report->has_agreement)
        rc = kin_agreement_init(&agreement, report->tasks_population, report->sla, report->risk, err);
    for (size_t i = 0; rc == KIN_OK && i < points; i++) {
        size_t tasks = (size_t)ceil((double)n * (double)(i + 1) / (double)points);
        for (; rc == KIN_OK && done < tasks; done++) {
            sum += scores[done];
            if (report->has_agreement)
                rc = kin_agreement_push(&agreement, scores[done], err);
        }
        course[i] = (kin_score_point) { .tasks = tasks, .score = sum / (double)tasks, .p_pass = NAN, .p_fail = NAN };
        if (rc == KIN_OK && report->has_agreement) {
            course[i].p_pass = kin_agreement_p(&agreement, KIN_AGREEMENT_PASS);
            course[i].p_fail = kin_agreement_p(&agreement, KIN_AGREEMENT_FAIL);
        }
        if (rc == KIN_OK)
            rc = kin_agreement_interval(scores, tasks, report->tasks_population, kin_workspace__score_conf(report),
                                        &course[i].interval, err);
    }
    if (rc != KIN_OK)
        return rc;
    report->course = course;
    report->course_count = points;
    return KIN_OK;
}

/* ---- Jobs ---- */

typedef struct jobs_reader {
    kin_arena *arena;
    const kin_audits *audits;
    kin_report_job *list;
    size_t count, room;
} jobs_reader;

static uint64_t counted_of(const kin_audits *audits, int64_t id)
{
    for (size_t i = 0; i < audits->count; i++)
        if (audits->list[i].id == id)
            return audits->list[i].counted;
    return 0;
}

static int take_job(void *user, const kin_job *job, kin_error *err)
{
    jobs_reader *reader = user;
    if (reader->count == reader->room) /* one moment of the ledger: there are no more than the audits and the others */
        return KIN_OK;
    kin_report_job *row = &reader->list[reader->count++];
    *row = (kin_report_job) { .job = *job, .counted = counted_of(reader->audits, job->id) };
    row->job.stratify = kin_arena_string(reader->arena, job->stratify);
    row->job.title = kin_arena_string(reader->arena, job->title);
    if ((job->stratify && !row->job.stratify) || (job->title && !row->job.title))
        return kin_fail_memory(err);
    return KIN_OK;
}

int kin_workspace__report_jobs(kin_ledger *ledger, kin_arena *arena, const kin_audits *audits, kin_report *report,
                               kin_error *err)
{
    jobs_reader reader = { .arena = arena, .audits = audits };
    reader.room = audits->count + audits->handpicked_count;
    reader.list = arena_array(arena, reader.room + 1, sizeof *reader.list);
    if (!reader.list)
        return kin_fail_memory(err);
    int rc = kin_ledger_each_job(ledger, take_job, &reader, err);
    if (rc != KIN_OK)
        return rc;
    report->jobs = reader.list;
    report->jobs_count = reader.count;
    return KIN_OK;
}
