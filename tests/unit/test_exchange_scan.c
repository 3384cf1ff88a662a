/* The scanners below the importers: XML by events, arrays in JSON by elements. */
#include "exchange_fixture.h"

#include "exchange/input_file.h"
#include "exchange/json_scan.h"
#include "exchange/xml_scan.h"

#include <limits.h>

/* ---- XML ---- */

static int note_begin(void *user, const kin_exchange__xml_element *e, kin_error *err)
{
    fixture *f = user;
    if (f->refuse_at && --f->refuse_at == 0)
        return kin_fail(err, KIN_E_STOPPED, "enough");
    if (f->quiet)
        return KIN_OK;
    kin_buffer_printf(&f->taken, "%lu %u %s<%s", e->line, e->depth, e->parent, e->name);
    for (const char *const *at = e->attributes; *at; at += 2)
        kin_buffer_printf(&f->taken, " %s=%s", at[0], at[1]);
    kin_buffer_char(&f->taken, '\n');
    return KIN_OK;
}

static int note_end(void *user, const kin_exchange__xml_element *e, char *text, kin_error *err)
{
    fixture *f = user;
    (void)err;
    assert_null(e->attributes);
    if (!f->quiet && text[0])
        kin_buffer_printf(&f->taken, "%s/%s: %s\n", e->parent, e->name, text);
    return KIN_OK;
}

static int scan_xml(fixture *f, const char *name, bool *broken)
{
    const kin_exchange__xml_visitor visitor = { note_begin, note_end, f };
    kin_buffer_reset(&f->taken);
    kin_buffer_string(&f->taken, "");
    f->err = (kin_error)KIN_ERROR_INIT;
    return kin_exchange__xml_scan(in_folder(f, name), &visitor, broken, &f->err);
}

static void expect_xml(fixture *f, const char *text, size_t size, const char *events)
{
    bool broken = true;
    put_bytes(f, "a.xml", text, size);
    assert_int_equal(scan_xml(f, "a.xml", &broken), KIN_OK);
    assert_false(broken);
    same_text(f->taken.data, events);
}

static void expect_bad_xml(fixture *f, const char *text, size_t size, const char *events, const char *message)
{
    bool broken = false;
    put_bytes(f, "a.xml", text, size);
    assert_int_equal(scan_xml(f, "a.xml", &broken), KIN_E_FORMAT);
    assert_true(broken);
    if (events)
        same_text(f->taken.data, events);
    if (!strstr(f->err.message, message))
        fail_msg("\"%s\" is not in \"%s\"", message, f->err.message);
}

static void test_events(void **state)
{
    static const char text[] = "<?xml version=\"1.0\"?>\n<!DOCTYPE a>\n<!-- <no/> -->\n"
                               "<a>\n  <b k='1 &lt; 2' l=\"\"/>\n"
                               "  <c> x &amp; <![CDATA[<y>]]> &#xe9;\n z </c>\n  text\n</a>\n";
    expect_xml(*state, text, sizeof text - 1,
               "4 1 <a\n5 2 a<b k=1 < 2 l=\n6 2 a<c\na/c: x & <y> \xc3\xa9\n z\n/a: text\n");
}

static void test_encodings(void **state)
{
    static const char latin[] = "<?xml version='1.0' encoding='ISO-8859-1'?><a k='\xe9'/>";
    static const char marked[] = "\xef\xbb\xbf<a k='\xc3\xa9'/>";
    static const char windows[] = "<?xml version='1.0' encoding='windows-1252'?><a k='\x80'/>";
    static const char ascii[] = "<a k='e'/>";
    char wide[2 * sizeof ascii] = "\xff\xfe";
    for (size_t i = 0; i < sizeof ascii - 1; i++) {
        wide[2 + 2 * i] = ascii[i];
        wide[3 + 2 * i] = '\0';
    }
    wide[2 + 2 * 6] = '\xe9';
    expect_xml(*state, latin, sizeof latin - 1, "1 1 <a k=\xc3\xa9\n");
    expect_xml(*state, marked, sizeof marked - 1, "1 1 <a k=\xc3\xa9\n");
    expect_xml(*state, wide, sizeof wide, "1 1 <a k=\xc3\xa9\n");
    expect_bad_xml(*state, windows, sizeof windows - 1, "", "save it as UTF-8");
    expect_bad_xml(*state, "<a k='\xff'/>", 10, "", "line 1");
}

