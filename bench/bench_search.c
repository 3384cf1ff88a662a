/* How fast, how right and how large the index is.
 *
 * Data: a mixture of Gaussians on the sphere, like descriptors of real data sets, which have many small groups and a
 * few large ones. One centre for each 200 items, uniform on the sphere; a third of the centres lie near another one
 * (kinds of the same thing). An item takes a centre with a weight that falls with the centre's number (as 1/sqrt), and
 * adds noise of its centre's own width, 0.3 to 0.9 of a unit length in all, before it is brought to length 1. Queries
 * are drawn in the same way and are not in the index.
 *
 * Each query alone is timed for latency; all of them in one call for throughput. Exact figures come first, from the
 * index without a base; recall is against them. Best and median of what was timed; setting up is not. Memory is what
 * the process grew by while the index was filled (mapped files are the system's to keep or drop, and not counted). */

#include "base/checked.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "kernel/blas.h"
#include "kin/index.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { k = 50, queries = 256, rounds = 5, most_sizes = 8 };

typedef struct options {
    size_t sizes[most_sizes], size_count, dim;
    kin_vector_type type;
    int threads;
    bool json;
    const char *folder;
} options;

typedef struct timing {
    double best, median; /* seconds */
} timing;

typedef struct result {
    size_t n;
    double add, build, open; /* seconds */
    timing exact_one, exact_all, one, all;
    double recall, row_bytes, base_bytes, memory_bytes;
    uint64_t checksum;
} result;

static void must(int code, const kin_error *err)
{
    if (code == KIN_OK)
        return;
    (void)fprintf(stderr, "bench_search: %s\n", err->message);
    exit(1);
}

static void *must_have(void *memory)
{
    kin_error err = KIN_ERROR_INIT;
    must(memory ? KIN_OK : kin_fail_memory(&err), &err);
    return memory;
}

static void draw_around(kin_rng *rng, const float *centre, double width, float *out, size_t dim)
{
    double squares = 0, each = width / sqrt((double)dim);
    for (size_t i = 0; i < dim; i++) {
        double x = (centre ? (double)centre[i] : 0) + each * kin_rng_normal(rng);
        out[i] = (float)x;
        squares += x * x;
    }
    for (size_t i = 0; i < dim; i++)
        out[i] = (float)((double)out[i] / sqrt(squares));
}

typedef struct mixture {
    size_t dim, count;
    float *centres, *widths;
} mixture;

static mixture make_mixture(size_t n, size_t dim)
{
    kin_rng rng;
    kin_rng_seed(&rng, 1);
    mixture m = { .dim = dim, .count = n / 200 + 1 };
    m.centres = must_have(kin_alloc_array(m.count * dim, sizeof *m.centres));
    m.widths = must_have(kin_alloc_array(m.count, sizeof *m.widths));
    for (size_t i = 0; i < m.count; i++) {
        const float *parent = i % 3 == 2 ? m.centres + kin_rng_below(&rng, i) * dim : NULL;
        draw_around(&rng, parent, parent ? 0.6 : 1, m.centres + i * dim, dim);
        m.widths[i] = (float)(0.3 + 0.6 * kin_rng_uniform(&rng));
    }
    return m;
}

static void draw_items(const mixture *m, kin_rng *rng, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        double u = kin_rng_uniform(rng); /* its square: weights fall as 1 / sqrt of the centre's number */
        size_t centre = (size_t)(u * u * (double)m->count);
        draw_around(rng, m->centres + centre * m->dim, (double)m->widths[centre], out + i * m->dim, m->dim);
    }
}

static int by_size(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

static timing timing_of(double *seconds, size_t n)
{
    qsort(seconds, n, sizeof *seconds, by_size);
    return (timing) { seconds[0], seconds[n / 2] };
}

typedef struct answers {
    int64_t ids[queries * k];
    float scores[queries * k];
} answers;

static void time_searches(const kin_index *index, const float *vectors, size_t dim, answers *out, timing *one,
                          timing *all)
{
    kin_error err = KIN_ERROR_INIT;
    double seconds[queries];
    must(kin_index_search(index, vectors, queries, k, out->ids, out->scores, &err), &err); /* warm */
    for (size_t i = 0; i < queries; i++) {
        double start = kin_clock_seconds();
        must(kin_index_search(index, vectors + i * dim, 1, k, out->ids + i * k, out->scores + i * k, &err), &err);
        seconds[i] = kin_clock_seconds() - start;
    }
    *one = timing_of(seconds, queries);
    for (size_t i = 0; i < rounds; i++) {
        double start = kin_clock_seconds();
        must(kin_index_search(index, vectors, queries, k, out->ids, out->scores, &err), &err);
        seconds[i] = kin_clock_seconds() - start;
    }
    *all = timing_of(seconds, rounds);
}

static double recall_of(const answers *exact, const answers *got)
{
    size_t hits = 0;
    for (size_t q = 0; q < queries; q++)
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < k; j++)
                hits += got->ids[q * k + i] == exact->ids[q * k + j];
    return (double)hits / (queries * k);
}

