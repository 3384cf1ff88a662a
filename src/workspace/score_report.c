/* Score and agreement, over assets that audits of assets drew.
 *
 * The agreement's test wants scores in the order of a simple random draw. Simple audits come in that order. Of an audit
 * stratified by a key it is made again: strata are drawn one after the other in proportion to what is left of their
 * populations, and each gives the next asset of its own random order, until one has no reviewed asset left to give.
 * The seed is the first audit's, so that the order only grows longer as reviewing goes on, and where it ends does not
 * depend on any score. Audits count here for as long as one key at most has stratified them. */

#include "workspace/report_private.h"

#include "base/checked.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Audited assets by stratum, each in random order. */
typedef struct tasks {
    const kin_frame *frame;
    const kin_audits *audits;
    const char *stratify; /* NULL: simple */
    uint64_t seed;        /* of the first audit */
    size_t audits_count;  /* that count */
    uint32_t *asset;      /* [n] in simple random order */
    size_t n;
    double *score; /* [n] */
} tasks;

static bool counts(const tasks *t, size_t j)
{
    return t->audits->list[j].unit == KIN_UNIT_ASSET && j < t->audits_count;
}

/* Returns how many assets there are at most. */
static size_t see_audits(tasks *t)
{
    size_t most = 0;
    bool first = true;
    t->audits_count = t->audits->count;
    for (size_t j = 0; j < t->audits->count; j++) {
        const kin_audit *audit = &t->audits->list[j];
        if (audit->unit != KIN_UNIT_ASSET)
            continue;
        if (audit->stratify && t->stratify && strcmp(audit->stratify, t->stratify) != 0) {
            t->audits_count = j;
            break;
        }
        if (first)
            t->seed = audit->seed;
        first = false;
        t->stratify = audit->stratify ? audit->stratify : t->stratify;
        most += audit->counted;
    }
    return most;
}

static void order_simple(tasks *t)
{
    for (size_t j = 0; j < t->audits->count; j++)
        for (size_t i = 0; counts(t, j) && i < t->audits->list[j].count; i++)
            if (t->audits->list[j].rows[i].counted)
                t->asset[t->n++] = t->audits->list[j].rows[i].item;
}

/* A stratum's queue of audited assets, and its assets not yet drawn for the order. */
typedef struct queue {
    size_t next, end;
    uint64_t left;
} queue;

static void fill_queues(const tasks *t, const kin_frame_key *key, queue *queues, size_t count, uint32_t *queued)
{
    const kin_frame *frame = t->frame;
    for (uint32_t i = 0; i < frame->n; i++)
        queues[key->of[i]].left += kin_workspace__frame_is_asset(frame, i);
    for (size_t i = 0; i < t->n; i++)
        queues[key->of[t->asset[i]]].end++;
    size_t start = 0;
    for (size_t h = 0; h < count; h++) {
        size_t length = queues[h].end;
        queues[h].next = queues[h].end = start;
        start += length;
    }
    for (size_t i = 0; i < t->n; i++)
        queued[queues[key->of[t->asset[i]]].end++] = t->asset[i];
}

/* Makes the simple order of t->asset, which holds the audits' own. */
static int order_strata(tasks *t, const kin_frame_key *key, kin_error *err)
{
    size_t count = key->count + 1, n = 0;
    queue *queues = kin_alloc_zeroed(count, sizeof *queues);
    uint32_t *queued = kin_alloc_array(t->n, sizeof *queued);
    int rc = KIN_OK;
    if (!queues || !queued) {
        rc = kin_fail_memory(err);
        goto out;
    }
    fill_queues(t, key, queues, count, queued);
    kin_rng rng;
    kin_rng_seed(&rng, t->seed);
    for (uint64_t left = t->frame->assets; left > 0; left--) {
        uint64_t pick = kin_rng_below(&rng, left);
        size_t h = 0;
        while (pick >= queues[h].left)
            pick -= queues[h++].left;
        if (queues[h].next == queues[h].end)
            break;
        queues[h].left--;
        t->asset[n++] = queued[queues[h].next++];
    }
    t->n = n;
out:
    free(queues);
    free(queued);
    return rc;
}

