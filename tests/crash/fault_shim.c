/* Loaded before the C library (LD_PRELOAD): counts the calls that change files below a folder, and has one of them
 * fail, or the process end at it.
 *
 *   FAULT_FOLDER  absolute path; files whose names end in -shm are passed over: SQLite makes that one anew
 *   FAULT_AT      the number of the call, from 1; 0 or missing: only counts
 *   FAULT_KIND    eio     it fails once
 *                 full    it and all later calls that need room fail with ENOSPC
 *                 short   of a write only a half is done, and said so; later ones fail with ENOSPC
 *                 torn    of a write a half is done, then the process is killed
 *                 before, after   the process is killed before or after the call
 *                 lost    killed before it, and what was not synced is lost: a power cut
 *                 cut     the same just after the process has ended by itself
 *   FAULT_LOG     file that gets the number of calls at the end of a process that is not killed
 */
#include "fault_journal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

ssize_t (*fault_real_pwrite)(int, const void *, size_t, off_t);
int (*fault_real_ftruncate)(int, off_t);
int (*fault_real_unlink)(const char *);
int (*fault_real_rename)(const char *, const char *);

static struct {
    int (*open)(const char *, int, ...);
    int (*openat)(int, const char *, int, ...);
    int (*close)(int);
    ssize_t (*write)(int, const void *, size_t);
    ssize_t (*writev)(int, const struct iovec *, int);
    int (*fsync)(int);
    int (*fdatasync)(int);
    int (*msync)(void *, size_t, int);
    int (*mkdir)(const char *, mode_t);
    FILE *(*fopen)(const char *, const char *);
} real;

enum { most_files = 4096 };
typedef enum need { FREE, ROOM } need; /* whether the call needs room on the disk */
typedef enum verdict { GO, FAIL, HALF } verdict;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool watched[most_files];
static const char *folder, *kind, *log_name;
static long calls, fault_at;
static bool full, lossy;

static void find(void *target, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    memcpy(target, &found, sizeof found);
}

__attribute__((constructor)) static void begin(void)
{
    find(&fault_real_pwrite, "pwrite64");
    find(&fault_real_ftruncate, "ftruncate64");
    find(&fault_real_unlink, "unlink");
    find(&fault_real_rename, "rename");
    find(&real.open, "open64");
    find(&real.openat, "openat64");
    find(&real.close, "close");
    find(&real.write, "write");
    find(&real.writev, "writev");
    find(&real.fsync, "fsync");
    find(&real.fdatasync, "fdatasync");
    find(&real.msync, "msync");
    find(&real.mkdir, "mkdir");
    find(&real.fopen, "fopen64");
    const char *at = getenv("FAULT_AT");
    folder = getenv("FAULT_FOLDER");
    kind = getenv("FAULT_KIND") ? getenv("FAULT_KIND") : "";
    log_name = getenv("FAULT_LOG");
    fault_at = at ? atol(at) : 0;
    lossy = strcmp(kind, "lost") == 0 || strcmp(kind, "cut") == 0;
}

__attribute__((destructor)) static void finish(void)
{
    if (!log_name || !folder)
        return;
    if (strcmp(kind, "cut") == 0)
        fault_journal_undo();
    FILE *file = real.fopen(log_name, "w");
    if (file) {
        (void)fprintf(file, "%ld\n", calls);
        (void)fclose(file);
    }
}

/* ---- Which files ---- */

static const char *absolute(const char *path, char whole[PATH_MAX])
{
    char here[PATH_MAX];
    if (*path == '/' || !getcwd(here, sizeof here))
        return path;
    (void)snprintf(whole, PATH_MAX, "%.*s/%s", PATH_MAX / 2, here, path[0] == '.' && path[1] == '/' ? path + 2 : path);
    return whole;
}

