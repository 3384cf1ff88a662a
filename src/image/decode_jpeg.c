/* JPEG through libjpeg-turbo's libjpeg interface. Its TurboJPEG interface keeps only the text of the first of many
 * warnings and cannot hand out the colour transform of a CMYK file; which warnings are fatal must be decided for each
 * of them, so the error manager is ours:
 *
 * - harmless: extraneous bytes before a marker (cameras pad so), an unknown JFIF revision, an unknown Adobe transform,
 *   odd spectral parameters of a sequential scan; no pixel depends on them.
 * - everything else (premature end, bad Huffman code, lost restart marker, inconsistent progression) means that pixels
 *   are made up: an error.
 *
 * Smaller scales come from smaller inverse DCTs: at 1/8 each pixel is the mean of the 8 x 8 it stands for, at 1/2 and
 * 1/4 the block without its high frequencies, a little sharper than means. */
#include "codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

/* Writers make about ten scans; a hostile file of thousands would keep a worker busy for minutes. */
enum { MOST_SCANS = 100, ROWS_AT_ONCE = 8 };

typedef struct jpeg_reader {
    struct jpeg_decompress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    int code;
    char message[JMSG_LENGTH_MAX];
    kin_image__raster raster;
    uint8_t *cmyk; /* one row */
} jpeg_reader;

static void give_up(j_common_ptr codec)
{
    jpeg_reader *reader = codec->client_data;
    codec->err->format_message(codec, reader->message);
    reader->code = codec->err->msg_code == JERR_OUT_OF_MEMORY ? KIN_E_MEMORY : KIN_E_FORMAT;
    longjmp(reader->escape, 1);
}

static void judge_message(j_common_ptr codec, int level)
{
    if (level >= 0)
        return; /* tracing */
    switch (codec->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM:
    case JWRN_NOT_SEQUENTIAL:
        return;
    default:
        give_up(codec);
    }
}

static void watch_scans(j_common_ptr codec)
{
    jpeg_reader *reader = codec->client_data;
    if (reader->codec.input_scan_number <= MOST_SCANS)
        return;
    (void)snprintf(reader->message, sizeof reader->message, "more than %d scans", MOST_SCANS);
    reader->code = KIN_E_FORMAT;
    longjmp(reader->escape, 1);
}

/* Where a side is no multiple of the divisor, its last pixel covers less of the picture than the others. On a side that
 * orientation turns round it would come first and shift all coordinates, so there only whole multiples are taken. */
static unsigned scale_divisor(const kin_image__header *header, double min_scale)
{
    /* orientations that turn round the stored columns, and the stored rows, as bits */
    enum { COLUMNS = 1 << 2 | 1 << 3 | 1 << 7 | 1 << 8, ROWS = 1 << 3 | 1 << 4 | 1 << 6 | 1 << 7 };
    unsigned turned = 1u << header->orientation, divisor = 8;
    unsigned width = turned & COLUMNS ? (unsigned)header->width : 0;
    unsigned height = turned & ROWS ? (unsigned)header->height : 0;
    while (divisor > 1 && (1.0 / divisor < min_scale || width % divisor != 0 || height % divisor != 0))
        divisor /= 2;
    return divisor;
}

/* Adobe's programs, which made nearly all CMYK files there are, store 255 for no ink and say so by their marker. */
static void cmyk_to_rgb(const uint8_t *cmyk, size_t width, bool inverted, uint8_t *rgb)
{
    uint8_t flip = inverted ? 0 : 255;
    for (size_t x = 0; x < width; x++, cmyk += 4, rgb += 3)
        for (int c = 0; c < 3; c++)
            rgb[c] = (uint8_t)(((cmyk[c] ^ flip) * (cmyk[3] ^ flip) + 127) / 255);
}

static void read_rows(jpeg_reader *reader)
{
    struct jpeg_decompress_struct *codec = &reader->codec;
    size_t stride = (size_t)codec->output_width * 3;
    while (codec->output_scanline < codec->output_height) {
        uint8_t *row = reader->raster.rgb + codec->output_scanline * stride;
        JSAMPROW rows[ROWS_AT_ONCE];
        JDIMENSION left = codec->output_height - codec->output_scanline;
        JDIMENSION count = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
        for (JDIMENSION i = 0; i < count; i++)
            rows[i] = row + i * stride;
        if (reader->cmyk) {
            rows[0] = reader->cmyk;
            (void)jpeg_read_scanlines(codec, rows, 1);
            cmyk_to_rgb(reader->cmyk, codec->output_width, codec->saw_Adobe_marker, row);
        } else {
            (void)jpeg_read_scanlines(codec, rows, count);
        }
    }
}

/* What this changes lives in *reader, not in its own frame, so that it survives the jump. */
static int read_image(jpeg_reader *reader, const kin_image__bytes *in, const kin_image__header *header,
                      double min_scale, kin_error *err)
{
    struct jpeg_decompress_struct *codec = &reader->codec;
    if (setjmp(reader->escape))
        return reader->code == KIN_E_MEMORY ? kin_fail_memory(err)
                                            : kin_fail(err, reader->code, "JPEG is damaged: %s", reader->message);
    jpeg_create_decompress(codec);
    codec->progress = &reader->progress;
    jpeg_mem_src(codec, in->data, in->size);
    (void)jpeg_read_header(codec, TRUE);
    int status = kin_image__check_size(header, codec->image_width, codec->image_height, err);
    if (status != KIN_OK)
        return status;
    bool cmyk = codec->jpeg_color_space == JCS_CMYK || codec->jpeg_color_space == JCS_YCCK;
    codec->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    codec->scale_num = 1;
    codec->scale_denom = scale_divisor(header, min_scale);
    (void)jpeg_start_decompress(codec);
    reader->raster.width = (int)codec->output_width;
    reader->raster.height = (int)codec->output_height;
    reader->raster.rgb = kin_image__pixels(in, reader->raster.width, reader->raster.height, 3);
    if (cmyk)
        reader->cmyk = kin_image__alloc(reader->raster.width, 1, 4);
    if (!reader->raster.rgb || (cmyk && !reader->cmyk))
        return kin_fail_memory(err);
    read_rows(reader);
    (void)jpeg_finish_decompress(codec);
    return KIN_OK;
}

int kin_image__decode_jpeg(const kin_image__bytes *in, const kin_image__header *header, double min_scale,
                           kin_image__raster *out, kin_error *err)
{
    jpeg_reader reader = { .code = KIN_OK };
    reader.codec.err = jpeg_std_error(&reader.errors);
    reader.codec.client_data = &reader;
    reader.errors.error_exit = give_up;
    reader.errors.emit_message = judge_message;
    reader.progress.progress_monitor = watch_scans;
    int status = read_image(&reader, in, header, min_scale, err);
    jpeg_destroy_decompress(&reader.codec);
    free(reader.cmyk);
    if (status == KIN_OK)
        *out = reader.raster;
    else
        kin_image__drop(in, reader.raster.rgb);
    return status;
}
