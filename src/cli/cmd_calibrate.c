#include "cli/grid.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "kin/calibrate.h"

static const cli_option options[] = {
    { "pictures", 0, "N", "how many the ranges are taken from (default: 64)" },
    { "held-out", 0, "N", "how many others to measure on, at most (default: 256)" },
    { "seed", 0, "S", "another seed draws other pictures (default: 1)" },
    { "threads", 0, "N", "workers (default: one a core)" },
    { 0 },
};

static int read_options(const cli_args *args, kin_calibrate_options *out, kin_error *err)
{
    uint64_t pictures = 0, held_out = 0, threads = 0;
    *out = (kin_calibrate_options)KIN_CALIBRATE_OPTIONS_INIT;
    int code = cli_count(args, "pictures", KIN_CALIBRATE_LEAST_PICTURES, 10000, &pictures, err);
    if (code == KIN_OK)
        code = cli_count(args, "held-out", KIN_CALIBRATE_LEAST_HELD_OUT, 1000000, &held_out, err);
    if (code == KIN_OK)
        code = cli_count(args, "seed", 0, UINT64_MAX, &out->seed, err);
    if (code == KIN_OK)
        code = cli_count(args, "threads", 0, 1024, &threads, err);
    out->pictures = (size_t)pictures;
    out->held_out = (size_t)held_out;
    out->threads = (size_t)threads;
    return code;
}

static int print(const cli_program *cli, const kin_calibration *c, kin_error *err)
{
    kin_json json = { 0 };
    cli_grid grid = cli_grid_facts();
    const struct {
        const char *key, *name;
        uint64_t value;
    } counts[] = { { "pictures", "calibrated on", c->pictures },
                   { "held_out", "measured on", c->held_out },
                   { "unreadable", "files that are no pictures", c->unreadable },
                   { "float_values", "layers' results left in float", c->float_values } };
    const struct {
        const char *key, *name;
        double value;
    } cosines[] = { { "whole_mean", "cosine to float, whole pictures", c->whole_mean },
                    { "whole_min", "the least", c->whole_min },
                    { "cut_mean", "cosine to float, cut-out squares", c->cut_mean },
                    { "cut_min", "the least of them", c->cut_min } };
    if (cli->json)
        json = kin_json_new();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (cli->json) {
            kin_json_count(&json, NULL, counts[i].key, counts[i].value);
            continue;
        }
        cli_grid_fact(&grid, counts[i].name);
        cli_grid_count(&grid, counts[i].value);
    }
    for (size_t i = 0; i < sizeof cosines / sizeof *cosines; i++) {
        if (cli->json) {
            kin_json_number(&json, NULL, cosines[i].key, cosines[i].value);
            continue;
        }
        cli_grid_fact(&grid, cosines[i].name);
        cli_grid_number(&grid, "%.4f", cosines[i].value);
    }
    if (cli->json)
        kin_json_flag(&json, NULL, "default", kin_calibration_is_good(c));
    return cli->json ? cli_json_print(&json, err) : cli_grid_print(&grid, err);
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_calibrate_options chosen;
    kin_calibration calibration = { 0 };
    cli_progress progress;
    int code = read_options(args, &chosen, err);
    if (code != KIN_OK)
        return code;
    kin_watch watch = cli_progress_begin(&progress, cli);
    code = kin_model_calibrate(args->words[0], args->words[1], &chosen, &watch, &calibration, err);
    cli_progress_end(&progress);
    if (code == KIN_OK)
        code = print(cli, &calibration, err);
    if (code == KIN_OK && !kin_calibration_is_good(&calibration))
        cli_warn("a mean below %.2f: %s stays float unless kin index is told --precision int8", KIN_INT8_COSINE,
                 args->words[0]);
    return code;
}

const cli_command cli_cmd_calibrate = {
    .name = "calibrate",
    .summary = "make a neural model ready for 8 bits",
    .usage = "MODEL PHOTOS",
    .words_least = 2,
    .words_most = 2,
    .about =
        "Draws pictures from the folder PHOTOS, takes from them what the model's values range over, measures on "
        "others how near 8 bits come to float, and writes int8_ranges.json into the model's folder. New workspaces "
        "then use 8 bits where both mean cosines are at least 0.99. Photos of the kind to be described do best.",
    .options = options,
    .example = "calibrate models/my-encoder photos",
    .example_about = "64 pictures of photos/ for the ranges, 256 others to measure on",
    .json = "pictures, held_out, unreadable, float_values, whole_mean, whole_min, cut_mean, cut_min, default",
    .run = run,
};
