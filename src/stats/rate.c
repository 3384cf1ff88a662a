/* Rates under any design: ratio (Hajek) estimate, Taylor-linearised variance between units (Sarndal, Swensson &
 * Wretman 1992, 5.7 and 8.6; rows outside the slice count as zeros, units without a row of it too), and Clopper-Pearson
 * at the effective sample size n* = n / deff (Korn & Graubard 1998), with their factor (t_{n-1} / t_df)^2.
 *
 * deff is the variance over what the same formula gives for equal weights and units of one row, so that it is exactly
 * 1 there. With few mistakes the linearised variance is too good to be true as often as not: no mistake at all has
 * variance 0, and a stratum without one adds nothing. So each stratum's part v_h is steadied before it enters deff:
 *   - g_h = effective number of units with a mistake (or without, the smaller), (sum K_c)^2 / sum(K_c^2) of their
 *     weighted mistakes K_c. v_h counts g_h times, and PRIOR_UNITS times the variance that the stratum would have at
 *     the overall rate with units wholly wrong or wholly right, r (1 - r) sum(W_c^2) (Kish 1965, intra-class
 *     correlation 1). Where g_h = 0 that is all there is; with no mistake anywhere n* is Kish's number of units.
 *   - for 0/1 verdicts it is no less than independent items of the stratum's own rate and weights give: a design
 *     effect below 1 within a stratum is luck.
 * The finite population correction is applied stratum by stratum to the steadied parts. Where the rate is 0 or 1, with
 * a part f of the population drawn, n* is multiplied by -ln(1 - f) / f, which is what the hypergeometric bound at k = 0
 * comes to.
 *
 * Helped by predictions f (Sarndal et al. 6.3; "prediction-powered inference", Angelopoulos et al. 2023, PPI++): rate
 * = L mean_U(f) + mean_R(y - L f) with the variance of the residuals y - L f; L minimises it, clipped to 0..1. The
 * ratio of that variance to the plain one is steadied likewise, g against PRIOR_UNITS of ratio 1. */

#include "stats/design.h"
#include "stats/special.h"

#include <math.h>

#define PRIOR_UNITS 1.0
#define NO_SPREAD 1e-20 /* a variance below it is rounding */

typedef struct question {
    const kin_design *design;
    const uint8_t *mask;
    bool outside;
    double population, conf;
} question;

/* Weighted mistakes and oks of units, and how many units they amount to. */
typedef struct events {
    double wrong, wrong2, right, right2; /* sums and sums of squares over units */
} events;

/* What the rows of the slice add up to. */
typedef struct sums {
    size_t n, mistakes;
    size_t units, strata;
    bool binary;
    double y, w, wy, wf, unit_w2, w_min, w_max;
    events events;
} sums;

/* Variances and covariance of the linearised means of y and f. */
typedef struct moments {
    double yy, yf, ff;
} moments;

typedef struct spread {
    moments plain, corrected;        /* without and with the finite population correction */
    double steady, steady_corrected; /* of y, steadied as told above */
    double kept;                     /* the correction under equal spread in all strata: 1 no effect, 0 all drawn */
    double units;                    /* reviewed in the strata that have rows of the slice */
} spread;

static bool in_slice(const question *q, size_t i)
{
    return !q->mask || (q->mask[q->design->row[i]] != 0) != q->outside;
}

static void add_event(events *e, double wrong, double right)
{
    e->wrong += wrong;
    e->wrong2 += wrong * wrong;
    e->right += right;
    e->right2 += right * right;
}

static double effective_events(const events *e)
{
    double wrong = e->wrong2 > 0 ? e->wrong * e->wrong / e->wrong2 : 0;
    double right = e->right2 > 0 ? e->right * e->right / e->right2 : 0;
    return fmin(wrong, right);
}

