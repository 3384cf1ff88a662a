/* A scanner over 64 KiB chunks. Values are skipped or copied by counting brackets outside of strings: that needs no
 * stack, so depth costs nothing, and an element with a fault inside still ends where it should. */
#include "exchange/json_scan.h"

#include "base/buffer.h"
#include "base/checked.h"
#include "exchange/exchange_text.h"

#include <stdlib.h>
#include <string.h>

enum { chunk_size = 65536, most_key = 256, end_of_file = -1 };

typedef struct scanner {
    FILE *file;
    const char *path;
    const kin_exchange__json_visitor *visitor;
    int (*value)(void *user, const char *key, const char *text, size_t size, kin_error *err); /* may be NULL */
    char *chunk;
    size_t at, end;
    uint64_t before;    /* bytes of the file before the chunk */
    char key[most_key]; /* the top-level key being read, "" before the first */
    uint64_t number;    /* of the element being read; UINT64_MAX: none */
    kin_buffer element;
    unsigned depth, deepest; /* of the value being read */
    bool large;              /* it was longer than the limit and is not held whole */
    bool in_string, escaped;
    bool broken;
} scanner;

static int peek(scanner *s)
{
    if (s->at == s->end) {
        s->before += s->end;
        s->at = 0;
        s->end = fread(s->chunk, 1, chunk_size, s->file);
        if (s->end == 0)
            return end_of_file;
    }
    return (unsigned char)s->chunk[s->at];
}

static int after_blanks(scanner *s)
{
    int c;
    while ((c = peek(s)) == ' ' || c == '\n' || c == '\r' || c == '\t')
        s->at++;
    return c;
}

static int break_off(scanner *s, const char *expected, kin_error *err)
{
    char inside[most_key + 40] = "";
    unsigned long long byte = s->before + s->at;
    s->broken = true;
    if (s->number != UINT64_MAX)
        (void)snprintf(inside, sizeof inside, " in %.80s[%llu]", s->key, (unsigned long long)s->number);
    else if (s->key[0])
        (void)snprintf(inside, sizeof inside, " in \"%.80s\"", s->key);
    kin_exchange__tidy(inside); /* a key may hold anything */
    if (ferror(s->file))
        return kin_fail_errno(err, "read", s->path);
    if (peek(s) == end_of_file)
        return kin_fail(err, KIN_E_FORMAT, "%s is cut off: it ends at byte %llu%s, where %s is expected", s->path, byte,
                        inside, expected);
    return kin_fail(err, KIN_E_FORMAT, "%s is no sound JSON at byte %llu%s: %s is expected", s->path, byte, inside,
                    expected);
}

static void keep(scanner *s, size_t from, bool wanted)
{
    if (!wanted || s->large)
        return;
    if (s->element.size + (s->at - from) > kin_exchange__most_element)
        s->large = true;
    else
        kin_buffer_append(&s->element, s->chunk + from, s->at - from);
}

/* Goes on to the end of the array, object or string being read, or of the chunk. */
static void pass_nested(scanner *s)
{
    while (s->at < s->end) {
        char c = s->chunk[s->at++];
        if (s->in_string) {
            if (s->escaped)
                s->escaped = false;
            else if (c == '\\')
                s->escaped = true;
            else if (c == '"')
                s->in_string = false;
        } else if (c == '"')
            s->in_string = true;
        else if (c == '{' || c == '[') {
            if (++s->depth > s->deepest)
                s->deepest = s->depth;
        } else if ((c == '}' || c == ']') && s->depth)
            s->depth--;
        if (s->depth == 0 && !s->in_string)
            return;
    }
}

static void pass_scalar(scanner *s)
{
    while (s->at < s->end && !memchr(",]}: \t\r\n\"[{", s->chunk[s->at], 12))
        s->at++;
}

/* Reads over one value; keeps its text in s->element where it is wanted. */
static int pass_value(scanner *s, bool wanted, kin_error *err)
{
    kin_buffer_reset(&s->element);
    s->depth = s->deepest = 0;
    s->in_string = s->escaped = s->large = false;
    int first = after_blanks(s);
    bool nested = first == '{' || first == '[' || first == '"';
    size_t from = s->at, start = s->at;
    if (first == end_of_file)
        return break_off(s, "a value", err);
    for (;;) {
        if (nested)
            pass_nested(s);
        else
            pass_scalar(s);
        keep(s, from, wanted);
        bool done = nested ? s->depth == 0 && !s->in_string : s->at < s->end;
        if (!nested && done && s->at == start && from == start)
            return break_off(s, "a value", err);
        if (done)
            return s->element.failed ? kin_fail_memory(err) : KIN_OK;
        if (peek(s) == end_of_file)
            return nested ? break_off(s, "the rest of this value", err) : KIN_OK;
        from = s->at;
        start = SIZE_MAX;
    }
}

static int visit_element(scanner *s, kin_error *err)
{
    const kin_exchange__json_visitor *v = s->visitor;
    if (s->large)
        return v->unfit(v->user, s->key, s->number, "longer than 4 MiB", err);
    if (s->deepest > kin_exchange__deepest_element)
        return v->unfit(v->user, s->key, s->number, "nested deeper than 64 levels", err);
    return v->element(v->user, s->key, s->number, s->element.data ? s->element.data : "", s->element.size, err);
}

