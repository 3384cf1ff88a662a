/* Pedestrians: walking or standing, from the side, the front and the back. The gait: the angle at the hip follows a
 * sine, and the knee bends while its leg swings forward. */

#include "demo/figure.h"

#include <math.h>

static const double thigh = 0.245, shank = 0.235, trunk = 0.30, upper_arm = 0.165, fore_arm = 0.15;

typedef struct gait {
    double phase, stride; /* radians; widest angle of the hip */
    double lean;
} gait;

/* The ankle of a leg that swings by the gait, relative to the hip. */
static kin_point ankle_of(const gait *g, double phase)
{
    double hip = g->stride * sin(phase), knee = 0.08 + 1.6 * g->stride * fmax(0, cos(phase));
    double shin = hip - knee;
    return (kin_point) { thigh * sin(hip) + shank * sin(shin), -thigh * cos(hip) - shank * cos(shin) };
}

static kin_point hand_of(const gait *g, kin_point shoulder, double phase)
{
    double upper = 0.9 * g->stride * sin(phase), lower = upper + 0.25 + 0.5 * g->stride;
    return (kin_point) { shoulder.x + upper_arm * sin(upper) + fore_arm * sin(lower),
                         shoulder.y - upper_arm * cos(upper) - fore_arm * cos(lower) };
}

static void draw_bag(kin_canvas *canvas, const kin_person *p, kin_point hip, kin_facing facing)
{
    double x = facing == KIN_FACING_SIDE ? hip.x : hip.x + 0.1;
    kin_rgb dark = kin_shade(p->bag_colour, 0.6);
    if (p->bag == KIN_BAG_SHOULDER) {
        kin_canvas_capsule(canvas, (kin_point) { hip.x - 0.05, hip.y + trunk * 0.9 }, 0.008,
                           (kin_point) { x, hip.y + 0.02 }, 0.008);
        kin_fill(canvas, dark);
        kin_canvas_rect(canvas, x - 0.06, hip.y - 0.08, x + 0.06, hip.y + 0.03);
        kin_fill_upright(canvas, dark, p->bag_colour, hip.y - 0.08, hip.y + 0.03);
    } else if (p->bag == KIN_BAG_SUITCASE) {
        double left = facing == KIN_FACING_SIDE ? hip.x - 0.34 : hip.x + 0.14;
        kin_canvas_capsule(canvas, (kin_point) { left + 0.08, 0.25 }, 0.008,
                           (kin_point) { facing == KIN_FACING_SIDE ? hip.x - 0.12 : left + 0.02, 0.45 }, 0.008);
        kin_fill(canvas, dark);
        kin_canvas_rect(canvas, left, 0.02, left + 0.16, 0.28);
        kin_fill_upright(canvas, dark, p->bag_colour, 0, 0.3);
        kin_canvas_ellipse(canvas, left + 0.03, 0.012, 0.014, 0.014);
        kin_canvas_ellipse(canvas, left + 0.13, 0.012, 0.014, 0.014);
        kin_fill(canvas, (kin_rgb) { 0.1, 0.1, 0.1 });
    }
}

/* What hangs from the hips over the legs. */
static void draw_skirt(kin_canvas *canvas, const kin_person *p, kin_point hip, double sway, double width)
{
    double w = width * p->build, length = p->dress == KIN_COAT ? 0.22 : 0.20;
    if (p->dress != KIN_SKIRT && p->dress != KIN_COAT)
        return;
    kin_rgb cloth = p->dress == KIN_COAT ? p->top : p->bottom;
    kin_canvas_smooth(canvas,
                      (kin_point[]) { { hip.x - w, hip.y + 0.06 },
                                      { hip.x + w, hip.y + 0.06 },
                                      { hip.x + w * 1.25 + sway, hip.y - length },
                                      { hip.x + w * 1.25 + sway, hip.y - length },
                                      { hip.x - w * 1.25 - sway, hip.y - length },
                                      { hip.x - w * 1.25 - sway, hip.y - length } },
                      6);
    kin_fill_upright(canvas, kin_shade(cloth, 0.78), cloth, hip.y - length, hip.y + 0.06);
}

