/* Rows are read where they lie, by pread: unlike a mapping this cannot crash when somebody shortens the file meanwhile,
 * and what the system does not keep of the file costs no memory. */
#include "kin/embeddings.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/hash.h"
#include "exchange/npy_header.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { fvecs_head = 4, hashed_at_once = 4 << 20 };

struct kin_embeddings {
    char *path;
    int fd;
    uint64_t size, start; /* of the file; where the rows begin */
    uint64_t rows;
    size_t dim;
    int component; /* bytes: 2, 4, 8 */
    size_t head;   /* bytes before the components of each row: the dim of .fvecs */
    size_t stride;
};

static uint64_t little_endian(const unsigned char *bytes, int n)
{
    uint64_t value = 0;
    for (int i = 0; i < n; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

/* IEEE half: a float's bits after the exponents' difference is multiplied in; that is exact, for subnormals too. */
static double half_at(const unsigned char *bytes)
{
    uint32_t half = (uint32_t)little_endian(bytes, 2), bits = (half & 0x7fffU) << 13;
    float value;
    if ((half & 0x7c00U) == 0x7c00U)
        return NAN; /* infinite or not a number: both are refused */
    memcpy(&value, &bits, sizeof value);
    double scaled = (double)value * 0x1p112;
    return half & 0x8000U ? -scaled : scaled;
}

static double float_at(const unsigned char *bytes)
{
    uint32_t bits = (uint32_t)little_endian(bytes, 4);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static double double_at(const unsigned char *bytes)
{
    uint64_t bits = little_endian(bytes, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int read_at(const kin_embeddings *e, uint64_t offset, void *bytes, size_t size, kin_error *err)
{
    unsigned char *to = bytes;
    while (size) {
        ssize_t n = pread(e->fd, to, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return kin_fail_errno(err, "read", e->path);
        if (n == 0)
            return kin_fail(err, KIN_E_IO, "%s became shorter while it was read; index again when it is whole",
                            e->path);
        to += n;
        offset += (size_t)n;
        size -= (size_t)n;
    }
    return KIN_OK;
}

/* ---- Opening ---- */

static int open_file(kin_embeddings *e, const char *path, kin_error *err)
{
    struct stat info;
    e->path = strdup(path);
    if (!e->path)
        return kin_fail_memory(err);
    e->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (e->fd < 0 && errno == ENOENT)
        return kin_fail(err, KIN_E_NOTFOUND, "there is no file %s; check the path", path);
    if (e->fd < 0 || fstat(e->fd, &info) != 0)
        return kin_fail_errno(err, "open", path);
    if (!S_ISREG(info.st_mode))
        return kin_fail(err, KIN_E_USAGE, "%s is no file; embeddings are read from a .npy or .fvecs file", path);
    e->size = (uint64_t)info.st_size;
    return KIN_OK;
}

static int check_dim(const kin_embeddings *e, uint64_t dim, kin_error *err)
{
    if (dim >= 1 && dim <= KIN_EMBEDDINGS_MOST_DIM)
        return KIN_OK;
    return kin_fail(err, KIN_E_FORMAT, "%s: its rows have %llu components; 1 to %d are possible", e->path,
                    (unsigned long long)dim, KIN_EMBEDDINGS_MOST_DIM);
}

static int read_npy_text(const kin_embeddings *e, size_t start, size_t length, kin_exchange__npy *header,
                         kin_error *err)
{
    char *text = kin_alloc_array(length + 1, 1);
    if (!text)
        return kin_fail_memory(err);
    int code = read_at(e, start, text, length, err);
    text[length] = '\0';
    if (code == KIN_OK && strlen(text) != length)
        code = kin_fail(err, KIN_E_FORMAT, "%s: the .npy header is damaged; save the array again with numpy.save",
                        e->path);
    if (code == KIN_OK)
        code = kin_exchange__npy_header(text, e->path, header, err);
    free(text);
    return code;
}

static int open_npy(kin_embeddings *e, const unsigned char *bytes, kin_error *err)
{
    size_t start, length, wanted;
    kin_exchange__npy header;
    if (!kin_exchange__npy_extent(bytes, &start, &length))
        return kin_fail(err, KIN_E_FORMAT, "%s is a .npy file of version %d.%d; versions 1 to 3 are known", e->path,
                        bytes[6], bytes[7]);
    if (length > kin_exchange__npy_most_text || start + length > e->size)
        return kin_fail(err, KIN_E_FORMAT, "%s: the .npy header is %s; save the array again with numpy.save", e->path,
                        length > kin_exchange__npy_most_text ? "longer than 64 KiB" : "cut off");
    int code = read_npy_text(e, start, length, &header, err);
    if (code == KIN_OK)
        code = check_dim(e, header.columns, err);
    if (code != KIN_OK)
        return code;
    e->start = start + length;
    e->rows = header.rows;
    e->dim = (size_t)header.columns;
    e->component = header.component;
    e->stride = e->dim * (size_t)e->component;
    if (kin_size_mul((size_t)e->rows, e->stride, &wanted) && wanted == e->size - e->start)
        return KIN_OK;
    return kin_fail(err, KIN_E_FORMAT, "%s: %llu x %zu numbers of %d bytes are announced, but %llu bytes follow: %s",
                    e->path, (unsigned long long)e->rows, e->dim, e->component,
                    (unsigned long long)(e->size - e->start), "copy or save the file again");
}

static int open_fvecs(kin_embeddings *e, const unsigned char *bytes, kin_error *err)
{
    uint64_t dim = e->size >= fvecs_head ? little_endian(bytes, fvecs_head) : 0;
    int code = e->size ? check_dim(e, dim, err) : KIN_OK;
    if (code != KIN_OK || !e->size)
        return code;
    e->dim = (size_t)dim;
    e->component = 4;
    e->head = fvecs_head;
    e->stride = fvecs_head + 4 * e->dim;
    e->rows = e->size / e->stride;
    if (e->size % e->stride == 0)
        return KIN_OK;
    return kin_fail(err, KIN_E_FORMAT,
                    "%s: %llu bytes are no whole number of rows of %zu components: it is cut off, or its rows differ",
                    e->path, (unsigned long long)e->size, e->dim);
}

static int open_rows(kin_embeddings *e, kin_error *err)
{
    unsigned char bytes[kin_exchange__npy_prefix] = { 0 };
    size_t n = e->size < sizeof bytes ? (size_t)e->size : sizeof bytes;
    int code = read_at(e, 0, bytes, n, err);
    if (code != KIN_OK)
        return code;
    if (n >= 8 && memcmp(bytes, "\x93NUMPY", 6) == 0)
        code = open_npy(e, bytes, err);
    else if (strcasecmp(kin_path_extension(e->path), ".fvecs") == 0)
        code = open_fvecs(e, bytes, err);
    else
        code = kin_fail(err, KIN_E_FORMAT, "%s is neither .npy nor .fvecs%s", e->path,
                        memcmp(bytes, "PK", 2) == 0 ? ": an archive such as .npz; save the one array with numpy.save"
                                                    : "; numpy.save writes .npy");
    if (code == KIN_OK && e->rows == 0)
        code = kin_fail(err, KIN_E_FORMAT, "%s has no rows", e->path);
    return code;
}

int kin_embeddings_open(const char *path, kin_embeddings **out, kin_error *err)
{
    kin_embeddings *e = kin_alloc_zeroed(1, sizeof *e);
    if (!e)
        return kin_fail_memory(err);
    e->fd = -1;
    int code = open_file(e, path, err);
    if (code == KIN_OK)
        code = open_rows(e, err);
    if (code != KIN_OK) {
        kin_embeddings_close(e);
        return code;
    }
    *out = e;
    return KIN_OK;
}

void kin_embeddings_close(kin_embeddings *embeddings)
{
    if (!embeddings)
        return;
    if (embeddings->fd >= 0)
        close(embeddings->fd);
    free(embeddings->path);
    free(embeddings);
}

uint64_t kin_embeddings_rows(const kin_embeddings *embeddings)
{
    return embeddings->rows;
}

size_t kin_embeddings_dim(const kin_embeddings *embeddings)
{
    return embeddings->dim;
}

/* ---- Reading ---- */

static int check_head(const kin_embeddings *e, uint64_t row, const unsigned char *bytes, kin_error *err)
{
    if (!e->head || little_endian(bytes, fvecs_head) == e->dim)
        return KIN_OK;
    return kin_fail(err, KIN_E_FORMAT, "%s: row %llu says that it has %lld components, the first has %zu", e->path,
                    (unsigned long long)row, (long long)(int32_t)(uint32_t)little_endian(bytes, fvecs_head), e->dim);
}

/* Divides by the largest component before squaring, so that neither huge nor tiny rows lose anything. */
static int normalise(const kin_embeddings *e, uint64_t row, const double *values, float *vector, kin_error *err)
{
    double largest = 0, sum = 0;
    for (size_t i = 0; i < e->dim; i++) {
        if (!isfinite(values[i]))
            return kin_fail(err, KIN_E_FORMAT, "row %llu of %s has a component that is not finite",
                            (unsigned long long)row, kin_path_base(e->path));
        largest = fmax(largest, fabs(values[i]));
    }
    if (largest == 0)
        return kin_fail(err, KIN_E_FORMAT, "row %llu of %s is all zeros", (unsigned long long)row,
                        kin_path_base(e->path));
    for (size_t i = 0; i < e->dim; i++)
        sum += values[i] / largest * (values[i] / largest);
    double length = sqrt(sum);
    for (size_t i = 0; i < e->dim; i++)
        vector[i] = (float)(values[i] / largest / length);
    return KIN_OK;
}

int kin_embeddings_row(const kin_embeddings *e, uint64_t row, float *vector, kin_error *err)
{
    if (row >= e->rows)
        return kin_fail(err, KIN_E_USAGE, "%s has no row %llu; it has %llu", e->path, (unsigned long long)row,
                        (unsigned long long)e->rows);
    double *values = kin_alloc_array(e->dim, sizeof *values);
    unsigned char *bytes = kin_alloc_array(e->stride, 1);
    int code = values && bytes ? read_at(e, e->start + row * e->stride, bytes, e->stride, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        code = check_head(e, row, bytes, err);
    if (code == KIN_OK) {
        const unsigned char *from = bytes + e->head;
        for (size_t i = 0; i < e->dim; i++, from += e->component)
            values[i] = e->component == 4 ? float_at(from) : e->component == 2 ? half_at(from) : double_at(from);
        code = normalise(e, row, values, vector, err);
    }
    free(values);
    free(bytes);
    return code;
}

/* ---- The whole content ---- */

/* The rows that begin in a chunk of the file, whose chunks hold whole rows. */
static int check_heads(const kin_embeddings *e, uint64_t offset, const unsigned char *bytes, size_t size,
                       kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; e->head && code == KIN_OK && i < size; i += e->stride)
        code = check_head(e, (offset + i) / e->stride, bytes + i, err);
    return code;
}

int kin_embeddings_hash(const kin_embeddings *e, const kin_watch *watch, uint64_t *hash, kin_error *err)
{
    size_t chunk = hashed_at_once - hashed_at_once % e->stride;
    unsigned char *bytes = kin_alloc_array(chunk, 1);
    uint64_t sum = kin_hash(&e->size, sizeof e->size);
    int code = bytes ? KIN_OK : kin_fail_memory(err);
    for (uint64_t offset = 0; code == KIN_OK && offset < e->size; offset += chunk) {
        size_t n = e->size - offset < chunk ? (size_t)(e->size - offset) : chunk;
        code = read_at(e, offset, bytes, n, err);
        if (code == KIN_OK)
            code = check_heads(e, offset, bytes, n, err);
        sum = code == KIN_OK ? kin_hash_more(sum, bytes, n) : sum;
        if (watch && watch->progress)
            watch->progress(watch->user, "read embeddings", (offset + n) >> 20, e->size >> 20);
        if (code == KIN_OK && watch && watch->stop && watch->stop(watch->user))
            code = kin_fail(err, KIN_E_STOPPED, "stopped while reading %s; run the same command to go on", e->path);
    }
    free(bytes);
    if (code == KIN_OK)
        *hash = sum;
    return code;
}
