/* The bytes are an image file; and an EXIF block. How small it may be decoded, and to what it is resized, goes by their
 * number, so that any image file is an input as it is. */
#include "fuzz.h"

#include "image/codec.h"

enum { most_pixels = 1 << 18 };

static void check_probe(const uint8_t *data, size_t size, const kin_image *image)
{
    kin_image_info info;
    kin_error err = KIN_ERROR_INIT;
    for (size_t cut = 16; cut < size; cut *= 8) {
        int code = kin_image_probe(data, cut, false, &info, &err);
        if (code != KIN_OK)
            fuzz_check_failure(code, &err);
    }
    int code = kin_image_probe(data, size, true, &info, &err);
    if (code != KIN_OK) {
        fuzz_check_failure(code, &err);
        must(!image);
    } else {
        must(info.width > 0 && info.height > 0 && info.orientation >= 1 && info.orientation <= 8);
        must(!image || (info.width == image->full_width && info.height == image->full_height));
    }
}

static void resize(const kin_image *image, kin_box region, int width, int height, kin_filter filter)
{
    kin_error err = KIN_ERROR_INIT;
    uint8_t *out = malloc((size_t)width * (size_t)height * 3), *jpeg = NULL;
    size_t size = 0;
    must(out);
    int code = kin_image_resize(image, region, width, height, filter, out, &err);
    if (code != KIN_OK)
        fuzz_check_failure(code, &err);
    else
        must(kin_image_encode_jpeg(out, width, height, 80, &jpeg, &size, &err) == KIN_OK && size > 0);
    free(jpeg);
    free(out);
}

static void resize_oddly(const kin_image *image, size_t salt)
{
    static const int sides[] = { 1, 2, 3, 7, 9, 31, 33, 65 };
    kin_box all = { 0, 0, image->full_width, image->full_height }, part = all, region;
    int width = sides[salt % 8], height = sides[salt / 8 % 8];
    resize(image, all, width, height, (kin_filter)(salt % 3));
    part.x = image->full_width * ((double)(salt % 17) / 17);
    part.y = image->full_height * ((double)(salt % 13) / 13);
    part.w = image->full_width / (1.0 + (double)(salt % 5));
    part.h = 0.3;
    kin_error err = KIN_ERROR_INIT;
    must(kin_box_region(part, (double)(salt % 3), image->full_width, image->full_height, &region, &err) == KIN_OK);
    resize(image, region, height, width, (kin_filter)(salt / 3 % 3));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const double scales[] = { 1, 0.5, 0.2, 0.125 };
    kin_image_options options = { most_pixels, scales[size % 4] };
    kin_image image = KIN_IMAGE_INIT;
    kin_error err = KIN_ERROR_INIT;
    int orientation = kin_image__exif_orientation(data, size);
    must(orientation >= 0 && orientation <= 8);
    int code = kin_image_decode(data, size, &options, &image, &err);
    if (code != KIN_OK) {
        fuzz_check_failure(code, &err);
        must(!image.rgb);
        check_probe(data, size, NULL);
        return 0;
    }
    must(image.width > 0 && image.height > 0 && image.width <= image.full_width && image.height <= image.full_height);
    check_probe(data, size, &image);
    resize_oddly(&image, size);
    kin_image_clear(&image);
    return 0;
}
