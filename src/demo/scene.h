#ifndef KIN_DEMO_SCENE_H
#define KIN_DEMO_SCENE_H
/* The street as the camera sees it: a flat ground, a pinhole camera at eye height that looks along it. A point X metres
 * right of the camera's axis, Z metres away and Y metres above the ground is seen at
 *     x = centre + focal X / Z,  y = horizon + focal (eye - Y) / Z.
 * Things are flat figures that stand upright at their depth; local coordinates are metres, x right, y up. */

#include "base/rng.h"
#include "demo/canvas.h"

enum { KIN_SCENE_WIDTH = 480, KIN_SCENE_HEIGHT = 320, KIN_SCENE_LAMPS = 6 };

typedef enum kin_daytime { KIN_DAY, KIN_DUSK, KIN_NIGHT } kin_daytime;
typedef enum kin_weather { KIN_CLEAR, KIN_OVERCAST, KIN_RAIN, KIN_FOG } kin_weather;
typedef enum kin_view { KIN_VIEW_ACROSS, KIN_VIEW_ALONG } kin_view; /* over a street; down it from a crossing */

typedef struct kin_lamp {
    double x, z, height;
    double reach; /* of the arm, towards the road; signed */
} kin_lamp;

typedef struct kin_scene {
    kin_daytime daytime;
    kin_weather weather;
    kin_view view;
    double horizon, centre, focal, eye;
    double kerb_near, kerb_far, walls; /* depths of the road's borders and of the buildings */
    kin_rgb ambient, lamp_light;       /* what falls on everything, and in a lamp's pool on top of it */
    kin_rgb sky_top, sky_low, haze;
    double haze_depth; /* metres after which 1 - 1/e is haze */
    kin_lamp lamps[KIN_SCENE_LAMPS];
    int lamp_count;
    double soften, grain, vignette;
    uint64_t seed;
} kin_scene;

/* Everything follows from the camera (0..3), the daytime, the weather and the seed. */
void kin_scene_init(kin_scene *scene, int camera, kin_daytime daytime, kin_weather weather, uint64_t seed);

double kin_scene_x(const kin_scene *scene, double x, double z);
double kin_scene_y(const kin_scene *scene, double y, double z);

/* Puts the canvas's origin on the ground there, 1 = 1 metre, y up, in that place's light and haze. */
void kin_scene_stand(const kin_scene *scene, kin_canvas *canvas, double x, double z);

/* Dusk or night: headlights and windows are on. */
bool kin_scene_dark(const kin_scene *scene);

/* The parts, in the order of painting: sky, ground, buildings; then lamps, trees and figures, far ones first; the air
 * (light cones, rain) last. */
void kin_scene_draw_sky(const kin_scene *scene, kin_canvas *canvas);
void kin_scene_draw_ground(const kin_scene *scene, kin_canvas *canvas);
void kin_scene_draw_buildings(const kin_scene *scene, kin_canvas *canvas);
void kin_scene_draw_lamp(const kin_scene *scene, kin_canvas *canvas, const kin_lamp *lamp);
void kin_scene_draw_tree(const kin_scene *scene, kin_canvas *canvas, double x, double z, uint64_t seed);
void kin_scene_draw_air(const kin_scene *scene, kin_canvas *canvas);

/* A soft dark patch on the ground, w metres wide. Belongs to nobody. */
void kin_scene_shadow(const kin_scene *scene, kin_canvas *canvas, double x, double z, double w);

/* ---- Draws ---- */

static inline double kin_between(kin_rng *rng, double low, double high)
{
    return low + (high - low) * kin_rng_uniform(rng);
}

static inline bool kin_chance(kin_rng *rng, double probability)
{
    return kin_rng_uniform(rng) < probability;
}

/* One of a palette, varied a little. */
kin_rgb kin_pick_colour(kin_rng *rng, const kin_rgb *palette, size_t count);

/* Fills the path in one colour. */
static inline void kin_fill(kin_canvas *canvas, kin_rgb colour)
{
    kin_paint paint = kin_flat(colour, 1);
    kin_canvas_fill(canvas, &paint);
}

static inline void kin_fill_alpha(kin_canvas *canvas, kin_rgb colour, double alpha)
{
    kin_paint paint = kin_flat(colour, alpha);
    kin_canvas_fill(canvas, &paint);
}

/* From `low` at height y0 to `high` at y1. */
static inline void kin_fill_upright(kin_canvas *canvas, kin_rgb low, kin_rgb high, double y0, double y1)
{
    kin_paint paint = kin_linear(low, high, (kin_point) { 0, y0 }, (kin_point) { 0, y1 });
    kin_canvas_fill(canvas, &paint);
}

/* A disc of light; belongs to nobody. */
static inline void kin_shine(kin_canvas *canvas, kin_rgb colour, double alpha, double x, double y, double rx, double ry)
{
    kin_paint paint = kin_glow(colour, alpha, x, y, rx, ry);
    kin_canvas_ellipse(canvas, x, y, rx, ry);
    kin_canvas_fill(canvas, &paint);
}

#endif
