#ifndef KIN_INDEX_H
#define KIN_INDEX_H
/* The index: 64-bit id <-> descriptor, and the k nearest ids to a query.
 *
 * On disk `vectors.bin` is the source of truth: one header, then rows of fixed size (id, vector), append-only. A later
 * row of an id replaces the earlier one; a row may also say that its id is gone. `base.faiss` is derived: a FAISS index
 * over the first rows. It may be deleted at any time; rows it does not cover are searched exactly.
 *
 * The ledger says how many rows count (kin_index_rows at its last commit): rows after that are from a crash and are
 * dropped when the file is next opened for writing; readers never look at them. One writer; any number of readers, in
 * other processes too, each seeing the rows that counted when it opened. An open reading index may be searched by
 * several threads at once. */

#include "kin/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kin_index kin_index;

/* How a component is stored. */
typedef enum kin_vector_type {
    KIN_VECTOR_F32 = 1,
    KIN_VECTOR_F16 = 2, /* IEEE half */
    KIN_VECTOR_I8 = 3   /* round(127 x / max|x|) of the row, and the row's scale as a float behind the components */
} kin_vector_type;

typedef struct kin_index_options {
    size_t dim;
    kin_vector_type type;
    uint64_t model;      /* kin_model_info.id; a file made by another model is KIN_E_USAGE */
    uint64_t generation; /* counts rewrites of the file; a file of another generation is KIN_E_USAGE */
    uint64_t rows;       /* the rows that count; KIN_INDEX_ALL: as many as the file holds whole */
    bool write;          /* make the file where it is missing, drop rows past `rows` */
    /* For writing: kin_index_sum (kin/index_upkeep.h) of the last block, if `rows` ends within one; NULL: unknown. */
    const uint64_t *sum;
} kin_index_options;

#define KIN_INDEX_ALL UINT64_MAX

/* `folder` holds vectors.bin and base.faiss. A damaged header, or fewer rows than `rows`, is KIN_E_FORMAT. A missing
 * file opened for reading is an empty index when rows is 0, else KIN_E_NOTFOUND. */
int kin_index_open(const char *folder, const kin_index_options *options, kin_index **out, kin_error *err);
void kin_index_close(kin_index *index);

/* Removes vectors.bin, vectors.next and base.faiss, for a new generation. Missing files are fine. */
int kin_index_delete(const char *folder, kin_error *err);

/* Appends rows: ids[n] > 0, vectors[n, dim] of length 1. Searchable at once; durable after kin_index_sync. */
int kin_index_add(kin_index *index, const int64_t *ids, const float *vectors, size_t n, kin_error *err);

/* Appends rows that say the ids are gone; ids that are not there are passed over. */
int kin_index_remove(kin_index *index, const int64_t *ids, size_t n, kin_error *err);

/* Makes all appended rows durable. */
int kin_index_sync(kin_index *index, kin_error *err);

size_t kin_index_dim(const kin_index *index);       /* numbers of a vector */
uint64_t kin_index_rows(const kin_index *index);    /* rows in the file, replaced and gone ones included */
size_t kin_index_count(const kin_index *index);     /* ids that can be found */
uint64_t kin_index_covered(const kin_index *index); /* rows covered by base.faiss */
bool kin_index_has(const kin_index *index, int64_t id); /* whether the id can be found */

/* The stored vector of an id, as vector[dim] of length 1. KIN_E_NOTFOUND. Searches score what is stored, which for
 * KIN_VECTOR_F16 is of length 1 only up to 0.0005. */
int kin_index_get(const kin_index *index, int64_t id, float *vector, kin_error *err);

/* The k ids nearest by dot product to each of queries[n, dim]: ids[n, k] and scores[n, k], best first, equal scores by
 * ascending id; places past the end get id -1 and score -INFINITY. Exact up to
 * 100,000 items, without a base, and where k is above 5,000. Else scores are exact and nearly all of the nearest are
 * found: 0.98 of them when the base was built, for rows of its own as queries. A query's length need not be 1, but its
 * components are finite (KIN_E_USAGE). */
int kin_index_search(const kin_index *index, const float *queries, size_t n, size_t k, int64_t *ids, float *scores,
                     kin_error *err);

/* The same, exactly, among the given ids[m] only (unknown ones are passed over). */
int kin_index_search_among(const kin_index *index, const float *queries, size_t n, const int64_t *among, size_t m,
                           size_t k, int64_t *ids, float *scores, kin_error *err);

/* What kin_index_graph hands over: near[n, k] and scores[n, k] of ids[n], as kin_index_search says, without the item
 * itself. */
typedef struct kin_index_near {
    size_t n, k;
    const int64_t *ids, *near;
    const float *scores;
} kin_index_near;

typedef struct kin_index_graph_options {
    size_t k;
    const int64_t *among; /* [among_count] whose neighbours among themselves are wanted; NULL: all */
    size_t among_count;
    bool exact;     /* compares all with all, whatever their number */
    size_t threads; /* 0: one a core */
    /* Called by the caller's thread, with each item once, items that lie together one after another. Not KIN_OK: ends. */
    int (*take)(void *user, const kin_index_near *near, kin_error *err);
    void *user;
} kin_index_graph_options;

/* The k nearest of every item: exactly up to 100,000 items or without a base, else through it (0.98 of them when it was
 * built). Memory is 4 bytes an item beside a few blocks at hand. Stage: "compare"; stopped between blocks. */
int kin_index_graph(const kin_index *index, const kin_index_graph_options *options, const kin_watch *watch,
                    kin_error *err);

/* Makes base.faiss cover all rows, and uses it from now on; up to 100,000 items, where every search is exact anyway,
 * removes it. Where there is a base that still fits, what is new is added to its lists; else it is built anew. The
 * index is open for writing; open readers keep their own. Stages: "cluster", "assign". */
int kin_index_build_base(kin_index *index, const kin_watch *watch, kin_error *err);

/* Whether that is worth it: above 100,000 items, with no base, more than a hundredth of the rows past it, or many of its
 * rows gone. */
bool kin_index_base_is_due(const kin_index *index);

/* Why the base.faiss that is there is not used (damaged, stale), as one line; NULL where nothing is amiss. Borrowed
 * until the index is closed or a base is built. */
const char *kin_index_base_note(const kin_index *index);
/* Whether that is damage, and not merely another generation's or an older kin's. */
bool kin_index_base_is_damaged(const kin_index *index);

/* "FAISS 1.7.3 (OPTIMIZE GENERIC)": its version and how it was compiled. Borrowed until the thread asks again. */
const char *kin_index_engine(void);

#ifdef __cplusplus
}
#endif
#endif
