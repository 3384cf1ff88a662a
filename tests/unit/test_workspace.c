#include "kin_test.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/rng.h"
#include "kin/kin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* A data set of 24 pictures of 96 x 64 pixels, each with two boxes: on the left a bright disc or a dark cross on it, by
 * turns, on the right a flat grey field. Discs are labelled "disc"; of the crosses the first three are called "disc"
 * too, which is the mistake to be found. */
enum { pictures = 24, width = 96, height = 64 };

typedef struct fixture {
    char folder[64];
    kin_arena arena;
    kin_workspace *workspace;
} fixture;

static bool is_cross(int picture)
{
    return picture % 2 == 1;
}

static const char *given_label(int picture)
{
    return is_cross(picture) && picture > 5 ? "cross" : "disc";
}

static void draw(int picture, uint64_t salt, uint8_t *rgb)
{
    kin_rng rng;
    kin_rng_seed(&rng, (uint64_t)picture + salt);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            double dx = x - 32, dy = y - 32;
            bool on = is_cross(picture) ? fabs(dx) < 5 || fabs(dy) < 5 : dx * dx + dy * dy < 20 * 20;
            int shade = x >= 64 ? 128 : on ? (is_cross(picture) ? 20 : 235) : 100;
            for (int c = 0; c < 3; c++)
                rgb[3 * (y * width + x) + c] = (uint8_t)(shade + (int)kin_rng_below(&rng, 16));
        }
}

static void write_picture(fixture *f, int picture, uint64_t salt)
{
    uint8_t rgb[width * height * 3], *bytes = NULL;
    size_t size = 0;
    char name[32];
    draw(picture, salt, rgb);
    assert_int_equal(kin_image_encode_jpeg(rgb, width, height, 95, &bytes, &size, NULL), KIN_OK);
    (void)snprintf(name, sizeof name, "p%02d.jpg", picture);
    assert_int_equal(kin_file_replace(kin_path_join(&f->arena, f->folder, name), bytes, size, NULL), KIN_OK);
    free(bytes);
}

/* `first_x`: left edge of the first box of the first picture. */
static void write_labels(fixture *f, double first_x)
{
    kin_buffer csv = KIN_BUFFER_INIT;
    kin_buffer_string(&csv, "path,shape,label,x,y,width,height,annotator\n");
    for (int i = 0; i < pictures; i++) {
        kin_buffer_printf(&csv, "p%02d.jpg,1,%s,%g,2,60,60,%s\n", i, given_label(i), i == 0 ? first_x : 2.0,
                          i < 6 ? "dalia" : "boris");
        kin_buffer_printf(&csv, "p%02d.jpg,2,field,66,2,28,60,boris\n", i);
    }
    assert_int_equal(kin_file_replace(kin_path_join(&f->arena, f->folder, "labels.csv"), csv.data, csv.size, NULL),
                     KIN_OK);
    kin_buffer_clear(&csv);
}

static kin_describe_summary run_index(fixture *f, const kin_describe_options *options)
{
    static const kin_describe_options plain = KIN_DESCRIBE_OPTIONS_INIT;
    kin_error err = KIN_ERROR_INIT;
    kin_describe_summary summary;
    kin_workspace_close(f->workspace);
    f->workspace = NULL;
    assert_int_equal(kin_workspace_open(f->folder, KIN_LEDGER_CREATE, &f->workspace, &err), KIN_OK);
    int code = kin_workspace_index(f->workspace, options ? options : &plain, NULL, &summary, &err);
    if (code != KIN_OK)
        fail_msg("%s", err.message);
    kin_workspace_close(f->workspace); /* readers open what is there now */
    assert_int_equal(kin_workspace_open(f->folder, KIN_LEDGER_WRITE, &f->workspace, &err), KIN_OK);
    return summary;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/kin_test_workspace_XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    for (int i = 0; i < pictures; i++)
        write_picture(f, i, 0);
    write_labels(f, 2);
    run_index(f, NULL);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    kin_workspace_close(f->workspace);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    int code = system(command);
    kin_arena_clear(&f->arena);
    free(f);
    return code;
}

