#ifndef KIN_TYPES_H
#define KIN_TYPES_H
/* The few plain types that several modules share. */

#include "kin/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An axis-parallel box in pixels of the upright image (EXIF orientation applied, full resolution):
 * left, top, width, height; the origin is the image's top left corner, pixel centres lie at .5. */
typedef struct kin_box {
    double x, y, w, h;
} kin_box;

/* One key = value of an item. Both borrowed from whoever filled it in; UTF-8. */
typedef struct kin_attribute {
    const char *key;
    const char *value;
} kin_attribute;

/* How long work reports, and is stopped. Any member may be NULL. All are called on the thread that called the
 * long-working function, never from its workers. */
typedef struct kin_watch {
    void *user;
    /* `done` of `total` (0: not known) steps of the stage `what` ("describe") are finished. Called often: the callee
     * limits how often it shows. */
    void (*progress)(void *user, const char *what, uint64_t done, uint64_t total);
    /* One line about one thing that was skipped or rejected; it is recorded and counted as well. */
    void (*note)(void *user, const char *line);
    /* True: finish the current batch, keep it, and return KIN_E_STOPPED. */
    bool (*stop)(void *user);
} kin_watch;

#ifdef __cplusplus
}
#endif
#endif
