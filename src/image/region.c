#include "kin/image.h"

#include <math.h>

/* [*low, *high) grown by `grow` at both ends, cut to [0, full), and at least 1 long. */
static void fit(double grow, double full, double *low, double *high)
{
    *low = fmax(*low - grow, 0);
    *high = fmin(*high + grow, full);
    if (*high - *low < 1) {
        double start = (*low + *high) / 2 - 0.5;
        *low = fmin(fmax(start, 0), full - 1);
        *high = *low + 1;
    }
}

int kin_box_region(kin_box box, double margin, int full_width, int full_height, kin_box *region, kin_error *err)
{
    if (!(margin >= 0 && margin <= 1e6) || full_width < 1 || full_height < 1)
        return kin_fail(err, KIN_E_USAGE, "no region with margin %g in an image of %d x %d pixels", margin, full_width,
                        full_height);
    double left = box.x, top = box.y, right = box.x + box.w, bottom = box.y + box.h;
    if (!isfinite(left) || !isfinite(top) || !isfinite(right) || !isfinite(bottom) || !(box.w > 0) || !(box.h > 0))
        return kin_fail(err, KIN_E_FORMAT, "the box %g, %g, %g x %g has no area", box.x, box.y, box.w, box.h);
    if (left >= full_width || top >= full_height || right <= 0 || bottom <= 0)
        return kin_fail(err, KIN_E_FORMAT, "the box %g, %g, %g x %g lies outside the image of %d x %d pixels", box.x,
                        box.y, box.w, box.h, full_width, full_height);
    fit(margin * box.w, full_width, &left, &right);
    fit(margin * box.h, full_height, &top, &bottom);
    *region = (kin_box) { left, top, right - left, bottom - top };
    return KIN_OK;
}
