/* Calibration and its file: a net of random weights, pictures of noise. What is in the file is not trusted. */
#include "test_net_model.h"

#include "base/file.h"
#include "kernel/kernel8.h"
#include "kin/calibrate.h"
#include "kin/image.h"
#include "net/net.h"

#include <unistd.h>

enum { SIDE = 16, PICTURES = 30, HIDDEN = 16, OUT = 8 };

static char root[64], model_folder[96], photos[96], ranges_file[128];
static const char config[] = "{\"size\": 16, \"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.5, 0.5, 0.5]}";

static void write_file(const char *folder, const char *name, const void *bytes, size_t size)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_file_make_folder(folder, &err), KIN_OK);
    assert_int_equal(kin_file_replace(kin_path_join(&arena, folder, name), bytes, size, &err), KIN_OK);
    kin_arena_clear(&arena);
}

/* `uneven`: one hidden channel is a thousand times larger than the others, and weighs a thousandth after. */
static void write_model(bool uneven)
{
    static float weights[2][HIDDEN * HIDDEN * 9];
    static float zero = 0, six = 6;
    model m;
    for (size_t i = 0; i < HIDDEN * HIDDEN * 9; i++) {
        weights[0][i] = noise(i);
        weights[1][i] = noise(i + 7777);
    }
    for (size_t i = 0; uneven && i < 27; i++)
        weights[0][i] *= 1000;
    for (size_t o = 0; uneven && o < OUT; o++)
        weights[1][o * HIDDEN] /= 1000;
    model_init(&m, 3, SIDE, SIDE);
    model_floats(&m, "w", 4, (int64_t[]) { HIDDEN, 3, 3, 3 }, weights[0]);
    model_floats(&m, "v", 4, (int64_t[]) { OUT, HIDDEN, 1, 1 }, weights[1]);
    model_floats(&m, "zero", 0, NULL, &zero);
    model_floats(&m, "six", 0, NULL, &six);
    model_node(&m, "Conv", "x w", "a");
    if (!uneven)
        model_node(&m, "Clip", "a zero six", "b");
    model_node(&m, "Conv", uneven ? "a v" : "b v", "c");
    model_node(&m, "GlobalAveragePool", "c", "p");
    model_int(&m, model_node(&m, "Flatten", "p", "y"), "axis", 1);
    model_pack(&m);
    write_file(model_folder, "model.onnx", m.bytes, m.size);
    write_file(model_folder, "preprocessor_config.json", config, strlen(config));
    model_clear(&m);
}

/* Blotches of colour that differ from picture to picture. */
static void write_photos(void)
{
    static uint8_t rgb[40 * 32 * 3];
    for (size_t n = 0; n < PICTURES; n++) {
        char name[32];
        uint8_t *jpeg;
        size_t size;
        for (size_t i = 0; i < sizeof rgb; i++) {
            size_t pixel = i / 3, blotch = pixel / 40 / 8 * 5 + pixel % 40 / 8;
            rgb[i] = (uint8_t)(127 + 127 * noise(n * 100 + blotch * 3 + i % 3));
        }
        assert_int_equal(kin_image_encode_jpeg(rgb, 40, 32, 95, &jpeg, &size, NULL), KIN_OK);
        (void)snprintf(name, sizeof name, "%02zu.jpg", n);
        write_file(photos, name, jpeg, size);
        free(jpeg);
    }
    write_file(photos, "notes.txt", "no picture", 10);
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof root, "/tmp/kin-calibrate-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    (void)snprintf(model_folder, sizeof model_folder, "%s/model", root);
    (void)snprintf(photos, sizeof photos, "%s/photos", root);
    (void)snprintf(ranges_file, sizeof ranges_file, "%s/int8_ranges.json", model_folder);
    write_model(false);
    write_photos();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

static kin_calibrate_options some(size_t pictures, size_t threads)
{
    kin_calibrate_options options = KIN_CALIBRATE_OPTIONS_INIT;
    options.pictures = pictures;
    options.threads = threads;
    return options;
}

static kin_calibration calibrate(size_t threads)
{
    kin_calibrate_options options = some(16, threads);
    kin_calibration measured;
    kin_error err = KIN_ERROR_INIT;
    if (kin_model_calibrate(model_folder, photos, &options, NULL, &measured, &err) != KIN_OK)
        fail_msg("%s", err.message);
    return measured;
}

static kin_buffer read_ranges(void)
{
    kin_buffer text = KIN_BUFFER_INIT;
    assert_int_equal(kin_file_read(ranges_file, 1 << 20, &text, NULL), KIN_OK);
    return text;
}

/* Opens the model, tells what of it is asked, and closes it. */
static kin_precision open_as(kin_precision precision, uint64_t *id, char note[256])
{
    kin_model *opened = NULL;
    kin_error err = KIN_ERROR_INIT;
    if (kin_model_open(model_folder, precision, &opened, &err) != KIN_OK)
        fail_msg("%s", err.message);
    const kin_model_info *info = kin_model_about(opened);
    kin_precision got = info->precision;
    if (id)
        *id = info->id;
    if (note)
        (void)snprintf(note, 256, "%s", info->note ? info->note : "");
    kin_model_free(opened);
    return got;
}

static void assert_refused(kin_precision precision, int code, const char *reason)
{
    kin_model *opened = NULL;
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_model_open(model_folder, precision, &opened, &err), code);
    if (!strstr(err.message, reason))
        fail_msg("'%s' does not say '%s'", err.message, reason);
    assert_null(opened);
}

