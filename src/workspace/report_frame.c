/* The frame is read once, in order of ids, into plain arrays: a report over a million items and five keys is then a few
 * passes over memory. Attribute rows come by ascending item id, so finding their item is mostly the next step. */

#include "workspace/report_private.h"

#include "base/checked.h"
#include "base/ids.h"

#include <stdlib.h>
#include <string.h>

/* ---- Values of a key ---- */

static void key_drop(kin_frame_key *key)
{
    free(key->values);
    free(key->of);
    kin_table_clear(&key->places);
    key->values = NULL;
    key->of = NULL;
    key->count = key->capacity = 0;
    key->places = (kin_table)KIN_TABLE_INIT;
}

/* 1 + index of the value; 0 where there is no memory. */
static uint32_t key_value(kin_frame_key *key, kin_arena *arena, const char *value)
{
    bool added = false;
    int64_t *place = kin_table_add(&key->places, value, (int64_t)key->count, &added);
    if (!place)
        return 0;
    if (!added)
        return (uint32_t)*place + 1;
    bool room = KIN_GROW(&key->values, &key->capacity, key->count + 1);
    char *copy = room ? kin_arena_string(arena, value) : NULL;
    if (!copy)
        return 0;
    key->values[key->count++] = copy;
    return (uint32_t)key->count;
}

/* ---- Items ---- */

typedef struct item_reader {
    kin_ledger *ledger;
    kin_frame *frame;
    kin_arena *arena;
    kin_table labels; /* the ledger's number of a label -> kin_frame_item.label */
} item_reader;

static int label_of(item_reader *reader, int64_t number, uint32_t *label, kin_error *err)
{
    const char *text;
    bool added = false;
    int64_t *place = kin_table_put(&reader->labels, (const char *)&number, sizeof number, 0, &added);
    if (!place)
        return kin_fail_memory(err);
    if (added) {
        int code = kin_ledger_text(reader->ledger, number, &text, err);
        if (code != KIN_OK)
            return code;
        *place = key_value(&reader->frame->label, reader->arena, text);
        if (*place == 0)
            return kin_fail_memory(err);
    }
    *label = (uint32_t)*place;
    return KIN_OK;
}

static int take_item(void *user, const kin_item_row *item, kin_error *err)
{
    item_reader *reader = user;
    kin_frame *frame = reader->frame;
    kin_frame_item row = { .id = item->id, .asset_id = item->asset };
    if (frame->n >= KIN_FRAME_NONE - 1)
        return kin_fail(err, KIN_E_LIMIT, "the data set has more than %u items: split it", KIN_FRAME_NONE - 1);
    if (!KIN_GROW(&frame->items, &frame->capacity, frame->n + 1))
        return kin_fail_memory(err);
    int code = item->label ? label_of(reader, item->label, &row.label, err) : KIN_OK;
    if (code == KIN_OK)
        frame->items[frame->n++] = row;
    return code;
}

uint32_t kin_workspace__frame_find(const kin_frame *frame, int64_t id)
{
    size_t place = kin_ids_find(frame->items, frame->n, sizeof *frame->items, id);
    return place < frame->n ? (uint32_t)place : KIN_FRAME_NONE;
}

bool kin_workspace__frame_is_asset(const kin_frame *frame, uint32_t item)
{
    return frame->items[item].id == frame->items[item].asset_id;
}

bool kin_workspace__frame_is(const kin_frame *frame, uint32_t item, kin_unit unit)
{
    return kin_workspace__frame_is_asset(frame, item) == (unit == KIN_UNIT_ASSET);
}

bool kin_workspace__frame_is_mistake(const kin_frame *frame, uint32_t item)
{
    return frame->items[item].grade == KIN_GRADE_MINOR || frame->items[item].grade == KIN_GRADE_CRITICAL;
}

/* Shapes on an asset that cannot be read have nobody to look at them: they leave the frame with it. */
static void drop_orphans(kin_frame *frame)
{
    size_t kept = 0;
    for (size_t i = 0; i < frame->n; i++) {
        const kin_frame_item *item = &frame->items[i];
        if (item->id == item->asset_id || kin_workspace__frame_find(frame, item->asset_id) != KIN_FRAME_NONE)
            frame->items[i].asset = 0;
        else
            frame->items[i].asset = KIN_FRAME_NONE;
    }
    for (size_t i = 0; i < frame->n; i++)
        if (frame->items[i].asset != KIN_FRAME_NONE)
            frame->items[kept++] = frame->items[i];
    frame->n = kept;
}

