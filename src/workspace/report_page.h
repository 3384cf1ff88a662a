#ifndef KIN_REPORT_PAGE_H
#define KIN_REPORT_PAGE_H
/* The parts of the page of a report: plots, as inline SVG in the colours of pages.css, and pictures. */

#include "kin/report.h"
#include "workspace/html.h"

/* The running score with its confidence sequence, and, with an agreement, its threshold and the running p-values.
 * Nothing where no asset was audited. */
void kin_report__plot_course(kin_buffer *out, const kin_report *report);

/* How many slices the interval plot shows, and the rate at its right end. */
size_t kin_report__plotted(const kin_report *report);
double kin_report__plot_end(const kin_report *report);

/* One row's interval, and the axis above all rows; both as wide as their place. */
void kin_report__plot_slice(kin_buffer *out, const kin_report *report, const kin_slice *slice, double end);
void kin_report__plot_axis(kin_buffer *out, double end);

/* Known mistakes with their pictures, by given and right label; nothing where there are none. */
void kin_report__put_mistakes(kin_buffer *out, kin_html_pictures *pictures, kin_workspace *w, const kin_report *report);

#endif
