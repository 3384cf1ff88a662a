#include "base/clock.h"

#include <stdio.h>
#include <time.h>

double kin_clock_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int64_t kin_clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Days from 1970-01-01 of a Gregorian date and back: H. Hinnant, "chrono-compatible low-level date algorithms". */
static int64_t days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void date_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

void kin_clock_format(int64_t milliseconds, char text[32])
{
    int64_t days = milliseconds / 86400000, rest = milliseconds % 86400000, year;
    if (rest < 0) {
        rest += 86400000;
        days--;
    }
    int month, day;
    date_from_days(days, &year, &month, &day);
    int seconds = (int)(rest / 1000), thousandths = (int)(rest % 1000);
    int n = snprintf(text, 32, "%04d-%02d-%02dT%02d:%02d:%02d", (int)year, month, day, seconds / 3600,
                     seconds / 60 % 60, seconds % 60);
    if (thousandths)
        n += snprintf(text + n, 32 - (size_t)n, ".%03d", thousandths);
    (void)snprintf(text + n, 32 - (size_t)n, "Z");
}

int kin_clock_parse(const char *text, int64_t *milliseconds)
{
    int year, month, day, hour = 0, minute = 0, used = 0;
    double second = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 || month < 1 || month > 12 || day < 1 ||
        day > 31)
        return -1;
    const char *rest = text + used;
    if (*rest == 'T' || *rest == 't' || *rest == ' ') {
        if (sscanf(rest + 1, "%2d:%2d%n", &hour, &minute, &used) != 2)
            return -1;
        rest += 1 + used;
        if (*rest == ':') {
            if (sscanf(rest + 1, "%10lf%n", &second, &used) != 1)
                return -1;
            rest += 1 + used;
        }
    }
    int offset = 0;
    if (*rest == '+' || *rest == '-') {
        int hours, minutes = 0, sign = *rest == '-' ? -1 : 1;
        if (sscanf(rest + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 &&
            sscanf(rest + 1, "%2d%n", &hours, &used) != 1)
            return -1;
        rest += 1 + used;
        offset = sign * (hours * 60 + minutes);
    } else if (*rest == 'Z' || *rest == 'z')
        rest++;
    if (*rest || hour < 0 || hour > 23 || minute < 0 || minute > 59 || !(second >= 0 && second < 61))
        return -1;
    int64_t minutes = days_from_date(year, month, day) * 1440 + hour * 60 + minute - offset;
    *milliseconds = minutes * 60000 + (int64_t)(second * 1000 + 0.5);
    return 0;
}
