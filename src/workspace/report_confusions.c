/* Which labels are taken for which: the latest verdicts that call an item a mistake, counted by its label and the right
 * one. Of each pair the first items by id are kept to be shown. */

#include "workspace/report_private.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

typedef struct confusion {
    const char *given, *right; /* the arena's */
    uint64_t count;
    int64_t shown[KIN_CONFUSION_EXAMPLES];
} confusion;

typedef struct reader {
    kin_arena *arena;
    const kin_frame *frame;
    kin_unit unit;
    confusion *list;
    size_t count, capacity;
    kin_table places; /* number of the given label, then the right one -> index into list */
} reader;

/* NULL: no memory. */
static confusion *confusion_of(reader *r, uint32_t label, const char *right)
{
    kin_buffer key = KIN_BUFFER_INIT;
    bool added = false;
    kin_buffer_append(&key, &label, sizeof label);
    kin_buffer_string(&key, right);
    int64_t *place = key.failed ? NULL : kin_table_put(&r->places, key.data, key.size, (int64_t)r->count, &added);
    kin_buffer_clear(&key);
    if (!place)
        return NULL;
    if (!added)
        return &r->list[*place];
    bool room = KIN_GROW(&r->list, &r->capacity, r->count + 1);
    char *copy = room ? kin_arena_string(r->arena, right) : NULL;
    if (!copy)
        return NULL;
    r->list[r->count] = (confusion) { .right = copy, .given = label > 0 ? r->frame->label.values[label - 1] : NULL };
    return &r->list[r->count++];
}

/* Verdicts come by ascending item. */
static int take_verdict(void *user, const kin_verdict *verdict, kin_error *err)
{
    reader *r = user;
    uint32_t item = kin_workspace__frame_find(r->frame, verdict->item);
    if (item == KIN_FRAME_NONE || !kin_workspace__frame_is(r->frame, item, r->unit) ||
        !kin_workspace__frame_is_mistake(r->frame, item) || !verdict->should_be || !*verdict->should_be)
        return KIN_OK;
    confusion *found = confusion_of(r, r->frame->items[item].label, verdict->should_be);
    if (!found)
        return kin_fail_memory(err);
    if (found->count < KIN_CONFUSION_EXAMPLES)
        found->shown[found->count] = verdict->item;
    found->count++;
    return KIN_OK;
}

static int compare(const void *left, const void *right)
{
    const confusion *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    int order = strcmp(a->given ? a->given : "", b->given ? b->given : "");
    return order ? order : strcmp(a->right, b->right);
}

static int name_examples(kin_ledger *ledger, kin_arena *arena, const confusion *from, kin_confusion *to, kin_error *err)
{
    *to = (kin_confusion) { .given = from->given, .right = from->right, .count = from->count };
    for (size_t i = 0; i < KIN_CONFUSION_EXAMPLES && i < from->count; i++) {
        kin_item item;
        int rc = kin_ledger_item(ledger, from->shown[i], &item, err);
        if (rc != KIN_OK)
            return rc;
        to->examples[i] = kin_workspace__name(arena, item.path, item.shape);
        if (!to->examples[i])
            return kin_fail_memory(err);
    }
    return KIN_OK;
}

int kin_workspace__report_confusions(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame, kin_report *report,
                                     kin_error *err)
{
    reader r = { .arena = arena, .frame = frame, .unit = report->unit, .places = KIN_TABLE_INIT };
    size_t bytes = 0;
    kin_confusion *list = NULL;
    int rc = kin_ledger_each_verdict(ledger, true, take_verdict, &r, err);
    if (rc == KIN_OK && r.count > 0) {
        qsort(r.list, r.count, sizeof *r.list, compare);
        list = kin_size_mul(r.count, sizeof *list, &bytes) ? kin_arena_alloc(arena, bytes) : NULL;
        rc = list ? KIN_OK : kin_fail_memory(err);
    }
    for (size_t i = 0; rc == KIN_OK && i < r.count; i++)
        rc = name_examples(ledger, arena, &r.list[i], &list[i], err);
    if (rc == KIN_OK) {
        report->confusions = list;
        report->confusions_count = r.count;
    }
    kin_table_clear(&r.places);
    free(r.list);
    return rc;
}
