/* COCO files made anew, and corrected. */
#include "exchange_fixture.h"

#include "kin/coco.h"

/* ---- Made anew ---- */

static void what_is_written_is_read_back(void **state)
{
    fixture *f = *state;
    kin_coco_writer *writer;
    const char *labels[] = { "cat", "\"do\\g\"\n" };
    const kin_attribute of_image[] = { { "weather", "rain" } }, of_shape[] = { { "iscrowd", "1" }, { "by", "ann, 3" } };
    const kin_coco_image images[] = { { 5, "d/a b.jpg", 20, 10, of_image, 1 }, { 9, "b.jpg", 0, 0, NULL, 0 } };
    const kin_coco_annotation shapes[] = {
        { 1, 5, "x#1", "cat", { 0.1, 1.0 / 3, 1e-9, 2 }, of_shape, 2 },
        { 2, 5, "9007199254740993", labels[1], { -1, 2, 3, 4 }, NULL, 0 },
        { 3, 9, NULL, NULL, { 1, 2, 3, 4 }, NULL, 0 },
    };
    FILE *file = fopen(in_folder(f, "c.json"), "wb");
    assert_non_null(file);
    assert_int_equal(kin_coco_writer_new(file, labels, 2, &writer, &f->err), KIN_OK);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(kin_coco_writer_image(writer, &images[i], &f->err), KIN_OK);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(kin_coco_writer_annotation(writer, &shapes[i], &f->err), KIN_OK);
    assert_int_equal(kin_coco_writer_image(writer, &images[0], &f->err), KIN_E_USAGE);
    const kin_coco_annotation stranger = { 4, 9, NULL, "cow", { 1, 2, 3, 4 }, NULL, 0 };
    assert_int_equal(kin_coco_writer_annotation(writer, &stranger, &f->err), KIN_E_USAGE);
    assert_int_equal(kin_coco_writer_close(writer, &f->err), KIN_OK);
    assert_int_equal(fclose(file), 0);
    expect(f, "c.json", NULL,
           "d/a b.jpg 20x10 weather=rain\nb.jpg\n"
           "d/a b.jpg#x#1 0.1,0.3333333333,1e-09,2 20x10 [cat] by=ann, 3 iscrowd=1\n"
           "d/a b.jpg#9007199254740993 -1,2,3,4 20x10 [\"do\\g\"\n]\n"
           "b.jpg#3 1,2,3,4\n",
           "");
}

static void a_file_without_anything_is_sound(void **state)
{
    fixture *f = *state;
    kin_coco_writer *writer;
    FILE *file = fopen(in_folder(f, "c.json"), "wb");
    assert_int_equal(kin_coco_writer_new(file, NULL, 0, &writer, &f->err), KIN_OK);
    assert_int_equal(kin_coco_writer_close(writer, &f->err), KIN_OK);
    assert_int_equal(fclose(file), 0);
    expect(f, "c.json", NULL, "", "");
    assert_true(kin_coco_is(in_folder(f, "c.json")));
}

/* ---- Corrected ---- */

typedef struct one_edit {
    const char *path, *shape, *label, *becomes; /* becomes NULL: to be taken out */
} one_edit;

typedef struct edits {
    const one_edit *list;
    size_t count;
    kin_buffer seen;
} edits;

static void edit(void *user, const char *path, const char *shape, const char *label, kin_coco_edit *what,
                 const char **becomes)
{
    edits *e = user;
    kin_buffer_printf(&e->seen, "%s#%s[%s] ", path, shape, label ? label : "");
    for (size_t i = 0; i < e->count; i++) {
        const one_edit *one = &e->list[i];
        if (strcmp(one->path, path) != 0 || strcmp(one->shape, shape) != 0 ||
            strcmp(one->label, label ? label : "") != 0)
            continue;
        *becomes = one->becomes;
        *what = one->becomes ? KIN_COCO_RELABEL : KIN_COCO_REMOVE;
        return;
    }
}

static int correct(fixture *f, const char *text, edits *e, const char *const *labels, size_t labels_count)
{
    const kin_coco_editor editor = { edit, e, labels, labels_count };
    put(f, "c.json", text);
    kin_buffer_reset(&e->seen);
    FILE *out = fopen(in_folder(f, "out.json"), "wb");
    assert_non_null(out);
    f->err = (kin_error)KIN_ERROR_INIT;
    int code = kin_coco_correct(in_folder(f, "c.json"), f->folder, &editor, out, &f->err);
    assert_int_equal(fclose(out), 0);
    kin_buffer_reset(&f->taken);
    kin_buffer_string(&f->taken, "");
    assert_int_equal(kin_file_read(in_folder(f, "out.json"), 1 << 20, &f->taken, NULL), KIN_OK);
    return code;
}

static void corrected_is(fixture *f, const char *text, edits *e, const char *wanted, const char *seen)
{
    static const char *const labels[] = { "dog", "new \"one\"" };
    assert_int_equal(correct(f, text, e, labels, 2), KIN_OK);
    same_text(f->taken.data, wanted);
    assert_string_equal(e->seen.data ? e->seen.data : "", seen);
    kin_buffer_clear(&e->seen);
}

