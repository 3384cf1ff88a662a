/* Items for those who look at them: one by one, by pages, by jobs. Strings that the ledger lends until its next call
 * are copied to an arena that is emptied between items. */
#include "kin/browse.h"
#include "kin/vocabulary.h"
#include "workspace/workspace_private.h"

#include "base/checked.h"
#include "base/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double surroundings = 0.5;

/* ---- What has changed ---- */

static int hash_settings(kin_workspace *w, const char *const *names, size_t n, uint64_t *hash, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        const char *text = NULL;
        code = kin_ledger_setting(w->ledger, names[i], &text, err);
        if (code == KIN_OK && text)
            *hash = kin_hash_more(kin_hash_more(*hash, names[i], strlen(names[i])), text, strlen(text));
    }
    return code;
}

int kin_workspace_stamp(kin_workspace *workspace, uint64_t *stamp, kin_error *err)
{
    static const char *const names[] = { KIN_SETTING_RUN, KIN_SETTING_GENERATION, KIN_SETTING_ROWS, KIN_SETTING_STAMP };
    int64_t newest[2];
    int code = kin_ledger_newest_verdict(workspace->ledger, &newest[0], err);
    if (code == KIN_OK)
        code = kin_ledger_newest_job(workspace->ledger, &newest[1], err);
    if (code != KIN_OK)
        return code;
    uint64_t hash = kin_hash(newest, sizeof newest);
    code = hash_settings(workspace, names, sizeof names / sizeof *names, &hash, err);
    if (code == KIN_OK)
        *stamp = hash;
    return code;
}

int kin_workspace_refresh(kin_workspace *workspace, kin_error *err)
{
    static const char *const names[] = { KIN_SETTING_MODEL,      KIN_SETTING_MARGIN, KIN_SETTING_VECTORS,
                                         KIN_SETTING_GENERATION, KIN_SETTING_ROWS,   KIN_SETTING_RUN,
                                         KIN_SETTING_EMBEDDINGS };
    uint64_t hash = 0;
    int code = hash_settings(workspace, names, sizeof names / sizeof *names, &hash, err);
    if (code == KIN_OK && hash != workspace->seen) {
        kin_workspace__forget(workspace);
        workspace->seen = hash;
    }
    return code;
}

/* ---- One item ---- */

typedef struct looking {
    kin_workspace *workspace;
    kin_arena arena;
    kin_take_sight take;
    void *user;
} looking;

/* The parts of an image file and a box that a picture depends on. */
static uint64_t version_of(const kin_item *item, const kin_asset_file *file)
{
    const double box[] = { item->box.x, item->box.y, item->box.w, item->box.h };
    const int64_t image[] = { file->bytes, file->mtime_ns, (int64_t)file->hash, item->width, item->height, item->id };
    return kin_hash_more(kin_hash(image, sizeof image), box, sizeof box);
}

int kin_workspace__view(kin_workspace *workspace, const kin_item *item, double context, kin_box *region,
                        uint64_t *version, kin_error *err)
{
    kin_asset_file file;
    const kin_box all = { 0, 0, item->width, item->height };
    int code = kin_ledger_asset_file(workspace->ledger, item->asset, &file, err);
    if (code != KIN_OK)
        return code;
    *version = version_of(item, &file);
    /* A box that lies outside the image is an annotation error to be looked at: the image shows it best. */
    if (item->id == item->asset || item->width == 0 ||
        kin_box_region(item->box, context < 0 ? surroundings : context, item->width, item->height, region, NULL) !=
            KIN_OK)
        *region = all;
    return KIN_OK;
}

static int copy_item(kin_arena *arena, kin_item *item, kin_error *err)
{
    const bool has_shape = item->shape != NULL, has_label = item->label != NULL;
    item->path = kin_arena_string(arena, item->path);
    item->shape = kin_arena_string(arena, item->shape);
    item->label = kin_arena_string(arena, item->label);
    item->reason = kin_arena_string(arena, item->reason);
    return item->path && has_shape == (item->shape != NULL) && has_label == (item->label != NULL)
               ? KIN_OK
               : kin_fail_memory(err);
}

static int show(looking *l, const kin_item *item, const kin_job_item *drawn, kin_error *err)
{
    kin_sight sight = { .item = *item, .drawn = { .probability = (double)NAN, .score = (double)NAN } };
    if (drawn)
        sight.drawn = *drawn;
    kin_arena_reset(&l->arena);
    int code = copy_item(&l->arena, &sight.item, err);
    if (code == KIN_OK)
        code = kin_workspace__view(l->workspace, &sight.item, -1, &sight.crop, &sight.version, err);
    if (code == KIN_OK)
        code = kin_ledger_verdict(l->workspace->ledger, item->id, &sight.verdict, err);
    return code == KIN_OK ? l->take(l->user, &sight, err) : code;
}

static int show_by_id(looking *l, int64_t id, const kin_job_item *drawn, kin_error *err)
{
    kin_item item;
    int code = kin_ledger_item(l->workspace->ledger, id, &item, err);
    return code == KIN_OK ? show(l, &item, drawn, err) : code;
}

