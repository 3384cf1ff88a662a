#ifndef KIN_CLI_OPTIONS_H
#define KIN_CLI_OPTIONS_H
/* The command line: --name value, --name=value, -n value, -nvalue, -- before words that begin with a dash. Words that
 * look like negative numbers are words. Every message says which option and what it expects. */

#include "cli/cli.h"

/* Reads argv[*at..] into args, whose arrays hold argc entries: options of `command` (NULL: none) and those of every
 * command. `one_word`: stops after the first word. */
int cli_parse(cli_args *args, const cli_command *command, int argc, char *const *argv, int *at, bool one_word,
              kin_error *err);

/* What was given for an option that the command declares (a name it does not declare is a mistake in the program). */
bool cli_flag(const cli_args *args, const char *name);
const char *cli_text(const cli_args *args, const char *name); /* the last one; NULL: not given */

/* All values of an option that may come several times, in order; from the arena. */
int cli_list(cli_program *cli, const cli_args *args, const char *name, const char *const **list, size_t *count,
             kin_error *err);

/* Numbers: *out stays as it is where the option was not given. Limits are inclusive. */
int cli_count(const cli_args *args, const char *name, uint64_t least, uint64_t most, uint64_t *out, kin_error *err);
int cli_number(const cli_args *args, const char *name, double least, double most, double *out, kin_error *err);

/* A percentage into a fraction: 95 or 95% is 0.95. `least` above 1 catches those who typed a fraction. */
int cli_percent(const cli_args *args, const char *name, double least, double most, double *out, kin_error *err);

/* The same for a word; `what` names it in messages: "N". */
int cli_count_word(const char *text, const char *what, uint64_t least, uint64_t most, uint64_t *out, kin_error *err);

/* Exactly n numbers with commas between: "10,20,50,80". `what` names them: "--box X,Y,W,H". */
int cli_numbers(const char *text, const char *what, double *out, size_t n, kin_error *err);

/* Of the `count` choices the one nearest in spelling to `word`; NULL where none is near. */
const char *cli_nearest(const char *word, const char *const *choices, size_t count);

#endif
