#ifndef KIN_CLI_SLICES_TEXT_H
#define KIN_CLI_SLICES_TEXT_H
/* The reports of `kin slices` and `kin report` as people read them. */

#include "cli/grid.h"
#include "kin/advice.h"

#include <stdio.h>

/* The sentences above the table go to stdout on a terminal; on a pipe, where the table is data, to stderr. */
int cli_slices_print(const cli_program *cli, const kin_report *report, size_t rows, bool all, kin_error *err);

/* `kin report` is one text for people, on a pipe too. */
int cli_report_print(const kin_report *report, const kin_advices *advices, size_t rows, kin_error *err);

/* ---- What these are made of ---- */

/* Score, agreement, rate, mistakes, what is open: a line each. */
int cli_slices_sentences(const kin_report *report, FILE *file, kin_error *err);

/* A table of the first `rows` slices; `aligned`: as on a terminal. */
cli_grid cli_slices_grid(const kin_report *report, size_t rows, bool aligned);

#endif
