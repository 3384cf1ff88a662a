#ifndef KIN_UPLOADS_H
#define KIN_UPLOADS_H
/* Pictures that clients sent to search with. Each is a file without a name, so that nothing is left behind however the
 * server ends; only the latest are kept. Thread-safe. */

#include "kin/status.h"

#include <pthread.h>

enum { KIN_WEB_UPLOADS = 16, KIN_WEB_UPLOAD_NAME = 33 };

typedef struct kin_web_uploads {
    pthread_mutex_t lock;
    struct kin_web_upload {
        char name[KIN_WEB_UPLOAD_NAME]; /* "": none here */
        int descriptor;
    } list[KIN_WEB_UPLOADS];
    size_t next;
} kin_web_uploads;

int kin_web_uploads_init(kin_web_uploads *uploads, kin_error *err);
void kin_web_uploads_clear(kin_web_uploads *uploads);

int kin_web_uploads_add(kin_web_uploads *uploads, const void *bytes, size_t size, char name[KIN_WEB_UPLOAD_NAME],
                        kin_error *err);

/* A path under which this process can open it until kin_web_uploads_close(descriptor). KIN_E_NOTFOUND. */
int kin_web_uploads_open(kin_web_uploads *uploads, const char *name, char path[32], int *descriptor, kin_error *err);
void kin_web_uploads_close(int descriptor);

/* `count` random bytes of the system as 2 * count digits and a NUL. */
int kin_web_random(char *digits, size_t count, kin_error *err);

#endif
