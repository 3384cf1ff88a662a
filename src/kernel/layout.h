#ifndef KIN_LAYOUT_H
#define KIN_LAYOUT_H
/* Moves between layouts. Source and destination do not overlap. */

#include "kernel/feature.h"

/* y = x, between any two views: channels-last to blocked, back, and slices at any channel offset. */
void kin_view_copy(kin_view x, kin_view y, size_t channels, size_t pixels);

/* Planes [channels, pixels] (ONNX's order) to a view, and back. */
void kin_view_from_planes(const float *planes, size_t channels, size_t pixels, kin_view y);
void kin_view_to_planes(kin_view x, size_t channels, size_t pixels, float *planes);

/* y[columns, rows] = x[rows, columns]^T; row steps in floats. */
void kin_transpose(const float *x, size_t rows, size_t columns, size_t x_step, float *y, size_t y_step);

/* ONNX Transpose: axis i of y is axis order[i] of x; shape is x's. rank <= KIN_PERMUTE_RANK. */
enum { KIN_PERMUTE_RANK = 8 };
void kin_permute(const float *x, size_t rank, const size_t *shape, const size_t *order, float *y);

/* Interleaved bytes [pixels, channels] to y = byte * scale[c] + shift[c]: the net's input from decoded pixels. */
void kin_view_from_bytes(const unsigned char *bytes, size_t channels, size_t pixels, const float *scale,
                         const float *shift, kin_view y);

#endif
