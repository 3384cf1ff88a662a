#ifndef KIN_REPORT_H
#define KIN_REPORT_H
/* Use cases of a workspace that end in numbers: draw an audit; score, agreement and slices from what was reviewed.
 * Rates rest on random audits only; verdicts from kin jobs count as known mistakes, never in a rate. */

#include "kin/agreement.h"
#include "kin/slices.h"
#include "kin/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- kin audit ---- */

typedef struct kin_audit_options {
    size_t count;         /* items to draw */
    kin_unit unit;        /* ANY: assets; shapes where stratified by what only shapes have */
    const char *stratify; /* "label" or an attribute: draw in proportion, but at least `floor` of each value; NULL */
    size_t floor;         /* 0: count / (2 * number of values), at least 10, as far as `count` goes */
    uint64_t seed;        /* 0: taken from the clock, and recorded */
    const char *label;    /* only this label; NULL: all. Not together with another key to stratify by */
} kin_audit_options;

/* Draws without replacement among readable items that no earlier audit of this unit drew, in a random order, and makes
 * the job with each item's inclusion probability. KIN_E_USAGE where nothing is left to draw, where the floors take more
 * than `count`, or where no item has the key; fewer than asked for is fine (kin_job.items tells). Items reviewed
 * already keep their place and their verdict. */
int kin_workspace_audit(kin_workspace *workspace, const kin_audit_options *options, int64_t *job, kin_error *err);

/* ---- kin slices ---- */

typedef struct kin_slices_options {
    const char *const *by; /* keys: "label" or attributes; none: label and every attribute with 2 .. 50 values */
    size_t by_count;
    bool pairs;  /* also every pair of values of two different keys with at least 10 audited items, unless it is all
                    of one of the two */
    double conf; /* of intervals; 0: 0.95 */
    double sla;  /* threshold of the agreement as a fraction, such as 0.95; 0: none */
    double risk; /* of the agreement; 0: 0.05 */
    kin_score_rule rule;
    kin_score_weights weights; /* {0, 0}: the defaults */
    bool plain;                /* no predictions: rates by the audited items alone */
    bool full;                 /* also what only a report with a history shows: see kin_report */
} kin_slices_options;

typedef struct kin_slice {
    const char *key, *value;   /* the report's strings */
    const char *key2, *value2; /* a pair's other half; NULL */
    uint64_t population;       /* N: items in the slice */
    uint64_t known;            /* items whose latest verdict is a mistake, however found */
    uint64_t known_ok;         /* items whose latest verdict is ok, however found */
    kin_slice_figures figures; /* figures.slice: its rate, .n: audited, .mistakes: found by audit */
    kin_estimate plain;        /* the same rate without predictions; what p, q and `more` rest on */
    kin_remaining remaining;
    int64_t more;        /* audited items more that would tell whether it is twice as noisy as all; -1: none would */
    const char *example; /* full: a known mistake in it, as people name items; NULL */
} kin_slice;

/* A job as it stands. */
typedef struct kin_report_job {
    kin_job job;      /* its strings are the report's */
    uint64_t counted; /* of an audit: items that rates rest on, see src/workspace/audit_draws.c */
} kin_report_job;

/* Known mistakes with one given and one right label. */
#define KIN_CONFUSION_EXAMPLES 6
typedef struct kin_confusion {
    const char *given, *right; /* given NULL: no label */
    uint64_t count;
    const char *examples[KIN_CONFUSION_EXAMPLES]; /* of them, as people name items; NULL: no more */
} kin_confusion;

/* What was known after so many audited assets, in their random order. */
typedef struct kin_score_point {
    uint64_t tasks;
    double score;
    kin_interval interval; /* confidence sequence, as kin_report.score_interval */
    double p_pass, p_fail; /* kin_agreement_p; NAN without agreement */
} kin_score_point;

/* What the numbers are about: shapes where the data set has any, else assets. A rate, of all or of a slice, is "not
 * audited" also where audits passed over more than a twentieth of the items: labels that an audit of one label left
 * out, strata that reviewing has not come to. */
typedef struct kin_report {
    kin_unit unit;
    uint64_t population, known, known_ok;
    kin_estimate rate;    /* of all items; of lambda > 0: helped by predictions, see src/workspace/report_predict.c */
    kin_estimate plain;   /* the same without */
    const char *unhelped; /* why predictions could not be had where they were asked for; NULL */
    kin_remaining remaining;
    uint64_t waiting; /* audited items behind the first gap of an audit's random order: reviewed, not counted yet */
    uint64_t open;    /* drawn by audits and not reviewed yet */
    /* Quality score over audited assets, complete ones in the random order; NAN where there are none. */
    kin_score_rule rule;
    double score;
    uint64_t tasks, tasks_population;
    bool has_agreement; /* options.sla was given */
    kin_agreement agreement;
    uint64_t agreement_more;                /* about how many more tasks at the present mean; 0: decided */
    kin_agreement_verdict agreement_likely; /* and what it would be */
    kin_interval score_interval;            /* confidence sequence at 1 - 2 risk, or 0.9 without agreement */
    kin_slice *slices; /* noisiest first: by lower bound, then by rate; not audited ones at the end */
    size_t slices_count;
    size_t tested; /* slices that q values are corrected for */
    /* As asked for, defaults filled in; sla 0: none. */
    double conf, sla, risk;
    kin_score_weights weights;
    /* With options.full: all jobs by number, the course of the score (at most 60 points, the last is the present; none
     * where nothing was audited), and a known mistake of the data set (NULL: none is known). */
    kin_report_job *jobs;
    size_t jobs_count;
    kin_score_point *course;
    size_t course_count;
    const char *example;
    kin_confusion *confusions; /* the most frequent first */
    size_t confusions_count;
    struct kin_report_memory *memory;
} kin_report;

/* *out is cleared by kin_report_clear. */
int kin_workspace_slices(kin_workspace *workspace, const kin_slices_options *options, kin_report *out, kin_error *err);
void kin_report_clear(kin_report *report);

/* What the audit says of a slice. THIN: it may be twice as noisy as all, and more auditing would tell. */
typedef enum kin_standing {
    KIN_STANDING_UNAUDITED = 0,
    KIN_STANDING_THIN = 1,
    KIN_STANDING_NOISY = 2, /* noisier than the rest: q <= 0.05 */
    KIN_STANDING_TOLD = 3   /* no noisier, as far as this audit tells */
} kin_standing;

kin_standing kin_slice_standing(const kin_report *report, const kin_slice *slice); /* slice: one of the report's */

/* ---- kin report ---- */

/* Writes a full report (options.full) as a page that stands alone: no script needed, no request, light and dark. The
 * next steps on it are those of kin/advice.h. Replaces `path`. */
int kin_workspace_report_page(kin_workspace *workspace, const kin_report *report, const char *path, kin_error *err);

/* The same page in memory: html[size] is malloc'ed, the caller's. */
int kin_workspace_report_html(kin_workspace *workspace, const kin_report *report, char **html, size_t *size,
                              kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
