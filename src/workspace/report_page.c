/* The page that `kin report --html` writes. Its order is that of a reader's questions: how good is it, what to do next,
 * how sure is that, where is the noise, how was it measured. Every number on it is one of the report's. */

#include "workspace/report_page.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/figures.h"
#include "base/file.h"
#include "kin/advice.h"
#include "workspace/workspace_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *units(const kin_report *report)
{
    return report->unit == KIN_UNIT_SHAPE ? "shapes" : "images";
}

/* "2026-02-28 13:45 UTC" */
static void put_time(kin_buffer *out, int64_t milliseconds)
{
    char text[32];
    kin_clock_format(milliseconds, text);
    kin_buffer_printf(out, "<time datetime=\"%s\">%.10s %.5s UTC</time>", text, text, text + 11);
}

/* ---- The head ---- */

static void put_head(kin_buffer *out, const kin_report *report, const char *name)
{
    kin_buffer_string(out, "<header>\n<h1>Annotation quality of ");
    kin_html__data(out, name);
    kin_buffer_string(out, "</h1>\n<p class=\"soft\">");
    kin_figure_add_count(out, report->tasks_population);
    kin_buffer_string(out, " images");
    if (report->unit == KIN_UNIT_SHAPE) {
        kin_buffer_string(out, " with ");
        kin_figure_add_count(out, report->population);
        kin_buffer_string(out, " annotated shapes");
    }
    kin_buffer_string(out, ", as of ");
    put_time(out, kin_clock_now());
    kin_buffer_string(out, "</p>\n</header>\n");
}

static void begin_card(kin_buffer *out, const char *title)
{
    kin_buffer_string(out, "<li class=\"card\">");
    kin_html__element(out, "h2", NULL, title);
}

static void put_score_card(kin_buffer *out, const kin_report *report)
{
    begin_card(out, "Quality score");
    if (report->tasks == 0 || isnan(report->score)) {
        kin_buffer_string(out,
                          "<p class=\"big\">not audited</p><p>A score needs whole images, drawn at random.</p></li>\n");
        return;
    }
    kin_buffer_string(out, "<p class=\"big\" id=\"score\">");
    kin_html__percent(out, report->score);
    kin_buffer_printf(out, "</p><p>With %g&nbsp;%% confidence ",
                      report->has_agreement ? 100 * (1 - 2 * report->risk) : 90.0);
    kin_html__range(out, report->score_interval.lo, report->score_interval.hi);
    kin_buffer_string(out, ".</p><p class=\"soft\">");
    kin_figure_add_count(out, report->tasks);
    kin_buffer_string(out, " audited images of ");
    kin_figure_add_count(out, report->tasks_population);
    kin_buffer_string(out, "</p></li>\n");
}

static void put_agreement_card(kin_buffer *out, const kin_report *report)
{
    const kin_agreement *agreement = &report->agreement;
    const char *verdict = kin_agreement_verdict_name(agreement->verdict);
    if (!report->has_agreement)
        return;
    kin_buffer_string(out, "<li class=\"card\"><h2>Agreement: at least ");
    kin_html__percent(out, report->sla);
    kin_buffer_printf(out, "</h2><p class=\"big word %s\" id=\"verdict\">%s</p><p>", verdict, verdict);
    if (report->tasks == 0) {
        kin_buffer_string(out, "Nothing is audited yet.");
    } else if (agreement->verdict != KIN_AGREEMENT_UNDECIDED) {
        kin_buffer_string(out, "Decided after ");
        kin_figure_add_count(out, agreement->decided_at);
        kin_buffer_printf(out, " images, p = %.2g.", kin_agreement_p(agreement, agreement->verdict));
    } else {
        kin_buffer_printf(out, "p of pass %.2g, of fail %.2g.", kin_agreement_p(agreement, KIN_AGREEMENT_PASS),
                          kin_agreement_p(agreement, KIN_AGREEMENT_FAIL));
        if (report->agreement_more > 0) {
            kin_buffer_string(out, " About ");
            kin_figure_add_count(out, report->agreement_more);
            kin_buffer_printf(out, " more images, going on like this, lead to %s.",
                              kin_agreement_verdict_name(report->agreement_likely));
        }
    }
    kin_buffer_printf(out, "</p><p class=\"soft\">Chance of a wrong pass or fail: at most %g&nbsp;%% each</p></li>\n",
                      100 * report->risk);
}

