/* Items that are nearly the same. Files with the same bytes are known by the hash that the ledger keeps, and only one of
 * them is compared any further. Of the rest, up to 100,000 are compared all with all; above that each is joined
 * with those of its 32 nearest (by the index's graph) that are near enough. Where even the last of these is, some of the
 * group ask for more: what else is near enough to one of many copies is so to the others. */
#include "kin/duplicates.h"
#include "workspace/report_private.h"

#include "base/checked.h"
#include "kin/groups.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { all_pairs_most = 100000, ask_first = 32, ask_most = 4096, askers_most = 8 };

static const double copy_classic = 0.95, copy_neural = 0.92;

struct kin_duplicates_memory {
    kin_arena arena;
};

/* The items that are compared: rows 0 .. count - 1, by ascending id. */
typedef struct search {
    kin_workspace *workspace;
    const kin_index *index;
    const kin_watch *watch;
    kin_arena arena; /* of the search alone */
    kin_frame frame;
    kin_frame_keys keys;
    const kin_frame_key *split; /* NULL: by folders, or none */
    uint32_t *items;            /* [count] places in the frame */
    uint8_t *copied;            /* [count] has the same bytes as an earlier row */
    size_t count;
    kin_groups groups; /* of rows */
} search;

/* ---- Who is compared ---- */

static int take_rows(search *s, kin_unit unit, kin_error *err)
{
    s->items = kin_alloc_array(s->frame.n, sizeof *s->items);
    s->copied = kin_alloc_zeroed(s->frame.n, sizeof *s->copied);
    if (!s->items || !s->copied)
        return kin_fail_memory(err);
    for (uint32_t i = 0; i < s->frame.n; i++)
        if (kin_workspace__frame_is(&s->frame, i, unit) && kin_index_has(s->index, s->frame.items[i].id))
            s->items[s->count++] = i;
    return kin_groups_init(&s->groups, s->count, err);
}

static int64_t id_of(const search *s, size_t row)
{
    return s->frame.items[s->items[row]].id;
}

static int join_same_files(search *s, kin_error *err)
{
    kin_table rows = KIN_TABLE_INIT;
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < s->count; i++) {
        kin_asset_file file = { 0 };
        bool added = true;
        code = kin_ledger_asset_file(s->workspace->ledger, id_of(s, i), &file, err);
        if (code != KIN_OK || file.hash == 0)
            continue;
        int64_t *first = kin_table_put(&rows, (const char *)&file.hash, sizeof file.hash, (int64_t)i, &added);
        if (!first)
            code = kin_fail_memory(err);
        else if (!added) {
            kin_groups_join(&s->groups, (uint32_t)*first, (uint32_t)i, 1);
            s->copied[i] = 1;
        }
    }
    kin_table_clear(&rows);
    return code;
}

/* ---- Comparing ---- */

static int read_vectors(const search *s, const uint32_t *rows, size_t n, size_t dim, float *vectors, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < n; i++)
        code = kin_index_get(s->index, id_of(s, rows[i]), vectors + i * dim, err);
    return code;
}

static int join_all(search *s, const uint32_t *rows, size_t n, size_t dim, float threshold, size_t threads,
                    kin_error *err)
{
    size_t numbers = 0;
    float *vectors = kin_size_mul(n, dim, &numbers) ? kin_alloc_aligned(numbers, sizeof *vectors) : NULL;
    if (!vectors)
        return kin_fail_memory(err);
    int code = read_vectors(s, rows, n, dim, vectors, err);
    if (code == KIN_OK)
        code = kin_groups_join_all(&s->groups, rows, vectors, n, dim, threshold, threads, s->watch, err);
    free(vectors);
    return code;
}

/* The row of an id; SIZE_MAX: it is not compared. */
static size_t row_of(const search *s, int64_t id)
{
    size_t least = 0, most = s->count;
    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (id_of(s, middle) < id)
            least = middle + 1;
        else
            most = middle;
    }
    return least < s->count && id_of(s, least) == id ? least : SIZE_MAX;
}

typedef struct asking {
    search *s;
    float threshold;
    uint32_t *full; /* rows whose last neighbour is near enough, too */
    size_t full_count, full_capacity;
    float *vector;  /* [dim] */
    int64_t *ids;   /* [ask_most] */
    float *scores;  /* [ask_most] */
    uint8_t *asked; /* [s->count] how many of a group have asked for more, by its root */
} asking;