int kin_workspace__frame_load(kin_ledger *ledger, kin_arena *arena, kin_frame *frame, kin_error *err)
{
    item_reader reader = { .ledger = ledger, .frame = frame, .arena = arena, .labels = KIN_TABLE_INIT };
    frame->label.name = "label";
    int rc = kin_ledger_each_row(ledger, KIN_UNIT_ANY, 0, take_item, &reader, err);
    kin_table_clear(&reader.labels);
    if (rc != KIN_OK)
        return rc;
    drop_orphans(frame);
    frame->label.of = kin_alloc_array(frame->n, sizeof *frame->label.of);
    if (!frame->label.of)
        return kin_fail_memory(err);
    for (size_t i = 0; i < frame->n; i++) {
        kin_frame_item *item = &frame->items[i];
        bool asset = kin_workspace__frame_is_asset(frame, (uint32_t)i);
        item->asset = kin_workspace__frame_find(frame, item->asset_id);
        frame->label.of[i] = item->label;
        frame->label.on_shapes = frame->label.on_shapes || (!asset && item->label > 0);
        frame->assets += asset;
        frame->shapes += !asset;
    }
    return KIN_OK;
}

void kin_workspace__frame_clear(kin_frame *frame)
{
    free(frame->items);
    key_drop(&frame->label);
    *frame = (kin_frame) { 0 };
}

/* ---- Verdicts ---- */

typedef struct verdict_reader {
    kin_frame *frame;
    const int64_t *handpicked;
    size_t handpicked_count;
    int64_t item; /* that the next three are about */
    uint32_t place;
    int64_t time, id; /* of the latest so far */
} verdict_reader;

static bool is_handpicked(const verdict_reader *reader, int64_t job)
{
    size_t n = reader->handpicked_count;
    return kin_ids_find(reader->handpicked, n, sizeof *reader->handpicked, job) < n;
}

static int take_verdict(void *user, const kin_verdict *verdict, kin_error *err)
{
    verdict_reader *reader = user;
    (void)err;
    bool first = verdict->item != reader->item;
    if (first) {
        reader->item = verdict->item;
        reader->place = kin_workspace__frame_find(reader->frame, verdict->item);
    }
    if (reader->place == KIN_FRAME_NONE)
        return KIN_OK;
    kin_frame_item *item = &reader->frame->items[reader->place];
    if (item->reviewed == 0 || verdict->id < item->reviewed)
        item->reviewed = verdict->id;
    if (!is_handpicked(reader, verdict->job) && (item->audited == 0 || verdict->id < item->audited))
        item->audited = verdict->id;
    bool later = verdict->time > reader->time || (verdict->time == reader->time && verdict->id > reader->id);
    if (!first && !later)
        return KIN_OK;
    reader->time = verdict->time;
    reader->id = verdict->id;
    item->grade = (uint8_t)verdict->grade;
    item->errors = 0;
    if (kin_workspace__frame_is_mistake(reader->frame, reader->place))
        item->errors = verdict->count < 1 ? 1 : verdict->count > UINT32_MAX ? UINT32_MAX : (uint32_t)verdict->count;
    return KIN_OK;
}

/* An asset is reviewed, and that by an audit, when the last of its parts is. */
static void fold_into_assets(kin_frame *frame)
{
    for (size_t i = 0; i < frame->n; i++) {
        const kin_frame_item *shape = &frame->items[i];
        kin_frame_item *asset = &frame->items[shape->asset];
        if (asset == shape)
            continue;
        if (shape->reviewed == 0)
            asset->reviewed = 0;
        else if (asset->reviewed != 0 && shape->reviewed > asset->reviewed)
            asset->reviewed = shape->reviewed;
        if (shape->audited > asset->audited)
            asset->audited = shape->audited;
    }
}

int kin_workspace__frame_verdicts(kin_ledger *ledger, kin_frame *frame, const int64_t *handpicked, size_t n,
                                  kin_error *err)
{
    verdict_reader reader = { .frame = frame, .handpicked = handpicked, .handpicked_count = n, .item = -1 };
    int rc = kin_ledger_each_verdict(ledger, false, take_verdict, &reader, err);
    if (rc == KIN_OK)
        fold_into_assets(frame);
    return rc;
}

/* ---- Attributes ---- */

typedef struct attribute_reader {
    kin_arena *arena;
    const kin_frame *frame;
    kin_frame_keys *keys;
    kin_table names; /* key -> index into keys->list */
    size_t most;
    uint32_t place; /* of the item before */
} attribute_reader;

