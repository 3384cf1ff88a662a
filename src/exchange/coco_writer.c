#include "exchange/coco_out.h"
#include "exchange/exchange_text.h"
#include "exchange/tool_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Elements ---- */

bool kin_coco_id(const char *shape, int64_t *id)
{
    char text[32];
    if (!shape || !kin_exchange__parse_integer(shape, id) || *id < 0 || *id > (int64_t)1 << 53)
        return false;
    (void)snprintf(text, sizeof text, "%" PRId64, *id);
    return strcmp(text, shape) == 0;
}

void kin_exchange__put_categories(kin_buffer *out, const kin_exchange__labels *labels)
{
    kin_buffer_string(out, "\"categories\":[");
    for (size_t i = 0; i < labels->count; i++) {
        kin_buffer_printf(out, "%s\n{\"id\":%zu,\"name\":", i ? "," : "", i + 1);
        kin_exchange__put_json(out, labels->list[i]);
        kin_buffer_string(out, ",\"supercategory\":\"\"}");
    }
    kin_buffer_string(out, "]");
}

void kin_exchange__put_coco_image(kin_buffer *out, int64_t id, const char *prefix, const char *path, int width,
                                  int height)
{
    kin_buffer name = KIN_BUFFER_INIT;
    kin_buffer_string(&name, prefix ? prefix : "");
    kin_buffer_string(&name, path);
    kin_buffer_printf(out, "{\"id\":%" PRId64 ",\"file_name\":", id);
    kin_exchange__put_json(out, name.data ? name.data : "");
    kin_buffer_printf(out, ",\"width\":%d,\"height\":%d", width, height);
    out->failed |= name.failed;
    kin_buffer_clear(&name);
}

void kin_exchange__put_coco_shape(kin_buffer *out, const kin_exchange__coco_shape *shape)
{
    const double sides[] = { shape->box.x, shape->box.y, shape->box.w, shape->box.h };
    kin_buffer_printf(out, "{\"id\":%" PRId64 ",\"image_id\":%" PRId64, shape->id, shape->image);
    if (shape->category)
        kin_buffer_printf(out, ",\"category_id\":%" PRId64, shape->category);
    for (int i = 0; i < 4; i++) {
        kin_buffer_string(out, i ? "," : ",\"bbox\":[");
        kin_exchange__put_number(out, sides[i]);
    }
    kin_buffer_string(out, "],\"area\":");
    kin_exchange__put_number(out, shape->box.w * shape->box.h);
    kin_buffer_printf(out, ",\"iscrowd\":%d,\"segmentation\":[]", shape->crowd);
    if (shape->shape) {
        kin_buffer_string(out, ",\"kin_shape\":");
        kin_exchange__put_json(out, shape->shape);
    }
}

/* ---- A file made anew ---- */

struct kin_coco_writer {
    FILE *out;
    kin_exchange__labels labels;
    kin_buffer text;
    bool in_annotations, any; /* any: in the array at hand */
};

static int flush(kin_coco_writer *writer, kin_error *err)
{
    kin_buffer *text = &writer->text;
    int code = KIN_OK;
    if (text->failed)
        code = kin_fail_memory(err);
    else if (text->size && fwrite(text->data, 1, text->size, writer->out) != text->size)
        code = kin_fail_errno(err, "write", "the annotations");
    kin_buffer_reset(text);
    return code;
}

static void free_writer(kin_coco_writer *writer)
{
    kin_exchange__labels_clear(&writer->labels);
    kin_buffer_clear(&writer->text);
    free(writer);
}

int kin_coco_writer_new(FILE *out, const char *const *labels, size_t labels_count, kin_coco_writer **writer,
                        kin_error *err)
{
    kin_coco_writer *made = calloc(1, sizeof *made);
    if (!made)
        return kin_fail_memory(err);
    made->out = out;
    bool fine = true;
    for (size_t i = 0; i < labels_count && fine; i++)
        fine = kin_exchange__labels_add(&made->labels, labels[i]);
    kin_buffer_string(&made->text, "{\"info\":{\"description\":\"annotations of kin\"},\n\"licenses\":[],\n");
    kin_exchange__put_categories(&made->text, &made->labels);
    kin_buffer_string(&made->text, ",\n\"images\":[");
    int code = fine ? flush(made, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        *writer = made;
    else
        free_writer(made);
    return code;
}

static bool is_crowd(const kin_attribute *attribute)
{
    return strcmp(attribute->key, "iscrowd") == 0 && strcmp(attribute->value, "1") == 0;
}

/* Closes the element, with its attributes but for COCO's own. */
static void put_attributes(kin_buffer *out, const kin_attribute *attributes, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (is_crowd(&attributes[i]))
            continue;
        kin_buffer_string(out, any ? "," : ",\"attributes\":{");
        kin_exchange__put_json(out, attributes[i].key);
        kin_buffer_char(out, ':');
        kin_exchange__put_json(out, attributes[i].value);
        any = true;
    }
    kin_buffer_string(out, any ? "}}" : "}");
}

int kin_coco_writer_image(kin_coco_writer *writer, const kin_coco_image *image, kin_error *err)
{
    if (writer->in_annotations)
        return kin_fail(err, KIN_E_USAGE, "an image after the first annotation");
    kin_buffer_string(&writer->text, writer->any ? ",\n" : "\n");
    kin_exchange__put_coco_image(&writer->text, image->id, NULL, image->path, image->width, image->height);
    put_attributes(&writer->text, image->attributes, image->attribute_count);
    writer->any = true;
    return flush(writer, err);
}

static void begin_annotations(kin_coco_writer *writer)
{
    if (writer->in_annotations)
        return;
    kin_buffer_string(&writer->text, "],\n\"annotations\":[");
    writer->in_annotations = true;
    writer->any = false;
}

int kin_coco_writer_annotation(kin_coco_writer *writer, const kin_coco_annotation *annotation, kin_error *err)
{
    kin_exchange__coco_shape shape = {
        .id = annotation->id, .image = annotation->image, .shape = annotation->shape, .box = annotation->box
    };
    const int64_t *category = annotation->label ? kin_table_find(&writer->labels.numbers, annotation->label) : NULL;
    if (annotation->label && !category)
        return kin_fail(err, KIN_E_USAGE, "%s is none of the labels", annotation->label);
    shape.category = category ? *category + 1 : 0;
    for (size_t i = 0; i < annotation->attribute_count; i++)
        shape.crowd |= is_crowd(&annotation->attributes[i]);
    begin_annotations(writer);
    kin_buffer_string(&writer->text, writer->any ? ",\n" : "\n");
    kin_exchange__put_coco_shape(&writer->text, &shape);
    put_attributes(&writer->text, annotation->attributes, annotation->attribute_count);
    writer->any = true;
    return flush(writer, err);
}

int kin_coco_writer_close(kin_coco_writer *writer, kin_error *err)
{
    if (!writer)
        return KIN_OK;
    begin_annotations(writer);
    kin_buffer_string(&writer->text, "]}\n");
    int code = flush(writer, err);
    if (code == KIN_OK && (fflush(writer->out) != 0 || ferror(writer->out)))
        code = kin_fail_errno(err, "write", "the annotations");
    free_writer(writer);
    return code;
}
