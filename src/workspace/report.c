/* One report: everything is read within one moment of the ledger, then joined. */

#include "workspace/report_private.h"

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

static int make_report(kin_ledger *ledger, const kin_slices_options *options, kin_report *report, kin_error *err)
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

int kin_workspace_slices(kin_workspace *workspace, const kin_slices_options *options, kin_report *out, kin_error *err)
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
        rc = make_report(workspace->ledger, options, &report, err);
        if (rc == KIN_OK)
            rc = kin_ledger_commit(workspace->ledger, err);
        if (rc != KIN_OK)
            kin_ledger_rollback(workspace->ledger);
    }
    if (rc == KIN_OK)
        *out = report;
    else
        kin_report_clear(&report);
    return rc;
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
