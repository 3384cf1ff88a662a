#include "kinship_world.h"

#include "base/checked.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static kinship_world empty_world(size_t count, size_t dim)
{
    kinship_world w = { .count = count, .dim = dim };
    w.given = bench_must_have(kin_alloc_array(count, sizeof *w.given));
    w.right = bench_must_have(kin_alloc_array(count, sizeof *w.right));
    w.asset = bench_must_have(kin_alloc_array(count, sizeof *w.asset));
    return w;
}

kinship_world kinship_world_of(const described_set *set)
{
    kinship_world w = empty_world(set->count, set->dim);
    w.labels = set->labels.count;
    w.names = described_set_names(set);
    w.vectors = set->vectors;
    for (size_t i = 0; i < set->count; i++) {
        w.given[i] = w.right[i] = (int32_t)set->items[i].label;
        w.asset[i] = (int64_t)set->items[i].image;
    }
    return w;
}

void kinship_world_clear(kinship_world *world)
{
    free(world->names);
    free(world->given);
    free(world->right);
    free(world->asset);
    *world = (kinship_world) { .count = 0 };
}

static int read_rows(void *user, size_t first, size_t n, float *vectors, kin_error *err)
{
    const kinship_world *w = user;
    (void)err;
    memcpy(vectors, w->vectors + first * w->dim, n * w->dim * sizeof *vectors);
    return KIN_OK;
}

kin_kinship_items kinship_world_items(const kinship_world *world)
{
    void *user;
    memcpy(&user, &world, sizeof user); /* read_rows only reads it */
    return (kin_kinship_items) { world->count, world->dim, world->labels, world->given, world->asset, read_rows, user, NULL, 0 };
}

/* ---- truth ---- */

/* Cuts a line at its commas, in place. */
static size_t cut(char *line, char *cells[], size_t most)
{
    size_t n = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *at = line; at && n < most; n++) {
        cells[n] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = '\0';
    }
    return n;
}

static size_t find_column(char *cells[], size_t n, const char *name, const char *path)
{
    kin_error err = KIN_ERROR_INIT;
    for (size_t i = 0; i < n; i++)
        if (strcmp(cells[i], name) == 0)
            return i;
    bench_must(kin_fail(&err, KIN_E_FORMAT, "%s has no column %s", path, name), &err);
    return 0;
}

/* item -> number of its right label. */
static kin_table read_truth(described_set *set, const char *path, const char *key, const char *column)
{
    enum { most_cells = 64 };
    kin_table truth = KIN_TABLE_INIT;
    kin_error err = KIN_ERROR_INIT;
    char line[4096], *cells[most_cells];
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file))
        bench_must(kin_fail_errno(&err, "read", path), &err);
    size_t n = cut(line, cells, most_cells), item = find_column(cells, n, key, path);
    size_t right = find_column(cells, n, column, path);
    while (fgets(line, sizeof line, file)) {
        n = cut(line, cells, most_cells);
        if (item >= n || right >= n || !*cells[right])
            continue;
        const int64_t *label =
            bench_must_have(kin_table_add(&set->labels, cells[right], (int64_t)set->labels.count, NULL));
        bench_must_have(kin_table_add(&truth, cells[item], *label, NULL));
    }
    (void)fclose(file);
    return truth;
}

void kinship_world_truth(kinship_world *world, described_set *set, const char *path, const char *key,
                         const char *column)
{
    kin_table truth = read_truth(set, path, key, column);
    for (size_t i = 0; i < world->count; i++) {
        char name[4096];
        const described_item *item = &set->items[i];
        (void)snprintf(name, sizeof name, item->shape ? "%s#%s" : "%s", item->path, item->shape);
        const int64_t *label = kin_table_find(&truth, name);
        kin_error err = KIN_ERROR_INIT;
        bench_must(label ? KIN_OK : kin_fail(&err, KIN_E_FORMAT, "%s says nothing of %s", path, name), &err);
        world->right[i] = (int32_t)*label;
    }
    kin_table_clear(&truth);
    free(world->names);
    world->names = described_set_names(set);
    world->labels = set->labels.count;
}

/* ---- planted noise ---- */

static double cosine(const kinship_world *w, size_t item, const double *centre)
{
    double sum = 0;
    for (size_t d = 0; d < w->dim; d++)
        sum += (double)w->vectors[item * w->dim + d] * centre[d];
    return sum;
}

