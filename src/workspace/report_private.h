#ifndef KIN_REPORT_PRIVATE_H
#define KIN_REPORT_PRIVATE_H
/* What audits and reports share: the frame (the items there are, with verdicts and attribute values), the audits drawn
 * from it so far, and the sample that they make. All indices into kin_frame.items are uint32_t. */

#include "base/buffer.h"
#include "base/table.h"
#include "kin/report.h"
#include "workspace/workspace_private.h"

#define KIN_FRAME_NONE UINT32_MAX
#define KIN_STRATUM_NONE "(none)" /* the stratum of items without a value */

/* An item of the frame. An asset counts as reviewed once it and all its live shapes are. Verdicts are dated by their
 * ids, which grow in order of arrival whatever time a file says. */
typedef struct kin_frame_item {
    int64_t id; /* first, for base/ids.h */
    int64_t asset_id;
    int64_t reviewed; /* the verdict that made it reviewed; 0: it is not */
    int64_t audited;  /* its first verdict that was asked for by no job of hand-picked items; 0: none */
    uint32_t asset;   /* index of its asset, its own where it is one */
    uint32_t label;   /* 1 + index into kin_frame.label.values; 0: none */
    uint32_t errors;  /* of its latest verdict; 0 where it is no mistake */
    uint8_t grade;    /* kin_grade of its latest verdict */
} kin_frame_item;

/* One attribute key with its value on each item: own, or that of the item's asset ("label": own only). */
typedef struct kin_frame_key {
    const char *name;
    const char **values; /* [count] in order of appearance */
    size_t count, capacity;
    uint32_t *of;     /* [frame.n] 1 + index into values; 0: none. NULL where `dropped` */
    bool on_shapes;   /* a shape carries the key itself */
    bool dropped;     /* it has more values than asked for: they were not kept */
    kin_table places; /* value -> index */
} kin_frame_key;

/* Live items of readable assets, by ascending id. */
typedef struct kin_frame {
    kin_frame_item *items;
    size_t n, capacity, assets, shapes;
    kin_frame_key label;
} kin_frame;

typedef struct kin_frame_keys {
    kin_frame_key *list; /* attributes, "label" not among them, by name */
    size_t count, capacity;
} kin_frame_keys;

/* Strings go to the arena, for as long as it lives. Zero-initialised outputs; cleared by the caller also on failure. */
int kin_workspace__frame_load(kin_ledger *ledger, kin_arena *arena, kin_frame *frame, kin_error *err);
void kin_workspace__frame_clear(kin_frame *frame);

/* Index of an item; KIN_FRAME_NONE: not there. */
uint32_t kin_workspace__frame_find(const kin_frame *frame, int64_t id);

bool kin_workspace__frame_is_asset(const kin_frame *frame, uint32_t item);
bool kin_workspace__frame_is(const kin_frame *frame, uint32_t item, kin_unit unit);
bool kin_workspace__frame_is_mistake(const kin_frame *frame, uint32_t item);

/* Reads the verdicts. handpicked[n], ascending: the jobs whose items were not drawn at random. */
int kin_workspace__frame_verdicts(kin_ledger *ledger, kin_frame *frame, const int64_t *handpicked, size_t n,
                                  kin_error *err);

/* The attributes of the frame; `only` NULL: all. Keys with more than `most` values are dropped. */
int kin_workspace__frame_keys(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame, const char *only,
                              size_t most, kin_frame_keys *keys, kin_error *err);
void kin_workspace__frame_keys_clear(kin_frame_keys *keys);

/* KIN_E_USAGE: there is no such key, but these. */
int kin_workspace__frame_no_key(kin_ledger *ledger, const kin_frame *frame, const char *name, kin_error *err);

/* ---- Audits so far ---- */

/* `counted`: see audit_draws.c. */
typedef struct kin_audit_row {
    uint32_t item; /* KIN_FRAME_NONE: gone or unreadable since */
    uint32_t stratum;
    bool counted;
} kin_audit_row;

typedef struct kin_audit_stratum {
    const char *name;          /* NULL: the one of a simple draw */
    int64_t population, drawn; /* as recorded */
    int64_t reached;           /* draws up to the last that counts */
} kin_audit_stratum;

