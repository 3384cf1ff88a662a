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
size_t kin_exchange__find_voc(const char *folder, char *path, size_t size);
size_t kin_exchange__find_cvat(const char *folder, char *path, size_t size);
size_t kin_exchange__find_label_studio(const char *folder, char *path, size_t size);
size_t kin_exchange__find_jsonl(const char *folder, char *path, size_t size);
size_t kin_exchange__find_open_images(const char *folder, char *path, size_t size);

/* Is this the format of the file at `path`? Of folders, VOC and JSON Lines also: is the folder itself of it? */
bool kin_exchange__is_folders(const char *path);
bool kin_exchange__is_csv(const char *path);
bool kin_exchange__is_coco(const char *path);
bool kin_exchange__is_yolo(const char *path);
bool kin_exchange__is_voc(const char *path);
bool kin_exchange__is_cvat(const char *path);
bool kin_exchange__is_label_studio(const char *path);
bool kin_exchange__is_jsonl(const char *path);
bool kin_exchange__is_open_images(const char *path);

/* Do all folders in `folder`, of which there is one at least, have the names of parts of a data set (train, val)? */
bool kin_exchange__has_split_folders(const char *folder);

#endif
