#ifndef KIN_INDEX_TRAIN_H
#define KIN_INDEX_TRAIN_H

#include "index/index_base.h"

/* Fits `lists` centroids of length 1 to sample[n, dim], n >= lists, in random order: a base without lists yet. Stage:
 * "cluster". The result does not depend on the number of threads. */
int kin_index__train(const kin_index__identity *identity, const float *sample, size_t n, size_t lists,
                     const kin_watch *watch, kin_index__base **out, kin_error *err);

#endif
