/* What is typed, to the command that it names; one exit. The table of commands is the program's: commands.c. */

#include "cli/cli.h"
#include "cli/log.h"
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cli_option cli_global_options[] = {
    { "dataset", 'C', "DIR", "the data set's folder (else $KIN_DATASET, else the one here or above)" },
    { "json", 0, NULL, "print one JSON object" },
    { "quiet", 'q', NULL, "no progress and no hints" },
    { "log", 0, "FILE", "append what is said, and all that is passed over, to FILE" },
    { "help", 'h', NULL, "say how the command is used" },
    { 0 },
};

enum { exit_done = 0, exit_failed = 1, exit_usage = 2, exit_partial = 3, path_size = 64 };

const cli_command *cli_command_find(const cli_command *const *list, const char *parent, const char *word,
                                    kin_error *err)
{
    const char *names[32];
    size_t count = 0;
    for (; list[count]; count++) {
        names[count] = list[count]->name;
        if (strcmp(names[count], word) == 0)
            return list[count];
    }
    const char *nearest = cli_nearest(word, names, count), *gap = parent ? " " : "";
    parent = parent ? parent : "";
    if (nearest)
        (void)kin_fail(err, KIN_E_USAGE, "there is no command '%s%s%s'; did you mean '%s %s%s%s'?", parent, gap, word,
                       cli_name, parent, gap, nearest);
    else
        (void)kin_fail(err, KIN_E_USAGE, "there is no command '%s%s%s'; %s help %s lists those there are", parent, gap,
                       word, cli_name, parent);
    return NULL;
}

static int check_words(const cli_args *args, const char *path, kin_error *err)
{
    const cli_command *command = args->command;
    if (args->words_count < command->words_least)
        return kin_fail(err, KIN_E_USAGE, "too little said: %s %s %s; %s %s --help has an example", cli_name, path,
                        command->usage, cli_name, path);
    if (args->words_count > command->words_most)
        return kin_fail(err, KIN_E_USAGE, "'%s' is too much: %s %s%s%s; %s %s --help has an example",
                        args->words[command->words_most], cli_name, path, command->usage[0] ? " " : "", command->usage,
                        cli_name, path);
    return KIN_OK;
}

/* Finds the command that the first words name and reads all else. *path gets its words; *command stays NULL where none
 * was named. */
static int read_command(cli_args *args, int argc, char *const *argv, const cli_command **command, char path[path_size],
                        kin_error *err)
{
    int at = 1, code = cli_parse(args, NULL, argc, argv, &at, true, err);
    const cli_command *const *list = cli_commands;
    while (code == KIN_OK && list && args->words_count == 1) {
        const cli_command *found = cli_command_find(list, *command ? path : NULL, args->words[0], err);
        if (!found)
            return KIN_E_USAGE;
        size_t used = strlen(path);
        snprintf(path + used, path_size - used, "%s%s", used ? " " : "", found->name);
        *command = found;
        list = found->children;
        args->words_count = 0;
        code = cli_parse(args, list ? NULL : found, argc, argv, &at, list != NULL, err);
        if (!list)
            break;
    }
    args->command = *command;
    return code;
}

static int names_of_children(const cli_command *command, const char *path, kin_error *err)
{
    char names[128] = "";
    for (const cli_command *const *child = command->children; *child; child++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", (*child)->name);
    }
    return kin_fail(err, KIN_E_USAGE, "say what to do with it: %s %s, followed by one of %s", cli_name, path, names);
}

static int run(cli_program *cli, cli_args *args, int argc, char *const *argv, kin_error *err)
{
    const cli_command *command = NULL;
    char path[path_size] = "";
    int code = read_command(args, argc, argv, &command, path, err);
    if (code != KIN_OK)
        return code;
    cli->json = cli_flag(args, "json");
    cli->quiet = cli_flag(args, "quiet");
    cli->folder = cli_text(args, "dataset");
    const char *log = cli_text(args, "log");
    code = log ? cli_log_open(log, argc, argv, err) : KIN_OK;
    if (code != KIN_OK)
        return code;
    if (cli_flag(args, "help")) {
        cli_help(path, command);
        return KIN_OK;
    }
    if (!command)
        return kin_fail(err, KIN_E_USAGE, "say what to do: %s help lists the commands", cli_name);
    if (command->children)
        return names_of_children(command, path, err);
    code = check_words(args, path, err);
    if (code == KIN_OK && cli->json && !command->json)
        code = kin_fail(err, KIN_E_USAGE, "%s %s has no --json", cli_name, path);
    return code == KIN_OK ? command->run(cli, args, err) : code;
}

static int exit_of(int code, bool partial)
{
    if (code == KIN_E_USAGE)
        return exit_usage;
    if (code == KIN_E_STOPPED)
        return exit_partial;
    return code != KIN_OK ? exit_failed : partial ? exit_partial : exit_done;
}

int cli_main(int argc, char **argv, const struct kin_courier *courier)
{
    cli_program cli = { .courier = courier };
    kin_error err = KIN_ERROR_INIT;
    char version[] = "version";
    for (int i = 1; i < argc && i < 2; i++)
        if (strcmp(argv[i], "--version") == 0)
            argv[i] = version;
    size_t room = (size_t)argc + 1;
    cli_args args = { .given = calloc(room, sizeof *args.given), .words = calloc(room, sizeof *args.words) };
    int code = args.given && args.words ? run(&cli, &args, argc, argv, &err) : kin_fail_memory(&err);
    if (fclose(stdout) != 0 && code == KIN_OK)
        code = kin_fail_errno(&err, "write", "standard output");
    if (code != KIN_OK)
        cli_warn("%s", err.message);
    free(args.given);
    free(args.words);
    kin_arena_clear(&cli.arena);
    int status = exit_of(code, cli.partial);
    if (cli_log_close(status, &err) != KIN_OK) {
        cli_warn("%s", err.message);
        status = status == exit_done ? exit_failed : status;
    }
    return status;
}
