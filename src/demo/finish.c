/* What the lens, the sensor and the surfaces add to a drawn picture. */

#include "demo/canvas.h"

#include <math.h>
#include <string.h>

/* splitmix64's mixer: one well-spread number of a place and a seed. */
static uint64_t scramble(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* -1..1 at a cell. */
static double cell(uint64_t seed, int x, int y)
{
    uint64_t key = seed + (uint64_t)(uint32_t)x * 0x9e3779b97f4a7c15u + ((uint64_t)(uint32_t)y << 32);
    return (double)(scramble(key) >> 40) * 0x1p-23 - 1;
}

void kin_canvas_mottle(kin_canvas *canvas, int y0, int y1, double strength, uint64_t seed)
{
    enum { wide = 7 };
    y0 = y0 < 0 ? 0 : y0;
    y1 = y1 > canvas->height ? canvas->height : y1;
    for (int y = y0; y < y1; y++) {
        float *pixel = canvas->rgb + (size_t)y * (size_t)canvas->width * 3;
        double from = 0, to = cell(seed, 0, y);
        for (int x = 0; x < canvas->width; x++, pixel += 3) {
            if (x % wide == 0) {
                from = to;
                to = cell(seed, x / wide + 1, y);
            }
            float by = (float)(1 + strength * (from + (to - from) * (x % wide) / wide));
            for (int k = 0; k < 3; k++)
                pixel[k] *= by;
        }
    }
}

/* (1 2 1) / 4 along one line of `count` pixels, `step` floats apart. */
static void soften_line(const float *in, float *out, size_t count, size_t step, float amount)
{
    for (size_t i = 0; i < count; i++) {
        const float *before = in + (i ? i - 1 : i) * step, *after = in + (i + 1 < count ? i + 1 : i) * step;
        for (size_t k = 0; k < 3; k++) {
            float here = in[i * step + k];
            out[i * step + k] = here + amount * ((before[k] + after[k]) / 4 - here / 2);
        }
    }
}

void kin_canvas_soften(kin_canvas *canvas, double amount)
{
    size_t width = (size_t)canvas->width, height = (size_t)canvas->height;
    for (size_t y = 0; y < height; y++)
        soften_line(canvas->rgb + y * width * 3, canvas->spare + y * width * 3, width, 3, (float)amount);
    for (size_t x = 0; x < width; x++)
        soften_line(canvas->spare + x * 3, canvas->rgb + x * 3, height, width * 3, (float)amount);
}

/* About normal, standard deviation 1: the sum of four uniform 16-bit parts of one number. */
static double grain_of(uint64_t bits)
{
    double sum =
        (double)(bits & 0xffff) + (double)(bits >> 16 & 0xffff) + (double)(bits >> 32 & 0xffff) + (double)(bits >> 48);
    return (sum / 65535 - 2) * 1.7320508;
}

void kin_canvas_finish(kin_canvas *canvas, double vignette, double grain, uint64_t seed, uint8_t *out)
{
    double cx = canvas->width / 2.0, cy = canvas->height / 2.0, corner = cx * cx + cy * cy;
    const float *in = canvas->rgb;
    uint64_t state = seed;
    for (int y = 0; y < canvas->height; y++)
        for (int x = 0; x < canvas->width; x++, in += 3, out += 3) {
            double dx = x + 0.5 - cx, dy = y + 0.5 - cy;
            double by = 1 - vignette * (dx * dx + dy * dy) / corner;
            double g = grain * grain_of(scramble(state += 0x9e3779b97f4a7c15u));
            for (int k = 0; k < 3; k++) {
                double v = (in[k] * by + g) * 255 + 0.5;
                out[k] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
            }
        }
}
