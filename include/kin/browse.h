#ifndef KIN_BROWSE_H
#define KIN_BROWSE_H
/* Use cases of a workspace for those who look and judge item by item, as the page does: items by id and by pages, the
 * pictures of them, verdicts many at once and their undoing. */

#include "kin/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A number that changes with whatever the answers of a workspace depend on: verdicts, jobs, `kin index` runs. */
int kin_workspace_stamp(kin_workspace *workspace, uint64_t *stamp, kin_error *err);

/* Drops what was kept in memory of an index that a `kin index` beside has extended or replaced since; the next use
 * opens the present one. Cheap where nothing has changed. */
int kin_workspace_refresh(kin_workspace *workspace, kin_error *err);

/* ---- Items ---- */

/* An item with its latest verdict (grade NONE: none). Strings are valid until `take` returns. */
typedef struct kin_sight {
    kin_item item;
    kin_verdict verdict;
    kin_box crop;       /* of the image: what shows the item best, its box with half its size around it */
    uint64_t version;   /* changes when the picture does: another file content or another box */
    kin_job_item drawn; /* its place in the job; item 0: of no job */
} kin_sight;

typedef int (*kin_take_sight)(void *user, const kin_sight *sight, kin_error *err);

/* One item, gone ones too. KIN_E_NOTFOUND. */
int kin_workspace_sight(kin_workspace *workspace, int64_t item, kin_take_sight take, void *user, kin_error *err);

/* Each item that matches, by id; filter.after and .most give pages. */
int kin_workspace_each_sight(kin_workspace *workspace, const kin_item_filter *filter, kin_take_sight take, void *user,
                             kin_error *err);

/* The items of a job behind the position `after` (0: from its start), `most` drawn ones; an audit of assets gives each
 * asset followed by its shapes, all at the asset's position. Gone items are left out. *next: `after` of the next page;
 * 0: there is none. */
int kin_workspace_job_page(kin_workspace *workspace, int64_t job, int64_t after, size_t most, kin_take_sight take,
                           void *user, int64_t *next, kin_error *err);

/* The items that a job was asked to be like or unlike; none for a job of another kind. */
int kin_workspace_job_examples(kin_workspace *workspace, int64_t job,
                               int (*take)(void *user, const kin_sight *sight, bool unlike, kin_error *err), void *user,
                               kin_error *err);

/* Those of a job that got a verdict, or had one withdrawn, with a number above `since` (one that *newest gave; 0: from
 * the beginning), by item. *newest: the highest number of a verdict so far. */
int kin_workspace_job_changes(kin_workspace *workspace, int64_t job, int64_t since, kin_take_sight take, void *user,
                              int64_t *newest, kin_error *err);

/* The highest number of a verdict so far: where kin_workspace_job_changes is to begin. */
int kin_workspace_newest_verdict(kin_workspace *workspace, int64_t *newest, kin_error *err);

/* An item's attributes; labels; keys and values in use: see kin/vocabulary.h. */
int kin_workspace_attributes_of(kin_workspace *workspace, int64_t item,
                                int (*take)(void *user, int64_t item, const kin_attribute *attribute, kin_error *err),
                                void *user, kin_error *err);
int kin_workspace_each_label(kin_workspace *workspace,
                             int (*take)(void *user, const char *label, uint64_t items, kin_error *err), void *user,
                             kin_error *err);
int kin_workspace_each_value(kin_workspace *workspace,
                             int (*take)(void *user, const kin_attribute *attribute, kin_error *err), void *user,
                             kin_error *err);

/* Every verdict that an item was ever given, first one first; withdrawals are of grade NONE. */
int kin_workspace_history(kin_workspace *workspace, int64_t item,
                          int (*take)(void *user, const kin_verdict *verdict, kin_error *err), void *user,
                          kin_error *err);

/* Known mistakes, at most `most`, by id: items labelled `given` (NULL: any) whose verdict says that `right` (NULL: any)
 * would be right. */
int kin_workspace_mistakes(kin_workspace *workspace, const char *given, const char *right, size_t most,
                           kin_take_sight take, void *user, kin_error *err);

/* ---- Pictures ---- */

typedef struct kin_picture_wish {
    int size;       /* of the longer side in pixels, 16 .. 4096; small crops are enlarged four times at most */
    double context; /* share of the box's size shown on each side of it; < 0: 0.5 */
    bool whole;     /* the whole image instead */
} kin_picture_wish;

/* Where a picture comes from: no pixel is read yet. */
typedef struct kin_picture {
    char file[4096];   /* inside the data set, links resolved */
    kin_box region;    /* of the image */
    int width, height; /* of the picture */
    uint64_t pixels;   /* of the whole image: what decoding may cost */
    uint64_t version;  /* as kin_sight.version */
    struct kin_decoders *decoders; /* of the workspace, which has to outlive the picture */
} kin_picture;

/* KIN_E_NOTFOUND where there is no such item, its file is gone, or it lies outside the data set's folder. */
int kin_workspace_picture(kin_workspace *workspace, int64_t item, const kin_picture_wish *wish, kin_picture *out,
                          kin_error *err);

/* Cuts it: *jpeg is malloc'ed, the caller's. On any thread. */
int kin_picture_cut(const kin_picture *picture, uint8_t **jpeg, size_t *size, kin_error *err);

/* ---- Verdicts ---- */

/* What a writing call did. first .. last are the numbers of the verdicts that it added, for kin_workspace_undo; 0: it
 * added none. */
typedef struct kin_judged {
    int64_t first, last;
    uint64_t added, implied; /* verdicts that say something new; shapes that became ok with their picture */
    uint64_t gone;           /* items passed over: they are no longer in the data set */
    uint64_t kept;           /* items that an undo passed over: judged anew in between */
} kin_judged;

/* Records verdicts on items by id, in one transaction, as kin_workspace_verdict does one. KIN_E_NOTFOUND, and nothing
 * is recorded, where there never was such an item or job. */
int kin_workspace_verdicts(kin_workspace *workspace, const kin_verdict *verdicts, size_t n, kin_judged *out,
                           kin_error *err);

/* Brings the items that the verdicts first .. last were on back to what counted before, by adding verdicts: the
 * earlier words again, or a withdrawal. An item that was judged anew since stays as it is. Can itself be undone. */
int kin_workspace_undo(kin_workspace *workspace, int64_t first, int64_t last, const char *reviewer, kin_judged *out,
                       kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
