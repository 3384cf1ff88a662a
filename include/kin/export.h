#ifndef KIN_EXPORT_H
#define KIN_EXPORT_H
/* The annotations of a data set out again, corrected by the verdicts. */

#include "kin/workspace.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a verdict makes of a shape. A mistake that does not say what would be right is left as it is. */
typedef enum kin_correction {
    KIN_CORRECTION_NONE = 0,       /* ok, or it has that label by now */
    KIN_CORRECTION_RELABELLED = 1, /* minor or critical, with a right label */
    KIN_CORRECTION_REMOVED = 2,    /* the same of kind spurious, delete or duplicate, without a right label */
    KIN_CORRECTION_LEFT = 3        /* any other mistake: a box to draw anew, shapes missing on an image */
} kin_correction;

/* "", "relabelled", "removed", "left". */
const char *kin_correction_name(kin_correction correction);
kin_correction kin_correction_of(const kin_item *item, const kin_verdict *verdict);

typedef struct kin_export_options {
    /* The COCO file that is corrected, spelled like those of kin_describe_options. NULL: the one in use, where it is
     * the only one and COCO; else the annotations are written anew from what the workspace has: boxes, labels,
     * attributes. */
    const char *source;
    FILE *changes; /* gets a CSV with a row for each item with a mistake: item, action, label, should_be, verdict, kind,
                      count, note, reviewer, time; NULL: not wanted */
} kin_export_options;

typedef struct kin_export_summary {
    char source[256];                   /* the file that was corrected; "": written anew */
    uint64_t relabelled, removed, left; /* by the verdicts, of items that are in the data set */
    uint64_t applied;                   /* of the first two those that were met in what was written */
    uint64_t image_labels;              /* images with a label of their own, which COCO cannot hold */
} kin_export_summary;

/* Writes to `out`, streaming; memory grows with the mistakes, and by 8 bytes a shape where the file is made anew. */
int kin_workspace_export(kin_workspace *workspace, const kin_export_options *options, FILE *out,
                         kin_export_summary *summary, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
