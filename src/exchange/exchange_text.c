#include "exchange/exchange_text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kin_exchange__number(double value, char text[32])
{
    if (value == 0)
        value = 0;
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool only_blanks(const char *text)
{
    while (is_blank(*text))
        text++;
    return *text == '\0';
}

bool kin_exchange__parse_number(const char *text, double *value)
{
    while (is_blank(*text))
        text++;
    size_t length = strspn(text, "+-.0123456789eE");
    if (length == 0 || !only_blanks(text + length))
        return false;
    char *end;
    double number = strtod(text, &end);
    if (end != text + length || !isfinite(number))
        return false;
    *value = number;
    return true;
}

bool kin_exchange__parse_integer(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    intmax_t number = strtoimax(text, &end, 10);
    if (end == text || errno || !only_blanks(end) || number < INT64_MIN || number > INT64_MAX)
        return false;
    *value = number;
    return true;
}

/* The length of the UTF-8 character at `text`, 0 where there is none (Unicode 15, table 3-7). */
static size_t character(const unsigned char *text)
{
    unsigned char lead = text[0], low = 0x80, high = 0xbf;
    if (lead < 0x80)
        return 1;
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    for (size_t i = 1; i < length; i++, low = 0x80, high = 0xbf)
        if (text[i] < low || text[i] > high)
            return 0;
    return length;
}

bool kin_exchange__is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        size_t length = character(at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

void kin_exchange__tidy(char *text)
{
    for (char *at = text; *at;) {
        size_t length = character((const unsigned char *)at);
        if (length == 0 || (unsigned char)*at < 0x20 || *at == 0x7f) {
            *at = '?';
            length = 1;
        }
        at += length;
    }
}

char *kin_exchange__trim(char *text)
{
    while (is_blank(*text))
        text++;
    size_t length = strlen(text);
    while (length && is_blank(text[length - 1]))
        text[--length] = '\0';
    return text;
}
