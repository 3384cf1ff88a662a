/* Times the float kernels on the shape of EfficientNet-Lite0 (Tan & Le 2019 without squeeze-excite, 224 x 224, 0.77
 * GFLOP) with random weights: layer by layer, then the whole net with its inverted residual blocks run in strips,
 * on one thread and on two (an image each).
 *
 * usage: bench_kernel [seconds [table]]   tables: plain blas avx2 avx512 */
#include "base/checked.h"
#include "base/clock.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "kernel/blas.h"
#include "kernel/inverted.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGE = 224, LAYERS = 64, BLOCKS = 20, THREADS = 2, RUNS = 4096, FEATURES = 1280 };

typedef enum layer_kind { STEM, LINEAR, DEPTHWISE, MEAN } layer_kind;

typedef struct layer {
    layer_kind kind;
    size_t in, out, in_size, out_size; /* channels; rows = columns */
    kin_conv conv;
    kin_linear linear;
    kin_depthwise depthwise;
    bool residual;
    double operations;
    float samples[RUNS];
} layer;

typedef struct net {
    const kin_kernels *kernels;
    layer layers[LAYERS];
    size_t count;
    kin_inverted blocks[BLOCKS]; /* the strip form: stem, blocks, head, mean */
    size_t block_count;
    size_t floats; /* of the largest map */
    size_t scratch_floats;
    kin_rng rng;
} net;

/* What one thread needs. maps: block input and output, expanded, depthwise output. */
typedef struct worker {
    float *image, *maps[4], *scratch, features[FEATURES];
} worker;

static float *floats_new(size_t n)
{
    float *floats = kin_alloc_aligned(n, sizeof *floats);
    if (!floats) {
        fputs("bench_kernel: out of memory\n", stderr);
        exit(1);
    }
    memset(floats, 0, n * sizeof *floats);
    return floats;
}

static float *random_new(kin_rng *rng, size_t n, double range)
{
    float *floats = floats_new(n);
    for (size_t i = 0; i < n; i++)
        floats[i] = (float)(range * (2 * kin_rng_uniform(rng) - 1));
    return floats;
}

static kin_window square_window(size_t size, size_t kernel, size_t stride)
{
    size_t out = (size - 1) / stride + 1;
    return (kin_window) { size, size, out, out, kernel, kernel, stride, stride, 1, 1, kernel / 2, kernel / 2 };
}

static void pack_layer(net *n, layer *l, const float *weights)
{
    const kin_kernels *k = n->kernels;
    if (l->kind == STEM) {
        float *packed = floats_new(k->conv_size(&l->conv));
        k->conv_pack(&l->conv, weights, NULL, packed);
        l->conv.packed = packed;
        n->scratch_floats = k->conv_scratch(&l->conv);
    } else if (l->kind == LINEAR) {
        float *packed = floats_new(k->linear_size(l->in, l->out));
        k->linear_pack(l->in, l->out, weights, l->in, 1, NULL, packed);
        l->linear.packed = packed;
    } else if (l->kind == DEPTHWISE) {
        float *packed = floats_new(k->depthwise_size(&l->depthwise));
        k->depthwise_pack(&l->depthwise, weights, NULL, packed);
        l->depthwise.packed = packed;
    }
}

static layer *add_layer(net *n, layer_kind kind, size_t in, size_t out, size_t size, size_t kernel, size_t stride,
                        bool clipped)
{
    layer *l = &n->layers[n->count++];
    kin_act act = clipped ? (kin_act) { KIN_ACT_CLIP, 0, 6 } : KIN_NO_ACT;
    kin_window window = square_window(size, kernel, stride);
    size_t terms = kind == DEPTHWISE ? kernel * kernel : in * kernel * kernel;
    *l = (layer) { .kind = kind, .in = in, .out = out, .in_size = size, .out_size = window.out_h };
    l->operations = kind == MEAN ? 0 : 2.0 * (double)(out * window.out_h * window.out_w) * (double)terms;
    l->conv = (kin_conv) { window, in, out, 1, NULL, act };
    l->linear = (kin_linear) { in, out, NULL, act };
    l->depthwise = (kin_depthwise) { window, in, NULL, act };
    float *weights = random_new(&n->rng, terms * out, sqrt(3 / (double)terms));
    pack_layer(n, l, weights);
    free(weights);
    size_t floats = kin_blocked_size(out, l->out_size * l->out_size);
    n->floats = floats > n->floats ? floats : n->floats;
    return l;
}

