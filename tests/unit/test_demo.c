#include "kin_test.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/table.h"
#include "demo/demo.h"
#include "demo/plan.h"
#include "kin/image.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[] = "/tmp/kin_test_demo_XXXXXX";

static char *in_root(kin_arena *arena, const char *name)
{
    return kin_path_join(arena, root, name);
}

static int draw(const char *folder, uint32_t pictures, uint64_t seed, size_t threads, kin_demo_summary *summary)
{
    kin_demo_options options = { pictures, seed, threads };
    kin_error err = KIN_ERROR_INIT;
    int code = kin_demo_write(folder, &options, NULL, summary, &err);
    if (code != KIN_OK)
        print_message("%s\n", err.message);
    return code;
}

static void read_all(const char *folder, const char *name, kin_buffer *out)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_error err = KIN_ERROR_INIT;
    kin_buffer_reset(out);
    assert_int_equal(kin_file_read(kin_path_join(&arena, folder, name), SIZE_MAX, out, &err), KIN_OK);
    kin_arena_clear(&arena);
}

static uint64_t hash_of(const char *folder, const char *name)
{
    kin_buffer text = KIN_BUFFER_INIT;
    read_all(folder, name, &text);
    uint64_t hash = kin_hash(text.data, text.size);
    kin_buffer_clear(&text);
    return hash;
}

static void the_seed_alone_decides(void **state)
{
    (void)state;
    static const char *const files[] = { "instances.json", "truth.csv", "images/000001.jpg", "images/000017.jpg",
                                         "images/000080.jpg" };
    kin_arena arena = KIN_ARENA_INIT;
    const char *one = in_root(&arena, "one"), *three = in_root(&arena, "three"), *other = in_root(&arena, "other");
    assert_int_equal(draw(one, 80, 7, 1, NULL), KIN_OK);
    assert_int_equal(draw(three, 80, 7, 3, NULL), KIN_OK);
    assert_int_equal(draw(other, 80, 8, 2, NULL), KIN_OK);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_true(hash_of(one, files[i]) == hash_of(three, files[i]));
        assert_true(hash_of(one, files[i]) != hash_of(other, files[i]));
    }
    assert_true(hash_of(one, files[2]) != hash_of(one, files[3]));
    kin_arena_clear(&arena);
}

/* ---- The files say what the summary says ---- */

typedef struct truth_row {
    char item[40], given[16], truth[16], verdict[16], should_be[16], kind[16];
} truth_row;

/* Splits one line at its commas into five given cells and the last; false at the end of the text. */
static bool next_row(const char **at, truth_row *row)
{
    char *cells[] = { row->item, row->given, row->truth, row->verdict, row->should_be, row->kind };
    size_t sizes[] = { sizeof row->item, 16, 16, 16, 16, 16 };
    if (!**at)
        return false;
    for (int i = 0; i < 6; i++) {
        size_t length = strcspn(*at, i < 5 ? "," : "\r");
        assert_true(length < sizes[i]);
        memcpy(cells[i], *at, length);
        cells[i][length] = '\0';
        *at += length + 1;
    }
    assert_int_equal(**at, '\n');
    ++*at;
    return true;
}

static void check_row(const truth_row *row)
{
    bool label = strcmp(row->kind, "label") == 0, box = strcmp(row->kind, "box") == 0;
    bool missing = strcmp(row->kind, "missing") == 0;
    assert_string_equal(row->verdict, label || missing ? "critical" : box ? "minor" : "ok");
    assert_string_equal(row->should_be, label || missing ? row->truth : "");
    assert_int_equal(missing, strchr(row->item, '#') == NULL);
    if (missing)
        assert_string_equal(row->given, "");
    else
        assert_int_equal(label, strcmp(row->given, row->truth) != 0);
}

/* Counts as the documentation defines them, from truth.csv alone. */
static void count_truth(const char *text, kin_demo_summary *counted, kin_table *items)
{
    truth_row row;
    const char *at = text;
    assert_true(next_row(&at, &row));
    assert_string_equal(row.item, "item");
    while (next_row(&at, &row)) {
        bool added;
        check_row(&row);
        (void)kin_table_add(items, row.item, 0, &added);
        assert_true(added);
        bool label = strcmp(row.kind, "label") == 0, to_motorcycle = strcmp(row.given, "motorcycle") == 0;
        bool pattern = strcmp(row.truth, "skateboarder") == 0 && strcmp(row.given, "pedestrian") == 0;
        counted->missing += strcmp(row.kind, "missing") == 0;
        counted->shapes += strcmp(row.kind, "missing") != 0;
        counted->loose_boxes += strcmp(row.kind, "box") == 0;
        counted->motorcycles_labelled += to_motorcycle;
        counted->motorcycles_wrong += to_motorcycle && label;
        counted->skateboarders_as_pedestrians += pattern;
        counted->other_labels += label && !pattern && !to_motorcycle;
        counted->pedestrians += !label && strcmp(row.given, "pedestrian") == 0;
    }
}