static void test_unsound(void **state)
{
    static const struct {
        const char *text, *events, *message;
    } cases[] = {
        { "", "", "no sound XML at line 1" },
        { "{}", "", "no sound XML at line 1" },
        { "<a>\n<b>\n", "1 1 <a\n2 2 a<b\n", "is cut off: it ends at line 3, where the end of <b> is expected" },
        { "<a>\n<b k='", "1 1 <a\n", "is cut off: it ends at line 2, where the end of <a> is expected" },
        { "<a>\n</b>", "1 1 <a\n", "no sound XML at line 2: mismatched tag" },
        { "<a/>\n<b/>", "1 1 <a\n", "line 2" },
        { "<a k='1' k='2'/>", "", "duplicate attribute" },
        { "<a>&nbsp;</a>", "1 1 <a\n", "undefined entity" },
        { "<!DOCTYPE a SYSTEM '/etc/passwd'><a>&x;</a>", "1 1 <a\n", "line 1: an entity that the file does not know" },
        { "<!DOCTYPE a [\n<!ENTITY x 'xxx'>]><a>&x;</a>", "", "line 2: an entity is declared" },
        { "<!DOCTYPE a [<!ENTITY x SYSTEM '/etc/passwd'>]><a>&x;</a>", "", "an entity is declared" },
        { "<!DOCTYPE a [<!ENTITY % x SYSTEM '/etc/passwd'>%x;]><a/>", "", "an entity is declared" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_bad_xml(*state, cases[i].text, strlen(cases[i].text), cases[i].events, cases[i].message);
    bool broken = true;
    fixture *f = *state;
    assert_int_equal(scan_xml(f, "none.xml", &broken), KIN_E_NOTFOUND);
    assert_false(broken);
    put(f, "a.xml", "<a><b/><c/></a>");
    f->refuse_at = 2;
    assert_int_equal(scan_xml(f, "a.xml", &broken), KIN_E_STOPPED);
    assert_false(broken);
    assert_string_equal(f->taken.data, "1 1 <a\n");
}

static void repeat(kin_buffer *text, const char *part, size_t times)
{
    for (size_t i = 0; i < times; i++)
        kin_buffer_string(text, part);
}

static void test_bounds(void **state)
{
    fixture *f = *state;
    kin_buffer text = KIN_BUFFER_INIT;
    f->quiet = true;
    repeat(&text, "<a>", 64);
    repeat(&text, "</a>", 64);
    expect_xml(f, text.data, text.size, "");
    kin_buffer_reset(&text);
    repeat(&text, "<a>", 65);
    repeat(&text, "</a>", 65);
    expect_bad_xml(f, text.data, text.size, NULL, "deeper than 64");
    static const struct {
        const char *head, *tail, *fault;
        char filler;
        size_t kibibytes;
    } cases[] = { { "<a>", "</a>", NULL, 'x', 1024 },
                  { "<a>", "</a>", "longer than 1 MiB", 'x', 1025 },
                  { "<a k='", "'/>", NULL, 'x', 4000 },
                  { "<a k='", "'/>", "longer than 4 MiB", 'x', 10000 },
                  { "<a><b></b", "></a>", "longer than 4 MiB", ' ', 10000 },
                  { "<a><!--", "--></a>", "longer than 4 MiB", 'x', 10000 } };
    char part[1025] = "";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kin_buffer_reset(&text);
        kin_buffer_string(&text, cases[i].head);
        memset(part, cases[i].filler, 1024);
        repeat(&text, part, cases[i].kibibytes);
        kin_buffer_string(&text, cases[i].tail);
        if (cases[i].fault)
            expect_bad_xml(f, text.data, text.size, NULL, cases[i].fault);
        else
            expect_xml(f, text.data, text.size, "");
    }
    kin_buffer_clear(&text);
}

static void test_root(void **state)
{
    char name[8];
    fixture *f = *state;
    put(f, "a.xml", "<?xml version='1.0'?><!-- x --><annotation><b></annotation>");
    assert_true(kin_exchange__xml_root(in_folder(f, "a.xml"), name, sizeof name));
    assert_string_equal(name, "annotat");
    put(f, "a.xml", "path,label\n");
    assert_false(kin_exchange__xml_root(in_folder(f, "a.xml"), name, sizeof name));
    assert_false(kin_exchange__xml_root(f->folder, name, sizeof name));
}

/* ---- JSON ---- */

static bool wants_all(void *user, const char *key)
{
    (void)user, (void)key;
    return true;
}

static bool wants_keys(void *user, const char *key)
{
    (void)user;
    return key[0] != '\0';
}

static int note_element(void *user, const char *key, uint64_t number, const char *text, size_t size, kin_error *err)
{
    fixture *f = user;
    (void)err;
    assert_int_equal(strlen(text), size);
    kin_buffer_printf(&f->taken, "%s[%d]: %s\n", key, (int)number, text);
    return KIN_OK;
}

static int note_unfit(void *user, const char *key, uint64_t number, const char *why, kin_error *err)
{
    fixture *f = user;
    (void)err;
    kin_buffer_printf(&f->taken, "%s[%d]! %s\n", key, number == UINT64_MAX ? -1 : (int)number, why);
    return KIN_OK;
}

static int scan_json(fixture *f, const char *text, bool (*wanted)(void *, const char *))
{
    const kin_exchange__json_visitor visitor = { wanted, note_element, note_unfit, f };
    FILE *file;
    bool broken;
    put(f, "a.json", text);
    kin_buffer_reset(&f->taken);
    assert_int_equal(kin_exchange__open(in_folder(f, "a.json"), &file, &f->err), KIN_OK);
    int code = kin_exchange__json_scan(file, "a.json", &visitor, &broken, &f->err);
    assert_true(broken == (code != KIN_OK));
    assert_int_equal(fclose(file), 0);
    return code;
}

static void test_array_file(void **state)
{
    fixture *f = *state;
    assert_int_equal(scan_json(f, " [ {\"a\":[1]} , 2 ]\n", wants_all), KIN_OK);
    same_text(f->taken.data, "[0]: {\"a\":[1]}\n[1]: 2\n");
    assert_int_equal(scan_json(f, "{\"k\":[1],\"l\":2}", wants_all), KIN_OK);
    same_text(f->taken.data, "k[0]: 1\nl[-1]! no array\n");
    assert_int_equal(scan_json(f, "[]", wants_all), KIN_OK);
    assert_int_equal(scan_json(f, "[1", wants_all), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "cut off: it ends at byte 2 in [0]"));
    assert_int_equal(scan_json(f, "{\"a\nb\":[1", wants_all), KIN_E_FORMAT); /* a message is one line */
    assert_non_null(strstr(f->err.message, "in a?b[0], where"));
    assert_int_equal(scan_json(f, "[1] 2", wants_all), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "the end of the file is expected"));
    assert_int_equal(scan_json(f, "[1]", wants_keys), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "'{', the beginning of a JSON object,"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_events, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_encodings, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_unsound, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_bounds, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_root, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_array_file, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("XML and JSON are scanned in bounded memory", tests, NULL, NULL);
}
