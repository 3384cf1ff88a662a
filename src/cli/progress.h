#ifndef KIN_CLI_PROGRESS_H
#define KIN_CLI_PROGRESS_H
/* Long work as it is seen on stderr: count, rate and time left, at most 10 times a second on a terminal, a line every
 * 10 s elsewhere, nothing with --quiet. And as it is stopped: the first Ctrl-C (or SIGTERM) asks for the end of the
 * batch, the second ends the program at once. */

#include "cli/cli.h"

typedef struct cli_progress {
    bool shown, terminal;
    char stage[32]; /* "" before the first */
    bool open;      /* a line of progress stands on the terminal */
    double began;   /* of the stage */
    uint64_t from;  /* steps that were done when it began */
    double last;    /* when it was shown */
    uint64_t notes; /* told so far */
    uint64_t held;  /* notes beyond those that are printed */
} cli_progress;

/* From now on signals ask to stop. The watch points to *progress. */
kin_watch cli_progress_begin(cli_progress *progress, const cli_program *cli);

/* Clears what stands on the terminal, and gives the signals back. */
void cli_progress_end(cli_progress *progress);

#endif
