#ifndef INDEX_FIXTURE_H
#define INDEX_FIXTURE_H
/* A folder for an index, and the few things that the tests of the index do over and over. */

#include "kin_test.h"

#include "base/file.h"
#include "base/rng.h"
#include "kin/index.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/kin_test_index_XXXXXX";
static char vectors_path[64], base_path[64];

static const kin_index_options plain = {
    .dim = 8, .type = KIN_VECTOR_F32, .model = 7, .generation = 3, .rows = KIN_INDEX_ALL
};

static inline kin_index *open_with(kin_index_options options)
{
    kin_error err = KIN_ERROR_INIT;
    kin_index *index = NULL;
    if (kin_index_open(folder, &options, &index, &err) != KIN_OK)
        fail_msg("%s", err.message);
    return index;
}

static inline kin_index_options writing(kin_index_options options)
{
    options.write = true;
    return options;
}

static inline int try_open(kin_index_options options)
{
    kin_error err = KIN_ERROR_INIT;
    kin_index *index = NULL;
    int code = kin_index_open(folder, &options, &index, &err);
    if (code == KIN_OK)
        kin_index_close(index);
    else {
        assert_null(index);
        assert_int_equal(err.code, code);
        assert_true(strlen(err.message) > 20);
    }
    return code;
}

static inline void start_anew(void)
{
    assert_int_equal(kin_index_delete(folder, NULL), KIN_OK);
}

static inline void random_unit(kin_rng *rng, float *vector, size_t dim)
{
    double squares = 0;
    for (size_t i = 0; i < dim; i++) {
        vector[i] = (float)kin_rng_normal(rng);
        squares += (double)vector[i] * (double)vector[i];
    }
    for (size_t i = 0; i < dim; i++)
        vector[i] = (float)((double)vector[i] / sqrt(squares));
}

static inline float *random_units(uint64_t seed, size_t n, size_t dim)
{
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    float *vectors = malloc(n * dim * sizeof *vectors + 1);
    assert_non_null(vectors);
    for (size_t i = 0; i < n; i++)
        random_unit(&rng, vectors + i * dim, dim);
    return vectors;
}

static inline void add_one(kin_index *index, int64_t id, const float *vector)
{
    kin_error err = KIN_ERROR_INIT;
    if (kin_index_add(index, &id, vector, 1, &err) != KIN_OK)
        fail_msg("%s", err.message);
}

/* Ids first, first + 1, .. with vectors from the seed. */
static inline void add_many(kin_index *index, int64_t first, size_t n, size_t dim, uint64_t seed)
{
    float *vectors = random_units(seed, n, dim);
    int64_t *ids = malloc((n + 1) * sizeof *ids);
    for (size_t i = 0; i < n; i++)
        ids[i] = first + (int64_t)i;
    assert_int_equal(kin_index_add(index, ids, vectors, n, NULL), KIN_OK);
    free(ids);
    free(vectors);
}

static inline size_t size_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return (size_t)info.st_size;
}

static inline void flip_bit(const char *path, size_t byte, int bit)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, (long)byte, SEEK_SET);
    int c = fgetc(file);
    fseek(file, (long)byte, SEEK_SET);
    fputc(c ^ 1 << bit, file);
    fclose(file);
}

static inline void append_bytes(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

static inline int make_test_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(vectors_path, sizeof vectors_path, "%s/vectors.bin", folder);
    (void)snprintf(base_path, sizeof base_path, "%s/base.faiss", folder);
    return 0;
}

static inline int remove_test_folder(void **state)
{
    (void)state;
    start_anew();
    return rmdir(folder);
}

#endif
