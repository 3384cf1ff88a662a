#ifndef KIN_JOB_MAKE_H
#define KIN_JOB_MAKE_H

#include "kin/hunt.h"
#include "workspace/rank.h"

/* Adds a job of the ranked items with what it was asked for (NULL: nothing to add), inside a transaction that the caller
 * began. about: kind, unit, population, title and what version 2 of the ledger knows; expected is set from the ranks. */
int kin_workspace__job_add(kin_workspace *workspace, const kin_job *about, const kin_rank_list *ranks,
                           const kin_job_wish *wish, int64_t *id, kin_error *err);

/* The same in a transaction of its own. */
int kin_workspace__job_write(kin_workspace *workspace, const kin_job *about, const kin_rank_list *ranks,
                             const kin_job_wish *wish, int64_t *id, kin_error *err);

#endif
