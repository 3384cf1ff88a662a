/* Every worker is kept busy with two batches, one that it describes and one that waits, so that nobody waits while the
 * ledger is written. What came of a batch is committed with the number of rows that its shard then has: the same order
 * of events as in update_describe.c, with the append and the sync on the worker's side. */
#include "workspace/spread_batch.h"
#include "workspace/spread_talk.h"

#include "base/checked.h"
#include "base/clock.h"

#include <stdlib.h>

enum { images_a_thread = 32, lanes = 2, another_shards = 1 };

typedef struct flight {
    size_t shard;
    kin_batch batch;
} flight;

typedef struct lane {
    flight flights[lanes]; /* sent and not answered: a ring */
    size_t first, count;
    size_t shard;   /* the one that is described now */
    size_t threads; /* of the worker */
} lane;

typedef struct spread_run {
    kin_update *update;
    const kin_courier *courier;
    size_t shards, flying;
    lane *workers;
    int64_t *after; /* [shards] the last asset that was sent */
    uint64_t done, total;
    bool stopped;
} spread_run;

/* ---- The next batch of a shard ---- */

typedef struct collecting {
    size_t shard, shards;
    kin_batch *batch;
    int64_t beyond; /* the first asset that is another shard's */
} collecting;

static int collect_item(void *user, const kin_item *item, kin_error *err)
{
    collecting *c = user;
    if (kin_spread__shard_of(item->asset, c->shards) == c->shard)
        return kin_batch__add(c->batch, item, err);
    c->beyond = item->asset;
    return another_shards;
}

/* The first id at or past `asset` that is the shard's. */
static int64_t first_of(size_t shard, size_t shards, int64_t asset)
{
    int64_t block = asset / kin_spread__block, round = block - block % (int64_t)shards + (int64_t)shard;
    return (round < block ? round + (int64_t)shards : round) * kin_spread__block;
}

/* Up to `most` images, from as many of the shard's blocks as it takes. */
static int collect_batch(spread_run *run, size_t shard, size_t most, kin_batch *batch, kin_error *err)
{
    int64_t *after = &run->after[shard];
    collecting c = { shard, run->shards, batch, 0 };
    int code = another_shards;
    while (code == another_shards && batch->images_count < most) {
        size_t wanted = most - batch->images_count;
        code = kin_ledger_each_pending(run->update->workspace->ledger, *after, wanted, collect_item, &c, err);
        if (code == another_shards)
            *after = first_of(shard, run->shards, c.beyond) - 1;
        else if (batch->images_count > 0)
            *after = batch->images[batch->images_count - 1].asset;
    }
    return code == another_shards ? KIN_OK : code;
}

/* ---- To the workers ---- */

static int send_batch(spread_run *run, size_t worker, size_t shard, const kin_batch *batch, kin_error *err)
{
    kin_buffer buffer = KIN_BUFFER_INIT;
    kin_bytes message;
    kin_spread__put(&buffer, KIN_SPREAD_DESCRIBE);
    kin_spread__put(&buffer, shard);
    kin_spread__put_batch(&buffer, batch);
    int code = kin_spread__finish(&buffer, &message, err);
    return code == KIN_OK ? run->courier->send(run->courier->user, worker, message, err) : code;
}

/* One more batch of the worker's shards, where there is one. */
static int send_next(spread_run *run, size_t worker, kin_error *err)
{
    lane *l = &run->workers[worker];
    flight *f = &l->flights[(l->first + l->count) % lanes];
    int code = KIN_OK;
    kin_batch__reset(&f->batch);
    while (code == KIN_OK && l->shard < run->shards) {
        code = collect_batch(run, l->shard, images_a_thread * l->threads, &f->batch, err);
        if (code == KIN_OK && f->batch.images_count > 0)
            break;
        l->shard += run->courier->workers;
    }
    if (code != KIN_OK || f->batch.images_count == 0)
        return code;
    f->shard = l->shard;
    code = send_batch(run, worker, f->shard, &f->batch, err);
    if (code == KIN_OK) {
        l->count++;
        run->flying++;
    }
    return code;
}

static int keep_busy(spread_run *run, size_t worker, kin_error *err)
{
    lane *l = &run->workers[worker];
    size_t before = lanes;
    int code = KIN_OK;
    while (code == KIN_OK && l->count < lanes && l->count != before) {
        before = l->count;
        code = send_next(run, worker, err);
    }
    return code;
}

/* ---- From the workers ---- */

static int commit(spread_run *run, const flight *f, uint64_t rows, kin_error *err)
{
    double start = kin_clock_seconds();
    kin_ledger *ledger = run->update->workspace->ledger;
    int code = kin_ledger_begin(ledger, err);
    if (code != KIN_OK)
        return code;
    code = kin_update__record(run->update, &f->batch, err);
    if (code == KIN_OK)
        code = kin_spread__rows_put(run->update->workspace, f->shard, rows, err);
    code = kin_workspace__end(ledger, code, err);
    run->update->summary->store_seconds += kin_clock_seconds() - start;
    return code;
}

static int take_results(spread_run *run, flight *f, const kin_bytes *reply, size_t worker, kin_error *err)
{
    kin_spread_reader rest;
    kin_describe_summary *summary = run->update->summary;
    int code = kin_spread__open_reply(reply, worker, &rest, err);
    if (code != KIN_OK)
        return code;
    uint64_t rows = kin_spread__get(&rest);
    summary->read_seconds += kin_spread__get_real(&rest);
    summary->decode_seconds += kin_spread__get_real(&rest);
    summary->vector_seconds += kin_spread__get_real(&rest);
    code = kin_spread__get_results(&rest, &f->batch, err);
    if (code == KIN_OK)
        code = commit(run, f, rows, err);
    if (code == KIN_OK)
        run->done += f->batch.images_count;
    return code;
}

