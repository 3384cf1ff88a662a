/* One walk over the ledger's rows in order of ids gives the arrays; the ledger numbers its texts itself, so that each
 * label's text is read once, not once an item. Verdicts are numbered in order of arrival: what came since the last look
 * are those with higher numbers, and of the items that they are about the latest verdict is read anew. */
#include "workspace/corpus.h"

#include "base/checked.h"
#include "base/ids.h"
#include "kin/browse.h"

#include <stdlib.h>
#include <string.h>

struct kin_corpus_memory {
    const kin_store *store;                             /* the workspace's */
    size_t capacity, names_capacity, verdicts_capacity; /* of id, asset and label; of names; of verdicts */
    kin_arena texts;
    kin_table places;  /* text of a label -> its number */
    kin_table numbers; /* the ledger's number of a text -> the label's; only while reading */
    int64_t newest;    /* verdict that was read */
    kin_kinship *kinship;
    bool judged; /* it has the verdicts */
};

/* ---- Labels ---- */

static int add_label(kin_corpus *corpus, const char *name, int32_t *label, kin_error *err)
{
    struct kin_corpus_memory *memory = corpus->memory;
    bool added = false;
    if (corpus->names_count >= INT32_MAX)
        return kin_fail(err, KIN_E_LIMIT, "there are more than %d labels", INT32_MAX);
    int64_t *place = kin_table_add(&memory->places, name, (int64_t)corpus->names_count, &added);
    if (!place)
        return kin_fail_memory(err);
    *label = (int32_t)*place;
    if (!added)
        return KIN_OK;
    bool room = KIN_GROW(&corpus->names, &memory->names_capacity, corpus->names_count + 1);
    char *copy = room ? kin_arena_string(&memory->texts, name) : NULL;
    if (!copy)
        return kin_fail_memory(err);
    corpus->names[corpus->names_count++] = copy;
    return KIN_OK;
}

typedef struct reader {
    kin_ledger *ledger;
    kin_corpus *corpus;
} reader;

static int label_of(const reader *in, int64_t number, int32_t *label, kin_error *err)
{
    bool added = false;
    const char *text;
    int64_t *place = kin_table_put(&in->corpus->memory->numbers, (const char *)&number, sizeof number, -1, &added);
    int code = place ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK && added) {
        code = kin_ledger_text(in->ledger, number, &text, err);
        if (code == KIN_OK)
            code = add_label(in->corpus, text, label, err);
        if (code == KIN_OK)
            *place = *label;
    }
    if (code == KIN_OK)
        *label = (int32_t)*place;
    return code;
}

/* ---- Items ---- */

static bool grow_rows(kin_corpus *corpus)
{
    struct kin_corpus_memory *memory = corpus->memory;
    size_t need = corpus->count + 1, a = memory->capacity, b = a, c = a;
    bool room = KIN_GROW(&corpus->id, &a, need) && KIN_GROW(&corpus->asset, &b, need) &&
                KIN_GROW(&corpus->label, &c, need);
    if (room)
        memory->capacity = a;
    return room;
}

/* The index may be of an earlier moment than the ledger: what it lacks waits for the next time. */
static int take_row(void *user, const kin_item_row *row, kin_error *err)
{
    const reader *in = user;
    kin_corpus *corpus = in->corpus;
    int32_t label = -1;
    if (!corpus->memory->store->has(corpus->memory->store->user, row->id))
        return KIN_OK;
    if (corpus->count >= KIN_CORPUS_NONE - 1)
        return kin_fail(err, KIN_E_LIMIT, "the data set has more than %u items: split it", KIN_CORPUS_NONE - 1);
    int code = row->label ? label_of(in, row->label, &label, err) : KIN_OK;
    if (code == KIN_OK && !grow_rows(corpus))
        code = kin_fail_memory(err);
    if (code != KIN_OK)
        return code;
    corpus->id[corpus->count] = row->id;
    corpus->asset[corpus->count] = row->asset;
    corpus->label[corpus->count++] = label;
    return KIN_OK;
}