/* Which of the two clusters each of items[n] is in. */
static void split(const kinship_world *w, const int64_t *items, size_t n, const int64_t start[2], bool *second)
{
    double *centres = bench_must_have(kin_alloc_zeroed(2 * w->dim, sizeof *centres));
    for (size_t d = 0; d < 2 * w->dim; d++)
        centres[d] = (double)w->vectors[(size_t)start[d / w->dim] * w->dim + d % w->dim];
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < n; i++) {
            size_t item = (size_t)items[i];
            second[i] = cosine(w, item, centres + w->dim) > cosine(w, item, centres);
        }
        memset(centres, 0, 2 * w->dim * sizeof *centres);
        for (size_t i = 0; i < n; i++)
            for (size_t d = 0; d < w->dim; d++)
                centres[(second[i] ? w->dim : 0) + d] += (double)w->vectors[(size_t)items[i] * w->dim + d];
        for (size_t c = 0; c < 2; c++) {
            double square = 0;
            for (size_t d = 0; d < w->dim; d++)
                square += centres[c * w->dim + d] * centres[c * w->dim + d];
            for (size_t d = 0; d < w->dim && square > 0; d++)
                centres[c * w->dim + d] /= sqrt(square);
        }
    }
    free(centres);
}

void kinship_world_plant(kinship_world *world, int32_t class, double share, uint64_t seed)
{
    int64_t *items = bench_must_have(kin_alloc_array(world->count, sizeof *items));
    bool *second = bench_must_have(kin_alloc_zeroed(world->count, sizeof *second));
    size_t n = 0, seconds = 0, kept = 0;
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (size_t i = 0; i < world->count; i++)
        if (world->right[i] == class)
            items[n++] = (int64_t)i;
    if (n >= 2) {
        kin_rng_sample(&rng, items, n, n);
        split(world, items, n, (const int64_t[2]) { items[0], items[1] }, second);
    }
    for (size_t i = 0; i < n; i++)
        seconds += second[i];
    for (size_t i = 0; i < n; i++)
        if (second[i] == (2 * seconds > n))
            items[kept++] = items[i];
    size_t wrong = (size_t)(share * (double)kept + 0.5);
    int32_t other = (int32_t)(((uint64_t) class + 1 + kin_rng_below(&rng, world->labels - 1)) % world->labels);
    kin_rng_sample(&rng, items, kept, wrong);
    for (size_t i = 0; i < wrong; i++)
        world->given[items[i]] = other;
    free(items);
    free(second);
}

/* ---- synthetic ---- */

kinship_world kinship_world_synthetic(size_t count, size_t dim, size_t labels, size_t clusters, uint64_t seed)
{
    kinship_world w = empty_world(count, dim);
    w.labels = labels;
    float *vectors = bench_must_have(kin_alloc_array(count, dim * sizeof *vectors));
    float *centres = bench_must_have(kin_alloc_array(clusters, dim * sizeof *centres));
    double unit = 1 / sqrt((double)dim);
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (size_t i = 0; i < clusters * dim; i++)
        centres[i] = (float)(unit * kin_rng_normal(&rng));
    for (size_t i = 0; i < count; i++) {
        size_t cluster = i % clusters;
        double square = 0;
        w.right[i] = w.given[i] = (int32_t)(cluster % labels);
        w.asset[i] = (int64_t)(i / 4);
        if (cluster == labels + 1 && kin_rng_uniform(&rng) < 0.5)
            w.given[i] = 0;
        for (size_t d = 0; d < dim; d++) {
            /* Three uniforms are normal enough, and quick. */
            uint64_t bits = kin_rng_next(&rng);
            double noise =
                ((double)(bits & 0x1fffff) + (double)(bits >> 21 & 0x1fffff) + (double)(bits >> 42 & 0x1fffff)) /
                    0x1fffff -
                1.5;
            double x = (double)centres[cluster * dim + d] + 2 * unit * noise;
            vectors[i * dim + d] = (float)x;
            square += x * x;
        }
        for (size_t d = 0; d < dim; d++)
            vectors[i * dim + d] /= (float)sqrt(square);
    }
    free(centres);
    w.vectors = vectors;
    return w;
}
