/* The words of a data set: labels, and keys and values of attributes. */

#include "kin/vocabulary.h"

#include "ledger/ledger_private.h"

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
    return kin_ledger__each(ledger, KIN_SQL_EACH_ATTRIBUTE_OF_ITEM, KIN_BIND(kin_ledger__int(item)), take_attribute,
                            &taker, err);
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
    return kin_ledger__each(ledger, KIN_SQL_EACH_LABEL, NULL, 0, take_label, &taker, err);
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
    return kin_ledger__each(ledger, KIN_SQL_EACH_VALUE, NULL, 0, take_value, &taker, err);
}
