#include "codec.h"

#include <string.h>

enum { TAG_ORIENTATION = 0x0112, TYPE_BYTE = 1, TYPE_SHORT = 3, TYPE_LONG = 4, ENTRY_BYTES = 12 };

typedef struct tiff {
    const uint8_t *data;
    size_t size;
    bool big_endian;
} tiff;

static uint32_t read16(const tiff *t, size_t at)
{
    return t->big_endian ? kin_image__be16(t->data + at) : kin_image__le16(t->data + at);
}

static uint32_t read32(const tiff *t, size_t at)
{
    return t->big_endian ? kin_image__be32(t->data + at) : kin_image__le32(t->data + at);
}

/* The value of one directory entry; a value of up to four bytes stands in the entry itself. Writers exist that store
 * the orientation as BYTE or LONG although the standard says SHORT. */
static uint32_t entry_value(const tiff *t, size_t at)
{
    if (read32(t, at + 4) == 0)
        return 0;
    switch (read16(t, at + 2)) {
    case TYPE_BYTE:
        return t->data[at + 8];
    case TYPE_SHORT:
        return read16(t, at + 8);
    case TYPE_LONG:
        return read32(t, at + 8);
    default:
        return 0;
    }
}

int kin_image__exif_orientation(const uint8_t *data, size_t size)
{
    if (size >= 6 && memcmp(data, "Exif\0\0", 6) == 0) {
        data += 6;
        size -= 6;
    }
    if (size < 8 || (memcmp(data, "II*\0", 4) != 0 && memcmp(data, "MM\0*", 4) != 0))
        return 0;
    tiff t = { data, size, data[0] == 'M' };
    size_t at = read32(&t, 4);
    if (at > size - 2)
        return 0;
    size_t count = read16(&t, at), fit = (size - at - 2) / ENTRY_BYTES;
    at += 2;
    for (size_t i = 0; i < count && i < fit; i++, at += ENTRY_BYTES)
        if (read16(&t, at) == TAG_ORIENTATION) {
            uint32_t value = entry_value(&t, at);
            return value >= 1 && value <= 8 ? (int)value : 0;
        }
    return 0;
}
