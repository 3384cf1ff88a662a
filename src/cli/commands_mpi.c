/* The program kin-mpi: some of kin's commands over several processes, which mpirun starts. Rank 0 reads the command line
 * and holds the ledger; the others are told by it what to do. */

#include "cli/index_run.h"
#include "cli/job_text.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "kin/spread.h"
#include "mpi/mpi_courier.h"

#include <signal.h>

const char cli_name[] = "kin-mpi";

const char cli_about[] = "Some of kin's commands over several processes, on one machine or many, which mpirun starts: "
                         "describing is spread over them, and each holds a part of the vectors.";

const char cli_example[] = "mpirun -n 4 kin-mpi index photos && mpirun -n 4 kin-mpi jobs -C photos\n"
                           "      describes photos by four processes, and makes a job for each pattern of known mistakes";

/* ---- index ---- */

static const cli_option index_options[] = {
    { "shards", 0, "N", "over how many shards the vectors are spread (default: one a process; settled by the first run)" },
    { "shards-in", 0, "DIR",
      "where each machine keeps its shards, an absolute path (default: the data set's .kin/shards)" },
    { "anew", 0, NULL, "describe again what kin index has described" },
    CLI_INDEX_OPTIONS,
    { 0 },
};

typedef struct spread_wish {
    const kin_courier *courier;
    kin_spread_options options;
} spread_wish;

static int index_spread(void *user, kin_workspace *workspace, const kin_describe_options *options,
                        const kin_watch *watch, kin_describe_summary *summary, kin_error *err)
{
    const spread_wish *wish = user;
    return kin_workspace_spread(workspace, options, &wish->options, wish->courier, watch, summary, err);
}

static int run_index(cli_program *cli, const cli_args *args, kin_error *err)
{
    spread_wish wish = { .courier = cli->courier };
    uint64_t shards = 0;
    wish.options.anew = cli_flag(args, "anew");
    wish.options.folder = cli_text(args, "shards-in");
    int code = cli_count(args, "shards", 1, UINT16_MAX, &shards, err);
    wish.options.shards = (size_t)shards;
    if (code == KIN_OK && wish.options.folder && wish.options.folder[0] != '/')
        code = kin_fail(err, KIN_E_USAGE, "--shards-in is an absolute path; not '%s'", wish.options.folder);
    return code == KIN_OK ? cli_index_run(cli, args, index_spread, &wish, err) : code;
}

static const cli_command cmd_index = {
    .name = "index",
    .summary = "describe the images and shapes of a folder by all processes",
    .usage = "[DIR]",
    .words_most = 1,
    .about = "As kin index, with the describing spread over the processes. Each of them holds the vectors of some images, "
             "in shards; the ledger is rank 0's. Every machine has to see the images below the same DIR, and to have the "
             "same model. When a process dies all end; what was finished is kept, and the same command goes on, with "
             "as many processes as you like where all of them see all shards.",
    .options = index_options,
    .example = "index photos --annotations instances.json",
    .example_about = "as in: mpirun -n 4 kin-mpi index photos --annotations instances.json",
    .json = CLI_INDEX_KEYS,
    .run = run_index,
};

/* ---- jobs ---- */

static const cli_option jobs_options[] = {
    { "label", 0, "L", "only items with this label" },
    { "where", 0, "KEY=VALUE", "only items with this attribute (several: all must hold)" },
    { "by", 0, "mistake|looks", "how to rank (default: mistake)" },
    { "assets", 0, NULL, "whole images alone" },
    { "shapes", 0, NULL, "annotated shapes alone" },
    { "n", 'n', "K", "how many in a job (default: 100)" },
    { 0 },
};

static const cli_command cmd_jobs = {
    .name = "jobs",
    .summary = "make a job for each pattern of known mistakes",
    .usage = "",
    .about = "As kin job kin --all-mistakes, with the vectors where they are: by looks every process searches its own "
             "shards, and the best of all are merged; by mistake all vectors are read once, 1 byte a number, by rank 0.",
    .options = jobs_options,
    .example = "jobs -n 100 --by looks",
    .example_about = "as in: mpirun -n 4 kin-mpi jobs -n 100 --by looks",
    .json = "jobs: [{" CLI_JOB_KEYS "}]",
    .run = cli_jobs_of_all_mistakes,
};

/* ---- gather ---- */

static int run_gather(cli_program *cli, const cli_args *args, kin_error *err)
{
    const char *folder = NULL;
    kin_workspace *workspace = NULL;
    cli_progress progress;
    (void)args;
    int code = cli_dataset(cli, &folder, err);
    if (code == KIN_OK)
        code = kin_workspace_open(folder, KIN_LEDGER_WRITE, &workspace, err);
    if (code != KIN_OK)
        return code;
    kin_watch watch = cli_progress_begin(&progress, cli);
    code = kin_workspace_gather(workspace, cli->courier, &watch, err);
    cli_progress_end(&progress);
    kin_workspace_close(workspace);
    if (code == KIN_OK)
        cli_say(cli, "the vectors of all shards are in %s/.kin; the shards may be deleted", folder);
    return code;
}

static const cli_command cmd_gather = {
    .name = "gather",
    .summary = "bring the shards together for plain kin",
    .usage = "",
    .about = "Copies the vectors of all shards into the data set's own .kin/vectors.bin. From then on kin works on it as "
             "on any other.",
    .example = "gather",
    .example_about = "as in: mpirun -n 4 kin-mpi gather",
    .run = run_gather,
};

/* ---- The program ---- */

const cli_command *const cli_commands[] = { &cmd_index, &cli_cmd_find, &cmd_jobs, &cmd_gather, &cli_cmd_version,
                                            &cli_cmd_help, NULL };

/* A worker ends when rank 0 says so: signals that mpirun hands to all are for rank 0, which finishes what is at hand. */
static int serve(kin_error *err)
{
    kin_spread_worker *worker = NULL;
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    int code = kin_spread_worker_new(&worker, err);
    if (code == KIN_OK)
        code = kin_mpi_serve(worker, err);
    kin_spread_worker_free(worker);
    return code;
}

static int coordinate(int argc, char **argv, kin_error *err)
{
    kin_spread_worker *worker = NULL;
    kin_mpi_courier *courier = NULL;
    int code = kin_spread_worker_new(&worker, err);
    if (code == KIN_OK)
        code = kin_mpi_courier_open(worker, &courier, err);
    int status = code == KIN_OK ? cli_main(argc, argv, kin_mpi_courier_of(courier)) : 1;
    if (code != KIN_OK)
        cli_warn("%s", err->message);
    kin_mpi_courier_close(courier);
    kin_spread_worker_free(worker);
    return status;
}

int main(int argc, char **argv)
{
    kin_error err = KIN_ERROR_INIT;
    int rank = kin_mpi_begin(&argc, &argv, &err), status = 1;
    if (rank < 0)
        cli_warn("%s", err.message);
    else if (rank == 0)
        status = coordinate(argc, argv, &err);
    else if (serve(&err) == KIN_OK)
        status = 0;
    else {
        cli_warn("process %d: %s", rank, err.message);
        kin_mpi_abort();
    }
    kin_mpi_end();
    return status;
}