/* Adds the rows of one unit; true where it has any in the slice. */
static bool add_unit(const question *q, size_t unit, sums *s)
{
    const kin_design *d = q->design;
    size_t rows = 0;
    double w = 0, wy = 0, wrong_rows = 0;
    for (size_t i = d->unit_start[unit]; i < d->unit_start[unit + 1]; i++) {
        if (!in_slice(q, i))
            continue;
        rows++;
        w += d->weight[i];
        wy += d->weight[i] * d->y[i];
        wrong_rows += d->y[i];
        s->wf += d->weight[i] * d->f[i];
        s->w_min = fmin(s->w_min, d->weight[i]);
        s->w_max = fmax(s->w_max, d->weight[i]);
        s->mistakes += d->y[i] > 0;
        s->binary = s->binary && (d->y[i] == 0 || d->y[i] == 1);
    }
    s->n += rows;
    s->units += rows > 0;
    s->y += wrong_rows;
    s->w += w;
    s->wy += wy;
    s->unit_w2 += w * w;
    add_event(&s->events, wy, w - wy);
    return rows > 0;
}

static sums sum_up(const question *q)
{
    const kin_design *d = q->design;
    sums s = { .binary = true, .w_min = INFINITY };
    for (size_t h = 0; h < d->strata; h++) {
        bool touched = false;
        for (size_t u = d->stratum_start[h]; u < d->stratum_start[h + 1]; u++)
            touched = add_unit(q, u, &s) || touched;
        s.strata += touched;
    }
    return s;
}

static void add_moments(moments *to, const moments *m, double factor)
{
    to->yy += factor * m->yy;
    to->yf += factor * m->yf;
    to->ff += factor * m->ff;
}

/* One stratum's part; weights are parts of the slice's. */
typedef struct stratum_part {
    moments m;
    events events;
    double w, w2, unit_w2;
} stratum_part;

/* The unit's share in the linearised means of y and f. */
static moments add_to_part(const question *q, const sums *s, size_t unit, stratum_part *part)
{
    const kin_design *d = q->design;
    double my = s->wy / s->w, mf = s->wf / s->w, zy = 0, zf = 0, unit_w = 0, unit_wy = 0;
    for (size_t i = d->unit_start[unit]; i < d->unit_start[unit + 1]; i++) {
        if (!in_slice(q, i))
            continue;
        double w = d->weight[i] / s->w;
        unit_w += w;
        unit_wy += w * d->y[i];
        part->w2 += w * w;
        zy += w * (d->y[i] - my);
        zf += w * (d->f[i] - mf);
    }
    part->w += unit_w;
    part->unit_w2 += unit_w * unit_w;
    add_event(&part->events, unit_wy, unit_w - unit_wy);
    add_moments(&part->m, &(moments) { zy * zy, zy * zf, zf * zf }, 1);
    return (moments) { .yy = zy, .ff = zf };
}

static stratum_part part_of(const question *q, const sums *s, size_t h)
{
    const kin_design *d = q->design;
    double sum_y = 0, sum_f = 0, units = d->drawn[h];
    stratum_part part = { 0 };
    for (size_t u = d->stratum_start[h]; u < d->stratum_start[h + 1]; u++) {
        moments z = add_to_part(q, s, u, &part);
        sum_y += z.yy;
        sum_f += z.ff;
    }
    /* a stratum with one unit is set against the mean of all, as its own would leave nothing */
    if (units < 2)
        return part;
    moments between = { 0 };
    add_moments(&part.m, &(moments) { sum_y * sum_y, sum_y * sum_f, sum_f * sum_f }, -1 / units);
    add_moments(&between, &part.m, units / (units - 1));
    part.m = between;
    return part;
}

static double steadied(const sums *s, const stratum_part *part, double units)
{
    double rate = s->wy / s->w, own = part->events.wrong / part->w, g = effective_events(&part->events);
    double small = units > 1 ? units / (units - 1) : 1;
    double whole = rate * (1 - rate) * part->unit_w2 * small;
    double v = (g * part->m.yy + PRIOR_UNITS * whole) / (g + PRIOR_UNITS);
    return s->binary ? fmax(v, own * (1 - own) * part->w2 * small) : v;
}

