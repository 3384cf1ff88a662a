/* How good a model's descriptors are at finding the same class: precision at k, leave one out.
 *
 *     bench_quality [--model classic] [--precision float|int8] [--k 10] [--margin 0] [--label-column NAME]
 *                   [--threads 0] [--json] ANNOTATIONS...
 *
 * ANNOTATIONS is what `kin index` reads: a data.yaml, a COCO .json, a .csv beside its images, or a folder of class
 * folders. Items are the shapes where a set has any, else the images; those without a label are left out. For each item
 * its k nearest others by cosine are taken: precision is the share of them with its label, averaged over items (`p`)
 * and over classes of at least two items (`p_class`); `chance` is what a random order would give. */

#include "base/arena.h"
#include "base/buffer.h"
#include "base/checked.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "base/table.h"
#include "kernel/blas.h"
#include "kin/descriptor.h"
#include "kin/exchange.h"

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

typedef struct item {
    const char *path;
    int64_t label;
    kin_box box;
    bool relative, shape;
} item;

/* Items come image by image: those of image i are items[starts[i]] up to items[starts[i + 1]]. */
typedef struct set {
    kin_arena arena;
    kin_table labels;
    item *items;
    size_t count, capacity, shapes;
    size_t *starts;
    size_t images;
    const char *folder;
    const kin_model *model;
    kin_describer **describers;
    double margin;
    float *vectors;
    bool *bad; /* by item: could not be read */
} set;

typedef struct result {
    size_t items, unread;
    double p, p_class, chance;
    uint64_t checksum;
} result;

static void must(int code, const kin_error *err)
{
    if (code == KIN_OK)
        return;
    (void)fprintf(stderr, "bench_quality: %s\n", err->message);
    exit(1);
}

static void *must_have(void *memory)
{
    kin_error err = KIN_ERROR_INIT;
    must(memory ? KIN_OK : kin_fail_memory(&err), &err);
    return memory;
}

static int take(void *user, const kin_annotation *annotation, kin_error *err)
{
    set *s = user;
    if (!annotation->label)
        return KIN_OK;
    void *items = s->items;
    if (!kin_grow(&items, &s->capacity, s->count + 1, sizeof *s->items))
        return kin_fail_memory(err);
    s->items = items;
    int64_t *label = kin_table_add(&s->labels, annotation->label, (int64_t)s->labels.count, NULL);
    char *path = kin_arena_string(&s->arena, annotation->path);
    if (!label || !path)
        return kin_fail_memory(err);
    s->items[s->count++] = (item) { path, *label, annotation->box, annotation->relative, annotation->shape != NULL };
    s->shapes += annotation->shape != NULL;
    return KIN_OK;
}

/* Where a set has shapes, its images are no items; then groups what is left by image. */
static void arrange(set *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].shape == (s->shapes > 0))
            s->items[kept++] = s->items[i];
    s->count = kept;
    s->starts = must_have(kin_alloc_array(kept + 1, sizeof *s->starts));
    for (size_t i = 0; i < kept; i++)
        if (i == 0 || strcmp(s->items[i].path, s->items[i - 1].path) != 0)
            s->starts[s->images++] = i;
    s->starts[s->images] = kept;
}

static int describe_image(set *s, kin_describer *describer, size_t first, size_t end, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_buffer file = KIN_BUFFER_INIT;
    kin_image image = KIN_IMAGE_INIT;
    kin_image_options decode = KIN_IMAGE_OPTIONS_INIT;
    size_t dim = kin_model_about(s->model)->dim;
    const char *path = kin_path_join(&arena, s->folder, s->items[first].path);
    int code = path ? kin_file_read(path, (size_t)1 << 30, &file, err) : kin_fail_memory(err);
    if (!code)
        code = kin_image_decode(file.data, file.size, &decode, &image, err);
    for (size_t i = first; !code && i < end; i++) {
        kin_box box = s->items[i].box, region = { 0, 0, image.full_width, image.full_height };
        if (s->items[i].relative)
            box = (kin_box) { box.x * region.w, box.y * region.h, box.w * region.w, box.h * region.h };
        kin_error reason = KIN_ERROR_INIT;
        int bad = KIN_OK;
        if (s->items[i].shape)
            bad = kin_box_region(box, s->margin, image.full_width, image.full_height, &region, &reason);
        if (!bad)
            bad = kin_describer_run(describer, &image, &region, 1, s->vectors + i * dim, &reason);
        s->bad[i] = bad != KIN_OK;
    }
    kin_image_clear(&image);
    kin_buffer_clear(&file);
    kin_arena_clear(&arena);
    return code;
}

