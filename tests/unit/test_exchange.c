/* CSV, YOLO, class folders, finding annotations. COCO has a test of its own. */
#include "exchange_fixture.h"

#include "exchange/exchange_text.h"
#include "exchange/image_names.h"

/* ---- CSV ---- */

static void a_csv_of_images_has_labels_and_attributes(void **state)
{
    fixture *f = *state;
    expect(f, "l.csv",
           "path,label,camera,\na.jpg,cat,left,x\n\"b, \"\"1\"\".jpg\",\"big\ndog\",,\nc.jpg,,right\n,,,\n\n",
           "a.jpg [cat] camera=left\nb, \"1\".jpg [big\ndog]\nc.jpg camera=right\n", "");
    assert_int_equal(f->summary.format, KIN_ANNOTATIONS_CSV);
    assert_int_equal(f->summary.images, 3);
    expect(f, "l.csv", "\xef\xbb\xbfLabel;File Name;width;height;half\r\ncat ;a.jpg;40;30;0,5\r\n dog;b.jpg;;;\r\n",
           "a.jpg 40x30 [cat] half=0,5\nb.jpg [dog]\n", "");
    expect(f, "l.csv", "sep=;\nimage;class_name\na,b.jpg;x\n", "a,b.jpg [x]\n", "");
    expect(f, "l.tsv", "filename\tclass\rx.jpg\tone\ry.jpg\ttwo", "x.jpg [one]\ny.jpg [two]\n", "");
    expect(f, "l.csv", "path,label", "", "");
}

static void the_label_column_can_be_chosen(void **state)
{
    fixture *f = *state;
    static const char text[] = "path,clean,noisy\na.png,rose,tulip\n";
    expect(f, "l.csv", text, "a.png clean=rose noisy=tulip\n", "");
    f->options.label_column = "Noisy";
    expect(f, "l.csv", text, "a.png [tulip] clean=rose\n", "");
    f->options.label_column = "nosy";
    expect_failure(f, "l.csv", text, KIN_E_NOTFOUND, "no column \"nosy\"; its columns: path, clean, noisy");
}

static void rows_with_a_box_are_shapes(void **state)
{
    fixture *f = *state;
    expect(f, "l.csv", "path,label,x,y,w,h,annotator\na.jpg,cat,1,2,3,4.5,Z\na.jpg,dog,0,0,9,9,\nb.jpg,,1e1,2,3,4,\n",
           "a.jpg\na.jpg#1 1,2,3,4.5 [cat] annotator=Z\na.jpg#2 0,0,9,9 [dog]\nb.jpg\nb.jpg#3 10,2,3,4\n", "");
    assert_int_equal(f->summary.images, 2);
    assert_int_equal(f->summary.shapes, 3);
    expect(f, "l.csv", "filename,width,height,class,xmin,ymin,xmax,ymax,id\na.jpg,640,480,cat,1,2,11,22,k7\n",
           "a.jpg 640x480\na.jpg#k7 1,2,10,20 640x480 [cat]\n", "");
    expect(f, "l.csv", "image;x;y;width;height;image_width;image_height;shape\na.jpg;1,5;2;3;4;64;48;s\n",
           "a.jpg 64x48\na.jpg#s 1.5,2,3,4 64x48\n", "");
    expect(f, "l.csv", "image,x1,y1,x2,y2\na.jpg,1,2,3,5\n", "a.jpg\na.jpg#1 1,2,2,3\n", "");
    expect(f, "l.csv", "image,x,y,id\na.jpg,1,2,5\n", "a.jpg x=1 y=2 id=5\n", "");
}

static void an_image_may_have_a_row_among_its_shapes(void **state)
{
    fixture *f = *state;
    expect(f, "l.csv",
           "path,label,x,y,w,h,id,day\na.jpg,street,,,,,,mon\na.jpg,cat,1,1,2,2,9,\nb.jpg,dog,1,1,2,2,9,\n"
           "b.jpg,yard,,,,,,tue\nb.jpg,yard,,,,,,wed\n",
           "a.jpg [street] day=mon\na.jpg#9 1,1,2,2 [cat]\nb.jpg\nb.jpg#9 1,1,2,2 [dog]\nb.jpg [yard] day=tue\n",
           "line 6: b.jpg is already the image of row 4\n");
    assert_int_equal(f->summary.images, 2);
}

