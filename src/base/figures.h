#ifndef KIN_FIGURES_H
#define KIN_FIGURES_H
/* Numbers as people read them: the same on a terminal and on a page. */

#include "base/buffer.h"

/* "2,000". */
void kin_figure_count(uint64_t count, char out[32]);

/* "4.20 %" of 0.042, with as many digits as tell something near 0 and 100 %. */
void kin_figure_percent(double fraction, char out[64]);

/* The same, appended; a range is "1.98 % to 4.07 %". A number that was computed is rounded, and never below 0. */
void kin_figure_add_count(kin_buffer *out, uint64_t count);
void kin_figure_add_about(kin_buffer *out, double count);
void kin_figure_add_percent(kin_buffer *out, double fraction);
void kin_figure_add_range(kin_buffer *out, double lo, double hi);

#endif
