/* Plots over the tasks are drawn in a fixed frame and scaled as a whole; an interval of a slice is drawn in per cent of
 * its place, so that lines and dots keep their size however wide the table is. Rates of slices go by their square root
 * (the variance-stabilising transformation of a proportion, but for a constant): one slice that is half wrong would
 * else squeeze all others, at a few per cent, into a corner. */

#include "workspace/report_page.h"

#include "base/figures.h"

#include <math.h>

enum { score_width = 640, p_width = 470, height = 300, left = 62, right = 30, top = 12, bottom = 46 };

enum { plotted_most = 40, tick_room = 9 /* per cent of the axis */ };

#define P_LEAST 1e-4 /* smaller ones lie at the foot of the plot */

/* ---- Axes ---- */

/* A step of 1, 2 or 5 times a power of ten that divides `range` into at most `most` parts. */
static double step_of(double range, int most)
{
    double power = pow(10, floor(log10(range / most))), rest = range / most / power;
    return power * (rest <= 1 ? 1 : rest <= 2 ? 2 : rest <= 5 ? 5 : 10);
}

typedef struct frame {
    int width;
    double x_most, y_least, y_most;
} frame;

static double at_x(const frame *f, double x)
{
    return left + (f->width - left - right) * x / f->x_most;
}

static double at_y(const frame *f, double y)
{
    double inside = fmin(fmax(y, f->y_least), f->y_most);
    return top + (height - top - bottom) * (f->y_most - inside) / (f->y_most - f->y_least);
}

static void begin_plot(kin_buffer *out, const frame *f, const char *id, const char *title)
{
    kin_buffer_printf(out,
                      "<svg viewBox=\"0 0 %d %d\" style=\"max-width:%dpx\" role=\"img\" aria-labelledby=\"%s\">"
                      "<title id=\"%s\">",
                      f->width, height, f->width * 6 / 5, id, id);
    kin_html__text(out, title);
    kin_buffer_string(out, "</title>\n");
}

static void put_rule(kin_buffer *out, const frame *f, double y, const char *kind)
{
    kin_buffer_printf(out, "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>\n", kind, left,
                      f->width - right, at_y(f, y), at_y(f, y));
}

static void begin_tick(kin_buffer *out, const frame *f, double y)
{
    put_rule(out, f, y, "rule");
    kin_buffer_printf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", left - 8, at_y(f, y) + 4.5);
}

static void put_tasks_axis(kin_buffer *out, const frame *f)
{
    double step = fmax(1, step_of(f->x_most, 6));
    for (double x = 0; x <= f->x_most; x += step) {
        kin_buffer_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", at_x(f, x), height - bottom + 18);
        kin_figure_add_about(out, x);
        kin_buffer_string(out, "</text>\n");
    }
    kin_buffer_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">audited images, in random order</text>\n",
                      left + (f->width - left - right) / 2, height - 8);
}

/* ---- The course of the score ---- */

/* Room around what matters at the end: early intervals span nearly all of 0 to 1, and are cut. */
static frame score_frame(const kin_report *report)
{
    const kin_score_point *last = &report->course[report->course_count - 1];
    double low = last->interval.lo, high = last->interval.hi;
    if (report->has_agreement) {
        low = fmin(low, report->sla);
        high = fmax(high, report->sla);
    }
    for (size_t i = report->course_count / 4; i < report->course_count; i++) {
        low = fmin(low, report->course[i].score);
        high = fmax(high, report->course[i].score);
    }
    double room = fmax(0.01, 0.6 * (high - low)), step;
    low = fmax(0, low - room);
    high = fmin(1, high + room);
    step = step_of(high - low, 6);
    return (frame) { score_width, (double)last->tasks, fmax(0, floor(low / step) * step),
                     fmin(1, ceil(high / step - 1e-9) * step) };
}

static void put_line(kin_buffer *out, const frame *f, const kin_report *report, const char *kind,
                     double (*value)(const kin_score_point *point))
{
    kin_buffer_printf(out, "<polyline class=\"%s\" points=\"", kind);
    for (size_t i = 0; i < report->course_count; i++)
        kin_buffer_printf(out, "%s%.1f,%.1f", i > 0 ? " " : "", at_x(f, (double)report->course[i].tasks),
                          at_y(f, value(&report->course[i])));
    kin_buffer_string(out, "\"/>\n");
}

