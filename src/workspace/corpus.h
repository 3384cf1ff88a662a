#ifndef KIN_CORPUS_H
#define KIN_CORPUS_H
/* The corpus of a unit: all its described items as plain arrays, the latest verdicts on them, and the kin_kinship made
 * of both. The workspace keeps one a unit; kin_workspace__corpus brings it up to date. Rows are by ascending id. */

#include "base/table.h"
#include "kin/kinship.h"
#include "workspace/workspace_private.h"

#define KIN_CORPUS_NONE UINT32_MAX

/* The latest verdict on a row. */
typedef struct kin_corpus_verdict {
    uint32_t row;
    uint8_t grade; /* kin_grade, never NONE */
    int32_t right; /* label of should_be; -1: not said */
} kin_corpus_verdict;

typedef struct kin_corpus {
    kin_unit unit;
    size_t count, dim; /* rows, and numbers of a vector */
    int64_t *id, *asset;
    int32_t *label;     /* -1: none */
    const char **names; /* [names_count] texts of the labels: first those of items, then right labels no item has */
    size_t labels, names_count;
    kin_corpus_verdict *verdicts; /* [verdicts_count] by ascending row */
    size_t verdicts_count;
    struct kin_corpus_memory *memory;
} kin_corpus;

/* The corpus of the items described so far, with the verdicts so far. Borrowed until the next call, which reads only
 * the verdicts that came since, but for a `kin index` that ran in between: then all, and the workspace's index is
 * opened anew. unit: ASSET or SHAPE. */
int kin_workspace__corpus(kin_workspace *workspace, kin_unit unit, const kin_corpus **out, kin_error *err);

/* The same, and the kinship of its items, which knows its verdicts. Borrowed likewise. */
int kin_workspace__kinship(kin_workspace *workspace, kin_unit unit, const kin_corpus **corpus, const kin_kinship **out,
                           kin_error *err);

/* Row of an item; KIN_CORPUS_NONE: not there. */
uint32_t kin_corpus__row(const kin_corpus *corpus, int64_t id);

/* Number of a label; -1: there is none of that name. NULL gives -1. */
int32_t kin_corpus__label(const kin_corpus *corpus, const char *name);

/* The verdict on a row; NULL: none. */
const kin_corpus_verdict *kin_corpus__verdict(const kin_corpus *corpus, uint32_t row);

/* Whether it is a mistake; whether it is the mistake given -> right, right < 0: any on an item labelled so. */
bool kin_corpus__is_mistake(const kin_corpus_verdict *verdict);
bool kin_corpus__is_pattern(const kin_corpus *corpus, const kin_corpus_verdict *verdict, int32_t given, int32_t right);

/* Vectors [n, dim] of rows, of length 1. */
int kin_corpus__vectors(const kin_corpus *corpus, const uint32_t *rows, size_t n, float *vectors, kin_error *err);

void kin_workspace__corpus_free(kin_corpus *corpus);

#endif
