#ifndef KIN_EXPORT_PRIVATE_H
#define KIN_EXPORT_PRIVATE_H
/* What the two ways of kin_workspace_export share: the items that a verdict changes. */

#include "base/arena.h"
#include "base/table.h"
#include "kin/export.h"
#include "workspace/workspace_private.h"

typedef struct kin_corrected {
    int64_t item; /* first, for base/ids.h */
    kin_correction correction;
    bool met; /* in what was written */
    const char *path, *shape, *label, *should_be;
} kin_corrected;

typedef struct kin_export {
    kin_workspace *workspace;
    const kin_export_options *options;
    kin_export_summary summary;
    kin_arena arena;
    kin_corrected *list; /* by item; relabelled and removed ones */
    size_t count, capacity;
    const char **labels; /* right ones, none twice */
    size_t label_count, label_capacity;
    kin_table label_set;
} kin_export;

/* The correction of an item, NULL: none. */
kin_corrected *kin_export__find(const kin_export *e, int64_t item);

/* Adds a label to e->labels. */
int kin_export__label(kin_export *e, const char *label, kin_error *err);

/* Writes the annotations from what the ledger has. */
int kin_export__anew(kin_export *e, FILE *out, kin_error *err);

#endif
