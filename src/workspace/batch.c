#include "workspace/batch.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

static int add_image(kin_batch *batch, const kin_item *item, kin_error *err)
{
    bool grown = KIN_GROW(&batch->images, &batch->images_capacity, batch->images_count + 1);
    char *path = grown ? kin_arena_string(&batch->arena, item->path) : NULL;
    if (!path)
        return kin_fail_memory(err);
    batch->images[batch->images_count++] =
        (kin_batch_image) { .asset = item->asset, .first = batch->items_count, .path = path };
    return KIN_OK;
}

int kin_batch__add(kin_batch *batch, const kin_item *item, kin_error *err)
{
    bool grown = KIN_GROW(&batch->items, &batch->items_capacity, batch->items_count + 1);
    int code = grown ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK && (batch->images_count == 0 || batch->images[batch->images_count - 1].asset != item->asset))
        code = add_image(batch, item, err);
    if (code != KIN_OK)
        return code;
    batch->items[batch->items_count++] = (kin_batch_item) { .id = item->id, .box = item->box };
    batch->images[batch->images_count - 1].count++;
    return KIN_OK;
}

void kin_batch__reset(kin_batch *batch)
{
    for (size_t i = 0; i < batch->items_count; i++)
        free(batch->items[i].reason);
    for (size_t i = 0; i < batch->images_count; i++) {
        free(batch->images[i].reason);
        free(batch->images[i].vectors);
    }
    batch->items_count = batch->images_count = 0;
    kin_arena_reset(&batch->arena);
}

void kin_batch__clear(kin_batch *batch)
{
    kin_batch__reset(batch);
    free(batch->items);
    free(batch->images);
    kin_arena_clear(&batch->arena);
    *batch = (kin_batch) KIN_BATCH_INIT;
}

int kin_batch__add_rows(const kin_batch *batch, size_t dim, kin_index *index, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < batch->images_count; i++) {
        const kin_batch_image *image = &batch->images[i];
        size_t good = 0;
        for (size_t j = 0; code == KIN_OK && image->code == KIN_OK && j < image->count; j++) {
            const kin_batch_item *item = &batch->items[image->first + j];
            if (item->code == KIN_OK && !item->left_out)
                code = kin_index_add(index, &item->id, image->vectors + dim * good++, 1, err);
        }
    }
    return code;
}
