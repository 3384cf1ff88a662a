#ifndef KIN_TEXT_LINES_H
#define KIN_TEXT_LINES_H
/* The lines of a text file of any size, one at a time. */

#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>

typedef struct kin_exchange__lines {
    FILE *file;
    const char *path;
    size_t most; /* bytes of a line that are held */
    kin_buffer line;
    uint64_t number; /* of the line held; 1 is the first */
    bool too_long;   /* it is longer than `most`; `line` is its beginning */
    bool ended;      /* it has a line end, which the last line of a file that was cut off has not */
    char *chunk;
    size_t at, end;
} kin_exchange__lines;

/* Opens a UTF-8 file. Close it also where this failed. */
int kin_exchange__lines_open(kin_exchange__lines *lines, const char *path, size_t most, kin_error *err);
void kin_exchange__lines_close(kin_exchange__lines *lines);

/* The next line, without its end, in lines->line; *more is false at the end of the file. */
int kin_exchange__lines_next(kin_exchange__lines *lines, bool *more, kin_error *err);

#endif
