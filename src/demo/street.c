/* Ground, lamps and trees. */

#include "demo/scene.h"

#include <math.h>

static const kin_rgb asphalt = { 0.36, 0.36, 0.38 }, paving = { 0.62, 0.60, 0.57 }, marking = { 0.74, 0.74, 0.71 };

/* The ground between depths z0 > z1 and from x0 to x1 metres. */
static void ground_quad(const kin_scene *s, kin_canvas *canvas, double x0, double x1, double z0, double z1)
{
    double y0 = kin_scene_y(s, 0, z0), y1 = kin_scene_y(s, 0, z1);
    kin_canvas_move(canvas, kin_scene_x(s, x0, z0), y0);
    kin_canvas_line(canvas, kin_scene_x(s, x1, z0), y0);
    kin_canvas_line(canvas, kin_scene_x(s, x1, z1), y1);
    kin_canvas_line(canvas, kin_scene_x(s, x0, z1), y1);
}

/* Fills the path of ground between two depths: haze grows with depth. */
static void fill_ground(const kin_scene *s, kin_canvas *canvas, kin_rgb colour, double z0, double z1)
{
    kin_rgb seen = { colour.r * s->ambient.r, colour.g * s->ambient.g, colour.b * s->ambient.b };
    kin_paint paint = kin_linear(kin_mix(seen, s->haze, 1 - exp(-z0 / s->haze_depth)),
                                 kin_mix(seen, s->haze, 1 - exp(-z1 / s->haze_depth)),
                                 (kin_point) { 0, kin_scene_y(s, 0, z0) }, (kin_point) { 0, kin_scene_y(s, 0, z1) });
    paint.emissive = true;
    kin_canvas_fill(canvas, &paint);
}

static void fill_band(const kin_scene *s, kin_canvas *canvas, kin_rgb colour, double z0, double z1)
{
    ground_quad(s, canvas, -3 * z0, 3 * z0, z0, z1);
    kin_canvas_rect(canvas, 0, kin_scene_y(s, 0, z0), KIN_SCENE_WIDTH, kin_scene_y(s, 0, z1));
    fill_ground(s, canvas, colour, z0, z1);
}

static void draw_slabs(const kin_scene *s, kin_canvas *canvas, double z0, double z1, double step)
{
    for (double z = z1; z < z0; z += step)
        ground_quad(s, canvas, -3 * z, 3 * z, z + 0.02, z);
    for (double x = floor(-0.7 * z0 / step) * step; x < 0.7 * z0; x += step)
        ground_quad(s, canvas, x, x + 0.02, z0, z1);
    kin_rgb joint = { 0.3 * s->ambient.r, 0.3 * s->ambient.g, 0.3 * s->ambient.b };
    kin_fill_alpha(canvas, joint, 0.24);
}

static void draw_zebra(const kin_scene *s, kin_canvas *canvas, double x0, double x1, double z0, double z1, bool across)
{
    if (across)
        for (double z = z1; z < z0; z += 0.9)
            ground_quad(s, canvas, x0, x1, fmin(z + 0.45, z0), z);
    else
        for (double x = x0; x < x1; x += 0.9)
            ground_quad(s, canvas, x, fmin(x + 0.45, x1), z0, z1);
    fill_ground(s, canvas, marking, z0, z1);
}

static void draw_pools(const kin_scene *s, kin_canvas *canvas)
{
    if (s->daytime == KIN_DAY)
        return;
    double strength = s->daytime == KIN_NIGHT ? 0.42 : 0.14;
    for (int i = 0; i < s->lamp_count; i++) {
        const kin_lamp *lamp = &s->lamps[i];
        kin_scene_stand(s, canvas, lamp->x + lamp->reach, lamp->z);
        double high = 4.5 * s->eye / lamp->z;
        kin_shine(canvas, s->lamp_light, strength, 0, -high * 0.25, 4.2, high * 0.75);
        if (s->weather == KIN_RAIN)
            kin_shine(canvas, s->lamp_light, strength * 1.3, 0, -1.1, 0.3, 1.4);
    }
}

