#include "kernel/kernel.h"
#include "kernel/cpu.h"
#include "kernel/plain.h"
#include "kernel/quant8.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#ifdef KIN_X86
extern const kin_kernels kin_avx2_kernels, kin_avx512_kernels;
extern const kin_kernels8 kin_avx2_kernels8, kin_vnni_kernels8, kin_amx_kernels8;
#endif

const kin_kernels *kin_kernels_named(const char *name)
{
    if (strcmp(name, "plain") == 0)
        return &kin_plain_kernels;
    if (strcmp(name, "blas") == 0)
        return &kin_blas_kernels;
#ifdef KIN_X86
    kin_cpu cpu = kin_cpu_detect();
    if (strcmp(name, "avx2") == 0 && cpu.avx2)
        return &kin_avx2_kernels;
    if (strcmp(name, "avx512") == 0 && cpu.avx512)
        return &kin_avx512_kernels;
#endif
    return NULL;
}

static const kin_kernels *choose(void)
{
    static const char *const by_speed[] = { "avx512", "avx2", "blas" };
    const char *wanted = getenv("KIN_KERNEL");
    const kin_kernels *found = wanted ? kin_kernels_named(wanted) : NULL;
    for (size_t i = 0; !found; i++)
        found = kin_kernels_named(by_speed[i]);
    return found;
}

/* Two threads that come first at once choose the same. */
const kin_kernels *kin_kernels_get(void)
{
    static _Atomic(const kin_kernels *) chosen;
    const kin_kernels *kernels = atomic_load_explicit(&chosen, memory_order_acquire);
    if (!kernels) {
        kernels = choose();
        atomic_store_explicit(&chosen, kernels, memory_order_release);
    }
    return kernels;
}

const kin_kernels8 *kin_kernels8_named(const char *name)
{
    if (strcmp(name, "plain") == 0 || strcmp(name, "blas") == 0)
        return &kin_plain_kernels8;
#ifdef KIN_X86
    kin_cpu cpu = kin_cpu_detect();
    if (strcmp(name, "avx2") == 0 && cpu.avx2)
        return &kin_avx2_kernels8;
    if (strcmp(name, "avx512") == 0 && cpu.avx512_vnni)
        return &kin_vnni_kernels8;
    if (strcmp(name, "amx") == 0 && cpu.avx512_vnni && cpu.amx_int8 && kin_cpu_permit_amx())
        return &kin_amx_kernels8;
#endif
    return NULL;
}

static const kin_kernels8 *choose8(void)
{
    static const char *const by_speed[] = { "amx", "avx512", "avx2", "plain" };
    const char *wanted = getenv("KIN_KERNEL");
    const kin_kernels8 *found = wanted ? kin_kernels8_named(wanted) : NULL;
    for (size_t i = 0; !found; i++)
        found = kin_kernels8_named(by_speed[i]);
    return found;
}

const kin_kernels8 *kin_kernels8_get(void)
{
    static _Atomic(const kin_kernels8 *) chosen;
    const kin_kernels8 *kernels = atomic_load_explicit(&chosen, memory_order_acquire);
    if (!kernels) {
        kernels = choose8();
        atomic_store_explicit(&chosen, kernels, memory_order_release);
    }
    return kernels;
}
