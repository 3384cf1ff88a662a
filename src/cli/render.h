#ifndef KIN_CLI_RENDER_H
#define KIN_CLI_RENDER_H
/* Terminals: whether there is one, how wide, and colour on it. */

#include "cli/grid.h"

#include <stdio.h>

bool cli_is_terminal(FILE *file);

/* Columns of the terminal behind stdout: what it says, else COLUMNS, else 80. */
size_t cli_terminal_width(void);

/* Prints text in the colour of the tint where `file` is a terminal that takes it and NO_COLOR is not set. */
void cli_print_tinted(FILE *file, cli_tint tint, const char *text);

/* Prints a paragraph with lines of at most `width` columns, each behind `indent` blanks; the first goes on at column
 * `at`. */
void cli_print_wrapped(FILE *file, const char *text, size_t at, size_t indent, size_t width);

#endif
