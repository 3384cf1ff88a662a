#include "base/buffer.h"
#include "cli/job_text.h"
#include "cli/job_write.h"
#include "cli/query.h"
#include "cli/values.h"

#include <math.h>

static const cli_option options[] = {
    CLI_QUERY_OPTIONS,
    { "reviewed", 0, NULL, "by mistake: also items with a verdict" },
    { "n", 'n', "K", "how many (default: 20)" },
    { "html", 0, "FILE", "also write a page with the pictures" },
    { "fiftyone", 0, "FILE", "also write labels.json of a FiftyOneImageDetectionDataset" },
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

static int print_by_mistake(cli_program *cli, const kin_matches *matches, kin_error *err)
{
    static const cli_column columns[] = { { "rank", true, false, false },  { "probability", true, false, false },
                                          { "score", true, false, true },  { "item", false, true, false },
                                          { "label", false, true, false }, { "verdict", false, false, true },
                                          { "why", false, true, false } };
    cli_grid grid = cli_grid_new(columns, 7);
    for (size_t i = 0; i < matches->count; i++) {
        const kin_match *match = &matches->list[i];
        cli_grid_format(&grid, "%zu", i + 1);
        cli_grid_number(&grid, "%.3f", match->probability);
        cli_grid_number(&grid, "%.3f", match->score);
        cli_grid_text(&grid, cli_item_name(cli, match->path, match->shape));
        cli_grid_text(&grid, match->label);
        cli_grid_tinted(&grid, cli_grade_tint(match->grade), kin_grade_name(match->grade));
        cli_grid_text(&grid, match->why);
    }
    return cli_grid_print(&grid, err);
}

static int print_matches(cli_program *cli, const kin_matches *matches, kin_error *err)
{
    if (matches->by != KIN_BY_MISTAKE)
        return print_table(cli, matches, err);
    if (matches->should_be)
        cli_say(cli, "ranked by the mistake '%s' that should be '%s' (like %zu); --by looks ranks by similarity alone",
                matches->given, matches->should_be, matches->known);
    else
        cli_say(cli, "ranked by the mistake '%s' that should be something else (like %zu); --should-be says what",
                matches->given, matches->known);
    return print_by_mistake(cli, matches, err);
}

static int print_json(const kin_matches *matches, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_matches(&json, matches);
    return cli_json_print(&json, err);
}

static int each_match(void *user, int (*take)(void *writer, const kin_job_row *row, kin_error *err), void *writer,
                      kin_error *err)
{
    const kin_matches *matches = user;
    int code = KIN_OK;
    for (size_t i = 0; i < matches->count && code == KIN_OK; i++) {
        const kin_match *match = &matches->list[i];
        bool judged = match->grade != KIN_GRADE_NONE;
        kin_buffer name = KIN_BUFFER_INIT;
        kin_buffer_string(&name, match->path);
        if (match->shape)
            kin_buffer_printf(&name, "#%s", match->shape);
        const kin_job_row row = { .position = (int64_t)i + 1,
                                  .item = name.data,
                                  .label = match->label,
                                  .box = match->box,
                                  .score = isnan(match->probability) ? match->score : match->probability,
                                  .probability = NAN,
                                  .verdict = judged ? kin_grade_name(match->grade) : NULL,
                                  .should_be = match->should_be,
                                  .note = match->why,
                                  .path = match->path,
                                  .shape = match->shape };
        code = name.failed ? kin_fail_memory(err) : take(writer, &row, err);
        kin_buffer_clear(&name);
    }
    return code;
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_query query;
    kin_box box;
    kin_workspace *workspace = NULL;
    kin_matches matches = { 0 };
    const char *page = cli_text(args, "html"), *fiftyone = cli_text(args, "fiftyone");
    int code = cli_query(cli, args, &query, &box, err);
    query.reviewed = cli_flag(args, "reviewed");
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_READ, &workspace, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace_find(workspace, &query, &matches, err);
    if (code == KIN_OK && matches.count == 0)
        code = cli_filter_check(cli, workspace, &query.only, err);
    if (code == KIN_OK && page)
        code = kin_workspace_find_page(workspace, &query, &matches, page, err);
    const cli_job_file file = { .format = KIN_JOB_FIFTYONE, .path = fiftyone };
    if (code == KIN_OK && fiftyone)
        code = cli_job_write(cli, workspace, &file, each_match, &matches, err);
    if (code == KIN_OK)
        code = cli->json ? print_json(&matches, err) : print_matches(cli, &matches, err);
    if (code == KIN_OK && matches.count == 0 && matches.label && !query.only.label)
        cli_say(cli, "nothing labelled '%s' fits; --any-label looks at every label", matches.label);
    else if (code == KIN_OK && matches.count == 0)
        cli_say(cli, "nothing fits; ask for less (see kin find --help)");
    if (code == KIN_OK && page)
        cli_say(cli, "the pictures are in %s", page);
    if (code == KIN_OK && fiftyone)
        cli_say(cli,
                "they are in %s: fiftyone.Dataset.from_dir(labels_path=\"%s\", dataset_type="
                "fiftyone.types.FiftyOneImageDetectionDataset)",
                fiftyone, fiftyone);
    kin_matches_clear(&matches);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_find = {
    .name = "find",
    .summary = "list the kin of an item: most likely the same mistake, or most alike",
    .usage = "ITEM|FILE...",
    .words_most = 1000,
    .about = "Lists the kin of ITEM, best first. ITEM is a path of the data set, or path#shape for one annotated "
             "shape; a FILE from outside the data set will do too. Where a verdict on ITEM says what would be right, "
             "they are ranked by the probability that they carry the same mistake, each with the reason, and items "
             "with a verdict are left out; else, and with --by looks, by cosine similarity (score).",
    .options = options,
    .example = "find 'img_0042.jpg#3' --should-be skateboarder -n 50",
    .example_about = "the 50 shapes that most likely should be skateboarders too, as shape 3 of img_0042.jpg should",
    .json = "label, searched, by, given, should_be, known, matches: [{rank, score, probability, why, item, path, "
            "shape, label, box: [x, y, w, h], verdict, should_be}]",
    .run = run,
};
