#include "index/index_file.h"
#include "kin/index_upkeep.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/hash.h"
#include "index/index_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct header {
    char magic[8];
    uint32_t type, stride;
    uint64_t dim, model, generation, zeros[2], checksum;
} header;

_Static_assert(sizeof(header) == kin_index__file_head, "the header's layout is the file's");

static const char magic[8] = { 'K', 'I', 'N', 'V', 'E', 'C', '1', '\n' };
enum { write_bytes = 1 << 20 };

uint64_t kin_index__sum_more(const kin_index__format *format, uint64_t sum, const unsigned char *row)
{
    return kin_hash_more(sum, row, format->stride);
}

static header header_of(const kin_index__format *format, const kin_index_options *options)
{
    header head = { .type = (uint32_t)format->type,
                    .stride = (uint32_t)format->stride,
                    .dim = format->dim,
                    .model = options->model,
                    .generation = options->generation };
    memcpy(head.magic, magic, sizeof magic);
    head.checksum = kin_hash(&head, offsetof(header, checksum));
    return head;
}

void kin_index__file_header(const kin_index__format *format, uint64_t model, uint64_t generation,
                            unsigned char bytes[kin_index__file_head])
{
    const kin_index_options options = { .model = model, .generation = generation };
    const header head = header_of(format, &options);
    memcpy(bytes, &head, sizeof head);
}

static int check_header(const header *head, const kin_index__file *file, const kin_index_options *options,
                        kin_error *err)
{
    header want = header_of(&file->format, options);
    if (memcmp(head->magic, magic, sizeof magic) != 0)
        return kin_fail(err, KIN_E_FORMAT, "%s is no file of vectors of this version of kin; index the data set anew",
                        file->path);
    if (head->checksum != kin_hash(head, offsetof(header, checksum)))
        return kin_fail(err, KIN_E_FORMAT, "the header of %s is damaged; restore it from a copy or index anew",
                        file->path);
    if (head->model != want.model)
        return kin_fail(
            err, KIN_E_USAGE,
            "%s was made by another model or margin, or the model changed since; run kin index to describe anew",
            file->path);
    if (head->generation != want.generation)
        return kin_fail(err, KIN_E_USAGE, "%s is generation %llu, not %llu: it was rewritten meanwhile; open it again",
                        file->path, (unsigned long long)head->generation, (unsigned long long)want.generation);
    if (head->dim != want.dim || head->type != want.type)
        return kin_fail(err, KIN_E_USAGE, "%s holds vectors of %llu components and type %u, not %zu and %u; index anew",
                        file->path, (unsigned long long)head->dim, head->type, file->format.dim, want.type);
    if (head->stride != want.stride)
        return kin_fail(err, KIN_E_FORMAT, "the header of %s is damaged; index anew", file->path);
    return KIN_OK;
}

static int read_header(const kin_index__file *file, header *head, size_t *bytes, kin_error *err)
{
    struct stat info;
    if (fstat(file->fd, &info) != 0)
        return kin_fail_errno(err, "read", file->path);
    if (!S_ISREG(info.st_mode) || info.st_size < kin_index__file_head)
        return kin_fail(err, KIN_E_FORMAT, "%s is cut short within its header; restore it from a copy or index anew",
                        file->path);
    ssize_t got = pread(file->fd, head, sizeof *head, 0);
    if (got != (ssize_t)sizeof *head)
        return kin_fail_errno(err, "read", file->path);
    *bytes = (size_t)info.st_size;
    return KIN_OK;
}

/* Maps the file so that `rows` rows can be read. While it is written, address space for half as much again and a bit
 * is mapped ahead (pages past the end of the file become readable as it grows), so that few appends map anew. */
