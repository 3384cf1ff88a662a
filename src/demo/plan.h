#ifndef KIN_DEMO_PLAN_H
#define KIN_DEMO_PLAN_H
/* What is on which picture, who annotated it, and what went wrong there. All but the boxes is settled before anything
 * is drawn, so that the planted shares are exact. */

#include "demo/demo.h"
#include "demo/scene.h"

enum { KIN_DEMO_ANNOTATORS = 5 };

typedef enum kin_demo_class {
    KIN_DEMO_CAR,
    KIN_DEMO_PEDESTRIAN,
    KIN_DEMO_SKATEBOARDER,
    KIN_DEMO_BICYCLE,
    KIN_DEMO_MOTORCYCLE,
    KIN_DEMO_CLASSES
} kin_demo_class;

typedef enum kin_demo_fault {
    KIN_DEMO_RIGHT,
    KIN_DEMO_PATTERN, /* skateboarder called pedestrian, by the one annotator */
    KIN_DEMO_SLICE,   /* bicycle called motorcycle */
    KIN_DEMO_LABEL,   /* any other wrong label */
    KIN_DEMO_BOX,
    KIN_DEMO_MISSING,
    KIN_DEMO_FAULTS
} kin_demo_fault;

typedef struct kin_demo_shape {
    kin_demo_class truth, given;
    kin_demo_fault fault;
    double x, z;    /* metres, see scene.h */
    bool left;      /* looks to the left */
    bool end, rear; /* a car seen from its front or rear */
    uint64_t seed;
    int64_t id;   /* of the annotation; 0 where it is missing */
    kin_box seen; /* as drawn, cut at the picture's borders; set by drawing, as are the next two */
    kin_box box;  /* as annotated */
    bool occluded, truncated;
} kin_demo_shape;

typedef struct kin_demo_picture {
    kin_daytime daytime;
    kin_weather weather;
    int camera, annotator, batch;
    uint64_t seed;
    size_t first, count; /* of the plan's shapes */
} kin_demo_picture;

typedef struct kin_demo_plan {
    kin_demo_picture *pictures;
    kin_demo_shape *shapes;
    size_t picture_count, shape_count, shape_capacity;
} kin_demo_plan;

#define KIN_DEMO_PLAN_INIT                                                                                             \
    {                                                                                                                  \
        NULL, NULL, 0, 0, 0                                                                                            \
    }

int kin_demo__plan(uint64_t seed, size_t pictures, kin_demo_plan *plan, kin_error *err);
void kin_demo__plan_clear(kin_demo_plan *plan);

/* Lays the classes of one picture out in its scene: where nothing is hidden by more than a third of the smaller one.
 * Returns how many of `count` found a place; those are the first of `shapes`, the farthest first. */
size_t kin_demo__lay_out(const kin_scene *scene, kin_rng *rng, kin_demo_shape *shapes, size_t count);

/* Settles who got what wrong. */
int kin_demo__plant(uint64_t seed, kin_demo_plan *plan, kin_error *err);

/* Draws picture i into rgb[KIN_SCENE_HEIGHT, KIN_SCENE_WIDTH, 3] and sets its shapes' boxes. The canvas is scratch;
 * different pictures may be drawn by several threads at once, each with its own. */
int kin_demo__draw(const kin_demo_plan *plan, size_t i, kin_canvas *canvas, uint8_t *rgb, kin_error *err);

/* The box as the annotator draws it: seen, moved a little, or a lot where that is the fault. */
void kin_demo__annotate(kin_demo_shape *shape, int width, int height);

void kin_demo__summarise(const kin_demo_plan *plan, kin_demo_summary *summary);

/* instances.json and truth.csv. */
int kin_demo__write_instances(const kin_demo_plan *plan, const char *path, kin_error *err);
int kin_demo__write_truth(const kin_demo_plan *plan, const char *path, kin_error *err);

/* Static names: "pedestrian", "dalia". */
extern const char *const kin_demo__class_names[KIN_DEMO_CLASSES];
extern const char *const kin_demo__annotators[KIN_DEMO_ANNOTATORS];
enum { KIN_DEMO_PATTERN_ANNOTATOR = 3, KIN_DEMO_SLICE_ANNOTATOR = 1 };

#endif