static void ranges_are_measured_and_used(void **state)
{
    (void)state;
    uint64_t exact, bytewise, identified;
    char note[256];
    assert_refused(KIN_PRECISION_INT8, KIN_E_NOTFOUND, "kin calibrate");
    assert_int_equal(open_as(KIN_PRECISION_DEFAULT, &exact, note), KIN_PRECISION_FLOAT);
    assert_string_equal(note, "");
    kin_calibration m = calibrate(1);
    assert_int_equal(m.pictures, 16);
    assert_int_equal(m.pictures + m.held_out, PICTURES);
    assert_int_equal(m.unreadable, 1);
    assert_true(m.whole_mean > 0.99 && m.whole_mean < 1 && m.whole_min <= m.whole_mean);
    assert_true(m.cut_mean > 0.99 && m.cut_mean < 1 && m.cut_min <= m.cut_mean);
    assert_true(kin_calibration_is_good(&m));
    assert_int_equal(open_as(KIN_PRECISION_INT8, &bytewise, NULL), KIN_PRECISION_INT8);
    assert_int_not_equal(exact, bytewise);
    assert_int_equal(kin_model_identify(model_folder, KIN_PRECISION_INT8, &identified, NULL), KIN_OK);
    assert_int_equal(identified, bytewise);
    assert_int_equal(open_as(KIN_PRECISION_FLOAT, &identified, NULL), KIN_PRECISION_FLOAT);
    assert_int_equal(identified, exact);
    assert_int_equal(kin_model_identify(model_folder, KIN_PRECISION_FLOAT, &identified, NULL), KIN_OK);
    assert_int_equal(identified, exact);
    assert_int_equal(open_as(KIN_PRECISION_DEFAULT, NULL, note),
                     kin_kernels8_get()->fast ? KIN_PRECISION_INT8 : KIN_PRECISION_FLOAT);
    assert_string_equal(note, "");
}

static void the_file_is_the_same_with_any_number_of_threads(void **state)
{
    (void)state;
    (void)calibrate(1);
    kin_buffer one = read_ranges();
    (void)calibrate(3);
    kin_buffer three = read_ranges();
    assert_string_equal(one.data, three.data);
    kin_buffer_clear(&one);
    kin_buffer_clear(&three);
}

/* The text with the first `from` replaced. */
static void rewrite(const kin_buffer *text, const char *from, const char *to)
{
    kin_buffer changed = KIN_BUFFER_INIT;
    const char *at = strstr(text->data, from);
    assert_non_null(at);
    kin_buffer_append(&changed, text->data, (size_t)(at - text->data));
    kin_buffer_string(&changed, to);
    kin_buffer_string(&changed, at + strlen(from));
    write_file(model_folder, "int8_ranges.json", changed.data, changed.size);
    kin_buffer_clear(&changed);
}

