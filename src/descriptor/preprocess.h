#ifndef KIN_DESCRIPTOR_PREPROCESS_H
#define KIN_DESCRIPTOR_PREPROCESS_H
/* preprocessor_config.json as Hugging Face's image processors write it: how a picture becomes the input of a net. */

#include "kin/image.h"

typedef struct kin_preprocess {
    int edge;                    /* what the picture's short edge becomes; 0: the picture is stretched */
    int width, height;           /* to this size; with an edge, both are the edge */
    int crop_width, crop_height; /* its middle, which the net sees; no larger than width x height */
    kin_filter filter;
    float scale[3], shift[3]; /* the net sees byte * scale[c] + shift[c] */
} kin_preprocess;

/* Keys: size (a number, {"shortest_edge"} or {"height", "width"}), crop_size, do_center_crop, do_resize, resample,
 * image_mean, image_std, rescale_factor, do_rescale, do_normalize; others are ignored. A plain number as size is the
 * short edge with a centre crop, else both sides. resample as Pillow's: 2 bilinear, 3 bicubic, 4 box; the others go by
 * the nearest of these: 5 (Hamming) as 2, 1 (Lanczos) as 3, 0 (nearest) as 4. `path` is for messages. KIN_E_FORMAT. */
int kin_preprocess_parse(const char *text, size_t size, const char *path, kin_preprocess *out, kin_error *err);

/* What of a picture of this size is resized to the crop when `region` of it is to be described. Of the whole picture the
 * part that resizing and centre crop leave; any other region grown to the crop's proportions about its centre, and
 * clamped to the picture. */
kin_box kin_preprocess_view(const kin_preprocess *preprocess, int width, int height, kin_box region);

#endif
