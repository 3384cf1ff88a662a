#ifndef KIN_CLI_VALUES_H
#define KIN_CLI_VALUES_H
/* Labels and attribute values as people mistype them. */

#include "cli/cli.h"

/* Whether any item has key = value ("label": that label). Where none has, *nearest is the value of the data set that is
 * spelled most like it, NULL where none is near; from the arena. KIN_E_USAGE where no item has the key at all. */
int cli_value_check(cli_program *cli, kin_workspace *workspace, const char *key, const char *value, bool *there,
                    const char **nearest, kin_error *err);

/* KIN_E_NOTFOUND, with a message that says what to do, where a filter asks for what no item has: label or attribute. */
int cli_filter_check(cli_program *cli, kin_workspace *workspace, const kin_item_filter *filter, kin_error *err);

#endif
