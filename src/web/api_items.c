/* Items one by one and by pages, and their pictures. */
#include "web/web_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- One item ---- */

typedef struct card {
    kin_json json;
    cJSON *list;
} card;

static int take_sight(void *user, const kin_sight *sight, kin_error *err)
{
    card *c = user;
    (void)err;
    kin_web_sight_json(&c->json, NULL, "item", sight);
    return KIN_OK;
}

static int take_attribute(void *user, int64_t item, const kin_attribute *attribute, kin_error *err)
{
    card *c = user;
    (void)item;
    (void)err;
    cJSON *entry = kin_json_entry(&c->json, c->list);
    kin_json_text(&c->json, entry, "key", attribute->key);
    kin_json_text(&c->json, entry, "value", attribute->value);
    return KIN_OK;
}

static int take_verdict(void *user, const kin_verdict *verdict, kin_error *err)
{
    card *c = user;
    (void)err;
    kin_web_verdict_json(&c->json, c->list, NULL, verdict);
    return KIN_OK;
}

static int end_card(web_request *request, card *c, int code, kin_error *err)
{
    if (code == KIN_OK)
        return kin_web_answer_json(request, &c->json, err);
    kin_json_clear(&c->json);
    return code;
}

int kin_web__item(web_request *request, kin_error *err)
{
    card c = { .json = kin_json_new() };
    int code = kin_workspace_sight(request->workspace, request->id, take_sight, &c, err);
    c.list = kin_json_list(&c.json, NULL, "attributes");
    if (code == KIN_OK)
        code = kin_workspace_attributes_of(request->workspace, request->id, take_attribute, &c, err);
    c.list = kin_json_list(&c.json, NULL, "history");
    if (code == KIN_OK)
        code = kin_workspace_history(request->workspace, request->id, take_verdict, &c, err);
    return end_card(request, &c, code, err);
}

/* ---- By pages ---- */

typedef struct page {
    card card;
    int64_t last;
    size_t count;
} page;

static int take_item(void *user, const kin_sight *sight, kin_error *err)
{
    page *p = user;
    (void)err;
    p->last = sight->item.id;
    p->count++;
    kin_web_sight_json(&p->card.json, p->card.list, NULL, sight);
    return KIN_OK;
}

typedef struct conditions {
    kin_arena *arena;
    kin_attribute list[16];
    size_t count;
    bool bad;
} conditions;

static enum MHD_Result take_condition(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    conditions *c = user;
    (void)kind;
    if (strcmp(name, "where") != 0)
        return MHD_YES;
    const char *equals = value ? strchr(value, '=') : NULL;
    c->bad |= !equals || equals == value || c->count == sizeof c->list / sizeof *c->list;
    if (c->bad)
        return MHD_NO;
    c->list[c->count].key = kin_arena_copy(c->arena, value, (size_t)(equals - value));
    c->list[c->count].value = equals + 1;
    c->bad |= c->list[c->count++].key == NULL;
    return MHD_YES;
}

int kin_web__items(web_request *request, kin_error *err)
{
    conditions where = { .arena = &request->arena };
    int64_t most = 60, asset = 0;
    page p = { .card.json = kin_json_new() };
    p.card.list = kin_json_list(&p.card.json, NULL, "items");
    (void)MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, take_condition, &where);
    kin_item_filter filter = { .label = kin_web_argument(request, "label"), .where = where.list };
    int code = where.bad ? kin_fail(err, KIN_E_USAGE, "where is key=value, 16 of them at most") : KIN_OK;
    if (code == KIN_OK)
        code = kin_web_unit(kin_web_argument(request, "unit"), &filter.unit, err);
    if (code == KIN_OK)
        code = kin_web_argument_number(request, "after", 0, INT64_MAX, &filter.after, err);
    if (code == KIN_OK)
        code = kin_web_argument_number(request, "asset", 1, INT64_MAX, &asset, err);
    if (code == KIN_OK)
        code = kin_web_argument_number(request, "count", 1, KIN_WEB_PAGE_MOST, &most, err);
    filter.asset = asset;
    filter.most = (size_t)most;
    filter.where_count = where.count;
    if (code == KIN_OK)
        code = kin_workspace_each_sight(request->workspace, &filter, take_item, &p, err);
    if (p.count == (size_t)most)
        kin_json_count(&p.card.json, NULL, "next", (uint64_t)p.last);
    else
        kin_json_text(&p.card.json, NULL, "next", NULL);
    return end_card(request, &p.card, code, err);
}