static void the_files_hold_what_the_summary_says(void **state)
{
    (void)state;
    kin_arena arena = KIN_ARENA_INIT;
    kin_buffer text = KIN_BUFFER_INIT;
    kin_table items = KIN_TABLE_INIT;
    kin_demo_summary summary, counted = { 0 };
    const char *folder = in_root(&arena, "counted");
    assert_int_equal(draw(folder, 240, 3, 0, &summary), KIN_OK);
    read_all(folder, "truth.csv", &text);
    count_truth(text.data, &counted, &items);
    assert_int_equal(summary.pictures, 240);
    assert_int_equal(counted.shapes, summary.shapes);
    assert_int_equal(counted.pedestrians, summary.pedestrians);
    assert_int_equal(counted.skateboarders_as_pedestrians, summary.skateboarders_as_pedestrians);
    assert_int_equal(counted.motorcycles_labelled, summary.motorcycles_labelled);
    assert_int_equal(counted.motorcycles_wrong, summary.motorcycles_wrong);
    assert_int_equal(counted.other_labels, summary.other_labels);
    assert_int_equal(counted.loose_boxes, summary.loose_boxes);
    assert_int_equal(counted.missing, summary.missing);

    /* Every annotation of instances.json is in truth.csv under its picture, and none is there twice. */
    read_all(folder, "instances.json", &text);
    const char *annotations = strstr(text.data, "\"annotations\":");
    assert_non_null(annotations);
    uint64_t shapes = 0;
    for (const char *at = annotations; (at = strstr(at, "{\"id\":")) != NULL; at++, shapes++) {
        long id, image;
        char item[64];
        double x, y, w, h;
        assert_int_equal(sscanf(at, "{\"id\":%ld,\"image_id\":%ld,\"category_id\":%*d,\"bbox\":[%lf,%lf,%lf,%lf]", &id,
                                &image, &x, &y, &w, &h),
                         6);
        (void)snprintf(item, sizeof item, "images/%06ld.jpg#%ld", image, id);
        assert_non_null(kin_table_find(&items, item));
        assert_true(x >= 0 && y >= 0 && w >= 3 && h >= 8);
        assert_true(x + w <= 480.0001 && y + h <= 320.0001);
    }
    assert_int_equal(shapes, summary.shapes);
    kin_table_clear(&items);
    kin_buffer_clear(&text);
    kin_arena_clear(&arena);
}

static void a_picture_is_a_picture(void **state)
{
    (void)state;
    kin_arena arena = KIN_ARENA_INIT;
    kin_buffer bytes = KIN_BUFFER_INIT;
    kin_image image = KIN_IMAGE_INIT;
    kin_image_options options = KIN_IMAGE_OPTIONS_INIT;
    kin_error err = KIN_ERROR_INIT;
    const char *folder = in_root(&arena, "picture");
    assert_int_equal(draw(folder, 3, 5, 0, NULL), KIN_OK);
    read_all(folder, "images/000003.jpg", &bytes);
    assert_int_equal(kin_image_decode(bytes.data, bytes.size, &options, &image, &err), KIN_OK);
    assert_int_equal(image.width, 480);
    assert_int_equal(image.height, 320);
    kin_image_clear(&image);
    kin_buffer_clear(&bytes);
    kin_arena_clear(&arena);
}

/* ---- The plan: what is promised of the default data set ---- */

