/* How good a model's descriptors are at finding the same class: precision at k, leave one out.
 *
 *     bench_quality [--model classic] [--precision float|int8] [--k 10] [--margin 0] [--label-column NAME]
 *                   [--threads 0] [--json] ANNOTATIONS...
 *
 * ANNOTATIONS is what `kin index` reads: a data.yaml, a COCO .json, a .csv beside its images, or a folder of class
 * folders. Items are the shapes where a set has any, else the images; those without a label are left out. For each item
 * its k nearest others by cosine are taken: precision is the share of them with its label, averaged over items (`p`)
 * and over classes of at least two items (`p_class`); `chance` is what a random order would give. */

#include "described_set.h"

#include "base/checked.h"
#include "base/hash.h"
#include "kernel/blas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_k = 100, block = 256 };

typedef struct options {
    const char *model, *label_column;
    kin_precision precision;
    size_t k, threads;
    double margin;
    bool json;
} options;

typedef struct result {
    size_t items, unread;
    double p, p_class, chance;
    uint64_t checksum;
} result;

/* The k best of scores[n] but item `self`, by insertion; ties to the lower number. Returns how many share its label. */
static size_t same_among_best(const described_set *s, const float *scores, size_t self, size_t k)
{
    size_t best[most_k], found = 0, same = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (i == self || (found == k && scores[i] <= scores[best[k - 1]]))
            continue;
        size_t at = found < k ? found++ : k - 1;
        for (; at > 0 && scores[best[at - 1]] < scores[i]; at--)
            best[at] = best[at - 1];
        best[at] = i;
    }
    for (size_t i = 0; i < found; i++)
        same += s->items[best[i]].label == s->items[self].label;
    return same;
}

static void score(const described_set *s, size_t k, result *out)
{
    size_t dim = s->dim, classes = s->labels.count, rated = 0;
    float *scores = bench_must_have(kin_alloc_array(s->count, block * sizeof(float)));
    double *sums = bench_must_have(kin_alloc_zeroed(classes, sizeof(double)));
    size_t *sizes = bench_must_have(kin_alloc_zeroed(classes, sizeof(size_t)));
    for (size_t first = 0; first < s->count; first += block) {
        size_t rows = s->count - first < block ? s->count - first : block;
        kin_gemm_nt(rows, s->count, dim, 1, s->vectors + first * dim, dim, s->vectors, dim, 0, scores, s->count);
        for (size_t i = 0; i < rows; i++) {
            size_t label = (size_t)s->items[first + i].label;
            sums[label] += (double)same_among_best(s, scores + i * s->count, first + i, k) / (double)k;
            sizes[label]++;
        }
    }
    for (size_t c = 0; c < classes; c++) {
        double share = (double)sizes[c] / (double)s->count;
        out->p += sums[c] / (double)s->count;
        out->chance += share * ((double)sizes[c] - 1) / ((double)s->count - 1);
        if (sizes[c] < 2)
            continue;
        out->p_class += sums[c] / (double)sizes[c];
        rated++;
    }
    out->p_class /= rated ? (double)rated : 1;
    free(scores);
    free(sums);
    free(sizes);
}

static result run(const kin_model *model, const options *o, const char *path)
{
    described_options how = { o->label_column, o->margin, o->threads };
    described_set s = described_set_read(model, path, &how);
    result out = { .items = s.count, .unread = s.unread };
    out.checksum = kin_hash(s.vectors, s.count * s.dim * sizeof(float));
    if (s.count > 1)
        score(&s, o->k, &out);
    described_set_clear(&s);
    return out;
}

static void print_json(const options *o, const char *path, const result *r, bool first)
{
    printf("%s{\"set\": \"", first ? "[" : ",\n ");
    for (const char *c = path; *c; c++)
        printf(*c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    printf("\", \"model\": \"%s\", \"k\": %zu, \"items\": %zu, \"unread\": %zu, \"p\": %.4f, \"p_class\": %.4f, "
           "\"chance\": %.4f, \"checksum\": \"%016llx\"}",
           o->model, o->k, r->items, r->unread, r->p, r->p_class, r->chance, (unsigned long long)r->checksum);
}

static void usage(void)
{
    (void)fprintf(stderr, "usage: bench_quality [--model NAME] [--precision float|int8] [--k 10] [--margin 0]\n"
                          "                     [--label-column NAME] [--threads 0] [--json] ANNOTATIONS...\n");
    exit(2);
}

/* Returns the index of the first argument that is no option. */
static int parse(int argc, char **argv, options *o)
{
    int i = 1;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--json") == 0) {
            o->json = true;
            continue;
        }
        if (++i == argc)
            usage();
        if (strcmp(name, "--model") == 0)
            o->model = argv[i];
        else if (strcmp(name, "--precision") == 0)
            o->precision = kin_precision_from(argv[i]);
        else if (strcmp(name, "--label-column") == 0)
            o->label_column = argv[i];
        else if (strcmp(name, "--k") == 0)
            o->k = strtoul(argv[i], NULL, 10);
        else if (strcmp(name, "--threads") == 0)
            o->threads = strtoul(argv[i], NULL, 10);
        else if (strcmp(name, "--margin") == 0)
            o->margin = strtod(argv[i], NULL);
        else
            usage();
    }
    if (i == argc || o->k < 1 || o->k > most_k || o->threads > 1024)
        usage();
    return i;
}

int main(int argc, char **argv)
{
    options o = { .model = "classic", .k = 10 };
    int first = parse(argc, argv, &o);
    kin_error err = KIN_ERROR_INIT;
    kin_model *model = NULL;
    kin_blas_threads(1);
    bench_must(kin_model_open(o.model, o.precision, &model, &err), &err);
    if (!o.json)
        printf("%-40s %7s %7s %7s %7s %7s  %s\n", "set", "items", "unread", "p", "p_class", "chance", "checksum");
    for (int i = first; i < argc; i++) {
        result r = run(model, &o, argv[i]);
        if (o.json)
            print_json(&o, argv[i], &r, i == first);
        else
            printf("%-40s %7zu %7zu %7.4f %7.4f %7.4f  %016llx\n", argv[i], r.items, r.unread, r.p, r.p_class, r.chance,
                   (unsigned long long)r.checksum);
        (void)fflush(stdout);
    }
    if (o.json)
        printf("]\n");
    kin_model_free(model);
    return fclose(stdout) == 0 ? 0 : 1;
}
