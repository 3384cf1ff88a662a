/* The program kin: its commands. */

#include "cli/cli.h"

#include <stddef.h>

const char cli_name[] = "kin";

const char cli_about[] =
    "Finds the images and annotated shapes that most likely carry the same mistake as one that you "
    "know, hands them out for review, and keeps honest error statistics of every slice of the "
    "data set.";

const char cli_example[] =
    "kin demo street && kin index street && cd street && kin audit 300\n"
    "      draws a data set to try everything on, describes it, and draws 300 of its pictures for "
    "review";

const cli_command *const cli_commands[] = {
    &cli_cmd_index,  &cli_cmd_find,     &cli_cmd_verdict,    &cli_cmd_audit,     &cli_cmd_job,   &cli_cmd_slices,
    &cli_cmd_report, &cli_cmd_patterns, &cli_cmd_duplicates, &cli_cmd_export,    &cli_cmd_serve, &cli_cmd_status,
    &cli_cmd_check,  &cli_cmd_compact,  &cli_cmd_calibrate,  &cli_cmd_demo,      &cli_cmd_version, &cli_cmd_help,
    NULL,
};

int main(int argc, char **argv)
{
    return cli_main(argc, argv, NULL);
}
