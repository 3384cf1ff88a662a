#ifndef KIN_CONNECTIONS_H
#define KIN_CONNECTIONS_H
/* Open connections and how long each may take for what it is at. MHD's own timeout starts anew with every byte that
 * comes; here a client that sends one byte at a time is cut off as well. Thread-safe. */

#include "kin/status.h"

#include <pthread.h>

typedef struct kin_web_connection {
    struct kin_web_connection *next;
    int socket;
    double until; /* on kin_clock_seconds; INFINITY: as long as it takes */
    bool at_work; /* from the first look at a request until its answer is sent */
} kin_web_connection;

typedef struct kin_web_connections {
    pthread_mutex_t lock;
    pthread_cond_t stopping;
    pthread_t thread;
    kin_web_connection *list;
    double patience; /* seconds for a request's head, and for the next request to begin */
    bool stop;
} kin_web_connections;

int kin_web_connections_start(kin_web_connections *connections, double patience, kin_error *err);
void kin_web_connections_stop(kin_web_connections *connections);

/* Returns NULL where there is no memory; the connection is then without a bound of its own. */
kin_web_connection *kin_web_connection_opened(kin_web_connections *connections, int socket);
void kin_web_connection_closed(kin_web_connections *connections, kin_web_connection *connection);

/* What it is at now: waiting for a request, reading one, computing (no bound), sending. NULL is legal. */
typedef enum kin_web_phase { KIN_WEB_WAITS, KIN_WEB_READS, KIN_WEB_COMPUTES, KIN_WEB_SENDS } kin_web_phase;
void kin_web_connection_is_at(kin_web_connections *connections, kin_web_connection *connection, kin_web_phase phase);

/* Waits until none is at work, `seconds` at most. */
void kin_web_connections_drain(kin_web_connections *connections, double seconds);

#endif
