#include "exchange/text_lines.h"

#include "base/checked.h"
#include "exchange/input_file.h"

#include <stdlib.h>
#include <string.h>

enum { chunk_size = 65536 };

int kin_exchange__lines_open(kin_exchange__lines *lines, const char *path, size_t most, kin_error *err)
{
    *lines = (kin_exchange__lines) { .path = path, .most = most };
    lines->chunk = kin_alloc_array(chunk_size, 1);
    return lines->chunk ? kin_exchange__open(path, &lines->file, err) : kin_fail_memory(err);
}

void kin_exchange__lines_close(kin_exchange__lines *lines)
{
    if (lines->file)
        (void)fclose(lines->file);
    free(lines->chunk);
    kin_buffer_clear(&lines->line);
    *lines = (kin_exchange__lines) { .file = NULL };
}

static void keep(kin_exchange__lines *lines, const char *data, size_t size)
{
    size_t room = lines->most - lines->line.size;
    lines->too_long |= size > room;
    kin_buffer_append(&lines->line, data, size < room ? size : room);
}

int kin_exchange__lines_next(kin_exchange__lines *lines, bool *more, kin_error *err)
{
    kin_buffer_reset(&lines->line);
    kin_buffer_append(&lines->line, "", 0);
    lines->too_long = lines->ended = *more = false;
    for (;;) {
        if (lines->at == lines->end) {
            lines->at = 0;
            lines->end = fread(lines->chunk, 1, chunk_size, lines->file);
            if (ferror(lines->file))
                return kin_fail_errno(err, "read", lines->path);
            if (lines->end == 0)
                break;
        }
        const char *start = lines->chunk + lines->at, *newline = memchr(start, '\n', lines->end - lines->at);
        size_t size = newline ? (size_t)(newline - start) : lines->end - lines->at;
        *more = true;
        keep(lines, start, size);
        lines->at += size + (newline != NULL);
        lines->ended = newline != NULL;
        if (newline)
            break;
    }
    lines->number += *more;
    size_t size = lines->line.size;
    if (size && lines->line.data[size - 1] == '\r')
        lines->line.data[--lines->line.size] = '\0';
    return lines->line.failed ? kin_fail_memory(err) : KIN_OK;
}