static void a_damaged_file_is_told_and_passed_over(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } damages[] = {
        { "{", "" },
        { "{", "[" },
        { "\"format\": 1", "\"format\": 2" },
        { "\"model\": \"", "\"model\": \"0" },
        { "\"config\": \"", "\"config\": 7, \"x\": \"" },
        { "\"width\": 16", "\"width\": 17" },
        { "\"height\"", "\"hight\"" },
        { "\"pictures\": 16", "\"pictures\": -1" },
        { "\"cosine_whole\": {\"mean\": 0", "\"cosine_whole\": {\"mean\": 1" },
        { "\"cosine_cut\"", "\"cosine\"" },
        { "\"values\": ", "\"values\": 1" },
        { "\"values\": ", "\"values\": 1e300, \"v\": " },
        { "\"values\": ", "\"values\": 0, \"v\": " },
        { "\"ranges\": [", "\"ranges\": [], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[1e300, -1, 1]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[-1, -1, 1]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[0.5, -1, 1]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[0, -1]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[0, 1, -1]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[0, 1, 2]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[0, 0, 0]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[0, -1, 1e20]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[0, -1, 1e999]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[0, NaN, 1]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[0, null, 1]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [[0, -1, 1], [0, -1, 1]], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": [7], \"r\": [" },
        { "\"ranges\": [", "\"ranges\": \"all\", \"r\": [" },
    };
    (void)calibrate(2);
    kin_buffer good = read_ranges();
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        rewrite(&good, damages[i].from, damages[i].to);
        kin_model *opened = NULL;
        kin_error err = KIN_ERROR_INIT;
        char note[256];
        if (kin_model_open(model_folder, KIN_PRECISION_INT8, &opened, &err) == KIN_OK ||
            !strstr(err.message, "calibrate"))
            fail_msg("%s: '%s'", damages[i].to, err.message);
        assert_int_equal(open_as(KIN_PRECISION_DEFAULT, NULL, note), KIN_PRECISION_FLOAT);
        if (kin_kernels8_get()->fast && !strstr(note, "using float"))
            fail_msg("%s: note '%s'", damages[i].to, note);
    }
    write_file(model_folder, "int8_ranges.json", "", 0);
    assert_refused(KIN_PRECISION_INT8, KIN_E_FORMAT, "damaged");
    /* cut off anywhere */
    for (size_t n = 1; n + 2 < good.size; n += 7) {
        write_file(model_folder, "int8_ranges.json", good.data, n);
        assert_refused(KIN_PRECISION_INT8, KIN_E_FORMAT, "calibrate");
    }
    /* far from float: not the default */
    rewrite(&good, "\"cosine_cut\": {\"mean\": 0.9", "\"cosine_cut\": {\"mean\": 0.8");
    assert_int_equal(open_as(KIN_PRECISION_DEFAULT, NULL, NULL), KIN_PRECISION_FLOAT);
    assert_int_equal(open_as(KIN_PRECISION_INT8, NULL, NULL), KIN_PRECISION_INT8);
    kin_buffer_clear(&good);
}

static void ranges_belong_to_one_model_and_are_part_of_its_id(void **state)
{
    (void)state;
    uint64_t before, after;
    (void)calibrate(2);
    (void)open_as(KIN_PRECISION_INT8, &before, NULL);
    kin_buffer good = read_ranges();
    rewrite(&good, "\"ranges\": [\n    [0, -", "\"ranges\": [\n    [0, -1");
    kin_buffer_clear(&good);
    (void)open_as(KIN_PRECISION_INT8, &after, NULL);
    assert_int_not_equal(before, after);
    (void)calibrate(2);
    (void)open_as(KIN_PRECISION_INT8, &after, NULL);
    assert_int_equal(before, after);
    static const char other[] = "{\"size\": 16, \"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.5, 0.5, 0.6]}";
    write_file(model_folder, "preprocessor_config.json", other, strlen(other));
    assert_refused(KIN_PRECISION_INT8, KIN_E_FORMAT, "belongs to another model or config");
    write_file(model_folder, "preprocessor_config.json", config, strlen(config));
    (void)open_as(KIN_PRECISION_INT8, &after, NULL);
    assert_int_equal(before, after);
}

static bool always(void *user)
{
    (void)user;
    return true;
}

static void what_cannot_be_calibrated_leaves_the_old_ranges(void **state)
{
    (void)state;
    char path[160];
    kin_calibration m = { .pictures = 77 };
    kin_watch stopping = { .stop = always };
    (void)calibrate(2);
    kin_buffer before = read_ranges();
    const struct {
        const char *name, *photos, *reason;
        size_t pictures;
        const kin_watch *watch;
        int code;
    } cases[] = {
        { "classic", photos, "classic has no 8-bit form", 16, NULL, KIN_E_USAGE },
        { "nowhere", photos, "there is: classic", 16, NULL, KIN_E_NOTFOUND },
        { model_folder, "/nowhere", "there is no folder", 16, NULL, KIN_E_NOTFOUND },
        { model_folder, model_folder, "too few pictures", 16, NULL, KIN_E_USAGE },
        { model_folder, photos, "too few pictures", 24, NULL, KIN_E_USAGE },
        { model_folder, photos, "too few", 7, NULL, KIN_E_USAGE },
        { model_folder, photos, "stopped", 16, &stopping, KIN_E_STOPPED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kin_calibrate_options options = some(cases[i].pictures, 2);
        kin_error err = KIN_ERROR_INIT;
        assert_int_equal(kin_model_calibrate(cases[i].name, cases[i].photos, &options, cases[i].watch, &m, &err),
                         cases[i].code);
        if (!strstr(err.message, cases[i].reason))
            fail_msg("'%s' does not say '%s'", err.message, cases[i].reason);
    }
    /* the file cannot be written */
    (void)snprintf(path, sizeof path, "%s.new", ranges_file);
    kin_calibrate_options options = some(16, 2);
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_file_make_folder(path, &err), KIN_OK);
    assert_int_equal(kin_model_calibrate(model_folder, photos, &options, NULL, &m, &err), KIN_E_IO);
    assert_non_null(strstr(err.message, "int8_ranges.json"));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(m.pictures, 77);
    kin_buffer after = read_ranges();
    assert_string_equal(before.data, after.data);
    kin_buffer_clear(&before);
    kin_buffer_clear(&after);
}

