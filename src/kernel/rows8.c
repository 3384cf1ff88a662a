#include "kernel/rows8.h"

#include "kernel/cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

extern const kin_rows8 kin_plain_rows8;
#ifdef KIN_X86
extern const kin_rows8 kin_avx2_rows8, kin_vnni_rows8;
#endif

const kin_rows8 *kin_rows8_named(const char *name)
{
    if (strcmp(name, "plain") == 0 || strcmp(name, "blas") == 0)
        return &kin_plain_rows8;
#ifdef KIN_X86
    kin_cpu cpu = kin_cpu_detect();
    if (strcmp(name, "avx2") == 0 && cpu.avx2)
        return &kin_avx2_rows8;
    if ((strcmp(name, "avx512") == 0 || strcmp(name, "amx") == 0) && cpu.avx512_vnni)
        return &kin_vnni_rows8;
#endif
    return NULL;
}

static const kin_rows8 *choose(void)
{
    static const char *const by_speed[] = { "avx512", "avx2", "plain" };
    const char *wanted = getenv("KIN_KERNEL");
    const kin_rows8 *found = wanted ? kin_rows8_named(wanted) : NULL;
    for (size_t i = 0; !found; i++)
        found = kin_rows8_named(by_speed[i]);
    return found;
}

/* Two threads that come first at once choose the same. */
const kin_rows8 *kin_rows8_get(void)
{
    static _Atomic(const kin_rows8 *) chosen;
    const kin_rows8 *rows = atomic_load_explicit(&chosen, memory_order_acquire);
    if (!rows) {
        rows = choose();
        atomic_store_explicit(&chosen, rows, memory_order_release);
    }
    return rows;
}
