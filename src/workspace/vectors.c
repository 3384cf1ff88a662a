#include "kin/search.h"
#include "workspace/workspace_private.h"

#include <math.h>
#include <string.h>

enum { items_at_once = 4096 }; /* a message to those who hold them elsewhere stays small */

int kin_workspace_dim(kin_workspace *workspace, size_t *dim, kin_error *err)
{
    const kin_store *store;
    int code = kin_workspace__store(workspace, &store, err);
    if (code == KIN_OK)
        *dim = store->dim;
    return code;
}

/* Those that there are come together, at the beginning; then each goes to its place, the last first. */
static int read_some(const kin_store *store, const int64_t *items, size_t n, float *vectors, kin_error *err)
{
    int64_t there[items_at_once];
    size_t left = 0, dim = store->dim;
    for (size_t i = 0; i < n; i++)
        if (store->has(store->user, items[i]))
            there[left++] = items[i];
    int code = left ? store->get(store->user, there, left, vectors, err) : KIN_OK;
    for (size_t i = n; code == KIN_OK && i-- > 0;) {
        if (left && there[left - 1] == items[i]) {
            left--;
            memmove(vectors + i * dim, vectors + left * dim, dim * sizeof *vectors);
            continue;
        }
        for (size_t j = 0; j < dim; j++)
            vectors[i * dim + j] = NAN;
    }
    return code;
}

int kin_workspace_vectors(kin_workspace *workspace, const int64_t *items, size_t n, float *vectors, kin_error *err)
{
    const kin_store *store;
    int code = kin_workspace__store(workspace, &store, err);
    for (size_t i = 0; code == KIN_OK && i < n; i += items_at_once) {
        size_t some = n - i < items_at_once ? n - i : items_at_once;
        code = read_some(store, items + i, some, vectors + i * store->dim, err);
    }
    return code;
}
