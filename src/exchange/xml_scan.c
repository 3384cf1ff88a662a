/* expat is fed piece by piece. A tag that is longer than a piece is parsed again from its start with each piece that
 * follows; so pieces double while no event comes, which keeps the work in proportion to the file. Depth, texts and tags
 * are bounded here, entities are refused where they are declared: that is stricter than expat's own protection, and
 * the same with every version of it. */
#include "exchange/xml_scan.h"

#include "base/buffer.h"
#include "base/checked.h"
#include "exchange/exchange_text.h"
#include "exchange/input_file.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

enum { piece = 65536, most_name = 64 };

typedef struct scanner {
    FILE *file;
    const char *path;
    const kin_exchange__xml_visitor *visitor;
    XML_Parser parser;
    kin_buffer text;
    char names[kin_exchange__xml_deepest + 1][most_name]; /* of the open elements, cut; [0] is "" */
    unsigned depth;
    size_t silent; /* bytes fed since the last event */
    int code;      /* the first failure; nothing is visited after it */
    bool broken;
    kin_error *err;
} scanner;

static unsigned long line_of(const scanner *s)
{
    return (unsigned long)XML_GetCurrentLineNumber(s->parser);
}

static void stop(scanner *s, int code)
{
    if (s->code == KIN_OK && code != KIN_OK) {
        s->code = code;
        (void)XML_StopParser(s->parser, XML_FALSE);
    }
}

static void refuse(scanner *s, const char *what)
{
    if (s->code != KIN_OK)
        return;
    s->broken = true;
    stop(s, kin_fail(s->err, KIN_E_FORMAT, "%s: line %lu: %s", s->path, line_of(s), what));
}

static kin_exchange__xml_element element_at(const scanner *s, const char *name, const char *const *attributes)
{
    return (kin_exchange__xml_element) { .name = name,
                                         .parent = s->names[s->depth - 1],
                                         .depth = s->depth,
                                         .line = line_of(s),
                                         .attributes = attributes };
}

static void XMLCALL begin(void *user, const XML_Char *name, const XML_Char **attributes)
{
    scanner *s = user;
    s->silent = 0;
    if (s->code != KIN_OK)
        return;
    if (s->depth == kin_exchange__xml_deepest) {
        refuse(s, "elements are nested deeper than 64 levels");
        return;
    }
    s->depth++;
    (void)snprintf(s->names[s->depth], most_name, "%s", name);
    kin_buffer_reset(&s->text);
    kin_exchange__xml_element element = element_at(s, name, (const char *const *)attributes);
    if (s->visitor->begin)
        stop(s, s->visitor->begin(s->visitor->user, &element, s->err));
}

static void XMLCALL end(void *user, const XML_Char *name)
{
    scanner *s = user;
    char none[1] = "";
    s->silent = 0;
    if (s->code != KIN_OK)
        return;
    if (s->text.failed) {
        stop(s, kin_fail_memory(s->err));
        return;
    }
    kin_exchange__xml_element element = element_at(s, name, NULL);
    if (s->visitor->end)
        stop(s, s->visitor->end(s->visitor->user, &element,
                                s->text.data ? kin_exchange__trim(s->text.data) : none, s->err));
    kin_buffer_reset(&s->text);
    s->depth--;
}

static void XMLCALL text(void *user, const XML_Char *data, int length)
{
    scanner *s = user;
    s->silent = 0;
    if (s->code != KIN_OK)
        return;
    if (s->text.size + (size_t)length > kin_exchange__xml_longest_text)
        refuse(s, "a text is longer than 1 MiB");
    else
        kin_buffer_append(&s->text, data, (size_t)length);
}

static void XMLCALL entity(void *user, const XML_Char *name, int is_parameter, const XML_Char *value, int length,
                           const XML_Char *base, const XML_Char *system, const XML_Char *public,
                           const XML_Char *notation)
{
    (void)name, (void)is_parameter, (void)value, (void)length;
    (void)base, (void)system, (void)public, (void)notation;
    refuse(user, "an entity is declared, which is not read; write the text itself");
}

/* One that a file elsewhere would declare: its text is not known. */
static void XMLCALL skipped(void *user, const XML_Char *name, int is_parameter)
{
    (void)name;
    if (!is_parameter)
        refuse(user, "an entity that the file does not know; write the text itself");
}

