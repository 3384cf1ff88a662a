#ifndef KIN_QUANT8_H
#define KIN_QUANT8_H
/* What the 8-bit kernels share. Private to src/kernel. */

#include "kernel/kernel8.h"
#include "kernel/plain.h"

extern const kin_kernels8 kin_plain_kernels8;

/* Packed weights start with multiplier and addend of every output, padded to whole blocks. */
static inline size_t kin_head8(size_t out)
{
    return kin_step8(out) * 2 * sizeof(float);
}

/* Writes them: `terms` weights an output. Padding gets multiplier and addend 0. */
void kin_pack_head8(const kin_weights8 *from, size_t out, size_t terms, uint8_t *packed);

/* A float rounded to a byte within low .. high; to even at the half, as processors do. */
uint8_t kin_to_byte(float value, uint8_t low, uint8_t high);

#endif
