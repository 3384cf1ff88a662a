/* How soon the kin of a mistake are found.
 *
 *     bench_kinship [--model efficientnet-lite0] [--threads 0] [--seeds 3] WORK...
 *
 * WORK, any number of them:
 *     truth ANNOTATIONS TRUTH.csv COLUMN     a set with right labels in a CSV (items by its column `item`)
 *     columns ANNOTATIONS.csv GIVEN RIGHT    a CSV with both labels
 *     plant ANNOTATIONS SHARE                a rightly labelled set: for every class of at least 30 items, three times,
 *                                            that share of its larger visual cluster is given another class's label
 *                                            (kinship_world.h); nothing else is wrong
 *     scale COUNT DIM                        seconds and memory on synthetic items
 *
 * For every pair a -> b with at least 10 mistakes, `seeds` of them in turn are the one mistake that is known. The other
 * items labelled a are ranked; `looks` alone ranks all items. Averaged over all of these questions:
 *   p20, p100      share of the same mistake among the best 20 and 100
 *   any20, any100  share of any wrong label among them
 *   5% .. 40%      share of all other a -> b mistakes among so many of the best, as a share of the items labelled a.
 *                  Only the two rows "with verdicts" rank anew after every 20 items, whose truth they are told.
 * "Who knows the truth" puts the same mistakes first and others of the label next: no order finds more.
 *
 * Below, for kinship with verdicts: of all items left before each batch, the predicted probability against the share
 * that carries the mistake, and the mean squared error (Brier score) beside that of the constant share. */
#include "kinship_world.h"

#include "base/checked.h"
#include "base/clock.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "kernel/blas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { batch = 20, least_mistakes = 10, least_class = 30, plantings = 3, shares = 5, bins = 8 };

static const double shares_reviewed[shares] = { 0.05, 0.10, 0.20, 0.25, 0.40 };
static const double bin_ends[bins] = { 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.01 };

typedef enum method {
    RANDOM,
    LOOKS,
    LOOKS_IN_LABEL,
    LOOKS_WITH_VERDICTS,
    SELFCLEAN,
    SIMIFEAT,
    MARGIN,
    VOTE,
    LINEAR,
    KINSHIP,
    KINSHIP_WITH_VERDICTS,
    TRUTH,
    METHODS
} method;

static const char *const method_names[METHODS] = {
    "random in the label",     "looks",
    "looks in the label",      "looks in the label, with verdicts",
    "SelfClean's ratio",       "SimiFeat's vote",
    "margin (cleanlab)",       "neighbours, b minus a",
    "linear model, b minus a", "kinship, no verdict",
    "kinship, with verdicts",
    "who knows the truth",
};

typedef struct figures {
    double p20, p100, any20, any100, found[shares];
} figures;

typedef struct options {
    const char *model;
    size_t threads, seeds;
} options;

/* One question: the mistakes like `seed`. */
typedef struct question {
    const kinship_world *world;
    kin_kinship *kinship;
    const float *static_scores[METHODS]; /* [count] of the methods that need no question */
    size_t seed, all;                    /* all: the other mistakes a -> b */
    int32_t a, b;
    uint32_t *candidates; /* [n] the other items labelled a */
    size_t n;
    kin_rng rng;
} question;

typedef struct tally {
    figures sums[METHODS];
    double questions, items_of_label, mistakes;
    double predicted[bins], carried[bins], number[bins], squared;
} tally;

typedef struct ordered {
    double score;
    uint64_t tie; /* random: equal scores come in no order that the data might have */
    uint32_t item;
} ordered;

static bool same_mistake(const question *q, size_t item)
{
    return q->world->given[item] == q->a && q->world->right[item] == q->b;
}

static bool any_mistake(const question *q, size_t item)
{
    return q->world->given[item] != q->world->right[item];
}

/* Adds the figures of an order, which may end early once all is found. */
static void rate(const question *q, const uint32_t *order, size_t n, figures *sums)
{
    double same = 0, any = 0, found[shares] = { 0 };
    for (size_t i = 0; i < n; i++) {
        same += same_mistake(q, order[i]);
        any += any_mistake(q, order[i]);
        if (i + 1 == batch) {
            sums->p20 += same / batch;
            sums->any20 += any / batch;
        }
        if (i + 1 == 100 || (i + 1 == q->n && q->n < 100)) {
            sums->p100 += same / (double)(i + 1);
            sums->any100 += any / (double)(i + 1);
        }
        for (size_t s = 0; s < shares; s++)
            if ((double)i < ceil(shares_reviewed[s] * (double)q->n))
                found[s] = same;
    }
    for (size_t s = 0; s < shares; s++)
        sums->found[s] += found[s] / (double)q->all;
}