static void draw_backpack(kin_canvas *canvas, const kin_person *p, kin_point hip, kin_facing facing)
{
    if (p->bag != KIN_BAG_BACKPACK)
        return;
    double x = facing == KIN_FACING_SIDE ? hip.x - 0.075 : hip.x, w = facing == KIN_FACING_SIDE ? 0.052 : 0.072;
    kin_canvas_smooth(canvas,
                      (kin_point[]) { { x - w, hip.y + 0.06 },
                                      { x + w, hip.y + 0.05 },
                                      { x + w, hip.y + 0.25 },
                                      { x, hip.y + 0.285 },
                                      { x - w, hip.y + 0.24 } },
                      5);
    kin_fill_upright(canvas, kin_shade(p->bag_colour, 0.65), p->bag_colour, hip.y, hip.y + 0.28);
}

static void draw_umbrella(kin_canvas *canvas, const kin_person *p, kin_point hand, kin_point head)
{
    double top = head.y + 0.20, x = (hand.x + head.x) / 2 + 0.02, w = 0.27;
    kin_canvas_capsule(canvas, hand, 0.007, (kin_point) { x, top }, 0.007);
    kin_fill(canvas, (kin_rgb) { 0.2, 0.2, 0.2 });
    kin_canvas_smooth(canvas,
                      (kin_point[]) { { x - w, top - 0.08 },
                                      { x - w, top - 0.08 },
                                      { x - w * 0.62, top + 0.02 },
                                      { x, top + 0.06 },
                                      { x + w * 0.62, top + 0.02 },
                                      { x + w, top - 0.08 },
                                      { x + w, top - 0.08 },
                                      { x + w * 0.5, top - 0.055 },
                                      { x, top - 0.07 },
                                      { x - w * 0.5, top - 0.055 } },
                      10);
    kin_fill_upright(canvas, kin_shade(p->bag_colour, 0.65), p->bag_colour, top - 0.08, top + 0.06);
}

static kin_limb leg_to(kin_point hip, kin_point ankle)
{
    return (kin_limb) { hip, { hip.x + ankle.x, hip.y + ankle.y }, thigh, shank, 1 };
}

static void draw_from_side(kin_canvas *canvas, const kin_person *p, const gait *g, bool umbrella)
{
    kin_point near = ankle_of(g, g->phase), far = ankle_of(g, g->phase + 3.14159);
    kin_point hip = { 0, 0.042 - fmin(near.y, far.y) };
    kin_point neck = { hip.x + trunk * sin(g->lean), hip.y + trunk * cos(g->lean) };
    kin_point shoulder = { neck.x - 0.005, neck.y - 0.035 }, head = { neck.x + 0.02, neck.y + 0.095 };
    kin_limb far_arm = { shoulder, hand_of(g, shoulder, g->phase), upper_arm, fore_arm, -1 };
    kin_limb near_arm = { shoulder, hand_of(g, shoulder, g->phase + 3.14159), upper_arm, fore_arm, -1 };
    if (umbrella)
        near_arm.tip = (kin_point) { shoulder.x + 0.11, shoulder.y - 0.02 };
    kin_person_arm(canvas, p, far_arm, 0.62);
    kin_person_leg(canvas, p, leg_to(hip, far), 0.68, 1);
    kin_person_leg(canvas, p, leg_to(hip, near), 1, 1);
    draw_skirt(canvas, p, hip, 0.05 * g->stride, 0.055);
    draw_backpack(canvas, p, hip, KIN_FACING_SIDE);
    kin_person_torso(canvas, p, hip, neck, 0.058);
    kin_person_head(canvas, p, head, KIN_FACING_SIDE);
    if (umbrella)
        draw_umbrella(canvas, p, near_arm.tip, head);
    kin_person_arm(canvas, p, near_arm, 0.9);
    draw_bag(canvas, p, hip, KIN_FACING_SIDE);
}

