/* The first byte chooses the format (its two lowest bits and its four highest; KIN_FUZZ_FILE=cvat.xml chooses one for
 * all), and whether the first reject ends the import; the rest is the file. The data set's folder is empty, but for the labels of YOLO: those are of its one image. */
#include "fuzz.h"

#include "base/file.h"
#include "kin/exchange.h"

#include <math.h>

enum { yolo_labels = 3, kinds = 10 };

static const struct {
    const char *name;
    kin_annotation_format format;
} files[kinds] = { { "a.json", KIN_ANNOTATIONS_COCO },
                   { "a.csv", KIN_ANNOTATIONS_CSV },
                   { "data.yaml", KIN_ANNOTATIONS_YOLO },
                   { "labels/a.txt", KIN_ANNOTATIONS_YOLO },
                   { "voc.xml", KIN_ANNOTATIONS_VOC },
                   { "cvat.xml", KIN_ANNOTATIONS_CVAT },
                   { "tasks.json", KIN_ANNOTATIONS_LABEL_STUDIO },
                   { "a.jsonl", KIN_ANNOTATIONS_JSONL },
                   { "boxes.csv", KIN_ANNOTATIONS_OPEN_IMAGES },
                   { "obj.data", KIN_ANNOTATIONS_YOLO } };

/* Of KIN_FUZZ_FILE; `kinds` where the bytes choose. */
static unsigned only_kind;

static char empty_folder[256], image_folder[256], file_folder[256];

static void remove_folders(void)
{
    fuzz_remove(image_folder, "images/a.jpg");
    fuzz_remove(image_folder, "images");
    fuzz_remove(image_folder, "labels/a.txt");
    fuzz_remove(image_folder, "labels");
    fuzz_remove(image_folder, "data.yaml");
    fuzz_remove(image_folder, "");
    fuzz_remove(empty_folder, "");
    for (int i = 0; i < kinds; i++)
        if (i != yolo_labels)
            fuzz_remove(file_folder, files[i].name);
    fuzz_remove(file_folder, "");
}

static void make_once(void)
{
    static const char set[] = "path: .\ntrain: images\nnames: [car, person, dog]\n";
    char path[512];
    if (empty_folder[0])
        return;
    fuzz_make_folder(empty_folder);
    fuzz_make_folder(image_folder);
    fuzz_make_folder(file_folder);
    (void)atexit(remove_folders);
    (void)snprintf(path, sizeof path, "%s/images", image_folder);
    must(mkdir(path, 0700) == 0);
    (void)snprintf(path, sizeof path, "%s/labels", image_folder);
    must(mkdir(path, 0700) == 0);
    fuzz_write(image_folder, "images/a.jpg", "", 0);
    fuzz_write(image_folder, "data.yaml", set, sizeof set - 1);
    const char *only = getenv("KIN_FUZZ_FILE");
    while (only_kind < kinds && !(only && strcmp(files[only_kind].name, only) == 0))
        only_kind++;
}

/* Reads every byte, so that a sanitizer sees texts that end nowhere. */
static void check_text(const char *text)
{
    must(strlen(text) < (size_t)1 << 32);
}

static int take(void *user, const kin_annotation *annotation, kin_error *err)
{
    uint64_t *taken = user;
    kin_arena arena = KIN_ARENA_INIT;
    (void)err;
    char *inside = kin_path_inside(&arena, annotation->path);
    must(inside && strcmp(inside, annotation->path) == 0);
    kin_arena_clear(&arena);
    if (annotation->label)
        check_text(annotation->label);
    if (annotation->shape) {
        check_text(annotation->shape);
        must(isfinite(annotation->box.x) && isfinite(annotation->box.y) && isfinite(annotation->box.w) &&
             isfinite(annotation->box.h));
    }
    must(annotation->width >= 0 && annotation->height >= 0);
    for (size_t i = 0; i < annotation->attribute_count; i++) {
        check_text(annotation->attributes[i].key);
        check_text(annotation->attributes[i].value);
    }
    ++*taken;
    return KIN_OK;
}

static void reject(void *user, const char *where, const char *why)
{
    (void)user;
    must(*where && *why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    make_once();
    uint8_t first = fuzz_take_byte(&data, &size);
    unsigned kind = only_kind < kinds ? only_kind : ((first & 3u) | (unsigned)(first >> 4) << 2) % kinds;
    bool labels = kind == yolo_labels;
    char path[512];
    uint64_t taken = 0;
    kin_error err = KIN_ERROR_INIT;
    kin_import_options options = { first & 8 ? KIN_ANNOTATIONS_UNKNOWN : files[kind].format, first & 4, NULL };
    kin_import_summary summary = { 0 };
    kin_annotation_sink sink = { take, reject, &taken };
    fuzz_write(labels ? image_folder : file_folder, files[kind].name, data, size);
    (void)snprintf(path, sizeof path, "%s/%s", labels ? image_folder : file_folder,
                   labels ? "data.yaml" : files[kind].name);
    int code = kin_import_annotations(path, labels ? image_folder : empty_folder, &options, &sink, &summary, &err);
    if (code != KIN_OK)
        fuzz_check_failure(code, &err);
    must(summary.images + summary.shapes <= taken + summary.rejects + 1 || code != KIN_OK);
    return 0;
}
