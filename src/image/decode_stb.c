/* BMP, GIF, PSD, HDR and TGA through stb_image, whose code is compiled here, and not taken from the libstb that
 * Debian ships, for two reasons: only these five formats are in it (its JPEG and PNG decoders, the ones with a history
 * of bugs, never see a byte), and its reading context can be looked at.
 *
 * stb_image reads zeros behind the end of a file and gives a picture with a black rest as if nothing were wrong; and
 * zeros there keep its HDR reader, which waits for a run of at least one, busy for ever. So the file is given to it as
 * an endless stream: the bytes, then filler (255 for HDR: a long run that ends its loop; 0 for the rest, where 0 ends
 * lists). How many bytes were used then tells whether the file was complete. An HDR whose lines of text end with the file
 * has no end at all in such a stream, so those are looked for first. */
#include "codec.h"

#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_ONLY_HDR
#define STBI_ONLY_PSD
#define STBI_ONLY_TGA
#include <stb_image.h>

typedef struct stream {
    const kin_image__bytes *in;
    uint64_t given; /* bytes handed out or skipped, filler included */
    uint8_t filler;
    stbi__context context;
} stream;

static int stream_read(void *user, char *data, int size)
{
    stream *s = user;
    size_t wanted = (size_t)size;
    size_t at = s->given < s->in->size ? (size_t)s->given : s->in->size;
    size_t have = s->in->size - at < wanted ? s->in->size - at : wanted;
    memcpy(data, s->in->data + at, have);
    memset(data + have, s->filler, wanted - have);
    s->given += wanted;
    return size;
}

static void stream_skip(void *user, int count)
{
    stream *s = user;
    s->given += (uint64_t)count;
}

static int stream_is_at_end(void *user)
{
    const stream *s = user;
    return s->given >= s->in->size;
}

static void open_stream(stream *s, const kin_image__bytes *in, kin_format format)
{
    stbi_io_callbacks callbacks = { stream_read, stream_skip, stream_is_at_end };
    *s = (stream) { .in = in, .filler = format == KIN_FORMAT_HDR ? 255 : 0 };
    stbi__start_callbacks(&s->context, &callbacks, s);
}

static bool used_filler(const stream *s)
{
    uint64_t unused = (uint64_t)(s->context.img_buffer_end - s->context.img_buffer);
    return s->given - unused > s->in->size;
}

static int reason_fail(kin_error *err, kin_format format)
{
    const char *reason = stbi_failure_reason();
    return kin_fail(err, KIN_E_FORMAT, "%s is damaged or of an unsupported kind: %s", kin_format_name(format),
                    reason && *reason ? reason : "no picture in it");
}

/* The lines of an HDR, the blank one that ends them, and the one of its size are all there. */
static bool has_hdr_lines(const kin_image__bytes *in)
{
    const uint8_t *end = in->data + in->size, *at = memchr(in->data, '\n', in->size);
    while (at && end - at > 1 && at[1] != '\n')
        at = memchr(at + 1, '\n', (size_t)(end - at - 1));
    return at && end - at > 2 && memchr(at + 2, '\n', (size_t)(end - at - 2));
}

int kin_image__stb_header(const kin_image__bytes *in, kin_image__header *out, kin_error *err)
{
    stream s;
    int width = 0, height = 0, channels;
    if (out->format == KIN_FORMAT_HDR && !has_hdr_lines(in))
        return kin_image__cut_off(in, out->format, err);
    open_stream(&s, in, out->format);
    stbi__err("", ""); /* no reason is left from an earlier call */
    bool known = stbi__info_main(&s.context, &width, &height, &channels);
    if (out->format == KIN_FORMAT_TGA && (!known || in->size < 18))
        return kin_fail(err, KIN_E_FORMAT,
                        "not an image of a known kind (JPEG, PNG, WebP, BMP, GIF, TGA, PNM, PSD, HDR): it begins with "
                        "bytes %02x %02x %02x %02x",
                        in->data[0], in->size > 1 ? in->data[1] : 0, in->size > 2 ? in->data[2] : 0,
                        in->size > 3 ? in->data[3] : 0);
    /* A reader that gave up has rewound: then it may have seen filler wherever any was handed out. */
    if (used_filler(&s) || (!known && !in->whole && s.given > in->size))
        return kin_image__cut_off(in, out->format, err);
    if (!known)
        return reason_fail(err, out->format);
    if (height < 0 && height >= -STBI_MAX_DIMENSIONS)
        height = -height; /* a BMP from top to bottom */
    if (width < 1 || height < 1 || width > STBI_MAX_DIMENSIONS || height > STBI_MAX_DIMENSIONS)
        return kin_fail(err, KIN_E_FORMAT, "%s is damaged: its header says %d x %d pixels",
                        kin_format_name(out->format), width, height);
    out->width = width;
    out->height = height;
    return KIN_OK;
}

/* A 32-bit TGA whose descriptor counts no alpha bits has anything in its fourth bytes. */
static bool alpha_is_padding(const kin_image__bytes *in, kin_format format)
{
    return format == KIN_FORMAT_TGA && (in->data[17] & 15) == 0;
}

int kin_image__decode_stb(const kin_image__bytes *in, const kin_image__header *header, kin_image__raster *out,
                          kin_error *err)
{
    stream s;
    int width, height, channels;
    open_stream(&s, in, header->format);
    stbi__err("", "");
    bool opaque = alpha_is_padding(in, header->format);
    uint8_t *pixels = stbi__load_and_postprocess_8bit(&s.context, &width, &height, &channels, opaque ? 3 : 4);
    int status = KIN_OK;
    if (used_filler(&s))
        status = kin_fail(err, KIN_E_FORMAT, "%s is cut off", kin_format_name(header->format));
    else if (!pixels && strcmp(stbi_failure_reason(), "outofmem") == 0)
        status = kin_fail_memory(err);
    else if (!pixels)
        status = reason_fail(err, header->format);
    else
        status = kin_image__check_size(header, (uint64_t)width, (uint64_t)height, err);
    if (status != KIN_OK) {
        free(pixels);
        return status;
    }
    if (!opaque)
        kin_image__over_white(pixels, (size_t)width * (size_t)height, pixels);
    *out = (kin_image__raster) { width, height, kin_image__shrink(in, pixels, width, height) };
    return KIN_OK;
}