/* Waits for one reply. `go_on`: the worker gets more to do, before what it did is written down. */
static int take_reply(spread_run *run, bool go_on, kin_error *err)
{
    size_t worker = 0;
    kin_bytes reply = { NULL, 0 };
    int code = run->courier->receive(run->courier->user, &worker, &reply, err);
    if (code != KIN_OK) {
        run->flying = 0; /* nothing more will come */
        return code;
    }
    lane *l = &run->workers[worker];
    flight f = l->flights[l->first];
    l->flights[l->first].batch = (kin_batch)KIN_BATCH_INIT;
    l->first = (l->first + 1) % lanes;
    l->count--;
    run->flying--;
    int sent = go_on ? keep_busy(run, worker, err) : KIN_OK;
    code = take_results(run, &f, &reply, worker, sent == KIN_OK ? err : NULL);
    kin_batch__clear(&f.batch);
    free(reply.data);
    return sent == KIN_OK ? code : sent;
}

static int describe_all(spread_run *run, kin_error *err)
{
    const kin_watch *watch = run->update->watch;
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < run->courier->workers; i++)
        code = keep_busy(run, i, err);
    while (run->flying > 0) {
        bool go_on = code == KIN_OK && !run->stopped;
        int taken = take_reply(run, go_on, code == KIN_OK ? err : NULL);
        code = code == KIN_OK ? taken : code;
        if (watch->progress)
            watch->progress(watch->user, "describe images", run->done, run->total);
        if (watch->stop && watch->stop(watch->user))
            run->stopped = true;
    }
    if (code == KIN_OK && run->stopped && run->done < run->total)
        code = kin_fail(err, KIN_E_STOPPED, "stopped after %llu of %llu images; run the same command to go on",
                        (unsigned long long)run->done, (unsigned long long)run->total);
    return code;
}

/* ---- What is gone ---- */

static int put_removal(size_t shard, const int64_t *ids, size_t n, kin_bytes *out, kin_error *err)
{
    kin_buffer message = KIN_BUFFER_INIT;
    kin_spread__put(&message, KIN_SPREAD_REMOVE);
    kin_spread__put(&message, shard);
    kin_spread__put(&message, n);
    kin_buffer_append(&message, ids, n * sizeof *ids);
    return kin_spread__finish(&message, out, err);
}

static int commit_removal(spread_run *run, size_t first, const kin_bytes *replies, kin_error *err)
{
    kin_ledger *ledger = run->update->workspace->ledger;
    int code = kin_ledger_begin(ledger, err);
    if (code != KIN_OK)
        return code;
    for (size_t i = 0; code == KIN_OK && i < run->courier->workers && first + i < run->shards; i++) {
        kin_spread_reader rest;
        code = kin_spread__open_reply(&replies[i], i, &rest, err);
        if (code == KIN_OK)
            code = kin_spread__rows_put(run->update->workspace, first + i, kin_spread__get(&rest), err);
    }
    return kin_workspace__end(ledger, code, err);
}

/* Every shard is told; of those ids that are not its own it knows nothing. */
static int remove_ids(void *user, int64_t *ids, size_t n, kin_error *err)
{
    spread_run *run = user;
    size_t workers = run->courier->workers;
    kin_bytes *messages = kin_alloc_zeroed(workers, sizeof *messages);
    kin_bytes *replies = kin_alloc_zeroed(workers, sizeof *replies);
    int code = messages && replies ? KIN_OK : kin_fail_memory(err);
    for (size_t first = 0; code == KIN_OK && first < run->shards; first += workers) {
        for (size_t i = 0; code == KIN_OK && i < workers && first + i < run->shards; i++)
            code = put_removal(first + i, ids, n, &messages[i], err);
        if (code == KIN_OK)
            code = kin_spread__ask(run->courier, messages, replies, err);
        if (code == KIN_OK)
            code = commit_removal(run, first, replies, err);
        kin_spread__drop(messages, workers);
        kin_spread__drop(replies, workers);
    }
    free(messages);
    free(replies);
    return code;
}

/* ---- The whole ---- */

static int open_run(spread_run *run, kin_error *err)
{
    kin_update *update = run->update;
    size_t workers = run->courier->workers;
    size_t *threads = kin_alloc_zeroed(workers, sizeof *threads);
    run->workers = kin_alloc_zeroed(workers, sizeof *run->workers);
    run->after = kin_alloc_zeroed(run->shards, sizeof *run->after);
    int code = threads && run->workers && run->after ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK)
        code = kin_ledger_count_pending(update->workspace->ledger, &run->total, err);
    if (code == KIN_OK)
        code = kin_spread__open_shards(update->workspace, run->courier, run->shards, true, update->options, threads,
                                       err);
    for (size_t i = 0; code == KIN_OK && i < workers; i++) {
        run->workers[i].shard = i;
        run->workers[i].threads = threads[i] ? threads[i] : 1;
        update->summary->threads += threads[i];
    }
    free(threads);
    return code;
}

int kin_spread__describe(kin_update *update, kin_error *err)
{
    spread_run run = { .update = update, .courier = update->courier };
    int code = kin_spread__shards(update->workspace, &run.shards, err);
    if (code == KIN_OK)
        code = open_run(&run, err);
    if (code == KIN_OK)
        code = describe_all(&run, err);
    if (code == KIN_OK)
        code = kin_update__each_out_of_use(update, remove_ids, &run, err);
    for (size_t i = 0; run.workers && i < run.courier->workers; i++)
        for (size_t j = 0; j < lanes; j++)
            kin_batch__clear(&run.workers[i].flights[j].batch);
    free(run.workers);
    free(run.after);
    return code;
}
