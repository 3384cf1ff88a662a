#include "kin/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int kin_fail(kin_error *err, int code, const char *format, ...)
{
    if (!err)
        return code;
    /* Into a buffer of its own: an argument may be err->message itself, when a caller adds where it happened. */
    char text[sizeof err->message];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length >= (int)sizeof text)
        memcpy(text + sizeof text - 4, "...", 4);
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
