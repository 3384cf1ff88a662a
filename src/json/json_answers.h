#ifndef KIN_JSON_ANSWERS_H
#define KIN_JSON_ANSWERS_H
/* What the use cases answer, as JSON: the same keys from `kin ... --json` and from the server. `object` NULL: the root
 * object itself. */

#include "kin/advice.h"
#include "kin/duplicates.h"
#include "kin/hunt.h"
#include "kin/patterns.h"
#include "kin/report.h"
#include "kin/search.h"
#include "json/json_writer.h"

/* job, kind, unit, title, items, reviewed, mistakes, population, stratify, seed, created, ranking, label, given,
 * should_be, origin, expected */
void kin_json_job(kin_json *json, cJSON *object, const kin_job *job);

/* The same of a job by number, its hunt (null: it is part of none), and rows: [{what follows}]. */
int kin_json_job_whole(kin_json *json, kin_workspace *workspace, int64_t id, kin_error *err);

/* position, item, label, box, score, probability, verdict, should_be, kind, note, reviewer */
void kin_json_row(kin_json *json, cJSON *object, const kin_job_row *row);

/* origin, by, given, should_be, batches, items, reviewed, mistakes, known, left, fresh, open, last: {job, items, reviewed,
 * mistakes, expected}, control: {job, items, mistakes, population, left, share} or null, control_size, next, expected,
 * advice */
void kin_json_hunt(kin_json *json, cJSON *object, const kin_hunt *hunt);

/* Into the root: label, searched, by, given, should_be, known, matches: [{rank, score, probability, why, item, path,
 * shape, label, box, verdict, should_be}] */
void kin_json_matches(kin_json *json, const kin_matches *matches);

/* Into the root: what kin slices --help says. */
void kin_json_report(kin_json *json, const kin_report *report, const kin_slices_options *options);

/* Into the root: what a full report adds to that, and the next steps: see kin report --help. */
void kin_json_history(kin_json *json, const kin_report *report, const kin_advices *advices);

/* Into the root: what kin patterns --help says. */
void kin_json_patterns(kin_json *json, const kin_patterns *patterns);

/* Into the root: what kin duplicates --help says; job 0: none was made. */
void kin_json_duplicates(kin_json *json, const kin_duplicates *found, int64_t job);

/* "float" or "int8"; NULL for DEFAULT: no model. */
const char *kin_json_precision(kin_precision precision);

/* Into the root: model, precision, model_note, annotations and the counts of kin status. */
void kin_json_status(kin_json *json, const kin_status *status);

/* Into the root: what kin index --help, kin verdict --help and kin job import --help say. */
void kin_json_index(kin_json *json, const char *folder, const kin_describe_summary *summary);
void kin_json_verdict(kin_json *json, const char *item, const kin_verdict *verdict, bool added, uint64_t implied,
                      bool new_label);
void kin_json_import(kin_json *json, int64_t job, const kin_verdicts_summary *summary);

/* "path" or "path#shape" */
void kin_json_name(kin_json *json, cJSON *object, const char *key, const char *path, const char *shape);

#endif