static kin_matches find(fixture *f, const char *like, size_t k)
{
    kin_query query = { .likes = &like, .likes_count = 1, .k = k };
    kin_matches matches;
    kin_error err = KIN_ERROR_INIT;
    if (kin_workspace_find(f->workspace, &query, &matches, &err) != KIN_OK)
        fail_msg("%s", err.message);
    return matches;
}

static void everything_is_described_once(void **state)
{
    fixture *f = *state;
    kin_status status;
    assert_int_equal(kin_workspace_status(f->workspace, &status, NULL), KIN_OK);
    assert_int_equal(status.counts.assets, pictures);
    assert_int_equal(status.counts.shapes, 2 * pictures);
    assert_int_equal(status.indexed, 3 * pictures);
    assert_int_equal(status.rows, 3 * pictures);
    assert_string_equal(status.annotations, "labels.csv");
    kin_describe_summary again = run_index(f, NULL);
    assert_int_equal(again.described + again.added + again.changed + again.gone, 0);
    assert_int_equal(again.shapes_read, 0); /* not even read */
}

static void only_what_changed_is_described(void **state)
{
    fixture *f = *state;
    write_labels(f, 4);
    assert_int_equal(run_index(f, NULL).described, 1);
    write_picture(f, 3, 1000);
    kin_describe_summary changed = run_index(f, NULL);
    assert_int_equal(changed.changed, 1);
    assert_int_equal(changed.described, 3); /* the picture and its shapes */
    assert_int_equal(unlink(kin_path_join(&f->arena, f->folder, "p05.jpg")), 0);
    kin_describe_summary gone = run_index(f, NULL);
    assert_int_equal(gone.gone, 1);
    assert_int_equal(gone.rejects, 3); /* the image and its shapes */
    assert_int_equal(gone.assets, pictures - 1);
    kin_item item;
    assert_int_equal(kin_workspace_item(f->workspace, "p05.jpg#1", &item, NULL), KIN_E_NOTFOUND);
    write_picture(f, 5, 0);
    kin_describe_summary back = run_index(f, NULL);
    assert_int_equal(back.described, 3);
    kin_status status;
    assert_int_equal(kin_workspace_status(f->workspace, &status, NULL), KIN_OK);
    assert_int_equal(status.indexed, 3 * pictures);
}

static void another_margin_describes_all_anew(void **state)
{
    fixture *f = *state;
    kin_describe_options options = KIN_DESCRIBE_OPTIONS_INIT;
    options.margin = 0;
    assert_int_equal(run_index(f, &options).described, 3 * pictures);
    assert_int_equal(run_index(f, NULL).described, 0); /* and is remembered */
    kin_status status;
    assert_int_equal(kin_workspace_status(f->workspace, &status, NULL), KIN_OK);
    assert_int_equal(status.rows, 3 * pictures);
    /* A file of the old generation, as a crash would leave it behind the ledger, is no hindrance. */
    options.margin = 0.2;
    const char *vectors = kin_path_join(&f->arena, f->folder, ".kin/vectors.bin");
    kin_buffer old = KIN_BUFFER_INIT;
    assert_int_equal(kin_file_read(vectors, 1 << 20, &old, NULL), KIN_OK);
    kin_ledger *ledger;
    assert_int_equal(
        kin_ledger_open(kin_path_join(&f->arena, f->folder, ".kin/ledger.db"), KIN_LEDGER_WRITE, &ledger, NULL),
        KIN_OK);
    assert_int_equal(run_index(f, &options).described, 3 * pictures);
    assert_int_equal(kin_ledger_begin(ledger, NULL), KIN_OK);
    assert_int_equal(kin_ledger_setting_put(ledger, "rows", "0", NULL), KIN_OK);
    assert_int_equal(kin_ledger_commit(ledger, NULL), KIN_OK);
    kin_ledger_close(ledger);
    assert_int_equal(kin_file_replace(vectors, old.data, old.size, NULL), KIN_OK);
    assert_int_equal(run_index(f, NULL).described, 0);
    kin_buffer_clear(&old);
}

