#ifndef KIN_PATTERN_NAME_H
#define KIN_PATTERN_NAME_H
/* Patterns of mistakes by name: "given->right", "given->?" where what would be right was not said. */

#include "workspace/corpus.h"

/* From the arena; NULL where there is no memory. right NULL: not said. */
char *kin_pattern_name(kin_arena *arena, const char *given, const char *right);

/* Reads a name with or without spaces around the arrow; labels may hold arrows themselves. *given is a label of the
 * corpus, *right one of its numbers or -1 for '?'. KIN_E_NOTFOUND, with a message, where it is no pattern of these
 * labels. */
int kin_pattern_parse(const kin_corpus *corpus, const char *name, int32_t *given, int32_t *right, kin_error *err);

#endif
