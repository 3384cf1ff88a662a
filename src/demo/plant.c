/* The planted mistakes. Shares are of all shapes and rounded to whole shapes, so that a slice is as noisy as it is said
 * to be in every data set, not on average only. */

#include "demo/plan.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>

static const double motorcycle_share = 0.005; /* true ones, and as many bicycles called so */
static const double label_share = 0.0035, box_share = 0.005, missing_share = 0.001;

typedef struct draw {
    size_t shape, picture;
    double key;
} draw;

static int by_key(const void *a, const void *b)
{
    const draw *x = a, *y = b;
    if (x->key != y->key)
        return x->key > y->key ? -1 : 1;
    return x->shape < y->shape ? -1 : x->shape > y->shape;
}

/* How likely a shape is to be taken; 0: never. */
typedef double weigh(const kin_demo_picture *picture, const kin_demo_shape *shape);

static double weigh_as_motorcycle(const kin_demo_picture *picture, const kin_demo_shape *shape)
{
    (void)picture;
    return shape->truth == KIN_DEMO_BICYCLE;
}

static double weigh_as_slice(const kin_demo_picture *picture, const kin_demo_shape *shape)
{
    if (shape->truth != KIN_DEMO_BICYCLE)
        return 0;
    bool his = picture->annotator == KIN_DEMO_SLICE_ANNOTATOR, night = picture->daytime == KIN_NIGHT;
    return his && night ? 20 : his ? 1.2 : night ? 0.5 : 0.05;
}

static double weigh_any(const kin_demo_picture *picture, const kin_demo_shape *shape)
{
    (void)picture;
    return shape->fault == KIN_DEMO_RIGHT && shape->truth != KIN_DEMO_MOTORCYCLE;
}

/* Pictures with few shapes are left alone: one missing shape of two is half a picture. */
static double weigh_as_missing(const kin_demo_picture *picture, const kin_demo_shape *shape)
{
    return picture->count >= 3 && weigh_any(picture, shape) > 0;
}

/* Weighted sampling without replacement (Efraimidis & Spirakis 2006): the largest u^(1/w) win. Returns how many of
 * `wanted` there are, at the head of draws[shape_count]. */
static size_t take(const kin_demo_plan *plan, kin_rng *rng, weigh *weight_of, size_t wanted, draw *draws)
{
    size_t found = 0;
    for (size_t i = 0; i < plan->picture_count; i++)
        for (size_t k = 0; k < plan->pictures[i].count; k++) {
            size_t shape = plan->pictures[i].first + k;
            double weight = weight_of(&plan->pictures[i], &plan->shapes[shape]), u = kin_rng_uniform(rng);
            if (weight > 0)
                draws[found++] = (draw) { shape, i, log(u > 0 ? u : 0x1p-54) / weight };
        }
    qsort(draws, found, sizeof *draws, by_key);
    return found < wanted ? found : wanted;
}

/* A wrong label that belongs to none of the two stories. */
static kin_demo_class other_label(kin_rng *rng, kin_demo_class truth)
{
    for (;;) {
        kin_demo_class given = (kin_demo_class)kin_rng_below(rng, KIN_DEMO_MOTORCYCLE);
        bool pattern = truth == KIN_DEMO_SKATEBOARDER && given == KIN_DEMO_PEDESTRIAN;
        if (given != truth && !pattern)
            return given;
    }
}

static void plant_pattern(kin_demo_plan *plan)
{
    for (size_t i = 0; i < plan->picture_count; i++)
        for (size_t k = 0; k < plan->pictures[i].count; k++) {
            kin_demo_shape *shape = &plan->shapes[plan->pictures[i].first + k];
            if (plan->pictures[i].annotator != KIN_DEMO_PATTERN_ANNOTATOR || shape->truth != KIN_DEMO_SKATEBOARDER)
                continue;
            shape->given = KIN_DEMO_PEDESTRIAN;
            shape->fault = KIN_DEMO_PATTERN;
        }
}

static void number_annotations(kin_demo_plan *plan)
{
    int64_t id = 0;
    for (size_t i = 0; i < plan->shape_count; i++)
        plan->shapes[i].id = plan->shapes[i].fault == KIN_DEMO_MISSING ? 0 : ++id;
}

int kin_demo__plant(uint64_t seed, kin_demo_plan *plan, kin_error *err)
{
    kin_rng rng;
    kin_rng_seed(&rng, seed);
    draw *draws = kin_alloc_array(plan->shape_count + 1, sizeof *draws);
    if (!draws)
        return kin_fail_memory(err);
    double all = (double)plan->shape_count;
    kin_demo_shape *shapes = plan->shapes;
    plant_pattern(plan);
    size_t n = take(plan, &rng, weigh_as_motorcycle, (size_t)llround(motorcycle_share * all), draws);
    for (size_t i = 0; i < n; i++)
        shapes[draws[i].shape].truth = shapes[draws[i].shape].given = KIN_DEMO_MOTORCYCLE;
    n = take(plan, &rng, weigh_as_slice, n, draws);
    for (size_t i = 0; i < n; i++) {
        shapes[draws[i].shape].given = KIN_DEMO_MOTORCYCLE;
        shapes[draws[i].shape].fault = KIN_DEMO_SLICE;
    }
    n = take(plan, &rng, weigh_any, (size_t)llround(label_share * all), draws);
    for (size_t i = 0; i < n; i++) {
        shapes[draws[i].shape].given = other_label(&rng, shapes[draws[i].shape].truth);
        shapes[draws[i].shape].fault = KIN_DEMO_LABEL;
    }
    n = take(plan, &rng, weigh_any, (size_t)llround(box_share * all), draws);
    for (size_t i = 0; i < n; i++)
        shapes[draws[i].shape].fault = KIN_DEMO_BOX;
    n = take(plan, &rng, weigh_as_missing, (size_t)llround(missing_share * all), draws);
    for (size_t i = 0; i < n; i++)
        shapes[draws[i].shape].fault = KIN_DEMO_MISSING;
    free(draws);
    number_annotations(plan);
    return KIN_OK;
}
