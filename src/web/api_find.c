/* Searches, jobs made of them, and pictures to search with. Items are named by id, pictures by the name that their
 * upload was given: no text of a request is ever taken for a path. */
#include "web/web_private.h"

#include "base/checked.h"
#include "kin/hunt.h"

#include <stdlib.h>
#include <string.h>

enum { most_examples = 1000, most_conditions = 16, most_hits = 500, most_job = 100000 };

/* A search as it is asked for; strings are the request's. */
typedef struct wish {
    web_request *request;
    kin_query query;
    kin_box box;
    int descriptors[KIN_WEB_UPLOADS]; /* of uploads that are searched with */
    size_t descriptors_count;
} wish;

/* ---- What to be like ---- */

typedef struct naming {
    kin_arena *arena;
    const char *name;
} naming;

static int take_name(void *user, const kin_sight *sight, kin_error *err)
{
    naming *n = user;
    const kin_item *item = &sight->item;
    kin_buffer name = KIN_BUFFER_INIT;
    if (item->state == KIN_ITEM_GONE)
        return kin_fail(err, KIN_E_NOTFOUND, "%s is no longer in the data set", item->path);
    kin_buffer_string(&name, item->path);
    if (item->shape)
        kin_buffer_printf(&name, "#%s", item->shape);
    n->name = name.failed ? NULL : kin_arena_string(n->arena, name.data);
    kin_buffer_clear(&name);
    return n->name ? KIN_OK : kin_fail_memory(err);
}

static int name_of_upload(wish *w, const char *upload, const char **out, kin_error *err)
{
    char path[32];
    int descriptor = -1;
    if (w->descriptors_count == KIN_WEB_UPLOADS)
        return kin_fail(err, KIN_E_LIMIT, "at most %d uploaded pictures in one search", KIN_WEB_UPLOADS);
    int code = kin_web_uploads_open(&w->request->web->uploads, upload, path, &descriptor, err);
    if (code != KIN_OK)
        return code;
    w->descriptors[w->descriptors_count++] = descriptor;
    *out = kin_arena_string(&w->request->arena, path);
    return *out ? KIN_OK : kin_fail_memory(err);
}

static int name_of(wish *w, const cJSON *example, const char **out, kin_error *err)
{
    const char *upload = NULL;
    int64_t id = 0;
    if (cJSON_IsObject(example)) {
        int code = kin_web_member_text(example, "upload", KIN_WEB_UPLOAD_NAME, false, &upload, err);
        if (code == KIN_OK && !upload)
            code = kin_fail(err, KIN_E_USAGE, "an example is the id of an item, or {\"upload\": name}");
        return code == KIN_OK ? name_of_upload(w, upload, out, err) : code;
    }
    naming n = { &w->request->arena, NULL };
    int code = kin_web_number(example, "the id of an item", 1, INT64_MAX, &id, err);
    if (code == KIN_OK)
        code = kin_workspace_sight(w->request->workspace, id, take_name, &n, err);
    *out = n.name;
    return code;
}

static int read_examples(wish *w, const char *key, const char *const **out, size_t *count, kin_error *err)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(w->request->json, key), *example;
    int n = list ? cJSON_GetArraySize(list) : 0, code = KIN_OK;
    if (list && !cJSON_IsArray(list))
        return kin_fail(err, KIN_E_USAGE, "%s is a list of items", key);
    if (n > most_examples)
        return kin_fail(err, KIN_E_LIMIT, "%s has more than %d items", key, most_examples);
    const char **names = kin_arena_alloc(&w->request->arena, ((size_t)n + 1) * sizeof *names);
    if (!names)
        return kin_fail_memory(err);
    size_t i = 0;
    cJSON_ArrayForEach(example, list)
    {
        code = name_of(w, example, &names[i++], err);
        if (code != KIN_OK)
            return code;
    }
    *out = names;
    *count = i;
    return code;
}

static int read_box(wish *w, kin_error *err)
{
    const cJSON *box = cJSON_GetObjectItemCaseSensitive(w->request->json, "box");
    double sides[4];
    if (!box || cJSON_IsNull(box))
        return KIN_OK;
    for (int i = 0; i < 4; i++) {
        const cJSON *side = cJSON_IsArray(box) && cJSON_GetArraySize(box) == 4 ? cJSON_GetArrayItem(box, i) : NULL;
        if (!cJSON_IsNumber(side))
            return kin_fail(err, KIN_E_USAGE, "box is [x, y, width, height]");
        sides[i] = side->valuedouble;
    }
    if (!(sides[2] > 0 && sides[3] > 0))
        return kin_fail(err, KIN_E_USAGE, "box needs a width and a height above 0");
    w->box = (kin_box) { sides[0], sides[1], sides[2], sides[3] };
    w->query.box = &w->box;
    return KIN_OK;
}

