/* MPI waits by spinning, which would take a core from the work: so who waits looks, and sleeps in between. Rank 0 never
 * waits for a worker to take a message, which may describe for a while before it does: messages are on their way, with
 * their memory, until a later look finds them arrived. A worker does wait until its reply is taken: rank 0 is quick. */
#include "mpi/mpi_courier.h"

#include "base/checked.h"

#include <limits.h>
#include <mpi.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { tag_message = 1, tag_reply, tag_end };

typedef struct letter {
    kin_bytes bytes;
    struct letter *next;
    MPI_Request request; /* of those on their way */
} letter;

typedef struct letters {
    letter *first, **last;
} letters;

struct kin_mpi_courier {
    kin_courier courier;
    letters sent; /* to other ranks, not known to have arrived */
    /* Worker 0. */
    kin_spread_worker *own;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t arrived; /* in `in`, or end */
    letters in, out;
    bool end;
    int failed; /* there was no memory for a reply */
};

/* ---- Letters ---- */

static void letters_init(letters *list)
{
    list->first = NULL;
    list->last = &list->first;
}

static int letters_put(letters *list, kin_bytes bytes, letter **out, kin_error *err)
{
    letter *made = malloc(sizeof *made);
    if (!made) {
        free(bytes.data);
        return kin_fail_memory(err);
    }
    *made = (letter) { .bytes = bytes };
    *list->last = made;
    list->last = &made->next;
    if (out)
        *out = made;
    return KIN_OK;
}

static letter *letters_take(letters *list)
{
    letter *taken = list->first;
    if (!taken)
        return NULL;
    list->first = taken->next;
    if (!list->first)
        list->last = &list->first;
    return taken;
}

static void letter_free(letter *old)
{
    free(old->bytes.data);
    free(old);
}

/* ---- MPI ---- */

static int fail_mpi(kin_error *err, int code)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, text, &length);
    return kin_fail(err, KIN_E_IO, "MPI: %.180s", text);
}

static void rest_a_moment(void)
{
    const struct timespec moment = { 0, 200000 };
    nanosleep(&moment, NULL);
}

static int fits(const kin_bytes *bytes, kin_error *err)
{
    return bytes->size <= INT_MAX ? KIN_OK
                                  : kin_fail(err, KIN_E_LIMIT, "a message of %zu bytes is too large; use more processes",
                                             bytes->size);
}

/* Whether there is something from `source`; then *status says what. */
static int look(int source, bool *there, MPI_Status *status, kin_error *err)
{
    int flag = 0, code = MPI_Iprobe(source, MPI_ANY_TAG, MPI_COMM_WORLD, &flag, status);
    *there = flag != 0;
    return code == MPI_SUCCESS ? KIN_OK : fail_mpi(err, code);
}

static int fetch(const MPI_Status *status, kin_bytes *out, kin_error *err)
{
    int size = 0, code = MPI_Get_count(status, MPI_BYTE, &size);
    void *data = code == MPI_SUCCESS && size >= 0 ? malloc((size_t)size + 1) : NULL;
    if (code == MPI_SUCCESS && !data)
        return kin_fail_memory(err);
    if (code == MPI_SUCCESS)
        code = MPI_Recv(data, size, MPI_BYTE, status->MPI_SOURCE, status->MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS) {
        free(data);
        return fail_mpi(err, code);
    }
    *out = (kin_bytes) { data, (size_t)size };
    return KIN_OK;
}

/* Threads that rank vectors ask for them one after the other, which is what SERIALIZED means. */
int kin_mpi_begin(int *argc, char ***argv, kin_error *err)
{
    int level = 0, rank = 0, code = MPI_Init_thread(argc, argv, MPI_THREAD_SERIALIZED, &level);
    if (code == MPI_SUCCESS)
        code = MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (code != MPI_SUCCESS)
        return fail_mpi(err, code);
    return level >= MPI_THREAD_SERIALIZED ? rank
                                          : kin_fail(err, KIN_E_USAGE, "this MPI was built without support of threads");
}

void kin_mpi_end(void)
{
    MPI_Finalize();
}

void kin_mpi_abort(void)
{
    MPI_Abort(MPI_COMM_WORLD, 1);
}

/* ---- Worker 0 ---- */

static letter *wait_for_message(kin_mpi_courier *c)
{
    pthread_mutex_lock(&c->mutex);
    while (!c->in.first && !c->end)
        pthread_cond_wait(&c->arrived, &c->mutex);
    letter *message = c->end ? NULL : letters_take(&c->in);
    pthread_mutex_unlock(&c->mutex);
    return message;
}

static void *work(void *user)
{
    kin_mpi_courier *c = user;
    letter *message;
    while ((message = wait_for_message(c)) != NULL) {
        kin_bytes reply = { NULL, 0 };
        int code = kin_spread_worker_answer(c->own, &message->bytes, &reply, NULL);
        letter_free(message);
        pthread_mutex_lock(&c->mutex);
        if (code == KIN_OK)
            code = letters_put(&c->out, reply, NULL, NULL);
        c->failed = code == KIN_OK ? c->failed : code;
        pthread_mutex_unlock(&c->mutex);
    }
    return NULL;
}

static int take_own(kin_mpi_courier *c, letter **reply, kin_error *err)
{
    pthread_mutex_lock(&c->mutex);
    *reply = letters_take(&c->out);
    int code = c->failed;
    pthread_mutex_unlock(&c->mutex);
    return *reply || code == KIN_OK ? KIN_OK : kin_fail_memory(err);
}

/* ---- The courier ---- */

