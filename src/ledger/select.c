/* Filters become one SELECT. Conditions on attributes are sets of ids, each found through attribute_by_value: the items
 * that have the value themselves and the shapes of images that have it. */

#include "ledger/ledger_private.h"
#include "ledger/ledger_rows.h"

#include "base/buffer.h"
#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

#define WHERE_MOST 100

typedef struct query {
    kin_buffer sql;
    kin_ledger__value values[3 + 2 * WHERE_MOST];
    size_t count;
    bool empty; /* asks for a name that no item has */
} query;

/* Binds a value; returns its number. */
static unsigned add_value(query *q, int64_t value)
{
    q->values[q->count++] = kin_ledger__int(value);
    return (unsigned)q->count;
}

static void add_states(query *q, unsigned states)
{
    if (states == 0)
        states = 1U << KIN_ITEM_PENDING | 1U << KIN_ITEM_DESCRIBED;
    if (states & 1U << KIN_ITEM_GONE)
        states |= 1U << KIN_LEDGER__GONE_WITH_ASSET;
    kin_buffer_printf(&q->sql, "(%u >> i.state) & 1", states & 0x1fU);
}

static int add_label(kin_ledger *ledger, query *q, const char *label, kin_error *err)
{
    int64_t name = 0;
    int code = kin_ledger__name(ledger, label, false, &name, err);
    q->empty |= name == 0;
    kin_buffer_printf(&q->sql, " AND i.label = ?%u", add_value(q, name));
    return code;
}

static int add_where(kin_ledger *ledger, query *q, const kin_attribute *where, kin_error *err)
{
    int64_t key = 0, value = 0;
    int code;
    if (!where->key || !where->value)
        return kin_fail(err, KIN_E_USAGE, "a condition needs a key and a value");
    if (strcmp(where->key, "label") == 0)
        return add_label(ledger, q, where->value, err);
    if ((code = kin_ledger__name(ledger, where->key, false, &key, err)) != KIN_OK ||
        (code = kin_ledger__name(ledger, where->value, false, &value, err)) != KIN_OK)
        return code;
    q->empty |= key == 0 || value == 0;
    unsigned k = add_value(q, key), v = add_value(q, value);
    kin_buffer_printf(&q->sql,
                      " AND i.id IN (SELECT item FROM attribute WHERE key = ?%u AND value = ?%u UNION ALL "
                      "SELECT s.id FROM attribute a CROSS JOIN item s ON s.asset = a.item "
                      "WHERE a.key = ?%u AND a.value = ?%u)",
                      k, v, k, v);
    return KIN_OK;
}

static int make_query(kin_ledger *ledger, const char *columns, const kin_item_filter *filter, query *q, kin_error *err)
{
    int code = KIN_OK;
    if (filter->where_count > WHERE_MOST)
        return kin_fail(err, KIN_E_USAGE, "%zu conditions at once: at most %d", filter->where_count, WHERE_MOST);
    kin_buffer_string(&q->sql, columns);
    add_states(q, filter->states);
    if (filter->unit != KIN_UNIT_ANY)
        kin_buffer_string(&q->sql,
                          filter->unit == KIN_UNIT_ASSET ? " AND i.asset IS NULL" : " AND i.asset IS NOT NULL");
    if (filter->asset) {
        unsigned asset = add_value(q, filter->asset);
        kin_buffer_printf(&q->sql, " AND i.id IN (SELECT ?%u UNION ALL SELECT id FROM item WHERE asset = ?%u)", asset,
                          asset);
    }
    if (filter->label)
        code = add_label(ledger, q, filter->label, err);
    for (size_t i = 0; code == KIN_OK && i < filter->where_count; i++)
        code = add_where(ledger, q, &filter->where[i], err);
    if (filter->after)
        kin_buffer_printf(&q->sql, " AND i.id > ?%u", add_value(q, filter->after));
    kin_buffer_string(&q->sql, " ORDER BY i.id");
    if (filter->most)
        kin_buffer_printf(&q->sql, " LIMIT %zu", filter->most);
    return code == KIN_OK && q->sql.failed ? kin_fail_memory(err) : code;
}

static int run_filter(kin_ledger *ledger, const char *columns, const kin_item_filter *filter,
                      int (*take)(void *user, sqlite3_stmt *row, kin_error *err), void *user, kin_error *err)
{
    query q = { .sql = KIN_BUFFER_INIT };
    int code = make_query(ledger, columns, filter, &q, err);
    if (code == KIN_OK && !q.empty)
        code = kin_ledger__each_of_text(ledger, q.sql.data, q.values, q.count, take, user, err);
    kin_buffer_clear(&q.sql);
    return code;
}

typedef struct id_list {
    int64_t *ids;
    size_t n, capacity;
} id_list;

