/* Let S be the sum of the draws before draw i, and mu = (N t - S) / (N - i + 1) the mean of what is left were the whole
 * batch exactly at t. A bet multiplies its stake by 1 + lambda (x - mu) with a lambda chosen before the draw: a
 * martingale where the mean is t, a supermartingale below. T is the average of three kinds of bets, as no single one is
 * good everywhere:
 *
 *   ALPHA   stake *= x eta/mu + (1 - x)(1 - eta)/(1 - mu), eta = min(1, max((d e + S)/(d + i - 1),
 *           mu + c/sqrt(d + i - 1))), d = 30, c = (e - t)/2
 *   fixed   stake_j *= 1 + (j/21)/mu (x - mu), j = 1..20, averaged
 *   aGRAPA  stake *= 1 + clip((m - mu)/(v + (m - mu)^2), 0, 0.95/mu) (x - mu), m = (20 e + S)/(20 + i - 1),
 *           v = (0.2 + V)/(20 + i - 1), V += (x - m)^2
 *
 * with e = (1 + t)/2 on the pass side and min(1, 1.5 t) on the fail side. By Ville's inequality T reaches 1/a with
 * chance a at most. mu >= 1: even perfect scores would not lift the batch above t, T = 0. mu < 0: the batch is above t
 * already, T is infinite. At mu = 0 it is at t already: "below t" is refuted, "at most t" is not, until a score above
 * 0 comes. A batch that was seen whole is judged by its mean.
 *
 * Stakes share one binary exponent, so that no product overflows; one that falls 10^150 behind the best may become 0,
 * which only ever lowers T. */

#include "kin/agreement.h"

#include <math.h>

#define LOG_2 0.69314718055994530942
#define FIXED_BETS 20

