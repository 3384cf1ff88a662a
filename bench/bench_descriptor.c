/* How fast images become vectors.
 *
 *     bench_descriptor [--model classic] [--precision float|int8] [--images 128] [--seconds 10] [--threads 0] [--json]
 *                      FOLDER
 *
 * Stages: `decode` a file held in memory at full resolution; `scaled` the same, no larger than the model has use for;
 * `resize` a decoded image to the model's input; `describe` pixels of that size; `all` from the file's bytes to the
 * vector, decoding scaled. Each stage runs over all images, on one core and on --threads workers, again and again until
 * its share of --seconds is used up: the best and the median of the rounds, in images a second. Reading files, opening
 * the model and the first round of each stage are not timed. The checksum is over what the stage made. */

#include "base/arena.h"
#include "base/buffer.h"
#include "base/checked.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "kernel/blas.h"
#include "kin/descriptor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { least_rounds = 3, most_rounds = 1000 };

typedef enum stage { DECODE, SCALED, RESIZE, DESCRIBE, ALL, STAGES } stage;

static const char *const stage_names[STAGES] = { "decode", "scaled", "resize", "describe", "all" };

typedef struct sample {
    kin_buffer bytes;
    kin_image full, small; /* decoded; resized to the model's input */
    double scale;          /* how much of the full resolution the model has use for */
} sample;

typedef struct bench {
    const char *folder, *model_name;
    kin_precision precision;
    size_t most, threads;
    double seconds;
    bool json;
    kin_model *model;
    kin_describer **describers; /* by worker */
    uint8_t **pixels;           /* by worker: [input, input, 3] */
    sample *samples;
    size_t count, dim, side, unread;
    float *vectors;
    uint64_t *sums; /* by image */
    bool checking;  /* the untimed round, which makes the sums */
    stage at;
} bench;

static void must(int code, const kin_error *err)
{
    if (code == KIN_OK)
        return;
    (void)fprintf(stderr, "bench_descriptor: %s\n", err->message);
    exit(1);
}

static void *must_have(void *memory)
{
    kin_error err = KIN_ERROR_INIT;
    must(memory ? KIN_OK : kin_fail_memory(&err), &err);
    return memory;
}

static kin_box whole(const kin_image *image)
{
    return (kin_box) { 0, 0, image->full_width, image->full_height };
}

/* Reads and decodes one file; what cannot be read is counted and left out. */
static int load(void *user, const kin_file_info *file, kin_error *err)
{
    bench *b = user;
    kin_arena arena = KIN_ARENA_INIT;
    kin_error reason = KIN_ERROR_INIT;
    kin_image_options options = KIN_IMAGE_OPTIONS_INIT;
    char *path = kin_path_join(&arena, b->folder, file->path);
    sample *s = &b->samples[b->count];
    (void)err;
    if (b->count == b->most)
        goto out;
    *s = (sample) { KIN_BUFFER_INIT, KIN_IMAGE_INIT, KIN_IMAGE_INIT, 1 };
    if (kin_file_read(must_have(path), (size_t)1 << 30, &s->bytes, &reason) != KIN_OK ||
        kin_image_decode(s->bytes.data, s->bytes.size, &options, &s->full, &reason) != KIN_OK) {
        kin_buffer_clear(&s->bytes);
        b->unread++;
        goto out;
    }
    int side = (int)b->side;
    s->small = (kin_image) { side, side, side, side, must_have(kin_alloc_array(b->side * b->side, 3)) };
    must(kin_image_resize(&s->full, whole(&s->full), side, side, KIN_FILTER_AREA, s->small.rgb, &reason), &reason);
    int least = s->full.width < s->full.height ? s->full.width : s->full.height;
    s->scale = fmin(1, (double)side / least);
    b->count++;
out:
    kin_arena_clear(&arena);
    return KIN_OK;
}

