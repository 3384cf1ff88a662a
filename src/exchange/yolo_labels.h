#ifndef KIN_YOLO_LABELS_H
#define KIN_YOLO_LABELS_H
/* The label file of one image in YOLO's layouts: `class cx cy w h` or `class x1 y1 x2 y2 x3 y3 ...` a line, in
 * fractions of the image. */

#include "base/buffer.h"
#include "exchange/import_common.h"

typedef struct kin_exchange__yolo_labels {
    kin_exchange__import *im;
    const char *const *names; /* by class; borrowed; NULL: a gap */
    size_t name_count;
    const char *names_file; /* where they are from; borrowed */
    kin_buffer text;
    double *numbers; /* of one line */
    char where[kin_exchange__where_size];
} kin_exchange__yolo_labels;

/* The caller fills in names. Clear it also where this failed. */
int kin_exchange__yolo_labels_init(kin_exchange__yolo_labels *labels, kin_exchange__import *im, kin_error *err);
void kin_exchange__yolo_labels_clear(kin_exchange__yolo_labels *labels);

/* Reads the file at `file`, which messages call `shown`, and hands out its lines as shapes of the image `path`; their
 * ids are the numbers of the lines. */
int kin_exchange__yolo_labels_take(kin_exchange__yolo_labels *labels, const char *file, const char *shown,
                                   const char *path, kin_error *err);

#endif
