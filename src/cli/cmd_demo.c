#include "cli/grid.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "demo/demo.h"

static const cli_option options[] = {
    { "pictures", 0, "N", "how many (default: 2000)" },
    { "seed", 0, "S", "another seed gives other pictures (default: 1)" },
    { "threads", 0, "N", "workers (default: one a core)" },
    { 0 },
};

static int print_json(const kin_demo_summary *s, kin_error *err)
{
    const struct {
        const char *key;
        uint64_t value;
    } counts[] = { { "pictures", s->pictures },
                   { "shapes", s->shapes },
                   { "pedestrians", s->pedestrians },
                   { "skateboarders_as_pedestrians", s->skateboarders_as_pedestrians },
                   { "motorcycles_labelled", s->motorcycles_labelled },
                   { "motorcycles_wrong", s->motorcycles_wrong },
                   { "other_labels", s->other_labels },
                   { "loose_boxes", s->loose_boxes },
                   { "missing", s->missing } };
    kin_json json = kin_json_new();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        kin_json_count(&json, NULL, counts[i].key, counts[i].value);
    kin_json_number(&json, NULL, "error_rate", s->error_rate);
    kin_json_number(&json, NULL, "score", s->score);
    kin_json_text(&json, NULL, "skateboarder_annotator", s->skateboarder_annotator);
    kin_json_text(&json, NULL, "motorcycle_annotator", s->motorcycle_annotator);
    return cli_json_print(&json, err);
}

static int print_facts(const kin_demo_summary *s, kin_error *err)
{
    cli_grid grid = cli_grid_facts();
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = { { "pictures", s->pictures },
                   { "shapes", s->shapes },
                   { "pedestrians, rightly", s->pedestrians },
                   { "skateboarders called pedestrian", s->skateboarders_as_pedestrians },
                   { "motorcycles", s->motorcycles_labelled },
                   { "motorcycles that are bicycles", s->motorcycles_wrong },
                   { "other wrong labels", s->other_labels },
                   { "loose boxes", s->loose_boxes },
                   { "missing shapes", s->missing } };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        cli_grid_fact(&grid, counts[i].name);
        cli_grid_count(&grid, counts[i].value);
    }
    cli_grid_fact(&grid, "error rate");
    cli_grid_percent(&grid, s->error_rate);
    cli_grid_fact(&grid, "quality score");
    cli_grid_percent(&grid, s->score);
    cli_grid_fact(&grid, "who calls skateboarders pedestrians");
    cli_grid_text(&grid, s->skateboarder_annotator);
    cli_grid_fact(&grid, "who calls bicycles motorcycles");
    cli_grid_text(&grid, s->motorcycle_annotator);
    return cli_grid_print(&grid, err);
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_demo_options chosen = KIN_DEMO_OPTIONS_INIT;
    kin_demo_summary summary = { 0 };
    uint64_t pictures = chosen.pictures, threads = 0;
    cli_progress progress;
    int code = cli_count(args, "pictures", 1, 100000, &pictures, err);
    if (code == KIN_OK)
        code = cli_count(args, "seed", 0, UINT64_MAX, &chosen.seed, err);
    if (code == KIN_OK)
        code = cli_count(args, "threads", 0, 1024, &threads, err);
    if (code != KIN_OK)
        return code;
    chosen.pictures = (uint32_t)pictures;
    chosen.threads = (size_t)threads;
    kin_watch watch = cli_progress_begin(&progress, cli);
    code = kin_demo_write(args->words[0], &chosen, &watch, &summary, err);
    cli_progress_end(&progress);
    if (code == KIN_E_STOPPED)
        return kin_fail(err, code, "stopped; the same command draws the whole data set");
    if (code == KIN_OK)
        code = cli->json ? print_json(&summary, err) : print_facts(&summary, err);
    if (code == KIN_OK)
        cli_hint(cli, "next: kin index %s, then in it kin audit 300; what is wrong and why is in truth.csv",
                 args->words[0]);
    return code;
}

const cli_command cli_cmd_demo = {
    .name = "demo",
    .summary = "draw a data set to try everything on",
    .usage = "DIR",
    .words_least = 1,
    .words_most = 1,
    .about = "Draws street scenes with annotations by five annotators into DIR, and plants mistakes in them: one "
             "annotator calls skateboarders pedestrians, half of the motorcycles are bicycles, a little is wrong here "
             "and there. The truth is in truth.csv.",
    .options = options,
    .example = "demo street --pictures 200",
    .example_about = "a small one, drawn in a few seconds",
    .json = "pictures, shapes, pedestrians, skateboarders_as_pedestrians, motorcycles_labelled, motorcycles_wrong, "
            "other_labels, loose_boxes, missing, error_rate, score, skateboarder_annotator, motorcycle_annotator",
    .run = run,
};
