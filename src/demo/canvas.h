#ifndef KIN_DEMO_CANVAS_H
#define KIN_DEMO_CANVAS_H
/* An anti-aliased 2-D rasteriser. A path is any number of closed outlines; all of them together are painted by one
 * fill, each pixel by the exact area that the path covers in it. Overlapping outlines of one path unite: a limb made of
 * two discs and a quadrilateral has no seams.
 *
 * Outlines are given in the coordinates of the current matrix (x right; what y means is the matrix's business) and
 * are painted through the current light and haze, so that a figure is drawn in its daylight colours anywhere. Memory
 * running out sets `failed` and makes later drawing do nothing: ask once, at the end. */

#include "kin/types.h"

typedef struct kin_rgb {
    double r, g, b; /* display values, 0..1 */
} kin_rgb;

/* x' = a x + c y + e, y' = b x + d y + f */
typedef struct kin_matrix {
    double a, b, c, d, e, f;
} kin_matrix;

typedef struct kin_point {
    double x, y;
} kin_point;

typedef enum kin_blend {
    KIN_BLEND_FLAT,
    KIN_BLEND_LINEAR, /* from -> to along p -> q */
    KIN_BLEND_RADIAL  /* from -> to from the centre p outwards; q: the radii along x and y, before any rotation */
} kin_blend;

typedef struct kin_paint {
    kin_rgb from, to;
    double alpha_from, alpha_to;
    kin_point p, q; /* in the coordinates of the current matrix */
    kin_blend blend;
    bool emissive; /* shines by itself: light and haze do not touch it */
    bool add;      /* adds to what is there instead of covering it */
} kin_paint;

typedef struct kin_canvas {
    int width, height;
    float *rgb;      /* [height, width, 3] display values, may pass 1 until the end */
    uint16_t *owner; /* [height, width]: who covers most of the pixel; 0: the scenery */
    kin_matrix matrix;
    kin_rgb light; /* multiplies every colour */
    kin_rgb haze;
    double haze_amount;              /* 0..1 towards `haze` */
    int painter;                     /* what solid paint writes into owner; -1: nothing */
    double left, top, right, bottom; /* of all solid paint since kin_canvas_own, not clipped, in pixels */
    bool failed;

    float *area, *spare; /* one signed area a pixel, and the same again for kin_canvas_soften */
    kin_point *points;
    size_t count, capacity, first; /* `first`: where the open outline begins */
} kin_canvas;

int kin_canvas_new(int width, int height, kin_canvas **out, kin_error *err);
void kin_canvas_free(kin_canvas *canvas);

/* Black, unlit by anything but white, identity matrix. */
void kin_canvas_reset(kin_canvas *canvas);

/* Solid paint from here on belongs to `painter` (0: scenery, -1: to nobody) and counts in a new bounding box. */
void kin_canvas_own(kin_canvas *canvas, int painter);

/* ---- The matrix: changes what is drawn from here on; to go back, keep a copy of canvas->matrix ---- */
void kin_canvas_translate(kin_canvas *canvas, double x, double y);
void kin_canvas_scale(kin_canvas *canvas, double x, double y);
void kin_canvas_rotate(kin_canvas *canvas, double radians);

/* ---- Outlines: all but kin_canvas_line begin a new one and so close the one before ---- */
void kin_canvas_move(kin_canvas *canvas, double x, double y);
void kin_canvas_line(kin_canvas *canvas, double x, double y);
void kin_canvas_polygon(kin_canvas *canvas, const kin_point *points, size_t count);
void kin_canvas_smooth(kin_canvas *canvas, const kin_point *points, size_t count); /* closed Catmull-Rom; a point
                                                                                     given twice is a corner */
void kin_canvas_ellipse(kin_canvas *canvas, double x, double y, double rx, double ry);
void kin_canvas_rect(kin_canvas *canvas, double x0, double y0, double x1, double y1);
void kin_canvas_capsule(kin_canvas *canvas, kin_point a, double ra, kin_point b, double rb); /* a limb: round ends */
void kin_canvas_ring(kin_canvas *canvas, double x, double y, double r, double thickness);    /* the circle's line */

/* Paints the path and forgets it. */
void kin_canvas_fill(kin_canvas *canvas, const kin_paint *paint);

/* ---- The whole picture ---- */

/* Multiplies rows y0..y1 by noise stretched along x, 1 +- strength: asphalt, plaster. */
void kin_canvas_mottle(kin_canvas *canvas, int y0, int y1, double strength, uint64_t seed);

/* A 3 x 3 binomial blur, `amount` 0..1 of it. */
void kin_canvas_soften(kin_canvas *canvas, double amount);

/* Darkens the corners by `vignette`, adds grain of standard deviation `grain`, rounds to out[height, width, 3]. */
void kin_canvas_finish(kin_canvas *canvas, double vignette, double grain, uint64_t seed, uint8_t *out);

/* Pixels that `painter` owns in a box. */
size_t kin_canvas_owned(const kin_canvas *canvas, int painter, kin_box box);

/* ---- Colours and paints ---- */

static inline kin_rgb kin_mix(kin_rgb a, kin_rgb b, double t)
{
    return (kin_rgb) { a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t };
}

static inline kin_rgb kin_shade(kin_rgb c, double by)
{
    return (kin_rgb) { c.r * by, c.g * by, c.b * by };
}

static inline kin_paint kin_flat(kin_rgb c, double alpha)
{
    return (kin_paint) { .from = c, .to = c, .alpha_from = alpha, .alpha_to = alpha };
}

static inline kin_paint kin_linear(kin_rgb from, kin_rgb to, kin_point p, kin_point q)
{
    return (kin_paint) { from, to, 1, 1, p, q, KIN_BLEND_LINEAR, false, false };
}

/* Light around (x, y) that falls off to nothing at the radii. */
static inline kin_paint kin_glow(kin_rgb c, double alpha, double x, double y, double rx, double ry)
{
    return (kin_paint) { c, c, alpha, 0, { x, y }, { rx, ry }, KIN_BLEND_RADIAL, true, true };
}

#endif