static void bad_rows_are_rejected_with_their_line(void **state)
{
    fixture *f = *state;
    expect(f, "l.csv",
           "path,label,x,y,w,h,id\n"
           "a.jpg,cat,1,2,3,4,1\n"
           "a.jpg,cat,1,2,3,4,1\n"
           "a.jpg,\"c\na\",1,2,x,4,2\n"
           "a.jpg,cat,1,2,0x10,4,3\n"
           "a.jpg,cat,1,2,nan,4,3\n"
           "a.jpg,cat,1,2,,4,3\n"
           "a.jpg,cat,1,2,-3,4,3\n"
           "a.jpg,cat,0.1,0.2,0.5,0.5,3\n"
           "../a.jpg,cat,1,2,3,4,4\n"
           ",cat,1,2,3,4,4\n"
           "a.jpg,c\xfft,1,2,3,4,5\n"
           "a.jpg,cat,1,2,3,4,6,surplus\n"
           "a.jpg,cat,1,2,3,4,7,\n"
           "\"a.jpg\"x,cat,1,2,3,4,8\n"
           "a.jpg,cat,1,2,3,4,9\n"
           "\"a.jpg,cat,1,2,3,4,10\n"
           "a.jpg,cat,1,2,3,4,11\n",
           "a.jpg\na.jpg#1 1,2,3,4 [cat]\na.jpg#7 1,2,3,4 [cat]\na.jpg#9 1,2,3,4 [cat]\na.jpg#11 1,2,3,4 [cat]\n",
           "line 3: 1 is already the id of a shape on a.jpg\n"
           "line 4: the box: a number is expected, not \"x\"\n"
           "line 6: the box: a number is expected, not \"0x10\"\n"
           "line 7: the box: a number is expected, not \"nan\"\n"
           "line 8: the box has an empty cell\n"
           "line 9: a width and height above 0 are expected, not -3 x 4\n"
           "line 10: the box lies within one pixel: are these fractions? pixels are expected\n"
           "line 11: ../a.jpg is not in the data set's folder\n"
           "line 12: the name of an image is expected, it is empty\n"
           "line 13: the label is no UTF-8 text; save the file as UTF-8\n"
           "line 14: 8 cells where the header has 7\n"
           "line 16: text behind a closing quote\n"
           "line 18: a quote is not closed\n");
    f->options.strict = true;
    expect_failure(f, "l.csv", "path,label\n../a.jpg,cat\nb.jpg,dog\n", KIN_E_FORMAT, "l.csv: line 2: ../a.jpg is not");
    assert_int_equal(f->summary.images, 0);
}

static void what_is_no_csv_is_said_to_be_none(void **state)
{
    fixture *f = *state;
    expect_failure(f, "l.csv", "", KIN_E_FORMAT, "the names of the columns");
    expect_failure(f, "l.csv", "a.jpg,cat\n", KIN_E_FORMAT, "no column \"path\"");
    expect_failure(f, "l.csv", "path,Label,label\n", KIN_E_FORMAT, "the column \"label\" is there twice");
    expect_failure(f, "l.bin", "\x01\x02\x03", KIN_E_FORMAT, "in no known format");
    put_bytes(f, "l.csv", "path,label\na.jpg,\0\nb.jpg,x\n", 27);
    expect(f, "l.csv", NULL, "b.jpg [x]\n", "line 2: a NUL character: is this a text file?\n");
    kin_buffer text = KIN_BUFFER_INIT;
    kin_buffer_string(&text, "path,label\n"); /* each line opens a quote in the state that the line before leaves */
    for (int i = 0; i < 200000; i++)
        kin_buffer_string(&text, "a\",\"b\n");
    expect_failure(f, "l.csv", text.data, KIN_E_FORMAT, "too many quotes are not closed");
    kin_buffer_clear(&text);
}

/* ---- YOLO ---- */

#define NAMES "names: [cat, dog]\n"