static double file_bytes(const char *folder, const char *name)
{
    kin_buffer path = KIN_BUFFER_INIT;
    kin_buffer_printf(&path, "%s/%s", folder, name);
    struct stat info;
    double bytes = !path.failed && stat(path.data, &info) == 0 ? (double)info.st_size : 0;
    kin_buffer_clear(&path);
    return bytes;
}

/* Memory of this process's own, in bytes; 0 where the system does not tell. */
static double own_memory(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double kilobytes = 0;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "RssAnon: %lf", &kilobytes) == 1)
            break;
    if (file)
        fclose(file);
    return kilobytes * 1024;
}

static double fill(kin_index *index, const mixture *m, size_t n)
{
    enum { batch = 4096 };
    kin_error err = KIN_ERROR_INIT;
    kin_rng rng;
    kin_rng_seed(&rng, 2);
    float *vectors = must_have(kin_alloc_array(batch * m->dim, sizeof *vectors));
    int64_t ids[batch];
    double seconds = 0;
    for (size_t i = 0; i < n; i += batch) {
        size_t some = n - i < batch ? n - i : batch;
        draw_items(m, &rng, some, vectors);
        for (size_t j = 0; j < some; j++)
            ids[j] = (int64_t)(i + j + 1);
        double start = kin_clock_seconds();
        must(kin_index_add(index, ids, vectors, some, &err), &err);
        seconds += kin_clock_seconds() - start;
    }
    double start = kin_clock_seconds();
    must(kin_index_sync(index, &err), &err);
    free(vectors);
    return seconds + kin_clock_seconds() - start;
}

static result run(const options *how, const char *folder, size_t n)
{
    kin_error err = KIN_ERROR_INIT;
    result r = { .n = n };
    kin_index *index = NULL;
    kin_index_options open = { .dim = how->dim, .type = how->type, .rows = KIN_INDEX_ALL, .write = true };
    mixture m = make_mixture(n, how->dim);
    kin_rng rng;
    kin_rng_seed(&rng, 3);
    float *asked = must_have(kin_alloc_array(queries * how->dim, sizeof *asked));
    answers *exact = must_have(malloc(sizeof *exact)), *got = must_have(malloc(sizeof *got));
    draw_items(&m, &rng, queries, asked);
    must(kin_index_delete(folder, &err), &err);
    double before = own_memory();
    must(kin_index_open(folder, &open, &index, &err), &err);
    r.add = fill(index, &m, n);
    r.memory_bytes = (own_memory() - before) / (double)n;
    time_searches(index, asked, how->dim, exact, &r.exact_one, &r.exact_all);
    double start = kin_clock_seconds();
    must(kin_index_build_base(index, NULL, &err), &err);
    r.build = kin_clock_seconds() - start;
    kin_index_close(index);
    open.write = false;
    start = kin_clock_seconds();
    must(kin_index_open(folder, &open, &index, &err), &err);
    r.open = kin_clock_seconds() - start;
    time_searches(index, asked, how->dim, got, &r.one, &r.all);
    r.recall = recall_of(exact, got);
    r.row_bytes = file_bytes(folder, "vectors.bin") / (double)n;
    r.base_bytes = file_bytes(folder, "base.faiss") / (double)n;
    r.checksum = kin_hash_more(kin_hash(got->ids, sizeof got->ids), got->scores, sizeof got->scores);
    kin_index_close(index);
    must(kin_index_delete(folder, &err), &err);
    free(got);
    free(exact);
    free(asked);
    free(m.widths);
    free(m.centres);
    return r;
}

static void print_row(const result *r)
{
    printf("%9zu | %8.3f %8.3f %9.0f | %8.3f %8.3f %9.0f %6.4f | %7.2f %7.2f %7.3f | %6.0f %5.1f %6.1f | %016llx\n",
           r->n, 1e3 * r->exact_one.best, 1e3 * r->exact_one.median, queries / r->exact_all.best, 1e3 * r->one.best,
           1e3 * r->one.median, queries / r->all.best, r->recall, r->add, r->build, r->open, r->row_bytes,
           r->base_bytes, r->memory_bytes, (unsigned long long)r->checksum);
}

