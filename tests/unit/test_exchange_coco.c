#include "exchange_fixture.h"

#include "exchange/json_scan.h"

#include <math.h>
#include <sys/resource.h>

#define TWO_IMAGES                                                                                                     \
    "\"categories\":[{\"id\":7,\"name\":\"cat\"},{\"id\":90,\"name\":\"dog\"}],"                                       \
    "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\",\"width\":40,\"height\":30},{\"id\":22,\"file_name\":\"s/b.jpg\"}]"
#define IMAGES_TAKEN "a.jpg 40x30\ns/b.jpg\n"

static void images_and_boxes_are_read_in_order(void **state)
{
    expect(*state, "i.json",
           "{" TWO_IMAGES ",\"annotations\":["
           "{\"id\":5,\"image_id\":1,\"category_id\":90,\"bbox\":[1,2,3.5,4]},"
           "{\"id\":6,\"image_id\":22,\"category_id\":7,\"bbox\":[0,0,1e1,2]}]}",
           IMAGES_TAKEN "a.jpg#5 1,2,3.5,4 40x30 [dog]\ns/b.jpg#6 0,0,10,2 [cat]\n", "");
    fixture *f = *state;
    assert_int_equal(f->summary.format, KIN_ANNOTATIONS_COCO);
    assert_int_equal(f->summary.images, 2);
    assert_int_equal(f->summary.shapes, 2);
    assert_int_equal(f->summary.rejects, 0);
}

static void the_order_of_the_keys_is_free(void **state)
{
    expect(*state, "i.json",
           "\xef\xbb\xbf { \"annotations\" : [ {\"bbox\":[1,2,3,4],\"image_id\":22,\"category_id\":7,\"id\":1} ] ,\n"
           "\"info\":{\"images\":[1,{\"x\":\"]}\\\"\"}]}, \"licenses\":[[],{}], " TWO_IMAGES "}\n\n",
           IMAGES_TAKEN "s/b.jpg#1 1,2,3,4 [cat]\n", "");
}

static void what_is_absent_or_empty_is_no_fault(void **state)
{
    expect(*state, "i.json", "{\"images\":[]}", "", "");
    expect(*state, "i.json", "{\"images\":[],\"annotations\":[],\"categories\":[]}", "", "");
    expect(*state, "i.json", "{" TWO_IMAGES "}", IMAGES_TAKEN, "");
    expect(*state, "i.json", "{" TWO_IMAGES ",\"annotations\":null}", IMAGES_TAKEN, "");
    expect(*state, "i.json",
           "{\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"}],\"annotations\":[{\"id\":1,"
           "\"image_id\":1,\"bbox\":[1,1,1,1]}]}",
           "a.jpg\na.jpg#1 1,1,1,1\n", "");
}

static void extra_keys_are_attributes(void **state)
{
    expect(*state, "i.json",
           "{\"categories\":[{\"id\":1,\"name\":\"c\",\"supercategory\":\"s\"}],\"images\":[{\"id\":1,\"file_name\":"
           "\"a.jpg\",\"license\":3,\"coco_url\":\"http://x\",\"camera\":\"left\",\"night\":true,\"n\":null,\"h\":[1],"
           "\"attributes\":{\"hour\":23.5}}],\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":1,\"area\":9,"
           "\"iscrowd\":1,\"bbox\":[1,1,2,2],\"score\":0.1,\"annotator\":\"Z\\u00fc\",\"attributes\":{\"occluded\":"
           "false,\"deep\":{\"x\":1},\"score\":7,\"big\":123456789012}},{\"id\":2,\"image_id\":1,\"category_id\":1,"
           "\"iscrowd\":0,\"bbox\":[1,1,2,2]}]}",
           "a.jpg camera=left night=true hour=23.5\n"
           "a.jpg#1 1,1,2,2 [c] score=0.1 annotator=Z\xc3\xbc occluded=false big=123456789012 iscrowd=1\n"
           "a.jpg#2 1,1,2,2 [c]\n",
           "");
}