static int take_id(void *user, sqlite3_stmt *row, kin_error *err)
{
    id_list *list = user;
    if (!KIN_GROW(&list->ids, &list->capacity, list->n + 1))
        return kin_fail_memory(err);
    list->ids[list->n++] = sqlite3_column_int64(row, 0);
    return KIN_OK;
}

int kin_ledger_select(kin_ledger *ledger, const kin_item_filter *filter, int64_t **ids, size_t *n, kin_error *err)
{
    id_list list = { 0 };
    int code = run_filter(ledger, "SELECT i.id FROM item i WHERE ", filter, take_id, &list, err);
    if (code == KIN_OK && !list.ids && !(list.ids = kin_alloc_array(1, sizeof *list.ids)))
        code = kin_fail_memory(err);
    if (code != KIN_OK) {
        free(list.ids);
        return code;
    }
    *ids = list.ids;
    *n = list.n;
    return KIN_OK;
}

typedef struct item_taker {
    int (*take)(void *user, const kin_item *item, kin_error *err);
    void *user;
} item_taker;

static int take_item(void *user, sqlite3_stmt *row, kin_error *err)
{
    const item_taker *taker = user;
    kin_item item;
    kin_ledger__item_row(row, &item);
    return item.path ? taker->take(taker->user, &item, err) : kin_fail_memory(err);
}

/* By id is assets before their shapes: an asset is always there before the first shape on it. */
int kin_ledger_each_item(kin_ledger *ledger, const kin_item_filter *filter,
                         int (*take)(void *user, const kin_item *item, kin_error *err), void *user, kin_error *err)
{
    item_taker taker = { take, user };
    return run_filter(ledger, kin_ledger__sql_item, filter, take_item, &taker, err);
}

typedef struct row_taker {
    int (*take)(void *user, const kin_item_row *row, kin_error *err);
    void *user;
} row_taker;

static int take_row(void *user, sqlite3_stmt *row, kin_error *err)
{
    const row_taker *taker = user;
    kin_item_row item = { sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2) };
    return taker->take(taker->user, &item, err);
}

int kin_ledger_each_row(kin_ledger *ledger, kin_unit unit, unsigned states,
                        int (*take)(void *user, const kin_item_row *row, kin_error *err), void *user, kin_error *err)
{
    const kin_item_filter filter = { .unit = unit, .states = states };
    row_taker taker = { take, user };
    return run_filter(ledger, "SELECT i.id, coalesce(i.asset, i.id), i.label FROM item i WHERE ", &filter, take_row,
                      &taker, err);
}

int kin_ledger_each_pending(kin_ledger *ledger, int64_t after, size_t assets,
                            int (*take)(void *user, const kin_item *item, kin_error *err), void *user, kin_error *err)
{
    item_taker taker = { take, user };
    int64_t most = assets < INT64_MAX ? (int64_t)assets : INT64_MAX;
    return kin_ledger__each(ledger, KIN_SQL_EACH_PENDING, KIN_BIND(kin_ledger__int(after), kin_ledger__int(most)),
                            take_item, &taker, err);
}

int kin_ledger_count_pending(kin_ledger *ledger, uint64_t *assets, kin_error *err)
{
    sqlite3_stmt *row = NULL;
    int code = kin_ledger__first(ledger, KIN_SQL_COUNT_PENDING, NULL, 0, &row, err);
    if (code != KIN_OK)
        return code;
    *assets = (uint64_t)sqlite3_column_int64(row, 0);
    (void)sqlite3_reset(row);
    return KIN_OK;
}

typedef struct attribute_taker {
    int (*take)(void *user, int64_t item, const kin_attribute *attribute, kin_error *err);
    void *user;
} attribute_taker;

static int take_attribute(void *user, sqlite3_stmt *row, kin_error *err)
{
    const attribute_taker *taker = user;
    kin_attribute attribute = { kin_ledger__column(row, 1), kin_ledger__column(row, 2) };
    if (!attribute.key || !attribute.value)
        return kin_fail_memory(err);
    return taker->take(taker->user, sqlite3_column_int64(row, 0), &attribute, err);
}

int kin_ledger_each_attribute(kin_ledger *ledger, const char *key,
                              int (*take)(void *user, int64_t item, const kin_attribute *attribute, kin_error *err),
                              void *user, kin_error *err)
{
    attribute_taker taker = { take, user };
    int64_t name = 0;
    if (!key)
        return kin_ledger__each(ledger, KIN_SQL_EACH_ATTRIBUTE, NULL, 0, take_attribute, &taker, err);
    int code = kin_ledger__name(ledger, key, false, &name, err);
    if (code != KIN_OK || name == 0)
        return code;
    return kin_ledger__each(ledger, KIN_SQL_EACH_ATTRIBUTE_OF_KEY, KIN_BIND(kin_ledger__int(name)), take_attribute,
                            &taker, err);
}
