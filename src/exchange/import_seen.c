#include "exchange/import_seen.h"

#include "base/hash.h"

#include <string.h>

enum { only_its_shapes = 0 };

void kin_exchange__seen_clear(kin_exchange__seen *seen)
{
    kin_exchange__hashes_clear(&seen->images);
    kin_exchange__hashes_clear(&seen->shapes);
}

int kin_exchange__take_image(kin_exchange__import *im, kin_exchange__seen *seen, const kin_annotation *image,
                             const char *kind, uint64_t number, const char *where, bool *taken, kin_error *err)
{
    bool added;
    uint32_t own = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
    uint32_t *first = kin_exchange__hashes_put(&seen->images, kin_hash(image->path, strlen(image->path)), own, &added);
    if (taken)
        *taken = false;
    if (!first)
        return kin_fail_memory(err);
    if (!added && *first != only_its_shapes)
        return kin_exchange__reject(im, err, where, "%.100s is already the image of %s %lu", image->path, kind,
                                    (unsigned long)*first);
    *first = own;
    uint64_t images = im->summary.images;
    int code = kin_exchange__take(im, image, where, err);
    if (taken)
        *taken = code == KIN_OK;
    if (!added) /* it was counted with its first shape */
        im->summary.images = images;
    return code;
}

int kin_exchange__take_shape(kin_exchange__import *im, kin_exchange__seen *seen, const kin_annotation *shape,
                             const char *where, kin_error *err)
{
    bool added;
    uint64_t image = kin_hash(shape->path, strlen(shape->path));
    uint64_t hash = kin_hash_more(image, shape->shape, strlen(shape->shape));
    if (!kin_exchange__hashes_put(&seen->shapes, hash, 0, &added))
        return kin_fail_memory(err);
    if (!added)
        return kin_exchange__reject(im, err, where, "%.60s is already the id of a shape on %.100s", shape->shape,
                                    shape->path);
    if (!kin_exchange__hashes_put(&seen->images, image, only_its_shapes, &added))
        return kin_fail_memory(err);
    kin_annotation bare = { .path = shape->path, .width = shape->width, .height = shape->height };
    int code = added ? kin_exchange__take(im, &bare, where, err) : KIN_OK;
    return code == KIN_OK ? kin_exchange__take(im, shape, where, err) : code;
}
