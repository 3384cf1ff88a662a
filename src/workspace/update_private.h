#ifndef KIN_UPDATE_PRIVATE_H
#define KIN_UPDATE_PRIVATE_H
/* The stages of `kin index`, in the order in which they run. */

#include "base/table.h"
#include "workspace/workspace_private.h"

typedef struct kin_update {
    kin_workspace *workspace;
    const kin_describe_options *options;
    const kin_watch *watch; /* never NULL */
    kin_describe_summary *summary;
    kin_table assets;     /* path -> asset id, of every image file in the folder */
    kin_table base_names; /* file name -> asset id, or -1 where several files have it */
    bool files_changed;   /* the set of image files is not what it was */
} kin_update;

/* Looks through the folder: new and changed files become pending assets, vanished ones are gone. */
int kin_update__scan(kin_update *update, kin_error *err);

/* Reads the annotations, where there are any and they may have changed. */
int kin_update__import(kin_update *update, kin_error *err);

/* Describes what is pending, in batches that are safe on disk one after the other. */
int kin_update__describe(kin_update *update, kin_error *err);

/* Inside a transaction: makes every item pending, for a vectors.bin of a new generation. */
int kin_update__describe_anew(kin_update *update, uint64_t generation, kin_error *err);

/* The largest image file that is read. */
uint64_t kin_update__max_bytes(const kin_update *update);

/* One line through watch.note; %-formatted. */
void kin_update__note(const kin_update *update, const char *format, ...) KIN_PRINTF(2, 3);

#endif