/* A limb that swings towards or away from the eye: it looks shorter, not bent. */
static kin_limb foreshortened(kin_point root, kin_point tip, double bend)
{
    double half = 0.503 * hypot(tip.x - root.x, tip.y - root.y);
    return (kin_limb) { root, tip, half, half, bend };
}

static void draw_upright(kin_canvas *canvas, const kin_person *p, const gait *g, kin_facing facing, bool umbrella)
{
    double lift = 0.09 * g->stride * sin(g->phase), sway = 0.012 * sin(g->phase);
    kin_point hip = { sway, 0.042 + thigh + shank }, neck = { 0, hip.y + trunk };
    kin_point head = { 0, neck.y + 0.095 };
    for (int side = -1; side <= 1; side += 2) {
        kin_limb leg = foreshortened((kin_point) { hip.x + side * 0.042, hip.y },
                                     (kin_point) { side * 0.042, 0.042 + fmax(0, side * lift) }, side);
        kin_person_leg(canvas, p, leg, side * lift > 0 ? 0.8 : 1, 0.25 * side);
    }
    draw_skirt(canvas, p, hip, 0.01, 0.085);
    if (facing == KIN_FACING_FRONT)
        draw_backpack(canvas, p, hip, facing);
    kin_person_torso(canvas, p, hip, neck, 0.085);
    if (facing == KIN_FACING_BACK)
        draw_backpack(canvas, p, hip, facing);
    kin_person_head(canvas, p, head, facing);
    for (int side = -1; side <= 1; side += 2) {
        kin_point shoulder = { side * 0.090 * p->build, neck.y - 0.04 };
        kin_point hand = { shoulder.x + side * 0.018, shoulder.y - 0.31 + fmax(0, -2 * side * lift) };
        kin_limb arm = foreshortened(shoulder, hand, side);
        if (umbrella && side > 0)
            arm = (kin_limb) { shoulder, { 0.1, shoulder.y - 0.08 }, upper_arm, fore_arm, side };
        kin_person_arm(canvas, p, arm, 0.88);
        if (umbrella && side > 0)
            draw_umbrella(canvas, p, arm.tip, head);
    }
    draw_bag(canvas, p, hip, facing);
}

void kin_draw_pedestrian(kin_canvas *canvas, uint64_t seed, bool rain)
{
    kin_rng rng;
    kin_person p;
    kin_rng_seed(&rng, seed);
    kin_person_draw_up(&rng, &p);
    if (kin_chance(&rng, 0.1))
        p.height *= 0.68;
    double dress = kin_rng_uniform(&rng);
    p.dress = dress < 0.62 ? KIN_TROUSERS : dress < 0.72 ? KIN_SHORTS : dress < 0.86 ? KIN_SKIRT : KIN_COAT;
    p.bag = (kin_bag)(kin_chance(&rng, 0.5) ? kin_rng_below(&rng, 4) : 0);
    if (kin_chance(&rng, 0.2))
        p.hat = kin_chance(&rng, 0.5) ? KIN_HAT_CAP : KIN_HAT_BEANIE;
    bool standing = kin_chance(&rng, 0.18), umbrella = rain && kin_chance(&rng, 0.45);
    gait g = { kin_between(&rng, 0, 6.283), standing ? 0.04 : kin_between(&rng, 0.28, 0.5),
               kin_between(&rng, 0, 0.09) };
    kin_facing facing = (kin_facing)(kin_chance(&rng, 0.55) ? 0 : 1 + kin_rng_below(&rng, 2));
    kin_canvas_scale(canvas, p.height, p.height);
    if (facing == KIN_FACING_SIDE)
        draw_from_side(canvas, &p, &g, umbrella);
    else
        draw_upright(canvas, &p, &g, facing, umbrella);
}
