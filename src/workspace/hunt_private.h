#ifndef KIN_HUNT_PRIVATE_H
#define KIN_HUNT_PRIVATE_H

#include "workspace/job_make.h"

/* A hunt as read: what it is about, what its jobs found, what is left, and what to be like from now on. */
typedef struct hunt {
    kin_arena arena;
    kin_job job; /* that began it; texts are the arena's */
    kin_ranking by;
    kin_attribute *where;
    size_t where_count;
    int64_t *left; /* [left_count] ascending: in question, without a verdict */
    int64_t *pool; /* [pool_count] those of them that are in none of its jobs */
    size_t left_count, pool_count;
    kin_id_list likes; /* first what was asked for and the mistakes found, then what it is to be unlike */
    size_t likes_count;
    float *vectors; /* of likes */
    kin_hunt state; /* without next and expected */
} hunt;

/* Cleared by hunt_clear, also on failure. */
int kin_workspace__hunt_read(kin_workspace *workspace, int64_t job, hunt *out, kin_error *err);
void kin_workspace__hunt_clear(hunt *h);

/* The k best of what is left. */
int kin_workspace__hunt_rank(kin_workspace *workspace, const hunt *h, size_t k, kin_rank_list *out, kin_error *err);

#endif
