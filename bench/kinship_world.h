#ifndef KIN_KINSHIP_WORLD_H
#define KIN_KINSHIP_WORLD_H
/* Items with given and right labels, for bench_kinship. */

#include "described_set.h"
#include "kin/kinship.h"

typedef struct kinship_world {
    size_t count, dim, labels;
    const char **names; /* [labels] borrowed */
    int32_t *given, *right;
    int64_t *asset;
    const float *vectors; /* [count, dim] borrowed */
} kinship_world;

/* The set with its labels given and right. */
kinship_world kinship_world_of(const described_set *set);

/* Right labels from a CSV with the columns `key` (path, or path#shape) and `column`, without quotes. Ends the program
 * where an item has none. */
void kinship_world_truth(kinship_world *world, described_set *set, const char *path, const char *key,
                         const char *column);

/* Consistent noise: two visual clusters are made of the class's items (k-means by cosine, 20 rounds from two random
 * items); of the larger one a random share gets the label of another class, which is drawn too. */
void kinship_world_plant(kinship_world *world, int32_t class, double share, uint64_t seed);

/* Synthetic vectors of length 1: `clusters` random centres with noise as long as they are; cluster c is of label
 * c % labels, and half of cluster labels + 1, whose label is 1, is labelled 0. The caller frees the vectors. */
kinship_world kinship_world_synthetic(size_t count, size_t dim, size_t labels, size_t clusters, uint64_t seed);

kin_kinship_items kinship_world_items(const kinship_world *world);
void kinship_world_clear(kinship_world *world);

#endif