static void ground_across(const kin_scene *s, kin_canvas *canvas, kin_rng *rng, kin_rgb road, kin_rgb path)
{
    double middle = (s->kerb_near + s->kerb_far) / 2;
    kin_rgb verge = kin_chance(rng, 0.5) ? (kin_rgb) { 0.33, 0.48, 0.24 } : kin_shade(path, 0.9);
    fill_band(s, canvas, verge, 90, s->kerb_far + 3);
    fill_band(s, canvas, path, s->kerb_far + 3.4, s->kerb_far);
    draw_slabs(s, canvas, s->kerb_far + 3.4, s->kerb_far, 1.2);
    fill_band(s, canvas, kin_shade(path, 1.15), s->kerb_far + 0.15, s->kerb_far);
    fill_band(s, canvas, road, s->kerb_far, s->kerb_near);
    fill_band(s, canvas, kin_shade(road, 0.72), s->kerb_far, s->kerb_far - 0.25);
    double dash = kin_between(rng, 0, 4);
    for (double x = -3 * middle + dash; x < 3 * middle; x += 4)
        ground_quad(s, canvas, x, x + 2, middle + 0.07, middle - 0.07);
    fill_ground(s, canvas, marking, middle + 0.07, middle - 0.07);
    if (kin_chance(rng, 0.3)) {
        double x = kin_between(rng, -4, 3);
        draw_zebra(s, canvas, x, x + 3, s->kerb_far - 0.4, s->kerb_near + 0.4, true);
    }
    fill_band(s, canvas, kin_shade(path, 1.15), s->kerb_near, s->kerb_near - 0.15);
    fill_band(s, canvas, path, s->kerb_near - 0.15, 2.5);
    draw_slabs(s, canvas, s->kerb_near - 0.15, 3.5, 0.9);
}

static void ground_along(const kin_scene *s, kin_canvas *canvas, kin_rng *rng, kin_rgb road, kin_rgb path)
{
    double far = 90;
    fill_band(s, canvas, path, far, s->kerb_far);
    ground_quad(s, canvas, -3.4, 3.4, far, s->kerb_far);
    fill_ground(s, canvas, road, far, s->kerb_far);
    ground_quad(s, canvas, -3.55, -3.4, far, s->kerb_far);
    ground_quad(s, canvas, 3.4, 3.55, far, s->kerb_far);
    fill_ground(s, canvas, kin_shade(path, 1.15), far, s->kerb_far);
    for (double z = s->kerb_far + 3.2; z < 60; z += 4)
        ground_quad(s, canvas, -0.07, 0.07, z + 2, z);
    fill_ground(s, canvas, marking, 60, s->kerb_far);
    ground_quad(s, canvas, -40, -3.4, s->kerb_far + 0.15, s->kerb_far);
    ground_quad(s, canvas, 3.4, 40, s->kerb_far + 0.15, s->kerb_far);
    fill_ground(s, canvas, kin_shade(path, 1.15), s->kerb_far + 0.15, s->kerb_far);
    fill_band(s, canvas, road, s->kerb_far, 2.5);
    if (kin_chance(rng, 0.8))
        draw_zebra(s, canvas, -3.2, 3.2, s->kerb_far + 2.6, s->kerb_far + 0.5, false);
    double z = kin_between(rng, 5.6, 6.2);
    for (double x = -20 + kin_between(rng, 0, 3); x < 20; x += 3)
        ground_quad(s, canvas, x, x + 1.5, z + 0.1, z);
    fill_ground(s, canvas, marking, z + 0.1, z);
}

