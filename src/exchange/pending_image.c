#include "exchange/pending_image.h"

#include "base/checked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kin_exchange__pending_reset(kin_exchange__pending *pending)
{
    kin_arena_reset(&pending->arena);
    pending->bytes = pending->count = 0;
    pending->full = pending->failed = pending->crowded = false;
    pending->of_image.count = pending->of_shape.count = 0;
}

void kin_exchange__pending_clear(kin_exchange__pending *pending)
{
    kin_arena_clear(&pending->arena);
    free(pending->shapes);
    free(pending->lines);
    pending->shapes = NULL;
    pending->lines = NULL;
}

static void *allocate(kin_exchange__pending *pending, size_t size)
{
    pending->bytes += size + 16;
    if (pending->bytes > kin_exchange__most_pending) {
        pending->full = true;
        return NULL;
    }
    void *data = kin_arena_alloc(&pending->arena, size);
    pending->failed |= !data;
    return data;
}

const char *kin_exchange__pending_text(kin_exchange__pending *pending, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = allocate(pending, size);
    return copy ? memcpy(copy, text, size) : NULL;
}

bool kin_exchange__pending_attribute(kin_exchange__pending *pending, kin_exchange__attributes *attributes,
                                     const char *key, const char *value)
{
    if (!key[0] || !value[0])
        return true;
    key = kin_exchange__pending_text(pending, key);
    value = key ? kin_exchange__pending_text(pending, value) : NULL;
    bool noted = !value || kin_exchange__attribute(attributes, key, value);
    pending->crowded |= !noted && attributes == &pending->of_image;
    return noted;
}

void kin_exchange__pending_add(kin_exchange__pending *pending, const kin_annotation *shape, unsigned long line)
{
    size_t size = pending->of_shape.count * sizeof *pending->of_shape.list;
    pending->bytes += sizeof *shape;
    kin_attribute *attributes = allocate(pending, size);
    if (!attributes)
        return;
    if (!KIN_GROW(&pending->shapes, &pending->shape_capacity, pending->count + 1) ||
        !KIN_GROW(&pending->lines, &pending->line_capacity, pending->count + 1)) {
        pending->failed = true;
        return;
    }
    if (size)
        memcpy(attributes, pending->of_shape.list, size);
    pending->lines[pending->count] = line;
    kin_annotation *added = &pending->shapes[pending->count++];
    *added = *shape;
    added->attributes = attributes;
    added->attribute_count = pending->of_shape.count;
}

static const char *place(char where[kin_exchange__where_size], const char *file, unsigned long line)
{
    (void)snprintf(where, kin_exchange__where_size, "%.*s%sline %lu", kin_exchange__where_size - 40, file ? file : "",
                   file ? ": " : "", line);
    return where;
}

int kin_exchange__pending_take(kin_exchange__pending *pending, kin_exchange__import *im, kin_exchange__seen *seen,
                               kin_annotation *image, const char *file, unsigned long line, kin_error *err)
{
    char where[kin_exchange__where_size];
    bool taken = false;
    if (pending->failed)
        return kin_fail_memory(err);
    if (pending->full)
        return kin_exchange__reject(im, err, place(where, file, line), "the shapes of one image take more than 64 MiB");
    if (pending->crowded)
        return kin_exchange__reject(im, err, place(where, file, line), "the image has more than %d attributes",
                                    kin_exchange__most_attributes);
    image->attributes = pending->of_image.list;
    image->attribute_count = pending->of_image.count;
    int code = kin_exchange__take_image(im, seen, image, file ? "file" : "line", file ? im->summary.images + 1 : line,
                                        place(where, file, line), &taken, err);
    for (size_t i = 0; i < pending->count && code == KIN_OK && taken; i++) {
        kin_annotation *shape = &pending->shapes[i];
        shape->path = image->path;
        shape->width = image->width;
        shape->height = image->height;
        code = kin_exchange__take_shape(im, seen, shape, place(where, file, pending->lines[i]), err);
    }
    return code;
}
