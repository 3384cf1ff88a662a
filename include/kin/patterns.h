#ifndef KIN_PATTERNS_H
#define KIN_PATTERNS_H
/* Use case of a workspace: consistent noise. A pattern is at least KIN_PATTERN_LEAST known mistakes with the same given
 * and the same right label: a model learns such a mistake, and it is the cheapest to hunt down. */

#include "kin/slices.h"
#include "kin/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KIN_PATTERN_LEAST 3

/* Strings are the result's. */
typedef struct kin_pattern {
    const char *given, *right, *name; /* name: "given->right", as kin_query.pattern takes it */
    size_t count;                     /* known mistakes of it, however found */
    uint64_t reviewed, left;          /* items labelled `given` with a verdict; without */
    /* Do they lie closer together than the label's items at large? Permutation test over at most 1,000 items of the
     * label, 999 sets, fixed seed. */
    kin_tightness tightness;
    /* Are reviewed items near them this mistake more often than others of the label? Near: as similar to a member as half
     * of the members are to theirs. p: Fisher's, one-sided. */
    struct {
        uint64_t near_reviewed, near_mistakes, far_reviewed, far_mistakes;
        double p;
    } enriched;
    double predicted;         /* of it among `left`: the model's estimate, not an audit's */
    int64_t medoid;           /* the member most like all others; of equal ones the first */
    const char *path, *shape; /* of the medoid */
} kin_pattern;

typedef struct kin_patterns {
    kin_unit unit;
    uint64_t mistakes; /* known, of the unit */
    uint64_t unnamed;  /* of them without a right label: they can be in no pattern */
    kin_pattern *list; /* most predicted first, then most known, then by name */
    size_t count;
    struct kin_patterns_memory *memory;
} kin_patterns;

/* unit ANY: shapes where the data set has any, else assets. *out is cleared by kin_patterns_clear. */
int kin_workspace_patterns(kin_workspace *workspace, kin_unit unit, kin_patterns *out, kin_error *err);
void kin_patterns_clear(kin_patterns *patterns);

#ifdef __cplusplus
}
#endif
#endif
