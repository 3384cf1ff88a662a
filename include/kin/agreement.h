#ifndef KIN_AGREEMENT_H
#define KIN_AGREEMENT_H
/* The agreement (SLA): does a batch of N tasks have a mean score of at least t? A risk-limiting audit: scores come in
 * the random order in which tasks were drawn without replacement, and the verdict holds however often one looks at it
 * and whenever one stops. The chance to pass a batch below t is at most `risk`, and so is that to fail one at or above
 * t. Waudby-Smith & Ramdas (2020; 2024, JRSS B 86(1)), ALPHA (Stark 2023, Ann. Appl. Stat. 17(1)). Pure functions. */

#include "kin/stats.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KIN_MARTINGALE_BETS 22 /* ALPHA, 20 fixed, aGRAPA */

/* One test of "the mean is below t" (strict: at most t): a martingale T of the draws, large where that is wrong. */
typedef struct kin_martingale {
    double population, threshold;
    bool strict;
    double start;                     /* the mean that the first bets reckon with */
    uint64_t drawn;                   /* so far */
    double sum, carry;                /* of what was drawn, in two parts */
    double spread;                    /* squared distances from the mean that was reckoned with */
    double bets[KIN_MARTINGALE_BETS]; /* times 2^exponent */
    int64_t exponent;
    double log_now, log_most; /* log T: now, and the largest so far */
} kin_martingale;

typedef enum kin_agreement_verdict {
    KIN_AGREEMENT_UNDECIDED = 0,
    KIN_AGREEMENT_PASS = 1,
    KIN_AGREEMENT_FAIL = 2
} kin_agreement_verdict;

/* "undecided", "pass", "fail". */
const char *kin_agreement_verdict_name(kin_agreement_verdict verdict);

/* No memory behind it: copy it to try out what further scores would do. */
typedef struct kin_agreement {
    kin_martingale pass, fail; /* of the scores against t, of 1 - scores against 1 - t */
    double risk;
    uint64_t population, drawn;
    kin_agreement_verdict verdict; /* the first that was reached; of the whole batch seen: the truth */
    uint64_t decided_at;           /* draws it took; 0: undecided */
} kin_agreement;

/* KIN_E_USAGE unless population > 0, 0 <= threshold <= 1 and 0 < risk < 1 (0.05 is usual). */
int kin_agreement_init(kin_agreement *agreement, uint64_t population, double threshold, double risk, kin_error *err);

/* The next task's score. KIN_E_FORMAT where it is not within 0..1, KIN_E_USAGE past the population. */
int kin_agreement_push(kin_agreement *agreement, double score, kin_error *err);

/* min(1, 1 / max T) of one side: an anytime-valid p-value of "below t" (PASS) or "at least t" (FAIL). */
double kin_agreement_p(const kin_agreement *agreement, kin_agreement_verdict side);

/* About how many more tasks it takes if scores go on like the n given ones, in their order over and over (n = 0: all
 * perfect), and what the verdict would be. 0 where it is decided. At most population - drawn steps. */
uint64_t kin_agreement_more(const kin_agreement *agreement, const double *scores, size_t n,
                            kin_agreement_verdict *likely);

/* The confidence sequence of the mean: the thresholds that scores[n], in order of drawing, do not reject, each side at
 * (1 - conf)/2. Unlike the intervals of kin/stats.h it holds at any time, so also if one stops when it looks good. With
 * conf = 1 - 2 risk it agrees with the verdict. About 100 * 22 * n steps. Errors as above. */
int kin_agreement_interval(const double *scores, size_t n, uint64_t population, double conf, kin_interval *out,
                           kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
