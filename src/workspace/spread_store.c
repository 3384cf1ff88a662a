/* Who has an item is looked up in an array by id: ids are given one after the other and never again. */
#include "workspace/spread_talk.h"

#include "base/checked.h"
#include "base/file.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { nobody = UINT16_MAX, ids_at_once = 4096 };

struct kin_spread_store {
    kin_store store;
    const kin_courier *courier;
    uint16_t *owner; /* [owners] worker that has the item; nobody */
    size_t owners;
    bool strict;             /* damaged vectors are not taken */
    pthread_mutex_t talking; /* one question at a time */
};

typedef struct kin_spread_store kin_spread_store;

/* ---- Who has what ---- */

typedef struct owner_reader {
    kin_spread_store *store;
    size_t shards, capacity;
} owner_reader;

static int take_owner(void *user, const kin_item_row *row, kin_error *err)
{
    owner_reader *reader = user;
    kin_spread_store *s = reader->store;
    size_t need = (size_t)row->id + 1;
    if (!KIN_GROW(&s->owner, &reader->capacity, need))
        return kin_fail_memory(err);
    for (; s->owners < need; s->owners++)
        s->owner[s->owners] = nobody;
    s->owner[row->id] = (uint16_t)(kin_spread__shard_of(row->asset, reader->shards) % s->courier->workers);
    return KIN_OK;
}

static size_t owner_of(const kin_spread_store *s, int64_t id)
{
    return id > 0 && (uint64_t)id < s->owners ? s->owner[id] : nobody;
}

static bool has(const void *user, int64_t id)
{
    return owner_of(user, id) != nobody;
}

/* ---- Questions ---- */

typedef struct talk {
    kin_buffer *drafts; /* [workers] */
    kin_bytes *messages, *replies;
    size_t *counts; /* ids that each is asked for */
    kin_spread_reader *rest;
    size_t workers;
} talk;

static void talk_clear(talk *t)
{
    for (size_t i = 0; t->drafts && i < t->workers; i++)
        kin_buffer_clear(&t->drafts[i]);
    if (t->messages)
        kin_spread__drop(t->messages, t->workers);
    if (t->replies)
        kin_spread__drop(t->replies, t->workers);
    free(t->drafts);
    free(t->messages);
    free(t->replies);
    free(t->counts);
    free(t->rest);
}

/* Counts how many of ids[n] each worker has. What nobody has is passed over, or KIN_E_NOTFOUND. */
static int talk_begin(talk *t, const kin_spread_store *s, const int64_t *ids, size_t n, bool all, kin_error *err)
{
    *t = (talk) { .workers = s->courier->workers };
    t->drafts = kin_alloc_zeroed(t->workers, sizeof *t->drafts);
    t->messages = kin_alloc_zeroed(t->workers, sizeof *t->messages);
    t->replies = kin_alloc_zeroed(t->workers, sizeof *t->replies);
    t->counts = kin_alloc_zeroed(t->workers, sizeof *t->counts);
    t->rest = kin_alloc_zeroed(t->workers, sizeof *t->rest);
    if (!t->drafts || !t->messages || !t->replies || !t->counts || !t->rest)
        return kin_fail_memory(err);
    for (size_t i = 0; i < n; i++) {
        size_t owner = owner_of(s, ids[i]);
        if (owner != nobody)
            t->counts[owner]++;
        else if (all)
            return kin_fail(err, KIN_E_NOTFOUND, "item %lld has no vector in any shard", (long long)ids[i]);
    }
    return KIN_OK;
}

/* Adds to each draft its own of ids[n], asks, and opens the replies. */
static int talk_ask(talk *t, kin_spread_store *s, const int64_t *ids, size_t n, kin_error *err)
{
    int code = KIN_OK;
    for (size_t w = 0; w < t->workers; w++)
        if (t->counts[w])
            kin_spread__put(&t->drafts[w], t->counts[w]);
    for (size_t i = 0; i < n; i++) {
        size_t owner = owner_of(s, ids[i]);
        if (owner != nobody)
            kin_buffer_append(&t->drafts[owner], &ids[i], sizeof ids[i]);
    }
    for (size_t w = 0; code == KIN_OK && w < t->workers; w++)
        if (t->counts[w])
            code = kin_spread__finish(&t->drafts[w], &t->messages[w], err);
    if (code == KIN_OK) {
        pthread_mutex_lock(&s->talking);
        code = kin_spread__ask(s->courier, t->messages, t->replies, err);
        pthread_mutex_unlock(&s->talking);
    }
    for (size_t w = 0; code == KIN_OK && w < t->workers; w++)
        if (t->counts[w])
            code = kin_spread__open_reply(&t->replies[w], w, &t->rest[w], err);
    return code;
}