static void the_kin_of_a_mistake_come_first(void **state)
{
    fixture *f = *state;
    kin_matches m = find(f, "p01.jpg#1", 0); /* a cross called disc */
    assert_string_equal(m.label, "disc");
    assert_int_equal(m.searched, pictures / 2 + 3);
    for (size_t i = 0; i < 2; i++)
        assert_true(strcmp(m.list[i].path, "p03.jpg") == 0 || strcmp(m.list[i].path, "p05.jpg") == 0);
    assert_int_equal(m.count, pictures / 2 + 2); /* the item itself is no hit */
    for (size_t i = 1; i < m.count; i++)
        assert_true(m.list[i].score <= m.list[i - 1].score);
    kin_matches_clear(&m);
}

static void filters_and_unlikes_narrow_the_answer(void **state)
{
    fixture *f = *state;
    const char *like = "p01.jpg#1", *unlike = "p00.jpg#1";
    kin_attribute boris = { "annotator", "boris" };
    kin_query query = { .likes = &like, .likes_count = 1, .any_label = true, .k = 100 };
    query.only.where = &boris;
    query.only.where_count = 1;
    kin_matches m;
    assert_int_equal(kin_workspace_find(f->workspace, &query, &m, NULL), KIN_OK);
    assert_int_equal(m.count, pictures - 6 + pictures);
    kin_matches_clear(&m);
    kin_query unlikely = { .likes = &like, .likes_count = 1, .unlikes = &unlike, .unlikes_count = 1, .k = 2 };
    assert_int_equal(kin_workspace_find(f->workspace, &unlikely, &m, NULL), KIN_OK);
    for (size_t i = 0; i < m.count; i++)
        assert_true(strcmp(m.list[i].path, "p03.jpg") == 0 || strcmp(m.list[i].path, "p05.jpg") == 0);
    kin_matches_clear(&m);
    kin_error err = KIN_ERROR_INIT;
    const char *whole = "p01.jpg";
    kin_query unlabelled = { .likes = &whole, .likes_count = 1, .same_label = true };
    assert_int_equal(kin_workspace_find(f->workspace, &unlabelled, &m, &err), KIN_E_USAGE);
    assert_non_null(strstr(err.message, "no label"));
    const char *nothing = "p99.jpg#1";
    kin_query absent = { .likes = &nothing, .likes_count = 1 };
    assert_int_equal(kin_workspace_find(f->workspace, &absent, &m, &err), KIN_E_NOTFOUND);
}

static void a_part_of_a_picture_from_outside_finds_its_like(void **state)
{
    fixture *f = *state;
    const char *file = kin_path_join(&f->arena, f->folder, "p07.jpg");
    kin_box left = { 2, 2, 60, 60 };
    kin_query query = { .likes = &file, .likes_count = 1, .box = &left, .k = 5 };
    query.only.unit = KIN_UNIT_SHAPE;
    kin_matches m;
    assert_int_equal(kin_workspace_find(f->workspace, &query, &m, NULL), KIN_OK);
    assert_string_equal(m.list[0].path, "p07.jpg"); /* the shape that is the same part */
    assert_true(m.list[0].score > 0.999);
    const char *page = kin_path_join(&f->arena, f->folder, "page.html");
    assert_int_equal(kin_workspace_find_page(f->workspace, &query, &m, page, NULL), KIN_OK);
    kin_buffer html = KIN_BUFFER_INIT;
    assert_int_equal(kin_file_read(page, 1 << 22, &html, NULL), KIN_OK);
    size_t images = 0;
    for (const char *at = html.data; (at = strstr(at, "data:image/jpeg;base64,/9j/")); at++)
        images++;
    assert_int_equal(images, 6);
    kin_buffer_clear(&html);
    kin_matches_clear(&m);
}

