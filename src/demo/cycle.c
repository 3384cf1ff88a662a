/* Bicycles and motorcycles with their riders, from the side. Lengths in metres; the rider's parts are in body heights,
 * so the canvas is scaled by the height while they are drawn. */

#include "demo/figure.h"

#include <math.h>

static const double thigh = 0.245, shank = 0.235, trunk = 0.29, upper_arm = 0.165, fore_arm = 0.16;

static const kin_rgb frames[] = { { 0.75, 0.15, 0.15 }, { 0.15, 0.35, 0.65 }, { 0.12, 0.12, 0.13 },
                                  { 0.85, 0.85, 0.83 }, { 0.20, 0.50, 0.32 }, { 0.88, 0.62, 0.15 },
                                  { 0.45, 0.70, 0.72 } };
static const kin_rgb leathers[] = {
    { 0.12, 0.12, 0.13 }, { 0.20, 0.17, 0.15 }, { 0.14, 0.17, 0.26 }, { 0.42, 0.10, 0.10 }
};
static const kin_rgb tyre = { 0.09, 0.09, 0.10 }, metal = { 0.62, 0.63, 0.65 };

#define PICK(rng, palette) kin_pick_colour(rng, palette, sizeof(palette) / sizeof *(palette))

/* Where a rider touches the machine, in metres. */
typedef struct seat {
    kin_point hip, hand, foot_near, foot_far;
    double lean;
} seat;

static kin_point part(kin_point p, double height)
{
    return (kin_point) { p.x / height, p.y / height };
}

static void tube(kin_canvas *canvas, kin_point a, kin_point b, double radius)
{
    kin_canvas_capsule(canvas, a, radius, b, radius);
}

/* The leg behind the machine is drawn first, the rest of the rider after it. */
static void draw_far_leg(kin_canvas *canvas, const kin_person *p, const seat *s)
{
    kin_matrix before = canvas->matrix;
    kin_canvas_scale(canvas, p->height, p->height);
    kin_person_leg(canvas, p, (kin_limb) { part(s->hip, p->height), part(s->foot_far, p->height), thigh, shank, 1 },
                   0.65, 1);
    canvas->matrix = before;
}

static void draw_rider(kin_canvas *canvas, const kin_person *p, const seat *s)
{
    kin_matrix before = canvas->matrix;
    kin_canvas_scale(canvas, p->height, p->height);
    kin_point hip = part(s->hip, p->height), hand = part(s->hand, p->height);
    kin_point neck = { hip.x + trunk * sin(s->lean), hip.y + trunk * cos(s->lean) };
    kin_point shoulder = { neck.x - 0.02 * sin(s->lean), neck.y - 0.03 };
    kin_point head = { neck.x + 0.03 + 0.05 * sin(s->lean), neck.y + 0.10 - 0.03 * sin(s->lean) };
    kin_limb far_arm = { shoulder, hand, upper_arm, fore_arm, -1 };
    kin_person_arm(canvas, p, far_arm, 0.65);
    kin_person_torso(canvas, p, hip, neck, 0.062);
    kin_person_leg(canvas, p, (kin_limb) { hip, part(s->foot_near, p->height), thigh, shank, 1 }, 1, 1);
    kin_person_head(canvas, p, head, KIN_FACING_SIDE);
    kin_person_arm(canvas, p, far_arm, 0.88);
    canvas->matrix = before;
}

static void draw_lamps(kin_canvas *canvas, kin_point front, kin_point rear, double size, bool dark)
{
    kin_canvas_ellipse(canvas, front.x, front.y, size, size * 1.15);
    kin_paint white = kin_flat((kin_rgb) { 1, 0.97, 0.85 }, 1), red = kin_flat((kin_rgb) { 0.85, 0.10, 0.08 }, 1);
    white.emissive = red.emissive = dark;
    kin_canvas_fill(canvas, &white);
    kin_canvas_ellipse(canvas, rear.x, rear.y, size * 0.8, size * 0.8);
    kin_canvas_fill(canvas, &red);
    if (!dark)
        return;
    kin_shine(canvas, white.from, 0.6, front.x + 0.05, front.y, size * 5, size * 5);
    kin_shine(canvas, red.from, 0.4, rear.x, rear.y, size * 4, size * 4);
}

