/* Where things stand. A place is drawn at random from the lanes where the class moves, and drawn again while the thing
 * would hide, or be hidden by, what stands already. */

#include "demo/plan.h"

#include <math.h>

typedef struct extent {
    double half, height; /* metres, generous */
} extent;

static extent extent_of(const kin_demo_shape *shape)
{
    static const extent of[KIN_DEMO_CLASSES] = {
        [KIN_DEMO_CAR] = { 2.4, 1.6 },          [KIN_DEMO_PEDESTRIAN] = { 0.38, 1.75 },
        [KIN_DEMO_SKATEBOARDER] = { 0.7, 1.8 }, [KIN_DEMO_BICYCLE] = { 0.95, 1.75 },
        [KIN_DEMO_MOTORCYCLE] = { 1.05, 1.7 },
    };
    return shape->end ? (extent) { 0.95, 1.6 } : of[shape->truth];
}

static kin_box frame_of(const kin_scene *scene, const kin_demo_shape *shape)
{
    extent e = extent_of(shape);
    double scale = scene->focal / shape->z, x = kin_scene_x(scene, shape->x, shape->z);
    double bottom = kin_scene_y(scene, 0, shape->z);
    return (kin_box) { x - e.half * scale, bottom - e.height * scale, 2 * e.half * scale, e.height * scale };
}

/* How much of the smaller of the two lies in the other. */
static double shared(kin_box a, kin_box b)
{
    double w = fmin(a.x + a.w, b.x + b.w) - fmax(a.x, b.x), h = fmin(a.y + a.h, b.y + b.h) - fmax(a.y, b.y);
    return w > 0 && h > 0 ? w * h / fmin(a.w * a.h, b.w * b.h) : 0;
}

static bool fits(const kin_scene *scene, const kin_demo_shape *shapes, size_t placed, const kin_demo_shape *shape)
{
    kin_box frame = frame_of(scene, shape);
    double inside = fmin(frame.x + frame.w, KIN_SCENE_WIDTH) - fmax(frame.x, 0);
    double least = shape->truth == KIN_DEMO_CAR ? 0.7 : 0.9;
    if (inside < least * frame.w || frame.y + frame.h > KIN_SCENE_HEIGHT + 0.1 * frame.h)
        return false;
    for (size_t i = 0; i < placed; i++) {
        bool bumps = fabs(shapes[i].z - shape->z) < 0.5 && shapes[i].truth == KIN_DEMO_CAR;
        if (shared(frame, frame_of(scene, &shapes[i])) > (bumps ? 0 : 0.28))
            return false;
    }
    return true;
}

/* Anywhere that is seen at that depth. */
static double seen_x(const kin_scene *scene, kin_rng *rng, double z)
{
    return (kin_between(rng, 0, KIN_SCENE_WIDTH) - scene->centre) * z / scene->focal;
}

static void place_across(const kin_scene *scene, kin_rng *rng, kin_demo_shape *shape)
{
    double where = kin_rng_uniform(rng), middle = (scene->kerb_near + scene->kerb_far) / 2;
    switch (shape->truth) {
    case KIN_DEMO_CAR:
        shape->z = where < 0.45 ? kin_between(rng, 8.4, 9.2) : kin_between(rng, 11.2, 12.4);
        break;
    case KIN_DEMO_PEDESTRIAN:
        shape->z = where < 0.45   ? kin_between(rng, 5.5, 6.9)
                   : where < 0.75 ? kin_between(rng, 13.5, 15.4)
                                  : kin_between(rng, 7.5, 13);
        break;
    case KIN_DEMO_SKATEBOARDER:
        shape->z = where < 0.6 ? kin_between(rng, 5.6, 6.9) : kin_between(rng, 7.4, 9.4);
        break;
    default:
        shape->z = kin_between(rng, 7.5, 12.7);
        break;
    }
    shape->x = seen_x(scene, rng, shape->z);
    bool keeps = shape->truth == KIN_DEMO_CAR || shape->truth == KIN_DEMO_BICYCLE;
    shape->left = keeps && kin_chance(rng, 0.85) ? shape->z > middle : kin_chance(rng, 0.5);
}

static void place_along(const kin_scene *scene, kin_rng *rng, kin_demo_shape *shape)
{
    double where = kin_rng_uniform(rng);
    shape->left = kin_chance(rng, 0.5);
    shape->z = kin_between(rng, 5.7, 9.6);
    shape->x = seen_x(scene, rng, shape->z);
    if (shape->truth == KIN_DEMO_CAR && where < 0.6) {
        shape->end = true;
        shape->rear = kin_chance(rng, 0.5);
        shape->z = kin_between(rng, 12.5, 26);
        shape->x = (shape->rear ? 1.7 : -1.7) + kin_between(rng, -0.3, 0.3);
    } else if (shape->truth == KIN_DEMO_CAR) {
        shape->z = kin_between(rng, 8, 9.4);
    } else if (shape->truth == KIN_DEMO_PEDESTRIAN && where < 0.4) {
        shape->z = kin_between(rng, 11, 18);
        shape->x = (kin_chance(rng, 0.5) ? 1 : -1) * kin_between(rng, 3.9, 6);
    } else if (shape->truth == KIN_DEMO_PEDESTRIAN && where < 0.75) {
        shape->z = kin_between(rng, 10.4, 12);
    }
}

size_t kin_demo__lay_out(const kin_scene *scene, kin_rng *rng, kin_demo_shape *shapes, size_t count)
{
    enum { tries = 40 };
    size_t placed = 0;
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < tries; k++) {
            kin_demo_shape shape = { .truth = shapes[i].truth, .given = shapes[i].truth, .seed = kin_rng_next(rng) };
            (scene->view == KIN_VIEW_ALONG ? place_along : place_across)(scene, rng, &shape);
            if (!fits(scene, shapes, placed, &shape))
                continue;
            size_t at = placed++;
            for (; at > 0 && shapes[at - 1].z < shape.z; at--)
                shapes[at] = shapes[at - 1];
            shapes[at] = shape;
            break;
        }
    }
    return placed;
}