static int compare(const void *a, const void *b)
{
    const ordered *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->tie > y->tie) - (x->tie < y->tie);
}

/* Rates the items in the order of their scores[n]. */
static void rate_scores(question *q, const uint32_t *items, const double *scores, size_t n, figures *sums)
{
    ordered *list = bench_must_have(kin_alloc_array(n, sizeof *list));
    uint32_t *order = bench_must_have(kin_alloc_array(n, sizeof *order));
    for (size_t i = 0; i < n; i++)
        list[i] = (ordered) { scores[i], kin_rng_next(&q->rng), items[i] };
    qsort(list, n, sizeof *list, compare);
    for (size_t i = 0; i < n; i++)
        order[i] = list[i].item;
    rate(q, order, n, sums);
    free(list);
    free(order);
}

static double cosine(const kinship_world *w, size_t item, const float *vector)
{
    double sum = 0;
    for (size_t d = 0; d < w->dim; d++)
        sum += (double)w->vectors[item * w->dim + d] * (double)vector[d];
    return sum;
}

static void ask_looks(question *q, tally *t)
{
    const kinship_world *w = q->world;
    uint32_t *items = bench_must_have(kin_alloc_array(w->count, sizeof *items));
    double *scores = bench_must_have(kin_alloc_array(w->count, sizeof *scores));
    const float *seed = w->vectors + q->seed * w->dim;
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++)
        if (i != q->seed) {
            items[n] = (uint32_t)i;
            scores[n++] = cosine(w, i, seed);
        }
    rate_scores(q, items, scores, n, &t->sums[LOOKS]);
    for (size_t i = 0; i < q->n; i++)
        scores[i] = cosine(w, q->candidates[i], seed);
    rate_scores(q, q->candidates, scores, q->n, &t->sums[LOOKS_IN_LABEL]);
    memset(scores, 0, q->n * sizeof *scores);
    rate_scores(q, q->candidates, scores, q->n, &t->sums[RANDOM]);
    for (method m = SELFCLEAN; m <= MARGIN; m++) {
        for (size_t i = 0; i < q->n; i++)
            scores[i] = (double)q->static_scores[m][q->candidates[i]];
        rate_scores(q, q->candidates, scores, q->n, &t->sums[m]);
    }
    free(items);
    free(scores);
}

static size_t rank(const question *q, const uint32_t *left, size_t n, size_t k, kin_kinship_hit *hits)
{
    const kinship_world *w = q->world;
    kin_error err = KIN_ERROR_INIT;
    size_t count = 0;
    kin_kinship_question ask = { w->vectors + q->seed * w->dim, 1, q->a, q->b, left, n, k };
    bench_must(kin_kinship_rank(q->kinship, &ask, hits, &count, &err), &err);
    return count;
}

/* What a ranking knows before any verdict: kinship, and its two ingredients by themselves. */
static void ask_once(question *q, tally *t)
{
    kin_kinship_hit *hits = bench_must_have(kin_alloc_array(q->n, sizeof *hits));
    double *scores = bench_must_have(kin_alloc_array(q->n, sizeof *scores));
    uint32_t *items = bench_must_have(kin_alloc_array(q->n, sizeof *items));
    kin_error err = KIN_ERROR_INIT;
    bench_must(kin_kinship_judge(q->kinship, NULL, 0, &err), &err);
    size_t n = rank(q, q->candidates, q->n, q->n, hits);
    for (size_t i = 0; i < n; i++) {
        items[i] = hits[i].item;
        scores[i] = hits[i].model;
    }
    rate(q, items, n, &t->sums[KINSHIP]);
    rate_scores(q, items, scores, n, &t->sums[LINEAR]);
    for (size_t i = 0; i < n; i++)
        scores[i] = hits[i].neighbours_right - hits[i].neighbours_given;
    rate_scores(q, items, scores, n, &t->sums[VOTE]);
    free(hits);
    free(scores);
    free(items);
}

