#include "base/clock.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/values.h"

#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    { "should-be", 0, "LABEL", "the right label" },
    { "kind", 0, "K", "the kind of error, such as label, box, missing" },
    { "count", 0, "N", "errors on the item: several shapes may be missing on an image (default: 1)" },
    { "note", 0, "T", "anything worth keeping" },
    { "reviewer", 0, "R", "who says so (default: $USER)" },
    { "time", 0, "T", "when, as 2026-02-28T13:45:10Z (default: now)" },
    { "job", 0, "N", "the job that it belongs to" },
    { 0 },
};

static int read_verdict(const cli_args *args, kin_verdict *out, kin_error *err)
{
    const char *time = cli_text(args, "time"), *reviewer = cli_text(args, "reviewer");
    uint64_t count = 1, job = 0;
    *out = (kin_verdict) { .grade = kin_grade_from(args->words[1]) };
    bool none = strcmp(args->words[1], "none") == 0;
    if (out->grade == KIN_GRADE_NONE && !none)
        return kin_fail(err, KIN_E_USAGE, "a verdict is ok, minor or critical, or none to take it back; not '%s'",
                        args->words[1]);
    out->should_be = cli_text(args, "should-be");
    out->kind = cli_text(args, "kind");
    out->note = cli_text(args, "note");
    out->reviewer = reviewer ? reviewer : getenv("USER");
    if (none && (out->should_be || out->kind || time))
        return kin_fail(err, KIN_E_USAGE, "none takes back what was said: leave --should-be, --kind and --time away");
    if (out->grade == KIN_GRADE_OK && out->should_be)
        return kin_fail(err, KIN_E_USAGE, "an item that is ok has its right label: leave --should-be away");
    if (time && (kin_clock_parse(time, &out->time) != 0 || out->time == 0))
        return kin_fail(err, KIN_E_USAGE, "--time is a time such as 2026-02-28T13:45:10Z; not '%s'", time);
    int code = cli_count(args, "count", 1, 1000000, &count, err);
    if (code == KIN_OK)
        code = cli_count(args, "job", 1, INT64_MAX, &job, err);
    out->count = (int64_t)count;
    out->job = (int64_t)job;
    return code;
}

static void warn_of_new_label(cli_program *cli, kin_workspace *workspace, const char *label)
{
    bool there = true;
    const char *nearest = NULL;
    if (cli_value_check(cli, workspace, "label", label, &there, &nearest, NULL) == KIN_OK && nearest)
        cli_warn("nothing is labelled '%s' yet; if you meant '%s', give the verdict again", label, nearest);
    else
        cli_warn("nothing is labelled '%s' yet: taken as a new label", label);
}

static int print_json(const cli_args *args, const kin_verdict *verdict, bool added, uint64_t implied, bool new_label,
                      kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_verdict(&json, args->words[0], verdict, added, implied, new_label);
    return cli_json_print(&json, err);
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_verdict verdict;
    kin_workspace *workspace = NULL;
    bool added = false, new_label = false;
    uint64_t implied = 0;
    int code = read_verdict(args, &verdict, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_WRITE, &workspace, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace_verdict(workspace, args->words[0], &verdict, &added, &implied, &new_label, err);
    if (code == KIN_OK && new_label && verdict.should_be)
        warn_of_new_label(cli, workspace, verdict.should_be);
    kin_workspace_close(workspace);
    if (code != KIN_OK)
        return code;
    if (cli->json)
        return print_json(args, &verdict, added, implied, new_label, err);
    if (!added && verdict.grade == KIN_GRADE_NONE)
        cli_say(cli, "it has no verdict; nothing changed");
    else if (!added)
        cli_say(cli, "that is its verdict already; nothing changed");
    if (implied > 0)
        cli_say(cli, "with it %llu shapes of this picture are ok: those that had no verdict",
                (unsigned long long)implied);
    if (verdict.grade > KIN_GRADE_OK)
        cli_hint(cli, "next: kin find '%s'", args->words[0]);
    return KIN_OK;
}

const cli_command cli_cmd_verdict = {
    .name = "verdict",
    .summary = "record what a review of one item showed",
    .usage = "ITEM ok|minor|critical|none",
    .words_least = 2,
    .words_most = 2,
    .about = "Records one verdict. The latest verdict of an item counts; earlier ones are kept. none takes it back, so "
             "that the item has no verdict. A verdict on an image "
             "that an audit drew speaks for the whole picture: its shapes without a verdict become ok by it.",
    .options = options,
    .example = "verdict 'img_0042.jpg#3' critical --should-be skateboarder",
    .example_about = "shape 3 of img_0042.jpg carries the wrong label; it is a skateboarder",
    .json = "item, verdict, should_be, added (false: it was there already), implied (shapes that became ok), new_label",
    .run = run,
};