static void the_planted_shares_are_as_documented(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        kin_demo_plan plan = KIN_DEMO_PLAN_INIT;
        kin_demo_summary s;
        kin_error err = KIN_ERROR_INIT;
        assert_int_equal(kin_demo__plan(seed, 2000, &plan, &err), KIN_OK);
        kin_demo__summarise(&plan, &s);
        double shapes = (double)s.shapes;
        assert_in_range(s.shapes, 7000, 9000);
        assert_in_range(s.pedestrians, 2600, 3700);
        assert_in_range(s.skateboarders_as_pedestrians, 120, 220);
        assert_int_equal(s.motorcycles_labelled, 2 * s.motorcycles_wrong);
        assert_true(fabs((double)s.motorcycles_labelled / shapes - 0.01) < 0.0005);
        assert_true(fabs((double)s.other_labels / shapes - 0.0035) < 0.0003);
        assert_true(fabs((double)s.loose_boxes / shapes - 0.005) < 0.0003);
        assert_true(s.error_rate > 0.03 && s.error_rate < 0.045);
        assert_true(s.score > 0.958 && s.score < 0.978);

        size_t by_night = 0, his = 0;
        for (size_t i = 0; i < plan.picture_count; i++)
            for (size_t k = 0; k < plan.pictures[i].count; k++) {
                const kin_demo_shape *shape = &plan.shapes[plan.pictures[i].first + k];
                bool pattern =
                    plan.pictures[i].annotator == KIN_DEMO_PATTERN_ANNOTATOR && shape->truth == KIN_DEMO_SKATEBOARDER;
                assert_int_equal(shape->fault == KIN_DEMO_PATTERN, pattern);
                assert_false(shape->fault == KIN_DEMO_LABEL && shape->truth == KIN_DEMO_SKATEBOARDER &&
                             shape->given == KIN_DEMO_PEDESTRIAN);
                if (shape->fault == KIN_DEMO_SLICE) {
                    by_night += plan.pictures[i].daytime == KIN_NIGHT;
                    his += plan.pictures[i].annotator == KIN_DEMO_SLICE_ANNOTATOR;
                }
            }
        assert_true(3 * by_night > 2 * s.motorcycles_wrong);
        assert_true(3 * his > 2 * s.motorcycles_wrong);
        kin_demo__plan_clear(&plan);
    }
}

static double overlap(kin_box a, kin_box b)
{
    double w = fmin(a.x + a.w, b.x + b.w) - fmax(a.x, b.x), h = fmin(a.y + a.h, b.y + b.h) - fmax(a.y, b.y);
    double both = w > 0 && h > 0 ? w * h : 0;
    return both / (a.w * a.h + b.w * b.h - both);
}

/* A loose box is plainly worse than any other; and a box holds what was drawn, to the pixel. */
static void boxes_are_tight_but_for_the_loose_ones(void **state)
{
    (void)state;
    enum { width = KIN_SCENE_WIDTH, height = KIN_SCENE_HEIGHT };
    kin_demo_plan plan = KIN_DEMO_PLAN_INIT;
    kin_canvas *canvas = NULL;
    kin_error err = KIN_ERROR_INIT;
    uint8_t *rgb = malloc((size_t)width * height * 3);
    assert_non_null(rgb);
    assert_int_equal(kin_demo__plan(11, 300, &plan, &err), KIN_OK);
    assert_int_equal(kin_canvas_new(width, height, &canvas, &err), KIN_OK);
    for (size_t i = 0; i < plan.picture_count; i++) {
        assert_int_equal(kin_demo__draw(&plan, i, canvas, rgb, &err), KIN_OK);
        for (size_t k = 0; k < plan.pictures[i].count; k++) {
            const kin_demo_shape *shape = &plan.shapes[plan.pictures[i].first + k];
            double iou = overlap(shape->seen, shape->box);
            if (shape->fault == KIN_DEMO_BOX)
                assert_true(iou < 0.75);
            else
                assert_true(iou > 0.86);
        }
    }
    kin_canvas_free(canvas);
    free(rgb);
    kin_demo__plan_clear(&plan);
}

/* ---- The rasteriser ---- */

static void a_fill_covers_the_exact_area(void **state)
{
    (void)state;
    kin_canvas *canvas = NULL;
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_canvas_new(40, 30, &canvas, &err), KIN_OK);
    kin_canvas_own(canvas, 1);
    kin_canvas_rect(canvas, 3.25, 4.5, 10, 6);
    kin_canvas_rect(canvas, 9, 5.75, 4, 4.75); /* inside, turned the other way: unites */
    kin_paint paint = kin_flat((kin_rgb) { 1, 1, 1 }, 1);
    kin_canvas_fill(canvas, &paint);
    assert_float_equal(canvas->rgb[3 * (4 * 40 + 3)], 0.75 * 0.5, 1e-6);
    assert_float_equal(canvas->rgb[3 * (5 * 40 + 3)], 0.75, 1e-6);
    assert_float_equal(canvas->rgb[3 * (5 * 40 + 6)], 1, 1e-6);
    assert_float_equal(canvas->rgb[3 * (5 * 40 + 9)], 1, 1e-6);
    assert_float_equal(canvas->rgb[3 * (5 * 40 + 10)], 0, 1e-6);
    assert_float_equal(canvas->left, 3.25, 1e-12);
    assert_float_equal(canvas->bottom, 6, 1e-12);
    assert_int_equal(kin_canvas_owned(canvas, 1, (kin_box) { 0, 0, 40, 30 }),
                     6 + 7); /* the corner of row 4 is 3 / 8 covered */

    /* A disc that reaches over the left and the lower border: the area of the part inside. */
    kin_canvas_reset(canvas);
    kin_canvas_ellipse(canvas, 0, 30, 12, 12);
    kin_canvas_fill(canvas, &paint);
    double sum = 0;
    for (size_t i = 0; i < 40 * 30; i++)
        sum += (double)canvas->rgb[3 * i];
    assert_true(fabs(sum - 3.14159265 * 36) < 1.5);
    kin_canvas_free(canvas);
}

