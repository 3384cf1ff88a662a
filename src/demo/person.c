/* People: how they are dressed, and the parts of the body, of which the postures are put together elsewhere. Lengths
 * are parts of the body height. */

#include "demo/figure.h"

#include <math.h>

static const kin_rgb skins[] = {
    { 0.95, 0.78, 0.66 }, { 0.85, 0.64, 0.50 }, { 0.62, 0.43, 0.31 }, { 0.40, 0.27, 0.20 }
};
static const kin_rgb hairs[] = {
    { 0.12, 0.09, 0.08 }, { 0.32, 0.20, 0.12 }, { 0.62, 0.45, 0.22 }, { 0.55, 0.54, 0.53 }, { 0.45, 0.18, 0.10 }
};
static const kin_rgb tops[] = {
    { 0.75, 0.16, 0.16 }, { 0.16, 0.30, 0.62 }, { 0.18, 0.46, 0.30 }, { 0.90, 0.88, 0.84 },
    { 0.16, 0.16, 0.18 }, { 0.90, 0.70, 0.18 }, { 0.50, 0.26, 0.52 }, { 0.90, 0.46, 0.20 },
    { 0.45, 0.47, 0.50 }, { 0.30, 0.62, 0.72 }, { 0.86, 0.55, 0.62 }, { 0.40, 0.30, 0.22 }
};
static const kin_rgb bottoms[] = { { 0.17, 0.21, 0.34 }, { 0.13, 0.13, 0.15 }, { 0.50, 0.43, 0.32 },
                                   { 0.32, 0.34, 0.36 }, { 0.30, 0.38, 0.52 }, { 0.36, 0.20, 0.18 } };
static const kin_rgb shoes[] = {
    { 0.12, 0.11, 0.11 }, { 0.85, 0.85, 0.85 }, { 0.36, 0.24, 0.15 }, { 0.65, 0.18, 0.18 }
};

#define PICK(rng, palette) kin_pick_colour(rng, palette, sizeof(palette) / sizeof *(palette))

void kin_person_draw_up(kin_rng *rng, kin_person *person)
{
    *person = (kin_person) { 0 };
    person->height = kin_between(rng, 1.56, 1.9);
    person->build = kin_between(rng, 0.9, 1.3);
    person->skin = PICK(rng, skins);
    person->hair_colour = PICK(rng, hairs);
    person->top = PICK(rng, tops);
    person->bottom = PICK(rng, bottoms);
    person->shoes = PICK(rng, shoes);
    person->hat_colour = PICK(rng, tops);
    person->bag_colour = PICK(rng, tops);
    person->hair = (kin_hair)kin_rng_below(rng, 4);
    if (person->hair == KIN_HAIR_NONE && kin_chance(rng, 0.6))
        person->hair = KIN_HAIR_SHORT;
    person->dress = KIN_TROUSERS;
    person->sleeves = kin_chance(rng, 0.65);
}

kin_point kin_limb_joint(kin_limb *limb)
{
    double dx = limb->tip.x - limb->root.x, dy = limb->tip.y - limb->root.y;
    double d = hypot(dx, dy), most = 0.998 * (limb->upper + limb->lower), least = fabs(limb->upper - limb->lower);
    double reach = fmin(fmax(d, least + 1e-3), most);
    if (d < 1e-9) {
        d = 1;
        dy = -1;
    }
    dx /= d;
    dy /= d;
    limb->tip = (kin_point) { limb->root.x + dx * reach, limb->root.y + dy * reach };
    double a = (reach * reach + limb->upper * limb->upper - limb->lower * limb->lower) / (2 * reach);
    double h = sqrt(fmax(limb->upper * limb->upper - a * a, 0)), side = -dy * limb->bend >= 0 ? 1 : -1;
    return (kin_point) { limb->root.x + dx * a - dy * h * side, limb->root.y + dy * a + dx * h * side };
}

