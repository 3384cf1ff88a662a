#ifndef KIN_ASK_H
#define KIN_ASK_H
/* The use cases of a workspace by name, for languages that would rather not mirror structs: a request is a JSON object,
 * and so is its answer, with the keys that `kin COMMAND --json` gives. tools/python is made of it. */

#include "kin/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `request` is an object whose member "ask" is one of the names below; its other members say what `kin COMMAND --help`
 * tells of the options, with _ for - (n, should_be, any_label), shares in place of percentages, lists for what may come
 * several times, an object for where, and unit ("asset", "shape") for --assets and --shapes. A member that is not known
 * or of the wrong kind is KIN_E_USAGE; null is as if it were not there.
 *
 *   index        status       unreadable   find {items}       verdict {item, verdict}   audit {n}   slices
 *   report       patterns     duplicates   jobs               job {job}                 job_kin {items}
 *   job_mistakes job_suspects job_next {job}                  job_import {path, job}
 *   items {unit, label, where, after, most}: {items: [{id, item, path, shape, label, box, described}]} by id; the last
 *   id is `after` of the next page (most: 1000 by default)
 *
 * *answer is freed by kin_ask_free. watch (may be NULL) is for index, duplicates and job_import. */
int kin_workspace_ask(kin_workspace *workspace, const char *request, const kin_watch *watch, char **answer,
                      kin_error *err);
void kin_ask_free(char *answer);

#ifdef __cplusplus
}
#endif
#endif