/* ---- Bicycles ---- */

static void draw_spoked_wheel(kin_canvas *canvas, double x, double r, double turn)
{
    for (int i = 0; i < 9; i++) {
        double a = turn + i * 3.14159 / 9;
        tube(canvas, (kin_point) { x - r * cos(a), r - r * sin(a) }, (kin_point) { x + r * cos(a), r + r * sin(a) },
             0.003);
    }
    kin_fill_alpha(canvas, metal, 0.6);
    kin_canvas_ring(canvas, x, r, r - 0.022, 0.044);
    kin_fill(canvas, tyre);
    kin_canvas_ring(canvas, x, r, r - 0.052, 0.014);
    kin_canvas_ellipse(canvas, x, r, 0.03, 0.03);
    kin_fill(canvas, metal);
}

static void draw_pedal(kin_canvas *canvas, kin_point bracket, kin_point pedal)
{
    tube(canvas, bracket, pedal, 0.014);
    kin_canvas_rect(canvas, pedal.x - 0.055, pedal.y - 0.012, pedal.x + 0.055, pedal.y + 0.012);
    kin_fill(canvas, (kin_rgb) { 0.2, 0.2, 0.2 });
}

static void draw_bicycle_frame(kin_canvas *canvas, kin_rng *rng, kin_rgb colour, double r, bool racer)
{
    kin_point rear = { -0.52, r }, front = { 0.54, r }, bracket = { -0.06, 0.29 }, saddle = { -0.25, 0.93 };
    kin_point head = { 0.35, racer ? 0.86 : 0.90 }, low = { 0.40, 0.70 };
    kin_point join = { -0.18, 0.72 };
    bool step_through = !racer && kin_chance(rng, 0.4);
    tube(canvas, rear, bracket, 0.015);
    tube(canvas, rear, join, 0.013);
    tube(canvas, bracket, saddle, 0.018);
    tube(canvas, bracket, low, 0.024);
    tube(canvas, step_through ? (kin_point) { -0.12, 0.5 } : join, head, 0.020);
    tube(canvas, head, low, 0.024);
    tube(canvas, low, front, 0.017);
    kin_fill(canvas, colour);
    kin_canvas_ring(canvas, bracket.x, bracket.y, 0.085, 0.02);
    kin_fill(canvas, (kin_rgb) { 0.3, 0.3, 0.32 });
    kin_canvas_capsule(canvas, (kin_point) { -0.36, 0.965 }, 0.035, (kin_point) { -0.12, 0.955 }, 0.018);
    kin_fill(canvas, tyre);
    if (!racer) {
        for (int i = 0; i < 8; i++) {
            double a0 = 0.15 + 0.3 * i, a1 = a0 + 0.3, m = r + 0.03;
            tube(canvas, (kin_point) { rear.x + m * cos(a0), r + m * sin(a0) },
                 (kin_point) { rear.x + m * cos(a1), r + m * sin(a1) }, 0.010);
        }
        kin_fill(canvas, kin_shade(colour, 0.8));
    }
    if (!racer && kin_chance(rng, 0.5)) {
        kin_canvas_move(canvas, 0.40, 0.98);
        kin_canvas_line(canvas, 0.72, 0.98);
        kin_canvas_line(canvas, 0.67, 0.76);
        kin_canvas_line(canvas, 0.45, 0.76);
        kin_fill_upright(canvas, (kin_rgb) { 0.40, 0.28, 0.16 }, (kin_rgb) { 0.60, 0.45, 0.28 }, 0.76, 0.98);
    }
}

static void draw_bars(kin_canvas *canvas, kin_point hand, bool racer)
{
    kin_point stem = { 0.36, racer ? 0.93 : 1.03 };
    tube(canvas, (kin_point) { 0.35, 0.88 }, stem, 0.016);
    tube(canvas, stem, (kin_point) { hand.x, hand.y }, 0.016);
    if (racer)
        tube(canvas, hand, (kin_point) { hand.x - 0.06, hand.y - 0.11 }, 0.015);
    kin_fill(canvas, (kin_rgb) { 0.2, 0.2, 0.22 });
}

