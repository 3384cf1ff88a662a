/* The descriptions, batch by batch: this thread asks the ledger for the next pending images, by id; workers decode them
 * and compute vectors, one image each at a time; then this thread appends the vectors to vectors.bin, syncs it, and names
 * the rows in one transaction of the ledger. A crash therefore costs at most the batch at hand: rows that no transaction
 * named are dropped by the next run. Nothing but the index's own map is held longer than a batch, so that memory does not
 * grow with the number of images. */
#include "workspace/update_private.h"

#include "base/checked.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

enum {
    images_a_worker = 32,  /* in a batch: some tenths of a second of work */
    images_embedded = 512, /* in a batch whose vectors are only read */
    ids_at_once = 65536
};

/* One pending item, and what came of it. */
typedef struct pending_item {
    int64_t id;
    kin_box box;
    int code;      /* KIN_OK: its vector is good */
    bool left_out; /* it needs none */
    char *reason;  /* malloc'ed by the worker where its vector is not good; NULL where there was no memory for it */
} pending_item;

/* One image with its pending items [first, first + count) of the batch. */
typedef struct pending_image {
    int64_t asset;
    size_t first, count;
    char *path;     /* the arena's */
    float *vectors; /* [count, dim], malloc'ed by the worker */
    kin_asset_file file;
    int width, height;
    int code;     /* of reading and decoding; not KIN_OK: none of its items is described */
    char *reason; /* as above */
} pending_image;

typedef struct describe_worker {
    kin_describer *describer;
    kin_buffer bytes;
    double read_seconds, decode_seconds, vector_seconds;
} describe_worker;

typedef struct describe_run {
    kin_update *update;
    const kin_model_info *model;
    double margin;
    kin_index *index;
    describe_worker *workers;
    size_t threads;
    pending_item *items; /* of the batch at hand, as are images and arena */
    size_t items_count, items_capacity;
    pending_image *images;
    size_t images_count, images_capacity;
    kin_arena arena;
    int64_t after;        /* the last asset of the batches so far */
    uint64_t done, total; /* images */
} describe_run;

/* ---- On the workers ---- */

static kin_box whole(int width, int height)
{
    return (kin_box) { 0, 0, width, height };
}

/* The region of each item; boxes that cannot be are failed. *scale: the smallest resolution that still gives every
 * region as many pixels as the model looks at. */
static void find_regions(const describe_run *run, pending_image *image, kin_box *regions, double *scale)
{
    *scale = 0;
    for (size_t i = 0; i < image->count; i++) {
        pending_item *item = &run->items[image->first + i];
        kin_error err = KIN_ERROR_INIT;
        regions[i] = whole(image->width, image->height);
        item->code = KIN_OK;
        if (item->id != image->asset)
            item->code = kin_box_region(item->box, run->margin, image->width, image->height, &regions[i], &err);
        if (item->code != KIN_OK)
            item->reason = strdup(err.message);
        const kin_model *model = run->update->workspace->model; /* NULL: embeddings */
        kin_box seen = model ? kin_model_view_of(model, image->width, image->height, regions[i]) : regions[i];
        double side = seen.w < seen.h ? seen.w : seen.h;
        double wanted = side > run->model->input ? run->model->input / side : 1;
        if (item->code == KIN_OK && wanted > *scale)
            *scale = wanted;
    }
}

/* Good regions move to the front, and so do their vectors; a vector's place is its item's rank among the good ones. */
static size_t keep_good(const describe_run *run, const pending_image *image, kin_box *regions)
{
    size_t good = 0;
    for (size_t i = 0; i < image->count; i++)
        if (run->items[image->first + i].code == KIN_OK)
            regions[good++] = regions[i];
    return good;
}

static int describe_image(const describe_run *run, describe_worker *worker, pending_image *image, kin_box *regions,
                          kin_error *err)
{
    double start = kin_clock_seconds();
    double scale;
    find_regions(run, image, regions, &scale);
    size_t good = keep_good(run, image, regions);
    if (good == 0)
        return KIN_OK;
    kin_image pixels = KIN_IMAGE_INIT;
    kin_image_options options = { run->update->options->max_pixels, scale };
    int code = kin_image_decode(worker->bytes.data, worker->bytes.size, &options, &pixels, err);
    double decoded = kin_clock_seconds();
    worker->decode_seconds += decoded - start;
    if (code != KIN_OK)
        return code;
    size_t numbers;
    image->vectors =
        kin_size_mul(good, run->model->dim, &numbers) ? kin_alloc_array(numbers, sizeof *image->vectors) : NULL;
    code = image->vectors ? kin_describer_run(worker->describer, &pixels, regions, good, image->vectors, err)
                          : kin_fail_memory(err);
    worker->vector_seconds += kin_clock_seconds() - decoded;
    kin_image_clear(&pixels);
    return code;
}

