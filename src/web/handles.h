#ifndef KIN_HANDLES_H
#define KIN_HANDLES_H
/* Open workspaces, lent to one request at a time. There are several kinds so that what is quick never waits for what is
 * slow: a page of a job not for a search, a verdict not for the making of a job. */

#include "kin/workspace.h"

#include <pthread.h>

typedef enum kin_web_handle_kind {
    KIN_WEB_NO_HANDLE,
    KIN_WEB_READ, /* quick reading */
    KIN_WEB_FIND, /* searches and reports */
    KIN_WEB_MAKE, /* writing that searches first */
    KIN_WEB_WRITE /* quick writing */
} kin_web_handle_kind;

enum { KIN_WEB_HANDLES = 8 };

typedef struct kin_web_handle {
    kin_workspace *workspace;
    kin_web_handle_kind kind;
    bool lent;
} kin_web_handle;

typedef struct kin_web_handles {
    pthread_mutex_t lock;
    kin_web_handle list[KIN_WEB_HANDLES];
    struct kin_web_waiter *first, **last; /* requests that wait, in the order in which they came */
} kin_web_handles;

int kin_web_handles_open(kin_web_handles *handles, const char *folder, kin_error *err);
void kin_web_handles_close(kin_web_handles *handles);

/* First come, first served. Waits for 30 seconds at most, then KIN_E_BUSY. What it has of the index is of now. */
int kin_web_lend(kin_web_handles *handles, kin_web_handle_kind kind, kin_workspace **out, kin_error *err);
void kin_web_return(kin_web_handles *handles, kin_workspace *workspace);

/* A bound on the sum of what is going on at once: whoever asks for an amount waits until it is free. An amount above
 * the bound goes alone. */
typedef struct kin_web_gate {
    pthread_mutex_t lock;
    pthread_cond_t left;
    uint64_t inside, most;
} kin_web_gate;

int kin_web_gate_init(kin_web_gate *gate, uint64_t most, kin_error *err);
void kin_web_gate_clear(kin_web_gate *gate);
uint64_t kin_web_gate_enter(kin_web_gate *gate, uint64_t amount); /* what to leave with */
void kin_web_gate_leave(kin_web_gate *gate, uint64_t amount);

#endif
