/* Calibration. The draw is one random order of the folder's files: ranges come from the first that can be read, cosines
 * from those after them. Each picture counts twice, whole and by one square cut out of it, since both are described
 * later on; the square is drawn by the picture's place in the order, so that threads do not change it. */
#include "kin/calibrate.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "descriptor/cosine.h"
#include "descriptor/float_layers.h"
#include "descriptor/int8_ranges.h"
#include "descriptor/model.h"
#include "kernel/blas.h"
#include "kin/decoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VIEWS = 2, default_pictures = 64, default_held_out = 256, round_pictures = 16, trial_pictures = 24 };
static const size_t most_file_bytes = (size_t)256 << 20, most_input_bytes = (size_t)2 << 30;

typedef struct held_out {
    bool read;
    double cosine[VIEWS];
} held_out;

typedef struct calibrate_worker {
    kin_runner *exact, *bytewise;
    float *vectors; /* [2, dim] */
    uint8_t *pixels[VIEWS];
    kin_buffer bytes;
} calibrate_worker;

typedef struct calibrate_run {
    const char *photos;
    const kin_calibrate_options *options;
    const kin_watch *watch;
    kin_arena arena;
    const char **paths; /* relative to `photos`; the arena's */
    int64_t *order;     /* [count]: the random order */
    size_t count, paths_capacity;
    size_t next; /* of the order: not looked at yet */
    kin_model_files files;
    size_t width, height, dim;
    kin_decoders *decoders; /* one for each worker */
    calibrate_worker *workers;
    size_t threads;
    held_out *results; /* of the round at hand */
} calibrate_run;

bool kin_calibration_is_good(const kin_calibration *calibration)
{
    return calibration->whole_mean >= KIN_INT8_COSINE && calibration->cut_mean >= KIN_INT8_COSINE;
}

/* ---- The draw */

static int take_path(void *user, const kin_file_info *file, kin_error *err)
{
    calibrate_run *run = user;
    bool grown = KIN_GROW(&run->paths, &run->paths_capacity, run->count + 1);
    char *path = grown ? kin_path_join(&run->arena, run->photos, file->path) : NULL;
    if (!path)
        return kin_fail_memory(err);
    run->paths[run->count++] = path;
    return KIN_OK;
}

static int draw(calibrate_run *run, kin_error *err)
{
    kin_walk walk = { .visit = take_path, .user = run };
    int code = KIN_OK;
    if (!kin_file_is_folder(run->photos))
        code = kin_fail(err, KIN_E_NOTFOUND, "there is no folder %.150s; give one with pictures to calibrate on",
                        run->photos);
    if (code == KIN_OK)
        code = kin_file_walk(run->photos, &walk, err);
    if (code != KIN_OK)
        return code;
    kin_rng rng;
    kin_rng_seed(&rng, run->options->seed);
    run->order = kin_alloc_array(run->count, sizeof *run->order);
    if (!run->order)
        return kin_fail_memory(err);
    for (size_t i = 0; i < run->count; i++)
        run->order[i] = (int64_t)i;
    kin_rng_sample(&rng, run->order, run->count, run->count);
    return KIN_OK;
}

static kin_box square_cut(uint64_t seed, size_t place, int width, int height)
{
    kin_rng rng;
    kin_rng_seed(&rng, seed + place + 1);
    double shorter = width < height ? width : height;
    double side = fmax(floor(shorter * (0.25 + 0.5 * kin_rng_uniform(&rng))), 1);
    double x = floor(kin_rng_uniform(&rng) * (width - side)), y = floor(kin_rng_uniform(&rng) * (height - side));
    return (kin_box) { x, y, side, side };
}

