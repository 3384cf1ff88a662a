#ifndef KIN_BUFFER_H
#define KIN_BUFFER_H
/* A growing run of bytes, kept NUL-terminated so that it reads as a string too. Running out of memory sets `failed`
 * and makes every later append do nothing: check it once, at the end. */

#include "kin/status.h"

typedef struct kin_buffer {
    char *data; /* NULL while empty */
    size_t size, capacity;
    bool failed;
} kin_buffer;

#define KIN_BUFFER_INIT                                                                                                \
    {                                                                                                                  \
        NULL, 0, 0, false                                                                                              \
    }

void kin_buffer_append(kin_buffer *buffer, const void *data, size_t size);
void kin_buffer_string(kin_buffer *buffer, const char *text);
void kin_buffer_char(kin_buffer *buffer, char c);
void kin_buffer_printf(kin_buffer *buffer, const char *format, ...) KIN_PRINTF(2, 3);

/* A word as a POSIX shell reads it back: in quotes where it needs them. */
void kin_buffer_shell_word(kin_buffer *buffer, const char *word);

/* Empties it and keeps the memory. */
void kin_buffer_reset(kin_buffer *buffer);
void kin_buffer_clear(kin_buffer *buffer);

#endif
