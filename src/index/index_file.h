#ifndef KIN_INDEX_FILE_H
#define KIN_INDEX_FILE_H
/* vectors.bin: a header of 64 bytes, then rows (index_codec.h). Written by pwrite at its end, read through a mapping.
 *
 *   0 magic "KINVEC1\n" | 8 type uint32 | 12 stride uint32 | 16 dim uint64 | 24 model uint64 | 32 generation uint64
 *   | 40 zeros | 56 XXH3 of the 56 bytes before */

#include "index/index_codec.h"

typedef struct kin_index__file {
    char *path;
    int fd;
    kin_index__format format;
    const unsigned char *map; /* the file from its first byte; NULL while there is none */
    size_t mapped;            /* may reach past the end of the file while it is written */
    size_t rows;
    uint64_t *sums; /* of blocks from sums_first on, of the rows added since it was opened */
    size_t sums_first, sums_count, sums_capacity;
} kin_index__file;

#define KIN_INDEX__FILE_INIT                                                                                           \
    {                                                                                                                  \
        NULL, -1, { 0, 0, KIN_VECTOR_F32, NULL, NULL }, NULL, 0, 0, NULL, 0, 0, 0                                      \
    }

enum { kin_index__file_head = 64 };

/* The sum of a block with one row more; that of none is the block's number. */
uint64_t kin_index__sum_more(const kin_index__format *format, uint64_t sum, const unsigned char *row);

/* The bytes of a file's header. */
void kin_index__file_header(const kin_index__format *format, uint64_t model, uint64_t generation,
                            unsigned char bytes[kin_index__file_head]);

/* Where a compaction was named by the ledger, but did not come to put its file in the place of the old one, does so
 * (for writing), or says that the next one is to be read. Removes one that was not named (for writing). */
int kin_index__next_settle(const char *folder, const kin_index__format *format, const kin_index_options *options,
                           bool *read_next, kin_error *err);

/* As kin_index_open says. Does not drop rows yet: *drop says that the file is longer than the rows that count. */
int kin_index__file_open(kin_index__file *file, const char *folder, const kin_index_options *options, bool *drop,
                         kin_error *err);

/* Cuts the file off behind the rows that count. */
int kin_index__file_drop(kin_index__file *file, kin_error *err);

/* Appends rows of ids[n] and vectors[n, dim] (NULL: zeros). On failure the file is as before. */
int kin_index__file_append(kin_index__file *file, const int64_t *ids, const float *vectors, size_t n, kin_error *err);

/* Reads rows [first, first + n) into rows[n * stride], and not through the mapping: who goes once through all rows does
 * not keep them in memory. */
int kin_index__file_read(const kin_index__file *file, size_t first, size_t n, unsigned char *rows, kin_error *err);

void kin_index__file_close(kin_index__file *file);

static inline const unsigned char *kin_index__file_row(const kin_index__file *file, size_t row)
{
    return file->map + kin_index__file_head + row * file->format.stride;
}

#endif
