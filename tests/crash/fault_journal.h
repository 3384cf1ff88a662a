#ifndef FAULT_JOURNAL_H
#define FAULT_JOURNAL_H
/* What was changed and not synced yet, in the order in which it was: a power cut may lose all of it. A file's content
 * is safe once it is synced, a name once its folder is. Names are absolute paths. Not for several threads at once. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Before a write to an open file, or before it is cut or grown to `size`: keeps what is there. */
void fault_journal_write(int fd, off_t at, size_t size);
void fault_journal_resize(int fd, off_t size);

/* Before a name is made, goes, or replaces another. */
void fault_journal_create(const char *path, bool folder);
void fault_journal_unlink(const char *path);
void fault_journal_rename(const char *from, const char *to);

/* The file or folder behind fd is safe now. */
void fault_journal_synced(int fd);

/* Takes it all back, the last change first. */
void fault_journal_undo(void);

/* The C library's own functions, for the journal's own work. */
extern ssize_t (*fault_real_pwrite)(int fd, const void *data, size_t size, off_t at);
extern int (*fault_real_ftruncate)(int fd, off_t size);
extern int (*fault_real_unlink)(const char *path);
extern int (*fault_real_rename)(const char *from, const char *to);

#endif