void kin_draw_bicycle(kin_canvas *canvas, uint64_t seed, bool dark)
{
    kin_rng rng;
    kin_person p;
    kin_rng_seed(&rng, seed);
    kin_person_draw_up(&rng, &p);
    bool racer = kin_chance(&rng, 0.4);
    double r = kin_between(&rng, 0.325, 0.35), crank = kin_between(&rng, 0, 6.283);
    double hat = kin_rng_uniform(&rng);
    p.hat = racer || hat < 0.35 ? KIN_HAT_HELMET : hat < 0.5 ? KIN_HAT_CAP : KIN_HAT_NONE;
    p.dress = racer || kin_chance(&rng, 0.25) ? KIN_SHORTS : KIN_TROUSERS;
    kin_rgb colour = PICK(&rng, frames);
    kin_point bracket = { -0.06, 0.29 }, swing = { 0.17 * cos(crank), 0.17 * sin(crank) };
    kin_point near = { bracket.x + swing.x, bracket.y + swing.y }, far = { bracket.x - swing.x, bracket.y - swing.y };
    seat s = { .hip = { -0.21, 1.03 }, .lean = racer ? kin_between(&rng, 0.7, 0.95) : kin_between(&rng, 0.15, 0.45) };
    s.hand = racer ? (kin_point) { 0.50, 0.92 } : (kin_point) { 0.28, 1.10 };
    s.foot_near = (kin_point) { near.x - 0.03, near.y + 0.085 };
    s.foot_far = (kin_point) { far.x - 0.03, far.y + 0.085 };

    draw_pedal(canvas, bracket, far);
    draw_far_leg(canvas, &p, &s);
    draw_spoked_wheel(canvas, -0.52, r, kin_between(&rng, 0, 1));
    draw_spoked_wheel(canvas, 0.54, r, kin_between(&rng, 0, 1));
    draw_bicycle_frame(canvas, &rng, colour, r, racer);
    draw_bars(canvas, s.hand, racer);
    draw_pedal(canvas, bracket, near);
    draw_rider(canvas, &p, &s);
    draw_lamps(canvas, (kin_point) { 0.45, 0.82 }, (kin_point) { -0.42, 0.74 }, 0.03, dark);
}

/* ---- Motorcycles ---- */

static void draw_thick_wheel(kin_canvas *canvas, double x, double r, double thickness)
{
    kin_canvas_ring(canvas, x, r, r - thickness / 2, thickness);
    kin_fill(canvas, tyre);
    kin_canvas_ring(canvas, x, r, r - thickness - 0.015, 0.03);
    for (int i = 0; i < 5; i++) {
        double a = x + i * 6.2832 / 5, inner = r - thickness;
        tube(canvas, (kin_point) { x, r }, (kin_point) { x + inner * cos(a), r + inner * sin(a) }, 0.018);
    }
    kin_fill(canvas, kin_shade(metal, 0.7));
    kin_canvas_ring(canvas, x, r, r * 0.42, 0.02);
    kin_canvas_ellipse(canvas, x, r, 0.05, 0.05);
    kin_fill(canvas, metal);
}

static void draw_engine(kin_canvas *canvas)
{
    kin_canvas_smooth(
        canvas,
        (kin_point[]) {
            { -0.25, 0.22 }, { 0.30, 0.20 }, { 0.38, 0.42 }, { 0.30, 0.66 }, { -0.18, 0.66 }, { -0.32, 0.42 } },
        6);
    kin_fill_upright(canvas, (kin_rgb) { 0.14, 0.14, 0.15 }, (kin_rgb) { 0.34, 0.34, 0.36 }, 0.2, 0.66);
    for (int i = 0; i < 5; i++)
        kin_canvas_rect(canvas, 0.02, 0.44 + 0.04 * i, 0.28, 0.455 + 0.04 * i);
    kin_canvas_ellipse(canvas, -0.04, 0.34, 0.085, 0.085);
    kin_fill(canvas, kin_shade(metal, 0.9));
    kin_canvas_capsule(canvas, (kin_point) { 0.15, 0.24 }, 0.03, (kin_point) { -0.35, 0.25 }, 0.035);
    kin_canvas_capsule(canvas, (kin_point) { -0.35, 0.25 }, 0.05, (kin_point) { -0.86, 0.38 }, 0.055);
    kin_fill_upright(canvas, kin_shade(metal, 0.6), kin_shade(metal, 1.3), 0.2, 0.42);
}

