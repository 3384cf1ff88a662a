/* A worker keeps its shards open from one OPEN to the next, and the model from the first DESCRIBE on: jobs need none. */
#include "workspace/spread_batch.h"
#include "workspace/crew.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/parallel.h"
#include "kernel/blas.h"
#include "kin/index_upkeep.h"

#include <stdio.h>
#include <stdlib.h>

enum { most_dim = 8192, most_threads = 4096 };

typedef struct shard {
    uint64_t number;
    kin_index *index;
} shard;

struct kin_spread_worker {
    shard *shards;
    size_t count;
    /* What the last OPEN said; texts are the arena's. */
    char *folder, *shards_folder, *model_name;
    kin_index_options options;
    kin_precision precision;
    double margin;
    uint64_t max_pixels, max_bytes;
    size_t threads;
    kin_arena arena;
    kin_model *model; /* of the first DESCRIBE, as are its crew and batch */
    kin_crew *crew;
    kin_batch batch;
};

static void close_all(kin_spread_worker *worker)
{
    for (size_t i = 0; i < worker->count; i++)
        kin_index_close(worker->shards[i].index);
    free(worker->shards);
    worker->shards = NULL;
    worker->count = 0;
    kin_crew__free(worker->crew);
    worker->crew = NULL;
    kin_model_free(worker->model);
    worker->model = NULL;
    kin_arena_reset(&worker->arena);
}

int kin_spread_worker_new(kin_spread_worker **out, kin_error *err)
{
    kin_spread_worker *worker = kin_alloc_zeroed(1, sizeof *worker);
    if (!worker)
        return kin_fail_memory(err);
    kin_blas_threads(1); /* as a workspace does, which not every worker's process opens */
    worker->batch = (kin_batch)KIN_BATCH_INIT;
    *out = worker;
    return KIN_OK;
}

void kin_spread_worker_free(kin_spread_worker *worker)
{
    if (!worker)
        return;
    close_all(worker);
    kin_batch__clear(&worker->batch);
    kin_arena_clear(&worker->arena);
    free(worker);
}

/* ---- OPEN ---- */

static int open_shard(kin_spread_worker *worker, shard *s, uint64_t rows, kin_error *err)
{
    kin_index_options options = worker->options;
    kin_arena arena = KIN_ARENA_INIT;
    char number[32];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)s->number);
    const char *folder = kin_path_join(&arena, worker->shards_folder, number);
    int code = folder ? KIN_OK : kin_fail_memory(err);
    options.rows = rows;
    if (code == KIN_OK && options.write)
        code = kin_file_make_folder(folder, err);
    /* Before the first row of a generation no file of it counts. */
    if (code == KIN_OK && options.write && rows == 0)
        code = kin_index_delete(folder, err);
    if (code == KIN_OK)
        code = kin_index_open(folder, &options, &s->index, err);
    kin_arena_clear(&arena);
    return code;
}

static bool read_terms(kin_spread_worker *worker, kin_spread_reader *message)
{
    worker->folder = kin_spread__get_text(message, &worker->arena);
    worker->shards_folder = kin_spread__get_text(message, &worker->arena);
    worker->options = (kin_index_options) { .type = KIN_VECTOR_I8, .write = kin_spread__get(message) != 0 };
    worker->options.generation = kin_spread__get(message);
    worker->options.model = kin_spread__get(message);
    worker->options.dim = (size_t)kin_spread__get(message);
    worker->model_name = kin_spread__get_text(message, &worker->arena);
    worker->precision = (kin_precision)kin_spread__get(message);
    worker->margin = kin_spread__get_real(message);
    worker->max_pixels = kin_spread__get(message);
    worker->max_bytes = kin_spread__get(message);
    worker->threads = (size_t)kin_spread__get(message);
    if (worker->threads == 0)
        worker->threads = kin_parallel_cores();
    return worker->folder && worker->shards_folder && worker->model_name && worker->options.dim > 0 &&
           worker->options.dim <= most_dim && worker->threads <= most_threads;
}

static int open_as_told(kin_spread_worker *worker, kin_spread_reader *message, kin_buffer *reply, kin_error *err)
{
    uint64_t version = kin_spread__get(message);
    if (version != kin_spread__version)
        return kin_fail(err, KIN_E_USAGE, "the processes are of different versions; run the same kin everywhere");
    bool sound = read_terms(worker, message);
    size_t count = kin_spread__get_count(message, 2 * sizeof(uint64_t));
    if (message->failed || !sound)
        return kin_spread__fail(err);
    worker->shards = kin_alloc_zeroed(count, sizeof *worker->shards);
    int code = worker->shards ? KIN_OK : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < count; i++) {
        shard *s = &worker->shards[worker->count++];
        s->number = kin_spread__get(message);
        code = open_shard(worker, s, kin_spread__get(message), err);
    }
    kin_spread__put(reply, worker->threads);
    return code;
}

