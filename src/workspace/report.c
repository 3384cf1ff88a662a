/* One report: everything is read within one moment of the ledger, then joined. */

#include "workspace/report_private.h"

#include "base/checked.h"

#include <stdlib.h>

struct kin_report_memory {
    kin_arena arena;
};

static int check_options(const kin_slices_options *options, kin_error *err)
{
    if (!(options->conf == 0 || (options->conf >= 0.5 && options->conf < 1)))
        return kin_fail(err, KIN_E_USAGE, "a confidence is within 0.5 and 1, such as 0.95; not %g", options->conf);
    if (!(options->sla >= 0 && options->sla <= 1))
        return kin_fail(err, KIN_E_USAGE, "an agreement is a part of 1, such as 0.95; not %g", options->sla);
    if (!(options->risk >= 0 && options->risk < 0.5))
        return kin_fail(err, KIN_E_USAGE, "a risk is within 0 and 0.5, such as 0.05; not %g", options->risk);
    if (!(options->weights.minor >= 0 && options->weights.critical >= 0))
        return kin_fail(err, KIN_E_USAGE, "weights of errors are not negative");
    return KIN_OK;
}

static void settle_options(const kin_slices_options *options, kin_report *report)
{
    report->conf = options->conf > 0 ? options->conf : 0.95;
    report->sla = options->sla;
    report->risk = options->risk > 0 ? options->risk : 0.05;
    report->rule = options->rule;
    report->weights = options->weights;
    if (report->weights.minor == 0 && report->weights.critical == 0)
        report->weights = (kin_score_weights)KIN_SCORE_WEIGHTS_INIT;
}

/* Predictions are of use from so many audited items and mistakes on (kin_rate_helped). */
static bool is_worth_predicting(const kin_audit_sample *sample)
{
    size_t mistakes = 0;
    for (size_t r = 0; r < sample->n; r++)
        mistakes += sample->y[r] > 0;
    return sample->n >= KIN_HELP_ITEMS && mistakes >= KIN_HELP_MISTAKES;
}

/* Without memory the report fails; any other trouble leaves it plain. */
static int add_predictions(const kin_predictor *predictor, const kin_frame *frame, kin_audit_sample *sample,
                           kin_report *report, kin_error *err)
{
    kin_error why = KIN_ERROR_INIT;
    if (!predictor || !is_worth_predicting(sample))
        return KIN_OK;
    double *probability = kin_alloc_array(frame->n, sizeof *probability);
    int rc = probability ? KIN_OK : kin_fail_memory(&why);
    if (rc == KIN_OK)
        rc = predictor->predict(predictor->user, frame, sample, report->unit, probability, &why);
    if (rc == KIN_OK)
        rc = kin_workspace__sample_predict(sample, frame, probability, &why);
    free(probability);
    if (rc == KIN_OK)
        return KIN_OK;
    report->unhelped = kin_arena_string(&report->memory->arena, why.message);
    return rc == KIN_E_MEMORY || !report->unhelped ? kin_fail_memory(err) : KIN_OK;
}

static int make_report(kin_ledger *ledger, const kin_slices_options *options, const kin_predictor *predictor,
                       kin_report *report, kin_error *err)
{
    kin_arena *arena = &report->memory->arena;
    kin_frame frame = { 0 };
    kin_audits audits = { 0 };
    kin_audit_sample sample = { 0 };
    int rc = kin_workspace__frame_load(ledger, arena, &frame, err);
    if (rc == KIN_OK)
        rc = kin_workspace__audits_load(ledger, arena, &frame, &audits, err);
    if (rc == KIN_OK)
        rc = kin_workspace__frame_verdicts(ledger, &frame, audits.handpicked, audits.handpicked_count, err);
    if (rc == KIN_OK)
        rc = kin_workspace__audits_settle(&audits, &frame, err);
    report->unit = frame.shapes > 0 ? KIN_UNIT_SHAPE : KIN_UNIT_ASSET;
    if (rc == KIN_OK)
        rc = kin_workspace__sample_new(ledger, arena, &frame, &audits, report->unit, &sample, err);
    report->waiting = sample.waiting;
    report->open = sample.open;
    if (rc == KIN_OK)
        rc = add_predictions(predictor, &frame, &sample, report, err);
    if (rc == KIN_OK)
        rc = kin_workspace__report_score(ledger, arena, &frame, &audits, options, report, err);
    if (rc == KIN_OK)
        rc = kin_workspace__report_slices(ledger, arena, &frame, &sample, options, report, err);
    if (rc == KIN_OK && options->full)
        rc = kin_workspace__report_jobs(ledger, arena, &audits, report, err);
    if (rc == KIN_OK && options->full)
        rc = kin_workspace__report_confusions(ledger, arena, &frame, report, err);
    kin_workspace__sample_clear(&sample);
    kin_workspace__audits_clear(&audits);
    kin_workspace__frame_clear(&frame);
    return rc;
}

int kin_workspace__slices_by(kin_workspace *workspace, const kin_slices_options *options,
                             const kin_predictor *predictor, kin_report *out, kin_error *err)
{
    kin_report report = { 0 };
    int rc = check_options(options, err);
    if (rc != KIN_OK)
        return rc;
    settle_options(options, &report);
    report.memory = calloc(1, sizeof *report.memory);
    if (!report.memory)
        return kin_fail_memory(err);
    rc = kin_ledger_begin(workspace->ledger, err);
    if (rc == KIN_OK) {
        rc = make_report(workspace->ledger, options, predictor, &report, err);
        rc = kin_workspace__end(workspace->ledger, rc, err);
    }
    if (rc == KIN_OK)
        *out = report;
    else
        kin_report_clear(&report);
    return rc;
}

int kin_workspace_slices(kin_workspace *workspace, const kin_slices_options *options, kin_report *out, kin_error *err)
{
    kin_kinship_predictor kinship;
    kin_predictor predictor = { kin_workspace__predict, &kinship };
    if (options->plain)
        return kin_workspace__slices_by(workspace, options, NULL, out, err);
    kin_workspace__predictor_open(workspace, &kinship);
    return kin_workspace__slices_by(workspace, options, &predictor, out, err);
}

void kin_report_clear(kin_report *report)
{
    if (!report)
        return;
    if (report->memory)
        kin_arena_clear(&report->memory->arena);
    free(report->memory);
    *report = (kin_report) { 0 };
}
