/* Job rows out, verdicts in. */
#include "exchange_fixture.h"

#include "base/rng.h"
#include "exchange/exchange_text.h"

#include <float.h>
#include <math.h>

#define HEADER                                                                                                         \
    "job,position,item,label,x,y,width,height,score,probability,verdict,should_be,kind,count,note,reviewer,time\r\n"

/* ---- Writing and reading back ---- */

static const char *const hostile[] = { "a.jpg",
                                       "a b/c'd.jpg#7",
                                       " blanks .jpg ",
                                       "\"quoted\",; \ttab.jpg",
                                       "line\nend\r\nand\r.jpg",
                                       "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80#\"1\"",
                                       "=1+1",
                                       "-",
                                       "\\n\\u0041\\",
                                       "{\"item\":1}" };
enum { hostile_count = sizeof hostile / sizeof *hostile };

static const char *texts[] = { NULL, "x", " , ", "\"", "\n", "\xc3\xbc", "a;b", "007", "1e5", "true" };
enum { text_count = sizeof texts / sizeof *texts };

/* Spreadsheets and people put blanks around cells: only the item keeps its own in a CSV. */
static const char *text_at(size_t i, bool trimmed)
{
    const char *text = texts[i % text_count];
    if (!trimmed || !text)
        return text;
    return strcmp(text, " , ") == 0 ? "," : strcmp(text, "\n") == 0 ? NULL : text;
}

static kin_job_row make_row(size_t i, bool trimmed)
{
    static const double numbers[] = { 0.1,    1.0 / 3, 1e-300, 123456.789012345678, DBL_MAX, DBL_MIN,
                                      5e-324, 2,       1e21,   0.30000000000000004, NAN,     -0.25 };
    static const char *const verdicts[] = { "ok", "minor", "critical" };
    kin_rng rng;
    kin_rng_seed(&rng, i);
    kin_job_row row = { .item = hostile[i % hostile_count], .verdict = verdicts[i % 3], .count = (int64_t)(i % 4) + 1 };
    row.job = i % 5 ? (int64_t)i : INT64_MAX;
    row.position = (int64_t)i;
    row.label = text_at(i, trimmed);
    row.should_be = text_at(i + 1, trimmed);
    row.kind = text_at(i + 2, trimmed);
    row.note = text_at(i + 3, trimmed);
    row.reviewer = text_at(i / text_count, trimmed);
    row.time = "2026-02-28T13:45:10Z";
    row.score = numbers[i % 12];
    row.probability = kin_rng_uniform(&rng);
    if (i % 3)
        row.box = (kin_box) { -kin_rng_normal(&rng), kin_rng_normal(&rng) * 1e6, kin_rng_uniform(&rng) + 1e-9,
                              kin_rng_uniform(&rng) * 1e9 + 1 };
    return row;
}

static void same_or_null(const char *found, const char *wanted)
{
    if (!found || !wanted)
        assert_ptr_equal(found, wanted);
    else
        assert_string_equal(found, wanted);
}

static void same_number(double found, double wanted)
{
    assert_true(isnan(wanted) ? isnan(found) : found == wanted);
}

typedef struct comparison {
    size_t next;
    bool trimmed;
} comparison;

static void no_reject(void *user, const char *where, const char *why)
{
    (void)user;
    fail_msg("%s: %s", where, why);
}

static int compare_row(void *user, const kin_job_row *found, kin_error *err)
{
    (void)err;
    comparison *c = user;
    kin_job_row wanted = make_row(c->next++, c->trimmed);
    assert_int_equal(found->job, wanted.job);
    assert_int_equal(found->position, wanted.position);
    assert_int_equal(found->count, wanted.count);
    assert_string_equal(found->item, wanted.item);
    assert_string_equal(found->verdict, wanted.verdict);
    same_or_null(found->label, wanted.label);
    same_or_null(found->should_be, wanted.should_be);
    same_or_null(found->kind, wanted.kind);
    same_or_null(found->note, wanted.note);
    same_or_null(found->reviewer, wanted.reviewer);
    same_or_null(found->time, wanted.time);
    same_number(found->score, wanted.score);
    same_number(found->probability, wanted.probability);
    assert_memory_equal(&found->box, &wanted.box, sizeof found->box);
    return KIN_OK;
}

