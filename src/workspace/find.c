/* Finding: the question's vector from what to be like and unlike, the items that may answer it from the ledger, and the
 * nearest of these, exactly, from the index. */
#include "workspace/find_private.h"

#include "base/checked.h"
#include "base/file.h"
#include "kin/kinship.h"
#include "kin/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { default_k = 20, most_k = 1000000 };

struct kin_matches_memory {
    kin_arena arena;
};

/* ---- The question ---- */

/* Vector of a region of an image file; `box` NULL: all of it. */
static int describe_file(kin_workspace *w, const char *file, const kin_box *box, double margin, float *vector,
                         kin_error *err)
{
    const kin_model *model;
    kin_describer *describer = NULL;
    kin_image pixels = KIN_IMAGE_INIT;
    int code = kin_workspace__model(w, &model, err);
    if (code == KIN_OK)
        code = kin_workspace__read_image(file, &pixels, err);
    if (code == KIN_OK)
        code = kin_describer_new(model, &describer, err);
    kin_box region = { 0, 0, pixels.full_width, pixels.full_height };
    if (code == KIN_OK && box)
        code = kin_box_region(*box, margin, pixels.full_width, pixels.full_height, &region, err);
    if (code == KIN_OK)
        code = kin_describer_run(describer, &pixels, &region, 1, vector, err);
    kin_describer_free(describer);
    kin_image_clear(&pixels);
    return code;
}

int kin_workspace__read_image(const char *file, kin_image *out, kin_error *err)
{
    kin_buffer bytes = KIN_BUFFER_INIT;
    kin_image_options options = KIN_IMAGE_OPTIONS_INIT;
    kin_error reading = KIN_ERROR_INIT;
    int code = kin_file_read(file, KIN_DEFAULT_MAX_BYTES, &bytes, err);
    if (code == KIN_OK && kin_image_decode(bytes.data, bytes.size, &options, out, &reading) != KIN_OK)
        code = kin_fail(err, reading.code, "%s: %s", file, reading.message);
    kin_buffer_clear(&bytes);
    return code;
}

static int vector_of_item(kin_workspace *w, kin_arena *arena, const kin_item *item, const kin_box *box, float *vector,
                          kin_error *err)
{
    const kin_index *index;
    int code = kin_workspace__index(w, &index, err);
    if (code != KIN_OK)
        return code;
    if (!box && kin_index_has(index, item->id))
        return kin_index_get(index, item->id, vector, err);
    double margin;
    kin_box part = item->box;
    char *file = kin_workspace__file(w, arena, item->path);
    bool is_asset = item->id == item->asset;
    if (box && !is_asset)
        return kin_fail(err, KIN_E_USAGE, "a box goes with a whole image; %s#%s has its own", item->path, item->shape);
    if (!file)
        return kin_fail_memory(err);
    code = kin_workspace__margin(w, &margin, err);
    return code == KIN_OK ? describe_file(w, file, box ? box : is_asset ? NULL : &part, margin, vector, err) : code;
}

/* One name of the question: an item, else a file from outside. *item is the arena's copy, id 0 for a file. */
static int ask_one(kin_workspace *w, kin_arena *arena, const char *name, const kin_box *box, float *vector,
                   kin_item *item, kin_error *err)
{
    int code = kin_workspace_item(w, name, item, err);
    if (code == KIN_OK) {
        item->path = kin_arena_string(arena, item->path);
        item->shape = kin_arena_string(arena, item->shape);
        item->label = kin_arena_string(arena, item->label);
        return item->path ? vector_of_item(w, arena, item, box, vector, err) : kin_fail_memory(err);
    }
    if (code != KIN_E_NOTFOUND || !kin_file_exists(name))
        return code;
    double margin;
    memset(item, 0, sizeof *item);
    code = kin_workspace__margin(w, &margin, err);
    return code == KIN_OK ? describe_file(w, name, box, margin, vector, err) : code;
}

static int ask_all(kin_workspace *w, const kin_query *query, question *q, kin_error *err)
{
    size_t n = query->likes_count, m = query->unlikes_count, numbers;
    if (n == 0)
        return kin_fail(err, KIN_E_USAGE, "nothing to look for: name an item or an image file");
    if (query->box && n != 1)
        return kin_fail(err, KIN_E_USAGE, "a box goes with one image only");
    q->asked = kin_alloc_zeroed(n + m, sizeof *q->asked);
    float *vectors = kin_size_mul(n + m, q->dim, &numbers) ? kin_alloc_array(numbers, sizeof *vectors) : NULL;
    int code = q->asked && vectors ? KIN_OK : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < n + m; i++) {
        const char *name = i < n ? query->likes[i] : query->unlikes[i - n];
        code = ask_one(w, &q->arena, name, i < n ? query->box : NULL, vectors + i * q->dim, &q->asked[i], err);
    }
    if (code == KIN_OK)
        code = kin_kinship_query(vectors, n, vectors + n * q->dim, m, q->dim, q->vector, err);
    q->asked_count = n + m;
    free(vectors);
    return code;
}

/* ---- Who may answer ---- */

static int collect_reviewed(void *user, const kin_verdict *verdict, kin_error *err)
{
    return kin_workspace__push_id(user, verdict->item, err);
}

/* Takes the items with a verdict out of ids[*n]; both lists ascend. */
static int drop_reviewed(kin_workspace *w, int64_t *ids, size_t *n, kin_error *err)
{
    kin_id_list reviewed = { .count = 0 };
    int code = kin_ledger_each_verdict(w->ledger, true, collect_reviewed, &reviewed, err);
    size_t kept = 0, r = 0;
    for (size_t i = 0; code == KIN_OK && i < *n; i++) {
        while (r < reviewed.count && reviewed.ids[r] < ids[i])
            r++;
        if (r == reviewed.count || reviewed.ids[r] != ids[i])
            ids[kept++] = ids[i];
    }
    if (code == KIN_OK)
        *n = kept;
    free(reviewed.ids);
    return code;
}

