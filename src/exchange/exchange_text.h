#ifndef KIN_EXCHANGE_TEXT_H
#define KIN_EXCHANGE_TEXT_H
/* Text and numbers as they stand in files that somebody else wrote. */

#include <stdbool.h>
#include <stdint.h>

/* The decimal of 15 to 17 digits that reads back as the same double; "0" for -0. `value` is finite. */
void kin_exchange__number(double value, char text[32]);

/* The whole text, but for blanks around it, as a finite decimal number. No hexadecimal, "nan" or "inf". */
bool kin_exchange__parse_number(const char *text, double *value);

/* The same for a whole number. */
bool kin_exchange__parse_integer(const char *text, int64_t *value);

/* Valid UTF-8 (no surrogates, nothing overlong)? */
bool kin_exchange__is_utf8(const char *text);

/* Makes a text that goes into a message one harmless line: control characters and what is no UTF-8 become '?'. */
void kin_exchange__tidy(char *text);

/* Cuts blanks off both ends, in place; returns the new beginning. */
char *kin_exchange__trim(char *text);

#endif
