/* Readers of convolutions, pooling and batch normalisation: operators with a sliding window or one factor a channel. */
#include "onnx_import.h"

#include <math.h>
#include <string.h>

/* Larger windows, strides and paddings are nonsense and would only strain the arithmetic. */
enum { MOST = 4096 };

typedef struct window_attributes {
    int64_t kernel[2], strides[2], dilations[2], pads[4];
    bool same_upper, same_lower, ceil;
} window_attributes;

static bool within(const int64_t *values, size_t n, int64_t least)
{
    for (size_t i = 0; i < n; i++)
        if (values[i] < least || values[i] > MOST)
            return false;
    return true;
}

static int read_window(kin_net_import *im, window_attributes *w)
{
    size_t kernel = 2, strides = 2, dilations = 2, pads = 4;
    int64_t ceil_mode = 0;
    const char *automatic = "NOTSET";
    int status = kin_net__attribute_ints(im, "kernel_shape", 2, w->kernel, &kernel);
    if (!status)
        status = kin_net__attribute_ints(im, "strides", 2, w->strides, &strides);
    if (!status)
        status = kin_net__attribute_ints(im, "dilations", 2, w->dilations, &dilations);
    if (!status)
        status = kin_net__attribute_ints(im, "pads", 4, w->pads, &pads);
    if (!status)
        status = kin_net__attribute_int(im, "ceil_mode", &ceil_mode);
    if (!status)
        status = kin_net__attribute_string(im, "auto_pad", &automatic);
    if (status)
        return status;
    if (kernel != 2 || strides != 2 || dilations != 2 || pads != 4 || !within(w->kernel, 2, 1) ||
        !within(w->strides, 2, 1) || !within(w->dilations, 2, 1) || !within(w->pads, 4, 0))
        return kin_net__refuse(im, "its kernel, strides, dilations or pads make no two-dimensional window");
    w->ceil = ceil_mode != 0;
    w->same_upper = strcmp(automatic, "SAME_UPPER") == 0;
    w->same_lower = strcmp(automatic, "SAME_LOWER") == 0;
    if (strcmp(automatic, "VALID") == 0)
        memset(w->pads, 0, sizeof w->pads);
    else if (!w->same_upper && !w->same_lower && strcmp(automatic, "NOTSET") != 0)
        return kin_net__refuse(im, "auto_pad '%s' is not known", automatic);
    return KIN_OK;
}

/* Size of the output along one axis, and the pads as they end up. */
static int slide(kin_net_import *im, const window_attributes *w, size_t axis, int64_t in, int64_t pads[2], size_t *out)
{
    int64_t reach = (w->kernel[axis] - 1) * w->dilations[axis] + 1, stride = w->strides[axis];
    pads[0] = w->pads[axis];
    pads[1] = w->pads[axis + 2];
    if (w->same_upper || w->same_lower) {
        int64_t steps = (in + stride - 1) / stride, total = (steps - 1) * stride + reach - in;
        total = total > 0 ? total : 0;
        pads[w->same_upper ? 0 : 1] = total / 2;
        pads[w->same_upper ? 1 : 0] = total - total / 2;
    }
    int64_t room = in + pads[0] + pads[1] - reach;
    if (room < 0)
        return kin_net__refuse(im, "its window is larger than its input");
    int64_t n = room / stride + 1;
    /* A further window has to start inside the image or its left padding. */
    if (w->ceil && room % stride != 0 && n * stride < in + pads[0])
        n++;
    *out = (size_t)n;
    return KIN_OK;
}

static int place_window(kin_net_import *im, const window_attributes *w, const kin_net_value *x, kin_window *window,
                        size_t pad_after[2])
{
    int64_t vertical[2], horizontal[2];
    size_t out_h = 0, out_w = 0;
    int status = slide(im, w, 0, (int64_t)x->dims[2], vertical, &out_h);
    if (!status)
        status = slide(im, w, 1, (int64_t)x->dims[3], horizontal, &out_w);
    if (status)
        return status;
    *window = (kin_window) { x->dims[2],
                             x->dims[3],
                             out_h,
                             out_w,
                             (size_t)w->kernel[0],
                             (size_t)w->kernel[1],
                             (size_t)w->strides[0],
                             (size_t)w->strides[1],
                             (size_t)w->dilations[0],
                             (size_t)w->dilations[1],
                             (size_t)vertical[0],
                             (size_t)horizontal[0] };
    pad_after[0] = (size_t)vertical[1];
    pad_after[1] = (size_t)horizontal[1];
    return KIN_OK;
}

static bool is_map(const kin_net_value *x)
{
    return x->rank == 4 && x->dims[0] == 1 && x->type == KIN_NET_FLOAT;
}

static bool is_vector(const kin_net_value *v, size_t count)
{
    return v->data && v->type == KIN_NET_FLOAT && v->count == count;
}