void kin_person_leg(kin_canvas *canvas, const kin_person *person, kin_limb leg, double shade, double foot)
{
    kin_point knee = kin_limb_joint(&leg);
    double w = 0.036 * person->build;
    kin_rgb cloth = kin_shade(person->bottom, shade), skin = kin_shade(person->skin, shade);
    kin_canvas_capsule(canvas, knee, w * 0.82, leg.tip, w * 0.58);
    kin_fill(canvas, person->dress == KIN_TROUSERS ? cloth : skin);
    kin_canvas_capsule(canvas, leg.root, w * 1.25, knee, w * 0.88);
    kin_fill(canvas, person->dress == KIN_SKIRT || person->dress == KIN_COAT ? skin : cloth);
    double length = 0.085 * foot, drop = 0.018;
    kin_canvas_capsule(canvas, (kin_point) { leg.tip.x - 0.01 * foot, leg.tip.y - drop }, 0.024,
                       (kin_point) { leg.tip.x + length, leg.tip.y - drop - 0.005 }, 0.018);
    kin_fill(canvas, kin_shade(person->shoes, shade));
}

void kin_person_arm(kin_canvas *canvas, const kin_person *person, kin_limb arm, double shade)
{
    kin_point elbow = kin_limb_joint(&arm);
    double w = 0.026 * person->build;
    kin_canvas_capsule(canvas, elbow, w * 0.9, arm.tip, w * 0.65);
    kin_fill(canvas, kin_shade(person->sleeves ? person->top : person->skin, shade));
    kin_canvas_capsule(canvas, arm.root, w * 1.15, elbow, w * 0.95);
    kin_fill(canvas, kin_shade(person->top, shade * 0.97));
    kin_canvas_ellipse(canvas, arm.tip.x, arm.tip.y, 0.024, 0.024);
    kin_fill(canvas, kin_shade(person->skin, shade));
}

void kin_person_torso(kin_canvas *canvas, const kin_person *person, kin_point hip, kin_point neck, double width)
{
    double w = width * person->build, dx = neck.x - hip.x, dy = neck.y - hip.y, d = fmax(hypot(dx, dy), 1e-6);
    double nx = -dy / d, ny = dx / d;
    double at[] = { -0.09, 0.12, 0.45, 0.80, 0.97, 0.97, 0.80, 0.45, 0.12, -0.09 };
    double out[] = { 0.80, 0.92, 0.88, 1.12, 0.45, -0.45, -1.12, -0.88, -0.92, -0.80 };
    kin_point outline[10];
    for (int i = 0; i < 10; i++)
        outline[i] = (kin_point) { hip.x + dx * at[i] + nx * w * out[i], hip.y + dy * at[i] + ny * w * out[i] };
    kin_canvas_capsule(canvas, (kin_point) { neck.x, neck.y - 0.02 }, 0.026,
                       (kin_point) { neck.x + dx / d * 0.05, neck.y + dy / d * 0.05 }, 0.024);
    kin_fill(canvas, kin_shade(person->skin, 0.88));
    kin_canvas_smooth(canvas, outline, 10);
    kin_paint paint = kin_linear(kin_shade(person->top, 1.08), kin_shade(person->top, 0.74),
                                 (kin_point) { hip.x + nx * w, hip.y }, (kin_point) { hip.x - nx * w, hip.y });
    kin_canvas_fill(canvas, &paint);
}

