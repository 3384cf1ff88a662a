/* libyaml's events, of which the few wanted ones are kept and the others skipped: nothing grows with what a hostile
 * file makes of the rest. */
#include "exchange/yolo_yaml.h"

#include "base/checked.h"
#include "base/file.h"
#include "exchange/exchange_text.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { most_bytes = 4 * 1024 * 1024, most_names = 100000, most_entries = 10000, deepest = 64 };

typedef struct reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    const char *path;
    kin_arena *arena;
    kin_exchange__yolo_set set;
    size_t name_capacity, entry_capacity[kin_exchange__splits];
} reader;

static int fail_at(const reader *r, size_t line, const char *what, kin_error *err)
{
    return kin_fail(err, KIN_E_FORMAT, "%s:%zu: %s", r->path, line + 1, what);
}

static int fail_here(const reader *r, const char *what, kin_error *err)
{
    return fail_at(r, r->event.start_mark.line, what, err);
}

static int next(reader *r, kin_error *err)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = false;
    if (!yaml_parser_parse(&r->parser, &r->event)) {
        if (r->parser.error == YAML_MEMORY_ERROR)
            return kin_fail_memory(err);
        return fail_at(r, r->parser.problem_mark.line, r->parser.problem ? r->parser.problem : "no sound YAML", err);
    }
    r->has_event = true;
    if (r->event.type == YAML_ALIAS_EVENT)
        return fail_here(r, "aliases (*name) are not supported; write the value out", err);
    return KIN_OK;
}

static bool is_scalar(const reader *r)
{
    return r->event.type == YAML_SCALAR_EVENT;
}

static const char *scalar(const reader *r)
{
    return (const char *)r->event.data.scalar.value;
}

