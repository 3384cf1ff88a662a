/* Calls a fuzzing target with every file named, or that lies in a folder named: once with its bytes, and once with each
 * of a few cuts of them, so that a build without libFuzzer still sees what a small corpus has to show. */
#include "fuzz.h"

#include <dirent.h>

enum { most_bytes = 1 << 24, cuts = 8 };

static size_t files;

/* In a block of exactly that size, so that a sanitizer sees any look beyond it. */
static void call(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    must(copy);
    memcpy(copy, bytes, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void replay_file(const char *path)
{
    static uint8_t bytes[most_bytes];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    must(!ferror(file) && fclose(file) == 0);
    (void)fprintf(stderr, "%s\n", path);
    for (size_t i = 0; i < cuts; i++)
        call(bytes, size * i / cuts);
    call(bytes, size);
    files++;
}

static void replay(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder) {
        replay_file(path);
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        char name[1024];
        if (entry->d_name[0] == '.')
            continue;
        must(snprintf(name, sizeof name, "%s/%s", path, entry->d_name) < (int)sizeof name);
        replay_file(name);
    }
    (void)closedir(folder);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%zu files\n", files);
    return files ? 0 : 1;
}
