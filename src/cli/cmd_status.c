#include "cli/grid.h"
#include "cli/json.h"
#include "cli/options.h"

static const cli_option options[] = {
    { "unreadable", 0, NULL, "list what cannot be read or described, and why" },
    { 0 },
};

/* ---- --unreadable ---- */

typedef struct failed_list {
    cli_program *cli;
    kin_json json;
    cJSON *list;
    cli_grid grid;
} failed_list;

static int take_failed(void *user, const kin_item *item, kin_error *err)
{
    failed_list *failed = user;
    const char *name = cli_item_name(failed->cli, item->path, item->shape);
    if (!name)
        return kin_fail_memory(err);
    if (failed->cli->json) {
        cJSON *entry = kin_json_entry(&failed->json, failed->list);
        kin_json_text(&failed->json, entry, "item", name);
        kin_json_text(&failed->json, entry, "reason", item->reason);
    } else {
        cli_grid_text(&failed->grid, name);
        cli_grid_text(&failed->grid, item->reason);
    }
    return KIN_OK;
}

static int take_kind(void *user, const kin_failures *kind, kin_error *err)
{
    failed_list *failed = user;
    cJSON *entry = kin_json_entry(&failed->json, failed->list);
    (void)err;
    kin_json_text(&failed->json, entry, "reason", kind->reason);
    kin_json_count(&failed->json, entry, "count", kind->count);
    kin_json_text(&failed->json, entry, "example", kind->example);
    return KIN_OK;
}

static int list_failed(cli_program *cli, kin_workspace *workspace, kin_error *err)
{
    static const cli_column columns[] = { { "item", false, true, false }, { "reason", false, true, false } };
    failed_list failed = { .cli = cli, .grid = cli_grid_new(columns, 2) };
    if (cli->json) {
        failed.json = kin_json_new();
        failed.list = kin_json_list(&failed.json, NULL, "unreadable");
    }
    int code = kin_workspace_each_failed(workspace, take_failed, &failed, err);
    if (code == KIN_OK && cli->json) {
        failed.list = kin_json_list(&failed.json, NULL, "kinds");
        code = kin_workspace_each_failures(workspace, take_kind, &failed, err);
    }
    if (code == KIN_OK)
        code = cli->json ? cli_json_print(&failed.json, err) : cli_grid_print(&failed.grid, err);
    kin_json_clear(&failed.json);
    cli_grid_clear(&failed.grid);
    return code;
}

/* ---- What there is ---- */

static int print_json(const char *folder, const kin_status *s, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_text(&json, NULL, "folder", folder);
    kin_json_status(&json, s);
    return cli_json_print(&json, err);
}

static int print_facts(cli_program *cli, const char *folder, const kin_status *s, kin_error *err)
{
    const struct {
        const char *key;
        uint64_t value;
    } counts[] = { { "assets", s->counts.assets },     { "shapes", s->counts.shapes },
                   { "indexed", s->indexed },          { "pending", s->counts.pending },
                   { "failed", s->counts.failed },     { "unreadable", s->unreadable },
                   { "gone", s->counts.gone },         { "rows", s->rows },
                   { "covered", s->covered },          { "jobs", s->counts.jobs },
                   { "verdicts", s->counts.verdicts }, { "reviewed", s->reviewed },
                   { "mistakes", s->mistakes } };
    cli_grid grid = cli_grid_facts();
    cli_grid_fact(&grid, "folder");
    cli_grid_text(&grid, folder);
    cli_grid_fact(&grid, "model");
    cli_grid_text(&grid, s->model[0] ? cli_model_name(cli, s->model, s->precision) : "none yet: kin index");
    cli_grid_fact(&grid, "annotations");
    cli_grid_text(&grid, s->annotations[0] ? s->annotations : "none");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        cli_grid_fact(&grid, counts[i].key);
        cli_grid_count(&grid, counts[i].value);
    }
    return cli_grid_print(&grid, err);
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_workspace *workspace = NULL;
    kin_status status = { 0 };
    int code = cli_open(cli, KIN_LEDGER_READ, &workspace, err);
    if (code == KIN_OK && cli_flag(args, "unreadable")) {
        code = list_failed(cli, workspace, err);
    } else if (code == KIN_OK) {
        code = kin_workspace_status(workspace, &status, err);
        if (code == KIN_OK)
            code = cli->json ? print_json(kin_workspace_folder(workspace), &status, err)
                             : print_facts(cli, kin_workspace_folder(workspace), &status, err);
        if (code == KIN_OK && status.model_note[0])
            cli_warn("%s", status.model_note);
        if (code == KIN_OK && status.counts.pending > 0)
            cli_hint(cli, "%llu items are not described yet: kin index", (unsigned long long)status.counts.pending);
        if (code == KIN_OK && status.rows > 0 && (status.rows - status.indexed) * 5 >= status.rows)
            cli_say(cli, "%.0f%% of the rows of vectors.bin are no longer in use: kin compact",
                    100.0 * (double)(status.rows - status.indexed) / (double)status.rows);
    }
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_status = {
    .name = "status",
    .summary = "say what the data set holds and how far its review is",
    .usage = "",
    .about = "Counts of images and shapes, described and not; of verdicts and jobs; the descriptor and the annotations "
             "in use.",
    .options = options,
    .example = "status --unreadable",
    .example_about = "each image or shape that could not be described, with the reason",
    .json = "folder, model, precision, model_note, annotations, assets, shapes, indexed, pending, failed, unreadable, "
            "gone, rows, covered, jobs, "
            "verdicts, reviewed, mistakes; with --unreadable instead unreadable: [{item, reason}], and kinds: "
            "[{reason, count, example}]",
    .run = run,
};
