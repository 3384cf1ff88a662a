#ifndef KIN_STUDIO_IMAGE_H
#define KIN_STUDIO_IMAGE_H
/* Which image of the data set a Label Studio task is about: it names it by a web address, by a path that its server
 * knows, or as it was uploaded. */

#include "exchange/import_common.h"

#include <cjson/cJSON.h>

/* The member of a task's data that names its image; NULL where none does. */
const cJSON *kin_exchange__studio_image_of(const cJSON *data);

/* The image behind such a name, which is looked for by ever fewer of its last parts; where there is none it comes out
 * by its file name. *out is NULL where it was rejected; from the scratch arena. */
int kin_exchange__studio_path(kin_exchange__import *im, const char *name, const char *where, const char **out,
                              kin_error *err);

#endif
