#include "cli/render.h"
#include "cli/slices_text.h"
#include "cli/text.h"

#include <stdio.h>

/* "  1  " before a step, and as much before its further lines. */
enum { indent = 5 };

static int print_clean(const char *text, bool wrapped, kin_error *err)
{
    kin_buffer clean = KIN_BUFFER_INIT;
    cli_text_clean(&clean, text);
    int code = clean.failed ? kin_fail_memory(err) : KIN_OK;
    if (code == KIN_OK && wrapped)
        cli_print_wrapped(stdout, clean.data ? clean.data : "", indent, indent, cli_terminal_width());
    else if (code == KIN_OK)
        printf("%*s%s\n", (int)indent + 2, "", clean.data ? clean.data : "");
    kin_buffer_clear(&clean);
    return code;
}

static int print_steps(const kin_advices *advices, kin_error *err)
{
    int code = KIN_OK;
    puts("\nwhat to do next");
    for (size_t i = 0; code == KIN_OK && i < advices->count; i++) {
        const kin_advice *advice = &advices->list[i];
        printf("%3zu  ", i + 1);
        code = print_clean(advice->text, true, err);
        for (size_t k = 0; code == KIN_OK && k < KIN_ADVICE_COMMANDS && advice->commands[k]; k++)
            code = print_clean(advice->commands[k], false, err);
    }
    return code;
}

int cli_report_print(const kin_report *report, const kin_advices *advices, size_t rows, kin_error *err)
{
    size_t count = rows < report->slices_count ? rows : report->slices_count;
    int code = cli_slices_sentences(report, stdout, err);
    if (code == KIN_OK && count > 0) {
        cli_grid grid = cli_slices_grid(report, count, true);
        putchar('\n');
        code = cli_grid_print(&grid, err);
        cli_grid_clear(&grid);
    }
    return code == KIN_OK ? print_steps(advices, err) : code;
}
