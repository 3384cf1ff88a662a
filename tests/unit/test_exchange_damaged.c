/* Thousands of damaged files of each format: whatever comes out is sound, and errors are of the announced kinds. */
#include "exchange_fixture.h"

#include "base/rng.h"
#include "exchange/exchange_text.h"

#include <math.h>

enum { rounds = 1500 };

static const char coco[] =
    "{\"info\":{\"a\":[1,{\"b\":\"]\"}]},\"categories\":[{\"id\":1,\"name\":\"cat\"},{\"id\":\"2\",\"name\":"
    "\"d\\u00f6g\"}],"
    "\"images\":[{\"id\":1,\"file_name\":\"s/../"
    "a.jpg\",\"width\":4,\"height\":3,\"day\":\"mon\"},{\"id\":12345678901234567890,"
    "\"file_name\":\"/x/b.jpg\"},{\"id\":3,\"file_name\":\"..\\\\c.jpg\"}],\"annotations\":[{\"id\":1,\"image_id\":1,"
    "\"category_id\":1,\"bbox\":[1,2.5,3e0,4],\"iscrowd\":1,\"attributes\":{\"k\":true,\"l\":[2]}},{\"id\":2,\"image_"
    "id\":1,"
    "\"category_id\":2,\"segmentation\":[[1,2,3,4,5,6]]}]}";
static const char csv[] =
    "path,label,xmin,ymin,xmax,ymax,id,camera\r\na.jpg,cat,1,2,3,4,x,\"le\"\"ft\"\r\n\"b\n,c.jpg\","
    "dog,1.5,2,1e3,4,,\r\n/etc/x,cat,,,,,,\r\n../d.jpg,c,1,1,2,2,3,y\r\n";
static const char yaml[] =
    "# set\npath: .\ntrain: [images/t, 'images/v']\nval: list.txt\nnames:\n  0: cat\n  1: \"d\\x6fg\"\n"
    "download: |\n  text\n";
static const char labels[] = "0 0.5 0.5 0.2 0.4\n1 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n\n0 0 0 1e-1 1 .5 1\n";
static const char list[] = "./images/t/a.jpg\n/etc/passwd\n../x.jpg\nimages/v/b.jpg\n";
static const char voc[] =
    "<?xml version=\"1.0\" "
    "encoding=\"utf-8\"?>\n<annotation><filename>a.jpg</filename><size><width>40</width><height>30"
    "</height></size><day>mon</day>\n<object><name>d&#xf6;g</name><pose>Left</pose><bndbox><xmin>1</xmin><ymin>2.5</"
    "ymin>"
    "<xmax>3e1</xmax><ymax>4</ymax></bndbox><part><name>p</name></part></object>\n<object><name><![CDATA[c]]></name>"
    "<robndbox><cx>9</cx><cy>8</cy><w>3</w><h>2</h><angle>0.5</angle></robndbox><attributes><attribute><name>k</name>"
    "<value>v</value></attribute></attributes></object></annotation>\n";
static const char cvat[] =
    "<annotations><version>1.1</version><image id=\"1\" name=\"a.jpg\" width=\"4\" height=\"3\"><box label=\"a&amp;b\" "
    "xtl=\"1\" ytl=\"2\" xbr=\"3.5\" ybr=\"4\" rotation=\"30\"><attribute name=\"k\">v</attribute></box><polygon "
    "label=\"c\" points=\"1,2;3,4;5,9\"/><ellipse label=\"e\" cx=\"1\" cy=\"2\" rx=\"3\" ry=\"4\"/><skeleton "
    "label=\"s\">"
    "<points points=\"1,2\"/><points points=\"3,5\"/></skeleton><tag label=\"t\"/></image>\n<track id=\"0\" "
    "label=\"d\"><box frame=\"3\" xtl=\"1\" ytl=\"2\" xbr=\"3\" ybr=\"4\" outside=\"0\"/></track></annotations>\n";
