/* 8-bit depthwise convolution. Channels go in groups of 64 (VNNI) or 16 (AVX2). At each input column the bytes of
 * TAP_ROWS rows of a group are interleaved, so that a sum's inputs from those rows are neighbours and one dot product
 * does as many vertical taps; rows of the kernel beyond the last are zero weights. A register tile of 7 neighbouring
 * outputs uses every interleaved column for all the outputs it touches. With VNNI a group is two halves of 32 channels,
 * as interleaving the low and the high bytes of each 128-bit lane gives them; packing the sums restores the order.
 *
 * Packed, behind multipliers and addends in channel order: both again in the order of the sums, then weights
 * [group, row group, column, half, 2 vectors of sums]. */
#include "kernel/simd8.h"

#ifdef __AVX512VNNI__

enum { GROUP = 64, TAP_ROWS = 4, HALVES = 2, SUM_BYTES = 64 };
typedef __m512i bytes;
typedef __mmask64 byte_mask;
typedef __m512i half_result;

/* The channel of a group whose sum is lane `lane` of vector v of a half. */
static size_t channel_of(size_t half, size_t v, size_t lane)
{
    return lane / 4 * 16 + half * 8 + v * 4 + lane % 4;
}

KIN_INLINE byte_mask lanes_mask(size_t lanes)
{
    return lanes >= 64 ? ~(byte_mask)0 : ((byte_mask)1 << lanes) - 1;
}

KIN_INLINE bytes fill_bytes(uint8_t value)
{
    return _mm512_set1_epi8((char)value);
}

KIN_INLINE bytes load_bytes(const uint8_t *from)
{
    return _mm512_loadu_si512(from);
}

KIN_INLINE void interleave(const bytes *row, size_t half, dot *v)
{
    bytes a = half ? _mm512_unpackhi_epi8(row[0], row[1]) : _mm512_unpacklo_epi8(row[0], row[1]);
    bytes b = half ? _mm512_unpackhi_epi8(row[2], row[3]) : _mm512_unpacklo_epi8(row[2], row[3]);
    v[0] = _mm512_unpacklo_epi16(a, b);
    v[1] = _mm512_unpackhi_epi16(a, b);
}

KIN_INLINE dot add_taps(dot sum, dot v, const uint8_t *weights)
{
    return _mm512_dpbusd_epi32(sum, v, _mm512_load_si512(weights));
}

static void put_tap(uint8_t *weights, size_t lane, size_t tap_row, int8_t weight)
{
    memcpy(weights + 4 * lane + tap_row, &weight, 1);
}

KIN_INLINE __m512i to_whole(dot sum, const float *multiplier, const float *addend)
{
    return _mm512_cvtps_epi32(
        _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(multiplier), _mm512_loadu_ps(addend)));
}

/* `factors`: of the half; addends follow the multipliers of the group. */
KIN_INLINE half_result finish_half(const dot *sum, const float *factors)
{
    __m512i first = to_whole(sum[0], factors, factors + GROUP);
    return _mm512_packs_epi32(first, to_whole(sum[1], factors + 16, factors + GROUP + 16));
}

KIN_INLINE void store_group(const half_result *halves, bytes low, bytes high, byte_mask lanes, uint8_t *y)
{
    bytes all = _mm512_packus_epi16(halves[0], halves[1]);
    all = _mm512_min_epu8(_mm512_max_epu8(all, low), high);
    _mm512_mask_storeu_epi8(y, lanes, all);
}

#else

enum { GROUP = 16, TAP_ROWS = 2, HALVES = 1, SUM_BYTES = 32 };
typedef __m128i bytes;
typedef int byte_mask;
typedef __m256i half_result;

static size_t channel_of(size_t half, size_t v, size_t lane)
{
    (void)half;
    return v * 8 + lane;
}

KIN_INLINE byte_mask lanes_mask(size_t lanes)
{
    (void)lanes;
    return 0;
}

KIN_INLINE bytes fill_bytes(uint8_t value)
{
    return _mm_set1_epi8((char)value);
}