int kin_workspace_sight(kin_workspace *workspace, int64_t item, kin_take_sight take, void *user, kin_error *err)
{
    looking l = { workspace, KIN_ARENA_INIT, take, user };
    int code = show_by_id(&l, item, NULL, err);
    kin_arena_clear(&l.arena);
    return code;
}

static int take_item(void *user, const kin_item *item, kin_error *err)
{
    return show(user, item, NULL, err);
}

int kin_workspace_each_sight(kin_workspace *workspace, const kin_item_filter *filter, kin_take_sight take, void *user,
                             kin_error *err)
{
    looking l = { workspace, KIN_ARENA_INIT, take, user };
    int code = kin_ledger_each_item(workspace->ledger, filter, take_item, &l, err);
    kin_arena_clear(&l.arena);
    return code;
}

int kin_workspace_history(kin_workspace *workspace, int64_t item,
                          int (*take)(void *user, const kin_verdict *verdict, kin_error *err), void *user,
                          kin_error *err)
{
    return kin_ledger_each_verdict_between(workspace->ledger, 1, INT64_MAX, item, take, user, err);
}

int kin_workspace_newest_verdict(kin_workspace *workspace, int64_t *newest, kin_error *err)
{
    return kin_ledger_newest_verdict(workspace->ledger, newest, err);
}

int kin_workspace_attributes_of(kin_workspace *workspace, int64_t item,
                                int (*take)(void *user, int64_t item, const kin_attribute *attribute, kin_error *err),
                                void *user, kin_error *err)
{
    return kin_ledger_each_attribute_of(workspace->ledger, item, take, user, err);
}

int kin_workspace_each_label(kin_workspace *workspace,
                             int (*take)(void *user, const char *label, uint64_t items, kin_error *err), void *user,
                             kin_error *err)
{
    return kin_ledger_each_label(workspace->ledger, take, user, err);
}

int kin_workspace_each_value(kin_workspace *workspace,
                             int (*take)(void *user, const kin_attribute *attribute, kin_error *err), void *user,
                             kin_error *err)
{
    return kin_ledger_each_value(workspace->ledger, take, user, err);
}

typedef struct mistake_reader {
    kin_ledger *ledger;
    const char *given, *right;
    size_t most;
    kin_id_list found;
} mistake_reader;

/* What ends the walk early; no error to whoever asked. */
enum { enough = 1 };

static int collect_mistake(void *user, const kin_verdict *verdict, kin_error *err)
{
    mistake_reader *reader = user;
    kin_item item;
    if (verdict->grade <= KIN_GRADE_OK ||
        (reader->right && (!verdict->should_be || strcmp(verdict->should_be, reader->right) != 0)))
        return KIN_OK;
    int code = kin_ledger_item(reader->ledger, verdict->item, &item, err);
    if (code != KIN_OK || item.state == KIN_ITEM_GONE ||
        (reader->given && (!item.label || strcmp(item.label, reader->given) != 0)))
        return code;
    code = kin_workspace__push_id(&reader->found, item.id, err);
    return code == KIN_OK && reader->found.count == reader->most ? enough : code;
}

int kin_workspace_mistakes(kin_workspace *workspace, const char *given, const char *right, size_t most,
                           kin_take_sight take, void *user, kin_error *err)
{
    mistake_reader reader = { .ledger = workspace->ledger, .given = given, .right = right, .most = most };
    looking l = { workspace, KIN_ARENA_INIT, take, user };
    int code = kin_ledger_each_verdict(workspace->ledger, true, collect_mistake, &reader, err);
    code = code == enough ? KIN_OK : code;
    for (size_t i = 0; code == KIN_OK && i < reader.found.count; i++)
        code = show_by_id(&l, reader.found.ids[i], NULL, err);
    free(reader.found.ids);
    kin_arena_clear(&l.arena);
    return code;
}

/* ---- The items of a job ---- */

static int show_unless_gone(looking *l, int64_t id, const kin_job_item *drawn, kin_error *err)
{
    kin_item item;
    int code = kin_ledger_item(l->workspace->ledger, id, &item, err);
    return code == KIN_OK && item.state != KIN_ITEM_GONE ? show(l, &item, drawn, err) : code;
}

static int show_shapes(looking *l, const kin_job_item *drawn, kin_error *err)
{
    const kin_item_filter shapes = { .unit = KIN_UNIT_SHAPE, .asset = drawn->item };
    int64_t *ids = NULL;
    size_t n = 0;
    int code = kin_ledger_select(l->workspace->ledger, &shapes, &ids, &n, err);
    for (size_t i = 0; code == KIN_OK && i < n; i++)
        code = show_unless_gone(l, ids[i], drawn, err);
    free(ids);
    return code;
}

static bool draws_whole_images(const kin_job *job)
{
    return job->kind == KIN_JOB_AUDIT && job->unit == KIN_UNIT_ASSET;
}

