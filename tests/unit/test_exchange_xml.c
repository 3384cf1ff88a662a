/* Annotations in XML: Pascal VOC and CVAT. */
#include "exchange_fixture.h"

#define OBJECT(name, box) "<object><name>" name "</name><bndbox>" box "</bndbox></object>\n"
#define CORNERS(a, b, c, d) "<xmin>" #a "</xmin><ymin>" #b "</ymin><xmax>" #c "</xmax><ymax>" #d "</ymax>"

/* ---- Pascal VOC ---- */

static void a_voc_file_is_an_image_with_objects(void **state)
{
    fixture *f = *state;
    expect(f, "Annotations/a.xml",
           "<?xml version=\"1.0\"?>\n<annotation verified=\"yes\">\n<folder>VOC</folder><filename>a.jpg</filename>\n"
           "<path>/home/x/a.jpg</path><source><database>D</database></source><segmented>0</segmented>\n"
           "<weather>rain</weather>\n"
           "<object><name>person</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>\n"
           "<bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>11</xmax><ymax>22</ymax></bndbox>\n"
           "<part><name>head</name><bndbox>" CORNERS(
               3, 3, 4, 4) "</bndbox></part>\n"
                           "<attributes><attribute><name>colour</name><value>red &amp; "
                           "blue</value></attribute></attributes></object>\n"
                           "<object><name>person</name><bndbox>" CORNERS(
                               1, 2, 11,
                               22) "</bndbox></object>\n"
                                   "<size><width>40</width><height>30</height><depth>3</depth></size>\n</annotation>\n",
           "a.jpg 40x30 weather=rain\n"
           "a.jpg#1 1,2.5,10,19.5 40x30 [person] pose=Left truncated=1 difficult=0 colour=red & blue\n"
           "a.jpg#2 1,2,10,20 40x30 [person]\n",
           "");
    assert_int_equal(f->summary.format, KIN_ANNOTATIONS_VOC);
    expect(f, "Annotations/a.xml", "<annotation><filename>a.jpg</filename></annotation>", "a.jpg\n", "");
    expect(f, "Annotations/a.xml", "<annotation/>", "a.jpg\n", ""); /* by the file's own name */
}

static void a_voc_image_is_found_by_either_name(void **state)
{
    fixture *f = *state;
    put(f, "JPEGImages/a.jpg", "");
    put(f, "JPEGImages/b.JPEG", "");
    put(f, "images/train/c.png", "");
    expect(f, "Annotations/x.xml", "<annotation><filename>a.jpg</filename></annotation>", "JPEGImages/a.jpg\n", "");
    expect(f, "Annotations/x.xml", "<annotation><filename>b</filename></annotation>", "JPEGImages/b.JPEG\n", "");
    expect(f, "Annotations/b.xml", "<annotation><filename>renamed.jpg</filename></annotation>", "JPEGImages/b.JPEG\n",
           "");
    expect(f, "Annotations/x.xml", "<annotation><filename>none.jpg</filename></annotation>", "none.jpg\n", "");
    (void)remove(in_folder(f, "Annotations/b.xml"));
    put(f, "Annotations/train/c.xml", "<annotation><filename>c.png</filename></annotation>");
    expect(f, "Annotations", NULL, "images/train/c.png\nnone.jpg\n", "");
}

static void rotated_voc_boxes_are_bounded(void **state)
{
    expect(*state, "a.xml",
           "<annotation><object><name>ship</name><robndbox><cx>10</cx><cy>20</cy><w>6</w><h>2</h>"
           "<angle>1.5707963267948966</angle></robndbox></object></annotation>",
           "a.jpg\na.jpg#1 9,17,2,6 [ship] rotation=90\n", "");
}

