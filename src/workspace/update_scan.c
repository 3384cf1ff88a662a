/* The scan: which image files are there, and which of them are not as they were. A file of the same size and time is
 * taken as unchanged; of any other the content's hash decides. What is an image is told by the first bytes; a file
 * that is none is passed over, unless its name says that it should be one: then it is recorded as unreadable. */
#include "workspace/update_private.h"

#include "base/checked.h"
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
    uint64_t *seen; /* a bit per id of an asset: its file is there */
    size_t seen_capacity;
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

static int mark_seen(scan *s, int64_t asset, kin_error *err)
{
    size_t word = (size_t)asset / 64, had = s->seen_capacity;
    if (!KIN_GROW(&s->seen, &s->seen_capacity, word + 1))
        return kin_fail_memory(err);
    if (s->seen_capacity > had)
        memset(s->seen + had, 0, (s->seen_capacity - had) * sizeof *s->seen);
    s->seen[word] |= (uint64_t)1 << asset % 64;
    return KIN_OK;
}

static bool was_seen(const scan *s, int64_t asset)
{
    size_t word = (size_t)asset / 64;
    return word < s->seen_capacity && s->seen[word] >> asset % 64 & 1;
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
        code = mark_seen(s, asset, err);
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
    if (!is_image) {
        static const char why[] = "not an image of a known format";
        kin_update__note(update, "%s: %s", info->path, why);
        return kin_ledger_item_state(ledger, asset, KIN_ITEM_FAILED, why, err);
    }
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
    return mark_seen(s, asset, err);
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

static int let_go_of_unseen(void *user, int64_t *ids, size_t n, kin_error *err)
{
    scan *s = user;
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        if (was_seen(s, ids[i]))
            continue;
        code = kin_ledger_item_state(s->update->workspace->ledger, ids[i], KIN_ITEM_GONE, NULL, err);
        s->update->summary->gone++;
        s->update->files_changed = true;
    }
    return code;
}

static int let_go_of_vanished(scan *s, kin_error *err)
{
    const kin_item_filter live = { .unit = KIN_UNIT_ASSET,
                                   .states = 1u << KIN_ITEM_PENDING | 1u << KIN_ITEM_DESCRIBED | 1u << KIN_ITEM_FAILED };
    return kin_update__each_ids(s->update, live, let_go_of_unseen, s, err);
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
        code = let_go_of_vanished(&s, err);
    code = kin_workspace__end(ledger, code, err);
    kin_arena_clear(&s.arena);
    free(s.seen);
    return code;
}
