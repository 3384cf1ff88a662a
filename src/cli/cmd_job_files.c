/* Jobs out, verdicts in. */

#include "base/file.h"
#include "cli/job_text.h"
#include "cli/options.h"
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int job_number(const char *text, int64_t *job, kin_error *err)
{
    uint64_t id = 0;
    int code = cli_count_word(text, "the number of a job", 1, INT64_MAX, &id, err);
    *job = (int64_t)id;
    return code;
}

/* What --format says, else what the name of the file ends in; UNKNOWN where neither tells. */
static int format_of(const cli_args *args, const char *path, kin_job_format *format, kin_error *err)
{
    const char *text = cli_text(args, "format"), *ending = path ? kin_path_extension(path) : "";
    *format = text ? kin_job_format_from(text) : *ending ? kin_job_format_from(ending + 1) : KIN_JOB_UNKNOWN;
    if (text && *format == KIN_JOB_UNKNOWN)
        return kin_fail(err, KIN_E_USAGE, "--format is csv or jsonl; not '%s'", text);
    return KIN_OK;
}

/* ---- kin job export ---- */

static const cli_option export_options[] = {
    { "format", 0, "F", "csv or jsonl (default: by the name of FILE, else csv)" },
    { "output", 'o', "FILE", "write to FILE, replacing it (default: standard output)" },
    { 0 },
};

static int write_row(void *user, const kin_job_row *row, kin_error *err)
{
    return kin_job_writer_row(user, row, err);
}

static int write_rows(kin_workspace *workspace, int64_t job, kin_job_format format, FILE *out, kin_error *err)
{
    kin_job_writer *writer = NULL;
    int code = kin_job_writer_new(out, format, &writer, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace_job_rows(workspace, job, write_row, writer, err);
    if (code != KIN_OK) {
        (void)kin_job_writer_close(writer, NULL);
        return code;
    }
    return kin_job_writer_close(writer, err);
}

static bool is_device(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

/* A file appears whole or not at all; a device or pipe is written to. */
static int write_file(kin_workspace *workspace, int64_t job, kin_job_format format, const char *path, kin_error *err)
{
    bool device = is_device(path);
    char *text = NULL;
    size_t size = 0;
    FILE *out = device ? fopen(path, "wb") : open_memstream(&text, &size);
    if (!out)
        return kin_fail_errno(err, "write", path);
    int code = write_rows(workspace, job, format, out, err);
    if (fclose(out) != 0 && code == KIN_OK)
        code = kin_fail_errno(err, "write", path);
    if (code == KIN_OK && !device)
        code = kin_file_replace(path, text, size, err);
    free(text);
    return code;
}

static int run_export(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_workspace *workspace = NULL;
    kin_job_format format = KIN_JOB_CSV;
    kin_job about;
    int64_t job = 0;
    const char *path = cli_text(args, "output");
    if (path && strcmp(path, "-") == 0)
        path = NULL;
    int code = job_number(args->words[0], &job, err);
    if (code == KIN_OK)
        code = format_of(args, path, &format, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_READ, &workspace, err);
    if (code == KIN_OK)
        code = kin_workspace_job(workspace, job, &about, err);
    if (format == KIN_JOB_UNKNOWN)
        format = KIN_JOB_CSV;
    if (code == KIN_OK)
        code = path ? write_file(workspace, job, format, path, err) : write_rows(workspace, job, format, stdout, err);
    kin_workspace_close(workspace);
    if (code == KIN_OK && path)
        cli_say(cli, "job %lld is in %s; fill in its column verdict, then: kin job import %s", (long long)job, path,
                path);
    return code;
}

const cli_command cli_cmd_job_export = {
    .name = "export",
    .summary = "write a job to a file for review",
    .usage = "N",
    .words_least = 1,
    .words_most = 1,
    .about = "Writes a row for each item of job N. The reviewer fills in verdict (ok, minor or critical) and, where it "
             "helps, should_be, kind, count and note; all else stays as it is.",
    .options = export_options,
    .example = "job export 7 -o job7.csv",
    .example_about = "a table for any spreadsheet",
    .run = run_export,
};

/* ---- kin job import ---- */

static const cli_option import_options[] = {
    { "format", 0, "F", "csv or jsonl (default: told by the content)" },
    { 0 },
};

static int print_json(int64_t job, const kin_verdicts_summary *summary, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_import(&json, job, summary);
    return cli_json_print(&json, err);
}

static int print_facts(const kin_verdicts_summary *summary, kin_error *err)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = { { "rows with a verdict", summary->rows },
                   { "new verdicts", summary->added },
                   { "ok by their picture's verdict", summary->implied },
                   { "rows without a verdict yet", summary->open },
                   { "rejected rows", summary->rejects } };
    cli_grid grid = cli_grid_facts();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        cli_grid_fact(&grid, counts[i].name);
        cli_grid_count(&grid, counts[i].value);
    }
    return cli_grid_print(&grid, err);
}

static int run_import(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_workspace *workspace = NULL;
    kin_verdicts_summary summary = { 0 };
    kin_job_format format = KIN_JOB_UNKNOWN;
    cli_progress progress;
    int64_t job = 0;
    const char *path = args->words[args->words_count - 1];
    int code = args->words_count == 2 ? job_number(args->words[0], &job, err) : KIN_OK;
    if (code == KIN_OK)
        code = format_of(args, NULL, &format, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_WRITE, &workspace, err);
    if (code != KIN_OK)
        return code;
    kin_watch watch = cli_progress_begin(&progress, cli);
    code = kin_workspace_job_import(workspace, job, path, format, &watch, &summary, err);
    cli_progress_end(&progress);
    kin_workspace_close(workspace);
    if (progress.held > 0)
        cli_warn("and %llu more like these", (unsigned long long)progress.held);
    if (code != KIN_OK)
        return code;
    cli->partial = summary.rejects > 0;
    code = cli->json ? print_json(job, &summary, err) : print_facts(&summary, err);
    cli_hint(cli, "next: kin slices");
    return code;
}

const cli_command cli_cmd_job_import = {
    .name = "import",
    .summary = "take the verdicts of a reviewed file",
    .usage = "[N] FILE",
    .words_least = 1,
    .words_most = 2,
    .about = "Takes the verdicts from a CSV or JSON Lines file whose rows name an item and a verdict. Rows without a "
             "verdict are not reviewed yet; rows that name no item are rejected and counted. Importing a file twice "
             "changes nothing.",
    .options = import_options,
    .example = "job import 7 job7.csv",
    .example_about = "takes what the reviewer filled in",
    .json = "job, rows, added, implied, open, rejects",
    .run = run_import,
};
