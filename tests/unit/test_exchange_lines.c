/* JSON Lines, Open Images, and YOLO as Darknet writes it. */
#include "exchange_fixture.h"

/* ---- JSON Lines ---- */

static void a_line_is_an_image_or_a_shape(void **state)
{
    fixture *f = *state;
    expect(f, "l.jsonl",
           "{\"path\":\"a.jpg\",\"label\":\"cat\",\"night\":true,\"n\":3,\"w\":null,\"list\":[1]}\n\n"
           "{\"file_name\":\"b.jpg\",\"class\":7,\"width\":40,\"height\":30}\r\n"
           "{\"image\":\"c.jpg\",\"category\":\"dog\",\"x\":1,\"y\":2,\"w\":3,\"h\":4.5,\"id\":12345678901234567890}\n"
           "{\"image\":\"c.jpg\",\"label\":\"dog\",\"bbox\":[1,2,3,4],\"score\":0.5}\n"
           "{\"image\":\"c.jpg\",\"label\":\"dog\",\"xmin\":1,\"ymin\":2,\"xmax\":5,\"ymax\":6,\"id\":\"k\"}\n"
           "{\"image\":\"c.jpg\",\"label\":\"yard\"}\n",
           "a.jpg [cat] night=true n=3\nb.jpg 40x30 [7]\n"
           "c.jpg\nc.jpg#12345678901234567890 1,2,3,4.5 [dog]\nc.jpg#5 1,2,3,4 [dog] score=0.5\n"
           "c.jpg#k 1,2,4,4 [dog]\nc.jpg [yard]\n",
           "");
    assert_int_equal(f->summary.format, KIN_ANNOTATIONS_JSONL);
    assert_int_equal(f->summary.images, 3);
    f->options.label_column = "n";
    expect(f, "l.jsonl", "{\"path\":\"a.jpg\",\"label\":\"cat\",\"n\":3}\n", "a.jpg [3] label=cat\n", "");
    f->options.format = KIN_ANNOTATIONS_JSONL;
    expect(f, "l.jsonl", "", "", "");
}

static void objects_of_an_image_lie_side_by_side(void **state)
{
    fixture *f = *state;
    expect(f, "metadata.jsonl",
           "{\"file_name\":\"a.png\",\"text\":\"t\",\"objects\":{\"bbox\":[[1,2,3,4],[5,6,7,8]],\"categories\":["
           "\"cat\",3],"
           "\"area\":[12,56],\"id\":[\"p\",\"q\"]}}\n"
           "{\"file_name\":\"b.png\",\"objects\":{\"bbox\":[[302.0,109.0,73.0,52.0]],\"category\":[0]}}\n"
           "{\"file_name\":\"c.png\",\"objects\":[{\"bbox\":[1,2,3,4],\"label\":\"dog\",\"crowd\":true},{\"bbox\":[1,2,"
           "3,4]}]}\n"
           "{\"file_name\":\"d.png\",\"objects\":{\"bbox\":[],\"categories\":[]}}\n"
           "{\"file_name\":\"e.png\",\"objects\":null}\n",
           "a.png text=t\na.png#p 1,2,3,4 [cat] area=12\na.png#q 5,6,7,8 [3] area=56\n"
           "b.png\nb.png#1 302,109,73,52 [0]\nc.png\nc.png#1 1,2,3,4 [dog] crowd=true\nc.png#2 1,2,3,4\nd.png\ne.png\n",
           "");
}

static void a_folder_of_metadata_is_read_whole(void **state)
{
    fixture *f = *state;
    put(f, "0.png", "");
    put(f, "train/0.png", "");
    put(f, "test/0.png", "");
    put(f, "train/metadata.jsonl", "{\"file_name\":\"0.png\",\"label\":\"a\"}\n");
    put(f, "test/metadata.jsonl", "{\"file_name\":\"0.png\",\"label\":\"b\"}\n{\"file_name\":\"../0.png\"}\n[]\n");
    expect(f, "", NULL, "test/0.png [b]\n0.png\ntrain/0.png [a]\n",
           "test/metadata.jsonl: line 3: an object is expected, this is an array\n");
    assert_int_equal(f->summary.format, KIN_ANNOTATIONS_JSONL);
    expect(f, "train/metadata.jsonl", NULL, "train/0.png [a]\n", "");
    put(f, "train/metadata.csv", "file_name,label\n0.png,c\n");
    expect(f, "train/metadata.csv", NULL, "train/0.png [c]\n", "");
}

