#include "cli/job_text.h"
#include "cli/json.h"
#include "cli/slices_text.h"

#include <math.h>

static void add_rate(cli_json *json, cJSON *parent, const kin_estimate *rate)
{
    cJSON *object = cli_json_object(json, parent, "rate");
    bool audited = rate->n > 0;
    cli_json_number(json, object, "value", audited ? rate->rate : NAN);
    cli_json_number(json, object, "lo", audited ? rate->lo : NAN);
    cli_json_number(json, object, "hi", audited ? rate->hi : NAN);
    cli_json_count(json, object, "n", rate->n);
    cli_json_count(json, object, "mistakes", rate->mistakes);
    cli_json_number(json, object, "effective_n", audited ? rate->effective_n : NAN);
    cli_json_text(json, object, "method", audited ? rate->method : NULL);
}

static void add_remaining(cli_json *json, cJSON *parent, const kin_remaining *remaining)
{
    cJSON *object = cli_json_object(json, parent, "remaining");
    bool known = isfinite(remaining->total);
    cli_json_number(json, object, "total", remaining->total);
    cli_json_number(json, object, "total_lo", known ? remaining->total_lo : NAN);
    cli_json_number(json, object, "total_hi", known ? remaining->total_hi : NAN);
    cli_json_number(json, object, "left", known ? remaining->left : NAN);
    cli_json_number(json, object, "left_lo", known ? remaining->left_lo : NAN);
    cli_json_number(json, object, "left_hi", known ? remaining->left_hi : NAN);
}

static void add_score(cli_json *json, const kin_report *report, const kin_slices_options *options)
{
    cJSON *score = cli_json_object(json, NULL, "score"), *weights = cli_json_object(json, score, "weights");
    bool known = report->tasks > 0;
    cli_json_text(json, score, "rule", kin_score_rule_name(report->rule));
    cli_json_number(json, weights, "minor", options->weights.minor);
    cli_json_number(json, weights, "critical", options->weights.critical);
    cli_json_number(json, score, "value", known ? report->score : NAN);
    cli_json_count(json, score, "tasks", report->tasks);
    cli_json_count(json, score, "population", report->tasks_population);
    cli_json_number(json, score, "lo", known ? report->score_interval.lo : NAN);
    cli_json_number(json, score, "hi", known ? report->score_interval.hi : NAN);
}

static void add_agreement(cli_json *json, const kin_report *report, const kin_slices_options *options)
{
    const kin_agreement *agreement = &report->agreement;
    if (!report->has_agreement) {
        cli_json_text(json, NULL, "agreement", NULL);
        return;
    }
    cJSON *object = cli_json_object(json, NULL, "agreement");
    bool audited = report->tasks > 0, open = agreement->verdict == KIN_AGREEMENT_UNDECIDED;
    cli_json_number(json, object, "threshold", options->sla);
    cli_json_number(json, object, "risk", options->risk);
    cli_json_text(json, object, "verdict", kin_agreement_verdict_name(agreement->verdict));
    cli_json_number(json, object, "decided_at", open ? NAN : (double)agreement->decided_at);
    cli_json_number(json, object, "p_pass", audited ? kin_agreement_p(agreement, KIN_AGREEMENT_PASS) : NAN);
    cli_json_number(json, object, "p_fail", audited ? kin_agreement_p(agreement, KIN_AGREEMENT_FAIL) : NAN);
    cli_json_count(json, object, "more", report->agreement_more);
    cli_json_text(json, object, "likely",
                  open && audited ? kin_agreement_verdict_name(report->agreement_likely) : NULL);
}

static void add_slice(cli_json *json, cJSON *list, const kin_slice *slice)
{
    cJSON *entry = cli_json_entry(json, list);
    const kin_slice_figures *figures = &slice->figures;
    bool audited = figures->slice.n > 0;
    cli_json_text(json, entry, "key", slice->key);
    cli_json_text(json, entry, "value", slice->value);
    cli_json_text(json, entry, "key2", slice->key2);
    cli_json_text(json, entry, "value2", slice->value2);
    cli_json_count(json, entry, "population", slice->population);
    cli_json_count(json, entry, "audited", figures->slice.n);
    cli_json_count(json, entry, "mistakes", figures->slice.mistakes);
    cli_json_count(json, entry, "known", slice->known);
    cli_json_count(json, entry, "known_ok", slice->known_ok);
    add_rate(json, entry, &figures->slice);
    add_remaining(json, entry, &slice->remaining);
    cli_json_number(json, entry, "lift", figures->lift);
    cli_json_number(json, entry, "share", figures->share);
    cli_json_number(json, entry, "p", audited ? figures->p : NAN);
    cli_json_number(json, entry, "q", audited ? figures->q : NAN);
    cli_json_number(json, entry, "more", slice->more >= 0 ? (double)slice->more : NAN);
}

int cli_slices_json(const kin_report *report, const kin_slices_options *options, kin_error *err)
{
    cli_json json = cli_json_new();
    cli_json_text(&json, NULL, "unit", cli_unit_name(report->unit));
    cli_json_count(&json, NULL, "population", report->population);
    cli_json_count(&json, NULL, "known", report->known);
    cli_json_count(&json, NULL, "known_ok", report->known_ok);
    cli_json_count(&json, NULL, "waiting", report->waiting);
    cli_json_count(&json, NULL, "open", report->open);
    add_rate(&json, NULL, &report->rate);
    add_remaining(&json, NULL, &report->remaining);
    add_score(&json, report, options);
    add_agreement(&json, report, options);
    cli_json_count(&json, NULL, "tested", report->tested);
    cJSON *list = cli_json_list(&json, NULL, "slices");
    for (size_t i = 0; i < report->slices_count; i++)
        add_slice(&json, list, &report->slices[i]);
    return cli_json_print(&json, err);
}
