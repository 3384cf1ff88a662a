#ifndef KIN_CPU_H
#define KIN_CPU_H
/* What this processor, and the operating system under it, can run. */

#include <stdbool.h>

typedef struct kin_cpu {
    bool avx2;        /* AVX2 and FMA */
    bool avx512;      /* AVX-512 F, BW, DQ and VL */
    bool avx512_vnni; /* 8-bit dot products on 512-bit registers */
    bool amx_int8;    /* tile registers with 8-bit products, see kin_cpu_permit_amx */
} kin_cpu;

kin_cpu kin_cpu_detect(void);

/* Asks the operating system for the tile registers, which are large and off at first, for all threads of the process.
 * False where it does not know them or refuses. */
bool kin_cpu_permit_amx(void);

#endif
