/* kin's side of compare_search.py, and the vectors of both sides.
 *
 *     search_turns draw DIM STREAM N OUT.raw             vectors of search_world.h, float32 [N, DIM]
 *     search_turns DIM K FOLDER ITEMS.raw QUERIES.raw    8-bit rows and a base in FOLDER; then, a line of stdin each:
 *         one FIRST COUNT    that many queries alone: seconds of each, on one line
 *         all                all queries in one call: seconds
 *         ids FILE           the answers of the last `all`, int64 [queries, K]
 *
 * The first line that it prints is the seconds of building and the bytes that an item takes: of the files and of memory
 * of its own. */
#include "base/checked.h"
#include "base/clock.h"
#include "base/file.h"
#include "kernel/blas.h"
#include "kin/index.h"
#include "search_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { block = 16384 };

typedef struct turns {
    size_t dim, k, queries_count;
    float *queries, *scores;
    int64_t *ids;
    kin_index *index;
} turns;

static void end(const char *why)
{
    (void)fprintf(stderr, "search_turns: %s\n", why);
    exit(1);
}

static void must(int code, const kin_error *err)
{
    if (code != KIN_OK)
        end(err->message);
}

static void *must_have(void *memory)
{
    if (!memory)
        end("there is not enough memory");
    return memory;
}

static FILE *must_open(const char *path, const char *how)
{
    FILE *file = fopen(path, how);
    if (!file)
        end("a file cannot be opened");
    return file;
}

static int draw(char **argv)
{
    size_t dim = strtoul(argv[0], NULL, 10), n = strtoul(argv[2], NULL, 10);
    search_world world;
    if (dim == 0 || !search_world_init(&world, dim))
        end("there is not enough memory");
    float *vectors = must_have(kin_alloc_array(block * dim, sizeof *vectors));
    FILE *out = must_open(argv[3], "wb");
    for (size_t i = 0; i < n; i += block) {
        size_t some = n - i < block ? n - i : block;
        search_world_draw(&world, strtoul(argv[1], NULL, 10), i, some, vectors);
        if (fwrite(vectors, dim * sizeof *vectors, some, out) != some)
            end("the vectors cannot be written");
    }
    free(vectors);
    search_world_clear(&world);
    return fclose(out) == 0 ? 0 : 1;
}

static double file_bytes(const char *folder, const char *name)
{
    char path[4096];
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &info) == 0 ? (double)info.st_size : 0;
}

static double own_memory(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double kilobytes = 0;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "RssAnon: %lf", &kilobytes) == 1)
            break;
    if (file)
        (void)fclose(file);
    return kilobytes * 1024;
}

static size_t add_all(turns *t, const char *path)
{
    kin_error err = KIN_ERROR_INIT;
    FILE *in = must_open(path, "rb");
    float *vectors = must_have(kin_alloc_array(block * t->dim, sizeof *vectors));
    int64_t *ids = must_have(kin_alloc_array(block, sizeof *ids));
    size_t n = 0, some;
    while ((some = fread(vectors, t->dim * sizeof *vectors, block, in)) > 0) {
        for (size_t i = 0; i < some; i++)
            ids[i] = (int64_t)(++n);
        must(kin_index_add(t->index, ids, vectors, some, &err), &err);
    }
    free(ids);
    free(vectors);
    (void)fclose(in);
    must(kin_index_build_base(t->index, NULL, &err), &err);
    return n;
}

static void build(turns *t, const char *folder, const char *path)
{
    kin_error err = KIN_ERROR_INIT;
    kin_index_options how = { .dim = t->dim, .type = KIN_VECTOR_I8, .rows = KIN_INDEX_ALL, .write = true };
    double start = kin_clock_seconds();
    must(kin_index_open(folder, &how, &t->index, &err), &err);
    size_t n = add_all(t, path);
    double seconds = kin_clock_seconds() - start;
    kin_index_close(t->index);
    how.write = false;
    double before = own_memory();
    must(kin_index_open(folder, &how, &t->index, &err), &err);
    double bytes = own_memory() - before + file_bytes(folder, "vectors.bin") + file_bytes(folder, "base.faiss");
    printf("%.3f %.1f\n", seconds, bytes / (double)n);
}

static void read_queries(turns *t, const char *path)
{
    kin_error err = KIN_ERROR_INIT;
    kin_buffer bytes = KIN_BUFFER_INIT;
    must(kin_file_read(path, SIZE_MAX, &bytes, &err), &err);
    t->queries_count = bytes.size / (t->dim * sizeof *t->queries);
    t->queries = must_have(kin_alloc_array(t->queries_count * t->dim, sizeof *t->queries));
    memcpy(t->queries, bytes.data, t->queries_count * t->dim * sizeof *t->queries);
    kin_buffer_clear(&bytes);
    t->ids = must_have(kin_alloc_array(t->queries_count * t->k, sizeof *t->ids));
    t->scores = must_have(kin_alloc_array(t->queries_count * t->k, sizeof *t->scores));
}

static double ask(turns *t, size_t first, size_t n)
{
    kin_error err = KIN_ERROR_INIT;
    double start = kin_clock_seconds();
    must(kin_index_search(t->index, t->queries + first * t->dim, n, t->k, t->ids + first * t->k,
                          t->scores + first * t->k, &err),
         &err);
    return kin_clock_seconds() - start;
}

static void answer(turns *t, const char *line)
{
    size_t first, count;
    char path[4096];
    if (sscanf(line, "one %zu %zu", &first, &count) == 2)
        for (size_t i = first; i < first + count && i < t->queries_count; i++)
            printf("%.9f ", ask(t, i, 1));
    else if (strncmp(line, "all", 3) == 0)
        printf("%.6f", ask(t, 0, t->queries_count));
    else if (sscanf(line, "ids %4095s", path) == 1) {
        FILE *out = must_open(path, "wb");
        if (fwrite(t->ids, t->k * sizeof *t->ids, t->queries_count, out) != t->queries_count || fclose(out) != 0)
            end("the answers cannot be written");
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "draw") == 0)
        return draw(argv + 2);
    if (argc != 6) {
        (void)fputs("usage: search_turns draw DIM STREAM N OUT.raw\n"
                    "       search_turns DIM K FOLDER ITEMS.raw QUERIES.raw\n",
                    stderr);
        return 2;
    }
    turns t = { .dim = strtoul(argv[1], NULL, 10), .k = strtoul(argv[2], NULL, 10) };
    char line[8192];
    kin_blas_threads(1);
    read_queries(&t, argv[5]);
    build(&t, argv[3], argv[4]);
    while (fflush(stdout) == 0 && fgets(line, sizeof line, stdin))
        answer(&t, line);
    kin_index_close(t.index);
    free(t.scores);
    free(t.ids);
    free(t.queries);
    return fclose(stdout) == 0 ? 0 : 1;
}
