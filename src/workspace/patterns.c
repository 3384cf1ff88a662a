/* Known mistakes by given and right label, and what the descriptors say of each such group. Of a very large group, or
 * label, a seeded sample is looked at. */
#include "kin/patterns.h"
#include "workspace/pattern_name.h"

#include "base/checked.h"
#include "base/rng.h"
#include "kernel/blas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { members_most = 300, pool_most = 1000, sets = 999, seed = 7, block = 256 };

struct kin_patterns_memory {
    kin_arena arena;
};

/* A known mistake. */
typedef struct mistake {
    int32_t given, right;
    uint32_t row;
} mistake;

typedef struct board {
    kin_workspace *workspace;
    const kin_corpus *corpus;
    const kin_kinship *kinship;
    kin_arena *arena; /* the result's */
    mistake *mistakes;
    size_t count;
} board;

/* The group at hand. */
typedef struct group {
    int32_t given, right;
    uint32_t *members; /* [n] rows; a sample where the pattern is very large */
    size_t n;
    float *vectors; /* [n, dim] */
    uint32_t *left; /* [left_count] rows of the label without a verdict */
    size_t left_count;
} group;

static int by_pattern(const void *left, const void *right)
{
    const mistake *a = left, *b = right;
    if (a->given != b->given)
        return a->given < b->given ? -1 : 1;
    if (a->right != b->right)
        return a->right < b->right ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static int list_mistakes(board *b, kin_patterns *out, kin_error *err)
{
    const kin_corpus *corpus = b->corpus;
    b->mistakes = kin_alloc_array(corpus->verdicts_count, sizeof *b->mistakes);
    if (!b->mistakes)
        return kin_fail_memory(err);
    for (size_t i = 0; i < corpus->verdicts_count; i++) {
        const kin_corpus_verdict *verdict = &corpus->verdicts[i];
        if (!kin_corpus__is_mistake(verdict))
            continue;
        int32_t given = corpus->label[verdict->row];
        out->mistakes++;
        if (given >= 0 && verdict->right >= 0)
            b->mistakes[b->count++] = (mistake) { given, verdict->right, verdict->row };
        else
            out->unnamed++;
    }
    if (b->count > 0)
        qsort(b->mistakes, b->count, sizeof *b->mistakes, by_pattern);
    return KIN_OK;
}

/* ---- Samples ---- */

/* The first `most` of rows[*n] become a random sample, ascending. */
static int sample_rows(uint32_t *rows, size_t *n, size_t most, kin_error *err)
{
    if (*n <= most)
        return KIN_OK;
    int64_t *places = kin_alloc_array(*n, sizeof *places);
    uint8_t *kept = kin_alloc_zeroed(*n, 1);
    if (places && kept) {
        kin_rng rng;
        kin_rng_seed(&rng, seed);
        for (size_t i = 0; i < *n; i++)
            places[i] = (int64_t)i;
        kin_rng_sample(&rng, places, *n, most);
        for (size_t i = 0; i < most; i++)
            kept[places[i]] = 1;
        size_t at = 0;
        for (size_t i = 0; i < *n; i++)
            if (kept[i])
                rows[at++] = rows[i];
        *n = most;
    }
    bool ok = places && kept;
    free(places);
    free(kept);
    return ok ? KIN_OK : kin_fail_memory(err);
}

static int load_group(const board *b, const mistake *first, size_t n, group *g, kin_pattern *out, kin_error *err)
{
    const kin_corpus *corpus = b->corpus;
    size_t numbers = 0;
    *g = (group) { .given = first->given, .right = first->right, .n = n };
    g->members = kin_alloc_array(n, sizeof *g->members);
    g->left = kin_alloc_array(corpus->count, sizeof *g->left);
    if (!g->members || !g->left)
        return kin_fail_memory(err);
    for (size_t i = 0; i < n; i++)
        g->members[i] = first[i].row;
    size_t labelled = 0;
    for (uint32_t i = 0; i < corpus->count; i++) {
        labelled += corpus->label[i] == g->given;
        if (corpus->label[i] == g->given && !kin_corpus__verdict(corpus, i))
            g->left[g->left_count++] = i;
    }
    out->count = n;
    out->left = g->left_count;
    out->reviewed = labelled - g->left_count;
    int code = sample_rows(g->members, &g->n, members_most, err);
    g->vectors = kin_size_mul(g->n, corpus->dim, &numbers) ? kin_alloc_array(numbers, sizeof *g->vectors) : NULL;
    if (code == KIN_OK && !g->vectors)
        code = kin_fail_memory(err);
    return code == KIN_OK ? kin_corpus__vectors(corpus, g->members, g->n, g->vectors, err) : code;
}

static void clear_group(group *g)
{
    free(g->members);
    free(g->vectors);
    free(g->left);
}

/* ---- Tightness ---- */

static bool is_member(const group *g, uint32_t row)
{
    size_t least = 0, most = g->n;
    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (g->members[middle] < row)
            least = middle + 1;
        else
            most = middle;
    }
    return least < g->n && g->members[least] == row;
}