static void note_calibration(const question *q, const kin_kinship_hit *hits, size_t n, tally *t)
{
    for (size_t i = 0; i < n; i++) {
        double p = hits[i].probability, y = same_mistake(q, hits[i].item);
        size_t bin = 0;
        while (p >= bin_ends[bin])
            bin++;
        t->predicted[bin] += p;
        t->carried[bin] += y;
        t->number[bin]++;
        t->squared += (p - y) * (p - y);
    }
}

/* The best of left[n] by the mean of the mistakes found less half of the rest (kin_kinship_query). */
static void rank_by_query(const question *q, const uint32_t *reviewed, size_t done, const uint32_t *left, size_t n,
                          uint32_t *order)
{
    const kinship_world *w = q->world;
    size_t dim = w->dim, likes = 1, unlikes = 0;
    float *like = bench_must_have(kin_alloc_array((done + 1) * 2 + 1, dim * sizeof *like));
    float *unlike = like + (done + 1) * dim, *query = unlike + (done + 1) * dim;
    ordered *list = bench_must_have(kin_alloc_array(n, sizeof *list));
    memcpy(like, w->vectors + q->seed * dim, dim * sizeof *like);
    for (size_t i = 0; i < done; i++)
        memcpy(same_mistake(q, reviewed[i]) ? like + likes++ * dim : unlike + unlikes++ * dim,
               w->vectors + reviewed[i] * dim, dim * sizeof *like);
    bench_must(kin_kinship_query(like, likes, unlike, unlikes, dim, query, NULL), &(kin_error) { .message = "query" });
    for (size_t i = 0; i < n; i++)
        list[i] = (ordered) { cosine(w, left[i], query), left[i], left[i] };
    qsort(list, n, sizeof *list, compare);
    for (size_t i = 0; i < n; i++)
        order[i] = list[i].item;
    free(like);
    free(list);
}

static kin_kinship_verdict truth_of(const question *q, size_t item)
{
    bool mistake = any_mistake(q, item);
    return (kin_kinship_verdict) { item, mistake, mistake ? q->world->right[item] : -1 };
}

/* Up to `batch` of the best of left[n], taken out of it. Kinship judges what has been reviewed first. */
static size_t next_batch(const question *q, method m, const uint32_t *reviewed, size_t done, uint32_t *left, size_t *n,
                         uint32_t *taken, tally *t)
{
    kin_kinship_hit *hits = bench_must_have(kin_alloc_array(*n, sizeof *hits));
    kin_kinship_verdict *verdicts = bench_must_have(kin_alloc_array(done, sizeof *verdicts));
    uint32_t *order = bench_must_have(kin_alloc_array(*n, sizeof *order));
    kin_error err = KIN_ERROR_INIT;
    if (m == KINSHIP_WITH_VERDICTS) {
        for (size_t i = 0; i < done; i++)
            verdicts[i] = truth_of(q, reviewed[i]);
        bench_must(kin_kinship_judge(q->kinship, verdicts, done, &err), &err);
        size_t ranked = rank(q, left, *n, *n, hits);
        note_calibration(q, hits, ranked, t);
        for (size_t i = 0; i < ranked; i++)
            order[i] = hits[i].item;
    } else {
        rank_by_query(q, reviewed, done, left, *n, order);
    }
    size_t count = *n < batch ? *n : batch;
    memcpy(taken, order, count * sizeof *taken);
    memcpy(left, order + count, (*n - count) * sizeof *left);
    *n -= count;
    free(hits);
    free(verdicts);
    free(order);
    return count;
}

/* Reviews batch by batch, up to the largest share (and 100 items), or until all is found. */
static void ask_in_batches(const question *q, method m, tally *t)
{
    uint32_t *left = bench_must_have(kin_alloc_array(q->n, sizeof *left));
    uint32_t *reviewed = bench_must_have(kin_alloc_array(q->n + batch, sizeof *reviewed));
    size_t n = q->n, done = 0, found = 0;
    double end = fmax(ceil(shares_reviewed[shares - 1] * (double)q->n), 100);
    memcpy(left, q->candidates, n * sizeof *left);
    while (n > 0 && (double)done < end && (found < q->all || done < 100)) {
        size_t taken = next_batch(q, m, reviewed, done, left, &n, reviewed + done, t);
        for (size_t i = 0; i < taken; i++)
            found += same_mistake(q, reviewed[done + i]);
        done += taken;
    }
    figures sums = { 0 };
    rate(q, reviewed, done, &sums);
    /* Precision is that of the first ranking: what one mistake gives. */
    sums.p20 = sums.p100 = sums.any20 = sums.any100 = NAN;
    for (size_t s = 0; s < shares; s++)
        t->sums[m].found[s] += sums.found[s];
    free(left);
    free(reviewed);
}

