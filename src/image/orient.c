#include "codec.h"

#include <stdlib.h>
#include <string.h>

/* Where in the stored picture the upright pixel (x, y) lies: origin + x * right + y * down, in pixels. */
typedef struct walk {
    ptrdiff_t origin, right, down;
} walk;

/* EXIF names the sides of the scene that the stored row 0 and column 0 show: 1 top left, 2 top right, 3 bottom right,
 * 4 bottom left, 5 left top, 6 right top, 7 right bottom, 8 left bottom. */
static walk walk_of(int orientation, ptrdiff_t width, ptrdiff_t height)
{
    ptrdiff_t last_row = (height - 1) * width, last = width * height - 1;
    const walk walks[8] = {
        { 0, 1, width },          /* as it is */
        { width - 1, -1, width }, /* mirrored */
        { last, -1, -width },     /* half a turn */
        { last_row, 1, -width },  /* upside down, mirrored */
        { 0, width, 1 },          /* transposed */
        { last_row, -width, 1 },  /* needs a quarter turn clockwise */
        { last, -width, -1 },     /* transposed along the other diagonal */
        { width - 1, width, -1 }, /* needs a quarter turn counter-clockwise */
    };
    return walks[orientation - 1];
}

static void copy_tile(const uint8_t *from, walk w, int x0, int x1, int y0, int y1, int width, uint8_t *to)
{
    for (int y = y0; y < y1; y++) {
        const uint8_t *source = from + 3 * (w.origin + x0 * w.right + y * w.down);
        uint8_t *target = to + 3 * ((ptrdiff_t)y * width + x0);
        for (int x = x0; x < x1; x++, source += 3 * w.right, target += 3)
            memcpy(target, source, 3);
    }
}

int kin_image__orient(const kin_image__bytes *in, kin_image__raster *raster, int orientation, kin_error *err)
{
    enum { TILE = 32 }; /* rows read against the grain stay in the cache for one tile */
    if (orientation == 1)
        return KIN_OK;
    bool sideways = orientation >= 5;
    int width = sideways ? raster->height : raster->width;
    int height = sideways ? raster->width : raster->height;
    uint8_t *upright = kin_image__pixels(in, width, height, 3);
    if (!upright)
        return kin_fail_memory(err);
    walk w = walk_of(orientation, raster->width, raster->height);
    for (int y = 0; y < height; y += TILE)
        for (int x = 0; x < width; x += TILE) {
            int x1 = width - x < TILE ? width : x + TILE, y1 = height - y < TILE ? height : y + TILE;
            copy_tile(raster->rgb, w, x, x1, y, y1, width, upright);
        }
    free(raster->rgb);
    *raster = (kin_image__raster) { width, height, upright };
    return KIN_OK;
}
