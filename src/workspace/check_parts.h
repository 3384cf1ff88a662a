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
    bool next, spread;
} kin_checking;

/* %-formatted. */
int kin_check__add(kin_checking *c, const char *part, bool damage, const char *repair, kin_error *err,
                   const char *format, ...) KIN_PRINTF(6, 7);

/* vectors.bin, its base and the items, or the shards and theirs. */
int kin_check__rows(kin_checking *c, kin_error *err);

/* The path of a shard's folder, from the arena; *elsewhere: it need not be on this machine. */
char *kin_check__shard(kin_checking *c, kin_arena *arena, size_t shard, bool *elsewhere, kin_error *err);

/* Mends what was found, all but files. The lock of `kin index` is held. */
int kin_check__mend(kin_checking *c, const kin_watch *watch, kin_error *err);

/* kin_workspace_compact where the lock is held. */
int kin_workspace__compact(kin_workspace *workspace, const kin_watch *watch, kin_compacted *out, kin_error *err);

#endif
