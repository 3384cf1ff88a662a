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

/* out = (1 2 1) / 4 of before, here, after, `amount` of it; over `count` floats. */
static void soften_run(const float *before, const float *here, const float *after, float *out, size_t count,
                       float amount)
{
    for (size_t i = 0; i < count; i++)
        out[i] = here[i] + amount * ((before[i] + after[i]) / 4 - here[i] / 2);
}

void kin_canvas_soften(kin_canvas *canvas, double amount)
{
    size_t row = (size_t)canvas->width * 3, height = (size_t)canvas->height;
    float by = (float)amount;
    /* Along x: the first and the last pixel of a row, having one neighbour only, stay. */
    for (size_t y = 0; y < height; y++) {
        const float *in = canvas->rgb + y * row;
        float *out = canvas->spare + y * row;
        memcpy(out, in, 3 * sizeof *out);
        memcpy(out + row - 3, in + row - 3, 3 * sizeof *out);
        if (row > 6)
            soften_run(in, in + 3, in + 6, out + 3, row - 6, by);
    }
    for (size_t y = 0; y < height; y++) {
        const float *in = canvas->spare + y * row;
        soften_run(y ? in - row : in, in, y + 1 < height ? in + row : in, canvas->rgb + y * row, row, by);
    }
}

/* About normal, standard deviation 1: the sum of four uniform 16-bit parts of one number. */
static float grain_of(uint64_t bits)
{
    uint32_t sum = (uint32_t)(bits & 0xffff) + (uint32_t)(bits >> 16 & 0xffff) + (uint32_t)(bits >> 32 & 0xffff) +
                   (uint32_t)(bits >> 48);
    return ((float)(int32_t)sum - 131070) * (1.7320508f / 65535);
}

void kin_canvas_finish(kin_canvas *canvas, double vignette, double grain, uint64_t seed, uint8_t *out)
{
    float cx = (float)canvas->width / 2, cy = (float)canvas->height / 2;
    float darker = 255 * (float)vignette / (cx * cx + cy * cy), rough = 255 * (float)grain;
    const float *in = canvas->rgb;
    uint64_t state = seed;
    for (int y = 0; y < canvas->height; y++) {
        float dy = (float)y + 0.5f - cy;
        for (int x = 0; x < canvas->width; x++, in += 3, out += 3) {
            float dx = (float)x + 0.5f - cx, by = 255 - darker * (dx * dx + dy * dy);
            float add = rough * grain_of(scramble(state += 0x9e3779b97f4a7c15u)) + 0.5f;
            for (int k = 0; k < 3; k++) {
                float v = in[k] * by + add;
                out[k] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
            }
        }
    }
}
