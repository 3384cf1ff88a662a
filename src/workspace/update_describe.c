/* The descriptions, batch by batch: this thread asks the ledger for the next pending images, by id; workers decode them
 * and compute vectors, one image each at a time; then this thread appends the vectors to vectors.bin, syncs it, and names
 * the rows in one transaction of the ledger. A crash therefore costs at most the batch at hand: rows that no transaction
 * named are dropped by the next run. Nothing but the index's own map is held longer than a batch, so that memory does not
 * grow with the number of images. */
#include "workspace/crew.h"
#include "workspace/spread_talk.h"

#include "base/clock.h"

enum {
    images_a_worker = 32,  /* in a batch: some tenths of a second of work */
    images_embedded = 512  /* in a batch whose vectors are only read */
};

typedef struct describe_run {
    kin_update *update;
    double margin;
    kin_index *index;
    kin_crew *crew;
    kin_batch batch;
    int64_t after;        /* the last asset of the batches so far */
    uint64_t done, total; /* images */
} describe_run;

/* ---- What is pending ---- */

static int collect_item(void *user, const kin_item *item, kin_error *err)
{
    return kin_batch__add(user, item, err);
}

static int collect_batch(describe_run *run, kin_error *err)
{
    size_t most = run->update->embeddings ? images_embedded : images_a_worker * kin_crew__threads(run->crew);
    kin_batch__reset(&run->batch);
    return kin_ledger_each_pending(run->update->workspace->ledger, run->after, most, collect_item, &run->batch, err);
}

/* ---- Storing a batch ---- */

static const char *reason_of(const char *reason)
{
    return reason ? reason : "out of memory";
}

static void note_failed_item(const kin_update *update, const kin_batch_item *pending)
{
    kin_item item;
    if (kin_ledger_item(update->workspace->ledger, pending->id, &item, NULL) == KIN_OK)
        kin_update__note(update, "%s%s%s: %s", item.path, item.shape ? "#" : "", item.shape ? item.shape : "",
                         reason_of(pending->reason));
}

static int record_image(const kin_update *update, const kin_batch *batch, const kin_batch_image *image, kin_error *err)
{
    kin_ledger *ledger = update->workspace->ledger;
    kin_describe_summary *summary = update->summary;
    int code = kin_ledger_asset_file_put(ledger, image->asset, &image->file, image->width, image->height, err);
    if (image->code != KIN_OK) {
        kin_update__note(update, "%s: %s", image->path, reason_of(image->reason));
        if (code == KIN_OK)
            code = kin_ledger_item_state(ledger, image->asset, KIN_ITEM_FAILED, reason_of(image->reason), err);
    }
    for (size_t i = 0; code == KIN_OK && i < image->count; i++) {
        const kin_batch_item *item = &batch->items[image->first + i];
        bool good = image->code == KIN_OK && item->code == KIN_OK;
        summary->described += good && !item->left_out;
        summary->failed += !good;
        if (good)
            code = kin_ledger_item_state(ledger, item->id, KIN_ITEM_DESCRIBED, NULL, err);
        else if (image->code == KIN_OK) {
            note_failed_item(update, item);
            code = kin_ledger_item_state(ledger, item->id, KIN_ITEM_FAILED, reason_of(item->reason), err);
        } else if (item->id != image->asset)
            code = kin_ledger_item_state(ledger, item->id, KIN_ITEM_FAILED, "its image cannot be read", err);
    }
    return code;
}

int kin_update__record(const kin_update *update, const kin_batch *batch, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < batch->images_count; i++)
        code = record_image(update, batch, &batch->images[i], err);
    return code;
}

static int store_batch(describe_run *run, kin_error *err)
{
    double start = kin_clock_seconds();
    kin_ledger *ledger = run->update->workspace->ledger;
    int code = kin_batch__add_rows(&run->batch, run->update->vectors.dim, run->index, err);
    if (code == KIN_OK)
        code = kin_index_sync(run->index, err);
    if (code == KIN_OK)
        code = kin_ledger_begin(ledger, err);
    if (code != KIN_OK)
        return code;
    code = kin_update__record(run->update, &run->batch, err);
    if (code == KIN_OK)
        code = kin_workspace__rows_put(run->update->workspace, run->index, err);
    code = kin_workspace__end(ledger, code, err);
    run->update->summary->store_seconds += kin_clock_seconds() - start;
    return code;
}

/* A batch without images is the end. */
static int describe_batch(describe_run *run, kin_error *err)
{
    int code = collect_batch(run, err);
    if (code != KIN_OK || run->batch.images_count == 0)
        return code;
    kin_crew__describe(run->crew, &run->batch);
    code = store_batch(run, err);
    run->after = run->batch.images[run->batch.images_count - 1].asset;
    run->done += run->batch.images_count;
    return code;
}

