/* Pictures of items, in two steps: the ledger says where they come from, then, without it, they are cut. Only a file
 * that lies in the data set's folder once all links are followed is opened. */
#include "kin/browse.h"
#include "kin/search.h"
#include "workspace/workspace_private.h"

#include "base/buffer.h"
#include "base/checked.h"
#include "base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { least_size = 16, most_size = 4096, enlarged_at_most = 4, quality = 85 };

static int resolve(const kin_workspace *w, const char *path, char file[PATH_MAX], kin_error *err)
{
    char folder[PATH_MAX];
    struct stat info;
    kin_arena arena = KIN_ARENA_INIT;
    const char *joined = kin_workspace__file(w, &arena, path);
    int code = joined ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK && (!realpath(w->folder, folder) || !realpath(joined, file) || stat(file, &info) != 0))
        code = kin_fail(err, KIN_E_NOTFOUND, "%s is no longer there; run kin index", path);
    size_t n = code == KIN_OK ? strlen(folder) : 0;
    if (code == KIN_OK && (strncmp(file, folder, n) != 0 || (file[n] != '/' && n > 1) || !S_ISREG(info.st_mode)))
        code = kin_fail(err, KIN_E_NOTFOUND, "%s is no file inside the data set any more; run kin index", path);
    kin_arena_clear(&arena);
    return code;
}

int kin_workspace_image_size(kin_workspace *workspace, const char *path, int *width, int *height, kin_error *err)
{
    kin_item item;
    kin_image_info info;
    char file[PATH_MAX];
    int code = kin_ledger_item_find(workspace->ledger, path, NULL, &item, err);
    if (code != KIN_OK)
        return code;
    bool known = item.width > 0 && item.height > 0;
    *width = known ? item.width : 0;
    *height = known ? item.height : 0;
    kin_buffer bytes = KIN_BUFFER_INIT;
    if (!known && resolve(workspace, path, file, NULL) == KIN_OK &&
        kin_file_read(file, KIN_DEFAULT_MAX_BYTES, &bytes, NULL) == KIN_OK &&
        kin_image_probe(bytes.data, bytes.size, true, &info, NULL) == KIN_OK) {
        *width = info.width;
        *height = info.height;
    }
    kin_buffer_clear(&bytes);
    return KIN_OK;
}

/* The longer side gets `size` pixels, fewer where that would show nothing more. */
static void settle_size(kin_picture *picture, int size)
{
    double longer = picture->region.w > picture->region.h ? picture->region.w : picture->region.h;
    double scale = size / longer;
    if (scale > enlarged_at_most)
        scale = enlarged_at_most;
    picture->width = (int)(picture->region.w * scale + 0.5);
    picture->height = (int)(picture->region.h * scale + 0.5);
    picture->width = picture->width < 1 ? 1 : picture->width;
    picture->height = picture->height < 1 ? 1 : picture->height;
}

int kin_workspace_picture(kin_workspace *workspace, int64_t item, const kin_picture_wish *wish, kin_picture *out,
                          kin_error *err)
{
    kin_item about;
    kin_picture picture = { .file = "" };
    if (wish->size < least_size || wish->size > most_size)
        return kin_fail(err, KIN_E_USAGE, "a picture is %d to %d pixels large, not %d", least_size, most_size,
                        wish->size);
    int code = kin_ledger_item(workspace->ledger, item, &about, err);
    if (code == KIN_OK && about.width <= 0)
        return kin_fail(err, KIN_E_FORMAT, "%s could not be read: %s", about.path,
                        about.reason ? about.reason : "it is not described yet; run kin index");
    if (code == KIN_OK)
        code = resolve(workspace, about.path, picture.file, err);
    kin_box crop;
    /* resolve keeps its hands off the ledger: about.path is still lent. */
    if (code == KIN_OK)
        code = kin_workspace__view(workspace, &about, wish->context, &crop, &picture.version, err);
    if (code != KIN_OK)
        return code;
    picture.region = wish->whole ? (kin_box) { 0, 0, about.width, about.height } : crop;
    picture.pixels = (uint64_t)about.width * (uint64_t)about.height;
    settle_size(&picture, wish->size);
    picture.decoders = kin_workspace__decoders(workspace);
    *out = picture;
    return KIN_OK;
}

static int decode(const kin_picture *picture, kin_image *image, kin_error *err)
{
    kin_buffer bytes = KIN_BUFFER_INIT;
    kin_error reading = KIN_ERROR_INIT;
    kin_image_options options = KIN_IMAGE_OPTIONS_INIT;
    double scale = picture->width / picture->region.w;
    options.min_scale = scale < 1 ? scale : 1;
    int code = kin_file_read(picture->file, KIN_DEFAULT_MAX_BYTES, &bytes, err);
    if (code == KIN_OK &&
        kin_decoders_decode(picture->decoders, bytes.data, bytes.size, &options, image, &reading) != KIN_OK)
        code = kin_fail(err, reading.code, "%s: %s", kin_path_base(picture->file), reading.message);
    kin_buffer_clear(&bytes);
    return code;
}

int kin_picture_cut(const kin_picture *picture, uint8_t **jpeg, size_t *size, kin_error *err)
{
    kin_image image = KIN_IMAGE_INIT;
    kin_box region;
    uint8_t *pixels = NULL;
    size_t row = 0, all = 0;
    int code = decode(picture, &image, err);
    /* The file may have become smaller since the ledger saw it. */
    if (code == KIN_OK)
        code = kin_box_region(picture->region, 0, image.full_width, image.full_height, &region, err);
    if (code == KIN_OK) {
        bool fits = kin_size_mul((size_t)picture->width, 3, &row) && kin_size_mul(row, (size_t)picture->height, &all);
        pixels = fits ? malloc(all) : NULL;
        code = pixels ? KIN_OK : kin_fail_memory(err);
    }
    if (code == KIN_OK)
        code = kin_image_resize(&image, region, picture->width, picture->height, KIN_FILTER_AREA, pixels, err);
    kin_image_clear(&image);
    if (code == KIN_OK)
        code = kin_image_encode_jpeg(pixels, picture->width, picture->height, quality, jpeg, size, err);
    free(pixels);
    return code;
}
