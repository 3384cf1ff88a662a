/* CVAT XML of "images": the shapes and tags with an attribute kin_item are kin's, all others are passed over. A shape
 * may be of any kind, since a reviewer may have drawn it anew as another; only of boxes it is told whether they moved.
 * */
#include "exchange/exchange_text.h"
#include "exchange/job_in.h"
#include "exchange/tool_text.h"
#include "exchange/xml_scan.h"

#include "base/buffer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { named_columns = 6 };

static const struct {
    const char *name;
    int column;
} columns[named_columns] = { { "kin_job", JOB_JOB }, { "verdict", JOB_VERDICT }, { "should_be", JOB_SHOULD_BE },
                             { "kind", JOB_KIND },   { "count", JOB_COUNT },     { "note", JOB_NOTE } };

typedef struct reader {
    kin_exchange__rows_in *in;
    double width, height; /* of the image at hand, 0: not known */
    bool in_shape, of_tracks;
    bool is_box, rotated;
    kin_box box;       /* as it is now */
    const char *label; /* as it is now; all texts are the arena's, NULL: none */
    const char *key, *given, *given_box;
    const char *attribute; /* name of the one being read */
    bool failed;
} reader;

static const char *keep(reader *r, const char *text)
{
    const char *own = text && text[0] ? kin_arena_string(&r->in->scratch, text) : NULL;
    r->failed |= text && text[0] && !own;
    return own;
}

static double number_of(const kin_exchange__xml_element *element, const char *name, double missing)
{
    const char *text = kin_exchange__xml_attribute(element, name);
    double value;
    return text && kin_exchange__parse_number(text, &value) ? value : missing;
}

static void begin_shape(reader *r, const kin_exchange__xml_element *element)
{
    kin_arena_reset(&r->in->scratch);
    memset(r->in->values, 0, sizeof r->in->values);
    r->in->line = element->line;
    r->in->place++;
    r->in_shape = true;
    r->is_box = strcmp(element->name, "box") == 0;
    r->rotated = number_of(element, "rotation", 0) != 0;
    r->key = r->given = r->given_box = NULL;
    r->label = keep(r, kin_exchange__xml_attribute(element, "label"));
    double left = number_of(element, "xtl", NAN), top = number_of(element, "ytl", NAN);
    r->box = (kin_box) { left, top, number_of(element, "xbr", NAN) - left, number_of(element, "ybr", NAN) - top };
}

static int begin(void *user, const kin_exchange__xml_element *element, kin_error *err)
{
    reader *r = user;
    if (strcmp(element->name, "image") == 0 && element->depth == 2) {
        r->width = number_of(element, "width", 0);
        r->height = number_of(element, "height", 0);
    } else if (element->depth == 3 && strcmp(element->parent, "image") == 0)
        begin_shape(r, element);
    else if (element->depth == 4 && r->in_shape && strcmp(element->name, "attribute") == 0)
        r->attribute = keep(r, kin_exchange__xml_attribute(element, "name"));
    r->of_tracks |= element->depth == 2 && strcmp(element->name, "track") == 0;
    return r->failed ? kin_fail_memory(err) : KIN_OK;
}

static void read_attribute(reader *r, const char *text)
{
    const char *name = r->attribute ? r->attribute : "";
    if (strcmp(name, "kin_item") == 0)
        r->key = keep(r, text);
    else if (strcmp(name, "kin_label") == 0)
        r->given = keep(r, text);
    else if (strcmp(name, "kin_box") == 0)
        r->given_box = keep(r, text);
    for (int i = 0; i < named_columns; i++)
        if (strcmp(name, columns[i].name) == 0)
            r->in->values[columns[i].column] = keep(r, text);
}

static bool read_box(const char *text, kin_box *box)
{
    double v[4];
    char cell[32];
    for (int i = 0; i < 4; i++) {
        size_t length = strcspn(text, ",");
        if (length >= sizeof cell || (text[length] == ',') != (i < 3))
            return false;
        memcpy(cell, text, length);
        cell[length] = '\0';
        if (!kin_exchange__parse_number(cell, &v[i]))
            return false;
        text += length + 1;
    }
    *box = (kin_box) { v[0], v[1], v[2], v[3] };
    return true;
}

static int end_shape(reader *r, kin_error *err)
{
    kin_exchange__rows_in *in = r->in;
    kin_exchange__touch touch = { .label = NULL };
    kin_box given;
    char count[32];
    r->in_shape = false;
    if (!r->key)
        return KIN_OK;
    in->ours = true;
    in->values[JOB_ITEM] = kin_exchange__item_of_key(&in->scratch, r->key);
    in->values[JOB_LABEL] = r->given;
    if (!in->values[JOB_ITEM])
        return kin_fail_memory(err);
    const char *verdict = in->values[JOB_VERDICT];
    if (verdict && (strcmp(verdict, "open") == 0 || strcmp(verdict, "__undefined__") == 0))
        in->values[JOB_VERDICT] = NULL;
    if (r->given && r->label && strcmp(r->given, r->label) != 0)
        touch.label = r->label;
    if (r->is_box && r->given_box && read_box(r->given_box, &given))
        touch.moved = r->rotated || kin_exchange__moved(r->box, given, r->width, r->height);
    return kin_exchange__row_touch(in, &touch, count) ? kin_exchange__row_take(in, err) : KIN_OK;
}

static int end(void *user, const kin_exchange__xml_element *element, char *text, kin_error *err)
{
    reader *r = user;
    if (element->depth == 4 && r->in_shape && strcmp(element->name, "attribute") == 0)
        read_attribute(r, text);
    if (r->failed)
        return kin_fail_memory(err);
    return element->depth == 3 && r->in_shape ? end_shape(r, err) : KIN_OK;
}

int kin_exchange__cvat_rows(kin_exchange__rows_in *in, FILE *file, kin_error *err)
{
    reader r = { .in = in };
    const kin_exchange__xml_visitor visitor = { begin, end, &r };
    bool broken;
    int code = kin_exchange__xml_scan_file(file, in->path, &visitor, &broken, err);
    if (code != KIN_OK || in->ours)
        return code;
    if (r.of_tracks)
        return kin_fail(err, KIN_E_FORMAT, "%s is of a video; export it as \"CVAT for images 1.1\"", in->path);
    return in->place ? kin_fail(err, KIN_E_FORMAT,
                                "%s: no shape has the attribute kin_item, which kin job export writes", in->path)
                     : KIN_OK;
}
