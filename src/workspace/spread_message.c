#include "workspace/spread_message.h"

#include <stdlib.h>

void kin_spread__put(kin_buffer *message, uint64_t number)
{
    kin_buffer_append(message, &number, sizeof number);
}

void kin_spread__put_real(kin_buffer *message, double number)
{
    kin_buffer_append(message, &number, sizeof number);
}

/* Its length, one more than it has bytes, and they; 0 for NULL. */
void kin_spread__put_text(kin_buffer *message, const char *text)
{
    size_t length = text ? strlen(text) : 0;
    kin_spread__put(message, text ? length + 1 : 0);
    kin_buffer_append(message, text, length);
}

kin_spread_reader kin_spread__read(const kin_bytes *message)
{
    const unsigned char *data = message->data;
    return (kin_spread_reader) { data, data ? data + message->size : NULL, false };
}

void kin_spread__get_bytes(kin_spread_reader *reader, void *out, size_t size)
{
    if (reader->failed || (size_t)(reader->end - reader->at) < size) {
        reader->failed = true;
        memset(out, 0, size);
    } else if (size) {
        memcpy(out, reader->at, size);
        reader->at += size;
    }
}

uint64_t kin_spread__get(kin_spread_reader *reader)
{
    uint64_t number;
    kin_spread__get_bytes(reader, &number, sizeof number);
    return number;
}

double kin_spread__get_real(kin_spread_reader *reader)
{
    double number;
    kin_spread__get_bytes(reader, &number, sizeof number);
    return number;
}

size_t kin_spread__get_count(kin_spread_reader *reader, size_t size)
{
    uint64_t count = kin_spread__get(reader);
    if (reader->failed || count > (size_t)(reader->end - reader->at) / size) {
        reader->failed = true;
        return 0;
    }
    return (size_t)count;
}

char *kin_spread__get_text(kin_spread_reader *reader, kin_arena *arena)
{
    uint64_t length = kin_spread__get(reader);
    if (reader->failed || length == 0)
        return NULL;
    if (length - 1 > (size_t)(reader->end - reader->at)) {
        reader->failed = true;
        return NULL;
    }
    char *text = kin_arena_copy(arena, (const char *)reader->at, (size_t)length - 1);
    reader->at += length - 1;
    reader->failed = !text;
    return text;
}

static int compare_hits(const void *left, const void *right)
{
    const kin_spread_hit *a = left, *b = right;
    if (a->score > b->score || a->score < b->score)
        return a->score > b->score ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

void kin_spread__sort_hits(kin_spread_hit *hits, size_t n)
{
    if (n)
        qsort(hits, n, sizeof *hits, compare_hits);
}

void kin_spread__put_hits(kin_buffer *reply, const kin_spread_hit *hits, size_t n)
{
    kin_spread__put(reply, n);
    for (size_t i = 0; i < n; i++)
        kin_buffer_append(reply, &hits[i].id, sizeof hits[i].id);
    for (size_t i = 0; i < n; i++)
        kin_buffer_append(reply, &hits[i].score, sizeof hits[i].score);
}

int kin_spread__get_hits(kin_spread_reader *reader, kin_spread_hit *hits, size_t room, size_t *n, kin_error *err)
{
    size_t found = kin_spread__get_count(reader, sizeof hits->id + sizeof hits->score);
    if (found > room - *n)
        return kin_spread__fail(err);
    for (size_t i = 0; i < found; i++)
        kin_spread__get_bytes(reader, &hits[*n + i].id, sizeof hits->id);
    for (size_t i = 0; i < found; i++)
        kin_spread__get_bytes(reader, &hits[*n + i].score, sizeof hits->score);
    *n += found;
    return reader->failed ? kin_spread__fail(err) : KIN_OK;
}

int kin_spread__finish(kin_buffer *buffer, kin_bytes *out, kin_error *err)
{
    int code = buffer->failed ? kin_fail_memory(err) : KIN_OK;
    if (code == KIN_OK) {
        *out = (kin_bytes) { buffer->data, buffer->size };
        *buffer = (kin_buffer) KIN_BUFFER_INIT;
    }
    kin_buffer_clear(buffer);
    return code;
}

int kin_spread__fail(kin_error *err)
{
    return kin_fail(err, KIN_E_FORMAT,
                    "a message between the processes is not as it should be; run the same kin everywhere");
}