static void write_rows(const char *path, kin_job_format format, size_t n)
{
    kin_error err = KIN_ERROR_INIT;
    kin_job_writer *writer;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(kin_job_writer_new(file, format, NULL, &writer, &err), KIN_OK);
    for (size_t i = 0; i < n; i++) {
        kin_job_row row = make_row(i, false);
        assert_int_equal(kin_job_writer_row(writer, &row, &err), KIN_OK);
    }
    assert_int_equal(kin_job_writer_close(writer, &err), KIN_OK);
    assert_int_equal(fclose(file), 0);
}

static void rows_come_back_unchanged(void **state)
{
    fixture *f = *state;
    enum { n = 600 };
    for (int format = KIN_JOB_CSV; format <= KIN_JOB_JSONL; format++)
        for (int named = 0; named < 2; named++) {
            comparison c = { 0, format == KIN_JOB_CSV };
            const kin_row_sink sink = { compare_row, no_reject, &c };
            kin_rows_summary summary;
            write_rows(in_folder(f, "rows"), (kin_job_format)format, n);
            assert_int_equal(kin_rows_read(in_folder(f, "rows"), named ? (kin_job_format)format : KIN_JOB_UNKNOWN,
                                           &sink, &summary, &f->err),
                             KIN_OK);
            assert_int_equal(c.next, n);
            assert_int_equal(summary.rows, n);
            assert_int_equal(summary.rejects + summary.open, 0);
        }
}

static void written(fixture *f, kin_job_format format, const kin_job_row *row, const char *wanted)
{
    kin_job_writer *writer;
    FILE *file = fopen(in_folder(f, "w"), "wb");
    assert_non_null(file);
    assert_int_equal(kin_job_writer_new(file, format, NULL, &writer, &f->err), KIN_OK);
    if (row)
        assert_int_equal(kin_job_writer_row(writer, row, &f->err), KIN_OK);
    assert_int_equal(kin_job_writer_close(writer, &f->err), KIN_OK);
    assert_int_equal(fclose(file), 0);
    kin_buffer_reset(&f->taken);
    kin_buffer_string(&f->taken, "");
    assert_int_equal(kin_file_read(in_folder(f, "w"), 1 << 20, &f->taken, &f->err), KIN_OK);
    same_text(f->taken.data, wanted);
}

static void rows_are_written_as_said(void **state)
{
    fixture *f = *state;
    kin_job_row row = { .item = "a.jpg", .score = NAN, .probability = NAN };
    written(f, KIN_JOB_CSV, NULL, HEADER);
    written(f, KIN_JOB_JSONL, NULL, "");
    written(f, KIN_JOB_CSV, &row, HEADER ",,a.jpg,,,,,,,,,,,,,,\r\n");
    written(f, KIN_JOB_JSONL, &row, "{\"item\":\"a.jpg\"}\n");
    row = (kin_job_row) {
        7,   1, "a,b.jpg#\"1\"", "dog", { 0, 1.5, 10, 20.1 }, 0.1, 1.0 / 3, "minor", "cat", "label", "n\nn",
        "Z", 2, "2026-01-01", NULL, NULL, 0, 0
    };
    written(f, KIN_JOB_CSV, &row,
            HEADER "7,1,\"a,b.jpg#\"\"1\"\"\",dog,0,1.5,10,20.1,0.1,0.3333333333333333,minor,cat,label,2,\"n\nn\",Z,"
                   "2026-01-01\r\n");
    written(
        f, KIN_JOB_JSONL, &row,
        "{\"job\":7,\"position\":1,\"item\":\"a,b.jpg#\\\"1\\\"\",\"label\":\"dog\",\"x\":0,\"y\":1.5,\"width\":10,"
        "\"height\":20.1,\"score\":0.1,\"probability\":0.3333333333333333,\"verdict\":\"minor\",\"should_be\":\"cat\","
        "\"kind\":\"label\",\"count\":2,\"note\":\"n\\nn\",\"reviewer\":\"Z\",\"time\":\"2026-01-01\"}\n");
}