static void print_json(const result *r, bool first)
{
    printf(
        "%s\n  {\"items\": %zu, \"exact_ms_best\": %.4f, \"exact_ms_median\": %.4f, \"exact_batch_per_s_best\": %.1f, "
        "\"exact_batch_per_s_median\": %.1f,\n   \"ms_best\": %.4f, \"ms_median\": %.4f, \"batch_per_s_best\": %.1f, "
        "\"batch_per_s_median\": %.1f, \"recall_at_50\": %.5f,\n   \"add_s\": %.3f, \"build_s\": %.3f, \"open_s\": "
        "%.4f, "
        "\"row_bytes\": %.1f, \"base_bytes_per_item\": %.2f, \"memory_bytes_per_item\": %.2f, \"checksum\": "
        "\"%016llx\"}",
        first ? "" : ",", r->n, 1e3 * r->exact_one.best, 1e3 * r->exact_one.median, queries / r->exact_all.best,
        queries / r->exact_all.median, 1e3 * r->one.best, 1e3 * r->one.median, queries / r->all.best,
        queries / r->all.median, r->recall, r->add, r->build, r->open, r->row_bytes, r->base_bytes, r->memory_bytes,
        (unsigned long long)r->checksum);
}

static void usage(void)
{
    (void)fputs("usage: bench_search [--sizes 10000,100000,1000000] [--dim 128] [--type f32|f16|i8] [--threads 1]\n"
                "                    [--folder FOLDER] [--json]\n",
                stderr);
    exit(2);
}

static void parse_sizes(options *how, const char *text)
{
    how->size_count = 0;
    for (char *end = NULL; *text; text = *end == ',' ? end + 1 : end) {
        unsigned long long n = strtoull(text, &end, 10);
        if (end == text || (*end && *end != ',') || n < 100 || n > 100000000 || how->size_count == most_sizes)
            usage();
        how->sizes[how->size_count++] = (size_t)n;
    }
}

static kin_vector_type type_of(const char *name)
{
    static const char *const names[] = { "f32", "f16", "i8" };
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0)
            return (kin_vector_type)(i + 1);
    usage();
    return KIN_VECTOR_F32;
}

static options parse(int argc, char **argv)
{
    options how = { .sizes = { 10000, 100000, 1000000 },
                    .size_count = 3,
                    .dim = 128,
                    .type = KIN_VECTOR_F32,
                    .threads = 1,
                    .folder = "." };
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--json") == 0) {
            how.json = true;
            continue;
        }
        const char *value = ++i < argc ? argv[i] : NULL;
        if (!value)
            usage();
        else if (strcmp(name, "--sizes") == 0)
            parse_sizes(&how, value);
        else if (strcmp(name, "--dim") == 0)
            how.dim = strtoul(value, NULL, 10);
        else if (strcmp(name, "--type") == 0)
            how.type = type_of(value);
        else if (strcmp(name, "--threads") == 0)
            how.threads = atoi(value);
        else if (strcmp(name, "--folder") == 0)
            how.folder = value;
        else
            usage();
    }
    if (how.dim == 0 || how.dim > 4096 || how.threads < 0 || how.size_count == 0)
        usage();
    if (how.threads == 0)
        how.threads = (int)kin_parallel_cores();
    return how;
}

/* Each size in a process of its own: what the last one left in the heap would hide what this one needs. */
static bool run_apart(const options *how, const char *folder, size_t i)
{
    pid_t child = fork();
    int status = 1;
    if (child != 0)
        return child > 0 && waitpid(child, &status, 0) == child && status == 0;
    kin_blas_threads(how->threads);
    result r = run(how, folder, how->sizes[i]);
    if (how->json)
        print_json(&r, i == 0);
    else
        print_row(&r);
    _exit(fflush(stdout) == 0 ? 0 : 1);
}

int main(int argc, char **argv)
{
    options how = parse(argc, argv);
    kin_buffer folder = KIN_BUFFER_INIT;
    kin_buffer_printf(&folder, "%s/bench_search_XXXXXX", how.folder);
    kin_error err = KIN_ERROR_INIT;
    bool failed = false;
    if (folder.failed || !mkdtemp(folder.data))
        must(kin_fail_errno(&err, "make a folder in", how.folder), &err);
    if (how.json)
        printf("{\"dim\": %zu, \"type\": %d, \"k\": %d, \"queries\": %d, \"threads\": %d, \"blas\": \"%s\", "
               "\"results\": [",
               how.dim, (int)how.type, k, queries, how.threads, kin_blas_name());
    else
        printf(
            "%zu components, type %d, %d neighbours, %d queries, %d threads, %s\n"
            "          | exact: one query, batch    | with base: one query, batch         | seconds                 "
            "| bytes per item      |\n"
            "    items |  best ms   median   queries/s |  best ms   median queries/s recall |     add   build    open "
            "|    row  base memory | checksum\n",
            how.dim, (int)how.type, k, queries, how.threads, kin_blas_name());
    for (size_t i = 0; i < how.size_count; i++) {
        (void)fflush(stdout);
        failed |= !run_apart(&how, folder.data, i);
    }
    if (how.json)
        puts("\n]}");
    (void)rmdir(folder.data);
    kin_buffer_clear(&folder);
    return fclose(stdout) == 0 && !failed ? 0 : 1;
}
