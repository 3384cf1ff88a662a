#ifndef KIN_CALIBRATE_H
#define KIN_CALIBRATE_H
/* Calibrating a neural model for 8 bits: what its values range over on pictures like those to be described, measured,
 * and checked on others. The result is int8_ranges.json beside the model.onnx; kin_precision (kin/descriptor.h) says
 * what follows from it. */

#include "kin/descriptor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kin_calibrate_options {
    size_t pictures; /* to take the ranges from; 0: 64 */
    size_t held_out; /* others to measure on, at most; 0: 256 */
    uint64_t seed;   /* of the draw */
    size_t threads;  /* 0: one a core */
} kin_calibrate_options;

#define KIN_CALIBRATE_OPTIONS_INIT                                                                                     \
    {                                                                                                                  \
        0, 0, 1, 0                                                                                                     \
    }

/* Fewer are refused. */
enum { KIN_CALIBRATE_LEAST_PICTURES = 8, KIN_CALIBRATE_LEAST_HELD_OUT = 8 };

/* Cosines between the descriptors in 8 bits and in float, over the pictures held out. */
typedef struct kin_calibration {
    size_t pictures, held_out;
    size_t unreadable;   /* files of the draw that are no pictures, or damaged: passed over */
    size_t float_values; /* values left without a range, since 8 bits would cost too much there */
    double whole_mean, whole_min;
    double cut_mean, cut_min; /* of a square cut out of each at random: a quarter to three quarters of its short side */
} kin_calibration;

/* Whether 8 bits are near enough to float to be the default: both means are at least KIN_INT8_COSINE. */
bool kin_calibration_is_good(const kin_calibration *calibration);

/* Draws pictures from `photos`, a folder (its sub-folders too), takes the ranges from some, each whole and a square cut
 * out of it, leaves up to three values in float where 8 bits cost most, measures on the other pictures, and replaces the
 * ranges in the model's folder in one step. Pictures are decoded by processes of their own (kin/decoder.h). `name` as for
 * kin_model_open. watch may be NULL; a stop (KIN_E_STOPPED) leaves the old file. KIN_E_USAGE: too few pictures, or a
 * model without an 8-bit form; KIN_E_IO: the model's folder cannot be written. */
int kin_model_calibrate(const char *name, const char *photos, const kin_calibrate_options *options,
                        const kin_watch *watch, kin_calibration *out, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
