/* The scan: which image files are there, and which of them are not as they were. A file of the same size and time is
 * taken as unchanged; of any other the content's hash decides. What is an image is told by the first bytes; a file
 * that is none is passed over, unless its name says that it should be one: then it is recorded as unreadable. */
#include "workspace/update_private.h"

#include "base/file.h"
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { commit_every = 20000 };

typedef struct scan {
    kin_update *update;
    kin_arena arena; /* of one file */
    size_t since_commit;
} scan;

static bool named_like_an_image(const char *path)
{
    static const char *const extensions[] = { ".jpg", ".jpeg", ".jpe",  ".jfif", ".png", ".webp", ".bmp",
                                              ".gif", ".tga",  ".pnm",  ".ppm",  ".pgm", ".pbm",  ".psd",
                                              ".hdr", ".tif",  ".tiff", ".heic", ".avif" };
    const char *extension = kin_path_extension(path);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(extension, extensions[i]) == 0)
            return true;
    return false;
}

static bool begins_like_an_image(const char *file)
{
    unsigned char bytes[64];
    FILE *in = fopen(file, "rb");
    if (!in)
        return false;
    size_t n = fread(bytes, 1, sizeof bytes, in);
    (void)fclose(in);
    return kin_image_sniff(bytes, n) != KIN_FORMAT_UNKNOWN;
}

/* The file is another one than before, unless it has the same content under a new time. */
static int file_changed(scan *s, const char *file, int64_t asset, const kin_asset_file *known,
                        const kin_file_info *info, kin_error *err)
{
    kin_buffer bytes = KIN_BUFFER_INIT;
    kin_error reading = KIN_ERROR_INIT;
    bool same = known->hash && known->bytes == info->bytes &&
                kin_file_read(file, kin_update__max_bytes(s->update), &bytes, &reading) == KIN_OK &&
                kin_hash(bytes.data, bytes.size) == known->hash;
    kin_buffer_clear(&bytes);
    if (!same) {
        s->update->summary->changed++;
        return kin_ledger_item_state(s->update->workspace->ledger, asset, KIN_ITEM_PENDING, NULL, err);
    }
    kin_item item;
    int code = kin_ledger_item(s->update->workspace->ledger, asset, &item, err);
    kin_asset_file now = { info->bytes, info->mtime_ns, known->hash };
    return code == KIN_OK
               ? kin_ledger_asset_file_put(s->update->workspace->ledger, asset, &now, item.width, item.height, err)
               : code;
}

static int remember(kin_update *update, const char *path, int64_t asset, kin_error *err)
{
    bool added;
    int64_t *by_base = kin_table_add(&update->base_names, kin_path_base(path), asset, &added);
    if (!by_base || !kin_table_add(&update->assets, path, asset, NULL))
        return kin_fail_memory(err);
    if (!added)
        *by_base = -1;
    return KIN_OK;
}

static int take_image(scan *s, const char *file, const kin_file_info *info, bool is_image, kin_error *err)
{
    kin_update *update = s->update;
    kin_ledger *ledger = update->workspace->ledger;
    int64_t asset;
    bool added;
    kin_asset_file known;
    kin_item item;
    int code = kin_ledger_asset_add(ledger, info->path, &asset, &added, err);
    if (code == KIN_OK)
        code = remember(update, info->path, asset, err);
    if (code == KIN_OK)
        code = kin_ledger_asset_file(ledger, asset, &known, err);
    if (code == KIN_OK)
        code = kin_ledger_item(ledger, asset, &item, err);
    if (code != KIN_OK)
        return code;
    update->files_changed |= added;
    update->summary->added += added;
    update->summary->files++;
    if (item.state == KIN_ITEM_FAILED) /* perhaps it can be read by now */
        return is_image ? kin_ledger_item_state(ledger, asset, KIN_ITEM_PENDING, NULL, err) : KIN_OK;
    if (!is_image)
        return kin_ledger_item_state(ledger, asset, KIN_ITEM_FAILED, "not an image of a known format", err);
    if (item.state == KIN_ITEM_PENDING)
        return KIN_OK;
    return file_changed(s, file, asset, &known, info, err);
}

static int commit_now_and_then(scan *s, kin_error *err)
{
    if (++s->since_commit < commit_every)
        return KIN_OK;
    s->since_commit = 0;
    int code = kin_ledger_commit(s->update->workspace->ledger, err);
    return code == KIN_OK ? kin_ledger_begin(s->update->workspace->ledger, err) : code;
}