static int read_where(wish *w, kin_error *err)
{
    const cJSON *where = cJSON_GetObjectItemCaseSensitive(w->request->json, "where"), *one;
    if (!where || cJSON_IsNull(where))
        return KIN_OK;
    if (!cJSON_IsObject(where))
        return kin_fail(err, KIN_E_USAGE, "where is {key: value}");
    kin_attribute *list = kin_arena_alloc(&w->request->arena, most_conditions * sizeof *list);
    if (!list)
        return kin_fail_memory(err);
    size_t n = 0;
    cJSON_ArrayForEach(one, where)
    {
        if (!cJSON_IsString(one) || n == most_conditions)
            return kin_fail(err, KIN_E_USAGE, "where is {key: value}, texts, %d of them at most", most_conditions);
        list[n++] = (kin_attribute) { one->string, one->valuestring };
    }
    w->query.only.where = list;
    w->query.only.where_count = n;
    return KIN_OK;
}

static int read_ranking(const cJSON *json, kin_ranking *out, kin_error *err)
{
    const char *name = NULL;
    int code = kin_web_member_text(json, "by", 16, false, &name, err);
    if (code != KIN_OK || !name)
        return code;
    *out = kin_ranking_from(name);
    return *out == KIN_BY_DEFAULT ? kin_fail(err, KIN_E_USAGE,
                                             "by is mistake or looks; for suspects kin, selfclean, "
                                             "simifeat or margin")
                                  : KIN_OK;
}

static int read_flags(wish *w, int64_t most, kin_error *err)
{
    const cJSON *json = w->request->json;
    const char *unit = NULL;
    int64_t k = 0;
    kin_query *query = &w->query;
    int code = read_ranking(json, &query->by, err);
    if (code == KIN_OK)
        code = kin_web_member_text(json, "should_be", 500, false, &query->should_be, err);
    if (code == KIN_OK)
        code = kin_web_member_text(json, "pattern", 1100, false, &query->pattern, err);
    if (code == KIN_OK)
        code = kin_web_member_flag(json, "reviewed", &query->reviewed, err);
    if (code == KIN_OK)
        code = kin_web_member_flag(json, "same_label", &query->same_label, err);
    if (code == KIN_OK)
        code = kin_web_member_flag(json, "any_label", &query->any_label, err);
    if (code == KIN_OK)
        code = kin_web_member_flag(json, "unreviewed", &query->unreviewed, err);
    if (code == KIN_OK)
        code = kin_web_member_text(json, "label", 500, false, &query->only.label, err);
    if (code == KIN_OK)
        code = kin_web_member_text(json, "unit", 16, false, &unit, err);
    if (code == KIN_OK)
        code = kin_web_unit(unit, &query->only.unit, err);
    if (code == KIN_OK)
        code = kin_web_member_number(json, "n", 1, most, &k, err);
    query->k = (size_t)k;
    if (code == KIN_OK && query->same_label + query->any_label + (query->only.label != NULL) > 1)
        code = kin_fail(err, KIN_E_USAGE, "same_label, any_label and label exclude each other");
    return code;
}

static int read_wish(wish *w, int64_t most, kin_error *err)
{
    kin_query *query = &w->query;
    int code = read_examples(w, "likes", &query->likes, &query->likes_count, err);
    if (cJSON_IsObject(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(w->request->json, "likes"), 0)))
        query->shown = "a picture from outside";
    if (code == KIN_OK)
        code = read_examples(w, "unlikes", &query->unlikes, &query->unlikes_count, err);
    if (code == KIN_OK)
        code = read_flags(w, most, err);
    if (code == KIN_OK)
        code = read_where(w, err);
    return code == KIN_OK ? read_box(w, err) : code;
}

static void clear_wish(wish *w)
{
    for (size_t i = 0; i < w->descriptors_count; i++)
        kin_web_uploads_close(w->descriptors[i]);
}

/* ---- The answer ---- */

typedef struct hit {
    kin_json *json;
    cJSON *entry;
} hit;

static int take_hit(void *user, const kin_sight *sight, kin_error *err)
{
    hit *h = user;
    (void)err;
    kin_web_sight_json(h->json, h->entry, "item", sight);
    return KIN_OK;
}

