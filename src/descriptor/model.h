#ifndef KIN_DESCRIPTOR_MODEL_H
#define KIN_DESCRIPTOR_MODEL_H
/* What a kind of model provides. descriptor.c resizes regions and keeps the vectors; a kind turns the resized pixels of
 * one region into one vector. A further kind is one more entry of the table in descriptor.c. */

#include "kin/descriptor.h"

typedef struct kin_model_kind {
    const char *name;
    kin_filter filter; /* how a region is brought to input x input pixels */

    /* Fills *info (name is set already) and gives the read-only state that all threads share. */
    int (*open)(kin_model_info *info, void **state, kin_error *err);
    void (*close)(void *state);

    /* The working memory of one thread. */
    int (*scratch_new)(const void *state, void **scratch, kin_error *err);
    void (*scratch_free)(void *scratch);

    /* rgb[input, input, 3] and the region's width / height before it was made square -> vector[dim] of length 1. Never
     * fails; the same pixels give the same bits. */
    void (*describe)(const void *state, void *scratch, const uint8_t *rgb, double aspect, float *vector);
} kin_model_kind;

extern const kin_model_kind kin_model__classic;

#endif
