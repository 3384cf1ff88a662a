/* Houses: fronts that face the camera, and rows of fronts that run away from it. */

#include "demo/scene.h"

#include <math.h>

static const kin_rgb plaster[] = { { 0.80, 0.72, 0.58 }, { 0.70, 0.40, 0.31 }, { 0.62, 0.62, 0.64 },
                                   { 0.84, 0.80, 0.74 }, { 0.56, 0.48, 0.42 }, { 0.78, 0.62, 0.48 },
                                   { 0.55, 0.62, 0.66 }, { 0.48, 0.34, 0.30 } };
static const kin_rgb tiles[] = { { 0.45, 0.22, 0.17 }, { 0.30, 0.28, 0.30 }, { 0.38, 0.27, 0.22 } };
static const kin_rgb awnings[] = {
    { 0.70, 0.20, 0.18 }, { 0.18, 0.42, 0.34 }, { 0.20, 0.30, 0.55 }, { 0.80, 0.62, 0.22 }
};

#define PICK(rng, palette) kin_pick_colour(rng, palette, sizeof(palette) / sizeof *(palette))

/* Glass: dark with a gleam of sky by day; by night some rooms are lit. */
static kin_paint glass(const kin_scene *s, kin_rng *rng, double lit)
{
    bool on = kin_scene_dark(s) && kin_chance(rng, s->daytime == KIN_NIGHT ? lit : lit * 0.5);
    kin_rgb dark = { 0.20, 0.25, 0.31 };
    if (!on)
        return kin_flat(kin_mix(dark, s->sky_low, s->daytime == KIN_DAY ? kin_between(rng, 0, 0.5) : 0.1), 1);
    kin_rgb warm = { 1, kin_between(rng, 0.72, 0.9), kin_between(rng, 0.4, 0.65) };
    kin_paint paint = kin_flat(kin_shade(warm, kin_between(rng, 0.55, 0.95)), 1);
    paint.emissive = true;
    return paint;
}

static void draw_window(const kin_scene *s, kin_canvas *canvas, kin_rng *rng, kin_rgb wall, double x, double y,
                        double w, double h)
{
    kin_canvas_rect(canvas, x - 0.07, y - 0.07, x + w + 0.07, y + h + 0.07);
    kin_fill(canvas, kin_mix(wall, (kin_rgb) { 1, 1, 1 }, 0.45));
    kin_paint paint = glass(s, rng, 0.4);
    kin_canvas_rect(canvas, x, y, x + w, y + h);
    kin_canvas_fill(canvas, &paint);
    kin_canvas_rect(canvas, x + w / 2 - 0.03, y, x + w / 2 + 0.03, y + h);
    kin_canvas_rect(canvas, x, y + h * 0.62, x + w, y + h * 0.62 + 0.05);
    kin_fill(canvas, kin_mix(wall, (kin_rgb) { 1, 1, 1 }, 0.35));
}

static void draw_ground_floor(const kin_scene *s, kin_canvas *canvas, kin_rng *rng, kin_rgb wall, double x, double w)
{
    double door = x + w * kin_between(rng, 0.1, 0.75);
    if (kin_chance(rng, 0.5)) {
        kin_paint paint = glass(s, rng, 0.85);
        kin_canvas_rect(canvas, x + 0.5, 0.5, x + w - 0.5, 2.4);
        kin_canvas_fill(canvas, &paint);
        for (double at = x + 0.5; at < x + w - 0.5; at += 1.7)
            kin_canvas_rect(canvas, at, 0.5, at + 0.08, 2.4);
        kin_fill(canvas, kin_shade(wall, 0.5));
        kin_rgb cloth = PICK(rng, awnings);
        kin_canvas_move(canvas, x + 0.4, 2.9);
        kin_canvas_line(canvas, x + w - 0.4, 2.9);
        kin_canvas_line(canvas, x + w - 0.2, 2.35);
        kin_canvas_line(canvas, x + 0.2, 2.35);
        kin_fill_upright(canvas, kin_shade(cloth, 0.75), cloth, 2.35, 2.9);
    } else
        for (double at = x + 0.8; at + 1 < x + w; at += 2.2)
            if (at + 1 < door || at > door + 1.1)
                draw_window(s, canvas, rng, wall, at, 0.9, 1, 1.4);
    kin_canvas_rect(canvas, door, 0, door + 1, 2.2);
    kin_fill(canvas, kin_shade(PICK(rng, awnings), 0.6));
}

