/* Coverage is found as in font rasterisers (Levien's font-rs, stb_truetype 2): every edge adds, to each pixel it
 * passes, the signed area between itself and the pixel's right side, and what is left of its height to the next pixel;
 * the running sum along a row is then the exact coverage. Outlines are turned to one orientation before, so that
 * overlaps sum up to more than one and are cut there. */

#include "demo/canvas.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

int kin_canvas_new(int width, int height, kin_canvas **out, kin_error *err)
{
    kin_canvas *canvas = kin_alloc_zeroed(1, sizeof *canvas);
    size_t pixels;
    if (!canvas || !kin_size_mul((size_t)width, (size_t)height, &pixels))
        goto memory;
    canvas->width = width;
    canvas->height = height;
    canvas->rgb = kin_alloc_array(pixels, 3 * sizeof *canvas->rgb);
    canvas->spare = kin_alloc_array(pixels, 3 * sizeof *canvas->spare);
    canvas->owner = kin_alloc_array(pixels, sizeof *canvas->owner);
    canvas->area = kin_alloc_zeroed((size_t)width + 2, (size_t)height * sizeof *canvas->area);
    if (!canvas->rgb || !canvas->spare || !canvas->owner || !canvas->area)
        goto memory;
    kin_canvas_reset(canvas);
    *out = canvas;
    return KIN_OK;
memory:
    kin_canvas_free(canvas);
    return kin_fail_memory(err);
}

void kin_canvas_free(kin_canvas *canvas)
{
    if (!canvas)
        return;
    free(canvas->rgb);
    free(canvas->spare);
    free(canvas->owner);
    free(canvas->area);
    free(canvas->points);
    free(canvas);
}

void kin_canvas_reset(kin_canvas *canvas)
{
    size_t pixels = (size_t)canvas->width * (size_t)canvas->height;
    memset(canvas->rgb, 0, pixels * 3 * sizeof *canvas->rgb);
    memset(canvas->owner, 0, pixels * sizeof *canvas->owner);
    canvas->matrix = (kin_matrix) { 1, 0, 0, 1, 0, 0 };
    canvas->light = (kin_rgb) { 1, 1, 1 };
    canvas->haze_amount = 0;
    canvas->count = canvas->first = 0;
    kin_canvas_own(canvas, 0);
}

void kin_canvas_own(kin_canvas *canvas, int painter)
{
    canvas->painter = painter;
    canvas->left = canvas->top = HUGE_VAL;
    canvas->right = canvas->bottom = -HUGE_VAL;
}

size_t kin_canvas_owned(const kin_canvas *canvas, int painter, kin_box box)
{
    size_t owned = 0;
    int x1 = (int)ceil(fmin(box.x + box.w, canvas->width)), y1 = (int)ceil(fmin(box.y + box.h, canvas->height));
    for (int y = (int)fmax(box.y, 0); y < y1; y++)
        for (int x = (int)fmax(box.x, 0); x < x1; x++)
            owned += canvas->owner[(size_t)y * (size_t)canvas->width + (size_t)x] == painter;
    return owned;
}

/* ---- The matrix ---- */

void kin_canvas_translate(kin_canvas *canvas, double x, double y)
{
    kin_matrix *m = &canvas->matrix;
    m->e += m->a * x + m->c * y;
    m->f += m->b * x + m->d * y;
}

void kin_canvas_scale(kin_canvas *canvas, double x, double y)
{
    kin_matrix *m = &canvas->matrix;
    m->a *= x;
    m->b *= x;
    m->c *= y;
    m->d *= y;
}

void kin_canvas_rotate(kin_canvas *canvas, double radians)
{
    kin_matrix m = canvas->matrix;
    double c = cos(radians), s = sin(radians);
    canvas->matrix =
        (kin_matrix) { m.a * c + m.c * s, m.b * c + m.d * s, m.c * c - m.a * s, m.d * c - m.b * s, m.e, m.f };
}