static void draw_fenders(kin_canvas *canvas, kin_rgb colour, double rear, double front, double r)
{
    kin_canvas_smooth(canvas,
                      (kin_point[]) { { front - 0.28, r + 0.20 },
                                      { front - 0.1, r + 0.35 },
                                      { front + 0.14, r + 0.32 },
                                      { front + 0.28, r + 0.16 },
                                      { front + 0.12, r + 0.27 },
                                      { front - 0.1, r + 0.29 } },
                      6);
    kin_canvas_smooth(canvas,
                      (kin_point[]) { { rear - 0.36, r + 0.28 },
                                      { rear - 0.30, r + 0.44 },
                                      { rear + 0.1, r + 0.47 },
                                      { rear + 0.1, r + 0.38 },
                                      { rear - 0.2, r + 0.36 } },
                      5);
    kin_fill(canvas, colour);
}

static void draw_tank_and_seat(kin_canvas *canvas, kin_rgb colour)
{
    kin_canvas_smooth(canvas,
                      (kin_point[]) { { -0.92, 0.86 },
                                      { -0.62, 0.80 },
                                      { -0.1, 0.76 },
                                      { 0.08, 0.82 },
                                      { -0.05, 0.90 },
                                      { -0.45, 0.87 },
                                      { -0.80, 0.95 } },
                      7);
    kin_fill(canvas, (kin_rgb) { 0.10, 0.10, 0.11 });
    kin_canvas_smooth(
        canvas,
        (kin_point[]) {
            { -0.05, 0.74 }, { 0.38, 0.70 }, { 0.50, 0.86 }, { 0.36, 1.00 }, { 0.10, 0.99 }, { -0.04, 0.88 } },
        6);
    kin_fill_upright(canvas, kin_shade(colour, 0.6), kin_shade(colour, 1.15), 0.70, 1.0);
    kin_canvas_smooth(
        canvas, (kin_point[]) { { -0.95, 0.93 }, { -0.60, 0.78 }, { -0.30, 0.70 }, { -0.30, 0.78 }, { -0.60, 0.86 } },
        5);
    kin_fill(canvas, colour);
}

static void draw_fairing(kin_canvas *canvas, kin_rgb colour)
{
    kin_canvas_smooth(canvas,
                      (kin_point[]) { { 0.20, 0.30 },
                                      { 0.48, 0.42 },
                                      { 0.72, 0.78 },
                                      { 0.80, 0.96 },
                                      { 0.62, 1.10 },
                                      { 0.40, 0.96 },
                                      { 0.25, 0.72 },
                                      { 0.05, 0.48 } },
                      8);
    kin_fill_upright(canvas, kin_shade(colour, 0.7), kin_shade(colour, 1.15), 0.3, 1.1);
    kin_canvas_smooth(canvas, (kin_point[]) { { 0.45, 1.02 }, { 0.70, 1.05 }, { 0.55, 1.24 }, { 0.42, 1.22 } }, 4);
    kin_fill_alpha(canvas, (kin_rgb) { 0.55, 0.68, 0.75 }, 0.7);
}

static void draw_big_machine(kin_canvas *canvas, kin_rgb colour, bool sport)
{
    kin_point rear = { -0.70, 0.32 }, front = { 0.76, 0.32 };
    draw_thick_wheel(canvas, rear.x, 0.32, 0.115);
    draw_thick_wheel(canvas, front.x, 0.32, 0.095);
    tube(canvas, rear, (kin_point) { -0.1, 0.42 }, 0.035);
    tube(canvas, (kin_point) { -0.2, 0.6 }, (kin_point) { -0.6, 0.8 }, 0.03);
    kin_fill(canvas, (kin_rgb) { 0.2, 0.2, 0.21 });
    tube(canvas, front, (kin_point) { 0.50, 0.98 }, 0.036);
    kin_fill(canvas, metal);
    draw_engine(canvas);
    draw_fenders(canvas, colour, rear.x, front.x, 0.32);
    draw_tank_and_seat(canvas, colour);
    if (sport)
        draw_fairing(canvas, colour);
    tube(canvas, (kin_point) { 0.50, 1.0 }, (kin_point) { sport ? 0.42 : 0.34, sport ? 1.0 : 1.12 }, 0.022);
    kin_fill(canvas, tyre);
}

