#ifndef KIN_JSON_SCAN_H
#define KIN_JSON_SCAN_H
/* Finds the elements of the arrays that are the values of a JSON object's top-level keys, or of the one array that the
 * file is, in files of any size: one element at a time is held in memory. It looks only at what separates values;
 * whether an element is sound JSON is for the parser that gets it. */

#include "kin/status.h"

#include <stdint.h>
#include <stdio.h>

enum {
    /* A parsed element may take 40 times the memory of its text (cJSON keeps 64 bytes a number). */
    kin_exchange__most_element = 4 * 1024 * 1024,
    kin_exchange__deepest_element = 64
};

typedef struct kin_exchange__json_visitor {
    /* Are the elements of the array under this key wanted? "": of the array that the file is. */
    bool (*wanted)(void *user, const char *key);
    /* One element, NUL-terminated, without blanks around it. Anything but KIN_OK ends the scan and is returned. */
    int (*element)(void *user, const char *key, uint64_t number, const char *text, size_t size, kin_error *err);
    /* An element too large or too deep, or (`number` is UINT64_MAX) a wanted key whose value is no array. */
    int (*unfit)(void *user, const char *key, uint64_t number, const char *why, kin_error *err);
    void *user;
} kin_exchange__json_visitor;

/* Scans from where the file stands. KIN_E_FORMAT with the byte, and *broken set, where the file is no JSON object
 * (or wanted array) or ends too early; everything before was visited then. */
int kin_exchange__json_scan(FILE *file, const char *path, const kin_exchange__json_visitor *visitor, bool *broken,
                            kin_error *err);

/* The same of all that an object holds: of each key `wanted` is asked first (true goes on to its elements), and what is
 * no array is handed, as it stands, to `value` in place of unfit. */
int kin_exchange__json_scan_all(FILE *file, const char *path, const kin_exchange__json_visitor *visitor,
                                int (*value)(void *user, const char *key, const char *text, size_t size,
                                             kin_error *err),
                                bool *broken, kin_error *err);

/* The text of a member of a JSON object's text as it stands there: a number whose digits a double cannot hold. NULL
 * where there is no such member. */
const char *kin_exchange__json_member(const char *text, size_t size, const char *key, size_t *length);

#endif