static const char studio[] =
    "[{\"id\":1,\"data\":{\"image\":\"/data/local-files/?d=x%2Fa.jpg\",\"k\":1},\"annotations\":[{\"completed_by\":2,"
    "\"updated_at\":\"2024\",\"result\":[{\"id\":\"r\",\"type\":\"rectanglelabels\",\"original_width\":200,"
    "\"original_height\":100,\"value\":{\"x\":1,\"y\":2,\"width\":3,\"height\":4,\"rotation\":9,\"rectanglelabels\":"
    "[\"c\"]}},{\"id\":\"r\",\"type\":\"choices\",\"from_name\":\"f\",\"value\":{\"choices\":[\"a\",\"b\"]}},{\"id\":"
    "\"p\",\"type\":\"polygonlabels\",\"value\":{\"points\":[[1,2],[3,4],[5,9]]}},{\"type\":\"choices\",\"value\":"
    "{\"choices\":[\"z\"]}}]}]},{\"image\":\"s3://b/"
    "c.jpg\",\"annotation_id\":1,\"label\":[{\"x\":1,\"y\":2,\"width\":3,"
    "\"height\":4,\"rectanglelabels\":[\"q\"]}],\"choice\":\"d\"}]";
static const char jsonl[] =
    "{\"file_name\":\"a.jpg\",\"objects\":{\"bbox\":[[1,2,3,4],[5,6,7,8.5]],\"categories\":[\"c\",3],\"id\":[1,\"k\"]},"
    "\"day\":\"mon\"}\n{\"path\":\"s\\\\b.jpg\",\"label\":\"x\",\"xmin\":1,\"ymin\":2,\"xmax\":3e1,\"ymax\":4,\"id\":"
    "12345678901234567890}\n{\"image\":\"c.jpg\",\"objects\":[{\"bbox\":[1,2,3,4],\"label\":\"\\u00e9\"}]}\n";
static const char open_images[] =
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded\na,x,/m/01,1,0.25,0.75,0.1,0.5,0\n"
    "b.png,,/m/02,1,0,1,0,1,\na,,/m/03,1,\"0,5\",\"0,75\",\"0,1\",\"0,5\",-1\n";
static const char classes[] = "/m/01,Person\n/m/02,\"Dog, big\"\n";
static const char obj_data[] = "classes = 2\ntrain = data/train.txt\nvalid = v.txt\nnames = obj.names\n";
static const char obj_names[] = "cat\nd\xc3\xb6g\n";
static const char obj_list[] = "data/x/a.jpg\n./images/b.jpg\n../c.jpg\n/etc/passwd\n";
static const char rows_csv[] =
    "item,verdict,note,time,count,x\r\na.jpg#1,ok,\"n,\n\",2026-01-01,2,1.5\r\nb,minor,,,,\r\nc,,,,,\r\n";
static const char rows_json[] =
    "{\"item\":\"a\\n\",\"verdict\":\"OK\",\"count\":2}\n{\"item\":\"b\",\"verdict\":\"minor\","
    "\"note\":\"\\u00e9\",\"job\":12345678901234567890}\n";

/* A copy with a few bytes changed, a part removed, doubled or moved, or the end cut off. */
static void damage(kin_rng *rng, const char *text, kin_buffer *out)
{
    static const char bytes[] = "\"\\{}[],:;#'0-.e\n\r\t /&*|>\xff\xc3\x80";
    size_t size = strlen(text), n = 1 + (size_t)kin_rng_below(rng, 4);
    kin_buffer_reset(out);
    kin_buffer_append(out, text, size);
    for (size_t i = 0; i < n && out->size > 1; i++) {
        size_t at = (size_t)kin_rng_below(rng, out->size), rest = out->size - at;
        size_t length = 1 + (size_t)kin_rng_below(rng, rest < 20 ? rest : 20);
        switch (kin_rng_below(rng, 5)) {
        case 0: /* includes the NUL at the end */
            out->data[at] = bytes[kin_rng_below(rng, sizeof bytes)];
            break;
        case 1:
            out->data[at] = (char)kin_rng_below(rng, 256);
            break;
        case 2:
            memmove(out->data + at, out->data + at + length, rest - length);
            out->size -= length;
            break;
        case 3: {
            char copy[20];
            memcpy(copy, out->data + at, length);
            kin_buffer_append(out, copy, length);
            break;
        }
        default:
            if (kin_rng_below(rng, 4) == 0)
                out->size = at;
        }
    }
}

