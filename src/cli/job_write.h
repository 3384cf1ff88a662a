#ifndef KIN_JOB_WRITE_H
#define KIN_JOB_WRITE_H
/* Rows of jobs into files for the tools that people review with. */

#include "cli/cli.h"
#include "kin/search.h"

typedef struct cli_job_file {
    kin_job_format format;
    const char *path;     /* NULL: standard output */
    const char *images;   /* what stands before the path of an image; NULL: what the format's tool finds by itself */
    const char *root;     /* Label Studio's document root; NULL: "/" */
    const char *setup;    /* a file for what the tool is set up with, see kin_job_format; NULL: none */
    const char *manifest; /* a file for CVAT's manifest; NULL: none */
} cli_job_file;

/* Calls `rows`, which hands every row to `take`. A file appears whole or not at all; a device or pipe is written to. */
int cli_job_write(cli_program *cli, kin_workspace *workspace, const cli_job_file *file,
                  int (*rows)(void *user, int (*take)(void *writer, const kin_job_row *row, kin_error *err),
                              void *writer, kin_error *err),
                  void *user, kin_error *err);

#endif