/* Of one flat colour the ranges are known: those of that one input. */
static void pictures_come_as_the_net_sees_them(void **state)
{
    (void)state;
    static float planes[3 * SIDE * SIDE];
    static const uint8_t colour[3] = { 255, 140, 20 };
    char flat[128], name[32], line[80], ppm[16 + 24 * 24 * 3];
    int head = snprintf(ppm, sizeof ppm, "P6 24 24 255\n");
    for (size_t i = 0; i < sizeof ppm - (size_t)head; i++)
        ppm[(size_t)head + i] = (char)colour[i % 3];
    (void)snprintf(flat, sizeof flat, "%s/flat", root);
    for (size_t n = 0; n < 16; n++) {
        (void)snprintf(name, sizeof name, "%02zu.ppm", n);
        write_file(flat, name, ppm, (size_t)head + 24 * 24 * 3);
    }
    for (size_t i = 0; i < sizeof planes / sizeof *planes; i++)
        planes[i] = (float)colour[i / (SIDE * SIDE)] / 127.5f - 1;
    kin_calibrate_options options = some(8, 2);
    kin_calibration m;
    kin_error err = KIN_ERROR_INIT;
    if (kin_model_calibrate(model_folder, flat, &options, NULL, &m, &err) != KIN_OK)
        fail_msg("%s", err.message);
    kin_buffer text = read_ranges(), onnx = KIN_BUFFER_INIT;
    char path[160];
    (void)snprintf(path, sizeof path, "%s/model.onnx", model_folder);
    assert_int_equal(kin_file_read(path, 1 << 20, &onnx, &err), KIN_OK);
    kin_net_ranges ranges;
    assert_int_equal(kin_net_calibrate(onnx.data, onnx.size, NULL, planes, 1, &ranges, &err), KIN_OK);
    size_t known = 0;
    const char *at = strstr(text.data, "\"ranges\"");
    for (size_t i = 0; i < ranges.count; i++) {
        double low, high;
        (void)snprintf(line, sizeof line, "[%zu, ", i);
        const char *range = strstr(at, line);
        if (!range)
            continue;
        known++;
        assert_int_equal(sscanf(range + strlen(line), "%lf, %lf", &low, &high), 2);
        assert_true(fabs(low - (double)ranges.bounds[2 * i]) < 1e-4 &&
                    fabs(high - (double)ranges.bounds[2 * i + 1]) < 1e-4);
    }
    assert_true(known >= 3);
    kin_net_ranges_clear(&ranges);
    kin_buffer_clear(&text);
    kin_buffer_clear(&onnx);
}

static void layers_that_lose_most_stay_float(void **state)
{
    (void)state;
    write_model(true);
    kin_calibration m = calibrate(2);
    assert_int_equal(m.float_values, 1);
    assert_true(kin_calibration_is_good(&m));
    assert_int_equal(open_as(KIN_PRECISION_INT8, NULL, NULL), KIN_PRECISION_INT8);
    write_model(false);
    m = calibrate(2);
    assert_int_equal(m.float_values, 0);
}

static void the_least_pictures_do(void **state)
{
    (void)state;
    kin_calibrate_options options = some(PICTURES - KIN_CALIBRATE_LEAST_HELD_OUT, 2);
    kin_calibration m;
    kin_error err = KIN_ERROR_INIT;
    int code = kin_model_calibrate(model_folder, photos, &options, NULL, &m, &err);
    if (code == KIN_OK)
        assert_int_equal(m.held_out, KIN_CALIBRATE_LEAST_HELD_OUT);
    else
        fail_msg("%s", err.message);
    options = some(KIN_CALIBRATE_LEAST_PICTURES, 2);
    options.held_out = 9;
    assert_int_equal(kin_model_calibrate(model_folder, photos, &options, NULL, &m, &err), KIN_OK);
    assert_int_equal(m.held_out, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_measured_and_used),
        cmocka_unit_test(the_file_is_the_same_with_any_number_of_threads),
        cmocka_unit_test(a_damaged_file_is_told_and_passed_over),
        cmocka_unit_test(ranges_belong_to_one_model_and_are_part_of_its_id),
        cmocka_unit_test(what_cannot_be_calibrated_leaves_the_old_ranges),
        cmocka_unit_test(pictures_come_as_the_net_sees_them),
        cmocka_unit_test(layers_that_lose_most_stay_float),
        cmocka_unit_test(the_least_pictures_do),
    };
    return cmocka_run_group_tests_name("calibrate", tests, set_up, tear_down);
}
