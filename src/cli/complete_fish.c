/* Completion for fish: a line for each command and option, with a test of which command was typed. */
#include "cli/pages.h"

#include <stdio.h>
#include <string.h>

/* Quotes of fish: only \ and ' are special in them. */
static void put_quoted(const char *text)
{
    putchar('\'');
    for (; *text; text++)
        printf("%s%c", strchr("\\'", *text) ? "\\" : "", *text);
    putchar('\'');
}

static void begin(const char *path)
{
    printf("complete -c kin -n '__kin_at \"%s\"'", path);
}

static void put_choices(const char *value)
{
    cli_word word;
    if (cli_next_word(&value, &word) && word.choices[0])
        printf(" -a '%s'", word.choices);
}

static void put_option(const char *path, const cli_option *option)
{
    if (path)
        begin(path);
    else
        fputs("complete -c kin", stdout);
    if (strlen(option->name) == 1) {
        printf(" -s %s", option->name);
    } else {
        printf(" -l %s", option->name);
        if (option->letter)
            printf(" -s %c", option->letter);
    }
    if (option->value) {
        fputs(cli_names_file(option->value) ? " -r -F" : " -x", stdout);
        put_choices(option->value);
    }
    fputs(" -d ", stdout);
    put_quoted(option->help);
    putchar('\n');
}

static void put_words(const char *path, const char *usage)
{
    cli_word word;
    bool files = false;
    while (cli_next_word(&usage, &word)) {
        files |= cli_names_file(word.name);
        if (!word.choices[0])
            continue;
        begin(path);
        printf(" -f -a '%s'\n", word.choices);
    }
    if (files)
        return;
    begin(path);
    puts(" -f");
}

static void put_command(void *user, const char *path, const cli_command *command)
{
    (void)user;
    for (const cli_command *const *c = command ? command->children : cli_commands; c && *c; c++) {
        begin(path);
        printf(" -f -a %s -d ", (*c)->name);
        put_quoted((*c)->summary);
        putchar('\n');
    }
    if (!command)
        return;
    for (const cli_option *o = command->options; o && o->name; o++)
        put_option(path, o);
    if (!command->children)
        put_words(path, command->usage);
}

static void put_path(void *user, const char *path, const cli_command *command)
{
    (void)user;
    if (!command)
        return;
    putchar(' ');
    put_quoted(path);
}

void cli_fish_print(void)
{
    fputs("# fish completion for kin\n\n"
          "# Whether the words before the cursor are of the command $argv[1], such as \"job list\".\n"
          "function __kin_at\n"
          "    set -l known",
          stdout);
    cli_each_command(put_path, NULL);
    puts("\n    set -l path ''\n"
         "    set -l skip\n"
         "    for word in (commandline -opc)[2..]\n"
         "        set -l next (string trim \"$path $word\")\n"
         "        if test -n \"$skip\"\n"
         "            set skip\n"
         "        else if contains -- $word -C --dataset\n"
         "            set skip value\n"
         "        else if contains -- $next $known\n"
         "            set path $next\n"
         "        end\n"
         "    end\n"
         "    test \"$path\" = \"$argv[1]\"\n"
         "end\n");
    for (const cli_option *o = cli_global_options; o->name; o++)
        put_option(NULL, o);
    cli_each_command(put_command, NULL);
}
