#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, const char *path, size_t most, kin_buffer *out, kin_error *err)
{
    char chunk[65536];
    size_t got = 0;
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return kin_fail_errno(err, "read", path);
        if (n == 0)
            return out->failed ? kin_fail_memory(err) : KIN_OK;
        got += (size_t)n;
        if (got > most) /* it grew while being read, or is no regular file */
            return kin_fail(err, KIN_E_LIMIT, "%s is larger than the limit of %zu bytes", path, most);
        kin_buffer_append(out, chunk, (size_t)n);
    }
}

int kin_file_read(const char *path, size_t most, kin_buffer *out, kin_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return kin_fail_errno(err, "open", path);
    struct stat info;
    int code;
    if (fstat(fd, &info) != 0)
        code = kin_fail_errno(err, "read", path);
    else if (S_ISDIR(info.st_mode))
        code = kin_fail(err, KIN_E_USAGE, "%s is a folder, a file is wanted", path);
    else if (S_ISREG(info.st_mode) && (uint64_t)info.st_size > most)
        code = kin_fail(err, KIN_E_LIMIT, "%s has %lld bytes, more than the limit of %zu", path,
                        (long long)info.st_size, most);
    else
        code = read_all(fd, path, most, out, err);
    close(fd);
    return code;
}

int kin_file_read_head(const char *path, size_t most, kin_buffer *out, kin_error *err)
{
    char chunk[65536];
    ssize_t n = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC), code = KIN_OK;
    if (fd < 0)
        return kin_fail_errno(err, "open", path);
    while (code == KIN_OK && most && n) {
        n = read(fd, chunk, most < sizeof chunk ? most : sizeof chunk);
        if (n > 0) {
            kin_buffer_append(out, chunk, (size_t)n);
            most -= (size_t)n;
        } else if (n < 0 && errno != EINTR)
            code = kin_fail_errno(err, "read", path);
    }
    close(fd);
    return code == KIN_OK && out->failed ? kin_fail_memory(err) : code;
}

static int write_all(int fd, const char *path, const char *data, size_t size, kin_error *err)
{
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return kin_fail_errno(err, "write", path);
        data += n;
        size -= (size_t)n;
    }
    return fsync(fd) == 0 ? KIN_OK : kin_fail_errno(err, "sync", path);
}

static int sync_parent(const char *path, kin_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return kin_file_sync_folder(".", err);
    kin_arena arena = KIN_ARENA_INIT;
    char *folder = kin_arena_copy(&arena, path, slash == path ? 1 : (size_t)(slash - path));
    int code = folder ? kin_file_sync_folder(folder, err) : kin_fail_memory(err);
    kin_arena_clear(&arena);
    return code;
}

int kin_file_replace(const char *path, const void *data, size_t size, kin_error *err)
{
    kin_buffer name = KIN_BUFFER_INIT;
    kin_buffer_printf(&name, "%s.new", path);
    if (name.failed) {
        kin_buffer_clear(&name);
        return kin_fail_memory(err);
    }
    int code;
    int fd = open(name.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        code = kin_fail_errno(err, "write", name.data);
        goto out;
    }
    code = write_all(fd, name.data, data, size, err);
    if (close(fd) != 0 && code == KIN_OK)
        code = kin_fail_errno(err, "write", name.data);
    if (code == KIN_OK && rename(name.data, path) != 0)
        code = kin_fail_errno(err, "replace", path);
    if (code != KIN_OK)
        unlink(name.data);
    else
        code = sync_parent(path, err);
out:
    kin_buffer_clear(&name);
    return code;
}

bool kin_file_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool kin_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

int kin_file_stamp(const char *path, int64_t *bytes, int64_t *mtime_ns, kin_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return kin_fail_errno(err, "open", path);
    *bytes = (int64_t)info.st_size;
    *mtime_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
    return KIN_OK;
}

bool kin_file_readable(const char *path)
{
    return access(path, R_OK) == 0;
}

/* Makes it where it is missing, and lasting. */
static int make_one_folder(const char *path, kin_error *err)
{
    if (mkdir(path, 0777) == 0)
        return sync_parent(path, err);
    return errno == EEXIST ? KIN_OK : kin_fail_errno(err, "make folder", path);
}

int kin_file_make_folder(const char *path, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    char *part = kin_arena_string(&arena, path);
    int code = part ? KIN_OK : kin_fail_memory(err);
    for (char *c = part; code == KIN_OK && *c; c++) {
        if (c[1] != '/' && c[1] != '\0')
            continue;
        char keep = c[1];
        c[1] = '\0'; /* now `part` ends behind this part of the path */
        code = make_one_folder(part, err);
        c[1] = keep;
    }
    if (code == KIN_OK && !kin_file_is_folder(path))
        code = kin_fail(err, KIN_E_IO, "%s is in the way: a file, where a folder is wanted", path);
    kin_arena_clear(&arena);
    return code;
}

int kin_file_sync_folder(const char *path, kin_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return kin_fail_errno(err, "open", path);
    /* Some file systems cannot sync a folder (EINVAL): nothing more can be done there. */
    int code = fsync(fd) == 0 || errno == EINVAL ? KIN_OK : kin_fail_errno(err, "sync", path);
    close(fd);
    return code;
}

int kin_file_lock(const char *path, int *descriptor, long *holder, kin_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return kin_fail_errno(err, "open", path);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl(fd, F_SETLK, &lock) == 0) {
        *descriptor = fd;
        return KIN_OK;
    }
    int number = errno;
    if (number == EACCES || number == EAGAIN) {
        *holder = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? (long)lock.l_pid : 0;
        close(fd);
        return kin_fail(err, KIN_E_BUSY, "%s is locked by process %ld; wait until it has finished", path, *holder);
    }
    errno = number;
    int code = kin_fail_errno(err, "lock", path);
    close(fd);
    return code;
}

void kin_file_unlock(int descriptor)
{
    if (descriptor >= 0)
        close(descriptor);
}
