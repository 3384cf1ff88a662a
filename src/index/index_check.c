/* What of vectors.bin can be checked without describing anything again. An 8-bit row's scale is what makes its length
 * 1, so that it is a weak sum of the row; the sums of blocks, which the ledger keeps, tell the rest. Of a block whose
 * sum differs no row is trusted. Rows that were replaced, or whose items are gone, do no harm. */
#include "index/index_private.h"
#include "kin/index_upkeep.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool kin_index_sum(const kin_index *index, uint64_t block, uint64_t *sum)
{
    const kin_index__file *file = &index->file;
    if (block < file->sums_first || block - file->sums_first >= file->sums_count)
        return false;
    *sum = file->sums[block - file->sums_first];
    return true;
}

int kin_index_each(const kin_index *index, int (*take)(void *user, int64_t id, kin_error *err), void *user,
                   kin_error *err)
{
    int code = KIN_OK;
    for (size_t row = 0; code == KIN_OK && row < index->map.rows; row++)
        if (kin_index__bit(index->map.live, row))
            code = take(user, index->map.ids[row], err);
    return code;
}

static bool bytes_hold(size_t dim, const unsigned char *in)
{
    int most = 0;
    double squares = 0;
    for (size_t i = 0; i < dim; i++) {
        int value = (int8_t)in[i];
        most = abs(value) > most ? abs(value) : most;
        squares += (double)(value * value);
    }
    float scale, wanted = (float)(1 / sqrt(squares));
    memcpy(&scale, in + ((dim + 3) & ~(size_t)3), sizeof scale);
    return most == INT8_MAX && memcmp(&scale, &wanted, sizeof scale) == 0;
}

static bool row_holds(const kin_index__format *format, const unsigned char *row, float *vector)
{
    const unsigned char *in = row + kin_index__row_head;
    if (kin_index__row_id(row) < 0) {
        for (size_t i = kin_index__row_head; i < format->stride; i++)
            if (row[i])
                return false;
        return true;
    }
    if (format->type == KIN_VECTOR_I8)
        return bytes_hold(format->dim, in);
    double squares = 0;
    kin_index__decode(format, row, vector);
    for (size_t i = 0; i < format->dim; i++)
        squares += (double)vector[i] * (double)vector[i];
    return fabs(squares - 1) < 4e-3;
}

bool kin_index_holds(const kin_index *index, int64_t id)
{
    size_t row;
    const kin_index__file *file = &index->file;
    float *vector = kin_alloc_array(file->format.dim, sizeof *vector);
    bool holds = vector && kin_index__map_find(&index->map, id, &row) &&
                 row_holds(&file->format, kin_index__file_row(file, row), vector);
    free(vector);
    return holds;
}

typedef struct checking {
    const kin_index *index;
    const kin_index_checks *checks;
    kin_index_checked *out;
    unsigned char *rows; /* [KIN_INDEX_BLOCK * stride] */
    float *vector;       /* [dim] */
} checking;

/* Whether the block is what was written, as far as there is a sum. */
static bool block_holds(checking *c, size_t first, size_t n)
{
    const kin_index__format *format = &c->index->file.format;
    uint64_t block = first / KIN_INDEX_BLOCK, sum = block, kept = 0;
    c->out->blocks++;
    if (!c->checks->sum || !c->checks->sum(c->checks->user, block, &kept)) {
        c->out->blocks_without_sum++;
        return true;
    }
    for (size_t i = 0; i < n; i++)
        sum = kin_index__sum_more(format, sum, c->rows + i * format->stride);
    c->out->blocks_damaged += sum != kept;
    return sum == kept;
}

static int check_block(checking *c, size_t first, size_t n, kin_error *err)
{
    const kin_index *index = c->index;
    size_t stride = index->file.format.stride;
    int code = kin_index__file_read(&index->file, first, n, c->rows, err);
    if (code != KIN_OK)
        return code;
    bool holds = block_holds(c, first, n);
    for (size_t i = 0; code == KIN_OK && i < n; i++) {
        const unsigned char *row = c->rows + i * stride;
        bool good = row_holds(&index->file.format, row, c->vector);
        c->out->damaged += !good;
        if ((!good || !holds) && kin_index__bit(index->map.live, first + i))
            code = c->checks->damaged(c->checks->user, index->map.ids[first + i], err);
    }
    return code;
}

int kin_index_check(const kin_index *index, const kin_index_checks *checks, kin_index_checked *out, kin_error *err)
{
    const kin_index__format *format = &index->file.format;
    *out = (kin_index_checked) { .rows = index->map.rows };
    checking c = { .index = index, .checks = checks, .out = out };
    c.rows = kin_alloc_array(KIN_INDEX_BLOCK, format->stride);
    c.vector = kin_alloc_array(format->dim, sizeof *c.vector);
    int code = c.rows && c.vector ? KIN_OK : kin_fail_memory(err);
    for (size_t first = 0; code == KIN_OK && first < index->map.rows; first += KIN_INDEX_BLOCK) {
        size_t left = index->map.rows - first;
        code = check_block(&c, first, left < KIN_INDEX_BLOCK ? left : KIN_INDEX_BLOCK, err);
    }
    free(c.rows);
    free(c.vector);
    return code;
}
