#ifndef KIN_NET_H
#define KIN_NET_H
/* A neural image encoder: an ONNX file becomes a checked graph, then a plan of kernel calls over one workspace.
 *
 * The file comes from anywhere: every size, shape, offset and attribute is checked before a plan is made, memory is
 * bounded, and what cannot be run is refused with the names of operator and node. The model has one float input
 * [1, channels, height, width] (a symbolic or missing first dimension is 1) and float outputs. Shapes are fixed at
 * load; whatever does not depend on the image is computed then.
 *
 * A kin_net is read-only after opening and shared by threads; each thread has a kin_runner of its own, which owns the
 * workspace. The same input gives the same bits on one machine. */

#include "kernel/kernel.h"
#include "kin/status.h"

#include <stdint.h>

typedef struct kin_net kin_net;
typedef struct kin_runner kin_runner;

/* What the values of a net range over: what 8 bits have to cover. Belongs to one file, input size and output. */
typedef struct kin_net_ranges {
    size_t count;  /* values */
    float *bounds; /* [count, 2]: lowest, highest; 0, 0 where not known */
} kin_net_ranges;

typedef struct kin_net_options {
    size_t input_size;            /* for symbolic height and width; 0: the file has to say */
    size_t memory_limit;          /* bytes for constants, packed weights and workspace together; 0: 4 GiB */
    const char *output;           /* the output wanted; NULL: the first. What it does not need is left out */
    const kin_kernels *kernels;   /* NULL: kin_kernels_get() */
    const kin_net_ranges *ranges; /* convolutions with these are done in 8 bits; NULL: all in float. Not kept */
} kin_net_options;

#define KIN_NET_OPTIONS_INIT                                                                                           \
    {                                                                                                                  \
        0, 0, NULL, NULL, NULL                                                                                         \
    }

typedef struct kin_net_info {
    size_t channels, height, width; /* of the input */
    size_t output_count;            /* floats of the output, all its dimensions multiplied */
    size_t steps;                   /* kernel calls of a run */
    double flops;                   /* of a run: multiplications and additions of products and convolutions */
    size_t weight_bytes, workspace_bytes;
} kin_net_info;

/* Reads the `size` bytes of an ONNX model; they are not needed afterwards. options may be NULL. KIN_E_FORMAT: damaged,
 * or something in it is not supported; KIN_E_LIMIT: more memory than allowed; KIN_E_USAGE: the options do not fit the
 * model. */
int kin_net_open(const void *bytes, size_t size, const kin_net_options *options, kin_net **out, kin_error *err);
void kin_net_free(kin_net *net);

/* Runs the model in float over images[n, channels, height, width] (n > 0), and takes for each value the mean of the
 * images' extremes, of the input the extremes of all. A few dozen images of the kind to be described are enough. */
int kin_net_calibrate(const void *bytes, size_t size, const kin_net_options *options, const float *images, size_t n,
                      kin_net_ranges *out, kin_error *err);
void kin_net_ranges_clear(kin_net_ranges *ranges);

/* Borrowed from the net. */
const kin_net_info *kin_net_about(const kin_net *net);

/* The net has to outlive its runners. */
int kin_runner_new(const kin_net *net, kin_runner **out, kin_error *err);
void kin_runner_free(kin_runner *runner);

/* output[output_count] for planes[channels, height, width]. */
void kin_runner_run(kin_runner *runner, const float *planes, float *output);

/* The same for interleaved bytes[height, width, channels]; the net sees byte * scale[c] + shift[c]. */
void kin_runner_run_bytes(kin_runner *runner, const uint8_t *bytes, const float *scale, const float *shift,
                          float *output);

#endif