static bool take_views(const calibrate_run *run, size_t place, const kin_image *image, calibrate_worker *worker)
{
    const kin_preprocess *p = &run->files.preprocess;
    kin_box regions[VIEWS] = { { 0, 0, image->width, image->height },
                               square_cut(run->options->seed, place, image->width, image->height) };
    bool taken = true;
    for (size_t i = 0; i < VIEWS; i++) {
        kin_box seen = kin_preprocess_view(p, image->width, image->height, regions[i]);
        taken = taken && kin_image_resize(image, seen, p->crop_width, p->crop_height, p->filter, worker->pixels[i],
                                          NULL) == KIN_OK;
    }
    return taken;
}

/* Picture number `place` of the order as the net sees it, whole and cut. False where it cannot be read. */
static bool load(const calibrate_run *run, size_t place, calibrate_worker *worker)
{
    const kin_image *image = NULL;
    kin_buffer_reset(&worker->bytes);
    if (kin_file_read(run->paths[run->order[place]], most_file_bytes, &worker->bytes, NULL) != KIN_OK)
        return false;
    kin_decoder *decoder = kin_decoders_take(run->decoders);
    bool read = kin_decoder_load(decoder, worker->bytes.data, worker->bytes.size, NULL) == KIN_OK &&
                kin_decoder_decode(decoder, NULL, &image, NULL) == KIN_OK && take_views(run, place, image, worker);
    kin_decoders_give_back(decoder);
    return read;
}

static int progress(const calibrate_run *run, const char *stage, size_t done, size_t total, kin_error *err)
{
    if (run->watch && run->watch->progress)
        run->watch->progress(run->watch->user, stage, done, total);
    if (run->watch && run->watch->stop && run->watch->stop(run->watch->user))
        return kin_fail(err, KIN_E_STOPPED, "stopped; the ranges are as they were");
    return KIN_OK;
}

/* ---- Ranges */

static void to_planes(const calibrate_run *run, const uint8_t *rgb, float *planes)
{
    const kin_preprocess *p = &run->files.preprocess;
    size_t pixels = run->width * run->height;
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < pixels; i++)
            planes[c * pixels + i] = (float)rgb[3 * i + c] * p->scale[c] + p->shift[c];
}

static int fail_too_few(const calibrate_run *run, size_t pictures, kin_error *err)
{
    return kin_fail(err, KIN_E_USAGE,
                    "%.120s holds too few pictures that can be read: %zu to calibrate and %d more to measure on are "
                    "needed; give another folder, or take fewer",
                    run->photos, pictures, KIN_CALIBRATE_LEAST_HELD_OUT);
}

/* planes[*n, 3, height, width] of the first pictures that can be read, VIEWS of each. */
static int load_planes(calibrate_run *run, size_t pictures, float **planes, kin_calibration *measured, kin_error *err)
{
    size_t each = 3 * run->width * run->height, numbers, bytes;
    if (!kin_size_mul(pictures * VIEWS, each, &numbers) || !kin_size_mul(numbers, sizeof **planes, &bytes) ||
        bytes > most_input_bytes)
        return kin_fail(err, KIN_E_LIMIT, "%zu pictures of %zu x %zu pixels are too many to calibrate with; take fewer",
                        pictures, run->width, run->height);
    *planes = kin_alloc_array(numbers, sizeof **planes);
    if (!*planes)
        return kin_fail_memory(err);
    int code = KIN_OK;
    for (; code == KIN_OK && measured->pictures < pictures && run->next < run->count; run->next++) {
        if (!load(run, run->next, run->workers)) {
            measured->unreadable++;
            continue;
        }
        for (size_t i = 0; i < VIEWS; i++)
            to_planes(run, run->workers->pixels[i], *planes + (measured->pictures * VIEWS + i) * each);
        measured->pictures++;
        code = progress(run, "read pictures", measured->pictures, pictures, err);
    }
    if (code == KIN_OK && (measured->pictures < pictures || run->count - run->next < KIN_CALIBRATE_LEAST_HELD_OUT))
        code = fail_too_few(run, pictures, err);
    return code;
}

