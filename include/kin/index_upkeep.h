#ifndef KIN_INDEX_UPKEEP_H
#define KIN_INDEX_UPKEEP_H
/* Keeping an index whole: sums of its rows, checks, and compaction. */

#include "kin/index.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Checks ---- */

/* Rows have sums by blocks of so many, by which damage is found: kept by the caller, in the ledger. */
enum { KIN_INDEX_BLOCK = 4096 };

/* The sum of the rows of a block so far; false where it is not known: nothing was added to it since it was opened, or
 * it was begun without one. */
bool kin_index_sum(const kin_index *index, uint64_t block, uint64_t *sum);

typedef struct kin_index_checks {
    bool (*sum)(void *user, uint64_t block, uint64_t *sum); /* what was kept; false: nothing */
    /* Each id that can be found whose row cannot be trusted: by its own form, or by the sum of its block. */
    int (*damaged)(void *user, int64_t id, kin_error *err);
    void *user;
} kin_index_checks;

typedef struct kin_index_checked {
    uint64_t rows, damaged; /* rows that are not what was written, by their form */
    uint64_t blocks, blocks_damaged, blocks_without_sum;
} kin_index_checked;

/* Reads every row that counts. An 8-bit row's scale tells of a changed byte, but not of changed signs or places, nor of
 * a changed id; a block's sum tells of everything. */
int kin_index_check(const kin_index *index, const kin_index_checks *checks, kin_index_checked *out, kin_error *err);

/* Whether the row of an id that can be found has the form of one that was written. */
bool kin_index_holds(const kin_index *index, int64_t id);

/* Each id that can be found, in the order of the rows. */
int kin_index_each(const kin_index *index, int (*take)(void *user, int64_t id, kin_error *err), void *user,
                   kin_error *err);

/* ---- Compaction ---- */

/* Which share of the rows in the base's lists lie more than a page of memory from the one before: about 1 where items
 * were added in an order of their own, so that each row that a search looks at costs the memory a new page. 0 without a
 * base. */
double kin_index_scatter(const kin_index *index);

typedef struct kin_index_compacted {
    uint64_t rows;
    uint64_t *sums; /* [blocks], malloc'ed: the caller's */
    size_t blocks;
} kin_index_compacted;

/* Writes the rows that can be found to `vectors.next`, under a new generation, and syncs it; where there is a base, list
 * by list, which brings the scatter down, also of the base that is made next. Until the ledger names
 * that generation nothing is changed; from then on kin_index_open takes it for vectors.bin, and the first that opens
 * for writing puts it in its place. */
int kin_index_compact(const kin_index *index, uint64_t generation, const kin_watch *watch, kin_index_compacted *out,
                      kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
