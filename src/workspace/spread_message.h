#ifndef KIN_SPREAD_MESSAGE_H
#define KIN_SPREAD_MESSAGE_H
/* What coordinator and workers say to each other: numbers of 8 bytes and texts one after the other, in the byte order
 * of the machines. A reply begins with a code; unless that is KIN_OK a text follows, the error's, and nothing else. */

#include "base/arena.h"
#include "base/buffer.h"
#include "kin/spread.h"

#include <string.h>

/* The first number of a message. What follows it, and what follows the KIN_OK of its reply: */
typedef enum kin_spread_task {
    KIN_SPREAD_OPEN = 1, /* version, data set's folder, folder of the shards, write, generation, vectors, dim, model,
                            precision, margin, max_pixels, max_bytes, threads, count of shards, of each number and rows;
                            reply: threads */
    KIN_SPREAD_DESCRIBE, /* shard, images and items; reply: rows of the shard, seconds of reading, decoding and
                            describing, what came of each image and item */
    KIN_SPREAD_REMOVE,   /* shard, count, ids; reply: rows of the shard */
    KIN_SPREAD_GET,      /* whether damage is an error, count, ids; reply: vectors[count, dim] as bytes */
    KIN_SPREAD_AMONG     /* k, query[dim] as bytes, count, ids; reply: count, ids, scores as bytes */
} kin_spread_task;

enum { kin_spread__version = 2 };

void kin_spread__put(kin_buffer *message, uint64_t number);
void kin_spread__put_real(kin_buffer *message, double number);
void kin_spread__put_text(kin_buffer *message, const char *text); /* NULL is kept */

/* What is left to read. Past the end, or where a text or run of bytes does not fit, `failed` is set and all reads give
 * 0 and NULL. */
typedef struct kin_spread_reader {
    const unsigned char *at, *end;
    bool failed;
} kin_spread_reader;

kin_spread_reader kin_spread__read(const kin_bytes *message);
uint64_t kin_spread__get(kin_spread_reader *reader);
double kin_spread__get_real(kin_spread_reader *reader);

/* A count of things of at least `size` bytes each that are still to be read. */
size_t kin_spread__get_count(kin_spread_reader *reader, size_t size);

/* The next bytes, into `out`; and a copy of the next text, from the arena. */
void kin_spread__get_bytes(kin_spread_reader *reader, void *out, size_t size);
char *kin_spread__get_text(kin_spread_reader *reader, kin_arena *arena);

/* What an AMONG finds, of one shard or of all. */
typedef struct kin_spread_hit {
    float score;
    int64_t id;
} kin_spread_hit;

/* Best first, equal scores by ascending id. */
void kin_spread__sort_hits(kin_spread_hit *hits, size_t n);

/* As the reply to an AMONG has them; *n hits are there before, and there is room for `room`. */
void kin_spread__put_hits(kin_buffer *reply, const kin_spread_hit *hits, size_t n);
int kin_spread__get_hits(kin_spread_reader *reader, kin_spread_hit *hits, size_t room, size_t *n, kin_error *err);

/* The buffer's bytes as a message that owns them; KIN_E_MEMORY where the buffer has failed. The buffer is empty then. */
int kin_spread__finish(kin_buffer *buffer, kin_bytes *out, kin_error *err);

/* KIN_E_FORMAT for a message that is not as it should be. */
int kin_spread__fail(kin_error *err);

#endif
