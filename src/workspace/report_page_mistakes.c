/* The pictures on the page of a report: known mistakes, by given and right label, and what is told of those that are a
 * pattern. */

#include "workspace/report_page.h"

#include "base/arena.h"
#include "base/figures.h"
#include "kin/patterns.h"
#include "workspace/workspace_private.h"

#include <string.h>

enum { shown_most = 6 };

static void put_example(kin_buffer *out, kin_html_pictures *pictures, kin_workspace *w, const char *name)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_item item;
    if (kin_workspace__exact_item(w, name, &item, NULL) != KIN_OK)
        return; /* gone since the report was made */
    kin_box box = item.box;
    bool is_shape = item.shape;
    char *file = kin_workspace__file(w, &arena, item.path);
    kin_buffer_string(out, "<figure>");
    if (file)
        kin_html__picture(pictures, out, file, is_shape ? &box : NULL, name);
    kin_buffer_string(out, "<figcaption><span class=\"name\">");
    kin_html__name(out, name);
    kin_buffer_string(out, "</span></figcaption></figure>\n");
    out->failed |= !file;
    kin_arena_clear(&arena);
}

/* The pattern of a confusion; NULL where it is none. */
static const kin_pattern *pattern_of(const kin_patterns *patterns, const kin_confusion *confusion)
{
    for (size_t i = 0; confusion->given && i < patterns->count; i++)
        if (strcmp(patterns->list[i].given, confusion->given) == 0 &&
            strcmp(patterns->list[i].right, confusion->right) == 0)
            return &patterns->list[i];
    return NULL;
}

static void put_p(kin_buffer *out, double p)
{
    kin_buffer_printf(out, p < 0.0001 ? "p &lt; 0.0001" : "p = %.2g", p);
}

/* What descriptors and reviewed neighbours say of it. */
static void put_evidence(kin_buffer *out, const kin_pattern *pattern)
{
    kin_buffer_printf(out, "Similarity to the nearest of them %.2f, among as many random items of the label %.2f (",
                      pattern->tightness.inside, pattern->tightness.outside);
    put_p(out, pattern->tightness.p);
    kin_buffer_string(out, "). Of reviewed items of the label near them ");
    kin_figure_add_count(out, pattern->enriched.near_mistakes);
    kin_buffer_string(out, " of ");
    kin_figure_add_count(out, pattern->enriched.near_reviewed);
    kin_buffer_string(out, " are this mistake, of the others ");
    kin_figure_add_count(out, pattern->enriched.far_mistakes);
    kin_buffer_string(out, " of ");
    kin_figure_add_count(out, pattern->enriched.far_reviewed);
    kin_buffer_string(out, " (");
    put_p(out, pattern->enriched.p);
    kin_buffer_string(out, ").</p>\n");
}

static void put_pattern(kin_buffer *out, const kin_pattern *pattern)
{
    kin_buffer command = KIN_BUFFER_INIT;
    if (pattern->left == 0) {
        kin_buffer_string(out, "<p>A pattern; all items of the label are reviewed. ");
        put_evidence(out, pattern);
        return;
    }
    kin_buffer_string(out, "<p>A pattern: about ");
    kin_figure_add_about(out, pattern->predicted);
    kin_buffer_string(out, " more are likely among the ");
    kin_figure_add_count(out, pattern->left);
    kin_buffer_string(out, " of the label without a verdict (the model's estimate). ");
    put_evidence(out, pattern);
    kin_buffer_printf(&command, "kin job kin --pattern%c", *pattern->name == '-' ? '=' : ' ');
    kin_buffer_shell_word(&command, pattern->name);
    kin_buffer_string(out, "<pre><code>");
    kin_html__text(out, command.data ? command.data : "");
    kin_buffer_string(out, "</code></pre>\n");
    out->failed |= command.failed;
    kin_buffer_clear(&command);
}

static void put_confusion(kin_buffer *out, kin_html_pictures *pictures, kin_workspace *w,
                          const kin_confusion *confusion, const kin_pattern *pattern)
{
    kin_buffer_string(out, "<h3>");
    kin_html__data(out, confusion->given ? confusion->given : "no label");
    kin_buffer_string(out, " that should be ");
    kin_html__data(out, confusion->right);
    kin_buffer_string(out, ": ");
    kin_figure_add_count(out, confusion->count);
    kin_buffer_string(out, " known</h3>\n<div class=\"grid\">\n");
    for (size_t i = 0; i < KIN_CONFUSION_EXAMPLES && confusion->examples[i]; i++)
        put_example(out, pictures, w, confusion->examples[i]);
    kin_buffer_string(out, "</div>\n");
    if (pattern)
        put_pattern(out, pattern);
}

void kin_report__put_mistakes(kin_buffer *out, kin_html_pictures *pictures, kin_workspace *w, const kin_report *report)
{
    size_t shown = report->confusions_count < shown_most ? report->confusions_count : shown_most;
    kin_patterns patterns = { .list = NULL };
    kin_error unheard = KIN_ERROR_INIT; /* without vectors there are no patterns: no matter */
    if (shown == 0)
        return;
    if (report->confusions[0].count >= KIN_PATTERN_LEAST)
        (void)kin_workspace_patterns(w, report->unit, &patterns, &unheard);
    kin_buffer_string(out, "<section aria-labelledby=\"what\">\n<h2 id=\"what\">What is taken for what</h2>\n<p>Known "
                           "mistakes whose right label was said, however they were found. ");
    if (shown < report->confusions_count)
        kin_buffer_printf(out, "The %zu most frequent kinds of %zu; a few of each are shown.", shown,
                          report->confusions_count);
    else
        kin_buffer_string(out, "A few of each kind are shown.");
    kin_buffer_string(out, "</p>\n");
    for (size_t i = 0; i < shown; i++)
        put_confusion(out, pictures, w, &report->confusions[i], pattern_of(&patterns, &report->confusions[i]));
    kin_buffer_string(out, "</section>\n");
    kin_patterns_clear(&patterns);
}
