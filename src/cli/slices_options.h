#ifndef KIN_CLI_SLICES_OPTIONS_H
#define KIN_CLI_SLICES_OPTIONS_H
/* The options of what is measured, shared by `slices` and `report`. */

#include "cli/options.h"
#include "kin/report.h"

#define CLI_SLICES_OPTIONS                                                                                             \
    { "by", 0, "KEY,KEY...", "label or attributes (default: label and every attribute with 2 to 50 values)" },         \
        { "pairs", 0, NULL, "also every pair of values of two of them" },                                              \
        { "risk", 0, "PERCENT", "chance of a wrong pass or fail that is accepted (default: 5)" },                      \
        { "conf", 0, "PERCENT", "confidence of the intervals (default: 95)" },                                         \
        { "score", 0, "RULE", "share (default) or opportunity: how the score counts shapes" },                         \
    {                                                                                                                  \
        "weights", 0, "MINOR,CRITICAL", "of one error in the score (default: 0.2,1)"                                   \
    }

/* Reads those, and --sla; no agreement where it is not given. *out borrows from args and cli->arena. */
int cli_slices_options(cli_program *cli, const cli_args *args, kin_slices_options *out, kin_error *err);

#endif
