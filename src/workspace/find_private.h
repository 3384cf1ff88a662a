#ifndef KIN_FIND_PRIVATE_H
#define KIN_FIND_PRIVATE_H

#include "workspace/rank.h"

/* A query on its way to its answer. */
typedef struct question {
    kin_arena arena;
    kin_item *asked; /* likes, then unlikes; id 0: a file from outside */
    int64_t *ids;    /* of these */
    float *vectors;  /* of these, [likes_count + unlikes_count, dim] */
    size_t likes_count, unlikes_count, dim;
    kin_item_filter filter; /* that the candidates passed */
    kin_ranking by;
    const char *given, *should_be; /* by mistake always given; else NULL where it is not known */
    int64_t *candidates;
    size_t candidates_count;
} question;

/* Settles what the query asks for, and who may answer. Cleared by the next but one, also on failure. */
int kin_workspace__ask(kin_workspace *workspace, const kin_query *query, question *q, kin_error *err);
int kin_workspace__answer(kin_workspace *workspace, const question *q, size_t k, bool why, kin_rank_list *out,
                          kin_error *err);
void kin_workspace__question_clear(question *q);

/* A whole image file, at full resolution. */
int kin_workspace__read_image(kin_workspace *w, const char *file, kin_image *out, kin_error *err);

#endif