static int map_rows(kin_index__file *file, size_t rows, bool ahead, kin_error *err)
{
    size_t bytes;
    if (!kin_size_mul(rows, file->format.stride, &bytes) || !kin_size_add(bytes, kin_index__file_head, &bytes))
        return kin_fail_memory(err);
    if (file->map && bytes <= file->mapped)
        return KIN_OK;
    if (ahead && !kin_size_add(bytes, bytes / 2 + write_bytes, &bytes))
        return kin_fail_memory(err);
    void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, file->fd, 0);
    if (map == MAP_FAILED)
        return kin_fail_errno(err, "map", file->path);
    const unsigned char *old = file->map;
    if (old)
        munmap((void *)(uintptr_t)old, file->mapped);
    file->map = map;
    file->mapped = bytes;
    return KIN_OK;
}

static int open_file(kin_index__file *file, const kin_index_options *options, kin_error *err)
{
    int flags = options->write ? O_RDWR : O_RDONLY;
    bool empty = options->rows == 0 || (options->write && options->rows == KIN_INDEX_ALL);
    file->fd = open(file->path, flags | O_CLOEXEC);
    if (file->fd < 0 && errno == ENOENT && !empty)
        return kin_fail(err, KIN_E_NOTFOUND, "%s is missing; restore it from a copy or index the data set anew",
                        file->path);
    if (file->fd < 0 && errno == ENOENT && options->write) {
        header head = header_of(&file->format, options);
        int code = kin_file_replace(file->path, &head, sizeof head, err);
        if (code != KIN_OK)
            return code;
        file->fd = open(file->path, flags | O_CLOEXEC);
    }
    if (file->fd < 0 && (errno != ENOENT || options->write))
        return kin_fail_errno(err, "open", file->path);
    return KIN_OK;
}

/* A block of which a part is there goes on from the sum of that part, or has none. */
static bool begin_sums(kin_index__file *file, const uint64_t *sum)
{
    size_t block = file->rows / KIN_INDEX_BLOCK;
    bool part = file->rows % KIN_INDEX_BLOCK != 0;
    if (!KIN_GROW(&file->sums, &file->sums_capacity, 1))
        return false;
    file->sums_first = part && !sum ? block + 1 : block;
    if (part && sum)
        file->sums[file->sums_count++] = *sum;
    return true;
}

int kin_index__file_open(kin_index__file *file, const char *folder, const kin_index_options *options, bool *drop,
                         kin_error *err)
{
    bool next = false;
    int code = kin_index__format_init(&file->format, options->dim, options->type, err);
    /* Of no rows nothing is read: what lies there until the first ones are written is of an older generation. */
    if (code == KIN_OK && !options->write && options->rows == 0)
        return KIN_OK;
    if (code != KIN_OK || (code = kin_index__next_settle(folder, &file->format, options, &next, err)) != KIN_OK)
        return code;
    kin_buffer path = KIN_BUFFER_INIT;
    kin_buffer_printf(&path, "%s/vectors.%s", folder, next ? "next" : "bin");
    if (path.failed)
        return kin_fail_memory(err);
    file->path = path.data;
    if ((code = open_file(file, options, err)) != KIN_OK || file->fd < 0)
        return code;
    header head;
    size_t bytes = 0;
    if ((code = read_header(file, &head, &bytes, err)) != KIN_OK ||
        (code = check_header(&head, file, options, err)) != KIN_OK)
        return code;
    size_t held = (bytes - kin_index__file_head) / file->format.stride;
    size_t rows = options->rows == KIN_INDEX_ALL ? held : (size_t)options->rows;
    if (rows > held)
        return kin_fail(err, KIN_E_FORMAT,
                        "%s holds %zu rows where %zu are known; restore it from a copy or index anew", file->path, held,
                        rows);
    if (rows > KIN_INDEX__MOST_ROWS)
        return kin_fail(err, KIN_E_LIMIT, "%s holds %zu rows, more than the %zu that can be numbered", file->path, rows,
                        KIN_INDEX__MOST_ROWS);
    file->rows = rows;
    if (!begin_sums(file, options->sum))
        return kin_fail_memory(err);
    *drop = options->write && bytes > kin_index__file_head + rows * file->format.stride;
    return map_rows(file, rows, options->write, err);
}

