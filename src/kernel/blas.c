#include "kernel/blas.h"

#include <cblas.h>
#include <limits.h>
#include <omp.h>
#include <stdio.h>

/* OpenBLAS with 32-bit integers is what distributions ship: an index that does not fit would wrap inside it. Callers
 * hand in blocks far below that. */
static blasint narrow(size_t n)
{
    return n <= INT_MAX ? (blasint)n : (blasint)0;
}

void kin_blas_threads(int threads)
{
    openblas_set_num_threads(threads);
    omp_set_num_threads(threads);
}

const char *kin_blas_name(void)
{
    static char name[128];
    const char *config = openblas_get_config();
    int version = 0;
    while (config[version] && config[version] != ' ')
        version++;
    while (config[version] == ' ')
        version++;
    int end = version;
    while (config[end] && config[end] != ' ')
        end++;
    (void)snprintf(name, sizeof name, "OpenBLAS %.*s %s", end - version, config + version, openblas_get_corename());
    return name;
}

void kin_gemm_nt(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b, size_t ldb,
                 float beta, float *c, size_t ldc)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, narrow(m), narrow(n), narrow(k), alpha, a, narrow(lda), b,
                narrow(ldb), beta, c, narrow(ldc));
}

void kin_gemm_nn(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b, size_t ldb,
                 float beta, float *c, size_t ldc)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, narrow(m), narrow(n), narrow(k), alpha, a, narrow(lda), b,
                narrow(ldb), beta, c, narrow(ldc));
}

void kin_gemv(size_t m, size_t n, float alpha, const float *a, size_t lda, const float *x, float beta, float *y)
{
    cblas_sgemv(CblasRowMajor, CblasNoTrans, narrow(m), narrow(n), alpha, a, narrow(lda), x, 1, beta, y, 1);
}
