/* A greedy search, as mixed-precision quantization does by measured sensitivity: every value that has a range is tried
 * without it on the pictures of the calibration, the best is kept, and so on. The worse of the two mean cosines
 * counts. */
#include "descriptor/float_layers.h"

#include "base/checked.h"
#include "base/parallel.h"
#include "descriptor/cosine.h"

#include <stdlib.h>
#include <string.h>

enum { KINDS = 2 };
/* Above what is asked of a calibration (KIN_INT8_COSINE): other pictures do worse than those looked at here. */
static const double good_enough = 0.995, least_gain = 0.001;

typedef struct trial {
    size_t value; /* tried without its range; NO_VALUE: none is */
    int code;
    double cosine;
    kin_error why;
} trial;

#define NO_VALUE SIZE_MAX

typedef struct search {
    const kin_model_files *files;
    const float *planes;
    size_t pictures, dim, each;
    const kin_net_ranges *ranges;
    float *exact; /* [KINDS * pictures, dim] */
    trial *trials;
} search;

static int run_all(const search *s, const kin_net_ranges *ranges, float *vectors, kin_error *err)
{
    kin_net *net = NULL;
    kin_runner *runner = NULL;
    int code = kin_model_files_net(s->files, ranges, &net, err);
    if (code == KIN_OK)
        code = kin_runner_new(net, &runner, err);
    for (size_t i = 0; code == KIN_OK && i < KINDS * s->pictures; i++)
        kin_runner_run(runner, s->planes + i * s->each, vectors + i * s->dim);
    kin_runner_free(runner);
    kin_net_free(net);
    return code;
}

static double worse_mean(const search *s, const float *vectors)
{
    double sums[KINDS] = { 0, 0 };
    for (size_t i = 0; i < KINDS * s->pictures; i++)
        sums[i % KINDS] += kin_cosine(s->exact + i * s->dim, vectors + i * s->dim, s->dim);
    return (sums[0] < sums[1] ? sums[0] : sums[1]) / (double)s->pictures;
}

static void try_one(void *user, size_t worker, size_t i)
{
    (void)worker;
    const search *s = user;
    trial *t = &s->trials[i];
    kin_net_ranges ranges = { s->ranges->count, kin_alloc_array(2 * s->ranges->count, sizeof *ranges.bounds) };
    float *vectors = kin_alloc_array(KINDS * s->pictures * s->dim, sizeof *vectors);
    t->code = ranges.bounds && vectors ? KIN_OK : kin_fail_memory(&t->why);
    if (t->code == KIN_OK) {
        memcpy(ranges.bounds, s->ranges->bounds, 2 * ranges.count * sizeof *ranges.bounds);
        if (t->value != NO_VALUE)
            ranges.bounds[2 * t->value] = ranges.bounds[2 * t->value + 1] = 0;
        t->code = run_all(s, &ranges, vectors, &t->why);
    }
    if (t->code == KIN_OK)
        t->cosine = worse_mean(s, vectors);
    free(vectors);
    kin_net_ranges_clear(&ranges);
}

/* The first trial keeps all ranges; one for each value that has one. */
static size_t list_trials(search *s)
{
    size_t n = 1;
    s->trials[0] = (trial) { .value = NO_VALUE };
    for (size_t v = 0; v < s->ranges->count; v++)
        if (s->ranges->bounds[2 * v] < s->ranges->bounds[2 * v + 1])
            s->trials[n++] = (trial) { .value = v };
    return n;
}

/* *best: the value whose range is to go; NO_VALUE for none. */
static int round_of_trials(search *s, size_t threads, size_t *best, kin_error *err)
{
    size_t n = list_trials(s);
    *best = NO_VALUE;
    try_one(s, 0, 0);
    if (s->trials[0].code == KIN_OK && s->trials[0].cosine >= good_enough)
        return KIN_OK;
    kin_parallel(threads, n, try_one, s);
    double highest = s->trials[0].cosine + least_gain;
    for (size_t i = 0; i < n; i++) {
        const trial *t = &s->trials[i];
        if (t->code != KIN_OK)
            return kin_fail(err, t->code, "%s", t->why.message);
        if (i > 0 && t->cosine > highest) {
            highest = t->cosine;
            *best = t->value;
        }
    }
    return KIN_OK;
}

int kin_float_layers_choose(const kin_model_files *files, const float *planes, size_t pictures, size_t threads,
                            kin_net_ranges *ranges, size_t *taken, kin_error *err)
{
    search s = { .files = files, .planes = planes, .pictures = pictures, .ranges = ranges };
    kin_net *net = NULL;
    size_t best = NO_VALUE;
    int code = kin_model_files_net(files, NULL, &net, err);
    if (code != KIN_OK)
        return code;
    const kin_net_info *info = kin_net_about(net);
    s.dim = info->output_count;
    s.each = info->channels * info->height * info->width;
    kin_net_free(net);
    s.exact = kin_alloc_array(KINDS * pictures * s.dim, sizeof *s.exact);
    s.trials = kin_alloc_array(ranges->count + 1, sizeof *s.trials);
    code = s.exact && s.trials ? run_all(&s, NULL, s.exact, err) : kin_fail_memory(err);
    for (*taken = 0; code == KIN_OK && *taken < KIN_FLOAT_LAYERS_MOST; ++*taken) {
        code = round_of_trials(&s, threads, &best, err);
        if (code != KIN_OK || best == NO_VALUE)
            break;
        ranges->bounds[2 * best] = ranges->bounds[2 * best + 1] = 0;
    }
    free(s.exact);
    free(s.trials);
    return code;
}