static spread spread_of(const question *q, const sums *s)
{
    const kin_design *d = q->design;
    spread out = { 0 };
    double even = 0, even_corrected = 0;
    for (size_t h = 0; h < d->strata; h++) {
        double keep = d->population[h] > 0 ? 1 - d->drawn[h] / d->population[h] : 1;
        stratum_part part = part_of(q, s, h);
        if (!(part.w > 0))
            continue;
        double v = steadied(s, &part, d->drawn[h]);
        add_moments(&out.plain, &part.m, 1);
        add_moments(&out.corrected, &part.m, keep);
        out.steady += v;
        out.steady_corrected += keep * v;
        out.units += d->drawn[h];
        even += part.unit_w2;
        even_corrected += keep * part.unit_w2;
    }
    out.kept = even_corrected / even;
    return out;
}

/* n* of the plain rate. */
static double effective_size(const sums *s, const spread *v, double conf)
{
    double n = (double)s->n, df = (double)s->units - (double)s->strata, rate = s->wy / s->w;
    double alone = rate * (1 - rate) / n * v->units / (v->units - 1);
    double size = s->w * s->w / s->unit_w2;
    if (df >= 1 && v->steady > NO_SPREAD && alone > NO_SPREAD)
        size = n * alone / v->steady_corrected;
    else if (v->kept < 1)
        size *= -log(v->kept) / (1 - v->kept);
    if (df >= 1 && df < n - 1) {
        double tail = 0.5 * (1 - conf), t = kin_stats__student(tail, n - 1) / kin_stats__student(tail, df);
        size *= t * t;
    }
    return size;
}

/* The variance as if the slice had been sampled by itself: what equal weights give is s^2 / n of the slice. */
static double alone_factor(const sums *s, const spread *v)
{
    double n = (double)s->units;
    return n > 1 && v->units > 1 ? n / (n - 1) * (v->units - 1) / v->units : 1;
}

static const char *method_name(const question *q, const sums *s, bool helped)
{
    static const char *const names[2][4] = {
        { "Korn-Graubard", "Korn-Graubard, strata", "Korn-Graubard, clusters", "Korn-Graubard, strata and clusters" },
        { "difference estimator", "difference estimator, strata", "difference estimator, clusters",
          "difference estimator, strata and clusters" }
    };
    return names[helped][(s->strata > 1) + 2 * !q->design->single];
}

/* Clopper-Pearson at the effective size, not below the mistakes seen nor above what the oks seen leave. */
static void set_interval(const question *q, const sums *s, kin_estimate *out)
{
    if (isinf(out->effective_n)) {
        out->lo = out->hi = out->rate;
        return;
    }
    kin_interval in = kin_clopper_pearson(out->rate * out->effective_n, out->effective_n, q->conf);
    if (q->population >= (double)s->n) {
        in.lo = fmax(in.lo, s->y / q->population);
        in.hi = fmin(in.hi, 1 - ((double)s->n - s->y) / q->population);
    }
    out->lo = fmin(in.lo, out->rate);
    out->hi = fmax(in.hi, out->rate);
}

/* Items drawn one by one with equal weights from one stratum: the textbook intervals. */
static bool set_simple(const question *q, const sums *s, kin_estimate *out)
{
    if (!q->design->single || s->strata > 1 || !s->binary || s->w_max > s->w_min * (1 + 1e-9))
        return false;
    double n = (double)s->n, N = q->population;
    out->rate = s->y / n;
    if (N >= n && n > 0.05 * N) {
        int64_t lo = 0, hi = 0;
        (void)kin_hypergeometric((int64_t)s->y, (int64_t)s->n, (int64_t)N, q->conf, &lo, &hi, NULL);
        out->lo = (double)lo / N;
        out->hi = (double)hi / N;
        out->method = "hypergeometric";
    } else {
        kin_interval in = kin_clopper_pearson(s->y, n, q->conf);
        out->lo = in.lo;
        out->hi = in.hi;
        out->method = "Clopper-Pearson";
    }
    return true;
}

