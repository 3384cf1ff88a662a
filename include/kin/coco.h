#ifndef KIN_COCO_H
#define KIN_COCO_H
/* Annotations out as COCO, streamed: memory grows with the labels, not with the annotations. */

#include "kin/types.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A file made anew ---- */

typedef struct kin_coco_writer kin_coco_writer;

typedef struct kin_coco_image {
    int64_t id;
    const char *path;  /* becomes file_name */
    int width, height; /* 0: not known */
    const kin_attribute *attributes;
    size_t attribute_count;
} kin_coco_image;

typedef struct kin_coco_annotation {
    int64_t id, image; /* the image's id */
    const char *shape; /* the shape's id where it is another than `id`: goes into "kin_shape", from where import takes
                          it; NULL */
    const char *label; /* one of the writer's; NULL: none */
    kin_box box;
    const kin_attribute *attributes; /* iscrowd = 1 becomes COCO's */
    size_t attribute_count;
} kin_coco_annotation;

/* The categories are the labels, numbered from 1 in their order, none twice. All images come before all annotations.
 * Close completes the file, flushes `out`, which stays the caller's, and frees the writer in any case; NULL is legal.
 * */
int kin_coco_writer_new(FILE *out, const char *const *labels, size_t labels_count, kin_coco_writer **writer,
                        kin_error *err);
int kin_coco_writer_image(kin_coco_writer *writer, const kin_coco_image *image, kin_error *err);
int kin_coco_writer_annotation(kin_coco_writer *writer, const kin_coco_annotation *annotation, kin_error *err);
int kin_coco_writer_close(kin_coco_writer *writer, kin_error *err);

/* Is a shape's id a whole number such as COCO has, in its one spelling (from 0 to 2^53)? */
bool kin_coco_id(const char *shape, int64_t *id);

/* ---- A file corrected ---- */

typedef enum kin_coco_edit { KIN_COCO_KEEP = 0, KIN_COCO_RELABEL = 1, KIN_COCO_REMOVE = 2 } kin_coco_edit;

typedef struct kin_coco_editor {
    /* Says in *what, which is KEEP before, what is to become of an annotation; path and shape as kin_import_annotations
     * gives them, label NULL: none. RELABEL: *becomes is one of the file's categories or of `labels`, valid until the
     * next call. */
    void (*edit)(void *user, const char *path, const char *shape, const char *label, kin_coco_edit *what,
                 const char **becomes);
    void *user;
    const char *const *labels; /* new ones, that the file may not have as categories yet */
    size_t labels_count;
} kin_coco_editor;

/* Does the file look like COCO? */
bool kin_coco_is(const char *path);

/* Writes the COCO file `source` of the data set in `folder` to `out` with these edits made. All else goes out as it
 * stands there (masks, keypoints, crowds, keys that nobody knows, digits), but for blanks between elements.
 * KIN_E_FORMAT where the file is damaged, KIN_E_LIMIT where an element is longer than 4 MiB. */
int kin_coco_correct(const char *source, const char *folder, const kin_coco_editor *editor, FILE *out, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