static double clip(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

static void martingale_init(kin_martingale *m, double population, double threshold, double start, bool strict)
{
    *m = (kin_martingale) { .population = population, .threshold = threshold, .start = start, .strict = strict };
    for (int j = 0; j < KIN_MARTINGALE_BETS; j++)
        m->bets[j] = 1;
}

/* What the batch lacks to its threshold, as a sum of scores; within `slack` of 0 it is rounding. */
static double lacking(const kin_martingale *m)
{
    return m->population * m->threshold - m->sum - m->carry;
}

static double slack(const kin_martingale *m)
{
    return 1e-12 * m->population;
}

/* Neumaier's compensated sum: a million scores must not drift across the threshold. */
static void add_to_sum(kin_martingale *m, double x)
{
    double sum = m->sum + x;
    m->carry += fabs(m->sum) >= fabs(x) ? m->sum - sum + x : x - sum + m->sum;
    m->sum = sum;
}

static void place_bets(kin_martingale *m, double mu, double x)
{
    double *alpha = &m->bets[0], *fixed = &m->bets[1], *agrapa = &m->bets[1 + FIXED_BETS];
    double e = m->start, before = (double)m->drawn, sum = m->sum + m->carry;
    double c = 0.5 * (e - m->threshold);
    double eta = fmin(1, fmax((30 * e + sum) / (30 + before), mu + c / sqrt(30 + before)));
    *alpha *= x * eta / mu + (1 - x) * (1 - eta) / (1 - mu);
    for (int j = 0; j < FIXED_BETS; j++)
        fixed[j] *= 1 + (j + 1) / 21.0 / mu * (x - mu);
    double mean = (20 * e + sum) / (20 + before), variance = (0.2 + m->spread) / (20 + before);
    double lambda = clip((mean - mu) / (variance + (mean - mu) * (mean - mu)), 0, 0.95 / mu);
    *agrapa *= 1 + lambda * (x - mu);
    m->spread += (x - mean) * (x - mean);
}

/* Brings the largest stake back into range and reads T. */
static void settle(kin_martingale *m)
{
    double most = 0, fixed = 0;
    for (int j = 0; j < KIN_MARTINGALE_BETS; j++)
        most = fmax(most, m->bets[j]);
    if (most > 0x1p+500 || (most > 0 && most < 0x1p-500)) {
        int by = most > 1 ? -500 : 500;
        for (int j = 0; j < KIN_MARTINGALE_BETS; j++)
            m->bets[j] = ldexp(m->bets[j], by);
        m->exponent -= by;
    }
    for (int j = 1; j <= FIXED_BETS; j++)
        fixed += m->bets[j];
    double t = (m->bets[0] + fixed / FIXED_BETS + m->bets[1 + FIXED_BETS]) / 3;
    m->log_now = log(t) + LOG_2 * (double)m->exponent;
}

static void martingale_push(kin_martingale *m, double x)
{
    double lack = lacking(m), mu = lack / (m->population - (double)m->drawn);
    if (fabs(lack) <= slack(m) && m->strict) {
        if (x * m->population > slack(m))
            m->log_now = INFINITY;
    } else if (lack <= slack(m)) {
        m->log_now = INFINITY;
    } else if (mu >= 1) {
        m->log_now = -INFINITY;
    } else {
        place_bets(m, mu, x);
        settle(m);
    }
    add_to_sum(m, x);
    m->drawn++;
    m->log_most = fmax(m->log_most, m->log_now);
}

const char *kin_agreement_verdict_name(kin_agreement_verdict verdict)
{
    static const char *const names[] = { "undecided", "pass", "fail" };
    return names[verdict >= KIN_AGREEMENT_UNDECIDED && verdict <= KIN_AGREEMENT_FAIL ? verdict : 0];
}

static double pass_start(double threshold)
{
    return 0.5 * (1 + threshold);
}

static double fail_start(double threshold)
{
    return fmin(1, 1.5 * threshold);
}

int kin_agreement_init(kin_agreement *a, uint64_t population, double threshold, double risk, kin_error *err)
{
    if (population == 0)
        return kin_fail(err, KIN_E_USAGE, "an agreement needs a batch of at least one task");
    if (!(threshold >= 0 && threshold <= 1))
        return kin_fail(err, KIN_E_USAGE, "threshold %g: give the mean score agreed on as 0..1", threshold);
    if (!(risk > 0 && risk < 1))
        return kin_fail(err, KIN_E_USAGE, "risk limit %g: give a chance between 0 and 1, such as 0.05", risk);
    double N = (double)population;
    *a = (kin_agreement) { .risk = risk, .population = population };
    martingale_init(&a->pass, N, threshold, pass_start(threshold), false);
    martingale_init(&a->fail, N, 1 - threshold, fail_start(1 - threshold), true);
    return KIN_OK;
}

static int check_score(double score, kin_error *err)
{
    if (!(score >= 0 && score <= 1))
        return kin_fail(err, KIN_E_FORMAT, "score %g is not within 0..1", score);
    return KIN_OK;
}

static bool whole_batch_meets(const kin_agreement *a)
{
    return lacking(&a->pass) <= slack(&a->pass);
}

static void judge(kin_agreement *a)
{
    double need = -log(a->risk);
    if (a->drawn == a->population) {
        a->verdict = whole_batch_meets(a) ? KIN_AGREEMENT_PASS : KIN_AGREEMENT_FAIL;
    } else if (a->verdict == KIN_AGREEMENT_UNDECIDED) {
        if (a->pass.log_most >= need)
            a->verdict = KIN_AGREEMENT_PASS;
        else if (a->fail.log_most >= need)
            a->verdict = KIN_AGREEMENT_FAIL;
    }
    if (a->verdict != KIN_AGREEMENT_UNDECIDED && a->decided_at == 0)
        a->decided_at = a->drawn;
}

int kin_agreement_push(kin_agreement *a, double score, kin_error *err)
{
    if (a->drawn >= a->population)
        return kin_fail(err, KIN_E_USAGE, "all %llu tasks of the batch have their score already",
                        (unsigned long long)a->population);
    int rc = check_score(score, err);
    if (rc != KIN_OK)
        return rc;
    martingale_push(&a->pass, score);
    martingale_push(&a->fail, 1 - score);
    a->drawn++;
    judge(a);
    return KIN_OK;
}

double kin_agreement_p(const kin_agreement *a, kin_agreement_verdict side)
{
    if (side != KIN_AGREEMENT_PASS && side != KIN_AGREEMENT_FAIL)
        return 1;
    if (a->drawn == a->population)
        return a->verdict == side ? 0 : 1;
    return fmin(1, exp(-(side == KIN_AGREEMENT_PASS ? &a->pass : &a->fail)->log_most));
}

uint64_t kin_agreement_more(const kin_agreement *a, const double *scores, size_t n, kin_agreement_verdict *likely)
{
    kin_agreement trial = *a;
    size_t i = 0;
    while (trial.verdict == KIN_AGREEMENT_UNDECIDED) {
        if (kin_agreement_push(&trial, n > 0 ? scores[i] : 1, NULL) != KIN_OK)
            break;
        i = i + 1 < n ? i + 1 : 0;
    }
    *likely = trial.verdict;
    return trial.drawn - a->drawn;
}

/* Does the test with this threshold, on the scores or on 1 - scores, reject at `tail`? */
static bool rejects(const double *scores, size_t n, double population, bool flipped, double threshold, double tail)
{
    kin_martingale m;
    double need = -log(tail);
    martingale_init(&m, population, threshold, flipped ? fail_start(threshold) : pass_start(threshold), true);
    for (size_t i = 0; i < n; i++) {
        martingale_push(&m, flipped ? 1 - scores[i] : scores[i]);
        if (m.log_most >= need)
            return true;
    }
    return false;
}

/* The least mean that is not rejected, between what was seen and what is possible. */
static double lower_bound(const double *scores, size_t n, double population, bool flipped, double tail)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += flipped ? 1 - scores[i] : scores[i];
    double least = sum / population, most = (sum + population - (double)n) / population;
    for (int i = 0; i < 48 && most > least; i++) {
        double threshold = 0.5 * (least + most);
        if (rejects(scores, n, population, flipped, threshold, tail))
            least = threshold;
        else
            most = threshold;
    }
    return clip(least, 0, 1);
}

int kin_agreement_interval(const double *scores, size_t n, uint64_t population, double conf, kin_interval *out,
                           kin_error *err)
{
    if (n > population)
        return kin_fail(err, KIN_E_USAGE, "%zu scores from a batch of %llu", n, (unsigned long long)population);
    for (size_t i = 0; i < n; i++) {
        int rc = check_score(scores[i], err);
        if (rc != KIN_OK)
            return rc;
    }
    double tail = 0.5 * (1 - clip(conf, 0.5, 1 - 1e-9)), N = (double)population;
    *out = (kin_interval) { 0, 1 };
    if (n == 0)
        return KIN_OK;
    double lo = lower_bound(scores, n, N, false, tail), hi = 1 - lower_bound(scores, n, N, true, tail);
    *out = (kin_interval) { fmin(lo, hi), fmax(lo, hi) };
    return KIN_OK;
}
