#ifndef KIN_JOB_MAKE_H
#define KIN_JOB_MAKE_H

#include "base/buffer.h"
#include "kin/hunt.h"
#include "workspace/rank.h"

#define KIN_JOB_DEFAULT 100 /* items of a job, where nobody says how many, */
#define KIN_JOB_MOST 1000000

/* KIN_E_LIMIT above KIN_JOB_MOST. */
int kin_workspace__job_size(size_t k, kin_error *err);

/* KIN_E_NOTFOUND: all in question is reviewed. */
int kin_workspace__nothing_left(kin_error *err);

/* Adds the conditions of a filter to a title. */
void kin_workspace__job_title_where(kin_buffer *title, const kin_item_filter *filter);

/* Adds a job of the ranked items with what it was asked for (NULL: nothing to add), inside a transaction that the caller
 * began. about: kind, unit, population, title and what version 2 of the ledger knows; expected is set from the ranks. */
int kin_workspace__job_add(kin_workspace *workspace, const kin_job *about, const kin_rank_list *ranks,
                           const kin_job_wish *wish, int64_t *id, kin_error *err);

/* The same in a transaction of its own. */
int kin_workspace__job_write(kin_workspace *workspace, const kin_job *about, const kin_rank_list *ranks,
                             const kin_job_wish *wish, int64_t *id, kin_error *err);

#endif