/* Kin share the label that the annotator gave, unless another wish is said. */
static int choose_filter(const kin_query *query, const question *q, kin_item_filter *filter, kin_error *err)
{
    const kin_item *first = &q->asked[0];
    *filter = query->only;
    filter->states = 1u << KIN_ITEM_DESCRIBED;
    if (filter->unit == KIN_UNIT_ANY && first->id)
        filter->unit = first->id == first->asset ? KIN_UNIT_ASSET : KIN_UNIT_SHAPE;
    if (query->same_label && !first->label)
        return kin_fail(err, KIN_E_USAGE, "%s has no label, so no item has the same; use --any-label", query->likes[0]);
    bool same_unit = first->id && (filter->unit == KIN_UNIT_ASSET) == (first->id == first->asset);
    if (!filter->label && !query->any_label && (same_unit || query->same_label))
        filter->label = first->label;
    return KIN_OK;
}

static int select_candidates(kin_workspace *w, const kin_query *query, question *q, kin_error *err)
{
    kin_item_filter filter;
    int code = choose_filter(query, q, &filter, err);
    q->label = code == KIN_OK ? filter.label : NULL;
    if (code == KIN_OK)
        code = kin_ledger_select(w->ledger, &filter, &q->candidates, &q->candidates_count, err);
    if (code == KIN_OK && query->unreviewed)
        code = drop_reviewed(w, q->candidates, &q->candidates_count, err);
    return code;
}

/* ---- The answer ---- */

static bool was_asked(const question *q, int64_t id)
{
    for (size_t i = 0; i < q->asked_count; i++)
        if (q->asked[i].id == id)
            return true;
    return false;
}

static int fill_match(kin_workspace *w, kin_arena *arena, int64_t id, double score, kin_match *match, kin_error *err)
{
    kin_item item;
    kin_verdict verdict;
    int code = kin_ledger_item(w->ledger, id, &item, err);
    if (code != KIN_OK)
        return code;
    *match = (kin_match) { .item = id,
                           .path = kin_arena_string(arena, item.path),
                           .shape = kin_arena_string(arena, item.shape),
                           .label = kin_arena_string(arena, item.label),
                           .box = item.box,
                           .score = score };
    code = kin_ledger_verdict(w->ledger, id, &verdict, err);
    if (code == KIN_OK) {
        match->grade = verdict.grade;
        match->should_be = kin_arena_string(arena, verdict.should_be);
    }
    return code == KIN_OK && !match->path ? kin_fail_memory(err) : code;
}

static int fill_matches(kin_workspace *w, const question *q, const int64_t *ids, const float *scores, size_t n,
                        size_t k, kin_matches *out, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < n && ids[i] >= 0 && out->count < k; i++)
        if (!was_asked(q, ids[i]))
            code = fill_match(w, &out->memory->arena, ids[i], (double)scores[i], &out->list[out->count++], err);
    return code;
}

static int search(kin_workspace *w, const kin_index *index, const question *q, size_t k, kin_matches *out,
                  kin_error *err)
{
    size_t wanted = k + q->asked_count; /* what was asked for comes back too */
    if (wanted > q->candidates_count)
        wanted = q->candidates_count;
    int64_t *ids = kin_alloc_array(wanted, sizeof *ids);
    float *scores = kin_alloc_array(wanted, sizeof *scores);
    out->memory = kin_alloc_zeroed(1, sizeof *out->memory);
    out->list = kin_alloc_array(k < wanted ? k : wanted, sizeof *out->list);
    int code = ids && scores && out->memory && out->list ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK)
        code =
            kin_index_search_among(index, q->vector, 1, q->candidates, q->candidates_count, wanted, ids, scores, err);
    if (code == KIN_OK)
        code = fill_matches(w, q, ids, scores, wanted, k, out, err);
    free(ids);
    free(scores);
    if (code == KIN_OK && q->label) {
        out->label = kin_arena_string(&out->memory->arena, q->label);
        code = out->label ? KIN_OK : kin_fail_memory(err);
    }
    out->searched = q->candidates_count;
    return code;
}

static void clear_question(question *q)
{
    free(q->asked);
    free(q->vector);
    free(q->candidates);
    kin_arena_clear(&q->arena);
}

int kin_workspace_find(kin_workspace *workspace, const kin_query *query, kin_matches *out, kin_error *err)
{
    const kin_index *index;
    int code = kin_workspace__index(workspace, &index, err);
    if (code != KIN_OK)
        return code;
    size_t k = query->k ? query->k : default_k;
    if (k > most_k)
        return kin_fail(err, KIN_E_LIMIT, "%zu hits are more than %d; ask for fewer", k, most_k);
    question q = { .arena = KIN_ARENA_INIT, .dim = kin_index_dim(index) };
    kin_matches matches = { .list = NULL };
    q.vector = kin_alloc_array(q.dim, sizeof *q.vector);
    code = q.vector ? ask_all(workspace, query, &q, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        code = select_candidates(workspace, query, &q, err);
    if (code == KIN_OK)
        code = search(workspace, index, &q, k, &matches, err);
    clear_question(&q);
    if (code != KIN_OK) {
        kin_matches_clear(&matches);
        return code;
    }
    *out = matches;
    return KIN_OK;
}

void kin_matches_clear(kin_matches *matches)
{
    if (matches->memory)
        kin_arena_clear(&matches->memory->arena);
    free(matches->memory);
    free(matches->list);
    *matches = (kin_matches) { .list = NULL };
}
