#ifndef KIN_REVIEW_H
#define KIN_REVIEW_H
/* The ledger's other half: verdicts, and jobs (kin/jobs.h). Both are append-only. */

#include "kin/jobs.h"
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
 * and note of `verdict`, at its time (0: now), though not before what it takes back; nothing is deleted. *withdrawn
 * (may be NULL) is false, and nothing changes, where the item has no verdict. */
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

/* ---- The ledger as a whole ---- */

/* Looks through all of it: SQLite's integrity check, references between tables, and what must hold of items, verdicts
 * and draws (positions without gaps, populations, chances of being drawn). take: each breach, as one line. */
int kin_ledger_check(kin_ledger *ledger, int (*take)(void *user, const char *breach, kin_error *err), void *user,
                     kin_error *err);

/* Writes the file anew where a quarter of it is unused; *done: whether it was. Outside of a transaction. */
int kin_ledger_vacuum(kin_ledger *ledger, bool *done, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