static int describe_batches(describe_run *run, kin_error *err)
{
    const kin_watch *watch = run->update->watch;
    int code = KIN_OK;
    while (code == KIN_OK && run->done < run->total) {
        code = describe_batch(run, err);
        if (code == KIN_OK && run->batch.images_count == 0)
            break;
        if (code == KIN_OK && watch->progress)
            watch->progress(watch->user, "describe images", run->done, run->total);
        if (code == KIN_OK && run->done < run->total && watch->stop && watch->stop(watch->user))
            code = kin_fail(err, KIN_E_STOPPED, "stopped after %llu of %llu images; run the same command to go on",
                            (unsigned long long)run->done, (unsigned long long)run->total);
    }
    return code;
}

/* ---- What is gone, and the base ---- */

/* Takes ids[n] out of the index where they are in it. */
static int remove_rows(void *user, int64_t *ids, size_t n, kin_error *err)
{
    describe_run *run = user;
    kin_ledger *ledger = run->update->workspace->ledger;
    size_t there = 0;
    for (size_t i = 0; i < n; i++)
        if (kin_index_has(run->index, ids[i]))
            ids[there++] = ids[i];
    if (there == 0)
        return KIN_OK;
    int code = kin_index_remove(run->index, ids, there, err);
    if (code == KIN_OK)
        code = kin_index_sync(run->index, err);
    if (code == KIN_OK)
        code = kin_ledger_begin(ledger, err);
    if (code != KIN_OK)
        return code;
    return kin_workspace__end(ledger, kin_workspace__rows_put(run->update->workspace, run->index, err), err);
}

static int build_base(describe_run *run, kin_error *err)
{
    if (!kin_index_base_is_due(run->index))
        return KIN_OK;
    double start = kin_clock_seconds();
    int code = kin_index_build_base(run->index, run->update->watch, err);
    run->update->summary->base_seconds = kin_clock_seconds() - start;
    return code;
}

/* ---- The whole ---- */

static int open_for_writing(describe_run *run, kin_error *err)
{
    kin_workspace *w = run->update->workspace;
    int code = kin_workspace__index_to_write(w, &run->index, err);
    return code == KIN_OK ? kin_workspace__margin(w, &run->margin, err) : code;
}

int kin_update__crew(const kin_update *update, double margin, kin_crew **out, kin_error *err)
{
    const kin_workspace *w = update->workspace;
    const kin_crew_options options = { .folder = w->folder,
                                       .model = update->embeddings ? NULL : w->model,
                                       .embeddings = update->embeddings,
                                       .dim = update->vectors.dim,
                                       .input = update->vectors.input,
                                       .margin = margin,
                                       .max_pixels = update->options->max_pixels,
                                       .max_bytes = kin_update__max_bytes(update),
                                       .threads = update->options->threads };
    return kin_crew__new(&options, out, err);
}

static int make_crew(describe_run *run, kin_error *err)
{
    int code = kin_update__crew(run->update, run->margin, &run->crew, err);
    if (code == KIN_OK)
        run->update->summary->threads = kin_crew__threads(run->crew);
    if (code == KIN_OK && kin_crew__note(run->crew))
        kin_update__note(run->update, "%s", kin_crew__note(run->crew));
    return code;
}

static void sum_up(describe_run *run)
{
    if (!run->crew)
        return;
    const kin_crew_times times = kin_crew__times(run->crew);
    run->update->summary->read_seconds = times.read_seconds;
    run->update->summary->decode_seconds = times.decode_seconds;
    run->update->summary->vector_seconds = times.vector_seconds;
}

int kin_update__describe(kin_update *update, kin_error *err)
{
    describe_run run = { .update = update, .batch = KIN_BATCH_INIT };
    int code = open_for_writing(&run, err);
    if (code == KIN_OK)
        code = kin_ledger_count_pending(update->workspace->ledger, &run.total, err);
    if (code == KIN_OK && run.total)
        code = make_crew(&run, err);
    if (code == KIN_OK)
        code = describe_batches(&run, err);
    if (code == KIN_OK)
        code = kin_update__each_out_of_use(update, remove_rows, &run, err);
    if (code == KIN_OK)
        code = build_base(&run, err);
    sum_up(&run);
    kin_crew__free(run.crew);
    kin_index_close(run.index);
    kin_batch__clear(&run.batch);
    return code;
}

static int make_pending(void *user, int64_t *ids, size_t n, kin_error *err)
{
    const kin_update *update = user;
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < n; i++)
        code = kin_ledger_item_state(update->workspace->ledger, ids[i], KIN_ITEM_PENDING, NULL, err);
    return code;
}

int kin_update__describe_anew(kin_update *update, uint64_t generation, kin_error *err)
{
    kin_workspace *w = update->workspace;
    const kin_item_filter assets = { .unit = KIN_UNIT_ASSET };
    size_t shards = 0;
    int code = kin_update__each_ids(update, assets, make_pending, update, err);
    if (code == KIN_OK)
        code = kin_spread__shards(w, &shards, err);
    for (size_t i = 0; code == KIN_OK && i < shards; i++)
        code = kin_spread__rows_put(w, i, 0, err);
    return code == KIN_OK ? kin_workspace__rows_anew(w, generation, 0, NULL, 0, err) : code;
}
