#ifndef KIN_CLI_LOG_H
#define KIN_CLI_LOG_H
/* The file of --log: all that goes to stderr, and more: every image that was passed over, not only the first, and how far
 * long work is, once a minute. A line each, behind the time; appended, so that several runs may share it. Like stderr it
 * is one for the program. */

#include "kin/status.h"

/* Opens it and writes down the command. */
int cli_log_open(const char *path, int argc, char *const *argv, kin_error *err);

/* Without effect where there is no log. */
void cli_log(const char *format, ...) KIN_PRINTF(1, 2);

/* Writes down how the command ended; KIN_E_IO where anything could not be written. */
int cli_log_close(int exit_code, kin_error *err);

#endif
