/* Shape: histograms of gradient orientation (Dalal & Triggs 2005) over 8 x 8 cells, 16 directions of the full circle,
 * of the strongest of the three Lab channels at each pixel.
 *
 * In place of their overlapping local normalisation: square roots of the bins (Hellinger kernel) and one length for the
 * whole. The 1,024 values then go through a cosine transform over the cells and a Fourier transform over the angle. In
 * that basis a mirror image only changes signs, so the kept half (those that keep their sign) is the mean of an image's
 * and its mirror's histogram; the lowest frequencies hold most of what tells images apart, and leaving out frequency 0
 * removes what all images share. */

#include "descriptor/classic.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double highest = 5.12;    /* frequencies kept: u^2 + v^2 + (angle_step k)^2 <= highest^2 */
static const double angle_step = 0.75; /* of one angular frequency, in spatial ones */
static const double slope = 0.5;       /* frequency r is weighted by r^slope: a mild whitening */
static const float weight = 1.0F;
static const float noise = 0.3F; /* less than grain of one grey level gives: near-flat regions are not told by it */

/* One column of the basis: the real (or imaginary) part of angular frequency k and cosine (u, v) over the cells. */
static void fill_column(float *basis, size_t column, size_t k, size_t u, size_t v, bool imaginary, double scale)
{
    for (size_t n = 0; n < KIN_CLASSIC_GRADIENT_BINS; n++) {
        size_t angle = n % KIN_CLASSIC_ANGLES, x = n / KIN_CLASSIC_ANGLES % KIN_CLASSIC_CELLS;
        size_t y = n / (KIN_CLASSIC_ANGLES * KIN_CLASSIC_CELLS);
        double turn = 2 * pi * (double)(k * angle % KIN_CLASSIC_ANGLES) / KIN_CLASSIC_ANGLES;
        double value = kin_classic__cosine(KIN_CLASSIC_CELLS, u, y) * kin_classic__cosine(KIN_CLASSIC_CELLS, v, x) *
                       (imaginary ? sin(turn) : cos(turn));
        basis[n * KIN_CLASSIC_GRADIENT_DIM + column] = (float)(value * scale);
    }
}

/* A mirror image has bin 8 - a where the image has a, and column 7 - x where it has x: (k, u, v) becomes its conjugate
 * times (-1)^(k + v). So real parts stay where k + v is even, and imaginary parts where it is odd. */
static void fill_basis(float *basis)
{
    enum { LAST = KIN_CLASSIC_ANGLES / 2 };
    size_t column = 0;
    for (size_t k = 0; k <= LAST; k++)
        for (size_t u = 0; u < KIN_CLASSIC_CELLS; u++)
            for (size_t v = 0; v < KIN_CLASSIC_CELLS; v++) {
                double along = angle_step * (double)k;
                double r = sqrt((double)(u * u + v * v) + along * along);
                bool imaginary = (k + v) % 2 == 1, single = k == 0 || k == LAST;
                if (r == 0 || r > highest || (imaginary && single))
                    continue;
                double scale = pow(r, slope) * sqrt((single ? 1.0 : 2.0) / KIN_CLASSIC_ANGLES);
                fill_column(basis, column++, k, u, v, imaginary, scale);
            }
    assert(column == KIN_CLASSIC_GRADIENT_DIM);
}

void kin_classic__gradient_init(kin_classic_gradient *table)
{
    kin_classic__windows(KIN_CLASSIC_SIDE, KIN_CLASSIC_CELLS, table->cell, table->share);
    fill_basis(table->basis);
}

/* Central differences of one row of one channel, the border repeated; kept where longer than what is there. */
static void keep_longest(const float *above, const float *row, const float *below, float *dx, float *dy, float *square)
{
    float padded[KIN_CLASSIC_SIDE + 2];
    memcpy(padded + 1, row, KIN_CLASSIC_SIDE * sizeof(float));
    padded[0] = row[0];
    padded[KIN_CLASSIC_SIDE + 1] = row[KIN_CLASSIC_SIDE - 1];
    for (size_t x = 0; x < KIN_CLASSIC_SIDE; x++) {
        float h = padded[x + 2] - padded[x], v = below[x] - above[x], s = h * h + v * v;
        bool longer = s > square[x];
        dx[x] = longer ? h : dx[x];
        dy[x] = longer ? v : dy[x];
        square[x] = longer ? s : square[x];
    }
}

/* Direction in bins, 0..16, of (dx, dy): the arc tangent of the lesser over the greater by an odd polynomial (error
 * below 5e-5 bins), unfolded from the first octant. Branch-free so that it vectorises. */
