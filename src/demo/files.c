/* The two files beside the pictures. Coordinates are written as whole hundredths of a pixel, so that neither the
 * locale nor a printf's rounding shows; every name in them is one of this module's own and needs no escaping in JSON
 * and no quotes in CSV. */

#include "demo/plan.h"

#include "base/file.h"

#include <inttypes.h>
#include <math.h>

static const char *const daytimes[] = { "day", "dusk", "night" };
static const char *const weathers[] = { "clear", "overcast", "rain", "fog" };
static const char *const verdicts[KIN_DEMO_FAULTS] = { "ok", "critical", "critical", "critical", "minor", "critical" };
static const char *const kinds[KIN_DEMO_FAULTS] = { "", "label", "label", "label", "box", "missing" };

static int64_t hundredths(double pixels)
{
    return (int64_t)llround(pixels * 100);
}

static void add_number(kin_buffer *out, int64_t hundredths_of_it)
{
    kin_buffer_printf(out, "%" PRId64 ".%02" PRId64, hundredths_of_it / 100, hundredths_of_it % 100);
}

static void add_image(kin_buffer *out, const kin_demo_picture *picture, size_t number)
{
    kin_buffer_printf(out,
                      "{\"id\":%zu,\"file_name\":\"images/%06zu.jpg\",\"width\":%d,\"height\":%d,"
                      "\"time_of_day\":\"%s\",\"weather\":\"%s\",\"camera\":\"cam-%d\",\"batch\":\"batch-%02d\"}",
                      number, number, (int)KIN_SCENE_WIDTH, (int)KIN_SCENE_HEIGHT, daytimes[picture->daytime],
                      weathers[picture->weather], picture->camera + 1, picture->batch);
}

static void add_annotation(kin_buffer *out, const kin_demo_shape *shape, const char *annotator, size_t image)
{
    /* The borders are rounded, not the sides: a box that ends at the picture's border ends there in the file. */
    int64_t x = hundredths(shape->box.x), y = hundredths(shape->box.y);
    int64_t w = hundredths(shape->box.x + shape->box.w) - x, h = hundredths(shape->box.y + shape->box.h) - y;
    kin_buffer_printf(out, "{\"id\":%" PRId64 ",\"image_id\":%zu,\"category_id\":%d,\"bbox\":[", shape->id, image,
                      (int)shape->given + 1);
    int64_t numbers[] = { x, y, w, h };
    for (int i = 0; i < 4; i++) {
        if (i)
            kin_buffer_char(out, ',');
        add_number(out, numbers[i]);
    }
    kin_buffer_string(out, "],\"area\":");
    add_number(out, (w * h + 50) / 100);
    kin_buffer_printf(out,
                      ",\"iscrowd\":0,\"segmentation\":[],\"attributes\":{\"annotator\":\"%s\",\"occluded\":%s,"
                      "\"truncated\":%s}}",
                      annotator, shape->occluded ? "true" : "false", shape->truncated ? "true" : "false");
}

static int replace(kin_buffer *text, const char *path, kin_error *err)
{
    int code = text->failed ? kin_fail_memory(err) : kin_file_replace(path, text->data, text->size, err);
    kin_buffer_clear(text);
    return code;
}

int kin_demo__write_instances(const kin_demo_plan *plan, const char *path, kin_error *err)
{
    kin_buffer out = KIN_BUFFER_INIT;
    kin_buffer_string(&out, "{\"info\":{\"description\":\"kin demo: drawn pictures with planted mistakes\"},\n"
                            "\"categories\":[\n");
    for (int i = 0; i < KIN_DEMO_CLASSES; i++)
        kin_buffer_printf(&out, "%s{\"id\":%d,\"name\":\"%s\",\"supercategory\":\"%s\"}", i ? ",\n" : "", i + 1,
                          kin_demo__class_names[i],
                          i == KIN_DEMO_PEDESTRIAN || i == KIN_DEMO_SKATEBOARDER ? "person" : "vehicle");
    kin_buffer_string(&out, "\n],\n\"images\":[\n");
    for (size_t i = 0; i < plan->picture_count; i++) {
        kin_buffer_string(&out, i ? ",\n" : "");
        add_image(&out, &plan->pictures[i], i + 1);
    }
    kin_buffer_string(&out, "\n],\n\"annotations\":[\n");
    bool first = true;
    for (size_t i = 0; i < plan->picture_count; i++)
        for (size_t k = 0; k < plan->pictures[i].count; k++) {
            const kin_demo_shape *shape = &plan->shapes[plan->pictures[i].first + k];
            if (shape->fault == KIN_DEMO_MISSING)
                continue;
            kin_buffer_string(&out, first ? "" : ",\n");
            add_annotation(&out, shape, kin_demo__annotators[plan->pictures[i].annotator], i + 1);
            first = false;
        }
    kin_buffer_string(&out, "\n]}\n");
    return replace(&out, path, err);
}

static void add_truth(kin_buffer *out, const kin_demo_shape *shape, size_t image)
{
    bool missing = shape->fault == KIN_DEMO_MISSING;
    const char *truth = kin_demo__class_names[shape->truth];
    kin_buffer_printf(out, "images/%06zu.jpg", image);
    if (!missing)
        kin_buffer_printf(out, "#%" PRId64, shape->id);
    kin_buffer_printf(out, ",%s,%s,%s,%s,%s\r\n", missing ? "" : kin_demo__class_names[shape->given], truth,
                      verdicts[shape->fault], missing || shape->given != shape->truth ? truth : "",
                      kinds[shape->fault]);
}

int kin_demo__write_truth(const kin_demo_plan *plan, const char *path, kin_error *err)
{
    kin_buffer out = KIN_BUFFER_INIT;
    kin_buffer_string(&out, "item,given,truth,verdict,should_be,kind\r\n");
    for (size_t i = 0; i < plan->picture_count; i++)
        for (size_t k = 0; k < plan->pictures[i].count; k++)
            add_truth(&out, &plan->shapes[plan->pictures[i].first + k], i + 1);
    return replace(&out, path, err);
}
