/* Neural models: where they are found, what their configs may say, what of a picture they see. The nets are tiny ones
 * whose output is known: the mean of each colour over the whole input or a part of it. */
#include "test_net_model.h"

#include "base/file.h"
#include "descriptor/preprocess.h"
#include "kin/descriptor.h"

#include <unistd.h>

enum { SIDE = 8 };

static char root[64]; /* the folder of models */

static const char plain_config[] = "{\"size\": 8, \"do_normalize\": false, \"resample\": 2}";

static void write_file(const char *folder, const char *name, const void *bytes, size_t size)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_file_make_folder(folder, &err), KIN_OK);
    assert_int_equal(kin_file_replace(kin_path_join(&arena, folder, name), bytes, size, &err), KIN_OK);
    kin_arena_clear(&arena);
}

static const char *folder_of(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

/* A model that gives the mean of each colour of what it sees. */
static void write_model(const char *name, const char *config, int64_t channels, int64_t side)
{
    model m;
    model_init(&m, channels, side, side);
    model_node(&m, "GlobalAveragePool", "x", "p");
    model_int(&m, model_node(&m, "Flatten", "p", "y"), "axis", 1);
    model_pack(&m);
    write_file(folder_of(name), "model.onnx", m.bytes, m.size);
    write_file(folder_of(name), "preprocessor_config.json", config, strlen(config));
    model_clear(&m);
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof root, "/tmp/kin-models-XXXXXX");
    return mkdtemp(root) && setenv("KIN_MODELS", root, 1) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

static kin_model *open_model(const char *name)
{
    kin_error err = KIN_ERROR_INIT;
    kin_model *opened = NULL;
    if (kin_model_open(name, KIN_PRECISION_DEFAULT, &opened, &err) != KIN_OK)
        fail_msg("%s", err.message);
    return opened;
}

/* Three stripes side by side, each a third of 48 x 16: red, green, blue. */
static kin_image stripes(uint8_t *pixels)
{
    memset(pixels, 0, 48 * 16 * 3);
    for (size_t i = 0; i < 48 * 16; i++)
        pixels[3 * i + i % 48 / 16] = 255;
    return (kin_image) { 48, 16, 48, 16, pixels };
}

static void describe(const char *name, kin_box region, float vector[3])
{
    uint8_t pixels[48 * 16 * 3];
    kin_image image = stripes(pixels);
    kin_error err = KIN_ERROR_INIT;
    kin_model *opened = open_model(name);
    kin_describer *describer = NULL;
    assert_int_equal(kin_model_about(opened)->dim, 3);
    assert_int_equal(kin_describer_new(opened, &describer, &err), KIN_OK);
    assert_int_equal(kin_describer_run(describer, &image, &region, 1, vector, &err), KIN_OK);
    kin_describer_free(describer);
    kin_model_free(opened);
}

static void assert_vector(const float *got, double r, double g, double b)
{
    double length = sqrt(r * r + g * g + b * b), want[] = { r / length, g / length, b / length };
    for (size_t i = 0; i < 3; i++)
        assert_true(fabs((double)got[i] - want[i]) < 0.02);
}

static void what_is_seen_of_whole_pictures_and_of_regions(void **state)
{
    (void)state;
    const kin_box whole = { 0, 0, 48, 16 }, left = { 0, 0, 32, 16 };
    float v[3];
    write_model("stretch", plain_config, 3, SIDE);
    describe("stretch", whole, v);
    assert_vector(v, 1, 1, 1);
    describe("stretch", left, v);
    assert_vector(v, 1, 1, 0);
    /* a region that is thinner than the input grows: 10 .. 26 */
    describe("stretch", (kin_box) { 16, 0, 4, 16 }, v);
    assert_vector(v, 6, 10, 0);
    write_model("crop", "{\"size\": {\"shortest_edge\": 8}, \"crop_size\": 8, \"do_normalize\": false}", 3, SIDE);
    describe("crop", whole, v);
    assert_vector(v, 0, 1, 0);
    describe("crop", left, v);
    assert_vector(v, 1, 1, 0);
    write_model("shifted",
                "{\"size\": {\"height\": 8, \"width\": 8}, \"image_mean\": [0, 1, 0], \"image_std\": [1, 1, 0.5]}", 3,
                SIDE);
    describe("shifted", whole, v);
    assert_vector(v, 1.0 / 3, -2.0 / 3, 2.0 / 3);
    write_model("black", "{\"size\": 8, \"rescale_factor\": 1e-30, \"do_normalize\": false}", 3, SIDE);
    describe("black", whole, v);
    assert_vector(v, 1, 1, 1);
}

static void assert_box(kin_box box, double x, double y, double w, double h)
{
    if (box.x != x || box.y != y || box.w != w || box.h != h)
        fail_msg("%g, %g, %g x %g", box.x, box.y, box.w, box.h);
}

static void regions_grow_to_the_proportions_of_the_input(void **state)
{
    (void)state;
    kin_preprocess square = { .edge = 8, .crop_width = 8, .crop_height = 8 };
    kin_preprocess wide = { .width = 16, .height = 8, .crop_width = 16, .crop_height = 8 };
    assert_box(kin_preprocess_view(&square, 100, 80, (kin_box) { 40, 30, 10, 30 }), 30, 30, 30, 30);
    assert_box(kin_preprocess_view(&square, 100, 80, (kin_box) { 40, 30, 30, 10 }), 40, 20, 30, 30);
    assert_box(kin_preprocess_view(&square, 100, 80, (kin_box) { 40, 30, 20, 20 }), 40, 30, 20, 20);
    /* as far as the picture goes */
    assert_box(kin_preprocess_view(&square, 100, 80, (kin_box) { 4, 30, 10, 30 }), 0, 30, 24, 30);
    assert_box(kin_preprocess_view(&square, 100, 80, (kin_box) { 86, 30, 10, 30 }), 76, 30, 24, 30);
    assert_box(kin_preprocess_view(&square, 100, 80, (kin_box) { 0, 20, 100, 10 }), 0, 0, 100, 75);
    assert_box(kin_preprocess_view(&square, 100, 80, (kin_box) { 0, 60, 60, 20 }), 0, 40, 60, 40);
    assert_box(kin_preprocess_view(&wide, 100, 80, (kin_box) { 40, 30, 10, 10 }), 35, 30, 20, 10);
    assert_box(kin_preprocess_view(&wide, 100, 80, (kin_box) { 40, 30, 20, 40 }), 10, 30, 80, 40);
}

static void the_picture_is_resized_as_the_config_says(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        kin_filter filter;
    } cases[] = { { "{\"size\": 8, \"resample\": 2}", KIN_FILTER_BILINEAR },
                  { "{\"size\": 8, \"resample\": 3}", KIN_FILTER_BICUBIC },
                  { "{\"size\": 8, \"resample\": 4}", KIN_FILTER_AREA } };
    const kin_box all = { 0, 0, 11, 11 };
    uint8_t pixels[11 * 11 * 3], seen[8 * 8 * 3];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i * 31 >> 3);
    kin_image image = { 11, 11, 11, 11, pixels };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        kin_error err = KIN_ERROR_INIT;
        kin_describer *describer = NULL;
        float v[3];
        double sums[3] = { 0, 0, 0 };
        write_model("resized", cases[k].config, 3, SIDE);
        kin_model *opened = open_model("resized");
        assert_int_equal(kin_describer_new(opened, &describer, &err), KIN_OK);
        assert_int_equal(kin_describer_run(describer, &image, &all, 1, v, &err), KIN_OK);
        kin_describer_free(describer);
        kin_model_free(opened);
        assert_int_equal(kin_image_resize(&image, all, 8, 8, cases[k].filter, seen, &err), KIN_OK);
        for (size_t i = 0; i < sizeof seen; i++)
            sums[i % 3] += seen[i];
        double length = sqrt(sums[0] * sums[0] + sums[1] * sums[1] + sums[2] * sums[2]);
        for (size_t c = 0; c < 3; c++)
            assert_true(fabs((double)v[c] - sums[c] / length) < 1e-5);
    }
}