static void put_rate_card(kin_buffer *out, const kin_report *report)
{
    const kin_estimate *rate = &report->rate;
    kin_buffer_printf(out, "<li class=\"card\"><h2>Error rate of %s</h2>", units(report));
    if (rate->n == 0) {
        kin_buffer_string(out,
                          "<p class=\"big\">not audited</p><p>Only what was drawn at random tells a rate.</p></li>\n");
        return;
    }
    kin_buffer_string(out, "<p class=\"big\" id=\"rate\">");
    kin_html__percent(out, rate->rate);
    kin_buffer_printf(out, "</p><p>%g&nbsp;%% interval ", 100 * report->conf);
    kin_html__range(out, rate->lo, rate->hi);
    kin_buffer_string(out, ".</p><p class=\"soft\">");
    kin_figure_add_count(out, rate->mistakes);
    kin_buffer_string(out, " of ");
    kin_figure_add_count(out, rate->n);
    kin_buffer_printf(out, " audited %s; %s", units(report), rate->method);
    if (rate->lambda > 0) {
        kin_buffer_string(out, "; without predictions ");
        kin_html__percent(out, report->plain.rate);
        kin_buffer_string(out, ", ");
        kin_html__range(out, report->plain.lo, report->plain.hi);
    }
    kin_buffer_string(out, "</p></li>\n");
}

static void put_mistakes_card(kin_buffer *out, const kin_report *report)
{
    const kin_remaining *r = &report->remaining;
    begin_card(out, "Mistakes known");
    kin_buffer_string(out, "<p class=\"big\" id=\"known\">");
    kin_figure_add_count(out, report->known);
    kin_buffer_string(out, "</p><p>");
    if (isfinite(r->total)) {
        kin_buffer_string(out, "About ");
        kin_figure_add_about(out, r->left);
        kin_buffer_string(out, " (");
        kin_figure_add_about(out, r->left_lo);
        kin_buffer_string(out, " to ");
        kin_figure_add_about(out, r->left_hi);
        kin_buffer_string(out, ") remain.</p><p class=\"soft\">Estimated in all: ");
        kin_figure_add_about(out, r->total);
        kin_buffer_string(out, " (");
        kin_figure_add_about(out, r->total_lo);
        kin_buffer_string(out, " to ");
        kin_figure_add_about(out, r->total_hi);
        kin_buffer_string(out, ")");
    } else {
        kin_buffer_string(out, "How many remain is told by a random audit.");
    }
    kin_buffer_string(out, "</p></li>\n");
}

static void put_cards(kin_buffer *out, const kin_report *report)
{
    kin_buffer_string(out, "<ul class=\"cards\" aria-label=\"At a glance\">\n");
    put_score_card(out, report);
    put_agreement_card(out, report);
    put_rate_card(out, report);
    put_mistakes_card(out, report);
    kin_buffer_string(out, "</ul>\n");
}

/* ---- Next steps ---- */

static void put_steps(kin_buffer *out, const kin_advices *advices)
{
    kin_buffer_string(out, "<section aria-labelledby=\"next\">\n<h2 id=\"next\">What to do next</h2>\n"
                           "<ol class=\"steps\">\n");
    for (size_t i = 0; i < advices->count; i++) {
        const kin_advice *advice = &advices->list[i];
        kin_buffer_string(out, "<li>");
        kin_html__element(out, "p", NULL, advice->text);
        if (advice->commands[0]) {
            kin_buffer_string(out, "<pre><code>");
            for (size_t k = 0; k < KIN_ADVICE_COMMANDS && advice->commands[k]; k++) {
                kin_buffer_string(out, k > 0 ? "\n" : "");
                kin_html__text(out, advice->commands[k]);
            }
            kin_buffer_string(out, "</code></pre>");
        }
        kin_buffer_string(out, "</li>\n");
    }
    kin_buffer_string(out, "</ol>\n<p class=\"soft\">Commands are typed in the folder of the data set. "
                           "<code>kin help COMMAND</code> tells more of each; <code>kin report --html "
                           "FILE</code> writes this page anew.</p>\n</section>\n");
}

/* ---- Slices ---- */