/* In place of describing: the rows that the items have in the embeddings. Boxes that cannot be fail all the same, so
 * that the ledger holds the same items whatever the vectors come from. */
static int embed_image(const describe_run *run, describe_worker *worker, pending_image *image, kin_box *regions,
                       kin_error *err)
{
    double scale, start = kin_clock_seconds();
    size_t numbers, good = 0;
    find_regions(run, image, regions, &scale);
    image->vectors =
        kin_size_mul(image->count, run->model->dim, &numbers) ? kin_alloc_array(numbers, sizeof *image->vectors) : NULL;
    if (!image->vectors)
        return kin_fail_memory(err);
    for (size_t i = 0; i < image->count; i++) {
        pending_item *item = &run->items[image->first + i];
        kin_error why = KIN_ERROR_INIT;
        if (item->code != KIN_OK)
            continue;
        item->code = kin_update__embedding(run->update->embeddings, item->id, item->id == image->asset,
                                           image->vectors + good * run->model->dim, &item->left_out, &why);
        if (item->code != KIN_OK)
            item->reason = strdup(why.message);
        else
            good += !item->left_out;
    }
    worker->vector_seconds += kin_clock_seconds() - start;
    return KIN_OK;
}

/* Width and height are all that is asked of an image whose pixels nobody looks at. */
static int probe_head(describe_worker *worker, const char *file, kin_image_info *info, kin_error *err)
{
    enum { most = 64 << 10 };
    int code = kin_file_read_head(file, most, &worker->bytes, err);
    return code == KIN_OK
               ? kin_image_probe(worker->bytes.data, worker->bytes.size, worker->bytes.size < most, info, err)
               : code;
}

static int read_image(const describe_run *run, describe_worker *worker, const char *file, kin_asset_file *facts,
                      kin_image_info *info, kin_error *err)
{
    kin_buffer_reset(&worker->bytes);
    int code = kin_file_stamp(file, &facts->bytes, &facts->mtime_ns, err);
    if (code == KIN_OK && run->update->embeddings) {
        code = probe_head(worker, file, info, err);
        if (code != KIN_E_LIMIT)
            return code;
        kin_buffer_reset(&worker->bytes);
        code = KIN_OK;
    }
    if (code == KIN_OK)
        code = kin_file_read(file, kin_update__max_bytes(run->update), &worker->bytes, err);
    if (code == KIN_OK) {
        facts->hash = kin_hash(worker->bytes.data, worker->bytes.size);
        code = kin_image_probe(worker->bytes.data, worker->bytes.size, true, info, err);
    }
    return code;
}

static void work(void *user, size_t worker_number, size_t i)
{
    const describe_run *run = user;
    describe_worker *worker = &run->workers[worker_number];
    pending_image *image = &run->images[i];
    kin_error err = KIN_ERROR_INIT;
    kin_image_info info;
    kin_arena arena = KIN_ARENA_INIT;
    double start = kin_clock_seconds();
    char *file = kin_workspace__file(run->update->workspace, &arena, image->path);
    kin_box *regions = kin_alloc_array(image->count, sizeof *regions);
    int code = file && regions ? read_image(run, worker, file, &image->file, &info, &err) : kin_fail_memory(&err);
    worker->read_seconds += kin_clock_seconds() - start;
    if (code == KIN_OK) {
        image->width = info.width;
        image->height = info.height;
        code = run->update->embeddings ? embed_image(run, worker, image, regions, &err)
                                       : describe_image(run, worker, image, regions, &err);
    }
    image->code = code;
    image->reason = code == KIN_OK ? NULL : strdup(err.message);
    free(regions);
    kin_arena_clear(&arena);
}

/* ---- What is pending ---- */

static int add_image(describe_run *run, const kin_item *item, kin_error *err)
{
    void *images = run->images;
    bool grown = kin_grow(&images, &run->images_capacity, run->images_count + 1, sizeof *run->images);
    run->images = images;
    if (!grown)
        return kin_fail_memory(err);
    pending_image *image = &run->images[run->images_count++];
    memset(image, 0, sizeof *image);
    image->asset = item->asset;
    image->first = run->items_count;
    image->path = kin_arena_string(&run->arena, item->path);
    return image->path ? KIN_OK : kin_fail_memory(err);
}

