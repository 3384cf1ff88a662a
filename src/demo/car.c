/* Cars: six bodies from the side, and all of them from the front or the rear. Lengths in metres; the front is right. */

#include "demo/figure.h"

#include <math.h>

static const kin_rgb paints[] = { { 0.92, 0.92, 0.92 }, { 0.12, 0.12, 0.13 }, { 0.60, 0.61, 0.63 },
                                  { 0.36, 0.37, 0.40 }, { 0.62, 0.10, 0.12 }, { 0.12, 0.26, 0.52 },
                                  { 0.16, 0.38, 0.30 }, { 0.90, 0.72, 0.14 }, { 0.52, 0.66, 0.76 },
                                  { 0.48, 0.36, 0.26 } };
static const kin_rgb tyre = { 0.08, 0.08, 0.09 };

/* A body as seen from the side: its outline, the glass, the pillars between panes, and the axles. */
typedef struct body {
    size_t points, panes;
    kin_point outline[16], glass[8];
    double pillar[2]; /* x of the posts; two are enough */
    double door[2];   /* x of the gaps between doors */
    double rear, front, wheel;
    double height, width;
} body;

/* A point given twice is a corner. */
static const body bodies[] = {
    { 14,
      6, /* saloon */
      { { -2.22, 0.30 },
        { -2.28, 0.62 },
        { -2.22, 0.90 },
        { -1.62, 0.97 },
        { -1.00, 1.36 },
        { -0.25, 1.45 },
        { 0.42, 1.39 },
        { 1.10, 1.00 },
        { 1.85, 0.90 },
        { 2.22, 0.72 },
        { 2.28, 0.45 },
        { 2.20, 0.28 },
        { 2.20, 0.28 },
        { -2.22, 0.30 } },
      { { -1.42, 0.98 }, { -0.92, 1.30 }, { -0.25, 1.38 }, { 0.38, 1.32 }, { 0.92, 0.99 }, { 0.92, 0.99 } },
      { -0.28, -1.02 },
      { -0.30, 0.82 },
      -1.38,
      1.40,
      0.33,
      1.45,
      1.80 },
    { 13,
      6, /* hatchback */
      { { -1.92, 0.30 },
        { -1.98, 0.60 },
        { -1.90, 0.95 },
        { -1.55, 1.38 },
        { -0.60, 1.50 },
        { 0.25, 1.45 },
        { 0.98, 1.02 },
        { 1.62, 0.92 },
        { 1.92, 0.72 },
        { 1.96, 0.45 },
        { 1.90, 0.28 },
        { 1.90, 0.28 },
        { -1.92, 0.30 } },
      { { -1.66, 0.99 }, { -1.42, 1.34 }, { -0.60, 1.42 }, { 0.22, 1.37 }, { 0.82, 1.01 }, { 0.82, 1.01 } },
      { -0.42, -1.25 },
      { -0.44, 0.72 },
      -1.20,
      1.25,
      0.32,
      1.50,
      1.74 },
    { 14,
      6, /* estate */
      { { -2.28, 0.30 },
        { -2.33, 0.62 },
        { -2.28, 0.98 },
        { -2.02, 1.42 },
        { -1.10, 1.50 },
        { -0.10, 1.50 },
        { 0.45, 1.42 },
        { 1.12, 1.00 },
        { 1.86, 0.90 },
        { 2.22, 0.72 },
        { 2.28, 0.45 },
        { 2.20, 0.28 },
        { 2.20, 0.28 },
        { -2.28, 0.30 } },
      { { -2.10, 1.00 }, { -1.90, 1.36 }, { -0.60, 1.43 }, { 0.40, 1.35 }, { 0.94, 1.00 }, { 0.94, 1.00 } },
      { -0.28, -1.20 },
      { -0.30, 0.82 },
      -1.42,
      1.40,
      0.33,
      1.50,
      1.80 },
    { 14,
      6, /* off-road */
      { { -2.18, 0.42 },
        { -2.24, 0.80 },
        { -2.18, 1.10 },
        { -1.98, 1.66 },
        { -1.20, 1.76 },
        { -0.10, 1.76 },
        { 0.42, 1.68 },
        { 0.98, 1.16 },
        { 1.88, 1.08 },
        { 2.18, 0.90 },
        { 2.22, 0.55 },
        { 2.14, 0.38 },
        { 2.14, 0.38 },
        { -2.18, 0.42 } },
      { { -2.00, 1.14 }, { -1.86, 1.60 }, { -0.60, 1.68 }, { 0.36, 1.60 }, { 0.82, 1.15 }, { 0.82, 1.15 } },
      { -0.30, -1.22 },
      { -0.32, 0.76 },
      -1.38,
      1.38,
      0.40,
      1.76,
      1.90 },
    { 14,
      6, /* van */
      { { -2.50, 0.36 },
        { -2.54, 0.80 },
        { -2.52, 1.60 },
        { -2.44, 2.02 },
        { -2.10, 2.10 },
        { 0.60, 2.10 },
        { 1.30, 2.00 },
        { 1.98, 1.22 },
        { 2.34, 1.02 },
        { 2.46, 0.75 },
        { 2.48, 0.48 },
        { 2.40, 0.32 },
        { 2.40, 0.32 },
        { -2.50, 0.36 } },
      { { 0.62, 1.22 }, { 0.62, 1.22 }, { 0.64, 1.86 }, { 1.22, 1.84 }, { 1.74, 1.22 }, { 1.74, 1.22 } },
      { 9, 9 },
      { 0.50, 1.62 },
      -1.52,
      1.62,
      0.36,
      2.10,
      1.95 },
    { 15,
      6, /* pick-up */
      { { -2.52, 0.46 },
        { -2.56, 0.72 },
        { -2.52, 1.08 },
        { -2.52, 1.08 },
        { -0.95, 1.08 },
        { -0.95, 1.08 },
        { -0.72, 1.72 },
        { 0.05, 1.76 },
        { 0.48, 1.68 },
        { 1.05, 1.14 },
        { 2.10, 1.04 },
        { 2.44, 0.86 },
        { 2.46, 0.50 },
        { 2.40, 0.40 },
        { 2.40, 0.40 } },
      { { -0.84, 1.14 }, { -0.64, 1.64 }, { 0.00, 1.68 }, { 0.42, 1.60 }, { 0.88, 1.14 }, { 0.88, 1.14 } },
      { 0.06, 9 },
      { -0.80, 0.84 },
      -1.52,
      1.52,
      0.40,
      1.76,
      1.90 },
};

