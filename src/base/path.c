/* Paths, and the walk over a folder. The walk reads each folder whole and sorts it, so that two runs over the same tree
 * meet the files in the same order; a folder reached by a link is entered only where its real path lies inside the root
 * and is not one of the folders above it. */
#include "base/checked.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { deepest = 64 };

char *kin_path_join(kin_arena *arena, const char *folder, const char *name)
{
    if (folder[0] == '\0' || strcmp(folder, ".") == 0)
        return kin_arena_string(arena, name);
    size_t a = strlen(folder), b = strlen(name);
    char *path = kin_arena_alloc(arena, a + b + 2);
    if (!path)
        return NULL;
    memcpy(path, folder, a);
    if (path[a - 1] != '/')
        path[a++] = '/';
    memcpy(path + a, name, b + 1);
    return path;
}

const char *kin_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *kin_path_extension(const char *path)
{
    const char *base = kin_path_base(path), *dot = strrchr(base, '.');
    return dot && dot != base ? dot : base + strlen(base);
}

char *kin_path_inside(kin_arena *arena, const char *path)
{
    char *out = kin_arena_alloc(arena, strlen(path) + 1);
    if (!out || path[0] == '/' || path[0] == '\\')
        return NULL;
    char *end = out;
    for (const char *p = path; *p;) {
        size_t n = strcspn(p, "/\\");
        if (n == 2 && p[0] == '.' && p[1] == '.')
            return NULL;
        if (n && !(n == 1 && p[0] == '.')) {
            if (end != out)
                *end++ = '/';
            memcpy(end, p, n);
            end += n;
        }
        p += n + (p[n] != '\0');
    }
    *end = '\0';
    return end == out ? NULL : out;
}

typedef struct walker {
    const kin_walk *walk;
    char root[PATH_MAX];        /* real path of the folder walked */
    const char *above[deepest]; /* real paths of the folders being walked, outermost first */
    size_t depth;
} walker;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool lies_inside(const char *root, const char *path)
{
    size_t n = strlen(root);
    return strcmp(root, "/") == 0 || (strncmp(root, path, n) == 0 && (path[n] == '/' || path[n] == '\0'));
}

static bool enterable(const walker *w, const char *real)
{
    if (!lies_inside(w->root, real) || w->depth >= deepest)
        return false;
    for (size_t i = 0; i < w->depth; i++)
        if (strcmp(w->above[i], real) == 0)
            return false;
    return true;
}

static void report_unreadable(const walker *w, const char *path)
{
    if (w->walk->unreadable)
        w->walk->unreadable(w->walk->user, path, strerror(errno));
}

/* The names in one folder, sorted, from the arena. */
static int list_folder(DIR *folder, kin_arena *arena, char ***names, size_t *count, kin_error *err)
{
    char **list = NULL;
    size_t capacity = 0, n = 0;
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        if (!KIN_GROW(&list, &capacity, n + 1))
            break;
        list[n] = kin_arena_string(arena, entry->d_name);
        if (!list[n])
            break;
        n++;
    }
    if (entry) {
        free(list);
        return kin_fail_memory(err);
    }
    if (n)
        qsort(list, n, sizeof *list, by_name);
    *names = list;
    *count = n;
    return KIN_OK;
}

static int walk_folder(walker *w, const char *full, const char *relative, kin_error *err);

static int walk_entry(walker *w, kin_arena *arena, const char *full, const char *relative, kin_error *err)
{
    struct stat link, info;
    char real[PATH_MAX];
    if (lstat(full, &link) != 0 || stat(full, &info) != 0) {
        report_unreadable(w, relative);
        return KIN_OK;
    }
    bool is_folder = S_ISDIR(info.st_mode);
    if (is_folder || S_ISLNK(link.st_mode)) {
        if (!realpath(full, real)) {
            report_unreadable(w, relative);
            return KIN_OK;
        }
        if (is_folder ? !enterable(w, real) : !lies_inside(w->root, real))
            return KIN_OK;
    }
    if (is_folder) {
        w->above[w->depth] = kin_arena_string(arena, real);
        if (!w->above[w->depth])
            return kin_fail_memory(err);
        w->depth++;
        int code = walk_folder(w, full, relative, err);
        w->depth--;
        return code;
    }
    if (!S_ISREG(info.st_mode))
        return KIN_OK;
    kin_file_info file = { relative, (int64_t)info.st_size,
                           (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec };
    return w->walk->visit(w->walk->user, &file, err);
}

static int walk_folder(walker *w, const char *full, const char *relative, kin_error *err)
{
    DIR *folder = opendir(full);
    if (!folder) {
        report_unreadable(w, relative);
        return KIN_OK;
    }
    kin_arena arena = KIN_ARENA_INIT;
    char **names = NULL;
    size_t count = 0;
    int code = list_folder(folder, &arena, &names, &count, err);
    closedir(folder);
    kin_arena entry = KIN_ARENA_INIT;
    for (size_t i = 0; code == KIN_OK && i < count; i++) {
        kin_arena_reset(&entry);
        char *path = kin_path_join(&entry, full, names[i]);
        char *inside = kin_path_join(&entry, relative, names[i]);
        code = path && inside ? walk_entry(w, &entry, path, inside, err) : kin_fail_memory(err);
    }
    free(names);
    kin_arena_clear(&entry);
    kin_arena_clear(&arena);
    return code;
}

int kin_file_walk(const char *folder, const kin_walk *walk, kin_error *err)
{
    walker *w = kin_alloc_zeroed(1, sizeof *w);
    if (!w)
        return kin_fail_memory(err);
    int code;
    if (!realpath(folder, w->root))
        code = kin_fail_errno(err, "open folder", folder);
    else if (!kin_file_is_folder(folder))
        code = kin_fail(err, KIN_E_USAGE, "%s is a file, a folder is wanted", folder);
    else {
        w->walk = walk;
        w->above[w->depth++] = w->root;
        code = walk_folder(w, w->root, "", err);
    }
    free(w);
    return code;
}
