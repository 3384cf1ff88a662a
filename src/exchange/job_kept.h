#ifndef KIN_JOB_KEPT_H
#define KIN_JOB_KEPT_H
/* What writers of jobs gather: the labels in use, and for formats that go by image the rows themselves. */

#include "base/arena.h"
#include "base/table.h"
#include "kin/job_files.h"

/* Labels, each once, in the order in which they came. */
typedef struct kin_exchange__labels {
    kin_table numbers; /* label -> place in list */
    const char **list;
    size_t count, capacity;
    kin_arena arena;
} kin_exchange__labels;

bool kin_exchange__labels_add(kin_exchange__labels *labels, const char *label);
void kin_exchange__labels_clear(kin_exchange__labels *labels);

typedef struct kin_exchange__kept_row {
    kin_job_row row;
    size_t next; /* of the same image; SIZE_MAX: the last */
} kin_exchange__kept_row;

typedef struct kin_exchange__kept_image {
    const char *path;
    int width, height;
    size_t first, last;
} kin_exchange__kept_image;

/* Rows by image, images in the order in which they came. */
typedef struct kin_exchange__kept {
    kin_exchange__kept_row *rows;
    size_t row_count, row_capacity;
    kin_exchange__kept_image *images;
    size_t image_count, image_capacity;
    kin_table by_path;
    kin_arena arena;
} kin_exchange__kept;

/* Keeps a copy. False where there is no memory. */
bool kin_exchange__keep(kin_exchange__kept *kept, const kin_job_row *row);
void kin_exchange__kept_clear(kin_exchange__kept *kept);

/* The path of a row's image: row->path, else row->item. */
const char *kin_exchange__row_path(const kin_job_row *row);

#endif