typedef struct kin_audit {
    int64_t id; /* first, for base/ids.h */
    kin_unit unit;
    uint64_t seed;
    const char *stratify;
    int64_t population, drawn;
    kin_audit_row *rows; /* in random order */
    size_t count, capacity;
    kin_audit_stratum *strata; /* at least one */
    size_t strata_count, strata_capacity;
    size_t counted; /* rows */
} kin_audit;

typedef struct kin_audits {
    kin_audit *list; /* in order of drawing */
    size_t count, capacity;
    int64_t *handpicked; /* ids of the other jobs, ascending */
    size_t handpicked_count, handpicked_capacity;
} kin_audits;

int kin_workspace__audits_load(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame, kin_audits *audits,
                               kin_error *err);
void kin_workspace__audits_clear(kin_audits *audits);

/* Decides which rows count, once the frame has its verdicts. */
int kin_workspace__audits_settle(kin_audits *audits, const kin_frame *frame, kin_error *err);

/* ---- The sample ---- */

typedef struct kin_audit_sample {
    size_t n;
    uint32_t *item; /* [n] in order of the frame */
    double *y, *weight;
    int64_t *unit;
    uint32_t *stratum;
    kin_sample_stratum *strata;
    size_t strata_count;
    bool weighted; /* weight[] counts: several designs */
    kin_design *design;
    double *prediction; /* [frame.n] mistake probability, for rates; NULL: none */
    kin_design *helped; /* the design with predictions; NULL: none */
    uint8_t *reach;     /* [frame.n] 1: the item could have come into the sample */
    uint64_t waiting, open;
} kin_audit_sample;

/* The reviewed items of `unit` from all audits as one sample; audit_sample.c tells how. */
int kin_workspace__sample_new(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame, const kin_audits *audits,
                              kin_unit unit, kin_audit_sample *sample, kin_error *err);
void kin_workspace__sample_clear(kin_audit_sample *sample);

/* Gives the sample predictions of all items of its unit, probability[frame.n], NAN where there is none. */
int kin_workspace__sample_predict(kin_audit_sample *sample, const kin_frame *frame, const double *probability,
                                  kin_error *err);

/* ---- Predictions ---- */

/* Where predictions come from. `predict` writes probability[frame.n], NAN where there is none; what it says of an item
 * must not depend on verdicts of the item itself, nor on verdicts that were sought because of them. A failure leaves
 * rates plain and is told in the report. */
typedef struct kin_predictor {
    int (*predict)(void *user, const kin_frame *frame, const kin_audit_sample *sample, kin_unit unit,
                   double *probability, kin_error *err);
    void *user;
} kin_predictor;

/* A report with these predictions; predictor NULL: none. */
int kin_workspace__slices_by(kin_workspace *workspace, const kin_slices_options *options,
                             const kin_predictor *predictor, kin_report *out, kin_error *err);

/* Predictions by kinship (report_predict.c). Opened before the ledger is read, as it reads its own moment. */
typedef struct kin_kinship_predictor {
    kin_workspace *workspace;
    const struct kin_corpus *corpus; /* NULL: there is none */
    kin_error why;                   /* there are none */
} kin_kinship_predictor;

void kin_workspace__predictor_open(kin_workspace *workspace, kin_kinship_predictor *out);
int kin_workspace__predict(void *user, const kin_frame *frame, const kin_audit_sample *sample, kin_unit unit,
                           double *probability, kin_error *err);

/* ---- Parts of the report ---- */

/* What was asked for, and the unit, are set before. */

/* Confidence of the score's interval. */
double kin_workspace__score_conf(const kin_report *report);

/* The course of scores[n]; score and agreement are set. */
int kin_workspace__report_course(kin_arena *arena, const double *scores, size_t n, kin_report *report, kin_error *err);

/* All jobs; audits are settled. */
int kin_workspace__report_jobs(kin_ledger *ledger, kin_arena *arena, const kin_audits *audits, kin_report *report,
                               kin_error *err);

/* Known mistakes by given and right label. */
int kin_workspace__report_confusions(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame, kin_report *report,
                                     kin_error *err);

/* Score and agreement. */
int kin_workspace__report_score(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame, const kin_audits *audits,
                                const kin_slices_options *options, kin_report *report, kin_error *err);

/* Population, rate of all and the slices. Slices are the arena's. */
int kin_workspace__report_slices(kin_ledger *ledger, kin_arena *arena, const kin_frame *frame,
                                 const kin_audit_sample *sample, const kin_slices_options *options, kin_report *report,
                                 kin_error *err);

#endif
