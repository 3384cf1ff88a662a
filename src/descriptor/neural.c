/* Neural descriptors: an image encoder as an ONNX file, its config, and one runner a thread. Of a whole picture what
 * the config's resizing and centre crop leave is described; of a shape all of its region, stretched to the net's input:
 * a centre crop would lose its ends. */
#include "descriptor/model.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/hash.h"
#include "descriptor/preprocess.h"
#include "net/net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { most_dim = 8192, most_config_bytes = 1 << 20 };
static const size_t most_model_bytes = (size_t)2 << 30; /* what protobuf allows */
/* Part of the id: to be changed with whatever here changes vectors. */
static const char version[] = "neural 1";

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

static int read_part(const char *folder, const char *name, size_t most, kin_buffer *out, char **path, kin_arena *arena,
                     kin_error *err)
{
    *path = kin_path_join(arena, folder, name);
    return *path ? kin_file_read(*path, most, out, err) : kin_fail_memory(err);
}

static int check_net(const neural *model, const char *path, kin_error *err)
{
    const kin_net_info *net = kin_net_about(model->net);
    const kin_preprocess *p = &model->preprocess;
    if (net->channels != 3)
        return kin_fail(err, KIN_E_FORMAT, "%.150s takes pictures of %zu channels; kin has 3", path, net->channels);
    if (net->width != (size_t)p->crop_width || net->height != (size_t)p->crop_height)
        return kin_fail(err, KIN_E_FORMAT, "%.150s takes %zu x %zu pixels, but preprocessor_config.json gives %d x %d",
                        path, net->width, net->height, p->crop_width, p->crop_height);
    if (net->output_count < 1 || net->output_count > most_dim)
        return kin_fail(err, KIN_E_FORMAT, "%.150s gives %zu numbers; a descriptor has 1 to %d", path,
                        net->output_count, most_dim);
    return KIN_OK;
}

static int open_net(neural *model, const kin_buffer *bytes, const char *path, kin_error *err)
{
    kin_net_options options = KIN_NET_OPTIONS_INIT;
    kin_error why = KIN_ERROR_INIT;
    if (model->preprocess.crop_width == model->preprocess.crop_height)
        options.input_size = (size_t)model->preprocess.crop_width;
    int code = kin_net_open(bytes->data, bytes->size, &options, &model->net, &why);
    if (code != KIN_OK)
        return kin_fail(err, code, "%.100s: %s", path, why.message);
    return check_net(model, path, err);
}

static int fill(neural *model, const char *folder, uint64_t *id, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_buffer config = KIN_BUFFER_INIT, onnx = KIN_BUFFER_INIT;
    char *path;
    int code = read_part(folder, "preprocessor_config.json", most_config_bytes, &config, &path, &arena, err);
    if (code == KIN_OK)
        code = kin_preprocess_parse(config.data ? config.data : "", config.size, path, &model->preprocess, err);
    if (code == KIN_OK)
        code = read_part(folder, "model.onnx", most_model_bytes, &onnx, &path, &arena, err);
    if (code == KIN_OK)
        code = open_net(model, &onnx, path, err);
    if (code == KIN_OK) {
        *id = kin_hash(version, sizeof version);
        *id = kin_hash_more(*id, onnx.data, onnx.size);
        *id = kin_hash_more(*id, config.data, config.size);
    }
    kin_buffer_clear(&config);
    kin_buffer_clear(&onnx);
    kin_arena_clear(&arena);
    return code;
}

static int neural_open(const char *where, kin_model_info *info, kin_model_view *view, void **state, kin_error *err)
{
    neural *model = kin_alloc_zeroed(1, sizeof *model);
    if (!model)
        return kin_fail_memory(err);
    int code = fill(model, where, &info->id, err);
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

static kin_box neural_frame(const void *state, int width, int height)
{
    const neural *model = state;
    return kin_preprocess_frame(&model->preprocess, width, height);
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
    .frame = neural_frame,
    .describe = neural_describe,
};
