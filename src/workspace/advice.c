/* Rules in the order in which their answers press: each looks at the report, and adds a piece of advice or none. What
 * is under way comes before what would start anew; where nothing else is left to say, that is said. */

#include "kin/advice.h"

#include "base/arena.h"
#include "base/checked.h"
#include "base/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    advices_most = 16,
    jobs_most = 3,   /* open jobs told one by one */
    slices_most = 3, /* noisy slices likewise */
    audit_size = 300,
    job_size = 100,
    likes_most = 3 /* items that a job of kin is to be like */
};

struct kin_advices_memory {
    kin_arena arena;
    bool failed;
    kin_advice list[advices_most];
};

typedef struct adviser {
    const kin_report *report;
    kin_advices *out;
} adviser;

const char *kin_advice_kind_name(kin_advice_kind kind)
{
    static const char *const names[] = {
        [KIN_ADVICE_INDEX] = "index", [KIN_ADVICE_REVIEW] = "review", [KIN_ADVICE_AUDIT] = "audit",
        [KIN_ADVICE_MORE] = "more",   [KIN_ADVICE_NOISE] = "noise",   [KIN_ADVICE_THIN] = "thin",
        [KIN_ADVICE_KIN] = "kin",     [KIN_ADVICE_MEND] = "mend",     [KIN_ADVICE_REST] = "rest",
    };
    return names[kind];
}

/* ---- Writing ---- */

/* The buffer as a string of the advices; clears it. */
static const char *keep(kin_advices *out, kin_buffer *text)
{
    const char *kept = text->failed ? NULL : kin_arena_string(&out->memory->arena, text->data ? text->data : "");
    out->memory->failed |= !kept;
    kin_buffer_clear(text);
    return kept;
}

/* `text` and the commands (NULL: none) are cleared. Advice beyond the most there may be is left out. */
static void advise(adviser *a, kin_advice_kind kind, kin_buffer *text, kin_buffer *first, kin_buffer *second)
{
    kin_advice advice = { .kind = kind, .text = keep(a->out, text) };
    if (first)
        advice.commands[0] = keep(a->out, first);
    if (second)
        advice.commands[1] = keep(a->out, second);
    if (a->out->count < advices_most)
        a->out->list[a->out->count++] = advice;
}

/* " --name value", joined by = where the value would look like an option. */
static void add_option(kin_buffer *out, const char *name, const char *value)
{
    kin_buffer_printf(out, " --%s%c", name, *value == '-' ? '=' : ' ');
    kin_buffer_shell_word(out, value);
}

static void add_filter(kin_buffer *out, const char *key, const char *value)
{
    kin_buffer pair = KIN_BUFFER_INIT;
    if (strcmp(key, "label") == 0) {
        add_option(out, "label", value);
        return;
    }
    kin_buffer_printf(&pair, "%s=%s", key, value);
    add_option(out, "where", pair.data ? pair.data : "");
    out->failed |= pair.failed;
    kin_buffer_clear(&pair);
}

/* The words of a command, behind its options. */
static void add_items(kin_buffer *out, const char *const *items, size_t n)
{
    bool dashed = false;
    for (size_t i = 0; i < n; i++)
        dashed = dashed || *items[i] == '-';
    kin_buffer_string(out, dashed ? " --" : "");
    for (size_t i = 0; i < n; i++) {
        kin_buffer_char(out, ' ');
        kin_buffer_shell_word(out, items[i]);
    }
}

static void add_slice(kin_buffer *out, const kin_slice *slice)
{
    kin_buffer_printf(out, "%s=%s", slice->key, slice->value);
    if (slice->key2)
        kin_buffer_printf(out, ", %s=%s", slice->key2, slice->value2);
}

static const char *units(const kin_report *report)
{
    return report->unit == KIN_UNIT_SHAPE ? "shapes" : "images";
}

/* ---- What the rules look at ---- */

static uint64_t open_items(const kin_job *job)
{
    return job->items > job->reviewed ? job->items - job->reviewed : 0;
}

static bool is_asset_audit(const kin_job *job)
{
    return job->kind == KIN_JOB_AUDIT && job->unit == KIN_UNIT_ASSET;
}

static uint64_t open_audited_assets(const kin_report *report)
{
    uint64_t open = 0;
    for (size_t i = 0; i < report->jobs_count; i++)
        if (is_asset_audit(&report->jobs[i].job))
            open += open_items(&report->jobs[i].job);
    return open;
}

