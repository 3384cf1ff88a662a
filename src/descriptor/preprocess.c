#include "descriptor/preprocess.h"

#include <cjson/cJSON.h>

#include <math.h>

enum { most_side = 4096 };

typedef struct config {
    const cJSON *json;
    const char *path;
} config;

static const cJSON *value_of(const config *c, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(c->json, key);
    return cJSON_IsNull(value) ? NULL : value;
}

static int fail_key(const config *c, const char *key, const char *wanted, kin_error *err)
{
    return kin_fail(err, KIN_E_FORMAT, "%.150s: \"%s\" should be %s", c->path, key, wanted);
}

static int read_switch(const config *c, const char *key, bool missing, bool *out, kin_error *err)
{
    const cJSON *value = value_of(c, key);
    if (value && !cJSON_IsBool(value))
        return fail_key(c, key, "true or false", err);
    *out = value ? cJSON_IsTrue(value) : missing;
    return KIN_OK;
}

static bool is_side(const cJSON *value)
{
    double v = cJSON_IsNumber(value) ? value->valuedouble : 0;
    return v >= 1 && v <= most_side && v == floor(v);
}

/* A size in one of its three spellings: *edge (a number or shortest_edge), or *width and *height. */
typedef struct side_lengths {
    bool plain; /* a number */
    int edge, width, height;
} side_lengths;

static int read_size(const config *c, const char *key, side_lengths *out, kin_error *err)
{
    const cJSON *value = value_of(c, key);
    const cJSON *edge = cJSON_GetObjectItemCaseSensitive(value, "shortest_edge");
    const cJSON *width = cJSON_GetObjectItemCaseSensitive(value, "width");
    const cJSON *height = cJSON_GetObjectItemCaseSensitive(value, "height");
    *out = (side_lengths) { .plain = is_side(value) };
    if (out->plain)
        out->edge = (int)value->valuedouble;
    else if (is_side(edge))
        out->edge = (int)edge->valuedouble;
    else if (is_side(width) && is_side(height)) {
        out->width = (int)width->valuedouble;
        out->height = (int)height->valuedouble;
    } else
        return fail_key(c, key, "1 to 4096, {\"shortest_edge\": N} or {\"height\": N, \"width\": N}", err);
    return KIN_OK;
}

static int read_sides(const config *c, kin_preprocess *out, kin_error *err)
{
    bool resize = true, crop = false;
    side_lengths size, kept;
    int code = read_switch(c, "do_resize", true, &resize, err);
    if (code == KIN_OK && !resize)
        code = fail_key(c, "do_resize", "true: pictures come in all sizes", err);
    if (code == KIN_OK)
        code = read_switch(c, "do_center_crop", value_of(c, "crop_size") != NULL, &crop, err);
    if (code == KIN_OK)
        code = read_size(c, "size", &size, err);
    if (code == KIN_OK && crop)
        code = read_size(c, "crop_size", &kept, err);
    if (code == KIN_OK && !crop && !size.plain && size.edge)
        code = fail_key(c, "do_center_crop", "true where size is a shortest_edge", err);
    if (code != KIN_OK)
        return code;
    bool by_edge = crop && size.edge;
    out->edge = by_edge ? size.edge : 0;
    out->width = size.edge ? size.edge : size.width;
    out->height = size.edge ? size.edge : size.height;
    out->crop_width = !crop ? out->width : kept.edge ? kept.edge : kept.width;
    out->crop_height = !crop ? out->height : kept.edge ? kept.edge : kept.height;
    if (out->crop_width > out->width || out->crop_height > out->height)
        return fail_key(c, "crop_size", "no larger than size", err);
    return KIN_OK;
}

static int read_filter(const config *c, kin_filter *out, kin_error *err)
{
    static const kin_filter filters[] = { KIN_FILTER_AREA,    KIN_FILTER_BICUBIC, KIN_FILTER_BILINEAR,
                                          KIN_FILTER_BICUBIC, KIN_FILTER_AREA,    KIN_FILTER_BILINEAR };
    const cJSON *value = value_of(c, "resample");
    double v = !value ? 2 : cJSON_IsNumber(value) ? value->valuedouble : -1;
    if (!(v >= 0 && v <= 5 && v == floor(v)))
        return fail_key(c, "resample", "0 to 5", err);
    *out = filters[(int)v];
    return KIN_OK;
}

