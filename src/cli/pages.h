#ifndef KIN_CLI_PAGES_H
#define KIN_CLI_PAGES_H
/* The table of commands in the forms that systems keep: man pages, and what shells complete by. To stdout. */

#include "cli/cli.h"

/* Calls take for each command and those below it, parents first; `path` is how it is called, "job list". The program
 * itself comes first, with the path "" and command NULL. */
void cli_each_command(void (*take)(void *user, const char *path, const cli_command *command), void *user);

/* All paths, a line each, without the empty one. */
void cli_names_print(void);

/* The man page of a command; NULL: of the program. */
void cli_man_print(const char *path, const cli_command *command);

void cli_bash_print(void);
void cli_zsh_print(void);
void cli_fish_print(void);

/* What may stand as one word of a command, or as the value of an option: `choices` gets "ok minor critical" of the usage
 * "ok|minor|critical", all commands of "COMMAND", "" where it is free. `usage` is moved behind the word; false at its
 * end. A word that may come often is met once. */
typedef struct cli_word {
    char name[96]; /* "ITEM|FILE" */
    char choices[256];
    bool many;
} cli_word;

bool cli_next_word(const char **usage, cli_word *out);

/* Whether a value of that name is the path of a file or folder. */
bool cli_names_file(const char *value);

#endif