static void ids_may_be_anything(void **state)
{
    expect(*state, "i.json",
           "{\"categories\":[{\"id\":\"k\",\"name\":\"kay\"},{\"id\":18446744073709551617,\"name\":\"big\"},"
           "{\"id\":18446744073709551616,\"name\":\"bigger\"}],\"images\":[{\"id\":\"x y\",\"file_name\":\"a.jpg\"},"
           "{\"id\":9007199254740993,\"file_name\":\"b.jpg\"},{\"id\":9007199254740994,\"file_name\":\"c.jpg\"},"
           "{\"id\":-3,\"file_name\":\"d.jpg\"}],\"annotations\":["
           "{\"id\":\"u-1\",\"image_id\":\"x y\",\"category_id\":\"k\",\"bbox\":[1,1,1,1]},"
           "{\"id\":99999999999999999999,\"image_id\":9007199254740993,\"category_id\":18446744073709551617,\"bbox\":"
           "[1,1,1,1]},{\"id\":99999999999999999998,\"image_id\":9007199254740993,\"category_id\":"
           "18446744073709551616,\"bbox\":[1,1,1,1]},"
           "{\"id\":1.0,\"image_id\":\"-3\",\"category_id\":\"k\",\"bbox\":[1,1,1,1]},"
           "{\"image_id\":-3.0,\"bbox\":[1,1,1,1]}]}",
           "a.jpg\nb.jpg\nc.jpg\nd.jpg\na.jpg#u-1 1,1,1,1 [kay]\nb.jpg#99999999999999999999 1,1,1,1 [big]\n"
           "b.jpg#99999999999999999998 1,1,1,1 [bigger]\nd.jpg#1 1,1,1,1 [kay]\nd.jpg#4 1,1,1,1\n",
           "");
}

static void a_polygon_stands_in_for_a_missing_box(void **state)
{
    expect(*state, "i.json",
           "{" TWO_IMAGES ",\"annotations\":["
           "{\"id\":1,\"image_id\":1,\"segmentation\":[[5,6,9,6,9,20.5],[1,30,2,31,3,30]]},"
           "{\"id\":2,\"image_id\":1,\"bbox\":[],\"segmentation\":[[5,6,9,6,9,20]]},"
           "{\"id\":3,\"image_id\":1,\"segmentation\":{\"counts\":[1,2],\"size\":[3,4]}},"
           "{\"id\":4,\"image_id\":1,\"segmentation\":[[5,6,9,6]]},"
           "{\"id\":5,\"image_id\":1,\"segmentation\":[[5,6,9,\"6\",1,1]]},"
           "{\"id\":6,\"image_id\":1,\"segmentation\":[]},"
           "{\"id\":7,\"image_id\":1,\"bbox\":[1,1,2,2],\"segmentation\":[[50,60,90,60,90,20]]}]}",
           IMAGES_TAKEN "a.jpg#1 1,6,8,25 40x30\na.jpg#2 5,6,4,14 40x30\na.jpg#7 1,1,2,2 40x30\n",
           "annotations[2].bbox: [x, y, width, height] is expected, or polygons in segmentation\n"
           "annotations[3].bbox: [x, y, width, height] is expected, or polygons in segmentation\n"
           "annotations[4].bbox: [x, y, width, height] is expected, or polygons in segmentation\n"
           "annotations[5].bbox: [x, y, width, height] is expected, or polygons in segmentation\n");
}