static int read_triple(const config *c, const char *key, double out[3], kin_error *err)
{
    const cJSON *list = value_of(c, key);
    for (int i = 0; i < 3; i++) {
        const cJSON *value = cJSON_IsArray(list) ? cJSON_GetArrayItem(list, i) : NULL;
        if (!cJSON_IsNumber(value) || cJSON_GetArraySize(list) != 3 || !isfinite(value->valuedouble))
            return fail_key(c, key, "a list of three numbers", err);
        out[i] = value->valuedouble;
    }
    return KIN_OK;
}

static int read_values(const config *c, kin_preprocess *out, kin_error *err)
{
    bool rescale = true, normalize = false;
    double mean[3] = { 0, 0, 0 }, deviation[3] = { 1, 1, 1 }, factor = 1.0 / 255;
    const cJSON *given = value_of(c, "rescale_factor");
    int code = read_switch(c, "do_rescale", true, &rescale, err);
    if (code == KIN_OK)
        code = read_switch(c, "do_normalize", value_of(c, "image_mean") != NULL, &normalize, err);
    if (code == KIN_OK && normalize)
        code = read_triple(c, "image_mean", mean, err);
    if (code == KIN_OK && normalize)
        code = read_triple(c, "image_std", deviation, err);
    if (code != KIN_OK)
        return code;
    if (given)
        factor = cJSON_IsNumber(given) ? given->valuedouble : NAN;
    if (!rescale)
        factor = 1;
    if (!isfinite(factor) || factor <= 0)
        return fail_key(c, "rescale_factor", "a number above 0", err);
    for (int i = 0; i < 3; i++) {
        out->scale[i] = (float)(factor / deviation[i]);
        out->shift[i] = (float)(-mean[i] / deviation[i]);
        if (deviation[i] <= 0 || !isfinite(out->scale[i]) || !isfinite(out->shift[i]))
            return fail_key(c, "image_std", "three numbers above 0", err);
    }
    return KIN_OK;
}

int kin_preprocess_parse(const char *text, size_t size, const char *path, kin_preprocess *out, kin_error *err)
{
    cJSON *json = cJSON_ParseWithLength(text, size);
    config c = { json, path };
    kin_preprocess made = { 0 };
    int code = cJSON_IsObject(json) ? KIN_OK : kin_fail(err, KIN_E_FORMAT, "%.200s is no JSON object", path);
    if (code == KIN_OK)
        code = read_sides(&c, &made, err);
    if (code == KIN_OK)
        code = read_filter(&c, &made.filter, err);
    if (code == KIN_OK)
        code = read_values(&c, &made, err);
    cJSON_Delete(json);
    if (code == KIN_OK)
        *out = made;
    return code;
}

static kin_box middle(const kin_preprocess *p, int width, int height)
{
    int shorter = width < height ? width : height;
    double w, h;
    if (p->edge) {
        w = (double)p->crop_width * shorter / p->edge;
        h = (double)p->crop_height * shorter / p->edge;
    } else {
        w = (double)p->crop_width * width / p->width;
        h = (double)p->crop_height * height / p->height;
    }
    return (kin_box) { (width - w) / 2, (height - h) / 2, w, h };
}

/* [*low, *low + *length) grown to `wanted` about its centre, as far as [0, full) goes. */
static void grow(double wanted, double full, double *low, double *length)
{
    double start = fmax(*low - (wanted - *length) / 2, 0);
    *length = fmin(*low + (wanted + *length) / 2, full) - start;
    *low = start;
}

kin_box kin_preprocess_view(const kin_preprocess *preprocess, int width, int height, kin_box region)
{
    const kin_preprocess *p = preprocess;
    if (region.x == 0 && region.y == 0 && region.w == width && region.h == height)
        return middle(p, width, height);
    double ratio = (double)p->crop_width / p->crop_height;
    if (region.w < region.h * ratio)
        grow(region.h * ratio, width, &region.x, &region.w);
    else
        grow(region.w / ratio, height, &region.y, &region.h);
    return region;
}