static int get(void *user, const int64_t *ids, size_t n, float *vectors, kin_error *err)
{
    kin_spread_store *s = user;
    size_t dim = s->store.dim;
    talk t;
    int code = talk_begin(&t, s, ids, n, true, err);
    for (size_t w = 0; code == KIN_OK && w < t.workers; w++)
        if (t.counts[w]) {
            kin_spread__put(&t.drafts[w], KIN_SPREAD_GET);
            kin_spread__put(&t.drafts[w], s->strict);
        }
    if (code == KIN_OK)
        code = talk_ask(&t, s, ids, n, err);
    for (size_t i = 0; code == KIN_OK && i < n; i++)
        kin_spread__get_bytes(&t.rest[owner_of(s, ids[i])], vectors + i * dim, dim * sizeof *vectors);
    for (size_t w = 0; code == KIN_OK && w < t.workers; w++)
        if (t.rest[w].failed)
            code = kin_spread__fail(err);
    talk_clear(&t);
    return code;
}

static int merge_hits(talk *t, size_t k, int64_t *ids, float *scores, kin_error *err)
{
    size_t room = 0, n = 0;
    kin_spread_hit *hits = kin_size_mul(k, t->workers, &room) ? kin_alloc_array(room, sizeof *hits) : NULL;
    int code = hits ? KIN_OK : kin_fail_memory(err);
    for (size_t w = 0; code == KIN_OK && w < t->workers; w++)
        if (t->counts[w])
            code = kin_spread__get_hits(&t->rest[w], hits, room, &n, err);
    kin_spread__sort_hits(hits, n);
    for (size_t i = 0; code == KIN_OK && i < k; i++) {
        ids[i] = i < n ? hits[i].id : -1;
        scores[i] = i < n ? hits[i].score : -INFINITY;
    }
    free(hits);
    return code;
}

static int search_among(void *user, const float *query, const int64_t *among, size_t m, size_t k, int64_t *ids,
                        float *scores, kin_error *err)
{
    kin_spread_store *s = user;
    talk t;
    int code = talk_begin(&t, s, among, m, false, err);
    for (size_t w = 0; code == KIN_OK && w < t.workers; w++) {
        if (!t.counts[w])
            continue;
        kin_spread__put(&t.drafts[w], KIN_SPREAD_AMONG);
        kin_spread__put(&t.drafts[w], k);
        kin_buffer_append(&t.drafts[w], query, s->store.dim * sizeof *query);
    }
    if (code == KIN_OK)
        code = talk_ask(&t, s, among, m, err);
    if (code == KIN_OK)
        code = merge_hits(&t, k, ids, scores, err);
    talk_clear(&t);
    return code;
}

/* ---- Attaching ---- */

static int make_store(kin_workspace *w, const kin_courier *courier, size_t shards, kin_error *err)
{
    uint64_t dim = 0;
    kin_spread_store *s = kin_alloc_zeroed(1, sizeof *s);
    if (!s)
        return kin_fail_memory(err);
    *s = (kin_spread_store) { .courier = courier };
    pthread_mutex_init(&s->talking, NULL);
    w->spread = s;
    int code = kin_workspace__number(w, KIN_SETTING_DIM, 0, &dim, err);
    s->store = (kin_store) { s, (size_t)dim, has, get, search_among, NULL };
    owner_reader reader = { .store = s, .shards = shards };
    if (code == KIN_OK)
        code = kin_ledger_each_row(w->ledger, KIN_UNIT_ANY, 1u << KIN_ITEM_DESCRIBED, take_owner, &reader, err);
    return code;
}

int kin_workspace_spread_attach(kin_workspace *workspace, const kin_courier *courier, kin_error *err)
{
    size_t shards = 0;
    kin_workspace_spread_detach(workspace);
    int code = kin_spread__shards(workspace, &shards, err);
    if (code == KIN_OK && shards == 0)
        code = kin_fail(err, KIN_E_USAGE, "%s is not spread over shards: plain kin does for it", workspace->folder);
    if (code == KIN_OK)
        code = kin_spread__open_shards(workspace, courier, shards, false, NULL, NULL, err);
    if (code == KIN_OK)
        code = make_store(workspace, courier, shards, err);
    if (code == KIN_OK)
        workspace->elsewhere = &workspace->spread->store;
    else
        kin_workspace_spread_detach(workspace);
    return code;
}

void kin_workspace_spread_detach(kin_workspace *workspace)
{
    kin_spread_store *s = workspace->spread;
    if (!s)
        return;
    kin_workspace__forget(workspace); /* the corpora read from it */
    workspace->elsewhere = NULL;
    workspace->spread = NULL;
    pthread_mutex_destroy(&s->talking);
    free(s->owner);
    free(s);
}

