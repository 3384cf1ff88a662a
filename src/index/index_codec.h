#ifndef KIN_INDEX_CODEC_H
#define KIN_INDEX_CODEC_H
/* One row of vectors.bin: the id, then the components, zeros up to a multiple of 8 bytes.
 *
 *   f32  id int64 | float[dim]
 *   f16  id int64 | half[dim]
 *   i8   id int64 | int8[dim] | zeros to a multiple of 4 | scale float
 *
 * A negative id says that the item -id is gone; the components are 0 then. Little-endian. */

#include "kin/index.h"

typedef struct kin_index__format {
    size_t dim, stride; /* stride: bytes from one row to the next */
    kin_vector_type type;
    void (*halves)(const uint16_t *in, float *out, size_t n);
    void (*bytes)(const int8_t *in, float scale, float *out, size_t n);
} kin_index__format;

enum { kin_index__row_head = sizeof(int64_t), kin_index__most_dim = 65536 };

/* KIN_E_USAGE where dim is 0 or above kin_index__most_dim, or the type is none. */
int kin_index__format_init(kin_index__format *format, size_t dim, kin_vector_type type, kin_error *err);

/* vector[dim], of length 1; NULL: zeros. Writes all of row[stride]. */
void kin_index__encode(const kin_index__format *format, int64_t id, const float *vector, unsigned char *row);

int64_t kin_index__row_id(const unsigned char *row);

/* vector[dim] as stored: 8-bit rows have length 1, halves only as near as rounding left them. */
void kin_index__decode(const kin_index__format *format, const unsigned char *row, float *vector);

/* Where the components of an 8-bit row lie, and their scale. */
const int8_t *kin_index__row_bytes(const kin_index__format *format, const unsigned char *row, float *scale);

/* The two inner loops as built for AVX2 and F16C; only called where the processor has both. */
void kin_index__halves_avx2(const uint16_t *in, float *out, size_t n);
void kin_index__bytes_avx2(const int8_t *in, float scale, float *out, size_t n);

#endif