static int take_ranges(calibrate_run *run, kin_int8_ranges *out, kin_error *err)
{
    kin_net_options options = kin_model_files_options(&run->files);
    size_t pictures = run->options->pictures ? run->options->pictures : default_pictures;
    float *planes = NULL;
    int code = load_planes(run, pictures, &planes, &out->measured, err);
    if (code == KIN_OK)
        code = kin_net_calibrate(run->files.onnx.data, run->files.onnx.size, &options, planes, pictures * VIEWS,
                                 &out->values, err);
    if (code == KIN_OK)
        code = kin_float_layers_choose(&run->files, planes, pictures < trial_pictures ? pictures : trial_pictures,
                                       run->threads, &out->values, &out->measured.float_values, err);
    free(planes);
    return code;
}

/* ---- Measuring */

static void measure_one(void *user, size_t worker_number, size_t i)
{
    calibrate_run *run = user;
    calibrate_worker *worker = &run->workers[worker_number];
    const kin_preprocess *p = &run->files.preprocess;
    held_out *result = &run->results[i];
    result->read = load(run, run->next + i, worker);
    for (size_t k = 0; k < VIEWS && result->read; k++) {
        kin_runner_run_bytes(worker->exact, worker->pixels[k], p->scale, p->shift, worker->vectors);
        kin_runner_run_bytes(worker->bytewise, worker->pixels[k], p->scale, p->shift, worker->vectors + run->dim);
        result->cosine[k] = kin_cosine(worker->vectors, worker->vectors + run->dim, run->dim);
    }
}

static void add_result(kin_calibration *measured, const held_out *result)
{
    if (!result->read) {
        measured->unreadable++;
        return;
    }
    measured->held_out++;
    measured->whole_mean += result->cosine[0];
    measured->cut_mean += result->cosine[1];
    measured->whole_min = fmin(measured->whole_min, result->cosine[0]);
    measured->cut_min = fmin(measured->cut_min, result->cosine[1]);
}

static int measure(calibrate_run *run, kin_calibration *measured, kin_error *err)
{
    held_out results[round_pictures];
    size_t most = run->options->held_out ? run->options->held_out : default_held_out;
    int code = KIN_OK;
    measured->whole_min = measured->cut_min = 1;
    run->results = results;
    while (code == KIN_OK && measured->held_out < most && run->next < run->count) {
        size_t n = most - measured->held_out, left = run->count - run->next;
        n = n > round_pictures ? round_pictures : n;
        n = n > left ? left : n;
        kin_parallel(run->threads, n, measure_one, run);
        for (size_t i = 0; i < n; i++)
            add_result(measured, &results[i]);
        run->next += n;
        code = progress(run, "measure pictures", measured->held_out, most, err);
    }
    if (code == KIN_OK && measured->held_out < KIN_CALIBRATE_LEAST_HELD_OUT)
        code = fail_too_few(run, measured->pictures, err);
    if (code == KIN_OK) {
        measured->whole_mean /= (double)measured->held_out;
        measured->cut_mean /= (double)measured->held_out;
    }
    return code;
}

/* ---- The whole */

static int make_workers(calibrate_run *run, kin_error *err)
{
    size_t bytes = 3 * run->width * run->height;
    run->workers = kin_alloc_zeroed(run->threads, sizeof *run->workers);
    bool good = run->workers != NULL;
    for (size_t i = 0; good && i < run->threads; i++) {
        calibrate_worker *w = &run->workers[i];
        w->vectors = kin_alloc_array(2 * run->dim, sizeof *w->vectors);
        good = w->vectors != NULL;
        for (size_t k = 0; k < VIEWS; k++)
            good = (w->pixels[k] = kin_alloc_array(bytes, 1)) && good;
    }
    return good ? KIN_OK : kin_fail_memory(err);
}

static int make_runners(calibrate_run *run, const kin_net *exact, const kin_net *bytewise, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < run->threads; i++) {
        code = kin_runner_new(exact, &run->workers[i].exact, err);
        if (code == KIN_OK)
            code = kin_runner_new(bytewise, &run->workers[i].bytewise, err);
    }
    return code;
}

