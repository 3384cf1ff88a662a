#ifndef KIN_HASH_H
#define KIN_HASH_H
/* XXH3, 64 bits: content of files, names in tables. Not against an attacker. */

#include "kin/status.h"

#include <stddef.h>
#include <stdint.h>

uint64_t kin_hash(const void *data, size_t size);

/* The hash of a sequence: hash(first), then kin_hash_more(hash, next) for each further part. */
uint64_t kin_hash_more(uint64_t hash, const void *data, size_t size);

/* kin_hash of a file's content, read piece by piece. KIN_E_LIMIT where it is larger than `most` bytes. */
int kin_hash_file(const char *path, size_t most, uint64_t *hash, kin_error *err);

#endif
