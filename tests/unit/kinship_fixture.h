#ifndef KIN_KINSHIP_FIXTURE_H
#define KIN_KINSHIP_FIXTURE_H
/* Worlds of clustered unit vectors for the tests of kinship. */

#include "kin_test.h"

#include "base/rng.h"
#include "kin/kinship.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct world {
    size_t count, dim, labels, clusters;
    float *vectors; /* [count, dim] */
    int32_t *given, *right, *cluster;
    int64_t *asset;
    kin_kinship_items items;
} world;

static inline int world_read(void *user, size_t first, size_t n, float *vectors, kin_error *err)
{
    const world *w = user;
    (void)err;
    memcpy(vectors, w->vectors + first * w->dim, n * w->dim * sizeof(float));
    return KIN_OK;
}

/* Items fall into `clusters` round-robin; cluster c is of class c % labels, all rightly labelled. `spread` is the
 * length of the noise beside a centre of length 1. Every three items share an asset. */
static inline world world_new(size_t count, size_t dim, size_t labels, size_t clusters, double spread, uint64_t seed)
{
    world w = { .count = count, .dim = dim, .labels = labels, .clusters = clusters };
    float *centres = malloc(clusters * dim * sizeof *centres);
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    w.vectors = malloc((count * dim + 1) * sizeof *w.vectors);
    w.given = malloc((count + 1) * sizeof *w.given);
    w.right = malloc((count + 1) * sizeof *w.right);
    w.cluster = malloc((count + 1) * sizeof *w.cluster);
    w.asset = malloc((count + 1) * sizeof *w.asset);
    assert_true(centres && w.vectors && w.given && w.right && w.cluster && w.asset);
    double length = sqrt((double)dim);
    for (size_t i = 0; i < clusters * dim; i++)
        centres[i] = (float)(kin_rng_normal(&rng) / length);
    for (size_t i = 0; i < count; i++) {
        double square = 0;
        w.cluster[i] = (int32_t)(i % clusters);
        w.given[i] = w.right[i] = (int32_t)(i % clusters % labels);
        w.asset[i] = (int64_t)(i / 3);
        for (size_t d = 0; d < dim; d++) {
            double x = (double)centres[(i % clusters) * dim + d] + spread * kin_rng_normal(&rng) / length;
            w.vectors[i * dim + d] = (float)x;
            square += x * x;
        }
        for (size_t d = 0; d < dim; d++)
            w.vectors[i * dim + d] /= (float)sqrt(square);
    }
    free(centres);
    return w;
}

/* The items as they are now; `w` must not move while they are in use. */
static inline const kin_kinship_items *world_items(world *w)
{
    w->items = (kin_kinship_items) { w->count, w->dim, w->labels, w->given, w->asset, world_read, w, NULL, 0 };
    return &w->items;
}

/* Gives the label `a` to a share of a cluster. */
static inline void world_plant(world *w, int32_t cluster, int32_t a, double share, uint64_t seed)
{
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (size_t i = 0; i < w->count; i++)
        if (w->cluster[i] == cluster && kin_rng_uniform(&rng) < share)
            w->given[i] = a;
}

static inline kin_kinship *world_kinship(world *w, size_t threads)
{
    kin_error err = KIN_ERROR_INIT;
    kin_kinship *kinship = NULL;
    if (kin_kinship_new(world_items(w), threads, &kinship, &err) != KIN_OK)
        fail_msg("%s", err.message);
    return kinship;
}

static inline kin_kinship_verdict world_verdict(const world *w, size_t item)
{
    bool mistake = w->given[item] != w->right[item];
    return (kin_kinship_verdict) { item, mistake, mistake ? w->right[item] : -1 };
}

/* The rows labelled `a` but `without`, into candidates[count]. */
static inline size_t world_candidates(const world *w, int32_t a, size_t without, uint32_t *candidates)
{
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++)
        if (w->given[i] == a && i != without)
            candidates[n++] = (uint32_t)i;
    return n;
}

static inline void world_free(world *w)
{
    free(w->vectors);
    free(w->given);
    free(w->right);
    free(w->cluster);
    free(w->asset);
}

#endif
