/* Decoders are started first: the memory of this process is small then, and no thread of ours runs. */
#include "workspace/crew.h"

#include "base/buffer.h"
#include "base/checked.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

typedef struct crew_worker {
    kin_describer *describer; /* NULL: embeddings */
    kin_decoder *decoder;     /* taken for one image */
    kin_buffer bytes;
    kin_crew_times times;
} crew_worker;

struct kin_crew {
    kin_crew_options options;
    kin_decoders *decoders; /* one for each worker */
    crew_worker *workers;
    size_t threads;
};

typedef struct round {
    const kin_crew *crew;
    kin_batch *batch;
} round;

static kin_box whole(int width, int height)
{
    return (kin_box) { 0, 0, width, height };
}

/* The region of each item; boxes that cannot be are failed. *scale: the smallest resolution that still gives every
 * region as many pixels as the model looks at. */
static void find_regions(const kin_crew *crew, const kin_batch *batch, kin_batch_image *image, kin_box *regions, double *scale)
{
    *scale = 0;
    for (size_t i = 0; i < image->count; i++) {
        kin_batch_item *item = &batch->items[image->first + i];
        kin_error err = KIN_ERROR_INIT;
        regions[i] = whole(image->width, image->height);
        item->code = KIN_OK;
        if (item->id != image->asset)
            item->code = kin_box_region(item->box, crew->options.margin, image->width, image->height, &regions[i], &err);
        if (item->code != KIN_OK)
            item->reason = strdup(err.message);
        const kin_model *model = crew->options.model; /* NULL: embeddings */
        kin_box seen = model ? kin_model_view_of(model, image->width, image->height, regions[i]) : regions[i];
        double side = seen.w < seen.h ? seen.w : seen.h;
        double wanted = side > crew->options.input ? crew->options.input / side : 1;
        if (item->code == KIN_OK && wanted > *scale)
            *scale = wanted;
    }
}

/* Good regions move to the front, and so do their vectors; a vector's place is its item's rank among the good ones. */
static size_t keep_good(const kin_batch *batch, const kin_batch_image *image, kin_box *regions)
{
    size_t good = 0;
    for (size_t i = 0; i < image->count; i++)
        if (batch->items[image->first + i].code == KIN_OK)
            regions[good++] = regions[i];
    return good;
}

static int describe_image(const kin_crew *crew, const kin_batch *batch, crew_worker *worker, kin_batch_image *image, kin_box *regions,
                          kin_error *err)
{
    double start = kin_clock_seconds();
    double scale;
    find_regions(crew, batch, image, regions, &scale);
    size_t good = keep_good(batch, image, regions);
    if (good == 0)
        return KIN_OK;
    const kin_image *pixels = NULL;
    kin_image_options options = { crew->options.max_pixels, scale };
    int code = kin_decoder_decode(worker->decoder, &options, &pixels, err);
    double decoded = kin_clock_seconds();
    worker->times.decode_seconds += decoded - start;
    if (code != KIN_OK)
        return code;
    size_t numbers;
    image->vectors =
        kin_size_mul(good, crew->options.dim, &numbers) ? kin_alloc_array(numbers, sizeof *image->vectors) : NULL;
    code = image->vectors ? kin_describer_run(worker->describer, pixels, regions, good, image->vectors, err)
                          : kin_fail_memory(err);
    worker->times.vector_seconds += kin_clock_seconds() - decoded;
    return code;
}

/* In place of describing: the rows that the items have in the embeddings. Boxes that cannot be fail all the same, so
 * that the ledger holds the same items whatever the vectors come from. */
static int embed_image(const kin_crew *crew, const kin_batch *batch, crew_worker *worker, kin_batch_image *image, kin_box *regions,
                       kin_error *err)
{
    double scale, start = kin_clock_seconds();
    size_t numbers, good = 0;
    find_regions(crew, batch, image, regions, &scale);
    image->vectors =
        kin_size_mul(image->count, crew->options.dim, &numbers) ? kin_alloc_array(numbers, sizeof *image->vectors) : NULL;
    if (!image->vectors)
        return kin_fail_memory(err);
    for (size_t i = 0; i < image->count; i++) {
        kin_batch_item *item = &batch->items[image->first + i];
        kin_error why = KIN_ERROR_INIT;
        if (item->code != KIN_OK)
            continue;
        item->code = kin_update__embedding(crew->options.embeddings, item->id, item->id == image->asset,
                                           image->vectors + good * crew->options.dim, &item->left_out, &why);
        if (item->code != KIN_OK)
            item->reason = strdup(why.message);
        else
            good += !item->left_out;
    }
    worker->times.vector_seconds += kin_clock_seconds() - start;
    return KIN_OK;
}

