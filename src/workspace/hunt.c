/* How far a hunt is. Its jobs are those that name the first one as their origin; each is as it was drawn, and verdicts
 * count wherever they came from. What is said of the rest comes from random controls alone: a control is drawn in one go
 * and counts once it is reviewed whole, so that nobody can stop it where its answer is welcome. Mistakes that batches
 * find later in the pool of a control are taken off what it left open. */
#include "workspace/hunt_private.h"

#include "base/checked.h"
#include "base/ids.h"
#include "kin/slices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.95
#define WISH 0.95

/* A batch is worth its while from this share of mistakes on, as estimated, and from the next one as the last one had it;
 * one of so many items without a single mistake ends the matter. */
#define WORTH_EXPECTED 0.1
#define WORTH_SEEN 0.25
#define BARREN 10

/* A control is advised where one of the usual size that finds none would show that at least this share is found: for a
 * rare mistake in a large pool it would take a control as large as the pool. */
#define CONTROL_USUAL 60
#define CONTROL_TELLS 0.5

/* No label of a corpus: what should be right was never said in a verdict. */
#define NEVER_SAID INT32_MAX

const char *kin_hunt_step_name(kin_hunt_step step)
{
    static const char *const names[] = { "", "review", "next", "control", "stop" };
    return (unsigned)step <= KIN_STEP_STOP ? names[step] : "";
}

/* ---- Its jobs ---- */

typedef struct member {
    int64_t id, population;
    kin_job_kind kind;
    double expected;
    uint64_t items, reviewed, mistakes; /* of items that are still there */
} member;

typedef struct reading {
    kin_workspace *w;
    hunt *h;
    const kin_corpus *corpus;
    int32_t given, right;
    bool any; /* any mistake on any label */
    member *jobs;
    size_t jobs_count, jobs_capacity;
    kin_id_list drawn;          /* by its jobs */
    kin_id_list found, cleared; /* among these: the mistake; ok */
} reading;

static bool is_it(const reading *r, const kin_corpus_verdict *verdict)
{
    if (r->any)
        return kin_corpus__is_mistake(verdict);
    return r->given >= 0 && kin_corpus__is_pattern(r->corpus, verdict, r->given, r->right);
}

static int take_member(void *user, const kin_job *job, kin_error *err)
{
    reading *r = user;
    if (!KIN_GROW(&r->jobs, &r->jobs_capacity, r->jobs_count + 1))
        return kin_fail_memory(err);
    r->jobs[r->jobs_count++] =
        (member) { .id = job->id, .population = job->population, .kind = job->kind, .expected = job->expected };
    return KIN_OK;
}

static int take_drawn(void *user, const kin_job_item *item, kin_error *err)
{
    reading *r = user;
    member *job = &r->jobs[r->jobs_count - 1];
    uint32_t row = kin_corpus__row(r->corpus, item->item);
    int code = kin_workspace__push_id(&r->drawn, item->item, err);
    if (code != KIN_OK || row == KIN_CORPUS_NONE)
        return code;
    const kin_corpus_verdict *verdict = kin_corpus__verdict(r->corpus, row);
    job->items++;
    job->reviewed += verdict != NULL;
    if (verdict && is_it(r, verdict)) {
        job->mistakes++;
        return kin_workspace__push_id(&r->found, item->item, err);
    }
    return verdict && !kin_corpus__is_mistake(verdict) ? kin_workspace__push_id(&r->cleared, item->item, err) : KIN_OK;
}

static int read_jobs(reading *r, kin_error *err)
{
    reading each = *r;
    int code = kin_ledger_each_job_of(r->w->ledger, r->h->job.id, take_member, &each, err);
    member *jobs = each.jobs;
    size_t n = each.jobs_count;
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        /* take_drawn counts into the last job */
        each.jobs = jobs;
        each.jobs_count = i + 1;
        code = kin_ledger_each_job_item(r->w->ledger, jobs[i].id, take_drawn, &each, err);
    }
    *r = each;
    r->jobs_count = n;
    return code;
}

