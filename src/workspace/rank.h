#ifndef KIN_RANK_H
#define KIN_RANK_H
/* Putting items in order: one way in for finding, for jobs and for the next batch of one. */

#include "kin/search.h"
#include "workspace/corpus.h"

typedef struct kin_ranked {
    int64_t item;
    double score;       /* cosine, or of suspicion */
    double probability; /* that the item carries the mistake; NAN: not estimated */
    const char *why;    /* the ranking's; NULL */
} kin_ranked;

typedef struct kin_rank_list {
    kin_ranked *list; /* best first */
    size_t count;
    double expected; /* sum of the probabilities; 0 where there are none */
    kin_arena texts;
} kin_rank_list;

typedef struct kin_rank_wish {
    kin_ranking by;                /* not DEFAULT */
    kin_unit unit;                 /* ASSET or SHAPE; by looks ANY as well */
    const char *given, *should_be; /* by mistake; should_be NULL: anything but given */
    const int64_t *likes;          /* [likes_count + unlikes_count] ids; 0: none, from outside */
    const float *vectors;          /* [likes_count + unlikes_count, dim] */
    size_t likes_count, unlikes_count;
    const int64_t *candidates; /* ascending; likes and unlikes among them are passed over */
    size_t candidates_count;
    size_t k;
    bool why;
} kin_rank_wish;

/* Cleared by kin_rank_list_clear. */
int kin_workspace__rank(kin_workspace *workspace, const kin_rank_wish *wish, kin_rank_list *out, kin_error *err);
void kin_rank_list_clear(kin_rank_list *ranks);

/* Why a hit is where it is, in a few words; from the arena. nearest: the like that it is most like, 0: none. */
int kin_workspace__why(kin_workspace *workspace, const kin_corpus *corpus, const kin_rank_wish *wish,
                       const kin_kinship_hit *hit, int64_t nearest, kin_arena *arena, const char **out, kin_error *err);

/* Takes items with a verdict out of ids[*n], which ascend. */
int kin_workspace__drop_reviewed(kin_workspace *workspace, int64_t *ids, size_t *n, kin_error *err);

#endif
