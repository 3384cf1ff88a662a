/* The same 100 photos and 273 boxes, annotated in every format, come out the same from each. */
#include "exchange_fixture.h"

#include <math.h>

typedef struct box {
    const char *path, *label;
    double v[4]; /* left, top, width, height in pixels */
} box;

typedef struct boxes {
    kin_arena arena;
    box list[512];
    size_t count, images;
    char last[256];
    int width, height;
} boxes;

/* Sizes of the images as the COCO file gives them, for formats that say fractions and no sizes. */
typedef struct sizes {
    char path[128][64];
    int width[128], height[128];
    size_t count;
} sizes;

static sizes known;

static void learn_size(boxes *b, const kin_annotation *a)
{
    for (size_t i = 0; i < known.count; i++)
        if (strcmp(known.path[i], a->path) == 0) {
            if (a->width) {
                assert_int_equal(a->width, known.width[i]);
                assert_int_equal(a->height, known.height[i]);
            }
            b->width = known.width[i];
            b->height = known.height[i];
            return;
        }
    assert_true(a->width > 0 && a->height > 0 && known.count < 128);
    (void)snprintf(known.path[known.count], sizeof known.path[0], "%s", a->path);
    known.width[known.count] = b->width = a->width;
    known.height[known.count++] = b->height = a->height;
}

static int collect(void *user, const kin_annotation *a, kin_error *err)
{
    (void)err;
    boxes *b = user;
    if (!a->shape) {
        b->images++;
        (void)snprintf(b->last, sizeof b->last, "%s", a->path);
        learn_size(b, a);
        return KIN_OK;
    }
    if (strcmp(a->path, b->last) != 0) { /* rows of a CSV may come back to an image */
        (void)snprintf(b->last, sizeof b->last, "%s", a->path);
        learn_size(b, a);
    }
    double sx = a->relative ? b->width : 1, sy = a->relative ? b->height : 1;
    assert_true(b->count < 512);
    b->list[b->count++] = (box) { kin_arena_string(&b->arena, a->path),
                                  kin_arena_string(&b->arena, a->label),
                                  { a->box.x * sx, a->box.y * sy, a->box.w * sx, a->box.h * sy } };
    return KIN_OK;
}

static int in_order(const void *a, const void *b)
{
    const box *x = a, *y = b;
    int by = strcmp(x->path, y->path);
    by = by ? by : strcmp(x->label, y->label);
    for (size_t i = 0; i < 4 && !by; i++)
        if (lround(x->v[i]) != lround(y->v[i]))
            by = x->v[i] < y->v[i] ? -1 : 1;
    return by;
}

static void refuse(void *user, const char *where, const char *why)
{
    (void)user;
    fail_msg("%s: %s", where, why);
}

static void read_boxes(fixture *f, const char *folder, const char *name, kin_annotation_format format, boxes *b)
{
    const kin_annotation_sink sink = { collect, refuse, b };
    const char *path = kin_path_join(&f->arena, folder, name);
    *b = (boxes) { .arena = KIN_ARENA_INIT };
    int code = kin_import_annotations(path, folder, NULL, &sink, &f->summary, &f->err);
    if (code != KIN_OK)
        fail_msg("%s: %s", name, f->err.message);
    assert_int_equal(f->summary.format, format);
    assert_int_equal(b->images, 100);
    assert_int_equal(f->summary.images, 100);
    assert_int_equal(b->count, 273);
    qsort(b->list, b->count, sizeof *b->list, in_order);
}

/* Largest difference of a coordinate, in pixels. */
static double difference(const boxes *a, const boxes *b)
{
    double most = 0;
    for (size_t i = 0; i < a->count; i++) {
        assert_string_equal(a->list[i].path, b->list[i].path);
        assert_string_equal(a->list[i].label, b->list[i].label);
        for (size_t k = 0; k < 4; k++)
            most = fmax(most, fabs(a->list[i].v[k] - b->list[i].v[k]));
    }
    return most;
}

