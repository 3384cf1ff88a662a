#ifndef KIN_PENDING_IMAGE_H
#define KIN_PENDING_IMAGE_H
/* An image of an XML file with its shapes, held until all of it has been read: a label or size may follow the shapes,
 * and an image is handed out before them. */

#include "exchange/import_seen.h"

/* What the texts and shapes of one image may take. */
enum { kin_exchange__most_pending = 64 * 1024 * 1024 };

typedef struct kin_exchange__pending {
    kin_arena arena;
    size_t bytes;               /* of the arena, roughly */
    bool full, failed, crowded; /* too many bytes, no memory, more than 256 attributes of the image */
    kin_annotation *shapes;
    unsigned long *lines; /* of the shapes */
    size_t count, shape_capacity, line_capacity;
    kin_exchange__attributes of_image, of_shape;
} kin_exchange__pending;

/* Forgets the image at hand and keeps the memory. */
void kin_exchange__pending_reset(kin_exchange__pending *pending);
void kin_exchange__pending_clear(kin_exchange__pending *pending);

/* A copy that lives as long as the image at hand; NULL, and `full` or `failed` set, where there is no room. */
const char *kin_exchange__pending_text(kin_exchange__pending *pending, const char *text);

/* kin_exchange__attribute with copies of both texts: true also where `full` or `failed` was set. Where it is full of
 * attributes of the image, that is rejected when it is taken. */
bool kin_exchange__pending_attribute(kin_exchange__pending *pending, kin_exchange__attributes *attributes,
                                     const char *key, const char *value);

/* Appends the shape with the attributes `of_shape`; its texts are the pending image's. */
void kin_exchange__pending_add(kin_exchange__pending *pending, const kin_annotation *shape, unsigned long line);

/* Hands out the image with the attributes `of_image`, then its shapes, which get its path, width and height. Places
 * are named "line N", with `file` and a colon before them where it is not NULL. */
int kin_exchange__pending_take(kin_exchange__pending *pending, kin_exchange__import *im, kin_exchange__seen *seen,
                               kin_annotation *image, const char *file, unsigned long line, kin_error *err);

#endif
