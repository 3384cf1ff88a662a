#include "base/utf8.h"

size_t kin_utf8_next(const char *text, uint32_t *character)
{
    const unsigned char *s = (const unsigned char *)text;
    if (!*s)
        return 0;
    size_t length = *s < 0x80 ? 1 : *s < 0xC2 ? 0 : *s < 0xE0 ? 2 : *s < 0xF0 ? 3 : *s < 0xF5 ? 4 : 0;
    uint32_t c = length < 2 ? *s : *s & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            length = 0;
            break;
        }
        c = c << 6 | (s[i] & 0x3Fu);
    }
    bool overlong = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
    if (length == 0 || overlong || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        *character = 0xFFFD;
        return 1;
    }
    *character = c;
    return length;
}

void kin_utf8_valid(kin_buffer *out, const char *text)
{
    size_t length;
    uint32_t c;
    for (; (length = kin_utf8_next(text, &c)) > 0; text += length) {
        if (c == 0xFFFD)
            kin_buffer_string(out, "\xEF\xBF\xBD");
        else
            kin_buffer_append(out, text, length);
    }
}
