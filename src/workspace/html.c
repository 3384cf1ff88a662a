#include "workspace/html.h"

#include "base/figures.h"
#include "base/file.h"
#include "base/utf8.h"

extern const char kin_html__style[]; /* of pages.css, made at build time */

void kin_html__begin(kin_buffer *out, const char *title)
{
    kin_buffer_string(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                           "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    kin_html__text(out, title);
    kin_buffer_string(out, "</title>\n<style>\n");
    kin_buffer_string(out, kin_html__style);
    kin_buffer_string(out, "</style>\n</head>\n<body>\n");
}

int kin_html__end(kin_buffer *out, kin_error *err)
{
    kin_buffer_string(out, "</body>\n</html>\n");
    return out->failed ? kin_fail_memory(err) : KIN_OK;
}

int kin_html__write(kin_buffer *out, const char *path, kin_error *err)
{
    int code = kin_html__end(out, err);
    return code == KIN_OK ? kin_file_replace(path, out->data, out->size, err) : code;
}

/* What no page may hold, and what turns the direction of all that follows it, commands to be typed included. */
static bool is_unfit(uint32_t c)
{
    return c == 0xFFFD || (c < 0x20 && c != '\n') || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

void kin_html__text(kin_buffer *out, const char *text)
{
    size_t length;
    uint32_t c;
    for (; (length = kin_utf8_next(text, &c)) > 0; text += length) {
        if (c == '&')
            kin_buffer_string(out, "&amp;");
        else if (c == '<')
            kin_buffer_string(out, "&lt;");
        else if (c == '>')
            kin_buffer_string(out, "&gt;");
        else if (c == '"')
            kin_buffer_string(out, "&quot;");
        else if (is_unfit(c))
            kin_buffer_string(out, "\xEF\xBF\xBD");
        else
            kin_buffer_append(out, text, length);
    }
}

void kin_html__data(kin_buffer *out, const char *text)
{
    kin_html__element(out, "bdi", NULL, text);
}

void kin_html__name(kin_buffer *out, const char *name)
{
    kin_buffer text = KIN_BUFFER_INIT;
    kin_html__text(&text, name);
    kin_buffer_string(out, "<bdi>");
    for (const char *c = text.data ? text.data : ""; *c; c++) {
        kin_buffer_string(out, *c == '#' ? "<wbr>" : "");
        kin_buffer_char(out, *c);
        kin_buffer_string(out, *c == '/' ? "<wbr>" : "");
    }
    kin_buffer_string(out, "</bdi>");
    out->failed |= text.failed;
    kin_buffer_clear(&text);
}

void kin_html__element(kin_buffer *out, const char *tag, const char *kind, const char *text)
{
    kin_buffer_printf(out, "<%s%s%s%s>", tag, kind ? " class=\"" : "", kind ? kind : "", kind ? "\"" : "");
    kin_html__text(out, text);
    kin_buffer_printf(out, "</%s>", tag);
}

void kin_html__percent(kin_buffer *out, double fraction)
{
    char text[64];
    kin_figure_percent(fraction, text);
    for (const char *c = text; *c; c++) {
        if (*c == ' ')
            kin_buffer_string(out, "&nbsp;");
        else
            kin_buffer_char(out, *c);
    }
}

void kin_html__range(kin_buffer *out, double lo, double hi)
{
    kin_html__percent(out, lo);
    kin_buffer_string(out, " to ");
    kin_html__percent(out, hi);
}