static kin_point through(const kin_matrix *m, double x, double y)
{
    return (kin_point) { m->a * x + m->c * y + m->e, m->b * x + m->d * y + m->f };
}

/* ---- Outlines ---- */

/* Turns the outline that is open to positive area and begins the next. */
static void close_outline(kin_canvas *canvas)
{
    kin_point *p = canvas->points + canvas->first;
    size_t n = canvas->count - canvas->first;
    double twice = 0;
    for (size_t i = 0, j = n - 1; i < n; j = i++)
        twice += p[j].x * p[i].y - p[i].x * p[j].y;
    if (twice < 0)
        for (size_t i = 0; i < n / 2; i++) {
            kin_point swap = p[i];
            p[i] = p[n - 1 - i];
            p[n - 1 - i] = swap;
        }
    /* Where the outline ends is told by a NAN between outlines. */
    if (n && !canvas->failed)
        canvas->points[canvas->count++] = (kin_point) { NAN, NAN };
    canvas->first = canvas->count;
}

static void add_point(kin_canvas *canvas, double x, double y)
{
    if (canvas->failed || !KIN_GROW(&canvas->points, &canvas->capacity, canvas->count + 2)) {
        canvas->failed = true;
        return;
    }
    canvas->points[canvas->count++] = through(&canvas->matrix, x, y);
}

void kin_canvas_move(kin_canvas *canvas, double x, double y)
{
    if (canvas->count > canvas->first)
        close_outline(canvas);
    add_point(canvas, x, y);
}

void kin_canvas_line(kin_canvas *canvas, double x, double y)
{
    add_point(canvas, x, y);
}

void kin_canvas_polygon(kin_canvas *canvas, const kin_point *points, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (i ? kin_canvas_line : kin_canvas_move)(canvas, points[i].x, points[i].y);
}

/* Half of before -> after, but no longer than the way to the nearer of the two: so the curve does not swing out where
 * a short side meets a long one, and a point given twice has none: it is a corner. */
static kin_point tangent(kin_point before, kin_point at, kin_point after)
{
    double dx = (after.x - before.x) / 2, dy = (after.y - before.y) / 2, length = hypot(dx, dy);
    double most = fmin(hypot(at.x - before.x, at.y - before.y), hypot(after.x - at.x, after.y - at.y));
    double by = length > most ? most / length : 1;
    return (kin_point) { dx * by, dy * by };
}

void kin_canvas_smooth(kin_canvas *canvas, const kin_point *points, size_t count)
{
    enum { steps = 6 };
    for (size_t i = 0; i < count; i++) {
        kin_point b = points[i], c = points[(i + 1) % count];
        kin_point u = tangent(points[(i + count - 1) % count], b, c), v = tangent(b, c, points[(i + 2) % count]);
        for (int k = 0; k < steps; k++) {
            double t = (double)k / steps, t2 = t * t, t3 = t2 * t;
            double wb = 2 * t3 - 3 * t2 + 1, wc = 3 * t2 - 2 * t3, wu = t3 - 2 * t2 + t, wv = t3 - t2;
            (i + (size_t)k ? kin_canvas_line : kin_canvas_move)(canvas, wb * b.x + wc * c.x + wu * u.x + wv * v.x,
                                                                wb * b.y + wc * c.y + wu * u.y + wv * v.y);
        }
    }
}

static double matrix_scale(const kin_matrix *m)
{
    return sqrt(fabs(m->a * m->d - m->b * m->c));
}

/* So many corners that none can be seen. */
static int corners(const kin_canvas *canvas, double radius)
{
    double n = 8 + 6 * sqrt(radius * matrix_scale(&canvas->matrix));
    return n > 96 ? 96 : (int)n;
}

