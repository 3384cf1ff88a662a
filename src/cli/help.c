/* The texts of --help, made from the commands' own records, so that they cannot disagree with what is parsed. */

#include "cli/options.h"
#include "cli/pages.h"
#include "cli/render.h"

#include <stdio.h>
#include <string.h>

enum { width = 100, column = 26 };

static void print_option(const cli_option *option)
{
    char name[128];
    const char *value = option->value ? option->value : "", *gap = option->value ? " " : "";
    if (strlen(option->name) == 1)
        snprintf(name, sizeof name, "  -%s%s%s", option->name, gap, value);
    else if (option->letter)
        snprintf(name, sizeof name, "  -%c, --%s%s%s", option->letter, option->name, gap, value);
    else
        snprintf(name, sizeof name, "  --%s%s%s", option->name, gap, value);
    size_t at = strlen(name);
    fputs(name, stdout);
    if (at + 2 > column) {
        putchar('\n');
        at = 0;
    }
    printf("%*s", (int)(column - at), "");
    cli_print_wrapped(stdout, option->help, column, column, width);
}

static void print_options(const char *head, const cli_option *list, bool json)
{
    if (!list || !list->name)
        return;
    printf("\n%s\n", head);
    for (; list->name; list++)
        if (json || strcmp(list->name, "json") != 0)
            print_option(list);
}

static void print_commands(const cli_command *const *list)
{
    for (; *list; list++)
        printf("  %-9s %s\n", (*list)->name, (*list)->summary);
}

static void print_overview(void)
{
    printf("usage: %s COMMAND [OPTION]...\n\n", cli_name);
    cli_print_wrapped(stdout, cli_about, 0, 0, width);
    putchar('\n');
    print_commands(cli_commands);
    print_options("options of every command", cli_global_options, true);
    printf("\nexample\n  %s\n\n%s help COMMAND tells more. Exit: 0 done, 1 failed, 2 wrong use, 3 done in part.\n",
           cli_example, cli_name);
}

void cli_help(const char *path, const cli_command *command)
{
    if (!command) {
        print_overview();
        return;
    }
    if (command->children) {
        printf("usage: %s %s COMMAND [OPTION]...\n\n", cli_name, path);
        print_commands(command->children);
    } else {
        printf("usage: %s %s%s%s%s\n\n", cli_name, path, command->usage[0] ? " " : "", command->usage,
               command->options ? " [OPTION]..." : "");
        cli_print_wrapped(stdout, command->about, 0, 0, width);
        print_options("options", command->options, true);
    }
    print_options("options of every command", cli_global_options, command->json != NULL);
    if (command->example) {
        printf("\nexample\n  %s %s\n      ", cli_name, command->example);
        cli_print_wrapped(stdout, command->example_about, 6, 6, width);
    }
    if (command->json) {
        printf("\nJSON: ");
        cli_print_wrapped(stdout, command->json, 6, 6, width);
    }
}

static const cli_option options[] = {
    { "as", 0, "man|bash|zsh|fish|names",
      "instead of help: the man page of a command, what a shell completes commands and options by, or the commands' "
      "names" },
    { 0 },
};

/* In another form than help. */
static int print_as(const char *form, const char *path, const cli_command *command, kin_error *err)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } wholes[] = { { "bash", cli_bash_print }, { "zsh", cli_zsh_print }, { "fish", cli_fish_print }, { "names", cli_names_print } };
    if (strcmp(form, "man") == 0) {
        cli_man_print(path, command);
        return KIN_OK;
    }
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        if (strcmp(form, wholes[i].name) != 0)
            continue;
        if (command)
            return kin_fail(err, KIN_E_USAGE, "--as %s is of all commands: name none beside it", form);
        wholes[i].print();
        return KIN_OK;
    }
    return kin_fail(err, KIN_E_USAGE, "--as is man, bash, zsh, fish or names; not '%s'", form);
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    const cli_command *command = NULL;
    const cli_command *const *list = cli_commands;
    const char *form = cli_text(args, "as");
    char path[64] = "";
    (void)cli;
    for (size_t i = 0; i < args->words_count; i++) {
        if (!list)
            return kin_fail(err, KIN_E_USAGE, "%s %s has no commands below it: %s help %s", cli_name, path, cli_name, path);
        command = cli_command_find(list, i > 0 ? path : NULL, args->words[i], err);
        if (!command)
            return KIN_E_USAGE;
        size_t used = strlen(path);
        snprintf(path + used, sizeof path - used, "%s%s", used ? " " : "", command->name);
        list = command->children;
    }
    if (form)
        return print_as(form, path, command, err);
    cli_help(path, command);
    return KIN_OK;
}

const cli_command cli_cmd_help = {
    .name = "help",
    .summary = "say how kin or one of its commands is used",
    .usage = "[COMMAND]",
    .words_most = 2,
    .about = "Prints the list of commands, or how one of them is used. With --as it writes what systems keep of that: a "
             "man page, or completion for a shell, such as eval \"$(kin help --as bash)\" in ~/.bashrc, where kin was not "
             "installed with them.",
    .options = options,
    .example = "help job kin",
    .example_about = "how a job for re-review is made of the kin of a mistake",
    .run = run,
};