static int read_conv(kin_net_import *im)
{
    size_t in[3] = { kin_net__operand(im, 0), kin_net__operand(im, 1), kin_net__operand(im, 2) };
    const kin_net_value *x = kin_net__value(im, in[0]), *k = kin_net__value(im, in[1]);
    if (!is_map(x) || k->rank != 4 || !k->data || k->type != KIN_NET_FLOAT)
        return kin_net__refuse(im, "needs a map [1, channels, height, width] and constant weights of rank 4");
    window_attributes w = { { (int64_t)k->dims[2], (int64_t)k->dims[3] }, { 1, 1 }, { 1, 1 }, { 0 }, 0, 0, 0 };
    int64_t groups = 1;
    int status = read_window(im, &w);
    if (!status)
        status = kin_net__attribute_int(im, "group", &groups);
    if (status)
        return status;
    size_t channels = x->dims[1], out = k->dims[0], each = k->dims[1];
    if (w.kernel[0] != (int64_t)k->dims[2] || w.kernel[1] != (int64_t)k->dims[3] || out == 0 || each == 0 ||
        groups < 1 || (uint64_t)groups > channels || channels % (size_t)groups || out % (size_t)groups ||
        channels / (size_t)groups != each)
        return kin_net__refuse(im, "its weights do not fit its input, groups or kernel_shape");
    if (in[2] != KIN_NET_NONE && !is_vector(kin_net__value(im, in[2]), out))
        return kin_net__refuse(im, "its bias does not fit its weights");
    kin_window window;
    size_t after[2];
    status = place_window(im, &w, x, &window, after);
    if (status)
        return status;
    kin_net_node *node = NULL;
    status = kin_net__emit(im, KIN_NET_CONV, in, 3, 4, (size_t[]) { 1, out, window.out_h, window.out_w }, &node);
    if (status)
        return status;
    node->window = window;
    node->groups = (size_t)groups;
    return kin_net__finish(im, node);
}

static int read_pool(kin_net_import *im, bool max)
{
    size_t in = kin_net__operand(im, 0), after[2];
    const kin_net_value *x = kin_net__value(im, in);
    if (!is_map(x))
        return kin_net__refuse(im, "needs a map [1, channels, height, width]");
    window_attributes w = { { 0, 0 }, { 1, 1 }, { 1, 1 }, { 0 }, 0, 0, 0 };
    int64_t padded = 0;
    kin_window window;
    int status = read_window(im, &w);
    if (!status)
        status = kin_net__attribute_int(im, "count_include_pad", &padded);
    if (!status)
        status = place_window(im, &w, x, &window, after);
    if (status)
        return status;
    kin_net_node *node = NULL;
    status =
        kin_net__emit(im, KIN_NET_POOL, &in, 1, 4, (size_t[]) { 1, x->dims[1], window.out_h, window.out_w }, &node);
    if (status)
        return status;
    node->window = window;
    node->pad_bottom = after[0];
    node->pad_right = after[1];
    node->pool = max ? KIN_POOL_MAX : padded ? KIN_POOL_MEAN_PADDED : KIN_POOL_MEAN;
    return kin_net__finish(im, node);
}

static int read_max_pool(kin_net_import *im)
{
    return read_pool(im, true);
}

static int read_average_pool(kin_net_import *im)
{
    return read_pool(im, false);
}

static int read_global_mean(kin_net_import *im)
{
    size_t in = kin_net__operand(im, 0);
    if (!is_map(kin_net__value(im, in)))
        return kin_net__refuse(im, "needs a map [1, channels, height, width]");
    kin_net_node *node = NULL;
    int status = kin_net__emit(im, KIN_NET_GLOBAL_MEAN, &in, 1, 4,
                               (size_t[]) { 1, kin_net__value(im, in)->dims[1], 1, 1 }, &node);
    return status ? status : kin_net__finish(im, node);
}

static int read_batch_norm(kin_net_import *im)
{
    size_t in[3] = { kin_net__operand(im, 0), 0, 0 };
    const kin_net_value *x = kin_net__value(im, in[0]), *from[4];
    float epsilon = 1e-5f;
    int64_t training = 0;
    int status = kin_net__attribute_float(im, "epsilon", &epsilon);
    if (!status)
        status = kin_net__attribute_int(im, "training_mode", &training);
    if (!status && training)
        status = kin_net__refuse_training(im);
    if (status)
        return status;
    size_t channels = x->rank >= 2 && x->dims[0] == 1 ? x->dims[1] : 0;
    for (size_t i = 0; i < 4; i++) {
        from[i] = kin_net__value(im, kin_net__operand(im, i + 1));
        if (channels == 0 || !is_vector(from[i], channels))
            return kin_net__refuse(im, "needs [1, channels, ..] and four constants of that many channels");
    }
    for (size_t i = 1; i < 3 && !status; i++) {
        status = kin_net__add_value(im->graph, im->label, KIN_NET_FLOAT, 1, &channels, &in[i], im->err);
        if (!status)
            status = kin_net__make_constant(im->graph, in[i], im->err);
    }
    kin_net_node *node = NULL;
    if (!status)
        status = kin_net__emit(im, KIN_NET_AFFINE, in, 3, x->rank, x->dims, &node);
    if (status)
        return status;
    const float *gamma = from[0]->data, *beta = from[1]->data, *mean = from[2]->data, *variance = from[3]->data;
    float *scale = im->graph->values[in[1]]->data, *shift = im->graph->values[in[2]]->data;
    for (size_t c = 0; c < channels; c++) {
        double factor = (double)gamma[c] / sqrt((double)variance[c] + (double)epsilon);
        scale[c] = (float)factor;
        shift[c] = (float)((double)beta[c] - (double)mean[c] * factor);
    }
    return kin_net__finish(im, node);
}

const kin_net_reader kin_net__conv_readers[] = {
    { "Conv", 2, 3, read_conv },
    { "MaxPool", 1, 1, read_max_pool },
    { "AveragePool", 1, 1, read_average_pool },
    { "GlobalAveragePool", 1, 1, read_global_mean },
    { "BatchNormalization", 5, 5, read_batch_norm },
    { NULL, 0, 0, NULL },
};