void kin_canvas_ellipse(kin_canvas *canvas, double x, double y, double rx, double ry)
{
    int n = corners(canvas, rx > ry ? rx : ry);
    double c = cos(2 * pi / n), s = sin(2 * pi / n), ux = 1, uy = 0;
    for (int i = 0; i < n; i++) {
        (i ? kin_canvas_line : kin_canvas_move)(canvas, x + rx * ux, y + ry * uy);
        double next = ux * c - uy * s;
        uy = ux * s + uy * c;
        ux = next;
    }
}

void kin_canvas_rect(kin_canvas *canvas, double x0, double y0, double x1, double y1)
{
    kin_canvas_move(canvas, x0, y0);
    kin_canvas_line(canvas, x1, y0);
    kin_canvas_line(canvas, x1, y1);
    kin_canvas_line(canvas, x0, y1);
}

void kin_canvas_capsule(kin_canvas *canvas, kin_point a, double ra, kin_point b, double rb)
{
    double dx = b.x - a.x, dy = b.y - a.y, length = hypot(dx, dy);
    kin_canvas_ellipse(canvas, a.x, a.y, ra, ra);
    if (length <= 0)
        return;
    kin_canvas_ellipse(canvas, b.x, b.y, rb, rb);
    double nx = -dy / length, ny = dx / length;
    kin_canvas_move(canvas, a.x + nx * ra, a.y + ny * ra);
    kin_canvas_line(canvas, b.x + nx * rb, b.y + ny * rb);
    kin_canvas_line(canvas, b.x - nx * rb, b.y - ny * rb);
    kin_canvas_line(canvas, a.x - nx * ra, a.y - ny * ra);
}

void kin_canvas_ring(kin_canvas *canvas, double x, double y, double r, double thickness)
{
    int n = corners(canvas, r);
    double inner = r - thickness / 2, outer = r + thickness / 2;
    for (int i = 0; i < n; i++) {
        double c0 = cos(2 * pi * i / n), s0 = sin(2 * pi * i / n);
        double c1 = cos(2 * pi * (i + 1) / n), s1 = sin(2 * pi * (i + 1) / n);
        kin_canvas_move(canvas, x + outer * c0, y + outer * s0);
        kin_canvas_line(canvas, x + outer * c1, y + outer * s1);
        kin_canvas_line(canvas, x + inner * c1, y + inner * s1);
        kin_canvas_line(canvas, x + inner * c0, y + inner * s0);
    }
}

/* ---- Filling ---- */

typedef struct span {
    int x0, y0, x1, y1; /* the pixels a path can touch */
    size_t stride;      /* of canvas->area for this path */
} span;

/* One edge inside the span's columns, y downwards. Adds to the rows it crosses. */
static void edge_inside(float *area, const span *s, kin_point a, kin_point b, double sign)
{
    double slope = (b.x - a.x) / (b.y - a.y), x = a.x;
    int last = s->y1 - s->y0;
    for (int row = (int)a.y; row < last && row < b.y; row++) {
        float *line = area + (size_t)row * s->stride;
        double y0 = a.y > row ? a.y : row, y1 = b.y < row + 1 ? b.y : row + 1;
        double dy = y1 - y0, next = x + slope * dy, d = dy * sign;
        double left = x < next ? x : next, right = x < next ? next : x;
        int i0 = (int)left, i1 = (int)ceil(right);
        if (i1 <= i0 + 1) {
            double middle = (left + right) / 2 - i0;
            line[i0] += (float)(d - d * middle);
            line[i0 + 1] += (float)(d * middle);
        } else {
            double per = 1 / (right - left), gone = 0;
            for (int i = i0; i < i1; i++) {
                double l = left > i ? left : i, r = right < i + 1 ? right : i + 1;
                double part = d * (r - l) * per, inside = part * (1 - ((l + r) / 2 - i));
                line[i] += (float)(inside + gone);
                gone = part - inside;
            }
            line[i1] += (float)gone;
        }
        x = next;
    }
}

