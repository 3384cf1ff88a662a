#include "workspace/spread_batch.h"

enum { least_image = 3 * sizeof(uint64_t), least_item = 5 * sizeof(uint64_t) };

void kin_spread__put_batch(kin_buffer *message, const kin_batch *batch)
{
    kin_spread__put(message, batch->images_count);
    for (size_t i = 0; i < batch->images_count; i++) {
        const kin_batch_image *image = &batch->images[i];
        kin_spread__put(message, (uint64_t)image->asset);
        kin_spread__put_text(message, image->path);
        kin_spread__put(message, image->count);
        for (size_t j = image->first; j < image->first + image->count; j++) {
            const kin_batch_item *item = &batch->items[j];
            kin_spread__put(message, (uint64_t)item->id);
            kin_buffer_append(message, &item->box, sizeof item->box);
        }
    }
}

static int get_image(kin_spread_reader *reader, kin_batch *batch, kin_arena *arena, kin_error *err)
{
    kin_item item = { .asset = (int64_t)kin_spread__get(reader), .path = kin_spread__get_text(reader, arena) };
    size_t count = kin_spread__get_count(reader, least_item);
    int code = item.path && count > 0 ? KIN_OK : kin_spread__fail(err);
    for (size_t j = 0; code == KIN_OK && j < count; j++) {
        item.id = (int64_t)kin_spread__get(reader);
        kin_spread__get_bytes(reader, &item.box, sizeof item.box);
        code = kin_batch__add(batch, &item, err);
    }
    return code;
}

int kin_spread__get_batch(kin_spread_reader *reader, kin_batch *batch, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    size_t images = kin_spread__get_count(reader, least_image);
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < images; i++)
        code = get_image(reader, batch, &arena, err);
    kin_arena_clear(&arena);
    return code == KIN_OK && reader->failed ? kin_spread__fail(err) : code;
}

void kin_spread__put_results(kin_buffer *reply, const kin_batch *batch)
{
    for (size_t i = 0; i < batch->images_count; i++) {
        const kin_batch_image *image = &batch->images[i];
        kin_spread__put(reply, (uint64_t)(int64_t)image->code);
        kin_spread__put_text(reply, image->reason);
        kin_buffer_append(reply, &image->file, sizeof image->file);
        kin_spread__put(reply, (uint64_t)(int64_t)image->width);
        kin_spread__put(reply, (uint64_t)(int64_t)image->height);
    }
    for (size_t i = 0; i < batch->items_count; i++) {
        kin_spread__put(reply, (uint64_t)(int64_t)batch->items[i].code);
        kin_spread__put(reply, batch->items[i].left_out);
        kin_spread__put_text(reply, batch->items[i].reason);
    }
}

/* A reason is the batch's own, where there is memory for it. */
static char *get_reason(kin_spread_reader *reader)
{
    kin_arena arena = KIN_ARENA_INIT;
    const char *text = kin_spread__get_text(reader, &arena);
    char *copy = text ? strdup(text) : NULL;
    kin_arena_clear(&arena);
    return copy;
}

int kin_spread__get_results(kin_spread_reader *reader, kin_batch *batch, kin_error *err)
{
    for (size_t i = 0; i < batch->images_count; i++) {
        kin_batch_image *image = &batch->images[i];
        image->code = (int)(int64_t)kin_spread__get(reader);
        image->reason = get_reason(reader);
        kin_spread__get_bytes(reader, &image->file, sizeof image->file);
        image->width = (int)(int64_t)kin_spread__get(reader);
        image->height = (int)(int64_t)kin_spread__get(reader);
    }
    for (size_t i = 0; i < batch->items_count; i++) {
        batch->items[i].code = (int)(int64_t)kin_spread__get(reader);
        batch->items[i].left_out = kin_spread__get(reader) != 0;
        batch->items[i].reason = get_reason(reader);
    }
    return reader->failed ? kin_spread__fail(err) : KIN_OK;
}
