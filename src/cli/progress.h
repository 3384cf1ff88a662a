#ifndef KIN_CLI_PROGRESS_H
#define KIN_CLI_PROGRESS_H
/* Long work as it is seen on stderr: count, rate and time left, at most 10 times a second on a terminal, a line every
 * 10 s elsewhere, nothing with --quiet. And as it is stopped: the first Ctrl-C (or SIGTERM) asks for the end of the
 * batch, the second ends the program at once. Ctrl-Z holds it, with all it has begun; fg goes on. */

#include "cli/cli.h"

typedef struct cli_progress_mark {
    double time;
    uint64_t done;
} cli_progress_mark;

typedef struct cli_progress {
    bool shown, terminal;
    char stage[32]; /* "" before the first */
    bool open;      /* a line of progress stands on the terminal */
    cli_progress_mark marks[2]; /* the rate is taken from the first; a quarter of a minute apart, or the stage's start */
    double last, logged;        /* when it was shown, and written to the log */
    uint64_t notes; /* told so far */
    uint64_t held;  /* notes beyond those that are printed */
} cli_progress;

/* From now on signals ask to stop. The watch points to *progress. */
kin_watch cli_progress_begin(cli_progress *progress, const cli_program *cli);

/* Clears what stands on the terminal, and gives the signals back. */
void cli_progress_end(cli_progress *progress);

#endif