static void bad_voc_objects_are_rejected_with_their_line(void **state)
{
    fixture *f = *state;
    expect(f, "a.xml",
           "<annotation><filename>a.jpg</filename>\n" OBJECT("a", CORNERS(1, 2, 3, 4)) OBJECT("b", CORNERS(1, x, 3, 4))
               OBJECT("c", "<xmin>1</xmin>") OBJECT("d", CORNERS(9, 2, 3, 4)) OBJECT("e", CORNERS(1e99, 2, 3, 4))
                   OBJECT("f", CORNERS(nan, 2, 3, 4)) "<object><name>g</name></object>\n" OBJECT(
                       "", CORNERS(1, 2, 3, 4)) "</annotation>",
           "a.jpg\na.jpg#1 1,2,2,2 [a]\na.jpg#8 1,2,2,2\n",
           "line 3: <ymin>: a number is expected, not \"x\"\n"
           "line 4: <bndbox> with xmin, ymin, xmax and ymax is expected in <object>\n"
           "line 7: <xmin>: a number is expected, not \"nan\"\n"
           "line 8: <bndbox> with xmin, ymin, xmax and ymax is expected in <object>\n"
           "line 5: a width and height above 0 are expected, not -6 x 2\n"
           "line 6: the box has numbers beyond 1e9\n");
    expect(f, "a.xml", "<annotation><filename>../../etc/b.jpg</filename></annotation>", "",
           "line 1: ../../etc/b.jpg is not in the data set's folder\n");
    f->options.strict = true;
    expect_failure(f, "a.xml", "<annotation><object/></annotation>", KIN_E_FORMAT, "a.xml: line 1: <bndbox>");
}

static void one_damaged_voc_file_does_not_end_a_folder(void **state)
{
    fixture *f = *state;
    put(f, "Annotations/a.xml", "<annotation>" OBJECT("a", CORNERS(1, 2, 3, 4)) "</annotation>");
    put(f, "Annotations/b.xml", "<annotation>\n<object><name>b");
    put(f, "Annotations/c.xml", "<note>not ours</note>");
    put(f, "Annotations/d.xml", "");
    put(f, "Annotations/e.xml", "<annotation><filename>a.jpg</filename></annotation>");
    put(f, "Annotations/f.txt", "<annotation/>");
    expect(f, "Annotations", NULL, "a.jpg\na.jpg#1 1,2,2,2 [a]\n",
           "b.xml: is cut off: it ends at line 2, where the end of <name> is expected\n"
           "d.xml: is no sound XML at line 1: no element found\n"
           "e.xml: line 1: a.jpg is already the image of file 1\n");
    f->options.strict = true;
    expect_failure(f, "Annotations", NULL, KIN_E_FORMAT, "b.xml: is cut off");
    f->options.strict = false;
    expect_failure(f, "Annotations/b.xml", NULL, KIN_E_FORMAT, "is cut off");
    expect_failure(f, "Annotations/c.xml", NULL, KIN_E_FORMAT,
                   "is no CVAT file: <annotations> is expected, not <note>");
    f->options.format = KIN_ANNOTATIONS_VOC;
    expect_failure(f, "Annotations/c.xml", NULL, KIN_E_FORMAT, "<annotation> is expected, not <note>");
}

/* ---- CVAT ---- */

#define CVAT(text)                                                                                                     \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n<version>1.1</version>\n" text "</annotations>\n"
#define IMAGE(text) CVAT("<image id=\"7\" name=\"a.jpg\" width=\"40\" height=\"30\">\n" text "</image>\n")

