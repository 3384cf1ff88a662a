/* Label Studio: a task an item, so that a job keeps its order and a verdict is one key. The task of a whole image shows
 * the shapes that the job has of it: it stays open until the rows of another image come. */
#include "exchange/job_out.h"

#include <math.h>
#include <string.h>

void kin_exchange__labelstudio_begin(kin_job_writer *writer)
{
    kin_buffer_char(&writer->text, '[');
}

static void put_choice(kin_buffer *out, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    kin_buffer_printf(out,
                      "%s{\"id\":\"kin-%s\",\"from_name\":\"%s\",\"to_name\":\"image\",\"type\":\"choices\","
                      "\"value\":{\"choices\":[",
                      out->size ? "," : "", name, name);
    kin_exchange__put_json(out, value);
    kin_buffer_string(out, "]}}");
}

static void put_note(kin_buffer *out, const char *text)
{
    if (!text || !text[0])
        return;
    kin_buffer_printf(out,
                      "%s{\"id\":\"kin-note\",\"from_name\":\"note\",\"to_name\":\"image\",\"type\":\"textarea\","
                      "\"value\":{\"text\":[",
                      out->size ? "," : "");
    kin_exchange__put_json(out, text);
    kin_buffer_string(out, "]}}");
}

/* The verdict that the item has already. */
static void put_verdict(kin_buffer *out, const kin_job_row *row)
{
    if (!row->verdict || !row->verdict[0])
        return;
    put_choice(out, "verdict", row->verdict);
    put_choice(out, "should_be", row->should_be);
    put_choice(out, "kind", row->kind);
    if (row->count > 1)
        kin_buffer_printf(out,
                          ",{\"id\":\"kin-count\",\"from_name\":\"count\",\"to_name\":\"image\",\"type\":\"number\","
                          "\"value\":{\"number\":%lld}}",
                          (long long)row->count);
    put_note(out, row->note);
}

/* A box in percent of the image; nothing where the image's size is not known. */
static void put_region(kin_buffer *out, const kin_job_row *row)
{
    char id[kin_exchange__region_size];
    const double sides[] = { row->box.x, row->box.y, row->box.w, row->box.h };
    static const char *const names[] = { "x", "y", "width", "height" };
    bool labelled = row->label && row->label[0];
    if (!(row->box.w > 0) || row->image_width <= 0 || row->image_height <= 0)
        return;
    kin_exchange__region_id(row->item, id);
    kin_buffer_printf(out,
                      "%s{\"id\":\"%s\",\"from_name\":\"%s\",\"to_name\":\"image\",\"type\":\"%s\","
                      "\"original_width\":%d,\"original_height\":%d,\"image_rotation\":0,\"value\":{",
                      out->size ? "," : "", id, labelled ? "label" : "box", labelled ? "rectanglelabels" : "rectangle",
                      row->image_width, row->image_height);
    for (int i = 0; i < 4; i++) {
        kin_buffer_printf(out, "\"%s\":", names[i]);
        kin_exchange__put_number(out, 100 * sides[i] / (i % 2 ? row->image_height : row->image_width));
        kin_buffer_char(out, ',');
    }
    kin_buffer_string(out, "\"rotation\":0");
    if (labelled) {
        kin_buffer_string(out, ",\"rectanglelabels\":[");
        kin_exchange__put_json(out, row->label);
        kin_buffer_char(out, ']');
    }
    kin_buffer_string(out, "}}");
}

static void put_head(const kin_job_writer *writer, kin_buffer *out, const kin_job_row *row)
{
    kin_buffer url = KIN_BUFFER_INIT;
    if (writer->options.image_prefix)
        kin_buffer_string(&url, writer->options.image_prefix);
    kin_exchange__put_url(&url, kin_exchange__row_path(row));
    kin_buffer_string(out, "{\"data\":{\"image\":");
    kin_exchange__put_json(out, url.data ? url.data : "");
    kin_buffer_char(out, ',');
    kin_exchange__put_facts(out, row);
    kin_buffer_char(out, '}');
    out->failed |= url.failed;
    kin_buffer_clear(&url);
}

static void put_task(kin_buffer *out, const char *head, const kin_buffer *results, double score)
{
    kin_buffer_string(out, head);
    if (results->size) {
        kin_buffer_string(out, ",\"predictions\":[{\"model_version\":\"kin\",");
        if (isfinite(score)) {
            kin_buffer_string(out, "\"score\":");
            kin_exchange__put_number(out, score);
            kin_buffer_char(out, ',');
        }
        kin_buffer_printf(out, "\"result\":[%s]}]", results->data);
    }
    kin_buffer_char(out, '}');
}

/* The separator of two tasks. */
static void separate(kin_job_writer *writer, kin_buffer *out)
{
    kin_buffer_string(out, writer->any_task ? ",\n" : "\n");
    writer->any_task = true;
}

static void close_image(kin_job_writer *writer)
{
    if (!writer->image_open)
        return;
    put_task(&writer->text, writer->image_head.data ? writer->image_head.data : "", &writer->image_regions, NAN);
    if (writer->shape_tasks.size)
        kin_buffer_append(&writer->text, writer->shape_tasks.data, writer->shape_tasks.size);
    writer->text.failed |= writer->image_head.failed || writer->image_regions.failed || writer->shape_tasks.failed;
    writer->image_open = false;
}

