/* The annotations from what the ledger has. Shapes keep their ids where these are whole numbers, no two alike in the
 * data set; else annotations get the numbers of the items, and the shape's id goes beside it. */
#include "workspace/export_private.h"

#include "base/checked.h"
#include "base/ids.h"
#include "kin/coco.h"
#include "kin/vocabulary.h"

#include <stdlib.h>
#include <string.h>

enum { most_attributes = 1024 };

typedef struct attribute_list {
    kin_arena arena;
    kin_attribute list[most_attributes];
    size_t count;
} attribute_list;

typedef struct anew {
    kin_export *e;
    kin_coco_writer *writer;
    attribute_list image, own; /* of the image of the shape at hand, and of the item at hand */
    int64_t last_image;
    kin_arena scratch;
    bool own_ids;
    int64_t *ids;
    size_t id_count, id_capacity;
} anew;

static const unsigned live = 1u << KIN_ITEM_PENDING | 1u << KIN_ITEM_DESCRIBED | 1u << KIN_ITEM_FAILED;

/* ---- Ids ---- */

static int note_id(void *user, const kin_item *item, kin_error *err)
{
    anew *a = user;
    if (!a->own_ids)
        return KIN_OK;
    if (!KIN_GROW(&a->ids, &a->id_capacity, a->id_count + 1))
        return kin_fail_memory(err);
    a->own_ids = kin_coco_id(item->shape, &a->ids[a->id_count++]);
    return KIN_OK;
}

static int own_ids_serve(anew *a, kin_error *err)
{
    kin_item_filter shapes = { .unit = KIN_UNIT_SHAPE, .states = live };
    a->own_ids = true;
    int code = kin_ledger_each_item(a->e->workspace->ledger, &shapes, note_id, a, err);
    kin_ids_sort(a->ids, a->own_ids ? a->id_count : 0, sizeof *a->ids);
    for (size_t i = 1; a->own_ids && i < a->id_count; i++)
        a->own_ids = a->ids[i - 1] != a->ids[i];
    free(a->ids);
    a->ids = NULL;
    return code;
}

/* ---- Labels ---- */

static int note_label(void *user, const char *label, uint64_t items, kin_error *err)
{
    return items ? kin_export__label(user, label, err) : KIN_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* ---- Items ---- */

static int note_attribute(void *user, int64_t item, const kin_attribute *attribute, kin_error *err)
{
    (void)item;
    attribute_list *list = user;
    if (list->count == most_attributes)
        return kin_fail(err, KIN_E_LIMIT, "an item has more than %d attributes", most_attributes);
    kin_attribute own = { kin_arena_string(&list->arena, attribute->key),
                          kin_arena_string(&list->arena, attribute->value) };
    if (!own.key || !own.value)
        return kin_fail_memory(err);
    list->list[list->count++] = own;
    return KIN_OK;
}

static int read_attributes(anew *a, int64_t item, attribute_list *list, kin_error *err)
{
    kin_arena_reset(&list->arena);
    list->count = 0;
    return kin_ledger_each_attribute_of(a->e->workspace->ledger, item, note_attribute, list, err);
}

static bool has(const attribute_list *list, const kin_attribute *attribute)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->list[i].key, attribute->key) == 0 && strcmp(list->list[i].value, attribute->value) == 0)
            return true;
    return false;
}

/* Those of the image are not repeated on its shapes. */
static int read_own(anew *a, int64_t item, int64_t image, kin_error *err)
{
    int code = a->last_image == image ? KIN_OK : read_attributes(a, image, &a->image, err);
    a->last_image = image;
    if (code == KIN_OK)
        code = read_attributes(a, item, &a->own, err);
    size_t kept = 0;
    for (size_t i = 0; i < a->own.count; i++)
        if (!has(&a->image, &a->own.list[i]))
            a->own.list[kept++] = a->own.list[i];
    a->own.count = kept;
    return code;
}

static int write_image(void *user, const kin_item *item, kin_error *err)
{
    anew *a = user;
    kin_arena_reset(&a->scratch);
    kin_coco_image image = {
        .id = item->id, .path = kin_arena_string(&a->scratch, item->path), .width = item->width, .height = item->height
    };
    if (!image.path)
        return kin_fail_memory(err);
    a->e->summary.image_labels += item->label != NULL;
    int code = read_attributes(a, item->id, &a->own, err);
    image.attributes = a->own.list;
    image.attribute_count = a->own.count;
    return code == KIN_OK ? kin_coco_writer_image(a->writer, &image, err) : code;
}

static int write_shape(void *user, const kin_item *item, kin_error *err)
{
    anew *a = user;
    kin_corrected *corrected = kin_export__find(a->e, item->id);
    if (corrected && !corrected->met) {
        corrected->met = true;
        a->e->summary.applied++;
    }
    if (corrected && corrected->correction == KIN_CORRECTION_REMOVED)
        return KIN_OK;
    kin_arena_reset(&a->scratch);
    kin_coco_annotation annotation = { .id = item->id, .image = item->asset, .box = item->box };
    annotation.label = corrected ? corrected->should_be : kin_arena_string(&a->scratch, item->label);
    annotation.shape = a->own_ids ? NULL : kin_arena_string(&a->scratch, item->shape);
    if ((item->label && !annotation.label) || (!a->own_ids && !annotation.shape))
        return kin_fail_memory(err);
    if (a->own_ids)
        (void)kin_coco_id(item->shape, &annotation.id);
    int code = read_own(a, item->id, item->asset, err);
    annotation.attributes = a->own.list;
    annotation.attribute_count = a->own.count;
    return code == KIN_OK ? kin_coco_writer_annotation(a->writer, &annotation, err) : code;
}

static int write_all(anew *a, FILE *out, kin_error *err)
{
    kin_ledger *ledger = a->e->workspace->ledger;
    kin_item_filter images = { .unit = KIN_UNIT_ASSET, .states = live };
    kin_item_filter shapes = { .unit = KIN_UNIT_SHAPE, .states = live };
    int code = own_ids_serve(a, err);
    if (code == KIN_OK)
        code = kin_ledger_each_label(ledger, note_label, a->e, err);
    if (code == KIN_OK && a->e->label_count)
        qsort(a->e->labels, a->e->label_count, sizeof *a->e->labels, by_text);
    if (code == KIN_OK)
        code = kin_coco_writer_new(out, a->e->labels, a->e->label_count, &a->writer, err);
    if (code == KIN_OK)
        code = kin_ledger_each_item(ledger, &images, write_image, a, err);
    if (code == KIN_OK)
        code = kin_ledger_each_item(ledger, &shapes, write_shape, a, err);
    int closed = kin_coco_writer_close(a->writer, code == KIN_OK ? err : NULL);
    return code == KIN_OK ? closed : code;
}

int kin_export__anew(kin_export *e, FILE *out, kin_error *err)
{
    anew *a = kin_alloc_zeroed(1, sizeof *a);
    if (!a)
        return kin_fail_memory(err);
    a->e = e;
    int code = write_all(a, out, err);
    kin_arena_clear(&a->image.arena);
    kin_arena_clear(&a->own.arena);
    kin_arena_clear(&a->scratch);
    free(a->ids);
    free(a);
    return code;
}
