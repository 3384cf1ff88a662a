#include "json/json_answers.h"

#include <math.h>

static void add_rate(kin_json *json, cJSON *parent, const char *key, const kin_estimate *rate)
{
    cJSON *object = kin_json_object(json, parent, key);
    bool audited = rate->n > 0;
    kin_json_number(json, object, "value", audited ? rate->rate : NAN);
    kin_json_number(json, object, "lo", audited ? rate->lo : NAN);
    kin_json_number(json, object, "hi", audited ? rate->hi : NAN);
    kin_json_count(json, object, "n", rate->n);
    kin_json_count(json, object, "mistakes", rate->mistakes);
    kin_json_number(json, object, "effective_n", audited ? rate->effective_n : NAN);
    kin_json_number(json, object, "lambda", audited ? rate->lambda : NAN);
    kin_json_text(json, object, "method", audited ? rate->method : NULL);
}

static void add_remaining(kin_json *json, cJSON *parent, const kin_remaining *remaining)
{
    cJSON *object = kin_json_object(json, parent, "remaining");
    bool known = isfinite(remaining->total);
    kin_json_number(json, object, "total", remaining->total);
    kin_json_number(json, object, "total_lo", known ? remaining->total_lo : NAN);
    kin_json_number(json, object, "total_hi", known ? remaining->total_hi : NAN);
    kin_json_number(json, object, "left", known ? remaining->left : NAN);
    kin_json_number(json, object, "left_lo", known ? remaining->left_lo : NAN);
    kin_json_number(json, object, "left_hi", known ? remaining->left_hi : NAN);
}

static void add_score(kin_json *json, const kin_report *report, const kin_slices_options *options)
{
    cJSON *score = kin_json_object(json, NULL, "score"), *weights = kin_json_object(json, score, "weights");
    bool known = report->tasks > 0;
    kin_json_text(json, score, "rule", kin_score_rule_name(report->rule));
    kin_json_number(json, weights, "minor", options->weights.minor);
    kin_json_number(json, weights, "critical", options->weights.critical);
    kin_json_number(json, score, "value", known ? report->score : NAN);
    kin_json_count(json, score, "tasks", report->tasks);
    kin_json_count(json, score, "population", report->tasks_population);
    kin_json_number(json, score, "lo", known ? report->score_interval.lo : NAN);
    kin_json_number(json, score, "hi", known ? report->score_interval.hi : NAN);
}

static void add_agreement(kin_json *json, const kin_report *report, const kin_slices_options *options)
{
    const kin_agreement *agreement = &report->agreement;
    if (!report->has_agreement) {
        kin_json_text(json, NULL, "agreement", NULL);
        return;
    }
    cJSON *object = kin_json_object(json, NULL, "agreement");
    bool audited = report->tasks > 0, open = agreement->verdict == KIN_AGREEMENT_UNDECIDED;
    kin_json_number(json, object, "threshold", options->sla);
    kin_json_number(json, object, "risk", options->risk);
    kin_json_text(json, object, "verdict", kin_agreement_verdict_name(agreement->verdict));
    kin_json_number(json, object, "decided_at", open ? NAN : (double)agreement->decided_at);
    kin_json_number(json, object, "p_pass", audited ? kin_agreement_p(agreement, KIN_AGREEMENT_PASS) : NAN);
    kin_json_number(json, object, "p_fail", audited ? kin_agreement_p(agreement, KIN_AGREEMENT_FAIL) : NAN);
    kin_json_count(json, object, "more", report->agreement_more);
    kin_json_text(json, object, "likely",
                  open && audited ? kin_agreement_verdict_name(report->agreement_likely) : NULL);
}

static void add_slice(kin_json *json, cJSON *list, const kin_slice *slice)
{
    cJSON *entry = kin_json_entry(json, list);
    const kin_slice_figures *figures = &slice->figures;
    bool audited = figures->slice.n > 0;
    kin_json_text(json, entry, "key", slice->key);
    kin_json_text(json, entry, "value", slice->value);
    kin_json_text(json, entry, "key2", slice->key2);
    kin_json_text(json, entry, "value2", slice->value2);
    kin_json_count(json, entry, "population", slice->population);
    kin_json_count(json, entry, "audited", figures->slice.n);
    kin_json_count(json, entry, "mistakes", figures->slice.mistakes);
    kin_json_count(json, entry, "known", slice->known);
    kin_json_count(json, entry, "known_ok", slice->known_ok);
    add_rate(json, entry, "rate", &figures->slice);
    add_rate(json, entry, "plain", &slice->plain);
    add_remaining(json, entry, &slice->remaining);
    kin_json_number(json, entry, "lift", figures->lift);
    kin_json_number(json, entry, "share", figures->share);
    kin_json_number(json, entry, "p", audited ? figures->p : NAN);
    kin_json_number(json, entry, "q", audited ? figures->q : NAN);
    kin_json_number(json, entry, "more", slice->more >= 0 ? (double)slice->more : NAN);
}

void kin_json_report(kin_json *json, const kin_report *report, const kin_slices_options *options)
{
    kin_json_text(json, NULL, "unit", kin_unit_name(report->unit));
    kin_json_count(json, NULL, "population", report->population);
    kin_json_count(json, NULL, "known", report->known);
    kin_json_count(json, NULL, "known_ok", report->known_ok);
    kin_json_count(json, NULL, "waiting", report->waiting);
    kin_json_count(json, NULL, "open", report->open);
    add_rate(json, NULL, "rate", &report->rate);
    add_rate(json, NULL, "plain", &report->plain);
    kin_json_text(json, NULL, "unhelped", report->unhelped);
    add_remaining(json, NULL, &report->remaining);
    add_score(json, report, options);
    add_agreement(json, report, options);
    kin_json_count(json, NULL, "tested", report->tested);
    cJSON *list = kin_json_list(json, NULL, "slices");
    for (size_t i = 0; i < report->slices_count; i++)
        add_slice(json, list, &report->slices[i]);
}