static void draw_roof(kin_canvas *canvas, kin_rng *rng, kin_rgb wall, double x, double w, double height)
{
    if (kin_chance(rng, 0.55)) {
        kin_rgb tile = PICK(rng, tiles);
        double rise = kin_between(rng, 1.2, 2.2), inset = kin_between(rng, 0.1, 0.5) * w;
        kin_canvas_move(canvas, x - 0.25, height);
        kin_canvas_line(canvas, x + w + 0.25, height);
        kin_canvas_line(canvas, x + w - inset, height + rise);
        kin_canvas_line(canvas, x + inset, height + rise);
        kin_fill_upright(canvas, kin_shade(tile, 0.85), kin_shade(tile, 1.1), height, height + rise);
        double stack = x + w * kin_between(rng, 0.3, 0.7);
        kin_canvas_rect(canvas, stack, height + rise * 0.6, stack + 0.5, height + rise + 0.7);
        kin_fill(canvas, kin_shade(wall, 0.7));
        return;
    }
    kin_canvas_rect(canvas, x - 0.15, height - 0.35, x + w + 0.15, height);
    kin_fill(canvas, kin_shade(wall, 1.12));
}

/* A house front w metres wide, its left corner x metres right of the canvas's origin. */
static void draw_front(const kin_scene *s, kin_canvas *canvas, kin_rng *rng, double x, double w, int floors)
{
    kin_rgb wall = PICK(rng, plaster);
    double storey = kin_between(rng, 2.8, 3.2), height = 0.4 + storey * floors;
    kin_canvas_rect(canvas, x, 0, x + w, height);
    kin_fill_upright(canvas, kin_shade(wall, 0.82), kin_shade(wall, 1.04), 0, height);
    kin_canvas_rect(canvas, x, 0, x + w, 0.35);
    kin_fill(canvas, kin_shade(wall, 0.6));
    int columns = (int)fmax(1, w / kin_between(rng, 1.9, 2.6));
    double pitch = w / columns, wide = fmin(1.15, pitch * 0.5);
    for (int f = 1; f < floors; f++)
        for (int c = 0; c < columns; c++)
            draw_window(s, canvas, rng, wall, x + pitch * (c + 0.5) - wide / 2, 0.4 + f * storey + 0.7, wide, 1.45);
    draw_ground_floor(s, canvas, rng, wall, x, w);
    draw_roof(canvas, rng, wall, x, w, height);
}

/* Roofs far behind, mostly haze. */
static void draw_skyline(const kin_scene *s, kin_canvas *canvas, kin_rng *rng)
{
    double z = 70;
    kin_scene_stand(s, canvas, 0, z);
    canvas->haze_amount = 0.55 + 0.45 * canvas->haze_amount;
    for (double x = -45; x < 45;) {
        double w = kin_between(rng, 4, 11), h = kin_between(rng, 6, 17);
        kin_canvas_rect(canvas, x, 0, x + w, h);
        if (kin_chance(rng, 0.3))
            kin_canvas_rect(canvas, x + w * 0.4, 0, x + w * 0.45, h + 3);
        x += w;
    }
    kin_fill(canvas, (kin_rgb) { 0.42, 0.44, 0.50 });
}