KIN_INLINE bytes load_bytes(const uint8_t *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

KIN_INLINE void interleave(const bytes *row, size_t half, dot *v)
{
    (void)half;
    v[0] = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(row[0], row[1]));
    v[1] = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(row[0], row[1]));
}

KIN_INLINE dot add_taps(dot sum, dot v, const uint8_t *weights)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(v, _mm256_load_si256((const __m256i *)(const void *)weights)));
}

static void put_tap(uint8_t *weights, size_t lane, size_t tap_row, int8_t weight)
{
    int16_t wide = weight;
    memcpy(weights + 4 * lane + 2 * tap_row, &wide, sizeof wide);
}

KIN_INLINE __m256i to_whole(dot sum, const float *multiplier, const float *addend)
{
    return _mm256_cvtps_epi32(
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(multiplier), _mm256_loadu_ps(addend)));
}

KIN_INLINE half_result finish_half(const dot *sum, const float *factors)
{
    __m256i first = to_whole(sum[0], factors, factors + GROUP);
    __m256i words = _mm256_packs_epi32(first, to_whole(sum[1], factors + 8, factors + GROUP + 8));
    return _mm256_permute4x64_epi64(words, 0xD8);
}

KIN_INLINE void store_group(const half_result *halves, bytes low, bytes high, byte_mask lanes, uint8_t *y)
{
    (void)lanes;
    bytes all = _mm_packus_epi16(_mm256_castsi256_si128(halves[0]), _mm256_extracti128_si256(halves[0], 1));
    all = _mm_min_epu8(_mm_max_epu8(all, low), high);
    _mm_storeu_si128((__m128i *)(void *)y, all);
}

#endif

enum { TILE_COLUMNS = 7, HALF_FLOATS = GROUP / HALVES };

static size_t groups_of(size_t channels)
{
    return (channels + GROUP - 1) / GROUP;
}

static size_t row_groups(const kin_window *w)
{
    return (w->kernel_h + TAP_ROWS - 1) / TAP_ROWS;
}

static size_t column_bytes(void)
{
    return (size_t)HALVES * 2 * SUM_BYTES;
}

static size_t group_bytes(const kin_window *w)
{
    return row_groups(w) * w->kernel_w * column_bytes();
}

/* Bytes before the factors in the order of sums; a multiple of 64 for aligned weights. */
static size_t head_bytes(size_t channels)
{
    return (kin_head8(channels) + 63) / 64 * 64;
}

static size_t factor_bytes(size_t channels)
{
    return groups_of(channels) * 2 * GROUP * sizeof(float);
}

size_t DEPTHWISE8(depthwise8_size)(const kin_depthwise8 *op)
{
    return head_bytes(op->channels) + factor_bytes(op->channels) + groups_of(op->channels) * group_bytes(&op->window);
}

static void pack_channel(const kin_window *w, const int8_t *from, uint8_t *group, size_t half, size_t v, size_t lane)
{
    for (size_t i = 0; i < w->kernel_h; i++)
        for (size_t j = 0; j < w->kernel_w; j++) {
            uint8_t *column = group + (i / TAP_ROWS * w->kernel_w + j) * column_bytes();
            put_tap(column + (half * 2 + v) * SUM_BYTES, lane, i % TAP_ROWS, from[i * w->kernel_w + j]);
        }
}

void DEPTHWISE8(depthwise8_pack)(const kin_depthwise8 *op, const kin_weights8 *from, uint8_t *packed)
{
    const kin_window *w = &op->window;
    size_t taps = w->kernel_h * w->kernel_w, lanes = SUM_BYTES / 4;
    memset(packed, 0, DEPTHWISE8(depthwise8_size)(op));
    kin_pack_head8(from, op->channels, taps, packed);
    const float *multiplier = (const float *)(const void *)packed, *addend = multiplier + kin_step8(op->channels);
    float *factors = (float *)(void *)(packed + head_bytes(op->channels));
    uint8_t *weights = packed + head_bytes(op->channels) + factor_bytes(op->channels);
    for (size_t g = 0; g < groups_of(op->channels); g++)
        for (size_t at = 0; at < GROUP; at++) {
            size_t half = at / HALF_FLOATS, v = at % HALF_FLOATS / lanes, lane = at % lanes;
            size_t c = g * GROUP + channel_of(half, v, lane);
            if (c >= op->channels)
                continue;
            factors[g * 2 * GROUP + at] = multiplier[c];
            factors[g * 2 * GROUP + GROUP + at] = addend[c];
            pack_channel(w, from->weights + c * taps, weights + g * group_bytes(w), half, v, lane);
        }
}

