#include "kin/search.h"
#include "workspace/workspace_private.h"

#include <math.h>

int kin_workspace_dim(kin_workspace *workspace, size_t *dim, kin_error *err)
{
    const kin_index *index;
    int code = kin_workspace__index(workspace, &index, err);
    if (code == KIN_OK)
        *dim = kin_index_dim(index);
    return code;
}

int kin_workspace_vectors(kin_workspace *workspace, const int64_t *items, size_t n, float *vectors, kin_error *err)
{
    const kin_index *index;
    int code = kin_workspace__index(workspace, &index, err);
    size_t dim = code == KIN_OK ? kin_index_dim(index) : 0;
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        if (kin_index_has(index, items[i])) {
            code = kin_index_get(index, items[i], vectors + i * dim, err);
            continue;
        }
        for (size_t j = 0; j < dim; j++)
            vectors[i * dim + j] = NAN;
    }
    return code;
}