static void open_image(kin_job_writer *writer, const kin_job_row *row)
{
    kin_buffer_reset(&writer->image_head);
    kin_buffer_reset(&writer->image_regions);
    kin_buffer_reset(&writer->shape_tasks);
    kin_buffer_reset(&writer->image_path);
    separate(writer, &writer->text);
    put_head(writer, &writer->image_head, row);
    put_verdict(&writer->image_regions, row);
    kin_buffer_string(&writer->image_path, kin_exchange__row_path(row));
    writer->text.failed |= writer->image_path.failed;
    writer->image_open = true;
}

bool kin_exchange__labelstudio_row(kin_job_writer *writer, const kin_job_row *row)
{
    kin_buffer head = KIN_BUFFER_INIT, results = KIN_BUFFER_INIT;
    bool of_image = !(row->box.w > 0);
    const char *open = writer->image_path.data ? writer->image_path.data : "";
    if (writer->image_open && (of_image || strcmp(open, kin_exchange__row_path(row)) != 0))
        close_image(writer);
    if (of_image) {
        open_image(writer, row);
        return kin_exchange__labels_add(&writer->labels, row->label);
    }
    kin_buffer *out = writer->image_open ? &writer->shape_tasks : &writer->text;
    writer->any_unlabelled |= !row->label || !row->label[0];
    if (writer->image_open)
        put_region(&writer->image_regions, row);
    put_head(writer, &head, row);
    put_region(&results, row);
    put_verdict(&results, row);
    separate(writer, out);
    put_task(out, head.data ? head.data : "", &results, row->score);
    out->failed |= head.failed || results.failed;
    kin_buffer_clear(&head);
    kin_buffer_clear(&results);
    return kin_exchange__labels_add(&writer->labels, row->label);
}

/* ---- The labeling config ---- */

static void put_options(kin_buffer *out, const char *tag, const kin_exchange__labels *labels)
{
    for (size_t i = 0; i < labels->count; i++) {
        kin_buffer_printf(out, "    <%s value=\"", tag);
        kin_exchange__put_xml(out, labels->list[i]);
        kin_buffer_string(out, "\"/>\n");
    }
}

static void put_config(kin_buffer *out, const kin_job_writer *writer)
{
    static const char *const kinds[] = { "label", "box", "missing", "spurious", "duplicate" };
    kin_buffer_string(out, "<View>\n"
                           "  <Header value=\"$kin_item\"/>\n"
                           "  <Image name=\"image\" value=\"$image\" zoom=\"true\" zoomControl=\"true\"/>\n");
    if (writer->labels.count) {
        kin_buffer_string(out, "  <RectangleLabels name=\"label\" toName=\"image\">\n");
        put_options(out, "Label", &writer->labels);
        kin_buffer_string(out, "  </RectangleLabels>\n");
    }
    if (writer->any_unlabelled || !writer->labels.count)
        kin_buffer_string(out, "  <Rectangle name=\"box\" toName=\"image\"/>\n");
    kin_buffer_string(out,
                      "  <Choices name=\"verdict\" toName=\"image\" choice=\"single-radio\" required=\"true\" "
                      "showInline=\"true\">\n"
                      "    <Choice value=\"ok\"/>\n    <Choice value=\"minor\"/>\n    <Choice value=\"critical\"/>\n"
                      "  </Choices>\n");
    if (writer->labels.count) {
        kin_buffer_string(out, "  <Header value=\"right label\" size=\"5\"/>\n"
                               "  <Choices name=\"should_be\" toName=\"image\" choice=\"single\" layout=\"select\">\n");
        put_options(out, "Choice", &writer->labels);
        kin_buffer_string(out, "  </Choices>\n");
    }
    kin_buffer_string(out, "  <TextArea name=\"other_label\" toName=\"image\" rows=\"1\" maxSubmissions=\"1\" "
                           "placeholder=\"a right label that is not in the list\"/>\n"
                           "  <Choices name=\"kind\" toName=\"image\" choice=\"single\" showInline=\"true\">\n");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        kin_buffer_printf(out, "    <Choice value=\"%s\"/>\n", kinds[i]);
    kin_buffer_string(out, "  </Choices>\n"
                           "  <Number name=\"count\" toName=\"image\" min=\"1\"/>\n"
                           "  <TextArea name=\"note\" toName=\"image\" rows=\"2\" maxSubmissions=\"1\" "
                           "placeholder=\"note\"/>\n"
                           "</View>\n");
}

int kin_exchange__labelstudio_end(kin_job_writer *writer, kin_error *err)
{
    kin_buffer config = KIN_BUFFER_INIT;
    int code = KIN_OK;
    close_image(writer);
    kin_buffer_string(&writer->text, "\n]\n");
    if (writer->options.setup) {
        put_config(&config, writer);
        code = kin_exchange__job_put(writer->options.setup, &config, err);
    }
    kin_buffer_clear(&config);
    return code;
}
