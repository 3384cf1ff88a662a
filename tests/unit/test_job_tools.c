/* Jobs for Label Studio, CVAT, COCO and FiftyOne, and what comes back from the first two. */
#include "exchange_fixture.h"

#include "base/hash.h"
#include "kin/coco.h"

#include <inttypes.h>
#include <math.h>

/* ---- Writing ---- */

static void write_job(fixture *f, kin_job_format format, const kin_job_options *options, const kin_job_row *rows,
                      size_t n)
{
    kin_job_writer *writer;
    FILE *file = fopen(in_folder(f, "job"), "wb");
    assert_non_null(file);
    assert_int_equal(kin_job_writer_new(file, format, options, &writer, &f->err), KIN_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(kin_job_writer_row(writer, &rows[i], &f->err), KIN_OK);
    assert_int_equal(kin_job_writer_close(writer, &f->err), KIN_OK);
    assert_int_equal(fclose(file), 0);
}

static const char *content(fixture *f, const char *name)
{
    kin_buffer_reset(&f->taken);
    kin_buffer_string(&f->taken, "");
    assert_int_equal(kin_file_read(in_folder(f, name), 1 << 24, &f->taken, &f->err), KIN_OK);
    return f->taken.data;
}

static kin_job_row shape_row(const char *item, const char *path, const char *shape, const char *label)
{
    return (kin_job_row) { .job = 7,
                           .position = 1,
                           .item = item,
                           .label = label,
                           .box = { 10, 20, 50, 25 },
                           .score = NAN,
                           .probability = NAN,
                           .path = path,
                           .shape = shape,
                           .image_width = 200,
                           .image_height = 100 };
}

static kin_job_row image_row(const char *path)
{
    kin_job_row row = shape_row(path, path, NULL, NULL);
    row.box = (kin_box) { 0, 0, 0, 0 };
    return row;
}

static void has_text(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%.3000s", part, text);
}

#define REGION                                                                                                         \
    "{\"id\":\"kin-%016" PRIx64 "\",\"from_name\":\"label\",\"to_name\":\"image\",\"type\":\"rectanglelabels\","       \
    "\"original_width\":200,\"original_height\":100,\"image_rotation\":0,\"value\":{\"x\":5,\"y\":20,\"width\":25,"    \
    "\"height\":25,\"rotation\":0,\"rectanglelabels\":[\"cat\"]}}"

static void a_task_has_its_shape_and_its_key(void **state)
{
    fixture *f = *state;
    char wanted[2048];
    const kin_job_options options = { .image_prefix = "/data/local-files/?d=set/" };
    kin_job_row rows[] = { image_row("a b%.jpg"), shape_row("a b%.jpg#3", "a b%.jpg", "3", "cat") };
    write_job(f, KIN_JOB_LABELSTUDIO, &options, rows, 2);
    (void)snprintf(wanted, sizeof wanted,
                   "[\n{\"data\":{\"image\":\"/data/local-files/?d=set/a%%20b%%25.jpg\",\"kin_item\":\"a b%%25.jpg\","
                   "\"kin_job\":7,\"kin_position\":1},\"predictions\":[{\"model_version\":\"kin\",\"result\":[" REGION
                   "]}]},\n"
                   "{\"data\":{\"image\":\"/data/local-files/?d=set/a%%20b%%25.jpg\",\"kin_item\":\"a b%%25.jpg#3\","
                   "\"kin_job\":7,\"kin_position\":1,\"kin_label\":\"cat\",\"kin_box\":[10,20,50,25]},"
                   "\"predictions\":[{\"model_version\":\"kin\",\"result\":[" REGION "]}]}\n]\n",
                   kin_hash("a b%.jpg#3", 10), kin_hash("a b%.jpg#3", 10));
    same_text(content(f, "job"), wanted);
}

static void a_config_offers_every_label(void **state)
{
    fixture *f = *state;
    const char *labels[] = { "dog", "<&\"'>" };
    FILE *setup = fopen(in_folder(f, "setup"), "wb");
    const kin_job_options options = { .labels = labels, .labels_count = 2, .setup = setup };
    kin_job_row rows[] = { shape_row("a.jpg#1", "a.jpg", "1", "cat"), shape_row("a.jpg#2", "a.jpg", "2", NULL) };
    write_job(f, KIN_JOB_LABELSTUDIO, &options, rows, 2);
    assert_int_equal(fclose(setup), 0);
    const char *text = content(f, "setup");
    has_text(text,
             "<Label value=\"dog\"/>\n    <Label value=\"&#60;&#38;&#34;&#39;&#62;\"/>\n    <Label value=\"cat\"/>");
    has_text(text, "<Choice value=\"dog\"/>");
    has_text(text, "<Choices name=\"verdict\" toName=\"image\" choice=\"single-radio\" required=\"true\"");
    has_text(text, "<Rectangle name=\"box\" toName=\"image\"/>");
}

static void cvat_groups_by_image(void **state)
{
    fixture *f = *state;
    FILE *setup = fopen(in_folder(f, "setup"), "wb"), *manifest = fopen(in_folder(f, "manifest"), "wb");
    const kin_job_options options = { .setup = setup, .manifest = manifest };
    kin_job_row rows[] = { shape_row("d/a.jpg#1", "d/a.jpg", "1", "cat"), shape_row("b.png#1", "b.png", "1", "\"dog\""),
                           shape_row("d/a.jpg#2", "d/a.jpg", "2", NULL), image_row("c.jpg") };
    write_job(f, KIN_JOB_CVAT, &options, rows, 4);
    assert_int_equal(fclose(setup), 0);
    assert_int_equal(fclose(manifest), 0);
    const char *text = content(f, "job");
    has_text(text, "  <image id=\"0\" name=\"d/a.jpg\" width=\"200\" height=\"100\">\n"
                   "    <box label=\"cat\" source=\"file\" occluded=\"0\" xtl=\"10\" ytl=\"20\" xbr=\"60\" ybr=\"45\" "
                   "z_order=\"0\">\n"
                   "      <attribute name=\"kin_item\">d/a.jpg#1</attribute>\n");
    has_text(text, "<box label=\"unlabelled\"");
    has_text(text, "  <image id=\"1\" name=\"b.png\"");
    has_text(text, "    <tag label=\"whole image\" source=\"file\">");
    has_text(text, "<box label=\"&#34;dog&#34;\"");
    assert_null(strstr(strstr(text, "id=\"1\""), "d/a.jpg"));
    has_text(content(f, "setup"), "{\"name\":\"\\\"dog\\\"\",\"type\":\"any\",\"attributes\":[{\"name\":\"verdict\"");
    same_text(
        content(f, "manifest"),
        "{\"version\":\"1.1\"}\n{\"type\":\"images\"}\n"
        "{\"name\":\"d/a\",\"extension\":\".jpg\",\"width\":200,\"height\":100,\"meta\":{\"related_images\":[]}}\n"
        "{\"name\":\"b\",\"extension\":\".png\",\"width\":200,\"height\":100,\"meta\":{\"related_images\":[]}}\n"
        "{\"name\":\"c\",\"extension\":\".jpg\",\"width\":200,\"height\":100,\"meta\":{\"related_images\":[]}}\n");
}

static void coco_keeps_ids_that_it_can(void **state)
{
    fixture *f = *state;
    kin_job_row rows[] = { shape_row("a.jpg#41", "a.jpg", "41", "cat"),
                           shape_row("b.jpg#9007199254740992", "b.jpg", "9007199254740992", "dog"),
                           image_row("b.jpg") };
    write_job(f, KIN_JOB_COCO, NULL, rows, 3);
    has_text(content(f, "job"), "{\"id\":41,\"image_id\":1,\"category_id\":1,\"bbox\":[10,20,50,25],\"area\":1250,"
                                "\"iscrowd\":0,\"segmentation\":[],\"kin_item\":\"a.jpg#41\"");
    has_text(f->taken.data, "{\"id\":9007199254740992,\"image_id\":2,\"category_id\":2,");
    has_text(f->taken.data, "{\"id\":2,\"file_name\":\"b.jpg\",\"width\":200,\"height\":100,\"kin_item\":\"b.jpg\"");
    const char *others[] = { "41", "041", "x", "-1", "9007199254740994", "" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        rows[1].shape = others[i];
        write_job(f, KIN_JOB_COCO, NULL, rows, 2);
        has_text(content(f, "job"), "{\"id\":1,\"image_id\":1,");
        has_text(f->taken.data, "{\"id\":2,\"image_id\":2,");
        has_text(f->taken.data, "\"kin_shape\":\"41\",\"kin_item\":\"a.jpg#41\"");
    }
}

static void fiftyone_has_fractions(void **state)
{
    fixture *f = *state;
    kin_job_row rows[] = { shape_row("d/a.jpg#1", "d/a.jpg", "1", "cat"), image_row("b.jpg") };
    rows[0].score = 0.5;
    const kin_job_options options = { .image_prefix = "/set" };
    write_job(f, KIN_JOB_FIFTYONE, NULL, rows, 2);
    same_text(content(f, "job"),
              "{\"classes\":[\"cat\"],\n\"labels\":{\n"
              "\"d/a\":[{\"label\":\"cat\",\"bounding_box\":[0.05,0.2,0.25,0.25],\"confidence\":0.5,\"attributes\":"
              "{\"kin_item\":\"d/a.jpg#1\",\"kin_job\":7,\"kin_position\":1,\"kin_label\":\"cat\",\"kin_box\":"
              "[10,20,50,25],\"kin_score\":0.5}}],\n"
              "\"b\":[{\"label\":\"\",\"bounding_box\":[0,0,1,1],\"attributes\":{\"kin_item\":\"b.jpg\",\"kin_job\":7,"
              "\"kin_position\":1}}]}}\n");
    write_job(f, KIN_JOB_FIFTYONE, &options, rows, 1);
    has_text(content(f, "job"), "\"/set/d/a.jpg\":[{");
    kin_job_row alike[] = { shape_row("a.jpg#1", "a.jpg", "1", "cat"), shape_row("a.png#1", "a.png", "1", "cat") };
    write_job(f, KIN_JOB_FIFTYONE, &options, alike, 2);
    kin_job_writer *writer;
    FILE *file = fopen("/dev/null", "wb");
    assert_int_equal(kin_job_writer_new(file, KIN_JOB_FIFTYONE, NULL, &writer, &f->err), KIN_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(kin_job_writer_row(writer, &alike[i], &f->err), KIN_OK);
    assert_int_equal(kin_job_writer_close(writer, &f->err), KIN_E_FORMAT);
    has_text(f->err.message, "two images are called a but for their extensions");
    assert_int_equal(fclose(file), 0);
}

static void an_empty_job_is_a_sound_file(void **state)
{
    fixture *f = *state;
    write_job(f, KIN_JOB_LABELSTUDIO, NULL, NULL, 0);
    same_text(content(f, "job"), "[\n]\n");
    write_job(f, KIN_JOB_FIFTYONE, NULL, NULL, 0);
    same_text(content(f, "job"), "{\"classes\":[],\n\"labels\":{}}\n");
    for (int format = KIN_JOB_CSV; format <= KIN_JOB_CVAT; format++) {
        kin_rows_summary summary;
        const kin_row_sink sink = { NULL, NULL, NULL };
        write_job(f, (kin_job_format)format, NULL, NULL, 0);
        assert_int_equal(kin_rows_read(in_folder(f, "job"), (kin_job_format)format, &sink, &summary, &f->err), KIN_OK);
        assert_int_equal(summary.rows + summary.open + summary.rejects, 0);
    }
}

/* ---- There and back ---- */

enum { name_count = 12, long_name = 300 };
static char longest[long_name + 1];
static const char *const names[name_count] = { "a.jpg",
                                               "a b/c'd.jpg#7",
                                               " blanks .jpg ",
                                               "\"quoted\",; \ttab.jpg",
                                               "line\nend\r\nand\r.jpg",
                                               "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80#\"1\"",
                                               "100%.jpg#%41",
                                               "<a>&amp;]]>.jpg#1",
                                               "no utf-8 \xff\xfe.jpg#\x80",
                                               "\x01\x7f\xef\xbf\xbe\xef\xbf\xbd.jpg",
                                               "{\"item\":1}#9007199254740993",
                                               longest };
static const char *const texts[] = { NULL, "x", "two words", "\"'<&>", "\xc3\xbc\xe4\xb8\xad", "007", "1e5", "true" };
enum { text_count = sizeof texts / sizeof *texts, all_rows = 480 };

static kin_job_row make_row(size_t i)
{
    static const char *const verdicts[] = { "critical", "minor", "ok" };
    static const char *const notes[] = { NULL, "n", "a\nb", "\"q\", <x> & 'y'" };
    kin_job_row row = shape_row(names[i % name_count], "p.jpg", "1", texts[i % text_count]);
    row.job = (int64_t)(i % 3);
    row.box.w = i % 5 ? 0.1 + (double)i / 7 : 0;
    if (row.box.w == 0)
        row.box = (kin_box) { 0, 0, 0, 0 };
    row.verdict = verdicts[i % 3];
    if (i % 3 < 2) {
        row.should_be = texts[i / 3 % text_count];
        row.kind = i % 2 ? "box" : NULL;
        row.count = (int64_t)(i % 4) + 1;
    } else
        row.count = 1;
    row.note = notes[i / 5 % 4];
    return row;
}

static void same_or_null(const char *found, const char *wanted)
{
    if (!found || !wanted)
        assert_ptr_equal(found, wanted);
    else
        assert_string_equal(found, wanted);
}

typedef struct comparison {
    size_t next;
} comparison;

static int compare(void *user, const kin_job_row *found, kin_error *err)
{
    (void)err;
    comparison *c = user;
    kin_job_row wanted = make_row(c->next++);
    assert_string_equal(found->item, wanted.item);
    assert_string_equal(found->verdict, wanted.verdict);
    assert_int_equal(found->job, wanted.job);
    assert_int_equal(found->count, wanted.count);
    same_or_null(found->should_be, wanted.should_be);
    same_or_null(found->kind, wanted.kind);
    same_or_null(found->note, wanted.note);
    same_or_null(found->label, wanted.label);
    return KIN_OK;
}

static void no_reject(void *user, const char *where, const char *why)
{
    (void)user;
    fail_msg("%s: %s", where, why);
}

/* A prediction that was taken over as it is becomes an annotation. Each is by a reviewer of its own, so that no row
 * replaces another. */
static void annotate(fixture *f)
{
    static const char prediction[] = "\"predictions\":[{\"model_version\":\"kin\",";
    kin_buffer done = KIN_BUFFER_INIT;
    size_t n = 0;
    for (const char *at = content(f, "job"); *at;) {
        if (strncmp(at, prediction, sizeof prediction - 1) != 0) {
            kin_buffer_char(&done, *at++);
            continue;
        }
        at += sizeof prediction - 1;
        kin_buffer_printf(&done, "\"annotations\":[{\"completed_by\":%zu,\"parent_prediction\":3,", ++n);
    }
    put_bytes(f, "job", done.data, done.size);
    kin_buffer_clear(&done);
}

/* CVAT knows no reviewers, so there each row is a file of its own. */
static void verdicts_come_back_unchanged(void **state)
{
    fixture *f = *state;
    memset(longest, 'x', long_name);
    comparison c = { 0 };
    const kin_row_sink sink = { compare, no_reject, &c };
    kin_rows_summary summary;
    kin_job_row rows[all_rows];
    for (size_t i = 0; i < all_rows; i++)
        rows[i] = make_row(i);
    write_job(f, KIN_JOB_LABELSTUDIO, NULL, rows, all_rows);
    annotate(f);
    assert_int_equal(kin_rows_read(in_folder(f, "job"), KIN_JOB_UNKNOWN, &sink, &summary, &f->err), KIN_OK);
    assert_int_equal(c.next, all_rows);
    assert_int_equal(summary.rows, all_rows);
    c.next = 0;
    for (size_t i = 0; i < all_rows; i++) {
        write_job(f, KIN_JOB_CVAT, NULL, &rows[i], 1);
        assert_int_equal(kin_rows_read(in_folder(f, "job"), KIN_JOB_UNKNOWN, &sink, &summary, &f->err), KIN_OK);
        assert_int_equal(c.next, i + 1);
    }
}

/* ---- What was done in the tool ---- */

static int note_row(void *user, const kin_job_row *row, kin_error *err)
{
    (void)err;
    fixture *f = user;
    kin_buffer_printf(&f->taken, "%s %s", row->item, row->verdict);
    if (row->should_be)
        kin_buffer_printf(&f->taken, " [%s]", row->should_be);
    if (row->kind)
        kin_buffer_printf(&f->taken, " %s", row->kind);
    if (row->count > 1)
        kin_buffer_printf(&f->taken, " %" PRId64 "x", row->count);
    if (row->note)
        kin_buffer_printf(&f->taken, " (%s)", row->note);
    if (row->reviewer)
        kin_buffer_printf(&f->taken, " by %s", row->reviewer);
    if (row->time)
        kin_buffer_printf(&f->taken, " at %s", row->time);
    kin_buffer_char(&f->taken, '\n');
    return KIN_OK;
}

static void rows_are(fixture *f, const char *text, const char *taken, const char *rejected, uint64_t open)
{
    const kin_row_sink sink = { note_row, note_rejected, f };
    kin_rows_summary summary;
    put(f, "v", text);
    kin_buffer_reset(&f->taken);
    kin_buffer_reset(&f->rejected);
    kin_buffer_string(&f->taken, "");
    kin_buffer_string(&f->rejected, "");
    f->err = (kin_error)KIN_ERROR_INIT;
    int code = kin_rows_read(in_folder(f, "v"), KIN_JOB_UNKNOWN, &sink, &summary, &f->err);
    assert_string_equal(f->err.message, "");
    assert_int_equal(code, KIN_OK);
    same_text(f->taken.data, taken);
    same_text(f->rejected.data, rejected);
    assert_int_equal(summary.open, open);
}

#define VERDICT(v) "{\"from_name\":\"verdict\",\"type\":\"choices\",\"value\":{\"choices\":[\"" v "\"]}}"
#define CHOICE(name, v) "{\"from_name\":\"" name "\",\"type\":\"choices\",\"value\":{\"choices\":[\"" v "\"]}}"
#define BOX(id, x, label)                                                                                              \
    "{\"id\":\"" id                                                                                                    \
    "\",\"type\":\"rectanglelabels\",\"original_width\":200,\"original_height\":100,\"value\":{\"x\":" x               \
    ",\"y\":20,\"width\":25,\"height\":25,\"rectanglelabels\":[\"" label "\"]}}"

/* One annotation of the shape a.jpg#1: label cat, box 10,20,50,25 on 200 x 100. */
static void studio_row(fixture *f, const char *head, const char *result, const char *taken, const char *rejected)
{
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "[{\"data\":{\"kin_item\":\"a.jpg#1\",\"kin_label\":\"cat\",\"kin_box\":[10,20,50,25]},"
                   "\"annotations\":[{%s\"result\":[%s]}]}]",
                   head, result);
    rows_are(f, text, taken, rejected, taken[0] || rejected[0] ? 0 : 1);
}

static void shapes_that_were_changed_in_label_studio(void **state)
{
    fixture *f = *state;
    char id[32], same[300], moved[300], other[300], nudged[300], both[1024];
    const char *from = "\"parent_prediction\":5,";
    (void)snprintf(id, sizeof id, "kin-%016" PRIx64, kin_hash("a.jpg#1", 7));
#define REGION_OF(text, x, label)                                                                                      \
    (void)snprintf(text, sizeof text,                                                                                  \
                   "{\"id\":\"%s\",\"type\":\"rectanglelabels\",\"original_width\":200,\"original_height\":100,"       \
                   "\"value\":{\"x\":" x                                                                               \
                   ",\"y\":20,\"width\":25,\"height\":25,\"rotation\":0,\"rectanglelabels\":[\"" label "\"]}}",        \
                   id)
    REGION_OF(same, "5", "cat");
    REGION_OF(moved, "6", "cat");
    REGION_OF(other, "5", "dog");
    REGION_OF(nudged, "5.4", "cat");
    studio_row(f, from, same, "", "");
    studio_row(f, from, nudged, "", "");
    studio_row(f, from, moved, "a.jpg#1 minor box\n", "");
    studio_row(f, from, other, "a.jpg#1 critical [dog]\n", "");
    studio_row(f, from, "", "a.jpg#1 critical spurious\n", "");
    studio_row(f, "", "", "", "");
    studio_row(f, "\"parent_prediction\":null,", VERDICT("critical"), "a.jpg#1 critical\n", "");
#define WITH(region, more) ((void)snprintf(both, sizeof both, "%s,%s", region, more), both)
    studio_row(f, from, WITH(moved, VERDICT("ok")), "a.jpg#1 ok\n", "");
    studio_row(f, from, WITH(moved, VERDICT("critical")), "a.jpg#1 critical box\n", "");
    studio_row(f, from, WITH(moved, VERDICT("minor") "," CHOICE("kind", "label")), "a.jpg#1 minor label\n", "");
    studio_row(f, from, WITH(other, VERDICT("minor")), "a.jpg#1 minor [dog]\n", "");
    studio_row(f, from, WITH(other, VERDICT("minor") "," CHOICE("should_be", "cow")), "a.jpg#1 minor [cow]\n", "");
    studio_row(f, from, WITH(other, VERDICT("ok")), "",
               "task 1: verdict: ok was said of a shape with a new label; say which is meant\n");
    studio_row(f, from, VERDICT("ok"), "",
               "task 1: verdict: ok was said of a shape that was deleted; say which is meant\n");
    studio_row(f, from, VERDICT("minor"), "a.jpg#1 minor spurious\n", "");
    studio_row(f, from, VERDICT("minor") "," CHOICE("should_be", "dog"), "a.jpg#1 minor [dog]\n", "");
}

static void shapes_drawn_on_a_whole_image_are_missing_ones(void **state)
{
    fixture *f = *state;
    rows_are(f,
             "[{\"data\":{\"kin_item\":\"a.jpg\"},\"annotations\":[{\"result\":[" BOX("kin-1", "1", "cat") "," BOX(
                 "n1", "2",
                 "cat") "," BOX("n2", "3",
                                "cat") "]}]},"
                                       "{\"data\":{\"kin_item\":\"b.jpg\"},\"annotations\":[{\"result\":"
                                       "[" BOX("n", "1", "cat") "," VERDICT("minor") "," CHOICE(
                                           "kind", "box") "]}]},"
                                                          "{\"data\":{\"kin_item\":\"c.jpg\"},\"annotations\":[{"
                                                          "\"result\":[" BOX("n", "1", "cat") "," VERDICT(
                                                              "ok") "]}]},"
                                                                    "{\"data\":{\"kin_item\":\"d.jpg\"},"
                                                                    "\"annotations\":[{\"result\":[" BOX(
                                                                        "kin-1", "1", "cat") "," VERDICT("ok") "]}]}]",
             "a.jpg critical missing 2x\nb.jpg minor box\nd.jpg ok\n",
             "task 3: verdict: ok was said where shapes were added; say which is meant\n", 0);
}

static void label_studio_exports_are_read(void **state)
{
    fixture *f = *state;
    const char *text =
        "[{\"id\":1,\"data\":{\"kin_item\":\"a.jpg\",\"kin_job\":9},\"annotations\":[],\"drafts\":[]},\n"
        "{\"data\":{\"kin_item\":\"b.jpg\"},\"annotations\":["
        "{\"completed_by\":4,\"was_cancelled\":true,\"result\":[" VERDICT(
            "ok") "]},"
                  "{\"completed_by\":{\"id\":3,\"email\":\"e@x.org\"},\"updated_at\":\"2026-03-09T22:16:08.728378Z\","
                  "\"created_at\":\"2026-01-01\",\"result\":[" VERDICT("Critical") "," CHOICE(
                      "should_be",
                      "dog") ",{\"from_name\":\"other_label\",\"value\":{\"text\":[\"wolf\"]}},"
                             "{\"from_name\":\"count\",\"value\":{\"number\":2}},"
                             "{\"from_name\":\"note\",\"value\":{\"text\":[\"one\",\"two\"]}}]},"
                             "{\"completed_by\":{\"id\":5},\"created_at\":\"2026-01-02\",\"result\":[" VERDICT(
                                 "ok") "]}]},\n"
                                       "{\"data\":{\"image\":\"x\"}}, 7, "
                                       "{\"data\":{\"kin_item\":\"c.jpg\"},\"annotations\":[{\"result\":[" VERDICT(
                                           "good") "]}]}, {\"data\":\"\\u0000\"}]";
    rows_are(f, text,
             "b.jpg critical [wolf] 2x (one\ntwo) by e@x.org at 2026-03-09T22:16:08.728378Z\n"
             "b.jpg ok by 5 at 2026-01-02\n",
             "task 3: data.kin_item: a task that kin job export wrote is expected\n"
             "task 4: an object {...} is expected, not \"a number\"\n"
             "task 5: verdict: ok, minor or critical is expected, not \"good\"\n"
             "task 6: a text with a NUL character in it\n",
             2);
}

#define SAID(name, value) "<attribute name=\"" name "\">" value "</attribute>"
#define SAME "xtl=\"10.00\" ytl=\"20.00\" xbr=\"60.00\" ybr=\"45.00\""

typedef struct cvat_shape {
    const char *tag, *label, *sides, *item, *said;
} cvat_shape;

/* Shapes of label cat with the box 10,20,50,25, as they come back, a line each. */
static const char *cvat_file(fixture *f, const cvat_shape *shapes, size_t n)
{
    kin_buffer text = KIN_BUFFER_INIT;
    kin_buffer_string(&text, "<annotations><image id=\"0\" name=\"a\" width=\"200\" height=\"100\">\n");
    for (size_t i = 0; i < n; i++) {
        const cvat_shape *s = &shapes[i];
        kin_buffer_printf(&text, "<%s label=\"%s\" %s>", s->tag, s->label, s->sides);
        if (s->item)
            kin_buffer_printf(&text, SAID("kin_item", "%s") SAID("kin_label", "cat") SAID("kin_box", "10,20,50,25"),
                              s->item);
        kin_buffer_printf(&text, "%s</%s>\n", s->said, s->tag);
    }
    kin_buffer_string(&text, "</image><image id=\"1\"/></annotations>");
    const char *own = kin_arena_string(&f->arena, text.data);
    kin_buffer_clear(&text);
    return own;
}

static void shapes_that_were_changed_in_cvat(void **state)
{
    fixture *f = *state;
    const cvat_shape shapes[] = {
        { "box", "cat", SAME, "1", SAID("verdict", "open") },
        { "box", "cat", SAME, "2", SAID("verdict", " OK ") },
        { "box", "cat", SAME, "3", SAID("verdict", "critical") SAID("should_be", "dog") SAID("note", "a&lt;b") },
        { "box", "cat", "xtl=\"12\" ytl=\"20\" xbr=\"60\" ybr=\"45\"", "4", "" },
        { "box", "cat", SAME " rotation=\"9\"", "5", "" },
        { "box", "dog", SAME, "6", "" },
        { "box", "dog", SAME, "7", SAID("verdict", "ok") },
        { "polygon", "cat", "points=\"1,2;3,4;5,6\"", "8%23", SAID("verdict", "minor") SAID("count", "3") },
        { "box", "cat", SAME, NULL, "" },
        { "tag", "cat", "", "9", SAID("verdict", "ok") SAID("kind", "x") },
    };
    rows_are(f, cvat_file(f, shapes, sizeof shapes / sizeof *shapes),
             "2 ok\n3 critical [dog] (a<b)\n4 minor box\n5 minor box\n6 critical [dog]\n8# minor 3x\n9 ok x\n",
             "line 8: verdict: ok was said of a shape with a new label; say which is meant\n", 1);
}

static void a_copied_shape_counts_once(void **state)
{
    fixture *f = *state;
    const cvat_shape shapes[] = { { "box", "cat", SAME, "1", SAID("verdict", "ok") },
                                  { "box", "cat", SAME, "1", SAID("verdict", "minor") } };
    rows_are(f, cvat_file(f, shapes, 2), "1 minor\n", "", 0);
}

static void files_without_anything_of_kin_are_refused(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *text, *message;
    } files[] = { { "<annotations><image id=\"0\"><box label=\"a\"/></image></annotations>",
                    "no shape has the attribute" },
                  { "<annotations><track id=\"0\"><box/></track></annotations>", "is of a video" },
                  { "<annotations><image>", "cut off" },
                  { "<!DOCTYPE a [<!ENTITY b \"c\">]><annotations/>", "entity" },
                  { "[{\"item\":\"a\",\"verdict\":\"ok\"}]", "JSON array" },
                  { "[{\"data\":{\"kin_item\":\"a\"}}", "cut off" } };
    const kin_row_sink sink = { NULL, NULL, NULL };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        put(f, "v", files[i].text);
        assert_int_equal(kin_rows_read(in_folder(f, "v"), KIN_JOB_UNKNOWN, &sink, NULL, &f->err), KIN_E_FORMAT);
        has_text(f->err.message, files[i].message);
    }
    put(f, "v", "{\"a\nb\":");
    assert_int_equal(kin_rows_read(in_folder(f, "v"), KIN_JOB_LABELSTUDIO, &sink, NULL, &f->err), KIN_E_FORMAT);
    assert_null(strchr(f->err.message, '\n'));
    assert_int_equal(kin_rows_read(in_folder(f, "v"), KIN_JOB_COCO, &sink, NULL, &f->err), KIN_E_USAGE);
    assert_int_equal(kin_rows_read(in_folder(f, "v"), KIN_JOB_FIFTYONE, &sink, NULL, &f->err), KIN_E_USAGE);
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        with_folder(a_task_has_its_shape_and_its_key),
        with_folder(a_config_offers_every_label),
        with_folder(cvat_groups_by_image),
        with_folder(coco_keeps_ids_that_it_can),
        with_folder(fiftyone_has_fractions),
        with_folder(an_empty_job_is_a_sound_file),
        with_folder(verdicts_come_back_unchanged),
        with_folder(shapes_that_were_changed_in_label_studio),
        with_folder(shapes_drawn_on_a_whole_image_are_missing_ones),
        with_folder(label_studio_exports_are_read),
        with_folder(shapes_that_were_changed_in_cvat),
        with_folder(a_copied_shape_counts_once),
        with_folder(files_without_anything_of_kin_are_refused),
    };
    return cmocka_run_group_tests_name("exchange: jobs for review tools", tests, NULL, NULL);
}
