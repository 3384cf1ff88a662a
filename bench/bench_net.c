/* Times a net alone, as one of several programs that take turns (compare_runtime.py, kernel_steps.py).
 *
 *     bench_net [--int8 FILE | --ranges FOLDER] [--threads 1] [--unfused] [--scale S] [--shift S] [--out FILE]
 *               MODEL.onnx IMAGES
 *
 * IMAGES holds pictures as bytes [n, height, width, 3] of the net's size; the net sees byte * scale + shift, by default
 * byte / 127.5 - 1. --int8 names pictures of the same kind, by which the net is calibrated; it then runs in 8 bits,
 * all of it. --ranges names the folder of the model: 8 bits as kin index has them, by its int8_ranges.json.
 * --unfused: float maps in the plain layout, one layer after the other. --out gets the outputs as float32 [n, outputs].
 * Each line read from standard input is one round over all images, by as many threads of one runner each; its seconds
 * are printed. */

#include "base/buffer.h"
#include "base/checked.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/parallel.h"
#include "descriptor/int8_ranges.h"
#include "kernel/blas.h"
#include "net/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t most_bytes = (size_t)2 << 30;

typedef struct bench {
    const char *model, *images, *calibration, *ranges, *out;
    float scale, shift;
    bool unfused;
    size_t threads, count, pixels, outputs;
    kin_buffer bytes;
    kin_net *net;
    kin_runner **runners; /* by worker */
    float *vectors;       /* [count, outputs] */
} bench;

static void must(int code, const kin_error *err)
{
    if (code == KIN_OK)
        return;
    (void)fprintf(stderr, "bench_net: %s\n", err->message);
    exit(1);
}

static void *must_have(void *memory)
{
    kin_error err = KIN_ERROR_INIT;
    must(memory ? KIN_OK : kin_fail_memory(&err), &err);
    return memory;
}

/* Bytes [n, pixels, 3] as planes of floats [n, 3, pixels]. */
static float *planes_of(const bench *b, const kin_buffer *bytes, size_t n)
{
    float *planes = must_have(kin_alloc_array(n, b->pixels * 3 * sizeof(float)));
    const unsigned char *from = (const unsigned char *)bytes->data;
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < b->pixels; p++)
            for (size_t c = 0; c < 3; c++)
                planes[(i * 3 + c) * b->pixels + p] = (float)from[(i * b->pixels + p) * 3 + c] * b->scale + b->shift;
    return planes;
}

/* What values range over on the calibration pictures. */
static void measure_ranges(const bench *b, const kin_buffer *onnx, const kin_net_options *options, kin_net_ranges *out)
{
    kin_error err = KIN_ERROR_INIT;
    kin_buffer pictures = KIN_BUFFER_INIT;
    must(kin_file_read(b->calibration, most_bytes, &pictures, &err), &err);
    size_t n = pictures.size / (b->pixels * 3);
    float *planes = planes_of(b, &pictures, n);
    must(kin_net_calibrate(onnx->data, onnx->size, options, planes, n, out, &err), &err);
    free(planes);
    kin_buffer_clear(&pictures);
}

/* Those of the model's folder. */
static void read_ranges(const bench *b, kin_net_ranges *out)
{
    kin_error err = KIN_ERROR_INIT;
    kin_model_files files = { 0 };
    kin_int8_ranges ranges = { 0 };
    must(kin_model_files_hash(b->ranges, &files, &err), &err);
    must(kin_int8_ranges_read(&files, &ranges, &err), &err);
    *out = ranges.values;
    kin_model_files_clear(&files);
}

/* Opens the net in float; with calibration pictures or ranges again, in 8 bits. */
static void open_net(bench *b)
{
    kin_error err = KIN_ERROR_INIT;
    kin_net_options options = KIN_NET_OPTIONS_INIT;
    kin_buffer onnx = KIN_BUFFER_INIT;
    kin_net_ranges ranges = { 0 };
    kin_kernels apart = *kin_kernels_get();
    apart.blocked = false;
    options.kernels = b->unfused ? &apart : NULL;
    must(kin_file_read(b->model, most_bytes, &onnx, &err), &err);
    must(kin_net_open(onnx.data, onnx.size, &options, &b->net, &err), &err);
    b->pixels = kin_net_about(b->net)->height * kin_net_about(b->net)->width;
    if (b->calibration || b->ranges) {
        if (b->calibration)
            measure_ranges(b, &onnx, &options, &ranges);
        else
            read_ranges(b, &ranges);
        kin_net_free(b->net);
        options.ranges = &ranges;
        must(kin_net_open(onnx.data, onnx.size, &options, &b->net, &err), &err);
        kin_net_ranges_clear(&ranges);
    }
    kin_buffer_clear(&onnx);
}

