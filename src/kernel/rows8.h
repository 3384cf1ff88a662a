#ifndef KIN_ROWS8_H
#define KIN_ROWS8_H
/* Dot products of 8-bit vectors with 8-bit vectors, which searches score rows by: one query with many rows where they
 * lie, or many queries with rows packed in panels. Components are signed, within -127 .. 127; sums are exact in 32 bits
 * up to 100,000 components, and the same by all tables:
 *
 *     score = query_scale row_scale sum
 *
 * No function allocates or fails; all may run in several threads at once on different outputs. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KIN_PANEL_ROWS = 16 };

/* scores[i * step + j] of queries i and rows j, which lie in panels of 16; the last panel's missing rows get scores that
 * mean nothing. Packed queries and panels follow each other without gaps, at multiples of 64 bytes. Where `hits` is
 * given, instead of the scores which of them reach least[i]: bit j of hits[i * panel_count + p] is row 16 p + j. That
 * takes a 32nd of the memory, and nearly all of the time nothing more is asked. */
typedef struct kin_products8 {
    size_t dim;
    const uint8_t *queries;
    const float *query_scale; /* [query_count] */
    size_t query_count;
    const uint8_t *panels;
    const float *row_scale; /* [16 panel_count] */
    size_t panel_count;
    bool add;      /* to what is there, instead of replacing it */
    float *scores; /* [query_count, step] */
    size_t step;   /* at least 16 panel_count */
    const float *least; /* [query_count] */
    uint16_t *hits;     /* [query_count, panel_count]; NULL: scores are wanted */
} kin_products8;

typedef struct kin_rows8 {
    const char *name; /* "plain", "avx2", "avx512" (VNNI) */
    /* Bytes of a packed query and of a panel: multiples of 64. */
    size_t (*query_size)(size_t dim);
    size_t (*panel_size)(size_t dim);
    void (*query_pack)(const int8_t *query, size_t dim, uint8_t *packed);
    /* rows[n], n <= 16, of dim components each. */
    void (*panel_pack)(const int8_t *const *rows, size_t n, size_t dim, uint8_t *panel);
    void (*products)(const kin_products8 *op);
    /* sums[n] of one packed query with rows[n] in place. */
    void (*dots)(const uint8_t *query, const int8_t *const *rows, size_t n, size_t dim, int32_t *sums);
} kin_rows8;

/* Asks for the cache lines that hold size bytes, which are read soon: rows of a list lie scattered in memory. */
static inline void kin_prefetch(const void *data, size_t size)
{
#ifdef __GNUC__
    const char *line = (const char *)((uintptr_t)data & ~(uintptr_t)63), *end = (const char *)data + size;
    for (; line < end; line += 64)
        __builtin_prefetch(line);
#else
    (void)data;
    (void)size;
#endif
}

/* As kin_kernels_get and kin_kernels_named; avx512 needs VNNI, and amx means avx512 here. */
const kin_rows8 *kin_rows8_get(void);
const kin_rows8 *kin_rows8_named(const char *name);

#endif
