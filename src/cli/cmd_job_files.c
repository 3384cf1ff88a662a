/* Jobs out, verdicts in. */

#include "base/file.h"
#include "cli/job_text.h"
#include "cli/job_write.h"
#include "cli/options.h"
#include "cli/progress.h"

#include <stdlib.h>
#include <string.h>

static int job_number(const char *text, int64_t *job, kin_error *err)
{
    uint64_t id = 0;
    int code = cli_count_word(text, "the number of a job", 1, INT64_MAX, &id, err);
    *job = (int64_t)id;
    return code;
}

/* What --format says; UNKNOWN where it is not given. `most`: the last of the formats that serve. */
static int named_format(const cli_args *args, kin_job_format most, kin_job_format *format, kin_error *err)
{
    const char *text = cli_text(args, "format");
    *format = text ? kin_job_format_from(text) : KIN_JOB_UNKNOWN;
    if (text && (*format == KIN_JOB_UNKNOWN || *format > most))
        return kin_fail(err, KIN_E_USAGE, "--format is csv, jsonl, labelstudio%s; not '%s'",
                        most == KIN_JOB_CVAT ? " or cvat" : ", cvat, coco or fiftyone", text);
    return KIN_OK;
}

/* ---- kin job export ---- */

static const cli_option export_options[] = {
    { "format", 0, "csv|jsonl|labelstudio|cvat|coco|fiftyone", "of what is written (default: by the name of FILE, else csv)" },
    { "output", 'o', "FILE", "write to FILE, replacing it (default: standard output)" },
    { "setup", 0, "FILE",
      "labelstudio: the labeling config; cvat: the labels for its constructor (default with -o: beside FILE)" },
    { "document-root", 0, "DIR",
      "labelstudio: what its local files are served from, LOCAL_FILES_DOCUMENT_ROOT (default: /)" },
    { "images", 0, "PREFIX",
      "what stands before the images' paths: labelstudio: a URL in place of local files; fiftyone: a folder (default: "
      "the data set's); cvat, coco: nothing" },
    { "manifest", 0, "FILE", "cvat: also write manifest.jsonl of the images, for tasks from a cloud storage or share" },
    { 0 },
};

/* By what the name of the file ends in. */
static int format_by_name(const char *path, kin_job_format *format, kin_error *err)
{
    const char *ending = path ? kin_path_extension(path) : "";
    if (strcmp(ending, ".json") == 0)
        return kin_fail(err, KIN_E_USAGE, "several tools read .json: say --format labelstudio, coco or fiftyone");
    if (strcmp(ending, ".xml") == 0)
        *format = KIN_JOB_CVAT;
    else
        *format = strcmp(ending, ".jsonl") == 0 ? KIN_JOB_JSONL : KIN_JOB_CSV;
    return KIN_OK;
}

/* "tasks.json" -> "tasks.config.xml" */
static const char *beside(cli_program *cli, const char *path, const char *ending)
{
    kin_buffer name = KIN_BUFFER_INIT;
    kin_buffer_append(&name, path, (size_t)(kin_path_extension(path) - path));
    kin_buffer_string(&name, ending);
    const char *own = name.failed ? NULL : kin_arena_string(&cli->arena, name.data);
    kin_buffer_clear(&name);
    return own;
}

static int check_option(const cli_args *args, const char *name, bool fits, const char *format, kin_error *err)
{
    return !cli_text(args, name) || fits ? KIN_OK
                                         : kin_fail(err, KIN_E_USAGE, "--%s goes with --format %s", name, format);
}

static int read_file(cli_program *cli, const cli_args *args, cli_job_file *file, kin_error *err)
{
    const char *path = cli_text(args, "output");
    *file = (cli_job_file) { .path = path && strcmp(path, "-") != 0 ? path : NULL };
    int code = named_format(args, KIN_JOB_FIFTYONE, &file->format, err);
    if (code == KIN_OK && file->format == KIN_JOB_UNKNOWN)
        code = format_by_name(file->path, &file->format, err);
    bool studio = file->format == KIN_JOB_LABELSTUDIO, cvat = file->format == KIN_JOB_CVAT;
    bool table = file->format == KIN_JOB_CSV || file->format == KIN_JOB_JSONL;
    if (code == KIN_OK)
        code = check_option(args, "setup", studio || cvat, "labelstudio or cvat", err);
    if (code == KIN_OK)
        code = check_option(args, "document-root", studio, "labelstudio", err);
    if (code == KIN_OK)
        code = check_option(args, "manifest", cvat, "cvat", err);
    if (code == KIN_OK)
        code = check_option(args, "images", !table, "labelstudio, cvat, coco or fiftyone", err);
    if (code != KIN_OK)
        return code;
    file->images = cli_text(args, "images");
    file->root = cli_text(args, "document-root");
    file->manifest = cli_text(args, "manifest");
    file->setup = cli_text(args, "setup");
    if (file->setup || !file->path || !(studio || cvat))
        return KIN_OK;
    file->setup = beside(cli, file->path, studio ? ".config.xml" : ".labels.json");
    return file->setup ? KIN_OK : kin_fail_memory(err);
}

