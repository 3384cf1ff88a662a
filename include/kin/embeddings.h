#ifndef KIN_EMBEDDINGS_H
#define KIN_EMBEDDINGS_H
/* Vectors that somebody else computed, one a row, and the table that says which item each row is. Neither file is held
 * in memory: 1,000,000 rows cost no more than one. */

#include "kin/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kin_embeddings kin_embeddings;

enum { KIN_EMBEDDINGS_MOST_DIM = 8192 };

/* Opens a file of vectors, told by its content and name:
 *   .npy    NumPy's format, versions 1 to 3: a 2-D array of little-endian float16, float32 or float64 in C order.
 *   .fvecs  little-endian: each row is its dim as int32, then dim float32. All rows have the same dim.
 * 1 to 8192 components a row. KIN_E_FORMAT says in one line what else it is (objects, structured, Fortran order, cut
 * off, ...) and how to save it so that it can be read. */
int kin_embeddings_open(const char *path, kin_embeddings **out, kin_error *err);
void kin_embeddings_close(kin_embeddings *embeddings);

/* Rows of the file, and the numbers of each. */
uint64_t kin_embeddings_rows(const kin_embeddings *embeddings);
size_t kin_embeddings_dim(const kin_embeddings *embeddings);

/* The row, 0 is the first, brought to length 1: vector[dim]. KIN_E_FORMAT where it is all zeros or has a component that
 * is not finite, or in .fvecs another dim; KIN_E_IO where the file became shorter since. Several threads may read. */
int kin_embeddings_row(const kin_embeddings *embeddings, uint64_t row, float *vector, kin_error *err);

/* Hash of the whole content, headers included: reads the file from end to end, the stage "read embeddings" in MB. In
 * .fvecs a row of another dim is KIN_E_FORMAT. */
int kin_embeddings_hash(const kin_embeddings *embeddings, const kin_watch *watch, uint64_t *hash, kin_error *err);

/* ---- Which item a row is ---- */

typedef struct kin_embedding_rows_sink {
    /* Row `row` is this image, or the shape of this id on it (NULL: the image as a whole). Borrowed. A non-zero return
     * ends the reading and is returned. */
    int (*take)(void *user, uint64_t row, const char *path, const char *shape, kin_error *err);
    void (*reject)(void *user, const char *where, const char *why); /* may be NULL */
    void *user;
} kin_embedding_rows_sink;

typedef struct kin_embedding_rows_summary {
    uint64_t rows;    /* taken */
    uint64_t rejects; /* lines passed over, and rows of the vectors that the table does not reach */
} kin_embedding_rows_summary;

/* Reads a CSV (comma, semicolon or tab) with a header: the image in `path` (or file_name, filename, image_path, image,
 * file), the shape's id in `shape` (or shape_id, annotation_id, id; empty: the whole image). Line by line it is in the
 * order of the vectors, and lines and `rows` must match: what is too few or too many is a reject. With a column `row`,
 * whose 0 is the first, the order is free, and rows that are not named are not used. Blank lines do not count. A line
 * that is no CSV is a reject where there is a column `row`; without, KIN_E_FORMAT: all behind it would be shifted.
 * *summary (may be NULL) is filled in also on failure. */
int kin_embedding_rows_read(const char *path, uint64_t rows, const kin_embedding_rows_sink *sink,
                            kin_embedding_rows_summary *summary, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