static void decode(const sample *s, double scale, kin_image *out)
{
    kin_error err = KIN_ERROR_INIT;
    kin_image_options options = KIN_IMAGE_OPTIONS_INIT;
    options.min_scale = scale;
    must(kin_image_decode(s->bytes.data, s->bytes.size, &options, out, &err), &err);
}

static void describe(bench *b, size_t worker, size_t i, const kin_image *image)
{
    kin_error err = KIN_ERROR_INIT;
    kin_box region = whole(image);
    must(kin_describer_run(b->describers[worker], image, &region, 1, b->vectors + i * b->dim, &err), &err);
    if (b->checking)
        b->sums[i] = kin_hash(b->vectors + i * b->dim, b->dim * sizeof(float));
}

static void work(void *user, size_t worker, size_t i)
{
    bench *b = user;
    const sample *s = &b->samples[i];
    kin_error err = KIN_ERROR_INIT;
    kin_image image = KIN_IMAGE_INIT;
    if (b->at == DECODE || b->at == SCALED || b->at == ALL)
        decode(s, b->at == DECODE ? 1 : s->scale, &image);
    if (b->checking && image.rgb)
        b->sums[i] = kin_hash(image.rgb, (size_t)image.width * (size_t)image.height * 3);
    if (b->at == RESIZE) {
        must(kin_image_resize(&s->full, whole(&s->full), (int)b->side, (int)b->side, KIN_FILTER_AREA, b->pixels[worker],
                              &err),
             &err);
        if (b->checking)
            b->sums[i] = kin_hash(b->pixels[worker], b->side * b->side * 3);
    }
    if (b->at == DESCRIBE || b->at == ALL)
        describe(b, worker, i, b->at == ALL ? &image : &s->small);
    kin_image_clear(&image);
}