static void yolo_boxes_are_fractions(void **state)
{
    fixture *f = *state;
    put(f, "images/train/a.jpg", "");
    put(f, "images/train/deep/b.PNG", "");
    put(f, "images/train/notes.md", "");
    put(f, "images/val/c.jpg", "");
    put(f, "labels/train/a.txt", "1 0.5 0.5 0.2 0.4\n\n0 0.1 0.1 0.2 0.2\r\n");
    put(f, "labels/train/deep/b.txt",
        "\xef\xbb\xbf"
        "0 0.1 0.2 0.3 0.2 0.3 0.6 0.1 0.6\n1 0 0 1 0 0.5 0.5");
    static const char taken[] =
        "images/train/a.jpg split=train\nimages/train/a.jpg#1 ~0.4,0.3,0.2,0.4 [dog]\n"
        "images/train/a.jpg#3 ~0,0,0.2,0.2 [cat]\nimages/train/deep/b.PNG split=train\n"
        "images/train/deep/b.PNG#1 ~0.1,0.2,0.2,0.4 [cat]\nimages/train/deep/b.PNG#2 ~0,0,1,0.5 [dog]\n"
        "images/val/c.jpg split=val\n";
    expect(f, "data.yaml", "train: images/train\nval: images/val\ntest:\nnc: 2\n" NAMES, taken, "");
    assert_int_equal(f->summary.format, KIN_ANNOTATIONS_YOLO);
    expect(f, "", NULL, taken, ""); /* by the folder that holds the data.yaml */
}

static void labels_without_an_image_are_named(void **state)
{
    fixture *f = *state;
    put(f, "images/t/a.jpg", "");
    put(f, "images/v/b.jpg", "");
    put(f, "labels/t/deep/c.txt", "0 0.5 0.5 0.5 0.5\n");
    put(f, "labels/t/empty.txt", "");
    put(f, "labels/t/classes.txt", "cat\ndog\n");
    put(f, "labels/v/a.txt", "0 0.5 0.5 0.5 0.5\n");
    put(f, "labels/notes.txt", "none");
    put(f, "images/t/images/deep.jpg", "");
    put(f, "images/t/labels/deep.txt", "1 0.5 0.5 0.5 0.5");
    expect(f, "data.yaml", "train: images/t\nval: [images/v, images/t]\n" NAMES,
           "images/t/a.jpg split=train\nimages/t/images/deep.jpg split=train\n"
           "images/t/images/deep.jpg#1 ~0.25,0.25,0.5,0.5 [dog]\nimages/v/b.jpg split=val\n",
           "labels/t/deep/c.txt: there is no image to these labels\n"
           "labels/v/a.txt: there is no image to these labels\n");
    f->options.strict = true;
    expect_failure(f, "data.yaml", NULL, KIN_E_FORMAT, "data.yaml: labels/t/deep/c.txt: there is no image");
}

static void yolo_lines_are_checked(void **state)
{
    fixture *f = *state;
    put(f, "train/images/a.jpg", "");
    put(f, "train/labels/a.txt",
        "2 0.5 0.5 0.2 0.4\nx 0.5 0.5 0.2 0.4\n-1 0.5 0.5 0.2 0.4\n0.5 0.5 0.5 0.2 0.4\n0 0.5 0.5 0.2\n"
        "0 0.5 0.5 0.2 0.4 0.9\n0 320 240 10 10\n0 0.5 0.5 0.2 -0.4\n0 0.5 0.5 0 0.4\n0 0.5 0.5 a 0.4\n"
        "0 0.5 nan 0.2 0.4\n99999999999999999999 0.5 0.5 0.2 0.4\n0\n0 0.1 0.1 0.2 0.1 0.3 0.1\n"
        "0.0 0.5 0.5 1.005 1\n");
    expect(f, "data.yaml", "train: ../train/images\n" NAMES,
           "train/images/a.jpg split=train\ntrain/images/a.jpg#15 ~-0.0025,0,1.005,1 [cat]\n",
           "train/labels/a.txt:1: class 2 has no name in data.yaml\n"
           "train/labels/a.txt:2: a class id (0, 1, ...) is expected first\n"
           "train/labels/a.txt:3: a class id (0, 1, ...) is expected first\n"
           "train/labels/a.txt:4: a class id (0, 1, ...) is expected first\n"
           "train/labels/a.txt:5: 4 numbers cx cy w h are expected behind the class, or 3 and more points x y\n"
           "train/labels/a.txt:6: 4 numbers cx cy w h are expected behind the class, or 3 and more points x y\n"
           "train/labels/a.txt:7: a number out of 0..1: coordinates are fractions of the image's width and height\n"
           "train/labels/a.txt:8: a number out of 0..1: coordinates are fractions of the image's width and height\n"
           "train/labels/a.txt:9: a width and height above 0 are expected, not 0 x 0.4\n"
           "train/labels/a.txt:10: numbers are expected: class cx cy w h, or class x1 y1 x2 y2 x3 y3 ...\n"
           "train/labels/a.txt:11: numbers are expected: class cx cy w h, or class x1 y1 x2 y2 x3 y3 ...\n"
           "train/labels/a.txt:12: class 99999999999999999999 has no name in data.yaml\n"
           "train/labels/a.txt:13: 4 numbers cx cy w h are expected behind the class, or 3 and more points x y\n"
           "train/labels/a.txt:14: a width and height above 0 are expected, not 0.2 x 0\n");
    put_bytes(f, "train/labels/a.txt", "0 0.5\0", 6);
    expect(f, "data.yaml", NULL, "train/images/a.jpg split=train\n",
           "train/labels/a.txt: a text file is expected, this one has NUL bytes\n");
}

