/* Times the 8-bit kernels on the shape of EfficientNet-Lite0, as bench_kernel does the float ones: random weights, each
 * kind of layer, then the whole net from RGB bytes to pooled features with its blocks in strips.
 *
 * usage: bench_kernel8 [seconds [table]]   tables: plain avx2 avx512 amx */
#include "base/checked.h"
#include "base/clock.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "kernel/kernel8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGE = 224, BLOCKS = 20, THREADS = 2, RUNS = 8192, FEATURES = 1280 };

typedef struct net {
    const kin_kernels8 *kernels;
    kin_conv8 stem;
    kin_linear8 expand[BLOCKS], head;
    kin_inverted8 blocks[BLOCKS];
    size_t count, map_bytes, scratch_bytes;
    kin_rng rng;
} net;

typedef struct worker {
    uint8_t *image, *maps[2], *scratch;
    float features[FEATURES];
} worker;

/* Zeroed, with slack. */
static uint8_t *bytes_new(size_t n)
{
    uint8_t *bytes = kin_alloc_aligned(n + KIN_SLACK8, 1);
    if (!bytes) {
        fputs("bench_kernel8: out of memory\n", stderr);
        exit(1);
    }
    memset(bytes, 0, n + KIN_SLACK8);
    return bytes;
}

typedef struct source {
    kin_weights8 from;
    int8_t *weights;
    float *scale;
} source;

/* Weights whose sums spread over the output's bytes. */
static source source_new(net *n, size_t out, size_t terms, bool clipped)
{
    source s = { .weights = malloc(out * terms), .scale = malloc(out * sizeof(float)) };
    if (!s.weights || !s.scale)
        exit(1);
    for (size_t i = 0; i < out * terms; i++)
        s.weights[i] = (int8_t)((int)kin_rng_below(&n->rng, 255) - 127);
    for (size_t o = 0; o < out; o++)
        s.scale[o] = 1 / (127 * sqrtf((float)terms));
    s.from = (kin_weights8) { s.weights, s.scale, NULL, { 1, 0 }, { 1, clipped ? 0 : 128 } };
    return s;
}

static void source_free(source *s)
{
    free(s->weights);
    free(s->scale);
}

static kin_window square_window(size_t size, size_t kernel, size_t stride)
{
    size_t out = (size - 1) / stride + 1;
    return (kin_window) { size, size, out, out, kernel, kernel, stride, stride, 1, 1, kernel / 2, kernel / 2 };
}

static kin_linear8 linear_new(net *n, size_t in, size_t out, bool clipped)
{
    source s = source_new(n, out, in, clipped);
    uint8_t *packed = bytes_new(n->kernels->linear_size(in, out));
    n->kernels->linear_pack(in, out, &s.from, packed);
    source_free(&s);
    return (kin_linear8) { in, out, packed, { 0, 255, 1, 128 } };
}

static void need(net *n, size_t channels, size_t size)
{
    size_t bytes = kin_step8(channels) * size * size;
    n->map_bytes = bytes > n->map_bytes ? bytes : n->map_bytes;
}

static void add_block(net *n, size_t in, size_t expansion, size_t out, size_t size, size_t kernel, size_t stride)
{
    size_t hidden = in * expansion;
    kin_inverted8 *b = &n->blocks[n->count];
    if (expansion > 1) {
        n->expand[n->count] = linear_new(n, in, hidden, true);
        b->expand = &n->expand[n->count];
    }
    b->depthwise = (kin_depthwise8) { square_window(size, kernel, stride), hidden, NULL, 0, { 0, 255, 0, 0 } };
    source s = source_new(n, hidden, kernel * kernel, true);
    uint8_t *packed = bytes_new(n->kernels->depthwise_size(&b->depthwise));
    n->kernels->depthwise_pack(&b->depthwise, &s.from, packed);
    b->depthwise.packed = packed;
    source_free(&s);
    b->project = linear_new(n, hidden, out, false);
    b->strip = kin_inverted8_strip(b);
    size_t scratch = kin_inverted8_scratch(b);
    n->scratch_bytes = scratch > n->scratch_bytes ? scratch : n->scratch_bytes;
    n->count++;
    need(n, hidden, size);
}

