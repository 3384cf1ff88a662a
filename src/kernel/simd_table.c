#include "kernel/simd.h"

extern const kin_kernels SIMD(kernels);

const kin_kernels SIMD(kernels) = {
    .name = SIMD_NAME,
    .blocked = true,
    .linear_size = SIMD(linear_size),
    .linear_pack = SIMD(linear_pack),
    .linear = SIMD(linear),
    .depthwise_size = SIMD(depthwise_size),
    .depthwise_pack = SIMD(depthwise_pack),
    .depthwise = SIMD(depthwise),
    .conv_size = SIMD(conv_size),
    .conv_pack = SIMD(conv_pack),
    .conv_scratch = SIMD(conv_scratch),
    .conv = SIMD(conv),
    .pool = SIMD(pool),
    .global_mean = SIMD(global_mean),
    .affine = SIMD(affine),
    .activate = SIMD(activate),
    .binary = SIMD(binary),
    .softmax = SIMD(softmax),
    .layer_norm = SIMD(layer_norm),
};
