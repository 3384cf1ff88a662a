/* One picture: the scene, the things on it from far to near, the air; and the boxes as an annotator draws them. */

#include "demo/plan.h"

#include "demo/figure.h"

#include <math.h>

enum { trees_most = 4, things_most = 24 };

typedef struct thing {
    double z;
    kin_demo_shape *shape; /* or: */
    const kin_lamp *lamp;  /* or a tree: */
    double tree_x;
    uint64_t tree_seed;
} thing;

static void draw_shape(const kin_scene *scene, kin_canvas *canvas, const kin_demo_shape *shape)
{
    static const double ground[] = { 4.2, 0.6, 0.9, 1.6, 1.9 };
    bool dark = kin_scene_dark(scene);
    kin_scene_shadow(scene, canvas, shape->x, shape->z, shape->end ? 1.9 : ground[shape->truth]);
    kin_scene_stand(scene, canvas, shape->x, shape->z);
    kin_canvas_scale(canvas, shape->left ? -1 : 1, 1);
    switch (shape->truth) {
    case KIN_DEMO_CAR:
        if (shape->end)
            kin_draw_car_end(canvas, shape->seed, dark, shape->rear);
        else
            kin_draw_car(canvas, shape->seed, dark);
        break;
    case KIN_DEMO_PEDESTRIAN:
        kin_draw_pedestrian(canvas, shape->seed, scene->weather == KIN_RAIN);
        break;
    case KIN_DEMO_SKATEBOARDER:
        kin_draw_skateboarder(canvas, shape->seed);
        break;
    case KIN_DEMO_BICYCLE:
        kin_draw_bicycle(canvas, shape->seed, dark);
        break;
    default:
        kin_draw_motorcycle(canvas, shape->seed, dark);
        break;
    }
}

/* The box around all that was painted, in the picture. */
static void measure(const kin_canvas *canvas, kin_demo_shape *shape)
{
    double left = fmax(canvas->left, 0), top = fmax(canvas->top, 0);
    double right = fmin(canvas->right, canvas->width), bottom = fmin(canvas->bottom, canvas->height);
    shape->seen = (kin_box) { left, top, fmax(right - left, 0), fmax(bottom - top, 0) };
    shape->truncated = canvas->left < -1 || canvas->top < -1 || canvas->right > canvas->width + 1 ||
                       canvas->bottom > canvas->height + 1;
}

static size_t gather(const kin_scene *scene, kin_demo_shape *shapes, size_t count, thing *things)
{
    kin_rng rng;
    size_t n = 0;
    kin_rng_seed(&rng, scene->seed ^ 0x5452);
    for (size_t i = 0; i < count && n < things_most; i++)
        things[n++] = (thing) { .z = shapes[i].z, .shape = &shapes[i] };
    for (int i = 0; i < scene->lamp_count && n < things_most; i++)
        things[n++] = (thing) { .z = scene->lamps[i].z, .lamp = &scene->lamps[i] };
    size_t trees = scene->view == KIN_VIEW_ACROSS ? (size_t)kin_rng_below(&rng, trees_most) : 0;
    for (size_t i = 0; i < trees && n < things_most; i++)
        things[n++] = (thing) { .z = scene->kerb_far + kin_between(&rng, 2.4, 3),
                                .tree_x = kin_between(&rng, -8, 8),
                                .tree_seed = kin_rng_next(&rng) };
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && things[k - 1].z < things[k].z; k--) {
            thing swap = things[k];
            things[k] = things[k - 1];
            things[k - 1] = swap;
        }
    return n;
}

