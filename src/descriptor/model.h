#ifndef KIN_DESCRIPTOR_MODEL_H
#define KIN_DESCRIPTOR_MODEL_H
/* What a kind of model provides. descriptor.c resizes regions and keeps the vectors; a kind turns the resized pixels of
 * one region into one vector. A further kind is one more branch of kin_model_open. */

#include "base/arena.h"
#include "kin/descriptor.h"

/* How a region is brought to the pixels that a model sees. Filled when the model is opened. */
typedef struct kin_model_view {
    int width, height;
    kin_filter filter;
} kin_model_view;

typedef struct kin_model_kind {
    /* `where`: the folder of the model's files, NULL for a model without. Fills *info but for name and note, *view, and
     * *note where there is something to say, and gives the read-only state that all threads share. */
    int (*open)(const char *where, kin_precision precision, kin_model_info *info, kin_model_view *view, void **state,
                kin_error *note, kin_error *err);
    void (*close)(void *state);

    /* The working memory of one thread. */
    int (*scratch_new)(const void *state, void **scratch, kin_error *err);
    void (*scratch_free)(void *scratch);

    /* info.id by the files alone, for FLOAT or INT8. */
    int (*identify)(const char *where, kin_precision precision, uint64_t *id, kin_error *err);

    /* As kin_model_view_of. NULL: the region as it is. */
    kin_box (*view_of)(const void *state, int width, int height, kin_box region);

    /* rgb[view.height, view.width, 3] and the region's width / height before it was resized -> vector[dim] of length
     * 1. Never fails; the same pixels give the same bits. */
    void (*describe)(const void *state, void *scratch, const uint8_t *rgb, double aspect, float *vector);
} kin_model_kind;

extern const kin_model_kind kin_model__classic;
extern const kin_model_kind kin_model__neural;

/* The folder of the neural model that somebody calls `name`, and in *full_name what finds it again from everywhere: the
 * name itself where it lies in one of the folders of models, else the folder's absolute path. From the arena.
 * KIN_E_NOTFOUND says where was looked. */
int kin_model__locate(kin_arena *arena, const char *name, const char **folder, const char **full_name, kin_error *err);

#endif