/* Brings an edge's piece that lies left or right of the span onto its border; rows above and below are cut. */
static void add_edge(float *area, const span *s, kin_point a, kin_point b)
{
    double width = s->x1 - s->x0, height = s->y1 - s->y0, sign = 1;
    a = (kin_point) { a.x - s->x0, a.y - s->y0 };
    b = (kin_point) { b.x - s->x0, b.y - s->y0 };
    if (a.y > b.y) {
        kin_point swap = a;
        a = b;
        b = swap;
        sign = -1;
    }
    if (!(b.y - a.y > 1e-9) || b.y <= 0 || a.y >= height)
        return;
    double slope = (b.x - a.x) / (b.y - a.y);
    double cut[4] = { a.y > 0 ? a.y : 0, 0, 0, b.y < height ? b.y : height };
    double at_left = slope ? a.y + (0 - a.x) / slope : -1, at_right = slope ? a.y + (width - a.x) / slope : -1;
    cut[1] = fmin(fmax(fmin(at_left, at_right), cut[0]), cut[3]);
    cut[2] = fmin(fmax(fmax(at_left, at_right), cut[0]), cut[3]);
    for (int i = 0; i < 3; i++) {
        if (!(cut[i + 1] - cut[i] > 1e-9))
            continue;
        double x0 = a.x + slope * (cut[i] - a.y), x1 = a.x + slope * (cut[i + 1] - a.y);
        x0 = fmin(fmax(x0, 0), width);
        x1 = fmin(fmax(x1, 0), width);
        edge_inside(area, s, (kin_point) { x0, cut[i] }, (kin_point) { x1, cut[i + 1] }, sign);
    }
}

/* The path's pixels, and its part in the bounding box; false where it touches none. */
static bool find_span(kin_canvas *canvas, bool solid, span *s)
{
    double left = HUGE_VAL, top = HUGE_VAL, right = -HUGE_VAL, bottom = -HUGE_VAL;
    for (size_t i = 0; i < canvas->count; i++) {
        kin_point p = canvas->points[i];
        if (isnan(p.x))
            continue;
        left = fmin(left, p.x);
        right = fmax(right, p.x);
        top = fmin(top, p.y);
        bottom = fmax(bottom, p.y);
    }
    if (solid && canvas->painter > 0) {
        canvas->left = fmin(canvas->left, left);
        canvas->top = fmin(canvas->top, top);
        canvas->right = fmax(canvas->right, right);
        canvas->bottom = fmax(canvas->bottom, bottom);
    }
    if (!(right > 0 && bottom > 0 && left < canvas->width && top < canvas->height))
        return false;
    s->x0 = (int)floor(fmax(left, 0));
    s->y0 = (int)floor(fmax(top, 0));
    s->x1 = (int)ceil(fmin(right, canvas->width));
    s->y1 = (int)ceil(fmin(bottom, canvas->height));
    s->stride = (size_t)(s->x1 - s->x0) + 2;
    return s->x1 > s->x0 && s->y1 > s->y0;
}

/* A paint brought to pixels and to the canvas's light. How far a pixel is on the way from `from` to `to`: linear,
 * t0 + tx x + ty y; radial, its distance from the centre in radii. */
typedef struct ready {
    kin_rgb from, to;
    double t0, tx, ty;
    kin_point centre;
    double rx, ry;
} ready;

static kin_rgb lit(const kin_canvas *canvas, kin_rgb c)
{
    kin_rgb seen = { c.r * canvas->light.r, c.g * canvas->light.g, c.b * canvas->light.b };
    return kin_mix(seen, canvas->haze, canvas->haze_amount);
}

