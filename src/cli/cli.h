#ifndef KIN_CLI_H
#define KIN_CLI_H
/* What the commands of the program `kin` share. A command is one constant record (name, words, options, example) and
 * one function; commands.c holds the table of them. Only this folder prints: data to stdout, all else to stderr. */

#include "base/arena.h"
#include "kin/workspace.h"

/* One option of a command, `--name VALUE` or `-l VALUE`; a flag where value is NULL. A list of them ends with {0}. */
typedef struct cli_option {
    const char *name;
    char letter; /* 0: none */
    const char *value;
    const char *help;
} cli_option;

/* What was typed. `words` are the arguments that are no options, after the command's own words. */
typedef struct cli_args {
    const struct cli_command *command;
    struct cli_given {
        const cli_option *option;
        const char *value; /* NULL for a flag */
    } * given;
    const char **words;
    size_t given_count, words_count;
} cli_args;

/* The running program. */
typedef struct cli_program {
    bool json, quiet;
    bool partial;       /* the command did only a part of its work: exit 3 */
    const char *folder; /* of --dataset; NULL: not given */
    const struct kin_courier *courier; /* kin-mpi's, to the processes that hold the vectors; NULL: this one does */
    kin_arena arena;    /* until the end of the program */
} cli_program;

typedef struct cli_command {
    const char *name;
    const char *summary;                       /* one line for the list of commands */
    const struct cli_command *const *children; /* ends with NULL; such a command has no run */
    const char *usage;                         /* of its words: "ITEM|FILE..." */
    size_t words_least, words_most;            /* most 0 with least 0: none */
    const char *about;                         /* a paragraph for --help */
    const cli_option *options;                 /* NULL: none of its own */
    const char *example, *example_about;       /* without the leading "kin " */
    const char *json;                          /* the keys that --json gives; NULL: no --json */
    int (*run)(cli_program *cli, const cli_args *args, kin_error *err);
} cli_command;

/* Of the program at hand, kin or kin-mpi. */
extern const char cli_name[], cli_about[], cli_example[];
extern const cli_command *const cli_commands[]; /* ends with NULL */
extern const cli_option cli_global_options[];

/* The whole of main: what it returns is the exit code. */
int cli_main(int argc, char **argv, const struct kin_courier *courier);
extern const char cli_about[]; /* what kin is for, a sentence */

extern const cli_command cli_cmd_index, cli_cmd_find, cli_cmd_verdict, cli_cmd_audit, cli_cmd_job, cli_cmd_slices,
    cli_cmd_report, cli_cmd_patterns, cli_cmd_duplicates, cli_cmd_export, cli_cmd_serve, cli_cmd_status,
    cli_cmd_check, cli_cmd_compact, cli_cmd_calibrate, cli_cmd_demo, cli_cmd_version, cli_cmd_help;
extern const cli_command cli_cmd_job_suspects, cli_cmd_job_next, cli_cmd_job_kin, cli_cmd_job_list, cli_cmd_job_show,
    cli_cmd_job_export, cli_cmd_job_import;

/* The command that the words name ("job", "list"), KIN_E_USAGE with the nearest one where there is none. `parent` is
 * for the message; NULL: the program. */
const cli_command *cli_command_find(const cli_command *const *list, const char *parent, const char *word,
                                    kin_error *err);

/* Writes the help of a command to stdout; NULL: the list of commands. `path`: how it is called, "job list". */
void cli_help(const char *path, const cli_command *command);

/* ---- stderr ---- */

/* "kin: text", one line, whatever bytes are in it. cli_say is silent with --quiet, cli_hint (the next step) with
 * --json and away from a terminal too. */
void cli_warn(const char *format, ...) KIN_PRINTF(1, 2);
void cli_say(const cli_program *cli, const char *format, ...) KIN_PRINTF(2, 3);
void cli_hint(const cli_program *cli, const char *format, ...) KIN_PRINTF(2, 3);

/* ---- The data set ---- */

/* The data set to work on: --dataset, else the environment's KIN_DATASET, else the one found from the present folder.
 * A find in a sub-folder is said once. From the arena. */
int cli_dataset(cli_program *cli, const char **folder, kin_error *err);

/* "path" or "path#shape"; from the arena, NULL where there is no memory. */
char *cli_item_name(cli_program *cli, const char *path, const char *shape);

/* "efficientnet-lite0, 8-bit": a model as people read it; from the arena, NULL where there is no memory. */
const char *cli_model_name(cli_program *cli, const char *name, kin_precision precision);

/* Opens its workspace. */
int cli_open(cli_program *cli, kin_ledger_mode mode, kin_workspace **out, kin_error *err);

#endif
