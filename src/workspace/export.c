/* Corrected annotations. First the latest verdicts are gone through: of those that say of a mistake what would be right
 * the items are kept, all mistakes go into the list of changes. Then the COCO file in use is copied with these changes
 * made; or, where there is none, the annotations are written anew (export_anew.c). */
#include "workspace/export_private.h"

#include "base/checked.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/ids.h"
#include "kin/coco.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *kin_correction_name(kin_correction correction)
{
    static const char *const names[] = { "", "relabelled", "removed", "left" };
    return names[correction];
}

kin_correction kin_correction_of(const kin_item *item, const kin_verdict *verdict)
{
    static const char *const removing[] = { "spurious", "delete", "duplicate" };
    bool named = verdict->should_be && verdict->should_be[0];
    if (verdict->grade < KIN_GRADE_MINOR)
        return KIN_CORRECTION_NONE;
    if (named && item->label && strcmp(item->label, verdict->should_be) == 0)
        return KIN_CORRECTION_NONE;
    if (named)
        return item->shape ? KIN_CORRECTION_RELABELLED : KIN_CORRECTION_LEFT;
    for (size_t i = 0; item->shape && verdict->kind && i < sizeof removing / sizeof *removing; i++)
        if (strcasecmp(verdict->kind, removing[i]) == 0)
            return KIN_CORRECTION_REMOVED;
    return KIN_CORRECTION_LEFT;
}

/* ---- Which items change ---- */

int kin_export__label(kin_export *e, const char *label, kin_error *err)
{
    bool added;
    if (!kin_table_add(&e->label_set, label, 0, &added))
        return kin_fail_memory(err);
    if (!added)
        return KIN_OK;
    bool grown = KIN_GROW(&e->labels, &e->label_capacity, e->label_count + 1);
    const char *own = grown ? kin_arena_string(&e->arena, label) : NULL;
    if (!own)
        return kin_fail_memory(err);
    e->labels[e->label_count++] = own;
    return KIN_OK;
}

static int keep(kin_export *e, const kin_item *item, const kin_verdict *verdict, kin_correction correction,
                kin_error *err)
{
    if (!KIN_GROW(&e->list, &e->capacity, e->count + 1))
        return kin_fail_memory(err);
    kin_corrected one = { .item = item->id,
                          .correction = correction,
                          .path = kin_arena_string(&e->arena, item->path),
                          .shape = kin_arena_string(&e->arena, item->shape),
                          .label = kin_arena_string(&e->arena, item->label),
                          .should_be = kin_arena_string(&e->arena, verdict->should_be) };
    if (!one.path || !one.shape || (item->label && !one.label))
        return kin_fail_memory(err);
    e->list[e->count++] = one;
    return correction == KIN_CORRECTION_RELABELLED ? kin_export__label(e, one.should_be, err) : KIN_OK;
}

static void put_cell(kin_buffer *line, const char *text)
{
    bool quoted = text && (strpbrk(text, ",\"\r\n;\t") || text[0] == ' ');
    kin_buffer_string(line, line->size ? "," : "");
    kin_buffer_string(line, quoted ? "\"" : "");
    for (; text && *text; text++)
        kin_buffer_printf(line, *text == '"' ? "\"\"" : "%c", *text);
    kin_buffer_string(line, quoted ? "\"" : "");
}

static int write_line(FILE *file, kin_buffer *line, kin_error *err)
{
    int code = KIN_OK;
    kin_buffer_string(line, "\r\n");
    if (line->failed)
        code = kin_fail_memory(err);
    else if (fwrite(line->data, 1, line->size, file) != line->size)
        code = kin_fail_errno(err, "write", "the changes");
    kin_buffer_clear(line);
    return code;
}

static int write_heads(FILE *file, kin_error *err)
{
    static const char *const heads[] = { "item", "action", "label", "should_be", "verdict",
                                         "kind", "count",  "note",  "reviewer",  "time" };
    kin_buffer line = KIN_BUFFER_INIT;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        put_cell(&line, heads[i]);
    return write_line(file, &line, err);
}

