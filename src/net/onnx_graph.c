/* From the file to the graph: the wanted output is followed back to what it needs; all of that has to be known
 * operators; then the nodes are read in file order, which ONNX demands to be an order of computation. */
#include "onnx_import.h"

#include "base/buffer.h"
#include "base/checked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* protobuf-c's structures of a hostile file may take many times its size. */
typedef struct limited {
    size_t left;
} limited;

static void *limited_alloc(void *user, size_t size)
{
    limited *limit = user;
    if (size > limit->left)
        return NULL;
    limit->left -= size;
    return malloc(size);
}

static void limited_free(void *user, void *pointer)
{
    (void)user;
    free(pointer);
}

static const kin_net_reader *find_reader(const char *op)
{
    static const kin_net_reader *const tables[] = { kin_net__conv_readers, kin_net__math_readers,
                                                    kin_net__move_readers };
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const kin_net_reader *r = tables[t]; r->op; r++)
            if (op && strcmp(r->op, op) == 0)
                return r;
    return NULL;
}

static bool own_domain(const char *domain)
{
    return !domain || !*domain || strcmp(domain, "ai.onnx") == 0;
}

static int label_node(kin_net_import *im, const Onnx__NodeProto *node)
{
    const char *name = node->name && *node->name              ? node->name
                       : node->n_output && node->output[0][0] ? node->output[0]
                                                              : "without a name";
    char text[160];
    snprintf(text, sizeof text, "%s '%s'", node->op_type ? node->op_type : "node", name);
    im->node = node;
    im->label = kin_arena_string(&im->graph->arena, text);
    return im->label ? KIN_OK : kin_fail_memory(im->err);
}

size_t kin_net__operand(const kin_net_import *im, size_t i)
{
    if (i >= im->node->n_input || !*im->node->input[i])
        return KIN_NET_NONE;
    const int64_t *id = kin_table_find(&im->values, im->node->input[i]);
    return id ? (size_t)*id : KIN_NET_NONE;
}

int kin_net__name_output(kin_net_import *im, size_t k, size_t id)
{
    bool added = false;
    if (k >= im->node->n_output || !*im->node->output[k])
        return KIN_OK;
    if (!kin_table_add(&im->values, im->node->output[k], (int64_t)id, &added))
        return kin_fail_memory(im->err);
    return added ? KIN_OK : kin_net__refuse(im, "its output '%s' is there already", im->node->output[k]);
}

int kin_net__emit(kin_net_import *im, kin_net_op op, const size_t *inputs, size_t count, size_t rank,
                  const size_t *dims, kin_net_node **node)
{
    size_t id = 0;
    int status =
        kin_net__add_value(im->graph, im->label, kin_net__value(im, inputs[0])->type, rank, dims, &id, im->err);
    if (status)
        return status;
    *node = kin_net__add_node(im->graph, op, im->label, inputs, count);
    if (!*node)
        return kin_net__refuse(im, "the model has too many nodes, or memory ran out");
    (*node)->output = id;
    return KIN_OK;
}

int kin_net__settle(kin_net_import *im, kin_net_node *node, size_t *id)
{
    kin_net_graph *graph = im->graph;
    kin_net_value *value = graph->values[node->output];
    const void *in[64];
    bool constant = true;
    for (size_t i = 0; i < node->input_count; i++)
        constant = constant && (node->inputs[i] == KIN_NET_NONE || graph->values[node->inputs[i]]->data);
    *id = node->output;
    if (!constant) {
        if (value->type != KIN_NET_FLOAT || node->op >= KIN_NET_WHERE)
            return kin_net__refuse(im, "computes on numbers that depend on the image in a way that is not supported");
        return value->count ? KIN_OK : kin_net__refuse(im, "its output is empty");
    }
    if (node->op < KIN_NET_RESHAPE || node->input_count > sizeof in / sizeof *in)
        return kin_net__refuse(im, "works on constants only, which is not supported");
    for (size_t i = 0; i < node->input_count; i++)
        in[i] = kin_net__data(graph, node, i);
    int status = kin_net__make_constant(graph, node->output, im->err);
    if (status)
        return status;
    kin_net__eval(kin_kernels_named("plain"), graph, node, in, value->data);
    node->op = KIN_NET_DEAD;
    graph->node_count--;
    return KIN_OK;
}

int kin_net__finish(kin_net_import *im, kin_net_node *node)
{
    size_t id = 0;
    int status = kin_net__settle(im, node, &id);
    return status ? status : kin_net__name_output(im, 0, id);
}

