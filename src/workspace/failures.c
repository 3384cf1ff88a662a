#include "workspace/workspace_private.h"

#include "base/checked.h"
#include "base/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { most_kinds = 200, kind_size = 160 };

typedef struct failure_kinds {
    kin_arena arena;
    kin_table places; /* reason -> its place in list */
    kin_failures list[most_kinds + 1];
    size_t count;
} failure_kinds;

/* "JPEG is cut off" of "JPEG is cut off: 512 bytes of 3000". */
static void kind_of(const char *reason, char kind[kind_size])
{
    size_t length = strcspn(reason, ":"), n = 0;
    for (size_t i = 0; i < length && n + 1 < kind_size; i++) {
        bool digit = isdigit((unsigned char)reason[i]) != 0;
        if (!digit)
            kind[n++] = reason[i];
        else if (i == 0 || !isdigit((unsigned char)reason[i - 1]))
            kind[n++] = 'N';
    }
    kind[n] = '\0';
}

static int add_kind(failure_kinds *kinds, const char *kind, const kin_item *item, kin_error *err)
{
    kin_failures made = { kin_arena_string(&kinds->arena, kind),
                          kin_workspace__name(&kinds->arena, item->path, item->shape), 0 };
    kinds->list[kinds->count++] = made;
    return made.reason && made.example ? KIN_OK : kin_fail_memory(err);
}

static int count_failure(void *user, const kin_item *item, kin_error *err)
{
    failure_kinds *kinds = user;
    char kind[kind_size];
    bool added = false;
    kind_of(item->reason ? item->reason : "no reason is known", kind);
    const char *name = kinds->count < most_kinds || kin_table_find(&kinds->places, kind) ? kind : "other reasons";
    int64_t *place = kin_table_add(&kinds->places, name, (int64_t)kinds->count, &added);
    int code = place ? KIN_OK : kin_fail_memory(err);
    if (code == KIN_OK && added)
        code = add_kind(kinds, name, item, err);
    if (code == KIN_OK)
        kinds->list[*place].count++;
    return code;
}

static int compare_counts(const void *left, const void *right)
{
    const kin_failures *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->reason, b->reason);
}

int kin_workspace_each_failures(kin_workspace *workspace,
                                int (*take)(void *user, const kin_failures *failures, kin_error *err), void *user,
                                kin_error *err)
{
    failure_kinds *kinds = kin_alloc_zeroed(1, sizeof *kinds);
    if (!kinds)
        return kin_fail_memory(err);
    int code = kin_workspace_each_failed(workspace, count_failure, kinds, err);
    if (code == KIN_OK && kinds->count)
        qsort(kinds->list, kinds->count, sizeof *kinds->list, compare_counts);
    for (size_t i = 0; code == KIN_OK && i < kinds->count; i++)
        code = take(user, &kinds->list[i], err);
    kin_table_clear(&kinds->places);
    kin_arena_clear(&kinds->arena);
    free(kinds);
    return code;
}
