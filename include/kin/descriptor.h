#ifndef KIN_DESCRIPTOR_H
#define KIN_DESCRIPTOR_H
/* Descriptors: an item's pixels -> one unit vector; the cosine of two items is the dot product of their vectors.
 *
 * A kin_model is read-only after opening and shared by all threads; each thread has its own kin_describer, which owns
 * the scratch memory. The same pixels give the same bits on one machine, whatever the batch or the number of
 * threads. */

#include "kin/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kin_model kin_model;
typedef struct kin_describer kin_describer;

/* `name`: "classic", or of a neural model the folder that holds its model.onnx and preprocessor_config.json: its path,
 * or its name in the folder that the environment's KIN_MODELS tells; where that is not set, in models/ of the source
 * tree or in share/kin/models. KIN_E_NOTFOUND names the models there are. */
int kin_model_open(const char *name, kin_model **out, kin_error *err);

/* The model of a data set that names none: efficientnet-lite0, else, where that is not there or does not open, classic;
 * *note (may be NULL) then says so in one line. note->code is KIN_OK where there is nothing to say. */
int kin_model_default(kin_model **out, kin_error *note, kin_error *err);
void kin_model_free(kin_model *model);

typedef struct kin_model_info {
    const char *name; /* opens the same model again, wherever from */
    uint64_t id;      /* changes with anything that changes the vectors: version, weights, preprocessing */
    size_t dim;
    int input; /* more pixels than this along a region's shorter side are of no use */
} kin_model_info;

/* Borrowed from the model. */
const kin_model_info *kin_model_about(const kin_model *model);

int kin_describer_new(const kin_model *model, kin_describer **out, kin_error *err);
void kin_describer_free(kin_describer *describer);

/* Describes `count` regions (full-resolution coordinates; see kin_box_region) of one image: vectors[count, dim], each
 * of length 1. A vector depends on its region's pixels and aspect ratio only. Of a region that is the whole image a
 * neural model sees what its own preprocessing leaves, most often the middle; of any other all of it, stretched. A
 * region that lies outside the image or has no area is an error. */
int kin_describer_run(kin_describer *describer, const kin_image *image, const kin_box *regions, size_t count,
                      float *vectors, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
