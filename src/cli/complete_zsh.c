/* Completion for zsh: a function for each command, which gives _arguments the command's options. */
#include "cli/pages.h"

#include <stdio.h>
#include <string.h>

/* Text inside '...' in which a colon or bracket would end a part. */
static void put_part(const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr(":[]\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
}

/* "job list" -> "_kin_job_list" */
static void put_function(const char *path)
{
    fputs(*path ? "_kin_" : "_kin", stdout);
    for (; *path; path++)
        putchar(*path == ' ' ? '_' : *path);
}

static void put_value(const char *value)
{
    cli_word word;
    const char *text = value;
    bool known = cli_next_word(&text, &word) && word.choices[0];
    putchar(':');
    put_part(known ? "choice" : value);
    if (known)
        printf(":(%s)", word.choices);
    else
        printf(":%s", cli_names_file(value) ? "_files" : " ");
}

/* A value may be part of the same argument: "-n+" is -n5 or -n 5, "--html=" is --html=FILE or --html FILE. */
static void put_option(const cli_option *option)
{
    const char *plus = option->value ? "+" : "", *equals = option->value ? "=" : "";
    bool brief = strlen(option->name) == 1;
    fputs("        '*'", stdout);
    if (option->letter && !brief)
        printf("{-%c%s,--%s%s}", option->letter, plus, option->name, equals);
    else
        printf("%s%s%s", brief ? "-" : "--", option->name, brief ? plus : equals);
    fputs("'[", stdout);
    put_part(option->help);
    putchar(']');
    if (option->value)
        put_value(option->value);
    puts("' \\");
}

static void put_words(const char *usage)
{
    cli_word word;
    for (int place = 1; cli_next_word(&usage, &word); place++) {
        if (word.many)
            fputs("        '*:", stdout);
        else
            printf("        '%d:", place);
        put_part(word.choices[0] ? "choice" : word.name);
        if (word.choices[0])
            printf(":(%s)' \\\n", word.choices);
        else
            printf(":%s' \\\n", cli_names_file(word.name) ? "_files" : " ");
    }
}

static void put_commands(const cli_command *const *list)
{
    puts("    local -a commands=(");
    for (; *list; list++) {
        printf("        '%s:", (*list)->name);
        put_part((*list)->summary);
        puts("'");
    }
    puts("    )");
}

static void put_command(void *user, const char *path, const cli_command *command)
{
    const cli_command *const *children = command ? command->children : cli_commands;
    (void)user;
    put_function(path);
    puts("()\n{");
    if (children) {
        puts("    local context state line\n    typeset -A opt_args");
        put_commands(children);
    }
    /* -A: options behind the name of a command are the command's, those of all commands as well. */
    printf("    _arguments -S%s \\\n", children ? " -C -A '-*'" : "");
    for (const cli_option *o = command ? command->options : NULL; o && o->name; o++)
        put_option(o);
    for (const cli_option *o = cli_global_options; o->name; o++)
        put_option(o);
    if (children) {
        puts("        '1: :->command' '*:: :->rest' && return\n"
             "    case $state in\n"
             "    command) _describe -t commands command commands ;;");
        fputs("    rest) (( $+functions[", stdout);
        put_function(path);
        fputs("_${words[1]}] )) && ", stdout);
        put_function(path);
        puts("_${words[1]} ;;\n    esac\n}\n");
    } else {
        put_words(command->usage);
        puts("        && return\n}\n");
    }
}

void cli_zsh_print(void)
{
    puts("#compdef kin\n");
    cli_each_command(put_command, NULL);
    puts("if [[ $funcstack[1] == _kin ]]; then\n    _kin \"$@\"\nelse\n    compdef _kin kin\nfi");
}