static void wrong_types_are_rejected_where_they_are(void **state)
{
    expect(*state, "i.json",
           "{\"categories\":[1,{\"id\":true,\"name\":\"x\"},{\"id\":1},{\"id\":1,\"name\":\"one\"},{\"id\":1,\"name\":"
           "\"uno\"}],\"images\":[[],{\"id\":1},{\"id\":1,\"file_name\":3},{\"file_name\":\"q.jpg\"},{\"id\":{},"
           "\"file_name\":\"q.jpg\"},{\"id\":1,\"file_name\":\"a.jpg\",\"width\":\"wide\",\"height\":-4},{\"id\":1,"
           "\"file_name\":\"b.jpg\"},{\"id\":2,\"file_name\":\"./a.jpg\"}],\"annotations\":[null,"
           "{\"id\":1,\"image_id\":9,\"bbox\":[1,1,1,1]},{\"id\":1,\"bbox\":[1,1,1,1]},"
           "{\"id\":1,\"image_id\":1,\"category_id\":5,\"bbox\":[1,1,1,1]},"
           "{\"id\":1,\"image_id\":1,\"category_id\":[],\"bbox\":[1,1,1,1]},"
           "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,1]},"
           "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,1,\"1\"]},"
           "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[10,10,4,4,45]},"
           "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":\"1 1 1 1\"},"
           "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,0,1]},"
           "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,NaN,1]},"
           "{\"id\":2,\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,1e999,1]},"
           "{\"id\":[],\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,1,1]}, 7,"
           "{\"id\":8,\"image_id\":1,\"bbox\":[1,1,1,1]}]}",
           "a.jpg\na.jpg#8 1,1,1,1\n",
           "categories[0]: an object is expected, not a number\n"
           "categories[1].id: a number is expected, not true or false\n"
           "categories[2].name: a name is expected, not nothing\n"
           "categories[4].id: 1 is already one\n"
           "images[0]: an object is expected, not an array\n"
           "images[1].file_name: the name of a file is expected, not nothing\n"
           "images[2].file_name: the name of a file is expected, not a number\n"
           "images[3].id: a number is expected, not nothing\n"
           "images[4].id: a number is expected, not an object\n"
           "images[6].id: 1 is already the id of another image\n"
           "images[7].file_name: a.jpg is already the file of another image\n"
           "annotations[0]: an object is expected, not nothing\n"
           "annotations[1].image_id: 9 is no id in images\n"
           "annotations[2].image_id: the id of an image is expected, not nothing\n"
           "annotations[3].category_id: 5 is no id in categories\n"
           "annotations[4].category_id: the id of a category is expected, not an array\n"
           "annotations[5].bbox: 4 numbers [x, y, width, height] are expected, not 3\n"
           "annotations[6].bbox: 4 numbers [x, y, width, height] is expected, not text\n"
           "annotations[7].bbox: 4 numbers [x, y, width, height] are expected, not 5\n"
           "annotations[8].bbox: [x, y, width, height] is expected, not text\n"
           "annotations[9]: a width and height above 0 are expected, not 0 x 1\n"
           "annotations[10]: an object is expected, this is no sound JSON\n"
           "annotations[11]: the box has numbers beyond 1e9\n"
           "annotations[12].id: a number is expected, not an array\n"
           "annotations[13]: an object is expected, not a number\n");
}

static void an_id_counts_once_on_its_image(void **state)
{
    expect(*state, "i.json",
           "{" TWO_IMAGES ",\"annotations\":[{\"id\":5,\"image_id\":1,\"bbox\":[1,1,1,1]},"
           "{\"id\":5,\"image_id\":22,\"bbox\":[1,1,1,1]},{\"id\":\"5\",\"image_id\":1,\"bbox\":[2,2,2,2]}]}",
           IMAGES_TAKEN "a.jpg#5 1,1,1,1 40x30\ns/b.jpg#5 1,1,1,1\n",
           "annotations[2].id: 5 is already the id of an annotation of this image\n");
}

static void keys_that_are_no_arrays_are_named(void **state)
{
    expect(*state, "i.json", "{\"images\":{},\"annotations\":3,\"categories\":\"x\"}", "",
           "images: an array is expected, it is no array\ncategories: an array is expected, it is no array\n"
           "annotations: an array is expected, it is no array\n");
}