static void put_band(kin_buffer *out, const frame *f, const kin_report *report)
{
    kin_buffer_string(out, "<polygon class=\"band\" points=\"");
    for (size_t i = 0; i < report->course_count; i++)
        kin_buffer_printf(out, "%.1f,%.1f ", at_x(f, (double)report->course[i].tasks),
                          at_y(f, report->course[i].interval.hi));
    for (size_t i = report->course_count; i-- > 0;)
        kin_buffer_printf(out, "%.1f,%.1f ", at_x(f, (double)report->course[i].tasks),
                          at_y(f, report->course[i].interval.lo));
    kin_buffer_string(out, "\"/>\n");
}

static double score_of(const kin_score_point *point)
{
    return point->score;
}

static double low_of(const kin_score_point *point)
{
    return point->interval.lo;
}

static double high_of(const kin_score_point *point)
{
    return point->interval.hi;
}

static void plot_score(kin_buffer *out, const kin_report *report)
{
    frame f = score_frame(report);
    double step = step_of(f.y_most - f.y_least, 6);
    begin_plot(out, &f, "plot-score",
               "Running quality score over the audited images, with its confidence sequence and the threshold of the "
               "agreement");
    for (double y = f.y_least; y < f.y_most + step / 2; y += step) {
        begin_tick(out, &f, y);
        kin_buffer_printf(out, "%.*f %%</text>\n", step < 0.01 ? 1 : 0, 100 * y);
    }
    put_tasks_axis(out, &f);
    put_band(out, &f, report);
    put_line(out, &f, report, "bound", low_of);
    put_line(out, &f, report, "bound", high_of);
    if (report->has_agreement) {
        double y = at_y(&f, report->sla), beside = report->score > report->sla ? y + 17 : y - 7;
        put_rule(out, &f, report->sla, "limit");
        kin_buffer_printf(out, "<text class=\"strong\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">agreed ",
                          score_width - right, beside);
        kin_html__percent(out, report->sla);
        kin_buffer_string(out, "</text>\n");
    }
    put_line(out, &f, report, "mean", score_of);
    kin_buffer_string(out, "</svg>\n");
}

/* ---- The running p-values ---- */

static double log_p(double p)
{
    return log10(fmax(p, P_LEAST));
}

static double pass_of(const kin_score_point *point)
{
    return log_p(point->p_pass);
}

static double fail_of(const kin_score_point *point)
{
    return log_p(point->p_fail);
}

static void plot_p(kin_buffer *out, const kin_report *report)
{
    frame f = { p_width, (double)report->course[report->course_count - 1].tasks, log10(P_LEAST), 0 };
    static const char *const names[] = { "0.0001", "0.001", "0.01", "0.1", "1" };
    begin_plot(out, &f, "plot-p", "Running p-values of pass and of fail, with the accepted risk");
    for (int i = 0; i < 5; i++) {
        begin_tick(out, &f, i - 4);
        kin_buffer_printf(out, "%s</text>\n", names[i]);
    }
    put_tasks_axis(out, &f);
    put_rule(out, &f, log_p(report->risk), "limit");
    kin_buffer_printf(out, "<text class=\"strong\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">risk %g %%</text>\n",
                      p_width - right, at_y(&f, log_p(report->risk)) - 6, 100 * report->risk);
    put_line(out, &f, report, "failing", fail_of);
    put_line(out, &f, report, "passing", pass_of);
    kin_buffer_string(out, "</svg>\n");
}

