#include "cli/job_text.h"
#include "cli/query.h"
#include "cli/values.h"

static const cli_option options[] = {
    CLI_QUERY_OPTIONS,
    { "n", 'n', "K", "how many (default: 20)" },
    { "html", 0, "FILE", "also write a page with the pictures" },
    { 0 },
};

static int print_table(cli_program *cli, const kin_matches *matches, kin_error *err)
{
    static const cli_column columns[] = { { "rank", true, false, false },
                                          { "score", true, false, false },
                                          { "item", false, true, false },
                                          { "label", false, true, false },
                                          { "verdict", false, false, false } };
    cli_grid grid = cli_grid_new(columns, 5);
    for (size_t i = 0; i < matches->count; i++) {
        const kin_match *match = &matches->list[i];
        cli_grid_format(&grid, "%zu", i + 1);
        cli_grid_number(&grid, "%.3f", match->score);
        cli_grid_text(&grid, cli_item_name(cli, match->path, match->shape));
        cli_grid_text(&grid, match->label);
        cli_grid_tinted(&grid, cli_grade_tint(match->grade), kin_grade_name(match->grade));
    }
    return cli_grid_print(&grid, err);
}

static int print_json(const kin_matches *matches, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_matches(&json, matches);
    return cli_json_print(&json, err);
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_query query;
    kin_box box;
    kin_workspace *workspace = NULL;
    kin_matches matches = { 0 };
    const char *page = cli_text(args, "html");
    int code = cli_query(cli, args, &query, &box, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_READ, &workspace, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace_find(workspace, &query, &matches, err);
    if (code == KIN_OK && matches.count == 0)
        code = cli_filter_check(cli, workspace, &query.only, err);
    if (code == KIN_OK && page)
        code = kin_workspace_find_page(workspace, &query, &matches, page, err);
    if (code == KIN_OK)
        code = cli->json ? print_json(&matches, err) : print_table(cli, &matches, err);
    if (code == KIN_OK && matches.count == 0 && matches.label && !query.only.label)
        cli_say(cli, "nothing labelled '%s' fits; --any-label looks at every label", matches.label);
    else if (code == KIN_OK && matches.count == 0)
        cli_say(cli, "nothing fits; ask for less (see kin find --help)");
    if (code == KIN_OK && page)
        cli_say(cli, "the pictures are in %s", page);
    kin_matches_clear(&matches);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_find = {
    .name = "find",
    .summary = "list the items most like one that you name",
    .usage = "ITEM|FILE...",
    .words_most = 1000,
    .about = "Lists the items that look most like ITEM, best first. ITEM is a path of the data set, or path#shape for "
             "one annotated shape; a FILE from outside the data set will do too. Score: cosine similarity.",
    .options = options,
    .example = "find 'img_0042.jpg#3' --same-label -n 50",
    .example_about = "the 50 shapes with the same label that look most like shape 3 of img_0042.jpg: if that one is "
                     "wrong, these are the next to check",
    .json =
        "label, searched, matches: [{rank, score, item, path, shape, label, box: [x, y, w, h], verdict, should_be}]",
    .run = run,
};
