#ifndef KIN_NPY_HEADER_H
#define KIN_NPY_HEADER_H

#include "kin/status.h"

#include <stdint.h>

enum { kin_exchange__npy_prefix = 12, kin_exchange__npy_most_text = 65536 };

typedef struct kin_exchange__npy {
    int component; /* bytes of a little-endian float: 2, 4 or 8 */
    uint64_t rows, columns;
} kin_exchange__npy;

/* Of the first 12 bytes of a file: where the header's text begins and how long it is. False where they are none of the
 * versions 1 to 3. */
bool kin_exchange__npy_extent(const unsigned char bytes[12], size_t *start, size_t *length);

/* Reads the header's text, NUL-terminated: a Python dictionary of just the keys descr, fortran_order and shape.
 * KIN_E_FORMAT says what it is instead of a 2-D array of floats in C order. */
int kin_exchange__npy_header(const char *text, const char *path, kin_exchange__npy *out, kin_error *err);

#endif