static void directions(const float *dx, const float *dy, float *turn)
{
    for (size_t i = 0; i < KIN_CLASSIC_SIDE; i++) {
        float x = fabsf(dx[i]), y = fabsf(dy[i]);
        float greater = x > y ? x : y, lesser = x > y ? y : x;
        float t = lesser / (greater + 1e-30F), s = t * t;
        float p = -0.0117212F;
        p = p * s + 0.05265332F;
        p = p * s - 0.11643287F;
        p = p * s + 0.19354346F;
        p = p * s - 0.33262347F;
        p = p * s + 0.99997726F;
        p = p * t * 2.5464791F; /* 8 bins are pi */
        p = y > x ? 4 - p : p;
        p = dx[i] < 0 ? 8 - p : p;
        turn[i] = dy[i] < 0 ? 16 - p : p;
    }
}

/* Adds a row of pixels to the cells of one row: cells[CELLS, ANGLES]. */
static void add_pixels(const kin_classic_gradient *table, const float *length, const float *turn, float *cells)
{
    for (size_t x = 0; x < KIN_CLASSIC_SIDE; x++) {
        int low = (int)turn[x];
        float upper = length[x] * (turn[x] - (float)low), lower = length[x] - upper;
        size_t a = (size_t)low % KIN_CLASSIC_ANGLES, b = (size_t)(low + 1) % KIN_CLASSIC_ANGLES;
        float right = table->share[x], left = 1 - right;
        float *cell = cells + (size_t)table->cell[x] * KIN_CLASSIC_ANGLES;
        cell[a] += left * lower;
        cell[b] += left * upper;
        cell[a + KIN_CLASSIC_ANGLES] += right * lower;
        cell[b + KIN_CLASSIC_ANGLES] += right * upper;
    }
}

void kin_classic__gradient_histogram(const kin_classic_gradient *table, const float *lab,
                                     float histogram[KIN_CLASSIC_GRADIENT_BINS])
{
    enum { ROW = KIN_CLASSIC_CELLS * KIN_CLASSIC_ANGLES };
    const float area = 1.0F / ((KIN_CLASSIC_SIDE / KIN_CLASSIC_CELLS) * (KIN_CLASSIC_SIDE / KIN_CLASSIC_CELLS));
    memset(histogram, 0, KIN_CLASSIC_GRADIENT_BINS * sizeof(float));
    for (size_t y = 0; y < KIN_CLASSIC_SIDE; y++) {
        float dx[KIN_CLASSIC_SIDE] = { 0 }, dy[KIN_CLASSIC_SIDE] = { 0 }, length[KIN_CLASSIC_SIDE] = { 0 };
        float turn[KIN_CLASSIC_SIDE], cells[ROW] = { 0 };
        size_t above = y ? y - 1 : 0, below = y + 1 < KIN_CLASSIC_SIDE ? y + 1 : y;
        for (size_t c = 0; c < 3; c++) {
            const float *plane = lab + c * KIN_CLASSIC_PIXELS;
            keep_longest(plane + above * KIN_CLASSIC_SIDE, plane + y * KIN_CLASSIC_SIDE,
                         plane + below * KIN_CLASSIC_SIDE, dx, dy, length);
        }
        for (size_t x = 0; x < KIN_CLASSIC_SIDE; x++)
            length[x] = sqrtf(length[x]);
        directions(dx, dy, turn);
        add_pixels(table, length, turn, cells);
        float lower = table->share[y] * area, upper = area - lower;
        float *out = histogram + (size_t)table->cell[y] * ROW;
        for (size_t i = 0; i < ROW; i++) {
            out[i] += upper * cells[i];
            out[i + ROW] += lower * cells[i];
        }
    }
}

void kin_classic__gradient(const kin_classic_gradient *table, const float *lab, float block[KIN_CLASSIC_GRADIENT_DIM])
{
    float histogram[KIN_CLASSIC_GRADIENT_BINS];
    kin_classic__gradient_histogram(table, lab, histogram);
    for (size_t i = 0; i < KIN_CLASSIC_GRADIENT_BINS; i++)
        histogram[i] = sqrtf(histogram[i]);
    kin_classic__project(histogram, KIN_CLASSIC_GRADIENT_BINS, table->basis, KIN_CLASSIC_GRADIENT_DIM, block);
    kin_classic__balance(block, KIN_CLASSIC_GRADIENT_DIM, weight, noise);
}

size_t kin_classic__gradient_constants(double *values, size_t count)
{
    values[count++] = KIN_CLASSIC_CELLS;
    values[count++] = KIN_CLASSIC_ANGLES;
    values[count++] = highest;
    values[count++] = angle_step;
    values[count++] = slope;
    values[count++] = (double)weight;
    values[count++] = (double)noise;
    return count;
}