static void set_up(bench *b)
{
    kin_error err = KIN_ERROR_INIT;
    open_net(b);
    if (kin_net_about(b->net)->channels != 3)
        must(kin_fail(&err, KIN_E_USAGE, "%s takes no pictures of 3 channels", b->model), &err);
    must(kin_file_read(b->images, most_bytes, &b->bytes, &err), &err);
    b->count = b->bytes.size / (b->pixels * 3);
    b->outputs = kin_net_about(b->net)->output_count;
    if (b->count == 0)
        must(kin_fail(&err, KIN_E_USAGE, "%s holds no picture of the net's size", b->images), &err);
    b->vectors = must_have(kin_alloc_array(b->count, b->outputs * sizeof(float)));
    b->runners = must_have(kin_alloc_zeroed(b->threads, sizeof(kin_runner *)));
    for (size_t i = 0; i < b->threads; i++)
        must(kin_runner_new(b->net, &b->runners[i], &err), &err);
}

static void describe(void *user, size_t worker, size_t i)
{
    const bench *b = user;
    const float scale[3] = { b->scale, b->scale, b->scale }, shift[3] = { b->shift, b->shift, b->shift };
    const unsigned char *images = (const unsigned char *)b->bytes.data;
    kin_runner_run_bytes(b->runners[worker], images + i * b->pixels * 3, scale, shift, b->vectors + i * b->outputs);
}

static void write_outputs(const bench *b)
{
    FILE *out = fopen(b->out, "wb");
    if (!out || fwrite(b->vectors, b->outputs * sizeof(float), b->count, out) != b->count || fclose(out) != 0) {
        (void)fprintf(stderr, "bench_net: cannot write %s\n", b->out);
        exit(1);
    }
}

static void take_turns(bench *b)
{
    char line[64];
    kin_parallel(b->threads, b->count, describe, b);
    if (b->out)
        write_outputs(b);
    printf("ready\n");
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        double start = kin_clock_seconds();
        kin_parallel(b->threads, b->count, describe, b);
        printf("%.6f\n", kin_clock_seconds() - start);
        (void)fflush(stdout);
    }
}

static void usage(void)
{
    (void)fprintf(stderr, "usage: bench_net [--int8 FILE | --ranges FOLDER] [--threads 1] [--unfused] [--scale S]\n"
                          "                 [--shift S] [--out FILE] MODEL.onnx IMAGES\n");
    exit(2);
}

static void parse(int argc, char **argv, bench *b)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strncmp(name, "--", 2) != 0) {
            if (b->images)
                usage();
            *(b->model ? &b->images : &b->model) = name;
        } else if (strcmp(name, "--unfused") == 0)
            b->unfused = true;
        else if (++i == argc)
            usage();
        else if (strcmp(name, "--int8") == 0)
            b->calibration = argv[i];
        else if (strcmp(name, "--ranges") == 0)
            b->ranges = argv[i];
        else if (strcmp(name, "--threads") == 0)
            b->threads = strtoul(argv[i], NULL, 10);
        else if (strcmp(name, "--scale") == 0)
            b->scale = strtof(argv[i], NULL);
        else if (strcmp(name, "--shift") == 0)
            b->shift = strtof(argv[i], NULL);
        else if (strcmp(name, "--out") == 0)
            b->out = argv[i];
        else
            usage();
    }
    if (!b->images || b->threads < 1 || b->threads > 1024)
        usage();
}

int main(int argc, char **argv)
{
    bench b = { .scale = 1 / 127.5F, .shift = -1, .threads = 1 };
    parse(argc, argv, &b);
    kin_blas_threads(1);
    set_up(&b);
    take_turns(&b);
    for (size_t i = 0; i < b.threads; i++)
        kin_runner_free(b.runners[i]);
    free(b.runners);
    free(b.vectors);
    kin_net_free(b.net);
    kin_buffer_clear(&b.bytes);
    return fclose(stdout) == 0 ? 0 : 1;
}
