/* The rows that count, and the sums of their blocks, which the ledger keeps beside them: both change in one
 * transaction. */
#include "kin/index_upkeep.h"
#include "workspace/workspace_private.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct setting_name {
    char text[48];
} setting_name;

static setting_name name_of(uint64_t block)
{
    setting_name name;
    (void)snprintf(name.text, sizeof name.text, KIN_SETTING_ROW_SUM "%" PRIu64, block);
    return name;
}

int kin_workspace__row_sum(kin_workspace *workspace, uint64_t block, uint64_t *sum, bool *known, kin_error *err)
{
    const char *text;
    const setting_name name = name_of(block);
    int code = kin_ledger_setting(workspace->ledger, name.text, &text, err);
    if (code == KIN_OK)
        *known = text != NULL;
    return code == KIN_OK ? kin_workspace__number(workspace, name.text, 0, sum, err) : code;
}

int kin_workspace__index_to_write(kin_workspace *workspace, kin_index **out, kin_error *err)
{
    kin_index_options options;
    uint64_t sum = 0;
    bool known = false;
    int code = kin_workspace__index_options(workspace, &options, err);
    if (code == KIN_OK && options.rows % KIN_INDEX_BLOCK != 0)
        code = kin_workspace__row_sum(workspace, options.rows / KIN_INDEX_BLOCK, &sum, &known, err);
    /* Before the first row of a generation no file of it counts: what lies there is an older one. */
    if (code == KIN_OK && options.rows == 0)
        code = kin_index_delete(workspace->kin_folder, err);
    options.write = true;
    options.sum = known ? &sum : NULL;
    return code == KIN_OK ? kin_index_open(workspace->kin_folder, &options, out, err) : code;
}

int kin_workspace__rows_put(kin_workspace *workspace, const kin_index *index, kin_error *err)
{
    uint64_t rows = 0, sum = 0;
    int code = kin_workspace__number(workspace, KIN_SETTING_ROWS, 0, &rows, err);
    for (uint64_t block = rows / KIN_INDEX_BLOCK; code == KIN_OK && block * KIN_INDEX_BLOCK < kin_index_rows(index);
         block++)
        if (kin_index_sum(index, block, &sum))
            code = kin_workspace__number_put(workspace, name_of(block).text, sum, err);
    return code == KIN_OK ? kin_workspace__number_put(workspace, KIN_SETTING_ROWS, kin_index_rows(index), err) : code;
}

int kin_workspace__rows_anew(kin_workspace *workspace, uint64_t generation, uint64_t rows, const uint64_t *sums,
                             size_t blocks, kin_error *err)
{
    uint64_t old = 0;
    int code = kin_workspace__number(workspace, KIN_SETTING_ROWS, 0, &old, err);
    for (uint64_t block = 0; code == KIN_OK && block * KIN_INDEX_BLOCK < old; block++)
        code = kin_ledger_setting_put(workspace->ledger, name_of(block).text, NULL, err);
    for (size_t i = 0; code == KIN_OK && i < blocks; i++)
        code = kin_workspace__number_put(workspace, name_of(i).text, sums[i], err);
    if (code == KIN_OK)
        code = kin_workspace__number_put(workspace, KIN_SETTING_GENERATION, generation, err);
    return code == KIN_OK ? kin_workspace__number_put(workspace, KIN_SETTING_ROWS, rows, err) : code;
}