static void describe(void *user, size_t worker, size_t i)
{
    set *s = user;
    kin_error err = KIN_ERROR_INIT;
    if (describe_image(s, s->describers[worker], s->starts[i], s->starts[i + 1], &err) == KIN_OK)
        return;
    (void)fprintf(stderr, "bench_quality: %s: %s\n", s->items[s->starts[i]].path, err.message);
    for (size_t j = s->starts[i]; j < s->starts[i + 1]; j++)
        s->bad[j] = true;
}

/* Drops what could not be read, so that rows of vectors and items stay side by side. */
static size_t drop_bad(set *s)
{
    size_t dim = kin_model_about(s->model)->dim, kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (s->bad[i])
            continue;
        s->items[kept] = s->items[i];
        memmove(s->vectors + kept * dim, s->vectors + i * dim, dim * sizeof(float));
        kept++;
    }
    size_t dropped = s->count - kept;
    s->count = kept;
    return dropped;
}

/* The k best of scores[n] but item `self`, by insertion; ties to the lower number. Returns how many share its label. */
static size_t same_among_best(const set *s, const float *scores, size_t self, size_t k)
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

static void score(const set *s, size_t k, result *out)
{
    size_t dim = kin_model_about(s->model)->dim, classes = s->labels.count, rated = 0;
    float *scores = must_have(kin_alloc_array(s->count, block * sizeof(float)));
    double *sums = must_have(kin_alloc_zeroed(classes, sizeof(double)));
    size_t *sizes = must_have(kin_alloc_zeroed(classes, sizeof(size_t)));
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

/* The folder a path of annotations speaks of: itself, or the one the file lies in. */
static const char *folder_of(kin_arena *arena, const char *path)
{
    if (kin_file_is_folder(path))
        return path;
    const char *base = kin_path_base(path);
    return base == path ? "." : must_have(kin_arena_copy(arena, path, (size_t)(base - path)));
}

static result run(const kin_model *model, const options *o, const char *path)
{
    kin_error err = KIN_ERROR_INIT;
    set s = { .model = model, .margin = o->margin };
    s.folder = folder_of(&s.arena, path);
    kin_import_options import = KIN_IMPORT_OPTIONS_INIT;
    import.label_column = o->label_column;
    kin_annotation_sink sink = { .take = take, .user = &s };
    must(kin_import_annotations(path, s.folder, &import, &sink, NULL, &err), &err);
    arrange(&s);
    size_t dim = kin_model_about(model)->dim, threads = o->threads ? o->threads : kin_parallel_cores();
    if (s.count < 2)
        must(kin_fail(&err, KIN_E_USAGE, "%s has fewer than two items with a label", path), &err);
    s.vectors = must_have(kin_alloc_array(s.count, dim * sizeof(float)));
    s.bad = must_have(kin_alloc_zeroed(s.count, sizeof(bool)));
    s.describers = must_have(kin_alloc_zeroed(threads, sizeof(kin_describer *)));
    for (size_t i = 0; i < threads; i++)
        must(kin_describer_new(model, &s.describers[i], &err), &err);
    kin_parallel(threads, s.images, describe, &s);
    result out = { .unread = drop_bad(&s) };
    out.items = s.count;
    out.checksum = kin_hash(s.vectors, s.count * dim * sizeof(float));
    if (s.count > 1)
        score(&s, o->k, &out);
    for (size_t i = 0; i < threads; i++)
        kin_describer_free(s.describers[i]);
    free(s.describers);
    free(s.bad);
    free(s.vectors);
    free(s.starts);
    free(s.items);
    kin_table_clear(&s.labels);
    kin_arena_clear(&s.arena);
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
    must(kin_model_open(o.model, o.precision, &model, &err), &err);
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
