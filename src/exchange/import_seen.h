#ifndef KIN_IMPORT_SEEN_H
#define KIN_IMPORT_SEEN_H
/* Which images and shapes an import has met, so that each is handed out once and an image before its shapes. */

#include "exchange/hash_index.h"
#include "exchange/import_common.h"

typedef struct kin_exchange__seen {
    kin_exchange__hashes images; /* path -> the number of its own entry, 0 while only shapes on it have been met */
    kin_exchange__hashes shapes; /* path and id */
} kin_exchange__seen;

void kin_exchange__seen_clear(kin_exchange__seen *seen);

/* The entry of an image itself, the `number`-th `kind` of the file ("row"). Rejected where the image had one already;
 * *taken (may be NULL) says so. An image that only its shapes had named is taken a second time, and counted once. */
int kin_exchange__take_image(kin_exchange__import *im, kin_exchange__seen *seen, const kin_annotation *image,
                             const char *kind, uint64_t number, const char *where, bool *taken, kin_error *err);

/* A shape, and before it its image where that was not met yet. Rejected where the id was on that image already. */
int kin_exchange__take_shape(kin_exchange__import *im, kin_exchange__seen *seen, const kin_annotation *shape,
                             const char *where, kin_error *err);

#endif
