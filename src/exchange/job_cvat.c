/* CVAT XML 1.1 of images, the labels as its constructor takes them, and the manifest of the images. What kin must have
 * back stands in attributes of each shape: kin_item, kin_job, and kin_label and kin_box, by which a shape that was
 * changed is known. An image's own row is a tag. */
#include "exchange/job_out.h"

#include "base/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char no_label[] = "unlabelled", whole_image[] = "whole image";

static const char *label_of(const kin_job_row *row)
{
    if (row->label && row->label[0])
        return row->label;
    return row->box.w > 0 ? no_label : whole_image;
}

static void put_attribute(kin_buffer *out, const char *name, const char *value)
{
    kin_buffer_printf(out, "      <attribute name=\"%s\">", name);
    kin_exchange__put_xml(out, value ? value : "");
    kin_buffer_string(out, "</attribute>\n");
}

static void put_attributes(kin_buffer *out, const kin_job_row *row)
{
    char job[32] = "", count[32] = "";
    kin_buffer box = KIN_BUFFER_INIT;
    char *key = kin_job_key(row->item);
    const double sides[] = { row->box.x, row->box.y, row->box.w, row->box.h };
    if (row->job)
        (void)snprintf(job, sizeof job, "%" PRId64, row->job);
    if (row->count > 1)
        (void)snprintf(count, sizeof count, "%" PRId64, row->count);
    for (int i = 0; row->box.w > 0 && i < 4; i++) {
        kin_buffer_string(&box, i ? "," : "");
        kin_exchange__put_number(&box, sides[i]);
    }
    put_attribute(out, "kin_item", key);
    put_attribute(out, "kin_job", job);
    put_attribute(out, "kin_label", row->label);
    put_attribute(out, "kin_box", box.data);
    put_attribute(out, "verdict", row->verdict && row->verdict[0] ? row->verdict : "open");
    put_attribute(out, "should_be", row->should_be);
    put_attribute(out, "kind", row->kind);
    put_attribute(out, "count", count);
    put_attribute(out, "note", row->note);
    out->failed |= !key || box.failed;
    free(key);
    kin_buffer_clear(&box);
}

static void put_side(kin_buffer *out, const char *name, double value)
{
    kin_buffer_printf(out, " %s=\"", name);
    kin_exchange__put_number(out, value);
    kin_buffer_char(out, '"');
}

static void put_row(kin_buffer *out, const kin_job_row *row)
{
    const kin_box *box = &row->box;
    const char *tag = box->w > 0 ? "box" : "tag";
    kin_buffer_printf(out, "    <%s label=\"", tag);
    kin_exchange__put_xml(out, label_of(row));
    kin_buffer_string(out, "\" source=\"file\"");
    if (box->w > 0) {
        kin_buffer_string(out, " occluded=\"0\"");
        put_side(out, "xtl", box->x);
        put_side(out, "ytl", box->y);
        put_side(out, "xbr", box->x + box->w);
        put_side(out, "ybr", box->y + box->h);
        kin_buffer_string(out, " z_order=\"0\"");
    }
    kin_buffer_string(out, ">\n");
    put_attributes(out, row);
    kin_buffer_printf(out, "    </%s>\n", tag);
}

static int put_images(kin_job_writer *writer, kin_error *err)
{
    const kin_exchange__kept *kept = &writer->kept;
    const char *prefix = writer->options.image_prefix ? writer->options.image_prefix : "";
    int code = KIN_OK;
    for (size_t i = 0; i < kept->image_count && code == KIN_OK; i++) {
        const kin_exchange__kept_image *image = &kept->images[i];
        kin_buffer_printf(&writer->text, "  <image id=\"%zu\" name=\"", i);
        kin_exchange__put_xml(&writer->text, prefix);
        kin_exchange__put_xml(&writer->text, image->path);
        kin_buffer_printf(&writer->text, "\" width=\"%d\" height=\"%d\">\n", image->width, image->height);
        for (size_t at = image->first; at != SIZE_MAX; at = kept->rows[at].next)
            put_row(&writer->text, &kept->rows[at].row);
        kin_buffer_string(&writer->text, "  </image>\n");
        code = kin_exchange__job_flush(writer, err);
    }
    return code;
}

/* ---- The labels ---- */

static const char *const texts[] = {
    "kin_item", "kin_job", "kin_label", "kin_box", "should_be", "kind", "count", "note"
};
static const char *const grades[] = { "open", "ok", "minor", "critical" };
enum { text_count = sizeof texts / sizeof *texts, grade_count = sizeof grades / sizeof *grades };