/* The input's dimensions: channels, height, width behind a batch of one. */
static int input_shape(kin_net_import *im, const Onnx__ValueInfoProto *info, size_t input_size, size_t *dims)
{
    const Onnx__TypeProto *type = info->type;
    const Onnx__TypeProto__Tensor *tensor =
        type && type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ? type->tensor_type : NULL;
    if (!tensor || tensor->elem_type != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT || !tensor->shape ||
        tensor->shape->n_dim != 4)
        return kin_fail(im->err, KIN_E_FORMAT, "model: input '%s' has to be float [batch, channels, height, width]",
                        info->name);
    for (size_t i = 0; i < 4; i++) {
        const Onnx__TensorShapeProto__Dimension *d = tensor->shape->dim[i];
        bool fixed = d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE && d->dim_value > 0;
        dims[i] = fixed ? (size_t)d->dim_value : i == 0 ? 1 : i == 1 ? 3 : input_size;
        if (dims[i] == 0)
            return kin_fail(im->err, KIN_E_USAGE, "model: the file leaves the input's size open; say input_size");
        if (dims[i] > 65536)
            return kin_fail(im->err, KIN_E_FORMAT, "model: input '%s' has an impossible shape", info->name);
    }
    if (dims[0] != 1)
        return kin_fail(im->err, KIN_E_FORMAT, "model: made for a batch of %zu images; export it for 1 or any",
                        dims[0]);
    return KIN_OK;
}

static int read_input(kin_net_import *im, size_t input_size)
{
    const Onnx__ValueInfoProto *image = NULL;
    for (size_t i = 0; i < im->file->n_input; i++) {
        const Onnx__ValueInfoProto *info = im->file->input[i];
        if (!info->name || kin_table_find(&im->initializers, info->name))
            continue;
        if (image)
            return kin_fail(im->err, KIN_E_FORMAT, "model: has several inputs ('%s', '%s'); one image is expected",
                            image->name, info->name);
        image = info;
    }
    if (!image)
        return kin_fail(im->err, KIN_E_FORMAT, "model: has no input");
    size_t dims[4];
    int status = input_shape(im, image, input_size, dims);
    if (!status)
        status = kin_net__add_value(im->graph, "input", KIN_NET_FLOAT, 4, dims, &im->graph->input, im->err);
    if (!status && !kin_table_add(&im->values, image->name, (int64_t)im->graph->input, NULL))
        status = kin_fail_memory(im->err);
    return status;
}

/* Marks the nodes that `output` needs. A node made by several would be refused when they are read. */
static int mark_needed(kin_net_import *im, const char *output, bool *needed)
{
    kin_table wanted = KIN_TABLE_INIT;
    bool found = false, failed = !kin_table_add(&wanted, output, 1, NULL);
    for (size_t i = im->file->n_node; i-- > 0 && !failed;) {
        const Onnx__NodeProto *node = im->file->node[i];
        for (size_t k = 0; k < node->n_output; k++) {
            needed[i] = needed[i] || kin_table_find(&wanted, node->output[k]);
            found = found || strcmp(node->output[k], output) == 0;
        }
        for (size_t k = 0; needed[i] && k < node->n_input; k++)
            if (*node->input[k] && !kin_table_add(&wanted, node->input[k], 1, NULL))
                failed = true;
    }
    kin_table_clear(&wanted);
    if (failed)
        return kin_fail_memory(im->err);
    return found ? KIN_OK : kin_fail(im->err, KIN_E_FORMAT, "model: no node makes the output '%s'", output);
}

/* All unknown operators in one message, each with the first node that uses it. */
static int check_operators(kin_net_import *im, const bool *needed)
{
    kin_buffer text = KIN_BUFFER_INIT;
    kin_table seen = KIN_TABLE_INIT;
    for (size_t i = 0; i < im->file->n_node; i++) {
        const Onnx__NodeProto *node = im->file->node[i];
        bool added = false;
        if (!needed[i] || (own_domain(node->domain) && find_reader(node->op_type)))
            continue;
        const char *op = node->op_type ? node->op_type : "";
        if (kin_table_add(&seen, op, 1, &added) && added && label_node(im, node) == KIN_OK)
            kin_buffer_printf(&text, "%s%s", text.size ? ", " : "", im->label);
    }
    int status =
        seen.count ? kin_fail(im->err, KIN_E_FORMAT, "model: operators that are not supported: %s", text.data) : KIN_OK;
    kin_table_clear(&seen);
    kin_buffer_clear(&text);
    return status;
}