static void a_full_disk_is_noticed(void **state)
{
    fixture *f = *state;
    kin_job_row row = { .item = "a.jpg", .score = NAN, .probability = NAN };
    kin_job_writer *writer = NULL;
    FILE *file = fopen("/dev/full", "wb");
    if (!file)
        skip();
    assert_int_equal(kin_job_writer_new(file, KIN_JOB_UNKNOWN, NULL, &writer, &f->err), KIN_E_USAGE);
    assert_null(writer);
    assert_int_equal(kin_job_writer_new(file, KIN_JOB_CSV, NULL, &writer, &f->err), KIN_OK);
    assert_int_equal(kin_job_writer_row(writer, &row, &f->err), KIN_OK);
    row.item = NULL;
    assert_int_equal(kin_job_writer_row(writer, &row, &f->err), KIN_E_USAGE);
    assert_int_equal(kin_job_writer_close(writer, &f->err), KIN_E_IO);
    (void)fclose(file);
    assert_int_equal(kin_job_writer_close(NULL, &f->err), KIN_OK);
}

/* ---- Reading what others wrote ---- */

static int note_row(void *user, const kin_job_row *r, kin_error *err)
{
    fixture *f = user;
    if (f->refuse_at && --f->refuse_at == 0)
        return kin_fail(err, KIN_E_STOPPED, "enough");
    f->summary.images++;
    kin_buffer_printf(&f->taken, "%s %s", r->item, r->verdict);
    if (r->should_be)
        kin_buffer_printf(&f->taken, " [%s]", r->should_be);
    if (r->count != 1)
        kin_buffer_printf(&f->taken, " %lldx", (long long)r->count);
    if (!isnan(r->score))
        kin_buffer_printf(&f->taken, " %g", r->score);
    if (r->reviewer)
        kin_buffer_printf(&f->taken, " by %s", r->reviewer);
    if (r->time)
        kin_buffer_printf(&f->taken, " at %s", r->time);
    if (r->note)
        kin_buffer_printf(&f->taken, " (%s)", r->note);
    kin_buffer_char(&f->taken, '\n');
    return KIN_OK;
}

static int read_rows(fixture *f, const char *text, kin_rows_summary *summary)
{
    const kin_row_sink sink = { note_row, note_rejected, f };
    put(f, "v", text);
    f->summary.images = 0;
    kin_buffer_reset(&f->taken);
    kin_buffer_reset(&f->rejected);
    kin_buffer_string(&f->taken, "");
    kin_buffer_string(&f->rejected, "");
    f->err = (kin_error)KIN_ERROR_INIT;
    return kin_rows_read(in_folder(f, "v"), KIN_JOB_UNKNOWN, &sink, summary, &f->err);
}

static void rows_are(void **state, const char *text, const char *taken, const char *rejected, uint64_t open)
{
    fixture *f = *state;
    kin_rows_summary summary;
    int code = read_rows(f, text, &summary);
    assert_string_equal(f->err.message, "");
    assert_int_equal(code, KIN_OK);
    same_text(f->taken.data, taken);
    same_text(f->rejected.data, rejected);
    assert_int_equal(summary.rows, f->summary.images);
    assert_int_equal(summary.open, open);
}

static void spreadsheets_are_read(void **state)
{
    rows_are(state, "item,verdict\na.jpg,ok\n", "a.jpg ok\n", "", 0);
    rows_are(state,
             "\xef\xbb\xbfNote;Verdict;Should be;ITEM;Extra;Score;Count\r\n\"f\xc3\xbcr; \"\"x\"\"\"; CRITICAL "
             ";Katze;a,b.jpg#1;?;"
             "0,75;2,0\r\n;;;b.jpg;;1;\r\n;;;;;;\r\n;Ok;;c.jpg;;01. Mai;\r\n",
             "a,b.jpg#1 critical [Katze] 2x 0.75 (f\xc3\xbcr; \"x\")\nc.jpg ok\n", "", 1);
    rows_are(state, "verdict\titem\tsomething\nminor\ta.jpg\n", "a.jpg minor\n", "", 0);
    rows_are(state, "item,verdict\r\n a.jpg ,ok\r\n\"b\r\nc.jpg\",ok", " a.jpg  ok\nb\r\nc.jpg ok\n", "", 0);
    rows_are(state, "item,verdict\n", "", "", 0);
}

