#include "kin/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Names and values from files may hold anything: a message stays one line, and moves no cursor. */
static void keep_to_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            *text = '?';
}

/* Where to cut a text at `at` or just before it, so as not to split a character of UTF-8. */
static size_t cut_before(const char *text, size_t at)
{
    size_t start = at;
    while (start > 0 && at - start < 3 && ((unsigned char)text[start] & 0xC0) == 0x80)
        start--;
    return start;
}

int kin_fail(kin_error *err, int code, const char *format, ...)
{
    if (!err)
        return code;
    /* Into a buffer of its own: an argument may be err->message itself, when a caller adds where it happened. */
    char text[sizeof err->message] = "";
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length >= (int)sizeof text)
        memcpy(text + cut_before(text, sizeof text - 4), "...", 4);
    keep_to_one_line(text);
    err->code = code;
    memcpy(err->message, text, sizeof text);
    return code;
}

int kin_fail_memory(kin_error *err)
{
    return kin_fail(err, KIN_E_MEMORY, "out of memory; close other programs or use a smaller limit and try again");
}

int kin_fail_errno(kin_error *err, const char *verb, const char *path)
{
    int number = errno;
    const char *advice = "";
    if (number == ENOSPC || number == EDQUOT)
        advice = "; free some room and run the same command again, nothing finished is lost";
    else if (number == EROFS || number == EACCES || number == EPERM)
        advice = "; check the permissions, or work on a copy that you may write";
    else if (number == ENOMEM)
        return kin_fail_memory(err);
    return kin_fail(err, number == ENOENT ? KIN_E_NOTFOUND : KIN_E_IO, "cannot %s %s: %s%s", verb, path,
                    strerror(number), advice);
}