static kin_estimate not_audited(void)
{
    return (kin_estimate) { .rate = NAN, .lo = 0, .hi = 1, .variance = NAN, .method = "not audited" };
}

static kin_estimate plain_rate(const question *q, const sums *s, const spread *v)
{
    kin_estimate out = { .n = s->n, .mistakes = s->mistakes, .rate = s->wy / s->w };
    out.effective_n = effective_size(s, v, q->conf);
    out.variance = v->corrected.yy * alone_factor(s, v);
    if (!set_simple(q, s, &out)) {
        out.method = method_name(q, s, false);
        set_interval(q, s, &out);
    }
    return out;
}

static kin_estimate helped_rate(const question *q, const sums *s, const spread *v, double mean_prediction)
{
    kin_estimate plain = plain_rate(q, s, v);
    if (s->n < KIN_HELP_ITEMS || s->mistakes < KIN_HELP_MISTAKES || !(v->plain.ff > NO_SPREAD && v->plain.yy > NO_SPREAD))
        return plain;
    double L = fmin(fmax(v->plain.yf / v->plain.ff, 0), 1);
    double rate = L * mean_prediction + (s->wy - L * s->wf) / s->w;
    double residual = v->plain.yy - 2 * L * v->plain.yf + L * L * v->plain.ff;
    if (!(L > 0 && rate > 0 && rate < 1))
        return plain;
    double g = effective_events(&s->events);
    double ratio = (g * fmax(residual, 0) / v->plain.yy + PRIOR_UNITS) / (g + PRIOR_UNITS);
    kin_estimate out = { .n = s->n, .mistakes = s->mistakes, .rate = rate, .lambda = L };
    out.variance = v->corrected.yy - 2 * L * v->corrected.yf + L * L * v->corrected.ff;
    out.variance = fmax(out.variance, 0) * alone_factor(s, v);
    out.effective_n = plain.effective_n / ratio;
    out.method = method_name(q, s, true);
    set_interval(q, s, &out);
    return out;
}

void kin_stats__weights(const kin_design *design, const uint8_t *mask, double *inside, double *outside)
{
    *inside = *outside = 0;
    for (size_t i = 0; i < design->n; i++)
        *(!mask || mask[design->row[i]] ? inside : outside) += design->weight[i];
}

static question ask(const kin_design *design, const uint8_t *mask, bool outside, uint64_t population, double conf)
{
    question q = { design, mask, outside, (double)population, fmin(fmax(conf, 0.5), 1 - 1e-9) };
    /* the whole sample knows its population where units are items */
    if (!mask && population == 0 && design->single)
        for (size_t h = 0; h < design->strata; h++) {
            q.population += design->population[h];
            if (!(design->population[h] > 0)) {
                q.population = 0;
                break;
            }
        }
    return q;
}

kin_estimate kin_stats__rate_outside(const kin_design *design, const uint8_t *mask, uint64_t population, double conf)
{
    question q = ask(design, mask, true, population, conf);
    sums s = sum_up(&q);
    spread v;
    if (s.n == 0)
        return not_audited();
    v = spread_of(&q, &s);
    return plain_rate(&q, &s, &v);
}

kin_estimate kin_rate(const kin_design *design, const uint8_t *mask, uint64_t population, double conf)
{
    return kin_rate_helped(design, mask, population, NAN, conf);
}

kin_estimate kin_rate_helped(const kin_design *design, const uint8_t *mask, uint64_t population, double mean_prediction,
                             double conf)
{
    question q = ask(design, mask, false, population, conf);
    sums s = sum_up(&q);
    spread v;
    if (s.n == 0)
        return not_audited();
    v = spread_of(&q, &s);
    if (!design->has_prediction || !(mean_prediction >= 0 && mean_prediction <= 1))
        return plain_rate(&q, &s, &v);
    return helped_rate(&q, &s, &v, mean_prediction);
}