/* pool: the members, then a sample of the label's other items, up to pool_most together. */
static int gather_pool(const board *b, const group *g, uint32_t **pool, size_t *n, kin_error *err)
{
    const kin_corpus *corpus = b->corpus;
    uint32_t *rows = kin_alloc_array(g->n + corpus->count, sizeof *rows);
    size_t others = 0;
    if (!rows)
        return kin_fail_memory(err);
    memcpy(rows, g->members, g->n * sizeof *rows);
    for (uint32_t i = 0; i < corpus->count; i++)
        if (corpus->label[i] == g->given && !is_member(g, i))
            rows[g->n + others++] = i;
    int code = sample_rows(rows + g->n, &others, pool_most - g->n, err);
    if (code != KIN_OK) {
        free(rows);
        return code;
    }
    *pool = rows;
    *n = g->n + others;
    return KIN_OK;
}

static int measure_tightness(const board *b, const group *g, kin_tightness *out, kin_error *err)
{
    size_t n = 0, dim = b->corpus->dim;
    uint32_t *pool = NULL, members[members_most];
    int code = gather_pool(b, g, &pool, &n, err);
    if (code != KIN_OK)
        return code;
    float *vectors = kin_alloc_array(n, dim * sizeof *vectors), *similarity = kin_alloc_array(n, n * sizeof *vectors);
    code = vectors && similarity ? kin_corpus__vectors(b->corpus, pool, n, vectors, err) : kin_fail_memory(err);
    if (code == KIN_OK) {
        kin_gemm_nt(n, n, dim, 1, vectors, dim, vectors, dim, 0, similarity, n);
        for (uint32_t i = 0; i < g->n; i++)
            members[i] = i;
        code = kin_pattern_tightness(similarity, n, members, g->n, sets, seed, out, err);
    }
    free(similarity);
    free(vectors);
    free(pool);
    return code;
}

/* ---- Neighbourhood ---- */

static int compare_floats(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;
    return a < b ? -1 : a > b;
}

/* Highest of products[n] but the one with the row itself. */
static float nearest_member(const group *g, const float *products, uint32_t row)
{
    float nearest = -INFINITY;
    for (size_t j = 0; j < g->n; j++)
        if (g->members[j] != row && products[j] > nearest)
            nearest = products[j];
    return nearest;
}

/* Of each of rows[n] the similarity to its nearest member. */
static int measure_nearest(const board *b, const group *g, const uint32_t *rows, size_t n, float *nearest,
                           kin_error *err)
{
    size_t dim = b->corpus->dim;
    float *vectors = kin_alloc_array(block, dim * sizeof *vectors);
    float *products = kin_alloc_array(block, g->n * sizeof *products);
    int code = vectors && products ? KIN_OK : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < n; i += block) {
        size_t some = n - i < block ? n - i : block;
        code = kin_corpus__vectors(b->corpus, rows + i, some, vectors, err);
        if (code != KIN_OK)
            break;
        kin_gemm_nt(some, g->n, dim, 1, vectors, dim, g->vectors, dim, 0, products, g->n);
        for (size_t j = 0; j < some; j++)
            nearest[i + j] = nearest_member(g, products + j * g->n, rows[i + j]);
    }
    free(vectors);
    free(products);
    return code;
}

