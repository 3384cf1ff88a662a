#include "web/handles.h"

#include "kin/browse.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { patience_seconds = 30 };

static const kin_web_handle_kind kinds[KIN_WEB_HANDLES] = { KIN_WEB_READ, KIN_WEB_READ, KIN_WEB_READ, KIN_WEB_READ,
                                                            KIN_WEB_FIND, KIN_WEB_FIND, KIN_WEB_MAKE, KIN_WEB_WRITE };

/* On the stack of the thread that waits. A handle that is returned is given to the first one that waits for its kind,
 * so that nobody who comes later takes it away. */
typedef struct kin_web_waiter {
    struct kin_web_waiter *next;
    kin_web_handle_kind kind;
    kin_web_handle *given; /* NULL: nothing yet */
    pthread_cond_t woken;
} waiter;

int kin_web_handles_open(kin_web_handles *handles, const char *folder, kin_error *err)
{
    memset(handles, 0, sizeof *handles);
    handles->last = &handles->first;
    if (pthread_mutex_init(&handles->lock, NULL) != 0)
        return kin_fail_memory(err);
    int code = KIN_OK;
    /* Writers first: they bring an older ledger up to what readers need. */
    for (size_t i = KIN_WEB_HANDLES; code == KIN_OK && i-- > 0;) {
        kin_web_handle *handle = &handles->list[i];
        handle->kind = kinds[i];
        bool writes = handle->kind == KIN_WEB_MAKE || handle->kind == KIN_WEB_WRITE;
        code = kin_workspace_open(folder, writes ? KIN_LEDGER_WRITE : KIN_LEDGER_READ, &handle->workspace, err);
    }
    if (code == KIN_OK)
        code = kin_workspace_start_decoders(handles->list[0].workspace, 0, err);
    for (size_t i = 1; code == KIN_OK && i < KIN_WEB_HANDLES; i++)
        kin_workspace_share_decoders(handles->list[i].workspace, handles->list[0].workspace);
    if (code != KIN_OK)
        kin_web_handles_close(handles);
    return code;
}

void kin_web_handles_close(kin_web_handles *handles)
{
    for (size_t i = KIN_WEB_HANDLES; i-- > 0;) /* the first has what they share */
        kin_workspace_close(handles->list[i].workspace);
    pthread_mutex_destroy(&handles->lock);
}

static kin_web_handle *free_one(kin_web_handles *handles, kin_web_handle_kind kind)
{
    for (size_t i = 0; i < KIN_WEB_HANDLES; i++)
        if (handles->list[i].kind == kind && !handles->list[i].lent)
            return &handles->list[i];
    return NULL;
}

static void leave_line(kin_web_handles *handles, const waiter *self)
{
    struct kin_web_waiter **place = &handles->first;
    while (*place && *place != self)
        place = &(*place)->next;
    if (!*place)
        return;
    *place = self->next;
    if (!*place)
        handles->last = place;
}

/* Under the lock. NULL: it took too long. */
static kin_web_handle *wait_in_line(kin_web_handles *handles, kin_web_handle_kind kind)
{
    struct timespec until;
    waiter self = { .kind = kind };
    if (pthread_cond_init(&self.woken, NULL) != 0)
        return NULL;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += patience_seconds;
    *handles->last = &self;
    handles->last = &self.next;
    while (!self.given && pthread_cond_timedwait(&self.woken, &handles->lock, &until) != ETIMEDOUT)
        continue;
    leave_line(handles, &self);
    pthread_cond_destroy(&self.woken);
    return self.given;
}

int kin_web_lend(kin_web_handles *handles, kin_web_handle_kind kind, kin_workspace **out, kin_error *err)
{
    pthread_mutex_lock(&handles->lock);
    kin_web_handle *handle = free_one(handles, kind);
    if (handle)
        handle->lent = true;
    else
        handle = wait_in_line(handles, kind);
    pthread_mutex_unlock(&handles->lock);
    if (!handle)
        return kin_fail(err, KIN_E_BUSY, "the server has been busy with other requests for too long; try again");
    int code = kin_workspace_refresh(handle->workspace, err);
    if (code == KIN_OK)
        *out = handle->workspace;
    else
        kin_web_return(handles, handle->workspace);
    return code;
}

static void give_back(kin_web_handles *handles, kin_web_handle *handle)
{
    struct kin_web_waiter *next = handles->first;
    while (next && (next->kind != handle->kind || next->given))
        next = next->next;
    handle->lent = next != NULL;
    if (!next)
        return;
    next->given = handle;
    pthread_cond_signal(&next->woken);
}

void kin_web_return(kin_web_handles *handles, kin_workspace *workspace)
{
    pthread_mutex_lock(&handles->lock);
    for (size_t i = 0; i < KIN_WEB_HANDLES; i++)
        if (handles->list[i].workspace == workspace)
            give_back(handles, &handles->list[i]);
    pthread_mutex_unlock(&handles->lock);
}

int kin_web_gate_init(kin_web_gate *gate, uint64_t most, kin_error *err)
{
    memset(gate, 0, sizeof *gate);
    gate->most = most;
    if (pthread_mutex_init(&gate->lock, NULL) != 0)
        return kin_fail_memory(err);
    if (pthread_cond_init(&gate->left, NULL) == 0)
        return KIN_OK;
    pthread_mutex_destroy(&gate->lock);
    return kin_fail_memory(err);
}

void kin_web_gate_clear(kin_web_gate *gate)
{
    pthread_cond_destroy(&gate->left);
    pthread_mutex_destroy(&gate->lock);
}

uint64_t kin_web_gate_enter(kin_web_gate *gate, uint64_t amount)
{
    if (amount > gate->most)
        amount = gate->most;
    pthread_mutex_lock(&gate->lock);
    while (gate->inside + amount > gate->most)
        pthread_cond_wait(&gate->left, &gate->lock);
    gate->inside += amount;
    pthread_mutex_unlock(&gate->lock);
    return amount;
}

void kin_web_gate_leave(kin_web_gate *gate, uint64_t amount)
{
    pthread_mutex_lock(&gate->lock);
    gate->inside -= amount;
    pthread_cond_broadcast(&gate->left);
    pthread_mutex_unlock(&gate->lock);
}
