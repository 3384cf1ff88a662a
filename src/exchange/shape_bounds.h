#ifndef KIN_SHAPE_BOUNDS_H
#define KIN_SHAPE_BOUNDS_H
/* Bounding boxes of what is no axis-parallel box. */

#include "kin/types.h"

typedef struct kin_exchange__bounds {
    double low[2], high[2];
    bool any;
} kin_exchange__bounds;

#define KIN_EXCHANGE__BOUNDS_INIT                                                                                      \
    {                                                                                                                  \
        .any = false                                                                                                   \
    }

void kin_exchange__bounds_add(kin_exchange__bounds *bounds, double x, double y);

/* False where nothing was added; *box is untouched then. */
bool kin_exchange__bounds_box(const kin_exchange__bounds *bounds, kin_box *box);

/* Of a box that is turned clockwise (y points down) about the point x, y. */
kin_box kin_exchange__turned_box(kin_box box, double x, double y, double degrees);

/* Of an ellipse with its centre at x, y that is turned clockwise. */
kin_box kin_exchange__turned_ellipse(double x, double y, double rx, double ry, double degrees);

/* Adds the points of "x,y;x,y;...". False where that is no such list; what was sound is added. */
bool kin_exchange__bounds_points(kin_exchange__bounds *bounds, const char *text);

#endif
