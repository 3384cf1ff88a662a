#include "base/hash.h"

#include <stdio.h>
#include <xxhash.h>

uint64_t kin_hash(const void *data, size_t size)
{
    return XXH3_64bits(data, size);
}

uint64_t kin_hash_more(uint64_t hash, const void *data, size_t size)
{
    return XXH3_64bits_withSeed(data, size, hash);
}

int kin_hash_file(const char *path, size_t most, uint64_t *hash, kin_error *err)
{
    unsigned char chunk[65536];
    size_t n, size = 0;
    FILE *file = fopen(path, "rb");
    if (!file)
        return kin_fail_errno(err, "open", path);
    XXH3_state_t *state = XXH3_createState();
    int code = state ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK)
        (void)XXH3_64bits_reset(state);
    while (code == KIN_OK && (n = fread(chunk, 1, sizeof chunk, file)) > 0) {
        size += n;
        if (size > most)
            code = kin_fail(err, KIN_E_LIMIT, "%s is larger than the limit of %zu bytes", path, most);
        else
            (void)XXH3_64bits_update(state, chunk, n);
    }
    if (code == KIN_OK && ferror(file))
        code = kin_fail_errno(err, "read", path);
    if (code == KIN_OK)
        *hash = XXH3_64bits_digest(state);
    (void)XXH3_freeState(state);
    (void)fclose(file);
    return code;
}