/* Known, described, of the same size and time: not even opened. */
static int pass_unchanged(scan *s, const kin_file_info *info, bool *unchanged, kin_error *err)
{
    kin_update *update = s->update;
    kin_item item;
    kin_asset_file known;
    kin_error looking = KIN_ERROR_INIT; /* a new file is no error */
    *unchanged = false;
    int code = kin_ledger_item_find(update->workspace->ledger, info->path, NULL, &item, &looking);
    if (code == KIN_E_NOTFOUND || (code == KIN_OK && item.state != KIN_ITEM_DESCRIBED))
        return KIN_OK;
    int64_t asset = item.id;
    if (code != KIN_OK)
        kin_fail(err, code, "%s", looking.message);
    else
        code = kin_ledger_asset_file(update->workspace->ledger, asset, &known, err);
    if (code != KIN_OK || known.bytes != info->bytes || known.mtime_ns != info->mtime_ns)
        return code;
    *unchanged = true;
    update->summary->files++;
    return remember(update, info->path, asset, err);
}

static int look_into(scan *s, const kin_file_info *info, kin_error *err)
{
    char *file = kin_workspace__file(s->update->workspace, &s->arena, info->path);
    if (!file)
        return kin_fail_memory(err);
    bool is_image = begins_like_an_image(file), should_be = named_like_an_image(info->path);
    if (!is_image && should_be) /* TGA has no signature, and an unreadable file says why when it is read */
        is_image = strcasecmp(kin_path_extension(info->path), ".tga") == 0 || !kin_file_readable(file);
    return is_image || should_be ? take_image(s, file, info, is_image, err) : KIN_OK;
}

static int visit(void *user, const kin_file_info *info, kin_error *err)
{
    scan *s = user;
    const kin_watch *watch = s->update->watch;
    kin_arena_reset(&s->arena);
    if (watch->stop && watch->stop(watch->user))
        return kin_fail(err, KIN_E_STOPPED, "stopped while looking through %s; run the same command to go on",
                        s->update->workspace->folder);
    bool unchanged;
    int code = pass_unchanged(s, info, &unchanged, err);
    if (code == KIN_OK && !unchanged)
        code = look_into(s, info, err);
    if (code == KIN_OK && watch->progress)
        watch->progress(watch->user, "look for images", s->update->summary->files, 0);
    return code == KIN_OK ? commit_now_and_then(s, err) : code;
}

static void unreadable_folder(void *user, const char *path, const char *reason)
{
    const scan *s = user;
    kin_update__note(s->update, "%s: %s", path, reason);
}

typedef struct vanished {
    const kin_update *update;
    kin_id_list list;
} vanished;

static int collect_vanished(void *user, const kin_item *item, kin_error *err)
{
    vanished *v = user;
    bool there = kin_table_find(&v->update->assets, item->path) != NULL;
    return there ? KIN_OK : kin_workspace__push_id(&v->list, item->id, err);
}

static int let_go_of_vanished(kin_update *update, kin_error *err)
{
    vanished v = { .update = update };
    kin_item_filter all = { .unit = KIN_UNIT_ASSET,
                            .states = 1u << KIN_ITEM_PENDING | 1u << KIN_ITEM_DESCRIBED | 1u << KIN_ITEM_FAILED };
    int code = kin_ledger_each_item(update->workspace->ledger, &all, collect_vanished, &v, err);
    for (size_t i = 0; code == KIN_OK && i < v.list.count; i++)
        code = kin_ledger_item_state(update->workspace->ledger, v.list.ids[i], KIN_ITEM_GONE, NULL, err);
    update->summary->gone += v.list.count;
    update->files_changed |= v.list.count > 0;
    free(v.list.ids);
    return code;
}

int kin_update__scan(kin_update *update, kin_error *err)
{
    kin_ledger *ledger = update->workspace->ledger;
    scan s = { .update = update, .arena = KIN_ARENA_INIT };
    kin_walk walk = { visit, unreadable_folder, &s };
    int code = kin_ledger_begin(ledger, err);
    if (code != KIN_OK)
        return code;
    code = kin_file_walk(update->workspace->folder, &walk, err);
    if (code == KIN_OK)
        code = let_go_of_vanished(update, err);
    if (code == KIN_OK)
        code = kin_ledger_commit(ledger, err);
    if (code != KIN_OK)
        kin_ledger_rollback(ledger);
    kin_arena_clear(&s.arena);
    return code;
}