static void bad_lines_are_rejected(void **state)
{
    fixture *f = *state;
    expect(f, "l.jsonl",
           "{\"path\":\"a.jpg\"}\n{\"label\":\"x\"}\n{\"path\":7}\n{\"path\":\"../"
           "b.jpg\"}\n{\"path\":\"a.jpg\"}\n{\"path\":\n"
           "{\"path\":\"b.jpg\",\"x\":1,\"y\":2,\"w\":\"3\",\"h\":4}\n{\"path\":\"b.jpg\",\"bbox\":[1,2,3]}\n"
           "{\"path\":\"b.jpg\",\"bbox\":[0.1,0.2,0.3,0.4]}\n{\"path\":\"b.jpg\",\"bbox\":[1,2,-3,4]}\n"
           "{\"path\":\"c.jpg\",\"objects\":{\"bbox\":[[1,2,3,4]],\"categories\":[1,2]}}\n"
           "{\"path\":\"d.jpg\",\"objects\":{\"categories\":[1,2]}}\n{\"path\":\"e.jpg\",\"objects\":3}\n"
           "{\"path\":\"f.jpg\",\"objects\":{\"bbox\":[[1,2,3,4],7,[1,2,3,4,5]],\"id\":[\"k\",\"l\",\"k\"]}}\n"
           "{\"path\":\"g.jpg\",\"label\":\"\\u0000\"}\n{\"path\":\"h.jpg\",\"label\":\"\\ud800\"}\n",
           "a.jpg\nb.jpg\nc.jpg\nd.jpg\ne.jpg\nf.jpg\nf.jpg#k 1,2,3,4\n",
           "line 2: \"path\" (or file_name, filename, image_path, image, file) is expected, as text\n"
           "line 3: \"path\" (or file_name, filename, image_path, image, file) is expected, as text\n"
           "line 4: ../b.jpg is not in the data set's folder\n"
           "line 5: a.jpg is already the image of line 1\n"
           "line 6: an object is expected, this is no sound JSON\n"
           "line 7: the box: 4 numbers are expected\n"
           "line 8: the box: 4 numbers are expected\n"
           "line 9: the box lies within one pixel: are these fractions? pixels are expected\n"
           "line 10: a width and height above 0 are expected, not -3 x 4\n"
           "line 11: objects: as many categories as boxes are expected\n"
           "line 12: objects.bbox: an array of boxes is expected\n"
           "line 13: objects: an object or array is expected, not a number\n"
           "line 14, objects.bbox[1]: bbox: 4 numbers [x, y, width, height] are expected\n"
           "line 14, objects.bbox[2]: bbox: 4 numbers [x, y, width, height] are expected\n"
           "line 15: an object is expected, this is a text with a NUL character in it\n"
           "line 16: an object is expected, this is no sound JSON\n");
    expect_failure(f, "l.jsonl", "{\"path\":\"a.jpg\"}\n{\"path\":\"b.j", KIN_E_FORMAT,
                   "is cut off: it ends in line 2, where the rest of an object is expected");
    same_text(f->taken.data, "a.jpg\n");
    kin_buffer text = KIN_BUFFER_INIT;
    kin_buffer_string(&text, "{\"path\":\"a.jpg\"}\n{\"path\":\"b.jpg\",\"k\":\"");
    for (int i = 0; i < 5 * 1024; i++)
        for (int k = 0; k < 32; k++)
            kin_buffer_string(&text, "0123456789abcdef0123456789abcdef");
    kin_buffer_string(&text, "\"}\n{\"path\":\"c.jpg\"}\n");
    expect(f, "l.jsonl", text.data, "a.jpg\nc.jpg\n", "line 2: longer than 4 MiB\n");
    kin_buffer_clear(&text);
}

/* ---- Open Images ---- */

static void a_row_of_open_images_is_a_box(void **state)
{
    fixture *f = *state;
    put(f, "data/000a1249af2bc5f0.jpg", "");
    put(f, "annotations/class-descriptions-boxable.csv", "/m/01g317,Person\n/m/02,\"Dog, big\"\n");
    expect(
        f, "annotations/train-annotations-bbox.csv",
        "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsGroupOf,XClick1X\n"
        "000a1249af2bc5f0,xclick,/m/01g317,1,0.25,0.75,0.1,0.5,0,1,0.3\n"
        "x.png,,/m/02,1,0,1,0,1,,,\n000a1249af2bc5f0,activemil,/m/03,1,\"0,5\",\"0,75\",\"0,1\",\"0,5\",-1,0,0.3\n",
        "data/000a1249af2bc5f0.jpg\n"
        "data/000a1249af2bc5f0.jpg#1 ~0.25,0.1,0.5,0.4 [Person] Source=xclick Confidence=1 IsOccluded=0 IsGroupOf=1\n"
        "x.png\nx.png#1 ~0,0,1,1 [Dog, big] Confidence=1\n"
        "data/000a1249af2bc5f0.jpg#2 ~0.5,0.1,0.25,0.4 [/m/03] Source=activemil Confidence=1 IsOccluded=-1 "
        "IsGroupOf=0\n",
        "");
    assert_int_equal(f->summary.format, KIN_ANNOTATIONS_OPEN_IMAGES);
    assert_int_equal(f->summary.images, 2);
    expect(f, "b.csv", "ImageID,LabelName,XMin,XMax,YMin,YMax\n", "", "");
}