/* The inputs of the node as values; constants of the file are read when first asked for. */
static int resolve_inputs(kin_net_import *im, const kin_net_reader *reader)
{
    const Onnx__NodeProto *node = im->node;
    if (node->n_input < reader->least || node->n_input > reader->most || node->n_output < 1)
        return kin_net__refuse(im, "has %zu inputs and %zu outputs", node->n_input, node->n_output);
    for (size_t i = 0; i < node->n_input; i++) {
        const char *name = node->input[i];
        if (!*name && i < reader->least)
            return kin_net__refuse(im, "input %zu is missing", i);
        if (!*name || kin_table_find(&im->values, name))
            continue;
        const int64_t *index = kin_table_find(&im->initializers, name);
        if (!index)
            return kin_net__refuse(im, "reads '%s', which nothing before it makes", name);
        size_t id = 0;
        const char *own = kin_arena_string(&im->graph->arena, name);
        int status = own ? kin_net__read_tensor(im, im->file->initializer[*index], own, &id) : kin_fail_memory(im->err);
        if (status)
            return status;
        if (!kin_table_add(&im->values, name, (int64_t)id, NULL))
            return kin_fail_memory(im->err);
    }
    return KIN_OK;
}

static int read_nodes(kin_net_import *im, const bool *needed)
{
    for (size_t i = 0; i < im->file->n_node; i++) {
        if (!needed[i])
            continue;
        int status = label_node(im, im->file->node[i]);
        const kin_net_reader *reader = find_reader(im->node->op_type);
        if (!status)
            status = resolve_inputs(im, reader);
        if (!status)
            status = reader->read(im);
        if (status)
            return status;
    }
    return KIN_OK;
}

static const char *output_name(const kin_net_import *im, const char *output)
{
    for (size_t i = 0; i < im->file->n_output; i++) {
        const char *name = im->file->output[i]->name;
        if (name && *name && (!output || strcmp(name, output) == 0))
            return name;
    }
    return NULL;
}

static int read_graph(kin_net_import *im, size_t input_size, const char *output)
{
    for (size_t i = 0; i < im->file->n_initializer; i++) {
        const char *name = im->file->initializer[i]->name;
        if (name && *name && !kin_table_add(&im->initializers, name, (int64_t)i, NULL))
            return kin_fail_memory(im->err);
    }
    const char *wanted = output_name(im, output);
    if (!wanted)
        return kin_fail(im->err, output ? KIN_E_USAGE : KIN_E_FORMAT, "model: has no output '%s'",
                        output ? output : "");
    bool *needed = kin_alloc_zeroed(im->file->n_node + 1, sizeof *needed);
    int status = needed ? read_input(im, input_size) : kin_fail_memory(im->err);
    if (!status)
        status = mark_needed(im, wanted, needed);
    if (!status)
        status = check_operators(im, needed);
    if (!status)
        status = read_nodes(im, needed);
    free(needed);
    if (status)
        return status;
    const int64_t *id = kin_table_find(&im->values, wanted);
    const kin_net_value *value = id ? im->graph->values[*id] : NULL;
    if (!value || value->data || value->type != KIN_NET_FLOAT)
        return kin_fail(im->err, KIN_E_FORMAT, "model: output '%s' does not depend on the image", wanted);
    im->graph->output = (size_t)*id;
    return KIN_OK;
}

static int64_t opset_of(const Onnx__ModelProto *model)
{
    for (size_t i = 0; i < model->n_opset_import; i++)
        if (own_domain(model->opset_import[i]->domain))
            return model->opset_import[i]->version;
    return 1;
}

int kin_net__read(const void *bytes, size_t size, size_t input_size, const char *output, kin_net_graph *graph,
                  kin_error *err)
{
    int status = kin_net__check_wire(bytes, size, err);
    if (status)
        return status;
    limited limit = { graph->budget };
    ProtobufCAllocator allocator = { limited_alloc, limited_free, &limit };
    Onnx__ModelProto *model = onnx__model_proto__unpack(&allocator, size, bytes);
    kin_net_import im = { .graph = graph, .values = KIN_TABLE_INIT, .initializers = KIN_TABLE_INIT, .err = err };
    im.label = "graph";
    if (!model || !model->graph) {
        status = kin_fail(err, KIN_E_FORMAT, "model: not an ONNX file, or damaged, or larger than the memory limit");
    } else {
        im.file = model->graph;
        im.opset = opset_of(model);
        status = im.opset >= 7 && im.opset <= 25
                     ? read_graph(&im, input_size, output)
                     : kin_fail(err, KIN_E_FORMAT, "model: opset %lld; 7 to 25 are supported", (long long)im.opset);
    }
    kin_table_clear(&im.values);
    kin_table_clear(&im.initializers);
    if (model)
        onnx__model_proto__free_unpacked(model, &allocator);
    return status;
}
