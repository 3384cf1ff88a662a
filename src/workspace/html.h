#ifndef KIN_HTML_H
#define KIN_HTML_H
/* Pages that stand alone: one file, style (pages.css) and pictures inside, nothing fetched. A page is written into a
 * buffer, whose `failed` is looked at once, by kin_html__end. What comes from a data set goes through one of the
 * functions that escape; kin_buffer_string and kin_buffer_printf are for markup of our own. */

#include "base/arena.h"
#include "base/buffer.h"
#include "kin/workspace.h"

/* From the doctype to the open <body>. */
void kin_html__begin(kin_buffer *out, const char *title);

/* Closes the page; the second also replaces the file by it. */
int kin_html__end(kin_buffer *out, kin_error *err);
int kin_html__write(kin_buffer *out, const char *path, kin_error *err);

/* Escaped for text and for attributes in double quotes; what is no UTF-8, control characters but the newline, and
 * those that override the direction of writing become U+FFFD. */
void kin_html__text(kin_buffer *out, const char *text);

/* The same of a string of the data set, kept apart from the direction of the writing around it: text only. */
void kin_html__data(kin_buffer *out, const char *text);

/* The same of an item's name, which may go on in the next line behind a '/' and before a '#'. */
void kin_html__name(kin_buffer *out, const char *name);

/* <tag class="kind">text</tag>; kind NULL: no class. */
void kin_html__element(kin_buffer *out, const char *tag, const char *kind, const char *text);

/* As kin_figure_percent and kin_figure_add_range, with the sign never on the next line. */
void kin_html__percent(kin_buffer *out, double fraction);
void kin_html__range(kin_buffer *out, double lo, double hi);

/* The pictures of a page, made when all the rest is written, so that an image is read once for all its parts. */
typedef struct kin_html_pictures {
    struct kin_html_picture *list;
    size_t count, capacity;
    kin_arena arena;
} kin_html_pictures;

/* Here comes a picture of a part of an image file: `box` grown by half and drawn in, NULL: all of it. `alt`: the text
 * that stands for it. All is copied. */
void kin_html__picture(kin_html_pictures *pictures, kin_buffer *out, const char *file, const kin_box *box,
                       const char *alt);

/* Puts them where they belong in the page, as JPEG in base64, and forgets them. A file that cannot be read leaves its
 * place empty, with the reason. */
void kin_html__put_pictures(kin_html_pictures *pictures, kin_workspace *w, kin_buffer *out);

#endif
