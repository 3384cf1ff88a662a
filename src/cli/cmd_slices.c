#include "cli/json.h"
#include "cli/options.h"
#include "cli/slices_text.h"

#include <string.h>

static const cli_option options[] = {
    { "by", 0, "KEY,KEY...", "label or attributes (default: label and every attribute with 2 to 50 values)" },
    { "pairs", 0, NULL, "also every pair of values of two of them" },
    { "sla", 0, "PERCENT", "does the quality score meet this agreement, such as 95?" },
    { "risk", 0, "PERCENT", "chance of a wrong pass or fail that is accepted (default: 5)" },
    { "conf", 0, "PERCENT", "confidence of the intervals (default: 95)" },
    { "score", 0, "RULE", "share (default) or opportunity: how the score counts shapes" },
    { "weights", 0, "MINOR,CRITICAL", "of one error in the score (default: 0.2,1)" },
    { "all", 0, NULL, "every slice, also those not audited yet" },
    { "n", 'n', "ROWS", "how many slices (default: 20)" },
    { 0 },
};

/* "label,annotator" into keys[]; from the arena. */
static int read_keys(cli_program *cli, const char *text, kin_slices_options *out, kin_error *err)
{
    if (!text)
        return KIN_OK;
    const char **keys = kin_arena_alloc(&cli->arena, (strlen(text) + 1) * sizeof *keys);
    if (!keys)
        return kin_fail_memory(err);
    for (const char *place = text;; place++) {
        size_t length = strcspn(place, ",");
        keys[out->by_count] = kin_arena_copy(&cli->arena, place, length);
        if (!keys[out->by_count])
            return kin_fail_memory(err);
        if (length == 0)
            return kin_fail(err, KIN_E_USAGE, "--by needs keys with commas between, such as label,annotator");
        out->by_count++;
        place += length;
        if (!*place)
            break;
    }
    out->by = keys;
    return KIN_OK;
}

static int read_score(const cli_args *args, kin_slices_options *out, kin_error *err)
{
    const char *rule = cli_text(args, "score"), *weights = cli_text(args, "weights");
    double pair[2];
    if (rule && !kin_score_rule_from(rule, &out->rule))
        return kin_fail(err, KIN_E_USAGE, "--score is share or opportunity; not '%s'", rule);
    out->weights = (kin_score_weights)KIN_SCORE_WEIGHTS_INIT;
    if (!weights)
        return KIN_OK;
    int code = cli_numbers(weights, "--weights MINOR,CRITICAL", pair, 2, err);
    if (code != KIN_OK)
        return code;
    if (pair[0] < 0 || pair[1] <= 0)
        return kin_fail(err, KIN_E_USAGE, "--weights MINOR,CRITICAL: minor is at least 0, critical above 0; not '%s'",
                        weights);
    out->weights = (kin_score_weights) { .minor = pair[0], .critical = pair[1] };
    return KIN_OK;
}

static int read_options(cli_program *cli, const cli_args *args, kin_slices_options *out, uint64_t *rows, kin_error *err)
{
    *out = (kin_slices_options) { .pairs = cli_flag(args, "pairs"), .conf = 0.95, .risk = 0.05 };
    *rows = 20;
    int code = read_keys(cli, cli_text(args, "by"), out, err);
    if (code == KIN_OK)
        code = cli_percent(args, "sla", 1.5, 100, &out->sla, err);
    if (code == KIN_OK)
        code = cli_percent(args, "risk", 0.1, 50, &out->risk, err);
    if (code == KIN_OK)
        code = cli_percent(args, "conf", 50, 99.9999, &out->conf, err);
    if (code == KIN_OK)
        code = read_score(args, out, err);
    if (code == KIN_OK)
        code = cli_count(args, "n", 1, 1000000, rows, err);
    return code;
}

static int print_json(const kin_report *report, const kin_slices_options *chosen, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_report(&json, report, chosen);
    return cli_json_print(&json, err);
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_slices_options chosen;
    kin_workspace *workspace = NULL;
    kin_report report = { 0 };
    uint64_t rows = 0;
    int code = read_options(cli, args, &chosen, &rows, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_READ, &workspace, err);
    if (code == KIN_OK)
        code = kin_workspace_slices(workspace, &chosen, &report, err);
    if (code == KIN_OK && cli->json)
        code = print_json(&report, &chosen, err);
    else if (code == KIN_OK)
        code = cli_slices_print(cli, &report, &chosen, (size_t)rows, cli_flag(args, "all"), err);
    kin_report_clear(&report);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_slices = {
    .name = "slices",
    .summary = "report where the mistakes are, and how sure that is",
    .usage = "",
    .about = "Quality score, agreement, error rate, and the error rate of every slice with its interval, the surest "
             "noise first. Rates rest on random audits alone (kin audit); known counts every mistake however found. q: "
             "the share of false alarms to expect among slices at least as noisy, corrected for all that were tested. "
             "lift: the slice's rate over that of all.",
    .options = options,
    .example = "slices --by label,annotator --sla 95",
    .example_about = "the rates of each label and each annotator, and whether the score meets 95 %",
    .json =
        "unit, population, known, known_ok, waiting, open, rate, remaining, score: {rule, weights, value, tasks, "
        "population, lo, hi}, agreement (null without --sla): {threshold, risk, verdict, decided_at, p_pass, p_fail, "
        "more, likely}, tested, slices: [{key, value, key2, value2, population, audited, mistakes, known, known_ok, "
        "rate, remaining, lift, share, p, q, more}]; rate: {value, lo, hi, n, mistakes, effective_n, method}; "
        "remaining: {total, total_lo, total_hi, left, left_lo, left_hi}",
    .run = run,
};