static int load(kin_workspace *w, kin_corpus *corpus, kin_error *err)
{
    reader in = { w->ledger, corpus };
    int code = kin_ledger_each_row(w->ledger, corpus->unit, 1u << KIN_ITEM_DESCRIBED, take_row, &in, err);
    kin_table_clear(&corpus->memory->numbers);
    corpus->labels = corpus->names_count;
    return code;
}

uint32_t kin_corpus__row(const kin_corpus *corpus, int64_t id)
{
    size_t row = kin_ids_find(corpus->id, corpus->count, sizeof *corpus->id, id);
    return row < corpus->count ? (uint32_t)row : KIN_CORPUS_NONE;
}

int32_t kin_corpus__label(const kin_corpus *corpus, const char *name)
{
    const int64_t *place = name ? kin_table_find(&corpus->memory->places, name) : NULL;
    return place ? (int32_t)*place : -1;
}

int kin_corpus__vectors(const kin_corpus *corpus, const uint32_t *rows, size_t n, float *vectors, kin_error *err)
{
    const kin_store *store = corpus->memory->store;
    int64_t *ids = kin_alloc_array(n, sizeof *ids);
    if (!ids)
        return kin_fail_memory(err);
    for (size_t i = 0; i < n; i++)
        ids[i] = corpus->id[rows[i]];
    int code = store->get(store->user, ids, n, vectors, err);
    free(ids);
    return code;
}

/* ---- Verdicts ---- */

