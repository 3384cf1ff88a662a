#ifndef KIN_TOOL_TEXT_H
#define KIN_TOOL_TEXT_H
/* Text, numbers and keys as the files of review tools hold them. */

#include "base/arena.h"
#include "base/buffer.h"
#include "kin/job_files.h"

enum { kin_exchange__region_size = 24 };

/* The reverse of kin_job_key, from the arena; NULL where there is no memory. */
char *kin_exchange__item_of_key(kin_arena *arena, const char *key);

/* "kin-0123456789abcdef": a shape's id in Label Studio, which takes '#' in ids for its own. */
void kin_exchange__region_id(const char *item, char id[kin_exchange__region_size]);

/* Appends, with its quotes, a JSON string of valid UTF-8. */
void kin_exchange__put_json(kin_buffer *out, const char *text);

/* Appends text that may stand between tags and in an attribute; what XML cannot hold becomes U+FFFD. */
void kin_exchange__put_xml(kin_buffer *out, const char *text);

/* Appends a path in which all but letters, digits, -._~ and / are percent-encoded. */
void kin_exchange__put_url(kin_buffer *out, const char *path);

/* Appends digits that read back as the same double. */
void kin_exchange__put_number(kin_buffer *out, double value);

/* Appends "kin_item":..,"kin_job":..,.. of a row without brackets: what it is, how it was drawn, its last verdict. */
void kin_exchange__put_facts(kin_buffer *out, const kin_job_row *row);

/* Do two boxes differ by more than a pixel at any side, where they lie inside an image of these sides (0: not known)?
 * */
bool kin_exchange__moved(kin_box a, kin_box b, double width, double height);

#endif