static void join_hits(const asking *a, uint32_t row, const int64_t *ids, const float *scores, size_t k)
{
    for (size_t j = 0; j < k && ids[j] >= 0 && scores[j] >= a->threshold; j++) {
        size_t other = row_of(a->s, ids[j]);
        if (other != SIZE_MAX && other != row)
            kin_groups_join(&a->s->groups, row, (uint32_t)other, scores[j]);
    }
}

static int take_near(void *user, const kin_index_near *near, kin_error *err)
{
    asking *a = user;
    for (size_t i = 0; i < near->n; i++) {
        const float *scores = near->scores + i * near->k;
        if (!(scores[0] >= a->threshold))
            continue;
        uint32_t row = (uint32_t)row_of(a->s, near->ids[i]);
        join_hits(a, row, near->near + i * near->k, scores, near->k);
        if (!(scores[near->k - 1] >= a->threshold))
            continue;
        if (!KIN_GROW(&a->full, &a->full_capacity, a->full_count + 1))
            return kin_fail_memory(err);
        a->full[a->full_count++] = row;
    }
    return KIN_OK;
}

/* With ask_most of them above the threshold a group hangs together through those. */
static int ask_for_more(asking *a, uint32_t row, kin_error *err)
{
    int code = kin_index_get(a->s->index, id_of(a->s, row), a->vector, err);
    for (size_t k = (size_t)ask_first * 8; code == KIN_OK && k <= ask_most;
         k = k < ask_most && k * 4 > ask_most ? ask_most : k * 4) {
        code = kin_index_search(a->s->index, a->vector, 1, k, a->ids, a->scores, err);
        if (code == KIN_OK)
            join_hits(a, row, a->ids, a->scores, k);
        if (code != KIN_OK || a->ids[k - 1] < 0 || a->scores[k - 1] < a->threshold)
            break;
    }
    return code;
}

static int ask_again(asking *a, kin_error *err)
{
    const kin_watch *watch = a->s->watch;
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < a->full_count; i++) {
        uint8_t *asked = &a->asked[kin_groups_root(&a->s->groups, a->full[i])];
        if (*asked == askers_most)
            continue;
        ++*asked;
        if (watch && watch->stop && watch->stop(watch->user))
            return kin_fail(err, KIN_E_STOPPED, "stopped while comparing; nothing was kept");
        code = ask_for_more(a, a->full[i], err);
        if (code == KIN_OK && watch && watch->progress)
            watch->progress(watch->user, "join", i + 1, a->full_count);
    }
    return code;
}

static int join_through_index(search *s, const uint32_t *rows, size_t n, size_t threads, float threshold,
                              kin_error *err)
{
    asking a = { .s = s, .threshold = threshold };
    int64_t *among = kin_alloc_array(n, sizeof *among);
    a.vector = kin_alloc_array(kin_index_dim(s->index), sizeof *a.vector);
    a.ids = kin_alloc_array(ask_most, sizeof *a.ids);
    a.scores = kin_alloc_array(ask_most, sizeof *a.scores);
    a.asked = kin_alloc_zeroed(s->count, sizeof *a.asked);
    int code = among && a.vector && a.ids && a.scores && a.asked ? KIN_OK : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < n; i++)
        among[i] = id_of(s, rows[i]);
    const kin_index_graph_options how = { .k = ask_first,
                                          .among = among,
                                          .among_count = n,
                                          .threads = threads,
                                          .take = take_near,
                                          .user = &a };
    if (code == KIN_OK)
        code = kin_index_graph(s->index, &how, s->watch, err);
    if (code == KIN_OK)
        code = ask_again(&a, err);
    free(among);
    free(a.full);
    free(a.vector);
    free(a.ids);
    free(a.scores);
    free(a.asked);
    return code;
}

static int compare(search *s, const kin_duplicates_options *options, double threshold, kin_error *err)
{
    size_t most = options->all_pairs ? options->all_pairs : all_pairs_most;
    size_t dim = kin_index_dim(s->index), n = 0;
    uint32_t *rows = kin_alloc_array(s->count, sizeof *rows);
    if (!rows)
        return kin_fail_memory(err);
    for (uint32_t i = 0; i < s->count; i++)
        if (!s->copied[i])
            rows[n++] = i;
    int code = n > most ? join_through_index(s, rows, n, options->threads, (float)threshold, err)
                        : join_all(s, rows, n, dim, (float)threshold, options->threads, err);
    free(rows);
    return code;
}