/* No order can be better; where so many mistakes are that a share of the label cannot hold them, it shows. */
static void ask_the_truth(question *q, tally *t)
{
    double *scores = bench_must_have(kin_alloc_array(q->n, sizeof *scores));
    for (size_t i = 0; i < q->n; i++)
        scores[i] = any_mistake(q, q->candidates[i]) + same_mistake(q, q->candidates[i]);
    rate_scores(q, q->candidates, scores, q->n, &t->sums[TRUTH]);
    free(scores);
}

static void ask(question *q, tally *t)
{
    const kinship_world *w = q->world;
    q->a = w->given[q->seed];
    q->b = w->right[q->seed];
    q->n = q->all = 0;
    for (size_t i = 0; i < w->count; i++)
        if (w->given[i] == q->a && i != q->seed) {
            q->candidates[q->n++] = (uint32_t)i;
            q->all += same_mistake(q, i);
        }
    t->questions++;
    t->items_of_label += (double)q->n;
    t->mistakes += (double)q->all;
    ask_looks(q, t);
    ask_once(q, t);
    ask_in_batches(q, LOOKS_WITH_VERDICTS, t);
    ask_in_batches(q, KINSHIP_WITH_VERDICTS, t);
    ask_the_truth(q, t);
}

static void ask_pairs(question *q, size_t seeds, tally *t)
{
    const kinship_world *w = q->world;
    int64_t *pool = bench_must_have(kin_alloc_array(w->count, sizeof *pool));
    for (size_t a = 0; a < w->labels; a++)
        for (size_t b = 0; b < w->labels; b++) {
            size_t n = 0;
            for (size_t i = 0; i < w->count; i++)
                if (a != b && (size_t)w->given[i] == a && (size_t)w->right[i] == b)
                    pool[n++] = (int64_t)i;
            if (n < least_mistakes)
                continue;
            size_t wanted = n < seeds ? n : seeds;
            kin_rng_sample(&q->rng, pool, n, wanted);
            for (size_t i = 0; i < wanted; i++) {
                q->seed = (size_t)pool[i];
                ask(q, t);
            }
        }
    free(pool);
}

static void ask_world(const kinship_world *w, const options *o, tally *t)
{
    kin_error err = KIN_ERROR_INIT;
    kin_kinship_items items = kinship_world_items(w);
    question q = { .world = w };
    float *scores = bench_must_have(kin_alloc_array(w->count, 3 * sizeof *scores));
    int32_t *right = bench_must_have(kin_alloc_array(w->count, sizeof *right));
    const struct {
        method m;
        kin_suspicion how;
    } suspects[] = { { SELFCLEAN, KIN_SUSPECT_SELFCLEAN },
                     { SIMIFEAT, KIN_SUSPECT_SIMIFEAT },
                     { MARGIN, KIN_SUSPECT_MARGIN } };
    bench_must(kin_kinship_new(&items, o->threads, &q.kinship, &err), &err);
    for (size_t i = 0; i < 3; i++) {
        bench_must(kin_kinship_suspects(q.kinship, suspects[i].how, scores + i * w->count, right, &err), &err);
        q.static_scores[suspects[i].m] = scores + i * w->count;
    }
    q.candidates = bench_must_have(kin_alloc_array(w->count, sizeof *q.candidates));
    kin_rng_seed(&q.rng, 1);
    ask_pairs(&q, o->seeds, t);
    kin_kinship_free(q.kinship);
    free(q.candidates);
    free(scores);
    free(right);
}