static void draw_hat(kin_canvas *canvas, const kin_person *person, kin_point c, kin_facing facing)
{
    kin_rgb colour = person->hat_colour;
    double peak = facing == KIN_FACING_SIDE ? 0.11 : facing == KIN_FACING_FRONT ? 0.045 : 0;
    switch (person->hat) {
    case KIN_HAT_NONE:
        break;
    case KIN_HAT_CAP:
    case KIN_HAT_BEANIE:
        kin_canvas_smooth(canvas,
                          (kin_point[]) { { c.x - 0.064, c.y + 0.015 },
                                          { c.x - 0.055, c.y + 0.065 },
                                          { c.x, c.y + 0.088 },
                                          { c.x + 0.055, c.y + 0.065 },
                                          { c.x + 0.064, c.y + 0.015 },
                                          { c.x, c.y + 0.025 } },
                          6);
        if (person->hat == KIN_HAT_CAP && peak > 0)
            kin_canvas_capsule(canvas, (kin_point) { c.x, c.y + 0.027 }, 0.014, (kin_point) { c.x + peak, c.y + 0.022 },
                               0.008);
        kin_fill(canvas, colour);
        break;
    case KIN_HAT_HELMET:
        kin_canvas_smooth(canvas,
                          (kin_point[]) { { c.x - 0.075, c.y + 0.005 },
                                          { c.x - 0.070, c.y + 0.065 },
                                          { c.x, c.y + 0.100 },
                                          { c.x + 0.070, c.y + 0.070 },
                                          { c.x + 0.078, c.y + 0.030 },
                                          { c.x, c.y + 0.020 } },
                          6);
        kin_fill(canvas, colour);
        kin_canvas_rect(canvas, c.x - 0.03, c.y + 0.06, c.x + 0.03, c.y + 0.07);
        kin_fill(canvas, kin_shade(colour, 0.5));
        break;
    case KIN_HAT_FULL_HELMET:
        kin_canvas_ellipse(canvas, c.x, c.y + 0.008, 0.082, 0.088);
        kin_fill_upright(canvas, kin_shade(colour, 0.7), kin_shade(colour, 1.2), c.y - 0.08, c.y + 0.09);
        kin_canvas_smooth(canvas,
                          (kin_point[]) { { c.x + 0.005, c.y + 0.035 },
                                          { c.x + 0.078, c.y + 0.030 },
                                          { c.x + 0.080, c.y - 0.020 },
                                          { c.x + 0.010, c.y - 0.015 } },
                          4);
        kin_fill(canvas, (kin_rgb) { 0.08, 0.09, 0.12 });
        break;
    }
}

void kin_person_head(kin_canvas *canvas, const kin_person *person, kin_point c, kin_facing facing)
{
    kin_rgb hair = person->hair_colour;
    if (person->hair == KIN_HAIR_LONG && facing == KIN_FACING_FRONT) {
        for (int side = -1; side <= 1; side += 2)
            kin_canvas_capsule(canvas, (kin_point) { c.x + side * 0.046, c.y + 0.02 }, 0.024,
                               (kin_point) { c.x + side * 0.052, c.y - 0.10 }, 0.018);
        kin_fill(canvas, kin_shade(hair, 0.85));
    } else if (person->hair == KIN_HAIR_LONG) {
        double back = facing == KIN_FACING_SIDE ? -0.03 : 0;
        kin_canvas_capsule(canvas, (kin_point) { c.x + back, c.y }, 0.066, (kin_point) { c.x + back * 1.5, c.y - 0.1 },
                           0.05);
        kin_fill(canvas, kin_shade(hair, 0.85));
    }
    kin_canvas_ellipse(canvas, c.x, c.y, 0.056, 0.068);
    if (facing == KIN_FACING_SIDE)
        kin_canvas_ellipse(canvas, c.x + 0.054, c.y - 0.008, 0.012, 0.014);
    kin_fill(canvas, person->skin);
    if (facing == KIN_FACING_FRONT) {
        kin_canvas_ellipse(canvas, c.x - 0.02, c.y + 0.006, 0.007, 0.008);
        kin_canvas_ellipse(canvas, c.x + 0.02, c.y + 0.006, 0.007, 0.008);
        kin_canvas_rect(canvas, c.x - 0.018, c.y - 0.034, c.x + 0.018, c.y - 0.028);
        kin_fill(canvas, kin_shade(person->skin, 0.35));
    }
    if (person->hair != KIN_HAIR_NONE) {
        double front = facing == KIN_FACING_SIDE ? 0.032 : 0.056, low = facing == KIN_FACING_BACK ? -0.045 : 0.03;
        double back_low = facing == KIN_FACING_SIDE ? -0.04 : low;
        kin_canvas_smooth(canvas,
                          (kin_point[]) { { c.x - 0.060, c.y + back_low },
                                          { c.x - 0.060, c.y + 0.04 },
                                          { c.x - 0.03, c.y + 0.075 },
                                          { c.x + 0.03, c.y + 0.075 },
                                          { c.x + 0.060, c.y + 0.04 },
                                          { c.x + front, c.y + low },
                                          { c.x - 0.01, c.y + low } },
                          7);
        if (person->hair == KIN_HAIR_BUN)
            kin_canvas_ellipse(canvas, c.x - (facing == KIN_FACING_SIDE ? 0.06 : 0), c.y + 0.07, 0.03, 0.03);
        kin_fill(canvas, hair);
    }
    draw_hat(canvas, person, c, facing);
}
