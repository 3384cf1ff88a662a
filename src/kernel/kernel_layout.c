/* Layout moves work on runs of up to 16 channels of a pixel, which are contiguous in every view. */
#include "kernel/layout.h"

#include <string.h>

static size_t lanes_of_block(size_t channels, size_t block)
{
    size_t left = channels - block * KIN_LANES;
    return left < KIN_LANES ? left : KIN_LANES;
}

static void copy_block(const float *from, size_t from_step, float *to, size_t to_step, size_t lanes, size_t filled,
                       size_t pixels)
{
    if (lanes == KIN_LANES) {
        for (size_t p = 0; p < pixels; p++)
            memcpy(to + p * to_step, from + p * from_step, KIN_LANES * sizeof *to);
        return;
    }
    for (size_t p = 0; p < pixels; p++) {
        for (size_t c = 0; c < lanes; c++)
            to[p * to_step + c] = from[p * from_step + c];
        for (size_t c = lanes; c < filled; c++)
            to[p * to_step + c] = 0;
    }
}

void kin_view_copy(kin_view x, kin_view y, size_t channels, size_t pixels)
{
    for (size_t b = 0; b < kin_blocks(channels); b++) {
        size_t lanes = lanes_of_block(channels, b);
        copy_block(x.data + b * x.block_step, x.pixel_step, y.data + b * y.block_step, y.pixel_step, lanes,
                   y.padded ? KIN_LANES : lanes, pixels);
    }
}

void kin_view_from_planes(const float *planes, size_t channels, size_t pixels, kin_view y)
{
    for (size_t b = 0; b < kin_blocks(channels); b++) {
        size_t lanes = lanes_of_block(channels, b);
        const float *from = planes + b * KIN_LANES * pixels;
        float *to = y.data + b * y.block_step;
        for (size_t p = 0; p < pixels; p++, to += y.pixel_step) {
            for (size_t c = 0; c < lanes; c++)
                to[c] = from[c * pixels + p];
            for (size_t c = lanes; y.padded && c < KIN_LANES; c++)
                to[c] = 0;
        }
    }
}

void kin_view_to_planes(kin_view x, size_t channels, size_t pixels, float *planes)
{
    for (size_t b = 0; b < kin_blocks(channels); b++) {
        size_t lanes = lanes_of_block(channels, b);
        const float *from = x.data + b * x.block_step;
        float *to = planes + b * KIN_LANES * pixels;
        for (size_t p = 0; p < pixels; p++, from += x.pixel_step)
            for (size_t c = 0; c < lanes; c++)
                to[c * pixels + p] = from[c];
    }
}

void kin_transpose(const float *x, size_t rows, size_t columns, size_t x_step, float *y, size_t y_step)
{
    enum { TILE = 16 };
    for (size_t row = 0; row < rows; row += TILE) {
        size_t row_end = rows - row < TILE ? rows : row + TILE;
        for (size_t column = 0; column < columns; column += TILE) {
            size_t column_end = columns - column < TILE ? columns : column + TILE;
            for (size_t c = column; c < column_end; c++)
                for (size_t r = row; r < row_end; r++)
                    y[c * y_step + r] = x[r * x_step + c];
        }
    }
}

/* Axes of size 1 vanish and axes that stay neighbours become one, so that most permutations are seen as a few long
 * runs. Returns the number of axes left; step[i] is how far axis i of y moves in x. */
static size_t merge_axes(size_t rank, const size_t *shape, const size_t *order, size_t *size, size_t *step)
{
    size_t x_step[KIN_PERMUTE_RANK];
    size_t all = 1;
    for (size_t i = rank; i-- > 0; all *= shape[i])
        x_step[i] = all;
    size_t axes = 0;
    for (size_t i = 0; i < rank; i++) {
        size_t axis = order[i];
        if (shape[axis] == 1)
            continue;
        if (axes > 0 && step[axes - 1] == x_step[axis] * shape[axis]) {
            size[axes - 1] *= shape[axis];
            step[axes - 1] = x_step[axis];
            continue;
        }
        size[axes] = shape[axis];
        step[axes++] = x_step[axis];
    }
    return axes;
}

