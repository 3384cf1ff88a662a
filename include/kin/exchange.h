#ifndef KIN_EXCHANGE_H
#define KIN_EXCHANGE_H
/* Annotations in. Files are streamed: kept are what tells an image from others (its name, or a hash of it), the
 * categories, and 16 to 32 bytes a shape, by which a shape id that comes twice is noticed. What is not a known field
 * becomes an attribute. */

#include "kin/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One image, or one shape on it, as read. All pointers are borrowed until the callback returns. The attributes of an
 * image are not repeated on its shapes. */
typedef struct kin_annotation {
    const char *path;  /* the image, relative to the data set's folder (kin's spelling: '/' between parts) */
    const char *shape; /* the shape's id in the file, unique on its image; NULL: this is the image itself */
    const char *label; /* NULL: none */
    kin_box box;       /* shapes only; see `relative` */
    bool relative;     /* box in fractions 0..1 of the image (YOLO) instead of pixels */
    int width, height; /* of the image, as the file says; 0: it does not */
    const kin_attribute *attributes;
    size_t attribute_count;
} kin_annotation;

typedef enum kin_annotation_format {
    KIN_ANNOTATIONS_UNKNOWN = 0,
    KIN_ANNOTATIONS_FOLDERS, /* class/name.jpg: the folder that holds the image is its label */
    KIN_ANNOTATIONS_CSV,
    KIN_ANNOTATIONS_COCO,
    KIN_ANNOTATIONS_YOLO,
    KIN_ANNOTATIONS_VOC,          /* Pascal VOC: an XML file an image */
    KIN_ANNOTATIONS_CVAT,         /* CVAT XML 1.1 */
    KIN_ANNOTATIONS_LABEL_STUDIO, /* its JSON, or JSON-MIN */
    KIN_ANNOTATIONS_JSONL,        /* JSON Lines, Hugging Face's metadata.jsonl */
    KIN_ANNOTATIONS_OPEN_IMAGES   /* CSV of boxes */
} kin_annotation_format;

/* "folders", "csv", "coco", "yolo", "voc", "cvat", "labelstudio", "jsonl", "openimages"; and back (UNKNOWN where there
 * is none). */
const char *kin_annotation_format_name(kin_annotation_format format);
kin_annotation_format kin_annotation_format_from(const char *name);

typedef struct kin_import_options {
    kin_annotation_format format; /* UNKNOWN: told by the content */
    bool strict;                  /* the first reject ends the import as KIN_E_FORMAT */
    const char *label_column;     /* CSV, JSON Lines: what holds the label; NULL: label, class, category, class_name */
} kin_import_options;

#define KIN_IMPORT_OPTIONS_INIT                                                                                        \
    {                                                                                                                  \
        KIN_ANNOTATIONS_UNKNOWN, false, NULL                                                                           \
    }

/* Receives what is read, in file order; an image comes before its shapes. (In a CSV of shapes an image whose own row
 * follows later is taken a second time, then with its label and attributes.) A non-zero return of take ends the import
 * and is returned. reject is told of each entry that was passed over: where ("line 12", "annotations[17].bbox",
 * "labels/a.txt:3") and what was expected there; it may be NULL. */
typedef struct kin_annotation_sink {
    int (*take)(void *user, const kin_annotation *annotation, kin_error *err);
    void (*reject)(void *user, const char *where, const char *why);
    void *user;
} kin_annotation_sink;

typedef struct kin_import_summary {
    kin_annotation_format format;
    uint64_t images, shapes, rejects;
} kin_import_summary;

