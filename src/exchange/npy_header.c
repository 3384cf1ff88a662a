/* The header of a .npy file (NumPy enhancement proposal 1): "\x93NUMPY", a version, the length of the text, and the
 * text of a Python dictionary, padded with blanks. Only the literals that NumPy writes are known: strings without
 * escapes, True and False, tuples of whole numbers. */
#include "exchange/npy_header.h"

#include "exchange/exchange_text.h"

#include <stdio.h>
#include <string.h>

enum { most_axes = 32 };

typedef struct npy_reader {
    const char *at;
    const char *path;
    char descr[64];
    bool structured, fortran;
    bool has_descr, has_order, has_shape;
    uint64_t shape[2];
    size_t axes;
} npy_reader;

bool kin_exchange__npy_extent(const unsigned char bytes[12], size_t *start, size_t *length)
{
    if (memcmp(bytes, "\x93NUMPY", 6) != 0 || bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0)
        return false;
    *start = bytes[6] == 1 ? 10 : 12;
    *length = bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] > 1)
        *length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    return true;
}

static int damaged(const npy_reader *r, const char *what, kin_error *err)
{
    return kin_fail(err, KIN_E_FORMAT, "%s: the .npy header is damaged: %s; save the array again with numpy.save",
                    r->path, what);
}

static void skip_blanks(npy_reader *r)
{
    r->at += strspn(r->at, " \t\r\n");
}

/* The character comes next. */
static bool accept(npy_reader *r, char c)
{
    skip_blanks(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

static bool accept_word(npy_reader *r, const char *word)
{
    size_t n = strlen(word);
    skip_blanks(r);
    if (strncmp(r->at, word, n) != 0)
        return false;
    r->at += n;
    return true;
}

/* A quoted string of up to size-1 bytes without escapes. */
static bool read_string(npy_reader *r, char *text, size_t size)
{
    skip_blanks(r);
    char quote = *r->at;
    if (quote != '\'' && quote != '"')
        return false;
    const char *end = strchr(r->at + 1, quote);
    if (!end || (size_t)(end - r->at) > size || memchr(r->at, '\\', (size_t)(end - r->at)))
        return false;
    size_t n = (size_t)(end - r->at) - 1;
    memcpy(text, r->at + 1, n);
    text[n] = '\0';
    r->at = end + 1;
    return true;
}

/* Decimal digits, and the L that Python 2 wrote behind them. */
static bool read_extent(npy_reader *r, uint64_t *value)
{
    skip_blanks(r);
    const char *digits = r->at;
    *value = 0;
    for (; *r->at >= '0' && *r->at <= '9'; r->at++) {
        uint64_t digit = (uint64_t)(*r->at - '0');
        if (*value > (INT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    bool any = r->at != digits;
    if (any && *r->at == 'L')
        r->at++;
    return any;
}

static int read_shape(npy_reader *r, kin_error *err)
{
    bool more = accept(r, '(');
    if (!more)
        return damaged(r, "the shape is no tuple", err);
    while (!accept(r, ')')) {
        uint64_t extent;
        if (!more || r->axes == most_axes || !read_extent(r, &extent))
            return damaged(r, "the shape is not one of whole numbers", err);
        if (r->axes < 2)
            r->shape[r->axes] = extent;
        r->axes++;
        more = accept(r, ',');
    }
    return r->axes == 1 && !more ? damaged(r, "the shape is no tuple", err) : KIN_OK;
}

/* Structured types are lists; what is in them does not matter, they are refused. */
static int read_descr(npy_reader *r, kin_error *err)
{
    skip_blanks(r);
    r->structured = *r->at == '[';
    if (!r->structured && !read_string(r, r->descr, sizeof r->descr))
        return damaged(r, "'descr' is no type", err);
    return KIN_OK;
}

static int read_order(npy_reader *r, kin_error *err)
{
    r->fortran = accept_word(r, "True");
    return r->fortran || accept_word(r, "False") ? KIN_OK : damaged(r, "'fortran_order' is no bool", err);
}

static int read_member(npy_reader *r, kin_error *err)
{
    static const struct {
        const char *name;
        int (*read)(npy_reader *r, kin_error *err);
    } members[] = { { "descr", read_descr }, { "fortran_order", read_order }, { "shape", read_shape } };
    bool *const seen[] = { &r->has_descr, &r->has_order, &r->has_shape };
    char key[32];
    if (!read_string(r, key, sizeof key) || !accept(r, ':'))
        return damaged(r, "a key is expected", err);
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(key, members[i].name) != 0)
            continue;
        if (*seen[i])
            return damaged(r, "a key is there twice", err);
        *seen[i] = true;
        return members[i].read(r, err);
    }
    return damaged(r, "there is a key that NumPy does not write", err);
}

static int read_dictionary(npy_reader *r, kin_error *err)
{
    bool more = accept(r, '{');
    if (!more)
        return damaged(r, "a dictionary is expected", err);
    while (!accept(r, '}')) {
        if (!more)
            return damaged(r, "a comma is expected", err);
        int code = read_member(r, err);
        if (code != KIN_OK || r->structured) /* the rest of a list of fields is not looked at */
            return code;
        more = accept(r, ',');
    }
    skip_blanks(r);
    if (*r->at)
        return damaged(r, "there is text behind it", err);
    return r->has_descr && r->has_order && r->has_shape ? KIN_OK : damaged(r, "a key is missing", err);
}

/* Bytes of a component; 0 for anything but a little-endian float of 2, 4 or 8. */
static int component_of(const char *descr)
{
    static const struct {
        const char *descr;
        int bytes;
    } known[] = { { "<f2", 2 }, { "<f4", 4 }, { "<f8", 8 } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(descr, known[i].descr) == 0)
            return known[i].bytes;
    return 0;
}

int kin_exchange__npy_header(const char *text, const char *path, kin_exchange__npy *out, kin_error *err)
{
    npy_reader r = { .at = text, .path = path };
    int code = read_dictionary(&r, err);
    if (code != KIN_OK)
        return code;
    int component = component_of(r.descr);
    kin_exchange__tidy(r.descr);
    if (r.structured || strchr(r.descr, 'O') || r.descr[0] == '|')
        return kin_fail(err, KIN_E_FORMAT,
                        "%s holds %s%s, not plain numbers; save a 2-D float array: numpy.save(f, x.astype('<f4'))",
                        path, r.structured ? "a structured type" : "the type ", r.descr);
    if (!component)
        return kin_fail(err, KIN_E_FORMAT,
                        "%s is of type %s; float16, float32 or float64, little-endian, is wanted: x.astype('<f4')",
                        path, r.descr);
    if (r.axes != 2)
        return kin_fail(err, KIN_E_FORMAT, "%s has %zu %s; 2 are wanted: one row an item, its vector in the row", path,
                        r.axes, r.axes == 1 ? "axis" : "axes");
    if (r.fortran && r.shape[0] != 1 && r.shape[1] != 1) /* one row or column is the same in both orders */
        return kin_fail(err, KIN_E_FORMAT, "%s is in Fortran order; save numpy.ascontiguousarray(x)", path);
    *out = (kin_exchange__npy) { .component = component, .rows = r.shape[0], .columns = r.shape[1] };
    return KIN_OK;
}
