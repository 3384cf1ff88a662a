#ifndef KIN_BLAS_H
#define KIN_BLAS_H
/* The one door to OpenBLAS, and the one place that sets how many threads libraries start on their own. */

#include <stdbool.h>
#include <stddef.h>

/* Threads inside OpenBLAS and inside OpenMP (FAISS). kin runs one worker a core with single-threaded libraries inside;
 * a search that has the machine to itself asks for more. Not while another thread computes. */
void kin_blas_threads(int threads);

/* "OpenBLAS 0.3.21 SkylakeX": for --version and benchmarks. Borrowed until the thread asks again. */
const char *kin_blas_name(void);

/* C[m, n] = alpha A[m, k] B[n, k]^T + beta C: dot products of rows with rows. Row-major; lda, ldb, ldc are the steps in
 * elements from one row to the next (lda >= k, ldb >= k, ldc >= n). Sizes fit an int. */
void kin_gemm_nt(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b, size_t ldb,
                 float beta, float *c, size_t ldc);

/* C[m, n] = alpha A[m, k] B[k, n] + beta C. */
void kin_gemm_nn(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b, size_t ldb,
                 float beta, float *c, size_t ldc);

/* y[m] = alpha A[m, n] x[n] + beta y. */
void kin_gemv(size_t m, size_t n, float alpha, const float *a, size_t lda, const float *x, float beta, float *y);

/* The lower triangle of C[n, n] = A[m, n]^T A + beta C: dot products of columns with columns. */
void kin_syrk_tn(size_t m, size_t n, const float *a, size_t lda, float beta, float *c, size_t ldc);

/* a . b of n numbers, summed in double one after the other: not by a BLAS, and the same everywhere. */
double kin_dot(const float *a, const float *b, size_t n);

/* Replaces the lower triangle of a symmetric matrix A[n, n] by its Cholesky factor L, A = L L^T. False where A is not
 * positive definite (or not finite); A is spoilt then. The upper triangle is not read and not written. */
bool kin_cholesky(size_t n, double *a, size_t lda);

/* Replaces every row b of B[m, n] by the solution x of L L^T x = b. */
void kin_cholesky_solve(size_t n, const double *l, size_t lda, size_t m, double *b, size_t ldb);

#endif
