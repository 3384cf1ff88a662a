/* The list of pictures and of what is on them. */

#include "demo/plan.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>

const char *const kin_demo__class_names[KIN_DEMO_CLASSES] = { "car", "pedestrian", "skateboarder", "bicycle",
                                                              "motorcycle" };
const char *const kin_demo__annotators[KIN_DEMO_ANNOTATORS] = { "amira", "boris", "chen", "dalia", "emil" };

static int choose(kin_rng *rng, const double *weights, int count)
{
    double left = kin_rng_uniform(rng);
    for (int i = 0; i < count - 1; i++) {
        left -= weights[i];
        if (left < 0)
            return i;
    }
    return count - 1;
}

static void plan_picture(kin_demo_picture *picture, kin_rng *rng, size_t i, size_t count)
{
    static const double daytimes[] = { 0.55, 0.12, 0.33 }, weathers[] = { 0.55, 0.24, 0.14, 0.07 };
    static const double cameras[] = { 0.3, 0.25, 0.25, 0.2 };
    picture->daytime = (kin_daytime)choose(rng, daytimes, 3);
    picture->weather = (kin_weather)choose(rng, weathers, 4);
    picture->camera = choose(rng, cameras, 4);
    picture->annotator = (int)kin_rng_below(rng, KIN_DEMO_ANNOTATORS);
    picture->batch = 1 + (int)(i * 10 / count);
    picture->seed = kin_rng_next(rng);
}

/* Two to seven things; no motorcycles yet, see kin_demo__plant. */
static int plan_shapes(kin_demo_plan *plan, kin_demo_picture *picture, kin_rng *rng, kin_error *err)
{
    static const double counts[] = { 0.07, 0.18, 0.23, 0.21, 0.17, 0.14 }, classes[] = { 0.406, 0.384, 0.098, 0.112 };
    enum { most = 8 };
    kin_demo_shape shapes[most] = { { .truth = KIN_DEMO_CAR } };
    kin_scene scene;
    size_t count = 2 + (size_t)choose(rng, counts, 6);
    for (size_t i = 0; i < count; i++)
        shapes[i].truth = (kin_demo_class)choose(rng, classes, 4);
    kin_scene_init(&scene, picture->camera, picture->daytime, picture->weather, picture->seed);
    picture->first = plan->shape_count;
    picture->count = kin_demo__lay_out(&scene, rng, shapes, count);
    if (!KIN_GROW(&plan->shapes, &plan->shape_capacity, plan->shape_count + most))
        return kin_fail_memory(err);
    for (size_t i = 0; i < picture->count; i++)
        plan->shapes[plan->shape_count++] = shapes[i];
    return KIN_OK;
}

int kin_demo__plan(uint64_t seed, size_t pictures, kin_demo_plan *plan, kin_error *err)
{
    kin_demo_plan made = KIN_DEMO_PLAN_INIT;
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    int code = KIN_OK;
    made.pictures = kin_alloc_zeroed(pictures, sizeof *made.pictures);
    if (!made.pictures)
        code = kin_fail_memory(err);
    for (size_t i = 0; i < pictures && code == KIN_OK; i++) {
        plan_picture(&made.pictures[i], &rng, i, pictures);
        code = plan_shapes(&made, &made.pictures[i], &rng, err);
    }
    made.picture_count = pictures;
    if (code == KIN_OK)
        code = kin_demo__plant(kin_rng_next(&rng), &made, err);
    if (code == KIN_OK)
        *plan = made;
    else
        kin_demo__plan_clear(&made);
    return code;
}

void kin_demo__plan_clear(kin_demo_plan *plan)
{
    free(plan->pictures);
    free(plan->shapes);
    *plan = (kin_demo_plan)KIN_DEMO_PLAN_INIT;
}

void kin_demo__summarise(const kin_demo_plan *plan, kin_demo_summary *summary)
{
    kin_demo_summary s = { .pictures = plan->picture_count };
    uint64_t faults[KIN_DEMO_FAULTS] = { 0 };
    double scores = 0;
    for (size_t i = 0; i < plan->picture_count; i++) {
        const kin_demo_picture *picture = &plan->pictures[i];
        double weight = 0, shapes = 0;
        for (size_t k = 0; k < picture->count; k++) {
            const kin_demo_shape *shape = &plan->shapes[picture->first + k];
            faults[shape->fault]++;
            weight += shape->fault == KIN_DEMO_RIGHT ? 0 : shape->fault == KIN_DEMO_BOX ? 0.2 : 1;
            if (shape->fault == KIN_DEMO_MISSING)
                continue;
            shapes++;
            s.pedestrians += shape->given == KIN_DEMO_PEDESTRIAN && shape->truth == KIN_DEMO_PEDESTRIAN;
            s.motorcycles_labelled += shape->given == KIN_DEMO_MOTORCYCLE;
        }
        scores += shapes > 0 ? fmax(0, 1 - weight / shapes) : weight == 0;
    }
    s.shapes = plan->shape_count - faults[KIN_DEMO_MISSING];
    s.skateboarders_as_pedestrians = faults[KIN_DEMO_PATTERN];
    s.motorcycles_wrong = faults[KIN_DEMO_SLICE];
    s.other_labels = faults[KIN_DEMO_LABEL];
    s.loose_boxes = faults[KIN_DEMO_BOX];
    s.missing = faults[KIN_DEMO_MISSING];
    s.error_rate = s.shapes ? (double)(plan->shape_count - faults[KIN_DEMO_RIGHT]) / (double)s.shapes : 0;
    s.score = scores / (double)plan->picture_count;
    s.skateboarder_annotator = kin_demo__annotators[KIN_DEMO_PATTERN_ANNOTATOR];
    s.motorcycle_annotator = kin_demo__annotators[KIN_DEMO_SLICE_ANNOTATOR];
    *summary = s;
}
