#include "cli/job_text.h"
#include "cli/progress.h"
#include "cli/query.h"
#include "kin/duplicates.h"

#include <string.h>

static const cli_option options[] = {
    { "unit", 0, "asset|shape", "compare shapes (default where there are any) or assets (whole images)" },
    { "threshold", 0, "COSINE", "from which two are the same (default: 0.95 with classic, else 0.92)" },
    { "split", 0, "KEY", "attribute that says the split (default: split, subset, partition, else folders)" },
    { "only", 0, "labels|splits", "labels: only where labels differ; splits: only where splits do" },
    { "all", 0, NULL, "also groups whose labels and splits agree" },
    { "n", 'n', "GROUPS", "how many (default: 20)" },
    { "job", 0, NULL, "make a job of the items without a verdict, of all groups that disagree" },
    { "threads", 0, "N", "how many to work at once (default: one a core)" },
    { 0 },
};

static int read_wanted(const cli_args *args, kin_duplicates_wanted *wanted, kin_error *err)
{
    const char *only = cli_text(args, "only");
    bool all = cli_flag(args, "all");
    *wanted = all ? KIN_DUPLICATES_ALL : KIN_DUPLICATES_DISAGREE;
    if (only && strcmp(only, "labels") == 0)
        *wanted = KIN_DUPLICATES_LABELS;
    else if (only && strcmp(only, "splits") == 0)
        *wanted = KIN_DUPLICATES_SPLITS;
    else if (only)
        return kin_fail(err, KIN_E_USAGE, "--only is labels or splits; not '%s'", only);
    if (all && (only || cli_flag(args, "job")))
        return kin_fail(err, KIN_E_USAGE, "--all does not go with --%s", only ? "only" : "job");
    return KIN_OK;
}

static int read_options(const cli_args *args, kin_duplicates_options *out, uint64_t *groups, kin_error *err)
{
    uint64_t threads = 0;
    *out = (kin_duplicates_options) { .split = cli_text(args, "split") };
    *groups = 20;
    int code = cli_unit(args, &out->unit, err);
    if (code == KIN_OK)
        code = read_wanted(args, &out->wanted, err);
    if (code == KIN_OK)
        code = cli_number(args, "threshold", 0.5, 1, &out->threshold, err);
    if (code == KIN_OK)
        code = cli_count(args, "n", 1, 1000000, groups, err);
    if (code == KIN_OK)
        code = cli_count(args, "threads", 1, 1024, &threads, err);
    out->threads = (size_t)threads;
    return code;
}

static const char *why(const kin_duplicate_group *group)
{
    if (group->labels_differ && group->splits_differ)
        return "labels, splits";
    return group->labels_differ ? "labels" : group->splits_differ ? "splits" : "";
}

static int print_table(cli_program *cli, const kin_duplicates *found, size_t groups, kin_error *err)
{
    static const cli_column columns[] = { { "group", true, false, false },    { "differ", false, false, false },
                                          { "nearest", true, false, false },  { "item", false, true, false },
                                          { "label", false, true, false },    { "split", false, false, false },
                                          { "verdict", false, false, false }, { "should be", false, true, true } };
    cli_grid grid = cli_grid_new(columns, 8);
    for (size_t g = 0; g < groups && g < found->count; g++)
        for (size_t i = 0; i < found->list[g].count; i++) {
            const kin_duplicate *item = &found->list[g].items[i];
            cli_grid_format(&grid, "%zu", g + 1);
            cli_grid_text(&grid, i == 0 || !grid.terminal ? why(&found->list[g]) : "");
            cli_grid_number(&grid, "%.3f", item->nearest);
            cli_grid_text(&grid, cli_item_name(cli, item->path, item->shape));
            cli_grid_text(&grid, item->label);
            cli_grid_text(&grid, item->split);
            cli_grid_tinted(&grid, cli_grade_tint(item->grade), kin_grade_name(item->grade));
            cli_grid_text(&grid, item->should_be);
        }
    return cli_grid_print(&grid, err);
}

/* Every group: -n is for tables. */
static int print_json(const kin_duplicates *found, int64_t job, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_duplicates(&json, found, job);
    return cli_json_print(&json, err);
}

static void say_found(const cli_program *cli, const kin_duplicates *found, size_t groups, bool all)
{
    const char *unit = found->unit == KIN_UNIT_SHAPE ? "shapes" : "images";
    if (found->found == 0)
        cli_say(cli, "none of %llu %s is a copy of another (cosine %.4g and up)", (unsigned long long)found->compared,
                unit, found->threshold);
    else if (all)
        cli_say(cli, "%llu groups among %llu %s (cosine %.4g and up)", (unsigned long long)found->found,
                (unsigned long long)found->compared, unit, found->threshold);
    else
        cli_say(cli, "%zu of %llu groups among %llu %s disagree (cosine %.4g and up)", found->count,
                (unsigned long long)found->found, (unsigned long long)found->compared, unit, found->threshold);
    if (found->count > groups)
        cli_say(cli, "and %zu groups more: -n %zu", found->count - groups, found->count);
}

static int show(cli_program *cli, kin_workspace *workspace, const cli_args *args, const kin_duplicates *found,
                size_t groups, kin_error *err)
{
    int64_t job = 0;
    bool make = cli_flag(args, "job");
    int code = make ? kin_workspace_job_duplicates(workspace, found, &job, err) : KIN_OK;
    if (code != KIN_OK)
        return code;
    if (cli->json)
        return print_json(found, job, err);
    say_found(cli, found, make ? SIZE_MAX : groups, cli_flag(args, "all"));
    if (make)
        return cli_job_made(cli, workspace, job, 0, err);
    code = print_table(cli, found, groups, err);
    if (found->count > 0 && !cli_flag(args, "all"))
        cli_hint(cli, "next: kin duplicates --job makes the job that reviews them");
    return code;
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_duplicates_options chosen;
    kin_duplicates found = { 0 };
    kin_workspace *workspace = NULL;
    cli_progress progress;
    uint64_t groups = 0;
    int code = read_options(args, &chosen, &groups, err);
    if (code == KIN_OK)
        code = cli_open(cli, cli_flag(args, "job") ? KIN_LEDGER_WRITE : KIN_LEDGER_READ, &workspace, err);
    if (code != KIN_OK)
        return code;
    kin_watch watch = cli_progress_begin(&progress, cli);
    code = kin_workspace_duplicates(workspace, &chosen, &watch, &found, err);
    cli_progress_end(&progress);
    if (code == KIN_OK)
        code = show(cli, workspace, args, &found, (size_t)groups, err);
    kin_duplicates_clear(&found);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_duplicates = {
    .name = "duplicates",
    .summary = "list near-identical items whose labels or splits disagree",
    .usage = "",
    .about = "Finds groups of items that are nearly the same: copies, re-encoded or resized ones, boxes about the same "
             "thing. Where their labels differ one of them is wrong; where they stand on both sides of a train/test "
             "split the test is not honest. Most similar first. A label that was reviewed as wrong counts as the right "
             "one, so what is settled leaves the list. Verdicts of such a job count as known mistakes, never in a "
             "rate.",
    .options = options,
    .example = "duplicates --unit asset --only splits",
    .example_about = "pictures of which copies lie both in train and in test",
    .json = "unit, threshold, split (null: there are none), compared, found, job (null without --job), groups: "
            "[{similarity, labels_differ, splits_differ, same_files, one_image, items: [{item, path, shape, label, "
            "split, box: [x, y, w, h], nearest, verdict, should_be}]}] (all of them; -n is for the table)",
    .run = run,
};