static void put_slice_name(kin_buffer *out, const kin_slice *slice)
{
    kin_html__data(out, slice->key);
    kin_buffer_string(out, "=");
    kin_html__data(out, slice->value);
    if (!slice->key2)
        return;
    kin_buffer_string(out, ", ");
    kin_html__data(out, slice->key2);
    kin_buffer_string(out, "=");
    kin_html__data(out, slice->value2);
}

/* Below a name in the plot, in full; in the table, where the column says it, in short. */
static void put_slice_note(kin_buffer *out, const kin_report *report, const kin_slice *slice, bool full)
{
    static const char *const thin[] = { "thin: ", "too thin to tell: " }, *const noisy[] = { "noisy",
                                                                                             "noisier than the rest" };
    kin_standing standing = kin_slice_standing(report, slice);
    if (standing == KIN_STANDING_NOISY)
        kin_buffer_string(out, noisy[full]);
    if (standing == KIN_STANDING_TOLD || standing == KIN_STANDING_NOISY || slice->more <= 0)
        return;
    kin_buffer_string(out, standing == KIN_STANDING_THIN ? thin[full] : "not audited: ");
    kin_figure_add_count(out, (uint64_t)slice->more);
    kin_buffer_string(out, standing == KIN_STANDING_THIN ? " more" : "");
    kin_buffer_string(out, full ? " would tell" : "");
}

/* <td data-value="0.0289"> for sorting, which also keeps all digits; NAN: an empty cell. */
static bool begin_number(kin_buffer *out, double value, const char *kind)
{
    kin_buffer_printf(out, "<td%s%s%s", kind ? " class=\"" : "", kind ? kind : "", kind ? "\"" : "");
    if (isfinite(value))
        kin_buffer_printf(out, " data-value=\"%.17g\">", value);
    else
        kin_buffer_string(out, "></td>");
    return isfinite(value);
}

static void put_percent_cell(kin_buffer *out, double value, const char *kind)
{
    if (!begin_number(out, value, kind))
        return;
    kin_html__percent(out, value);
    kin_buffer_string(out, "</td>");
}

static void put_count_cell(kin_buffer *out, uint64_t value)
{
    (void)begin_number(out, (double)value, NULL);
    kin_figure_add_count(out, value);
    kin_buffer_string(out, "</td>");
}

static void put_number_cell(kin_buffer *out, const char *unit, int digits, double value, const char *kind)
{
    if (begin_number(out, value, kind))
        kin_buffer_printf(out, "%.*f%s</td>", digits, value, unit);
}

static void put_q_cell(kin_buffer *out, double q, const char *kind)
{
    if (!(q < 0.0001))
        put_number_cell(out, "", 4, q, kind);
    else if (begin_number(out, q, kind))
        kin_buffer_string(out, "&lt; 0.0001</td>");
}

static void put_rate_cell(kin_buffer *out, const kin_estimate *rate)
{
    if (rate->n > 0)
        put_percent_cell(out, rate->rate, NULL);
    else
        kin_buffer_string(out, "<td class=\"none\">not audited</td>");
}

static void put_forest_row(kin_buffer *out, const kin_report *report, const kin_slice *slice, double end)
{
    static const char *const kinds[] = { [KIN_STANDING_UNAUDITED] = "unaudited",
                                         [KIN_STANDING_THIN] = "thin",
                                         [KIN_STANDING_NOISY] = "noisy",
                                         [KIN_STANDING_TOLD] = "told" };
    const kin_slice_figures *figures = &slice->figures;
    kin_buffer_printf(out, "<tr class=\"%s\"><th scope=\"row\" class=\"words\"><span class=\"cut\">",
                      kinds[kin_slice_standing(report, slice)]);
    put_slice_name(out, slice);
    kin_buffer_string(out, "</span><span class=\"note\">");
    put_slice_note(out, report, slice, true);
    kin_buffer_string(out, "</span></th><td class=\"drawn\">");
    kin_report__plot_slice(out, report, slice, end);
    kin_buffer_string(out, "</td>");
    put_rate_cell(out, &figures->slice);
    put_count_cell(out, figures->slice.n);
    put_q_cell(out, figures->slice.n > 0 ? figures->q : NAN, NULL);
    put_number_cell(out, " x", 1, figures->lift, NULL);
    put_percent_cell(out, figures->share, "extra");
    kin_buffer_string(out, "</tr>\n");
}