/* Of what could not be opened nothing stays. */
static int open_all(kin_spread_worker *worker, kin_spread_reader *message, kin_buffer *reply, kin_error *err)
{
    close_all(worker);
    int code = open_as_told(worker, message, reply, err);
    if (code != KIN_OK) {
        close_all(worker);
        worker->options = (kin_index_options) { .dim = 0 };
    }
    return code;
}

static int find_shard(kin_spread_worker *worker, uint64_t number, shard **out, kin_error *err)
{
    for (size_t i = 0; i < worker->count; i++)
        if (worker->shards[i].number == number) {
            *out = &worker->shards[i];
            return KIN_OK;
        }
    return kin_spread__fail(err);
}

/* ---- DESCRIBE and REMOVE ---- */

static int open_model(kin_spread_worker *worker, kin_error *err)
{
    int code = kin_model_open(worker->model_name, worker->precision, &worker->model, err);
    if (code != KIN_OK)
        return code;
    const kin_model_info *info = kin_model_about(worker->model);
    if (kin_workspace__vectors(info->id, worker->margin) != worker->options.model)
        return kin_fail(err, KIN_E_USAGE, "the model %.100s is another one here; install the same everywhere",
                        worker->model_name);
    const kin_crew_options options = { .folder = worker->folder,
                                       .model = worker->model,
                                       .dim = info->dim,
                                       .input = info->input,
                                       .margin = worker->margin,
                                       .max_pixels = worker->max_pixels,
                                       .max_bytes = worker->max_bytes,
                                       .threads = worker->threads };
    return kin_crew__new(&options, &worker->crew, err);
}

static int describe(kin_spread_worker *worker, kin_spread_reader *message, kin_buffer *reply, kin_error *err)
{
    shard *s = NULL;
    kin_batch__reset(&worker->batch);
    int code = find_shard(worker, kin_spread__get(message), &s, err);
    if (code == KIN_OK)
        code = kin_spread__get_batch(message, &worker->batch, err);
    if (code == KIN_OK && !worker->crew)
        code = open_model(worker, err);
    if (code != KIN_OK)
        return code;
    const kin_crew_times before = kin_crew__times(worker->crew);
    kin_crew__describe(worker->crew, &worker->batch);
    const kin_crew_times after = kin_crew__times(worker->crew);
    code = kin_batch__add_rows(&worker->batch, worker->options.dim, s->index, err);
    if (code == KIN_OK)
        code = kin_index_sync(s->index, err);
    kin_spread__put(reply, kin_index_rows(s->index));
    kin_spread__put_real(reply, after.read_seconds - before.read_seconds);
    kin_spread__put_real(reply, after.decode_seconds - before.decode_seconds);
    kin_spread__put_real(reply, after.vector_seconds - before.vector_seconds);
    kin_spread__put_results(reply, &worker->batch);
    return code;
}

/* The ids of a message; malloc'ed. */
static int get_ids(kin_spread_reader *message, int64_t **ids, size_t *n, kin_error *err)
{
    *n = kin_spread__get_count(message, sizeof **ids);
    *ids = kin_alloc_array(*n, sizeof **ids);
    if (!*ids)
        return kin_fail_memory(err);
    kin_spread__get_bytes(message, *ids, *n * sizeof **ids);
    return message->failed ? kin_spread__fail(err) : KIN_OK;
}

static int remove_ids(kin_spread_worker *worker, kin_spread_reader *message, kin_buffer *reply, kin_error *err)
{
    shard *s = NULL;
    int64_t *ids = NULL;
    size_t n = 0;
    int code = find_shard(worker, kin_spread__get(message), &s, err);
    if (code == KIN_OK)
        code = get_ids(message, &ids, &n, err);
    if (code == KIN_OK)
        code = kin_index_remove(s->index, ids, n, err);
    if (code == KIN_OK)
        code = kin_index_sync(s->index, err);
    if (code == KIN_OK)
        kin_spread__put(reply, kin_index_rows(s->index));
    free(ids);
    return code;
}

/* ---- GET and AMONG ---- */