static void cvat_shapes_are_bounded(void **state)
{
    fixture *f = *state;
    expect(f, "annotations.xml",
           CVAT("<meta><task><labels><label><name>cat</name><attributes><attribute><name>x</name></attribute>"
                "</attributes></label></labels></task></meta>\n"
                "<image id=\"0\" name=\"sub/a b.jpg\" subset=\"train\" width=\"640\" height=\"480\">\n"
                "<box label=\"cat\" source=\"manual\" occluded=\"1\" xtl=\"1.5\" ytl=\"2\" xbr=\"11.5\" ybr=\"22\" "
                "z_order=\"3\"><attribute name=\"fur\">long, &quot;wet&quot;</attribute></box>\n"
                "<polygon label=\"dog\" points=\"5,6;15,6;10,26.5\"/>\n"
                "<polyline label=\"line\" points=\"0,0;4,8\"/>\n"
                "<box label=\"ship\" xtl=\"0\" ytl=\"0\" xbr=\"4\" ybr=\"2\" rotation=\"90\"/>\n"
                "<ellipse label=\"egg\" cx=\"10\" cy=\"20\" rx=\"3\" ry=\"4\"/>\n"
                "<mask label=\"fog\" rle=\"1, 2, 3\" left=\"1\" top=\"2\" width=\"3\" height=\"4\"/>\n"
                "<cuboid label=\"car\" xtl1=\"1\" ytl1=\"1\" xbl1=\"1\" ybl1=\"9\" xtr1=\"5\" ytr1=\"2\" xbr1=\"5\" "
                "ybr1=\"8\" xtl2=\"8\" ytl2=\"1\" xbl2=\"8\" ybl2=\"9\" xtr2=\"7\" ytr2=\"0\" xbr2=\"7\" ybr2=\"8\"/>\n"
                "<skeleton label=\"man\"><points label=\"1\" outside=\"0\" points=\"1,2\"><attribute name=\"no\">n"
                "</attribute></points><points label=\"2\" outside=\"1\" points=\"99,99\"/>"
                "<points label=\"3\" points=\"5,9\"/></skeleton>\n"
                "<tag label=\"street\"><attribute name=\"light\">dusk</attribute></tag>\n<tag label=\"rain\"/>\n"
                "</image>\n"),
           "sub/a b.jpg 640x480 [street] subset=train light=dusk rain=1\n"
           "sub/a b.jpg#1 1.5,2,10,20 640x480 [cat] source=manual occluded=1 fur=long, \"wet\"\n"
           "sub/a b.jpg#2 5,6,10,20.5 640x480 [dog]\n"
           "sub/a b.jpg#3 0,0,4,8 640x480 [line]\n"
           "sub/a b.jpg#4 1,-1,2,4 640x480 [ship] rotation=90\n"
           "sub/a b.jpg#5 7,16,6,8 640x480 [egg]\n"
           "sub/a b.jpg#6 1,2,3,4 640x480 [fog]\n"
           "sub/a b.jpg#7 1,0,7,9 640x480 [car]\n"
           "sub/a b.jpg#8 1,2,4,7 640x480 [man]\n",
           "");
    assert_int_equal(f->summary.format, KIN_ANNOTATIONS_CVAT);
    expect(f, "annotations.xml", CVAT(""), "", "");
    expect(f, "annotations.xml", CVAT("<image id=\"1\" name=\"a.jpg\"/>"), "a.jpg\n", "");
}

