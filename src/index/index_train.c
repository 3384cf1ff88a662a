/* Spherical k-means (Dhillon & Modha 2001): sample vectors go to the centroid of the highest cosine, a centroid becomes
 * the direction of its vectors' sum. Comparing is by the same 8-bit products that a search finds its lists by, which are
 * several times faster than FAISS's k-means through a BLAS, and can be watched and stopped within an iteration. */
#include "index/index_train.h"

#include "base/checked.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { iterations = 10, block_vectors = 1024, blocks_a_round = 32 };

typedef struct training {
    const kin_index__identity *identity;
    const kin_watch *watch;
    const float *sample;
    size_t n, dim, lists, threads;
    size_t first, end;     /* vectors of the round at hand */
    kin_index__base *base; /* of the centroids so far */
    float *centroids;      /* [lists, dim] */
    double *sums;          /* [lists, dim] */
    size_t *sizes;         /* [lists] */
    uint32_t *nearest;     /* [n] */
    kin_error *errors;     /* [threads] */
} training;

static void nearest_block(void *user, size_t worker, size_t block)
{
    const training *t = user;
    size_t from = t->first + block * block_vectors, left = t->end - from;
    (void)kin_index__base_nearest(t->base, t->sample + from * t->dim, left < block_vectors ? left : block_vectors, 1,
                                  t->nearest + from, &t->errors[worker]);
}

static int find_nearest(training *t, uint64_t iteration, kin_error *err)
{
    const size_t round = (size_t)block_vectors * blocks_a_round;
    const kin_watch *watch = t->watch;
    for (t->first = 0; t->first < t->n; t->first = t->end) {
        t->end = t->n - t->first < round ? t->n : t->first + round;
        if (watch && watch->stop && watch->stop(watch->user))
            return kin_fail(err, KIN_E_STOPPED, "stopped; searches go on without the new base");
        kin_parallel(t->threads, (t->end - t->first + block_vectors - 1) / block_vectors, nearest_block, t);
        int code = kin_parallel_error(t->errors, t->threads, err);
        if (code != KIN_OK)
            return code;
        if (watch && watch->progress)
            watch->progress(watch->user, "cluster", iteration * t->n + t->end, (uint64_t)iterations * t->n);
    }
    return KIN_OK;
}

static void set_direction(float *centroid, const double *sum, size_t dim)
{
    double squares = 0;
    for (size_t i = 0; i < dim; i++)
        squares += sum[i] * sum[i];
    for (size_t i = 0; i < dim && squares > 0; i++)
        centroid[i] = (float)(sum[i] / sqrt(squares));
}

/* A centroid without vectors takes half of the largest list's: both move a little apart. */
static void split_largest(training *t, size_t empty)
{
    size_t largest = 0;
    for (size_t l = 1; l < t->lists; l++)
        largest = t->sizes[l] > t->sizes[largest] ? l : largest;
    double *from = t->sums + largest * t->dim, *to = t->sums + empty * t->dim;
    for (size_t i = 0; i < t->dim; i++) {
        double part = i % 2 ? 1.0 / 64 : -1.0 / 64;
        to[i] = from[i] * (1 + part);
        from[i] *= 1 - part;
    }
    t->sizes[empty] = t->sizes[largest] / 2;
    t->sizes[largest] -= t->sizes[empty];
    set_direction(t->centroids + largest * t->dim, from, t->dim);
    set_direction(t->centroids + empty * t->dim, to, t->dim);
}

static void move_centroids(training *t)
{
    memset(t->sums, 0, t->lists * t->dim * sizeof *t->sums);
    memset(t->sizes, 0, t->lists * sizeof *t->sizes);
    for (size_t i = 0; i < t->n; i++) {
        double *sum = t->sums + t->nearest[i] * t->dim;
        const float *vector = t->sample + i * t->dim;
        t->sizes[t->nearest[i]]++;
        for (size_t j = 0; j < t->dim; j++)
            sum[j] += isfinite(vector[j]) ? (double)vector[j] : 0;
    }
    for (size_t l = 0; l < t->lists; l++)
        set_direction(t->centroids + l * t->dim, t->sums + l * t->dim, t->dim);
    for (size_t l = 0; l < t->lists; l++)
        if (t->sizes[l] == 0)
            split_largest(t, l);
}

static int take_centroids(training *t, kin_error *err)
{
    kin_index__base *base = NULL;
    int code = kin_index__base_from(t->identity, t->centroids, t->lists, &base, err);
    if (code != KIN_OK)
        return code;
    kin_index__base_free(t->base);
    t->base = base;
    return KIN_OK;
}

static int iterate(training *t, kin_error *err)
{
    for (size_t i = 0; i < t->lists * t->dim; i++)
        t->centroids[i] = isfinite(t->sample[i]) ? t->sample[i] : 0;
    int code = take_centroids(t, err);
    for (uint64_t i = 0; code == KIN_OK && i < iterations; i++) {
        code = find_nearest(t, i, err);
        if (code != KIN_OK)
            break;
        move_centroids(t);
        code = take_centroids(t, err);
    }
    return code;
}

int kin_index__train(const kin_index__identity *identity, const float *sample, size_t n, size_t lists,
                     const kin_watch *watch, kin_index__base **out, kin_error *err)
{
    size_t dim = (size_t)identity->dim, cells;
    training t = { .identity = identity, .watch = watch, .sample = sample, .n = n, .dim = dim, .lists = lists };
    t.threads = kin_parallel_cores();
    if (!kin_size_mul(lists, dim, &cells))
        return kin_fail_memory(err);
    t.centroids = kin_alloc_array(cells, sizeof *t.centroids);
    t.sums = kin_alloc_array(cells, sizeof *t.sums);
    t.sizes = kin_alloc_array(lists, sizeof *t.sizes);
    t.nearest = kin_alloc_array(n, sizeof *t.nearest);
    t.errors = kin_alloc_zeroed(t.threads, sizeof *t.errors);
    bool there = t.centroids && t.sums && t.sizes && t.nearest && t.errors;
    int code = there ? iterate(&t, err) : kin_fail_memory(err);
    if (code == KIN_OK) {
        *out = t.base;
        t.base = NULL;
    }
    kin_index__base_free(t.base);
    free(t.centroids);
    free(t.sums);
    free(t.sizes);
    free(t.nearest);
    free(t.errors);
    return code;
}