static void print_tally(const char *title, const tally *t, double seconds)
{
    double n = t->questions > 0 ? t->questions : 1, all = 0, carried = 0;
    printf("%s: %.0f questions, on average %.0f items of the label and %.0f other such mistakes; %.0f s\n", title,
           t->questions, t->items_of_label / n, t->mistakes / n, seconds);
    printf("%-36s %6s %6s %6s %6s  %6s %6s %6s %6s %6s\n", "", "p20", "p100", "any20", "any100", "5%", "10%", "20%",
           "25%", "40%");
    for (method m = 0; m < METHODS; m++) {
        const figures *f = &t->sums[m];
        bool later = m == LOOKS_WITH_VERDICTS || m == KINSHIP_WITH_VERDICTS;
        printf("%-36s", method_names[m]);
        for (size_t i = 0; i < 4; i++)
            if (later)
                printf(" %6s", "");
            else
                printf(" %6.3f", (i == 0 ? f->p20 : i == 1 ? f->p100 : i == 2 ? f->any20 : f->any100) / n);
        printf(" ");
        for (size_t s = 0; s < shares; s++)
            printf(" %6.3f", f->found[s] / n);
        printf("\n");
    }
    printf("%-36s", "predicted");
    for (size_t b = 0; b < bins; b++) {
        all += t->number[b];
        carried += t->carried[b];
        printf(" %6.3f", t->predicted[b] / fmax(t->number[b], 1));
    }
    printf("\n%-36s", "carry it");
    for (size_t b = 0; b < bins; b++)
        printf(" %6.3f", t->carried[b] / fmax(t->number[b], 1));
    printf("\n%-36s", "items");
    for (size_t b = 0; b < bins; b++)
        printf(" %6.0f", t->number[b]);
    double share = carried / fmax(all, 1);
    printf("\nBrier score %.4f; of the constant %.3f: %.4f\n\n", t->squared / fmax(all, 1), share, share * (1 - share));
    (void)fflush(stdout);
}

/* ---- work ---- */

static void run_known(const kin_model *model, const options *o, char **arguments, bool columns)
{
    described_options how = { columns ? arguments[1] : NULL, 0.1, o->threads };
    tally t = { .questions = 0 };
    described_set set = described_set_read(model, arguments[0], &how);
    kinship_world w = kinship_world_of(&set);
    double start = kin_clock_seconds();
    if (columns)
        kinship_world_truth(&w, &set, arguments[0], "path", arguments[2]);
    else
        kinship_world_truth(&w, &set, arguments[1], "item", arguments[2]);
    ask_world(&w, o, &t);
    print_tally(arguments[0], &t, kin_clock_seconds() - start);
    kinship_world_clear(&w);
    described_set_clear(&set);
}

static void run_plant(const kin_model *model, const options *o, char **arguments)
{
    described_options how = { NULL, 0.1, o->threads };
    tally t = { .questions = 0 };
    described_set set = described_set_read(model, arguments[0], &how);
    double start = kin_clock_seconds(), share = strtod(arguments[1], NULL);
    for (size_t c = 0; c < set.labels.count; c++)
        for (uint64_t p = 0; p < plantings; p++) {
            kinship_world w = kinship_world_of(&set);
            size_t members = 0;
            for (size_t i = 0; i < w.count; i++)
                members += (size_t)w.right[i] == c;
            if (members >= least_class) {
                kinship_world_plant(&w, (int32_t)c, share, p + 1);
                ask_world(&w, o, &t);
            }
            kinship_world_clear(&w);
        }
    char title[512];
    (void)snprintf(title, sizeof title, "%s, %.0f %% of a cluster planted", arguments[0], 100 * share);
    print_tally(title, &t, kin_clock_seconds() - start);
    described_set_clear(&set);
}

static double peak_bytes(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss * 1024 : 0;
}

