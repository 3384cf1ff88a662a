#ifndef KIN_WEB_H
#define KIN_WEB_H
/* The server behind `kin serve`: one data set, an API in JSON (src/web/README.md) and the page that uses it. It runs on
 * threads of its own until it is stopped. */

#include "kin/status.h"

typedef struct kin_web kin_web;

typedef struct kin_web_options {
    const char *folder;       /* of the data set */
    const char *address;      /* to listen on; NULL: 127.0.0.1 */
    uint16_t port;            /* 0: 8750, or any that is free where that one is not */
    const char *token;        /* that clients must know; NULL: a random one. At least 16 letters, digits, '-' or '_' */
    const char *const *hosts; /* names, beside "localhost" and addresses in digits, under which it may be called */
    size_t hosts_count;
    const char *reviewer; /* of verdicts that name none; NULL */
    size_t cache_bytes;   /* of pictures and reports kept; 0: 64 MiB */
    size_t connections;   /* at once; 0: 256 */
    double patience;      /* seconds that a client has for sending a request; 0: 20 */
} kin_web_options;

/* Returns when it listens. What `options` points to has to outlive it. */
int kin_web_start(const kin_web_options *options, kin_web **out, kin_error *err);

/* "http://127.0.0.1:8750/?token=...": what to open. Borrowed. */
const char *kin_web_address(const kin_web *web);
const char *kin_web_token(const kin_web *web);
uint16_t kin_web_port(const kin_web *web);

/* Takes no new connection, lets running requests finish (for 30 seconds at most), frees everything. NULL is fine. */
void kin_web_stop(kin_web *web);

#endif