static void data_yaml_may_be_written_in_many_ways(void **state)
{
    static const char *const names[] = {
        "names:\n- cat\n- dog\n",
        "names:\n    0: cat\n    1: dog\n",
        "names: {1: dog, 0: cat}\n",
        "names: ['cat',\n  \"do\\x67\"] # two\n",
        "download: |\n  import x\n  names: [no]\nnames: [cat, dog]\nkpt_shape: [17, 3]\nflip_idx: [[1], {a: b}]\n",
    };
    static const char *const trains[] = {
        "train: images/t\n",
        "train: ./images/t/\n",
        "train: [images/t]\n",
        "train:\n  - images/t\n",
        "path: .\ntrain: images/t\n",
        "path: images\ntrain: t\n",
        "train: list.txt\n",
        "train: 'images/t'\n",
        "path: gone\ntrain: images/t\n",
        "path: ../datasets/x\ntrain: images/t\n",
        "train: images/t/a.jpg\n",
    };
    fixture *f = *state;
    char text[512];
    put(f, "images/t/a.jpg", "");
    put(f, "labels/t/a.txt", "1 0.5 0.5 0.2 0.4\n");
    put(f, "list.txt", "\n./images/t/a.jpg\r\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t k = 0; k < sizeof trains / sizeof *trains; k++) {
            (void)snprintf(text, sizeof text, "# a set\n%s%s", trains[k], names[i]);
            expect(f, "data.yaml", text, "images/t/a.jpg split=train\nimages/t/a.jpg#1 ~0.4,0.3,0.2,0.4 [dog]\n", "");
        }
    (void)snprintf(text, sizeof text, "path: %s\ntrain: %s/images/t\n" NAMES, f->folder, f->folder);
    expect(f, "data.yaml", text, "images/t/a.jpg split=train\nimages/t/a.jpg#1 ~0.4,0.3,0.2,0.4 [dog]\n", "");
}

