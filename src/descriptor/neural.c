/* Neural descriptors: an image encoder as an ONNX file, its config, and one runner a thread. Of a whole picture what
 * the config's resizing and centre crop leave is described; of a shape all of its region, grown to the input's
 * proportions: a centre crop would lose its ends, and stretching alone finds worse (models/efficientnet-lite0/README.md
 * has the figures). */
#include "descriptor/model.h"

#include "base/checked.h"
#include "base/hash.h"
#include "descriptor/int8_ranges.h"
#include "kernel/kernel8.h"

#include <math.h>
#include <stdlib.h>

/* Part of the id: to be changed with whatever here changes vectors. */
static const char version[] = "neural 2";

typedef struct neural {
    kin_net *net;
    kin_preprocess preprocess;
    size_t dim;
} neural;

static void neural_close(void *state)
{
    neural *model = state;
    kin_net_free(model->net);
    free(model);
}

/* `ranges` NULL: of the model in float. */
static uint64_t id_of(const kin_model_files *files, const kin_int8_ranges *ranges)
{
    uint64_t id = kin_hash(version, sizeof version);
    id = kin_hash_more(id, &files->onnx_hash, sizeof files->onnx_hash);
    id = kin_hash_more(id, &files->config_hash, sizeof files->config_hash);
    if (!ranges)
        return id;
    static const char int8[] = "int8";
    id = kin_hash_more(id, int8, sizeof int8);
    return kin_hash_more(id, ranges->values.bounds, 2 * ranges->values.count * sizeof *ranges->values.bounds);
}

static int neural_identify(const char *where, kin_precision precision, uint64_t *id, kin_error *err)
{
    kin_model_files files = { 0 };
    kin_int8_ranges ranges = { 0 };
    int code = kin_model_files_hash(where, &files, err);
    if (code == KIN_OK && precision == KIN_PRECISION_INT8)
        code = kin_int8_ranges_read(&files, &ranges, err);
    if (code == KIN_OK)
        *id = id_of(&files, precision == KIN_PRECISION_INT8 ? &ranges : NULL);
    kin_int8_ranges_clear(&ranges);
    kin_model_files_clear(&files);
    return code;
}

/* The net in 8 bits: asked for, or because it is the default here. *net stays NULL where it is to be float; *note says
 * why, where that is no matter of course. */
static int open_int8(kin_model_files *files, kin_precision precision, kin_int8_ranges *ranges, kin_net **net,
                     kin_error *note, kin_error *err)
{
    bool asked = precision == KIN_PRECISION_INT8;
    if (precision == KIN_PRECISION_FLOAT || (!asked && !kin_kernels8_get()->fast))
        return KIN_OK;
    kin_error why = KIN_ERROR_INIT;
    int code = kin_int8_ranges_read(files, ranges, &why);
    if (code == KIN_OK && (asked || kin_calibration_is_good(&ranges->measured)))
        code = kin_model_files_net(files, &ranges->values, net, &why);
    if (code == KIN_OK)
        return KIN_OK;
    if (asked || code == KIN_E_MEMORY)
        return kin_fail(err, code, "%s", why.message);
    if (code != KIN_E_NOTFOUND)
        (void)kin_fail(note, code, "%.220s; using float", why.message);
    return KIN_OK;
}

static int fill(neural *model, const char *where, kin_precision precision, kin_model_info *info, kin_error *note,
                kin_error *err)
{
    kin_model_files files = { 0 };
    kin_int8_ranges ranges = { 0 };
    int code = kin_model_files_read(where, &files, err);
    if (code == KIN_OK)
        code = open_int8(&files, precision, &ranges, &model->net, note, err);
    info->precision = model->net ? KIN_PRECISION_INT8 : KIN_PRECISION_FLOAT;
    if (code == KIN_OK && !model->net)
        code = kin_model_files_net(&files, NULL, &model->net, err);
    if (code == KIN_OK) {
        model->preprocess = files.preprocess;
        info->id = id_of(&files, info->precision == KIN_PRECISION_INT8 ? &ranges : NULL);
    }
    kin_int8_ranges_clear(&ranges);
    kin_model_files_clear(&files);
    return code;
}

static int neural_open(const char *where, kin_precision precision, kin_model_info *info, kin_model_view *view,
                       void **state, kin_error *note, kin_error *err)
{
    neural *model = kin_alloc_zeroed(1, sizeof *model);
    if (!model)
        return kin_fail_memory(err);
    int code = fill(model, where, precision, info, note, err);
    if (code != KIN_OK) {
        neural_close(model);
        return code;
    }
    const kin_preprocess *p = &model->preprocess;
    model->dim = kin_net_about(model->net)->output_count;
    info->dim = model->dim;
    info->input = p->width > p->height ? p->width : p->height;
    *view = (kin_model_view) { p->crop_width, p->crop_height, p->filter };
    *state = model;
    return KIN_OK;
}

static int neural_scratch_new(const void *state, void **scratch, kin_error *err)
{
    const neural *model = state;
    kin_runner *runner;
    int code = kin_runner_new(model->net, &runner, err);
    if (code == KIN_OK)
        *scratch = runner;
    return code;
}

static void neural_scratch_free(void *scratch)
{
    kin_runner_free(scratch);
}

static kin_box neural_view_of(const void *state, int width, int height, kin_box region)
{
    const neural *model = state;
    return kin_preprocess_view(&model->preprocess, width, height, region);
}

/* A net that gives all zeros, or what is no number, has seen nothing: such items get one and the same direction. */
static void to_unit_length(float *vector, size_t dim)
{
    double sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum += (double)vector[i] * (double)vector[i];
    double length = sqrt(sum);
    bool seen = isfinite(length) && length > 0;
    for (size_t i = 0; i < dim; i++)
        vector[i] = (float)(seen ? (double)vector[i] / length : 1 / sqrt((double)dim));
}

static void neural_describe(const void *state, void *scratch, const uint8_t *rgb, double aspect, float *vector)
{
    const neural *model = state;
    (void)aspect;
    kin_runner_run_bytes(scratch, rgb, model->preprocess.scale, model->preprocess.shift, vector);
    to_unit_length(vector, model->dim);
}

const kin_model_kind kin_model__neural = {
    .open = neural_open,
    .close = neural_close,
    .scratch_new = neural_scratch_new,
    .scratch_free = neural_scratch_free,
    .identify = neural_identify,
    .view_of = neural_view_of,
    .describe = neural_describe,
};
