#include "kin/check.h"

#include "cli/grid.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/progress.h"

static const cli_option options[] = {
    { "repair", 0, NULL, "mend what is derived from images and annotations" },
    { 0 },
};

static const char *state_of(const kin_finding *finding)
{
    return finding->repaired ? "repaired" : finding->damage ? "damaged" : "left over";
}

static int print_json(const kin_check *check, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_count(&json, NULL, "items", check->items);
    kin_json_count(&json, NULL, "rows", check->rows);
    kin_json_count(&json, NULL, "blocks_without_sum", check->without_sum);
    kin_json_count(&json, NULL, "shards_unseen", check->unseen);
    cJSON *list = kin_json_list(&json, NULL, "findings");
    for (size_t i = 0; i < check->count; i++) {
        cJSON *entry = kin_json_entry(&json, list);
        kin_json_text(&json, entry, "part", check->list[i].part);
        kin_json_text(&json, entry, "state", state_of(&check->list[i]));
        kin_json_text(&json, entry, "finding", check->list[i].what);
        kin_json_text(&json, entry, "repair", check->list[i].repair);
    }
    return cli_json_print(&json, err);
}

static int print_table(const kin_check *check, kin_error *err)
{
    static const cli_column columns[] = { { "part", false, false, false },
                                          { "state", false, false, false },
                                          { "finding", false, true, false },
                                          { "repair", false, true, true } };
    cli_grid grid = cli_grid_new(columns, 4);
    for (size_t i = 0; i < check->count; i++) {
        const kin_finding *f = &check->list[i];
        cli_grid_text(&grid, f->part);
        cli_grid_tinted(&grid, f->repaired ? CLI_GOOD : f->damage ? CLI_BAD : CLI_FAINT, state_of(f));
        cli_grid_text(&grid, f->what);
        cli_grid_text(&grid, f->repair ? f->repair : "none: restore it from a copy");
    }
    return cli_grid_print(&grid, err);
}

static void say_what_was_seen(const cli_program *cli, const kin_check *check)
{
    cli_say(cli, "%llu items and %llu rows checked, %zu findings", (unsigned long long)check->items,
            (unsigned long long)check->rows, check->count);
    if (check->without_sum)
        cli_say(cli, "%llu blocks of rows have no sum: of these only the form was checked",
                (unsigned long long)check->without_sum);
    if (check->unseen)
        cli_say(cli, "%llu shards are on other machines and were not checked", (unsigned long long)check->unseen);
}

/* Damage that is still there is what the exit code says. */
static int judge(const kin_check *check, kin_error *err)
{
    size_t damage = 0, mendable = 0;
    for (size_t i = 0; i < check->count; i++) {
        bool open = check->list[i].damage && !check->list[i].repaired;
        damage += open;
        mendable += open && check->list[i].repair;
    }
    if (damage == 0)
        return KIN_OK;
    return kin_fail(err, KIN_E_FORMAT, "%zu findings are damage; %s", damage,
                    mendable ? "kin check --repair mends what is derived" : "restore the workspace from a copy");
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    bool repair = cli_flag(args, "repair");
    kin_workspace *workspace = NULL;
    kin_check check = { 0 };
    cli_progress progress;
    int code = cli_open(cli, repair ? KIN_LEDGER_WRITE : KIN_LEDGER_READ, &workspace, err);
    if (code != KIN_OK)
        return code;
    kin_watch watch = cli_progress_begin(&progress, cli);
    code = kin_workspace_check(workspace, repair, &watch, &check, err);
    cli_progress_end(&progress);
    if (code == KIN_OK)
        code = cli->json ? print_json(&check, err) : print_table(&check, err);
    if (code == KIN_OK) {
        say_what_was_seen(cli, &check);
        code = judge(&check, err);
    }
    kin_check_clear(&check);
    kin_workspace_close(workspace);
    return code;
}

const cli_command cli_cmd_check = {
    .name = "check",
    .summary = "see whether the workspace is whole, and mend what is derived",
    .usage = "",
    .about = "Reads all of .kin: the ledger (SQLite's integrity check, references, whether verdicts and draws are "
             "sound), every row of vectors.bin against the sum that the ledger keeps of its block, whether each "
             "described item has a row and no other has one, base.faiss, shards that are on this machine, files that "
             "nobody needs. Exits with 1 where something is damaged; what a stopped run left over is no damage, the "
             "next kin index takes it up. --repair makes items pending whose row is lost or damaged, so that the next "
             "kin index describes them, and removes rows and files of no use; verdicts and draws are never touched. Of "
             "rows that an earlier kin wrote, and of those in shards, there are no sums: there it sees a changed byte, "
             "but not changed signs or places; a shard of which rows are lost is described anew by kin-mpi index. Whether the images are still those that were described is "
             "kin index's to see.",
    .options = options,
    .example = "check --repair",
    .example_about = "mends the workspace; kin index then describes what was lost",
    .json = "items, rows, blocks_without_sum, shards_unseen, findings: [{part, state: damaged, left over or repaired, "
            "finding, repair (null: none)}]",
    .run = run,
};
