#ifndef KIN_SEARCH_H
#define KIN_SEARCH_H
/* Use cases of a workspace: find the kin of items, make jobs of them, hand jobs out and take verdicts back. How a job
 * goes on is in kin/hunt.h. */

#include "kin/job_files.h"
#include "kin/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- kin find ---- */

/* What puts items in order. */
typedef enum kin_ranking {
    KIN_BY_DEFAULT = 0, /* the mistake, where it is known what would be right; else looks */
    KIN_BY_MISTAKE = 1, /* probability of the same mistake: kin_kinship_rank */
    KIN_BY_LOOKS = 2,   /* cosine similarity */
    KIN_BY_KIN = 3,     /* the rest, for suspects, are those of kin_suspicion */
    KIN_BY_SELFCLEAN = 4,
    KIN_BY_SIMIFEAT = 5,
    KIN_BY_MARGIN = 6
} kin_ranking;

/* "mistake", "looks", "kin", "selfclean", "simifeat", "margin"; and back (DEFAULT where it is none). */
const char *kin_ranking_name(kin_ranking ranking);
kin_ranking kin_ranking_from(const char *name);

typedef struct kin_query {
    /* Items by name (see kin_workspace_item), or image files from outside the data set: what to be like and unlike.
     * At least one like. */
    const char *const *likes;
    size_t likes_count;
    const char *shown; /* what people call the first like; NULL: as above */
    const char *const *unlikes;
    size_t unlikes_count;
    const kin_box *box;    /* of the one like that is a whole image: look at this part of it; NULL: all */
    bool same_label;       /* only items with the label of the first like */
    bool any_label;        /* do not ask for a label at all */
    bool unreviewed;       /* only items without a verdict; by mistake that is so anyway, */
    bool reviewed;         /* but for this */
    kin_ranking by;        /* DEFAULT, MISTAKE or LOOKS */
    const char *should_be; /* the right label; NULL: what the verdict on the first like says */
    const char *pattern;   /* instead of likes: all known mistakes of it, as kin_pattern_name gives it */
    kin_item_filter only;  /* label, where, unit (ANY: that of the first like) */
    size_t k;              /* 0: 20 */
} kin_query;

/* One hit; strings are the result's. */
typedef struct kin_match {
    int64_t item;
    const char *path, *shape, *label; /* shape, label may be NULL */
    kin_box box;                      /* shapes only */
    double score;                     /* cosine similarity to the query; by mistake: to the nearest like */
    double probability;               /* that it carries the mistake; NAN by looks */
    const char *why;                  /* a few words for people; NULL by looks */
    kin_grade grade;                  /* of the latest verdict; NONE */
    const char *should_be;            /* of it; NULL */
} kin_match;

typedef struct kin_matches {
    kin_match *list; /* best first */
    size_t count;
    uint64_t searched; /* items that could have been hits */
    const char *label; /* asked for, NULL: any */
    kin_ranking by;
    const char *given, *should_be; /* by mistake: what was looked for; should_be NULL: anything but given */
    size_t known;                  /* mistakes that it was like */
    struct kin_matches_memory *memory;
} kin_matches;

/* The items themselves that are asked for are never hits. *out is cleared by kin_matches_clear. */
int kin_workspace_find(kin_workspace *workspace, const kin_query *query, kin_matches *out, kin_error *err);
void kin_matches_clear(kin_matches *matches);

/* Writes a self-contained HTML page with the pictures of the query's items and the hits (each a JPEG crop, its box
 * grown by half, drawn in). Replaces `path`. */
int kin_workspace_find_page(kin_workspace *workspace, const kin_query *query, const kin_matches *matches,
                            const char *path, kin_error *err);

/* ---- Vectors ---- */

/* The numbers of a stored vector, and vectors[n, dim] of items by id, each of length 1 as far as it is stored so; NAN for
 * an item that has none. KIN_E_NOTFOUND before the first `kin index`. */
int kin_workspace_dim(kin_workspace *workspace, size_t *dim, kin_error *err);
int kin_workspace_vectors(kin_workspace *workspace, const int64_t *items, size_t n, float *vectors, kin_error *err);

/* ---- kin job ---- */

/* A job of the query's k (0: 100) best unreviewed hits. KIN_E_NOTFOUND where there are none. */
int kin_workspace_job_kin(kin_workspace *workspace, const kin_query *query, int64_t *job, kin_error *err);

/* A job by its number (KIN_E_NOTFOUND), and all of them by number; borrowed until the next call, or until take returns. */
int kin_workspace_job(kin_workspace *workspace, int64_t id, kin_job *out, kin_error *err);
int kin_workspace_each_job(kin_workspace *workspace, int (*take)(void *user, const kin_job *job, kin_error *err),
                           void *user, kin_error *err);

/* Hands each row of a job to take, by position; with the item's latest verdict. An audit of assets gives each asset
 * followed by its shapes. Rows are borrowed until take returns. */
int kin_workspace_job_rows(kin_workspace *workspace, int64_t job,
                           int (*take)(void *user, const kin_job_row *row, kin_error *err), void *user, kin_error *err);

typedef struct kin_verdicts_summary {
    uint64_t rows, added, implied, open, rejects; /* open: rows without a verdict yet */
} kin_verdicts_summary;

/* The sides of an image of the data set in pixels, upright: as they are known, else out of the file; 0 where that
 * cannot be read. */
int kin_workspace_image_size(kin_workspace *workspace, const char *path, int *width, int *height, kin_error *err);

/* Takes verdicts from a file (kin_rows_read; UNKNOWN: told by the content) in one transaction. Rows that name no
 * item are rejected (watch.note) and counted. job 0: whatever the rows say, or none. Doing it twice changes nothing. */
int kin_workspace_job_import(kin_workspace *workspace, int64_t job, const char *path, kin_job_format format,
                             const kin_watch *watch, kin_verdicts_summary *summary, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