static void free_workers(calibrate_run *run)
{
    for (size_t i = 0; run->workers && i < run->threads; i++) {
        calibrate_worker *w = &run->workers[i];
        kin_runner_free(w->exact);
        kin_runner_free(w->bytewise);
        for (size_t k = 0; k < VIEWS; k++)
            free(w->pixels[k]);
        free(w->vectors);
        kin_buffer_clear(&w->bytes);
    }
    free(run->workers);
}

/* Before there are threads of this run's. */
static int start_decoders(calibrate_run *run, kin_error *err)
{
    run->threads = run->options->threads ? run->options->threads : kin_parallel_cores();
    const kin_decoders_options options = { .count = run->threads, .max_bytes = most_file_bytes };
    kin_blas_threads(1); /* of each worker */
    return kin_decoders_start(&options, &run->decoders, err);
}

static int find_model(calibrate_run *run, const char *name, kin_error *err)
{
    const char *folder, *full_name;
    if (strcmp(name, "classic") == 0)
        return kin_fail(err, KIN_E_USAGE, "classic has no 8-bit form; calibrating is for neural models");
    int code = kin_model__locate(&run->arena, name, &folder, &full_name, err);
    if (code == KIN_OK)
        code = kin_model_files_read(folder, &run->files, err);
    if (code == KIN_OK && access(folder, W_OK) != 0) /* told before the work, not after it */
        code = kin_fail_errno(err, "write into", folder);
    return code;
}

static int calibrate(calibrate_run *run, kin_int8_ranges *ranges, kin_error *err)
{
    kin_net *exact = NULL, *bytewise = NULL;
    int code = draw(run, err);
    if (code == KIN_OK)
        code = kin_model_files_net(&run->files, NULL, &exact, err);
    if (code == KIN_OK) {
        const kin_net_info *info = kin_net_about(exact);
        run->width = info->width;
        run->height = info->height;
        run->dim = info->output_count;
        code = make_workers(run, err);
    }
    if (code == KIN_OK)
        code = take_ranges(run, ranges, err);
    if (code == KIN_OK)
        code = kin_model_files_net(&run->files, &ranges->values, &bytewise, err);
    if (code == KIN_OK)
        code = make_runners(run, exact, bytewise, err);
    if (code == KIN_OK)
        code = measure(run, &ranges->measured, err);
    free_workers(run);
    kin_net_free(exact);
    kin_net_free(bytewise);
    return code;
}

int kin_model_calibrate(const char *name, const char *photos, const kin_calibrate_options *options,
                        const kin_watch *watch, kin_calibration *out, kin_error *err)
{
    static const kin_calibrate_options defaults = KIN_CALIBRATE_OPTIONS_INIT;
    calibrate_run run = { .photos = photos, .options = options ? options : &defaults, .watch = watch };
    kin_int8_ranges ranges = { 0 };
    int code = KIN_OK;
    if (run.options->pictures && run.options->pictures < KIN_CALIBRATE_LEAST_PICTURES)
        code = kin_fail(err, KIN_E_USAGE, "%zu pictures are too few to calibrate with; take at least %d",
                        run.options->pictures, KIN_CALIBRATE_LEAST_PICTURES);
    if (code == KIN_OK)
        code = find_model(&run, name, err);
    if (code == KIN_OK)
        code = start_decoders(&run, err);
    if (code == KIN_OK)
        code = calibrate(&run, &ranges, err);
    if (code == KIN_OK)
        code = kin_int8_ranges_write(&run.files, &ranges, err);
    if (code == KIN_OK)
        *out = ranges.measured;
    kin_decoders_stop(run.decoders);
    kin_int8_ranges_clear(&ranges);
    kin_model_files_clear(&run.files);
    free(run.paths);
    free(run.order);
    kin_arena_clear(&run.arena);
    return code;
}