static int answer_matches(web_request *request, const kin_matches *matches, kin_error *err)
{
    kin_json json = kin_json_new();
    int code = KIN_OK;
    kin_json_text(&json, NULL, "label", matches->label);
    kin_json_count(&json, NULL, "searched", matches->searched);
    kin_json_text(&json, NULL, "by", kin_ranking_name(matches->by));
    kin_json_text(&json, NULL, "given", matches->given);
    kin_json_text(&json, NULL, "should_be", matches->should_be);
    kin_json_count(&json, NULL, "known", matches->known);
    cJSON *list = kin_json_list(&json, NULL, "matches");
    for (size_t i = 0; code == KIN_OK && i < matches->count; i++) {
        hit h = { &json, kin_json_entry(&json, list) };
        kin_json_count(&json, h.entry, "rank", i + 1);
        kin_json_number(&json, h.entry, "score", matches->list[i].score);
        kin_json_number(&json, h.entry, "probability", matches->list[i].probability);
        kin_json_text(&json, h.entry, "why", matches->list[i].why);
        code = kin_workspace_sight(request->workspace, matches->list[i].item, take_hit, &h, err);
    }
    if (code == KIN_OK)
        return kin_web_answer_json(request, &json, err);
    kin_json_clear(&json);
    return code;
}

static int need_examples(const kin_query *query, kin_error *err)
{
    if (query->likes_count > 0 || query->pattern)
        return KIN_OK;
    return kin_fail(err, KIN_E_USAGE, "likes, the items to be like, or a pattern is missing");
}

int kin_web__find(web_request *request, kin_error *err)
{
    wish w = { .request = request };
    kin_matches matches = { .list = NULL };
    int code = read_wish(&w, most_hits, err);
    if (code == KIN_OK)
        code = need_examples(&w.query, err);
    if (code == KIN_OK)
        code = kin_workspace_find(request->workspace, &w.query, &matches, err);
    if (code == KIN_OK)
        code = answer_matches(request, &matches, err);
    kin_matches_clear(&matches);
    clear_wish(&w);
    return code;
}

/* ---- Jobs of them ---- */

typedef struct made_list {
    int64_t *ids;
    size_t count, capacity;
} made_list;

static int take_made(void *user, int64_t job, kin_error *err)
{
    made_list *made = user;
    if (!KIN_GROW(&made->ids, &made->capacity, made->count + 1))
        return kin_fail_memory(err);
    made->ids[made->count++] = job;
    return KIN_OK;
}

static int answer_made(web_request *request, const made_list *made, kin_error *err)
{
    kin_json json = kin_json_new();
    cJSON *list = kin_json_list(&json, NULL, "jobs");
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < made->count; i++) {
        kin_job job;
        code = kin_workspace_job(request->workspace, made->ids[i], &job, err);
        if (code == KIN_OK)
            kin_json_job(&json, kin_json_entry(&json, list), &job);
    }
    if (code == KIN_OK)
        return kin_web_answer_json(request, &json, err);
    kin_json_clear(&json);
    return code;
}

/* "mistakes": a job for each known mistake; "suspects": one of suspicious items; else of the kin of examples. */
static int make_jobs(wish *w, made_list *made, kin_error *err)
{
    kin_workspace *workspace = w->request->workspace;
    const kin_query *query = &w->query;
    const char *what = NULL;
    int64_t id = 0;
    int code = kin_web_member_text(w->request->json, "of", 16, false, &what, err);
    if (code != KIN_OK)
        return code;
    if (what && strcmp(what, "mistakes") == 0)
        return kin_workspace_job_mistakes(workspace, &query->only, query->by, query->k, take_made, made, err);
    if (what && strcmp(what, "suspects") == 0)
        code = kin_workspace_job_suspects(workspace, query->by, &query->only, query->k, &id, err);
    else if (what)
        code = kin_fail(err, KIN_E_USAGE, "of is mistakes or suspects; without it likes or a pattern say of what");
    else {
        code = need_examples(query, err);
        if (code == KIN_OK)
            code = kin_workspace_job_kin(workspace, query, &id, err);
    }
    return code == KIN_OK ? take_made(made, id, err) : code;
}

int kin_web__job_make(web_request *request, kin_error *err)
{
    wish w = { .request = request };
    made_list made = { .ids = NULL };
    int code = read_wish(&w, most_job, err);
    if (code == KIN_OK)
        code = make_jobs(&w, &made, err);
    clear_wish(&w);
    if (code == KIN_OK)
        code = answer_made(request, &made, err);
    free(made.ids);
    return code;
}

int kin_web__upload(web_request *request, kin_error *err)
{
    char name[KIN_WEB_UPLOAD_NAME];
    if (request->body.size == 0)
        return kin_fail(err, KIN_E_USAGE, "the body is empty: it should be the bytes of a picture");
    int code = kin_web_uploads_add(&request->web->uploads, request->body.data, request->body.size, name, err);
    if (code != KIN_OK)
        return code;
    kin_json json = kin_json_new();
    kin_json_text(&json, NULL, "upload", name);
    return kin_web_answer_json(request, &json, err);
}