static void bad_data_yaml_is_named_with_its_line(void **state)
{
    fixture *f = *state;
    put(f, "images/a.jpg", "");
    expect_failure(f, "data.yaml", "train: images\n", KIN_E_FORMAT, "data.yaml: the classes are missing");
    expect_failure(f, "data.yaml", NAMES, KIN_E_FORMAT, "data.yaml: the images are missing");
    expect_failure(f, "data.yaml", "train: gone\n" NAMES, KIN_E_NOTFOUND, "none of its train");
    assert_string_equal(f->rejected.data, "data.yaml: train: there is no gone in the data set's folder\n");
    expect_failure(f, "data.yaml", "train: images\nnames: 3\n", KIN_E_FORMAT, "data.yaml:2: names: a list");
    expect_failure(f, "data.yaml", "train: images\nnames:\n  a: cat\n", KIN_E_FORMAT, "data.yaml:3: names: a class id");
    expect_failure(f, "data.yaml", "names:\n  100000: cat\n", KIN_E_FORMAT, "data.yaml:2: names: class ids");
    expect_failure(f, "data.yaml", "names:\n  0: [cat]\n", KIN_E_FORMAT, "data.yaml:2: names: the name");
    expect_failure(f, "data.yaml", "train: {a: b}\n" NAMES, KIN_E_FORMAT, "data.yaml:1: the name of a folder");
    expect_failure(f, "data.yaml", "train: &a images\nval: *a\n" NAMES, KIN_E_FORMAT, "data.yaml:2: aliases");
    expect_failure(f, "data.yaml", "train: [images\n" NAMES, KIN_E_FORMAT, "data.yaml:2: ");
    expect_failure(f, "data.yaml", "\x89PNG\r\n\x1a\n", KIN_E_FORMAT, "data.yaml:1: ");
    expect_failure(f, "data.yaml", "- a\n", KIN_E_FORMAT, "data.yaml:1: keys and values");
    expect_failure(f, "data.yaml", "", KIN_E_FORMAT, "keys and values");
    kin_buffer text = KIN_BUFFER_INIT;
    kin_buffer_string(&text, "x: ");
    for (int i = 0; i < 100000; i++)
        kin_buffer_char(&text, '[');
    expect_failure(f, "data.yaml", text.data, KIN_E_FORMAT, "data.yaml:1: nested deeper");
    kin_buffer_clear(&text);
    expect(f, "data.yaml", "train: images\nval: ../../..\nnames: {3: cat}\n", "images/a.jpg split=train\n",
           "data.yaml: val: there is no ../../.. in the data set's folder\n");
}

static void lists_of_images_stay_in_the_folder(void **state)
{
    fixture *f = *state;
    put(f, "images/a b,c.jpg", "");
    put(f, "images/\xc3\xa9.jpg", "");
    assert_int_equal(symlink("/etc/passwd", in_folder(f, "images/out.jpg")), 0);
    put(f, "labels/a b,c.txt", "0 0.5 0.5 0.5 0.5");
    put(f, "lists/v.txt",
        "images/a b,c.jpg\n../images/\xc3\xa9.jpg\n/etc/passwd\n../../x.jpg\nimages/gone.jpg\n"
        "images/out.jpg\nimages/a b,c.jpg\n");
    expect(f, "data.yaml", "val: lists/v.txt\n" NAMES,
           "images/a b,c.jpg split=val\nimages/a b,c.jpg#1 ~0.25,0.25,0.5,0.5 [cat]\nimages/\xc3\xa9.jpg split=val\n",
           "lists/v.txt:3: there is no image /etc/passwd in the data set's folder\n"
           "lists/v.txt:4: there is no image ../../x.jpg in the data set's folder\n"
           "lists/v.txt:5: there is no image images/gone.jpg in the data set's folder\n"
           "lists/v.txt:6: there is no image images/out.jpg in the data set's folder\n");
}

/* ---- Folders ---- */

static void folders_are_labels(void **state)
{
    fixture *f = *state;
    put(f, "dog/1.jpg", "");
    put(f, "cat/b/2.JPEG", "");
    put(f, "cat/readme.txt", "");
    put(f, "odd \"n\"/3.png", "");
    put(f, "top.gif", "");
    f->options.format = KIN_ANNOTATIONS_FOLDERS;
    expect(f, "", NULL, "cat/b/2.JPEG [b]\ndog/1.jpg [dog]\nodd \"n\"/3.png [odd \"n\"]\ntop.gif\n", "");
    expect(f, "cat", NULL, "cat/b/2.JPEG [b]\n", "");
    expect_failure(f, "dog/1.jpg", NULL, KIN_E_USAGE, "is a file");
    put(f, "bad\xff/4.png", "");
    expect(f, "", NULL, "cat/b/2.JPEG [b]\ndog/1.jpg [dog]\nodd \"n\"/3.png [odd \"n\"]\ntop.gif\n",
           "bad?/4.png: the label is no UTF-8 text; save the file as UTF-8\n");
}