static void add_block(net *n, size_t in, size_t expansion, size_t out, size_t size, size_t kernel, size_t stride)
{
    size_t hidden = in * expansion;
    layer *expand = expansion > 1 ? add_layer(n, LINEAR, in, hidden, size, 1, 1, true) : NULL;
    layer *depthwise = add_layer(n, DEPTHWISE, hidden, hidden, size, kernel, stride, true);
    layer *project = add_layer(n, LINEAR, hidden, out, depthwise->out_size, 1, 1, false);
    project->residual = stride == 1 && in == out;
    kin_inverted *block = &n->blocks[n->block_count++];
    *block = (kin_inverted) { expand ? &expand->linear : NULL, depthwise->depthwise, project->linear, 0 };
    block->strip = kin_inverted_strip(block);
    size_t scratch = kin_inverted_scratch(block);
    n->scratch_floats = scratch > n->scratch_floats ? scratch : n->scratch_floats;
}

static net *net_new(const kin_kernels *kernels)
{
    static const size_t stages[][5] = { { 1, 16, 1, 1, 3 }, { 6, 24, 2, 2, 3 },  { 6, 40, 2, 2, 5 },
                                        { 6, 80, 3, 2, 3 }, { 6, 112, 3, 1, 5 }, { 6, 192, 4, 2, 5 },
                                        { 6, 320, 1, 1, 3 } };
    net *n = calloc(1, sizeof *n);
    if (!n)
        exit(1);
    n->kernels = kernels;
    kin_rng_seed(&n->rng, 1);
    add_layer(n, STEM, 3, 32, IMAGE, 3, 2, true);
    size_t channels = 32, size = IMAGE / 2;
    for (size_t s = 0; s < sizeof stages / sizeof stages[0]; s++)
        for (size_t i = 0; i < stages[s][2]; i++) {
            size_t stride = i == 0 ? stages[s][3] : 1;
            add_block(n, channels, stages[s][0], stages[s][1], size, stages[s][4], stride);
            channels = stages[s][1];
            size = (size - 1) / stride + 1;
        }
    add_layer(n, LINEAR, channels, FEATURES, size, 1, 1, true);
    add_layer(n, MEAN, FEATURES, FEATURES, size, 1, 1, false);
    return n;
}

static kin_view view_of(const net *n, float *data, size_t channels, size_t size)
{
    return n->kernels->blocked ? kin_view_blocked(data, size * size) : kin_view_last(data, channels);
}

static void run_layer(const net *n, const layer *l, worker *w, float *from, float *to)
{
    const kin_kernels *k = n->kernels;
    size_t pixels = l->out_size * l->out_size;
    kin_view x = view_of(n, from, l->in, l->in_size), y = view_of(n, to, l->out, l->out_size), r = KIN_NO_VIEW;
    if (l->residual)
        r = view_of(n, w->maps[0], l->out, l->out_size);
    if (l->kind == STEM)
        k->conv(&l->conv, kin_view_last(from, l->in), r, y, w->scratch);
    else if (l->kind == LINEAR)
        k->linear(&l->linear, 0, kin_blocks(l->out), x, r, y, pixels);
    else if (l->kind == DEPTHWISE)
        k->depthwise(&l->depthwise, 0, kin_blocks(l->out), x, l->in_size, y, 0, l->out_size);
    else
        k->global_mean(x, l->out, pixels, w->features);
}

static void swap_maps(worker *w)
{
    float *kept = w->maps[0];
    w->maps[0] = w->maps[1];
    w->maps[1] = kept;
}

/* Block inputs are in maps[0]; a projection, which follows a depthwise, ends a block. */
static void run_layers(net *n, worker *w, size_t run)
{
    for (size_t i = 0; i < n->count; i++) {
        layer *l = &n->layers[i];
        bool in_block = i > 0 && i + 2 < n->count, projects = in_block && n->layers[i - 1].kind == DEPTHWISE;
        bool expanded = l->kind == DEPTHWISE && n->layers[i - 1].kind == LINEAR && i > 1;
        bool expands = in_block && l->kind == LINEAR && !projects;
        float *from = l->kind == STEM ? w->image : projects ? w->maps[3] : expanded ? w->maps[2] : w->maps[0];
        float *to = l->kind == DEPTHWISE ? w->maps[3] : expands ? w->maps[2] : w->maps[1];
        double start = kin_clock_seconds();
        run_layer(n, l, w, from, to);
        l->samples[run] = (float)(kin_clock_seconds() - start);
        if (to == w->maps[1])
            swap_maps(w);
    }
}

