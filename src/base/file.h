#ifndef KIN_FILE_H
#define KIN_FILE_H
/* Files and paths. Paths are byte strings with '/' between parts. */

#include "base/arena.h"
#include "base/buffer.h"
#include "kin/status.h"

/* Appends the whole file to *out. KIN_E_LIMIT, before reading, where it is larger than `most` bytes. */
int kin_file_read(const char *path, size_t most, kin_buffer *out, kin_error *err);

/* Appends the first `most` bytes of the file, or all where it has fewer. */
int kin_file_read_head(const char *path, size_t most, kin_buffer *out, kin_error *err);

/* Replaces the file in one step: writes path + ".new", syncs it, renames it over path, syncs the folder. A reader sees
 * the old content or the new, never a part. */
int kin_file_replace(const char *path, const void *data, size_t size, kin_error *err);

bool kin_file_is_folder(const char *path);
bool kin_file_exists(const char *path);
bool kin_file_readable(const char *path); /* by this process, as far as permissions tell */

/* Size and time of last change (ns since 1970 UTC) of a file. */
int kin_file_stamp(const char *path, int64_t *bytes, int64_t *mtime_ns, kin_error *err);

/* mkdir -p; what it makes survives a crash. */
int kin_file_make_folder(const char *path, kin_error *err);

/* fsync of a folder, so that a file made or renamed in it survives a crash. */
int kin_file_sync_folder(const char *path, kin_error *err);

/* "a/b" from "a" and "b" ("b" where a is "" or "."), from the arena; NULL where there is no memory. */
char *kin_path_join(kin_arena *arena, const char *folder, const char *name);

/* The part after the last '/'. Points into path. */
const char *kin_path_base(const char *path);

/* The last '.' and what follows in the base name, or "" at its end. Points into path. */
const char *kin_path_extension(const char *path);

/* Brings a relative path from a file that somebody else wrote into the one spelling under which assets are known: no
 * "." parts, no doubled or leading "./", '\\' as '/'. NULL where it is empty, absolute or climbs out by "..": such a
 * path is refused. The rest is from the arena. */
char *kin_path_inside(kin_arena *arena, const char *path);

typedef struct kin_file_info {
    const char *path; /* relative to the folder walked */
    int64_t bytes;
    int64_t mtime_ns;
} kin_file_info;

/* Calls visit for every regular file below `folder`, in byte order of the paths so that runs repeat. Names that begin
 * with '.' are passed over. A link to a file or folder is followed only where its target lies inside `folder`; links
 * that lead out, or that would loop, are passed over. visit returns KIN_OK to go on; anything else ends the walk and
 * is returned. A subfolder that cannot be read is reported through `unreadable` (path, reason; may be NULL). */
typedef struct kin_walk {
    int (*visit)(void *user, const kin_file_info *file, kin_error *err);
    void (*unreadable)(void *user, const char *path, const char *reason);
    void *user;
} kin_walk;

int kin_file_walk(const char *folder, const kin_walk *walk, kin_error *err);

/* An exclusive lock on a file (made where missing), held until close and dropped by the system when the process dies.
 * KIN_E_BUSY where another process holds it; *holder then gets its process id, 0 where not known. */
int kin_file_lock(const char *path, int *descriptor, long *holder, kin_error *err);
void kin_file_unlock(int descriptor);

#endif
