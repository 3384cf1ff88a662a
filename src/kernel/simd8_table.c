#include "kernel/simd8.h"

extern const kin_kernels8 SIMD8(kernels8);

const kin_kernels8 SIMD8(kernels8) = {
    .name = SIMD8_NAME,
    .fast = SIMD8_FAST,
    .linear_size = SIMD8(linear8_size),
    .linear_pack = SIMD8(linear8_pack),
    .linear = SIMD8(linear8),
    .depthwise_size = DEPTHWISE8(depthwise8_size),
    .depthwise_pack = DEPTHWISE8(depthwise8_pack),
    .depthwise = DEPTHWISE8(depthwise8),
    .conv_size = SIMD8(conv8_size),
    .conv_pack = SIMD8(conv8_pack),
    .conv_scratch = SIMD8(conv8_scratch),
    .conv = SIMD8(conv8),
    .global_mean = SIMD8(global_mean8),
};