static void count_enriched(const board *b, const group *g, const uint32_t *rows, const float *nearest, size_t n,
                           float near, kin_pattern *out)
{
    for (size_t i = 0; i < n; i++) {
        bool same = kin_corpus__is_pattern(b->corpus, kin_corpus__verdict(b->corpus, rows[i]), g->given, g->right);
        bool inside = nearest[i] >= near;
        out->enriched.near_reviewed += inside;
        out->enriched.near_mistakes += inside && same;
        out->enriched.far_reviewed += !inside;
        out->enriched.far_mistakes += !inside && same;
    }
    int64_t a = (int64_t)out->enriched.near_mistakes, c = (int64_t)out->enriched.far_mistakes;
    out->enriched.p =
        kin_fisher_greater(a, (int64_t)out->enriched.near_reviewed - a, c, (int64_t)out->enriched.far_reviewed - c);
}

static int measure_enrichment(const board *b, const group *g, kin_pattern *out, kin_error *err)
{
    const kin_corpus *corpus = b->corpus;
    uint32_t *rows = kin_alloc_array(corpus->verdicts_count, sizeof *rows);
    float *nearest = kin_alloc_array(corpus->verdicts_count, sizeof *nearest);
    float *fellows = kin_alloc_array(g->n, sizeof *fellows);
    size_t n = 0;
    int code = rows && nearest && fellows ? KIN_OK : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < corpus->verdicts_count; i++)
        if (corpus->label[corpus->verdicts[i].row] == g->given)
            rows[n++] = corpus->verdicts[i].row;
    if (code == KIN_OK)
        code = measure_nearest(b, g, g->members, g->n, fellows, err);
    if (code == KIN_OK)
        code = measure_nearest(b, g, rows, n, nearest, err);
    if (code == KIN_OK) {
        qsort(fellows, g->n, sizeof *fellows, compare_floats);
        count_enriched(b, g, rows, nearest, n, fellows[g->n / 2], out);
    }
    free(rows);
    free(nearest);
    free(fellows);
    return code;
}

/* ---- What is left, and what to look at ---- */

static int predict_left(const board *b, const group *g, double *predicted, kin_error *err)
{
    size_t n = g->left_count, count = 0;
    kin_kinship_hit *hits = kin_alloc_array(n, sizeof *hits);
    const kin_kinship_question question = { .likes = g->vectors,
                                            .likes_count = g->n,
                                            .given = g->given,
                                            .right = (size_t)g->right < b->corpus->labels ? g->right : -1,
                                            .candidates = g->left,
                                            .candidates_count = n,
                                            .k = n };
    int code = hits ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK && n > 0)
        code = kin_kinship_rank(b->kinship, &question, hits, &count, err);
    double sum = 0;
    for (size_t i = 0; code == KIN_OK && i < count; i++)
        sum += hits[i].probability;
    free(hits);
    if (code == KIN_OK)
        *predicted = sum;
    return code;
}

/* The member whose similarities to all of them sum to most. */
static int find_medoid(const board *b, const group *g, kin_pattern *out, kin_error *err)
{
    size_t dim = b->corpus->dim, best = 0;
    double *sum = kin_alloc_zeroed(dim, sizeof *sum), most = -INFINITY;
    kin_item item;
    if (!sum)
        return kin_fail_memory(err);
    for (size_t i = 0; i < g->n * dim; i++)
        sum[i % dim] += (double)g->vectors[i];
    for (size_t i = 0; i < g->n; i++) {
        double dot = 0;
        for (size_t d = 0; d < dim; d++)
            dot += (double)g->vectors[i * dim + d] * sum[d];
        if (dot > most + 1e-9) { /* equal but for rounding: the first */
            most = dot;
            best = i;
        }
    }
    free(sum);
    out->medoid = b->corpus->id[g->members[best]];
    int code = kin_ledger_item(b->workspace->ledger, out->medoid, &item, err);
    if (code != KIN_OK)
        return code;
    out->path = kin_arena_string(b->arena, item.path);
    out->shape = kin_arena_string(b->arena, item.shape);
    return out->path && (out->shape || !item.shape) ? KIN_OK : kin_fail_memory(err);
}

