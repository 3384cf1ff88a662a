#ifndef KIN_DESCRIPTOR_H
#define KIN_DESCRIPTOR_H
/* Descriptors: an item's pixels -> one unit vector; the cosine of two items is the dot product of their vectors.
 *
 * A kin_model is read-only after opening and shared by all threads; each thread has its own kin_describer, which owns
 * the scratch memory. The same pixels give the same bits on one machine, whatever the batch or the number of
 * threads. On another processor they are the same up to rounding, which 8 bits make more of: what is rounded to
 * another byte changes a cosine by some thousandths. */

#include "kin/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kin_model kin_model;
typedef struct kin_describer kin_describer;

/* What a neural model computes in. INT8: most layers in 8 bits, by the ranges that kin_model_calibrate (kin/calibrate.h)
 * left in the model's folder; sums of bytes are exact, the same everywhere. DEFAULT: INT8 where this processor is faster
 * in it (it has 8-bit dot products), the ranges belong to this very model, and the cosines between 8 bits and float
 * that were measured with them are at least KIN_INT8_COSINE on average; else FLOAT. Whoever keeps vectors therefore
 * keeps the precision that kin_model_about tells, and asks for that one later: it opens on every machine. `classic`
 * is FLOAT. */
typedef enum kin_precision { KIN_PRECISION_DEFAULT = 0, KIN_PRECISION_FLOAT, KIN_PRECISION_INT8 } kin_precision;

#define KIN_INT8_COSINE 0.99

/* "default", "float", "int8"; and back, KIN_PRECISION_DEFAULT for any other text. Static. */
const char *kin_precision_name(kin_precision precision);
kin_precision kin_precision_from(const char *name);

/* `name`: "classic", or of a neural model the folder that holds its model.onnx and preprocessor_config.json: its path,
 * or its name in the folder that the environment's KIN_MODELS tells; where that is not set, in share/kin/models of the
 * installation or models/ of the source tree. KIN_E_NOTFOUND names the models there are. INT8 without ranges that
 * belong to the model is an error, whose message says how to make them; KIN_E_USAGE for classic. */
int kin_model_open(const char *name, kin_precision precision, kin_model **out, kin_error *err);

/* The model of a data set that names none: efficientnet-lite0, else, where that is not there or does not open, classic;
 * *note (may be NULL) then says so in one line. note->code is KIN_OK where there is nothing to say. Of INT8 there is no
 * falling back. */
int kin_model_default(kin_precision precision, kin_model **out, kin_error *note, kin_error *err);
void kin_model_free(kin_model *model);

/* The id that the model has when opened in FLOAT or INT8, by its files alone: much cheaper than opening it, and no
 * promise that it opens. */
int kin_model_identify(const char *name, kin_precision precision, uint64_t *id, kin_error *err);

typedef struct kin_model_info {
    const char *name; /* opens the same model again, wherever from */
    uint64_t id;      /* changes with anything that changes the vectors: version, weights, preprocessing, precision */
    size_t dim;
    int input;               /* more pixels than this along the shorter side of what is looked at are of no use */
    kin_precision precision; /* FLOAT or INT8 */
    const char *note;        /* why DEFAULT passed over the ranges that are there: one line; NULL: nothing to say */
} kin_model_info;

/* Borrowed from the model. */
const kin_model_info *kin_model_about(const kin_model *model);

/* One for each thread. It borrows the model. */
int kin_describer_new(const kin_model *model, kin_describer **out, kin_error *err);
void kin_describer_free(kin_describer *describer);

/* What the model looks at of a region (full-resolution coordinates) of a picture of width x height. Of the whole picture
 * a neural model sees what its own preprocessing leaves, most often the middle; any other region is grown about its
 * centre to the proportions of the model's input, mostly a square, as far as the picture goes; what is missing there is
 * made up by stretching. classic sees the region as it is. */
kin_box kin_model_view_of(const kin_model *model, int width, int height, kin_box region);

/* Describes `count` regions (full-resolution coordinates; see kin_box_region) of one image: vectors[count, dim], each
 * of length 1. A vector depends only on the pixels of what is looked at and on its aspect ratio. A region that lies
 * outside the image or has no area is an error. */
int kin_describer_run(kin_describer *describer, const kin_image *image, const kin_box *regions, size_t count,
                      float *vectors, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
