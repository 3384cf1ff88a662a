/* The slices by a key are the list of its values: no other use case hands them out, and this is asked for only when
 * something was typed that is not there. */

#include "cli/values.h"

#include "base/checked.h"
#include "cli/options.h"
#include "kin/report.h"

#include <stdlib.h>
#include <string.h>

int cli_value_check(cli_program *cli, kin_workspace *workspace, const char *key, const char *value, bool *there,
                    const char **nearest, kin_error *err)
{
    const char *by[] = { key };
    kin_slices_options options = { .by = by, .by_count = 1, .plain = true };
    kin_report report = { 0 };
    int code = kin_workspace_slices(workspace, &options, &report, err);
    if (code != KIN_OK)
        return code;
    const char *near = NULL;
    bool found = false;
    const char **values = kin_alloc_array(report.slices_count, sizeof *values);
    if (!values) {
        code = kin_fail_memory(err);
        goto out;
    }
    for (size_t i = 0; i < report.slices_count; i++) {
        values[i] = report.slices[i].value;
        found |= strcmp(values[i], value) == 0;
    }
    near = cli_nearest(value, values, report.slices_count);
    *nearest = kin_arena_string(&cli->arena, near);
    *there = found;
    if (near && !*nearest)
        code = kin_fail_memory(err);
out:
    free(values);
    kin_report_clear(&report);
    return code;
}

static int check_one(cli_program *cli, kin_workspace *workspace, const char *key, const char *value, kin_error *err)
{
    bool there = true;
    const char *nearest = NULL;
    int code = cli_value_check(cli, workspace, key, value, &there, &nearest, err);
    if (code != KIN_OK || there)
        return code;
    if (nearest)
        return kin_fail(err, KIN_E_NOTFOUND, "no item has %s '%s'; did you mean '%s'?", key, value, nearest);
    return kin_fail(err, KIN_E_NOTFOUND, "no item has %s '%s'; kin slices --by %s --all lists those there are", key,
                    value, key);
}

int cli_filter_check(cli_program *cli, kin_workspace *workspace, const kin_item_filter *filter, kin_error *err)
{
    int code = filter->label ? check_one(cli, workspace, "label", filter->label, err) : KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < filter->where_count; i++)
        code = check_one(cli, workspace, filter->where[i].key, filter->where[i].value, err);
    return code;
}