/* ---- Splits ---- */

static int find_split(search *s, const char *name, kin_error *err)
{
    static const char *const usual[] = { "split", "subset", "partition" };
    size_t count = name ? 1 : sizeof usual / sizeof usual[0];
    for (size_t i = 0; i < count; i++) {
        const char *key = name ? name : usual[i];
        kin_workspace__frame_keys_clear(&s->keys);
        int code = strcmp(key, "label") == 0 ? KIN_OK
                                             : kin_workspace__frame_keys(s->workspace->ledger, &s->arena, &s->frame,
                                                                         key, SIZE_MAX, &s->keys, err);
        if (code != KIN_OK)
            return code;
        if (s->keys.count > 0 && s->keys.list[0].count > 0) {
            s->split = &s->keys.list[0];
            return KIN_OK;
        }
    }
    return name ? kin_workspace__frame_no_key(s->workspace->ledger, &s->frame, name, err) : KIN_OK;
}

/* Whether a folder's name is `word`, in any case of letters, with a year or number behind it or none: "train2017". */
static bool is_folder(const char *folder, size_t length, const char *word)
{
    size_t i = 0;
    for (; word[i]; i++)
        if (i >= length || tolower((unsigned char)folder[i]) != word[i])
            return false;
    while (i < length && (isdigit((unsigned char)folder[i]) || folder[i] == '_' || folder[i] == '-'))
        i++;
    return i == length;
}

/* The split that a folder of the path names; NULL: none does. */
static const char *split_of_path(const char *path)
{
    static const struct {
        const char *word, *split;
    } names[] = { { "train", "train" },    { "training", "train" }, { "val", "val" },   { "valid", "val" },
                  { "validation", "val" }, { "dev", "val" },        { "test", "test" }, { "testing", "test" } };
    for (const char *end = strchr(path, '/'); end; path = end + 1, end = strchr(path, '/'))
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (is_folder(path, (size_t)(end - path), names[i].word))
                return names[i].split;
    return NULL;
}

/* ---- Groups ---- */

static int fill_item(search *s, kin_arena *arena, uint32_t row, kin_duplicate *out, int64_t *asset, kin_error *err)
{
    kin_item item;
    kin_verdict verdict;
    uint32_t place = s->items[row];
    int code = kin_ledger_item(s->workspace->ledger, id_of(s, row), &item, err);
    if (code != KIN_OK)
        return code;
    *out = (kin_duplicate) { .item = item.id,
                             .path = kin_arena_string(arena, item.path),
                             .shape = kin_arena_string(arena, item.shape),
                             .label = kin_arena_string(arena, item.label),
                             .box = item.box,
                             .nearest = (double)s->groups.nearest[row] };
    *asset = item.asset;
    if (!out->path)
        return kin_fail_memory(err);
    const char *split = split_of_path(out->path);
    if (s->split)
        split = s->split->of[place] > 0 ? s->split->values[s->split->of[place] - 1] : NULL;
    out->split = kin_arena_string(arena, split);
    code = kin_ledger_verdict(s->workspace->ledger, out->item, &verdict, err);
    if (code == KIN_OK) {
        out->grade = verdict.grade;
        out->should_be = verdict.should_be && verdict.should_be[0] ? kin_arena_string(arena, verdict.should_be) : NULL;
    }
    return code;
}

static bool is_mistake(const kin_duplicate *item)
{
    return item->grade == KIN_GRADE_MINOR || item->grade == KIN_GRADE_CRITICAL;
}

/* What is held to be right by now; NULL: not known. A mistake of another kind than the label leaves the label. */
static const char *settled_label(const kin_duplicate *item)
{
    return is_mistake(item) && item->should_be ? item->should_be : item->label;
}

static bool differ(const char **seen, const char *text)
{
    if (!text)
        return false;
    if (*seen)
        return strcmp(*seen, text) != 0;
    *seen = text;
    return false;
}

