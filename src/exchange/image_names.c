#include "exchange/image_names.h"

#include "base/file.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcasecmp(name, *list) == 0)
            return true;
    return false;
}

bool kin_exchange__is_image_name(const char *path)
{
    static const char *const extensions[] = { ".jpg", ".jpeg", ".jpe", ".jfif", ".png",  ".webp",
                                              ".bmp", ".gif",  ".tga", ".pnm",  ".ppm",  ".pgm",
                                              ".pbm", ".psd",  ".hdr", ".tif",  ".tiff", NULL };
    return is_one_of(kin_path_extension(path), extensions);
}

const char *kin_exchange__split_name(const char *folder)
{
    static const struct {
        const char *name, *split;
    } names[] = { { "train", "train" },    { "training", "train" }, { "val", "val" },   { "valid", "val" },
                  { "validation", "val" }, { "dev", "val" },        { "test", "test" }, { "testing", "test" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(folder, names[i].name) == 0)
            return names[i].split;
    return NULL;
}

/* A year, or a date that begins with one: 2024, 2024-05-01, 20240501. */
static bool is_date(const char *name)
{
    if (strncmp(name, "19", 2) != 0 && strncmp(name, "20", 2) != 0)
        return false;
    size_t digits = strspn(name, "0123456789");
    return (digits == 4 && (name[4] == '\0' || strchr("-_. ", name[4]))) || digits == 8;
}

bool kin_exchange__is_generic_name(const char *folder)
{
    static const char *const generic[] = {
        "image",      "images",      "img",       "imgs",      "jpegimages", "jpg",     "jpeg",     "png",    "photo",
        "photos",     "picture",     "pictures",  "pics",      "data",       "dataset", "datasets", "frame",  "frames",
        "raw",        "original",    "originals", "input",     "output",     "results", "crop",     "crops",  "sample",
        "samples",    "thumb",       "thumbs",    "thumbnail", "thumbnails", "mask",    "masks",    "label",  "labels",
        "annotation", "annotations", "dcim",      "camera",    "misc",       "new",     "old",      "backup", "upload",
        "uploads",    "batch",       "part",      "unlabeled", NULL
    };
    char name[32];
    size_t length = strlen(folder);
    if (is_date(folder))
        return true;
    while (length && (isdigit((unsigned char)folder[length - 1]) || strchr("-_. ", folder[length - 1])))
        length--;
    if (length == 0 || length >= sizeof name)
        return false; /* digits alone are classes in many a set */
    memcpy(name, folder, length);
    name[length] = '\0';
    return is_one_of(name, generic) || kin_exchange__split_name(name) != NULL;
}
