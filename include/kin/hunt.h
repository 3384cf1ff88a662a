#ifndef KIN_HUNT_H
#define KIN_HUNT_H
/* Hunting a mistake down: jobs for every known mistake, jobs of suspects, and going on with a job in batches until it is
 * worth no more. A hunt is a job of kin or suspects and the jobs that go on with it: its batches, and controls. */

#include "kin/search.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Making jobs ---- */

/* One job for each pattern (given -> right label; where no verdict says what would be right, given -> anything else)
 * that has a known mistake on a unit, most mistakes first, of its k (0: 100) best without a verdict; no item is in two of
 * them: it goes to the pattern it fits best. by: DEFAULT, MISTAKE or LOOKS. only: label, where, unit (ANY: both). Each
 * job is handed to take once all are made. KIN_E_NOTFOUND where no mistake is known, or nothing is left. */
int kin_workspace_job_mistakes(kin_workspace *workspace, const kin_item_filter *only, kin_ranking by, size_t k,
                               int (*take)(void *user, int64_t job, kin_error *err), void *user, kin_error *err);

/* A job of the k (0: 100) most suspicious items without a verdict. by: KIN_BY_KIN (also for DEFAULT) and after.
 * only.unit ANY: shapes where there are labelled ones, else images. */
int kin_workspace_job_suspects(kin_workspace *workspace, kin_ranking by, const kin_item_filter *only, size_t k,
                               int64_t *job, kin_error *err);

/* ---- Going on ---- */

typedef enum kin_hunt_step {
    KIN_STEP_REVIEW = 1,  /* a job of the hunt has rows without a verdict, and mistakes to expect: finish it */
    KIN_STEP_NEXT = 2,    /* the next batch is worth its while */
    KIN_STEP_CONTROL = 3, /* it is not, and a control of the usual size could show that half is found or more */
    KIN_STEP_STOP = 4     /* it is not; a control told, or would have to be too large to tell */
} kin_hunt_step;

const char *kin_hunt_step_name(kin_hunt_step step); /* "review", "next", "control", "stop" */

/* How far a hunt is. "The mistake" is given -> should_be; should_be NULL: any on an item labelled given; given NULL:
 * any. Counts are over the items that the hunt is about (its label and conditions). */
typedef struct kin_hunt {
    int64_t origin;                     /* the job that began it */
    int64_t open;                       /* its first job to finish (KIN_STEP_REVIEW); 0: none */
    size_t batches;                     /* jobs but controls */
    uint64_t items, reviewed, mistakes; /* of its jobs, controls included; an item in two of them counts once */
    uint64_t known;                     /* the mistake, on items of the hunt or not */
    uint64_t left, fresh;               /* items without a verdict; those of them that none of its jobs has */
    struct {
        int64_t job;
        uint64_t items, reviewed, mistakes;
        double expected; /* mistakes, as estimated when it was made; 0: not estimated */
    } last;              /* batch */
    struct {
        int64_t job; /* the newest control that is reviewed whole; 0: none */
        uint64_t items, mistakes, population;
        uint64_t left; /* at most so many are left, */
        double share;  /* and at least this part found, at 95 % confidence */
    } control;
    int64_t control_size; /* that would show 95 % found if it finds none; -1: not even reviewing all that is left */
    size_t next;          /* items of the next batch, */
    double expected;      /* mistakes among them; NAN: not estimated */
    kin_hunt_step advice;
    kin_ranking by;
    const char *given, *should_be;
    struct kin_hunt_memory *memory;
} kin_hunt;

/* The hunt that `job` belongs to. next: size of the next batch; 0: it is not looked at, which is quicker (expected is
 * NAN then, and the advice made without it). KIN_E_USAGE for a job that is no part of a hunt. */
int kin_workspace_hunt(kin_workspace *workspace, int64_t job, size_t next, kin_hunt *out, kin_error *err);
void kin_hunt_clear(kin_hunt *state);

/* Makes the next batch: the k (0: 20) best of what is left, ranked anew with all verdicts so far. */
int kin_workspace_job_next(kin_workspace *workspace, int64_t job, size_t k, int64_t *made, kin_error *err);

/* Makes a control: k (0: 60) of what is left at random, whether or not a job of the hunt has it. It is no audit: its verdicts enter no rate. */
int kin_workspace_job_control(kin_workspace *workspace, int64_t job, size_t k, uint64_t seed, int64_t *made,
                              kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
