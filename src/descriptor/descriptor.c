/* The table of models, and the part of describing that is the same for all of them. Regions are described one after
 * the other, each on its own: so a vector cannot depend on what else is in the batch. */

#include "kin/descriptor.h"

#include "base/buffer.h"
#include "base/checked.h"
#include "descriptor/model.h"

#include <stdlib.h>
#include <string.h>

struct kin_model {
    kin_model_info info;
    const kin_model_kind *kind;
    void *state;
};

struct kin_describer {
    const kin_model *model;
    void *scratch;
    uint8_t *pixels; /* [input, input, 3] */
    float *vectors;  /* of the running call, so that a failure leaves the caller's memory alone */
    size_t capacity; /* in floats */
};

static const kin_model_kind *const kinds[] = { &kin_model__classic };
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static int fail_unknown(const char *name, kin_error *err)
{
    kin_buffer names = KIN_BUFFER_INIT;
    for (size_t i = 0; i < KINDS; i++)
        kin_buffer_printf(&names, "%s%s", i ? ", " : "", kinds[i]->name);
    int code = names.failed ? kin_fail_memory(err)
                            : kin_fail(err, KIN_E_NOTFOUND, "there is no model '%s'; there is: %s", name, names.data);
    kin_buffer_clear(&names);
    return code;
}

int kin_model_open(const char *name, kin_model **out, kin_error *err)
{
    const kin_model_kind *kind = NULL;
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            kind = kinds[i];
    if (!kind)
        return fail_unknown(name, err);
    kin_model *model = kin_alloc_zeroed(1, sizeof *model);
    if (!model)
        return kin_fail_memory(err);
    model->kind = kind;
    model->info.name = kind->name;
    int code = kind->open(&model->info, &model->state, err);
    if (code) {
        free(model);
        return code;
    }
    *out = model;
    return KIN_OK;
}

void kin_model_free(kin_model *model)
{
    if (!model)
        return;
    model->kind->close(model->state);
    free(model);
}

const kin_model_info *kin_model_about(const kin_model *model)
{
    return &model->info;
}

int kin_describer_new(const kin_model *model, kin_describer **out, kin_error *err)
{
    size_t side = (size_t)model->info.input, pixels;
    if (!kin_size_mul(side, side, &pixels))
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

int kin_describer_run(kin_describer *describer, const kin_image *image, const kin_box *regions, size_t count,
                      float *vectors, kin_error *err)
{
    const kin_model *model = describer->model;
    int side = model->info.input;
    size_t dim = model->info.dim, total;
    void *grown = describer->vectors;
    if (!kin_size_mul(count, dim, &total) || !kin_grow(&grown, &describer->capacity, total, sizeof(float)))
        return kin_fail_memory(err);
    describer->vectors = grown;
    for (size_t i = 0; i < count; i++) {
        int code = kin_image_resize(image, regions[i], side, side, model->kind->filter, describer->pixels, err);
        if (code)
            return code;
        model->kind->describe(model->state, describer->scratch, describer->pixels, regions[i].w / regions[i].h,
                              describer->vectors + i * dim);
    }
    if (total)
        memcpy(vectors, describer->vectors, total * sizeof(float));
    return KIN_OK;
}