static int fail_to_parse(scanner *s)
{
    enum XML_Error fault = XML_GetErrorCode(s->parser);
    if (s->code != KIN_OK)
        return s->code;
    if (fault == XML_ERROR_NO_MEMORY)
        return kin_fail_memory(s->err);
    s->broken = true;
    bool cut = feof(s->file) && (fault == XML_ERROR_NO_ELEMENTS || fault == XML_ERROR_UNCLOSED_TOKEN ||
                                 fault == XML_ERROR_PARTIAL_CHAR || fault == XML_ERROR_UNCLOSED_CDATA_SECTION);
    if (cut && s->depth)
        return kin_fail(s->err, KIN_E_FORMAT, "%s is cut off: it ends at line %lu, where the end of <%s> is expected",
                        s->path, line_of(s), s->names[s->depth]);
    if (fault == XML_ERROR_UNKNOWN_ENCODING)
        return kin_fail(s->err, KIN_E_FORMAT, "%s: its encoding is not read; save it as UTF-8", s->path);
    return kin_fail(s->err, KIN_E_FORMAT, "%s is no sound XML at line %lu: %s", s->path, line_of(s),
                    XML_ErrorString(fault));
}

static int feed(scanner *s)
{
    for (;;) {
        size_t want = s->silent > piece ? s->silent : piece;
        void *room = XML_GetBuffer(s->parser, (int)want);
        if (!room)
            return kin_fail_memory(s->err);
        size_t n = fread(room, 1, want, s->file);
        bool last = n < want;
        if (ferror(s->file))
            return kin_fail_errno(s->err, "read", s->path);
        s->silent += n;
        if (XML_ParseBuffer(s->parser, (int)n, last) != XML_STATUS_OK)
            return fail_to_parse(s);
        if (s->silent > kin_exchange__xml_longest_tag && !last)
            refuse(s, "a tag or comment is longer than 4 MiB");
        if (s->code != KIN_OK || last)
            return s->code;
    }
}

static int scan_file(scanner *s)
{
    s->parser = XML_ParserCreate(NULL);
    if (!s->parser)
        return kin_fail_memory(s->err);
    XML_SetUserData(s->parser, s);
    XML_SetElementHandler(s->parser, begin, end);
    XML_SetCharacterDataHandler(s->parser, text);
    XML_SetEntityDeclHandler(s->parser, entity);
    XML_SetSkippedEntityHandler(s->parser, skipped);
    int code = feed(s);
    XML_ParserFree(s->parser);
    kin_buffer_clear(&s->text);
    return code;
}

int kin_exchange__xml_scan_file(FILE *file, const char *path, const kin_exchange__xml_visitor *visitor, bool *broken,
                                kin_error *err)
{
    scanner *s = kin_alloc_zeroed(1, sizeof *s);
    *broken = false;
    if (!s)
        return kin_fail_memory(err);
    *s = (scanner) { .file = file, .path = path, .visitor = visitor, .err = err };
    int code = fseeko(file, 0, SEEK_SET) == 0 ? scan_file(s) : kin_fail_errno(err, "read", path);
    *broken = s->broken;
    free(s);
    return code;
}

int kin_exchange__xml_scan(const char *path, const kin_exchange__xml_visitor *visitor, bool *broken, kin_error *err)
{
    FILE *file;
    *broken = false;
    int code = kin_exchange__open_bytes(path, &file, err);
    if (code != KIN_OK)
        return code;
    code = kin_exchange__xml_scan_file(file, path, visitor, broken, err);
    (void)fclose(file);
    return code;
}

const char *kin_exchange__xml_attribute(const kin_exchange__xml_element *element, const char *name)
{
    for (const char *const *at = element->attributes; at && *at; at += 2)
        if (strcmp(*at, name) == 0)
            return at[1];
    return NULL;
}

typedef struct root {
    char *name;
    size_t size;
    bool found;
} root;

static int note_root(void *user, const kin_exchange__xml_element *element, kin_error *err)
{
    root *r = user;
    r->found = true;
    (void)snprintf(r->name, r->size, "%s", element->name);
    return kin_fail(err, KIN_E_STOPPED, "the outermost element is known");
}

bool kin_exchange__xml_root(const char *path, char *name, size_t size)
{
    root r = { name, size, false };
    const kin_exchange__xml_visitor visitor = { note_root, NULL, &r };
    bool broken;
    (void)kin_exchange__xml_scan(path, &visitor, &broken, NULL);
    return r.found;
}
