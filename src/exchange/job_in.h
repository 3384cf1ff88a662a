#ifndef KIN_JOB_IN_H
#define KIN_JOB_IN_H
/* Reading verdicts: each format fills in the values of a row, and hands it over. */

#include "base/arena.h"
#include "exchange/csv.h"
#include "exchange/hash_index.h"
#include "exchange/job_columns.h"
#include "kin/job_files.h"

typedef struct kin_exchange__rows_in {
    const char *path;
    const kin_row_sink *sink;
    kin_rows_summary summary;
    bool second_pass;
    kin_exchange__hashes last;       /* (item, reviewer) without a time -> the line it stands in last */
    const kin_exchange__csv *csv;    /* NULL: not a CSV */
    const char *values[JOB_COLUMNS]; /* of the row at hand; NULL: none */
    const char *unit;                /* what `line` counts, for people: "line", "task" */
    uint64_t line, place;            /* of the row at hand; place: which row of the file, where a unit holds several */
    bool ours;                       /* an item that kin wrote was met, in formats whose files hold others too */
    kin_arena scratch;
} kin_exchange__rows_in;

/* Counts and reports the row at hand as one that cannot be taken; `found` may be NULL. */
void kin_exchange__row_reject(kin_exchange__rows_in *in, const char *column, const char *why, const char *found);

/* What in->values hold is one row. */
int kin_exchange__row_take(kin_exchange__rows_in *in, kin_error *err);

/* What was done to a shape in a tool. */
typedef struct kin_exchange__touch {
    const char *label; /* the new one; NULL: as it was */
    bool moved, deleted;
    size_t added; /* shapes drawn beside those that were there */
} kin_exchange__touch;

/* Adds what was done to what was said (in->values); false where the two contradict each other and the row was
 * rejected. `count` holds the number of shapes added as text. */
bool kin_exchange__row_touch(kin_exchange__rows_in *in, const kin_exchange__touch *touch, char count[32]);

/* Both go over the file once: in->second_pass says for which time. */
int kin_exchange__labelstudio_rows(kin_exchange__rows_in *in, FILE *file, kin_error *err);
int kin_exchange__cvat_rows(kin_exchange__rows_in *in, FILE *file, kin_error *err);

#endif
