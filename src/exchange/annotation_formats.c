#include "base/file.h"
#include "exchange/find_annotations.h"
#include "exchange/import_common.h"

#include <stdlib.h>
#include <string.h>

static int import_yolo(kin_exchange__import *im, kin_error *err)
{
    bool darknet = strcmp(kin_path_extension(im->path), ".data") == 0;
    return darknet ? kin_exchange__import_darknet(im, err) : kin_exchange__import_yolo(im, err);
}

/* In order of preference where a data set has annotations in several formats, and the order in which a file's content
 * is tried: what is told for certain comes first. */
static const struct format {
    kin_annotation_format format;
    const char *name;
    bool (*is)(const char *path);
    size_t (*find)(const char *folder, char *path, size_t size);
    int (*import)(kin_exchange__import *im, kin_error *err);
} formats[] = {
    { KIN_ANNOTATIONS_YOLO, "yolo", kin_exchange__is_yolo, kin_exchange__find_yolo, import_yolo },
    { KIN_ANNOTATIONS_COCO, "coco", kin_exchange__is_coco, kin_exchange__find_coco, kin_exchange__import_coco },
    { KIN_ANNOTATIONS_CVAT, "cvat", kin_exchange__is_cvat, kin_exchange__find_cvat, kin_exchange__import_cvat },
    { KIN_ANNOTATIONS_LABEL_STUDIO, "labelstudio", kin_exchange__is_label_studio, kin_exchange__find_label_studio,
      kin_exchange__import_label_studio },
    { KIN_ANNOTATIONS_VOC, "voc", kin_exchange__is_voc, kin_exchange__find_voc, kin_exchange__import_voc },
    { KIN_ANNOTATIONS_JSONL, "jsonl", kin_exchange__is_jsonl, kin_exchange__find_jsonl, kin_exchange__import_jsonl },
    { KIN_ANNOTATIONS_OPEN_IMAGES, "openimages", kin_exchange__is_open_images, kin_exchange__find_open_images,
      kin_exchange__import_open_images },
    { KIN_ANNOTATIONS_CSV, "csv", kin_exchange__is_csv, kin_exchange__find_csv, kin_exchange__import_csv },
    { KIN_ANNOTATIONS_FOLDERS, "folders", kin_exchange__is_folders, kin_exchange__find_folders,
      kin_exchange__import_folders },
};

enum { format_count = sizeof formats / sizeof *formats };

static const struct format *format_of(kin_annotation_format format)
{
    for (size_t i = 0; i < format_count; i++)
        if (formats[i].format == format)
            return &formats[i];
    return NULL;
}

const char *kin_annotation_format_name(kin_annotation_format format)
{
    const struct format *found = format_of(format);
    return found ? found->name : "unknown";
}

kin_annotation_format kin_annotation_format_from(const char *name)
{
    for (size_t i = 0; i < format_count; i++)
        if (strcmp(formats[i].name, name) == 0)
            return formats[i].format;
    return KIN_ANNOTATIONS_UNKNOWN;
}

static const struct format *told_by_content(const char *path)
{
    for (size_t i = 0; i < format_count; i++)
        if (formats[i].is(path))
            return &formats[i];
    return NULL;
}

/* What the content does not show a name may: a damaged .json is to be reported as such. */
static const struct format *told_by_name(const char *path)
{
    static const struct {
        const char *extension;
        kin_annotation_format format;
    } names[] = { { ".json", KIN_ANNOTATIONS_COCO },   { ".csv", KIN_ANNOTATIONS_CSV },
                  { ".tsv", KIN_ANNOTATIONS_CSV },     { ".yaml", KIN_ANNOTATIONS_YOLO },
                  { ".yml", KIN_ANNOTATIONS_YOLO },    { ".data", KIN_ANNOTATIONS_YOLO },
                  { ".jsonl", KIN_ANNOTATIONS_JSONL }, { ".ndjson", KIN_ANNOTATIONS_JSONL },
                  { ".xml", KIN_ANNOTATIONS_CVAT } };
    const char *extension = kin_path_extension(path);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(extension, names[i].extension) == 0)
            return format_of(names[i].format);
    return NULL;
}

