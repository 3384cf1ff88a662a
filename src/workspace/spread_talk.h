#ifndef KIN_SPREAD_TALK_H
#define KIN_SPREAD_TALK_H
/* The coordinator's side of the talk, and which shard has what. */

#include "workspace/spread_message.h"
#include "workspace/update_private.h"

enum { kin_spread__block = 32, kin_spread__most_shards = UINT16_MAX };

static inline size_t kin_spread__shard_of(int64_t asset, size_t shards)
{
    return (size_t)(asset / kin_spread__block) % shards;
}

/* Over how many shards the workspace is spread; 0: it is not. */
int kin_spread__shards(kin_workspace *workspace, size_t *shards, kin_error *err);

/* How many rows of a shard count; and within a transaction, that it is so many from now on. */
int kin_spread__rows(kin_workspace *workspace, size_t shard, uint64_t *rows, kin_error *err);
int kin_spread__rows_put(kin_workspace *workspace, size_t shard, uint64_t rows, kin_error *err);

/* Takes the code off a reply: KIN_OK and a reader of the rest, or the worker's error. */
int kin_spread__open_reply(const kin_bytes *reply, size_t worker, kin_spread_reader *rest, kin_error *err);

/* Sends messages[workers] (empty ones are not sent; all are taken over) and waits for a reply to each: replies[workers],
 * the caller's, made empty first. All replies are waited for, also where one is an error, which is returned then. */
int kin_spread__ask(const kin_courier *courier, kin_bytes *messages, kin_bytes *replies, kin_error *err);
void kin_spread__drop(kin_bytes *list, size_t n);

/* Has every worker open its shards as the workspace's settings say; threads[workers], NULL where nobody asks. */
int kin_spread__open_shards(kin_workspace *workspace, const kin_courier *courier, size_t shards, bool write,
                            const kin_describe_options *describe, size_t *threads, kin_error *err);

/* Describes what is pending, by the workers. */
int kin_spread__describe(kin_update *update, kin_error *err);

#endif
