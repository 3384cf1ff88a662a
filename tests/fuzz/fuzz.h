#ifndef KIN_FUZZ_H
#define KIN_FUZZ_H
/* What the fuzzing targets share. Each target is one function that takes any bytes: libFuzzer calls it in the build of
 * the preset `fuzz`, replay.c in all others. What must hold, whatever the bytes say, is checked by `must`. */

#include "base/checked.h"
#include "kin/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_must(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    (void)fprintf(stderr, "ERROR: %s:%d: does not hold: %s\n", file, line, what); /* libFuzzer looks for ERROR: */
    abort();
}

#define must(holds) fuzz_must(holds, #holds, __FILE__, __LINE__)

/* A failure says what is wrong in one line, and its code is the one returned. */
static inline void fuzz_check_failure(int code, const kin_error *err)
{
    must(code < 0 && err->code == code);
    must(strlen(err->message) > 10 && !strchr(err->message, '\n'));
}

/* A folder of this process's own, in TMPDIR; the target removes what it has put there. */
static inline void fuzz_make_folder(char path[256])
{
    const char *root = getenv("TMPDIR");
    int used = snprintf(path, 256, "%s/kin-fuzz-XXXXXX", root && *root ? root : "/tmp");
    must(used > 0 && used < 256 && mkdtemp(path));
}

static inline void fuzz_write(const char *folder, const char *name, const void *bytes, size_t size)
{
    char path[512];
    must(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
    FILE *file = fopen(path, "wbe");
    must(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static inline void fuzz_remove(const char *folder, const char *name)
{
    char path[512];
    must(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
    (void)remove(path);
}

/* The first byte of what is left, 0 where nothing is. */
static inline uint8_t fuzz_take_byte(const uint8_t **data, size_t *size)
{
    if (*size == 0)
        return 0;
    ++*data;
    --*size;
    return (*data)[-1];
}

#endif
