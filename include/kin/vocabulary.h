#ifndef KIN_VOCABULARY_H
#define KIN_VOCABULARY_H
/* The ledger's words: labels, and keys and values of attributes, for those who choose among them. The callbacks end the
 * walk by returning anything but KIN_OK, which is passed on. */

#include "kin/ledger.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The attributes of one item: its own, and those of its asset that it has not itself. By key. */
int kin_ledger_each_attribute_of(kin_ledger *ledger, int64_t item,
                                 int (*take)(void *user, int64_t item, const kin_attribute *attribute, kin_error *err),
                                 void *user, kin_error *err);

/* The labels in use with their live items, most first, then those that only verdicts name (0 items). */
int kin_ledger_each_label(kin_ledger *ledger,
                          int (*take)(void *user, const char *label, uint64_t items, kin_error *err), void *user,
                          kin_error *err);

/* Every key = value that any item has or had, by key, then value. */
int kin_ledger_each_value(kin_ledger *ledger, int (*take)(void *user, const kin_attribute *attribute, kin_error *err),
                          void *user, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
