/* How fast, how right and how large the index is, as items grow.
 *
 * Data: search_world.h, in a stream for the items and another for the queries. Each of the first queries alone is timed
 * for latency; all of them in one call for throughput. Exact figures come first, from the index without a base; recall
 * is against them. A compaction, with the base that is made after it, shows what rows in the order of lists gain. Then a hundredth more items are added and the base takes them in; then the graph of the 10 nearest of
 * every item is made, its recall measured on a sample. Best and median of what was timed; setting up is not. Memory is
 * what the process grew by: while the index was filled, and at most while the base was made (mapped files are the
 * system's to keep or drop, and not counted). */

#include "base/checked.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "kernel/blas.h"
#include "kin/index_upkeep.h"
#include "search_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { k = 50, queries = 1000, rounds = 3, alone = 300, exact_alone = 20, asked_again = 200, graph_k = 10, sampled = 500, most_sizes = 8 };

typedef struct options {
    size_t sizes[most_sizes], size_count, dim;
    kin_vector_type type;
    int threads;
    size_t graph_most; /* no graph of more items */
    bool json;
    const char *folder;
} options;

typedef struct timing {
    double best, median; /* seconds */
} timing;

typedef struct result {
    size_t n;
    double add, build, open, compact, extend, graph; /* seconds */
    timing exact_one, exact_all, one, all, tidy_one, tidy_all; /* tidy: after a compaction */
    double recall, tidy_recall, extended_recall, graph_recall; /* graph: -1 where there is none */
    double row_bytes, base_bytes, memory_bytes, build_memory;
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

/* How often; an exact search of millions of items is timed less. */
typedef struct how_often {
    size_t single, batches;
} how_often;

static void time_searches(const kin_index *index, const float *vectors, size_t dim, how_often times, answers *out,
                          timing *one, timing *all)
{
    kin_error err = KIN_ERROR_INIT;
    double seconds[queries];
    must(kin_index_search(index, vectors, 1, k, out->ids, out->scores, &err), &err); /* warm */
    for (size_t i = 0; i < times.single; i++) {
        double start = kin_clock_seconds();
        must(kin_index_search(index, vectors + i * dim, 1, k, out->ids + i * k, out->scores + i * k, &err), &err);
        seconds[i] = kin_clock_seconds() - start;
    }
    *one = timing_of(seconds, times.single);
    for (size_t i = 0; i < times.batches; i++) {
        double start = kin_clock_seconds();
        must(kin_index_search(index, vectors, queries, k, out->ids, out->scores, &err), &err);
        seconds[i] = kin_clock_seconds() - start;
    }
    *all = timing_of(seconds, times.batches);
}

static double recall_of(const answers *exact, const answers *got, size_t n)
{
    size_t hits = 0;
    for (size_t q = 0; q < n; q++)
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < k; j++)
                hits += got->ids[q * k + i] == exact->ids[q * k + j];
    return (double)hits / (double)(n * k);
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

/* Items first + 1 .. first + n. Returns the seconds that the index took. */
static double fill(kin_index *index, const search_world *world, size_t first, size_t n)
{
    enum { batch = 16384 };
    kin_error err = KIN_ERROR_INIT;
    float *vectors = must_have(kin_alloc_array(batch * world->dim, sizeof *vectors));
    int64_t *ids = must_have(kin_alloc_array(batch, sizeof *ids));
    double seconds = 0;
    for (size_t i = 0; i < n; i += batch) {
        size_t some = n - i < batch ? n - i : batch;
        search_world_draw(world, 1 + (first > 0), i, some, vectors);
        for (size_t j = 0; j < some; j++)
            ids[j] = (int64_t)(first + i + j + 1);
        double start = kin_clock_seconds();
        must(kin_index_add(index, ids, vectors, some, &err), &err);
        seconds += kin_clock_seconds() - start;
    }
    double start = kin_clock_seconds();
    must(kin_index_sync(index, &err), &err);
    free(ids);
    free(vectors);
    return seconds + kin_clock_seconds() - start;
}

static void note_memory(void *user, const char *what, uint64_t done, uint64_t total)
{
    (void)what;
    (void)done;
    (void)total;
    double *most = user, now = own_memory();
    *most = now > *most ? now : *most;
}

static double build(kin_index *index, double *most)
{
    kin_error err = KIN_ERROR_INIT;
    kin_watch watch = { .user = most, .progress = note_memory };
    double start = kin_clock_seconds();
    must(kin_index_build_base(index, &watch, &err), &err);
    return kin_clock_seconds() - start;
}

static int64_t *all_ids(size_t n)
{
    int64_t *ids = must_have(kin_alloc_array(n, sizeof *ids));
    for (size_t i = 0; i < n; i++)
        ids[i] = (int64_t)i + 1;
    return ids;
}

/* Adds a hundredth and lets the base take it in; recall against all, exactly. */
static void grow(kin_index *index, const search_world *world, const float *asked, answers *exact, answers *got,
                 result *r)
{
    kin_error err = KIN_ERROR_INIT;
    size_t more = r->n / 100;
    double most = 0;
    (void)fill(index, world, r->n, more);
    r->extend = build(index, &most);
    int64_t *ids = all_ids(r->n + more);
    must(kin_index_search_among(index, asked, asked_again, ids, r->n + more, k, exact->ids, exact->scores, &err), &err);
    must(kin_index_search(index, asked, asked_again, k, got->ids, got->scores, &err), &err);
    r->extended_recall = recall_of(exact, got, asked_again);
    free(ids);
}

/* Neighbours of every step-th item. */
typedef struct sample {
    int64_t step, near[sampled * graph_k];
    uint64_t checksum;
} sample;

static int keep_sample(void *user, const kin_index_near *near, kin_error *err)
{
    (void)err;
    sample *s = user;
    s->checksum += kin_hash(near->near, near->n * near->k * sizeof *near->near);
    for (size_t i = 0; i < near->n; i++) {
        int64_t place = near->ids[i] / s->step;
        if (near->ids[i] % s->step == 0 && place < sampled)
            memcpy(s->near + place * graph_k, near->near + i * graph_k, graph_k * sizeof *s->near);
    }
    return KIN_OK;
}

static void make_graph(kin_index *index, size_t n, result *r)
{
    kin_error err = KIN_ERROR_INIT;
    sample *s = must_have(kin_alloc_zeroed(1, sizeof *s));
    s->step = (int64_t)(n / sampled);
    kin_index_graph_options how = { .k = graph_k, .take = keep_sample, .user = s };
    double start = kin_clock_seconds();
    must(kin_index_graph(index, &how, NULL, &err), &err);
    r->graph = kin_clock_seconds() - start;
    enum { places = graph_k + 1 }; /* an item finds itself */
    size_t dim = kin_index_dim(index), hits = 0;
    int64_t *ids = all_ids(n), *exact = must_have(kin_alloc_array(sampled * places, sizeof *exact));
    float *vectors = must_have(kin_alloc_array(sampled * dim, sizeof *vectors));
    float *scores = must_have(kin_alloc_array(sampled * places, sizeof *scores));
    for (int64_t i = 1; i < sampled; i++)
        must(kin_index_get(index, i * s->step, vectors + (size_t)(i - 1) * dim, &err), &err);
    must(kin_index_search_among(index, vectors, sampled - 1, ids, n, places, exact, scores, &err), &err);
    for (size_t i = 0; i + 1 < sampled; i++)
        for (size_t a = 0; a < graph_k; a++)
            for (size_t b = 0; b < places; b++)
                hits += s->near[(i + 1) * graph_k + a] == exact[i * places + b];
    r->graph_recall = (double)hits / ((sampled - 1) * graph_k);
    r->checksum ^= s->checksum;
    free(scores);
    free(vectors);
    free(exact);
    free(ids);
    free(s);
}

/* A compaction writes the rows list by list. */
static void compact(kin_index **index, const char *folder, kin_index_options *open, const float *asked, answers *got,
                    result *r)
{
    kin_error err = KIN_ERROR_INIT;
    kin_index_compacted rows = { 0 };
    double start = kin_clock_seconds(), most = 0;
    must(kin_index_compact(*index, ++open->generation, NULL, &rows, &err), &err);
    free(rows.sums);
    kin_index_close(*index);
    must(kin_index_open(folder, open, index, &err), &err);
    (void)build(*index, &most);
    r->compact = kin_clock_seconds() - start;
    const how_often many = { alone, rounds };
    time_searches(*index, asked, open->dim, many, got, &r->tidy_one, &r->tidy_all);
}

/* Without a base, and then with one. */
static kin_index *measure(const options *how, const char *folder, const search_world *world, const float *asked,
                          answers *exact, answers *got, result *r)
{
    kin_error err = KIN_ERROR_INIT;
    kin_index *index = NULL;
    kin_index_options open = { .dim = how->dim, .type = how->type, .rows = KIN_INDEX_ALL, .write = true };
    must(kin_index_delete(folder, &err), &err);
    double before = own_memory();
    must(kin_index_open(folder, &open, &index, &err), &err);
    r->add = fill(index, world, 0, r->n);
    r->memory_bytes = (own_memory() - before) / (double)r->n;
    const how_often few = { exact_alone, 1 }, many = { alone, rounds };
    time_searches(index, asked, how->dim, r->n > 2000000 ? few : many, exact, &r->exact_one, &r->exact_all);
    r->build_memory = own_memory();
    double least = r->build_memory;
    r->build = build(index, &r->build_memory);
    r->build_memory = (r->build_memory - least) / (double)r->n;
    kin_index_close(index);
    double start = kin_clock_seconds();
    must(kin_index_open(folder, &open, &index, &err), &err);
    r->open = kin_clock_seconds() - start;
    time_searches(index, asked, how->dim, many, got, &r->one, &r->all);
    r->recall = recall_of(exact, got, queries);
    r->checksum = kin_hash_more(kin_hash(got->ids, sizeof got->ids), got->scores, sizeof got->scores);
    compact(&index, folder, &open, asked, got, r);
    r->tidy_recall = recall_of(exact, got, queries);
    return index;
}

static result run(const options *how, const char *folder, size_t n)
{
    kin_error err = KIN_ERROR_INIT;
    result r = { .n = n, .graph = -1, .graph_recall = -1 };
    search_world world;
    must_have(search_world_init(&world, how->dim) ? &world : NULL);
    float *asked = must_have(kin_alloc_array(queries * how->dim, sizeof *asked));
    answers *exact = must_have(malloc(sizeof *exact)), *got = must_have(malloc(sizeof *got));
    search_world_draw(&world, 0, 0, queries, asked);
    kin_index *index = measure(how, folder, &world, asked, exact, got, &r);
    r.row_bytes = file_bytes(folder, "vectors.bin") / (double)n;
    r.base_bytes = file_bytes(folder, "base.faiss") / (double)n;
    grow(index, &world, asked, exact, got, &r);
    if (n <= how->graph_most)
        make_graph(index, n + n / 100, &r);
    kin_index_close(index);
    must(kin_index_delete(folder, &err), &err);
    free(got);
    free(exact);
    free(asked);
    search_world_clear(&world);
    return r;
}

static void print_row(const result *r)
{
    printf("%9zu | %8.3f %8.3f %8.3f | %8.3f %8.3f %8.3f %6.4f | %8.3f %8.3f %8.3f %6.4f %7.1f | %7.2f %7.2f %6.2f %6.4f "
           "%7.3f | %7.1f %6.4f | %5.0f %5.1f %6.1f %6.1f | %016llx\n",
           r->n, 1e3 * r->exact_one.best, 1e3 * r->exact_one.median, r->exact_all.best, 1e3 * r->one.best,
           1e3 * r->one.median, r->all.best, r->recall, 1e3 * r->tidy_one.best, 1e3 * r->tidy_one.median,
           r->tidy_all.best, r->tidy_recall, r->compact, r->add, r->build, r->extend, r->extended_recall, r->open,
           r->graph, r->graph_recall, r->row_bytes, r->base_bytes, r->memory_bytes, r->build_memory,
           (unsigned long long)r->checksum);
}

static void print_json(const result *r, bool first)
{
    printf("%s\n  {\"items\": %zu, \"exact_ms_best\": %.4f, \"exact_ms_median\": %.4f, \"exact_batch_s_best\": %.4f, "
           "\"exact_batch_s_median\": %.4f,\n   \"ms_best\": %.4f, \"ms_median\": %.4f, \"batch_s_best\": %.4f, "
           "\"batch_s_median\": %.4f, \"recall_at_50\": %.5f,\n   \"compacted_ms_best\": %.4f, "
           "\"compacted_ms_median\": %.4f, \"compacted_batch_s_best\": %.4f, \"compacted_batch_s_median\": %.4f, "
           "\"compacted_recall_at_50\": %.5f, \"compact_s\": %.3f,\n   \"add_s\": %.3f, \"build_s\": %.3f, \"extend_s\": "
           "%.3f, \"extended_recall_at_50\": %.5f, \"open_s\": %.4f, \"graph_s\": %.3f, \"graph_recall_at_10\": "
           "%.5f,\n   \"row_bytes\": %.1f, \"base_bytes_per_item\": %.2f, \"memory_bytes_per_item\": %.2f, "
           "\"build_memory_bytes_per_item\": %.2f, \"checksum\": \"%016llx\"}",
           first ? "" : ",", r->n, 1e3 * r->exact_one.best, 1e3 * r->exact_one.median, r->exact_all.best,
           r->exact_all.median, 1e3 * r->one.best, 1e3 * r->one.median, r->all.best, r->all.median, r->recall,
           1e3 * r->tidy_one.best, 1e3 * r->tidy_one.median, r->tidy_all.best, r->tidy_all.median, r->tidy_recall,
           r->compact, r->add,
           r->build, r->extend, r->extended_recall, r->open, r->graph, r->graph_recall, r->row_bytes, r->base_bytes,
           r->memory_bytes, r->build_memory, (unsigned long long)r->checksum);
}

static void usage(void)
{
    (void)fputs("usage: bench_search [--sizes 10000,100000,1000000] [--dim 128] [--type i8|f16|f32] [--threads 1]\n"
                "                    [--graph MOST_ITEMS] [--folder FOLDER] [--json]\n",
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
                    .type = KIN_VECTOR_I8,
                    .graph_most = 1000000,
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
        else if (strcmp(name, "--graph") == 0)
            how.graph_most = strtoul(value, NULL, 10);
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
            "          | exact: one query, all      | with base: one query, all           | compacted: one query, all    "
            "       and s | seconds; 1 %% more and its recall        | 10 nearest of   | bytes per item            |\n"
            "    items |  best ms   median  seconds |  best ms   median  seconds recall |  best ms   median  seconds "
            "recall   to do |     add   build   more recall    open | all, s  recall | row   base memory  build | "
            "checksum\n",
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