void kin_report__plot_course(kin_buffer *out, const kin_report *report)
{
    if (report->course_count == 0)
        return;
    kin_buffer_string(out, "<div class=\"plots\">\n<figure class=\"plot\">\n");
    plot_score(out, report);
    kin_buffer_printf(out,
                      "<figcaption>Thick line: the mean score of the images audited so far. Band: where the score "
                      "of all images lies, with %g&nbsp;%% confidence however often and whenever one looks.",
                      report->has_agreement ? 100 * (1 - 2 * report->risk) : 90.0);
    if (report->has_agreement)
        kin_buffer_string(out, " Wholly above the dashed line: pass. Wholly below: fail.");
    kin_buffer_string(out, "</figcaption>\n</figure>\n");
    if (!report->has_agreement) {
        kin_buffer_string(out, "</div>\n");
        return;
    }
    kin_buffer_string(out, "<figure class=\"plot\">\n");
    plot_p(out, report);
    kin_buffer_string(out,
                      "<figcaption>Solid line: p of pass, the chance at most that a batch below the agreement would "
                      "look this good at any time. Dotted line: p of fail. The first to go under the dashed line "
                      "decides.</figcaption>\n</figure>\n</div>\n");
}

/* ---- Slices ---- */

size_t kin_report__plotted(const kin_report *report)
{
    return report->slices_count < plotted_most ? report->slices_count : plotted_most;
}

/* Slices that tell nothing yet have intervals up to 1: they are cut, with an arrow. */
double kin_report__plot_end(const kin_report *report)
{
    double end = report->rate.n > 0 ? 2 * report->rate.hi : 0;
    for (size_t i = 0; i < kin_report__plotted(report); i++) {
        const kin_slice *slice = &report->slices[i];
        const kin_estimate *rate = &slice->figures.slice;
        if (rate->n == 0)
            continue;
        bool thin = kin_slice_standing(report, slice) == KIN_STANDING_THIN;
        end = fmax(end, thin ? 1.25 * rate->rate : rate->hi);
    }
    double step = step_of(fmax(end, 0.01), 5);
    return fmin(1, ceil(end / step) * step);
}

/* Where a rate lies, in per cent of the width. */
static double at_rate(double rate, double end)
{
    return 100 * sqrt(fmin(rate, end) / end);
}

static const char *track = "<svg width=\"100%\" height=\"22\" role=\"img\"><title>";

void kin_report__plot_slice(kin_buffer *out, const kin_report *report, const kin_slice *slice, double end)
{
    const kin_estimate *rate = &slice->figures.slice;
    kin_buffer_string(out, track);
    if (rate->n > 0) {
        kin_html__percent(out, rate->rate);
        kin_buffer_string(out, ", interval ");
        kin_html__range(out, rate->lo, rate->hi);
    } else {
        kin_buffer_string(out, "not audited");
    }
    kin_buffer_string(out, "</title>");
    if (report->rate.n > 0)
        kin_buffer_printf(out, "<line class=\"base\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"-4\" y2=\"26\"/>",
                          at_rate(report->rate.rate, end), at_rate(report->rate.rate, end));
    if (rate->n > 0) {
        double from = at_rate(rate->lo, end), to = at_rate(rate->hi, end);
        kin_buffer_printf(out, "<line class=\"range\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"11\" y2=\"11\"/>", from, to);
        if (rate->hi > end)
            kin_buffer_string(
                out, "<svg x=\"100%\" overflow=\"visible\"><path class=\"more\" d=\"M-1 5l9 6l-9 6z\"/></svg>");
        if (rate->rate <= end)
            kin_buffer_printf(out, "<circle class=\"dot\" cx=\"%.2f%%\" cy=\"11\" r=\"4.5\"/>",
                              at_rate(rate->rate, end));
    }
    kin_buffer_string(out, "</svg>");
}

void kin_report__plot_axis(kin_buffer *out, double end)
{
    static const double ticks[] = { 0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1 };
    double last = -tick_room;
    size_t shown = 0; /* every other one is left out where there is little room */
    kin_buffer_string(out, "<svg width=\"100%\" height=\"18\" aria-hidden=\"true\">");
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        double at = at_rate(ticks[i], end);
        if (ticks[i] > end || at - last < tick_room)
            continue;
        last = at;
        kin_buffer_printf(out, "<text%s x=\"%.2f%%\" y=\"13\" text-anchor=\"middle\">%g&#160;%%</text>",
                          shown++ % 2 ? " class=\"extra\"" : "", at, 100 * ticks[i]);
    }
    kin_buffer_string(out, "</svg>");
}
