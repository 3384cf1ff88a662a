#define _GNU_SOURCE /* sched_getaffinity */
#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { most_threads = 256 };

typedef struct shared_work {
    atomic_size_t next;
    size_t count;
    void (*work)(void *user, size_t worker, size_t i);
    void *user;
} shared_work;

typedef struct worker_start {
    shared_work *shared;
    size_t worker;
} worker_start;

size_t kin_parallel_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int cores = CPU_COUNT(&set);
    return cores > 0 ? (size_t)cores : 1;
}

static void *run(void *argument)
{
    worker_start *start = argument;
    shared_work *shared = start->shared;
    for (;;) {
        size_t i = atomic_fetch_add(&shared->next, 1);
        if (i >= shared->count)
            return NULL;
        shared->work(shared->user, start->worker, i);
    }
}

void kin_parallel(size_t threads, size_t count, void (*work)(void *user, size_t worker, size_t i), void *user)
{
    shared_work shared = { .count = count, .work = work, .user = user };
    atomic_init(&shared.next, 0);
    if (threads > most_threads)
        threads = most_threads;
    if (threads > count)
        threads = count;
    worker_start starts[most_threads] = { { &shared, 0 } };
    pthread_t handles[most_threads];
    size_t started = 1;
    while (started < threads) {
        starts[started] = (worker_start) { &shared, started };
        if (pthread_create(&handles[started], NULL, run, &starts[started]) != 0)
            break;
        started++;
    }
    run(&starts[0]);
    for (size_t i = 1; i < started; i++)
        pthread_join(handles[i], NULL);
}

int kin_parallel_error(const kin_error *errors, size_t threads, kin_error *err)
{
    for (size_t i = 0; i < threads; i++)
        if (errors[i].code != KIN_OK)
            return kin_fail(err, errors[i].code, "%s", errors[i].message);
    return KIN_OK;
}