/* One row of outputs of one group. */
typedef struct row8 {
    const kin_window *w;
    const uint8_t *x[DEPTH8_ROWS]; /* input rows of the taps; `zeros` outside the image */
    size_t step[DEPTH8_ROWS];      /* from pixel to pixel of each; 0 outside */
    const uint8_t *weights;
    const float *factors;
    const kin_finish8 *finish;
    uint8_t *y;
    size_t y_step;
    byte_mask lanes;
    uint8_t zeros[GROUP]; /* what lies around the image */
} row8;

KIN_INLINE void half_run(const row8 *r, size_t column, size_t kernel, size_t stride, size_t dilation, size_t columns,
                         bool edge, size_t half, half_result *result)
{
    const size_t span = columns == 1 ? kernel : (columns - 1) * stride + kernel;
    const size_t start = column * stride, pad = r->w->pad_left, end = pad + r->w->in_w;
    const uint8_t *weights = r->weights + half * 2 * SUM_BYTES;
    dot sum[TILE_COLUMNS][2];
#pragma GCC unroll 7
    for (size_t t = 0; t < columns; t++)
        sum[t][0] = sum[t][1] = dot_zero();
    for (size_t g = 0; g < row_groups(r->w); g++, weights += kernel * column_bytes()) {
        /* As integers, since they may start before the row; what is outside is not read. */
        uintptr_t x[TAP_ROWS];
#pragma GCC unroll 4
        for (size_t i = 0; i < TAP_ROWS; i++)
            x[i] = (uintptr_t)r->x[g * TAP_ROWS + i] + (start - pad) * r->step[g * TAP_ROWS + i];
#pragma GCC unroll 20
        for (size_t p = 0; p < span; p++) {
            bool border = edge && (columns == 1 || p + 1 < kernel || p + kernel > span);
            size_t at = start + p * dilation;
            bool inside = !border || (at >= pad && at < end);
            bytes row[TAP_ROWS];
            dot v[2];
#pragma GCC unroll 4
            for (size_t i = 0; i < TAP_ROWS; i++) {
                row[i] = load_bytes(inside ? (const uint8_t *)x[i] : r->zeros);
                x[i] += dilation * r->step[g * TAP_ROWS + i];
            }
            interleave(row, half, v);
#pragma GCC unroll 7
            for (size_t j = 0; j < kernel; j++)
                if (p >= j && (p - j) % stride == 0 && (p - j) / stride < columns) {
                    size_t t = (p - j) / stride;
                    sum[t][0] = add_taps(sum[t][0], v[0], weights + j * column_bytes());
                    sum[t][1] = add_taps(sum[t][1], v[1], weights + j * column_bytes() + SUM_BYTES);
                }
        }
    }
#pragma GCC unroll 7
    for (size_t t = 0; t < columns; t++) {
        dot_settle(sum[t][0]);
        dot_settle(sum[t][1]);
    }
#pragma GCC unroll 7
    for (size_t t = 0; t < columns; t++)
        result[t] = finish_half(sum[t], r->factors + half * HALF_FLOATS);
}

KIN_INLINE void tile_run(const row8 *r, size_t column, size_t kernel, size_t stride, size_t dilation, size_t columns,
                         bool edge)
{
    const bytes low = fill_bytes(r->finish->low), high = fill_bytes(r->finish->high);
    const byte_mask lanes = r->lanes;
    const size_t y_step = r->y_step;
    uint8_t *y = r->y + column * y_step;
    half_result result[HALVES][TILE_COLUMNS];
    half_run(r, column, kernel, stride, dilation, columns, edge, 0, result[0]);
    if (HALVES > 1)
        half_run(r, column, kernel, stride, dilation, columns, edge, 1, result[HALVES - 1]);
#pragma GCC unroll 7
    for (size_t t = 0; t < columns; t++) {
        half_result both[2] = { result[0][t], result[HALVES - 1][t] };
        store_group(both, low, high, lanes, y + t * y_step);
    }
}