static uint64_t undrawn_assets(const kin_report *report)
{
    uint64_t drawn = 0;
    for (size_t i = 0; i < report->jobs_count; i++)
        if (is_asset_audit(&report->jobs[i].job))
            drawn += report->jobs[i].job.items;
    return drawn < report->tasks_population ? report->tasks_population - drawn : 0;
}

static bool has_kin_job(const kin_report *report)
{
    for (size_t i = 0; i < report->jobs_count; i++)
        if (report->jobs[i].job.kind != KIN_JOB_AUDIT)
            return true;
    return false;
}

static bool is_advised(const adviser *a, kin_advice_kind kind)
{
    for (size_t i = 0; i < a->out->count; i++)
        if (a->out->list[i].kind == kind)
            return true;
    return false;
}

static bool has_open_strata(const kin_report *report, const char *key)
{
    for (size_t i = 0; i < report->jobs_count; i++) {
        const kin_job *job = &report->jobs[i].job;
        if (job->stratify && strcmp(job->stratify, key) == 0 && open_items(job) > 0)
            return true;
    }
    return false;
}

static uint64_t unreviewed(uint64_t population, uint64_t known, uint64_t known_ok)
{
    return population > known + known_ok ? population - known - known_ok : 0;
}

static uint64_t at_most(uint64_t count, uint64_t most)
{
    return count < most ? count : most;
}

/* ---- The rules ---- */

static void on_nothing(adviser *a)
{
    kin_buffer text = KIN_BUFFER_INIT, command = KIN_BUFFER_INIT;
    kin_buffer_string(&text, "There is no image here that could be read: index the folder that holds them.");
    kin_buffer_string(&command, "kin index FOLDER");
    advise(a, KIN_ADVICE_INDEX, &text, &command, NULL);
}

static void on_open_job(adviser *a, const kin_job *job)
{
    kin_buffer text = KIN_BUFFER_INIT, out = KIN_BUFFER_INIT, in = KIN_BUFFER_INIT;
    long long id = (long long)job->id;
    kin_buffer_printf(&text, "Job %lld (%s) waits for review: ", id,
                      job->title ? job->title : kin_job_kind_name(job->kind));
    kin_figure_add_count(&text, job->reviewed);
    kin_buffer_string(&text, " of ");
    kin_figure_add_count(&text, job->items);
    kin_buffer_string(&text,
                      " are done. Review it in the browser (kin serve --open); or write it to a file, fill in the "
                      "column verdict (ok, minor or critical) and, where another label is right, should_be, and "
                      "read it back.");
    if (job->kind == KIN_JOB_AUDIT)
        kin_buffer_string(&text, " Go from the top without a gap: an audit counts as far as that.");
    kin_buffer_printf(&out, "kin job export %lld -o job%lld.csv", id, id);
    kin_buffer_printf(&in, "kin job import %lld job%lld.csv", id, id);
    advise(a, KIN_ADVICE_REVIEW, &text, &out, &in);
}

static void on_open_jobs(adviser *a)
{
    size_t told = 0;
    for (size_t i = 0; i < a->report->jobs_count && told < jobs_most; i++) {
        if (open_items(&a->report->jobs[i].job) == 0)
            continue;
        on_open_job(a, &a->report->jobs[i].job);
        told++;
    }
}

static void on_no_audit(adviser *a)
{
    const kin_report *report = a->report;
    uint64_t count = at_most(audit_size, undrawn_assets(report));
    kin_buffer text = KIN_BUFFER_INIT, command = KIN_BUFFER_INIT;
    if (report->tasks > 0 || open_audited_assets(report) > 0 || count == 0)
        return;
    kin_buffer_string(&text,
                      "No random audit of whole images yet, and neither score nor rates without one. Images drawn "
                      "at random tell how good all are: ");
    kin_figure_add_count(&text, count);
    kin_buffer_string(&text, " are a good start.");
    kin_buffer_printf(&command, "kin audit %llu", (unsigned long long)count);
    advise(a, KIN_ADVICE_AUDIT, &text, &command, NULL);
}

