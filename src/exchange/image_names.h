#ifndef KIN_IMAGE_NAMES_H
#define KIN_IMAGE_NAMES_H
/* What the names of files and folders in a data set tell. */

#include "kin/status.h"

/* Does the name end like an image file (.jpg, .PNG, ...)? */
bool kin_exchange__is_image_name(const char *path);

/* "train", "val" or "test" where a folder is called one of the usual names for these parts of a data set; else NULL. */
const char *kin_exchange__split_name(const char *folder);

/* Is a folder's name one under which images of any class are kept (images, photos, data, train2017, 2024-05-01), so
 * that it is no class? */
bool kin_exchange__is_generic_name(const char *folder);

#endif