/* Place of the first verdict on this row or a later one. */
static size_t verdict_place(const kin_corpus *corpus, uint32_t row)
{
    size_t least = 0, most = corpus->verdicts_count;
    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (corpus->verdicts[middle].row < row)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

const kin_corpus_verdict *kin_corpus__verdict(const kin_corpus *corpus, uint32_t row)
{
    size_t place = verdict_place(corpus, row);
    bool there = place < corpus->verdicts_count && corpus->verdicts[place].row == row;
    return there ? &corpus->verdicts[place] : NULL;
}

bool kin_corpus__is_mistake(const kin_corpus_verdict *verdict)
{
    return verdict->grade == KIN_GRADE_MINOR || verdict->grade == KIN_GRADE_CRITICAL;
}

bool kin_corpus__is_pattern(const kin_corpus *corpus, const kin_corpus_verdict *verdict, int32_t given, int32_t right)
{
    return kin_corpus__is_mistake(verdict) && corpus->label[verdict->row] == given &&
           (right < 0 || verdict->right == right);
}

typedef struct verdict_list {
    reader in;
    kin_corpus_verdict *list; /* by ascending row */
    size_t count, capacity;
} verdict_list;

static int take_verdict(void *user, const kin_verdict *verdict, kin_error *err)
{
    verdict_list *fresh = user;
    kin_corpus *corpus = fresh->in.corpus;
    kin_corpus_verdict item = { .row = kin_corpus__row(corpus, verdict->item),
                                .grade = (uint8_t)verdict->grade,
                                .right = -1 };
    if (item.row == KIN_CORPUS_NONE)
        return KIN_OK;
    int code = KIN_OK;
    if (kin_corpus__is_mistake(&item) && verdict->should_be)
        code = add_label(corpus, verdict->should_be, &item.right, err);
    /* A right label that is the given one says that something else is wrong: its box, say. */
    if (item.right >= 0 && item.right == corpus->label[item.row])
        item.right = -1;
    if (code == KIN_OK && !KIN_GROW(&fresh->list, &fresh->capacity, fresh->count + 1))
        code = kin_fail_memory(err);
    if (code != KIN_OK)
        return code;
    fresh->list[fresh->count++] = item;
    return KIN_OK;
}

/* Both lists ascend; of a row in both the fresh one counts, and where that was withdrawn the row has none. */
static int merge_verdicts(kin_corpus *corpus, const verdict_list *fresh, kin_error *err)
{
    kin_corpus_verdict *merged = kin_alloc_array(corpus->verdicts_count + fresh->count, sizeof *merged);
    if (!merged)
        return kin_fail_memory(err);
    size_t i = 0, j = 0, n = 0;
    while (i < corpus->verdicts_count || j < fresh->count) {
        bool from_fresh =
            j < fresh->count && (i == corpus->verdicts_count || fresh->list[j].row <= corpus->verdicts[i].row);
        if (from_fresh && i < corpus->verdicts_count && fresh->list[j].row == corpus->verdicts[i].row)
            i++;
        const kin_corpus_verdict *next = from_fresh ? &fresh->list[j++] : &corpus->verdicts[i++];
        if (next->grade != KIN_GRADE_NONE)
            merged[n++] = *next;
    }
    free(corpus->verdicts);
    corpus->verdicts = merged;
    corpus->verdicts_count = n;
    return KIN_OK;
}

static int read_verdicts(kin_workspace *w, kin_corpus *corpus, kin_error *err)
{
    struct kin_corpus_memory *memory = corpus->memory;
    verdict_list fresh = { .in = { w->ledger, corpus } };
    int64_t newest = 0;
    /* Asked first: a verdict that comes in between is read now, and once more the next time. */
    int code = kin_ledger_newest_verdict(w->ledger, &newest, err);
    if (code != KIN_OK || newest == memory->newest)
        return code;
    code = kin_ledger_each_verdict_since(w->ledger, memory->newest, take_verdict, &fresh, err);
    if (code == KIN_OK && fresh.count > 0)
        code = merge_verdicts(corpus, &fresh, err);
    if (code == KIN_OK) {
        memory->judged = memory->judged && fresh.count == 0;
        memory->newest = newest;
    }
    free(fresh.list);
    return code;
}

/* ---- The workspace's ---- */

void kin_workspace__corpus_free(kin_corpus *corpus)
{
    if (!corpus)
        return;
    if (corpus->memory) {
        kin_kinship_free(corpus->memory->kinship);
        kin_arena_clear(&corpus->memory->texts);
        kin_table_clear(&corpus->memory->places);
        kin_table_clear(&corpus->memory->numbers);
    }
    free(corpus->memory);
    free(corpus->id);
    free(corpus->asset);
    free(corpus->label);
    free(corpus->names);
    free(corpus->verdicts);
    free(corpus);
}

static int make_corpus(kin_workspace *w, kin_unit unit, kin_corpus **out, kin_error *err)
{
    kin_corpus *corpus = kin_alloc_zeroed(1, sizeof *corpus);
    int code = KIN_OK;
    if (!corpus || !(corpus->memory = kin_alloc_zeroed(1, sizeof *corpus->memory)))
        code = kin_fail_memory(err);
    if (code == KIN_OK) {
        corpus->unit = unit;
        code = kin_workspace__store(w, &corpus->memory->store, err);
    }
    if (code == KIN_OK)
        corpus->dim = corpus->memory->store->dim;
    if (code == KIN_OK)
        code = load(w, corpus, err);
    if (code == KIN_OK)
        *out = corpus;
    else
        kin_workspace__corpus_free(corpus);
    return code;
}

static int current(kin_workspace *w, kin_unit unit, kin_corpus **out, kin_error *err)
{
    kin_corpus **kept = &w->corpora[unit == KIN_UNIT_ASSET];
    int code = kin_workspace_refresh(w, err);
    if (code == KIN_OK && !*kept)
        code = make_corpus(w, unit, kept, err);
    if (code == KIN_OK)
        code = read_verdicts(w, *kept, err);
    if (code == KIN_OK)
        *out = *kept;
    return code;
}

int kin_workspace__corpus(kin_workspace *workspace, kin_unit unit, const kin_corpus **out, kin_error *err)
{
    kin_corpus *corpus = NULL;
    int code = current(workspace, unit, &corpus, err);
    if (code == KIN_OK)
        *out = corpus;
    return code;
}

/* ---- Kinship ---- */

static int read_vectors(void *user, size_t first, size_t n, float *vectors, kin_error *err)
{
    const kin_corpus *corpus = user;
    const kin_store *store = corpus->memory->store;
    return store->get(store->user, corpus->id + first, n, vectors, err);
}

/* The index's graph, in rows instead of ids. */
typedef struct row_graph {
    const kin_corpus *corpus;
    kin_kinship_take take;
    void *taker;
    uint32_t *rows, *nearest; /* of the block at hand */
    size_t rows_capacity, nearest_capacity;
} row_graph;

static int take_ids(void *user, const kin_index_near *near, kin_error *err)
{
    row_graph *g = user;
    if (!KIN_GROW(&g->rows, &g->rows_capacity, near->n) ||
        !KIN_GROW(&g->nearest, &g->nearest_capacity, near->n * near->k))
        return kin_fail_memory(err);
    for (size_t i = 0; i < near->n; i++)
        g->rows[i] = kin_corpus__row(g->corpus, near->ids[i]);
    for (size_t i = 0; i < near->n * near->k; i++)
        g->nearest[i] = near->near[i] < 0 ? UINT32_MAX : kin_corpus__row(g->corpus, near->near[i]);
    const kin_kinship_near found = { near->n, near->k, g->rows, g->nearest, near->scores };
    return g->take(g->taker, &found, err);
}

static int graph_of_labelled(void *user, size_t k, kin_kinship_take take, void *taker, kin_error *err)
{
    const kin_corpus *corpus = user;
    row_graph g = { .corpus = corpus, .take = take, .taker = taker };
    int64_t *among = kin_alloc_array(corpus->count, sizeof *among);
    size_t n = 0;
    if (!among)
        return kin_fail_memory(err);
    for (size_t i = 0; i < corpus->count; i++)
        if (corpus->label[i] >= 0)
            among[n++] = corpus->id[i];
    const kin_index_graph_options how = {
        .k = k, .among = among, .among_count = n, .take = take_ids, .user = &g
    };
    const kin_store *store = corpus->memory->store;
    int code = store->graph(store->user, &how, err);
    free(among);
    free(g.rows);
    free(g.nearest);
    return code;
}

static int make_kinship(kin_corpus *corpus, kin_error *err)
{
    const kin_kinship_items items = { .count = corpus->count,
                                      .dim = corpus->dim,
                                      .labels = corpus->labels,
                                      .label = corpus->label,
                                      .asset = corpus->asset,
                                      .read = read_vectors,
                                      .graph = corpus->memory->store->graph ? graph_of_labelled : NULL,
                                      .user = corpus };
    return kin_kinship_new(&items, 0, &corpus->memory->kinship, err);
}

static int tell_verdicts(kin_corpus *corpus, kin_error *err)
{
    kin_kinship_verdict *list = kin_alloc_array(corpus->verdicts_count, sizeof *list);
    if (!list)
        return kin_fail_memory(err);
    for (size_t i = 0; i < corpus->verdicts_count; i++) {
        const kin_corpus_verdict *verdict = &corpus->verdicts[i];
        bool known = verdict->right >= 0 && (size_t)verdict->right < corpus->labels;
        list[i] = (kin_kinship_verdict) { .item = verdict->row,
                                          .mistake = kin_corpus__is_mistake(verdict),
                                          .right = known ? verdict->right : -1 };
    }
    int code = kin_kinship_judge(corpus->memory->kinship, list, corpus->verdicts_count, err);
    corpus->memory->judged = code == KIN_OK;
    free(list);
    return code;
}

int kin_workspace__kinship(kin_workspace *workspace, kin_unit unit, const kin_corpus **corpus, const kin_kinship **out,
                           kin_error *err)
{
    kin_corpus *mine = NULL;
    int code = current(workspace, unit, &mine, err);
    if (code == KIN_OK && mine->count == 0)
        return kin_fail(err, KIN_E_NOTFOUND, "no %s is described yet; run: kin index %s",
                        unit == KIN_UNIT_ASSET ? "image" : "shape", workspace->folder);
    if (code == KIN_OK && !mine->memory->kinship)
        code = make_kinship(mine, err);
    if (code == KIN_OK && !mine->memory->judged)
        code = tell_verdicts(mine, err);
    if (code != KIN_OK)
        return code;
    *corpus = mine;
    *out = mine->memory->kinship;
    return KIN_OK;
}