static void draw_things(const kin_scene *scene, kin_canvas *canvas, kin_demo_shape *shapes, size_t count)
{
    thing things[things_most];
    size_t whole[things_most] = { 0 }, n = gather(scene, shapes, count, things);
    for (size_t i = 0; i < n; i++) {
        int painter = things[i].shape ? (int)i + 1 : 0;
        kin_canvas_own(canvas, painter);
        if (things[i].shape) {
            draw_shape(scene, canvas, things[i].shape);
            measure(canvas, things[i].shape);
            whole[i] = kin_canvas_owned(canvas, painter, things[i].shape->seen);
        } else if (things[i].lamp)
            kin_scene_draw_lamp(scene, canvas, things[i].lamp);
        else
            kin_scene_draw_tree(scene, canvas, things[i].tree_x, things[i].z, things[i].tree_seed);
    }
    for (size_t i = 0; i < n; i++) {
        kin_demo_shape *shape = things[i].shape;
        if (shape)
            shape->occluded = (double)kin_canvas_owned(canvas, (int)i + 1, shape->seen) < 0.9 * (double)whole[i];
    }
}

int kin_demo__draw(const kin_demo_plan *plan, size_t i, kin_canvas *canvas, uint8_t *rgb, kin_error *err)
{
    const kin_demo_picture *picture = &plan->pictures[i];
    kin_demo_shape *shapes = plan->shapes + picture->first;
    kin_scene scene;
    kin_scene_init(&scene, picture->camera, picture->daytime, picture->weather, picture->seed);
    kin_canvas_reset(canvas);
    kin_scene_draw_sky(&scene, canvas);
    kin_scene_draw_ground(&scene, canvas);
    kin_scene_draw_buildings(&scene, canvas);
    draw_things(&scene, canvas, shapes, picture->count);
    kin_scene_draw_air(&scene, canvas);
    kin_canvas_soften(canvas, scene.soften);
    kin_canvas_finish(canvas, scene.vignette, scene.grain, scene.seed, rgb);
    for (size_t k = 0; k < picture->count; k++)
        kin_demo__annotate(&shapes[k], canvas->width, canvas->height);
    return canvas->failed ? kin_fail_memory(err) : KIN_OK;
}

/* ---- Boxes ---- */

static kin_box cut(double left, double top, double right, double bottom, int width, int height)
{
    kin_box box = { fmin(fmax(left, 0), width), fmin(fmax(top, 0), height), 0, 0 };
    box.w = fmin(fmax(right, box.x), width) - box.x;
    box.h = fmin(fmax(bottom, box.y), height) - box.y;
    return box;
}

/* A hand's error on an edge: about 1 % of the side, never more than 3 %. */
static double wobble(kin_rng *rng, double side)
{
    return side * fmin(fmax(0.011 * kin_rng_normal(rng), -0.03), 0.03);
}

/* A third too far to one side, or a third too wide and high; whichever is still off after cutting at the border. */
static kin_box loosen(kin_rng *rng, kin_box b, int width, int height)
{
    double dx = b.w / 3, dy = b.h / 3;
    uint64_t kind = kin_rng_below(rng, 3);
    if (kind == 0)
        return cut(b.x - dx / 2, b.y - dy / 2, b.x + b.w + dx / 2, b.y + b.h + dy / 2, width, height);
    if (kind == 1)
        dx = 0;
    if (b.x + b.w / 2 > width / 2.0)
        dx = -dx;
    dy = kind == 1 ? (b.y + b.h / 2 > height / 2.0 ? -dy : dy) : 0;
    return cut(b.x + dx, b.y + dy, b.x + b.w + dx, b.y + b.h + dy, width, height);
}

void kin_demo__annotate(kin_demo_shape *shape, int width, int height)
{
    kin_rng rng;
    kin_rng_seed(&rng, shape->seed ^ 0x424f58);
    kin_box b = shape->seen;
    if (shape->fault == KIN_DEMO_BOX) {
        shape->box = loosen(&rng, b, width, height);
        return;
    }
    double left = b.x + wobble(&rng, b.w), top = b.y + wobble(&rng, b.h);
    double right = b.x + b.w + wobble(&rng, b.w), bottom = b.y + b.h + wobble(&rng, b.h);
    shape->box = cut(left, top, right, bottom, width, height);
}
