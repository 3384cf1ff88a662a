/* Camera, light and air of a street scene; sky and weather. */

#include "demo/scene.h"

#include <math.h>

typedef struct camera {
    double horizon, eye, focal;
    double soften, grain, vignette;
    kin_view view;
} camera;

/* Four cameras of a survey car and of lamp posts: none sees the street quite like another. */
static const camera cameras[] = {
    { 118, 2.3, 430, 0.45, 0.006, 0.10, KIN_VIEW_ACROSS },
    { 132, 1.9, 470, 0.65, 0.009, 0.18, KIN_VIEW_ACROSS },
    { 104, 2.9, 450, 0.40, 0.005, 0.06, KIN_VIEW_ACROSS },
    { 126, 2.2, 440, 0.55, 0.008, 0.14, KIN_VIEW_ALONG },
};

static const kin_rgb grey_haze = { 0.72, 0.75, 0.78 };

static void set_light(kin_scene *s, kin_rng *rng)
{
    double warm = kin_between(rng, -0.03, 0.03);
    switch (s->daytime) {
    case KIN_DAY:
        s->ambient = (kin_rgb) { 1 + warm, 1, 1 - warm };
        s->sky_top = (kin_rgb) { 0.30, 0.52 + warm, 0.84 };
        s->sky_low = (kin_rgb) { 0.76, 0.87, 0.95 };
        break;
    case KIN_DUSK:
        s->ambient = (kin_rgb) { 0.72 + warm, 0.56, 0.56 };
        s->sky_top = (kin_rgb) { 0.22, 0.22 + warm, 0.42 };
        s->sky_low = (kin_rgb) { 0.96, 0.58 + warm, 0.36 };
        break;
    case KIN_NIGHT:
        s->ambient = (kin_rgb) { 0.48, 0.50 + warm, 0.62 };
        s->sky_top = (kin_rgb) { 0.03, 0.04, 0.10 };
        s->sky_low = (kin_rgb) { 0.12, 0.14, 0.24 + warm };
        break;
    }
    s->lamp_light = (kin_rgb) { 0.62, 0.50, 0.28 };
    s->haze = kin_mix(s->sky_low, s->sky_top, 0.15);
    s->haze_depth = 160;
}

static void set_weather(kin_scene *s)
{
    static const double grey[] = { 0, 0.75, 0.85, 0.8 }, dim[] = { 1, 0.88, 0.78, 0.88 };
    double by = s->daytime == KIN_DAY ? 0.95 : s->daytime == KIN_DUSK ? 0.6 : 0.16;
    kin_rgb cover = kin_shade(grey_haze, by);
    s->sky_top = kin_mix(s->sky_top, kin_shade(cover, 0.85), grey[s->weather]);
    s->sky_low = kin_mix(s->sky_low, cover, grey[s->weather]);
    s->ambient = kin_shade(s->ambient, s->daytime == KIN_NIGHT ? 1 : dim[s->weather]);
    s->haze = kin_mix(s->haze, cover, grey[s->weather]);
    if (s->weather == KIN_RAIN)
        s->haze_depth = 60;
    if (s->weather == KIN_FOG)
        s->haze_depth = 26;
}

static void set_lamps(kin_scene *s, kin_rng *rng)
{
    if (s->view == KIN_VIEW_ACROSS) {
        double step = kin_between(rng, 9, 12), at = kin_between(rng, -16, -10);
        for (s->lamp_count = 0; s->lamp_count < 3; s->lamp_count++, at += step)
            s->lamps[s->lamp_count] = (kin_lamp) { at, s->kerb_far + 0.6, kin_between(rng, 4.6, 5.4), 0 };
        return;
    }
    s->lamp_count = KIN_SCENE_LAMPS;
    for (int i = 0; i < KIN_SCENE_LAMPS; i++) {
        double side = i % 2 ? 1 : -1;
        s->lamps[i] = (kin_lamp) { side * 4.6, 11.5 + 6.5 * (i / 2), 5.2, -side * 1.2 };
    }
}

void kin_scene_init(kin_scene *scene, int number, kin_daytime daytime, kin_weather weather, uint64_t seed)
{
    const camera *c = &cameras[(size_t)number % (sizeof cameras / sizeof *cameras)];
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    *scene = (kin_scene) { .daytime = daytime, .weather = weather, .view = c->view, .seed = seed };
    scene->horizon = c->horizon + kin_between(&rng, -5, 5);
    scene->centre = KIN_SCENE_WIDTH / 2.0 + (c->view == KIN_VIEW_ALONG ? kin_between(&rng, -40, 40) : 0);
    scene->focal = c->focal;
    scene->eye = c->eye + kin_between(&rng, -0.08, 0.08);
    scene->kerb_near = 7.1;
    scene->kerb_far = c->view == KIN_VIEW_ALONG ? 10.2 : 13.2;
    scene->walls = c->view == KIN_VIEW_ALONG ? 12.6 : kin_between(&rng, 20, 24);
    scene->soften = c->soften + kin_between(&rng, -0.1, 0.1);
    scene->grain = c->grain * (daytime == KIN_NIGHT ? 1.7 : daytime == KIN_DUSK ? 1.3 : 1);
    scene->vignette = c->vignette;
    set_light(scene, &rng);
    set_weather(scene);
    set_lamps(scene, &rng);
}