static void on_undecided(adviser *a)
{
    const kin_report *report = a->report;
    uint64_t open = open_audited_assets(report), more = report->agreement_more;
    if (!report->has_agreement || report->tasks == 0 || more == 0)
        return;
    kin_buffer text = KIN_BUFFER_INIT, command = KIN_BUFFER_INIT;
    kin_buffer_string(&text, "The agreement of ");
    kin_figure_add_percent(&text, report->sla);
    kin_buffer_string(&text, " is undecided. Going on like this, about ");
    kin_figure_add_count(&text, more);
    kin_buffer_printf(&text, more == 1 ? " more image leads to %s" : " more images lead to %s",
                      kin_agreement_verdict_name(report->agreement_likely));
    uint64_t draw = more > open ? at_most(more - open, undrawn_assets(report)) : 0;
    if (draw == 0) {
        kin_buffer_string(&text, open > 0 ? "; they are drawn already, in the open audit." : ".");
        advise(a, KIN_ADVICE_MORE, &text, NULL, NULL);
        return;
    }
    kin_buffer_string(&text, open > 0 ? "; some of them are drawn already." : ".");
    kin_buffer_printf(&command, "kin audit %llu", (unsigned long long)draw);
    advise(a, KIN_ADVICE_MORE, &text, &command, NULL);
}

static void on_missed(adviser *a)
{
    const kin_report *report = a->report;
    kin_buffer text = KIN_BUFFER_INIT;
    if (!report->has_agreement || report->agreement.verdict != KIN_AGREEMENT_FAIL)
        return;
    kin_buffer_string(&text, "The agreement of ");
    kin_figure_add_percent(&text, report->sla);
    kin_buffer_string(&text, " is missed. Correct the labels where the noise is, below; then read the annotations anew "
                             "and audit again.");
    kin_buffer command = KIN_BUFFER_INIT;
    kin_buffer_string(&command, "kin index");
    advise(a, KIN_ADVICE_MEND, &text, &command, NULL);
}

static void on_noisy_slice(adviser *a, const kin_slice *slice)
{
    const kin_estimate *rate = &slice->figures.slice;
    uint64_t left = unreviewed(slice->population, slice->known, slice->known_ok);
    kin_buffer text = KIN_BUFFER_INIT, command = KIN_BUFFER_INIT;
    if (left == 0 || !slice->example)
        return;
    add_slice(&text, slice);
    kin_buffer_string(&text, " is noisier than the rest: ");
    kin_figure_add_percent(&text, rate->rate);
    kin_buffer_string(&text, " (");
    kin_figure_add_range(&text, rate->lo, rate->hi);
    kin_buffer_string(&text, ")");
    if (isfinite(slice->figures.lift))
        kin_buffer_printf(&text, ", %.1f times the rate of all", slice->figures.lift);
    kin_buffer_string(&text, ". Review what in it is most like a mistake that is known.");
    kin_buffer_printf(&command, "kin job kin -n %llu", (unsigned long long)at_most(job_size, left));
    add_filter(&command, slice->key, slice->value);
    if (slice->key2)
        add_filter(&command, slice->key2, slice->value2);
    add_items(&command, &slice->example, 1);
    advise(a, KIN_ADVICE_NOISE, &text, &command, NULL);
}

static void on_noisy_slices(adviser *a)
{
    size_t told = 0;
    for (size_t i = 0; i < a->report->slices_count && told < slices_most; i++) {
        const kin_slice *slice = &a->report->slices[i];
        size_t before = a->out->count;
        if (kin_slice_standing(a->report, slice) == KIN_STANDING_NOISY)
            on_noisy_slice(a, slice);
        told += a->out->count > before;
    }
}

static bool is_thin(const adviser *a, const kin_slice *slice)
{
    kin_standing standing = kin_slice_standing(a->report, slice);
    return (standing == KIN_STANDING_THIN || standing == KIN_STANDING_UNAUDITED) && slice->more > 0;
}

static size_t thin_values(const adviser *a, const char *key)
{
    size_t count = 0;
    for (size_t i = 0; i < a->report->slices_count; i++) {
        const kin_slice *slice = &a->report->slices[i];
        count += !slice->key2 && strcmp(slice->key, key) == 0 && is_thin(a, slice);
    }
    return count;
}

/* The one of which most is to be feared: slices come by the lower bound of their rate. */
static const kin_slice *first_thin(const adviser *a)
{
    for (size_t i = 0; i < a->report->slices_count; i++)
        if (!a->report->slices[i].key2 && is_thin(a, &a->report->slices[i]))
            return &a->report->slices[i];
    return NULL;
}

