#ifndef KIN_DOT_H
#define KIN_DOT_H
/* The 8-bit product, compiled once with VNNI and once for AVX2. A `dot` vector holds 16 or 8 sums; DOTS of them make a
 * block of 16 outputs. One step adds the products of four input bytes, the same for all sums, with four weights a sum.
 *
 * VNNI does that in one instruction. With AVX2 the bytes are spread to 16 bits, even and odd ones apart, and multiplied
 * with 16-bit weights: a step more than the byte multiply, whose 16-bit sums saturate and would change results. Either
 * way a step's weights for a vector are 64 bytes. A run of steps is padded to STEP_ALIGN with zero weights. Private to
 * src/kernel/simd8_*.c. */

#include "kernel/kernel8.h"

#include <immintrin.h>
#include <string.h>

#define KIN_INLINE static inline __attribute__((always_inline)) /* as in vec.h */

enum { STEP_BYTES = 64 };

/* Ends the life of a sum in the loop and begins another after it: else gcc 12 keeps the sums of the largest tile in
 * memory all through the loop, for the sake of registers that the code behind it wants. */
#define dot_settle(sum) __asm__("" : "+v"(sum))

#ifdef __AVX512VNNI__
#include "kernel/dot_vnni.h"
#else
#include "kernel/dot_avx2.h"
#endif

#endif
