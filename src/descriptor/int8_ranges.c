#include "descriptor/int8_ranges.h"

#include "base/checked.h"
#include "base/file.h"

#include <cjson/cJSON.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { format = 1, most_bytes = 16 << 20, most_values = 1 << 20, hash_digits = 16 };
static const char file_name[] = "int8_ranges.json";
static const double largest_bound = 1e19; /* its width still counts as a range, see plan_bytes.c */

void kin_int8_ranges_clear(kin_int8_ranges *ranges)
{
    kin_net_ranges_clear(&ranges->values);
}

/* ---- Reading: nothing in the file is trusted */

static bool is_hash(const cJSON *json, const char *key, uint64_t hash)
{
    char digits[hash_digits + 1];
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
    (void)snprintf(digits, sizeof digits, "%016llx", (unsigned long long)hash);
    return text && strcmp(text, digits) == 0;
}

/* A number of [least, most]; whatever is none is not. */
static bool read_number(const cJSON *number, double least, double most, double *out)
{
    if (!cJSON_IsNumber(number) || !(number->valuedouble >= least && number->valuedouble <= most))
        return false;
    *out = number->valuedouble;
    return true;
}

static bool read_count(const cJSON *json, const char *key, double most, size_t *out)
{
    double number;
    if (!read_number(cJSON_GetObjectItemCaseSensitive(json, key), 0, most, &number) || number != floor(number))
        return false;
    *out = (size_t)number;
    return true;
}

static bool read_cosines(const cJSON *json, const char *key, double *mean, double *least)
{
    const cJSON *both = cJSON_GetObjectItemCaseSensitive(json, key);
    return read_number(cJSON_GetObjectItemCaseSensitive(both, "mean"), -1, 1, mean) &&
           read_number(cJSON_GetObjectItemCaseSensitive(both, "min"), -1, 1, least);
}

static bool read_measured(const cJSON *json, kin_calibration *out)
{
    return read_count(json, "pictures", 1e9, &out->pictures) && read_count(json, "held_out", 1e9, &out->held_out) &&
           read_count(json, "float_values", 1e9, &out->float_values) &&
           read_cosines(json, "cosine_whole", &out->whole_mean, &out->whole_min) &&
           read_cosines(json, "cosine_cut", &out->cut_mean, &out->cut_min);
}

/* Each value at most once, in order; a range holds 0 and has a width, as calibrating gives them. */
static bool read_ranges(const cJSON *json, size_t count, float *bounds)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "ranges"), *range;
    double next = 0, value, low, high;
    if (!cJSON_IsArray(list))
        return false;
    cJSON_ArrayForEach(range, list)
    {
        if (cJSON_GetArraySize(range) != 3 || !read_number(range->child, next, (double)count - 1, &value) ||
            value != floor(value) || !read_number(range->child->next, -largest_bound, 0, &low) ||
            !read_number(range->child->next->next, 0, largest_bound, &high) || !(low < high))
            return false;
        bounds[2 * (size_t)value] = (float)low;
        bounds[2 * (size_t)value + 1] = (float)high;
        next = value + 1;
    }
    return next > 0;
}

static int fail_with_way_out(const kin_model_files *files, int code, const char *what, kin_error *err)
{
    return kin_fail(err, code, "%.120s/%s %s; kin calibrate MODEL PHOTOS makes it", files->folder, file_name, what);
}

static int parse(const kin_model_files *files, const cJSON *json, kin_int8_ranges *out, kin_error *err)
{
    kin_int8_ranges made = { 0 };
    size_t version, width, height;
    if (!read_count(json, "format", 1e9, &version) || version != format)
        return fail_with_way_out(files, KIN_E_FORMAT, "is damaged, or of another version of kin", err);
    if (!is_hash(json, "model", files->onnx_hash) || !is_hash(json, "config", files->config_hash) ||
        !read_count(json, "width", 1e9, &width) || width != (size_t)files->preprocess.crop_width ||
        !read_count(json, "height", 1e9, &height) || height != (size_t)files->preprocess.crop_height)
        return fail_with_way_out(files, KIN_E_FORMAT, "belongs to another model or config", err);
    bool good = read_measured(json, &made.measured) && read_count(json, "values", most_values, &made.values.count);
    if (good) {
        made.values.bounds = kin_alloc_zeroed(made.values.count, 2 * sizeof *made.values.bounds);
        if (!made.values.bounds)
            return kin_fail_memory(err);
        good = read_ranges(json, made.values.count, made.values.bounds);
    }
    if (!good) {
        kin_int8_ranges_clear(&made);
        return fail_with_way_out(files, KIN_E_FORMAT, "is damaged", err);
    }
    *out = made;
    return KIN_OK;
}

int kin_int8_ranges_read(kin_model_files *files, kin_int8_ranges *out, kin_error *err)
{
    kin_buffer text = KIN_BUFFER_INIT;
    char *path = kin_model_files_path(files, file_name);
    if (!path)
        return kin_fail_memory(err);
    if (!kin_file_exists(path))
        return fail_with_way_out(files, KIN_E_NOTFOUND, "is not there, and 8 bits need it", err);
    int code = kin_file_read(path, most_bytes, &text, err);
    cJSON *json = code == KIN_OK ? cJSON_ParseWithLength(text.data ? text.data : "", text.size) : NULL;
    if (code == KIN_OK)
        code = parse(files, json, out, err);
    cJSON_Delete(json);
    kin_buffer_clear(&text);
    return code;
}

/* ---- Writing */

static void put_cosines(kin_buffer *text, const char *key, double mean, double least)
{
    kin_buffer_printf(text, "  \"%s\": {\"mean\": %.6f, \"min\": %.6f},\n", key, mean, least);
}

/* Nine digits bring a float back to the bit. */
static void put_ranges(kin_buffer *text, const kin_net_ranges *values)
{
    const char *gap = "";
    kin_buffer_printf(text, "  \"values\": %zu,\n  \"ranges\": [", values->count);
    for (size_t i = 0; i < values->count; i++) {
        const float *b = values->bounds + 2 * i;
        if (!(b[0] < b[1]))
            continue;
        kin_buffer_printf(text, "%s\n    [%zu, %.9g, %.9g]", gap, i, (double)b[0], (double)b[1]);
        gap = ",";
    }
    kin_buffer_string(text, "\n  ]\n}\n");
}

int kin_int8_ranges_write(kin_model_files *files, const kin_int8_ranges *ranges, kin_error *err)
{
    const kin_calibration *m = &ranges->measured;
    kin_buffer text = KIN_BUFFER_INIT;
    char *path = kin_model_files_path(files, file_name);
    kin_buffer_printf(&text, "{\n  \"format\": %d,\n  \"model\": \"%016llx\",\n  \"config\": \"%016llx\",\n", format,
                      (unsigned long long)files->onnx_hash, (unsigned long long)files->config_hash);
    kin_buffer_printf(
        &text,
        "  \"width\": %d,\n  \"height\": %d,\n  \"pictures\": %zu,\n  \"held_out\": %zu,\n  \"float_values\": %zu,\n",
        files->preprocess.crop_width, files->preprocess.crop_height, m->pictures, m->held_out, m->float_values);
    put_cosines(&text, "cosine_whole", m->whole_mean, m->whole_min);
    put_cosines(&text, "cosine_cut", m->cut_mean, m->cut_min);
    put_ranges(&text, &ranges->values);
    int code = path && !text.failed ? kin_file_replace(path, text.data, text.size, err) : kin_fail_memory(err);
    kin_buffer_clear(&text);
    return code;
}