/* An empty plain scalar, "~" and "null" are YAML's null. */
static bool is_null(const reader *r)
{
    const char *text = scalar(r);
    return is_scalar(r) && r->event.data.scalar.plain_implicit &&
           (!text[0] || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

/* Passes over the value whose first event is at hand. */
static int skip_value(reader *r, kin_error *err)
{
    size_t depth = 0;
    for (;;) {
        yaml_event_type_t type = r->event.type;
        depth += type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT;
        depth -= type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT;
        if (depth == 0)
            return KIN_OK;
        if (depth > deepest)
            return fail_here(r, "nested deeper than 64 levels", err);
        int code = next(r, err);
        if (code != KIN_OK)
            return code;
    }
}

static int copy_scalar(reader *r, const char *expected, const char **out, kin_error *err)
{
    if (!is_scalar(r))
        return fail_here(r, expected, err);
    if (strlen(scalar(r)) != r->event.data.scalar.length)
        return fail_here(r, "a text with a NUL character in it", err);
    *out = is_null(r) ? NULL : kin_arena_string(r->arena, scalar(r));
    return *out || is_null(r) ? KIN_OK : kin_fail_memory(err);
}

static int put_name(reader *r, int64_t id, kin_error *err)
{
    if (id < 0 || id >= most_names)
        return fail_here(r, "names: class ids from 0 to 99999 are expected", err);
    const char *name = NULL;
    int code = copy_scalar(r, "names: the name of a class is expected", &name, err);
    size_t count = (size_t)id + 1;
    if (code != KIN_OK)
        return code;
    if (!KIN_GROW(&r->set.names, &r->name_capacity, count))
        return kin_fail_memory(err);
    while (r->set.name_count < count)
        r->set.names[r->set.name_count++] = NULL;
    r->set.names[id] = name && name[0] ? name : NULL;
    return KIN_OK;
}

/* [person, bicycle] or {0: person, 1: bicycle}; the first event is at hand. */
static int read_names(reader *r, kin_error *err)
{
    bool map = r->event.type == YAML_MAPPING_START_EVENT;
    if (!map && r->event.type != YAML_SEQUENCE_START_EVENT)
        return fail_here(r, "names: a list of class names, or a map from id to name, is expected", err);
    int64_t id = 0;
    for (;; id++) {
        int code = next(r, err);
        if (code != KIN_OK)
            return code;
        if (r->event.type == (map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT))
            return KIN_OK;
        if (map) {
            if (!is_scalar(r) || !kin_exchange__parse_integer(scalar(r), &id))
                return fail_here(r, "names: a class id is expected before ':'", err);
            code = next(r, err);
        }
        if (code == KIN_OK)
            code = put_name(r, id, err);
        if (code != KIN_OK)
            return code;
    }
}

static int put_entry(reader *r, size_t split, kin_error *err)
{
    const char *entry = NULL;
    int code = copy_scalar(r, "the name of a folder or list of images is expected", &entry, err);
    if (code != KIN_OK || !entry)
        return code;
    if (r->set.entry_count[split] >= most_entries)
        return fail_here(r, "more than 10000 folders", err);
    if (!KIN_GROW(&r->set.entries[split], &r->entry_capacity[split], r->set.entry_count[split] + 1))
        return kin_fail_memory(err);
    r->set.entries[split][r->set.entry_count[split]++] = entry;
    return KIN_OK;
}

static int read_entries(reader *r, size_t split, kin_error *err)
{
    if (r->event.type != YAML_SEQUENCE_START_EVENT)
        return put_entry(r, split, err);
    for (;;) {
        int code = next(r, err);
        if (code != KIN_OK || r->event.type == YAML_SEQUENCE_END_EVENT)
            return code;
        code = put_entry(r, split, err);
        if (code != KIN_OK)
            return code;
    }
}

/* The value of a top-level key; its first event is at hand. */
static int read_value(reader *r, const char *key, kin_error *err)
{
    static const char *const splits[kin_exchange__splits] = { "train", "val", "test" };
    if (strcmp(key, "path") == 0)
        return copy_scalar(r, "path: the name of a folder is expected", &r->set.path, err);
    if (strcmp(key, "names") == 0)
        return read_names(r, err);
    for (size_t i = 0; i < kin_exchange__splits; i++)
        if (strcmp(key, splits[i]) == 0)
            return read_entries(r, i, err);
    return skip_value(r, err);
}

static int read_document(reader *r, kin_error *err)
{
    int code;
    do
        code = next(r, err);
    while (code == KIN_OK && (r->event.type == YAML_STREAM_START_EVENT || r->event.type == YAML_DOCUMENT_START_EVENT));
    if (code == KIN_OK && r->event.type != YAML_MAPPING_START_EVENT)
        return fail_here(r, "keys and values such as \"names: [a, b]\" are expected", err);
    while (code == KIN_OK) {
        const char *key = "";
        code = next(r, err);
        if (code != KIN_OK || r->event.type == YAML_MAPPING_END_EVENT)
            break;
        if (is_scalar(r))
            code = copy_scalar(r, "", &key, err);
        else
            code = skip_value(r, err);
        if (code == KIN_OK)
            code = next(r, err);
        if (code == KIN_OK)
            code = read_value(r, key ? key : "", err);
    }
    return code;
}

/* The lists move into the arena, so that the caller has one thing to release. */
static bool settle(reader *r, const char ***list, size_t count)
{
    const char **copy = count ? kin_arena_alloc(r->arena, count * sizeof *copy) : NULL;
    if (copy)
        memcpy(copy, *list, count * sizeof *copy);
    free(*list);
    *list = copy;
    return copy || !count;
}

static int finish(reader *r, kin_exchange__yolo_set *out, int code, kin_error *err)
{
    bool fine = settle(r, &r->set.names, r->set.name_count);
    size_t entries = 0;
    for (size_t i = 0; i < kin_exchange__splits; i++) {
        fine &= settle(r, &r->set.entries[i], r->set.entry_count[i]);
        entries += r->set.entry_count[i];
    }
    if (code != KIN_OK)
        return code;
    if (!fine)
        return kin_fail_memory(err);
    if (r->set.name_count == 0)
        return kin_fail(err, KIN_E_FORMAT, "%s: the classes are missing: names: [a, b, ...]", r->path);
    if (entries == 0)
        return kin_fail(err, KIN_E_FORMAT, "%s: the images are missing: train:, val: or test: with a folder", r->path);
    *out = r->set;
    return KIN_OK;
}

int kin_exchange__yolo_read(kin_arena *arena, const char *path, kin_exchange__yolo_set *out, kin_error *err)
{
    kin_buffer text = KIN_BUFFER_INIT;
    int code = kin_file_read(path, most_bytes, &text, err);
    reader *r = code == KIN_OK ? kin_alloc_zeroed(1, sizeof *r) : NULL;
    if (code == KIN_OK && (!r || !yaml_parser_initialize(&r->parser)))
        code = kin_fail_memory(err);
    if (code == KIN_OK) {
        r->path = path;
        r->arena = arena;
        yaml_parser_set_input_string(&r->parser, (const unsigned char *)(text.data ? text.data : ""), text.size);
        code = finish(r, out, read_document(r, err), err);
        if (r->has_event)
            yaml_event_delete(&r->event);
        yaml_parser_delete(&r->parser);
    }
    free(r);
    kin_buffer_clear(&text);
    return code;
}