/* Items come image by image. */
static int collect_item(void *user, const kin_item *item, kin_error *err)
{
    describe_run *run = user;
    void *items = run->items;
    bool grown = kin_grow(&items, &run->items_capacity, run->items_count + 1, sizeof *run->items);
    run->items = items;
    if (!grown)
        return kin_fail_memory(err);
    int code = KIN_OK;
    if (run->images_count == 0 || run->images[run->images_count - 1].asset != item->asset)
        code = add_image(run, item, err);
    if (code != KIN_OK)
        return code;
    pending_item *new_item = &run->items[run->items_count++];
    memset(new_item, 0, sizeof *new_item);
    new_item->id = item->id;
    new_item->box = item->box;
    run->images[run->images_count - 1].count++;
    return KIN_OK;
}

static int collect_batch(describe_run *run, kin_error *err)
{
    kin_arena_reset(&run->arena);
    run->items_count = run->images_count = 0;
    size_t most = run->update->embeddings ? images_embedded : images_a_worker * run->threads;
    return kin_ledger_each_pending(run->update->workspace->ledger, run->after, most, collect_item, run, err);
}

/* ---- Storing a batch ---- */

static int add_rows(describe_run *run, const pending_image *image, kin_error *err)
{
    size_t good = 0;
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && image->code == KIN_OK && i < image->count; i++) {
        const pending_item *item = &run->items[image->first + i];
        if (item->code == KIN_OK && !item->left_out)
            code = kin_index_add(run->index, &item->id, image->vectors + run->model->dim * good++, 1, err);
    }
    return code;
}

static const char *reason_of(const char *reason)
{
    return reason ? reason : "out of memory";
}

static void note_failed_item(const describe_run *run, const pending_item *pending)
{
    kin_item item;
    if (kin_ledger_item(run->update->workspace->ledger, pending->id, &item, NULL) == KIN_OK)
        kin_update__note(run->update, "%s%s%s: %s", item.path, item.shape ? "#" : "", item.shape ? item.shape : "",
                         reason_of(pending->reason));
}

static int record_image(const describe_run *run, const pending_image *image, kin_error *err)
{
    kin_ledger *ledger = run->update->workspace->ledger;
    kin_describe_summary *summary = run->update->summary;
    int code = kin_ledger_asset_file_put(ledger, image->asset, &image->file, image->width, image->height, err);
    if (image->code != KIN_OK) {
        kin_update__note(run->update, "%s: %s", image->path, reason_of(image->reason));
        if (code == KIN_OK)
            code = kin_ledger_item_state(ledger, image->asset, KIN_ITEM_FAILED, reason_of(image->reason), err);
    }
    for (size_t i = 0; code == KIN_OK && i < image->count; i++) {
        const pending_item *item = &run->items[image->first + i];
        bool good = image->code == KIN_OK && item->code == KIN_OK;
        summary->described += good && !item->left_out;
        summary->failed += !good;
        if (good)
            code = kin_ledger_item_state(ledger, item->id, KIN_ITEM_DESCRIBED, NULL, err);
        else if (image->code == KIN_OK) {
            note_failed_item(run, item);
            code = kin_ledger_item_state(ledger, item->id, KIN_ITEM_FAILED, reason_of(item->reason), err);
        } else if (item->id != image->asset)
            code = kin_ledger_item_state(ledger, item->id, KIN_ITEM_FAILED, "its image cannot be read", err);
    }
    return code;
}

static int commit_rows(describe_run *run, kin_error *err)
{
    kin_workspace *w = run->update->workspace;
    int code = kin_workspace__number_put(w, KIN_SETTING_ROWS, kin_index_rows(run->index), err);
    if (code == KIN_OK)
        code = kin_ledger_commit(w->ledger, err);
    if (code != KIN_OK)
        kin_ledger_rollback(w->ledger);
    return code;
}

static int store_batch(describe_run *run, kin_error *err)
{
    double start = kin_clock_seconds();
    kin_ledger *ledger = run->update->workspace->ledger;
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < run->images_count; i++)
        code = add_rows(run, &run->images[i], err);
    if (code == KIN_OK)
        code = kin_index_sync(run->index, err);
    if (code == KIN_OK)
        code = kin_ledger_begin(ledger, err);
    if (code != KIN_OK)
        return code;
    for (size_t i = 0; code == KIN_OK && i < run->images_count; i++)
        code = record_image(run, &run->images[i], err);
    if (code == KIN_OK)
        code = commit_rows(run, err);
    else
        kin_ledger_rollback(ledger);
    run->update->summary->store_seconds += kin_clock_seconds() - start;
    return code;
}

static void drop_results(describe_run *run)
{
    for (size_t i = 0; i < run->images_count; i++) {
        pending_image *image = &run->images[i];
        for (size_t j = 0; j < image->count; j++)
            free(run->items[image->first + j].reason);
        free(image->reason);
        free(image->vectors);
    }
}

/* A batch without images is the end. */
static int describe_batch(describe_run *run, kin_error *err)
{
    int code = collect_batch(run, err);
    if (code != KIN_OK || run->images_count == 0)
        return code;
    kin_parallel(run->threads, run->images_count, work, run);
    code = store_batch(run, err);
    drop_results(run);
    run->after = run->images[run->images_count - 1].asset;
    run->done += run->images_count;
    return code;
}

