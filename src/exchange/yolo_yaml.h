#ifndef KIN_YOLO_YAML_H
#define KIN_YOLO_YAML_H
/* The data.yaml of an Ultralytics data set. */

#include "base/arena.h"
#include "kin/status.h"

enum { kin_exchange__splits = 3 };

typedef struct kin_exchange__yolo_set {
    const char *path; /* NULL: not said */
    /* Folders or lists of images of train, val and test, in this order. */
    const char **entries[kin_exchange__splits];
    size_t entry_count[kin_exchange__splits];
    const char **names; /* by class id; NULL: a gap */
    size_t name_count;
} kin_exchange__yolo_set;

/* Reads the keys path, train, val, test and names; all else is passed over. The texts are from the arena. KIN_E_FORMAT
 * with the line where this is no YAML, or a key is not what it should be; names and one of the splits must be there.
 * Aliases (*x) are refused. At most 4 MiB and 100,000 classes. */
int kin_exchange__yolo_read(kin_arena *arena, const char *path, kin_exchange__yolo_set *out, kin_error *err);

#endif
