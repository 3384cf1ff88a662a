#include "cli/index_run.h"
#include "cli/grid.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/progress.h"

#include <math.h>

static int read_options(cli_program *cli, const cli_args *args, kin_describe_options *out, kin_error *err)
{
    uint64_t threads = 0;
    const char *format = cli_text(args, "format"), *precision = cli_text(args, "precision");
    *out = (kin_describe_options)KIN_DESCRIBE_OPTIONS_INIT;
    out->no_annotations = cli_flag(args, "no-annotations");
    out->import = (kin_import_options)KIN_IMPORT_OPTIONS_INIT;
    out->import.strict = cli_flag(args, "strict");
    out->import.label_column = cli_text(args, "label-column");
    out->model = cli_text(args, "model");
    out->embeddings = cli_text(args, "embeddings");
    out->embedding_rows = cli_text(args, "rows");
    int code = cli_list(cli, args, "annotations", &out->annotations, &out->annotations_count, err);
    if (code == KIN_OK && out->no_annotations && out->annotations_count > 0)
        code = kin_fail(err, KIN_E_USAGE, "--annotations and --no-annotations exclude each other");
    if (code == KIN_OK && format) {
        out->import.format = kin_annotation_format_from(format);
        if (out->import.format == KIN_ANNOTATIONS_UNKNOWN)
            code = kin_fail(err, KIN_E_USAGE,
                            "--format is one of coco, yolo, voc, cvat, labelstudio, jsonl, openimages, csv, "
                            "folders; not '%s'",
                            format);
    }
    if (code == KIN_OK && precision) {
        out->precision = kin_precision_from(precision);
        if (out->precision == KIN_PRECISION_DEFAULT)
            code = kin_fail(err, KIN_E_USAGE, "--precision is float or int8; not '%s'", precision);
    }
    if (code == KIN_OK)
        code = cli_number(args, "margin", 0, 2, &out->margin, err);
    if (code == KIN_OK)
        code = cli_count(args, "threads", 0, 1024, &threads, err);
    if (code == KIN_OK)
        code = cli_count(args, "max-pixels", 1, INT64_MAX, &out->max_pixels, err);
    if (code == KIN_OK)
        code = cli_count(args, "max-bytes", 1, INT64_MAX, &out->max_bytes, err);
    out->threads = (size_t)threads;
    return code;
}

/* ---- What came of it ---- */

static double seconds_of(const kin_describe_summary *s)
{
    return s->scan_seconds + s->import_seconds + s->describe_seconds + s->base_seconds;
}

static int print_json(const char *folder, const kin_describe_summary *s, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_index(&json, folder, s);
    return cli_json_print(&json, err);
}

static int print_facts(cli_program *cli, const kin_describe_summary *s, kin_error *err)
{
    cli_grid grid = cli_grid_facts();
    double seconds = seconds_of(s);
    const struct {
        const char *name;
        uint64_t value;
        bool always;
    } counts[] = { { "images", s->assets, true },
                   { "shapes", s->shapes, true },
                   { "added", s->added, false },
                   { "changed", s->changed, false },
                   { "gone", s->gone, false },
                   { "described", s->described, true },
                   { "failed", s->failed, false },
                   { "unreadable", s->unreadable, false },
                   { "rejected entries", s->rejects, false } };
    cli_grid_fact(&grid, "model");
    cli_grid_text(&grid, cli_model_name(cli, s->model, s->precision));
    cli_grid_fact(&grid, "annotations read");
    cli_grid_text(&grid, s->annotations[0] ? s->annotations : "none, or as before");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (!counts[i].always && counts[i].value == 0 && grid.terminal)
            continue;
        cli_grid_fact(&grid, counts[i].name);
        cli_grid_count(&grid, counts[i].value);
    }
    cli_grid_fact(&grid, "seconds");
    cli_grid_number(&grid, "%.2f", seconds);
    cli_grid_fact(&grid, "items per second");
    cli_grid_number(&grid, "%.0f",
                    s->described > 0 && s->describe_seconds > 0 ? (double)s->described / s->describe_seconds : NAN);
    return cli_grid_print(&grid, err);
}

/* What was passed over, by kinds: where there is much of it, the single lines do not show what it is. */
typedef struct passed_over {
    const cli_program *cli;
    size_t told, left;
} passed_over;

static int tell_failures(void *user, const kin_failures *failures, kin_error *err)
{
    enum { most = 8 };
    passed_over *p = user;
    (void)err;
    if (p->told < most)
        cli_say(p->cli, "passed over: %llu: %s, such as %s", (unsigned long long)failures->count, failures->reason,
                failures->example);
    p->left += p->told++ >= most;
    return KIN_OK;
}

static int tell_passed_over(const cli_program *cli, const cli_progress *progress, kin_workspace *workspace,
                            kin_error *err)
{
    passed_over p = { .cli = cli };
    if (progress->held == 0)
        return KIN_OK;
    cli_warn("and %llu more like these: kin status --unreadable", (unsigned long long)progress->held);
    int code = kin_workspace_each_failures(workspace, tell_failures, &p, err);
    if (code == KIN_OK && p.left > 0)
        cli_say(cli, "passed over: and %zu kinds more", p.left);
    return code;
}

/* The folder is a word, or as for every command. */
static int folder_of(cli_program *cli, const cli_args *args, const char **folder, kin_error *err)
{
    if (args->words_count == 0)
        return cli_dataset(cli, folder, err);
    if (cli->folder)
        return kin_fail(err, KIN_E_USAGE, "the folder is given twice, as %s and as %s", args->words[0], cli->folder);
    *folder = args->words[0];
    return KIN_OK;
}

int cli_index_run(cli_program *cli, const cli_args *args, cli_index index, void *user, kin_error *err)
{
    kin_describe_options chosen;
    kin_describe_summary summary = { 0 };
    kin_workspace *workspace = NULL;
    const char *folder = NULL;
    cli_progress progress;
    int code = read_options(cli, args, &chosen, err);
    if (code == KIN_OK)
        code = folder_of(cli, args, &folder, err);
    if (code == KIN_OK)
        code = kin_workspace_open(folder, KIN_LEDGER_CREATE, &workspace, err);
    if (code != KIN_OK)
        return code;
    kin_watch watch = cli_progress_begin(&progress, cli);
    code = index(user, workspace, &chosen, &watch, &summary, err);
    cli_progress_end(&progress);
    if (code == KIN_OK || code == KIN_E_STOPPED) {
        int told = tell_passed_over(cli, &progress, workspace, err);
        code = told == KIN_OK ? code : told;
    }
    kin_workspace_close(workspace);
    if (code == KIN_E_STOPPED)
        return kin_fail(err, code, "stopped; what is done is kept: give the same command again to go on");
    if (code != KIN_OK)
        return code;
    cli->partial = summary.unreadable > 0 || summary.failed > 0 || summary.rejects > 0;
    code = cli->json ? print_json(folder, &summary, err) : print_facts(cli, &summary, err);
    cli_hint(cli, "next: kin audit 300, or kin find ITEM for the kin of one that you know is wrong");
    return code;
}