static net *net_new(const kin_kernels8 *kernels)
{
    static const size_t stages[][5] = { { 1, 16, 1, 1, 3 }, { 6, 24, 2, 2, 3 },  { 6, 40, 2, 2, 5 },
                                        { 6, 80, 3, 2, 3 }, { 6, 112, 3, 1, 5 }, { 6, 192, 4, 2, 5 },
                                        { 6, 320, 1, 1, 3 } };
    net *n = calloc(1, sizeof *n);
    if (!n)
        exit(1);
    n->kernels = kernels;
    kin_rng_seed(&n->rng, 1);
    n->stem = (kin_conv8) { square_window(IMAGE, 3, 2), 3, 32, NULL, 127, { 0, 255, 0, 0 } };
    source s = source_new(n, 32, 27, true);
    uint8_t *packed = bytes_new(kernels->conv_size(&n->stem));
    kernels->conv_pack(&n->stem, &s.from, packed);
    n->stem.packed = packed;
    source_free(&s);
    n->scratch_bytes = kernels->conv_scratch(&n->stem);
    size_t channels = 32, size = IMAGE / 2;
    for (size_t g = 0; g < sizeof stages / sizeof stages[0]; g++)
        for (size_t i = 0; i < stages[g][2]; i++) {
            size_t stride = i == 0 ? stages[g][3] : 1;
            add_block(n, channels, stages[g][0], stages[g][1], size, stages[g][4], stride);
            channels = stages[g][1];
            size = (size - 1) / stride + 1;
        }
    n->head = linear_new(n, channels, FEATURES, true);
    return n;
}

/* The parts that are timed apart; TOTAL runs the blocks in strips. */
typedef enum part { STEM, EXPAND, DEPTHWISE, PROJECT, HEAD, TOTAL, PARTS } part;

typedef struct clock8 {
    double spent[PARTS];
    double start;
} clock8;

static void lap(clock8 *c, part p)
{
    double now = kin_clock_seconds();
    c->spent[p] += now - c->start;
    c->start = now;
}

static void swap_maps(worker *w)
{
    uint8_t *kept = w->maps[0];
    w->maps[0] = w->maps[1];
    w->maps[1] = kept;
}

static kin_view8 residual_of(const kin_inverted8 *b, kin_view8 x)
{
    bool has = b->depthwise.window.stride_h == 1 && b->expand && b->expand->in == b->project.out;
    return has ? x : KIN_NO_VIEW8;
}

static void run_ends(const net *n, worker *w, bool head)
{
    if (head) {
        kin_view8 x = { w->maps[0], kin_step8(n->head.in) }, y = { w->maps[1], FEATURES };
        n->kernels->linear(&n->head, x, KIN_NO_VIEW8, y, 49);
        n->kernels->global_mean(y, (kin_quant) { 1, 0 }, FEATURES, 49, w->features);
        return;
    }
    n->kernels->conv(&n->stem, (kin_view8) { w->image, 3 }, KIN_NO_VIEW8, (kin_view8) { w->maps[0], 32 }, w->scratch);
}

static void run_strips(const net *n, worker *w)
{
    run_ends(n, w, false);
    for (size_t i = 0; i < n->count; i++) {
        const kin_inverted8 *b = &n->blocks[i];
        kin_view8 x = { w->maps[0], kin_step8(b->expand ? b->expand->in : b->depthwise.channels) };
        kin_view8 y = { w->maps[1], kin_step8(b->project.out) };
        kin_inverted8_run(n->kernels, b, x, residual_of(b, x), y, w->scratch);
        swap_maps(w);
    }
    run_ends(n, w, true);
}