static void json_lines_are_read(void **state)
{
    rows_are(
        state,
        "{\"item\":\"a.jpg#1\",\"verdict\":\"Minor\",\"Should_Be\":\"cat\",\"score\":0.5,\"extra\":{\"a\":[1]}}\r\n\n"
        "  {\"verdict\":null,\"item\":\"b.jpg\"}\n{\"item\":\"b.jpg\",\"verdict\":\"\"}\n"
        "{\"verdict\":\"ok\",\"item\":\"c.jpg\",\"note\":7,\"count\":\"3\",\"score\":\"high\",\"x\":null}",
        "a.jpg#1 minor [cat] 0.5\nc.jpg ok 3x (7)\n", "", 2);
    rows_are(state, "\xef\xbb\xbf{\"item\":\"\\u00e9\\n\\\"\",\"verdict\":\"ok\"}", "\xc3\xa9\n\" ok\n", "", 0);
}

static void bad_rows_are_rejected_with_their_line(void **state)
{
    rows_are(
        state,
        "item,verdict,job,count,time,note\na.jpg,good,,,,\n,ok,,,,\na.jpg,ok,seven,,,\na.jpg,ok,-1,,,\n"
        "a.jpg,ok,,1.5,,\na.jpg,ok,,,28.02.2026,\na.jpg,ok,,,,\xff\n\"a.jpg,ok,,,,\nb.jpg,ok,,,,,\nb.jpg,ok,,,,,x\n",
        "b.jpg ok\n",
        "line 2: verdict: ok, minor or critical is expected, not \"good\"\n"
        "line 3: item: a path, or path#shape, is expected; it is empty\n"
        "line 4: job: a number is expected, not \"seven\"\n"
        "line 5: job: a number is expected, not \"-1\"\n"
        "line 6: count: a number is expected, not \"1.5\"\n"
        "line 7: time: a time such as 2026-02-28T13:45:10Z is expected, not \"28.02.2026\"\n"
        "line 8: note: UTF-8 text is expected\n"
        "line 9: a quote is not closed\n"
        "line 11: more cells than the header has\n",
        0);
    rows_are(
        state,
        "{\"item\":\"a.jpg\",\"verdict\":\"ok\"}\n{\"item\":\"b.jpg\",\"verdict\":\"ok\"\n[1]\n{\"item\":1,\"verdict\":"
        "\"ok\"}\n{\"item\":\"b.jpg\",\"verdict\":true}\n{\"item\":\"b.jpg\",\"verdict\":\"ok\",\"note\":[]}\n"
        "{\"item\":\"b\\u0000.jpg\",\"verdict\":\"ok\"}\n{} {}\n{}\n\x01\n",
        "a.jpg ok\n",
        "line 2: no sound JSON\nline 3: an object {...} is expected, not \"an array\"\n"
        "line 4: item: text is expected, not \"a number\"\n"
        "line 5: verdict: text is expected, not \"true or false\"\n"
        "line 6: note: text is expected, not \"an array\"\n"
        "line 7: a text with a NUL character in it\nline 8: no sound JSON\n"
        "line 9: item: a path, or path#shape, is expected; it is empty\nline 10: no sound JSON\n",
        0);
}

static void long_and_deep_lines_are_passed_over(void **state)
{
    kin_buffer text = KIN_BUFFER_INIT;
    kin_buffer_string(&text, "{\"item\":\"a.jpg\",\"verdict\":\"ok\",\"note\":\"");
    for (int i = 0; i < 1 << 20; i++)
        kin_buffer_char(&text, 'n');
    kin_buffer_string(&text, "\"}\n{\"item\":\"b.jpg\",\"verdict\":\"ok\",\"x\":");
    for (int i = 0; i < 100000; i++)
        kin_buffer_char(&text, '[');
    kin_buffer_string(&text, "\n{\"item\":\"c.jpg\",\"verdict\":\"ok\"}\n");
    rows_are(state, text.data, "c.jpg ok\n", "line 1: longer than 1 MiB\nline 2: no sound JSON\n", 0);
    kin_buffer_clear(&text);
}

