#ifndef KIN_INVERTED_H
#define KIN_INVERTED_H
/* The inverted residual block of MobileNetV2 (Sandler et al. 2018), computed strip by strip of output rows: expand
 * (1x1), depthwise (k x k), project (1x1), optional residual. The expanded tensor, several times the size of the
 * block's input and output, lives in a ring of rows that stays in the second-level cache.
 *
 * Where nothing stands between depthwise and project (squeeze-excite does: it needs the whole map) this gives the same
 * sums as the three layers one after the other. It pays where the table prefers the blocked layout (kernels->blocked);
 * else the layers one by one are faster. */

#include "kernel/kernel.h"

typedef struct kin_inverted {
    const kin_linear *expand; /* NULL: the block starts with the depthwise (MobileNetV1, first block of V2) */
    kin_depthwise depthwise;  /* channels = expand->out, or the block's input channels */
    kin_linear project;       /* in = depthwise.channels */
    size_t strip;             /* output rows at a time: kin_inverted_strip, or any from 1 to out_h */
} kin_inverted;

/* The strip height whose working set fits the second-level cache. */
size_t kin_inverted_strip(const kin_inverted *op);

/* Floats of scratch for each thread, for op->strip. */
size_t kin_inverted_scratch(const kin_inverted *op);

/* x[in_h * in_w, input channels] to y[out_h * out_w, project.out]; act(project + residual). */
void kin_inverted_run(const kin_kernels *kernels, const kin_inverted *op, kin_view x, kin_view residual, kin_view y,
                      float *scratch);

#endif
