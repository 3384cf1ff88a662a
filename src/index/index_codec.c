#include "index/index_codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "vectors.bin is little-endian and used in place");

/* A half's exponent and mantissa, shifted into a float's place, make a float that is 2^112 too small: one multiply
 * corrects the exponent, and makes the subnormal halves right as well. Infinities, which no row has, become finite. */
static void halves_plain(const uint16_t *in, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)(in[i] & 0x7fff) << 13, sign = (uint32_t)(in[i] & 0x8000) << 16;
        float value;
        memcpy(&value, &bits, sizeof value);
        value *= 0x1p112f;
        memcpy(&bits, &value, sizeof bits);
        bits |= sign;
        memcpy(&out[i], &bits, sizeof bits);
    }
}

static void bytes_plain(const int8_t *in, float scale, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i] * scale;
}

/* Round to nearest, ties to even; |x| is far below the largest half. */
static uint16_t half_of(float x)
{
    uint32_t bits, half;
    memcpy(&bits, &x, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    if (bits < 0x38800000) { /* below 2^-14 halves are multiples of 2^-24, the step of floats next to 0.5 */
        float shifted;
        memcpy(&shifted, &bits, sizeof shifted);
        shifted += 0.5F;
        memcpy(&half, &shifted, sizeof half);
        half -= 0x3f000000;
    } else {
        half = (bits - 0x38000000 + 0xfff + (bits >> 13 & 1)) >> 13;
    }
    return (uint16_t)(sign | half);
}

static void encode_halves(const float *vector, size_t dim, unsigned char *out)
{
    for (size_t i = 0; i < dim; i++) {
        uint16_t half = half_of(vector[i]);
        memcpy(out + i * sizeof half, &half, sizeof half);
    }
}

static size_t scale_place(size_t dim)
{
    return (dim + 3) & ~(size_t)3;
}

/* The scale is what makes the rounded vector's length 1 again: closer to the true direction's dot products than
 * max|x| / 127, by the length that rounding took or gave. */
static void encode_bytes(const float *vector, size_t dim, unsigned char *out)
{
    float most = 0;
    for (size_t i = 0; i < dim; i++)
        most = fmaxf(most, fabsf(vector[i]));
    double squares = 0;
    for (size_t i = 0; i < dim; i++) {
        int8_t value = (int8_t)lrint(127.0 * (double)vector[i] / (double)most);
        out[i] = (unsigned char)value;
        squares += (double)value * value;
    }
    float scale = (float)(1 / sqrt(squares));
    memcpy(out + scale_place(dim), &scale, sizeof scale);
}

#ifdef KIN_INDEX_AVX2
static bool has_avx2(void)
{
    const char *kernel = getenv("KIN_KERNEL");
    return !(kernel && strcmp(kernel, "plain") == 0) && __builtin_cpu_supports("avx2") &&
           __builtin_cpu_supports("f16c");
}
#endif

int kin_index__format_init(kin_index__format *format, size_t dim, kin_vector_type type, kin_error *err)
{
    if (dim == 0 || dim > kin_index__most_dim)
        return kin_fail(err, KIN_E_USAGE, "vectors of %zu components cannot be indexed; 1 to %d can", dim,
                        kin_index__most_dim);
    size_t bytes;
    switch (type) {
    case KIN_VECTOR_F32:
        bytes = dim * sizeof(float);
        break;
    case KIN_VECTOR_F16:
        bytes = dim * sizeof(uint16_t);
        break;
    case KIN_VECTOR_I8:
        bytes = scale_place(dim) + sizeof(float);
        break;
    default:
        return kin_fail(err, KIN_E_USAGE, "%d is no type of vector; see kin_vector_type", (int)type);
    }
    *format =
        (kin_index__format) { dim, kin_index__row_head + ((bytes + 7) & ~(size_t)7), type, halves_plain, bytes_plain };
#ifdef KIN_INDEX_AVX2
    if (has_avx2()) {
        format->halves = kin_index__halves_avx2;
        format->bytes = kin_index__bytes_avx2;
    }
#endif
    return KIN_OK;
}

void kin_index__encode(const kin_index__format *format, int64_t id, const float *vector, unsigned char *row)
{
    memset(row, 0, format->stride);
    memcpy(row, &id, sizeof id);
    unsigned char *out = row + kin_index__row_head;
    if (!vector)
        return;
    if (format->type == KIN_VECTOR_F32)
        memcpy(out, vector, format->dim * sizeof *vector);
    else if (format->type == KIN_VECTOR_F16)
        encode_halves(vector, format->dim, out);
    else
        encode_bytes(vector, format->dim, out);
}

int64_t kin_index__row_id(const unsigned char *row)
{
    int64_t id;
    memcpy(&id, row, sizeof id);
    return id;
}

void kin_index__decode(const kin_index__format *format, const unsigned char *row, float *vector)
{
    const void *in = row + kin_index__row_head; /* 8-byte aligned: header and stride are */
    if (format->type == KIN_VECTOR_F32) {
        memcpy(vector, in, format->dim * sizeof *vector);
    } else if (format->type == KIN_VECTOR_F16) {
        format->halves(in, vector, format->dim);
    } else {
        float scale;
        memcpy(&scale, (const unsigned char *)in + scale_place(format->dim), sizeof scale);
        format->bytes(in, scale, vector, format->dim);
    }
}

const int8_t *kin_index__row_bytes(const kin_index__format *format, const unsigned char *row, float *scale)
{
    const void *in = row + kin_index__row_head;
    memcpy(scale, row + kin_index__row_head + scale_place(format->dim), sizeof *scale);
    return in;
}
