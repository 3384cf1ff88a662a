#ifndef KIN_FIND_ANNOTATIONS_H
#define KIN_FIND_ANNOTATIONS_H
/* Where annotations lie in a data set's folder, and what a file's beginning shows it to be. */

#include "kin/status.h"

/* Each looks for candidates of its format in `folder` and returns how many there are, 2 for more; the first one's path,
 * relative to the folder, in path[size]. */
size_t kin_exchange__find_folders(const char *folder, char *path, size_t size);
size_t kin_exchange__find_csv(const char *folder, char *path, size_t size);
size_t kin_exchange__find_coco(const char *folder, char *path, size_t size);
size_t kin_exchange__find_yolo(const char *folder, char *path, size_t size);

/* Is this the format of the file (for folders: folder) at `path`? */
bool kin_exchange__is_folders(const char *path);
bool kin_exchange__is_csv(const char *path);
bool kin_exchange__is_coco(const char *path);
bool kin_exchange__is_yolo(const char *path);

/* Do all folders in `folder`, of which there is one at least, have the names of parts of a data set (train, val)? */
bool kin_exchange__has_split_folders(const char *folder);

#endif