static int write_change(kin_export *e, const kin_item *item, const kin_verdict *verdict, kin_correction correction,
                        kin_error *err)
{
    char time[32], count[32];
    kin_arena scratch = KIN_ARENA_INIT;
    kin_buffer line = KIN_BUFFER_INIT;
    kin_clock_format(verdict->time, time);
    (void)snprintf(count, sizeof count, "%lld", (long long)verdict->count);
    const char *cells[] = { kin_workspace__name(&scratch, item->path, item->shape),
                            kin_correction_name(correction),
                            item->label,
                            verdict->should_be,
                            kin_grade_name(verdict->grade),
                            verdict->kind,
                            count,
                            verdict->note,
                            verdict->reviewer,
                            time };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        put_cell(&line, cells[i]);
    kin_arena_clear(&scratch);
    return write_line(e->options->changes, &line, err);
}

/* The verdict's texts are the ledger's until its next call: they are copied first. */
static int take_verdict(void *user, const kin_verdict *verdict, kin_error *err)
{
    kin_export *e = user;
    kin_item item;
    kin_arena scratch = KIN_ARENA_INIT;
    kin_verdict own = *verdict;
    if (verdict->grade < KIN_GRADE_MINOR)
        return KIN_OK;
    own.should_be = kin_arena_string(&scratch, verdict->should_be);
    own.kind = kin_arena_string(&scratch, verdict->kind);
    own.note = kin_arena_string(&scratch, verdict->note);
    own.reviewer = kin_arena_string(&scratch, verdict->reviewer);
    int code = kin_ledger_item(e->workspace->ledger, own.item, &item, err);
    kin_correction correction = KIN_CORRECTION_NONE;
    if (code == KIN_OK && item.state != KIN_ITEM_GONE)
        correction = kin_correction_of(&item, &own);
    e->summary.relabelled += correction == KIN_CORRECTION_RELABELLED;
    e->summary.removed += correction == KIN_CORRECTION_REMOVED;
    e->summary.left += correction == KIN_CORRECTION_LEFT;
    if (code == KIN_OK && correction && correction != KIN_CORRECTION_LEFT)
        code = keep(e, &item, &own, correction, err);
    if (code == KIN_OK && correction && e->options->changes)
        code = write_change(e, &item, &own, correction, err);
    kin_arena_clear(&scratch);
    return code;
}

kin_corrected *kin_export__find(const kin_export *e, int64_t item)
{
    size_t place = kin_ids_find(e->list, e->count, sizeof *e->list, item);
    return place < e->count ? &e->list[place] : NULL;
}

static int read_corrections(kin_export *e, kin_error *err)
{
    int code = e->options->changes ? write_heads(e->options->changes, err) : KIN_OK;
    if (code == KIN_OK)
        code = kin_ledger_each_verdict(e->workspace->ledger, true, take_verdict, e, err);
    kin_ids_sort(e->list, e->count, sizeof *e->list);
    return code;
}

/* ---- A COCO file, corrected ---- */

typedef struct file_edit {
    kin_export *e;
    kin_table by_name; /* "file name#shape" -> place in the list of the first of that name */
    size_t *next;      /* of the same name, SIZE_MAX: none */
    kin_buffer name;
} file_edit;

static const char *name_in(kin_buffer *name, const char *path, const char *shape)
{
    kin_buffer_reset(name);
    kin_buffer_string(name, kin_path_base(path));
    kin_buffer_char(name, '#');
    kin_buffer_string(name, shape);
    return name->failed ? "" : name->data;
}

static int index_names(file_edit *f, kin_error *err)
{
    f->next = kin_alloc_array(f->e->count + 1, sizeof *f->next);
    if (!f->next)
        return kin_fail_memory(err);
    for (size_t i = 0; i < f->e->count; i++) {
        const kin_corrected *one = &f->e->list[i];
        bool added;
        int64_t *first = kin_table_add(&f->by_name, name_in(&f->name, one->path, one->shape), (int64_t)i, &added);
        if (!first || f->name.failed)
            return kin_fail_memory(err);
        f->next[i] = added ? SIZE_MAX : (size_t)*first;
        *first = (int64_t)i;
    }
    return KIN_OK;
}