static bool below(const char *path)
{
    size_t n = folder ? strlen(folder) : 0, length = strlen(path);
    return n && strncmp(path, folder, n) == 0 && (path[n] == '/' || !path[n]) &&
           !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static bool is_watched(int fd)
{
    return fd >= 0 && fd < most_files && watched[fd];
}

/* ---- What happens ---- */

static bool is(const char *name)
{
    return strcmp(kind, name) == 0;
}

static void kill_now(void)
{
    (void)raise(SIGKILL);
    for (;;)
        (void)pause();
}

/* Under the mutex, before a call. */
static verdict next_call(need needs, bool writes)
{
    calls++;
    if (full && needs == ROOM) {
        errno = ENOSPC;
        return FAIL;
    }
    if (calls != fault_at)
        return GO;
    if (is("before"))
        kill_now();
    if (is("lost")) {
        fault_journal_undo();
        kill_now();
    }
    full = is("full") || is("short");
    errno = is("eio") ? EIO : ENOSPC;
    if (is("eio") || (is("full") && needs == ROOM))
        return FAIL;
    return writes && (is("short") || is("torn")) ? HALF : GO;
}

static void after_call(void)
{
    if (calls == fault_at && (is("after") || is("torn")))
        kill_now();
}

/* ---- Writes ---- */

static ssize_t write_at(int fd, const void *data, size_t size, off_t at, bool at_end)
{
    (void)pthread_mutex_lock(&mutex);
    ssize_t done = -1;
    verdict what = next_call(ROOM, true);
    if (what == HALF)
        size = size > 1 ? size / 2 : size;
    if (what != FAIL) {
        if (lossy)
            fault_journal_write(fd, at_end ? lseek(fd, 0, SEEK_CUR) : at, size);
        done = at_end ? real.write(fd, data, size) : fault_real_pwrite(fd, data, size, at);
        int number = errno;
        after_call();
        errno = number;
    }
    (void)pthread_mutex_unlock(&mutex);
    return done;
}

ssize_t write(int fd, const void *data, size_t size)
{
    return is_watched(fd) ? write_at(fd, data, size, 0, true) : real.write(fd, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t at)
{
    return is_watched(fd) ? write_at(fd, data, size, at, false) : fault_real_pwrite(fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    return pwrite64(fd, data, size, at);
}

/* Its parts are calls of their own: what is written in the end is the same. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    ssize_t all = 0;
    if (!is_watched(fd))
        return real.writev(fd, parts, count);
    for (int i = 0; i < count; i++) {
        ssize_t done = parts[i].iov_len ? write_at(fd, parts[i].iov_base, parts[i].iov_len, 0, true) : 0;
        if (done < 0)
            return all ? all : -1;
        all += done;
        if ((size_t)done < parts[i].iov_len)
            break;
    }
    return all;
}

/* ---- Syncs and sizes ---- */

static int sync_by(int fd, int (*how)(int))
{
    if (!is_watched(fd))
        return how(fd);
    (void)pthread_mutex_lock(&mutex);
    int done = -1;
    if (next_call(FREE, false) != FAIL && (done = how(fd)) == 0) {
        if (lossy)
            fault_journal_synced(fd);
        after_call();
    }
    (void)pthread_mutex_unlock(&mutex);
    return done;
}

int fsync(int fd)
{
    return sync_by(fd, real.fsync);
}

int fdatasync(int fd)
{
    return sync_by(fd, real.fdatasync);
}

int msync(void *address, size_t size, int flags)
{
    return real.msync(address, size, flags); /* only of memory that is shared through -shm */
}

int ftruncate64(int fd, off_t size)
{
    if (!is_watched(fd))
        return fault_real_ftruncate(fd, size);
    (void)pthread_mutex_lock(&mutex);
    int done = -1;
    if (next_call(ROOM, false) != FAIL) {
        if (lossy)
            fault_journal_resize(fd, size);
        done = fault_real_ftruncate(fd, size);
        after_call();
    }
    (void)pthread_mutex_unlock(&mutex);
    return done;
}

int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

/* ---- Names ---- */

typedef enum name_change { UNLINK, RENAME, MKDIR } name_change;

static int do_change(name_change what, const char *path, const char *to, mode_t mode)
{
    return what == UNLINK   ? fault_real_unlink(path)
           : what == RENAME ? fault_real_rename(path, to)
                            : real.mkdir(path, mode);
}

static void journal_change(name_change what, const char *path, const char *to)
{
    if (what == UNLINK)
        fault_journal_unlink(path);
    else if (what == RENAME)
        fault_journal_rename(path, to);
    else if (access(path, F_OK) != 0)
        fault_journal_create(path, true);
}

static int change(name_change what, const char *path, const char *to, mode_t mode)
{
    char whole[PATH_MAX], whole_to[PATH_MAX];
    const char *from = absolute(path, whole), *onto = to ? absolute(to, whole_to) : NULL;
    if (!below(from) && !(onto && below(onto)))
        return do_change(what, path, to, mode);
    (void)pthread_mutex_lock(&mutex);
    int done = -1;
    if (next_call(what == MKDIR ? ROOM : FREE, false) != FAIL) {
        if (lossy)
            journal_change(what, from, onto);
        done = do_change(what, path, to, mode);
        int number = errno;
        after_call();
        errno = number;
    }
    (void)pthread_mutex_unlock(&mutex);
    return done;
}

int unlink(const char *path)
{
    return change(UNLINK, path, NULL, 0);
}

int rename(const char *from, const char *to)
{
    return change(RENAME, from, to, 0);
}

int mkdir(const char *path, mode_t mode)
{
    return change(MKDIR, path, NULL, mode);
}

/* ---- Opening ---- */

static int note_open(int fd, const char *path)
{
    if (fd >= 0 && fd < most_files)
        watched[fd] = below(path);
    return fd;
}

/* Only what makes or empties a file is counted. */
static int open_file(int at, const char *path, int flags, mode_t mode)
{
    char whole[PATH_MAX];
    const char *name = absolute(path, whole);
    bool relative = *path != '/' && at != AT_FDCWD;
    if (relative || !below(name))
        return note_open(real.openat(at, path, flags, mode), relative ? "" : name);
    bool makes = (flags & O_CREAT) && access(name, F_OK) != 0;
    if (!makes && !(flags & O_TRUNC))
        return note_open(real.openat(at, path, flags, mode), name);
    (void)pthread_mutex_lock(&mutex);
    int fd = -1;
    if (next_call(ROOM, false) != FAIL) {
        if (lossy && makes) {
            fault_journal_create(name, false);
        } else if (lossy) {
            int old = real.open(name, O_RDWR | O_CLOEXEC);
            if (old >= 0) {
                fault_journal_resize(old, 0);
                (void)real.close(old);
            }
        }
        fd = note_open(real.openat(at, path, flags, mode), name);
        after_call();
    }
    (void)pthread_mutex_unlock(&mutex);
    return fd;
}

static mode_t mode_of(int flags, va_list args)
{
    return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(args, int) : 0;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        va_list args;                                                                                                  \
        va_start(args, flags);                                                                                         \
        mode_t mode = mode_of(flags, args);                                                                            \
        va_end(args);                                                                                                  \
        return open_file(AT_FDCWD, path, flags, mode);                                                                 \
    }

#define OPENAT(name)                                                                                                   \
    int name(int at, const char *path, int flags, ...)                                                                 \
    {                                                                                                                  \
        va_list args;                                                                                                  \
        va_start(args, flags);                                                                                         \
        mode_t mode = mode_of(flags, args);                                                                            \
        va_end(args);                                                                                                  \
        return open_file(at, path, flags, mode);                                                                       \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* What a build with _FORTIFY_SOURCE calls. */
int __open_2(const char *path, int flags)
{
    return open_file(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
    return open_file(AT_FDCWD, path, flags, 0);
}

int close(int fd)
{
    if (fd >= 0 && fd < most_files)
        watched[fd] = false;
    return real.close(fd);
}
