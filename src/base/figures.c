#include "base/figures.h"

#include <stdio.h>

void kin_figure_count(uint64_t count, char out[32])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    char *end = out;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            *end++ = ',';
        *end++ = digits[i];
    }
    *end = '\0';
}

void kin_figure_percent(double fraction, char out[64])
{
    double percent = fraction * 100, edge = percent < 50 ? percent : 100 - percent;
    int digits = edge == 0 ? 0 : edge < 0.1 ? 3 : edge < 10 ? 2 : 1;
    snprintf(out, 64, "%.*f %%", digits, percent);
}

void kin_figure_add_count(kin_buffer *out, uint64_t count)
{
    char text[32];
    kin_figure_count(count, text);
    kin_buffer_string(out, text);
}

void kin_figure_add_about(kin_buffer *out, double count)
{
    kin_figure_add_count(out, count > 0 ? (uint64_t)(count + 0.5) : 0);
}

void kin_figure_add_percent(kin_buffer *out, double fraction)
{
    char text[64];
    kin_figure_percent(fraction, text);
    kin_buffer_string(out, text);
}

void kin_figure_add_range(kin_buffer *out, double lo, double hi)
{
    kin_figure_add_percent(out, lo);
    kin_buffer_string(out, " to ");
    kin_figure_add_percent(out, hi);
}
