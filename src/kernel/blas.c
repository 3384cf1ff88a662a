#include "kernel/blas.h"

#include <cblas.h>
#include <limits.h>
#include <math.h>
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
    static _Thread_local char name[128];
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

double kin_dot(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

void kin_syrk_tn(size_t m, size_t n, const float *a, size_t lda, float beta, float *c, size_t ldc)
{
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, narrow(n), narrow(m), 1, a, narrow(lda), beta, c, narrow(ldc));
}

/* The panel's own square block, by the textbook: small enough to stay in the cache. */
static bool factor_block(size_t n, double *a, size_t lda)
{
    for (size_t j = 0; j < n; j++) {
        double *row = a + j * lda, rest = row[j];
        for (size_t k = 0; k < j; k++)
            rest -= row[k] * row[k];
        if (!(rest > 0) || !isfinite(rest))
            return false;
        row[j] = sqrt(rest);
        for (size_t i = j + 1; i < n; i++) {
            double *below = a + i * lda, sum = below[j];
            for (size_t k = 0; k < j; k++)
                sum -= below[k] * row[k];
            below[j] = sum / row[j];
        }
    }
    return true;
}

/* Right-looking and blocked (Golub & Van Loan, "Matrix Computations", 4.2): factor a block, solve the panel below it,
 * take their product off what is left. By hand because not every OpenBLAS comes with LAPACK. */
bool kin_cholesky(size_t n, double *a, size_t lda)
{
    enum { block = 48 };
    for (size_t j = 0; j < n; j += block) {
        size_t width = n - j < block ? n - j : block, below = n - j - width;
        double *corner = a + j * lda + j, *panel = corner + width * lda;
        if (!factor_block(width, corner, lda))
            return false;
        if (below == 0)
            return true;
        cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, narrow(below), narrow(width), 1,
                    corner, narrow(lda), panel, narrow(lda));
        cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, narrow(below), narrow(width), -1, panel, narrow(lda), 1,
                    panel + width, narrow(lda));
    }
    return true;
}

void kin_cholesky_solve(size_t n, const double *l, size_t lda, size_t m, double *b, size_t ldb)
{
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, narrow(m), narrow(n), 1, l,
                narrow(lda), b, narrow(ldb));
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, narrow(m), narrow(n), 1, l,
                narrow(lda), b, narrow(ldb));
}
