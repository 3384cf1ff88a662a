#ifndef KIN_IMPORT_COMMON_H
#define KIN_IMPORT_COMMON_H
/* What the importers of all formats share: where paths may lead, what a sound annotation is, counting, rejects.
 *
 * To add a format: its three functions in the table of annotation_formats.c and a kin_annotation_format. */

#include "base/arena.h"
#include "kin/exchange.h"

#include <limits.h>

enum { kin_exchange__most_attributes = 256, kin_exchange__where_size = 160, kin_exchange__most_prefixes = 10 };

typedef struct kin_exchange__import {
    const char *path;    /* what is read */
    const char *folder;  /* the data set's, as given */
    char root[PATH_MAX]; /* its real path */
    char *place;         /* the folder that holds `path`, relative to root ("" for root itself); NULL: outside of it */
    kin_import_options options;
    kin_annotation_sink sink;
    kin_import_summary summary;
    kin_arena kept;    /* lives as long as the import */
    kin_arena scratch; /* lives as long as one entry: the importer resets it */
    /* Where the images of a file with bare names may lie, relative to root, in order of preference. */
    const char *prefixes[kin_exchange__most_prefixes];
    size_t prefix_count;
} kin_exchange__import;

/* The importers: im->path is read, each entry goes through kin_exchange__take or kin_exchange__reject. */
int kin_exchange__import_folders(kin_exchange__import *im, kin_error *err);
int kin_exchange__import_csv(kin_exchange__import *im, kin_error *err);
int kin_exchange__import_coco(kin_exchange__import *im, kin_error *err);
int kin_exchange__import_yolo(kin_exchange__import *im, kin_error *err);
int kin_exchange__import_darknet(kin_exchange__import *im, kin_error *err); /* YOLO with an obj.data */
int kin_exchange__import_voc(kin_exchange__import *im, kin_error *err);
int kin_exchange__import_cvat(kin_exchange__import *im, kin_error *err);
int kin_exchange__import_label_studio(kin_exchange__import *im, kin_error *err);
int kin_exchange__import_jsonl(kin_exchange__import *im, kin_error *err);
int kin_exchange__import_open_images(kin_exchange__import *im, kin_error *err);

/* How the four numbers of a box are called where they have names of their own: columns, members of an object. */
typedef struct kin_exchange__box_names {
    const char *names[4];
    bool corners; /* the last two are a corner, not a size */
} kin_exchange__box_names;
enum { kin_exchange__box_name_sets = 5 };
extern const kin_exchange__box_names kin_exchange__box_sets[kin_exchange__box_name_sets];

/* Fills in root, place and prefixes from path, folder and format. Release with _end. */
int kin_exchange__import_begin(kin_exchange__import *im, kin_error *err);
void kin_exchange__import_end(kin_exchange__import *im);

/* Counts an entry that is passed over and tells the sink; KIN_E_FORMAT where the import is strict. */
int kin_exchange__reject(kin_exchange__import *im, kin_error *err, const char *where, const char *why, ...)
    KIN_PRINTF(4, 5);

/* Hands an annotation to the sink and counts it, or rejects it where its box or texts are not sound. */
int kin_exchange__take(kin_exchange__import *im, const kin_annotation *annotation, const char *where, kin_error *err);

/* `path`, absolute or relative to `place` (itself relative to root), with its ".." resolved by name: relative to root,
 * "." for root itself. NULL where it leads out of root or there is no memory. From the scratch arena. */
char *kin_exchange__inside(kin_exchange__import *im, const char *place, const char *path);

typedef enum kin_exchange__presence {
    KIN_EXCHANGE__ABSENT,
    KIN_EXCHANGE__PRESENT,
    KIN_EXCHANGE__OUTSIDE /* a link leads out of root */
} kin_exchange__presence;

kin_exchange__presence kin_exchange__presence_of(kin_exchange__import *im, const char *relative);

/* The image that a file names: looked for under the prefixes, else as it stands. *out is NULL where it was rejected;
 * else from the scratch arena. */
int kin_exchange__image_path(kin_exchange__import *im, const char *given, const char *where, const char **out,
                             kin_error *err);

/* The same of several names that an image may have: the first that is there under a prefix counts, else `otherwise` as
 * it stands. Names that lead out of the folder are none. */
int kin_exchange__image_among(kin_exchange__import *im, const char *const *names, size_t n, const char *otherwise,
                              const char *where, const char **out, kin_error *err);

typedef struct kin_exchange__attributes {
    kin_attribute list[kin_exchange__most_attributes];
    size_t count;
} kin_exchange__attributes;

/* Borrows both texts. Without effect where the value is empty or the key is there already. False where it is full. */
bool kin_exchange__attribute(kin_exchange__attributes *attributes, const char *key, const char *value);

#endif