/* ---- Gathering ---- */

typedef struct gathering {
    kin_workspace *workspace;
    const kin_watch *watch;
    kin_index *index;
    int64_t ids[ids_at_once];
    float *vectors;
    size_t n;
    uint64_t done, total;
} gathering;

static int take_over(gathering *g, kin_error *err)
{
    const kin_store *store = g->workspace->elsewhere;
    int code = store->get(store->user, g->ids, g->n, g->vectors, err);
    if (code == KIN_OK)
        code = kin_index_add(g->index, g->ids, g->vectors, g->n, err);
    g->done += g->n;
    g->n = 0;
    if (g->watch->progress)
        g->watch->progress(g->watch->user, "gather vectors", g->done, g->total);
    if (code == KIN_OK && g->watch->stop && g->watch->stop(g->watch->user))
        code = kin_fail(err, KIN_E_STOPPED, "stopped; the shards are as they were");
    return code;
}

static int gather_row(void *user, const kin_item_row *row, kin_error *err)
{
    gathering *g = user;
    g->ids[g->n++] = row->id;
    return g->n == ids_at_once ? take_over(g, err) : KIN_OK;
}

static int open_gathered(gathering *g, kin_error *err)
{
    kin_index_options options;
    size_t numbers;
    kin_ledger_counts counts;
    int code = kin_workspace__index_options(g->workspace, &options, err);
    if (code == KIN_OK)
        code = kin_ledger_count(g->workspace->ledger, &counts, err);
    if (code != KIN_OK)
        return code;
    g->total = counts.assets + counts.shapes;
    g->vectors = kin_size_mul(ids_at_once, options.dim, &numbers) ? kin_alloc_array(numbers, sizeof *g->vectors) : NULL;
    if (!g->vectors)
        return kin_fail_memory(err);
    options.rows = 0;
    options.write = true;
    code = kin_index_delete(g->workspace->kin_folder, err);
    return code == KIN_OK ? kin_index_open(g->workspace->kin_folder, &options, &g->index, err) : code;
}

/* From here on the workspace is an ordinary one. */
static int settle(gathering *g, size_t shards, kin_error *err)
{
    kin_ledger *ledger = g->workspace->ledger;
    int code = kin_ledger_begin(ledger, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace__rows_put(g->workspace, g->index, err);
    for (size_t i = 0; code == KIN_OK && i < shards; i++)
        code = kin_spread__rows_put(g->workspace, i, 0, err);
    if (code == KIN_OK)
        code = kin_ledger_setting_put(ledger, KIN_SETTING_SHARDS, NULL, err);
    if (code == KIN_OK)
        code = kin_ledger_setting_put(ledger, KIN_SETTING_SHARDS_FOLDER, NULL, err);
    return kin_workspace__end(ledger, code, err);
}

static int gather(gathering *g, kin_error *err)
{
    size_t shards = 0;
    int code = kin_spread__shards(g->workspace, &shards, err);
    if (code == KIN_OK)
        code = open_gathered(g, err);
    if (code == KIN_OK)
        code = kin_ledger_each_row(g->workspace->ledger, KIN_UNIT_ANY, 1u << KIN_ITEM_DESCRIBED, gather_row, g, err);
    if (code == KIN_OK && g->n)
        code = take_over(g, err);
    if (code == KIN_OK)
        code = kin_index_sync(g->index, err);
    if (code == KIN_OK)
        code = settle(g, shards, err);
    if (code == KIN_OK && kin_index_base_is_due(g->index))
        code = kin_index_build_base(g->index, g->watch, err);
    return code;
}

int kin_workspace_gather(kin_workspace *workspace, const kin_courier *courier, const kin_watch *watch, kin_error *err)
{
    static const kin_watch silent = { NULL, NULL, NULL, NULL };
    gathering *g = kin_alloc_zeroed(1, sizeof *g);
    int lock = -1;
    if (!g)
        return kin_fail_memory(err);
    g->workspace = workspace;
    g->watch = watch ? watch : &silent;
    int code = kin_workspace__lock(workspace, &lock, err);
    if (code == KIN_OK) {
        code = kin_workspace_spread_attach(workspace, courier, err);
        if (code == KIN_OK) {
            workspace->spread->strict = true; /* from then on they have sums, which would be of the damage */
            code = gather(g, err);
        }
        kin_workspace_spread_detach(workspace);
        kin_file_unlock(lock);
    }
    kin_index_close(g->index);
    free(g->vectors);
    free(g);
    return code;
}