static void buildings_across(const kin_scene *s, kin_canvas *canvas, kin_rng *rng)
{
    double z = s->walls, half = 0.5 * KIN_SCENE_WIDTH * z / s->focal;
    double x = -half - kin_between(rng, 0, 5);
    while (x < half) {
        double w = kin_between(rng, 5, 9.5);
        if (kin_chance(rng, 0.22)) {
            int trees = 1 + (int)(w / 3);
            for (int i = 0; i < trees; i++)
                kin_scene_draw_tree(s, canvas, x + w * (i + 0.5) / trees, z, kin_rng_next(rng));
        } else {
            kin_scene_stand(s, canvas, 0, z);
            draw_front(s, canvas, rng, x, w, 2 + (int)kin_rng_below(rng, 3));
        }
        x += w;
    }
}

/* ---- Running away from the camera ---- */

static void side_quad(const kin_scene *s, kin_canvas *canvas, double x, double y0, double y1, double z0, double z1)
{
    kin_canvas_move(canvas, kin_scene_x(s, x, z0), kin_scene_y(s, y0, z0));
    kin_canvas_line(canvas, kin_scene_x(s, x, z1), kin_scene_y(s, y0, z1));
    kin_canvas_line(canvas, kin_scene_x(s, x, z1), kin_scene_y(s, y1, z1));
    kin_canvas_line(canvas, kin_scene_x(s, x, z0), kin_scene_y(s, y1, z0));
}

static void draw_side(const kin_scene *s, kin_canvas *canvas, kin_rng *rng, double x, double z0, double z1, int floors)
{
    kin_rgb wall = kin_shade(PICK(rng, plaster), x < 0 ? 0.88 : 0.74);
    double storey = kin_between(rng, 2.9, 3.2), height = 0.4 + storey * floors;
    kin_scene_stand(s, canvas, x, (z0 + z1) / 2);
    canvas->matrix = (kin_matrix) { 1, 0, 0, 1, 0, 0 };
    side_quad(s, canvas, x, 0, height, z0, z1);
    kin_fill(canvas, wall);
    side_quad(s, canvas, x, height - 0.3, height, z0, z1);
    side_quad(s, canvas, x, 0, 0.4, z0, z1);
    kin_fill(canvas, kin_shade(wall, 0.75));
    int columns = (int)fmax(1, (z1 - z0) / 2.4);
    double pitch = (z1 - z0) / columns;
    for (int f = 0; f < floors; f++)
        for (int c = 0; c < columns; c++) {
            double z = z0 + pitch * (c + 0.28), y = 0.4 + f * storey + 0.7;
            kin_paint paint = glass(s, rng, f ? 0.4 : 0.7);
            side_quad(s, canvas, x, f ? y : 0.6, y + (f ? 1.4 : 1.3), z, z + pitch * 0.5);
            kin_canvas_fill(canvas, &paint);
        }
}

static void buildings_along(const kin_scene *s, kin_canvas *canvas, kin_rng *rng)
{
    for (int side = -1; side <= 1; side += 2) {
        double z1 = 75, x = side * 6.6;
        while (z1 > s->walls + 7) {
            double z0 = fmax(z1 - kin_between(rng, 7, 14), s->walls + 6);
            draw_side(s, canvas, rng, x, z0, z1, 2 + (int)kin_rng_below(rng, 3));
            z1 = z0;
        }
        kin_rng corner = *rng;
        (void)kin_rng_next(rng);
        int floors = 2 + (int)kin_rng_below(rng, 3);
        draw_side(s, canvas, &corner, x, s->walls, z1, floors);
        kin_scene_stand(s, canvas, 0, s->walls);
        draw_front(s, canvas, &corner, side < 0 ? x - 9 : x, 9, floors);
    }
}

void kin_scene_draw_buildings(const kin_scene *scene, kin_canvas *canvas)
{
    kin_rng rng;
    kin_rng_seed(&rng, scene->seed ^ 0x4255);
    draw_skyline(scene, canvas, &rng);
    (scene->view == KIN_VIEW_ALONG ? buildings_along : buildings_across)(scene, canvas, &rng);
}
