#include "web/uploads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int kin_web_random(char *digits, size_t count, kin_error *err)
{
    unsigned char bytes[64];
    count = count > sizeof bytes ? sizeof bytes : count;
    FILE *file = fopen("/dev/urandom", "rb");
    size_t got = file ? fread(bytes, 1, count, file) : 0;
    if (file)
        (void)fclose(file);
    if (got != count)
        return kin_fail_errno(err, "read", "/dev/urandom");
    for (size_t i = 0; i < count; i++)
        (void)snprintf(digits + 2 * i, 3, "%02x", bytes[i]);
    return KIN_OK;
}

int kin_web_uploads_init(kin_web_uploads *uploads, kin_error *err)
{
    memset(uploads, 0, sizeof *uploads);
    return pthread_mutex_init(&uploads->lock, NULL) == 0 ? KIN_OK : kin_fail_memory(err);
}

void kin_web_uploads_clear(kin_web_uploads *uploads)
{
    for (size_t i = 0; i < KIN_WEB_UPLOADS; i++)
        if (uploads->list[i].name[0])
            (void)close(uploads->list[i].descriptor);
    pthread_mutex_destroy(&uploads->lock);
}

static int write_nameless(const char *bytes, size_t size, int *out, kin_error *err)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    int used = snprintf(path, sizeof path, "%s/kin-upload-XXXXXX", folder && *folder ? folder : "/tmp");
    if (used < 0 || (size_t)used >= sizeof path)
        return kin_fail(err, KIN_E_USAGE, "the path of the temporary folder is too long: set TMPDIR to another");
    int descriptor = mkstemp(path);
    if (descriptor < 0)
        return kin_fail_errno(err, "make", path);
    (void)unlink(path);
    (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    while (size > 0) {
        ssize_t n = write(descriptor, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int code = kin_fail_errno(err, "write", path);
            (void)close(descriptor);
            return code;
        }
        bytes += n;
        size -= (size_t)n;
    }
    *out = descriptor;
    return KIN_OK;
}

int kin_web_uploads_add(kin_web_uploads *uploads, const void *bytes, size_t size, char name[KIN_WEB_UPLOAD_NAME],
                        kin_error *err)
{
    char fresh[KIN_WEB_UPLOAD_NAME];
    int descriptor = -1;
    int code = kin_web_random(fresh, (KIN_WEB_UPLOAD_NAME - 1) / 2, err);
    if (code == KIN_OK)
        code = write_nameless(bytes, size, &descriptor, err);
    if (code != KIN_OK)
        return code;
    pthread_mutex_lock(&uploads->lock);
    struct kin_web_upload *place = &uploads->list[uploads->next++ % KIN_WEB_UPLOADS];
    int old = place->name[0] ? place->descriptor : -1;
    memcpy(place->name, fresh, sizeof fresh);
    place->descriptor = descriptor;
    pthread_mutex_unlock(&uploads->lock);
    if (old >= 0)
        (void)close(old);
    memcpy(name, fresh, sizeof fresh);
    return KIN_OK;
}

int kin_web_uploads_open(kin_web_uploads *uploads, const char *name, char path[32], int *descriptor, kin_error *err)
{
    int copy = -1;
    bool there = false;
    pthread_mutex_lock(&uploads->lock);
    for (size_t i = 0; name[0] && i < KIN_WEB_UPLOADS && !there; i++)
        if (strcmp(uploads->list[i].name, name) == 0) {
            there = true;
            copy = fcntl(uploads->list[i].descriptor, F_DUPFD_CLOEXEC, 0);
        }
    pthread_mutex_unlock(&uploads->lock);
    if (!there)
        return kin_fail(err, KIN_E_NOTFOUND, "that picture is no longer kept: send it again");
    if (copy < 0)
        return kin_fail_errno(err, "open", "an uploaded picture");
    (void)snprintf(path, 32, "/dev/fd/%d", copy);
    *descriptor = copy;
    return KIN_OK;
}

void kin_web_uploads_close(int descriptor)
{
    if (descriptor >= 0)
        (void)close(descriptor);
}
