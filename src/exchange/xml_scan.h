#ifndef KIN_XML_SCAN_H
#define KIN_XML_SCAN_H
/* Reads an XML file of any size from end to end, element by element, and holds no more of it than the element at hand.
 *
 * The file may be in UTF-8, UTF-16, Latin-1 or ASCII; all texts come out in UTF-8. Nothing outside of the file is ever
 * opened, and a file that declares entities of its own is refused, so that no text grows. */

#include "kin/status.h"

#include <stdio.h>

enum {
    kin_exchange__xml_deepest = 64,
    kin_exchange__xml_longest_tag = 4 * 1024 * 1024, /* bytes between two events: a tag with all its attributes */
    kin_exchange__xml_longest_text = 1024 * 1024
};

/* Where the reader stands. All is borrowed until the callback returns. */
typedef struct kin_exchange__xml_element {
    const char *name;
    const char *parent;            /* the name of the element that it is in, "" for the outermost */
    unsigned depth;                /* 1: the outermost */
    unsigned long line;            /* where the tag begins; 1 is the file's first */
    const char *const *attributes; /* name, value, name, value, ..., NULL; NULL at an end */
} kin_exchange__xml_element;

typedef struct kin_exchange__xml_visitor {
    /* Anything but KIN_OK ends the scan and is returned. Any of the two may be NULL. */
    int (*begin)(void *user, const kin_exchange__xml_element *element, kin_error *err);
    /* `text` is the element's own where it holds no others, without blanks around it; else what follows the last of
     * them. It may be changed. */
    int (*end)(void *user, const kin_exchange__xml_element *element, char *text, kin_error *err);
    void *user;
} kin_exchange__xml_visitor;

/* Opens `path` and scans it. KIN_E_FORMAT with the line, and *broken set, where it is no sound XML or ends too early;
 * everything before was visited then. */
int kin_exchange__xml_scan(const char *path, const kin_exchange__xml_visitor *visitor, bool *broken, kin_error *err);

/* The same from the start of an open file, which stays the caller's; `path` is for messages. */
int kin_exchange__xml_scan_file(FILE *file, const char *path, const kin_exchange__xml_visitor *visitor, bool *broken,
                                kin_error *err);

/* The value of an attribute, NULL where there is none of that name. */
const char *kin_exchange__xml_attribute(const kin_exchange__xml_element *element, const char *name);

/* The name of the outermost element of the file, in name[size] (cut where it is longer); false where the file does not
 * begin like XML. Reads no further than that. */
bool kin_exchange__xml_root(const char *path, char *name, size_t size);

#endif