static void what_is_no_coco_file_is_said_to_be_none(void **state)
{
    fixture *f = *state;
    expect_failure(f, "i.json", "{}", KIN_E_FORMAT, "has no \"images\"");
    expect_failure(f, "i.json", "{\"annotations\":[]}", KIN_E_FORMAT, "has no \"images\"");
    expect_failure(f, "i.json", "", KIN_E_FORMAT, "ends at byte 0, where '{'");
    expect_failure(f, "i.json", "[{\"image_id\":1}]", KIN_E_FORMAT, "at byte 0: '{'");
    expect_failure(f, "i.json", "{\"images\":[]}}", KIN_E_FORMAT, "at byte 13: the end of the file");
    expect_failure(f, "i.json", "{\"images\":[] \"x\"", KIN_E_FORMAT, "at byte 13 in \"images\": ',' or '}'");
    expect_failure(f, "i.json", "\xef\xbb\xbf{\"images\":[,]}", KIN_E_FORMAT, "at byte 14 in images[0]: a value");
    expect_failure(f, "i.json", "{\"images\":[,]}", KIN_E_FORMAT, "at byte 11 in images[0]: a value");
    expect_failure(f, "i.json", "{\"images\":[{} {}]}", KIN_E_FORMAT, "at byte 14 in images[0]: ',' or ']'");
    expect_failure(f, "i.json", "{images:[]}", KIN_E_FORMAT, "at byte 1: a key in quotes");
    expect_failure(f, "i.json", "{\"images\"=[]}", KIN_E_FORMAT, "at byte 9 in \"images\": ':'");
    expect_failure(f, "i.json", "\xff\xfe{\0", KIN_E_FORMAT, "UTF-16");
    f->options.format = KIN_ANNOTATIONS_COCO;
    expect_failure(f, "i.json", "\x89PNG\r\n\x1a\n\x01\x02", KIN_E_FORMAT, "at byte 0");
    expect_failure(f, "nothing.json", NULL, KIN_E_NOTFOUND, "nothing.json");
}

static void of_a_cut_file_the_beginning_is_read(void **state)
{
    static const char text[] = "{" TWO_IMAGES ",\"annotations\":[{\"id\":5,\"image_id\":1,\"bbox\":[1,1,1,1]},"
                               "{\"id\":6,\"image_id\":1,\"bbox\":[1,1,";
    fixture *f = *state;
    char byte[64];
    (void)snprintf(byte, sizeof byte, "ends at byte %zu in annotations[1]", sizeof text - 1);
    expect_failure(f, "i.json", text, KIN_E_FORMAT, byte);
    assert_string_equal(f->taken.data, IMAGES_TAKEN "a.jpg#5 1,1,1,1 40x30\n");
    assert_int_equal(f->summary.shapes, 1);
    /* every other place to cut at: an error or a file that is whole, never anything else */
    for (size_t n = 0; n < sizeof text - 1; n++) {
        put_bytes(f, "i.json", text, n);
        f->options.format = KIN_ANNOTATIONS_COCO;
        assert_int_equal(import(f, "i.json"), KIN_E_FORMAT);
    }
}

static void strict_ends_at_the_first_reject(void **state)
{
    fixture *f = *state;
    f->options.strict = true;
    expect_failure(f, "i.json",
                   "{" TWO_IMAGES ",\"annotations\":[{\"id\":5,\"image_id\":1,\"bbox\":[1]},"
                   "{\"id\":6,\"image_id\":1,\"bbox\":[1,1,1,1]}]}",
                   KIN_E_FORMAT, "i.json: annotations[0].bbox: 4 numbers");
    assert_int_equal(f->summary.shapes, 0);
    assert_int_equal(f->summary.rejects, 1);
}

