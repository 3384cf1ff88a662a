/* Verdicts many at once, and taken back. Whatever one call adds has numbers that follow each other, for it is one
 * transaction: two numbers name it all, implied verdicts on shapes included. */
#include "kin/browse.h"
#include "workspace/workspace_private.h"

#include "base/checked.h"

#include <stdlib.h>

enum { most_undone = 1000000 };

/* Runs `work` between begin and commit and finds out the numbers of the verdicts that it added. */
static int recorded(kin_workspace *w, int (*work)(kin_workspace *w, void *user, kin_judged *out, kin_error *err),
                    void *user, kin_judged *out, kin_error *err)
{
    kin_judged done = { .first = 0 };
    int64_t before = 0, after = 0;
    int code = kin_ledger_begin(w->ledger, err);
    if (code != KIN_OK)
        return code;
    code = kin_ledger_newest_verdict(w->ledger, &before, err);
    if (code == KIN_OK)
        code = work(w, user, &done, err);
    if (code == KIN_OK)
        code = kin_ledger_newest_verdict(w->ledger, &after, err);
    code = kin_workspace__end(w->ledger, code, err);
    if (code != KIN_OK)
        return code;
    if (after > before) {
        done.first = before + 1;
        done.last = after;
    }
    *out = done;
    return KIN_OK;
}

/* ---- Many at once ---- */

typedef struct batch {
    const kin_verdict *verdicts;
    size_t n;
    kin_id_list drawn;
} batch;

static int judge_part(kin_workspace *w, const batch *b, bool assets, kin_judged *out, kin_error *err)
{
    int code = KIN_OK;
    for (size_t i = 0; code == KIN_OK && i < b->n; i++) {
        kin_item item;
        bool added = false;
        code = kin_ledger_item(w->ledger, b->verdicts[i].item, &item, err);
        if (code != KIN_OK || (item.id == item.asset) != assets)
            continue;
        if (item.state == KIN_ITEM_GONE) {
            out->gone++;
            continue;
        }
        code = kin_workspace__judge(w, &b->drawn, &b->verdicts[i], &added, &out->implied, err);
        out->added += added;
    }
    return code;
}

/* Shapes first: what is said of a whole picture speaks for the shapes that nothing was said of. */
static int judge_batch(kin_workspace *w, void *user, kin_judged *out, kin_error *err)
{
    batch *b = user;
    int code = kin_workspace__drawn_assets(w, &b->drawn, err);
    if (code == KIN_OK)
        code = judge_part(w, b, false, out, err);
    return code == KIN_OK ? judge_part(w, b, true, out, err) : code;
}

int kin_workspace_verdicts(kin_workspace *workspace, const kin_verdict *verdicts, size_t n, kin_judged *out,
                           kin_error *err)
{
    batch b = { .verdicts = verdicts, .n = n };
    int code = recorded(workspace, judge_batch, &b, out, err);
    free(b.drawn.ids);
    return code;
}

/* ---- Taken back ---- */

typedef struct undoing {
    int64_t first, last, newest; /* newest: before anything was undone */
    const char *reviewer;
    kin_id_list items; /* that the verdicts were on, in their order */
} undoing;

static int collect(void *user, const kin_verdict *verdict, kin_error *err)
{
    undoing *u = user;
    return kin_workspace__push_id(&u->items, verdict->item, err);
}

/* Strings of the ledger live until its next call, and adding a verdict is one. */
static int say_again(kin_workspace *w, const kin_verdict *earlier, kin_judged *out, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    bool added = false;
    kin_verdict again = *earlier;
    again.time = 0;
    again.should_be = kin_arena_string(&arena, earlier->should_be);
    again.kind = kin_arena_string(&arena, earlier->kind);
    again.note = kin_arena_string(&arena, earlier->note);
    again.reviewer = kin_arena_string(&arena, earlier->reviewer);
    int code = kin_ledger_verdict_add(w->ledger, &again, &added, err);
    out->added += added;
    kin_arena_clear(&arena);
    return code;
}

static int restore(kin_workspace *w, const undoing *u, int64_t item, kin_judged *out, kin_error *err)
{
    kin_verdict latest, earlier;
    bool withdrawn = false;
    int code = kin_ledger_verdict(w->ledger, item, &latest, err);
    if (code != KIN_OK || latest.id > u->newest) /* restored already: it had two verdicts */
        return code;
    if (latest.id < u->first || latest.id > u->last) {
        out->kept++;
        return KIN_OK;
    }
    int64_t job = latest.job;
    code = kin_ledger_verdict_before(w->ledger, item, u->first, &earlier, err);
    if (code != KIN_OK || earlier.grade != KIN_GRADE_NONE)
        return code == KIN_OK ? say_again(w, &earlier, out, err) : code;
    const kin_verdict none = { .item = item, .job = job, .reviewer = u->reviewer };
    code = kin_ledger_verdict_withdraw(w->ledger, &none, &withdrawn, err);
    out->added += withdrawn;
    return code;
}

static int undo_all(kin_workspace *w, void *user, kin_judged *out, kin_error *err)
{
    undoing *u = user;
    int code = kin_ledger_newest_verdict(w->ledger, &u->newest, err);
    if (code == KIN_OK)
        code = kin_ledger_each_verdict_between(w->ledger, u->first, u->last, 0, collect, u, err);
    if (code == KIN_OK && u->items.count == 0)
        code = kin_fail(err, KIN_E_NOTFOUND, "there are no verdicts %lld to %lld", (long long)u->first,
                        (long long)u->last);
    for (size_t i = 0; code == KIN_OK && i < u->items.count; i++)
        code = restore(w, u, u->items.ids[i], out, err);
    return code;
}

int kin_workspace_undo(kin_workspace *workspace, int64_t first, int64_t last, const char *reviewer, kin_judged *out,
                       kin_error *err)
{
    undoing u = { .first = first, .last = last, .reviewer = reviewer };
    if (first < 1 || last < first)
        return kin_fail(err, KIN_E_USAGE, "what is undone are the verdicts from first to last, at least 1");
    if (last - first >= most_undone)
        return kin_fail(err, KIN_E_LIMIT, "more than %d verdicts at once cannot be undone", most_undone);
    int code = recorded(workspace, undo_all, &u, out, err);
    free(u.items.ids);
    return code;
}