static void the_frame_is_the_crop_of_the_resized_picture(void **state)
{
    (void)state;
    static const char text[] =
        "{\"size\": 256, \"do_center_crop\": true, \"crop_size\": {\"height\": 224, \"width\": 128},"
        "\"do_normalize\": false, \"resample\": 3}";
    kin_preprocess p;
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_preprocess_parse(text, strlen(text), "c", &p, &err), KIN_OK);
    assert_box(kin_preprocess_view(&p, 1024, 512, (kin_box) { 0, 0, 1024, 512 }), 384, 32, 256, 448);
    assert_int_equal(p.filter, KIN_FILTER_BICUBIC);
}

static void a_name_and_a_path_open_the_same_model_again(void **state)
{
    (void)state;
    write_model("tiny", plain_config, 3, SIDE);
    kin_model *by_name = open_model("tiny"), *by_path = open_model(folder_of("tiny"));
    const kin_model_info *a = kin_model_about(by_name), *b = kin_model_about(by_path);
    assert_string_equal(a->name, "tiny");
    assert_true(b->name[0] == '/');
    assert_int_equal(a->id, b->id);
    assert_int_equal(a->input, SIDE);
    kin_model *again = open_model(b->name);
    assert_int_equal(kin_model_about(again)->id, a->id);
    kin_model_free(again);
    write_model("tiny", "{\"size\": 8, \"do_normalize\": false, \"resample\": 3}", 3, SIDE);
    again = open_model("tiny");
    assert_int_not_equal(kin_model_about(again)->id, a->id);
    kin_model_free(again);
    kin_model_free(by_name);
    kin_model_free(by_path);
}

