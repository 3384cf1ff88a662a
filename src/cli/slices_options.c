#include "cli/slices_options.h"

#include <string.h>

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

int cli_slices_options(cli_program *cli, const cli_args *args, kin_slices_options *out, kin_error *err)
{
    *out = (kin_slices_options) {
        .pairs = cli_flag(args, "pairs"), .plain = cli_flag(args, "plain"), .conf = 0.95, .risk = 0.05
    };
    int code = read_keys(cli, cli_text(args, "by"), out, err);
    if (code == KIN_OK)
        code = cli_percent(args, "sla", 1.5, 100, &out->sla, err);
    if (code == KIN_OK)
        code = cli_percent(args, "risk", 0.1, 50, &out->risk, err);
    if (code == KIN_OK)
        code = cli_percent(args, "conf", 50, 99.9999, &out->conf, err);
    if (code == KIN_OK)
        code = read_score(args, out, err);
    return code;
}