static void put_specs(kin_buffer *out)
{
    kin_buffer_string(out, "\"attributes\":[{\"name\":\"verdict\",\"input_type\":\"select\",\"mutable\":false,"
                           "\"values\":[\"open\",\"ok\",\"minor\",\"critical\"],\"default_value\":\"open\"}");
    for (size_t i = 0; i < text_count; i++)
        kin_buffer_printf(out,
                          ",{\"name\":\"%s\",\"input_type\":\"text\",\"mutable\":false,\"values\":[\"\"],"
                          "\"default_value\":\"\"}",
                          texts[i]);
    kin_buffer_char(out, ']');
}

static void put_labels(kin_buffer *out, const kin_exchange__labels *labels)
{
    for (size_t i = 0; i < labels->count; i++) {
        kin_buffer_string(out, i ? ",\n{\"name\":" : "[\n{\"name\":");
        kin_exchange__put_json(out, labels->list[i]);
        kin_buffer_string(out, ",\"type\":\"any\",");
        put_specs(out);
        kin_buffer_char(out, '}');
    }
    kin_buffer_string(out, labels->count ? "\n]\n" : "[]\n");
}

static void put_meta_attribute(kin_buffer *out, const char *name, const char *type, const char *value)
{
    kin_buffer_printf(out,
                      "          <attribute><name>%s</name><mutable>False</mutable><input_type>%s</input_type>"
                      "<default_value>%s</default_value><values>%s",
                      name, type, value, value);
    for (size_t i = 1; value[0] && i < grade_count; i++)
        kin_buffer_printf(out, "\n%s", grades[i]);
    kin_buffer_string(out, "</values></attribute>\n");
}

/* The same labels in the head of the annotations, as CVAT itself writes them. */
static void put_meta(kin_buffer *out, const kin_job_writer *writer)
{
    kin_buffer_printf(out,
                      "  <meta>\n    <task>\n      <name>kin</name>\n      <size>%zu</size>\n"
                      "      <mode>annotation</mode>\n      <labels>\n",
                      writer->kept.image_count);
    for (size_t i = 0; i < writer->labels.count; i++) {
        kin_buffer_string(out, "        <label>\n          <name>");
        kin_exchange__put_xml(out, writer->labels.list[i]);
        kin_buffer_string(out, "</name>\n          <type>any</type>\n          <attributes>\n");
        put_meta_attribute(out, "verdict", "select", grades[0]);
        for (size_t j = 0; j < text_count; j++)
            put_meta_attribute(out, texts[j], "text", "");
        kin_buffer_string(out, "          </attributes>\n        </label>\n");
    }
    kin_buffer_string(out, "      </labels>\n    </task>\n  </meta>\n");
}

/* ---- The manifest ---- */

static void put_manifest(kin_buffer *out, const kin_job_writer *writer)
{
    const kin_exchange__kept *kept = &writer->kept;
    const char *prefix = writer->options.image_prefix ? writer->options.image_prefix : "";
    kin_buffer_string(out, "{\"version\":\"1.1\"}\n{\"type\":\"images\"}\n");
    for (size_t i = 0; i < kept->image_count; i++) {
        const kin_exchange__kept_image *image = &kept->images[i];
        const char *extension = kin_path_extension(image->path);
        kin_buffer name = KIN_BUFFER_INIT;
        kin_buffer_string(&name, prefix);
        kin_buffer_append(&name, image->path, (size_t)(extension - image->path));
        kin_buffer_string(out, "{\"name\":");
        kin_exchange__put_json(out, name.data ? name.data : "");
        kin_buffer_string(out, ",\"extension\":");
        kin_exchange__put_json(out, extension);
        kin_buffer_printf(out, ",\"width\":%d,\"height\":%d,\"meta\":{\"related_images\":[]}}\n", image->width,
                          image->height);
        out->failed |= name.failed;
        kin_buffer_clear(&name);
    }
}

/* ---- The whole ---- */

static bool add_own_labels(kin_job_writer *writer)
{
    bool fine = true;
    for (size_t i = 0; i < writer->kept.row_count && fine; i++)
        fine = kin_exchange__labels_add(&writer->labels, label_of(&writer->kept.rows[i].row));
    return fine;
}

int kin_exchange__cvat_end(kin_job_writer *writer, kin_error *err)
{
    kin_buffer more = KIN_BUFFER_INIT;
    int code = add_own_labels(writer) ? KIN_OK : kin_fail_memory(err);
    kin_buffer_string(&writer->text, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n"
                                     "  <version>1.1</version>\n");
    put_meta(&writer->text, writer);
    if (code == KIN_OK)
        code = put_images(writer, err);
    kin_buffer_string(&writer->text, "</annotations>\n");
    if (code == KIN_OK && writer->options.setup) {
        put_labels(&more, &writer->labels);
        code = kin_exchange__job_put(writer->options.setup, &more, err);
    }
    kin_buffer_reset(&more);
    if (code == KIN_OK && writer->options.manifest) {
        put_manifest(&more, writer);
        code = kin_exchange__job_put(writer->options.manifest, &more, err);
    }
    kin_buffer_clear(&more);
    return code;
}
