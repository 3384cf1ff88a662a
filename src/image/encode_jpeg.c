#include "kin/image.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

typedef struct jpeg_writer {
    struct jpeg_compress_struct codec;
    struct jpeg_error_mgr errors;
    jmp_buf escape;
    unsigned char *bytes;
    unsigned long size;
    bool has_buffer;
} jpeg_writer;

/* With the arguments checked before, only a lack of memory leads here. */
static void give_up(j_common_ptr codec)
{
    jpeg_writer *writer = codec->client_data;
    longjmp(writer->escape, 1);
}

static bool write_image(jpeg_writer *writer, const uint8_t *rgb, int width, int height, int quality)
{
    struct jpeg_compress_struct *codec = &writer->codec;
    if (setjmp(writer->escape)) {
        /* Growing may have moved the buffer; this brings writer->bytes up to date so that it can be freed. */
        if (writer->has_buffer)
            codec->dest->term_destination(codec);
        return false;
    }
    jpeg_create_compress(codec);
    jpeg_mem_dest(codec, &writer->bytes, &writer->size);
    writer->has_buffer = true;
    codec->image_width = (JDIMENSION)width;
    codec->image_height = (JDIMENSION)height;
    codec->input_components = 3;
    codec->in_color_space = JCS_RGB;
    jpeg_set_defaults(codec); /* 4:2:0 chroma */
    jpeg_set_quality(codec, quality, TRUE);
    jpeg_start_compress(codec, TRUE);
    while (codec->next_scanline < codec->image_height) {
        /* libjpeg's rows are not const, though it only reads them. */
        union {
            const uint8_t *read;
            JSAMPROW row;
        } line = { .read = rgb + (size_t)codec->next_scanline * (size_t)width * 3 };
        (void)jpeg_write_scanlines(codec, &line.row, 1);
    }
    jpeg_finish_compress(codec);
    return true;
}

int kin_image_encode_jpeg(const uint8_t *rgb, int width, int height, int quality, uint8_t **bytes, size_t *size,
                          kin_error *err)
{
    if (width < 1 || height < 1 || width > JPEG_MAX_DIMENSION || height > JPEG_MAX_DIMENSION)
        return kin_fail(err, KIN_E_USAGE, "a JPEG cannot have %d x %d pixels: 1 to %ld each way", width, height,
                        JPEG_MAX_DIMENSION);
    if (quality < 1 || quality > 100)
        return kin_fail(err, KIN_E_USAGE, "JPEG quality is %d: it must be 1 to 100", quality);
    jpeg_writer writer = { .bytes = NULL };
    writer.codec.err = jpeg_std_error(&writer.errors);
    writer.codec.client_data = &writer;
    writer.errors.error_exit = give_up;
    bool written = write_image(&writer, rgb, width, height, quality);
    jpeg_destroy_compress(&writer.codec);
    if (!written) {
        free(writer.bytes);
        return kin_fail_memory(err);
    }
    *bytes = writer.bytes;
    *size = writer.size;
    return KIN_OK;
}
