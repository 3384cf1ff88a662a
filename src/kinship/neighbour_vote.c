/* The 20 nearest voters of another asset, each weighing exp(10 (s - s1)) where s is its cosine and s1 the nearest's: a
 * vote that hardly changes with the number of neighbours. */
#include "kinship/neighbour_vote.h"

#include "base/checked.h"
#include "base/rng.h"
#include "kernel/blas.h"

#include <math.h>
#include <stdlib.h>

enum { most_voter_floats = 1 << 24, seed = 20240607 };

static const double sharpness = 10;
static const float same_to_the_eye = 0.9999F;

/* Strata: labelled a, labelled b, the rest. */
static int stratum_of(int32_t label, int32_t a, int32_t b)
{
    if (label < 0)
        return -1;
    return label == a ? 0 : label == b ? 1 : 2;
}

static size_t most_voters(size_t dim)
{
    size_t most = most_voter_floats / dim;
    return most < kin_vote_sample ? most : kin_vote_sample;
}

/* How many of each stratum vote. */
static void share_out(const size_t sizes[3], size_t most, size_t want[3])
{
    size_t all = sizes[0] + sizes[1] + sizes[2];
    for (int s = 0; s < 3; s++) {
        want[s] = all <= most ? sizes[s] : (size_t)((double)most * ((double)sizes[s] / (double)all));
        size_t least = s == 2 ? 0 : kin_vote_least;
        if (want[s] < least)
            want[s] = sizes[s] < least ? sizes[s] : least;
    }
}

static void draw(kin_voters *voters, int32_t a, int32_t b, int64_t *pool, const size_t sizes[3], const size_t want[3])
{
    const kin_kinship *kinship = voters->kinship;
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    for (int s = 0; s < 3; s++) {
        size_t n = 0;
        for (size_t i = 0; i < kinship->items.count; i++)
            if (stratum_of(kinship->label[i], a, b) == s)
                pool[n++] = (int64_t)i;
        if (want[s] < sizes[s])
            kin_rng_sample(&rng, pool, n, want[s]);
        for (size_t i = 0; i < want[s]; i++)
            voters->rows[voters->n++] = (uint32_t)pool[i];
    }
}

int kin_voters_alloc(kin_voters *voters, const kin_kinship *kinship, int32_t a, int32_t b, kin_error *err)
{
    size_t sizes[3] = { 0 }, want[3], dim = kinship->items.dim;
    for (size_t i = 0; i < kinship->items.count; i++) {
        int s = stratum_of(kinship->label[i], a, b);
        if (s >= 0)
            sizes[s]++;
    }
    share_out(sizes, most_voters(dim), want);
    size_t n = want[0] + want[1] + want[2], largest = 0;
    for (int s = 0; s < 3; s++)
        largest = sizes[s] > largest ? sizes[s] : largest;
    *voters = (kin_voters) { .kinship = kinship };
    voters->rows = kin_alloc_array(n, sizeof *voters->rows);
    voters->vectors = kin_alloc_array(n, dim * sizeof *voters->vectors);
    int64_t *pool = kin_alloc_array(largest, sizeof *pool);
    int code = voters->rows && voters->vectors && pool ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK) {
        draw(voters, a, b, pool, sizes, want);
        kin_kinship__load(kinship, voters->rows, voters->n, voters->vectors, dim);
    }
    free(pool);
    return code;
}

void kin_voters_clear(kin_voters *voters)
{
    free(voters->rows);
    free(voters->vectors);
    *voters = (kin_voters) { 0 };
}

size_t kin_voters_scratch(const kin_voters *voters, size_t n)
{
    return voters->n * n;
}

typedef struct neighbour {
    size_t voter;
    float similarity;
} neighbour;

/* The nearest of similarity[n] that may vote, nearest first; equal ones in the voters' order. */
static size_t nearest(const kin_voters *voters, const float *similarity, const uint32_t *row,
                      neighbour best[kin_vote_neighbours])
{
    const int64_t *asset = voters->kinship->items.asset;
    size_t found = 0;
    for (size_t i = 0; i < voters->n; i++) {
        if (found == kin_vote_neighbours && similarity[i] <= best[found - 1].similarity)
            continue;
        if (row ? asset[voters->rows[i]] == asset[*row] : similarity[i] > same_to_the_eye)
            continue;
        size_t at = found < kin_vote_neighbours ? found++ : found - 1;
        for (; at > 0 && best[at - 1].similarity < similarity[i]; at--)
            best[at] = best[at - 1];
        best[at] = (neighbour) { i, similarity[i] };
    }
    return found;
}

static kin_vote count(const kin_voters *voters, const neighbour *best, size_t found, int32_t a, int32_t b)
{
    double weights[kin_vote_neighbours], all = 0, for_a = 0, for_b = 0;
    int32_t labels[kin_vote_neighbours];
    kin_vote vote = { 0, (int)found, 0, 0 };
    for (size_t i = 0; i < found; i++) {
        labels[i] = voters->kinship->label[voters->rows[best[i].voter]];
        weights[i] = exp(sharpness * ((double)best[i].similarity - (double)best[0].similarity));
        all += weights[i];
        for_a += labels[i] == a ? weights[i] : 0;
        vote.a += labels[i] == a;
        vote.b += b >= 0 ? labels[i] == b : labels[i] != a;
    }
    for (size_t i = 0; i < found; i++) {
        double same = 0;
        if (labels[i] == a || (b >= 0 && labels[i] != b))
            continue;
        for (size_t j = 0; j < found; j++)
            same += labels[j] == labels[i] ? weights[j] : 0;
        for_b = same > for_b ? same : for_b;
    }
    vote.margin = found ? (for_b - for_a) / all : 0;
    return vote;
}

void kin_voters_ask(const kin_voters *voters, int32_t a, int32_t b, const uint32_t *rows, const float *vectors,
                    size_t n, float *scratch, kin_vote *votes)
{
    size_t dim = voters->kinship->items.dim;
    neighbour best[kin_vote_neighbours];
    if (n > 0 && voters->n > 0)
        kin_gemm_nt(n, voters->n, dim, 1, vectors, dim, voters->vectors, dim, 0, scratch, voters->n);
    for (size_t i = 0; i < n; i++) {
        size_t found = nearest(voters, scratch + i * voters->n, rows ? &rows[i] : NULL, best);
        votes[i] = count(voters, best, found, a, b);
    }
}
