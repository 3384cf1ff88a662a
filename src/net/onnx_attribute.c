#include "onnx_import.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int kin_net__refuse_node(kin_net_import *im, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return kin_fail(im->err, KIN_E_FORMAT, "model: %s: %s", im->label, text);
}

static const Onnx__AttributeProto *find(const kin_net_import *im, const char *name)
{
    for (size_t i = 0; i < im->node->n_attribute; i++)
        if (im->node->attribute[i]->name && strcmp(im->node->attribute[i]->name, name) == 0)
            return im->node->attribute[i];
    return NULL;
}

static int wrong_kind(kin_net_import *im, const char *name)
{
    return kin_net__refuse(im, "attribute %s is of the wrong kind", name);
}

int kin_net__attribute_int(kin_net_import *im, const char *name, int64_t *out)
{
    const Onnx__AttributeProto *a = find(im, name);
    if (!a)
        return KIN_OK;
    if (!a->has_i)
        return wrong_kind(im, name);
    *out = a->i;
    return KIN_OK;
}

int kin_net__attribute_float(kin_net_import *im, const char *name, float *out)
{
    const Onnx__AttributeProto *a = find(im, name);
    if (!a)
        return KIN_OK;
    if (!a->has_f)
        return wrong_kind(im, name);
    *out = a->f;
    return KIN_OK;
}

int kin_net__attribute_string(kin_net_import *im, const char *name, const char **out)
{
    const Onnx__AttributeProto *a = find(im, name);
    if (!a)
        return KIN_OK;
    if (!a->has_s || !a->s.data)
        return wrong_kind(im, name);
    char *text = kin_arena_copy(&im->graph->arena, (const char *)a->s.data, a->s.len);
    if (!text)
        return kin_fail_memory(im->err);
    *out = text;
    return KIN_OK;
}

int kin_net__attribute_ints(kin_net_import *im, const char *name, size_t most, int64_t *out, size_t *count)
{
    const Onnx__AttributeProto *a = find(im, name);
    if (!a)
        return KIN_OK;
    if (a->has_i || a->has_f || a->has_s || a->t)
        return wrong_kind(im, name);
    if (a->n_ints > most)
        return kin_net__refuse(im, "attribute %s has %zu numbers; %zu are expected", name, a->n_ints, most);
    for (size_t i = 0; i < a->n_ints; i++)
        out[i] = a->ints[i];
    *count = a->n_ints;
    return KIN_OK;
}

const Onnx__TensorProto *kin_net__attribute_tensor(kin_net_import *im, const char *name)
{
    const Onnx__AttributeProto *a = find(im, name);
    return a ? a->t : NULL;
}