static void the_sink_can_end_the_import(void **state)
{
    fixture *f = *state;
    f->refuse_at = 2;
    expect_failure(f, "i.json", "{" TWO_IMAGES "}", KIN_E_STOPPED, "enough");
    assert_string_equal(f->taken.data, "a.jpg 40x30\n");
    assert_int_equal(f->summary.images, 1);
}

static void paths_stay_in_the_folder(void **state)
{
    fixture *f = *state;
    kin_buffer text = KIN_BUFFER_INIT, rejected = KIN_BUFFER_INIT;
    put(f, "train2017/t.jpg", "");
    put(f, "images/i.jpg", "");
    put(f, "annotations/x.jpg", "");
    assert_int_equal(symlink("/etc", in_folder(f, "out")), 0);
    assert_int_equal(symlink("/etc/passwd", in_folder(f, "out.jpg")), 0);
    kin_buffer_printf(&text,
                      "{\"images\":[{\"id\":1,\"file_name\":\"t.jpg\"},{\"id\":2,\"file_name\":\"i.jpg\"},{\"id\":3,"
                      "\"file_name\":\"x.jpg\"},{\"id\":4,\"file_name\":\".\\\\s\\\\w.jpg\"},{\"id\":5,\"file_name\":"
                      "\"../q.jpg\"},{\"id\":6,\"file_name\":\"../../q.jpg\"},{\"id\":7,\"file_name\":\"%s/r.jpg\"},"
                      "{\"id\":8,\"file_name\":\"/etc/passwd\"},{\"id\":9,\"file_name\":\"%sx/r.jpg\"},{\"id\":10,"
                      "\"file_name\":\"C:\\\\a.jpg\"},{\"id\":11,\"file_name\":\"http://h/a.jpg\"},{\"id\":12,"
                      "\"file_name\":\"out.jpg\"},{\"id\":13,\"file_name\":\"\"},{\"id\":14,\"file_name\":\"..\"},"
                      "{\"id\":15,\"file_name\":\"a\\u0000.jpg\"},{\"id\":16,\"file_name\":\"out/passwd\"}]}",
                      f->folder, f->folder);
    kin_buffer_printf(&rejected,
                      "images[5].file_name: ../../q.jpg is not in the data set's folder\n"
                      "images[7].file_name: /etc/passwd is not in the data set's folder\n"
                      "images[8].file_name: %sx/r.jpg is not in the data set's folder\n"
                      "images[9].file_name: C:\\a.jpg is not in the data set's folder\n"
                      "images[10].file_name: a file is expected, not the web address http://h/a.jpg\n"
                      "images[11].file_name: out.jpg leads out of the data set's folder by a link\n"
                      "images[12].file_name: the name of an image is expected, it is empty\n"
                      "images[13].file_name: .. is not in the data set's folder\n"
                      "images[14]: an object is expected, this is a text with a NUL character in it\n"
                      "images[15].file_name: out/passwd leads out of the data set's folder by a link\n",
                      f->folder);
    expect(f, "annotations/instances_train2017.json", text.data,
           "train2017/t.jpg\nimages/i.jpg\nannotations/x.jpg\ns/w.jpg\nq.jpg\nr.jpg\n", rejected.data);
    kin_buffer_clear(&text);
    kin_buffer_clear(&rejected);
}