static int probe(crew_worker *worker, bool whole_file, kin_image_info *info, kin_error *err)
{
    int code = kin_decoder_load(worker->decoder, worker->bytes.data, worker->bytes.size, err);
    return code == KIN_OK ? kin_decoder_probe(worker->decoder, whole_file, info, err) : code;
}

/* Width and height are all that is asked of an image whose pixels nobody looks at. */
static int probe_head(crew_worker *worker, const char *file, kin_image_info *info, kin_error *err)
{
    enum { most = 64 << 10 };
    int code = kin_file_read_head(file, most, &worker->bytes, err);
    return code == KIN_OK ? probe(worker, worker->bytes.size < most, info, err) : code;
}

static int read_image(const kin_crew *crew, crew_worker *worker, const char *file, kin_asset_file *facts,
                      kin_image_info *info, kin_error *err)
{
    kin_buffer_reset(&worker->bytes);
    int code = kin_file_stamp(file, &facts->bytes, &facts->mtime_ns, err);
    if (code == KIN_OK && crew->options.embeddings) {
        code = probe_head(worker, file, info, err);
        if (code != KIN_E_LIMIT)
            return code;
        kin_buffer_reset(&worker->bytes);
        code = KIN_OK;
    }
    if (code == KIN_OK)
        code = kin_file_read(file, crew->options.max_bytes, &worker->bytes, err);
    if (code == KIN_OK) {
        facts->hash = kin_hash(worker->bytes.data, worker->bytes.size);
        code = probe(worker, true, info, err);
    }
    return code;
}

static void work(void *user, size_t worker_number, size_t i)
{
    const round *r = user;
    const kin_crew *crew = r->crew;
    crew_worker *worker = &crew->workers[worker_number];
    kin_batch_image *image = &r->batch->images[i];
    kin_error err = KIN_ERROR_INIT;
    kin_image_info info;
    kin_arena arena = KIN_ARENA_INIT;
    double start = kin_clock_seconds();
    char *file = kin_path_join(&arena, crew->options.folder, image->path);
    kin_box *regions = kin_alloc_array(image->count, sizeof *regions);
    worker->decoder = kin_decoders_take(crew->decoders);
    int code = file && regions ? read_image(crew, worker, file, &image->file, &info, &err) : kin_fail_memory(&err);
    worker->times.read_seconds += kin_clock_seconds() - start;
    if (code == KIN_OK) {
        image->width = info.width;
        image->height = info.height;
        code = crew->options.embeddings ? embed_image(crew, r->batch, worker, image, regions, &err)
                                        : describe_image(crew, r->batch, worker, image, regions, &err);
    }
    kin_decoders_give_back(worker->decoder);
    image->code = code;
    image->reason = code == KIN_OK ? NULL : strdup(err.message);
    free(regions);
    kin_arena_clear(&arena);
}

void kin_crew__describe(kin_crew *crew, kin_batch *batch)
{
    round r = { crew, batch };
    kin_parallel(crew->threads, batch->images_count, work, &r);
}

int kin_crew__new(const kin_crew_options *options, kin_crew **out, kin_error *err)
{
    kin_crew *crew = kin_alloc_zeroed(1, sizeof *crew);
    if (!crew)
        return kin_fail_memory(err);
    crew->options = *options;
    crew->threads = options->threads ? options->threads : kin_parallel_cores();
    crew->workers = kin_alloc_zeroed(crew->threads, sizeof *crew->workers);
    const kin_decoders_options decoders = { .count = crew->threads,
                                            .max_pixels = options->max_pixels,
                                            .max_bytes = options->max_bytes };
    int code = crew->workers ? kin_decoders_start(&decoders, &crew->decoders, err) : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && options->model && i < crew->threads; i++)
        code = kin_describer_new(options->model, &crew->workers[i].describer, err);
    if (code == KIN_OK)
        *out = crew;
    else
        kin_crew__free(crew);
    return code;
}

void kin_crew__free(kin_crew *crew)
{
    if (!crew)
        return;
    for (size_t i = 0; crew->workers && i < crew->threads; i++) {
        kin_describer_free(crew->workers[i].describer);
        kin_buffer_clear(&crew->workers[i].bytes);
    }
    kin_decoders_stop(crew->decoders);
    free(crew->workers);
    free(crew);
}

const char *kin_crew__note(const kin_crew *crew)
{
    return kin_decoders_note(crew->decoders);
}

size_t kin_crew__threads(const kin_crew *crew)
{
    return crew->threads;
}

kin_crew_times kin_crew__times(const kin_crew *crew)
{
    kin_crew_times sum = { 0, 0, 0 };
    for (size_t i = 0; i < crew->threads; i++) {
        sum.read_seconds += crew->workers[i].times.read_seconds;
        sum.decode_seconds += crew->workers[i].times.decode_seconds;
        sum.vector_seconds += crew->workers[i].times.vector_seconds;
    }
    return sum;
}
