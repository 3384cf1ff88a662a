/* The next batch of a hunt, and controls. Jobs never change: what goes on with a job is a job of its own, which names
 * the first one as its origin, so that each batch is handed out, reviewed and taken back like any other job. */
#include "workspace/hunt_private.h"

#include "base/buffer.h"
#include "base/checked.h"
#include "base/clock.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

enum { default_batch = 20, default_control = 60, most_items = 1000000 };

static int nothing_left(const hunt *h, kin_error *err)
{
    return kin_fail(err, KIN_E_NOTFOUND, "nothing is left of job %lld: all items in question are reviewed or in a job",
                    (long long)h->job.id);
}

static kin_job goes_on(const hunt *h, kin_job_kind kind, const char *title)
{
    return (kin_job) { .kind = kind,
                       .unit = h->job.unit,
                       .population = (int64_t)h->pool_count,
                       .title = title,
                       .label = h->job.label,
                       .given = h->job.given,
                       .should_be = h->job.should_be,
                       .origin = h->job.id };
}

static int write_batch(kin_workspace *w, const hunt *h, const kin_rank_list *ranks, int64_t *made, kin_error *err)
{
    kin_buffer title = KIN_BUFFER_INIT;
    kin_buffer_printf(&title, "%s, batch %zu", h->job.title ? h->job.title : "kin", h->state.batches + 1);
    kin_job job = goes_on(h, h->job.kind, title.data);
    job.ranking = h->job.ranking;
    int code = title.failed ? kin_fail_memory(err) : kin_workspace__job_write(w, &job, ranks, NULL, made, err);
    kin_buffer_clear(&title);
    return code;
}

int kin_workspace_job_next(kin_workspace *workspace, int64_t job, size_t k, int64_t *made, kin_error *err)
{
    hunt h;
    kin_rank_list ranks = { .texts = KIN_ARENA_INIT };
    if (k > most_items)
        return kin_fail(err, KIN_E_LIMIT, "%zu items are more than %d; ask for fewer", k, most_items);
    int code = kin_workspace__hunt_read(workspace, job, &h, err);
    if (code == KIN_OK && h.pool_count == 0)
        code = nothing_left(&h, err);
    if (code == KIN_OK)
        code = kin_workspace__hunt_rank(workspace, &h, k ? k : default_batch, &ranks, err);
    if (code == KIN_OK && ranks.count == 0)
        code = nothing_left(&h, err);
    if (code == KIN_OK)
        code = write_batch(workspace, &h, &ranks, made, err);
    kin_rank_list_clear(&ranks);
    kin_workspace__hunt_clear(&h);
    return code;
}

static int write_control(kin_workspace *w, const hunt *h, size_t n, uint64_t seed, int64_t *made, kin_error *err)
{
    kin_buffer title = KIN_BUFFER_INIT;
    int64_t id = 0;
    kin_job_item *items = kin_alloc_array(n, sizeof *items);
    kin_buffer_printf(&title, "control of %s", h->job.title ? h->job.title : "kin");
    int code = items && !title.failed ? kin_ledger_begin(w->ledger, err) : kin_fail_memory(err);
    if (code != KIN_OK)
        goto out;
    for (size_t i = 0; i < n; i++)
        items[i] = (kin_job_item) { .item = h->left[i],
                                    .position = (int64_t)i + 1,
                                    .probability = (double)n / (double)h->left_count,
                                    .score = NAN };
    kin_job job = goes_on(h, KIN_JOB_CONTROL, title.data);
    job.seed = seed;
    job.population = (int64_t)h->left_count;
    code = kin_ledger_job_add(w->ledger, &job, items, n, NULL, 0, &id, err);
    code = kin_workspace__end(w->ledger, code, err);
    if (code == KIN_OK)
        *made = id;
out:
    free(items);
    kin_buffer_clear(&title);
    return code;
}

int kin_workspace_job_control(kin_workspace *workspace, int64_t job, size_t k, uint64_t seed, int64_t *made,
                              kin_error *err)
{
    hunt h;
    kin_rng rng;
    if (k > most_items)
        return kin_fail(err, KIN_E_LIMIT, "%zu items are more than %d; ask for fewer", k, most_items);
    int code = kin_workspace__hunt_read(workspace, job, &h, err);
    if (code == KIN_OK && h.left_count == 0)
        code = nothing_left(&h, err);
    if (code == KIN_OK) {
        size_t n = k ? k : default_control;
        n = n < h.left_count ? n : h.left_count;
        seed = seed ? seed : (uint64_t)kin_clock_now();
        kin_rng_seed(&rng, seed);
        kin_rng_sample(&rng, h.left, h.left_count, n);
        code = write_control(workspace, &h, n, seed, made, err);
    }
    kin_workspace__hunt_clear(&h);
    return code;
}