/* The last two axes of y as a matrix: rows of it contiguous in x, or columns. */
static void permute_matrix(const float *x, const size_t *size, const size_t *step, float *y)
{
    if (step[1] == 1) {
        for (size_t row = 0; row < size[0]; row++)
            memcpy(y + row * size[1], x + row * step[0], size[1] * sizeof *y);
        return;
    }
    if (step[0] == 1) {
        kin_transpose(x, size[1], size[0], step[1], y, size[1]);
        return;
    }
    for (size_t row = 0; row < size[0]; row++)
        for (size_t column = 0; column < size[1]; column++)
            y[row * size[1] + column] = x[row * step[0] + column * step[1]];
}

void kin_permute(const float *x, size_t rank, const size_t *shape, const size_t *order, float *y)
{
    size_t size[KIN_PERMUTE_RANK], step[KIN_PERMUTE_RANK];
    for (size_t i = 0; i < rank; i++)
        if (shape[i] == 0)
            return;
    size_t axes = merge_axes(rank, shape, order, size, step);
    if (axes == 0) {
        y[0] = x[0];
        return;
    }
    if (axes == 1) {
        for (size_t i = 0; i < size[0]; i++)
            y[i] = x[i * step[0]];
        return;
    }
    size_t outer = axes - 2, position[KIN_PERMUTE_RANK] = { 0 }, matrix = size[outer] * size[outer + 1];
    for (;;) {
        permute_matrix(x, size + outer, step + outer, y);
        y += matrix;
        size_t i = outer;
        for (; i > 0; i--) {
            x += step[i - 1];
            if (++position[i - 1] < size[i - 1])
                break;
            x -= position[i - 1] * step[i - 1];
            position[i - 1] = 0;
        }
        if (i == 0)
            return;
    }
}

enum { FEW = 4 };

/* Pixels without gaps are one run of numbers, whose scales come again after 16 pixels: whole vectors of them. Returns
 * the pixels done. */
static size_t bytes_in_a_run(const unsigned char *restrict bytes, size_t channels, size_t pixels, const float *scale,
                             const float *shift, float *restrict to)
{
    float scales[FEW * KIN_LANES], shifts[FEW * KIN_LANES];
    size_t run = channels * KIN_LANES, done = pixels - pixels % KIN_LANES;
    for (size_t i = 0; i < run; i++) {
        scales[i] = scale[i % channels];
        shifts[i] = shift[i % channels];
    }
    for (size_t i = 0; i < done * channels; i += run)
        for (size_t c = 0; c < run; c += KIN_LANES)
            for (size_t k = 0; k < KIN_LANES; k++)
                to[i + c + k] = (float)bytes[i + c + k] * scales[c + k] + shifts[c + k];
    return done;
}

void kin_view_from_bytes(const unsigned char *bytes, size_t channels, size_t pixels, const float *scale,
                         const float *shift, kin_view y)
{
    size_t done = 0;
    if (channels > 0 && channels <= FEW && y.pixel_step == channels && !y.padded)
        done = bytes_in_a_run(bytes, channels, pixels, scale, shift, y.data);
    for (size_t b = 0; b < kin_blocks(channels); b++) {
        size_t lanes = lanes_of_block(channels, b), first = b * KIN_LANES;
        float *to = y.data + b * y.block_step + done * y.pixel_step;
        for (size_t p = done; p < pixels; p++, to += y.pixel_step) {
            for (size_t c = 0; c < lanes; c++)
                to[c] = (float)bytes[p * channels + first + c] * scale[first + c] + shift[first + c];
            for (size_t c = lanes; y.padded && c < KIN_LANES; c++)
                to[c] = 0;
        }
    }
}