static const struct source {
    const char *name;
    kin_annotation_format format;
    double rounding; /* of its numbers as they are written, in pixels */
} sources[] = {
    { "annotations/coco_v2/instances_v2.json", KIN_ANNOTATIONS_COCO, 0 },
    { "annotations/coco_v1/instances_default.json", KIN_ANNOTATIONS_COCO, 0 },
    { "annotations/cvat/annotations.xml", KIN_ANNOTATIONS_CVAT, 0 },
    { "annotations/pascalvoc", KIN_ANNOTATIONS_VOC, 0 },
    { "annotations/imagenet", KIN_ANNOTATIONS_VOC, 0 },
    { "annotations/openimages/all_bounding_boxes.csv", KIN_ANNOTATIONS_OPEN_IMAGES, 500 * 0.5e-9 },
    /* six decimals of the centre and of the size, of up to 500 pixels */
    { "annotations/yolo/obj.data", KIN_ANNOTATIONS_YOLO, 500 * 0.75e-6 },
};
enum { source_count = sizeof sources / sizeof *sources };

static void all_formats_give_the_same_boxes(void **state)
{
    fixture *f = *state;
    const char *folder = shared_data(f, "formats");
    if (!folder)
        skip();
    boxes *all = calloc(source_count, sizeof *all);
    assert_non_null(all);
    for (size_t i = 0; i < source_count; i++)
        read_boxes(f, folder, sources[i].name, sources[i].format, &all[i]);
    for (size_t i = 0; i < source_count; i++)
        for (size_t k = 0; k < i; k++) {
            double most = difference(&all[i], &all[k]), allowed = sources[i].rounding + sources[k].rounding + 1e-9;
            if (most > allowed)
                fail_msg("%s and %s differ by %g pixels", sources[i].name, sources[k].name, most);
        }
    for (size_t i = 0; i < source_count; i++)
        kin_arena_clear(&all[i].arena);
    free(all);
}

/* The folder that holds one file of annotations is as good as that. */
static void folders_are_looked_into(void **state)
{
    fixture *f = *state;
    const char *folder = shared_data(f, "formats");
    if (!folder)
        skip();
    for (size_t i = 0; i < source_count; i++) {
        boxes b;
        char name[64];
        int length = (int)(kin_path_base(sources[i].name) - sources[i].name) - 1;
        bool is_file = kin_path_extension(sources[i].name)[0] != '\0';
        assert_true(snprintf(name, sizeof name, "%.*s", is_file ? length : 64, sources[i].name) < (int)sizeof name);
        read_boxes(f, folder, name, sources[i].format, &b);
        kin_arena_clear(&b.arena);
    }
}

/* ---- Formats that the set is not annotated in: written here, of the boxes read from COCO ---- */

typedef void (*writer)(kin_buffer *out, const boxes *b, size_t first, size_t end, int width, int height);

/* Percents, of 17 digits. */
static void write_studio(kin_buffer *out, const boxes *b, size_t first, size_t end, int width, int height)
{
    kin_buffer_printf(out,
                      "%s{\"id\":%zu,\"data\":{\"image\":\"/data/local-files/?d=set/%s\"},\"annotations\":[{\"id\":1,"
                      "\"result\":[",
                      out->size ? ",\n" : "[", first, b->list[first].path);
    for (size_t i = first; i < end; i++) {
        const double *v = b->list[i].v;
        kin_buffer_printf(
            out,
            "%s{\"id\":\"r%zu\",\"type\":\"rectanglelabels\",\"original_width\":%d,\"original_height\":%d,"
            "\"value\":{\"x\":%.17g,\"y\":%.17g,\"width\":%.17g,\"height\":%.17g,\"rotation\":0,"
            "\"rectanglelabels\":[\"%s\"]}}",
            i > first ? "," : "", i, width, height, v[0] * 100 / width, v[1] * 100 / height, v[2] * 100 / width,
            v[3] * 100 / height, b->list[i].label);
    }
    kin_buffer_printf(out, "]}],\"predictions\":[]}%s", end == b->count ? "]\n" : "");
}

