#include "base/buffer.h"

#include "base/checked.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` bytes and the terminating NUL. */
static bool reserve(kin_buffer *buffer, size_t more)
{
    size_t need;
    if (buffer->failed || !kin_size_add(buffer->size, more, &need) || !kin_size_add(need, 1, &need) ||
        !KIN_GROW(&buffer->data, &buffer->capacity, need)) {
        buffer->failed = true;
        return false;
    }
    return true;
}

void kin_buffer_append(kin_buffer *buffer, const void *data, size_t size)
{
    if (!reserve(buffer, size))
        return;
    if (size)
        memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void kin_buffer_string(kin_buffer *buffer, const char *text)
{
    kin_buffer_append(buffer, text, strlen(text));
}

void kin_buffer_char(kin_buffer *buffer, char c)
{
    kin_buffer_append(buffer, &c, 1);
}

void kin_buffer_printf(kin_buffer *buffer, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        buffer->failed = true;
    else if (reserve(buffer, (size_t)length)) {
        (void)vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
}

static bool is_plain(const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./,:@%+=";
    return *word && word[strspn(word, plain)] == '\0';
}

void kin_buffer_shell_word(kin_buffer *buffer, const char *word)
{
    if (is_plain(word)) {
        kin_buffer_string(buffer, word);
        return;
    }
    kin_buffer_char(buffer, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            kin_buffer_string(buffer, "'\\''");
        else
            kin_buffer_char(buffer, *word);
    }
    kin_buffer_char(buffer, '\'');
}

void kin_buffer_reset(kin_buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

void kin_buffer_clear(kin_buffer *buffer)
{
    free(buffer->data);
    *buffer = (kin_buffer)KIN_BUFFER_INIT;
}
