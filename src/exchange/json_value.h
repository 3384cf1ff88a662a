#ifndef KIN_JSON_VALUE_H
#define KIN_JSON_VALUE_H
/* Parsed JSON values as the importers want them. */

#include "base/arena.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* Parses a whole text; NULL where it is not JSON or there is no memory; *fault then says which in a few words. A text
 * with a NUL character, raw or escaped, counts as no JSON: cJSON's strings would silently end there. */
cJSON *kin_exchange__json_parse(const char *text, size_t size, const char **fault);

/* "a number", "text", "nothing" (NULL or null) ... for messages. */
const char *kin_exchange__json_kind(const cJSON *value);

bool kin_exchange__json_is_absent(const cJSON *value);

/* A scalar as text: strings as they are, numbers in the fewest digits, "true", "false". NULL for all else (and where
 * there is no memory). Borrowed from the value or from the arena. */
const char *kin_exchange__json_text(kin_arena *arena, const cJSON *value);

enum { kin_exchange__id_size = 256 };

/* The member `key` of an object as an id. Numbers and strings of the same digits are one id, since tools mix them up;
 * 3.0 is 3; whole numbers that a double cannot hold are taken digit by digit from the object's text. False where it is
 * no id. */
bool kin_exchange__json_id(const cJSON *object, const char *key, const char *text, size_t size,
                           char id[kin_exchange__id_size]);

/* A member that is a side of an image in pixels: 0 where it is not there or makes no sense. */
int kin_exchange__json_side(const cJSON *object, const char *key);

#endif