/* Layer by layer, with maps of its own for what is expanded. */
static void run_layers(const net *n, worker *w, uint8_t *hidden, uint8_t *middle, clock8 *c)
{
    c->start = kin_clock_seconds();
    run_ends(n, w, false);
    lap(c, STEM);
    for (size_t i = 0; i < n->count; i++) {
        const kin_inverted8 *b = &n->blocks[i];
        const kin_window *win = &b->depthwise.window;
        size_t step = kin_step8(b->depthwise.channels);
        kin_view8 x = { w->maps[0], kin_step8(b->expand ? b->expand->in : b->depthwise.channels) };
        kin_view8 wide = b->expand ? (kin_view8) { hidden, step } : x, between = { middle, step };
        if (b->expand)
            n->kernels->linear(b->expand, x, KIN_NO_VIEW8, wide, win->in_h * win->in_w);
        lap(c, EXPAND);
        n->kernels->depthwise(&b->depthwise, wide, win->in_h, between, 0, win->out_h);
        lap(c, DEPTHWISE);
        n->kernels->linear(&b->project, between, residual_of(b, x),
                           (kin_view8) { w->maps[1], kin_step8(b->project.out) }, win->out_h * win->out_w);
        lap(c, PROJECT);
        swap_maps(w);
    }
    run_ends(n, w, true);
    lap(c, HEAD);
}

static double checksum(const worker *w)
{
    double sum = 0;
    for (size_t i = 0; i < FEATURES; i++)
        sum += (double)w->features[i] * (double)(i % 7);
    return sum;
}

static void time_layers(const net *n, worker *w, double seconds)
{
    static const char *const names[] = { "stem", "expand", "depthwise", "project", "head and mean" };
    uint8_t *hidden = bytes_new(n->map_bytes), *middle = bytes_new(n->map_bytes);
    double best[PARTS], total = 0;
    for (int p = 0; p < PARTS; p++)
        best[p] = 1e9;
    size_t runs = 0;
    for (double end = kin_clock_seconds() + seconds; runs < 3 || kin_clock_seconds() < end; runs++) {
        clock8 c = { { 0 }, 0 };
        run_layers(n, w, hidden, middle, &c);
        for (int p = 0; p < TOTAL; p++)
            best[p] = c.spent[p] < best[p] ? c.spent[p] : best[p];
    }
    for (int p = 0; p < TOTAL; p++) {
        printf("%-14s %7.1f us best\n", names[p], 1e6 * best[p]);
        total += best[p];
    }
    printf("table %s, layers added up: %.1f images/s best, checksum %.6g\n", n->kernels->name, 1 / total, checksum(w));
    free(hidden);
    free(middle);
}

typedef struct job {
    const net *n;
    worker *workers;
} job;

static void run_one(void *user, size_t worker_index, size_t i)
{
    (void)i;
    const job *j = user;
    run_strips(j->n, &j->workers[worker_index]);
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void time_strips(const net *n, worker *workers, size_t threads, double seconds)
{
    static float samples[RUNS];
    const size_t batch = threads == 1 ? 1 : 16 * threads;
    job j = { n, workers };
    size_t runs = 0;
    double end = kin_clock_seconds() + seconds;
    while (runs < 3 || (kin_clock_seconds() < end && runs < RUNS)) {
        double start = kin_clock_seconds();
        kin_parallel(threads, batch, run_one, &j);
        samples[runs++] = (float)((kin_clock_seconds() - start) / (double)batch);
    }
    qsort(samples, runs, sizeof samples[0], compare_floats);
    printf("strips, %zu threads: %.1f images/s best, %.1f median, checksum %.6g\n", threads, 1 / (double)samples[0],
           1 / (double)samples[runs / 2], checksum(&workers[0]));
}

int main(int count, char **words)
{
    double seconds = count > 1 ? atof(words[1]) : 2;
    const kin_kernels8 *kernels = count > 2 ? kin_kernels8_named(words[2]) : kin_kernels8_get();
    if (!kernels) {
        fputs("bench_kernel8: this machine has no such table\n", stderr);
        return 2;
    }
    net *n = net_new(kernels);
    worker workers[THREADS];
    for (size_t t = 0; t < THREADS; t++) {
        workers[t].image = bytes_new((size_t)IMAGE * IMAGE * 3);
        for (size_t i = 0; i < (size_t)IMAGE * IMAGE * 3; i++)
            workers[t].image[i] = (uint8_t)(i * 2654435761U >> 13);
        workers[t].maps[0] = bytes_new(n->map_bytes);
        workers[t].maps[1] = bytes_new(n->map_bytes);
        workers[t].scratch = bytes_new(n->scratch_bytes);
    }
    time_layers(n, &workers[0], seconds);
    time_strips(n, workers, 1, seconds);
    time_strips(n, workers, THREADS, seconds);
    return 0;
}
