#ifndef KIN_STATUS_H
#define KIN_STATUS_H
/* Status codes and errors of every kin function.
 *
 * A function that can fail returns KIN_OK (0) or one of the negative codes and takes a `kin_error *err` as its last
 * argument (NULL is legal: the message is then dropped). The message is one line, written once where the trouble is
 * seen: what went wrong, with which file or value, and what to do about it. Unless a comment says otherwise outputs
 * are untouched on failure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define KIN_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define KIN_PRINTF(format_index, first)
#endif

typedef enum kin_code {
    KIN_OK = 0,
    KIN_E_USAGE = -1,    /* the call or command is wrong: change the call */
    KIN_E_NOTFOUND = -2, /* the named item, file, job or data set is not there */
    KIN_E_FORMAT = -3,   /* data is not what it claims to be */
    KIN_E_LIMIT = -4,    /* larger than a limit that can be raised */
    KIN_E_IO = -5,       /* the system refused to read or write */
    KIN_E_BUSY = -6,     /* another process holds what is needed: try again later */
    KIN_E_MEMORY = -7,   /* no memory */
    KIN_E_STOPPED = -8   /* the caller asked to stop; what was finished is kept */
} kin_code;

/* The caller's own, on its stack; no globals. */
typedef struct kin_error {
    int code;
    char message[256]; /* NUL-terminated; a longer text is cut and ends in "..." */
} kin_error;

#define KIN_ERROR_INIT                                                                                                 \
    {                                                                                                                  \
        KIN_OK, ""                                                                                                     \
    }

/* Writes code and message into *err (NULL is legal) and returns code, so that `return kin_fail(...)` reads well. */
int kin_fail(kin_error *err, int code, const char *format, ...) KIN_PRINTF(3, 4);

/* kin_fail(KIN_E_MEMORY) with the one wording used everywhere. */
int kin_fail_memory(kin_error *err);

/* kin_fail(KIN_E_IO, "cannot <verb> <path>: <strerror(errno)>"), with advice for a full or read-only disk.
 * Call it right after the failing call: it reads errno. */
int kin_fail_errno(kin_error *err, const char *verb, const char *path);

#ifdef __cplusplus
}
#endif
#endif