static void draw_wheel(kin_canvas *canvas, kin_rng *rng, double x, double r)
{
    int spokes = 5 + (int)kin_rng_below(rng, 3);
    double turn = kin_between(rng, 0, 1);
    kin_canvas_ellipse(canvas, x, r, r, r);
    kin_fill(canvas, tyre);
    kin_canvas_ellipse(canvas, x, r, r * 0.66, r * 0.66);
    kin_fill_upright(canvas, (kin_rgb) { 0.38, 0.38, 0.40 }, (kin_rgb) { 0.70, 0.71, 0.73 }, r * 0.4, r * 1.6);
    for (int i = 0; i < spokes; i++) {
        double a = turn + (i + 0.5) * 6.28318 / spokes;
        kin_canvas_ellipse(canvas, x + r * 0.42 * cos(a), r + r * 0.42 * sin(a), r * 0.12, r * 0.12);
    }
    kin_fill(canvas, (kin_rgb) { 0.13, 0.13, 0.14 });
}

static void draw_shell(kin_canvas *canvas, const body *b, kin_rgb colour)
{
    kin_canvas_rect(canvas, b->rear, b->wheel * 0.55, b->front, 0.6);
    kin_fill(canvas, (kin_rgb) { 0.05, 0.05, 0.06 });
    kin_canvas_smooth(canvas, b->outline, b->points);
    kin_fill_upright(canvas, kin_shade(colour, 0.55), kin_mix(kin_shade(colour, 1.1), (kin_rgb) { 1, 1, 1 }, 0.18), 0.3,
                     b->height);
    /* The gleam along the shoulder, and the sill under the doors. */
    double shoulder = b->glass[0].y - 0.10;
    kin_canvas_capsule(canvas, (kin_point) { b->rear - 0.5, shoulder }, 0.018,
                       (kin_point) { b->front + 0.3, shoulder - 0.03 }, 0.012);
    kin_fill_alpha(canvas, kin_mix(colour, (kin_rgb) { 1, 1, 1 }, 0.6), 0.45);
    kin_canvas_rect(canvas, b->rear + 0.3, 0.27, b->front - 0.3, 0.36);
    kin_fill(canvas, (kin_rgb) { 0.10, 0.10, 0.11 });
    double bumper = b->outline[0].y + 0.06;
    kin_canvas_capsule(canvas, (kin_point) { b->front + 0.45, bumper }, 0.07,
                       (kin_point) { b->outline[b->points - 4].x - 0.06, bumper }, 0.07);
    kin_canvas_capsule(canvas, (kin_point) { b->outline[0].x + 0.05, bumper + 0.04 }, 0.07,
                       (kin_point) { b->rear - 0.45, bumper }, 0.07);
    kin_fill(canvas, kin_shade(colour, 0.35));
}

