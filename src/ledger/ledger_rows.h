#ifndef KIN_LEDGER_ROWS_H
#define KIN_LEDGER_ROWS_H

#include "kin/ledger.h"

#include <sqlite3.h>

/* The item in a row of ITEM_COLUMNS. Its strings are valid until the next step or reset. */
void kin_ledger__item_row(sqlite3_stmt *row, kin_item *out);

#endif
