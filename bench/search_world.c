#include "search_world.h"

#include "base/checked.h"
#include "base/parallel.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { topics = 60, kinds = 100000, ways = 16, chunk = 1024 };

static void normalise(float *x, size_t dim)
{
    double squares = 0;
    for (size_t i = 0; i < dim; i++)
        squares += (double)x[i] * (double)x[i];
    for (size_t i = 0; i < dim; i++)
        x[i] = (float)((double)x[i] / sqrt(squares));
}

static void draw_direction(kin_rng *rng, float *out, size_t dim)
{
    for (size_t i = 0; i < dim; i++)
        out[i] = (float)kin_rng_normal(rng);
    normalise(out, dim);
}

/* out = wa a + wb b, of length 1. out may be either. */
static void lay_between(const float *a, double wa, const float *b, double wb, float *out, size_t dim)
{
    for (size_t i = 0; i < dim; i++)
        out[i] = (float)(wa * (double)a[i] + wb * (double)b[i]);
    normalise(out, dim);
}

/* up_to[i]: the share of ranks 0 .. i where rank r weighs 1 / (r + offset). */
static void shares(double *up_to, size_t n, double offset)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        up_to[i] = sum += 1 / ((double)i + offset);
    for (size_t i = 0; i < n; i++)
        up_to[i] /= sum;
}

static size_t pick(const double *up_to, size_t n, double u)
{
    size_t least = 0, most = n - 1;
    while (least < most) {
        size_t middle = (least + most) / 2;
        if (up_to[middle] < u)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

static void make(search_world *world, float *topic, double *popular)
{
    size_t dim = world->dim;
    kin_rng rng;
    kin_rng_seed(&rng, 1);
    float *common = topic + topics * dim;
    draw_direction(&rng, common, dim);
    shares(popular, topics, 5);
    shares(world->up_to, kinds, 10);
    for (size_t t = 0; t < topics; t++) {
        draw_direction(&rng, topic + t * dim, dim);
        lay_between(topic + t * dim, 1, common, 0.18, topic + t * dim, dim);
        for (size_t w = 0; w < ways; w++)
            draw_direction(&rng, world->directions + (t * ways + w) * dim, dim);
    }
    for (size_t i = 0; i < kinds; i++) {
        float *kind = world->kinds + i * dim;
        double share = 0.2 + 0.6 * kin_rng_uniform(&rng);
        world->topic[i] = (uint32_t)pick(popular, topics, kin_rng_uniform(&rng));
        world->width[i] = (float)(0.25 + 0.85 * kin_rng_uniform(&rng));
        draw_direction(&rng, kind, dim);
        lay_between(topic + world->topic[i] * dim, sqrt(share), kind, sqrt(1 - share), kind, dim);
    }
}

bool search_world_init(search_world *world, size_t dim)
{
    *world = (search_world) { .dim = dim };
    float *topic = kin_alloc_array(topics + 1, dim * sizeof *topic);
    double *popular = kin_alloc_array(topics, sizeof *popular);
    world->directions = kin_alloc_array(topics * ways, dim * sizeof *world->directions);
    world->kinds = kin_alloc_array(kinds, dim * sizeof *world->kinds);
    world->topic = kin_alloc_array(kinds, sizeof *world->topic);
    world->width = kin_alloc_array(kinds, sizeof *world->width);
    world->up_to = kin_alloc_array(kinds, sizeof *world->up_to);
    bool there = topic && popular && world->directions && world->kinds && world->topic && world->width && world->up_to;
    if (there)
        make(world, topic, popular);
    else
        search_world_clear(world);
    free(popular);
    free(topic);
    return there;
}

void search_world_clear(search_world *world)
{
    free(world->directions);
    free(world->kinds);
    free(world->topic);
    free(world->width);
    free(world->up_to);
    *world = (search_world) { .dim = 0 };
}

typedef struct drawing {
    const search_world *world;
    uint64_t stream, first;
    size_t n;
    float *out;
} drawing;

static void draw_item(const search_world *world, kin_rng *rng, float *out)
{
    const double any = 0.4, along = sqrt(1 - any * any);
    size_t dim = world->dim, kind = pick(world->up_to, kinds, kin_rng_uniform(rng));
    double width = (double)world->width[kind], squares = 0, weight[ways];
    for (size_t w = 0; w < ways; w++) {
        weight[w] = pow((double)w + 1, -0.25);
        squares += weight[w] * weight[w];
    }
    for (size_t i = 0; i < dim; i++)
        out[i] = (float)((double)world->kinds[kind * dim + i] +
                         width * any / sqrt((double)dim) * kin_rng_normal(rng));
    for (size_t w = 0; w < ways; w++) {
        const float *way = world->directions + (world->topic[kind] * ways + w) * dim;
        float much = (float)(width * along * weight[w] / sqrt(squares) * kin_rng_normal(rng));
        for (size_t i = 0; i < dim; i++)
            out[i] += much * way[i];
    }
    normalise(out, dim);
}

static void draw_chunk(void *user, size_t worker, size_t i)
{
    (void)worker;
    const drawing *d = user;
    kin_rng rng;
    kin_rng_seed(&rng, d->stream * 0x9e3779b97f4a7c15 + d->first / chunk + i + 1);
    size_t from = i * chunk, to = d->n - from < chunk ? d->n : from + chunk;
    for (size_t item = from; item < to; item++)
        draw_item(d->world, &rng, d->out + item * d->world->dim);
}

void search_world_draw(const search_world *world, uint64_t stream, uint64_t first, size_t n, float *out)
{
    drawing d = { world, stream, first, n, out };
    kin_parallel(kin_parallel_cores(), (n + chunk - 1) / chunk, draw_chunk, &d);
}