static void draw_glass(kin_canvas *canvas, const body *b, kin_rng *rng, kin_rgb colour)
{
    double low = b->glass[0].y, high = b->height;
    kin_canvas_smooth(canvas, b->glass, b->panes);
    kin_fill_upright(canvas, (kin_rgb) { 0.13, 0.16, 0.20 }, (kin_rgb) { 0.42, 0.50, 0.56 }, low, high);
    if (kin_chance(rng, 0.8)) {
        double x = b->glass[b->panes - 1].x - 0.72;
        kin_canvas_ellipse(canvas, x, low + 0.20, 0.10, 0.13);
        kin_canvas_ellipse(canvas, x - 0.04, low + 0.02, 0.2, 0.09);
        kin_fill(canvas, (kin_rgb) { 0.08, 0.08, 0.09 });
    }
    for (int i = 0; i < 2; i++)
        if (b->pillar[i] < 5) {
            kin_canvas_move(canvas, b->pillar[i] - 0.05, low - 0.02);
            kin_canvas_line(canvas, b->pillar[i] + 0.05, low - 0.02);
            kin_canvas_line(canvas, b->pillar[i] + 0.05, high - 0.07);
            kin_canvas_line(canvas, b->pillar[i] - 0.03, high - 0.07);
        }
    kin_fill(canvas, kin_shade(colour, 0.8));
    double mirror = b->glass[b->panes - 1].x - 0.05;
    kin_canvas_capsule(canvas, (kin_point) { mirror, low + 0.05 }, 0.06, (kin_point) { mirror - 0.08, low + 0.06 },
                       0.07);
    kin_fill(canvas, kin_shade(colour, 0.7));
}

static void draw_doors(kin_canvas *canvas, const body *b, kin_rgb colour)
{
    double low = b->glass[0].y;
    double lines[] = { b->door[0], b->door[1], b->pillar[1] < 5 ? b->pillar[1] - 0.12 : b->door[0] };
    for (int i = 0; i < 3; i++)
        kin_canvas_rect(canvas, lines[i] - 0.012, 0.4, lines[i] + 0.012, low);
    kin_fill(canvas, kin_shade(colour, 0.35));
    for (int i = 0; i < 2; i++)
        kin_canvas_capsule(canvas, (kin_point) { lines[i ? 0 : 2] + 0.12, low - 0.16 }, 0.018,
                           (kin_point) { lines[i ? 0 : 2] + 0.28, low - 0.16 }, 0.018);
    kin_fill(canvas, kin_shade(colour, 0.5));
}

static void draw_lights(kin_canvas *canvas, const body *b, bool dark)
{
    double y = b->glass[0].y - 0.26, front = b->outline[b->points - 5].x - 0.02, rear = b->outline[1].x + 0.10;
    kin_paint white = kin_flat((kin_rgb) { 0.97, 0.96, 0.88 }, 1), red = kin_flat((kin_rgb) { 0.80, 0.08, 0.06 }, 1);
    white.emissive = red.emissive = dark;
    kin_canvas_smooth(
        canvas,
        (kin_point[]) {
            { front - 0.28, y + 0.06 }, { front - 0.02, y + 0.02 }, { front, y - 0.08 }, { front - 0.22, y - 0.06 } },
        4);
    kin_canvas_fill(canvas, &white);
    kin_canvas_capsule(canvas, (kin_point) { rear, y + 0.08 }, 0.06, (kin_point) { rear + 0.02, y - 0.06 }, 0.05);
    kin_canvas_fill(canvas, &red);
    if (!dark)
        return;
    kin_shine(canvas, white.from, 0.75, front, y, 0.55, 0.4);
    kin_paint beam = kin_linear(white.from, white.from, (kin_point) { front, y }, (kin_point) { front + 3, y });
    beam.alpha_from = 0.26;
    beam.alpha_to = 0;
    beam.add = beam.emissive = true;
    kin_canvas_move(canvas, front, y + 0.04);
    kin_canvas_line(canvas, front + 3, y + 0.2);
    kin_canvas_line(canvas, front + 3, 0);
    kin_canvas_line(canvas, front, y - 0.06);
    kin_canvas_fill(canvas, &beam);
    kin_shine(canvas, red.from, 0.5, rear, y, 0.4, 0.3);
}

