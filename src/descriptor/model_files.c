#include "descriptor/model_files.h"

#include "base/file.h"
#include "base/hash.h"

enum { most_dim = 8192, most_config_bytes = 1 << 20 };
static const size_t most_model_bytes = (size_t)2 << 30; /* what protobuf allows */

char *kin_model_files_path(kin_model_files *files, const char *name)
{
    return kin_path_join(&files->arena, files->folder, name);
}

static int read_config(kin_model_files *files, kin_error *err)
{
    kin_buffer bytes = KIN_BUFFER_INIT;
    char *path = kin_model_files_path(files, "preprocessor_config.json");
    int code = path ? kin_file_read(path, most_config_bytes, &bytes, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        code = kin_preprocess_parse(bytes.data ? bytes.data : "", bytes.size, path, &files->preprocess, err);
    if (code == KIN_OK)
        files->config_hash = kin_hash(bytes.data, bytes.size);
    kin_buffer_clear(&bytes);
    return code;
}

static int begin(const char *folder, kin_model_files *out, kin_error *err)
{
    out->folder = kin_arena_string(&out->arena, folder);
    out->onnx_path = out->folder ? kin_model_files_path(out, "model.onnx") : NULL;
    return out->onnx_path ? read_config(out, err) : kin_fail_memory(err);
}

int kin_model_files_read(const char *folder, kin_model_files *out, kin_error *err)
{
    int code = begin(folder, out, err);
    if (code == KIN_OK)
        code = kin_file_read(out->onnx_path, most_model_bytes, &out->onnx, err);
    if (code == KIN_OK)
        out->onnx_hash = kin_hash(out->onnx.data, out->onnx.size);
    return code;
}

int kin_model_files_hash(const char *folder, kin_model_files *out, kin_error *err)
{
    int code = begin(folder, out, err);
    return code == KIN_OK ? kin_hash_file(out->onnx_path, most_model_bytes, &out->onnx_hash, err) : code;
}

void kin_model_files_clear(kin_model_files *files)
{
    kin_buffer_clear(&files->onnx);
    kin_arena_clear(&files->arena);
}

static int check_net(const kin_net_info *net, const kin_preprocess *p, const char *path, kin_error *err)
{
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

kin_net_options kin_model_files_options(const kin_model_files *files)
{
    kin_net_options options = KIN_NET_OPTIONS_INIT;
    if (files->preprocess.crop_width == files->preprocess.crop_height)
        options.input_size = (size_t)files->preprocess.crop_width;
    return options;
}

int kin_model_files_net(const kin_model_files *files, const kin_net_ranges *ranges, kin_net **out, kin_error *err)
{
    kin_net *net = NULL;
    kin_error why = KIN_ERROR_INIT;
    kin_net_options options = kin_model_files_options(files);
    options.ranges = ranges;
    int code = kin_net_open(files->onnx.data, files->onnx.size, &options, &net, &why);
    if (code != KIN_OK)
        return kin_fail(err, code, "%.100s: %s", files->onnx_path, why.message);
    code = check_net(kin_net_about(net), &files->preprocess, files->onnx_path, err);
    if (code == KIN_OK)
        *out = net;
    else
        kin_net_free(net);
    return code;
}
