/* Cells are kept as they will be shown; widths are known at the end, so a table is printed as a whole. */

#include "cli/grid.h"

#include "base/checked.h"
#include "base/figures.h"
#include "cli/render.h"
#include "cli/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { gap = 2, column_least = 8, columns_most = 16 };

cli_grid cli_grid_new(const cli_column *columns, size_t count)
{
    cli_grid grid = { .columns = columns, .columns_count = count, .headed = true };
    grid.terminal = cli_is_terminal(stdout);
    return grid;
}

cli_grid cli_grid_facts(void)
{
    static const cli_column columns[] = { { "", false, false, false }, { "", false, true, false } };
    cli_grid grid = cli_grid_new(columns, 2);
    grid.headed = false;
    return grid;
}

void cli_grid_clear(cli_grid *grid)
{
    free(grid->cells);
    kin_arena_clear(&grid->arena);
    grid->cells = NULL;
    grid->count = grid->capacity = 0;
}

void cli_grid_tinted(cli_grid *grid, cli_tint tint, const char *text)
{
    if (grid->failed || !KIN_GROW(&grid->cells, &grid->capacity, grid->count + 1)) {
        grid->failed = true;
        return;
    }
    char *shown = cli_text_fit(&grid->arena, text ? text : "", 0);
    if (!shown) {
        grid->failed = true;
        return;
    }
    grid->cells[grid->count].text = shown;
    grid->cells[grid->count++].tint = tint;
}

void cli_grid_text(cli_grid *grid, const char *text)
{
    cli_grid_tinted(grid, CLI_PLAIN, text);
}

void cli_grid_format(cli_grid *grid, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    cli_grid_text(grid, text);
}

void cli_grid_count(cli_grid *grid, uint64_t count)
{
    char text[32];
    if (grid->terminal)
        kin_figure_count(count, text);
    else
        snprintf(text, sizeof text, "%llu", (unsigned long long)count);
    cli_grid_text(grid, text);
}

void cli_grid_number(cli_grid *grid, const char *format, double value)
{
    char text[64] = "";
    if (isfinite(value))
        snprintf(text, sizeof text, grid->terminal ? format : "%.6g", value);
    cli_grid_text(grid, text);
}

void cli_grid_percent(cli_grid *grid, double fraction)
{
    char text[64] = "";
    if (isfinite(fraction) && grid->terminal)
        kin_figure_percent(fraction, text);
    else if (isfinite(fraction))
        snprintf(text, sizeof text, "%.6g", fraction);
    cli_grid_text(grid, text);
}

void cli_grid_fact(cli_grid *grid, const char *name)
{
    cli_grid_tinted(grid, CLI_FAINT, name);
}

/* ---- Printing ---- */

static void measure(const cli_grid *grid, size_t *widths)
{
    for (size_t c = 0; c < grid->columns_count; c++)
        widths[c] = grid->headed ? cli_text_width(grid->columns[c].name) : 0;
    for (size_t i = 0; i < grid->count; i++) {
        size_t width = cli_text_width(grid->cells[i].text), *column = &widths[i % grid->columns_count];
        *column = width > *column ? width : *column;
    }
}

enum { left_out = 0 }; /* width of a column that is not shown */

static size_t total_width(const cli_grid *grid, const size_t *widths)
{
    size_t total = 0, shown = 0;
    for (size_t c = 0; c < grid->columns_count; c++) {
        total += widths[c];
        shown += widths[c] != left_out;
    }
    return total + (shown ? shown - 1 : 0) * gap;
}

static void leave_out_extras(const cli_grid *grid, size_t *widths, size_t available)
{
    for (size_t c = grid->columns_count; c-- > 0 && total_width(grid, widths) > available;)
        if (grid->columns[c].extra)
            widths[c] = left_out;
}

/* Takes columns away from the widest that may be cut, until the table fits or nothing can give. */
static void shrink(const cli_grid *grid, size_t *widths, size_t available)
{
    leave_out_extras(grid, widths, available);
    for (size_t total = total_width(grid, widths); total > available; total--) {
        size_t widest = SIZE_MAX;
        for (size_t c = 0; c < grid->columns_count; c++)
            if (grid->columns[c].shrink && widths[c] > column_least &&
                (widest == SIZE_MAX || widths[c] > widths[widest]))
                widest = c;
        if (widest == SIZE_MAX)
            return;
        widths[widest]--;
    }
}

/* Every column but the first is preceded by the gap; only what stands before another is padded on its right. */
static void print_padded(const cli_grid *grid, size_t column, const char *text, cli_tint tint, size_t width, bool last,
                         kin_arena *arena)
{
    const char *fit = cli_text_fit(arena, text, width);
    if (!fit)
        fit = text;
    size_t taken = cli_text_width(fit), pad = taken < width ? width - taken : 0;
    if (column > 0)
        printf("%*s", gap, "");
    if (grid->columns[column].right)
        printf("%*s", (int)pad, "");
    cli_print_tinted(stdout, tint, fit);
    if (last)
        putchar('\n');
    else if (!grid->columns[column].right)
        printf("%*s", (int)pad, "");
}

static void print_aligned(const cli_grid *grid)
{
    size_t widths[columns_most], last = 0;
    kin_arena scratch = KIN_ARENA_INIT;
    measure(grid, widths);
    shrink(grid, widths, cli_terminal_width());
    for (size_t c = 0; c < grid->columns_count; c++)
        last = widths[c] != left_out ? c : last;
    for (size_t c = 0; grid->headed && c < grid->columns_count; c++)
        if (widths[c] != left_out)
            print_padded(grid, c, grid->columns[c].name, CLI_FAINT, widths[c], c == last, &scratch);
    for (size_t i = 0; i < grid->count; i++) {
        size_t c = i % grid->columns_count;
        if (widths[c] != left_out)
            print_padded(grid, c, grid->cells[i].text, grid->cells[i].tint, widths[c], c == last, &scratch);
        kin_arena_reset(&scratch);
    }
    kin_arena_clear(&scratch);
}

static void print_tabbed(const cli_grid *grid)
{
    for (size_t c = 0; grid->headed && c < grid->columns_count; c++)
        printf("%s%c", grid->columns[c].name, c + 1 < grid->columns_count ? '\t' : '\n');
    for (size_t i = 0; i < grid->count; i++)
        printf("%s%c", grid->cells[i].text, (i + 1) % grid->columns_count ? '\t' : '\n');
}

int cli_grid_print(cli_grid *grid, kin_error *err)
{
    if (grid->failed) {
        cli_grid_clear(grid);
        return kin_fail_memory(err);
    }
    if (grid->terminal)
        print_aligned(grid);
    else
        print_tabbed(grid);
    cli_grid_clear(grid);
    return KIN_OK;
}
