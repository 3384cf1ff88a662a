#ifndef KIN_ADVICE_H
#define KIN_ADVICE_H
/* What to do next, told from a report alone: for the text of `kin report`, its page, and whoever else shows one. */

#include "kin/report.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kin_advice_kind {
    KIN_ADVICE_INDEX,  /* there is nothing yet */
    KIN_ADVICE_REVIEW, /* a job waits for verdicts */
    KIN_ADVICE_AUDIT,  /* no random audit that a score could rest on */
    KIN_ADVICE_MORE,   /* the agreement is undecided */
    KIN_ADVICE_NOISE,  /* a slice is noisier than the rest */
    KIN_ADVICE_THIN,   /* slices are too thin to tell */
    KIN_ADVICE_KIN,    /* the kin of known mistakes were never looked for */
    KIN_ADVICE_MEND,   /* the agreement is missed */
    KIN_ADVICE_REST    /* nothing has to be done */
} kin_advice_kind;

/* "index", "review", and so on. */
const char *kin_advice_kind_name(kin_advice_kind kind);

#define KIN_ADVICE_COMMANDS 2

typedef struct kin_advice {
    kin_advice_kind kind;
    const char *text;                          /* why, and what it brings */
    const char *commands[KIN_ADVICE_COMMANDS]; /* to be typed one after the other, quoted for a POSIX shell; NULL: none.
                                                  Strings of the data set are in it byte by byte */
} kin_advice;

typedef struct kin_advices {
    kin_advice *list; /* the most pressing first; at least one */
    size_t count;
    struct kin_advices_memory *memory;
} kin_advices;

/* `report` is a full one (options.full). Pure: nothing but the report is looked at. *out is cleared by
 * kin_advices_clear, and does not need the report any more. */
int kin_report_advice(const kin_report *report, kin_advices *out, kin_error *err);
void kin_advices_clear(kin_advices *advices);

#ifdef __cplusplus
}
#endif
#endif
