#ifndef KIN_INDEX_BASE_H
#define KIN_INDEX_BASE_H
/* base.faiss: which rows to look at for a query. An inverted file (Sivic & Zisserman 2003; Jegou et al. 2011): rows are
 * put into lists by their nearest centroid; a query looks into the lists of its nearest few. The centroids are a FAISS
 * index; the lists hold row numbers only, the vectors stay in vectors.bin.
 *
 *   FAISS index of the centroids | zeros to 64 bytes | offsets uint64[lists + 1] | rows uint32[members]
 *   | zeros to 8 bytes | footer
 *
 * The first part is a plain FAISS file (flat, inner product); the footer says whom the lists belong to. */

#include "kin/index.h"

typedef struct kin_index__base kin_index__base;

/* Whose file: a base of another is stale. */
typedef struct kin_index__identity {
    uint64_t model, generation, dim;
} kin_index__identity;

/* For how many neighbours the number of lists to probe is known. */
enum { kin_index__depths = 5 };
extern const size_t kin_index__depth[kin_index__depths]; /* ascending */

/* Says how well the lists were fitted, and over which rows. */
typedef struct kin_index__base_about {
    uint64_t covered;                   /* rows 0 .. covered-1 of vectors.bin */
    uint64_t last_rows;                 /* hash of some of these rows: they are still the same */
    uint64_t lists, members;            /* members: rows in the lists, that is those alive when it was built */
    uint64_t probes[kin_index__depths]; /* lists to look into for kin_index__depth[i] neighbours */
    uint64_t trained_members, trained_unevenness; /* when the centroids were fitted; see kin_index__unevenness */
} kin_index__base_about;

/* KIN_E_NOTFOUND where there is no base.faiss; KIN_E_FORMAT where it is damaged; KIN_E_USAGE where it is another's. */
int kin_index__base_open(const char *folder, const kin_index__identity *identity, kin_index__base **out,
                         kin_error *err);
void kin_index__base_free(kin_index__base *base);

const kin_index__base_about *kin_index__base_about_of(const kin_index__base *base);

/* The rows of a list, ascending; each below covered. */
const uint32_t *kin_index__base_list(const kin_index__base *base, size_t list, size_t *count);

/* The `probes` lists nearest to each of queries[n, dim], nearest first: lists[n, probes]. probes <= lists. Threads may
 * ask side by side. */
int kin_index__base_nearest(const kin_index__base *base, const float *queries, size_t n, size_t probes, uint32_t *lists,
                            kin_error *err);

/* How uneven lists of these sizes are: the rows that a search of one list meets on average, in thousandths of what they
 * would be were all lists alike. offsets[lists + 1]. */
uint64_t kin_index__unevenness(const uint64_t *offsets, size_t lists);

/* Centroids without lists yet, from centroids[lists, dim]. */
int kin_index__base_from(const kin_index__identity *identity, const float *centroids, size_t lists,
                         kin_index__base **out, kin_error *err);

/* Writes centroids and lists to `folder`, in place of what was there. offsets[lists + 1], rows[members]. */
int kin_index__base_write(const kin_index__base *base, const char *folder, const kin_index__identity *identity,
                          const kin_index__base_about *about, const uint64_t *offsets, const uint32_t *rows,
                          kin_error *err);

/* Removes base.faiss; one that is not there is fine. */
int kin_index__base_delete(const char *folder, kin_error *err);

#endif
