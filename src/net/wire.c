/* protobuf-c recurses as deep as messages nest, so a small file could exhaust the stack. ONNX messages nest without
 * bound in three places only: graphs inside attributes, functions and training graphs, and types of types. No image
 * encoder has any of these, so they are refused here by walking the wire format along the fields that lead there:
 * what is left nests at most seven deep. Broken encodings are left to protobuf-c, which refuses them. */
#include "graph.h"

typedef enum message { MODEL, GRAPH, NODE, ATTRIBUTE, VALUE_INFO, TYPE, REFUSED } message;

static const struct {
    message in;
    unsigned field;
    message holds;
    const char *what;
} nested[] = {
    { MODEL, 7, GRAPH, NULL },
    { MODEL, 20, REFUSED, "a training graph" },
    { MODEL, 25, REFUSED, "functions" },
    { GRAPH, 1, NODE, NULL },
    { GRAPH, 11, VALUE_INFO, NULL },
    { GRAPH, 12, VALUE_INFO, NULL },
    { GRAPH, 13, VALUE_INFO, NULL },
    { NODE, 5, ATTRIBUTE, NULL },
    { ATTRIBUTE, 6, REFUSED, "a graph inside a node" },
    { ATTRIBUTE, 11, REFUSED, "graphs inside a node" },
    { ATTRIBUTE, 14, REFUSED, "a type as attribute" },
    { ATTRIBUTE, 15, REFUSED, "types as attribute" },
    { VALUE_INFO, 2, TYPE, NULL },
    { TYPE, 4, REFUSED, "a sequence" },
    { TYPE, 5, REFUSED, "a map" },
    { TYPE, 9, REFUSED, "an optional value" },
};

static bool read_varint(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *out = value;
            return true;
        }
    }
    return false;
}

/* Moves past one field; *inside .. *at is its content where it has a length, else NULL. */
static bool read_field(const uint8_t **at, const uint8_t *end, uint64_t *field, const uint8_t **inside)
{
    uint64_t tag = 0, value = 0;
    *inside = NULL;
    if (!read_varint(at, end, &tag))
        return false;
    *field = tag >> 3;
    size_t left = (size_t)(end - *at);
    switch (tag & 7) {
    case 0:
        return read_varint(at, end, &value);
    case 1:
        *at += left < 8 ? left : 8;
        return true;
    case 5:
        *at += left < 4 ? left : 4;
        return true;
    case 2:
        if (!read_varint(at, end, &value) || value > (uint64_t)(end - *at))
            return false;
        *inside = *at;
        *at += value;
        return true;
    default:
        return false;
    }
}

/* Recurses along `nested` only: at most from MODEL to TYPE. */
static int check_message(message in, const uint8_t *at, const uint8_t *end, kin_error *err)
{
    while (at < end) {
        uint64_t field = 0;
        const uint8_t *inside = NULL;
        if (!read_field(&at, end, &field, &inside))
            return kin_fail(err, KIN_E_FORMAT, "model: not an ONNX file, or damaged");
        for (size_t i = 0; i < sizeof nested / sizeof *nested; i++) {
            if (!inside || nested[i].in != in || nested[i].field != field)
                continue;
            if (nested[i].holds == REFUSED)
                return kin_fail(err, KIN_E_FORMAT, "model: holds %s, which is not supported; export it for inference",
                                nested[i].what);
            int status = check_message(nested[i].holds, inside, at, err);
            if (status)
                return status;
        }
    }
    return KIN_OK;
}

int kin_net__check_wire(const uint8_t *bytes, size_t size, kin_error *err)
{
    return check_message(MODEL, bytes, bytes + size, err);
}
