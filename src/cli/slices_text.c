#include "cli/slices_text.h"

#include "base/buffer.h"
#include "base/figures.h"
#include "cli/render.h"
#include "cli/text.h"

#include <math.h>
#include <stdio.h>

static const char *plural(kin_unit unit)
{
    return unit == KIN_UNIT_SHAPE ? "shapes" : "images";
}

/* ---- The sentences above the table ---- */

static void add_score(kin_buffer *out, const kin_report *report)
{
    kin_buffer_string(out, "score      ");
    if (report->tasks == 0 || isnan(report->score)) {
        kin_buffer_string(out, "no audited image yet: kin audit 300 draws images, and a score needs them whole\n");
        return;
    }
    kin_figure_add_percent(out, report->score);
    kin_buffer_string(out, " over ");
    kin_figure_add_count(out, report->tasks);
    kin_buffer_string(out, " audited images of ");
    kin_figure_add_count(out, report->tasks_population);
    kin_buffer_printf(out, " (rule %s, minor %g, critical %g), with %g %% confidence ",
                      kin_score_rule_name(report->rule), report->weights.minor, report->weights.critical,
                      report->has_agreement ? 100 * (1 - 2 * report->risk) : 90.0);
    kin_figure_add_range(out, report->score_interval.lo, report->score_interval.hi);
    kin_buffer_char(out, '\n');
}

static void add_agreement(kin_buffer *out, const kin_report *report)
{
    if (!report->has_agreement)
        return;
    kin_buffer_string(out, "agreement  ");
    kin_figure_add_percent(out, report->sla);
    if (report->tasks == 0) {
        kin_buffer_string(out, ": undecided, nothing audited yet\n");
        return;
    }
    kin_agreement_verdict verdict = report->agreement.verdict;
    kin_buffer_printf(out, ": %s", kin_agreement_verdict_name(verdict));
    if (verdict != KIN_AGREEMENT_UNDECIDED) {
        kin_buffer_printf(out, " (p = %.2g) after ", kin_agreement_p(&report->agreement, verdict));
        kin_figure_add_count(out, report->agreement.decided_at);
        kin_buffer_string(out, " images\n");
        return;
    }
    kin_buffer_printf(out, " (p of pass %.2g, of fail %.2g)", kin_agreement_p(&report->agreement, KIN_AGREEMENT_PASS),
                      kin_agreement_p(&report->agreement, KIN_AGREEMENT_FAIL));
    if (report->agreement_more > 0) {
        kin_buffer_string(out, "; about ");
        kin_figure_add_count(out, report->agreement_more);
        kin_buffer_printf(out, " more images, going on like this, lead to %s",
                          kin_agreement_verdict_name(report->agreement_likely));
    }
    kin_buffer_char(out, '\n');
}

static void add_rate(kin_buffer *out, const kin_report *report)
{
    const kin_estimate *rate = &report->rate;
    kin_buffer_string(out, "error rate ");
    if (rate->n == 0) {
        kin_buffer_string(out, "not audited\n");
        return;
    }
    kin_figure_add_percent(out, rate->rate);
    kin_buffer_printf(out, " (%g %% interval ", 100 * report->conf);
    kin_figure_add_range(out, rate->lo, rate->hi);
    kin_buffer_printf(out, ", %s; ", rate->method);
    kin_figure_add_count(out, rate->mistakes);
    kin_buffer_string(out, " of ");
    kin_figure_add_count(out, rate->n);
    kin_buffer_printf(out, " audited %s of ", plural(report->unit));
    kin_figure_add_count(out, report->population);
    kin_buffer_string(out, ")\n");
}

/* What the audited items say by themselves. */
static void add_plain(kin_buffer *out, const kin_report *report)
{
    const kin_estimate *plain = &report->plain;
    if (report->unhelped) {
        kin_buffer_string(out, "           predictions cannot help: ");
        cli_text_clean(out, report->unhelped);
        kin_buffer_char(out, '\n');
    }
    if (!(report->rate.lambda > 0))
        return;
    kin_buffer_string(out, "           without predictions ");
    kin_figure_add_percent(out, plain->rate);
    kin_buffer_string(out, " (");
    kin_figure_add_range(out, plain->lo, plain->hi);
    kin_buffer_printf(out, ", %s)\n", plain->method);
}

static void add_remaining(kin_buffer *out, const kin_report *report)
{
    const kin_remaining *r = &report->remaining;
    kin_buffer_string(out, "mistakes   known ");
    kin_figure_add_count(out, report->known);
    if (isfinite(r->total)) {
        kin_buffer_string(out, ", estimated ");
        kin_figure_add_about(out, r->total);
        kin_buffer_string(out, " (");
        kin_figure_add_about(out, r->total_lo);
        kin_buffer_string(out, " to ");
        kin_figure_add_about(out, r->total_hi);
        kin_buffer_string(out, "), so about ");
        kin_figure_add_about(out, r->left);
        kin_buffer_string(out, " (");
        kin_figure_add_about(out, r->left_lo);
        kin_buffer_string(out, " to ");
        kin_figure_add_about(out, r->left_hi);
        kin_buffer_string(out, ") remain");
    }
    kin_buffer_char(out, '\n');
}