static ready make_ready(const kin_canvas *canvas, const kin_paint *paint)
{
    ready r = { .from = paint->from, .to = paint->to };
    const kin_matrix *m = &canvas->matrix;
    if (!paint->emissive) {
        r.from = lit(canvas, paint->from);
        r.to = lit(canvas, paint->to);
    }
    r.centre = through(m, paint->p.x, paint->p.y);
    if (paint->blend == KIN_BLEND_LINEAR) {
        kin_point q = through(m, paint->q.x, paint->q.y);
        double dx = q.x - r.centre.x, dy = q.y - r.centre.y, square = dx * dx + dy * dy;
        if (square > 0) {
            r.tx = dx / square;
            r.ty = dy / square;
            r.t0 = -(r.centre.x * r.tx + r.centre.y * r.ty);
        }
    } else if (paint->blend == KIN_BLEND_RADIAL) {
        r.rx = fmax(paint->q.x * hypot(m->a, m->b), 1e-6);
        r.ry = fmax(paint->q.y * hypot(m->c, m->d), 1e-6);
    }
    return r;
}

/* 0 at `from`, 1 at `to`. The radial fall-off is quadratic: light's, near enough. */
static double along(const ready *r, kin_blend blend, double x, double y)
{
    double t;
    if (blend == KIN_BLEND_LINEAR)
        t = r->t0 + r->tx * x + r->ty * y;
    else {
        double dx = (x - r->centre.x) / r->rx, dy = (y - r->centre.y) / r->ry;
        t = 1 - sqrt(dx * dx + dy * dy);
        t = t > 0 ? 1 - t * t : 1;
    }
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

static void blend_pixel(float *pixel, kin_rgb c, double alpha, bool add)
{
    float keep = add ? 1 : (float)(1 - alpha);
    pixel[0] = pixel[0] * keep + (float)(c.r * alpha);
    pixel[1] = pixel[1] * keep + (float)(c.g * alpha);
    pixel[2] = pixel[2] * keep + (float)(c.b * alpha);
}

/* What the paint is at a pixel; returns its alpha. */
static double paint_at(const kin_paint *paint, const ready *r, int x, int y, kin_rgb *c)
{
    double t = paint->blend == KIN_BLEND_FLAT ? 0 : along(r, paint->blend, x + 0.5, y + 0.5);
    *c = kin_mix(r->from, r->to, t);
    return paint->alpha_from + (paint->alpha_to - paint->alpha_from) * t;
}

static void paint_row(kin_canvas *canvas, const kin_paint *paint, const ready *r, const span *s, int y, bool solid)
{
    float *area = canvas->area + (size_t)(y - s->y0) * s->stride, sum = 0;
    size_t at = (size_t)y * (size_t)canvas->width + (size_t)s->x0;
    bool varies = paint->blend == KIN_BLEND_RADIAL || r->tx != 0;
    kin_rgb c;
    double alpha = paint_at(paint, r, s->x0, y, &c);
    for (int x = s->x0; x < s->x1; x++, area++, at++) {
        sum += *area;
        *area = 0;
        float cover = sum < 0 ? -sum : sum;
        if (cover < 1.0f / 512)
            continue;
        cover = cover > 1 ? 1 : cover;
        if (varies)
            alpha = paint_at(paint, r, x, y, &c);
        blend_pixel(canvas->rgb + 3 * at, c, (double)cover * alpha, paint->add);
        if (solid && cover >= 0.5f)
            canvas->owner[at] = (uint16_t)canvas->painter;
    }
    area[0] = area[1] = 0;
}

void kin_canvas_fill(kin_canvas *canvas, const kin_paint *paint)
{
    span s;
    if (canvas->count > canvas->first)
        close_outline(canvas);
    bool solid = canvas->painter >= 0 && !paint->add && paint->alpha_from >= 0.5;
    if (!canvas->failed && find_span(canvas, solid, &s)) {
        size_t begin = 0;
        for (size_t i = 0; i < canvas->count; i++) {
            const kin_point *p = canvas->points;
            if (isnan(p[i].x))
                begin = i + 1;
            else
                add_edge(canvas->area, &s, p[i], isnan(p[i + 1].x) ? p[begin] : p[i + 1]);
        }
        ready r = make_ready(canvas, paint);
        for (int y = s.y0; y < s.y1; y++)
            paint_row(canvas, paint, &r, &s, y, solid);
    }
    canvas->count = canvas->first = 0;
}
