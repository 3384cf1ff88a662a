#ifndef KIN_CLI_GRID_H
#define KIN_CLI_GRID_H
/* A table on stdout. On a terminal: aligned, cut to its width, coloured (not with NO_COLOR). Elsewhere: tab-separated,
 * a line of column names first, numbers bare (rates as fractions), cells that have no value empty. */

#include "base/arena.h"
#include "cli/cli.h"

typedef struct cli_column {
    const char *name;
    bool right;  /* aligned to the right */
    bool shrink; /* is cut where the terminal is narrow */
    bool extra;  /* is left out, the last one first, before anything is cut */
} cli_column;

typedef enum cli_tint { CLI_PLAIN = 0, CLI_GOOD, CLI_DOUBTFUL, CLI_BAD, CLI_FAINT } cli_tint;

typedef struct cli_grid {
    const cli_column *columns;
    size_t columns_count;
    bool headed;   /* print the column names */
    bool terminal; /* stdout is one */
    bool failed;   /* no memory; cli_grid_print says so */
    struct cli_cell {
        const char *text;
        cli_tint tint;
    } * cells;
    size_t count, capacity;
    kin_arena arena;
} cli_grid;

/* `columns` stay the caller's. A grid of facts has two columns, name and value, without a head. */
cli_grid cli_grid_new(const cli_column *columns, size_t count);
cli_grid cli_grid_facts(void);
void cli_grid_clear(cli_grid *grid);

/* The next cell, row by row. NULL is an empty one. */
void cli_grid_text(cli_grid *grid, const char *text);
void cli_grid_tinted(cli_grid *grid, cli_tint tint, const char *text);
void cli_grid_format(cli_grid *grid, const char *format, ...) KIN_PRINTF(2, 3);
void cli_grid_count(cli_grid *grid, uint64_t count);
/* NAN is empty. `format` is that of a terminal, for a double. */
void cli_grid_number(cli_grid *grid, const char *format, double value);
void cli_grid_percent(cli_grid *grid, double fraction);

/* A row of a grid of facts whose value follows. */
void cli_grid_fact(cli_grid *grid, const char *name);

/* Prints the whole to stdout and clears the grid. */
int cli_grid_print(cli_grid *grid, kin_error *err);

#endif