/* Of all threads: on a machine that does other things as well, this is what can be compared. */
static double processor_seconds(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* All items are candidates, whatever their label, for the mistake 0 -> 1. */
static void run_scale(const options *o, char **arguments)
{
    enum { batches = 5, k = 100 };
    kinship_world w =
        kinship_world_synthetic(strtoul(arguments[0], NULL, 10), strtoul(arguments[1], NULL, 10), 20, 1000, 1);
    kin_kinship_items items = kinship_world_items(&w);
    kin_error err = KIN_ERROR_INIT;
    kin_kinship *kinship = NULL;
    kin_kinship_hit hits[k];
    kin_kinship_verdict verdicts[batches * batch];
    uint32_t *left = bench_must_have(kin_alloc_array(w.count, sizeof *left));
    size_t seed = 0, n = 0, done = 0, count = 0;
    double before = peak_bytes(), wall[3] = { 0 }, processor[3] = { 0 }, found = 0;
    while (seed < w.count && !(w.given[seed] == 0 && w.right[seed] == 1))
        seed++;
    double began = kin_clock_seconds(), spent = processor_seconds();
    bench_must(kin_kinship_new(&items, o->threads, &kinship, &err), &err);
    wall[0] = kin_clock_seconds() - began;
    processor[0] = processor_seconds() - spent;
    for (size_t i = 0; i < w.count; i++)
        if (i != seed)
            left[n++] = (uint32_t)i;
    for (size_t b = 0; b <= batches; b++) {
        kin_kinship_question q = { w.vectors + seed * w.dim, 1, 0, 1, left, n, k };
        began = kin_clock_seconds();
        spent = processor_seconds();
        bench_must(kin_kinship_judge(kinship, verdicts, done, &err), &err);
        bench_must(kin_kinship_rank(kinship, &q, hits, &count, &err), &err);
        size_t phase = b == 0 ? 1 : 2;
        wall[phase] = fmax(wall[phase], kin_clock_seconds() - began);
        processor[phase] = fmax(processor[phase], processor_seconds() - spent);
        for (size_t i = 0; i < batch && b < batches; i++) {
            bool mistake = w.given[hits[i].item] != w.right[hits[i].item];
            verdicts[done++] = (kin_kinship_verdict) { hits[i].item, mistake, mistake ? w.right[hits[i].item] : -1 };
            found += mistake;
            for (size_t j = 0; j < n; j++)
                if (left[j] == hits[i].item)
                    left[j] = left[--n];
        }
    }
    printf("%zu x %zu synthetic, %zu labels, all items candidates: seconds (processor seconds of all threads)\n",
           w.count, w.dim, w.labels);
    printf("    read and sum up %.2f (%.2f), rank %.2f (%.2f); from scratch %.2f (%.2f)\n", wall[0], processor[0],
           wall[1], processor[1], wall[0] + wall[1], processor[0] + processor[1]);
    printf("    take a batch of verdicts and rank anew %.2f (%.2f), the longest of %d batches\n", wall[2], processor[2],
           batches);
    printf("    %.0f of %d reviewed were the mistake; %.0f bytes an item at the peak, beside the caller's vectors\n\n",
           found, batches * batch, (peak_bytes() - before) / (double)w.count);
    kin_kinship_free(kinship);
    float *vectors;
    memcpy(&vectors, &w.vectors, sizeof vectors);
    free(vectors);
    kinship_world_clear(&w);
    free(left);
}

static void usage(void)
{
    (void)fprintf(stderr, "usage: bench_kinship [--model NAME] [--threads 0] [--seeds 3] WORK...\n"
                          "WORK: truth ANNOTATIONS TRUTH.csv COLUMN | columns LABELS.csv GIVEN RIGHT\n"
                          "      | plant ANNOTATIONS SHARE | scale COUNT DIM\n");
    exit(2);
}

/* Runs what arguments[0] says; returns how many arguments it took. */
static int work(const kin_model *model, const options *o, int left, char **arguments)
{
    if (strcmp(arguments[0], "truth") == 0 && left >= 4)
        return run_known(model, o, arguments + 1, false), 4;
    if (strcmp(arguments[0], "columns") == 0 && left >= 4)
        return run_known(model, o, arguments + 1, true), 4;
    if (strcmp(arguments[0], "plant") == 0 && left >= 3)
        return run_plant(model, o, arguments + 1), 3;
    if (strcmp(arguments[0], "scale") == 0 && left >= 3)
        return run_scale(o, arguments + 1), 3;
    usage();
    return 0;
}

int main(int argc, char **argv)
{
    options o = { .model = "efficientnet-lite0", .seeds = 3 };
    int i = 1;
    for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
        if (strcmp(argv[i], "--model") == 0)
            o.model = argv[i + 1];
        else if (strcmp(argv[i], "--threads") == 0)
            o.threads = strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seeds") == 0)
            o.seeds = strtoul(argv[i + 1], NULL, 10);
        else
            usage();
    }
    if (i >= argc || o.threads > 256)
        usage();
    kin_error err = KIN_ERROR_INIT;
    kin_model *model = NULL;
    kin_blas_threads(1);
    bench_must(kin_model_open(o.model, KIN_PRECISION_DEFAULT, &model, &err), &err);
    while (i < argc)
        i += work(model, &o, argc - i, argv + i);
    kin_model_free(model);
    return fclose(stdout) == 0 ? 0 : 1;
}