/* The elements of the array whose '[' is next. */
static int pass_array(scanner *s, kin_error *err)
{
    s->at++;
    s->number = 0;
    if (after_blanks(s) == ']') {
        s->at++;
        s->number = UINT64_MAX;
        return KIN_OK;
    }
    for (;; s->number++) {
        int code = pass_value(s, true, err);
        if (code == KIN_OK)
            code = visit_element(s, err);
        if (code != KIN_OK)
            return code;
        int c = after_blanks(s);
        if (c != ',' && c != ']')
            return break_off(s, "',' or ']'", err);
        s->at++;
        if (c == ']')
            break;
    }
    s->number = UINT64_MAX;
    return KIN_OK;
}

/* A key too long, or with escapes, is none of those that anybody wants: its text is left as it stands, or cut. */
static int pass_key(scanner *s, kin_error *err)
{
    s->key[0] = '\0';
    if (after_blanks(s) != '"')
        return break_off(s, "a key in quotes", err);
    int code = pass_value(s, true, err);
    if (code != KIN_OK)
        return code;
    size_t length = s->element.size >= 2 ? s->element.size - 2 : 0;
    if (length >= most_key)
        length = most_key - 1;
    if (length)
        memcpy(s->key, s->element.data + 1, length);
    s->key[length] = '\0';
    if (after_blanks(s) != ':')
        return break_off(s, "':'", err);
    s->at++;
    return KIN_OK;
}

static int pass_member(scanner *s, kin_error *err)
{
    const kin_exchange__json_visitor *v = s->visitor;
    int code = pass_key(s, err);
    if (code != KIN_OK)
        return code;
    bool wanted = v->wanted(v->user, s->key);
    if (wanted && after_blanks(s) == '[')
        return pass_array(s, err);
    code = pass_value(s, wanted, err);
    if (code == KIN_OK && wanted && s->value && !s->large)
        return s->value(v->user, s->key, s->element.data ? s->element.data : "", s->element.size, err);
    if (code == KIN_OK && wanted && (s->element.size != 4 || memcmp(s->element.data, "null", 4) != 0))
        code = v->unfit(v->user, s->key, UINT64_MAX, "no array", err);
    return code;
}

static int pass_members(scanner *s, kin_error *err)
{
    s->at++;
    if (after_blanks(s) == '}')
        s->at++;
    else
        for (;;) {
            int code = pass_member(s, err);
            if (code != KIN_OK)
                return code;
            int c = after_blanks(s);
            if (c != ',' && c != '}')
                return break_off(s, "',' or '}'", err);
            s->at++;
            if (c == '}')
                break;
        }
    s->key[0] = '\0';
    return KIN_OK;
}

static int pass_file(scanner *s, kin_error *err)
{
    const kin_exchange__json_visitor *v = s->visitor;
    int c = after_blanks(s), code;
    if (c == '{')
        code = pass_members(s, err);
    else if (c == '[' && v->wanted(v->user, ""))
        code = pass_array(s, err);
    else
        return break_off(s, "'{', the beginning of a JSON object,", err);
    if (code != KIN_OK)
        return code;
    return after_blanks(s) == end_of_file && !ferror(s->file) ? KIN_OK : break_off(s, "the end of the file", err);
}

int kin_exchange__json_scan(FILE *file, const char *path, const kin_exchange__json_visitor *visitor, bool *broken,
                            kin_error *err)
{
    return kin_exchange__json_scan_all(file, path, visitor, NULL, broken, err);
}

int kin_exchange__json_scan_all(FILE *file, const char *path, const kin_exchange__json_visitor *visitor,
                                int (*value)(void *user, const char *key, const char *text, size_t size,
                                             kin_error *err),
                                bool *broken, kin_error *err)
{
    scanner s = { .file = file, .path = path, .visitor = visitor, .value = value, .number = UINT64_MAX };
    s.chunk = kin_alloc_array(chunk_size, 1);
    off_t start = ftello(file); /* behind a byte order mark */
    s.before = start > 0 ? (uint64_t)start : 0;
    int code = s.chunk ? pass_file(&s, err) : kin_fail_memory(err);
    *broken = s.broken;
    kin_buffer_clear(&s.element);
    free(s.chunk);
    return code;
}

static const char *end_of_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at < end ? at + 1 : end;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
        at++;
    return at;
}

const char *kin_exchange__json_member(const char *text, size_t size, const char *key, size_t *length)
{
    const char *end = text + size;
    size_t n = strlen(key);
    unsigned depth = 0;
    for (const char *at = text; at < end;) {
        if (*at != '"') {
            depth += *at == '{' || *at == '[';
            depth -= *at == '}' || *at == ']';
            at++;
            continue;
        }
        const char *name = at + 1;
        at = end_of_string(at, end);
        const char *value = skip_blanks(at, end);
        if (depth != 1 || value == end || *value != ':' || (size_t)(at - name) != n + 1 || memcmp(name, key, n) != 0)
            continue;
        value = skip_blanks(value + 1, end);
        *length = 0;
        while (value + *length < end && !memchr(",]} \t\r\n", value[*length], 7))
            ++*length;
        return value;
    }
    return NULL;
}