/* ---- The folder ---- */

static void a_folder_of_others_is_left_alone(void **state)
{
    (void)state;
    kin_arena arena = KIN_ARENA_INIT;
    kin_error err = KIN_ERROR_INIT;
    kin_demo_options options = { 2, 1, 0 };
    const char *folder = in_root(&arena, "mine"), *file = in_root(&arena, "mine/letter.txt");
    assert_int_equal(kin_file_make_folder(folder, &err), KIN_OK);
    assert_int_equal(kin_file_replace(file, "x", 1, &err), KIN_OK);
    assert_int_equal(kin_demo_write(folder, &options, NULL, NULL, &err), KIN_E_USAGE);
    assert_non_null(strstr(err.message, "letter.txt"));
    assert_false(kin_file_exists(in_root(&arena, "mine/images")));

    /* An earlier demo is replaced, with nothing left of it ... */
    assert_int_equal(unlink(file), 0);
    assert_int_equal(draw(folder, 5, 1, 0, NULL), KIN_OK);
    assert_true(kin_file_exists(in_root(&arena, "mine/images/000005.jpg")));
    assert_int_equal(draw(folder, 2, 1, 0, NULL), KIN_OK);
    assert_false(kin_file_exists(in_root(&arena, "mine/images/000005.jpg")));

    /* ... but not once somebody has put something of his own into it. */
    static const char *const own[] = { "mine/notes.txt", "mine/images/holiday.jpg", "mine/images/0000001.jpg",
                                       "mine/images/000009.png" };
    for (int i = 0; i < 4; i++) {
        file = in_root(&arena, own[i]);
        assert_int_equal(kin_file_replace(file, "x", 1, &err), KIN_OK);
        assert_int_equal(kin_demo_write(folder, &options, NULL, NULL, &err), KIN_E_USAGE);
        assert_true(kin_file_exists(file));
        assert_true(kin_file_exists(in_root(&arena, "mine/images/000001.jpg")));
        assert_true(kin_file_exists(in_root(&arena, "mine/truth.csv")));
        assert_int_equal(unlink(file), 0);
    }
    options.pictures = 0;
    assert_int_equal(kin_demo_write(folder, &options, NULL, NULL, &err), KIN_E_USAGE);
    kin_arena_clear(&arena);
}

typedef struct seen {
    uint64_t done, total;
} seen;

static void remember(void *user, const char *what, uint64_t done, uint64_t total)
{
    assert_string_equal(what, "draw");
    assert_true(done > ((seen *)user)->done);
    *(seen *)user = (seen) { done, total };
}

static bool after_the_first(void *user)
{
    return ((seen *)user)->done > 0;
}

static void it_tells_and_stops(void **state)
{
    (void)state;
    kin_arena arena = KIN_ARENA_INIT;
    kin_error err = KIN_ERROR_INIT;
    kin_demo_options options = { 150, 1, 2 };
    seen told = { 0, 0 };
    kin_watch watch = { &told, remember, NULL, after_the_first };
    const char *folder = in_root(&arena, "stopped");
    assert_int_equal(kin_demo_write(folder, &options, &watch, NULL, &err), KIN_E_STOPPED);
    assert_int_equal(told.total, 150);
    assert_in_range(told.done, 1, 149);
    assert_false(kin_file_exists(in_root(&arena, "stopped/instances.json")));
    watch.stop = NULL;
    told.done = 0;
    options.pictures = 70;
    assert_int_equal(kin_demo_write(folder, &options, &watch, NULL, &err), KIN_OK);
    assert_int_equal(told.done, 70);
    assert_true(kin_file_exists(in_root(&arena, "stopped/instances.json")));
    kin_arena_clear(&arena);
}

static int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    char command[64];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_alone_decides),
        cmocka_unit_test(the_files_hold_what_the_summary_says),
        cmocka_unit_test(a_picture_is_a_picture),
        cmocka_unit_test(the_planted_shares_are_as_documented),
        cmocka_unit_test(boxes_are_tight_but_for_the_loose_ones),
        cmocka_unit_test(a_fill_covers_the_exact_area),
        cmocka_unit_test(a_folder_of_others_is_left_alone),
        cmocka_unit_test(it_tells_and_stops),
    };
    return cmocka_run_group_tests_name("demo", tests, make_root, remove_root);
}