static int keep_text(hunt *h, const char **text, kin_error *err)
{
    const char *copy = kin_arena_string(&h->arena, *text);
    int code = *text && !copy ? kin_fail_memory(err) : KIN_OK;
    *text = copy;
    return code;
}

/* A job's texts are the ledger's until its next call: no other call comes between. */
static int keep_job(hunt *h, const kin_job *job, kin_error *err)
{
    h->job = *job;
    const char **texts[] = { &h->job.title, &h->job.stratify, &h->job.ranking,
                             &h->job.label, &h->job.given,    &h->job.should_be };
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < sizeof texts / sizeof *texts; i++)
        code = keep_text(h, texts[i], err);
    return code;
}

static int read_origin(kin_workspace *w, int64_t id, hunt *h, kin_error *err)
{
    kin_job job;
    int code = kin_workspace_job(w, id, &job, err);
    if (code == KIN_OK && job.origin)
        code = kin_workspace_job(w, job.origin, &job, err);
    if (code == KIN_OK && job.kind == KIN_JOB_AUDIT)
        return kin_fail(err, KIN_E_USAGE, "job %lld is an audit: it has no next batch; kin audit draws more",
                        (long long)id);
    if (code == KIN_OK && !job.ranking)
        return kin_fail(err, KIN_E_USAGE,
                        "job %lld does not say what it was looking for, as jobs of an earlier kin do not; make a new "
                        "one with kin job kin",
                        (long long)id);
    if (code == KIN_OK)
        code = keep_job(h, &job, err);
    if (code == KIN_OK)
        h->by = kin_ranking_from(h->job.ranking);
    if (code == KIN_OK && h->by == KIN_BY_DEFAULT)
        code = kin_fail(err, KIN_E_USAGE, "job %lld is ranked by %s, which this kin does not know: update kin",
                        (long long)id, h->job.ranking);
    return code;
}

/* ---- What it is about ---- */

typedef struct condition_reader {
    hunt *h;
    size_t capacity;
} condition_reader;

static int take_where(void *user, const kin_attribute *where, kin_error *err)
{
    condition_reader *in = user;
    hunt *h = in->h;
    bool room = KIN_GROW(&h->where, &in->capacity, h->where_count + 1);
    kin_attribute copy = { kin_arena_string(&h->arena, where->key), kin_arena_string(&h->arena, where->value) };
    if (!room || !copy.key || !copy.value)
        return kin_fail_memory(err);
    h->where[h->where_count++] = copy;
    return KIN_OK;
}

static bool among(const int64_t *ids, size_t n, int64_t id)
{
    return kin_ids_find(ids, n, sizeof *ids, id) < n;
}

/* What its jobs hold, each item once. */
static void count_drawn(reading *r)
{
    kin_hunt *state = &r->h->state;
    kin_ids_sort(r->drawn.ids, r->drawn.count, sizeof *r->drawn.ids);
    for (size_t i = 0; i < r->drawn.count; i++) {
        uint32_t row = kin_corpus__row(r->corpus, r->drawn.ids[i]);
        if (row == KIN_CORPUS_NONE || (i > 0 && r->drawn.ids[i] == r->drawn.ids[i - 1]))
            continue;
        const kin_corpus_verdict *verdict = kin_corpus__verdict(r->corpus, row);
        state->items++;
        state->reviewed += verdict != NULL;
        state->mistakes += verdict && is_it(r, verdict);
    }
}