void kin_draw_car(kin_canvas *canvas, uint64_t seed, bool dark)
{
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    const body *b = &bodies[kin_rng_below(&rng, sizeof bodies / sizeof *bodies)];
    kin_rgb colour = kin_pick_colour(&rng, paints, sizeof paints / sizeof *paints);
    kin_canvas_scale(canvas, kin_between(&rng, 0.94, 1.04), kin_between(&rng, 0.96, 1.04));
    draw_shell(canvas, b, colour);
    draw_doors(canvas, b, colour);
    draw_glass(canvas, b, &rng, colour);
    for (int i = 0; i < 2; i++) {
        double x = i ? b->front : b->rear;
        kin_canvas_ellipse(canvas, x, b->wheel + 0.02, b->wheel * 1.2, b->wheel * 1.2);
        kin_fill(canvas, (kin_rgb) { 0.05, 0.05, 0.06 });
        draw_wheel(canvas, &rng, x, b->wheel);
    }
    if (kin_chance(&rng, 0.06)) {
        kin_canvas_rect(canvas, -0.45, b->height, -0.05, b->height + 0.14);
        kin_paint sign = kin_flat((kin_rgb) { 1, 0.85, 0.3 }, 1);
        sign.emissive = dark;
        kin_canvas_fill(canvas, &sign);
    }
    draw_lights(canvas, b, dark);
}

/* ---- From the front or the rear ---- */

static void draw_end_lights(kin_canvas *canvas, double half, double y, bool dark, bool rear)
{
    kin_rgb colour = rear ? (kin_rgb) { 0.85, 0.08, 0.06 } : (kin_rgb) { 0.98, 0.97, 0.90 };
    kin_paint paint = kin_flat(colour, 1);
    paint.emissive = dark;
    for (int side = -1; side <= 1; side += 2)
        kin_canvas_smooth(canvas,
                          (kin_point[]) { { side * (half - 0.06), y + 0.08 },
                                          { side * (half - 0.38), y + 0.05 },
                                          { side * (half - 0.34), y - 0.08 },
                                          { side * (half - 0.08), y - 0.06 } },
                          4);
    kin_canvas_fill(canvas, &paint);
    for (int side = -1; side <= 1 && dark; side += 2)
        kin_shine(canvas, colour, rear ? 0.5 : 0.85, side * (half - 0.22), y, rear ? 0.45 : 0.8, rear ? 0.4 : 0.7);
}

void kin_draw_car_end(kin_canvas *canvas, uint64_t seed, bool dark, bool rear)
{
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    const body *b = &bodies[kin_rng_below(&rng, sizeof bodies / sizeof *bodies)];
    kin_rgb colour = kin_pick_colour(&rng, paints, sizeof paints / sizeof *paints), black = { 0.07, 0.07, 0.08 };
    double half = b->width / 2, waist = b->glass[0].y, top = b->height, roof = half * (top > 2 ? 0.92 : 0.72);
    for (int side = -1; side <= 1; side += 2)
        kin_canvas_rect(canvas, side * (half - 0.26), 0, side * (half - 0.04), 0.5);
    kin_fill(canvas, black);
    kin_canvas_smooth(canvas,
                      (kin_point[]) { { -half, 0.35 },
                                      { -half, waist },
                                      { -roof - 0.05, top - 0.12 },
                                      { -roof * 0.8, top },
                                      { roof * 0.8, top },
                                      { roof + 0.05, top - 0.12 },
                                      { half, waist },
                                      { half, 0.35 },
                                      { half * 0.9, 0.25 },
                                      { -half * 0.9, 0.25 } },
                      10);
    kin_fill_upright(canvas, kin_shade(colour, 0.6), kin_mix(colour, (kin_rgb) { 1, 1, 1 }, 0.2), 0.25, top);
    kin_canvas_smooth(canvas,
                      (kin_point[]) { { -half + 0.14, waist + 0.02 },
                                      { -roof + 0.06, top - 0.14 },
                                      { roof - 0.06, top - 0.14 },
                                      { half - 0.14, waist + 0.02 },
                                      { 0, waist - 0.03 } },
                      5);
    kin_fill_upright(canvas, (kin_rgb) { 0.12, 0.15, 0.19 }, (kin_rgb) { 0.45, 0.53, 0.60 }, waist, top);
    for (int side = -1; side <= 1; side += 2)
        kin_canvas_ellipse(canvas, side * (half + 0.06), waist + 0.08, 0.09, 0.07);
    kin_fill(canvas, kin_shade(colour, 0.6));
    double y = waist - 0.22;
    if (!rear) {
        kin_canvas_rect(canvas, -half * 0.5, y - 0.09, half * 0.5, y + 0.06);
        kin_fill(canvas, black);
    }
    kin_canvas_rect(canvas, -half + 0.05, 0.30, half - 0.05, 0.44);
    kin_fill(canvas, kin_shade(colour, 0.35));
    kin_canvas_rect(canvas, -0.26, rear ? y - 0.10 : 0.38, 0.26, rear ? y + 0.02 : 0.49);
    kin_fill(canvas, (kin_rgb) { 0.92, 0.92, 0.86 });
    draw_end_lights(canvas, half, y, dark, rear);
}
