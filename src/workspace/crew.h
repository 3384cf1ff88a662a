#ifndef KIN_CREW_H
#define KIN_CREW_H
/* The workers that describe a batch: each reads and describes whole images, one at a time; a process beside each of
 * them decodes. */

#include "workspace/batch.h"
#include "workspace/update_private.h"

typedef struct kin_crew_options {
    const char *folder;                      /* the data set's */
    const kin_model *model;                  /* NULL: embeddings */
    const kin_update_embeddings *embeddings; /* NULL: model */
    size_t dim;                              /* of a vector */
    int input;                               /* kin_model_info.input; 0: embeddings */
    double margin;
    uint64_t max_pixels, max_bytes; /* as in kin_describe_options, but max_bytes is not 0 */
    size_t threads;                 /* 0: one a core */
} kin_crew_options;

typedef struct kin_crew_times {
    double read_seconds, decode_seconds, vector_seconds; /* summed over workers and batches */
} kin_crew_times;

typedef struct kin_crew kin_crew;

/* What the options point to has to outlive the crew. */
int kin_crew__new(const kin_crew_options *options, kin_crew **out, kin_error *err);

/* The same by the settings of an update. */
int kin_update__crew(const kin_update *update, double margin, kin_crew **out, kin_error *err);

void kin_crew__free(kin_crew *crew);

/* Why images are decoded in this process; NULL. */
const char *kin_crew__note(const kin_crew *crew);

size_t kin_crew__threads(const kin_crew *crew);
kin_crew_times kin_crew__times(const kin_crew *crew);

/* Describes all of the batch. What goes wrong with single images and items is noted in the batch, and is no error. */
void kin_crew__describe(kin_crew *crew, kin_batch *batch);

#endif
