/* Which data set people mean: the one they stand in, else the only one below. */
#include "base/file.h"
#include "kin/workspace.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool holds_workspace(const char *folder)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/.kin/ledger.db", folder);
    return n > 0 && n < (int)sizeof path && kin_file_exists(path);
}

static bool locate_above(const char *start, char *folder, size_t size)
{
    char path[PATH_MAX];
    if (!realpath(start, path))
        return false;
    for (size_t up = 0;; up++) {
        if (holds_workspace(path)) {
            /* The present folder keeps its short name: messages read better. */
            int n = snprintf(folder, size, "%s", up == 0 ? start : path);
            return n > 0 && (size_t)n < size;
        }
        char *slash = strrchr(path, '/');
        if (!slash || path[1] == '\0')
            return false;
        slash[slash == path] = '\0';
    }
}

/* How many direct sub-folders hold a workspace; the names of the first few go into `names`. */
static size_t locate_below(const char *start, char *folder, size_t size, char names[160])
{
    DIR *entries = opendir(start);
    if (!entries)
        return 0;
    size_t found = 0, used = 0;
    const struct dirent *entry;
    while ((entry = readdir(entries))) {
        char path[PATH_MAX];
        bool here = strcmp(start, ".") == 0;
        int n = snprintf(path, sizeof path, "%s%s%s", here ? "" : start, here ? "" : "/", entry->d_name);
        if (entry->d_name[0] == '.' || n <= 0 || n >= (int)sizeof path || !holds_workspace(path))
            continue;
        if (found++ == 0)
            (void)snprintf(folder, size, "%s", path);
        if (used < 120)
            used += (size_t)snprintf(names + used, 160 - used, "%s%.24s", used ? ", " : "", entry->d_name);
    }
    closedir(entries);
    return found;
}

int kin_workspace_locate(const char *start, char *folder, size_t size, kin_error *err)
{
    if (locate_above(start, folder, size))
        return KIN_OK;
    char names[160] = "", below[PATH_MAX];
    size_t found = locate_below(start, below, sizeof below, names);
    if (found > 1)
        return kin_fail(err, KIN_E_USAGE, "several data sets here (%s); say which with -C FOLDER", names);
    if (found == 0)
        return kin_fail(err, KIN_E_NOTFOUND, "no data set here; make one with: kin index FOLDER");
    if ((size_t)snprintf(folder, size, "%s", below) >= size)
        return kin_fail(err, KIN_E_LIMIT, "the path of the data set is too long");
    return KIN_OK;
}