void kin_scene_draw_ground(const kin_scene *scene, kin_canvas *canvas)
{
    kin_rng rng;
    kin_rng_seed(&rng, scene->seed ^ 0x4752);
    canvas->matrix = (kin_matrix) { 1, 0, 0, 1, 0, 0 };
    kin_rgb road = kin_shade(asphalt, kin_between(&rng, 0.85, 1.25));
    kin_rgb path = kin_pick_colour(&rng, &paving, 1);
    if (scene->weather == KIN_RAIN) {
        road = kin_mix(kin_shade(road, 0.75), scene->sky_low, 0.15);
        path = kin_shade(path, 0.85);
    }
    (scene->view == KIN_VIEW_ALONG ? ground_along : ground_across)(scene, canvas, &rng, road, path);
    kin_canvas_mottle(canvas, (int)kin_scene_y(scene, 0, scene->walls + 6), KIN_SCENE_HEIGHT, 0.03, scene->seed);
    draw_pools(scene, canvas);
}

void kin_scene_draw_lamp(const kin_scene *scene, kin_canvas *canvas, const kin_lamp *lamp)
{
    kin_rgb metal = { 0.25, 0.27, 0.29 };
    kin_scene_stand(scene, canvas, lamp->x, lamp->z);
    kin_canvas_capsule(canvas, (kin_point) { 0, 0 }, 0.075, (kin_point) { 0, lamp->height }, 0.045);
    kin_canvas_rect(canvas, -0.13, 0, 0.13, 0.5);
    if (lamp->reach != 0)
        kin_canvas_capsule(canvas, (kin_point) { 0, lamp->height }, 0.045,
                           (kin_point) { lamp->reach, lamp->height + 0.15 }, 0.035);
    kin_fill(canvas, metal);
    kin_canvas_ellipse(canvas, lamp->reach, lamp->height + 0.08, 0.36, 0.12);
    kin_fill(canvas, metal);
    kin_canvas_ellipse(canvas, lamp->reach, lamp->height, 0.24, 0.11);
    kin_paint bulb = kin_flat((kin_rgb) { 1, 0.93, 0.72 }, 1);
    bulb.emissive = kin_scene_dark(scene);
    kin_canvas_fill(canvas, &bulb);
}

void kin_scene_draw_tree(const kin_scene *scene, kin_canvas *canvas, double x, double z, uint64_t seed)
{
    static const kin_rgb leaves[] = {
        { 0.22, 0.40, 0.16 }, { 0.30, 0.46, 0.18 }, { 0.40, 0.44, 0.16 }, { 0.62, 0.42, 0.14 }, { 0.18, 0.34, 0.20 }
    };
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    double trunk = kin_between(&rng, 1.7, 2.6), crown = kin_between(&rng, 1.1, 1.9);
    kin_scene_shadow(scene, canvas, x, z, crown * 1.5);
    kin_scene_stand(scene, canvas, x, z);
    kin_rgb green = kin_pick_colour(&rng, leaves, sizeof leaves / sizeof *leaves);
    kin_canvas_capsule(canvas, (kin_point) { 0, 0 }, 0.16, (kin_point) { 0.1, trunk + 0.6 }, 0.09);
    kin_canvas_capsule(canvas, (kin_point) { 0.05, trunk }, 0.08, (kin_point) { 0.7, trunk + 1 }, 0.04);
    kin_canvas_capsule(canvas, (kin_point) { 0.05, trunk - 0.2 }, 0.08, (kin_point) { -0.7, trunk + 0.9 }, 0.04);
    kin_fill(canvas, (kin_rgb) { 0.30, 0.22, 0.15 });
    for (int layer = 0; layer < 3; layer++) {
        int puffs = 9 - 2 * layer;
        for (int i = 0; i < puffs; i++) {
            double angle = kin_between(&rng, 0, 6.283), reach = kin_between(&rng, 0.1, 0.75) * crown;
            double r = crown * kin_between(&rng, 0.26, 0.44);
            double up = layer * 0.14 * crown;
            kin_canvas_ellipse(canvas, reach * cos(angle) - 0.08 * layer * crown,
                               trunk + crown * 0.8 + up + reach * 0.8 * sin(angle), r, r * 0.9);
        }
        kin_fill(canvas, kin_shade(green, 0.72 + 0.24 * layer));
    }
}
