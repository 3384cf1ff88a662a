#include "exchange/input_file.h"

#include <string.h>
#include <sys/stat.h>

int kin_exchange__rewind(FILE *file, const char *path, kin_error *err)
{
    unsigned char mark[3];
    if (fseeko(file, 0, SEEK_SET) != 0)
        return kin_fail_errno(err, "read", path);
    size_t n = fread(mark, 1, sizeof mark, file);
    if (ferror(file))
        return kin_fail_errno(err, "read", path);
    if (n >= 2 && ((mark[0] == 0xff && mark[1] == 0xfe) || (mark[0] == 0xfe && mark[1] == 0xff)))
        return kin_fail(err, KIN_E_FORMAT, "%s is UTF-16 text; save it as UTF-8 (\"CSV UTF-8\" in a spreadsheet)",
                        path);
    bool marked = n == 3 && memcmp(mark, "\xef\xbb\xbf", 3) == 0;
    return fseeko(file, marked ? 3 : 0, SEEK_SET) == 0 ? KIN_OK : kin_fail_errno(err, "read", path);
}

static int copy_whole(FILE *from, const char *path, FILE **file, kin_error *err)
{
    char chunk[65536];
    size_t n;
    FILE *copy = tmpfile();
    if (!copy)
        return kin_fail_errno(err, "make a temporary copy of", path);
    while ((n = fread(chunk, 1, sizeof chunk, from)) > 0)
        if (fwrite(chunk, 1, n, copy) != n)
            break;
    if (ferror(from) || ferror(copy) || fflush(copy) != 0) {
        int code = kin_fail_errno(err, "make a temporary copy of", path);
        (void)fclose(copy);
        return code;
    }
    *file = copy;
    return KIN_OK;
}

int kin_exchange__open_bytes(const char *path, FILE **file, kin_error *err)
{
    FILE *opened = fopen(path, "rbe");
    if (!opened)
        return kin_fail_errno(err, "open", path);
    struct stat info;
    int code = KIN_OK;
    if (fstat(fileno(opened), &info) != 0)
        code = kin_fail_errno(err, "read", path);
    else if (S_ISDIR(info.st_mode))
        code = kin_fail(err, KIN_E_USAGE, "%s is a folder, a file is wanted", path);
    else if (!S_ISREG(info.st_mode)) {
        FILE *pipe = opened;
        opened = NULL;
        code = copy_whole(pipe, path, &opened, err);
        (void)fclose(pipe);
    }
    if (code == KIN_OK && fseeko(opened, 0, SEEK_SET) != 0)
        code = kin_fail_errno(err, "read", path);
    if (code == KIN_OK)
        *file = opened;
    else if (opened)
        (void)fclose(opened);
    return code;
}

int kin_exchange__open(const char *path, FILE **file, kin_error *err)
{
    FILE *opened;
    int code = kin_exchange__open_bytes(path, &opened, err);
    if (code != KIN_OK)
        return code;
    code = kin_exchange__rewind(opened, path, err);
    if (code == KIN_OK)
        *file = opened;
    else
        (void)fclose(opened);
    return code;
}

int kin_exchange__head(FILE *file, const char *path, char *text, size_t size, kin_error *err)
{
    int code = kin_exchange__rewind(file, path, err);
    if (code != KIN_OK)
        return code;
    size_t n = fread(text, 1, size - 1, file);
    text[n] = '\0';
    return ferror(file) ? kin_fail_errno(err, "read", path) : kin_exchange__rewind(file, path, err);
}
