#include "base/file.h"
#include "exchange/find_annotations.h"
#include "exchange/image_names.h"
#include "exchange/import_common.h"

#include <string.h>

typedef struct folders {
    kin_exchange__import *im;
    bool splits; /* the outermost folders are train, val, test */
} folders;

/* The name of the folder that holds the file, from the scratch arena; NULL where that is the folder walked itself. */
static const char *holder_of(folders *f, const char *path)
{
    const char *end = strrchr(path, '/');
    if (!end)
        return NULL;
    const char *start = end;
    while (start > path && start[-1] != '/')
        start--;
    if (f->splits && start == path)
        return NULL;
    return kin_arena_copy(&f->im->scratch, start, (size_t)(end - start));
}

static const char *split_of(folders *f, const char *path)
{
    const char *slash = strchr(path, '/');
    char *outermost = f->splits && slash ? kin_arena_copy(&f->im->scratch, path, (size_t)(slash - path)) : NULL;
    return outermost ? kin_exchange__split_name(outermost) : NULL;
}

static int take_file(void *user, const kin_file_info *file, kin_error *err)
{
    folders *f = user;
    if (!kin_exchange__is_image_name(file->path))
        return KIN_OK;
    kin_arena_reset(&f->im->scratch);
    kin_attribute split = { "split", split_of(f, file->path) };
    kin_annotation image = { .label = holder_of(f, file->path), .attributes = &split };
    image.path = kin_path_join(&f->im->scratch, f->im->place, file->path);
    image.attribute_count = split.value != NULL;
    if (!image.path)
        return kin_fail_memory(err);
    return kin_exchange__take(f->im, &image, image.path, err);
}

static void note_unreadable(void *user, const char *path, const char *reason)
{
    folders *f = user;
    (void)kin_exchange__reject(f->im, NULL, path, "cannot be read: %s", reason);
}

int kin_exchange__import_folders(kin_exchange__import *im, kin_error *err)
{
    if (!im->place)
        return kin_fail(err, KIN_E_USAGE, "%s does not lie in the data set's folder %s", im->path, im->folder);
    folders f = { im, kin_exchange__has_split_folders(im->path) };
    const kin_walk walk = { take_file, note_unreadable, &f };
    int code = kin_file_walk(im->path, &walk, err);
    if (code == KIN_OK && im->options.strict && im->summary.rejects)
        code = kin_fail(err, KIN_E_FORMAT, "%s: a folder or file in it cannot be read", im->path);
    return code;
}
