#ifndef STATS_REFERENCE_H
#define STATS_REFERENCE_H
/* tests/data/stats.json, the values of an independent implementation (SciPy), for cmocka tests. */

#include "kin_test.h"

#include "base/file.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

static cJSON *reference;

static inline int load_reference(void **state)
{
    (void)state;
    kin_buffer text = KIN_BUFFER_INIT;
    kin_error err = KIN_ERROR_INIT;
    if (kin_file_read(KIN_TEST_DATA "/stats.json", 1 << 20, &text, &err) == KIN_OK)
        reference = cJSON_Parse(text.data);
    kin_buffer_clear(&text);
    return reference ? 0 : -1;
}

static inline int drop_reference(void **state)
{
    (void)state;
    cJSON_Delete(reference);
    return 0;
}

static inline const cJSON *cases_of(const char *name)
{
    const cJSON *cases = cJSON_GetObjectItemCaseSensitive(reference, name);
    assert_non_null(cases);
    return cases;
}

/* A number, or INFINITY for the string "inf". */
static inline double value_of(const cJSON *item)
{
    assert_non_null(item);
    return cJSON_IsString(item) ? INFINITY : item->valuedouble;
}

static inline double number_in(const cJSON *object, const char *name)
{
    return value_of(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* malloc'ed. */
static inline double *numbers_in(const cJSON *object, const char *name, size_t *n)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, name), *item;
    size_t i = 0;
    assert_non_null(array);
    *n = (size_t)cJSON_GetArraySize(array);
    double *values = malloc((*n + 1) * sizeof *values);
    assert_non_null(values);
    cJSON_ArrayForEach(item, array) values[i++] = value_of(item);
    return values;
}

static inline void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance || (isinf(expected) && value == expected)))
        fail_msg("%.17g is not %.17g (within %g)", value, expected, tolerance);
}

#endif