static void the_default_falls_back_with_a_note(void **state)
{
    (void)state;
    kin_error note = KIN_ERROR_INIT, err = KIN_ERROR_INIT;
    kin_model *opened = NULL;
    assert_int_equal(kin_model_default(KIN_PRECISION_DEFAULT, &opened, &note, &err), KIN_OK);
    assert_string_equal(kin_model_about(opened)->name, "classic");
    assert_string_equal(note.message, "efficientnet-lite0 is not there (tools/get_model.sh brings it); using classic");
    kin_model_free(opened);
    write_model("efficientnet-lite0", "[]", 3, SIDE);
    assert_int_equal(kin_model_default(KIN_PRECISION_DEFAULT, &opened, &note, &err), KIN_OK);
    assert_string_equal(kin_model_about(opened)->name, "classic");
    assert_non_null(strstr(note.message, "no JSON object"));
    kin_model_free(opened);
    write_model("efficientnet-lite0", plain_config, 3, SIDE);
    assert_int_equal(kin_model_default(KIN_PRECISION_DEFAULT, &opened, &note, &err), KIN_OK);
    assert_string_equal(kin_model_about(opened)->name, "efficientnet-lite0");
    assert_int_equal(note.code, KIN_OK);
    kin_model_free(opened);
}

static void assert_refused(const char *name, const char *reason)
{
    kin_error err = KIN_ERROR_INIT;
    kin_model *opened = NULL;
    assert_true(kin_model_open(name, KIN_PRECISION_DEFAULT, &opened, &err) < 0);
    if (!strstr(err.message, reason))
        fail_msg("'%s' does not say '%s'", err.message, reason);
    assert_null(opened);
}

static void what_cannot_be_used_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *config, *reason;
    } cases[] = {
        { "", "no JSON object" },
        { "{\"size\": ", "no JSON object" },
        { "{}", "\"size\"" },
        { "{\"size\": 8.5}", "\"size\"" },
        { "{\"size\": 0}", "\"size\"" },
        { "{\"size\": 1e300}", "\"size\"" },
        { "{\"size\": {\"width\": 8}}", "\"size\"" },
        { "{\"size\": {\"shortest_edge\": 8}}", "\"do_center_crop\"" },
        { "{\"size\": 8, \"do_resize\": false}", "\"do_resize\"" },
        { "{\"size\": 8, \"do_center_crop\": 1}", "\"do_center_crop\"" },
        { "{\"size\": 8, \"crop_size\": 9}", "\"crop_size\"" },
        { "{\"size\": 8, \"resample\": 6}", "\"resample\"" },
        { "{\"size\": 8, \"resample\": \"bicubic\"}", "\"resample\"" },
        { "{\"size\": 8, \"image_mean\": [1, 2]}", "\"image_mean\"" },
        { "{\"size\": 8, \"image_mean\": [1, 2, 3]}", "\"image_std\"" },
        { "{\"size\": 8, \"image_mean\": [1, 2, 3], \"image_std\": [1, 0, 1]}", "\"image_std\"" },
        { "{\"size\": 8, \"rescale_factor\": 0}", "\"rescale_factor\"" },
        { "{\"size\": 9}", "8 x 8 pixels" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_model("bad", cases[i].config, 3, SIDE);
        assert_refused("bad", cases[i].reason);
    }
    write_model("bad", plain_config, 4, SIDE);
    assert_refused("bad", "4 channels");
    write_file(folder_of("bad"), "model.onnx", "no protobuf", 11);
    assert_refused("bad", "model.onnx");
    assert_refused("nowhere", "there is: classic");
    assert_refused("", "there is: classic");
    assert_refused("../bad", "there is: classic");
    char config[160];
    (void)snprintf(config, sizeof config, "%s/preprocessor_config.json", folder_of("bad"));
    assert_int_equal(remove(config), 0);
    assert_refused("bad", "preprocessor_config.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_falls_back_with_a_note),
        cmocka_unit_test(what_is_seen_of_whole_pictures_and_of_regions),
        cmocka_unit_test(regions_grow_to_the_proportions_of_the_input),
        cmocka_unit_test(the_picture_is_resized_as_the_config_says),
        cmocka_unit_test(the_frame_is_the_crop_of_the_resized_picture),
        cmocka_unit_test(a_name_and_a_path_open_the_same_model_again),
        cmocka_unit_test(what_cannot_be_used_is_refused_with_its_reason),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