static int order_tasks(kin_ledger *ledger, kin_arena *arena, tasks *t, kin_error *err)
{
    kin_frame_keys keys = { 0 };
    const kin_frame_key *key = NULL;
    int rc = KIN_OK;
    order_simple(t);
    if (!t->stratify)
        return KIN_OK;
    if (strcmp(t->stratify, "label") == 0) {
        key = &t->frame->label;
    } else {
        rc = kin_workspace__frame_keys(ledger, arena, t->frame, t->stratify, SIZE_MAX, &keys, err);
        key = keys.count > 0 ? &keys.list[0] : NULL;
    }
    /* strata that cannot be told any more leave no simple order to make */
    if (rc == KIN_OK && (!key || key->count == 0))
        t->n = 0;
    else if (rc == KIN_OK)
        rc = order_strata(t, key, err);
    kin_workspace__frame_keys_clear(&keys);
    return rc;
}

/* ---- Scores ---- */

static void add_errors(kin_task *task, const kin_frame_item *item)
{
    if (item->grade == KIN_GRADE_MINOR)
        task->minor += item->errors;
    else if (item->grade == KIN_GRADE_CRITICAL)
        task->critical += item->errors;
}

/* A verdict on the asset itself tells of missing shapes, or, where there are none, of its label. */
static kin_task asset_task(const kin_frame *frame, uint32_t asset, kin_unit unit)
{
    kin_task task = { 0 };
    add_errors(&task, &frame->items[asset]);
    if (unit == KIN_UNIT_ASSET) {
        task.shapes = 1;
        task.perfect = frame->items[asset].grade == KIN_GRADE_OK;
    }
    return task;
}

static void add_shape(kin_task *task, const kin_frame_item *shape)
{
    task->shapes++;
    task->perfect += shape->grade == KIN_GRADE_OK;
    add_errors(task, shape);
}

static int score_tasks(tasks *t, const kin_report *report, kin_error *err)
{
    const kin_frame *frame = t->frame;
    uint32_t *place = kin_alloc_array(frame->n, sizeof *place);
    kin_task *list = kin_alloc_array(t->n, sizeof *list);
    t->score = kin_alloc_array(t->n, sizeof *t->score);
    int rc = KIN_OK;
    if (!place || !list || !t->score) {
        rc = kin_fail_memory(err);
        goto out;
    }
    for (size_t i = 0; i < frame->n; i++)
        place[i] = KIN_FRAME_NONE;
    for (size_t i = 0; i < t->n; i++) {
        place[t->asset[i]] = (uint32_t)i;
        list[i] = asset_task(frame, t->asset[i], report->unit);
    }
    for (uint32_t i = 0; i < frame->n; i++) {
        uint32_t task = place[frame->items[i].asset];
        if (task != KIN_FRAME_NONE && !kin_workspace__frame_is_asset(frame, i))
            add_shape(&list[task], &frame->items[i]);
    }
    for (size_t i = 0; i < t->n; i++) {
        uint32_t asset = t->asset[i];
        if (list[i].shapes == 0 && frame->items[asset].label != 0) {
            list[i].shapes = 1;
            list[i].perfect = frame->items[asset].grade == KIN_GRADE_OK;
        }
        t->score[i] = kin_task_score(report->rule, report->weights, list[i]);
    }
out:
    free(place);
    free(list);
    return rc;
}

static int judge(const tasks *t, kin_report *report, kin_error *err)
{
    double conf = kin_workspace__score_conf(report);
    int rc = KIN_OK;
    report->has_agreement = report->sla > 0 && t->frame->assets > 0;
    if (report->has_agreement) {
        rc = kin_agreement_init(&report->agreement, t->frame->assets, report->sla, report->risk, err);
        for (size_t i = 0; rc == KIN_OK && i < t->n; i++)
            rc = kin_agreement_push(&report->agreement, t->score[i], err);
        if (rc == KIN_OK)
            report->agreement_more = kin_agreement_more(&report->agreement, t->score, t->n, &report->agreement_likely);
    }
    if (rc == KIN_OK)
        rc = kin_agreement_interval(t->score, t->n, t->frame->assets, conf, &report->score_interval, err);
    return rc;
}

int kin_workspace__report_score(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame, const kin_audits *audits,
                                const kin_slices_options *options, kin_report *report, kin_error *err)
{
    tasks t = { .frame = frame, .audits = audits };
    t.asset = kin_alloc_array(see_audits(&t), sizeof *t.asset);
    int rc = t.asset ? order_tasks(ledger, arena, &t, err) : kin_fail_memory(err);
    if (rc == KIN_OK)
        rc = score_tasks(&t, report, err);
    if (rc == KIN_OK) {
        report->score = kin_batch_score(t.score, t.n);
        report->tasks = t.n;
        report->tasks_population = frame->assets;
        rc = judge(&t, report, err);
    }
    if (rc == KIN_OK && options->full)
        rc = kin_workspace__report_course(arena, t.score, t.n, report, err);
    free(t.asset);
    free(t.score);
    return rc;
}