double kin_scene_x(const kin_scene *scene, double x, double z)
{
    return scene->centre + scene->focal * x / z;
}

double kin_scene_y(const kin_scene *scene, double y, double z)
{
    return scene->horizon + scene->focal * (scene->eye - y) / z;
}

bool kin_scene_dark(const kin_scene *scene)
{
    return scene->daytime != KIN_DAY;
}

static kin_rgb light_at(const kin_scene *scene, double x, double z)
{
    kin_rgb light = scene->ambient;
    if (scene->daytime == KIN_DAY)
        return light;
    double strength = scene->daytime == KIN_NIGHT ? 1 : 0.3;
    for (int i = 0; i < scene->lamp_count; i++) {
        const kin_lamp *lamp = &scene->lamps[i];
        double dx = x - lamp->x - lamp->reach, dz = (z - lamp->z) * 0.7;
        double by = strength * exp(-(dx * dx + dz * dz) / 18);
        light.r += scene->lamp_light.r * by;
        light.g += scene->lamp_light.g * by;
        light.b += scene->lamp_light.b * by;
    }
    return light;
}

void kin_scene_stand(const kin_scene *scene, kin_canvas *canvas, double x, double z)
{
    double scale = scene->focal / z;
    canvas->matrix = (kin_matrix) { scale, 0, 0, -scale, kin_scene_x(scene, x, z), kin_scene_y(scene, 0, z) };
    canvas->light = light_at(scene, x, z);
    canvas->haze = scene->haze;
    canvas->haze_amount = 1 - exp(-z / scene->haze_depth);
}

void kin_scene_shadow(const kin_scene *scene, kin_canvas *canvas, double x, double z, double w)
{
    bool sharp = scene->daytime == KIN_DAY && scene->weather == KIN_CLEAR;
    int painter = canvas->painter;
    kin_paint paint = { { 0.05, 0.05, 0.07 },
                        { 0.05, 0.05, 0.07 },
                        sharp ? 0.62 : 0.45,
                        0,
                        { 0, 0.01 },
                        { 0, 0 },
                        KIN_BLEND_RADIAL,
                        false,
                        false };
    paint.q = (kin_point) { w * 0.62, w * 0.07 + 0.05 };
    canvas->painter = -1;
    kin_scene_stand(scene, canvas, x, z);
    kin_canvas_ellipse(canvas, 0, paint.p.y, paint.q.x, paint.q.y);
    kin_canvas_fill(canvas, &paint);
    canvas->painter = painter;
}

kin_rgb kin_pick_colour(kin_rng *rng, const kin_rgb *palette, size_t count)
{
    kin_rgb c = kin_shade(palette[kin_rng_below(rng, count)], kin_between(rng, 0.85, 1.12));
    c.r += kin_between(rng, -0.03, 0.03);
    c.g += kin_between(rng, -0.03, 0.03);
    c.b += kin_between(rng, -0.03, 0.03);
    return (kin_rgb) { fmin(fmax(c.r, 0.02), 1), fmin(fmax(c.g, 0.02), 1), fmin(fmax(c.b, 0.02), 1) };
}

/* ---- Sky and weather ---- */

static void pixels(kin_canvas *canvas)
{
    canvas->matrix = (kin_matrix) { 1, 0, 0, 1, 0, 0 };
    canvas->light = (kin_rgb) { 1, 1, 1 };
    canvas->haze_amount = 0;
}

static void draw_cloud(kin_canvas *canvas, kin_rng *rng, double x, double y, double size, kin_rgb colour, double alpha)
{
    int puffs = 5 + (int)kin_rng_below(rng, 5);
    for (int i = 0; i < puffs; i++) {
        double rx = size * kin_between(rng, 0.25, 0.55), ry = rx * kin_between(rng, 0.35, 0.55);
        double px = x + size * kin_between(rng, -0.8, 0.8), py = y + size * kin_between(rng, -0.1, 0.1);
        kin_paint paint = { colour, colour, alpha, 0, { px, py }, { rx, ry }, KIN_BLEND_RADIAL, true, false };
        kin_canvas_ellipse(canvas, px, py, rx, ry);
        kin_canvas_fill(canvas, &paint);
    }
}

