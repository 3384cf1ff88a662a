#ifndef KIN_FIND_PRIVATE_H
#define KIN_FIND_PRIVATE_H

#include "workspace/workspace_private.h"

/* A query on its way to its answer. */
typedef struct question {
    kin_arena arena;
    size_t dim;
    float *vector;   /* [dim] */
    kin_item *asked; /* likes, then unlikes; id 0: a file from outside */
    size_t asked_count;
    const char *label; /* asked of the answers; NULL: any */
    int64_t *candidates;
    size_t candidates_count;
} question;

/* A whole image file, at full resolution. */
int kin_workspace__read_image(const char *file, kin_image *out, kin_error *err);

#endif
