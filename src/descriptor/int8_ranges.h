#ifndef KIN_DESCRIPTOR_INT8_RANGES_H
#define KIN_DESCRIPTOR_INT8_RANGES_H
/* int8_ranges.json in a model's folder: what 8 bits have to cover, which files that belongs to, and what was measured.
 *
 *     {"format": 1, "model": "XXH3 of model.onnx, 16 hex digits", "config": "of preprocessor_config.json",
 *      "width": 224, "height": 224, "pictures": 64, "held_out": 256, "float_values": 1,
 *      "cosine_whole": {"mean": 0.99, "min": 0.9}, "cosine_cut": {"mean": 0.99, "min": 0.9},
 *      "values": 200, "ranges": [[3, -1.5, 2.25], ...]}    number of the value in the net, lowest, highest; in order
 */

#include "descriptor/model_files.h"
#include "kin/calibrate.h"

typedef struct kin_int8_ranges {
    kin_net_ranges values; /* owned */
    kin_calibration measured;
} kin_int8_ranges;

void kin_int8_ranges_clear(kin_int8_ranges *ranges);

/* KIN_E_NOTFOUND: there is no file; KIN_E_FORMAT: it belongs to other files, or is damaged. The message says how to make
 * it. *out is to be cleared where KIN_OK. */
int kin_int8_ranges_read(kin_model_files *files, kin_int8_ranges *out, kin_error *err);

/* Replaces the file in one step. */
int kin_int8_ranges_write(kin_model_files *files, const kin_int8_ranges *ranges, kin_error *err);

#endif
