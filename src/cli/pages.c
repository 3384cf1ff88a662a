#include "cli/pages.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { path_size = 64 };

static void each_below(const cli_command *const *list, const char *parent,
                       void (*take)(void *user, const char *path, const cli_command *command), void *user)
{
    for (; list && *list; list++) {
        char path[path_size];
        if (snprintf(path, sizeof path, "%s%s%s", parent, *parent ? " " : "", (*list)->name) >= path_size)
            continue; /* no command has such a name */
        take(user, path, *list);
        each_below((*list)->children, path, take, user);
    }
}

void cli_each_command(void (*take)(void *user, const char *path, const cli_command *command), void *user)
{
    take(user, "", NULL);
    each_below(cli_commands, "", take, user);
}

static void print_name(void *user, const char *path, const cli_command *command)
{
    (void)user;
    if (command)
        puts(path);
}

void cli_names_print(void)
{
    cli_each_command(print_name, NULL);
}

/* "ok|minor" is a choice, "ITEM|FILE" a name. */
static bool is_choice(const char *word)
{
    for (const char *c = word; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '|')
            return false;
    return strchr(word, '|') != NULL;
}

static void choose_commands(cli_word *word)
{
    size_t used = 0;
    for (const cli_command *const *c = cli_commands; *c && used < sizeof word->choices; c++)
        used += (size_t)snprintf(word->choices + used, sizeof word->choices - used, "%s%s", used ? " " : "", (*c)->name);
}

bool cli_next_word(const char **usage, cli_word *out)
{
    *out = (cli_word) { .many = false };
    const char *text = *usage + strspn(*usage, " [");
    size_t length = strcspn(text, " ]");
    if (length == 0 || length >= sizeof out->name)
        return false;
    memcpy(out->name, text, length);
    *usage = text + length + strspn(text + length, " ]");
    char *dots = strstr(out->name, "...");
    out->many = dots != NULL;
    if (dots)
        *dots = '\0';
    if (is_choice(out->name)) {
        (void)snprintf(out->choices, sizeof out->choices, "%s", out->name);
        for (char *bar = strchr(out->choices, '|'); bar; bar = strchr(bar, '|'))
            *bar = ' ';
    } else if (strcmp(out->name, "COMMAND") == 0) {
        choose_commands(out);
    }
    return true;
}

bool cli_names_file(const char *value)
{
    static const char *const files[] = { "FILE", "DIR", "PATH", "CSV", "ITEM", "MODEL", "PHOTOS" };
    for (size_t i = 0; value && i < sizeof files / sizeof *files; i++)
        if (strstr(value, files[i]))
            return true;
    return false;
}
