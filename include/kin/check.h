#ifndef KIN_CHECK_H
#define KIN_CHECK_H
/* Whether a workspace is whole, mending what is derived, and compaction. */

#include "kin/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- kin check ---- */

typedef struct kin_finding {
    const char *part;   /* "ledger", "rows", "items", "base", "shards", "files" */
    char *what;         /* one line */
    const char *repair; /* what a repair does about it; NULL: nothing, restore it from a copy */
    bool damage;        /* false: what a stopped run leaves behind, and the next one takes up */
    bool repaired;
} kin_finding;

typedef struct kin_check {
    kin_finding *list;
    size_t count, capacity;
    uint64_t items;       /* described ones */
    uint64_t rows;        /* of vectors.bin, or of all shards that are seen from here */
    uint64_t without_sum; /* blocks of rows of which no sum was kept: written by an earlier kin, or in shards */
    uint64_t unseen;      /* shards that are not on this machine */
} kin_check;

/* Looks at all of it: the ledger (SQLite's integrity check, references, what must hold of verdicts and draws), every
 * row of vectors.bin (form, and the sum of its block), whether each described item has a row and no other has one,
 * base.faiss, shards, files that nobody needs. `repair`, for which the workspace is open for writing: items whose
 * row is lost or damaged become pending, rows of items that are gone go, a base and files of no use go. Verdicts and
 * draws are never touched. What it cannot see: an image that changed since it was described (kin index does), and
 * changed signs or places within a row without a sum.
 *
 * Findings are no error. Without repair it reads one moment beside a writing process; with it KIN_E_BUSY where a
 * `kin index` runs. */
int kin_workspace_check(kin_workspace *workspace, bool repair, const kin_watch *watch, kin_check *out, kin_error *err);
void kin_check_clear(kin_check *check);

/* ---- kin compact ---- */

typedef struct kin_compacted {
    uint64_t rows_before, rows; /* of vectors.bin */
    bool rewritten;             /* false: every row is in use, and they lie well */
    bool vacuumed;              /* the ledger's file too */
} kin_compacted;

/* Rewrites vectors.bin without the rows that were replaced or whose items are gone, also where none is but its rows lie
 * scattered (kin_index_scatter above 0.5), and the ledger's file where a quarter of it is unused. Readers beside it go on. Broken off at any point, the workspace is as before or compacted.
 * KIN_E_BUSY where a `kin index` runs; KIN_E_USAGE where the vectors are spread over shards. */
int kin_workspace_compact(kin_workspace *workspace, const kin_watch *watch, kin_compacted *out, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