static void run_strips(const net *n, worker *w)
{
    const layer *stem = &n->layers[0], *head = &n->layers[n->count - 2], *mean = &n->layers[n->count - 1];
    run_layer(n, stem, w, w->image, w->maps[0]);
    for (size_t b = 0; b < n->block_count; b++) {
        const kin_inverted *block = &n->blocks[b];
        const kin_window *window = &block->depthwise.window;
        size_t in = block->expand ? block->expand->in : block->depthwise.channels;
        kin_view x = view_of(n, w->maps[0], in, window->in_h);
        kin_view y = view_of(n, w->maps[1], block->project.out, window->out_h);
        bool residual = window->stride_h == 1 && in == block->project.out;
        kin_inverted_run(n->kernels, block, x, residual ? x : KIN_NO_VIEW, y, w->scratch);
        swap_maps(w);
    }
    run_layer(n, head, w, w->maps[0], w->maps[1]);
    run_layer(n, mean, w, w->maps[1], w->maps[0]);
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void print_layers(net *n, size_t runs)
{
    double best = 0, median = 0;
    for (size_t i = 0; i < n->count; i++) {
        layer *l = &n->layers[i];
        static const char *const names[] = { "conv", "1x1", "depthwise", "mean" };
        qsort(l->samples, runs, sizeof l->samples[0], compare_floats);
        double fast = (double)l->samples[0], middle = (double)l->samples[runs / 2];
        printf("%-9s %4zu -> %4zu  %3zu -> %3zu  %7.1f us  %6.1f GFLOP/s best  %6.1f median\n", names[l->kind], l->in,
               l->out, l->in_size, l->out_size, 1e6 * fast, l->operations / fast / 1e9, l->operations / middle / 1e9);
        best += fast;
        median += middle;
    }
    printf("layers added up: %.1f images/s best, %.1f median\n", 1 / best, 1 / median);
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

static void time_strips(const net *n, worker *workers, size_t threads, double seconds)
{
    static float samples[RUNS];
    const size_t batch = threads == 1 ? 1 : 8 * threads;
    job j = { n, workers };
    size_t runs = 0;
    double end = kin_clock_seconds() + seconds;
    while (runs < 3 || (kin_clock_seconds() < end && runs < RUNS)) {
        double start = kin_clock_seconds();
        kin_parallel(threads, batch, run_one, &j);
        samples[runs++] = (float)((kin_clock_seconds() - start) / (double)batch);
    }
    qsort(samples, runs, sizeof samples[0], compare_floats);
    printf("strips, %zu threads: %.1f images/s best, %.1f median\n", threads, 1 / (double)samples[0],
           1 / (double)samples[runs / 2]);
}

static double checksum(const worker *w)
{
    double sum = 0;
    for (size_t i = 0; i < FEATURES; i++)
        sum += (double)w->features[i] * (double)(i % 7);
    return sum;
}

int main(int count, char **words)
{
    double seconds = count > 1 ? atof(words[1]) : 2;
    const kin_kernels *kernels = count > 2 ? kin_kernels_named(words[2]) : kin_kernels_get();
    if (!kernels) {
        fputs("bench_kernel: this machine has no such table\n", stderr);
        return 2;
    }
    kin_blas_threads(1);
    net *n = net_new(kernels);
    worker workers[THREADS];
    for (size_t t = 0; t < THREADS; t++) {
        workers[t].image = random_new(&n->rng, (size_t)IMAGE * IMAGE * 3, 1);
        for (size_t i = 0; i < 4; i++)
            workers[t].maps[i] = floats_new(n->floats);
        workers[t].scratch = floats_new(n->scratch_floats);
    }
    size_t runs = 0;
    run_layers(n, &workers[0], 0);
    for (double end = kin_clock_seconds() + seconds; runs < RUNS && (runs < 3 || kin_clock_seconds() < end); runs++)
        run_layers(n, &workers[0], runs);
    double layered = checksum(&workers[0]);
    printf("table %s, %zu runs, %s\n", kernels->name, runs, kin_blas_name());
    print_layers(n, runs);
    time_strips(n, workers, 1, seconds);
    printf("checksum %.6g by layers, %.6g by strips\n", layered, checksum(&workers[0]));
    time_strips(n, workers, THREADS, seconds);
    return 0;
}
