#ifndef KIN_UTF8_H
#define KIN_UTF8_H
/* UTF-8 read without trust. */

#include "base/buffer.h"

/* The character at `text` (0xFFFD for bytes that are no UTF-8) and the bytes it takes, at least 1; 0 at the end. */
size_t kin_utf8_next(const char *text, uint32_t *character);

/* Appends `text` as valid UTF-8: bytes that are none become U+FFFD. */
void kin_utf8_valid(kin_buffer *out, const char *text);

#endif