/* How often each picture was opened since the watch began. Events of closing keep those of opening apart: of the same that
 * follow each other only one is told. */
static void count_opened(int watch, size_t counts[pictures])
{
    _Alignas(struct inotify_event) char events[1 << 16];
    ssize_t size;
    memset(counts, 0, pictures * sizeof *counts);
    while ((size = read(watch, events, sizeof events)) > 0)
        for (char *at = events; at < events + size;) {
            const struct inotify_event *event = (const void *)at;
            int picture;
            if (event->mask & IN_OPEN && event->len && sscanf(event->name, "p%2d.jpg", &picture) == 1)
                counts[picture]++;
            at += sizeof *event + event->len;
        }
}

/* Both boxes of every picture, in the order of the matches. */
static void a_page_reads_an_image_once_for_all_its_pictures(void **state)
{
    fixture *f = *state;
    const char *like = "p07.jpg#1", *page = kin_path_join(&f->arena, f->folder, "page.html");
    kin_query query = { .likes = &like, .likes_count = 1, .any_label = true, .k = 2 * pictures };
    kin_matches m;
    size_t counts[pictures], i = 0;
    kin_buffer html = KIN_BUFFER_INIT;
    assert_int_equal(kin_workspace_find(f->workspace, &query, &m, NULL), KIN_OK);
    assert_int_equal(m.count, 2 * pictures - 1);
    int watch = inotify_init1(IN_NONBLOCK);
    assert_true(watch >= 0 && inotify_add_watch(watch, f->folder, IN_OPEN | IN_CLOSE) >= 0);
    assert_int_equal(kin_workspace_find_page(f->workspace, &query, &m, page, NULL), KIN_OK);
    count_opened(watch, counts);
    for (int p = 0; p < pictures; p++)
        assert_int_equal(counts[p], 1);
    close(watch);
    assert_int_equal(kin_file_read(page, 1 << 22, &html, NULL), KIN_OK);
    const char *at = strstr(html.data, "<img alt=\"p07.jpg#1\"");
    assert_non_null(at);
    for (; (at = strstr(at + 1, "<img alt=\"")); i++) {
        char alt[64], left[32], want[64], of_box[32];
        assert_int_equal(sscanf(at, "<img alt=\"%63[^\"]", alt), 1);
        assert_int_equal(sscanf(strstr(at, "<i style"), "<i style=\"left:%31[^%]", left), 1);
        (void)snprintf(want, sizeof want, "%s#%s", m.list[i].path, m.list[i].shape);
        assert_string_equal(alt, want);
        /* 2 of 92, and 14 of 44 pixels, are left of the box */
        (void)snprintf(of_box, sizeof of_box, "%.2f", m.list[i].box.x < 50 ? 100. * 2 / 92 : 100. * 14 / 44);
        assert_string_equal(left, of_box);
    }
    assert_int_equal(i, m.count);
    kin_buffer_clear(&html);
    kin_matches_clear(&m);
}

static int count_row(void *user, const kin_job_row *row, kin_error *err)
{
    (void)err;
    size_t *counts = user;
    counts[0]++;
    counts[1] += row->verdict != NULL;
    return KIN_OK;
}

