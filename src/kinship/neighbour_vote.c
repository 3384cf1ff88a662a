/* The 20 nearest voters of another asset, each weighing exp(10 (s - s1)) where s is its cosine and s1 the nearest's: a
 * vote that hardly changes with the number of neighbours. Cosines are made for some hundred items and voters at a time:
 * enough for the matrix product to be at its best, and few enough to stay in the cache until they are looked at. */
#include "kinship/neighbour_vote.h"

#include "base/checked.h"
#include "base/rng.h"
#include "kernel/blas.h"

#include <math.h>
#include <stdlib.h>

enum { most_voter_floats = 1 << 24, asked_at_once = 256, voters_at_once = 1024, seed = 20240607 };

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

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t kin_voters_scratch(const kin_voters *voters, size_t n)
{
    return smaller(voters->n, voters_at_once) * smaller(n, asked_at_once);
}

typedef struct neighbour {
    uint32_t voter;
    float similarity;
} neighbour;

/* Nearest first; equal ones in the voters' order. */
typedef struct nearest {
    neighbour best[kin_vote_neighbours];
    size_t found;
} nearest;

/* Takes those of the voters first .. first + n - 1, with similarity[n], that may vote and are near enough. */
static void take_nearest(const kin_voters *voters, size_t first, const float *similarity, size_t n, const uint32_t *row,
                         nearest *to)
{
    const int64_t *asset = voters->kinship->items.asset;
    neighbour *best = to->best;
    for (size_t i = 0; i < n; i++) {
        if (to->found == kin_vote_neighbours && similarity[i] <= best[to->found - 1].similarity)
            continue;
        if (row ? asset[voters->rows[first + i]] == asset[*row] : similarity[i] > same_to_the_eye)
            continue;
        size_t at = to->found < kin_vote_neighbours ? to->found++ : to->found - 1;
        for (; at > 0 && best[at - 1].similarity < similarity[i]; at--)
            best[at] = best[at - 1];
        best[at] = (neighbour) { (uint32_t)(first + i), similarity[i] };
    }
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

static void ask_some(const kin_voters *voters, int32_t a, int32_t b, const uint32_t *rows, const float *vectors,
                     size_t n, float *scratch, kin_vote *votes)
{
    size_t dim = voters->kinship->items.dim;
    nearest found[asked_at_once];
    for (size_t i = 0; i < n; i++)
        found[i].found = 0;
    for (size_t first = 0; first < voters->n; first += voters_at_once) {
        size_t some = smaller(voters->n - first, voters_at_once);
        kin_gemm_nt(n, some, dim, 1, vectors, dim, voters->vectors + first * dim, dim, 0, scratch, some);
        for (size_t i = 0; i < n; i++)
            take_nearest(voters, first, scratch + i * some, some, rows ? &rows[i] : NULL, &found[i]);
    }
    for (size_t i = 0; i < n; i++)
        votes[i] = count(voters, found[i].best, found[i].found, a, b);
}

void kin_voters_ask(const kin_voters *voters, int32_t a, int32_t b, const uint32_t *rows, const float *vectors,
                    size_t n, float *scratch, kin_vote *votes)
{
    for (size_t first = 0; first < n; first += asked_at_once)
        ask_some(voters, a, b, rows ? rows + first : NULL, vectors + first * voters->kinship->items.dim,
                 smaller(n - first, asked_at_once), scratch, votes + first);
}