int kin_index__file_drop(kin_index__file *file, kin_error *err)
{
    if (ftruncate(file->fd, (off_t)(kin_index__file_head + file->rows * file->format.stride)) != 0)
        return kin_fail_errno(err, "shorten", file->path);
    return KIN_OK;
}

static int write_at(const kin_index__file *file, const unsigned char *data, size_t size, size_t at, kin_error *err)
{
    while (size) {
        ssize_t n = pwrite(file->fd, data, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return kin_fail_errno(err, "write", file->path);
        data += n;
        at += (size_t)n;
        size -= (size_t)n;
    }
    return KIN_OK;
}

/* Room for the sums of n rows more. */
static bool reserve_sums(kin_index__file *file, size_t n)
{
    size_t need = (file->rows + n) / KIN_INDEX_BLOCK + 1;
    return need <= file->sums_first || KIN_GROW(&file->sums, &file->sums_capacity, need - file->sums_first);
}

static void sum_row(kin_index__file *file, size_t row, const unsigned char *bytes)
{
    size_t block = row / KIN_INDEX_BLOCK;
    if (block < file->sums_first)
        return;
    size_t at = block - file->sums_first;
    if (at == file->sums_count)
        file->sums[file->sums_count++] = block;
    file->sums[at] = kin_index__sum_more(&file->format, file->sums[at], bytes);
}

int kin_index__file_append(kin_index__file *file, const int64_t *ids, const float *vectors, size_t n, kin_error *err)
{
    const kin_index__format *format = &file->format;
    size_t batch = write_bytes / format->stride + 1;
    if (batch > n)
        batch = n;
    unsigned char *rows = kin_alloc_array(batch, format->stride);
    const size_t summed = file->sums_count;
    int code =
        rows && reserve_sums(file, n) ? map_rows(file, file->rows + n, true, err) : kin_fail_memory(err);
    const uint64_t last = summed ? file->sums[summed - 1] : 0;
    for (size_t i = 0; i < n && code == KIN_OK; i += batch) {
        size_t some = n - i < batch ? n - i : batch;
        for (size_t j = 0; j < some; j++) {
            unsigned char *row = rows + j * format->stride;
            kin_index__encode(format, ids[i + j], vectors ? vectors + (i + j) * format->dim : NULL, row);
            sum_row(file, file->rows + i + j, row);
        }
        code =
            write_at(file, rows, some * format->stride, kin_index__file_head + (file->rows + i) * format->stride, err);
    }
    if (code == KIN_OK)
        file->rows += n;
    else if (summed)
        file->sums[summed - 1] = last;
    if (code != KIN_OK)
        file->sums_count = summed;
    if (code != KIN_OK && rows)
        (void)kin_index__file_drop(file, NULL); /* what stays is past the rows that count, and is written over */
    free(rows);
    return code;
}

int kin_index__file_read(const kin_index__file *file, size_t first, size_t n, unsigned char *rows, kin_error *err)
{
    size_t size = n * file->format.stride, at = kin_index__file_head + first * file->format.stride;
    while (size) {
        ssize_t got = pread(file->fd, rows, size, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return kin_fail_errno(err, "read", file->path);
        if (got == 0)
            return kin_fail(err, KIN_E_FORMAT, "%s was cut off while it was read; open it again", file->path);
        rows += got;
        at += (size_t)got;
        size -= (size_t)got;
    }
    return KIN_OK;
}

void kin_index__file_close(kin_index__file *file)
{
    if (file->map)
        munmap((void *)(uintptr_t)file->map, file->mapped);
    if (file->fd >= 0)
        close(file->fd);
    free(file->path);
    free(file->sums);
    *file = (kin_index__file)KIN_INDEX__FILE_INIT;
}
