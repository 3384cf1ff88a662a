/* Built with -mavx2 -mf16c: the conversions in hardware. Same results to the bit as the plain loops of index_codec.c
 * for every row that kin writes. */
#include "index/index_codec.h"

#include <immintrin.h>

void kin_index__halves_avx2(const uint16_t *in, float *out, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i_u *)(in + i))));
    for (; i < n; i++)
        out[i] = _cvtsh_ss(in[i]);
}

void kin_index__bytes_avx2(const int8_t *in, float scale, float *out, size_t n)
{
    size_t i = 0;
    __m256 scales = _mm256_set1_ps(scale);
    for (; i + 8 <= n; i += 8) {
        __m256i wide = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i_u *)(in + i)));
        _mm256_storeu_ps(out + i, _mm256_mul_ps(_mm256_cvtepi32_ps(wide), scales));
    }
    for (; i < n; i++)
        out[i] = (float)in[i] * scale;
}