static int by_size(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

typedef struct timing {
    double best, median; /* images a second */
    size_t rounds;
    uint64_t checksum;
} timing;

static timing measure(bench *b, stage at, size_t threads)
{
    static double seconds[most_rounds];
    timing t = { 0 };
    double share = b->seconds / (STAGES * (b->threads > 1 ? 2 : 1)), used = 0;
    b->at = at;
    b->checking = true;
    kin_parallel(threads, b->count, work, b);
    b->checking = false;
    t.checksum = kin_hash(b->sums, b->count * sizeof *b->sums);
    while (t.rounds < most_rounds && (t.rounds < least_rounds || used < share)) {
        double start = kin_clock_seconds();
        kin_parallel(threads, b->count, work, b);
        seconds[t.rounds] = kin_clock_seconds() - start;
        used += seconds[t.rounds++];
    }
    qsort(seconds, t.rounds, sizeof *seconds, by_size);
    t.best = (double)b->count / seconds[0];
    t.median = (double)b->count / seconds[t.rounds / 2];
    return t;
}

static void show(const bench *b, stage at, size_t threads, const timing *t, bool first)
{
    if (b->json)
        printf("%s{\"stage\": \"%s\", \"threads\": %zu, \"best\": %.1f, \"median\": %.1f, \"rounds\": %zu, "
               "\"checksum\": \"%016llx\"}",
               first ? "" : ",\n  ", stage_names[at], threads, t->best, t->median, t->rounds,
               (unsigned long long)t->checksum);
    else
        printf("%-10s %7zu %12.1f %12.1f %7zu  %016llx\n", stage_names[at], threads, t->best, t->median, t->rounds,
               (unsigned long long)t->checksum);
    (void)fflush(stdout);
}

static void run(bench *b)
{
    if (b->json)
        printf("{\"model\": \"%s\", \"dim\": %zu, \"input\": %zu, \"blas\": \"%s\", \"images\": %zu, \"unread\": %zu,\n"
               " \"stages\": [\n  ",
               b->model_name, b->dim, b->side, kin_blas_name(), b->count, b->unread);
    else
        printf("model %s, %zu numbers, input %zu x %zu; %s; %zu images, %zu unread; images a second\n"
               "%-10s %7s %12s %12s %7s  %s\n",
               b->model_name, b->dim, b->side, b->side, kin_blas_name(), b->count, b->unread, "stage", "threads",
               "best", "median", "rounds", "checksum");
    for (int i = 0; i < STAGES; i++) {
        timing one = measure(b, (stage)i, 1);
        show(b, (stage)i, 1, &one, i == 0);
        if (b->threads == 1)
            continue;
        timing many = measure(b, (stage)i, b->threads);
        show(b, (stage)i, b->threads, &many, false);
    }
    if (b->json)
        printf("\n ]}\n");
}

static void set_up(bench *b)
{
    kin_error err = KIN_ERROR_INIT;
    must(kin_model_open(b->model_name, b->precision, &b->model, &err), &err);
    b->dim = kin_model_about(b->model)->dim;
    b->side = (size_t)kin_model_about(b->model)->input;
    b->samples = must_have(kin_alloc_zeroed(b->most + 1, sizeof *b->samples));
    kin_walk walk = { .visit = load, .user = b };
    must(kin_file_walk(b->folder, &walk, &err), &err);
    if (b->count == 0)
        must(kin_fail(&err, KIN_E_NOTFOUND, "%s holds no image that can be read", b->folder), &err);
    b->vectors = must_have(kin_alloc_array(b->count, b->dim * sizeof(float)));
    b->sums = must_have(kin_alloc_zeroed(b->count, sizeof *b->sums));
    b->describers = must_have(kin_alloc_zeroed(b->threads, sizeof(kin_describer *)));
    b->pixels = must_have(kin_alloc_zeroed(b->threads, sizeof(uint8_t *)));
    for (size_t i = 0; i < b->threads; i++) {
        must(kin_describer_new(b->model, &b->describers[i], &err), &err);
        b->pixels[i] = must_have(kin_alloc_array(b->side * b->side, 3));
    }
}

static void tear_down(bench *b)
{
    for (size_t i = 0; i < b->threads; i++) {
        kin_describer_free(b->describers[i]);
        free(b->pixels[i]);
    }
    for (size_t i = 0; i < b->count; i++) {
        kin_buffer_clear(&b->samples[i].bytes);
        kin_image_clear(&b->samples[i].full);
        kin_image_clear(&b->samples[i].small);
    }
    free(b->describers);
    free(b->pixels);
    free(b->samples);
    free(b->vectors);
    free(b->sums);
    kin_model_free(b->model);
}

static void usage(void)
{
    (void)fprintf(stderr,
                  "usage: bench_descriptor [--model NAME] [--precision float|int8] [--images 128] [--seconds 10]\n"
                  "                        [--threads 0] [--json] FOLDER\n");
    exit(2);
}

static void parse(int argc, char **argv, bench *b)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--json") == 0)
            b->json = true;
        else if (strncmp(name, "--", 2) != 0 && !b->folder)
            b->folder = name;
        else if (++i == argc)
            usage();
        else if (strcmp(name, "--model") == 0)
            b->model_name = argv[i];
        else if (strcmp(name, "--precision") == 0)
            b->precision = kin_precision_from(argv[i]);
        else if (strcmp(name, "--images") == 0)
            b->most = strtoul(argv[i], NULL, 10);
        else if (strcmp(name, "--seconds") == 0)
            b->seconds = strtod(argv[i], NULL);
        else if (strcmp(name, "--threads") == 0)
            b->threads = strtoul(argv[i], NULL, 10);
        else
            usage();
    }
    if (!b->folder || b->most < 1 || b->most > 1000000 || b->threads > 1024 || !(b->seconds > 0))
        usage();
}

int main(int argc, char **argv)
{
    bench b = { .model_name = "classic", .most = 128, .seconds = 10 };
    parse(argc, argv, &b);
    if (b.threads == 0)
        b.threads = kin_parallel_cores();
    kin_blas_threads(1);
    set_up(&b);
    run(&b);
    tear_down(&b);
    return fclose(stdout) == 0 ? 0 : 1;
}