static void of_rows_without_a_time_the_last_counts(void **state)
{
    rows_are(state,
             "item,verdict,reviewer,time\na,ok,,\na,minor,Z,\nb,ok,,\na,critical,,\na,minor,Z,2026-01-01\n"
             "a,ok,Z,2026-01-02\na,ok,Z,\na,,,\nb,wrong,,\n",
             "b ok\na critical\na minor by Z at 2026-01-01\na ok by Z at 2026-01-02\na ok by Z\n",
             "line 10: verdict: ok, minor or critical is expected, not \"wrong\"\n", 1);
}

static void what_is_no_verdict_file_is_said_to_be_none(void **state)
{
    fixture *f = *state;
    kin_rows_summary summary;
    assert_int_equal(read_rows(f, "", &summary), KIN_E_FORMAT);
    assert_int_equal(read_rows(f, "item,label\n", &summary), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "no column \"verdict\""));
    assert_int_equal(read_rows(f, "verdict\n", &summary), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "no column \"item\""));
    assert_int_equal(read_rows(f, "[{\"item\":\"a\"}]", &summary), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "JSON array"));
    assert_int_equal(read_rows(f, "item,verdict,Item\n", &summary), KIN_E_FORMAT);
    assert_int_equal(read_rows(f, "\xff\xfei", &summary), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "UTF-16"));
    const kin_row_sink sink = { note_row, NULL, f };
    assert_int_equal(kin_rows_read(f->folder, KIN_JOB_UNKNOWN, &sink, NULL, &f->err), KIN_E_USAGE);
    assert_int_equal(kin_rows_read(in_folder(f, "gone"), KIN_JOB_CSV, &sink, NULL, &f->err), KIN_E_NOTFOUND);
    f->refuse_at = 2;
    assert_int_equal(read_rows(f, "item,verdict\na,ok\nb,ok\nc,ok\n", &summary), KIN_E_STOPPED);
    assert_int_equal(summary.rows, 1);
}

static void a_pipe_is_read_like_a_file(void **state)
{
    fixture *f = *state;
    static const char text[] = "item,verdict\na,ok\na,minor\n";
    char name[32];
    int ends[2];
    kin_rows_summary summary;
    const kin_row_sink sink = { note_row, note_rejected, f };
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, sizeof text - 1), sizeof text - 1);
    assert_int_equal(close(ends[1]), 0);
    (void)snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    assert_int_equal(kin_rows_read(name, KIN_JOB_UNKNOWN, &sink, &summary, &f->err), KIN_OK);
    same_text(f->taken.data, "a minor\n");
    assert_int_equal(close(ends[0]), 0);
}

static void numbers_are_parsed_whole_or_not_at_all(void **state)
{
    (void)state;
    static const char *const good[] = { "0", " -1.5e3\t", "+.5", "5." };
    static const char *const bad[] = { "", " ", "1 2", "0x1", "inf", "nan", "1e999", "1,5", "--1", "e5", "." };
    double value = 42;
    int64_t whole;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(kin_exchange__parse_number(bad[i], &value));
    assert_true(value == 42);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(kin_exchange__parse_number(good[i], &value));
    assert_true(kin_exchange__parse_integer(" 9223372036854775807 ", &whole));
    assert_int_equal(whole, INT64_MAX);
    assert_false(kin_exchange__parse_integer("9223372036854775808", &whole));
    assert_false(kin_exchange__parse_integer("1.0", &whole));
    assert_int_equal(kin_job_format_from("csv"), KIN_JOB_CSV);
    assert_string_equal(kin_job_format_name(KIN_JOB_JSONL), "jsonl");
    assert_int_equal(kin_job_format_from("xml"), KIN_JOB_UNKNOWN);
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        with_folder(rows_come_back_unchanged),
        with_folder(rows_are_written_as_said),
        with_folder(a_full_disk_is_noticed),
        with_folder(spreadsheets_are_read),
        with_folder(json_lines_are_read),
        with_folder(bad_rows_are_rejected_with_their_line),
        with_folder(long_and_deep_lines_are_passed_over),
        with_folder(of_rows_without_a_time_the_last_counts),
        with_folder(what_is_no_verdict_file_is_said_to_be_none),
        with_folder(a_pipe_is_read_like_a_file),
        with_folder(numbers_are_parsed_whole_or_not_at_all),
    };
    return cmocka_run_group_tests_name("exchange: job rows", tests, NULL, NULL);
}
