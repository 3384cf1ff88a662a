#include "cli/query.h"

#include <string.h>

/* The words, then the values of --like. */
static int read_likes(cli_program *cli, const cli_args *args, kin_query *query, kin_error *err)
{
    const char *const *more;
    size_t count = 0;
    int code = cli_list(cli, args, "like", &more, &count, err);
    if (code != KIN_OK)
        return code;
    const char **likes = kin_arena_alloc(&cli->arena, (args->words_count + count + 1) * sizeof *likes);
    if (!likes)
        return kin_fail_memory(err);
    for (size_t i = 0; i < args->words_count; i++)
        likes[query->likes_count++] = args->words[i];
    for (size_t i = 0; i < count; i++)
        likes[query->likes_count++] = more[i];
    query->likes = likes;
    query->pattern = cli_text(args, "pattern");
    if (query->pattern && query->likes_count > 0)
        return kin_fail(err, KIN_E_USAGE, "--pattern stands for its known mistakes: name no ITEM beside it");
    if (query->likes_count == 0 && !query->pattern)
        return kin_fail(err, KIN_E_USAGE, "name the item to be like: a path, path#shape, or an image file");
    return cli_list(cli, args, "unlike", &query->unlikes, &query->unlikes_count, err);
}

static int read_where(cli_program *cli, const cli_args *args, kin_item_filter *filter, kin_error *err)
{
    const char *const *list;
    size_t count = 0;
    int code = cli_list(cli, args, "where", &list, &count, err);
    kin_attribute *where = kin_arena_alloc(&cli->arena, (count + 1) * sizeof *where);
    if (code == KIN_OK && !where)
        code = kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < count; i++) {
        const char *equals = strchr(list[i], '=');
        if (!equals || equals == list[i])
            return kin_fail(err, KIN_E_USAGE, "--where needs KEY=VALUE, such as annotator=ann-3; not '%s'", list[i]);
        where[i].key = kin_arena_copy(&cli->arena, list[i], (size_t)(equals - list[i]));
        where[i].value = equals + 1;
        if (!where[i].key)
            code = kin_fail_memory(err);
    }
    filter->where = where;
    filter->where_count = count;
    return code;
}

static int read_unit(const cli_args *args, kin_unit *unit, kin_error *err)
{
    bool assets = cli_flag(args, "assets"), shapes = cli_flag(args, "shapes");
    if (assets && shapes)
        return kin_fail(err, KIN_E_USAGE, "--assets and --shapes exclude each other");
    *unit = assets ? KIN_UNIT_ASSET : shapes ? KIN_UNIT_SHAPE : KIN_UNIT_ANY;
    return KIN_OK;
}

int cli_filter(cli_program *cli, const cli_args *args, kin_item_filter *filter, kin_error *err)
{
    *filter = (kin_item_filter) { .label = cli_text(args, "label") };
    int code = read_where(cli, args, filter, err);
    return code == KIN_OK ? read_unit(args, &filter->unit, err) : code;
}

int cli_ranking(const cli_args *args, kin_ranking *by, kin_error *err)
{
    const char *text = cli_text(args, "by");
    *by = kin_ranking_from(text);
    if (text && *by != KIN_BY_MISTAKE && *by != KIN_BY_LOOKS)
        return kin_fail(err, KIN_E_USAGE, "--by is mistake or looks; not '%s'", text);
    return KIN_OK;
}

int cli_unit(const cli_args *args, kin_unit *unit, kin_error *err)
{
    const char *text = cli_text(args, "unit");
    *unit = KIN_UNIT_ANY;
    if (text && strcmp(text, "asset") == 0)
        *unit = KIN_UNIT_ASSET;
    else if (text && strcmp(text, "shape") == 0)
        *unit = KIN_UNIT_SHAPE;
    else if (text)
        return kin_fail(err, KIN_E_USAGE, "--unit is asset or shape; not '%s'", text);
    return KIN_OK;
}

static int read_flags(const cli_args *args, kin_query *query, kin_error *err)
{
    query->same_label = cli_flag(args, "same-label");
    query->any_label = cli_flag(args, "any-label");
    query->unreviewed = cli_flag(args, "unreviewed");
    query->should_be = cli_text(args, "should-be");
    if (query->same_label + query->any_label + (query->only.label != NULL) > 1)
        return kin_fail(err, KIN_E_USAGE, "--same-label, --any-label and --label exclude each other");
    return cli_ranking(args, &query->by, err);
}

int cli_query(cli_program *cli, const cli_args *args, kin_query *query, kin_box *box, kin_error *err)
{
    *query = (kin_query) { 0 };
    uint64_t k = 0;
    int code = read_likes(cli, args, query, err);
    if (code == KIN_OK)
        code = cli_filter(cli, args, &query->only, err);
    if (code == KIN_OK)
        code = read_flags(args, query, err);
    if (code == KIN_OK)
        code = cli_count(args, "n", 1, 1000000, &k, err);
    query->k = (size_t)k;
    const char *text = cli_text(args, "box");
    if (code != KIN_OK || !text)
        return code;
    double sides[4];
    code = cli_numbers(text, "--box X,Y,W,H", sides, 4, err);
    if (code == KIN_OK && !(sides[2] > 0 && sides[3] > 0))
        code = kin_fail(err, KIN_E_USAGE, "--box X,Y,W,H needs a width and a height above 0; not '%s'", text);
    *box = (kin_box) { sides[0], sides[1], sides[2], sides[3] };
    query->box = box;
    return code;
}