static void check_path(const char *path)
{
    assert_true(path[0] && path[0] != '/' && !strchr(path, '\\') && strlen(path) < 4096);
    for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
        assert_false(strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'));
}

static int check_annotation(void *user, const kin_annotation *a, kin_error *err)
{
    (void)user, (void)err;
    check_path(a->path);
    assert_true(a->width >= 0 && a->height >= 0);
    assert_true(!a->label || (a->label[0] && kin_exchange__is_utf8(a->label)));
    for (size_t i = 0; i < a->attribute_count; i++)
        assert_true(kin_exchange__is_utf8(a->attributes[i].key) && kin_exchange__is_utf8(a->attributes[i].value));
    if (!a->shape)
        return KIN_OK;
    assert_true(a->shape[0] && kin_exchange__is_utf8(a->shape));
    assert_true(isfinite(a->box.x) && isfinite(a->box.y) && a->box.w > 0 && a->box.h > 0 &&
                isfinite(a->box.w + a->box.h));
    return KIN_OK;
}

static int check_row(void *user, const kin_job_row *r, kin_error *err)
{
    (void)user, (void)err;
    assert_true(r->item && r->item[0] && r->count >= 1 && r->job >= 0);
    assert_true(strcmp(r->verdict, "ok") == 0 || strcmp(r->verdict, "minor") == 0 ||
                strcmp(r->verdict, "critical") == 0);
    return KIN_OK;
}

static void check_reject(void *user, const char *where, const char *why)
{
    (void)user;
    assert_true(where[0] && why[0] && kin_exchange__is_utf8(where));
    assert_null(strpbrk(why, "\r\n\t"));
}

static void check_code(const fixture *f, int code)
{
    if (code == KIN_OK)
        return;
    assert_true(code == KIN_E_FORMAT || code == KIN_E_NOTFOUND);
    assert_true(f->err.message[0]);
}

/* Some file systems sync a file that is cut to nothing and written again: a new one is far quicker. */
static void write_anew(const char *path, const kin_buffer *text)
{
    (void)unlink(path);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text->data, 1, text->size, out), text->size);
    assert_int_equal(fclose(out), 0);
}

/* Damages `text`, put into the folder as `file`, and imports `path`. */
static void import_damaged(fixture *f, uint64_t seed, const char *text, const char *file, const char *path)
{
    const kin_annotation_sink sink = { check_annotation, check_reject, f };
    kin_buffer damaged = KIN_BUFFER_INIT;
    kin_rng rng;
    size_t fine = 0;
    kin_rng_seed(&rng, seed);
    const char *full = in_folder(f, path), *target = in_folder(f, file);
    put(f, file, text); /* and with that the folder it lies in */
    for (int i = 0; i < rounds; i++) {
        damage(&rng, text, &damaged);
        write_anew(target, &damaged);
        int code = kin_import_annotations(full, f->folder, &f->options, &sink, &f->summary, &f->err);
        check_code(f, code);
        fine += code == KIN_OK;
    }
    assert_true(fine > 0);
    kin_buffer_clear(&damaged);
}