/* A folder may be of a format itself (VOC files, class folders), or hold one file of annotations with a usual name. */
static int look_into_folder(kin_exchange__import *im, const struct format *forced, const struct format **out,
                            kin_error *err)
{
    char name[PATH_MAX];
    size_t count = 0;
    const struct format *found = NULL;
    for (size_t i = 0; i < format_count && !found; i++)
        if ((!forced || forced == &formats[i]) && formats[i].is(im->path))
            found = &formats[i];
    if (found) {
        *out = found;
        return KIN_OK;
    }
    for (size_t i = 0; i < format_count && count == 0; i++) {
        if (forced && forced != &formats[i])
            continue;
        found = &formats[i];
        count = found->find(im->path, name, sizeof name);
    }
    if (count > 1)
        return kin_fail(err, KIN_E_NOTFOUND,
                        "%.100s holds several files of annotations, %.60s among them; name the one", im->path, name);
    if (count == 0)
        return kin_fail(err, KIN_E_NOTFOUND,
                        "%s holds no annotations that are known by their names; name the file itself", im->path);
    if (strcmp(name, ".") != 0)
        im->path = kin_path_join(&im->kept, im->path, name);
    *out = found;
    return im->path ? KIN_OK : kin_fail_memory(err);
}

/* The format of im->path, which may become a file in the folder that it was. */
static int choose_format(kin_exchange__import *im, const struct format **out, kin_error *err)
{
    char name[256];
    const struct format *format = format_of(im->options.format);
    *out = format;
    if (kin_file_is_folder(im->path)) {
        bool yolo = (!format || format->format == KIN_ANNOTATIONS_YOLO) &&
                    kin_exchange__find_yolo(im->path, name, sizeof name) == 1;
        if (yolo) {
            *out = format_of(KIN_ANNOTATIONS_YOLO);
            im->path = kin_path_join(&im->kept, im->path, name);
            return im->path ? KIN_OK : kin_fail_memory(err);
        }
        return format && format->format == KIN_ANNOTATIONS_FOLDERS ? KIN_OK : look_into_folder(im, format, out, err);
    }
    if (!kin_file_exists(im->path))
        return kin_fail(err, KIN_E_NOTFOUND, "there is no file %s", im->path);
    if (format && format->format == KIN_ANNOTATIONS_FOLDERS)
        return kin_fail(err, KIN_E_USAGE, "%s is a file, a folder of class folders is wanted", im->path);
    if (!*out)
        *out = told_by_content(im->path);
    if (!*out)
        *out = told_by_name(im->path);
    return *out ? KIN_OK
                : kin_fail(err, KIN_E_FORMAT,
                           "%s is in no known format: COCO, Label Studio, CVAT, Pascal VOC, YOLO, JSON Lines, Open "
                           "Images and CSV are read",
                           im->path);
}

int kin_import_annotations(const char *path, const char *folder, const kin_import_options *options,
                           const kin_annotation_sink *sink, kin_import_summary *summary, kin_error *err)
{
    static const kin_import_options usual = KIN_IMPORT_OPTIONS_INIT;
    kin_exchange__import *im = calloc(1, sizeof *im);
    if (!im)
        return kin_fail_memory(err);
    *im = (kin_exchange__import) { .path = path, .folder = folder, .sink = *sink };
    im->options = options ? *options : usual;
    const struct format *format;
    int code = choose_format(im, &format, err);
    if (code == KIN_OK) {
        im->summary.format = format->format;
        code = kin_exchange__import_begin(im, err);
    }
    if (code == KIN_OK)
        code = format->import(im, err);
    if (summary)
        *summary = im->summary;
    kin_exchange__import_end(im);
    free(im);
    return code;
}

bool kin_annotations_detect(const char *folder, char *path, size_t size, kin_annotation_format *format)
{
    char found[PATH_MAX];
    for (size_t i = 0; i < format_count; i++) {
        size_t count = formats[i].find(folder, found, sizeof found);
        if (count == 0)
            continue;
        if (count > 1 || strlen(found) >= size)
            return false;
        memcpy(path, found, strlen(found) + 1);
        *format = formats[i].format;
        return true;
    }
    return false;
}