static void add_waiting(kin_buffer *out, const kin_report *report)
{
    if (report->open == 0 && report->waiting == 0)
        return;
    kin_buffer_string(out, "to review  ");
    kin_figure_add_count(out, report->open);
    kin_buffer_string(out, " drawn by audits");
    if (report->waiting > 0) {
        kin_buffer_string(out, "; ");
        kin_figure_add_count(out, report->waiting);
        kin_buffer_string(out, " reviewed ones wait for those before them in the random order");
    }
    kin_buffer_char(out, '\n');
}

int cli_slices_sentences(const kin_report *report, FILE *file, kin_error *err)
{
    kin_buffer text = KIN_BUFFER_INIT;
    add_score(&text, report);
    add_agreement(&text, report);
    add_rate(&text, report);
    add_plain(&text, report);
    add_remaining(&text, report);
    add_waiting(&text, report);
    kin_buffer_printf(&text, "tested     %zu slices\n", report->tested);
    int code = text.failed ? kin_fail_memory(err) : KIN_OK;
    if (code == KIN_OK)
        fputs(text.data, file);
    kin_buffer_clear(&text);
    return code;
}

/* ---- The table ---- */

static void add_name(cli_grid *grid, const kin_slice *slice)
{
    kin_buffer name = KIN_BUFFER_INIT;
    kin_buffer_printf(&name, "%s=%s", slice->key, slice->value);
    if (slice->key2)
        kin_buffer_printf(&name, ", %s=%s", slice->key2, slice->value2);
    cli_grid_text(grid, name.data);
    kin_buffer_clear(&name);
}

/* A slice that is told, either way, needs no more of it. */
static bool wants_more(const kin_report *report, const kin_slice *slice)
{
    kin_standing standing = kin_slice_standing(report, slice);
    return slice->more > 0 && (standing == KIN_STANDING_THIN || standing == KIN_STANDING_UNAUDITED);
}

static void add_row(cli_grid *grid, const kin_report *report, const kin_slice *slice)
{
    const kin_slice_figures *figures = &slice->figures;
    const kin_estimate *rate = &figures->slice;
    bool audited = rate->n > 0;
    add_name(grid, slice);
    cli_grid_count(grid, slice->population);
    cli_grid_count(grid, rate->n);
    cli_grid_count(grid, rate->mistakes);
    if (audited)
        cli_grid_percent(grid, rate->rate);
    else
        cli_grid_tinted(grid, CLI_FAINT, "not audited");
    cli_grid_percent(grid, audited ? rate->lo : NAN);
    cli_grid_percent(grid, audited ? rate->hi : NAN);
    cli_grid_count(grid, slice->known);
    if (audited && grid->terminal && figures->q < 0.0001)
        cli_grid_text(grid, "< 0.0001");
    else
        cli_grid_number(grid, "%.4f", audited ? figures->q : NAN);
    cli_grid_number(grid, "%.1f x", figures->lift);
    if (wants_more(report, slice))
        cli_grid_format(grid, "audit %lld more to tell", (long long)slice->more);
    else
        cli_grid_text(grid, "");
}

cli_grid cli_slices_grid(const kin_report *report, size_t rows, bool aligned)
{
    static const cli_column columns[] = { { "slice", false, true, false },   { "N", true, false, false },
                                          { "audited", true, false, false }, { "mistakes", true, false, false },
                                          { "rate", true, false, false },    { "from", true, false, false },
                                          { "to", true, false, false },      { "known", true, false, false },
                                          { "q", true, false, false },       { "lift", true, false, true },
                                          { "note", false, true, true } };
    cli_grid grid = cli_grid_new(columns, 11);
    grid.terminal = grid.terminal || aligned;
    for (size_t i = 0; i < rows; i++)
        add_row(&grid, report, &report->slices[i]);
    return grid;
}

int cli_slices_print(const cli_program *cli, const kin_report *report, size_t rows, bool all, kin_error *err)
{
    size_t count = all || rows > report->slices_count ? report->slices_count : rows;
    cli_grid grid = cli_slices_grid(report, count, false);
    bool terminal = grid.terminal;
    int code = terminal || !cli->quiet ? cli_slices_sentences(report, terminal ? stdout : stderr, err) : KIN_OK;
    if (terminal)
        putchar('\n');
    if (code == KIN_OK)
        code = cli_grid_print(&grid, err);
    cli_grid_clear(&grid);
    if (code == KIN_OK && count < report->slices_count)
        cli_say(cli, "and %zu slices more: --all", report->slices_count - count);
    return code;
}