/* The items in question; then, without those that were reviewed, what is left. */
static int read_pool(reading *r, kin_error *err)
{
    hunt *h = r->h;
    const kin_item_filter filter = { .unit = h->job.unit,
                                     .label = h->job.label,
                                     .where = h->where,
                                     .where_count = h->where_count,
                                     .states = 1u << KIN_ITEM_DESCRIBED };
    size_t count = 0;
    int code = kin_ledger_select(r->w->ledger, &filter, &h->left, &count, err);
    if (code != KIN_OK)
        return code;
    if (!(h->pool = kin_alloc_array(count, sizeof *h->pool)))
        return kin_fail_memory(err);
    for (size_t i = 0; i < r->corpus->verdicts_count; i++) {
        const kin_corpus_verdict *verdict = &r->corpus->verdicts[i];
        h->state.known += is_it(r, verdict) && among(h->left, count, r->corpus->id[verdict->row]);
    }
    count_drawn(r);
    for (size_t i = 0; i < count; i++) {
        uint32_t row = kin_corpus__row(r->corpus, h->left[i]);
        if (row == KIN_CORPUS_NONE || kin_corpus__verdict(r->corpus, row))
            continue;
        if (!among(r->drawn.ids, r->drawn.count, h->left[i]))
            h->pool[h->pool_count++] = h->left[i];
        h->left[h->left_count++] = h->left[i];
    }
    return KIN_OK;
}

/* ---- What to be like ---- */

static int take_like(void *user, int64_t item, bool unlike, kin_error *err)
{
    kin_id_list *lists = user;
    return kin_workspace__push_id(&lists[unlike], item, err);
}

/* Adds the items that are in the corpus and not in the list yet. */
static int add_rows(reading *r, kin_table *seen, const int64_t *ids, size_t n, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        bool fresh = false;
        if (kin_corpus__row(r->corpus, ids[i]) == KIN_CORPUS_NONE)
            continue;
        if (!kin_table_put(seen, (const char *)&ids[i], sizeof ids[i], 0, &fresh))
            code = kin_fail_memory(err);
        else if (fresh)
            code = kin_workspace__push_id(&r->h->likes, ids[i], err);
    }
    return code;
}

/* By mistake: like all that is known to carry it. By looks: like what was asked for and the mistakes found, unlike what
 * turned out well (relevance feedback). */
static int gather_likes(reading *r, kin_error *err)
{
    hunt *h = r->h;
    kin_id_list asked[2] = { { .count = 0 }, { .count = 0 } };
    kin_table seen = KIN_TABLE_INIT;
    int code = kin_ledger_each_job_like(r->w->ledger, h->job.id, take_like, asked, err);
    if (code == KIN_OK)
        code = add_rows(r, &seen, asked[0].ids, asked[0].count, err);
    for (size_t i = 0; h->by == KIN_BY_MISTAKE && code == KIN_OK && i < r->corpus->verdicts_count; i++)
        if (is_it(r, &r->corpus->verdicts[i]))
            code = add_rows(r, &seen, &r->corpus->id[r->corpus->verdicts[i].row], 1, err);
    if (code == KIN_OK && h->by == KIN_BY_LOOKS)
        code = add_rows(r, &seen, r->found.ids, r->found.count, err);
    h->likes_count = h->likes.count;
    if (code == KIN_OK && h->by == KIN_BY_LOOKS)
        code = add_rows(r, &seen, asked[1].ids, asked[1].count, err);
    if (code == KIN_OK && h->by == KIN_BY_LOOKS)
        code = add_rows(r, &seen, r->cleared.ids, r->cleared.count, err);
    kin_table_clear(&seen);
    free(asked[0].ids);
    free(asked[1].ids);
    return code;
}

static int read_vectors(reading *r, kin_error *err)
{
    hunt *h = r->h;
    size_t numbers;
    h->vectors =
        kin_size_mul(h->likes.count, r->corpus->dim, &numbers) ? kin_alloc_array(numbers, sizeof *h->vectors) : NULL;
    int code = h->vectors ? KIN_OK : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < h->likes.count; i++) {
        uint32_t row = kin_corpus__row(r->corpus, h->likes.ids[i]);
        code = kin_corpus__vectors(r->corpus, &row, 1, h->vectors + i * r->corpus->dim, err);
    }
    return code;
}

