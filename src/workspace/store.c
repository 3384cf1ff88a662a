#include "workspace/workspace_private.h"

static bool has(const void *user, int64_t id)
{
    return kin_index_has(user, id);
}

static int get(void *user, const int64_t *ids, size_t n, float *vectors, kin_error *err)
{
    const kin_index *index = user;
    size_t dim = kin_index_dim(index);
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < n; i++)
        code = kin_index_get(index, ids[i], vectors + i * dim, err);
    return code;
}

static int search_among(void *user, const float *query, const int64_t *among, size_t m, size_t k, int64_t *ids,
                        float *scores, kin_error *err)
{
    return kin_index_search_among(user, query, 1, among, m, k, ids, scores, err);
}

static int graph(void *user, const kin_index_graph_options *options, kin_error *err)
{
    return kin_index_graph(user, options, NULL, err);
}

int kin_workspace__store(kin_workspace *workspace, const kin_store **out, kin_error *err)
{
    if (workspace->elsewhere) {
        *out = workspace->elsewhere;
        return KIN_OK;
    }
    const kin_index *index;
    int code = kin_workspace__index(workspace, &index, err);
    if (code != KIN_OK)
        return code;
    workspace->store = (kin_store) { workspace->index, kin_index_dim(index), has, get, search_among, graph };
    *out = &workspace->store;
    return KIN_OK;
}