static void bad_rows_of_open_images_are_rejected(void **state)
{
    fixture *f = *state;
    expect(f, "b.csv",
           "ImageID,LabelName,XMin,XMax,YMin,YMax\na,cat,0.1,0.2,0.1,0.2\na,cat,12,40,0.1,0.2\na,cat,x,0.2,0.1,0.2\n"
           "a,cat,0.5,0.2,0.1,0.2\n,cat,0.1,0.2,0.1,0.2\n../a,cat,0.1,0.2,0.1,0.2\na,cat,0.1\na,,0.1,0.2,0.1,0.2\n",
           "a.jpg\na.jpg#1 ~0.1,0.1,0.1,0.1 [cat]\na.jpg#5 ~0.1,0.1,0.1,0.1\n",
           "line 3: the box: a fraction of the image, 0 to 1, is expected, not 12\n"
           "line 4: the box: a fraction is expected, not \"x\"\n"
           "line 5: a width and height above 0 are expected, not -0.3 x 0.1\n"
           "line 6: the name of an image is expected, it is empty\n"
           "line 7: ../a.jpg is not in the data set's folder\n"
           "line 8: 3 cells where the header has 6\n");
    expect_failure(f, "b.csv", "ImageID,LabelName,Confidence\na,cat,1\n", KIN_E_FORMAT,
                   "the columns ImageID, LabelName, XMin, XMax, YMin and YMax are expected");
}

/* ---- YOLO with an obj.data ---- */

static void darknets_lists_are_followed(void **state)
{
    fixture *f = *state;
    put(f, "obj.names", "cat\n\ndog \r\n");
    put(f, "train.txt", "data/obj_train_data/a b.jpg\n\ndata/obj_train_data/c.jpg\n../e.jpg\n");
    put(f, "valid.txt", "data/obj_valid_data/d.jpg\r\ndata/obj_train_data/c.jpg");
    put(f, "obj_train_data/a b.jpg", "");
    put(f, "obj_train_data/a b.txt", "0 0.5 0.5 0.2 0.4\n1 0.5 0.5 0.2 0.4\n2 0.1 0.1 0.5 0.1 0.5 0.5\n3 0 0 1 1\n");
    put(f, "obj_train_data/c.jpg", "");
    put(f, "images/d.jpg", "");
    put(f, "images/d.txt", "2 0.5 0.5 1 1\n");
    expect(f, "obj.data",
           "classes = 3\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\nbackup = backup/\n",
           "obj_train_data/a b.jpg split=train\nobj_train_data/a b.jpg#1 ~0.4,0.3,0.2,0.4 [cat]\n"
           "obj_train_data/a b.jpg#3 ~0.1,0.1,0.4,0.4 [dog]\nobj_train_data/c.jpg split=train\n"
           "images/d.jpg split=val\nimages/d.jpg#1 ~0,0,1,1 [dog]\n",
           "data/obj_train_data/a b.txt:2: class 1 has no name in data/obj.names\n"
           "data/obj_train_data/a b.txt:4: class 3 has no name in data/obj.names\n"
           "train.txt:4: ../e.jpg is not in the data set's folder\n");
    assert_int_equal(f->summary.format, KIN_ANNOTATIONS_YOLO);
    expect(f, "obj.data", "train = ../train.txt\nvalid = none.txt\nnames = obj.names\n", "",
           "train: there is no ../train.txt beside obj.data\nval: there is no none.txt beside obj.data\n");
    expect_failure(f, "obj.data", "train = train.txt\nnames = gone.names\n", KIN_E_NOTFOUND, "there is no gone.names");
    expect_failure(f, "obj.data", "names = obj.names\n", KIN_E_FORMAT, "\"train = train.txt\" are expected");
}

/* ---- Telling and finding ---- */

