/* The first byte chooses NumPy's format or fvecs, the next two say how long the table of rows is; the table, then the
 * vectors follow. */
#include "fuzz.h"

#include "kin/embeddings.h"

#include <math.h>

enum { most_rows = 64 };

static char folder[256];

static void remove_folder(void)
{
    fuzz_remove(folder, "a.npy");
    fuzz_remove(folder, "a.fvecs");
    fuzz_remove(folder, "rows.csv");
    fuzz_remove(folder, "");
}

static void check_rows(const kin_embeddings *embeddings)
{
    size_t dim = kin_embeddings_dim(embeddings);
    must(dim >= 1 && dim <= KIN_EMBEDDINGS_MOST_DIM);
    float *vector = kin_alloc_array(dim, sizeof *vector);
    must(vector);
    for (uint64_t row = 0; row < kin_embeddings_rows(embeddings) && row < most_rows; row++) {
        kin_error err = KIN_ERROR_INIT;
        int code = kin_embeddings_row(embeddings, row, vector, &err);
        double squares = 0;
        for (size_t i = 0; code == KIN_OK && i < dim; i++)
            squares += (double)vector[i] * (double)vector[i];
        if (code != KIN_OK)
            fuzz_check_failure(code, &err);
        else
            must(fabs(squares - 1) < 1e-4);
    }
    free(vector);
    uint64_t hash;
    kin_error err = KIN_ERROR_INIT;
    int code = kin_embeddings_hash(embeddings, NULL, &hash, &err);
    if (code != KIN_OK)
        fuzz_check_failure(code, &err);
}

static int take(void *user, uint64_t row, const char *path, const char *shape, kin_error *err)
{
    const uint64_t *rows = user;
    (void)err;
    must(row < *rows && *path && (!shape || *shape));
    return KIN_OK;
}

static void reject(void *user, const char *where, const char *why)
{
    (void)user;
    must(*where && *why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!folder[0]) {
        fuzz_make_folder(folder);
        (void)atexit(remove_folder);
    }
    const char *name = fuzz_take_byte(&data, &size) & 1 ? "a.fvecs" : "a.npy";
    size_t table = fuzz_take_byte(&data, &size);
    table += (size_t)fuzz_take_byte(&data, &size) << 8;
    table = table < size ? table : size;
    char path[512];
    kin_embeddings *embeddings = NULL;
    kin_error err = KIN_ERROR_INIT;
    uint64_t rows = 4;
    fuzz_write(folder, name, data + table, size - table);
    fuzz_write(folder, "rows.csv", data, table);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int code = kin_embeddings_open(path, &embeddings, &err);
    if (code == KIN_OK) {
        check_rows(embeddings);
        rows = kin_embeddings_rows(embeddings);
    } else
        fuzz_check_failure(code, &err);
    kin_embeddings_close(embeddings);
    kin_embedding_rows_sink sink = { take, reject, &rows };
    (void)snprintf(path, sizeof path, "%s/rows.csv", folder);
    code = kin_embedding_rows_read(path, rows, &sink, NULL, &err);
    if (code != KIN_OK)
        fuzz_check_failure(code, &err);
    return 0;
}
