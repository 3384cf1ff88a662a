#include "exchange/tool_text.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "exchange/exchange_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Keys ---- */

static bool must_be_encoded(const char *text, const char *at, size_t length)
{
    unsigned char c = (unsigned char)*at;
    bool blank_at_end = c == ' ' && (at == text || at[1] == '\0');
    return c == '%' || c < 0x20 || c == 0x7f || blank_at_end || length == 0;
}

char *kin_job_key(const char *item)
{
    kin_buffer key = KIN_BUFFER_INIT;
    kin_buffer_string(&key, "");
    for (const char *at = item; *at;) {
        uint32_t character;
        size_t length = kin_utf8_next(at, &character);
        bool sound = character != 0xfffd || strncmp(at, "\xef\xbf\xbd", 3) == 0;
        bool noncharacter = (character & 0xfffe) == 0xfffe; /* XML has none of them */
        if (must_be_encoded(item, at, sound && !noncharacter ? length : 0))
            for (size_t i = 0; i < length; i++)
                kin_buffer_printf(&key, "%%%02X", (unsigned)(unsigned char)at[i]);
        else
            kin_buffer_append(&key, at, length);
        at += length;
    }
    if (key.failed)
        kin_buffer_clear(&key);
    return key.data;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *kin_exchange__item_of_key(kin_arena *arena, const char *key)
{
    char *item = kin_arena_string(arena, key), *out = item;
    for (const char *at = key; item && *at; out++) {
        int high = at[0] == '%' ? digit(at[1]) : -1, low = high >= 0 ? digit(at[2]) : -1;
        bool coded = low >= 0 && high * 16 + low != 0;
        *out = coded ? (char)(high * 16 + low) : *at;
        at += coded ? 3 : 1;
    }
    if (item)
        *out = '\0';
    return item;
}

void kin_exchange__region_id(const char *item, char id[kin_exchange__region_size])
{
    (void)snprintf(id, kin_exchange__region_size, "kin-%016" PRIx64, kin_hash(item, strlen(item)));
}

/* ---- Text ---- */

void kin_exchange__put_json(kin_buffer *out, const char *text)
{
    kin_buffer valid = KIN_BUFFER_INIT;
    kin_utf8_valid(&valid, text);
    kin_buffer_char(out, '"');
    for (const char *at = valid.data ? valid.data : ""; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\')
            kin_buffer_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            kin_buffer_printf(out, "\\u%04x", c);
        else
            kin_buffer_char(out, (char)c);
    }
    kin_buffer_char(out, '"');
    out->failed |= valid.failed;
    kin_buffer_clear(&valid);
}

void kin_exchange__put_xml(kin_buffer *out, const char *text)
{
    while (*text) {
        uint32_t character;
        size_t length = kin_utf8_next(text, &character);
        bool line = character == '\n' || character == '\r' || character == '\t';
        if ((character < 0x20 && !line) || (character & 0xfffe) == 0xfffe || character == 0xfffd)
            kin_buffer_string(out, "\xef\xbf\xbd");
        else if (line || strchr("<>&\"'", (int)(character < 0x80 ? character : '_')))
            kin_buffer_printf(out, "&#%u;", (unsigned)character);
        else
            kin_buffer_append(out, text, length);
        text += length;
    }
}

void kin_exchange__put_url(kin_buffer *out, const char *path)
{
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~/", c);
        if (plain)
            kin_buffer_char(out, (char)c);
        else
            kin_buffer_printf(out, "%%%02X", c);
    }
}

char *kin_job_url(const char *prefix, const char *path)
{
    kin_buffer url = KIN_BUFFER_INIT;
    kin_buffer_string(&url, prefix);
    kin_exchange__put_url(&url, path);
    if (url.failed)
        kin_buffer_clear(&url);
    return url.data;
}

void kin_exchange__put_number(kin_buffer *out, double value)
{
    char text[32];
    kin_exchange__number(isfinite(value) ? value : 0, text);
    kin_buffer_string(out, text);
}

/* ---- Rows ---- */

static void put_text_fact(kin_buffer *out, const char *name, const char *text)
{
    if (!text || !text[0])
        return;
    kin_buffer_printf(out, ",\"kin_%s\":", name);
    kin_exchange__put_json(out, text);
}

static void put_number_fact(kin_buffer *out, const char *name, double value)
{
    if (!isfinite(value))
        return;
    kin_buffer_printf(out, ",\"kin_%s\":", name);
    kin_exchange__put_number(out, value);
}

void kin_exchange__put_facts(kin_buffer *out, const kin_job_row *row)
{
    char *key = kin_job_key(row->item);
    kin_buffer_string(out, "\"kin_item\":");
    kin_exchange__put_json(out, key ? key : "");
    out->failed |= !key;
    free(key);
    if (row->job)
        kin_buffer_printf(out, ",\"kin_job\":%" PRId64, row->job);
    if (row->position)
        kin_buffer_printf(out, ",\"kin_position\":%" PRId64, row->position);
    put_text_fact(out, "label", row->label);
    if (row->box.w > 0) {
        const double sides[] = { row->box.x, row->box.y, row->box.w, row->box.h };
        for (int i = 0; i < 4; i++) {
            kin_buffer_string(out, i ? "," : ",\"kin_box\":[");
            kin_exchange__put_number(out, sides[i]);
        }
        kin_buffer_char(out, ']');
    }
    put_number_fact(out, "score", row->score);
    put_number_fact(out, "probability", row->probability);
    put_text_fact(out, "verdict", row->verdict);
    put_text_fact(out, "should_be", row->should_be);
    put_text_fact(out, "kind", row->kind);
    if (row->verdict && row->count > 1)
        kin_buffer_printf(out, ",\"kin_count\":%" PRId64, row->count);
    put_text_fact(out, "note", row->note);
    put_text_fact(out, "reviewer", row->reviewer);
    put_text_fact(out, "time", row->time);
}

static double inside(double value, double most)
{
    return most > 0 ? fmin(fmax(value, 0), most) : value;
}

bool kin_exchange__moved(kin_box a, kin_box b, double width, double height)
{
    const double ax[] = { a.x, a.x + a.w }, bx[] = { b.x, b.x + b.w };
    const double ay[] = { a.y, a.y + a.h }, by[] = { b.y, b.y + b.h };
    for (int i = 0; i < 2; i++)
        if (!(fabs(inside(ax[i], width) - inside(bx[i], width)) <= 1) ||
            !(fabs(inside(ay[i], height) - inside(by[i], height)) <= 1))
            return true;
    return false;
}