/* Reads annotations from `path`: a file of any of the formats, or a folder of VOC files, of metadata.jsonl files, of
 * class folders, or in which one file of annotations has a usual name.
 * `folder` is the data set's folder: paths come out relative to it, and an entry that leads out of it (`..`, absolute,
 * by a link) is rejected. A path is looked for in the folder, beside the file, and in images/ of both (COCO: for
 * instances_X.json in X/ and images/X/ too; JSON Lines: beside the file first; VOC: in JPEGImages/ of both and of the
 * folder above the file's; Open Images: in data/ there); where there is no such image it comes out as it stands.
 *
 * Boxes are taken as they are written: x and width are xmin and xmax - xmin in every format, so that one shape is the
 * same box in all of them. (VOC's own are the first and last pixel, counted from 1: at most a pixel from that.)
 * Polygons, masks, ellipses and boxes that are turned are taken by their bounding boxes; those have an attribute
 * `rotation` in degrees, clockwise. What has no box (a key point, a brush mask of Label Studio) is a reject.
 *
 * COCO: shape ids are the annotations' ids. Other scalar keys of an image or annotation and of an `attributes` object
 *   become attributes, so does iscrowd where it is 1; area, keypoints, licence and URLs do not.
 * CSV: the image is in `path` (or file_name, filename, image_path, image, file), the label see label_column, the id of
 *   the shape in `shape`, `shape_id`, `annotation_id` or `id`, else the row's number (1: the first below the header).
 *   Rows are shapes where there are x,y,w,h or x,y,width,height or xmin,ymin,xmax,ymax (also x_min ..., x1,y1,x2,y2),
 *   in pixels; a row with these cells empty is the image itself. image_width,image_height (width,height where they are
 *   not the box's) are the image's. All other columns with a name are attributes.
 * JSON Lines: the same keys, one object a line; also bbox: [x, y, w, h], and objects: {bbox, categories, ...} of arrays
 *   side by side, or an array of objects; ids of these are their `id`, else their places from 1.
 * YOLO: shape ids are line numbers. Polygons and oriented boxes are taken by their bounding box; without a label file
 *   the image has no shapes; a label file without an image is a reject. Attribute `split`: train, val, test. Also
 *   Darknet's obj.data, with labels where its lists say the images are.
 * VOC: ids are the objects' places from 1. The image is <filename>, else what is called like the XML file. pose,
 *   truncated, difficult and the like become attributes. In a folder XML files that are no VOC are passed over.
 * CVAT: ids are places on the image from 1. The first <tag> is the image's label, others are attributes of its name.
 *   Of a <track> each box that is written is a shape of frame_NNNNNN (.png or .jpg), its id the track's; nothing is
 *   interpolated, and boxes marked `outside` are none.
 * Label Studio: ids are the regions'. The image is told by the last parts of its address. Of several annotations of a
 *   task none that was cancelled counts, then a ground truth, then the one updated last; predictions do not. The first
 *   choices about the image are its label, all else that was chosen is an attribute by its from_name; who did it is
 *   `annotator`. In JSON-MIN ids are places from 1, and the first entry of an image counts.
 * Open Images: ids are a box's place among its image's rows. LabelName is replaced by its name in a file called
 *   *class-descriptions*.csv or classes.csv beside it or in the data set's folder (annotations/, metadata/ too).
 * Folders: the folder that holds an image is its label; outer ones called train, val, test are the attribute `split`.
 *
 * A file that is cut off or damaged is KIN_E_FORMAT with the place, after all before it was taken; one of a folder of
 * VOC files is a reject. *summary (may be NULL) is filled in also on failure. */
int kin_import_annotations(const char *path, const char *folder, const kin_import_options *options,
                           const kin_annotation_sink *sink, kin_import_summary *summary, kin_error *err);

/* Looks for annotations that lie in a data set's folder under their usual names, in this order: YOLO's data.yaml or
 * obj.data; COCO's annotations/instances*.json or _annotations.coco.json; CVAT's annotations.xml; Label Studio's
 * project-*.json; VOC's XML files in Annotations/, or beside the images; metadata.jsonl; Open Images'
 * *-annotations-bbox.csv; labels.csv; class folders. Writes the path, relative to the folder ("." for the folder
 * itself), into path[size]. False where there are none, or several of the best kind. */
bool kin_annotations_detect(const char *folder, char *path, size_t size, kin_annotation_format *format);

#ifdef __cplusplus
}
#endif
#endif
