#ifndef KIN_CLI_SLICES_OPTIONS_H
#define KIN_CLI_SLICES_OPTIONS_H
/* The options of what is measured, shared by `slices` and `report`. */

#include "cli/options.h"
#include "kin/report.h"

#define CLI_SLICES_OPTIONS                                                                                             \
    { "by", 0, "KEY,KEY...", "label or attributes (default: label and every attribute with 2 to 50 values)" },         \
        { "pairs", 0, NULL, "also every pair of values of two of them" },                                              \
        { "plain", 0, NULL, "rates by the audited items alone, without the help of predictions" },                     \
        { "risk", 0, "PERCENT", "chance of a wrong pass or fail that is accepted (default: 5)" },                      \
        { "conf", 0, "PERCENT", "confidence of the intervals (default: 95)" },                                         \
        { "score", 0, "share|opportunity", "how the score counts shapes (default: share)" },                           \
    {                                                                                                                  \
        "weights", 0, "MINOR,CRITICAL", "of one error in the score (default: 0.2,1)"                                   \
    }

/* What their --json gives, for --help. */
#define CLI_SLICES_KEYS                                                                                                \
    "unit, population, known, known_ok, waiting, open, rate, plain (the rate without predictions), unhelped (why "     \
    "there are none; null), remaining, score: {rule, weights, value, tasks, "                                          \
    "population, lo, hi}, agreement (null without --sla): {threshold, risk, verdict, decided_at, p_pass, p_fail, "     \
    "more, likely}, tested, slices: [{key, value, key2, value2, population, audited, mistakes, known, known_ok, "      \
    "rate, plain, remaining, lift, share, p, q, more}]; rate and plain: {value, lo, hi, n, mistakes, effective_n, "    \
    "lambda (share of predictions in it), method}; "                                                                   \
    "remaining: {total, total_lo, total_hi, left, left_lo, left_hi}"

/* Reads those, and --sla; no agreement where it is not given. *out borrows from args and cli->arena. */
int cli_slices_options(cli_program *cli, const cli_args *args, kin_slices_options *out, kin_error *err);

#endif
