#ifndef KIN_COCO_OUT_H
#define KIN_COCO_OUT_H
/* Elements of COCO files. */

#include "base/buffer.h"
#include "exchange/job_kept.h"
#include "kin/coco.h"

/* "categories":[..] of the labels, numbered from 1 in their order. */
void kin_exchange__put_categories(kin_buffer *out, const kin_exchange__labels *labels);

/* An image without the closing bracket: {"id":..,"file_name":..,"width":..,"height":.. */
void kin_exchange__put_coco_image(kin_buffer *out, int64_t id, const char *prefix, const char *path, int width,
                                  int height);

typedef struct kin_exchange__coco_shape {
    int64_t id, image, category; /* category 0: none */
    const char *shape;           /* its id on its image, NULL: that is `id` */
    kin_box box;
    bool crowd;
} kin_exchange__coco_shape;

/* An annotation without the closing bracket. A shape whose own id is another than `id` has that in "kin_shape", from
 * where kin's import takes it. */
void kin_exchange__put_coco_shape(kin_buffer *out, const kin_exchange__coco_shape *shape);

#endif
