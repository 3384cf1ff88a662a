/* Opening models by name, and the part of describing that is the same for all of them. Regions are described one after
 * the other, each on its own: so a vector cannot depend on what else is in the batch. */

#include "kin/descriptor.h"

#include "base/checked.h"
#include "descriptor/model.h"

#include <stdlib.h>
#include <string.h>

struct kin_model {
    kin_model_info info;
    kin_model_view view;
    const kin_model_kind *kind;
    void *state;
    char *name;     /* info.name */
    kin_error note; /* info.note */
};

struct kin_describer {
    const kin_model *model;
    void *scratch;
    uint8_t *pixels; /* [view.height, view.width, 3] */
    float *vectors;  /* of the running call, so that a failure leaves the caller's memory alone */
    size_t capacity; /* in floats */
};

static const char preferred[] = "efficientnet-lite0", fallback[] = "classic";

const char *kin_precision_name(kin_precision precision)
{
    return precision == KIN_PRECISION_INT8 ? "int8" : precision == KIN_PRECISION_FLOAT ? "float" : "default";
}

kin_precision kin_precision_from(const char *name)
{
    return strcmp(name, "int8") == 0    ? KIN_PRECISION_INT8
           : strcmp(name, "float") == 0 ? KIN_PRECISION_FLOAT
                                        : KIN_PRECISION_DEFAULT;
}

static int open_kind(const kin_model_kind *kind, const char *name, const char *where, kin_precision precision,
                     kin_model **out, kin_error *err)
{
    kin_model *model = kin_alloc_zeroed(1, sizeof *model);
    char *copy = strdup(name);
    int code = model && copy ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK)
        code = kind->open(where, precision, &model->info, &model->view, &model->state, &model->note, err);
    if (code != KIN_OK) {
        free(model);
        free(copy);
        return code;
    }
    model->kind = kind;
    model->info.name = model->name = copy;
    model->info.note = model->note.code != KIN_OK ? model->note.message : NULL;
    *out = model;
    return KIN_OK;
}

/* The kind of the model that somebody calls `name`; *folder and *full_name as kin_model__locate gives them. */
static int find_kind(kin_arena *arena, const char *name, const kin_model_kind **kind, const char **folder,
                     const char **full_name, kin_error *err)
{
    if (strcmp(name, fallback) == 0) {
        *kind = &kin_model__classic;
        *folder = NULL;
        *full_name = fallback;
        return KIN_OK;
    }
    *kind = &kin_model__neural;
    return kin_model__locate(arena, name, folder, full_name, err);
}

int kin_model_open(const char *name, kin_precision precision, kin_model **out, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    const kin_model_kind *kind;
    const char *folder, *full_name;
    int code = find_kind(&arena, name, &kind, &folder, &full_name, err);
    if (code == KIN_OK)
        code = open_kind(kind, full_name, folder, precision, out, err);
    kin_arena_clear(&arena);
    return code;
}

int kin_model_identify(const char *name, kin_precision precision, uint64_t *id, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    const kin_model_kind *kind;
    const char *folder, *full_name;
    int code = find_kind(&arena, name, &kind, &folder, &full_name, err);
    if (code == KIN_OK)
        code = kind->identify(folder, precision, id, err);
    kin_arena_clear(&arena);
    return code;
}

int kin_model_default(kin_precision precision, kin_model **out, kin_error *note, kin_error *err)
{
    kin_error why = KIN_ERROR_INIT, told = KIN_ERROR_INIT;
    int code = kin_model_open(preferred, precision, out, &why);
    if (code == KIN_E_MEMORY)
        return kin_fail_memory(err);
    if (code != KIN_OK && precision == KIN_PRECISION_INT8)
        return kin_fail(err, code, "%s", why.message);
    if (code == KIN_E_NOTFOUND)
        (void)kin_fail(&told, code, "%s is not there (tools/get_model.sh brings it); using %s", preferred, fallback);
    else if (code != KIN_OK)
        (void)kin_fail(&told, code, "%s cannot be used: %.180s; using %s", preferred, why.message, fallback);
    if (code != KIN_OK)
        code = kin_model_open(fallback, precision, out, err);
    if (code == KIN_OK && note)
        *note = told;
    return code;
}

void kin_model_free(kin_model *model)
{
    if (!model)
        return;
    model->kind->close(model->state);
    free(model->name);
    free(model);
}

const kin_model_info *kin_model_about(const kin_model *model)
{
    return &model->info;
}

int kin_describer_new(const kin_model *model, kin_describer **out, kin_error *err)
{
    size_t pixels;
    if (!kin_size_mul((size_t)model->view.width, (size_t)model->view.height, &pixels))
        return kin_fail_memory(err);
    kin_describer *d = kin_alloc_zeroed(1, sizeof *d);
    if (!d)
        return kin_fail_memory(err);
    d->model = model;
    d->pixels = kin_alloc_array(pixels, 3);
    int code = d->pixels ? model->kind->scratch_new(model->state, &d->scratch, err) : kin_fail_memory(err);
    if (code) {
        kin_describer_free(d);
        return code;
    }
    *out = d;
    return KIN_OK;
}

void kin_describer_free(kin_describer *describer)
{
    if (!describer)
        return;
    if (describer->scratch)
        describer->model->kind->scratch_free(describer->scratch);
    free(describer->pixels);
    free(describer->vectors);
    free(describer);
}

kin_box kin_model_view_of(const kin_model *model, int width, int height, kin_box region)
{
    return model->kind->view_of ? model->kind->view_of(model->state, width, height, region) : region;
}

int kin_describer_run(kin_describer *describer, const kin_image *image, const kin_box *regions, size_t count,
                      float *vectors, kin_error *err)
{
    const kin_model *model = describer->model;
    const kin_model_view *view = &model->view;
    size_t dim = model->info.dim, total;
    if (!kin_size_mul(count, dim, &total) || !KIN_GROW(&describer->vectors, &describer->capacity, total))
        return kin_fail_memory(err);
    for (size_t i = 0; i < count; i++) {
        kin_box region = kin_model_view_of(model, image->full_width, image->full_height, regions[i]);
        int code = kin_image_resize(image, region, view->width, view->height, view->filter, describer->pixels, err);
        if (code)
            return code;
        model->kind->describe(model->state, describer->scratch, describer->pixels, region.w / region.h,
                              describer->vectors + i * dim);
    }
    if (total)
        memcpy(vectors, describer->vectors, total * sizeof(float));
    return KIN_OK;
}