static void hostile_names_come_through(void **state)
{
    fixture *f = *state;
    kin_buffer text = KIN_BUFFER_INIT, taken = KIN_BUFFER_INIT;
    char name[301];
    memset(name, 'n', 300);
    name[300] = '\0';
    kin_buffer_printf(
        &text,
        "{\"images\":[{\"id\":1,\"file_name\":\" a 'b' \\\"c\\\", d;\\te.jpg\"},{\"id\":2,\"file_name\":"
        "\"l\\ni\\r.jpg\"},{\"id\":3,\"file_name\":\"\\u00e9\\ud83d\\ude00.jpg\"},{\"id\":4,\"file_name\":"
        "\"%s.jpg\"},{\"id\":5,\"file_name\":\"#%%s{}[].jpg\"}],\"annotations\":[{\"id\":\"a#,b\",\"image_id\":5,"
        "\"bbox\":[0,0,1,1]},{\"id\":\"\\ud800\",\"image_id\":5,\"bbox\":[0,0,1,1]}]}",
        name);
    kin_buffer_printf(&taken,
                      " a 'b' \"c\", d;\te.jpg\nl\ni\r.jpg\n\xc3\xa9\xf0\x9f\x98\x80.jpg\n%s.jpg\n#%%s{}[].jpg\n"
                      "#%%s{}[].jpg#a#,b 0,0,1,1\n",
                      name);
    expect(f, "i.json", text.data, taken.data, "annotations[1]: an object is expected, this is no sound JSON\n");
    kin_buffer_clear(&text);
    kin_buffer_clear(&taken);
}

