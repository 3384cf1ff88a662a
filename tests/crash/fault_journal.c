#include "fault_journal.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum kind { CONTENT, SIZE, MADE, MADE_FOLDER, GONE, MOVED } kind;

typedef struct entry {
    kind kind;
    dev_t device;
    ino_t inode; /* of the file of CONTENT and SIZE; of the folder of names */
    int fd;      /* our own, of the file */
    off_t at, size;
    char *bytes;       /* that were there; `count` of them */
    size_t count;
    char *path, *to;   /* of names */
    char *saved;       /* another name of the file that went */
    struct entry *before;
} entry;

static entry *last;
static unsigned saved_count;

static void die(const char *doing)
{
    perror(doing);
    abort();
}

static entry *add(kind what)
{
    entry *e = calloc(1, sizeof *e);
    if (!e)
        die("fault journal");
    e->kind = what;
    e->fd = -1;
    e->before = last;
    last = e;
    return e;
}

static void of_file(entry *e, int fd)
{
    char name[64];
    struct stat about;
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    if (fstat(fd, &about) != 0 || (e->fd = open(name, O_RDWR | O_CLOEXEC)) < 0)
        die("fault journal: file");
    e->device = about.st_dev;
    e->inode = about.st_ino;
    e->size = about.st_size;
}

static void of_folder(entry *e, const char *path)
{
    char folder[PATH_MAX];
    struct stat about;
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        die("fault journal: relative path");
    *(slash == folder ? slash + 1 : slash) = '\0';
    if (stat(folder, &about) != 0)
        die("fault journal: folder");
    e->device = about.st_dev;
    e->inode = about.st_ino;
    e->path = strdup(path);
}

static void keep_bytes(entry *e, off_t at, size_t size)
{
    e->at = at;
    if (at >= e->size)
        return;
    e->count = (off_t)size > e->size - at ? (size_t)(e->size - at) : size;
    e->bytes = malloc(e->count);
    if (!e->bytes || pread(e->fd, e->bytes, e->count, at) != (ssize_t)e->count)
        die("fault journal: read");
}

void fault_journal_write(int fd, off_t at, size_t size)
{
    entry *e = add(CONTENT);
    of_file(e, fd);
    keep_bytes(e, at, size);
}

void fault_journal_resize(int fd, off_t size)
{
    entry *e = add(SIZE);
    of_file(e, fd);
    if (size < e->size)
        keep_bytes(e, size, (size_t)(e->size - size));
}

void fault_journal_create(const char *path, bool folder)
{
    of_folder(add(folder ? MADE_FOLDER : MADE), path);
}

/* Another name in the same folder keeps the file; the test takes those away. */
static void save(entry *e, const char *path)
{
    char name[PATH_MAX + 32];
    (void)snprintf(name, sizeof name, "%s.fault-%d-%u", path, (int)getpid(), saved_count++);
    if (link(path, name) == 0)
        e->saved = strdup(name);
}

void fault_journal_unlink(const char *path)
{
    if (access(path, F_OK) != 0)
        return;
    entry *e = add(GONE);
    of_folder(e, path);
    save(e, path);
}

void fault_journal_rename(const char *from, const char *to)
{
    entry *e = add(MOVED);
    of_folder(e, from);
    e->to = strdup(to);
    save(e, to);
}

static void drop(entry *e)
{
    if (e->fd >= 0)
        (void)close(e->fd);
    if (e->saved)
        (void)fault_real_unlink(e->saved);
    free(e->bytes);
    free(e->path);
    free(e->to);
    free(e->saved);
    free(e);
}

void fault_journal_synced(int fd)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return;
    for (entry **at = &last; *at;) {
        entry *e = *at;
        bool name = e->kind >= MADE;
        if (e->device != about.st_dev || e->inode != about.st_ino || name != (bool)S_ISDIR(about.st_mode)) {
            at = &e->before;
            continue;
        }
        *at = e->before;
        drop(e);
    }
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

static void undo(const entry *e)
{
    if (e->kind <= SIZE && (fault_real_ftruncate(e->fd, e->size) != 0 ||
                            (e->count && fault_real_pwrite(e->fd, e->bytes, e->count, e->at) != (ssize_t)e->count)))
        die("fault journal: undo");
    if (e->kind == MADE)
        (void)fault_real_unlink(e->path);
    else if (e->kind == MADE_FOLDER)
        (void)nftw(e->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    else if (e->kind == GONE && e->saved)
        (void)fault_real_rename(e->saved, e->path);
    else if (e->kind == MOVED) {
        (void)fault_real_rename(e->to, e->path);
        if (e->saved)
            (void)fault_real_rename(e->saved, e->to);
    }
}

void fault_journal_undo(void)
{
    for (const entry *e = last; e; e = e->before)
        undo(e);
    last = NULL;
}