static void a_picture_of_an_audit_speaks_for_its_shapes(void **state)
{
    fixture *f = *state;
    kin_audit_options audit = { .count = pictures, .seed = 3 };
    int64_t job;
    assert_int_equal(kin_workspace_audit(f->workspace, &audit, &job, NULL), KIN_OK);
    size_t rows[2] = { 0, 0 };
    assert_int_equal(kin_workspace_job_rows(f->workspace, job, count_row, rows, NULL), KIN_OK);
    assert_int_equal(rows[0], 3 * pictures);
    kin_verdict bad = { .grade = KIN_GRADE_CRITICAL, .should_be = "cross", .count = 1 };
    kin_verdict ok = { .grade = KIN_GRADE_OK, .count = 1 };
    uint64_t implied;
    bool added, new_label;
    assert_int_equal(kin_workspace_verdict(f->workspace, "p01.jpg#1", &bad, &added, &implied, &new_label, NULL),
                     KIN_OK);
    assert_true(added && implied == 0 && !new_label);
    assert_int_equal(kin_workspace_verdict(f->workspace, "p01.jpg#1", &bad, &added, NULL, NULL, NULL), KIN_OK);
    assert_false(added);
    assert_int_equal(kin_workspace_verdict(f->workspace, "p01.jpg", &ok, &added, &implied, NULL, NULL), KIN_OK);
    assert_int_equal(implied, 1); /* the other shape */
    kin_job about;
    assert_int_equal(kin_workspace_job(f->workspace, job, &about, NULL), KIN_OK);
    assert_int_equal(about.reviewed, 1);
    assert_int_equal(about.mistakes, 1); /* on its shape */
    rows[1] = 0;
    assert_int_equal(kin_workspace_job_rows(f->workspace, job, count_row, rows, NULL), KIN_OK);
    assert_int_equal(rows[1], 3);
}

static void a_file_of_verdicts_counts_once(void **state)
{
    fixture *f = *state;
    kin_audit_options audit = { .count = 4, .seed = 3 };
    int64_t job;
    assert_int_equal(kin_workspace_audit(f->workspace, &audit, &job, NULL), KIN_OK);
    /* The picture's row stands before its shape's, and is later than it: the shape is a mistake all the same. */
    static const char text[] = "item,verdict,should_be,time\n"
                               "p01.jpg,ok,,2026-01-02T00:00:00Z\n"
                               "p01.jpg#1,critical,cross,2026-01-01T00:00:00Z\n"
                               "p02.jpg,,,\nnothing.jpg,ok,,\n";
    const char *file = kin_path_join(&f->arena, f->folder, "done.csv");
    assert_int_equal(kin_file_replace(file, text, strlen(text), NULL), KIN_OK);
    kin_verdicts_summary first, second;
    assert_int_equal(kin_workspace_job_import(f->workspace, job, file, KIN_JOB_UNKNOWN, NULL, &first, NULL), KIN_OK);
    assert_int_equal(first.added, 2);
    assert_int_equal(first.open, 1);
    assert_int_equal(first.rejects, 1);
    assert_int_equal(kin_workspace_job_import(f->workspace, job, file, KIN_JOB_UNKNOWN, NULL, &second, NULL), KIN_OK);
    assert_int_equal(second.added + second.implied, 0);
    kin_status status;
    assert_int_equal(kin_workspace_status(f->workspace, &status, NULL), KIN_OK);
    assert_int_equal(status.mistakes, 1);
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_workspace_job_import(f->workspace, 99, file, KIN_JOB_UNKNOWN, NULL, &second, &err),
                     KIN_E_NOTFOUND);
    assert_non_null(strstr(err.message, "99"));
}

static void a_kin_job_leaves_out_what_was_reviewed(void **state)
{
    fixture *f = *state;
    kin_verdict ok = { .grade = KIN_GRADE_OK, .count = 1 };
    assert_int_equal(kin_workspace_verdict(f->workspace, "p03.jpg#1", &ok, NULL, NULL, NULL, NULL), KIN_OK);
    const char *like = "p01.jpg#1";
    kin_query query = { .likes = &like, .likes_count = 1 };
    int64_t job;
    assert_int_equal(kin_workspace_job_kin(f->workspace, &query, &job, NULL), KIN_OK);
    kin_job about;
    assert_int_equal(kin_workspace_job(f->workspace, job, &about, NULL), KIN_OK);
    assert_int_equal(about.items, pictures / 2 + 1);
    assert_int_equal(about.reviewed, 0);
    assert_int_equal(about.kind, KIN_JOB_KIN);
}