static void put_forest(kin_buffer *out, const kin_report *report)
{
    double end = kin_report__plot_end(report);
    size_t shown = kin_report__plotted(report);
    kin_buffer_printf(out,
                      "<div class=\"wide\"><table class=\"forest\">\n<caption>The error rate of each slice with its "
                      "%g&nbsp;%% interval, the surest noise first. Dashed: the rate of all. ",
                      100 * report->conf);
    if (shown < report->slices_count)
        kin_buffer_printf(out, "The first %zu of %zu slices; all are in the table below. ", shown,
                          report->slices_count);
    kin_buffer_string(out, "An arrow: the interval goes on. The scale is wider towards 0.</caption>\n<thead><tr>"
                           "<th scope=\"col\" class=\"words at\">slice</th><th scope=\"col\" class=\"drawn\">"
                           "<span hidden>interval</span>");
    kin_report__plot_axis(out, end);
    kin_buffer_string(out, "</th><th scope=\"col\" class=\"rate\">rate</th>"
                           "<th scope=\"col\" class=\"n\">n</th>"
                           "<th scope=\"col\" class=\"q\">q</th>"
                           "<th scope=\"col\" class=\"lift\">lift</th>"
                           "<th scope=\"col\" class=\"extra share\">share</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < shown; i++)
        put_forest_row(out, report, &report->slices[i], end);
    kin_buffer_string(out, "</tbody>\n</table></div>\n");
}

static void put_table_row(kin_buffer *out, const kin_report *report, const kin_slice *slice)
{
    const kin_slice_figures *figures = &slice->figures;
    const kin_estimate *rate = &figures->slice;
    bool audited = rate->n > 0;
    kin_buffer_string(out, "<tr><th scope=\"row\" class=\"words\">");
    put_slice_name(out, slice);
    kin_buffer_string(out, "</th>");
    put_count_cell(out, slice->population);
    put_count_cell(out, rate->n);
    put_count_cell(out, rate->mistakes);
    put_rate_cell(out, rate);
    put_percent_cell(out, audited ? rate->lo : NAN, NULL);
    put_percent_cell(out, audited ? rate->hi : NAN, NULL);
    put_count_cell(out, slice->known);
    if (!isfinite(slice->remaining.total)) {
        (void)begin_number(out, NAN, NULL);
    } else {
        (void)begin_number(out, slice->remaining.left, NULL);
        kin_figure_add_about(out, slice->remaining.left);
        kin_buffer_string(out, "</td>");
    }
    put_q_cell(out, audited ? figures->q : NAN, NULL);
    put_number_cell(out, " x", 1, figures->lift, NULL);
    put_percent_cell(out, figures->share, NULL);
    kin_buffer_string(out, "<td class=\"remark\">");
    put_slice_note(out, report, slice, false);
    kin_buffer_string(out, "</td></tr>\n");
}

/* The page works without: columns then just cannot be sorted by a click. */
static const char script[] =
    "<script>\n"
    "for (const table of document.querySelectorAll('table.sortable'))\n"
    "  table.querySelectorAll('thead th').forEach((head, column) => {\n"
    "    const button = document.createElement('button');\n"
    "    button.type = 'button';\n"
    "    button.append(...head.childNodes);\n"
    "    head.append(button);\n"
    "    button.addEventListener('click', () => {\n"
    "      const down = head.getAttribute('aria-sort') !== 'descending', body = table.tBodies[0];\n"
    "      table.querySelectorAll('thead th').forEach(other => other.removeAttribute('aria-sort'));\n"
    "      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');\n"
    "      const key = row => {\n"
    "        const cell = row.cells[column], value = cell.dataset.value;\n"
    "        return value === undefined ? (column ? -Infinity : cell.textContent) : Number(value);\n"
    "      };\n"
    "      const order = (a, b) => typeof a === 'string' ? b.localeCompare(a) : b === a ? 0 : b - a;\n"
    "      body.append(...[...body.rows].sort((a, b) => (down ? 1 : -1) * order(key(a), key(b))));\n"
    "    });\n"
    "  });\n"
    "</script>\n";

static void put_table(kin_buffer *out, const kin_report *report)
{
    static const char *const heads[] = { "slice", "N",         "audited", "mistakes", "rate",  "from", "to",
                                         "known", "remaining", "q",       "lift",     "share", "note" };
    size_t count = sizeof heads / sizeof *heads;
    kin_buffer_string(
        out, "<h3>All slices</h3>\n<div class=\"wide\" tabindex=\"0\"><table class=\"sortable\" id=\"slices\">\n"
             "<caption>");
    kin_buffer_printf(out,
                      "%zu slices, %zu of them tested. N, audited, known and remaining count %s.</caption>\n"
                      "<thead><tr>",
                      report->slices_count, report->tested, units(report));
    for (size_t i = 0; i < count; i++)
        kin_buffer_printf(out, "<th scope=\"col\"%s>%s</th>",
                          i == 0           ? " class=\"words\""
                          : i + 1 == count ? " class=\"remark\""
                                           : "",
                          heads[i]);
    kin_buffer_string(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < report->slices_count; i++)
        put_table_row(out, report, &report->slices[i]);
    kin_buffer_string(out, "</tbody>\n</table></div>\n");
}

static void put_slices(kin_buffer *out, const kin_report *report)
{
    kin_buffer_string(out, "<section aria-labelledby=\"where\">\n<h2 id=\"where\">Where the noise is</h2>\n");
    if (report->slices_count == 0) {
        kin_buffer_string(out, "<p>There is no label and no attribute with 2 to 50 values to slice by.</p>\n");
    } else {
        if (report->tested > 0)
            put_forest(out, report);
        else
            kin_buffer_string(out, "<p>No slice is audited yet. These are the ones there are.</p>\n");
        put_table(out, report);
    }
    kin_buffer_string(out, "</section>\n");
}

/* ---- How it was measured ---- */

static void put_job_row(kin_buffer *out, const kin_report_job *row)
{
    const kin_job *job = &row->job;
    bool audit = job->kind == KIN_JOB_AUDIT;
    kin_buffer_printf(out, "<tr><th scope=\"row\">%lld</th><td>", (long long)job->id);
    put_time(out, job->created);
    kin_buffer_string(out, "</td><td class=\"words\">");
    kin_html__data(out, job->title ? job->title : kin_job_kind_name(job->kind));
    kin_buffer_string(out, "</td>");
    if (audit)
        kin_buffer_printf(out, "<td>%llu</td>", (unsigned long long)job->seed);
    else
        kin_buffer_string(out, "<td></td>");
    put_count_cell(out, job->population > 0 ? (uint64_t)job->population : 0);
    put_count_cell(out, job->items);
    put_count_cell(out, job->reviewed);
    if (audit)
        put_count_cell(out, row->counted);
    else
        kin_buffer_string(out, "<td class=\"none\">never</td>");
    put_count_cell(out, job->mistakes);
    kin_buffer_string(out, "</tr>\n");
}

static void put_jobs(kin_buffer *out, const kin_report *report)
{
    kin_buffer_string(out, "<section aria-labelledby=\"how\">\n<h2 id=\"how\">How it was measured</h2>\n");
    if (report->jobs_count == 0) {
        kin_buffer_string(out, "<p>It was not: there is no audit yet.</p>\n</section>\n");
        return;
    }
    kin_buffer_string(out,
                      "<p>Rates, score and agreement rest on what audits drew at random, as far as it was reviewed "
                      "without a gap. What was found because it looks like a mistake counts as known, and never in "
                      "a rate.</p>\n");
    if (report->waiting > 0) {
        kin_buffer_string(out, "<p>");
        kin_figure_add_count(out, report->waiting);
        kin_buffer_printf(out, " reviewed %s wait for those before them in the random order.</p>\n", units(report));
    }
    kin_buffer_string(
        out,
        "<div class=\"wide\" tabindex=\"0\"><table id=\"jobs\">\n<caption>Audits and other jobs</caption>\n<thead><tr>"
        "<th scope=\"col\">job</th><th scope=\"col\">made</th><th scope=\"col\" class=\"words\">what"
        "</th><th scope=\"col\">seed</th><th scope=\"col\">of</th><th scope=\"col\">drawn</th>"
        "<th scope=\"col\">reviewed</th><th scope=\"col\">counted</th>"
        "<th scope=\"col\">with mistakes</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < report->jobs_count; i++)
        put_job_row(out, &report->jobs[i]);
    kin_buffer_string(out, "</tbody>\n</table></div>\n</section>\n");
}

/* ---- Words ---- */

static void put_words(kin_buffer *out, const kin_report *report)
{
    kin_buffer_printf(
        out,
        "<section aria-labelledby=\"words\">\n<h2 id=\"words\">What the words mean</h2>\n<dl>\n"
        "<dt>score</dt><dd>Mean over the audited images; rule %s, a minor error weighs %g, a critical one "
        "%g.</dd>\n",
        kin_score_rule_name(report->rule), report->weights.minor, report->weights.critical);
    kin_buffer_string(
        out,
        "<dt>agreement</dt><dd>Pass or fail as soon as the audit proves it, however often one looks; until then "
        "undecided.</dd>\n"
        "<dt>rate, from, to</dt><dd>Share of mistakes and its interval: the truth lies in it with the confidence "
        "named, once an audit is reviewed as far as was planned. Who looks again and again and stops where the rate is "
        "welcome is right a little less often; score and agreement hold then, too.</dd>\n"
        "<dt>q</dt><dd>Share of false alarms to expect among slices at least as noisy, corrected for all that were "
        "tested. Up to 0.05 a slice is called noisier than the rest.</dd>\n"
        "<dt>lift</dt><dd>The slice's rate over that of all.</dd>\n"
        "<dt>share</dt><dd>The part of all mistakes that lies in the slice.</dd>\n"
        "<dt>known, remaining</dt><dd>Mistakes found so far, however they were found; and about how many more there "
        "are.</dd>\n"
        "<dt>too thin to tell</dt><dd>The slice may be twice as noisy as all, and so few of it were audited that it "
        "cannot be said.</dd>\n"
        "<dt>counted</dt><dd>What rates rest on: an audit's items from the first to the last reviewed without a gap in "
        "its random order.</dd>\n</dl>\n</section>\n");
}

/* ---- The page ---- */

static char *data_set_name(const kin_workspace *w, kin_arena *arena)
{
    char *path = realpath(w->folder, NULL);
    char *name = kin_arena_string(arena, kin_path_base(path ? path : w->folder));
    free(path);
    return name;
}

static void put_page(kin_buffer *out, kin_workspace *w, const kin_report *report, const kin_advices *advices,
                     const char *name)
{
    kin_buffer title = KIN_BUFFER_INIT;
    kin_html_pictures pictures = { .list = NULL };
    kin_buffer_printf(&title, "kin report: %s", name);
    kin_html__begin(out, title.data ? title.data : "kin report");
    kin_buffer_clear(&title);
    kin_buffer_string(out, "<main>\n");
    put_head(out, report, name);
    put_cards(out, report);
    put_steps(out, advices);
    if (report->course_count > 0) {
        kin_buffer_string(out, "<section aria-labelledby=\"sure\">\n<h2 id=\"sure\">How sure the score is</h2>\n");
        kin_report__plot_course(out, report);
        kin_buffer_string(out, "</section>\n");
    }
    put_slices(out, report);
    kin_report__put_mistakes(out, &pictures, w, report);
    put_jobs(out, report);
    put_words(out, report);
    kin_buffer_string(out, "</main>\n");
    kin_buffer_string(out, script);
    kin_html__put_pictures(&pictures, w, out);
}

static int build_page(kin_workspace *w, const kin_report *report, kin_buffer *out, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_advices advices = { 0 };
    const char *name = data_set_name(w, &arena);
    int code = name ? kin_report_advice(report, &advices, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        put_page(out, w, report, &advices, name);
    kin_advices_clear(&advices);
    kin_arena_clear(&arena);
    return code;
}

int kin_workspace_report_page(kin_workspace *workspace, const kin_report *report, const char *path, kin_error *err)
{
    kin_buffer out = KIN_BUFFER_INIT;
    int code = build_page(workspace, report, &out, err);
    if (code == KIN_OK)
        code = kin_html__write(&out, path, err);
    kin_buffer_clear(&out);
    return code;
}

int kin_workspace_report_html(kin_workspace *workspace, const kin_report *report, char **html, size_t *size,
                              kin_error *err)
{
    kin_buffer out = KIN_BUFFER_INIT;
    int code = build_page(workspace, report, &out, err);
    if (code == KIN_OK)
        code = kin_html__end(&out, err);
    if (code != KIN_OK) {
        kin_buffer_clear(&out);
        return code;
    }
    *html = out.data;
    *size = out.size;
    return KIN_OK;
}