static void split_folders_are_no_labels(void **state)
{
    fixture *f = *state;
    put(f, "s/train/cat/1.jpg", "");
    put(f, "s/train/dog/2.jpg", "");
    put(f, "s/Validation/dog/2.jpg", "");
    put(f, "s/Validation/cat/2.jpg", "");
    put(f, "s/train/loose.jpg", "");
    expect(f, "s", NULL,
           "s/Validation/cat/2.jpg [cat] split=val\ns/Validation/dog/2.jpg [dog] split=val\n"
           "s/train/cat/1.jpg [cat] split=train\ns/train/dog/2.jpg [dog] split=train\ns/train/loose.jpg split=train\n",
           "");
    expect_failure(f, "", NULL, KIN_E_NOTFOUND, "holds no annotations");
}

/* ---- Finding ---- */

static void detected(fixture *f, const char *folder, const char *path, kin_annotation_format format)
{
    char found[256] = "?";
    kin_annotation_format is = KIN_ANNOTATIONS_UNKNOWN;
    bool any = kin_annotations_detect(folder ? folder : f->folder, found, sizeof found, &is);
    assert_string_equal(found, path);
    assert_int_equal(is, format);
    assert_int_equal(any, format != KIN_ANNOTATIONS_UNKNOWN);
}

static void annotations_are_found_by_their_names(void **state)
{
    fixture *f = *state;
    detected(f, NULL, "?", KIN_ANNOTATIONS_UNKNOWN);
    detected(f, "/nowhere/at/all", "?", KIN_ANNOTATIONS_UNKNOWN);
    put(f, "cat/1.jpg", "");
    detected(f, NULL, "?", KIN_ANNOTATIONS_UNKNOWN);
    put(f, "dog/1.jpg", "");
    put(f, "doc/x.txt", "");
    detected(f, NULL, ".", KIN_ANNOTATIONS_FOLDERS);
    put(f, "images/1.jpg", "");
    detected(f, NULL, "?", KIN_ANNOTATIONS_UNKNOWN);
    put(f, "labels.csv", "id,label\n");
    detected(f, NULL, "?", KIN_ANNOTATIONS_UNKNOWN);
    put(f, "labels.csv", "path,label\n");
    detected(f, NULL, "labels.csv", KIN_ANNOTATIONS_CSV);
    put(f, "annotations/captions.json", "{\"images\":[]}");
    put(f, "annotations/instances_default.json", "[]");
    detected(f, NULL, "labels.csv", KIN_ANNOTATIONS_CSV);
    put(f, "annotations/instances_default.json", "{\"images\":[]}");
    detected(f, NULL, "annotations/instances_default.json", KIN_ANNOTATIONS_COCO);
    put(f, "annotations/instances_val.json", "{\"images\":[]}");
    detected(f, NULL, "?", KIN_ANNOTATIONS_UNKNOWN);
    put(f, "other.yaml", "train: images\n" NAMES);
    put(f, "compose.yml", "services: {}\n");
    detected(f, NULL, "other.yaml", KIN_ANNOTATIONS_YOLO);
    put(f, "third.yml", "train: images\n" NAMES);
    detected(f, NULL, "?", KIN_ANNOTATIONS_UNKNOWN);
    put(f, "data.yaml", "train: images\n" NAMES);
    detected(f, NULL, "data.yaml", KIN_ANNOTATIONS_YOLO);
    char small[4] = "abc";
    kin_annotation_format format;
    assert_false(kin_annotations_detect(f->folder, small, sizeof small, &format));
    assert_string_equal(small, "abc");
}

static void names_tell_classes_from_containers(void **state)
{
    (void)state;
    static const char *const generic[] = { "images",   "IMG",  "train2017", "photos_2", "2024",  "2024-05-01",
                                           "20240501", "data", "val",       "batch-3",  "frames" };
    static const char *const classes[] = { "cat", "0", "00042", "t-shirt", "imagery", "1999x", "7seg", "2" };
    for (size_t i = 0; i < sizeof generic / sizeof *generic; i++)
        assert_true(kin_exchange__is_generic_name(generic[i]));
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        assert_false(kin_exchange__is_generic_name(classes[i]));
    for (int i = 1; i <= 9; i++)
        assert_int_equal(kin_annotation_format_from(kin_annotation_format_name((kin_annotation_format)i)), i);
    assert_int_equal(kin_annotation_format_from("tfrecord"), KIN_ANNOTATIONS_UNKNOWN);
}

