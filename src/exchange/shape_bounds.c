#include "exchange/shape_bounds.h"

#include "exchange/exchange_text.h"

#include <math.h>
#include <string.h>

void kin_exchange__bounds_add(kin_exchange__bounds *bounds, double x, double y)
{
    const double point[2] = { x, y };
    for (size_t i = 0; i < 2; i++) {
        bounds->low[i] = bounds->any ? fmin(bounds->low[i], point[i]) : point[i];
        bounds->high[i] = bounds->any ? fmax(bounds->high[i], point[i]) : point[i];
    }
    bounds->any = true;
}

bool kin_exchange__bounds_box(const kin_exchange__bounds *bounds, kin_box *box)
{
    const double *low = bounds->low, *high = bounds->high;
    if (bounds->any)
        *box = (kin_box) { low[0], low[1], high[0] - low[0], high[1] - low[1] };
    return bounds->any;
}

static double radians(double degrees)
{
    return fmod(degrees, 360) * (acos(-1) / 180);
}

kin_box kin_exchange__turned_box(kin_box box, double x, double y, double degrees)
{
    kin_exchange__bounds bounds = KIN_EXCHANGE__BOUNDS_INIT;
    double s = sin(radians(degrees)), c = cos(radians(degrees));
    for (int i = 0; i < 4; i++) {
        double dx = box.x + (i & 1 ? box.w : 0) - x, dy = box.y + (i & 2 ? box.h : 0) - y;
        kin_exchange__bounds_add(&bounds, x + dx * c - dy * s, y + dx * s + dy * c);
    }
    (void)kin_exchange__bounds_box(&bounds, &box);
    return box;
}

kin_box kin_exchange__turned_ellipse(double x, double y, double rx, double ry, double degrees)
{
    double s = sin(radians(degrees)), c = cos(radians(degrees));
    double w = hypot(rx * c, ry * s), h = hypot(rx * s, ry * c);
    return (kin_box) { x - w, y - h, 2 * w, 2 * h };
}

/* One number up to `end`; *text is behind that then. */
static bool take_number(const char **text, char end, double *value)
{
    char token[64];
    size_t length = strcspn(*text, ",;");
    if (length >= sizeof token || ((*text)[length] != end && (*text)[length] != '\0'))
        return false;
    memcpy(token, *text, length);
    token[length] = '\0';
    *text += length + ((*text)[length] != '\0');
    return kin_exchange__parse_number(token, value);
}

bool kin_exchange__bounds_points(kin_exchange__bounds *bounds, const char *text)
{
    double x, y;
    if (!*text)
        return false;
    while (*text) {
        if (!take_number(&text, ',', &x) || !take_number(&text, ';', &y))
            return false;
        kin_exchange__bounds_add(bounds, x, y);
    }
    return true;
}
