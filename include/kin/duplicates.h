#ifndef KIN_DUPLICATES_H
#define KIN_DUPLICATES_H
/* Use case of a workspace: items that are nearly the same, and yet have different labels or stand on both sides of a
 * train/test split. One of two such labels is wrong; a picture on both sides makes a test score better than it is. */

#include "kin/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kin_duplicates_wanted {
    KIN_DUPLICATES_DISAGREE = 0, /* labels or splits differ */
    KIN_DUPLICATES_LABELS = 1,
    KIN_DUPLICATES_SPLITS = 2,
    KIN_DUPLICATES_ALL = 3 /* every group, also those that agree */
} kin_duplicates_wanted;

typedef struct kin_duplicates_options {
    kin_unit unit; /* ANY: shapes where the data set has any, else assets. Only items of one unit are compared */
    double
        threshold; /* cosine from which two items count as the same; 0: 0.95 with the descriptor classic, else 0.92 */
    /* Attribute that says the split; NULL: split, subset or partition, the first that any item has, else the folders
     * called train, val or test and the like that items lie in. */
    const char *split;
    kin_duplicates_wanted wanted;
    size_t all_pairs; /* 0: 100,000; of more items pairs are looked for through the index */
    size_t threads;   /* 0: one a core */
} kin_duplicates_options;

/* One of a group; strings are the result's. */
typedef struct kin_duplicate {
    int64_t item;
    const char *path, *shape, *label, *split; /* all but path may be NULL */
    kin_box box;                              /* shapes only */
    double nearest;                           /* highest cosine to another of the group */
    kin_grade grade;                          /* of the latest verdict; NONE */
    const char *should_be;                    /* of it; NULL */
} kin_duplicate;

typedef struct kin_duplicate_group {
    kin_duplicate *items; /* by ascending id; at least two */
    size_t count;
    double similarity;  /* the lowest `nearest` */
    bool labels_differ; /* among items that have one; a label reviewed as wrong counts as the right one */
    bool splits_differ;
    bool same_files; /* assets: all are the same bytes */
    bool one_image;  /* shapes: all on one image, so boxes about one thing rather than copies */
} kin_duplicate_group;

typedef struct kin_duplicates {
    kin_unit unit;
    double threshold;
    const char *split;         /* the key used; "folders"; NULL: there are no splits */
    uint64_t compared;         /* items with a descriptor */
    uint64_t found;            /* groups, whether they agree or not */
    kin_duplicate_group *list; /* wanted ones, most similar first */
    size_t count;
    struct kin_duplicates_memory *memory;
} kin_duplicates;

/* Groups are the connected components of the pairs at or above the threshold: of up to all_pairs items all of them, exactly
 * (see kin/groups.h); above, those that searches through the index find. Assets whose files are the same bytes (by hash)
 * belong together whatever their descriptors say. Stage: "compare". *out is cleared by kin_duplicates_clear.
 * KIN_E_USAGE where no item has the key of the split. */
int kin_workspace_duplicates(kin_workspace *workspace, const kin_duplicates_options *options, const kin_watch *watch,
                             kin_duplicates *out, kin_error *err);
void kin_duplicates_clear(kin_duplicates *duplicates);

/* A job (suspects) of the items of these groups that have no verdict yet, group by group. KIN_E_NOTFOUND where there are
 * none. */
int kin_workspace_job_duplicates(kin_workspace *workspace, const kin_duplicates *duplicates, int64_t *job,
                                 kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
