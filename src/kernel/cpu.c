/* For syscall(): the C library has no function for it. */
#define _DEFAULT_SOURCE

#include "kernel/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

bool kin_cpu_permit_amx(void)
{
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_TILE_DATA) == 0;
}
#else
bool kin_cpu_permit_amx(void)
{
    return false;
}
#endif

#if defined(__x86_64__)

/* Tile configuration and tile data (bits 17, 18) must be switched on by the operating system, beside the instructions
 * being there; the compiler's own test knows the registers up to AVX-512. */
static bool has_amx_int8(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & (1U << 24)) || !(d & (1U << 25)))
        return false;
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    (void)high;
    return (low & (3U << 17)) == (3U << 17);
}

kin_cpu kin_cpu_detect(void)
{
    kin_cpu cpu = { 0 };
    __builtin_cpu_init();
    cpu.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    cpu.avx512 = cpu.avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    cpu.avx512_vnni = cpu.avx512 && __builtin_cpu_supports("avx512vnni");
    cpu.amx_int8 = cpu.avx512 && has_amx_int8();
    return cpu;
}
#else
kin_cpu kin_cpu_detect(void)
{
    return (kin_cpu) { false, false, false, false };
}
#endif
