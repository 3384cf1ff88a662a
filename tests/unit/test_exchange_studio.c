/* Label Studio's JSON and JSON-MIN. */
#include "exchange_fixture.h"

#define TASK(results)                                                                                                  \
    "[{\"id\":1,\"data\":{\"image\":\"a.jpg\"},\"annotations\":[{\"id\":5,\"result\":[" results "]}]}]"
#define RECTANGLE(id, value)                                                                                           \
    "{\"id\":" id ",\"type\":\"rectanglelabels\",\"from_name\":\"l\",\"to_name\":\"i\",\"original_width\":200,"        \
    "\"original_height\":100,\"value\":{" value "}}"
#define CAT                                                                                                            \
    RECTANGLE("\"r1\"", "\"x\":10,\"y\":20,\"width\":5,\"height\":10,\"rotation\":0,\"rectanglelabels\":[\"cat\"]")

static void a_task_is_an_image_with_regions(void **state)
{
    fixture *f = *state;
    expect(f, "p.json", TASK(CAT), "a.jpg 200x100\na.jpg#r1 ~0.1,0.2,0.05,0.1 200x100 [cat]\n", "");
    assert_int_equal(f->summary.format, KIN_ANNOTATIONS_LABEL_STUDIO);
    expect(
        f, "p.json",
        "[{\"id\":1,\"data\":{\"image\":\"a.jpg\",\"city\":\"Rome\"},\"annotations\":[{\"completed_by\":{\"id\":3,"
        "\"email\":\"z@x.org\"},\"result\":[" CAT ",{\"id\":\"c\",\"type\":\"choices\",\"from_name\":\"scene\","
        "\"value\":{\"choices\":[\"street\",\"wet\"]}},{\"id\":\"d\",\"type\":\"choices\",\"from_name\":\"light\","
        "\"value\":{\"choices\":[\"dusk\",\"fog\"]}},{\"id\":\"e\",\"type\":\"taxonomy\",\"from_name\":\"place\","
        "\"value\":{\"taxonomy\":[[\"eu\",\"it\"],[\"eu\"]]}},{\"id\":\"f\",\"type\":\"rating\",\"from_name\":"
        "\"stars\","
        "\"value\":{\"rating\":4}},{\"id\":\"g\",\"type\":\"textarea\",\"from_name\":\"note\",\"value\":{\"text\":[\"a "
        "b\"]}},{\"type\":\"relation\",\"from_id\":\"a\",\"to_id\":\"b\"}]}]}]",
        "a.jpg 200x100 [street] city=Rome annotator=z@x.org wet=1 light=dusk, fog place=eu/it, eu stars=4 note=a b\n"
        "a.jpg#r1 ~0.1,0.2,0.05,0.1 200x100 [cat]\n",
        "");
    expect(f, "p.json", "[{\"data\":{\"image\":\"a.jpg\"},\"annotations\":[]}]", "a.jpg\n", "");
    f->options.format = KIN_ANNOTATIONS_LABEL_STUDIO; /* nothing in it tells */
    expect(f, "p.json", "[]", "", "");
}

static void results_of_one_id_are_one_region(void **state)
{
    fixture *f = *state;
    expect(
        f, "p.json",
        TASK(
            "{\"id\":\"q\",\"type\":\"labels\",\"value\":{\"x\":1,\"y\":1,\"width\":2,\"height\":2,\"labels\":[\"car\","
            "\"red\"]}},{\"id\":\"w\",\"type\":\"rectangle\",\"value\":{\"x\":1,\"y\":1,\"width\":9,\"height\":9}},"
            "{\"id\":\"q\",\"type\":\"rectangle\",\"value\":{\"x\":1,\"y\":1,\"width\":2,\"height\":2}},{\"id\":\"q\","
            "\"type\":\"choices\",\"from_name\":\"side\",\"value\":{\"x\":1,\"y\":1,\"width\":2,\"height\":2,"
            "\"choices\":[\"left\"]}},{\"id\":\"w\",\"type\":\"choices\",\"from_name\":\"kind\",\"value\":{\"choices\":"
            "[\"van\"]}}"),
        "a.jpg\na.jpg#q ~0.01,0.01,0.02,0.02 [car] red=1 side=left\na.jpg#w ~0.01,0.01,0.09,0.09 [van]\n", "");
}

static void other_shapes_are_bounded(void **state)
{
    fixture *f = *state;
    expect(
        f, "p.json",
        TASK(RECTANGLE("\"r\"",
                       "\"x\":50,\"y\":50,\"width\":10,\"height\":10,\"rotation\":90,\"rectanglelabels\":"
                       "[\"t\"]") ",{\"id\":\"p\",\"type\":\"polygonlabels\",\"value\":{\"points\":[[1,2],[5,2],"
                                  "[3,12]],\"polygonlabels\":[\"p\"]}},{\"id\":\"e\",\"type\":\"ellipselabels\","
                                  "\"value\":{\"x\":50,\"y\":40,\"radiusX\":5,\"radiusY\":10,\"ellipselabels\":"
                                  "[\"e\"]}}"),
        /* 20 x 10 pixels turned about (100, 50): 10 to the left, 20 down */
        "a.jpg 200x100\na.jpg#r ~0.45,0.5,0.05,0.2 200x100 [t] rotation=90\na.jpg#p ~0.01,0.02,0.04,0.1 200x100 [p]\n"
        "a.jpg#e ~0.45,0.3,0.1,0.2 200x100 [e]\n",
        "");
}