static void draw_scooter(kin_canvas *canvas, kin_rgb colour)
{
    draw_thick_wheel(canvas, -0.55, 0.24, 0.10);
    draw_thick_wheel(canvas, 0.62, 0.24, 0.10);
    kin_canvas_smooth(canvas,
                      (kin_point[]) { { -0.92, 0.46 },
                                      { -0.70, 0.36 },
                                      { -0.35, 0.26 },
                                      { -0.10, 0.24 },
                                      { -0.10, 0.24 },
                                      { -0.12, 0.72 },
                                      { -0.45, 0.76 },
                                      { -0.90, 0.72 } },
                      8);
    kin_fill_upright(canvas, kin_shade(colour, 0.65), kin_shade(colour, 1.15), 0.25, 0.76);
    kin_canvas_rect(canvas, -0.2, 0.22, 0.36, 0.31);
    kin_fill(canvas, kin_shade(colour, 0.75));
    kin_canvas_smooth(
        canvas,
        (kin_point[]) {
            { 0.26, 0.24 }, { 0.40, 0.24 }, { 0.56, 0.55 }, { 0.56, 0.98 }, { 0.42, 1.04 }, { 0.38, 0.60 } },
        6);
    kin_canvas_smooth(
        canvas, (kin_point[]) { { 0.36, 0.40 }, { 0.48, 0.56 }, { 0.76, 0.52 }, { 0.88, 0.36 }, { 0.66, 0.46 } }, 5);
    kin_fill_upright(canvas, kin_shade(colour, 0.75), kin_shade(colour, 1.2), 0.24, 1.04);
    kin_canvas_capsule(canvas, (kin_point) { -0.80, 0.79 }, 0.06, (kin_point) { -0.18, 0.77 }, 0.06);
    kin_fill(canvas, (kin_rgb) { 0.11, 0.10, 0.10 });
    tube(canvas, (kin_point) { 0.47, 1.0 }, (kin_point) { 0.36, 1.10 }, 0.028);
    tube(canvas, (kin_point) { 0.44, 1.08 }, (kin_point) { 0.34, 1.26 }, 0.008);
    kin_canvas_ellipse(canvas, 0.33, 1.27, 0.05, 0.035);
    kin_fill(canvas, tyre);
}

void kin_draw_motorcycle(kin_canvas *canvas, uint64_t seed, bool dark)
{
    kin_rng rng;
    kin_person p;
    kin_rng_seed(&rng, seed);
    kin_person_draw_up(&rng, &p);
    p.hat = KIN_HAT_FULL_HELMET;
    p.hair = KIN_HAIR_NONE;
    p.hat_colour = PICK(&rng, frames);
    p.top = PICK(&rng, leathers);
    p.sleeves = true;
    kin_rgb colour = PICK(&rng, frames);
    double kind = kin_rng_uniform(&rng);
    bool scooter = kind<0.2, sport = kind> 0.6;
    seat s = { { -0.20, 0.95 }, { 0.36, 1.08 }, { -0.02, 0.40 }, { 0.0, 0.40 }, kin_between(&rng, 0.15, 0.3) };
    if (scooter)
        s = (seat) { { -0.32, 0.90 }, { 0.36, 1.10 }, { 0.18, 0.39 }, { 0.2, 0.39 }, kin_between(&rng, 0, 0.12) };
    if (sport) {
        s.lean = kin_between(&rng, 0.55, 0.85);
        s.hip.x = -0.28;
        s.hand = (kin_point) { 0.44, 1.0 };
        s.foot_near.x = s.foot_far.x = -0.25;
    }
    draw_far_leg(canvas, &p, &s);
    if (scooter)
        draw_scooter(canvas, colour);
    else
        draw_big_machine(canvas, colour, sport);
    draw_rider(canvas, &p, &s);
    kin_point lamp = scooter ? (kin_point) { 0.54, 0.92 } : (kin_point) { sport ? 0.77 : 0.60, 0.92 };
    draw_lamps(canvas, lamp, (kin_point) { -0.94, scooter ? 0.6 : 0.9 }, 0.055, dark);
}