static uint32_t find_next(attribute_reader *reader, int64_t id)
{
    const kin_frame *frame = reader->frame;
    for (uint32_t i = reader->place; i < frame->n && i <= reader->place + 1; i++)
        if (frame->items[i].id == id)
            return reader->place = i;
    uint32_t found = kin_workspace__frame_find(frame, id);
    if (found != KIN_FRAME_NONE)
        reader->place = found;
    return found;
}

static kin_frame_key *find_key(attribute_reader *reader, const char *name)
{
    kin_frame_keys *keys = reader->keys;
    bool added = false;
    int64_t *index = kin_table_add(&reader->names, name, (int64_t)keys->count, &added);
    if (!index)
        return NULL;
    if (!added)
        return &keys->list[*index];
    bool room = KIN_GROW(&keys->list, &keys->capacity, keys->count + 1);
    char *copy = room ? kin_arena_string(reader->arena, name) : NULL;
    uint32_t *of = copy ? kin_alloc_zeroed(reader->frame->n, sizeof *of) : NULL;
    if (!of)
        return NULL;
    keys->list[keys->count] = (kin_frame_key) { .name = copy, .of = of };
    return &keys->list[keys->count++];
}

static int take_attribute(void *user, int64_t item, const kin_attribute *attribute, kin_error *err)
{
    attribute_reader *reader = user;
    uint32_t place = find_next(reader, item);
    if (place == KIN_FRAME_NONE || strcmp(attribute->key, "label") == 0)
        return KIN_OK;
    kin_frame_key *key = find_key(reader, attribute->key);
    if (!key)
        return kin_fail_memory(err);
    key->on_shapes = key->on_shapes || !kin_workspace__frame_is_asset(reader->frame, place);
    if (key->dropped)
        return KIN_OK;
    uint32_t value = key_value(key, reader->arena, attribute->value);
    if (value == 0)
        return kin_fail_memory(err);
    key->of[place] = value;
    if (key->count > reader->most) {
        key_drop(key);
        key->dropped = true;
    }
    return KIN_OK;
}

static void inherit(const kin_frame *frame, kin_frame_key *key)
{
    for (size_t i = 0; !key->dropped && i < frame->n; i++)
        if (key->of[i] == 0)
            key->of[i] = key->of[frame->items[i].asset];
}

static int compare_keys(const void *left, const void *right)
{
    const kin_frame_key *a = left, *b = right;
    return strcmp(a->name, b->name);
}

int kin_workspace__frame_keys(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame, const char *only,
                              size_t most, kin_frame_keys *keys, kin_error *err)
{
    attribute_reader reader = { .arena = arena, .frame = frame, .keys = keys, .names = KIN_TABLE_INIT, .most = most };
    int rc = kin_ledger_each_attribute(ledger, only, take_attribute, &reader, err);
    for (size_t i = 0; i < keys->count; i++)
        inherit(frame, &keys->list[i]);
    if (keys->count > 0)
        qsort(keys->list, keys->count, sizeof *keys->list, compare_keys);
    kin_table_clear(&reader.names);
    return rc;
}

void kin_workspace__frame_keys_clear(kin_frame_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        key_drop(&keys->list[i]);
    free(keys->list);
    *keys = (kin_frame_keys) { 0 };
}

int kin_workspace__frame_no_key(kin_ledger *ledger, const kin_frame *frame, const char *name, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_frame_keys keys = { 0 };
    kin_buffer names = KIN_BUFFER_INIT;
    int rc = kin_workspace__frame_keys(ledger, &arena, frame, NULL, 0, &keys, err);
    if (rc != KIN_OK)
        goto out;
    if (frame->label.count > 0)
        kin_buffer_string(&names, "label");
    for (size_t i = 0; i < keys.count; i++)
        kin_buffer_printf(&names, "%s%s", names.size > 0 ? ", " : "", keys.list[i].name);
    if (names.failed)
        rc = kin_fail_memory(err);
    else if (names.size == 0)
        rc = kin_fail(err, KIN_E_USAGE, "no item has \"%s\", nor any other attribute or label", name);
    else
        rc = kin_fail(err, KIN_E_USAGE, "no item has \"%s\"; there are: %s", name, names.data);
out:
    kin_buffer_clear(&names);
    kin_workspace__frame_keys_clear(&keys);
    kin_arena_clear(&arena);
    return rc;
}