static void deep_and_large_elements_are_passed_over(void **state)
{
    fixture *f = *state;
    kin_buffer text = KIN_BUFFER_INIT;
    kin_buffer_string(&text, "{\"deep\":");
    for (int i = 0; i < 200000; i++)
        kin_buffer_string(&text, "[");
    for (int i = 0; i < 200000; i++)
        kin_buffer_string(&text, "]");
    kin_buffer_string(&text, ",\"images\":[{\"id\":1,\"file_name\":\"a.jpg\",\"x\":");
    for (int i = 0; i < 100000; i++)
        kin_buffer_string(&text, "[");
    for (int i = 0; i < 100000; i++)
        kin_buffer_string(&text, "]");
    kin_buffer_string(&text, "},{\"id\":2,\"file_name\":\"b.jpg\",\"x\":\"");
    for (int i = 0; i < 100000; i++)
        kin_buffer_string(&text, "0123456789012345678901234567890123456789012345678\\\"");
    kin_buffer_string(&text, "\"},{\"id\":3,\"file_name\":\"c.jpg\"}]}");
    expect(f, "i.json", text.data, "c.jpg\n",
           "images[0]: the element is nested deeper than 64 levels\nimages[1]: the element is longer than 4 MiB\n");
    kin_buffer_reset(&text);
    kin_buffer_string(&text, "{\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"");
    for (int i = 0; i < 100000; i++)
        kin_buffer_printf(&text, ",\"k%d\":1", i);
    kin_buffer_string(&text, "}]}");
    expect(f, "i.json", text.data, "", "images[0]: more than 256 attributes\n");
    kin_buffer_clear(&text);
}

static void a_member_is_found_as_it_stands(void **state)
{
    (void)state;
    static const char text[] = "{\"x\":{\"id\":1},\"a\\\"id\":[\"id\"], \"id\" : 12345678901234567890 ,\"y\":\"\\\\\"}";
    size_t length;
    const char *found = kin_exchange__json_member(text, sizeof text - 1, "id", &length);
    assert_non_null(found);
    assert_int_equal(length, 20);
    assert_memory_equal(found, "12345678901234567890", 20);
    assert_null(kin_exchange__json_member(text, sizeof text - 1, "i", &length));
    assert_null(kin_exchange__json_member("{\"id\"", 5, "id", &length));
}

/* A file of n annotations on n / 5 images, annotations first, as large as real ones: about 500 bytes an annotation. */
static void write_large(const char *path, int n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    (void)fputs("{\"annotations\":[", file);
    for (int i = 0; i < n; i++) {
        (void)fprintf(file, "%s{\"segmentation\":[[", i ? "," : "");
        for (int k = 0; k < 25; k++)
            (void)fprintf(file, "%s%d.%02d,%d.%02d", k ? "," : "", (i + k) % 640, k, (i * 7 + k) % 480, k);
        (void)fprintf(file,
                      "]],\"area\":%d.5,\"iscrowd\":0,\"image_id\":%d,\"bbox\":[%d,%d,%d.25,%d],\"category_id\":%d,"
                      "\"id\":%d}",
                      i, i / 5 * 3, i % 500, i % 300, 1 + i % 90, 1 + i % 70, i % 80, 900000000 + i);
    }
    (void)fputs("],\"images\":[", file);
    for (int i = 0; i < n / 5; i++)
        (void)fprintf(file, "%s{\"id\":%d,\"file_name\":\"%012d.jpg\",\"width\":640,\"height\":480}", i ? "," : "",
                      i * 3, i * 3);
    (void)fputs("],\"categories\":[", file);
    for (int i = 0; i < 80; i++)
        (void)fprintf(file, "%s{\"id\":%d,\"name\":\"class %d\"}", i ? "," : "", i, i);
    (void)fputs("]}", file);
    assert_int_equal(fclose(file), 0);
}

/* KIN_COCO_LARGE=1000000 makes it that many. */
static void memory_does_not_grow_with_the_file(void **state)
{
    fixture *f = *state;
    struct rusage before, after;
    const char *wanted = getenv("KIN_COCO_LARGE");
    int n = wanted ? atoi(wanted) : 200000;
    f->quiet = true;
    write_large(in_folder(f, "large.json"), n);
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    assert_int_equal(import(f, "large.json"), KIN_OK);
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_int_equal(f->summary.images, n / 5);
    assert_int_equal(f->summary.shapes, n);
    assert_int_equal(f->summary.rejects, 0);
    double seconds = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
                     1e-6 * (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec);
    long grown = (after.ru_maxrss - before.ru_maxrss) / 1024;
    print_message("%d annotations: %.2f s, at most %ld MiB more\n", n, seconds, grown);
#ifndef __SANITIZE_ADDRESS__
    assert_true(grown <= 8 + (long)n * 80 / (1 << 20));
#endif
}

static void the_real_sets_give_the_same_boxes(void **state)
{
    fixture *f = *state;
    const char *folder = shared_data(f, "formats");
    const char *const files[] = { "annotations/coco_v1/instances_default.json",
                                  "annotations/coco_v2/instances_v2.json" };
    if (!folder)
        skip();
    for (size_t i = 0; i < 2; i++) {
        const kin_annotation_sink sink = { note_taken, note_rejected, f };
        const char *path = kin_path_join(&f->arena, folder, files[i]);
        kin_buffer_reset(&f->taken);
        assert_int_equal(kin_import_annotations(path, folder, NULL, &sink, &f->summary, &f->err), KIN_OK);
        assert_int_equal(f->summary.images, 100);
        assert_int_equal(f->summary.shapes, 273);
        assert_int_equal(f->summary.rejects, 0);
        assert_non_null(strstr(f->taken.data, "images/2007_000027.jpg 486x500\n"));
    }
}

/* Sums over all shapes, as fractions of their images. */
typedef struct sums {
    double x, y, w, h;
    size_t dogs;
} sums;

static int add_up(void *user, const kin_annotation *a, kin_error *err)
{
    (void)err;
    sums *s = user;
    double width = a->relative || !a->shape ? 1 : a->width, height = a->relative || !a->shape ? 1 : a->height;
    s->x += a->box.x / width;
    s->y += a->box.y / height;
    s->w += a->box.w / width;
    s->h += a->box.h / height;
    s->dogs += a->label && strcmp(a->label, "dog") == 0;
    return KIN_OK;
}

/* The set's YOLO files are Darknet's, without a data.yaml: that, and images by name only, are put around copies. */
static void put_yolo(fixture *f, const char *folder)
{
    kin_buffer yaml = KIN_BUFFER_INIT, text = KIN_BUFFER_INIT;
    char name[64];
    kin_buffer_string(&yaml, "train: images\nnames:\n");
    assert_int_equal(
        kin_file_read(kin_path_join(&f->arena, folder, "annotations/yolo/obj.names"), 1 << 20, &text, &f->err), KIN_OK);
    for (char *line = strtok(text.data, "\r\n"); line; line = strtok(NULL, "\r\n"))
        kin_buffer_printf(&yaml, "- %s\n", line);
    put(f, "data.yaml", yaml.data);
    kin_buffer_reset(&text);
    assert_int_equal(
        kin_file_read(kin_path_join(&f->arena, folder, "annotations/yolo/train.txt"), 1 << 20, &text, &f->err), KIN_OK);
    for (char *line = strtok(text.data, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        int stem = (int)(kin_path_extension(line) - kin_path_base(line));
        (void)snprintf(name, sizeof name, "annotations/yolo/obj_train_data/%.*s.txt", stem, kin_path_base(line));
        kin_buffer_reset(&yaml);
        kin_buffer_string(&yaml, "");
        assert_int_equal(kin_file_read(kin_path_join(&f->arena, folder, name), 1 << 20, &yaml, &f->err), KIN_OK);
        (void)snprintf(name, sizeof name, "labels/%.*s.txt", stem, kin_path_base(line));
        put(f, name, yaml.data);
        (void)snprintf(name, sizeof name, "images/%.*s.jpg", stem, kin_path_base(line));
        put(f, name, "");
    }
    kin_buffer_clear(&yaml);
    kin_buffer_clear(&text);
}

static void coco_and_yolo_say_the_same(void **state)
{
    fixture *f = *state;
    const char *folder = shared_data(f, "formats");
    if (!folder)
        skip();
    sums coco = { 0 }, yolo = { 0 };
    kin_annotation_sink sink = { add_up, NULL, &coco };
    const char *path = kin_path_join(&f->arena, folder, "annotations/coco_v2/instances_v2.json");
    assert_int_equal(kin_import_annotations(path, folder, NULL, &sink, NULL, &f->err), KIN_OK);
    put_yolo(f, folder);
    sink.user = &yolo;
    assert_int_equal(kin_import_annotations(f->folder, f->folder, NULL, &sink, &f->summary, &f->err), KIN_OK);
    assert_int_equal(f->summary.images, 100);
    assert_int_equal(f->summary.shapes, 273);
    assert_int_equal(f->summary.rejects, 0);
    assert_int_equal(yolo.dogs, coco.dogs);
    assert_true(coco.dogs > 0 && fabs(yolo.x - coco.x) < 0.01 && fabs(yolo.y - coco.y) < 0.01);
    assert_true(fabs(yolo.w - coco.w) < 0.01 && fabs(yolo.h - coco.h) < 0.01);
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        with_folder(memory_does_not_grow_with_the_file), /* first: it looks at the highest use of the process */
        with_folder(images_and_boxes_are_read_in_order),
        with_folder(the_order_of_the_keys_is_free),
        with_folder(what_is_absent_or_empty_is_no_fault),
        with_folder(extra_keys_are_attributes),
        with_folder(ids_may_be_anything),
        with_folder(a_polygon_stands_in_for_a_missing_box),
        with_folder(wrong_types_are_rejected_where_they_are),
        with_folder(an_id_counts_once_on_its_image),
        with_folder(keys_that_are_no_arrays_are_named),
        with_folder(what_is_no_coco_file_is_said_to_be_none),
        with_folder(of_a_cut_file_the_beginning_is_read),
        with_folder(strict_ends_at_the_first_reject),
        with_folder(the_sink_can_end_the_import),
        with_folder(paths_stay_in_the_folder),
        with_folder(hostile_names_come_through),
        with_folder(deep_and_large_elements_are_passed_over),
        with_folder(a_member_is_found_as_it_stands),
        with_folder(the_real_sets_give_the_same_boxes),
        with_folder(coco_and_yolo_say_the_same),
    };
    return cmocka_run_group_tests_name("exchange: COCO", tests, NULL, NULL);
}
