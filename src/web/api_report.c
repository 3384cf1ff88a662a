/* The report, as JSON, as a page to keep, and as a table for spreadsheets. */
#include "web/web_private.h"

#include <math.h>
#include <string.h>

enum { most_keys = 16 };

typedef struct chosen {
    kin_slices_options options;
    const char *keys[most_keys];
} chosen;

static int read_keys(web_request *request, chosen *c, kin_error *err)
{
    const char *place = kin_web_argument(request, "by");
    for (; place && *place; place += *place == ',') {
        size_t length = strcspn(place, ",");
        if (length == 0 || c->options.by_count == most_keys)
            return kin_fail(err, KIN_E_USAGE, "by is label or attributes with commas between, %d at most", most_keys);
        c->keys[c->options.by_count] = kin_arena_copy(&request->arena, place, length);
        if (!c->keys[c->options.by_count++])
            return kin_fail_memory(err);
        place += length;
    }
    c->options.by = c->options.by_count ? c->keys : NULL;
    return KIN_OK;
}

static int percent(const web_request *request, const char *name, double least, double most, double *out, kin_error *err)
{
    double number = 100 * *out;
    int code = kin_web_argument_real(request, name, least, most, &number, err);
    if (code == KIN_OK && kin_web_argument(request, name))
        *out = number / 100;
    return code;
}

static int read_options(web_request *request, chosen *c, kin_error *err)
{
    const char *rule = kin_web_argument(request, "score");
    *c = (chosen) { .options = { .full = kin_web_argument_flag(request, "full"),
                                 .pairs = kin_web_argument_flag(request, "pairs"),
                                 .conf = 0.95,
                                 .risk = 0.05,
                                 .weights = KIN_SCORE_WEIGHTS_INIT } };
    kin_slices_options *options = &c->options;
    if (rule && !kin_score_rule_from(rule, &options->rule))
        return kin_fail(err, KIN_E_USAGE, "score is share or opportunity");
    int code = read_keys(request, c, err);
    if (code == KIN_OK)
        code = percent(request, "sla", 1.5, 100, &options->sla, err);
    if (code == KIN_OK)
        code = percent(request, "risk", 0.1, 50, &options->risk, err);
    if (code == KIN_OK)
        code = percent(request, "conf", 50, 99.9999, &options->conf, err);
    if (code == KIN_OK)
        code = kin_web_argument_real(request, "minor", 0, 1000, &options->weights.minor, err);
    if (code == KIN_OK)
        code = kin_web_argument_real(request, "critical", 1e-6, 1000, &options->weights.critical, err);
    return code;
}

/* Everything that the answer depends on. */
static int write_key(const char *what, const chosen *c, kin_buffer *key, kin_error *err)
{
    const kin_slices_options *o = &c->options;
    kin_buffer_printf(key, "%s %d %d %.17g %.17g %.17g %d %.17g %.17g", what, o->full, o->pairs, o->sla, o->risk,
                      o->conf, (int)o->rule, o->weights.minor, o->weights.critical);
    for (size_t i = 0; i < o->by_count; i++)
        kin_buffer_printf(key, " %zu:%s", strlen(o->by[i]), o->by[i]);
    return key->failed ? kin_fail_memory(err) : KIN_OK;
}

static int serve(web_request *request, const char *what, int (*make)(web_request *request, kin_error *err),
                 kin_error *err)
{
    chosen c;
    kin_buffer key = KIN_BUFFER_INIT;
    int code = read_options(request, &c, err);
    if (code == KIN_OK)
        code = write_key(what, &c, &key, err);
    if (code == KIN_OK)
        code = kin_web_cached(request, key.data, make, err);
    kin_buffer_clear(&key);
    return code;
}

/* The report that the address asks for; of a full one also what to do next. */
static int read_report(web_request *request, chosen *c, kin_report *report, kin_advices *advices, kin_error *err)
{
    int code = read_options(request, c, err);
    if (code == KIN_OK)
        code = kin_workspace_slices(request->workspace, &c->options, report, err);
    return code == KIN_OK && c->options.full ? kin_report_advice(report, advices, err) : code;
}

