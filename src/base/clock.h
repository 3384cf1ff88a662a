#ifndef KIN_CLOCK_H
#define KIN_CLOCK_H

#include <stdint.h>

/* Seconds on a clock that never steps back; for durations. */
double kin_clock_seconds(void);

/* Milliseconds since 1970-01-01 UTC; for what is recorded. */
int64_t kin_clock_now(void);

/* "2026-02-28T13:45:10Z", and with milliseconds where they are not 0. `text` holds 32 bytes. */
void kin_clock_format(int64_t milliseconds, char text[32]);

/* The reverse; also accepts a space for the T, a missing time, and an offset such as +02:00. Returns 0 on success,
 * -1 where the text is no time. */
int kin_clock_parse(const char *text, int64_t *milliseconds);

#endif