/* An image may be written without its folders in the file, as `kin index` takes it. */
static bool ends_in(const char *whole, const char *path)
{
    size_t a = strlen(whole), b = strlen(path);
    return a >= b && strcmp(whole + a - b, path) == 0 && (a == b || whole[a - b - 1] == '/');
}

static bool same_label(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : !a && !b;
}

static void edit(void *user, const char *path, const char *shape, const char *label, kin_coco_edit *what,
                 const char **becomes)
{
    file_edit *f = user;
    const int64_t *first = kin_table_find(&f->by_name, name_in(&f->name, path, shape));
    for (size_t i = first ? (size_t)*first : SIZE_MAX; i != SIZE_MAX; i = f->next[i]) {
        kin_corrected *one = &f->e->list[i];
        if (one->met || !ends_in(one->path, path) || strcmp(one->shape, shape) != 0 || !same_label(one->label, label))
            continue;
        one->met = true;
        f->e->summary.applied++;
        *becomes = one->should_be;
        *what = one->correction == KIN_CORRECTION_REMOVED ? KIN_COCO_REMOVE : KIN_COCO_RELABEL;
        return;
    }
}

static int correct_file(kin_export *e, const char *file, FILE *out, kin_error *err)
{
    file_edit f = { .e = e, .name = KIN_BUFFER_INIT };
    const kin_coco_editor editor = { edit, &f, e->labels, e->label_count };
    int code = index_names(&f, err);
    if (code == KIN_OK)
        code = kin_coco_correct(file, e->workspace->folder, &editor, out, err);
    if (code == KIN_OK && f.name.failed)
        code = kin_fail_memory(err);
    kin_table_clear(&f.by_name);
    kin_buffer_clear(&f.name);
    free(f.next);
    return code;
}

/* *file is NULL where no COCO file is to be corrected. */
static int choose_file(kin_export *e, const char **file, kin_error *err)
{
    const char *list = NULL, *own = e->options->source;
    *file = NULL;
    int code = own ? KIN_OK : kin_ledger_setting(e->workspace->ledger, KIN_SETTING_ANNOTATIONS, &list, err);
    if (code != KIN_OK || (!own && (!list || strcspn(list, "\n") + 1 < strlen(list))))
        return code;
    own = own ? own : kin_arena_copy(&e->arena, list, strcspn(list, "\n"));
    const char *path = own && own[0] != '/' ? kin_path_join(&e->arena, e->workspace->folder, own) : own;
    if (path && e->options->source && !kin_file_exists(path))
        path = own;
    if (!path)
        return kin_fail_memory(err);
    bool fits = kin_file_exists(path) && !kin_file_is_folder(path) && kin_coco_is(path);
    if (!fits && e->options->source)
        return kin_fail(err, KIN_E_USAGE, "%s is no COCO file", own);
    if (fits)
        (void)snprintf(e->summary.source, sizeof e->summary.source, "%s", own);
    *file = fits ? path : NULL;
    return KIN_OK;
}

/* ---- The whole ---- */

static int export_all(kin_export *e, FILE *out, kin_error *err)
{
    const char *file;
    int code = choose_file(e, &file, err);
    if (code == KIN_OK)
        code = read_corrections(e, err);
    if (code == KIN_OK)
        code = file ? correct_file(e, file, out, err) : kin_export__anew(e, out, err);
    if (code == KIN_OK && e->options->changes && fflush(e->options->changes) != 0)
        code = kin_fail_errno(err, "write", "the changes");
    return code;
}

int kin_workspace_export(kin_workspace *workspace, const kin_export_options *options, FILE *out,
                         kin_export_summary *summary, kin_error *err)
{
    kin_export e = { .workspace = workspace, .options = options, .arena = KIN_ARENA_INIT };
    int code = kin_ledger_begin(workspace->ledger, err);
    if (code != KIN_OK)
        return code;
    code = export_all(&e, out, err);
    kin_ledger_rollback(workspace->ledger);
    if (code == KIN_OK && summary)
        *summary = e.summary;
    kin_arena_clear(&e.arena);
    kin_table_clear(&e.label_set);
    free(e.list);
    free(e.labels);
    return code;
}
