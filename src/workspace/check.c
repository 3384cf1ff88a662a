/* `kin check`: the ledger first, which says what there should be; then rows and items (check_rows.c); then the files of
 * `.kin`. Without repair all of it is read within one transaction, so that a running `kin index` is no damage; with
 * repair the lock keeps others away. */
#include "workspace/check_parts.h"

#include "base/checked.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int kin_check__add(kin_checking *c, const char *part, bool damage, const char *repair, kin_error *err,
                   const char *format, ...)
{
    char line[512];
    kin_check *out = c->out;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    bool room = KIN_GROW(&out->list, &out->capacity, out->count + 1);
    char *what = room ? strdup(line) : NULL;
    if (!what)
        return kin_fail_memory(err);
    out->list[out->count++] = (kin_finding) { .part = part, .what = what, .repair = repair, .damage = damage };
    return KIN_OK;
}

void kin_check_clear(kin_check *check)
{
    for (size_t i = 0; i < check->count; i++)
        free(check->list[i].what);
    free(check->list);
    *check = (kin_check) { 0 };
}

/* ---- The ledger ---- */

static int take_breach(void *user, const char *breach, kin_error *err)
{
    return kin_check__add(user, "ledger", true, NULL, err, "%s", breach);
}

/* ---- Files ---- */

bool kin_check__is_unfinished(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".new") == 0;
}

/* Why a file of `.kin` is of no use; NULL: it is, or is not ours. */
static const char *why_useless(const kin_checking *c, const char *name)
{
    if (kin_check__is_unfinished(name))
        return "was not finished";
    if (strcmp(name, "vectors.next") == 0)
        return "is of a compaction that was broken off";
    if (!c->spread && strcmp(name, "shards") == 0)
        return "is left of vectors that were spread";
    if (c->spread && (strcmp(name, "vectors.bin") == 0 || strcmp(name, "base.faiss") == 0))
        return "is left of vectors that are in shards now";
    return NULL;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

static int remove_file(const char *folder, const char *name, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    char *path = kin_path_join(&arena, folder, name);
    int code = path ? KIN_OK : kin_fail_memory(err);
    if (path && kin_file_exists(path) && nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        code = kin_fail_errno(err, "remove", path);
    kin_arena_clear(&arena);
    return code;
}

/* vectors.next is put in its place or removed by who opens the index for writing. */
static int settle_file(kin_checking *c, const char *folder, const char *name, const char *why, bool mend,
                       kin_error *err)
{
    bool next = !c->spread && strcmp(name, "vectors.next") == 0;
    c->next = c->next || next;
    if (mend)
        return next ? KIN_OK : remove_file(folder, name, err);
    return kin_check__add(c, "files", false, next ? "it is taken into use, or removed" : "it is removed", err,
                          "%s/%s %s", folder, name, why);
}

int kin_check__folder(kin_checking *c, const char *folder, const char *(*why)(const kin_checking *c, const char *name),
                      bool mend, kin_error *err)
{
    int code = KIN_OK;
    DIR *listing = opendir(folder);
    if (!listing)
        return kin_fail_errno(err, "read", folder);
    const struct dirent *entry;
    while (code == KIN_OK && (entry = readdir(listing))) {
        const char *because = why(c, entry->d_name);
        if (because)
            code = settle_file(c, folder, entry->d_name, because, mend, err);
    }
    (void)closedir(listing);
    return code;
}

static int check_files(kin_checking *c, bool mend, kin_error *err)
{
    int code = kin_check__folder(c, c->workspace->kin_folder, why_useless, mend, err);
    return code == KIN_OK && c->spread ? kin_check__shard_files(c, mend, err) : code;
}

/* ---- The whole ---- */

static int look(kin_checking *c, kin_error *err)
{
    int code = kin_ledger_check(c->workspace->ledger, take_breach, c, err);
    if (code == KIN_OK)
        code = kin_check__rows(c, err);
    return code == KIN_OK ? check_files(c, false, err) : code;
}

static int look_at_one_moment(kin_checking *c, kin_error *err)
{
    int code = kin_ledger_begin(c->workspace->ledger, err);
    if (code != KIN_OK)
        return code;
    code = look(c, err);
    kin_ledger_rollback(c->workspace->ledger);
    return code;
}

static int look_and_mend(kin_checking *c, const kin_watch *watch, kin_error *err)
{
    int lock = -1;
    int code = kin_workspace__lock(c->workspace, &lock, err);
    if (code != KIN_OK)
        return code;
    kin_workspace__forget(c->workspace);
    code = look(c, err);
    if (code == KIN_OK)
        code = kin_check__mend(c, watch, err);
    if (code == KIN_OK)
        code = check_files(c, true, err);
    for (size_t i = 0; code == KIN_OK && i < c->out->count; i++)
        c->out->list[i].repaired = c->out->list[i].repair != NULL;
    kin_file_unlock(lock);
    return code;
}

int kin_workspace_check(kin_workspace *workspace, bool repair, const kin_watch *watch, kin_check *out, kin_error *err)
{
    kin_check found = { 0 };
    kin_checking c = { .workspace = workspace, .repair = repair, .out = &found };
    int code = repair ? look_and_mend(&c, watch, err) : look_at_one_moment(&c, err);
    kin_index_close(c.index);
    free(c.missing.ids);
    free(c.damaged.ids);
    free(c.surplus.ids);
    free(c.shards.ids);
    free(c.shards_folder);
    if (code == KIN_OK)
        *out = found;
    else
        kin_check_clear(&found);
    return code;
}
