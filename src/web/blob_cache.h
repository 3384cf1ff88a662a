#ifndef KIN_BLOB_CACHE_H
#define KIN_BLOB_CACHE_H
/* Answers kept for the next who asks, the least recently used dropped first: pictures and reports. Thread-safe. */

#include "kin/status.h"

#include <pthread.h>

/* Bytes that several answers share while they are sent. */
typedef struct kin_web_blob {
    struct kin_web_blob *next;          /* of its bucket */
    struct kin_web_blob *older, *newer; /* by last use */
    uint64_t hash;
    size_t references, size, cost;
    char *data; /* malloc'ed */
    char *key;
} kin_web_blob;

enum { KIN_WEB_BUCKETS = 4096 };

typedef struct kin_web_cache {
    pthread_mutex_t lock;
    kin_web_blob *buckets[KIN_WEB_BUCKETS];
    kin_web_blob *oldest, *newest;
    size_t used, most; /* bytes, keys and bookkeeping included */
} kin_web_cache;

int kin_web_cache_init(kin_web_cache *cache, size_t most, kin_error *err);
void kin_web_cache_clear(kin_web_cache *cache); /* no reference is out any more */

/* A reference to what is kept under the key; NULL: nothing. */
kin_web_blob *kin_web_cache_get(kin_web_cache *cache, const char *key);

/* Keeps data[size] (malloc'ed, taken over also on failure) under the key, in place of what was there, unless it is too
 * large to be kept; in any case *out is a reference to it. */
int kin_web_cache_put(kin_web_cache *cache, const char *key, char *data, size_t size, kin_web_blob **out,
                      kin_error *err);

void kin_web_blob_release(kin_web_cache *cache, kin_web_blob *blob);

#endif