static void cvat_tracks_are_shapes_of_frames(void **state)
{
    fixture *f = *state;
    put(f, "images/frame_000000.PNG", "");
    put(f, "images/frame_000003.jpg", "");
    expect(
        f, "annotations.xml",
        CVAT("<track id=\"0\" label=\"car\" source=\"manual\">\n"
             "<box frame=\"0\" keyframe=\"1\" outside=\"0\" occluded=\"0\" xtl=\"1\" ytl=\"2\" xbr=\"3\" ybr=\"5\"/>\n"
             "<box frame=\"3\" outside=\"0\" xtl=\"2\" ytl=\"2\" xbr=\"4\" ybr=\"5\"><attribute name=\"way\">left"
             "</attribute></box>\n"
             "<box frame=\"4\" outside=\"1\" xtl=\"2\" ytl=\"2\" xbr=\"4\" ybr=\"5\"/>\n"
             "<box frame=\"3\" outside=\"0\" xtl=\"2\" ytl=\"2\" xbr=\"4\" ybr=\"5\"/>\n"
             "<box frame=\"x\" outside=\"0\" xtl=\"2\" ytl=\"2\" xbr=\"4\" ybr=\"5\"/>\n</track>\n"
             "<track id=\"1\" label=\"dog\"><polygon frame=\"3\" points=\"1,1;2,2;3,1\"/>"
             "<box frame=\"5\" xtl=\"2\" ytl=\"2\" xbr=\"4\" ybr=\"5\"/></track>\n"),
        "images/frame_000000.PNG\nimages/frame_000000.PNG#0 1,2,2,3 [car] occluded=0 source=manual\n"
        "images/frame_000003.jpg\nimages/frame_000003.jpg#0 2,2,2,3 [car] way=left source=manual\n"
        "images/frame_000003.jpg#1 1,1,2,1 [dog]\nframe_000005.png\nframe_000005.png#1 2,2,2,3 [dog]\n",
        "line 8: 0 is already the id of a shape on images/frame_000003.jpg\n"
        "line 9: <box> frame: the number of a frame is expected, not \"x\"\n");
}

static void bad_cvat_shapes_are_rejected_with_their_line(void **state)
{
    fixture *f = *state;
    expect(
        f, "a.xml",
        IMAGE("<box label=\"a\" xtl=\"1\" ytl=\"2\" xbr=\"3\" ybr=\"4\"/>\n<box label=\"b\" xtl=\"x\" ytl=\"2\" "
              "xbr=\"3\" ybr=\"4\"/>\n<box label=\"c\" ytl=\"2\" xbr=\"3\" ybr=\"4\"/>\n<polygon points=\"1,2;3\"/>\n"
              "<points label=\"p\" points=\"1,2\"/>\n<skeleton label=\"s\"></skeleton>\n<polygon/>\n"
              "<box label=\"z\" xtl=\"1\" ytl=\"2\" xbr=\"3\" ybr=\"4\"/>\n<weird xtl=\"1\"/>\n"),
        "a.jpg 40x30\na.jpg#1 1,2,2,2 40x30 [a]\na.jpg#8 1,2,2,2 40x30 [z]\n",
        "line 6: <box> xtl: a number is expected, not \"x\"\n"
        "line 7: <box> xtl: a number is expected, not nothing\n"
        "line 8: <polygon> points: x,y;x,y;... is expected, not \"1,2;3\"\n"
        "line 10: <skeleton>: points are expected\n"
        "line 11: <polygon> points: x,y;x,y;... is expected, not nothing\n"
        "line 9: a width and height above 0 are expected, not 0 x 0\n");
    expect(
        f, "a.xml",
        CVAT("<image id=\"1\"><box label=\"b\" xtl=\"1\" ytl=\"2\" xbr=\"3\" ybr=\"4\"/></image>\n"
             "<image name=\"../x.jpg\"/>\n<image name=\"/etc/passwd\"/>\n<image name=\"\"/>\n<image name=\"a.jpg\"/>\n"
             "<image name=\"./a.jpg\"/>\n"),
        "a.jpg\n",
        "line 4: <image> name: the name of a file is expected\n"
        "line 5: ../x.jpg is not in the data set's folder\n"
        "line 6: /etc/passwd is not in the data set's folder\n"
        "line 7: the name of an image is expected, it is empty\n"
        "line 9: a.jpg is already the image of line 8\n");
    expect_failure(f, "a.xml", "<annotations><image name=\"a.jpg\"/>\n<image name=\"b.jpg\"><box", KIN_E_FORMAT,
                   "is cut off: it ends at line 2");
    same_text(f->taken.data, "a.jpg\n");
    f->options.format = KIN_ANNOTATIONS_CVAT;
    expect_failure(f, "a.xml", "<annotation/>", KIN_E_FORMAT, "<annotations> is expected, not <annotation>");
}

