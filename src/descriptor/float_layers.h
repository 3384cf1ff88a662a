#ifndef KIN_DESCRIPTOR_FLOAT_LAYERS_H
#define KIN_DESCRIPTOR_FLOAT_LAYERS_H
/* Which layers are better left in float: 8 bits cost most of their accuracy in few places. */

#include "descriptor/model_files.h"

enum { KIN_FLOAT_LAYERS_MOST = 3 };

/* Takes the range of one value after the other out of *ranges (the layers around it then compute in float), each time
 * the one that helps most, until the mean cosine to float is good for both kinds of view, nothing helps much, or
 * KIN_FLOAT_LAYERS_MOST are taken. planes[2 * pictures, 3, height, width]: of each picture two kinds of view, one
 * behind the other. *taken: how many. */
int kin_float_layers_choose(const kin_model_files *files, const float *planes, size_t pictures, size_t threads,
                            kin_net_ranges *ranges, size_t *taken, kin_error *err);

#endif