static void formats_are_told_by_content(void **state)
{
    static const struct {
        const char *text;
        kin_annotation_format format;
    } cases[] = {
        { "{\"images\":[],\"annotations\":[]}", KIN_ANNOTATIONS_COCO },
        { "{\"info\":{\"file_name\":1},\"images\":[]}", KIN_ANNOTATIONS_COCO },
        { "{\"file_name\":\"a.jpg\",\"objects\":{\"bbox\":[],\"categories\":[]}}\n", KIN_ANNOTATIONS_JSONL },
        { "{\"path\":\"a.jpg\",\"annotations\":[]}\n{\"path\":\"b.jpg\"}\n", KIN_ANNOTATIONS_JSONL },
        { "[{\"data\":{\"image\":\"a.jpg\"},\"predictions\":[]}]", KIN_ANNOTATIONS_LABEL_STUDIO },
        { "[{\"image\":\"a.jpg\",\"annotation_id\":3}]", KIN_ANNOTATIONS_LABEL_STUDIO },
        { "<annotations></annotations>", KIN_ANNOTATIONS_CVAT },
        { "<?xml version='1.0'?><annotation><filename>a.jpg</filename></annotation>", KIN_ANNOTATIONS_VOC },
        { "ImageID,LabelName,XMin,XMax,YMin,YMax\n", KIN_ANNOTATIONS_OPEN_IMAGES },
        { "path,label\n", KIN_ANNOTATIONS_CSV },
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(f, "some.thing", cases[i].text);
        f->err = (kin_error)KIN_ERROR_INIT;
        if (import(f, "some.thing") != KIN_OK || f->summary.format != cases[i].format)
            fail_msg("%s: %s, %s", cases[i].text, kin_annotation_format_name(f->summary.format), f->err.message);
        assert_int_equal(kin_annotation_format_from(kin_annotation_format_name(cases[i].format)), cases[i].format);
    }
    expect_failure(f, "some.thing", "hello\n", KIN_E_FORMAT, "in no known format");
    expect_failure(f, "a.json", "[1,2", KIN_E_FORMAT, "'{', the beginning of a JSON object, is expected");
    expect_failure(f, "a.xml", "<annotations", KIN_E_FORMAT, "no sound XML at line 1");
    expect(f, "a.jsonl", "{\"label\":1}\n", "",
           "line 1: \"path\" (or file_name, filename, image_path, image, file) is "
           "expected, as text\n");
}

static void usual_names_are_found(void **state)
{
    static const struct {
        const char *file, *text, *found;
        kin_annotation_format format;
    } cases[] = {
        { "labels.csv", "path,label\na.jpg,x\n", "labels.csv", KIN_ANNOTATIONS_CSV },
        { "labels/detections.csv", "ImageID,LabelName\n", "labels/detections.csv", KIN_ANNOTATIONS_OPEN_IMAGES },
        { "train/metadata.jsonl", "{\"file_name\":\"a.jpg\"}\n", ".", KIN_ANNOTATIONS_JSONL },
        { "Annotations/a.xml", "<annotation/>", "Annotations", KIN_ANNOTATIONS_VOC },
        { "project-1-at-2024-01-01-00-00-0123abcd.json", "[{\"image\":\"a.jpg\",\"annotation_id\":3}]",
          "project-1-at-2024-01-01-00-00-0123abcd.json", KIN_ANNOTATIONS_LABEL_STUDIO },
        { "annotations.xml", "<annotations/>", "annotations.xml", KIN_ANNOTATIONS_CVAT },
        { "annotations/instances_x.json", "{\"images\":[]}", "annotations/instances_x.json", KIN_ANNOTATIONS_COCO },
        { "obj.data", "train = t\nnames = n\n", "obj.data", KIN_ANNOTATIONS_YOLO },
    };
    fixture *f = *state;
    char path[64];
    kin_annotation_format format;
    assert_false(kin_annotations_detect(f->folder, path, sizeof path, &format));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) { /* each is preferred to those before */
        put(f, cases[i].file, cases[i].text);
        assert_true(kin_annotations_detect(f->folder, path, sizeof path, &format));
        assert_string_equal(path, cases[i].found);
        assert_int_equal(format, cases[i].format);
    }
    put(f, "extra/a.xml", "<annotation/>");
    put(f, "extra/c.xml", "<annotations/>");
    expect(f, "extra", NULL, "a.jpg\n", "");
    put(f, "two/annotations.csv", "path\n");
    put(f, "two/labels.csv", "path\n");
    expect_failure(f, "two", NULL, KIN_E_NOTFOUND, "several files of annotations");
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        with_folder(a_line_is_an_image_or_a_shape),
        with_folder(objects_of_an_image_lie_side_by_side),
        with_folder(a_folder_of_metadata_is_read_whole),
        with_folder(bad_lines_are_rejected),
        with_folder(a_row_of_open_images_is_a_box),
        with_folder(bad_rows_of_open_images_are_rejected),
        with_folder(darknets_lists_are_followed),
        with_folder(formats_are_told_by_content),
        with_folder(usual_names_are_found),
    };
    return cmocka_run_group_tests_name("exchange: JSON Lines, Open Images, Darknet", tests, NULL, NULL);
}
