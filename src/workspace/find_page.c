/* The page that `kin find --html` writes: the pictures of what was asked for, and of what was found. */
#include "kin/search.h"
#include "workspace/html.h"
#include "workspace/workspace_private.h"

#include <math.h>

static void put_verdict(kin_buffer *out, kin_grade grade, const char *should_be)
{
    if (grade == KIN_GRADE_NONE)
        return;
    kin_buffer_printf(out, "<div class=\"%s\">%s", grade == KIN_GRADE_OK ? "ok" : "mistake", kin_grade_name(grade));
    if (should_be) {
        kin_buffer_string(out, ", should be ");
        kin_html__data(out, should_be);
    }
    kin_buffer_string(out, "</div>");
}

typedef struct find_page {
    kin_workspace *workspace;
    kin_buffer out;
    kin_html_pictures pictures;
} find_page;

static void put_match(find_page *page, const kin_match *match, size_t rank)
{
    kin_buffer *out = &page->out;
    kin_arena arena = KIN_ARENA_INIT;
    char *name = kin_workspace__name(&arena, match->path, match->shape);
    char *file = kin_workspace__file(page->workspace, &arena, match->path);
    kin_buffer_string(out, "<figure>");
    if (file)
        kin_html__picture(&page->pictures, out, file, match->shape ? &match->box : NULL, name ? name : match->path);
    kin_buffer_printf(out, "<figcaption><div class=\"meta\"><b>%zu</b><span>%.3f</span></div><div>", rank,
                      isnan(match->probability) ? match->score : match->probability);
    kin_html__data(out, match->label ? match->label : "no label");
    kin_buffer_string(out, "</div>");
    put_verdict(out, match->grade, match->should_be);
    if (match->why)
        kin_html__element(out, "div", "why", match->why);
    kin_buffer_string(out, "<div class=\"name\">");
    kin_html__name(out, name ? name : match->path);
    kin_buffer_string(out, "</div></figcaption></figure>\n");
    kin_arena_clear(&arena);
}

static void put_asked(find_page *page, const char *name, const char *role, const kin_box *box)
{
    kin_workspace *w = page->workspace;
    kin_buffer *out = &page->out;
    kin_arena arena = KIN_ARENA_INIT;
    kin_item item;
    bool known = kin_workspace_item(w, name, &item, NULL) == KIN_OK;
    kin_box own = known ? item.box : (kin_box) { 0, 0, 0, 0 };
    bool is_shape = known && item.shape;
    const char *label = known ? kin_arena_string(&arena, item.label) : NULL;
    char *file = known ? kin_workspace__file(w, &arena, item.path) : kin_arena_string(&arena, name);
    kin_buffer_string(out, "<figure>");
    if (file)
        kin_html__picture(&page->pictures, out, file, box ? box : is_shape ? &own : NULL, name);
    kin_buffer_printf(out, "<figcaption><div><b>%s</b></div><div>", role);
    kin_html__data(out, label ? label : "no label");
    kin_buffer_string(out, "</div><div class=\"name\">");
    kin_html__name(out, name);
    kin_buffer_string(out, "</div></figcaption></figure>\n");
    kin_arena_clear(&arena);
}

static void put_heading(kin_buffer *out, const kin_query *query, const kin_matches *matches)
{
    if (matches->by == KIN_BY_MISTAKE) {
        kin_buffer_string(out, "<p>The mistake: labelled ");
        kin_html__data(out, matches->given);
        kin_buffer_string(out, ", should be ");
        kin_html__data(out, matches->should_be ? matches->should_be : "something else");
        kin_buffer_printf(out, ". Each number is the probability of it; known so far: %zu.</p>\n", matches->known);
    }
    if (!query->pattern)
        kin_buffer_string(out, "<h2>Asked for</h2>\n");
    kin_buffer_string(out, "<div class=\"grid\">\n");
}

int kin_workspace_find_page(kin_workspace *workspace, const kin_query *query, const kin_matches *matches,
                            const char *path, kin_error *err)
{
    find_page page = { .workspace = workspace, .out = KIN_BUFFER_INIT };
    kin_buffer *out = &page.out;
    kin_html__begin(out, "kin");
    kin_buffer_string(out, "<main>\n<h1>Kin of ");
    kin_html__data(out, query->pattern ? query->pattern : query->likes[0]);
    kin_buffer_string(out, "</h1>\n");
    put_heading(out, query, matches);
    for (size_t i = 0; i < query->likes_count; i++)
        put_asked(&page, query->likes[i], "like", i == 0 ? query->box : NULL);
    for (size_t i = 0; i < query->unlikes_count; i++)
        put_asked(&page, query->unlikes[i], "unlike", NULL);
    kin_buffer_printf(out, "</div>\n<h2>%zu most %s of %llu", matches->count,
                      matches->by == KIN_BY_MISTAKE ? "likely" : "similar", (unsigned long long)matches->searched);
    if (matches->label) {
        kin_buffer_string(out, " labelled ");
        kin_html__data(out, matches->label);
    }
    kin_buffer_string(out, "</h2>\n<div class=\"grid\">\n");
    for (size_t i = 0; i < matches->count; i++)
        put_match(&page, &matches->list[i], i + 1);
    kin_buffer_string(out, "</div>\n</main>\n");
    kin_html__put_pictures(&page.pictures, workspace, out);
    int code = kin_html__write(out, path, err);
    kin_buffer_clear(out);
    return code;
}