static int fill_group(search *s, kin_arena *arena, const uint32_t *rows, size_t n, kin_duplicate_group *out,
                      kin_error *err)
{
    const char *label = NULL, *split = NULL;
    int64_t first_asset = 0, asset = 0;
    size_t copies = 0;
    *out = (kin_duplicate_group) { .count = n, .similarity = 1, .one_image = true };
    out->items = kin_arena_alloc(arena, n * sizeof *out->items);
    if (!out->items)
        return kin_fail_memory(err);
    for (size_t i = 0; i < n; i++) {
        kin_duplicate *item = &out->items[i];
        int code = fill_item(s, arena, rows[i], item, &asset, err);
        if (code != KIN_OK)
            return code;
        first_asset = i == 0 ? asset : first_asset;
        out->one_image = out->one_image && asset == first_asset;
        out->labels_differ = differ(&label, settled_label(item)) || out->labels_differ;
        out->splits_differ = differ(&split, item->split) || out->splits_differ;
        out->similarity = fmin(out->similarity, item->nearest);
        copies += s->copied[rows[i]];
    }
    out->same_files = copies + 1 == n;
    return KIN_OK;
}

static bool is_wanted(const kin_duplicate_group *group, kin_duplicates_wanted wanted)
{
    switch (wanted) {
    case KIN_DUPLICATES_LABELS:
        return group->labels_differ;
    case KIN_DUPLICATES_SPLITS:
        return group->splits_differ;
    case KIN_DUPLICATES_ALL:
        return true;
    default:
        return group->labels_differ || group->splits_differ;
    }
}

static int by_similarity(const void *left, const void *right)
{
    const kin_duplicate_group *a = left, *b = right;
    if (a->similarity != b->similarity)
        return a->similarity > b->similarity ? -1 : 1;
    return a->items[0].item < b->items[0].item ? -1 : a->items[0].item > b->items[0].item;
}

/* members[count]: the rows of groups of two or more, group by group; starts[groups + 1]. Sorted by counting. */
static int sort_rows(search *s, uint32_t **members, size_t **starts, size_t *groups, kin_error *err)
{
    size_t *size = kin_alloc_zeroed(s->count, sizeof *size), *place = kin_alloc_array(s->count, sizeof *place);
    *members = kin_alloc_array(s->count, sizeof **members);
    *starts = kin_alloc_array(s->count + 1, sizeof **starts);
    if (!size || !place || !*members || !*starts) {
        free(size);
        free(place);
        return kin_fail_memory(err);
    }
    size_t at = 0, n = 0;
    for (uint32_t i = 0; i < s->count; i++)
        size[kin_groups_root(&s->groups, i)]++;
    for (size_t i = 0; i < s->count; i++) {
        if (size[i] < 2)
            continue;
        place[i] = (*starts)[n++] = at;
        at += size[i];
    }
    (*starts)[n] = at;
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t root = kin_groups_root(&s->groups, i);
        if (size[root] >= 2)
            (*members)[place[root]++] = i;
    }
    *groups = n;
    free(size);
    free(place);
    return KIN_OK;
}

static int collect(search *s, kin_duplicates_wanted wanted, kin_duplicates *out, kin_error *err)
{
    uint32_t *members = NULL;
    size_t *starts = NULL, groups = 0;
    bool split_seen = s->split != NULL;
    int code = sort_rows(s, &members, &starts, &groups, err);
    if (code == KIN_OK) {
        out->list = kin_alloc_array(groups, sizeof *out->list);
        code = out->list ? KIN_OK : kin_fail_memory(err);
    }
    for (size_t g = 0; code == KIN_OK && g < groups; g++) {
        kin_duplicate_group *group = &out->list[out->count];
        code = fill_group(s, &out->memory->arena, members + starts[g], starts[g + 1] - starts[g], group, err);
        for (size_t i = 0; code == KIN_OK && !split_seen && i < group->count; i++)
            split_seen = group->items[i].split != NULL;
        out->count += code == KIN_OK && is_wanted(group, wanted);
    }
    free(members);
    free(starts);
    if (code != KIN_OK)
        return code;
    out->found = groups;
    out->split = s->split ? kin_arena_string(&out->memory->arena, s->split->name) : split_seen ? "folders" : NULL;
    if (out->count > 1)
        qsort(out->list, out->count, sizeof *out->list, by_similarity);
    return s->split && !out->split ? kin_fail_memory(err) : KIN_OK;
}

/* ---- The use case ---- */

static int find_duplicates(search *s, const kin_duplicates_options *options, kin_duplicates *out, kin_error *err)
{
    int code = kin_workspace__frame_load(s->workspace->ledger, &s->arena, &s->frame, err);
    if (code != KIN_OK)
        return code;
    out->unit = options->unit != KIN_UNIT_ANY ? options->unit : s->frame.shapes > 0 ? KIN_UNIT_SHAPE : KIN_UNIT_ASSET;
    code = find_split(s, options->split, err);
    if (code == KIN_OK)
        code = take_rows(s, out->unit, err);
    if (code == KIN_OK && out->unit == KIN_UNIT_ASSET)
        code = join_same_files(s, err);
    if (code == KIN_OK)
        code = compare(s, options, out->threshold, err);
    out->compared = s->count;
    return code == KIN_OK ? collect(s, options->wanted, out, err) : code;
}