/* ---- How far it is ---- */

/* Nobody has begun with it, and few mistakes are to be expected on it. */
static bool is_hopeless(const member *job)
{
    return job->reviewed == 0 && job->expected > 0 && job->expected < WORTH_EXPECTED * (double)job->items;
}

static void count_jobs(const reading *r, kin_hunt *state)
{
    for (size_t i = 0; i < r->jobs_count; i++) {
        const member *job = &r->jobs[i];
        if (job->reviewed < job->items && !state->open && !is_hopeless(job))
            state->open = job->id;
        if (job->kind == KIN_JOB_CONTROL)
            continue;
        state->batches++;
        state->last.job = job->id;
        state->last.items = job->items;
        state->last.reviewed = job->reviewed;
        state->last.mistakes = job->mistakes;
        state->last.expected = job->expected;
    }
}

static void weigh_control(const reading *r, kin_hunt *state)
{
    const member *control = NULL;
    uint64_t later = 0;
    for (size_t i = 0; i < r->jobs_count; i++)
        if (r->jobs[i].kind == KIN_JOB_CONTROL && r->jobs[i].items > 0 && r->jobs[i].reviewed == r->jobs[i].items)
            control = &r->jobs[i];
    if (!control)
        return;
    for (const member *job = control + 1; job < r->jobs + r->jobs_count; job++)
        later += job->mistakes;
    kin_found bound = kin_found_at_least((int64_t)state->known, control->population, (int64_t)control->items,
                                         (int64_t)control->mistakes, CONFIDENCE);
    uint64_t left = (uint64_t)bound.left > later ? (uint64_t)bound.left - later : 0;
    left = left < state->left ? left : state->left; /* and no more than there are items */
    state->control.job = control->id;
    state->control.items = control->items;
    state->control.mistakes = control->mistakes;
    state->control.population = (uint64_t)control->population;
    state->control.left = left;
    state->control.share = state->known + left > 0 ? (double)state->known / ((double)state->known + (double)left) : 1;
}

static bool worth_it(const kin_hunt *state)
{
    if (state->fresh == 0 || (state->last.reviewed >= BARREN && state->last.mistakes == 0))
        return false;
    double seen = state->last.reviewed > 0 ? (double)state->last.mistakes / (double)state->last.reviewed : 0;
    if (isnan(state->expected))
        return seen >= WORTH_EXPECTED;
    return state->expected >= WORTH_EXPECTED * (double)state->next || seen >= WORTH_SEEN;
}

static kin_hunt_step advise(const kin_hunt *state)
{
    if (state->open)
        return KIN_STEP_REVIEW;
    if (state->left == 0 || (state->control.job && state->control.share >= WISH))
        return KIN_STEP_STOP;
    if (worth_it(state))
        return KIN_STEP_NEXT;
    int64_t control = state->left < CONTROL_USUAL ? (int64_t)state->left : CONTROL_USUAL;
    kin_found would = kin_found_at_least((int64_t)state->known, (int64_t)state->left, control, 0, CONFIDENCE);
    return !state->control.job && would.share >= CONTROL_TELLS ? KIN_STEP_CONTROL : KIN_STEP_STOP;
}

static int read_all(reading *r, kin_error *err)
{
    hunt *h = r->h;
    condition_reader conditions = { .h = h };
    int code = kin_ledger_each_job_where(r->w->ledger, h->job.id, take_where, &conditions, err);
    if (code == KIN_OK)
        code = kin_workspace__corpus(r->w, h->job.unit, &r->corpus, err);
    if (code != KIN_OK)
        return code;
    r->any = !h->job.given;
    r->given = kin_corpus__label(r->corpus, h->job.given);
    r->right = kin_corpus__label(r->corpus, h->job.should_be);
    if (h->job.should_be && r->right < 0)
        r->right = NEVER_SAID;
    code = read_jobs(r, err);
    if (code == KIN_OK)
        code = read_pool(r, err);
    if (code == KIN_OK)
        code = gather_likes(r, err);
    if (code == KIN_OK)
        code = read_vectors(r, err);
    return code;
}