/* In one transaction: some statements a row, and each would look by itself whether the file has changed. */
static int show_places(looking *l, const kin_job_item *places, size_t count, bool whole, kin_error *err)
{
    int code = kin_ledger_begin(l->workspace->ledger, err);
    if (code != KIN_OK)
        return code;
    for (size_t i = 0; code == KIN_OK && i < count; i++) {
        code = show_unless_gone(l, places[i].item, &places[i], err);
        if (code == KIN_OK && whole)
            code = show_shapes(l, &places[i], err);
    }
    kin_ledger_rollback(l->workspace->ledger);
    return code;
}

int kin_workspace_job_page(kin_workspace *workspace, int64_t job, int64_t after, size_t most, kin_take_sight take,
                           void *user, int64_t *next, kin_error *err)
{
    kin_job about;
    looking l = { workspace, KIN_ARENA_INIT, take, user };
    kin_place_list places = { .count = 0 };
    int code = kin_ledger_job_head(workspace->ledger, job, &about, err);
    bool whole = code == KIN_OK && draws_whole_images(&about);
    /* One more tells whether there is another page. */
    if (code == KIN_OK)
        code = kin_ledger_each_job_item_after(workspace->ledger, job, after, most + 1, kin_workspace__push_place,
                                              &places, err);
    size_t shown = places.count < most ? places.count : most;
    if (code == KIN_OK)
        code = show_places(&l, places.list, shown, whole, err);
    if (code == KIN_OK)
        *next = places.count > most && shown > 0 ? places.list[shown - 1].position : 0;
    free(places.list);
    kin_arena_clear(&l.arena);
    return code;
}

typedef struct example_list {
    kin_id_list likes, unlikes;
} example_list;

static int collect_example(void *user, int64_t item, bool unlike, kin_error *err)
{
    example_list *examples = user;
    return kin_workspace__push_id(unlike ? &examples->unlikes : &examples->likes, item, err);
}

typedef struct example_taker {
    int (*take)(void *user, const kin_sight *sight, bool unlike, kin_error *err);
    void *user;
    bool unlike;
} example_taker;

static int take_example(void *user, const kin_sight *sight, kin_error *err)
{
    const example_taker *taker = user;
    return taker->take(taker->user, sight, taker->unlike, err);
}

int kin_workspace_job_examples(kin_workspace *workspace, int64_t job,
                               int (*take)(void *user, const kin_sight *sight, bool unlike, kin_error *err), void *user,
                               kin_error *err)
{
    example_list examples = { .likes.count = 0 };
    example_taker taker = { take, user, false };
    looking l = { workspace, KIN_ARENA_INIT, take_example, &taker };
    int code = kin_ledger_each_job_like(workspace->ledger, job, collect_example, &examples, err);
    for (size_t i = 0; code == KIN_OK && i < examples.likes.count; i++)
        code = show_by_id(&l, examples.likes.ids[i], NULL, err);
    taker.unlike = true;
    for (size_t i = 0; code == KIN_OK && i < examples.unlikes.count; i++)
        code = show_by_id(&l, examples.unlikes.ids[i], NULL, err);
    free(examples.likes.ids);
    free(examples.unlikes.ids);
    kin_arena_clear(&l.arena);
    return code;
}

static int collect_judged(void *user, const kin_verdict *verdict, kin_error *err)
{
    return kin_workspace__push_id(user, verdict->item, err);
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int show_if_in_job(looking *l, const kin_job *job, int64_t id, kin_error *err)
{
    kin_item item;
    kin_job_item drawn;
    int code = kin_ledger_item(l->workspace->ledger, id, &item, err);
    if (code != KIN_OK)
        return code;
    int64_t place_of = draws_whole_images(job) ? item.asset : id;
    code = kin_ledger_job_item(l->workspace->ledger, job->id, place_of, &drawn, err);
    return code == KIN_OK && drawn.item ? show_by_id(l, id, &drawn, err) : code;
}

int kin_workspace_job_changes(kin_workspace *workspace, int64_t job, int64_t since, kin_take_sight take, void *user,
                              int64_t *newest, kin_error *err)
{
    kin_job about;
    int64_t last = 0;
    looking l = { workspace, KIN_ARENA_INIT, take, user };
    kin_id_list judged = { .count = 0 };
    int code = kin_ledger_job_head(workspace->ledger, job, &about, err);
    if (code == KIN_OK)
        code = kin_ledger_newest_verdict(workspace->ledger, &last, err);
    if (code == KIN_OK)
        code = kin_ledger_each_verdict_between(workspace->ledger, since + 1, last, 0, collect_judged, &judged, err);
    if (judged.count)
        qsort(judged.ids, judged.count, sizeof *judged.ids, ascending);
    for (size_t i = 0; code == KIN_OK && i < judged.count; i++)
        if (i == 0 || judged.ids[i] != judged.ids[i - 1])
            code = show_if_in_job(&l, &about, judged.ids[i], err);
    if (code == KIN_OK)
        *newest = last;
    free(judged.ids);
    kin_arena_clear(&l.arena);
    return code;
}