static void only_what_is_said_changes(void **state)
{
    const one_edit list[] = { { "d/a.jpg", "1", "cat", "dog" },
                              { "d/a.jpg", "18446744073709551617", "cat", "new \"one\"" },
                              { "b.jpg", "x", "dog", NULL },
                              { "b.jpg", "5", "", "dog" },
                              { "b.jpg", "6", "dog", "cat" } };
    edits e = { list, 5, KIN_BUFFER_INIT };
    corrected_is(
        *state,
        " {\"info\" : {\"x\":1.50, \"category_id\":1}, \"licenses\":[], \"none\":null, \"n\":1e2,\n"
        "\"annotations\":[ {\"id\":1,\"image_id\":7,\"category_id\" : 3 ,\"bbox\":[0.10,2,3,4],\"segmentation\":"
        "[[1,2,3.50,4,5,6]],\"iscrowd\":0,\"extra\":{\"category_id\":3}},\n"
        "{\"category_id\":3,\"id\":18446744073709551617,\"image_id\":7,\"iscrowd\":1,\"segmentation\":{\"counts\":\"}"
        "\","
        "\"size\":[1,2]}},{\"id\":\"x\",\"image_id\":\"8\",\"category_id\":\"4\"},{\"id\":5,\"image_id\":8},"
        "{\"id\":6,\"image_id\":8,\"category_id\":\"4\"},{\"image_id\":8,\"category_id\":3},"
        "{\"id\":1,\"image_id\":99,\"category_id\":3},{\"id\":1,\"image_id\":7,\"category_id\":77}, 5],\n"
        "\"images\":[{\"id\":7,\"file_name\":\"d/a.jpg\"},{\"id\":8,\"file_name\":\"b.jpg\",\"\\u00e9\":\"\\u00e9\"}],"
        "\"categories\":[{\"id\":3,\"name\":\"cat\"},{\"id\":\"4\",\"name\":\"dog\",\"k\":[]}]}",
        &e,
        "{\"info\":{\"x\":1.50, \"category_id\":1},\n\"licenses\":[],\n\"none\":null,\n\"n\":1e2,\n"
        "\"annotations\":[\n{\"id\":1,\"image_id\":7,\"category_id\" : \"4\" ,\"bbox\":[0.10,2,3,4],\"segmentation\":"
        "[[1,2,3.50,4,5,6]],\"iscrowd\":0,\"extra\":{\"category_id\":3}},\n"
        "{\"category_id\":5,\"id\":18446744073709551617,\"image_id\":7,\"iscrowd\":1,\"segmentation\":{\"counts\":\"}"
        "\","
        "\"size\":[1,2]}},\n{\"category_id\":\"4\",\"id\":5,\"image_id\":8},\n"
        "{\"id\":6,\"image_id\":8,\"category_id\":3},\n{\"id\":5,\"image_id\":8,\"category_id\":3},\n"
        "{\"id\":1,\"image_id\":99,\"category_id\":3},\n{\"id\":1,\"image_id\":7,\"category_id\":77},\n5],\n"
        "\"images\":[\n{\"id\":7,\"file_name\":\"d/"
        "a.jpg\"},\n{\"id\":8,\"file_name\":\"b.jpg\",\"\\u00e9\":\"\\u00e9\"}"
        "],\n\"categories\":[\n{\"id\":3,\"name\":\"cat\"},\n{\"id\":\"4\",\"name\":\"dog\",\"k\":[]},\n"
        "{\"id\":5,\"name\":\"new \\\"one\\\"\",\"supercategory\":\"\"}]}\n",
        "d/a.jpg#1[cat] d/a.jpg#18446744073709551617[cat] b.jpg#x[dog] b.jpg#5[] b.jpg#6[dog] b.jpg#5[cat] ");
}

static void categories_are_made_where_there_are_none(void **state)
{
    const one_edit list[] = { { "a.jpg", "1", "", "dog" } };
    edits e = { list, 1, KIN_BUFFER_INIT };
    corrected_is(*state,
                 "{\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],\"annotations\":[{\"id\":1,\"image_id\":1}]}", &e,
                 "{\"images\":[\n{\"id\":1,\"file_name\":\"a.jpg\"}],\n"
                 "\"annotations\":[\n{\"category_id\":1,\"id\":1,\"image_id\":1}],\n"
                 "\"categories\":[\n{\"id\":1,\"name\":\"dog\",\"supercategory\":\"\"},\n"
                 "{\"id\":2,\"name\":\"new \\\"one\\\"\",\"supercategory\":\"\"}]}\n",
                 "a.jpg#1[] ");
}

static void what_cannot_be_copied_is_said(void **state)
{
    fixture *f = *state;
    edits e = { NULL, 0, KIN_BUFFER_INIT };
    assert_int_equal(correct(f, "{\"images\":[{\"id\":1}", &e, NULL, 0), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "cut off"));
    assert_int_equal(correct(f, "{\"annotations\":5}", &e, NULL, 0), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "no array"));
    kin_buffer large = KIN_BUFFER_INIT;
    kin_buffer_string(&large, "{\"annotations\":[{\"s\":\"");
    for (int i = 0; i < 5 << 20; i++)
        kin_buffer_char(&large, 'x');
    kin_buffer_string(&large, "\"}]}");
    assert_int_equal(correct(f, large.data, &e, NULL, 0), KIN_E_LIMIT);
    assert_non_null(strstr(f->err.message, "annotations[0] is longer than 4 MiB"));
    kin_buffer_clear(&large);
    kin_buffer_clear(&e.seen);
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        with_folder(what_is_written_is_read_back),  with_folder(a_file_without_anything_is_sound),
        with_folder(only_what_is_said_changes),     with_folder(categories_are_made_where_there_are_none),
        with_folder(what_cannot_be_copied_is_said),
    };
    return cmocka_run_group_tests_name("exchange: COCO out", tests, NULL, NULL);
}
