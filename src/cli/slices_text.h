#ifndef KIN_CLI_SLICES_TEXT_H
#define KIN_CLI_SLICES_TEXT_H
/* The report of `kin slices` as people read it. */

#include "cli/cli.h"
#include "kin/report.h"

/* The sentences above the table go to stdout on a terminal; on a pipe, where the table is data, to stderr. */
int cli_slices_print(const cli_program *cli, const kin_report *report, const kin_slices_options *options, size_t rows,
                     bool all, kin_error *err);

#endif