int kin_web__mistakes(web_request *request, kin_error *err)
{
    int64_t most = 60;
    page p = { .card.json = kin_json_new() };
    p.card.list = kin_json_list(&p.card.json, NULL, "items");
    int code = kin_web_argument_number(request, "count", 1, KIN_WEB_PAGE_MOST, &most, err);
    if (code == KIN_OK)
        code = kin_workspace_mistakes(request->workspace, kin_web_argument(request, "given"),
                                      kin_web_argument(request, "should_be"), (size_t)most, take_item, &p, err);
    return end_card(request, &p.card, code, err);
}

/* ---- Pictures ---- */

static int read_wish(const web_request *request, kin_picture_wish *wish, kin_error *err)
{
    int64_t size = 240;
    *wish = (kin_picture_wish) { .context = -1, .whole = kin_web_argument_flag(request, "whole") };
    int code = kin_web_argument_number(request, "size", 16, 4096, &size, err);
    if (code == KIN_OK)
        code = kin_web_argument_real(request, "context", 0, 100, &wish->context, err);
    wish->size = (int)size;
    return code;
}

static void write_key(char key[96], int64_t item, const kin_picture_wish *wish, const char *version)
{
    (void)snprintf(key, 96, "picture %lld %d %g %d %.16s", (long long)item, wish->size, wish->context, wish->whole,
                   version);
}

/* Decoding takes up to 20 bytes a pixel: only so many pixels at once. Who had to wait may find that another has cut the
 * same picture meanwhile. */
static int cut(web_request *request, const char *key, const kin_picture *picture, kin_error *err)
{
    kin_web *web = request->web;
    uint8_t *jpeg = NULL;
    size_t size = 0;
    int code = KIN_OK;
    uint64_t inside = kin_web_gate_enter(&web->pixels, picture->pixels);
    request->answer.blob = kin_web_cache_get(&web->cache, key);
    if (!request->answer.blob)
        code = kin_picture_cut(picture, &jpeg, &size, err);
    kin_web_gate_leave(&web->pixels, inside);
    if (jpeg)
        code = kin_web_cache_put(&web->cache, key, (char *)jpeg, size, &request->answer.blob, err);
    return code;
}

int kin_web__picture(web_request *request, kin_error *err)
{
    kin_picture_wish wish;
    kin_picture picture;
    char key[96], version[20];
    const char *known = kin_web_argument(request, "v");
    kin_workspace *workspace = NULL;
    request->answer.type = "image/jpeg";
    int code = read_wish(request, &wish, err);
    if (code != KIN_OK)
        return code;
    /* Only true versions are ever put into the cache: what is found under one is it, without a look at the ledger. */
    write_key(key, request->id, &wish, known ? known : "");
    request->answer.lasting = true;
    request->answer.blob = known ? kin_web_cache_get(&request->web->cache, key) : NULL;
    if (request->answer.blob)
        return KIN_OK;
    code = kin_web_lend(&request->web->handles, KIN_WEB_READ, &workspace, err);
    if (code != KIN_OK)
        return code;
    code = kin_workspace_picture(workspace, request->id, &wish, &picture, err);
    kin_web_return(&request->web->handles, workspace);
    if (code != KIN_OK)
        return code;
    (void)snprintf(version, sizeof version, "%016llx", (unsigned long long)picture.version);
    request->answer.lasting = known && strcmp(known, version) == 0;
    write_key(key, request->id, &wish, version);
    request->answer.blob = kin_web_cache_get(&request->web->cache, key);
    return request->answer.blob ? KIN_OK : cut(request, key, &picture, err);
}
