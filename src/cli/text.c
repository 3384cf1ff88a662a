#include "cli/text.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

typedef struct span {
    uint32_t from, to;
} span;

static bool within(uint32_t c, const span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (c >= spans[i].from && c <= spans[i].to)
            return true;
    return false;
}

/* Control characters of either set, and those that change the direction of what follows. */
static bool is_control(uint32_t c)
{
    static const span controls[] = {
        { 0, 0x1F }, { 0x7F, 0x9F }, { 0x200E, 0x200F }, { 0x2028, 0x202E }, { 0x2066, 0x2069 }
    };
    return within(c, controls, sizeof controls / sizeof *controls);
}

static size_t columns_of(uint32_t c)
{
    static const span none[] = { { 0x300, 0x36F },   { 0x483, 0x489 },   { 0x591, 0x5BD },   { 0x64B, 0x65F },
                                 { 0x200B, 0x200D }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F } };
    static const span two[] = { { 0x1100, 0x115F }, { 0x2E80, 0xA4CF },   { 0xAC00, 0xD7A3 },
                                { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F },   { 0xFF00, 0xFF60 },
                                { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1FAFF }, { 0x20000, 0x3FFFD } };
    if (within(c, none, sizeof none / sizeof *none))
        return 0;
    return within(c, two, sizeof two / sizeof *two) ? 2 : 1;
}

size_t cli_text_width(const char *text)
{
    size_t width = 0, length;
    uint32_t c;
    for (; (length = kin_utf8_next(text, &c)) > 0; text += length)
        width += columns_of(c);
    return width;
}

void cli_text_clean(kin_buffer *out, const char *text)
{
    size_t length;
    uint32_t c;
    for (; (length = kin_utf8_next(text, &c)) > 0; text += length) {
        if (c == '\t')
            kin_buffer_string(out, "\\t");
        else if (c == '\n')
            kin_buffer_string(out, "\\n");
        else if (is_control(c))
            kin_buffer_printf(out, "\\u{%X}", (unsigned)c);
        else if (c == 0xFFFD && length == 1)
            kin_buffer_printf(out, "\\x%02X", (unsigned)(unsigned char)*text);
        else
            kin_buffer_append(out, text, length);
    }
}

char *cli_text_fit(kin_arena *arena, const char *text, size_t width)
{
    kin_buffer clean = KIN_BUFFER_INIT;
    cli_text_clean(&clean, text);
    const char *whole = clean.data ? clean.data : "";
    size_t size = strlen(whole);
    char *fit = NULL;
    if (!clean.failed && width > 0 && cli_text_width(whole) > width) {
        size_t columns = 0, length;
        uint32_t c;
        for (size = 0; (length = kin_utf8_next(whole + size, &c)) > 0 && columns + columns_of(c) < width;
             size += length)
            columns += columns_of(c);
        kin_buffer cut = KIN_BUFFER_INIT;
        kin_buffer_append(&cut, whole, size);
        kin_buffer_string(&cut, "\xE2\x80\xA6");
        fit = cut.failed ? NULL : kin_arena_string(arena, cut.data);
        kin_buffer_clear(&cut);
    } else if (!clean.failed) {
        fit = kin_arena_string(arena, whole);
    }
    kin_buffer_clear(&clean);
    return fit;
}

void cli_text_duration(double seconds, char out[32])
{
    if (!(seconds < 360000)) {
        snprintf(out, 32, "over 100 h");
        return;
    }
    int whole = (int)(seconds + 0.5);
    if (whole < 60)
        snprintf(out, 32, "%d s", whole);
    else if (whole < 3600)
        snprintf(out, 32, "%d min %02d s", whole / 60, whole % 60);
    else
        snprintf(out, 32, "%d h %02d min", whole / 3600, whole / 60 % 60);
}
