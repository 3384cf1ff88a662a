/* The words of a data set: labels, and keys and values of attributes. */

#include "kin/vocabulary.h"

#include "ledger/ledger_private.h"

static const char attributes_of_item[] =
    "SELECT i.id, k.text, v.text FROM item i JOIN attribute a ON a.item IN (i.id, i.asset) "
    "AND (a.item = i.id OR a.key NOT IN (SELECT key FROM attribute WHERE item = i.id)) "
    "CROSS JOIN name k ON k.id = a.key CROSS JOIN name v ON v.id = a.value WHERE i.id = ?1 ORDER BY k.text";

static const char labels[] =
    "SELECT n.text, l.items FROM (SELECT label, count(*) AS items FROM item WHERE label IS NOT NULL AND state < 3 "
    "GROUP BY label UNION ALL SELECT DISTINCT should_be, 0 FROM verdict WHERE should_be IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM item WHERE label = should_be AND state < 3)) l "
    "JOIN name n ON n.id = l.label ORDER BY l.items DESC, n.text";

/* One look into attribute_by_value for each value there is, however many items have it. */
static const char values[] =
    "WITH RECURSIVE keys (k) AS (SELECT min(key) FROM attribute UNION ALL "
    "SELECT (SELECT min(key) FROM attribute WHERE key > k) FROM keys WHERE k IS NOT NULL), "
    "pairs (k, v) AS (SELECT k, (SELECT min(value) FROM attribute WHERE key = k) FROM keys WHERE k IS NOT NULL "
    "UNION ALL SELECT k, (SELECT min(value) FROM attribute WHERE key = k AND value > v) FROM pairs WHERE v IS NOT "
    "NULL) "
    "SELECT a.text, b.text FROM pairs JOIN name a ON a.id = k JOIN name b ON b.id = v ORDER BY a.text, b.text";

typedef struct attribute_taker {
    int (*take)(void *user, int64_t item, const kin_attribute *attribute, kin_error *err);
    void *user;
} attribute_taker;

static int take_attribute(void *user, sqlite3_stmt *row, kin_error *err)
{
    const attribute_taker *taker = user;
    const kin_attribute attribute = { kin_ledger__column(row, 1), kin_ledger__column(row, 2) };
    if (!attribute.key || !attribute.value)
        return kin_fail_memory(err);
    return taker->take(taker->user, sqlite3_column_int64(row, 0), &attribute, err);
}

int kin_ledger_each_attribute_of(kin_ledger *ledger, int64_t item,
                                 int (*take)(void *user, int64_t item, const kin_attribute *attribute, kin_error *err),
                                 void *user, kin_error *err)
{
    attribute_taker taker = { take, user };
    return kin_ledger__each(ledger, attributes_of_item, KIN_BIND(kin_ledger__int(item)), take_attribute, &taker, err);
}

typedef struct label_taker {
    int (*take)(void *user, const char *label, uint64_t items, kin_error *err);
    void *user;
} label_taker;

static int take_label(void *user, sqlite3_stmt *row, kin_error *err)
{
    const label_taker *taker = user;
    const char *label = kin_ledger__column(row, 0);
    return label ? taker->take(taker->user, label, (uint64_t)sqlite3_column_int64(row, 1), err) : kin_fail_memory(err);
}

int kin_ledger_each_label(kin_ledger *ledger,
                          int (*take)(void *user, const char *label, uint64_t items, kin_error *err), void *user,
                          kin_error *err)
{
    label_taker taker = { take, user };
    return kin_ledger__each(ledger, labels, NULL, 0, take_label, &taker, err);
}

typedef struct value_taker {
    int (*take)(void *user, const kin_attribute *attribute, kin_error *err);
    void *user;
} value_taker;

static int take_value(void *user, sqlite3_stmt *row, kin_error *err)
{
    const value_taker *taker = user;
    const kin_attribute attribute = { kin_ledger__column(row, 0), kin_ledger__column(row, 1) };
    return attribute.key && attribute.value ? taker->take(taker->user, &attribute, err) : kin_fail_memory(err);
}

int kin_ledger_each_value(kin_ledger *ledger, int (*take)(void *user, const kin_attribute *attribute, kin_error *err),
                          void *user, kin_error *err)
{
    value_taker taker = { take, user };
    return kin_ledger__each(ledger, values, NULL, 0, take_value, &taker, err);
}