/* ---- Both ---- */

static void hostile_names_come_through(void **state)
{
    fixture *f = *state;
    char longest[301], expected[1200];
    kin_buffer text = KIN_BUFFER_INIT;
    memset(longest, 'n', 300);
    longest[300] = '\0';
    kin_buffer_printf(&text,
                      "<annotations><image name=\"%s\"/><image name=\" a 'b', &quot;c&quot; &#xe9;&#x4e2d;.jpg\">"
                      "<box label=\"x,y; &lt;z&gt;\" xtl=\"0\" ytl=\"0\" xbr=\"1\" ybr=\"1\"/></image></annotations>",
                      longest);
    (void)snprintf(expected, sizeof expected,
                   "%s\n a 'b', \"c\" \xc3\xa9\xe4\xb8\xad.jpg\n a 'b', \"c\" \xc3\xa9\xe4\xb8\xad.jpg#1 0,0,1,1 [x,y; "
                   "<z>]\n",
                   longest);
    expect(f, "a.xml", text.data, expected, "");
    kin_buffer_reset(&text);
    kin_buffer_printf(&text, "<annotation><filename>%s.jpg</filename></annotation>", longest);
    (void)snprintf(expected, sizeof expected, "%s.jpg\n", longest);
    expect(f, "b.xml", text.data, expected, "");
    expect(f, "b.xml",
           "\xef\xbb\xbf<annotation><filename>a, &#34;b&#34;\xc3\xa9.jpg</filename>"
           "<object><name>d\xc3\xb6g</name><bndbox>" CORNERS(1, 1, 2, 2) "</bndbox></object></annotation>",
           "a, \"b\"\xc3\xa9.jpg\na, \"b\"\xc3\xa9.jpg#1 1,1,1,1 [d\xc3\xb6g]\n", "");
    kin_buffer_clear(&text);
}

static void what_one_image_may_take_is_bounded(void **state)
{
    fixture *f = *state;
    kin_buffer text = KIN_BUFFER_INIT;
    kin_buffer_string(&text, "<annotations><image name=\"a.jpg\">");
    for (int i = 0; i < 600000; i++)
        kin_buffer_string(&text, "<box label=\"b\" xtl=\"0\" ytl=\"0\" xbr=\"1\" ybr=\"1\"/>");
    kin_buffer_string(&text, "</image><image name=\"b.jpg\"/></annotations>");
    expect(f, "a.xml", text.data, "b.jpg\n", "line 1: the shapes of one image take more than 64 MiB\n");
    kin_buffer_reset(&text);
    kin_buffer_string(&text,
                      "<annotations><image name=\"a.jpg\"><box label=\"b\" xtl=\"0\" ytl=\"0\" xbr=\"1\" ybr=\"1\">");
    for (int i = 0; i < 257; i++)
        kin_buffer_printf(&text, "<attribute name=\"k%d\">v</attribute>", i);
    kin_buffer_string(&text, "</box></image></annotations>");
    expect(f, "a.xml", text.data, "a.jpg\n", "line 1: more than 256 attributes\n");
    kin_buffer_clear(&text);
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        with_folder(a_voc_file_is_an_image_with_objects),
        with_folder(a_voc_image_is_found_by_either_name),
        with_folder(rotated_voc_boxes_are_bounded),
        with_folder(bad_voc_objects_are_rejected_with_their_line),
        with_folder(one_damaged_voc_file_does_not_end_a_folder),
        with_folder(cvat_shapes_are_bounded),
        with_folder(cvat_tracks_are_shapes_of_frames),
        with_folder(bad_cvat_shapes_are_rejected_with_their_line),
        with_folder(hostile_names_come_through),
        with_folder(what_one_image_may_take_is_bounded),
    };
    return cmocka_run_group_tests_name("exchange: Pascal VOC and CVAT", tests, NULL, NULL);
}
