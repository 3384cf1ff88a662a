#ifndef KIN_STORE_H
#define KIN_STORE_H
/* Where the vectors of a workspace are read by those who do not care where they are: its own index, or shards that
 * other processes hold (spread.c). */

#include "kin/workspace.h"

typedef struct kin_store {
    void *user;
    size_t dim;
    bool (*has)(const void *user, int64_t id);
    /* vectors[n, dim] of ids[n], of length 1. KIN_E_NOTFOUND. For all threads. */
    int (*get)(void *user, const int64_t *ids, size_t n, float *vectors, kin_error *err);
    /* As kin_index_search_among of one query. */
    int (*search_among)(void *user, const float *query, const int64_t *among, size_t m, size_t k, int64_t *ids,
                        float *scores, kin_error *err);
    /* As kin_index_graph; NULL: there is none here. */
    int (*graph)(void *user, const kin_index_graph_options *options, kin_error *err);
} kin_store;

/* The workspace's. Stays its; opens the index where that is asked for. Errors as kin_workspace__index. */
int kin_workspace__store(kin_workspace *workspace, const kin_store **out, kin_error *err);

#endif