#define DONE(more, label)                                                                                              \
    "{" more "\"result\":[{\"id\":\"r\",\"type\":\"rectanglelabels\",\"value\":{\"x\":1,\"y\":1,\"width\":1,"          \
    "\"height\":1,\"rectanglelabels\":[\"" label "\"]}}]}"

static void one_annotation_of_a_task_counts(void **state)
{
    static const struct {
        const char *annotations, *label;
    } cases[] = {
        { DONE("", "a") "," DONE("", "b"), "b" },
        { DONE("\"updated_at\":\"2024-02-01T00:00:00Z\",", "a") "," DONE("\"updated_at\":\"2024-01-01T00:00:00Z\",",
                                                                         "b"),
          "a" },
        { DONE("", "a") "," DONE("\"was_cancelled\":true,", "b"), "a" },
        { DONE("\"ground_truth\":true,\"updated_at\":\"2020\",", "a") "," DONE("\"updated_at\":\"2024\",", "b"), "a" },
        { DONE("", "a") ",{\"result\":null},3", "a" },
    };
    char text[1024], taken[128];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)snprintf(
            text, sizeof text,
            "[{\"data\":{\"image\":\"a.jpg\"},\"annotations\":[%s],\"predictions\":[" DONE("", "guess") "]}]",
            cases[i].annotations);
        (void)snprintf(taken, sizeof taken, "a.jpg\na.jpg#r ~0.01,0.01,0.01,0.01 [%s]\n", cases[i].label);
        expect(*state, "p.json", text, taken, "");
    }
    expect(*state, "p.json", "[{\"data\":{\"image\":\"a.jpg\"},\"completions\":[" DONE("", "old") "]}]",
           "a.jpg\na.jpg#r ~0.01,0.01,0.01,0.01 [old]\n", "");
}