static int send_message(void *user, size_t worker, kin_bytes message, kin_error *err)
{
    kin_mpi_courier *c = user;
    if (worker == 0) {
        pthread_mutex_lock(&c->mutex);
        int code = letters_put(&c->in, message, NULL, err);
        pthread_cond_signal(&c->arrived);
        pthread_mutex_unlock(&c->mutex);
        return code;
    }
    letter *kept = NULL;
    int code = fits(&message, err);
    if (code != KIN_OK)
        free(message.data);
    else
        code = letters_put(&c->sent, message, &kept, err);
    if (code != KIN_OK)
        return code;
    int sent = MPI_Isend(message.data, (int)message.size, MPI_BYTE, (int)worker, tag_message, MPI_COMM_WORLD,
                         &kept->request);
    if (sent != MPI_SUCCESS)
        kept->request = MPI_REQUEST_NULL;
    return sent == MPI_SUCCESS ? KIN_OK : fail_mpi(err, sent);
}

/* Lets go of what has arrived. */
static int sweep(kin_mpi_courier *c, kin_error *err)
{
    for (letter **at = &c->sent.first; *at;) {
        letter *l = *at;
        int arrived = 0, code = MPI_Test(&l->request, &arrived, MPI_STATUS_IGNORE);
        if (code != MPI_SUCCESS)
            return fail_mpi(err, code);
        if (!arrived) {
            at = &l->next;
            continue;
        }
        *at = l->next;
        if (!*at)
            c->sent.last = at;
        letter_free(l);
    }
    return KIN_OK;
}

static int receive_reply(void *user, size_t *worker, kin_bytes *reply, kin_error *err)
{
    kin_mpi_courier *c = user;
    for (;; rest_a_moment()) {
        letter *own = NULL;
        MPI_Status status;
        bool there = false;
        int code = take_own(c, &own, err);
        if (own) {
            *worker = 0;
            *reply = own->bytes;
            free(own);
            return KIN_OK;
        }
        if (code == KIN_OK)
            code = sweep(c, err);
        if (code == KIN_OK)
            code = look(MPI_ANY_SOURCE, &there, &status, err);
        if (code == KIN_OK && there) {
            *worker = (size_t)status.MPI_SOURCE;
            return fetch(&status, reply, err);
        }
        if (code != KIN_OK)
            return code;
    }
}

int kin_mpi_courier_open(kin_spread_worker *own, kin_mpi_courier **out, kin_error *err)
{
    int ranks = 0, code = MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (code != MPI_SUCCESS)
        return fail_mpi(err, code);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    kin_mpi_courier *c = kin_alloc_zeroed(1, sizeof *c);
    if (!c)
        return kin_fail_memory(err);
    c->courier = (kin_courier) { c, (size_t)ranks, send_message, receive_reply };
    c->own = own;
    letters_init(&c->sent);
    letters_init(&c->in);
    letters_init(&c->out);
    pthread_mutex_init(&c->mutex, NULL);
    pthread_cond_init(&c->arrived, NULL);
    if (pthread_create(&c->thread, NULL, work, c) != 0) {
        pthread_cond_destroy(&c->arrived);
        pthread_mutex_destroy(&c->mutex);
        free(c);
        return kin_fail(err, KIN_E_MEMORY, "no thread could be started");
    }
    *out = c;
    return KIN_OK;
}

const kin_courier *kin_mpi_courier_of(const kin_mpi_courier *courier)
{
    return &courier->courier;
}

void kin_mpi_courier_close(kin_mpi_courier *courier)
{
    if (!courier)
        return;
    pthread_mutex_lock(&courier->mutex);
    courier->end = true;
    pthread_cond_signal(&courier->arrived);
    pthread_mutex_unlock(&courier->mutex);
    pthread_join(courier->thread, NULL);
    while (courier->sent.first && sweep(courier, NULL) == KIN_OK)
        rest_a_moment();
    for (size_t i = 1; i < courier->courier.workers; i++)
        MPI_Send(NULL, 0, MPI_BYTE, (int)i, tag_end, MPI_COMM_WORLD);
    letters *const lists[] = { &courier->sent, &courier->in, &courier->out };
    for (size_t i = 0; i < 3; i++)
        for (letter *left; (left = letters_take(lists[i])) != NULL;)
            letter_free(left);
    pthread_cond_destroy(&courier->arrived);
    pthread_mutex_destroy(&courier->mutex);
    free(courier);
}

/* ---- The other ranks ---- */

static int answer_one(kin_spread_worker *worker, const MPI_Status *status, kin_error *err)
{
    kin_bytes message = { NULL, 0 }, reply = { NULL, 0 };
    int code = fetch(status, &message, err);
    if (code == KIN_OK)
        code = kin_spread_worker_answer(worker, &message, &reply, err);
    if (code == KIN_OK)
        code = fits(&reply, err);
    if (code == KIN_OK) {
        int sent = MPI_Send(reply.data, (int)reply.size, MPI_BYTE, 0, tag_reply, MPI_COMM_WORLD);
        code = sent == MPI_SUCCESS ? KIN_OK : fail_mpi(err, sent);
    }
    free(message.data);
    free(reply.data);
    return code;
}

int kin_mpi_serve(kin_spread_worker *worker, kin_error *err)
{
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    for (;; rest_a_moment()) {
        MPI_Status status;
        bool there = false;
        int code = look(0, &there, &status, err);
        if (code == KIN_OK && there && status.MPI_TAG == tag_end)
            return KIN_OK;
        if (code == KIN_OK && there)
            code = answer_one(worker, &status, err);
        if (code != KIN_OK)
            return code;
    }
}
