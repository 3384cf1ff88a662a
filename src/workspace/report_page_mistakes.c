/* The pictures on the page of a report: known mistakes, by given and right label. */

#include "workspace/report_page.h"

#include "base/arena.h"
#include "base/figures.h"
#include "workspace/workspace_private.h"

enum { shown_most = 6 };

static void put_example(kin_buffer *out, kin_workspace *w, const char *name)
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
        kin_html__picture(out, file, is_shape ? &box : NULL, name);
    kin_buffer_string(out, "<figcaption><span class=\"name\">");
    kin_html__data(out, name);
    kin_buffer_string(out, "</span></figcaption></figure>\n");
    out->failed |= !file;
    kin_arena_clear(&arena);
}

static void put_confusion(kin_buffer *out, kin_workspace *w, const kin_confusion *confusion)
{
    kin_buffer_string(out, "<h3>");
    kin_html__data(out, confusion->given ? confusion->given : "no label");
    kin_buffer_string(out, " that should be ");
    kin_html__data(out, confusion->right);
    kin_buffer_string(out, ": ");
    kin_figure_add_count(out, confusion->count);
    kin_buffer_string(out, " known</h3>\n<div class=\"grid\">\n");
    for (size_t i = 0; i < KIN_CONFUSION_EXAMPLES && confusion->examples[i]; i++)
        put_example(out, w, confusion->examples[i]);
    kin_buffer_string(out, "</div>\n");
}

void kin_report__put_mistakes(kin_buffer *out, kin_workspace *w, const kin_report *report)
{
    size_t shown = report->confusions_count < shown_most ? report->confusions_count : shown_most;
    if (shown == 0)
        return;
    kin_buffer_string(out, "<section aria-labelledby=\"what\">\n<h2 id=\"what\">What is taken for what</h2>\n<p>Known "
                           "mistakes whose right label was said, however they were found. ");
    if (shown < report->confusions_count)
        kin_buffer_printf(out, "The %zu most frequent kinds of %zu; a few of each are shown.", shown,
                          report->confusions_count);
    else
        kin_buffer_string(out, "A few of each kind are shown.");
    kin_buffer_string(out, "</p>\n");
    for (size_t i = 0; i < shown; i++)
        put_confusion(out, w, &report->confusions[i]);
    kin_buffer_string(out, "</section>\n");
}