static void an_address_is_followed_into_the_folder(void **state)
{
    static const struct {
        const char *address, *path;
    } cases[] = {
        { "images/a b.jpg", "images/a b.jpg" },
        { "/data/local-files/?d=project/images/a%20b.jpg", "images/a b.jpg" },
        { "/data/local-files/?d=sub%2Fc.jpg&x=1", "sub/c.jpg" },
        { "s3://bucket/deep/er/sub/c.jpg", "sub/c.jpg" },
        { "https://x.org/q/images/a%20b.jpg?token=1#x", "images/a b.jpg" },
        { "http://localhost:8080/data/upload/3/0123abcd-a b.jpg", "images/a b.jpg" },
        { "/data/upload/3/0123abcd-gone.jpg", "gone.jpg" },
        { "/data/upload/3/a b.jpg", "images/a b.jpg" },
        { "https://x.org/none/d.jpg", "d.jpg" },
        { "images\\\\a b.jpg", "images/a b.jpg" },
        { "%41.jpg", "%41.jpg" }, /* a plain path is no address */
    };
    fixture *f = *state;
    char text[256], taken[64];
    put(f, "images/a b.jpg", "");
    put(f, "sub/c.jpg", "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)snprintf(text, sizeof text, "[{\"data\":{\"x\":1,\"photo\":\"%s\"},\"annotations\":[]}]",
                       cases[i].address);
        (void)snprintf(taken, sizeof taken, "%s x=1\n", cases[i].path);
        expect(f, "p.json", text, taken, "");
    }
    expect(f, "p.json", "[{\"data\":{\"what\":\"q/z.PNG\"},\"annotations\":[]}]", "z.PNG\n", "");
    expect(f, "p.json", "[{\"data\":{\"image\":\"/data/local-files/?d=..%2F..%2Fetc%2Fpasswd\"},\"annotations\":[]}]",
           "", "[0].image: /data/local-files/?d=..%2F..%2Fetc%2Fpasswd is not in the data set's folder\n");
    expect(f, "p.json", "[{\"data\":{\"image\":\"../a.jpg\"},\"annotations\":[]}]", "",
           "[0].image: ../a.jpg is not in the data set's folder\n");
    expect(f, "p.json", "[{\"data\":{\"image\":\"https://x.org/\"},\"annotations\":[]}]", "",
           "[0].image: the name of an image is expected, it is empty\n");
}

static void json_min_is_read_too(void **state)
{
    fixture *f = *state;
    expect(
        f, "p.json",
        "[{\"image\":\"a.jpg\",\"id\":1,\"label\":[{\"x\":10,\"y\":20,\"width\":5,\"height\":10,\"rotation\":0,"
        "\"rectanglelabels\":[\"cat\"],\"original_width\":200,\"original_height\":100},{\"points\":[[1,1],[3,1],[2,3]],"
        "\"polygonlabels\":[\"dog\"]}],\"choice\":\"street\",\"city\":\"Rome\",\"annotator\":2,\"annotation_id\":9,"
        "\"created_at\":\"x\",\"updated_at\":\"y\",\"lead_time\":3.5},"
        "{\"image\":\"a.jpg\",\"choice\":{\"choices\":[\"yard\"]},\"annotation_id\":10},"
        "{\"image\":\"b.jpg\",\"choice\":{\"choices\":[\"yard\",\"wet\"]},\"annotation_id\":11}]",
        "a.jpg 200x100 [street] city=Rome annotator=2\na.jpg#1 ~0.1,0.2,0.05,0.1 200x100 [cat]\n"
        "a.jpg#2 ~0.01,0.01,0.02,0.02 200x100 [dog]\nb.jpg [yard] wet=1\n",
        "[1]: a.jpg is already the image of task 1\n");
}

static void bad_regions_are_rejected_where_they_are(void **state)
{
    fixture *f = *state;
    expect(f, "p.json",
           TASK("{\"id\":\"k\",\"type\":\"keypointlabels\",\"value\":{\"x\":1,\"y\":1,\"width\":1,\"keypointlabels\":["
                "\"k\"]}},"
                "{\"id\":\"b\",\"type\":\"brushlabels\",\"value\":{\"format\":\"rle\",\"rle\":[1,2],\"brushlabels\":["
                "\"b\"]}},"
                "{\"id\":\"n\",\"type\":\"rectanglelabels\"},"
                "{\"id\":\"p\",\"type\":\"polygonlabels\",\"value\":{\"points\":[[1],3],\"polygonlabels\":[\"p\"]}},"
                "{\"id\":\"t\",\"type\":\"rectanglelabels\",\"value\":{\"x\":1,\"y\":1,\"width\":1,\"height\":1,"
                "\"rotation\":5}},"
                "{\"id\":\"z\",\"type\":\"rectanglelabels\",\"value\":{\"x\":1,\"y\":1,\"width\":0,\"height\":1}},"
                "{\"id\":\"h\",\"type\":\"rectanglelabels\",\"value\":{\"x\":1,\"y\":1,\"width\":1e300,\"height\":1}},"
                "{\"id\":12345678901234567890,\"type\":\"rectanglelabels\",\"value\":{\"x\":1,\"y\":1,\"width\":1,"
                "\"height\":1}},"
                "{\"id\":7,\"type\":\"rectanglelabels\",\"value\":{\"x\":1,\"y\":1,\"width\":1,\"height\":1}},5"),
           "a.jpg\na.jpg#8 ~0.01,0.01,0.01,0.01\na.jpg#7 ~0.01,0.01,0.01,0.01\n",
           "[0].result[0]: keypointlabels has no box that is read\n"
           "[0].result[1]: brushlabels has no box that is read\n"
           "[0].result[2]: value: an object is expected, not nothing\n"
           "[0].result[3]: value.points: [[x, y], ...] is expected\n"
           "[0].result[4]: original_width and original_height are expected, since the box is turned\n"
           "[0].result[9]: value: an object is expected, not nothing\n"
           "[0].result[5]: a width and height above 0 are expected, not 0 x 0.01\n"
           "[0].result[6]: the box has numbers beyond 1e9\n");
    expect(f, "p.json",
           "[3,{\"data\":{\"text\":\"x\"},\"annotations\":[]},{\"data\":3},{\"data\":{\"image\":\"a.jpg\"},"
           "\"annotations\":{}},{,}]",
           "a.jpg\n",
           "[0]: a task is expected, this is a number\n"
           "[1].data: an image is expected, as in \"image\": \"/data/upload/a.jpg\"\n"
           "[2]: an image is expected, as in \"image\": \"/data/upload/a.jpg\"\n"
           "[4]: a task is expected, this is no sound JSON\n");
    expect_failure(f, "p.json", "[{\"data\":{\"image\":\"a.jpg\"},\"annotations\":[]},{\"da", KIN_E_FORMAT,
                   "is cut off: it ends at byte 49 in [1]");
    same_text(f->taken.data, "a.jpg\n");
    f->options.strict = true;
    expect_failure(f, "p.json", "[{\"data\":{},\"annotations\":[]}]", KIN_E_FORMAT, "p.json: [0].data: an image");
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        with_folder(a_task_is_an_image_with_regions),
        with_folder(results_of_one_id_are_one_region),
        with_folder(other_shapes_are_bounded),
        with_folder(one_annotation_of_a_task_counts),
        with_folder(an_address_is_followed_into_the_folder),
        with_folder(json_min_is_read_too),
        with_folder(bad_regions_are_rejected_where_they_are),
    };
    return cmocka_run_group_tests_name("exchange: Label Studio", tests, NULL, NULL);
}
