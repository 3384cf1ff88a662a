#ifndef KIN_SPREAD_H
#define KIN_SPREAD_H
/* One workspace over several processes, which may run on several machines. One of them, the coordinator, holds the
 * ledger; workers describe images and hold the vectors, in shards. They exchange messages by whatever way the caller
 * has (kin-mpi has MPI); every process has to see the images at the same place below the data set's folder, and to run
 * the same kin on a processor of the same byte order.
 *
 * Of S shards, shard s holds the vectors of the images, and of the shapes on them, whose id lies in the blocks
 * s, s + S, s + 2 S ... of 32 ids each; of W workers, worker w has the shards w, w + W, w + 2 W ... A shard is a
 * folder with a vectors.bin (kin/index.h), by default .kin/shards/<s>. The ledger says how many rows of each count: what
 * a worker had written when it died is dropped, and described again by the next run. */

#include "kin/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kin_bytes {
    void *data; /* malloc'ed; NULL where size is 0 */
    size_t size;
} kin_bytes;

/* ---- Workers ---- */

typedef struct kin_spread_worker kin_spread_worker;

/* It learns all from its messages. */
int kin_spread_worker_new(kin_spread_worker **out, kin_error *err);
void kin_spread_worker_free(kin_spread_worker *worker);

/* Does what a message of the coordinator says and makes the reply; what goes wrong is in the reply. Only without memory
 * for a reply it fails. */
int kin_spread_worker_answer(kin_spread_worker *worker, const kin_bytes *message, kin_bytes *reply, kin_error *err);

/* ---- The coordinator ---- */

/* How it reaches its workers 0 .. workers - 1. Replies of one worker come in the order of its messages. */
typedef struct kin_courier {
    void *user;
    size_t workers;
    /* Takes the message over, also where it fails. */
    int (*send)(void *user, size_t worker, kin_bytes message, kin_error *err);
    /* Waits for the next reply of any worker; *reply is the caller's. */
    int (*receive)(void *user, size_t *worker, kin_bytes *reply, kin_error *err);
} kin_courier;

typedef struct kin_spread_options {
    size_t shards; /* of a first run; 0: one a worker. Later runs: 0, or the same */
    bool anew;     /* a data set that `kin index` has described is described anew; else that is KIN_E_USAGE */
    const char *folder; /* where shards lie, an absolute path that may be another disk on each machine; NULL: as in the
                           run before, else .kin/shards of the data set */
} kin_spread_options;

/* kin_workspace_index with the describing done by the workers. describe->threads are those of each worker; embeddings cannot
 * be spread (KIN_E_USAGE). Where a worker fails or the watch stops the run, what is finished is kept. */
int kin_workspace_spread(kin_workspace *workspace, const kin_describe_options *describe,
                         const kin_spread_options *options, const kin_courier *courier, const kin_watch *watch,
                         kin_describe_summary *summary, kin_error *err);

/* From now on vectors are read, and items looked for by likeness, in the workers' shards: kin_workspace_find and all
 * that makes jobs answer just as on one machine. By looks every worker searches its own shards; by mistake their
 * vectors are read once, and kept as kin_kinship_new says. Keeps 2 bytes an item. `courier` is borrowed until
 * kin_workspace_spread_detach or the workspace is closed; both leave the workers as they are. */
int kin_workspace_spread_attach(kin_workspace *workspace, const kin_courier *courier, kin_error *err);
void kin_workspace_spread_detach(kin_workspace *workspace);

/* Brings the rows of all shards together in the workspace's own vectors.bin, which is an ordinary one from then on. The
 * shards' files stay and are of no use any more. Stopped or broken off it changes nothing. A damaged vector is
 * KIN_E_FORMAT: kin_workspace_check mends it. */
int kin_workspace_gather(kin_workspace *workspace, const kin_courier *courier, const kin_watch *watch, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
