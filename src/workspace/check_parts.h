#ifndef KIN_CHECK_PARTS_H
#define KIN_CHECK_PARTS_H
/* The parts of `kin check`, and what a repair has to do. */

#include "kin/check.h"
#include "kin/index_upkeep.h"
#include "workspace/spread_talk.h"

typedef struct kin_checking {
    kin_workspace *workspace;
    bool repair;
    kin_check *out;
    kin_index *index;     /* as far as it can be read; NULL: not at all, or spread */
    kin_id_list missing;  /* described items without a row */
    kin_id_list damaged;  /* items whose row cannot be trusted */
    kin_id_list surplus;  /* ids of rows whose items have no right to one */
    kin_id_list shards;   /* numbers of those that are damaged */
    uint64_t short_by;    /* rows that vectors.bin lacks at its end */
    bool anew;            /* nothing of the rows is of use */
    bool rewrite;         /* the file holds bytes that are not what was written */
    bool base;            /* base.faiss is of no use */
    bool next;
    size_t spread;        /* over how many shards the vectors are; 0: they are not */
    char *shards_folder;  /* malloc'ed; NULL: in .kin, or not spread */
} kin_checking;

/* %-formatted. */
int kin_check__add(kin_checking *c, const char *part, bool damage, const char *repair, kin_error *err,
                   const char *format, ...) KIN_PRINTF(6, 7);

/* vectors.bin, its base and the items, or the shards and theirs. */
int kin_check__rows(kin_checking *c, kin_error *err);
int kin_check__shards(kin_checking *c, kin_error *err);

/* Looks at what lies in a folder, or with `mend` removes what is of no use: `why` says so of a name, NULL: it is of use,
 * or not ours. */
int kin_check__folder(kin_checking *c, const char *folder, const char *(*why)(const kin_checking *c, const char *name),
                      bool mend, kin_error *err);
int kin_check__shard_files(kin_checking *c, bool mend, kin_error *err);

/* Whether a file has the name of one that is written, and renamed when it is whole. */
bool kin_check__is_unfinished(const char *name);

/* Mends what was found, all but files. The lock of `kin index` is held. */
int kin_check__mend(kin_checking *c, const kin_watch *watch, kin_error *err);
int kin_check__mend_shards(kin_checking *c, kin_error *err);

/* Inside a transaction: those of the items that are described become pending. */
int kin_check__make_pending(kin_checking *c, const kin_id_list *items, kin_error *err);

/* kin_workspace_compact where the lock is held. */
int kin_workspace__compact(kin_workspace *workspace, const kin_watch *watch, kin_compacted *out, kin_error *err);

#endif