static int make_json(web_request *request, kin_error *err)
{
    chosen c;
    kin_report report = { .slices = NULL };
    kin_advices advices = { .list = NULL };
    int code = read_report(request, &c, &report, &advices, err);
    if (code == KIN_OK) {
        kin_json json = kin_json_new();
        kin_json_report(&json, &report, &c.options);
        if (c.options.full)
            kin_json_history(&json, &report, &advices);
        code = kin_web_answer_json(request, &json, err);
    }
    kin_advices_clear(&advices);
    kin_report_clear(&report);
    return code;
}

int kin_web__report(web_request *request, kin_error *err)
{
    return serve(request, "report", make_json, err);
}

static int make_html(web_request *request, kin_error *err)
{
    chosen c;
    kin_report report = { .slices = NULL };
    int code = read_options(request, &c, err);
    c.options.full = true;
    if (code == KIN_OK)
        code = kin_workspace_slices(request->workspace, &c.options, &report, err);
    if (code == KIN_OK)
        code =
            kin_workspace_report_html(request->workspace, &report, &request->answer.text, &request->answer.size, err);
    kin_report_clear(&report);
    return code;
}

int kin_web__report_html(web_request *request, kin_error *err)
{
    int code = serve(request, "report.html", make_html, err);
    request->answer.type = "text/html; charset=utf-8";
    request->answer.file_name = "kin-report.html";
    return code;
}

/* ---- CSV (RFC 4180) ---- */

/* A text that a spreadsheet would take for a formula gets an apostrophe in front, which they show as text. */
static void put_text(kin_buffer *out, const char *text)
{
    kin_buffer_char(out, '"');
    if (text && strchr("=+-@\t\r", *text) && *text)
        kin_buffer_char(out, '\'');
    for (; text && *text; text++) {
        if (*text == '"')
            kin_buffer_char(out, '"');
        kin_buffer_char(out, *text);
    }
    kin_buffer_string(out, "\",");
}

static void put_number(kin_buffer *out, double number, const char *end)
{
    if (isfinite(number))
        kin_buffer_printf(out, "%.10g", number);
    kin_buffer_string(out, end);
}

static void put_slice(kin_buffer *out, const kin_slice *slice)
{
    const kin_slice_figures *f = &slice->figures;
    bool audited = f->slice.n > 0;
    const double none = (double)NAN;
    put_text(out, slice->key);
    put_text(out, slice->value);
    put_text(out, slice->key2);
    put_text(out, slice->value2);
    kin_buffer_printf(out, "%llu,%zu,%zu,%llu,%llu,", (unsigned long long)slice->population, f->slice.n,
                      f->slice.mistakes, (unsigned long long)slice->known, (unsigned long long)slice->known_ok);
    put_number(out, audited ? f->slice.rate : none, ",");
    put_number(out, audited ? f->slice.lo : none, ",");
    put_number(out, audited ? f->slice.hi : none, ",");
    put_number(out, f->lift, ",");
    put_number(out, f->share, ",");
    put_number(out, audited ? f->p : none, ",");
    put_number(out, audited ? f->q : none, ",");
    put_number(out, isfinite(slice->remaining.total) ? slice->remaining.left : none, ",");
    put_number(out, isfinite(slice->remaining.total) ? slice->remaining.left_lo : none, ",");
    put_number(out, isfinite(slice->remaining.total) ? slice->remaining.left_hi : none, "\r\n");
}

static int make_csv(web_request *request, kin_error *err)
{
    chosen c;
    kin_report report = { .slices = NULL };
    int code = read_options(request, &c, err);
    if (code == KIN_OK)
        code = kin_workspace_slices(request->workspace, &c.options, &report, err);
    if (code != KIN_OK)
        return code;
    kin_buffer out = KIN_BUFFER_INIT;
    kin_buffer_string(&out, "key,value,key2,value2,population,audited,mistakes,known,known_ok,rate,lo,hi,lift,share,p,"
                            "q,left,left_lo,left_hi\r\n");
    for (size_t i = 0; i < report.slices_count; i++)
        put_slice(&out, &report.slices[i]);
    kin_report_clear(&report);
    if (out.failed) {
        kin_buffer_clear(&out);
        return kin_fail_memory(err);
    }
    request->answer.text = out.data;
    request->answer.size = out.size;
    return KIN_OK;
}

int kin_web__report_csv(web_request *request, kin_error *err)
{
    int code = serve(request, "report.csv", make_csv, err);
    request->answer.type = "text/csv; charset=utf-8";
    request->answer.file_name = "kin-slices.csv";
    return code;
}