KIN_INLINE void row_run(const row8 *r, size_t kernel, size_t stride)
{
    const kin_window *w = r->w;
    for (size_t column = 0; column < w->out_w; column += TILE_COLUMNS) {
        if (column + TILE_COLUMNS > w->out_w)
            column = w->out_w - TILE_COLUMNS;
        bool inner =
            column * stride >= w->pad_left && (column + TILE_COLUMNS - 1) * stride + kernel <= w->in_w + w->pad_left;
        if (inner)
            tile_run(r, column, kernel, stride, 1, TILE_COLUMNS, false);
        else
            tile_run(r, column, kernel, stride, 1, TILE_COLUMNS, true);
    }
}

#define ROW8(kernel, stride)                                                                                           \
    static void row8_##kernel##_##stride(const row8 *r)                                                                \
    {                                                                                                                  \
        row_run(r, kernel, stride);                                                                                    \
    }
ROW8(3, 1)
ROW8(3, 2)
ROW8(5, 1)
ROW8(5, 2)

static void row8_any(const row8 *r)
{
    for (size_t column = 0; column < r->w->out_w; column++)
        tile_run(r, column, r->w->kernel_w, r->w->stride_w, r->w->dilation_w, 1, true);
}

typedef void (*row8_function)(const row8 *r);

static row8_function find_row8(const kin_window *w)
{
    static const row8_function functions[2][2] = { { row8_3_1, row8_3_2 }, { row8_5_1, row8_5_2 } };
    bool tiled = (w->kernel_w == 3 || w->kernel_w == 5) && w->stride_w <= 2 && w->dilation_w == 1 &&
                 w->pad_left < w->kernel_w && w->out_w >= TILE_COLUMNS &&
                 (w->out_w - 1) * w->stride_w < w->in_w + w->pad_left;
    return tiled ? functions[w->kernel_w / 2 - 1][w->stride_w - 1] : row8_any;
}

static void find_rows(row8 *r, kin_view8 x, size_t x_rows, size_t row)
{
    const kin_window *w = r->w;
    kin_taps taps = kin_taps_rows(w, row);
    for (size_t i = 0; i < DEPTH8_ROWS; i++) {
        r->x[i] = r->zeros;
        r->step[i] = 0;
    }
    for (size_t i = taps.first, at = taps.input; i < taps.end && i < DEPTH8_ROWS; i++, at += w->dilation_h) {
        r->x[i] = x.data + at % x_rows * w->in_w * x.pixel_step;
        r->step[i] = x.pixel_step;
    }
}

void DEPTHWISE8(depthwise8)(const kin_depthwise8 *op, kin_view8 x, size_t x_rows, kin_view8 y, size_t row0, size_t row1)
{
    const kin_window *w = &op->window;
    const uint8_t *weights = op->packed + head_bytes(op->channels) + factor_bytes(op->channels);
    const float *factors = (const float *)(const void *)(op->packed + head_bytes(op->channels));
    row8_function run = find_row8(w);
    row8 r = { .w = w, .finish = &op->finish, .y_step = y.pixel_step };
    memset(r.zeros, op->x_zero, sizeof r.zeros);
    for (size_t row = row0; row < row1; row++) {
        find_rows(&r, x, x_rows, row);
        for (size_t g = 0; g < groups_of(op->channels); g++) {
            size_t left = kin_step8(op->channels) - g * GROUP;
            r.lanes = lanes_mask(left < GROUP ? left : GROUP);
            r.weights = weights + g * group_bytes(w);
            r.factors = factors + g * 2 * GROUP;
            r.y = y.data + (row - row0) * w->out_w * y.pixel_step + g * GROUP;
            run(&r);
            for (size_t i = 0; i < w->kernel_h; i++)
                r.x[i] += r.step[i] ? GROUP : 0;
        }
    }
}
