#include "cli/render.h"
#include "cli/log.h"

#include "base/buffer.h"
#include "cli/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool cli_is_terminal(FILE *file)
{
    return isatty(fileno(file)) == 1;
}

size_t cli_terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *columns = getenv("COLUMNS");
    long width = columns ? strtol(columns, NULL, 10) : 0;
    return width >= 20 && width <= 10000 ? (size_t)width : 80;
}

static bool takes_colour(FILE *file)
{
    const char *none = getenv("NO_COLOR"), *kind = getenv("TERM");
    return cli_is_terminal(file) && !(none && *none) && kind && strcmp(kind, "dumb") != 0;
}

void cli_print_tinted(FILE *file, cli_tint tint, const char *text)
{
    static const char *const codes[] = {
        [CLI_GOOD] = "32", [CLI_DOUBTFUL] = "33", [CLI_BAD] = "31", [CLI_FAINT] = "2"
    };
    if (tint == CLI_PLAIN || !*text || !takes_colour(file))
        fputs(text, file);
    else
        fprintf(file, "\x1b[%sm%s\x1b[0m", codes[tint], text);
}

void cli_print_wrapped(FILE *file, const char *text, size_t at, size_t indent, size_t width)
{
    bool fresh = true; /* nothing on this line yet */
    while (*text) {
        size_t length = strcspn(text, " ");
        char word[160];
        snprintf(word, sizeof word, "%.*s", (int)length, text);
        size_t columns = cli_text_width(word);
        if (!fresh && at + 1 + columns > width) {
            fprintf(file, "\n%*s", (int)indent, "");
            at = indent;
            fresh = true;
        }
        fprintf(file, "%s%s", fresh ? "" : " ", word);
        at += columns + (fresh ? 0 : 1);
        fresh = false;
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', file);
}

/* ---- stderr ---- */

static void complain(const char *format, va_list list)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, list);
    kin_buffer clean = KIN_BUFFER_INIT;
    cli_text_clean(&clean, text);
    fprintf(stderr, "kin: %s\n", clean.data && !clean.failed ? clean.data : "");
    cli_log("%s", text);
    kin_buffer_clear(&clean);
}

void cli_warn(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    complain(format, list);
    va_end(list);
}

void cli_say(const cli_program *cli, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (!cli->quiet)
        complain(format, list);
    va_end(list);
}

void cli_hint(const cli_program *cli, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (!cli->quiet && !cli->json && cli_is_terminal(stderr))
        complain(format, list);
    va_end(list);
}
