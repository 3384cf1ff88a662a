#ifndef KIN_DEMO_FIGURE_H
#define KIN_DEMO_FIGURE_H
/* People and vehicles, each drawn from its own seed at the canvas's origin (feet or wheels on y = 0, one unit is one
 * metre, y up), looking to the right; scale the matrix by -1 along x for the left. */

#include "demo/scene.h"

typedef enum kin_hair { KIN_HAIR_SHORT, KIN_HAIR_LONG, KIN_HAIR_BUN, KIN_HAIR_NONE } kin_hair;
typedef enum kin_hat { KIN_HAT_NONE, KIN_HAT_CAP, KIN_HAT_BEANIE, KIN_HAT_HELMET, KIN_HAT_FULL_HELMET } kin_hat;
typedef enum kin_dress { KIN_TROUSERS, KIN_SHORTS, KIN_SKIRT, KIN_COAT } kin_dress;
typedef enum kin_bag { KIN_BAG_NONE, KIN_BAG_BACKPACK, KIN_BAG_SHOULDER, KIN_BAG_SUITCASE } kin_bag;
typedef enum kin_facing { KIN_FACING_SIDE, KIN_FACING_FRONT, KIN_FACING_BACK } kin_facing;

typedef struct kin_person {
    double height; /* metres */
    double build;  /* 1: lean; widths go with it */
    kin_rgb skin, hair_colour, top, bottom, shoes, hat_colour, bag_colour;
    kin_hair hair;
    kin_hat hat;
    kin_dress dress;
    kin_bag bag;
    bool sleeves; /* long */
} kin_person;

void kin_person_draw_up(kin_rng *rng, kin_person *person);

/* Parts, in units of body height, so that every posture can be put together from them. */
typedef struct kin_limb {
    kin_point root, tip;
    double upper, lower; /* lengths */
    double bend;         /* +1: the joint points to larger x, -1: to smaller */
} kin_limb;

/* Where the joint of a two-part limb is; a tip out of reach is moved in. */
kin_point kin_limb_joint(kin_limb *limb);
void kin_person_leg(kin_canvas *canvas, const kin_person *person, kin_limb leg, double shade, double foot);
void kin_person_arm(kin_canvas *canvas, const kin_person *person, kin_limb arm, double shade);
void kin_person_torso(kin_canvas *canvas, const kin_person *person, kin_point hip, kin_point neck, double width);
void kin_person_head(kin_canvas *canvas, const kin_person *person, kin_point centre, kin_facing facing);

/* The five classes. `dark`: lights are on. */
void kin_draw_pedestrian(kin_canvas *canvas, uint64_t seed, bool rain);
void kin_draw_skateboarder(kin_canvas *canvas, uint64_t seed);
void kin_draw_bicycle(kin_canvas *canvas, uint64_t seed, bool dark);
void kin_draw_motorcycle(kin_canvas *canvas, uint64_t seed, bool dark);
void kin_draw_car(kin_canvas *canvas, uint64_t seed, bool dark);
void kin_draw_car_end(kin_canvas *canvas, uint64_t seed, bool dark, bool rear); /* seen from the front or the rear */

#endif
