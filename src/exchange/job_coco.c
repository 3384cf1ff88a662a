/* Jobs as COCO and FiftyOne files. */
#include "exchange/coco_out.h"
#include "exchange/job_out.h"

#include "base/file.h"

#include <math.h>

/* ---- A job as COCO ---- */

/* Whether the shapes' own ids are numbers, no two alike: else annotations are numbered. */
static int own_ids_serve(const kin_exchange__kept *kept, bool *serve, kin_error *err)
{
    kin_table seen = KIN_TABLE_INIT;
    bool added = true;
    int64_t id;
    *serve = true;
    for (size_t i = 0; i < kept->row_count && *serve; i++) {
        const kin_job_row *row = &kept->rows[i].row;
        if (!(row->box.w > 0))
            continue;
        *serve = kin_coco_id(row->shape, &id);
        if (*serve && !kin_table_add(&seen, row->shape, 0, &added)) {
            kin_table_clear(&seen);
            return kin_fail_memory(err);
        }
        *serve &= added;
    }
    kin_table_clear(&seen);
    return KIN_OK;
}

static void put_images(kin_job_writer *writer)
{
    const kin_exchange__kept *kept = &writer->kept;
    kin_buffer_string(&writer->text, ",\n\"images\":[");
    for (size_t i = 0; i < kept->image_count; i++) {
        const kin_exchange__kept_image *image = &kept->images[i];
        kin_buffer_string(&writer->text, i ? ",\n" : "\n");
        kin_exchange__put_coco_image(&writer->text, (int64_t)i + 1, writer->options.image_prefix, image->path,
                                     image->width, image->height);
        for (size_t at = image->first; at != SIZE_MAX; at = kept->rows[at].next)
            if (!(kept->rows[at].row.box.w > 0)) {
                kin_buffer_char(&writer->text, ',');
                kin_exchange__put_facts(&writer->text, &kept->rows[at].row);
                break;
            }
        kin_buffer_char(&writer->text, '}');
    }
    kin_buffer_string(&writer->text, "],\n");
}

static int put_shapes(kin_job_writer *writer, bool own_ids, kin_error *err)
{
    const kin_exchange__kept *kept = &writer->kept;
    int64_t number = 0;
    int code = KIN_OK;
    kin_buffer_string(&writer->text, ",\n\"annotations\":[");
    for (size_t i = 0; i < kept->image_count && code == KIN_OK; i++) {
        for (size_t at = kept->images[i].first; at != SIZE_MAX; at = kept->rows[at].next) {
            const kin_job_row *row = &kept->rows[at].row;
            if (!(row->box.w > 0))
                continue;
            kin_exchange__coco_shape shape = { .id = ++number, .image = (int64_t)i + 1, .box = row->box };
            const int64_t *category = row->label ? kin_table_find(&writer->labels.numbers, row->label) : NULL;
            shape.category = category ? *category + 1 : 0;
            shape.shape = own_ids ? NULL : row->shape;
            if (own_ids)
                (void)kin_coco_id(row->shape, &shape.id);
            kin_buffer_string(&writer->text, number > 1 ? ",\n" : "\n");
            kin_exchange__put_coco_shape(&writer->text, &shape);
            kin_buffer_char(&writer->text, ',');
            kin_exchange__put_facts(&writer->text, row);
            kin_buffer_char(&writer->text, '}');
        }
        code = kin_exchange__job_flush(writer, err);
    }
    return code;
}

int kin_exchange__coco_end(kin_job_writer *writer, kin_error *err)
{
    bool own_ids;
    int code = own_ids_serve(&writer->kept, &own_ids, err);
    if (code != KIN_OK)
        return code;
    kin_buffer_string(&writer->text, "{\"info\":{\"description\":\"a job of kin\"},\n\"licenses\":[]");
    put_images(writer);
    kin_exchange__put_categories(&writer->text, &writer->labels);
    code = put_shapes(writer, own_ids, err);
    kin_buffer_string(&writer->text, "]}\n");
    return code;
}

/* ---- FiftyOne ---- */

/* Boxes are in fractions; a whole image is a box over all of it, and so is a shape of an image of unknown size. */
static void put_detection(kin_buffer *out, const kin_job_row *row)
{
    bool sized = row->box.w > 0 && row->image_width > 0 && row->image_height > 0;
    const kin_box box = sized ? (kin_box) { row->box.x / row->image_width, row->box.y / row->image_height,
                                            row->box.w / row->image_width, row->box.h / row->image_height }
                              : (kin_box) { 0, 0, 1, 1 };
    const double sides[] = { box.x, box.y, box.w, box.h };
    kin_buffer_string(out, "{\"label\":");
    kin_exchange__put_json(out, row->label ? row->label : "");
    for (int i = 0; i < 4; i++) {
        kin_buffer_string(out, i ? "," : ",\"bounding_box\":[");
        kin_exchange__put_number(out, sides[i]);
    }
    kin_buffer_char(out, ']');
    if (isfinite(row->score)) {
        kin_buffer_string(out, ",\"confidence\":");
        kin_exchange__put_number(out, row->score);
    }
    kin_buffer_string(out, ",\"attributes\":{");
    kin_exchange__put_facts(out, row);
    kin_buffer_string(out, "}}");
}

/* The name of an image in FiftyOne: the prefix with the path, or the path without its extension. */
static char *name_of(kin_job_writer *writer, const char *path)
{
    const char *prefix = writer->options.image_prefix;
    if (prefix && prefix[0])
        return kin_path_join(&writer->kept.arena, prefix, path);
    return kin_arena_copy(&writer->kept.arena, path, (size_t)(kin_path_extension(path) - path));
}

static int put_samples(kin_job_writer *writer, kin_error *err)
{
    const kin_exchange__kept *kept = &writer->kept;
    kin_table names = KIN_TABLE_INIT;
    int code = KIN_OK;
    for (size_t i = 0; i < kept->image_count && code == KIN_OK; i++) {
        const kin_exchange__kept_image *image = &kept->images[i];
        bool added = true;
        const char *name = name_of(writer, image->path);
        if (!name || !kin_table_add(&names, name, 0, &added))
            code = kin_fail_memory(err);
        else if (!added)
            code = kin_fail(err, KIN_E_FORMAT,
                            "two images are called %s but for their extensions; name them by their full paths, as kin "
                            "does by itself",
                            name);
        if (code != KIN_OK)
            break;
        kin_buffer_string(&writer->text, i ? ",\n" : "\n");
        kin_exchange__put_json(&writer->text, name);
        kin_buffer_string(&writer->text, ":[");
        for (size_t at = image->first; at != SIZE_MAX; at = kept->rows[at].next) {
            put_detection(&writer->text, &kept->rows[at].row);
            kin_buffer_string(&writer->text, kept->rows[at].next != SIZE_MAX ? ",\n" : "]");
        }
        code = kin_exchange__job_flush(writer, err);
    }
    kin_table_clear(&names);
    return code;
}

int kin_exchange__fiftyone_end(kin_job_writer *writer, kin_error *err)
{
    kin_buffer_string(&writer->text, "{\"classes\":[");
    for (size_t i = 0; i < writer->labels.count; i++) {
        kin_buffer_string(&writer->text, i ? "," : "");
        kin_exchange__put_json(&writer->text, writer->labels.list[i]);
    }
    kin_buffer_string(&writer->text, "],\n\"labels\":{");
    int code = put_samples(writer, err);
    kin_buffer_string(&writer->text, "}}\n");
    return code;
}
