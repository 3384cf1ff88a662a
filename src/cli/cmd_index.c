#include "cli/grid.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/progress.h"

#include <math.h>

static const cli_option options[] = {
    { "annotations", 0, "PATH", "annotations to read (may be given several times; default: as last time, else found)" },
    { "format", 0, "F",
      "what they are: coco, yolo, voc, cvat, labelstudio, jsonl, openimages, csv, folders (default: told by the "
      "content)" },
    { "label-column", 0, "C", "CSV, JSON Lines: the column or key that holds the label" },
    { "no-annotations", 0, NULL, "images only" },
    { "strict", 0, NULL, "end at the first entry that cannot be taken" },
    { "model", 0, "NAME|DIR",
      "the descriptor: classic, efficientnet-lite0, or a folder with model.onnx (default: as last time, "
      "else efficientnet-lite0 where it is there)" },
    { "embeddings", 0, "FILE", "vectors of your own in place of a descriptor: .npy or .fvecs, with --rows" },
    { "rows", 0, "CSV",
      "which item each row of --embeddings is: columns path and, for shapes, shape, in the order of the rows; or in "
      "any "
      "order with a column row, where 0 is the first" },
    { "precision", 0, "P",
      "what a neural model computes in: float, or int8, several times faster and nearly the same (default: as last "
      "time, "
      "else int8 where the model is calibrated for it and this processor gains by it)" },
    { "margin", 0, "M", "share of a box to look at beyond each side, 0 to 2 (default: as last time, else 0.1)" },
    { "threads", 0, "N", "workers (default: one a core)" },
    { "max-pixels", 0, "N", "pass over images with more pixels" },
    { "max-bytes", 0, "N", "pass over image files with more bytes" },
    { 0 },
};

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

static int run(cli_program *cli, const cli_args *args, kin_error *err)
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
    code = kin_workspace_index(workspace, &chosen, &watch, &summary, err);
    cli_progress_end(&progress);
    kin_workspace_close(workspace);
    if (progress.held > 0)
        cli_warn("and %llu more like these: kin status --unreadable", (unsigned long long)progress.held);
    if (code == KIN_E_STOPPED)
        return kin_fail(err, code, "stopped; what is done is kept: give the same command again to go on");
    if (code != KIN_OK)
        return code;
    cli->partial = summary.unreadable > 0 || summary.failed > 0 || summary.rejects > 0;
    code = cli->json ? print_json(folder, &summary, err) : print_facts(cli, &summary, err);
    cli_hint(cli, "next: kin audit 300, or kin find ITEM for the kin of one that you know is wrong");
    return code;
}

const cli_command cli_cmd_index = {
    .name = "index",
    .summary = "describe the images and shapes of a folder, or what is new in it",
    .usage = "[DIR]",
    .words_most = 1,
    .about = "Brings the workspace DIR/.kin up to date with the images below DIR and with their annotations: new, "
             "changed and vanished files and shapes. Images that cannot be read are recorded and passed over. A "
             "stopped or killed run goes on where it was. With --embeddings the vectors are yours and no picture is "
             "decoded; the next runs read the same files again, until --model is named. Rows need not have length 1; "
             "an item without a row, or with one that is all zeros or not finite, cannot be found by likeness and is "
             "listed by kin status --unreadable.",
    .options = options,
    .example = "index photos --annotations instances.json",
    .example_about = "describes every image below photos/ and every box of instances.json",
    .json = "folder, model, precision, annotations, files, shapes_read, rejects, added, changed, gone, described, "
            "failed, assets, "
            "unreadable, shapes, threads, and seconds of wall time as scan_, import_, describe_ and base_seconds, and "
            "summed over workers as read_, decode_, vector_ and store_seconds",
    .run = run,
};