static void read_damaged(fixture *f, uint64_t seed, const char *text, kin_job_format format)
{
    const kin_row_sink sink = { check_row, check_reject, f };
    kin_buffer damaged = KIN_BUFFER_INIT;
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    const char *path = in_folder(f, "rows");
    for (int i = 0; i < rounds; i++) {
        damage(&rng, text, &damaged);
        write_anew(path, &damaged);
        check_code(f, kin_rows_read(path, format, &sink, NULL, &f->err));
    }
    kin_buffer_clear(&damaged);
}

static void damaged_coco_files(void **state)
{
    fixture *f = *state;
    f->options.format = KIN_ANNOTATIONS_COCO;
    import_damaged(f, 1, coco, "annotations/i.json", "annotations/i.json");
}

static void damaged_csv_files(void **state)
{
    fixture *f = *state;
    f->options.format = KIN_ANNOTATIONS_CSV;
    import_damaged(f, 2, csv, "l.csv", "l.csv");
}

static void damaged_yolo_files(void **state)
{
    fixture *f = *state;
    f->options.format = KIN_ANNOTATIONS_YOLO;
    put(f, "images/t/a.jpg", "");
    put(f, "images/v/b.jpg", "");
    put(f, "list.txt", list);
    put(f, "data.yaml", yaml);
    import_damaged(f, 3, labels, "labels/t/a.txt", "data.yaml");
    import_damaged(f, 4, list, "list.txt", "data.yaml");
    import_damaged(f, 5, yaml, "data.yaml", "data.yaml");
}

static void damaged_xml_files(void **state)
{
    fixture *f = *state;
    f->options.format = KIN_ANNOTATIONS_VOC;
    import_damaged(f, 9, voc, "v/a.xml", "v/a.xml");
    import_damaged(f, 10, voc, "v/a.xml", "v");
    f->options.format = KIN_ANNOTATIONS_CVAT;
    import_damaged(f, 11, cvat, "c.xml", "c.xml");
}

static void damaged_label_studio_files(void **state)
{
    fixture *f = *state;
    f->options.format = KIN_ANNOTATIONS_LABEL_STUDIO;
    import_damaged(f, 12, studio, "s.json", "s.json");
}

static void damaged_json_lines(void **state)
{
    fixture *f = *state;
    f->options.format = KIN_ANNOTATIONS_JSONL;
    import_damaged(f, 13, jsonl, "l.jsonl", "l.jsonl");
}

static void damaged_open_images_files(void **state)
{
    fixture *f = *state;
    f->options.format = KIN_ANNOTATIONS_OPEN_IMAGES;
    put(f, "class-descriptions.csv", classes);
    import_damaged(f, 14, open_images, "o.csv", "o.csv");
    import_damaged(f, 15, classes, "class-descriptions.csv", "o.csv");
}

static void damaged_darknet_files(void **state)
{
    fixture *f = *state;
    f->options.format = KIN_ANNOTATIONS_YOLO;
    put(f, "x/a.txt", labels);
    put(f, "obj.names", obj_names);
    put(f, "train.txt", obj_list);
    import_damaged(f, 16, obj_data, "obj.data", "obj.data");
    put(f, "obj.data", obj_data);
    import_damaged(f, 17, obj_list, "train.txt", "obj.data");
    put(f, "train.txt", obj_list);
    import_damaged(f, 18, obj_names, "obj.names", "obj.data");
}

static void damaged_verdict_files(void **state)
{
    read_damaged(*state, 6, rows_csv, KIN_JOB_CSV);
    read_damaged(*state, 7, rows_json, KIN_JOB_JSONL);
    read_damaged(*state, 8, rows_json, KIN_JOB_UNKNOWN);
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        with_folder(damaged_coco_files),         with_folder(damaged_csv_files),
        with_folder(damaged_yolo_files),         with_folder(damaged_xml_files),
        with_folder(damaged_label_studio_files), with_folder(damaged_json_lines),
        with_folder(damaged_open_images_files),  with_folder(damaged_darknet_files),
        with_folder(damaged_verdict_files),
    };
    return cmocka_run_group_tests_name("exchange: damaged files", tests, NULL, NULL);
}
