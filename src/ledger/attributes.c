/* Attributes are replaced as a whole; where nothing differs, nothing is written. */

#include "ledger/ledger_private.h"

#include "base/checked.h"

#include <stdlib.h>

static int compare_pairs(const void *a, const void *b)
{
    const kin_ledger__pair *p = a, *q = b;
    if (p->key != q->key)
        return p->key < q->key ? -1 : 1;
    return p->order < q->order ? -1 : p->order > q->order;
}

/* ledger->pairs[*count]: the attributes by key, of each key the last. */
static int make_pairs(kin_ledger *ledger, const kin_attribute *attributes, size_t n, size_t *count, kin_error *err)
{
    if (!KIN_GROW(&ledger->pairs, &ledger->pairs_capacity, n))
        return kin_fail_memory(err);
    kin_ledger__pair *pairs = ledger->pairs;
    for (size_t i = 0; i < n; i++) {
        int code;
        if (!attributes[i].key || !attributes[i].value)
            return kin_fail(err, KIN_E_USAGE, "an attribute needs a key and a value");
        pairs[i].order = i;
        if ((code = kin_ledger__name(ledger, attributes[i].key, true, &pairs[i].key, err)) != KIN_OK ||
            (code = kin_ledger__name(ledger, attributes[i].value, true, &pairs[i].value, err)) != KIN_OK)
            return code;
    }
    if (n > 1)
        qsort(pairs, n, sizeof *pairs, compare_pairs);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || pairs[i].key != pairs[i + 1].key)
            pairs[kept++] = pairs[i];
    *count = kept;
    return KIN_OK;
}

/* Whether the item has just these attributes, and whether it has any. */
static int compare_stored(kin_ledger *ledger, int64_t item, size_t count, bool *same, bool *any, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_ATTRIBUTES, KIN_BIND(kin_ledger__int(item)), &row, err);
    size_t i = 0;
    bool more = row != NULL, equal = true;
    *any = more;
    while (code == KIN_OK && more && equal) {
        equal = i < count && ledger->pairs[i].key == sqlite3_column_int64(row, 0) &&
                ledger->pairs[i].value == sqlite3_column_int64(row, 1);
        i++;
        code = kin_ledger__next(ledger, row, &more, err);
    }
    (void)sqlite3_reset(row);
    *same = equal && i == count;
    return code;
}

int kin_ledger_attributes_put(kin_ledger *ledger, int64_t item, const kin_attribute *attributes, size_t n,
                              kin_error *err)
{
    size_t count = 0;
    bool same = false, any = false;
    int code = kin_ledger__writing(ledger, err);
    if (code != KIN_OK || (code = make_pairs(ledger, attributes, n, &count, err)) != KIN_OK ||
        (code = compare_stored(ledger, item, count, &same, &any, err)) != KIN_OK || same)
        return code;
    if (any)
        code = kin_ledger__run(ledger, KIN_SQL_ATTRIBUTES_DROP, KIN_BIND(kin_ledger__int(item)), err);
    for (size_t i = 0; code == KIN_OK && i < count; i++)
        code = kin_ledger__run(ledger, KIN_SQL_ATTRIBUTE_ADD,
                               KIN_BIND(kin_ledger__int(item), kin_ledger__int(ledger->pairs[i].key),
                                        kin_ledger__int(ledger->pairs[i].value)),
                               err);
    return code;
}