static void draw_sun_or_moon(const kin_scene *scene, kin_canvas *canvas, kin_rng *rng)
{
    double x = kin_between(rng, 20, KIN_SCENE_WIDTH - 20), y = scene->horizon * kin_between(rng, 0.08, 0.5);
    if (scene->daytime == KIN_NIGHT) {
        for (int i = 0; i < 60; i++) {
            double r = kin_between(rng, 0.3, 0.75);
            kin_canvas_ellipse(canvas, kin_between(rng, 0, KIN_SCENE_WIDTH), kin_between(rng, 0, scene->horizon * 0.8),
                               r, r);
        }
        kin_fill_alpha(canvas, (kin_rgb) { 0.9, 0.92, 1 }, 0.45);
        kin_shine(canvas, (kin_rgb) { 0.5, 0.55, 0.7 }, 0.35, x, y, 45, 45);
        kin_canvas_ellipse(canvas, x, y, 7, 7);
        kin_fill(canvas, (kin_rgb) { 0.93, 0.93, 0.86 });
        return;
    }
    kin_rgb sun = scene->daytime == KIN_DAY ? (kin_rgb) { 1, 0.96, 0.8 } : (kin_rgb) { 1, 0.62, 0.3 };
    if (scene->daytime == KIN_DUSK)
        y = scene->horizon * kin_between(rng, 0.6, 0.9);
    kin_shine(canvas, sun, 0.5, x, y, 90, 80);
    kin_canvas_ellipse(canvas, x, y, 9, 9);
    kin_fill(canvas, sun);
}

void kin_scene_draw_sky(const kin_scene *scene, kin_canvas *canvas)
{
    kin_rng rng;
    kin_rng_seed(&rng, scene->seed ^ 0x5359);
    pixels(canvas);
    kin_paint sky = kin_linear(scene->sky_top, scene->sky_low, (kin_point) { 0, 0 }, (kin_point) { 0, scene->horizon });
    kin_canvas_rect(canvas, 0, 0, KIN_SCENE_WIDTH, scene->horizon + 1);
    kin_canvas_fill(canvas, &sky);
    if (scene->weather == KIN_CLEAR)
        draw_sun_or_moon(scene, canvas, &rng);
    if (scene->weather == KIN_FOG)
        return;
    int clouds = scene->weather == KIN_CLEAR ? (int)kin_rng_below(&rng, 4) : 7;
    kin_rgb white = scene->weather == KIN_CLEAR ? (kin_rgb) { 1, 1, 1 } : (kin_rgb) { 0.62, 0.64, 0.68 };
    white = kin_mix(white, scene->sky_low, scene->daytime == KIN_DAY ? 0.1 : 0.75);
    for (int i = 0; i < clouds; i++) {
        double x = kin_between(&rng, 0, KIN_SCENE_WIDTH), y = kin_between(&rng, 0, scene->horizon * 0.7);
        draw_cloud(canvas, &rng, x, y, kin_between(&rng, 30, 80), white, kin_between(&rng, 0.35, 0.7));
    }
}

static void draw_rain(const kin_scene *scene, kin_canvas *canvas, kin_rng *rng)
{
    double slant = kin_between(rng, -0.25, 0.25);
    for (int i = 0; i < 220; i++) {
        double x = kin_between(rng, -10, KIN_SCENE_WIDTH + 10), y = kin_between(rng, -20, KIN_SCENE_HEIGHT);
        double length = kin_between(rng, 8, 20), w = kin_between(rng, 0.25, 0.6);
        kin_canvas_move(canvas, x - w, y);
        kin_canvas_line(canvas, x + w, y);
        kin_canvas_line(canvas, x + w + slant * length, y + length);
        kin_canvas_line(canvas, x - w + slant * length, y + length);
    }
    kin_rgb drop = kin_mix(scene->haze, (kin_rgb) { 1, 1, 1 }, 0.4);
    kin_fill_alpha(canvas, drop, scene->daytime == KIN_NIGHT ? 0.16 : 0.26);
}

void kin_scene_draw_air(const kin_scene *scene, kin_canvas *canvas)
{
    kin_rng rng;
    kin_rng_seed(&rng, scene->seed ^ 0x4149);
    kin_canvas_own(canvas, -1);
    bool thick = scene->weather == KIN_FOG || scene->weather == KIN_RAIN;
    for (int i = 0; i < scene->lamp_count && scene->daytime != KIN_DAY; i++) {
        const kin_lamp *lamp = &scene->lamps[i];
        double strength = (scene->daytime == KIN_NIGHT ? 1 : 0.45) * (thick ? 1.3 : 0.8);
        kin_scene_stand(scene, canvas, lamp->x + lamp->reach, lamp->z);
        kin_shine(canvas, (kin_rgb) { 1, 0.82, 0.5 }, 0.55 * strength, 0, lamp->height, 1.5, 1.5);
        kin_canvas_move(canvas, -0.2, lamp->height);
        kin_canvas_line(canvas, 0.2, lamp->height);
        kin_canvas_line(canvas, 2.1, 0);
        kin_canvas_line(canvas, -2.1, 0);
        kin_paint cone = kin_linear((kin_rgb) { 1, 0.85, 0.55 }, (kin_rgb) { 1, 0.85, 0.55 },
                                    (kin_point) { 0, lamp->height }, (kin_point) { 0, 0 });
        cone.alpha_from = 0.20 * strength;
        cone.alpha_to = 0;
        cone.emissive = cone.add = true;
        kin_canvas_fill(canvas, &cone);
    }
    pixels(canvas);
    if (scene->weather == KIN_RAIN)
        draw_rain(scene, canvas, &rng);
}
