#ifndef KIN_JOBS_H
#define KIN_JOBS_H
/* Jobs in the ledger: lists of items to review, and how they were drawn. Append-only. */

#include "kin/ledger.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kin_job_kind {
    KIN_JOB_AUDIT = 1,
    KIN_JOB_KIN = 2,
    KIN_JOB_SUSPECTS = 3,
    KIN_JOB_CONTROL = 4 /* a random sample of what a hunt left: says how much it found, and enters no rate */
} kin_job_kind;

/* "audit", "kin", "suspects", "control". */
const char *kin_job_kind_name(kin_job_kind kind);

typedef struct kin_job {
    int64_t id;
    kin_job_kind kind;
    kin_unit unit;                 /* what was drawn: assets or shapes */
    uint64_t seed;                 /* of the draw; 0 where nothing was random */
    int64_t population;            /* items that could have been drawn */
    const char *stratify;          /* the attribute whose values were the strata; NULL: simple random, or not a draw */
    const char *title;             /* one line for people */
    int64_t created;               /* ms since 1970 UTC; 0 in kin_ledger_job_add: now */
    const char *ranking;           /* what put the items in order ("mistake", "looks", ..); NULL: nothing did */
    const char *label;             /* only items with this label; NULL: any */
    const char *given, *should_be; /* the mistake that was looked for; NULL: any, or not known */
    int64_t origin;                /* the job that began the hunt which this one goes on with; 0: none */
    double expected;               /* mistakes among the items, as estimated then; 0: not estimated */
    size_t items;                  /* set by the ledger: drawn, */
    size_t reviewed;               /* of these with a verdict, */
    size_t mistakes;               /* and with a mistake on them: a drawn image stands for its shapes too */
} kin_job;

/* The rest of what a job was asked for: items to be like and unlike (none twice), conditions on attributes. */
typedef struct kin_job_wish {
    const int64_t *likes, *unlikes;
    size_t likes_count, unlikes_count;
    const kin_attribute *where;
    size_t where_count;
} kin_job_wish;

typedef struct kin_job_item {
    int64_t item;
    int64_t position;   /* 1 is first; the random order of an audit */
    int stratum;        /* index into the job's strata; 0 where there is one or none */
    double probability; /* inclusion probability of the draw, given what earlier audits had drawn; NAN: not random */
    double score;       /* of a ranking; NAN: none */
} kin_job_item;

/* A stratum of an audit: `population` items not drawn by an earlier audit, `drawn` of them drawn by this one. */
typedef struct kin_stratum {
    const char *name;
    int64_t population, drawn;
} kin_stratum;

/* Adds it whole or not at all; what else the transaction did stays. KIN_E_NOTFOUND where an item is not there,
 * KIN_E_USAGE where one is in it twice, or two at one position. */
int kin_ledger_job_add(kin_ledger *ledger, const kin_job *job, const kin_job_item *items, size_t n,
                       const kin_stratum *strata, size_t strata_count, int64_t *id, kin_error *err);

/* Adds the wish of a job that was just added. */
int kin_ledger_job_wish_add(kin_ledger *ledger, int64_t job, const kin_job_wish *wish, kin_error *err);
int kin_ledger_each_job_like(kin_ledger *ledger, int64_t job,
                             int (*take)(void *user, int64_t item, bool unlike, kin_error *err), void *user,
                             kin_error *err);
int kin_ledger_each_job_where(kin_ledger *ledger, int64_t job,
                              int (*take)(void *user, const kin_attribute *where, kin_error *err), void *user,
                              kin_error *err);

/* A job by its number. KIN_E_NOTFOUND. */
int kin_ledger_job(kin_ledger *ledger, int64_t id, kin_job *out, kin_error *err);
/* The same without its counts, which take longer the larger it is: items, reviewed and mistakes are 0. */
int kin_ledger_job_head(kin_ledger *ledger, int64_t id, kin_job *out, kin_error *err);
int kin_ledger_each_job(kin_ledger *ledger, int (*take)(void *user, const kin_job *job, kin_error *err), void *user,
                        kin_error *err);

/* The same of the job that began a hunt and those that go on with it, oldest first. */
int kin_ledger_each_job_of(kin_ledger *ledger, int64_t origin,
                           int (*take)(void *user, const kin_job *job, kin_error *err), void *user, kin_error *err);

/* By position; none where there is no such job. */
int kin_ledger_each_job_item(kin_ledger *ledger, int64_t job,
                             int (*take)(void *user, const kin_job_item *item, kin_error *err), void *user,
                             kin_error *err);

/* The same from behind the position `after`, `most` of them. */
int kin_ledger_each_job_item_after(kin_ledger *ledger, int64_t job, int64_t after, size_t most,
                                   int (*take)(void *user, const kin_job_item *item, kin_error *err), void *user,
                                   kin_error *err);

/* Each item that an audit of this unit drew, once, ascending. */
int kin_ledger_each_drawn(kin_ledger *ledger, kin_unit unit, int (*take)(void *user, int64_t item, kin_error *err),
                          void *user, kin_error *err);

/* The place of an item in a job: item 0 where it has none. */
int kin_ledger_job_item(kin_ledger *ledger, int64_t job, int64_t item, kin_job_item *out, kin_error *err);

/* The strata of an audit, by their index; none where it was not stratified. */
int kin_ledger_each_stratum(kin_ledger *ledger, int64_t job,
                            int (*take)(void *user, int index, const kin_stratum *stratum, kin_error *err), void *user,
                            kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