typedef struct job_rows {
    kin_workspace *workspace;
    int64_t job;
} job_rows;

static int each_row(void *user, int (*take)(void *writer, const kin_job_row *row, kin_error *err), void *writer,
                    kin_error *err)
{
    const job_rows *rows = user;
    return kin_workspace_job_rows(rows->workspace, rows->job, take, writer, err);
}

static void say_what_next(const cli_program *cli, const cli_job_file *file, long long job)
{
    if (file->format == KIN_JOB_LABELSTUDIO)
        cli_say(cli,
                "job %lld is in %s; set a project up with %s as its labeling config, import the tasks, and take "
                "its export as JSON back with: kin job import %lld FILE",
                job, file->path, file->setup, job);
    else if (file->format == KIN_JOB_CVAT)
        cli_say(cli,
                "job %lld is in %s; make a task of its images with the labels of %s (Raw), upload the annotations "
                "as \"CVAT 1.1\", and take its export as \"CVAT for images 1.1\" back with: kin job import %lld FILE",
                job, file->path, file->setup, job);
    else if (file->format == KIN_JOB_CSV || file->format == KIN_JOB_JSONL)
        cli_say(cli, "job %lld is in %s; fill in its column verdict, then: kin job import %s", job, file->path,
                file->path);
    else
        cli_say(cli, "job %lld is in %s", job, file->path);
}

static int run_export(cli_program *cli, const cli_args *args, kin_error *err)
{
    job_rows rows = { .workspace = NULL };
    cli_job_file file;
    kin_job about;
    int code = job_number(args->words[0], &rows.job, err);
    if (code == KIN_OK)
        code = read_file(cli, args, &file, err);
    if (code == KIN_OK)
        code = cli_open(cli, KIN_LEDGER_READ, &rows.workspace, err);
    if (code == KIN_OK)
        code = kin_workspace_job(rows.workspace, rows.job, &about, err);
    if (code == KIN_OK)
        code = cli_job_write(cli, rows.workspace, &file, each_row, &rows, err);
    kin_workspace_close(rows.workspace);
    if (code == KIN_OK && file.path)
        say_what_next(cli, &file, (long long)rows.job);
    return code;
}

const cli_command cli_cmd_job_export = {
    .name = "export",
    .summary = "write a job to a file for review",
    .usage = "N",
    .words_least = 1,
    .words_most = 1,
    .about = "Writes the items of job N for review. In csv and jsonl each is a row, and the reviewer fills in verdict "
             "(ok, minor or critical) and, where it helps, should_be, kind, count and note; all else stays as it is. "
             "labelstudio gives a task an item, with its shape drawn in, and a labeling config with the same fields; "
             "cvat the shapes by image, with attributes to fill in. coco and fiftyone are for looking at the job, or "
             "for training with it.",
    .options = export_options,
    .example = "job export 7 -o job7.csv",
    .example_about = "a table for any spreadsheet",
    .run = run_export,
};

/* ---- kin job import ---- */

static const cli_option import_options[] = {
    { "format", 0, "csv|jsonl|labelstudio|cvat", "of FILE (default: told by the content)" },
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
        code = named_format(args, KIN_JOB_CVAT, &format, err);
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
    .about =
        "Takes the verdicts from a CSV or JSON Lines file whose rows name an item and a verdict, or from what Label "
        "Studio exports as JSON or CVAT as \"CVAT for images 1.1\". Rows without a verdict are not reviewed yet; rows "
        "that name no item are rejected and counted. A shape that was relabelled in the tool is critical and should "
        "be what it became; one that was deleted (Label Studio) is critical, spurious; one that was moved is minor, "
        "box: unless a verdict was chosen, which stands. Importing a file twice changes nothing.",
    .options = import_options,
    .example = "job import 7 job7.csv",
    .example_about = "takes what the reviewer filled in",
    .json = "job, rows, added, implied, open, rejects",
    .run = run_import,
};