static void on_thin_slices(adviser *a)
{
    const kin_report *report = a->report;
    const kin_slice *slice = report->rate.n > 0 ? first_thin(a) : NULL;
    uint64_t draw = at_most(audit_size, undrawn_assets(report));
    if (!slice || draw == 0 || has_open_strata(report, slice->key))
        return;
    size_t count = thin_values(a, slice->key);
    kin_buffer text = KIN_BUFFER_INIT, command = KIN_BUFFER_INIT;
    kin_buffer_printf(&text, "Too thin to tell: %zu value%s of %s. The first, %s, needs about ", count,
                      count == 1 ? "" : "s", slice->key, slice->value);
    kin_figure_add_count(&text, (uint64_t)slice->more);
    kin_buffer_printf(&text, " more audited %s. An audit stratified by %s sees to it that none is left out.",
                      units(report), slice->key);
    kin_buffer_printf(&command, "kin audit %llu", (unsigned long long)draw);
    add_option(&command, "stratify", slice->key);
    advise(a, KIN_ADVICE_THIN, &text, &command, NULL);
}

/* Of the mistake made most often a few, else any one that is known. */
static void add_examples(const kin_report *report, kin_buffer *command)
{
    size_t n = 0;
    while (report->confusions_count > 0 && n < likes_most && report->confusions[0].examples[n])
        n++;
    if (n > 0)
        add_items(command, report->confusions[0].examples, n);
    else
        add_items(command, &report->example, 1);
}

static void on_known_mistakes(adviser *a)
{
    const kin_report *report = a->report;
    uint64_t left = unreviewed(report->population, report->known, report->known_ok);
    if (report->known == 0 || left == 0 || !report->example || has_kin_job(report) || is_advised(a, KIN_ADVICE_NOISE))
        return;
    kin_buffer text = KIN_BUFFER_INIT, command = KIN_BUFFER_INIT;
    kin_figure_add_count(&text, report->known);
    kin_buffer_printf(&text, " mistake%s known, and mistakes are seldom alone: make a job of what is most like ",
                      report->known == 1 ? " is" : "s are");
    if (report->confusions_count > 0 && report->confusions[0].given)
        kin_buffer_printf(&text, "a %s that should be %s.", report->confusions[0].given, report->confusions[0].right);
    else
        kin_buffer_string(&text, "one.");
    kin_buffer_printf(&command, "kin job kin -n %llu", (unsigned long long)at_most(job_size, left));
    add_examples(report, &command);
    advise(a, KIN_ADVICE_KIN, &text, &command, NULL);
}

static void on_rest(adviser *a)
{
    const kin_report *report = a->report;
    kin_buffer text = KIN_BUFFER_INIT;
    if (unreviewed(report->population, report->known, report->known_ok) == 0) {
        kin_buffer_printf(&text,
                          "All %s are reviewed: nothing is left to find. Mistakes to be corrected: ", units(report));
        kin_figure_add_count(&text, report->known);
        kin_buffer_char(&text, '.');
    } else if (report->has_agreement && report->agreement.verdict == KIN_AGREEMENT_PASS) {
        kin_buffer_string(&text, "The agreement is met and no slice stands out: nothing has to be done until the data "
                                 "set grows.");
    } else {
        kin_buffer_string(&text, "Nothing stands out. Whether a score is good enough is told with --sla, such as 95.");
    }
    advise(a, KIN_ADVICE_REST, &text, NULL, NULL);
}

int kin_report_advice(const kin_report *report, kin_advices *out, kin_error *err)
{
    static void (*const rules[])(adviser * a) = { on_open_jobs,    on_no_audit,    on_undecided,     on_missed,
                                                  on_noisy_slices, on_thin_slices, on_known_mistakes };
    kin_advices advices = { .memory = calloc(1, sizeof *advices.memory) };
    adviser a = { report, &advices };
    if (!advices.memory)
        return kin_fail_memory(err);
    advices.list = advices.memory->list;
    if (report->population == 0 && report->tasks_population == 0)
        on_nothing(&a);
    else
        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
            rules[i](&a);
    if (advices.count == 0)
        on_rest(&a);
    if (advices.memory->failed) {
        kin_advices_clear(&advices);
        return kin_fail_memory(err);
    }
    *out = advices;
    return KIN_OK;
}

void kin_advices_clear(kin_advices *advices)
{
    if (!advices)
        return;
    if (advices->memory)
        kin_arena_clear(&advices->memory->arena);
    free(advices->memory);
    *advices = (kin_advices) { 0 };
}
