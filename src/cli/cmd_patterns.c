#include "base/buffer.h"
#include "cli/job_text.h"
#include "cli/query.h"
#include "kin/patterns.h"

static const cli_option options[] = {
    { "unit", 0, "asset|shape", "mistakes on shapes (default where there are any) or assets (whole images)" },
    { "n", 'n', "ROWS", "how many (default: 20)" },
    { 0 },
};

static int print_table(cli_program *cli, const kin_patterns *patterns, size_t rows, kin_error *err)
{
    static const cli_column columns[] = { { "pattern", false, true, false },   { "known", true, false, false },
                                          { "predicted", true, false, false }, { "of", true, false, false },
                                          { "tight", true, false, false },     { "label", true, false, true },
                                          { "p tight", true, false, false },   { "near", true, false, true },
                                          { "far", true, false, true },        { "p near", true, false, false },
                                          { "look at", false, true, false } };
    cli_grid grid = cli_grid_new(columns, 11);
    for (size_t i = 0; i < rows && i < patterns->count; i++) {
        const kin_pattern *p = &patterns->list[i];
        cli_grid_text(&grid, p->name);
        cli_grid_count(&grid, p->count);
        cli_grid_number(&grid, "%.0f", p->predicted);
        cli_grid_count(&grid, p->left);
        cli_grid_number(&grid, "%.3f", p->tightness.inside);
        cli_grid_number(&grid, "%.3f", p->tightness.outside);
        cli_grid_number(&grid, "%.4f", p->tightness.p);
        cli_grid_format(&grid, "%llu/%llu", (unsigned long long)p->enriched.near_mistakes,
                        (unsigned long long)p->enriched.near_reviewed);
        cli_grid_format(&grid, "%llu/%llu", (unsigned long long)p->enriched.far_mistakes,
                        (unsigned long long)p->enriched.far_reviewed);
        cli_grid_number(&grid, "%.4f", p->enriched.p);
        cli_grid_text(&grid, cli_item_name(cli, p->path, p->shape));
    }
    return cli_grid_print(&grid, err);
}

static void say_patterns(cli_program *cli, const kin_patterns *patterns, size_t rows)
{
    if (patterns->count == 0 && patterns->mistakes == 0)
        cli_say(cli, "no mistake is known yet; kin audit 300 makes a first job");
    else if (patterns->count == 0)
        cli_say(cli, "no %d of %llu known mistakes have the same given and right label", KIN_PATTERN_LEAST,
                (unsigned long long)patterns->mistakes);
    if (patterns->unnamed > 0)
        cli_say(cli, "%llu known mistakes name no right label (kin verdict --should-be) and are in no pattern",
                (unsigned long long)patterns->unnamed);
    if (patterns->count > rows)
        cli_say(cli, "and %zu patterns more: -n %zu", patterns->count - rows, patterns->count);
    if (patterns->count == 0)
        return;
    kin_buffer name = KIN_BUFFER_INIT;
    kin_buffer_char(&name, *patterns->list[0].name == '-' ? '=' : ' '); /* else it would look like an option */
    kin_buffer_shell_word(&name, patterns->list[0].name);
    if (!name.failed)
        cli_say(cli, "predicted is the model's estimate; next: kin job kin --pattern%s", name.data);
    kin_buffer_clear(&name);
}

static int show(cli_program *cli, const kin_patterns *patterns, size_t rows, kin_error *err)
{
    if (cli->json) {
        kin_json json = kin_json_new();
        kin_json_patterns(&json, patterns);
        return cli_json_print(&json, err);
    }
    int code = print_table(cli, patterns, rows, err);
    say_patterns(cli, patterns, rows);
    return code;
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_patterns patterns = { 0 };
    kin_workspace *workspace = NULL;
    kin_unit unit;
    uint64_t rows = 20;
    int code = cli_unit(args, &unit, err);
    if (code == KIN_OK)
        code = cli_count(args, "n", 1, 1000000, &rows, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_READ, &workspace, err);
    if (code == KIN_OK)
        code = kin_workspace_patterns(workspace, unit, &patterns, err);
    if (code == KIN_OK)
        code = show(cli, &patterns, (size_t)rows, err);
    kin_patterns_clear(&patterns);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_patterns = {
    .name = "patterns",
    .summary = "list mistakes that were made again and again",
    .usage = "",
    .about =
        "Lists patterns: three or more known mistakes with the same given and right label, those with most left to "
        "find first. predicted: how many more there are among the items of that label without a verdict, as the "
        "model estimates it. tight: how near members lie to each other, against random items of the label; near: "
        "how many reviewed items near them are this mistake, against far: both with the p of chance.",
    .options = options,
    .example = "patterns -n 5",
    .example_about = "the five most worth hunting; kin job kin --pattern 'given->right' makes the job of one",
    .json =
        "unit, mistakes, unnamed (without a right label), patterns: [{pattern, given, right, known, reviewed, left, "
        "predicted, tightness: {inside, outside, p}, enriched: {near_reviewed, near_mistakes, far_reviewed, "
        "far_mistakes, p}, medoid}] (all of them; -n is for the table)",
    .run = run,
};