static void write_metadata(kin_buffer *out, const boxes *b, size_t first, size_t end, int width, int height)
{
    kin_buffer_printf(out, "{\"file_name\":\"%s\",\"width\":%d,\"height\":%d,\"objects\":{\"bbox\":[",
                      b->list[first].path, width, height);
    for (size_t i = first; i < end; i++)
        kin_buffer_printf(out, "%s[%.17g,%.17g,%.17g,%.17g]", i > first ? "," : "", b->list[i].v[0], b->list[i].v[1],
                          b->list[i].v[2], b->list[i].v[3]);
    kin_buffer_string(out, "],\"categories\":[");
    for (size_t i = first; i < end; i++)
        kin_buffer_printf(out, "%s\"%s\"", i > first ? "," : "", b->list[i].label);
    kin_buffer_string(out, "]}}\n");
}

static void write_lines(kin_buffer *out, const boxes *b, size_t first, size_t end, int width, int height)
{
    for (size_t i = first; i < end; i++)
        kin_buffer_printf(out,
                          "{\"path\":\"%s\",\"label\":\"%s\",\"x\":%.17g,\"y\":%.17g,\"w\":%.17g,\"h\":%.17g,"
                          "\"image_width\":%d,\"image_height\":%d}\n",
                          b->list[i].path, b->list[i].label, b->list[i].v[0], b->list[i].v[1], b->list[i].v[2],
                          b->list[i].v[3], width, height);
}

static void write_csv(kin_buffer *out, const boxes *b, size_t first, size_t end, int width, int height)
{
    if (!out->size)
        kin_buffer_string(out, "filename,width,height,class,xmin,ymin,xmax,ymax\n");
    for (size_t i = first; i < end; i++) {
        const double *v = b->list[i].v;
        kin_buffer_printf(out, "%s,%d,%d,%s,%.17g,%.17g,%.17g,%.17g\n", b->list[i].path, width, height,
                          b->list[i].label, v[0], v[1], v[0] + v[2], v[1] + v[3]);
    }
}

static void write_all(const boxes *b, writer write, kin_buffer *out)
{
    kin_buffer_reset(out);
    for (size_t first = 0, end; first < b->count; first = end) {
        size_t k = 0;
        for (end = first; end < b->count && strcmp(b->list[end].path, b->list[first].path) == 0; end++)
            continue;
        while (strcmp(known.path[k], b->list[first].path) != 0)
            k++;
        write(out, b, first, end, known.width[k], known.height[k]);
    }
}

static void so_do_formats_written_here(void **state)
{
    static const struct {
        const char *name;
        kin_annotation_format format;
        writer write;
    } written[] = { { "project-1.json", KIN_ANNOTATIONS_LABEL_STUDIO, write_studio },
                    { "metadata.jsonl", KIN_ANNOTATIONS_JSONL, write_metadata },
                    { "boxes.jsonl", KIN_ANNOTATIONS_JSONL, write_lines },
                    { "boxes.csv", KIN_ANNOTATIONS_CSV, write_csv } };
    fixture *f = *state;
    kin_buffer text = KIN_BUFFER_INIT;
    boxes coco, other;
    const char *folder = shared_data(f, "formats");
    if (!folder)
        skip();
    read_boxes(f, folder, sources[0].name, sources[0].format, &coco);
    for (size_t i = 0; i < known.count; i++)
        put(f, known.path[i], "");
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        write_all(&coco, written[i].write, &text);
        put(f, written[i].name, text.data);
        read_boxes(f, f->folder, written[i].name, written[i].format, &other);
        if (difference(&coco, &other) > 1e-9)
            fail_msg("%s differs by %g pixels", written[i].name, difference(&coco, &other));
        kin_arena_clear(&other.arena);
    }
    kin_arena_clear(&coco.arena);
    kin_buffer_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_formats_give_the_same_boxes, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(so_do_formats_written_here, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(folders_are_looked_into, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("exchange: one set in every format", tests, NULL, NULL);
}