static void search_clear(search *s)
{
    kin_workspace__frame_keys_clear(&s->keys);
    kin_workspace__frame_clear(&s->frame);
    kin_groups_clear(&s->groups);
    kin_arena_clear(&s->arena);
    free(s->items);
    free(s->copied);
}

static int usual_threshold(kin_workspace *workspace, double *threshold, kin_error *err)
{
    const char *model;
    int code = kin_ledger_setting(workspace->ledger, KIN_SETTING_MODEL, &model, err);
    if (code == KIN_OK)
        *threshold = model && strcmp(model, "classic") == 0 ? copy_classic : copy_neural;
    return code;
}

int kin_workspace_duplicates(kin_workspace *workspace, const kin_duplicates_options *options, const kin_watch *watch,
                             kin_duplicates *out, kin_error *err)
{
    search s = { .workspace = workspace, .watch = watch, .arena = KIN_ARENA_INIT };
    kin_duplicates made = { .threshold = options->threshold };
    if (!(made.threshold >= 0 && made.threshold <= 1))
        return kin_fail(err, KIN_E_USAGE, "a threshold is a cosine within 0 and 1, such as 0.95; not %g",
                        made.threshold);
    int code = kin_workspace__index(workspace, &s.index, err);
    if (code != KIN_OK)
        return code;
    if (made.threshold == 0)
        code = usual_threshold(workspace, &made.threshold, err);
    if (code != KIN_OK)
        return code;
    made.memory = kin_alloc_zeroed(1, sizeof *made.memory);
    if (!made.memory)
        return kin_fail_memory(err);
    code = kin_ledger_begin(workspace->ledger, err); /* all of one moment */
    if (code == KIN_OK) {
        code = find_duplicates(&s, options, &made, err);
        kin_ledger_rollback(workspace->ledger);
    }
    search_clear(&s);
    if (code == KIN_OK)
        *out = made;
    else
        kin_duplicates_clear(&made);
    return code;
}

void kin_duplicates_clear(kin_duplicates *duplicates)
{
    if (duplicates->memory)
        kin_arena_clear(&duplicates->memory->arena);
    free(duplicates->memory);
    free(duplicates->list);
    *duplicates = (kin_duplicates) { .list = NULL };
}

/* ---- The job ---- */

int kin_workspace_job_duplicates(kin_workspace *workspace, const kin_duplicates *duplicates, int64_t *job,
                                 kin_error *err)
{
    size_t most = 0, n = 0;
    for (size_t g = 0; g < duplicates->count; g++)
        most += duplicates->list[g].count;
    kin_job_item *items = kin_alloc_array(most, sizeof *items);
    if (!items)
        return kin_fail_memory(err);
    for (size_t g = 0; g < duplicates->count; g++)
        for (size_t i = 0; i < duplicates->list[g].count; i++) {
            const kin_duplicate *item = &duplicates->list[g].items[i];
            if (item->grade == KIN_GRADE_NONE)
                items[n] = (kin_job_item) {
                    .item = item->item, .position = (int64_t)n + 1, .probability = NAN, .score = item->nearest
                };
            n += item->grade == KIN_GRADE_NONE;
        }
    char title[128];
    (void)snprintf(title, sizeof title, "near-identical %s that disagree, cosine %.4g and up",
                   duplicates->unit == KIN_UNIT_SHAPE ? "shapes" : "images", duplicates->threshold);
    kin_job made = {
        .kind = KIN_JOB_SUSPECTS, .unit = duplicates->unit, .population = (int64_t)duplicates->compared, .title = title
    };
    int code = n > 0 ? kin_ledger_begin(workspace->ledger, err)
                     : kin_fail(err, KIN_E_NOTFOUND,
                                "nothing left to review: no near-identical items without a "
                                "verdict disagree");
    if (code == KIN_OK) {
        code = kin_ledger_job_add(workspace->ledger, &made, items, n, NULL, 0, job, err);
        code = kin_workspace__end(workspace->ledger, code, err);
    }
    free(items);
    return code;
}