static void what_cannot_be_read_is_named_and_the_rest_goes_on(void **state)
{
    fixture *f = *state;
    assert_int_equal(
        kin_file_replace(kin_path_join(&f->arena, f->folder, "broken.jpg"), "\xff\xd8\xff\xe0 no", 7, NULL), KIN_OK);
    assert_int_equal(kin_file_replace(kin_path_join(&f->arena, f->folder, "text.png"), "hello", 5, NULL), KIN_OK);
    write_labels(f, 500);
    kin_describe_summary s = run_index(f, NULL);
    assert_int_equal(s.unreadable, 2);
    assert_int_equal(s.failed, 2);            /* the broken image, and the box outside */
    assert_int_equal(s.assets, pictures + 2); /* those that cannot be read are there too */
    kin_status status;
    assert_int_equal(kin_workspace_status(f->workspace, &status, NULL), KIN_OK);
    assert_int_equal(status.indexed, 3 * pictures - 1);
    write_labels(f, 2);
    assert_int_equal(run_index(f, NULL).described, 1);
}

static kin_duplicates duplicates(fixture *f, const kin_duplicates_options *options)
{
    kin_duplicates found;
    kin_error err = KIN_ERROR_INIT;
    if (kin_workspace_duplicates(f->workspace, options, NULL, &found, &err) != KIN_OK)
        fail_msg("%s", err.message);
    return found;
}

/* Discs are alike, and so are crosses, of which three are called discs; of the grey fields some are. */
static void copies_are_found_the_same_by_pairs_and_through_the_index(void **state)
{
    fixture *f = *state;
    kin_duplicates_options options = { .wanted = KIN_DUPLICATES_ALL, .threshold = 0.9 };
    kin_duplicates pairs = duplicates(f, &options);
    options.all_pairs = 1;
    kin_duplicates index = duplicates(f, &options);
    assert_int_equal(pairs.unit, KIN_UNIT_SHAPE);
    assert_int_equal(pairs.compared, 2 * pictures);
    assert_in_range(pairs.count, 2, 12);
    assert_int_equal(pairs.count, index.count);
    size_t large = 0;
    for (size_t g = 0; g < pairs.count; g++) {
        const kin_duplicate_group *a = &pairs.list[g], *b = &index.list[g];
        large += a->count == pictures / 2 && strcmp(a->items[0].shape, "1") == 0;
        assert_int_equal(a->count, b->count);
        assert_true(fabs(a->similarity - b->similarity) < 1e-5);
        assert_true(!a->splits_differ && !a->one_image);
        bool crosses = strcmp(a->items[0].path, "p01.jpg") == 0 && strcmp(a->items[0].shape, "1") == 0;
        assert_true(a->labels_differ == crosses && b->labels_differ == crosses);
        for (size_t i = 0; i < a->count; i++)
            assert_int_equal(a->items[i].item, b->items[i].item);
    }
    assert_int_equal(large, 2);
    kin_duplicates_clear(&pairs);
    kin_duplicates_clear(&index);
    options = (kin_duplicates_options) { .unit = KIN_UNIT_ASSET, .threshold = 1, .wanted = KIN_DUPLICATES_ALL };
    kin_duplicates none = duplicates(f, &options);
    assert_int_equal(none.found, 0);
    assert_int_equal(none.compared, pictures);
    assert_null(none.split);
    kin_duplicates_clear(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_is_described_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_changed_is_described, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_margin_describes_all_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_kin_of_a_mistake_come_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filters_and_unlikes_narrow_the_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_part_of_a_picture_from_outside_finds_its_like, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_reads_an_image_once_for_all_its_pictures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_picture_of_an_audit_speaks_for_its_shapes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_verdicts_counts_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kin_job_leaves_out_what_was_reviewed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_named_and_the_rest_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(copies_are_found_the_same_by_pairs_and_through_the_index, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("workspace", tests, NULL, NULL);
}