static int fill_pattern(const board *b, const mistake *first, size_t n, kin_pattern *out, kin_error *err)
{
    group g;
    *out = (kin_pattern) { .given = kin_arena_string(b->arena, b->corpus->names[first->given]),
                           .right = kin_arena_string(b->arena, b->corpus->names[first->right]) };
    out->name = out->given && out->right ? kin_pattern_name(b->arena, out->given, out->right) : NULL;
    if (!out->name)
        return kin_fail_memory(err);
    int code = load_group(b, first, n, &g, out, err);
    if (code == KIN_OK)
        code = measure_tightness(b, &g, &out->tightness, err);
    if (code == KIN_OK)
        code = measure_enrichment(b, &g, out, err);
    if (code == KIN_OK)
        code = predict_left(b, &g, &out->predicted, err);
    if (code == KIN_OK)
        code = find_medoid(b, &g, out, err);
    clear_group(&g);
    return code;
}

/* ---- The use case ---- */

static int compare_patterns(const void *left, const void *right)
{
    const kin_pattern *a = left, *b = right;
    if (a->predicted > b->predicted || a->predicted < b->predicted)
        return a->predicted > b->predicted ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->name, b->name);
}

static int make_patterns(board *b, kin_patterns *out, kin_error *err)
{
    int code = list_mistakes(b, out, err);
    if (code != KIN_OK)
        return code;
    out->list = kin_alloc_array(b->count / KIN_PATTERN_LEAST, sizeof *out->list);
    if (!out->list)
        return kin_fail_memory(err);
    for (size_t from = 0, to = 0; code == KIN_OK && from < b->count; from = to) {
        const mistake *first = &b->mistakes[from];
        while (to < b->count && b->mistakes[to].given == first->given && b->mistakes[to].right == first->right)
            to++;
        if (to - from >= KIN_PATTERN_LEAST)
            code = fill_pattern(b, first, to - from, &out->list[out->count++], err);
    }
    if (out->count > 1)
        qsort(out->list, out->count, sizeof *out->list, compare_patterns);
    return code;
}

int kin_workspace_patterns(kin_workspace *workspace, kin_unit unit, kin_patterns *out, kin_error *err)
{
    board b = { .workspace = workspace };
    kin_patterns made = { .unit = unit };
    kin_ledger_counts counts;
    int code = kin_ledger_count(workspace->ledger, &counts, err);
    if (code != KIN_OK)
        return code;
    if (unit == KIN_UNIT_ANY)
        made.unit = counts.shapes > 0 ? KIN_UNIT_SHAPE : KIN_UNIT_ASSET;
    made.memory = kin_alloc_zeroed(1, sizeof *made.memory);
    if (!made.memory)
        return kin_fail_memory(err);
    b.arena = &made.memory->arena;
    code = kin_workspace__kinship(workspace, made.unit, &b.corpus, &b.kinship, err);
    if (code == KIN_OK)
        code = make_patterns(&b, &made, err);
    free(b.mistakes);
    if (code == KIN_OK)
        *out = made;
    else
        kin_patterns_clear(&made);
    return code;
}

void kin_patterns_clear(kin_patterns *patterns)
{
    if (patterns->memory)
        kin_arena_clear(&patterns->memory->arena);
    free(patterns->memory);
    free(patterns->list);
    *patterns = (kin_patterns) { .list = NULL };
}
