/* Colour: CIE Lab, and a soft histogram of it over the whole region.
 *
 * Each pixel is shared linearly among the 2 x 2 x 2 nearest bins and counts more in the middle than at the border (the
 * object is rarely at the rim of its box). The a and b axes are square-rooted away from grey, where colours of real
 * pictures crowd. Counts are square-rooted (Hellinger kernel), then taken to their low cosine frequencies: neighbouring
 * bins are alike, so a few frequencies hold nearly everything, and leaving out frequency 0 removes what all images
 * share. */

#include "descriptor/classic.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double centre_share = 0.7; /* of a pixel's weight falls off towards the border */
static const double highest = 4.2;      /* frequencies (i, j, k) kept: i^2 + j^2 + k^2 <= highest^2 */
static const double slope = 0.3;        /* frequency r is weighted by r^slope: a mild whitening */
static const float weight = 0.6F;

/* CIE 15: f(t) of L = 116 f(Y) - 16, a = 500 (f(X) - f(Y)), b = 200 (f(Y) - f(Z)). */
static double cie_root(double t)
{
    return t > 216.0 / 24389.0 ? cbrt(t) : (24389.0 / 27.0 * t + 16) / 116;
}

void kin_classic__lab_init(kin_classic_lab *table)
{
    for (int i = 0; i < 256; i++) {
        double c = i / 255.0;
        table->linear[i] = (float)(c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    for (int i = 0; i < KIN_CLASSIC_ROOTS + 2; i++)
        table->root[i] = (float)cie_root((double)i / KIN_CLASSIC_ROOTS);
}

/* The interpolation error is below 4e-6, the steepest part being a straight line. */
static float root_of(const kin_classic_lab *table, float t)
{
    float at = t * KIN_CLASSIC_ROOTS;
    int i = (int)at;
    float part = at - (float)i;
    return table->root[i] + part * (table->root[i + 1] - table->root[i]);
}

void kin_classic__lab(const kin_classic_lab *table, const uint8_t *rgb, size_t pixels, float *lab)
{
    float *l = lab, *a = lab + pixels, *b = lab + 2 * pixels;
    for (size_t i = 0; i < pixels; i++) {
        float red = table->linear[rgb[3 * i]], green = table->linear[rgb[3 * i + 1]],
              blue = table->linear[rgb[3 * i + 2]];
        /* sRGB to XYZ, each row divided by the white point; every row sums to 1, so t stays within the table. */
        float x = root_of(table, 0.43395F * red + 0.37621F * green + 0.18984F * blue);
        float y = root_of(table, 0.21267F * red + 0.71516F * green + 0.07217F * blue);
        float z = root_of(table, 0.01776F * red + 0.10947F * green + 0.87277F * blue);
        l[i] = 1.16F * y - 0.16F;
        a[i] = 5.0F * (x - y);
        b[i] = 2.0F * (y - z);
    }
}

static void fill_basis(float *basis)
{
    size_t column = 0;
    for (size_t i = 0; i < KIN_CLASSIC_L_BINS; i++)
        for (size_t j = 0; j < KIN_CLASSIC_AB_BINS; j++)
            for (size_t k = 0; k < KIN_CLASSIC_AB_BINS; k++) {
                double r = sqrt((double)(i * i + j * j + k * k));
                if (r == 0 || r > highest)
                    continue;
                for (size_t n = 0; n < KIN_CLASSIC_COLOUR_BINS; n++) {
                    size_t c = n % KIN_CLASSIC_AB_BINS, b = n / KIN_CLASSIC_AB_BINS % KIN_CLASSIC_AB_BINS;
                    size_t a = n / (KIN_CLASSIC_AB_BINS * KIN_CLASSIC_AB_BINS);
                    double value = kin_classic__cosine(KIN_CLASSIC_L_BINS, i, a) *
                                   kin_classic__cosine(KIN_CLASSIC_AB_BINS, j, b) *
                                   kin_classic__cosine(KIN_CLASSIC_AB_BINS, k, c);
                    basis[n * KIN_CLASSIC_COLOUR_DIM + column] = (float)(value * pow(r, slope));
                }
                column++;
            }
    assert(column == KIN_CLASSIC_COLOUR_DIM);
}

void kin_classic__colour_init(kin_classic_colour *table)
{
    for (size_t i = 0; i < KIN_CLASSIC_HALF; i++)
        table->window[i] = (float)(1 - centre_share + centre_share * sin(pi * ((double)i + 0.5) / KIN_CLASSIC_HALF));
    fill_basis(table->basis);
}

/* The lower of the two bins that share `value` (0..1 over all bins), and the share of the upper one. */
static int lower_bin(float value, int bins, float *share)
{
    float at = value * (float)bins - 0.5F;
    at = at < 0 ? 0 : at;
    at = at > (float)(bins - 1) ? (float)(bins - 1) : at;
    int low = (int)at;
    low = low > bins - 2 ? bins - 2 : low;
    *share = at - (float)low;
    return low;
}

static float spread(float value)
{
    float root = sqrtf(fabsf(value));
    return 0.5F + 0.5F * copysignf(root > 1 ? 1 : root, value);
}

void kin_classic__colour_histogram(const kin_classic_colour *table, const float *half,
                                   float histogram[KIN_CLASSIC_COLOUR_BINS])
{
    enum { STEP_L = KIN_CLASSIC_AB_BINS * KIN_CLASSIC_AB_BINS, STEP_A = KIN_CLASSIC_AB_BINS };
    const float *lightness = half, *red_green = half + KIN_CLASSIC_HALF_PIXELS;
    const float *yellow_blue = half + 2 * KIN_CLASSIC_HALF_PIXELS;
    memset(histogram, 0, KIN_CLASSIC_COLOUR_BINS * sizeof(float));
    for (size_t i = 0; i < KIN_CLASSIC_HALF_PIXELS; i++) {
        float l, a, b;
        int bin = lower_bin(lightness[i], KIN_CLASSIC_L_BINS, &l) * STEP_L;
        bin += lower_bin(spread(red_green[i]), KIN_CLASSIC_AB_BINS, &a) * STEP_A;
        bin += lower_bin(spread(yellow_blue[i]), KIN_CLASSIC_AB_BINS, &b);
        float *h = histogram + bin;
        float whole = table->window[i / KIN_CLASSIC_HALF] * table->window[i % KIN_CLASSIC_HALF];
        float upper = whole * l, lower = whole - upper;
        float upper_a = upper * a, lower_a = lower * a;
        upper -= upper_a;
        lower -= lower_a;
        h[0] += lower * (1 - b);
        h[1] += lower * b;
        h[STEP_A] += lower_a * (1 - b);
        h[STEP_A + 1] += lower_a * b;
        h[STEP_L] += upper * (1 - b);
        h[STEP_L + 1] += upper * b;
        h[STEP_L + STEP_A] += upper_a * (1 - b);
        h[STEP_L + STEP_A + 1] += upper_a * b;
    }
}

void kin_classic__colour(const kin_classic_colour *table, const float *half, float block[KIN_CLASSIC_COLOUR_DIM])
{
    float histogram[KIN_CLASSIC_COLOUR_BINS];
    kin_classic__colour_histogram(table, half, histogram);
    for (size_t i = 0; i < KIN_CLASSIC_COLOUR_BINS; i++)
        histogram[i] = sqrtf(histogram[i]);
    kin_classic__project(histogram, KIN_CLASSIC_COLOUR_BINS, table->basis, KIN_CLASSIC_COLOUR_DIM, block);
    kin_classic__balance(block, KIN_CLASSIC_COLOUR_DIM, weight, 0);
}

size_t kin_classic__colour_constants(double *values, size_t count)
{
    values[count++] = KIN_CLASSIC_L_BINS;
    values[count++] = KIN_CLASSIC_AB_BINS;
    values[count++] = KIN_CLASSIC_ROOTS;
    values[count++] = centre_share;
    values[count++] = highest;
    values[count++] = slope;
    values[count++] = (double)weight;
    return count;
}