static int describe_batches(describe_run *run, kin_error *err)
{
    const kin_watch *watch = run->update->watch;
    int code = KIN_OK;
    while (code == KIN_OK && run->done < run->total) {
        code = describe_batch(run, err);
        if (code == KIN_OK && run->images_count == 0)
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

/* Takes ids[n] out of the index where they are in it; ids is written over. */
static int remove_rows(describe_run *run, int64_t *ids, size_t n, kin_error *err)
{
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
    return code == KIN_OK ? commit_rows(run, err) : code;
}

static int remove_gone(describe_run *run, kin_error *err)
{
    kin_item_filter out_of_use = { .states = 1u << KIN_ITEM_GONE | 1u << KIN_ITEM_FAILED, .most = ids_at_once };
    size_t n = ids_at_once;
    int code = KIN_OK;
    while (code == KIN_OK && n == ids_at_once) {
        int64_t *ids = NULL;
        n = 0;
        code = kin_ledger_select(run->update->workspace->ledger, &out_of_use, &ids, &n, err);
        if (n)
            out_of_use.after = ids[n - 1];
        if (code == KIN_OK)
            code = remove_rows(run, ids, n, err);
        free(ids);
    }
    return code;
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
    kin_index_options options;
    int code = kin_workspace__index_options(w, &options, err);
    /* Before the first row of a generation no file of it counts: what lies there is an older one. */
    if (code == KIN_OK && options.rows == 0)
        code = kin_index_delete(w->kin_folder, err);
    options.write = true;
    if (code == KIN_OK)
        code = kin_index_open(w->kin_folder, &options, &run->index, err);
    return code == KIN_OK ? kin_workspace__margin(w, &run->margin, err) : code;
}

static int make_workers(describe_run *run, kin_error *err)
{
    size_t wanted = run->update->options->threads;
    run->threads = wanted ? wanted : kin_parallel_cores();
    run->update->summary->threads = run->threads;
    run->workers = kin_alloc_zeroed(run->threads, sizeof *run->workers);
    if (!run->workers)
        return kin_fail_memory(err);
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && !run->update->embeddings && i < run->threads; i++)
        code = kin_describer_new(run->update->workspace->model, &run->workers[i].describer, err);
    return code;
}

static void sum_up_workers(describe_run *run)
{
    kin_describe_summary *summary = run->update->summary;
    for (size_t i = 0; run->workers && i < run->threads; i++) {
        describe_worker *worker = &run->workers[i];
        summary->read_seconds += worker->read_seconds;
        summary->decode_seconds += worker->decode_seconds;
        summary->vector_seconds += worker->vector_seconds;
        kin_describer_free(worker->describer);
        kin_buffer_clear(&worker->bytes);
    }
    free(run->workers);
}

int kin_update__describe(kin_update *update, kin_error *err)
{
    describe_run run = { .update = update, .model = &update->vectors, .arena = KIN_ARENA_INIT };
    int code = open_for_writing(&run, err);
    if (code == KIN_OK)
        code = kin_ledger_count_pending(update->workspace->ledger, &run.total, err);
    if (code == KIN_OK && run.total)
        code = make_workers(&run, err);
    if (code == KIN_OK)
        code = describe_batches(&run, err);
    if (code == KIN_OK)
        code = remove_gone(&run, err);
    if (code == KIN_OK)
        code = build_base(&run, err);
    sum_up_workers(&run);
    kin_index_close(run.index);
    free(run.items);
    free(run.images);
    kin_arena_clear(&run.arena);
    return code;
}

int kin_update__describe_anew(kin_update *update, uint64_t generation, kin_error *err)
{
    kin_workspace *w = update->workspace;
    kin_item_filter assets = { .unit = KIN_UNIT_ASSET, .most = ids_at_once };
    size_t n = ids_at_once;
    int code = KIN_OK;
    while (code == KIN_OK && n == ids_at_once) {
        int64_t *ids = NULL;
        n = 0;
        code = kin_ledger_select(w->ledger, &assets, &ids, &n, err);
        for (size_t i = 0; code == KIN_OK && i < n; i++)
            code = kin_ledger_item_state(w->ledger, ids[i], KIN_ITEM_PENDING, NULL, err);
        if (n)
            assets.after = ids[n - 1];
        free(ids);
    }
    if (code == KIN_OK)
        code = kin_workspace__number_put(w, KIN_SETTING_GENERATION, generation, err);
    return code == KIN_OK ? kin_workspace__number_put(w, KIN_SETTING_ROWS, 0, err) : code;
}
