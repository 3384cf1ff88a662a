#ifndef KIN_REVIEW_H
#define KIN_REVIEW_H
/* The ledger's other half: verdicts and jobs. Both are append-only. */

#include "kin/ledger.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kin_grade { KIN_GRADE_NONE = 0, KIN_GRADE_OK = 1, KIN_GRADE_MINOR = 2, KIN_GRADE_CRITICAL = 3 } kin_grade;

/* "ok", "minor", "critical" ("" for none); and back, in any case of letters (NONE where it is no grade). */
const char *kin_grade_name(kin_grade grade);
kin_grade kin_grade_from(const char *name);

typedef struct kin_verdict {
    int64_t id; /* given by the ledger */
    int64_t item;
    int64_t job; /* 0: none */
    kin_grade grade;
    const char *should_be; /* right label; NULL or "" (so with all texts here): not said */
    const char *kind;      /* kind of error, free text ("missing", "box"); NULL */
    const char *note;      /* NULL */
    const char *reviewer;  /* NULL */
    int64_t count; /* errors on the item, at least 1 (missing shapes on an image can be several); 0 counts as 1 */
    int64_t time;  /* ms since 1970 UTC; 0: now, and then a verdict that says the same as the latest is not added */
} kin_verdict;

/* Appends a verdict. *added (may be NULL) is false, and nothing changes, where it is there already: the same words at
 * the same time by the same reviewer, or, without a time, the same words as the item's latest, whoever said them.
 * KIN_E_NOTFOUND where there is no such item or job. */
int kin_ledger_verdict_add(kin_ledger *ledger, const kin_verdict *verdict, bool *added, kin_error *err);

/* The latest verdict of an item, by time, then by order of arrival: the one that counts. grade NONE: no verdict. */
int kin_ledger_verdict(kin_ledger *ledger, int64_t item, kin_verdict *out, kin_error *err);

/* Takes the verdicts on an item back: from now on it has none. It is a row of grade NONE with the item, job, reviewer
 * and note of `verdict`; nothing is deleted. *withdrawn (may be NULL) is false, and nothing changes, where the item has
 * no verdict. */
int kin_ledger_verdict_withdraw(kin_ledger *ledger, const kin_verdict *verdict, bool *withdrawn, kin_error *err);

/* The one that counted before the verdict with the number `before` was added. grade NONE: there was none. */
int kin_ledger_verdict_before(kin_ledger *ledger, int64_t item, int64_t before, kin_verdict *out, kin_error *err);

/* The verdicts with the numbers first .. last, by number: of all items, or where item is not 0 of that one. Here alone
 * withdrawals (grade NONE) and what they took back are seen. */
int kin_ledger_each_verdict_between(kin_ledger *ledger, int64_t first, int64_t last, int64_t item,
                                    int (*take)(void *user, const kin_verdict *verdict, kin_error *err), void *user,
                                    kin_error *err);

/* Each verdict by ascending item and time, those that were withdrawn left out; `latest`: only the one of each item that
 * counts. Gone items' too. */
int kin_ledger_each_verdict(kin_ledger *ledger, bool latest,
                            int (*take)(void *user, const kin_verdict *verdict, kin_error *err), void *user,
                            kin_error *err);

/* The latest verdict of each item that has one with a number above `after`: what came since. Of grade NONE where that
 * one was withdrawn. */
int kin_ledger_each_verdict_since(kin_ledger *ledger, int64_t after,
                                  int (*take)(void *user, const kin_verdict *verdict, kin_error *err), void *user,
                                  kin_error *err);

/* The highest number of a verdict, and of a job; 0: there is none. */
int kin_ledger_newest_verdict(kin_ledger *ledger, int64_t *id, kin_error *err);
int kin_ledger_newest_job(kin_ledger *ledger, int64_t *id, kin_error *err);

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

int kin_ledger_job(kin_ledger *ledger, int64_t id, kin_job *out, kin_error *err);
int kin_ledger_each_job(kin_ledger *ledger, int (*take)(void *user, const kin_job *job, kin_error *err), void *user,
                        kin_error *err);

/* By position; none where there is no such job. */
int kin_ledger_each_job_item(kin_ledger *ledger, int64_t job,
                             int (*take)(void *user, const kin_job_item *item, kin_error *err), void *user,
                             kin_error *err);

/* The same from behind the position `after`, `most` of them. */
int kin_ledger_each_job_item_after(kin_ledger *ledger, int64_t job, int64_t after, size_t most,
                                   int (*take)(void *user, const kin_job_item *item, kin_error *err), void *user,
                                   kin_error *err);

/* The place of an item in a job: item 0 where it has none. */
int kin_ledger_job_item(kin_ledger *ledger, int64_t job, int64_t item, kin_job_item *out, kin_error *err);

int kin_ledger_each_stratum(kin_ledger *ledger, int64_t job,
                            int (*take)(void *user, int index, const kin_stratum *stratum, kin_error *err), void *user,
                            kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