static void utf8_is_told_from_other_bytes(void **state)
{
    (void)state;
    static const char *const good[] = {
        "", "a", "\xc3\xa9", "\xe2\x82\xac", "\xed\x9f\xbf", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"
    };
    static const char *const bad[] = {
        "\xff",     "\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x8f\xbf\xbf",
        "a\xe2\x82"
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(kin_exchange__is_utf8(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(kin_exchange__is_utf8(bad[i]));
}

/* ---- Real data ---- */

static void import_shared(fixture *f, const char *folder, const char *name)
{
    const kin_annotation_sink sink = { note_taken, note_rejected, f };
    const char *path = kin_path_join(&f->arena, folder, name);
    kin_buffer_reset(&f->taken);
    kin_buffer_reset(&f->rejected);
    assert_int_equal(kin_import_annotations(path, folder, &f->options, &sink, &f->summary, &f->err), KIN_OK);
}

static void the_real_sets_are_found_and_read(void **state)
{
    fixture *f = *state;
    const char *coco = shared_data(f, "coco256"), *flowers = shared_data(f, "flowers-noisy"),
               *clothing = shared_data(f, "clothing"), *photos = shared_data(f, "photos");
    if (!coco || !flowers || !clothing || !photos)
        skip();
    detected(f, photos, "?", KIN_ANNOTATIONS_UNKNOWN);
    detected(f, coco, "data.yaml", KIN_ANNOTATIONS_YOLO);
    import_shared(f, coco, "data.yaml");
    assert_int_equal(f->summary.images, 256);
    assert_int_equal(f->summary.shapes + 9 + 3, 1839); /* two of its label files have no image */
    same_text(f->rejected.data, "labels/train2017/000000000656.txt: there is no image to these labels\n"
                                "labels/train2017/000000000659.txt: there is no image to these labels\n");
    detected(f, flowers, "labels.csv", KIN_ANNOTATIONS_CSV);
    f->options.label_column = "noisy";
    import_shared(f, flowers, "labels.csv");
    assert_int_equal(f->summary.images, 2500);
    assert_int_equal(f->summary.rejects, 0);
    assert_memory_equal(f->taken.data, "images/00012.png [sunflower] clean=sunflower clean_coarse=flowers", 64);
    detected(f, clothing, ".", KIN_ANNOTATIONS_FOLDERS);
    import_shared(f, clothing, ".");
    assert_int_equal(f->summary.images, 713);
    assert_int_equal(f->summary.rejects, 0);
    size_t test = 0, val = 0;
    for (const char *at = f->taken.data; (at = strstr(at, " split=")); at++) {
        test += strncmp(at, " split=test\n", 12) == 0;
        val += strncmp(at, " split=val\n", 11) == 0;
    }
    assert_int_equal(test + val, 713);
    assert_true(test > 300 && val > 300);
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        with_folder(a_csv_of_images_has_labels_and_attributes),
        with_folder(the_label_column_can_be_chosen),
        with_folder(rows_with_a_box_are_shapes),
        with_folder(an_image_may_have_a_row_among_its_shapes),
        with_folder(bad_rows_are_rejected_with_their_line),
        with_folder(what_is_no_csv_is_said_to_be_none),
        with_folder(yolo_boxes_are_fractions),
        with_folder(labels_without_an_image_are_named),
        with_folder(yolo_lines_are_checked),
        with_folder(data_yaml_may_be_written_in_many_ways),
        with_folder(bad_data_yaml_is_named_with_its_line),
        with_folder(lists_of_images_stay_in_the_folder),
        with_folder(folders_are_labels),
        with_folder(split_folders_are_no_labels),
        with_folder(annotations_are_found_by_their_names),
        with_folder(names_tell_classes_from_containers),
        with_folder(utf8_is_told_from_other_bytes),
        with_folder(the_real_sets_are_found_and_read),
    };
    return cmocka_run_group_tests_name("exchange: CSV, YOLO, folders", tests, NULL, NULL);
}