int kin_workspace__hunt_read(kin_workspace *workspace, int64_t job, hunt *out, kin_error *err)
{
    *out = (hunt) { .arena = KIN_ARENA_INIT };
    reading r = { .w = workspace, .h = out };
    int code = read_origin(workspace, job, out, err);
    if (code == KIN_OK)
        code = read_all(&r, err);
    if (code == KIN_OK) {
        kin_hunt *state = &out->state;
        state->origin = out->job.id;
        state->left = out->left_count;
        state->fresh = out->pool_count;
        state->by = out->by;
        state->given = out->job.given;
        state->should_be = out->job.should_be;
        state->expected = NAN;
        count_jobs(&r, state);
        weigh_control(&r, state);
        state->control_size = kin_control_size((int64_t)state->known, (int64_t)state->left, 0, WISH, CONFIDENCE);
    }
    free(r.jobs);
    free(r.drawn.ids);
    free(r.found.ids);
    free(r.cleared.ids);
    return code;
}

void kin_workspace__hunt_clear(hunt *h)
{
    free(h->where);
    free(h->left);
    free(h->pool);
    free(h->likes.ids);
    free(h->vectors);
    kin_arena_clear(&h->arena);
}

int kin_workspace__hunt_rank(kin_workspace *workspace, const hunt *h, size_t k, kin_rank_list *out, kin_error *err)
{
    const kin_rank_wish wish = { .by = h->by,
                                 .unit = h->job.unit,
                                 .given = h->job.given,
                                 .should_be = h->job.should_be,
                                 .likes = h->likes.ids,
                                 .vectors = h->vectors,
                                 .likes_count = h->likes_count,
                                 .unlikes_count = h->likes.count - h->likes_count,
                                 .candidates = h->pool,
                                 .candidates_count = h->pool_count,
                                 .k = k };
    if (h->by <= KIN_BY_LOOKS && h->likes_count == 0)
        return kin_fail(err, KIN_E_NOTFOUND,
                        "nothing is left that job %lld could be like: no mistake of its kind is known now, and pictures "
                        "from outside are not kept",
                        (long long)h->job.id);
    return kin_workspace__rank(workspace, &wish, out, err);
}

struct kin_hunt_memory {
    kin_arena arena;
};

int kin_workspace_hunt(kin_workspace *workspace, int64_t job, size_t next, kin_hunt *out, kin_error *err)
{
    hunt h;
    kin_rank_list ranks = { .texts = KIN_ARENA_INIT };
    int code = kin_workspace__hunt_read(workspace, job, &h, err);
    kin_hunt state = h.state;
    if (code == KIN_OK && next > 0 && state.fresh > 0)
        code = kin_workspace__hunt_rank(workspace, &h, next, &ranks, err);
    if (code == KIN_OK && !(state.memory = kin_alloc_zeroed(1, sizeof *state.memory)))
        code = kin_fail_memory(err);
    if (code == KIN_OK) {
        state.next = ranks.count;
        state.expected = ranks.count && !isnan(ranks.list[0].probability) ? ranks.expected : (double)NAN;
        state.advice = advise(&state);
        state.memory->arena = h.arena; /* it has the texts */
        h.arena = (kin_arena)KIN_ARENA_INIT;
        *out = state;
    }
    kin_rank_list_clear(&ranks);
    kin_workspace__hunt_clear(&h);
    return code;
}

void kin_hunt_clear(kin_hunt *state)
{
    if (state->memory)
        kin_arena_clear(&state->memory->arena);
    free(state->memory);
    *state = (kin_hunt) { .memory = NULL };
}
