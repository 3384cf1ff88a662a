/* A chained hash table whose entries also stand in a list by last use. An entry that is dropped while an answer sends
 * it lives on until its last reference is released. */
#include "web/blob_cache.h"

#include "base/checked.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

int kin_web_cache_init(kin_web_cache *cache, size_t most, kin_error *err)
{
    memset(cache, 0, sizeof *cache);
    cache->most = most;
    return pthread_mutex_init(&cache->lock, NULL) == 0 ? KIN_OK : kin_fail_memory(err);
}

static void unreference(kin_web_blob *blob)
{
    if (--blob->references > 0)
        return;
    free(blob->data);
    free(blob->key);
    free(blob);
}

static void unlink_by_use(kin_web_cache *cache, kin_web_blob *blob)
{
    if (blob->older)
        blob->older->newer = blob->newer;
    else
        cache->oldest = blob->newer;
    if (blob->newer)
        blob->newer->older = blob->older;
    else
        cache->newest = blob->older;
    blob->older = blob->newer = NULL;
}

static void link_newest(kin_web_cache *cache, kin_web_blob *blob)
{
    blob->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = blob;
    else
        cache->oldest = blob;
    cache->newest = blob;
}

static kin_web_blob **place_of(kin_web_cache *cache, uint64_t hash, const char *key)
{
    kin_web_blob **place = &cache->buckets[hash % KIN_WEB_BUCKETS];
    while (*place && ((*place)->hash != hash || strcmp((*place)->key, key) != 0))
        place = &(*place)->next;
    return place;
}

static void drop(kin_web_cache *cache, kin_web_blob *blob)
{
    kin_web_blob **place = place_of(cache, blob->hash, blob->key);
    *place = blob->next;
    unlink_by_use(cache, blob);
    cache->used -= blob->cost;
    unreference(blob);
}

void kin_web_cache_clear(kin_web_cache *cache)
{
    while (cache->oldest)
        drop(cache, cache->oldest);
    pthread_mutex_destroy(&cache->lock);
}

kin_web_blob *kin_web_cache_get(kin_web_cache *cache, const char *key)
{
    uint64_t hash = kin_hash(key, strlen(key));
    pthread_mutex_lock(&cache->lock);
    kin_web_blob *blob = *place_of(cache, hash, key);
    if (blob) {
        unlink_by_use(cache, blob);
        link_newest(cache, blob);
        blob->references++;
    }
    pthread_mutex_unlock(&cache->lock);
    return blob;
}

static void keep(kin_web_cache *cache, kin_web_blob *blob)
{
    pthread_mutex_lock(&cache->lock);
    kin_web_blob *there = *place_of(cache, blob->hash, blob->key);
    if (there)
        drop(cache, there);
    while (cache->oldest && cache->used + blob->cost > cache->most)
        drop(cache, cache->oldest);
    if (cache->used + blob->cost <= cache->most) {
        blob->next = cache->buckets[blob->hash % KIN_WEB_BUCKETS];
        cache->buckets[blob->hash % KIN_WEB_BUCKETS] = blob;
        link_newest(cache, blob);
        cache->used += blob->cost;
        blob->references++;
    }
    pthread_mutex_unlock(&cache->lock);
}

int kin_web_cache_put(kin_web_cache *cache, const char *key, char *data, size_t size, kin_web_blob **out,
                      kin_error *err)
{
    kin_web_blob *blob = kin_alloc_zeroed(1, sizeof *blob);
    char *copy = strdup(key);
    if (!blob || !copy) {
        free(blob);
        free(copy);
        free(data);
        return kin_fail_memory(err);
    }
    blob->hash = kin_hash(key, strlen(key));
    blob->references = 1;
    blob->data = data;
    blob->size = size;
    blob->key = copy;
    blob->cost = size + strlen(key) + 1 + sizeof *blob;
    keep(cache, blob);
    *out = blob;
    return KIN_OK;
}

void kin_web_blob_release(kin_web_cache *cache, kin_web_blob *blob)
{
    if (!blob)
        return;
    pthread_mutex_lock(&cache->lock);
    unreference(blob);
    pthread_mutex_unlock(&cache->lock);
}
