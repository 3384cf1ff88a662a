/* Why an item is where it is, in words for people: what moved its probability most, then what else speaks for it. */
#include "workspace/rank.h"

#include "base/buffer.h"

static int put_name(kin_workspace *w, kin_buffer *out, int64_t id, kin_error *err)
{
    kin_item item;
    int code = kin_ledger_item(w->ledger, id, &item, err);
    if (code == KIN_OK)
        kin_buffer_printf(out, "%s%s%s", item.path, item.shape ? "#" : "", item.shape ? item.shape : "");
    return code;
}

static int put_looks(kin_workspace *w, kin_buffer *out, int64_t nearest, kin_error *err)
{
    if (nearest == 0) {
        kin_buffer_string(out, "looks like what was asked for");
        return KIN_OK;
    }
    kin_buffer_string(out, "looks like ");
    return put_name(w, out, nearest, err);
}

static void put_model(kin_buffer *out, const kin_rank_wish *wish)
{
    if (wish->should_be)
        kin_buffer_printf(out, "reads as '%s' rather than '%s'", wish->should_be, wish->given);
    else
        kin_buffer_printf(out, "does not read as '%s'", wish->given);
}

static void put_neighbours(kin_buffer *out, const kin_rank_wish *wish, const kin_kinship_hit *hit)
{
    if (wish->should_be)
        kin_buffer_printf(out, "%d of %d neighbours are '%s'", hit->neighbours_right, hit->neighbours, wish->should_be);
    else
        kin_buffer_printf(out, "%d of %d neighbours are not '%s'", hit->neighbours - hit->neighbours_given,
                          hit->neighbours, wish->given);
}

static int put_verdict(kin_workspace *w, kin_buffer *out, const kin_corpus *corpus, const kin_kinship_hit *hit,
                       kin_error *err)
{
    const kin_corpus_verdict *verdict = kin_corpus__verdict(corpus, (uint32_t)hit->nearest_verdict);
    kin_buffer_string(out, "near ");
    int code = put_name(w, out, corpus->id[hit->nearest_verdict], err);
    kin_buffer_string(out, hit->nearest_mistake                         ? ", judged the same mistake"
                           : verdict && kin_corpus__is_mistake(verdict) ? ", judged another mistake"
                                                                        : ", judged ok");
    return code;
}

static bool neighbours_tell(const kin_rank_wish *wish, const kin_kinship_hit *hit)
{
    return wish->should_be ? hit->neighbours_right > 0 : hit->neighbours_given < hit->neighbours;
}

int kin_workspace__why(kin_workspace *workspace, const kin_corpus *corpus, const kin_rank_wish *wish,
                       const kin_kinship_hit *hit, int64_t nearest, kin_arena *arena, const char **out, kin_error *err)
{
    kin_buffer text = KIN_BUFFER_INIT;
    bool by_verdict = hit->reason == KIN_REASON_VERDICTS && hit->nearest_verdict >= 0, more = false;
    int code = KIN_OK;
    if (by_verdict) {
        code = put_verdict(workspace, &text, corpus, hit, err);
        /* the same item need not be named twice */
        more = nearest != corpus->id[hit->nearest_verdict];
    } else if (hit->reason == KIN_REASON_NEIGHBOURS) {
        put_neighbours(&text, wish, hit);
        more = true;
    } else if (hit->reason == KIN_REASON_MODEL) {
        put_model(&text, wish);
        more = true;
    } else {
        code = put_looks(workspace, &text, nearest, err);
        if (neighbours_tell(wish, hit)) {
            kin_buffer_string(&text, "; ");
            put_neighbours(&text, wish, hit);
        }
    }
    if (code == KIN_OK && more) {
        kin_buffer_string(&text, "; ");
        code = put_looks(workspace, &text, nearest, err);
    }
    if (code == KIN_OK && text.failed)
        code = kin_fail_memory(err);
    if (code == KIN_OK) {
        *out = kin_arena_string(arena, text.data);
        code = *out ? KIN_OK : kin_fail_memory(err);
    }
    kin_buffer_clear(&text);
    return code;
}
