#ifndef KIN_CLI_TEXT_H
#define KIN_CLI_TEXT_H
/* Text as it is shown: the columns it takes on a terminal, and nothing in it that a terminal or
 * a line of a table would obey. */

#include "base/arena.h"
#include "base/buffer.h"

/* Columns on a terminal: 0 for combining marks, 2 for wide East Asian characters and emoji. */
size_t cli_text_width(const char *text);

/* Appends `text` with control characters written as \t, \n or \u{9B}, and with bytes that are no UTF-8 as \xNN. */
void cli_text_clean(kin_buffer *out, const char *text);

/* The same as a string from the arena, cut to `width` columns with an ellipsis where it is wider (0: never). NULL where
 * there is no memory. */
char *cli_text_fit(kin_arena *arena, const char *text, size_t width);

/* "9 s", "3 min 20 s", "1 h 05 min". `out` holds 32 bytes. */
void cli_text_duration(double seconds, char out[32]);

#endif
