#ifndef KIN_DESCRIPTOR_H
#define KIN_DESCRIPTOR_H
/* Descriptors: an item's pixels -> one unit vector; the cosine of two items is the dot product of their vectors.
 *
 * A kin_model is read-only after opening and shared by all threads; each thread has its own kin_describer, which owns
 * the scratch memory. The same pixels give the same bits on one machine, whatever the batch or the number of threads. */

#include "kin/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kin_model kin_model;
typedef struct kin_describer kin_describer;

/* `name`: "classic". KIN_E_NOTFOUND names the models there are. */
int kin_model_open(const char *name, kin_model **out, kin_error *err);
void kin_model_free(kin_model *model);

typedef struct kin_model_info {
    const char *name;
    uint64_t id; /* changes with anything that changes the vectors: version, weights, preprocessing */
    size_t dim;
    int input; /* a region is resized to input x input pixels; more resolution is of no use */
} kin_model_info;

/* Borrowed from the model. */
const kin_model_info *kin_model_about(const kin_model *model);

int kin_describer_new(const kin_model *model, kin_describer **out, kin_error *err);
void kin_describer_free(kin_describer *describer);

/* Describes `count` regions (full-resolution coordinates; see kin_box_region) of one image: vectors[count, dim], each
 * of length 1. A vector depends on its region's pixels and aspect ratio only. A region that lies outside the image or
 * has no area is an error. */
int kin_describer_run(kin_describer *describer, const kin_image *image, const kin_box *regions, size_t count,
                      float *vectors, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