static int get_vector(const kin_index *index, int64_t id, bool strict, float *vector, kin_error *err)
{
    if (strict && kin_index_has(index, id) && !kin_index_holds(index, id))
        return kin_fail(err, KIN_E_FORMAT, "the vector of item %lld is damaged; run kin check --repair, then kin-mpi index",
                        (long long)id);
    return kin_index_get(index, id, vector, err);
}

static int get_vectors(kin_spread_worker *worker, kin_spread_reader *message, kin_buffer *reply, kin_error *err)
{
    size_t dim = worker->options.dim, n = 0;
    bool strict = kin_spread__get(message) != 0;
    int64_t *ids = NULL;
    float *vector = kin_alloc_array(dim, sizeof *vector);
    int code = vector ? get_ids(message, &ids, &n, err) : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        size_t s = 0;
        while (s + 1 < worker->count && !kin_index_has(worker->shards[s].index, ids[i]))
            s++;
        code = worker->count ? get_vector(worker->shards[s].index, ids[i], strict, vector, err) : kin_spread__fail(err);
        if (code == KIN_OK)
            kin_buffer_append(reply, vector, dim * sizeof *vector);
    }
    free(ids);
    free(vector);
    return code;
}

/* The k best of all shards together: hits[shards * k], *n of them. */
static int search_shards(const kin_spread_worker *worker, const float *query, const int64_t *among, size_t m, size_t k,
                         kin_spread_hit *hits, size_t *n, kin_error *err)
{
    int64_t *ids = kin_alloc_array(k, sizeof *ids);
    float *scores = kin_alloc_array(k, sizeof *scores);
    int code = ids && scores ? KIN_OK : kin_fail_memory(err);
    *n = 0;
    for (size_t s = 0; code == KIN_OK && s < worker->count; s++) {
        code = kin_index_search_among(worker->shards[s].index, query, 1, among, m, k, ids, scores, err);
        for (size_t i = 0; code == KIN_OK && i < k && ids[i] >= 0; i++)
            hits[(*n)++] = (kin_spread_hit) { scores[i], ids[i] };
    }
    kin_spread__sort_hits(hits, *n);
    if (*n > k)
        *n = k;
    free(ids);
    free(scores);
    return code;
}

static int search_among(kin_spread_worker *worker, kin_spread_reader *message, kin_buffer *reply, kin_error *err)
{
    size_t dim = worker->options.dim, k = (size_t)kin_spread__get(message), m = 0, n = 0, room = 0;
    float *query = kin_alloc_array(dim, sizeof *query);
    int64_t *among = NULL;
    if (!query)
        return kin_fail_memory(err);
    kin_spread__get_bytes(message, query, dim * sizeof *query);
    int code = get_ids(message, &among, &m, err);
    k = k < m ? k : m; /* no more can be found */
    bool fits = code == KIN_OK && kin_size_mul(worker->count, k, &room);
    kin_spread_hit *hits = fits ? kin_alloc_array(room, sizeof *hits) : NULL;
    if (code == KIN_OK)
        code = hits ? search_shards(worker, query, among, m, k, hits, &n, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        kin_spread__put_hits(reply, hits, n);
    free(hits);
    free(among);
    free(query);
    return code;
}

/* ---- All of them ---- */

static int do_task(kin_spread_worker *worker, const kin_bytes *message, kin_buffer *reply, kin_error *err)
{
    static int (*const tasks[])(kin_spread_worker *, kin_spread_reader *, kin_buffer *, kin_error *) = {
        [KIN_SPREAD_OPEN] = open_all,     [KIN_SPREAD_DESCRIBE] = describe,   [KIN_SPREAD_REMOVE] = remove_ids,
        [KIN_SPREAD_GET] = get_vectors, [KIN_SPREAD_AMONG] = search_among,
    };
    kin_spread_reader reader = kin_spread__read(message);
    uint64_t task = kin_spread__get(&reader);
    bool known = task < sizeof tasks / sizeof *tasks && tasks[task];
    return known ? tasks[task](worker, &reader, reply, err) : kin_spread__fail(err);
}

int kin_spread_worker_answer(kin_spread_worker *worker, const kin_bytes *message, kin_bytes *reply, kin_error *err)
{
    kin_buffer buffer = KIN_BUFFER_INIT;
    kin_error why = KIN_ERROR_INIT;
    kin_spread__put(&buffer, KIN_OK);
    int code = do_task(worker, message, &buffer, &why);
    if (code != KIN_OK) {
        kin_buffer_reset(&buffer);
        kin_spread__put(&buffer, (uint64_t)(int64_t)code);
        kin_spread__put_text(&buffer, why.message);
    }
    return kin_spread__finish(&buffer, reply, err);
}
