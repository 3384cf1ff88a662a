/* One thread looks twice a second for sockets whose time is up and shuts them down: the thread that serves such a
 * socket then sees the end of it and cleans up. A socket is in the list only while it is open, so that its number
 * cannot belong to another. */
#include "web/connections.h"

#include "base/checked.h"
#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static const double pause_seconds = 0.5, read_seconds = 60, send_seconds = 120;

static void wait_a_little(kin_web_connections *c)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)(pause_seconds * 1e9);
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_cond_timedwait(&c->stopping, &c->lock, &until);
}

static void *watch(void *user)
{
    kin_web_connections *c = user;
    pthread_mutex_lock(&c->lock);
    while (!c->stop) {
        wait_a_little(c);
        double now = kin_clock_seconds();
        for (kin_web_connection *one = c->list; one; one = one->next)
            if (one->until < now) {
                (void)shutdown(one->socket, SHUT_RDWR);
                one->until = INFINITY;
            }
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

int kin_web_connections_start(kin_web_connections *connections, double patience, kin_error *err)
{
    memset(connections, 0, sizeof *connections);
    connections->patience = patience;
    if (pthread_mutex_init(&connections->lock, NULL) != 0)
        return kin_fail_memory(err);
    if (pthread_cond_init(&connections->stopping, NULL) != 0) {
        pthread_mutex_destroy(&connections->lock);
        return kin_fail_memory(err);
    }
    if (pthread_create(&connections->thread, NULL, watch, connections) == 0)
        return KIN_OK;
    pthread_cond_destroy(&connections->stopping);
    pthread_mutex_destroy(&connections->lock);
    return kin_fail(err, KIN_E_MEMORY, "the system gives no more threads: end other programs and try again");
}

void kin_web_connections_stop(kin_web_connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    connections->stop = true;
    pthread_cond_broadcast(&connections->stopping);
    pthread_mutex_unlock(&connections->lock);
    pthread_join(connections->thread, NULL);
    pthread_cond_destroy(&connections->stopping);
    pthread_mutex_destroy(&connections->lock);
}

kin_web_connection *kin_web_connection_opened(kin_web_connections *connections, int socket)
{
    kin_web_connection *one = kin_alloc_zeroed(1, sizeof *one);
    if (!one)
        return NULL;
    one->socket = socket;
    one->until = kin_clock_seconds() + connections->patience;
    pthread_mutex_lock(&connections->lock);
    one->next = connections->list;
    connections->list = one;
    pthread_mutex_unlock(&connections->lock);
    return one;
}

void kin_web_connection_closed(kin_web_connections *connections, kin_web_connection *connection)
{
    if (!connection)
        return;
    pthread_mutex_lock(&connections->lock);
    kin_web_connection **place = &connections->list;
    while (*place && *place != connection)
        place = &(*place)->next;
    if (*place)
        *place = connection->next;
    pthread_mutex_unlock(&connections->lock);
    free(connection);
}

void kin_web_connection_is_at(kin_web_connections *connections, kin_web_connection *connection, kin_web_phase phase)
{
    if (!connection)
        return;
    const double seconds[] = { [KIN_WEB_WAITS] = connections->patience,
                               [KIN_WEB_READS] = read_seconds,
                               [KIN_WEB_COMPUTES] = INFINITY,
                               [KIN_WEB_SENDS] = send_seconds };
    pthread_mutex_lock(&connections->lock);
    connection->until = kin_clock_seconds() + seconds[phase];
    connection->at_work = phase != KIN_WEB_WAITS;
    pthread_mutex_unlock(&connections->lock);
}

static bool any_at_work(kin_web_connections *connections)
{
    bool any = false;
    pthread_mutex_lock(&connections->lock);
    for (const kin_web_connection *one = connections->list; one; one = one->next)
        any |= one->at_work;
    pthread_mutex_unlock(&connections->lock);
    return any;
}

void kin_web_connections_drain(kin_web_connections *connections, double seconds)
{
    const struct timespec pause = { .tv_nsec = 20000000 };
    double until = kin_clock_seconds() + seconds;
    while (any_at_work(connections) && kin_clock_seconds() < until)
        (void)nanosleep(&pause, NULL);
}
