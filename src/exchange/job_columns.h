#ifndef KIN_JOB_COLUMNS_H
#define KIN_JOB_COLUMNS_H

/* The columns of job rows, in the order in which they are written. */
enum {
    JOB_JOB,
    JOB_POSITION,
    JOB_ITEM,
    JOB_LABEL,
    JOB_X,
    JOB_Y,
    JOB_WIDTH,
    JOB_HEIGHT,
    JOB_SCORE,
    JOB_PROBABILITY,
    JOB_VERDICT,
    JOB_SHOULD_BE,
    JOB_KIND,
    JOB_COUNT,
    JOB_NOTE,
    JOB_REVIEWER,
    JOB_TIME,
    JOB_COLUMNS
};

extern const char *const kin_exchange__job_columns[JOB_COLUMNS];

#endif
