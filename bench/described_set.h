#ifndef KIN_DESCRIBED_SET_H
#define KIN_DESCRIBED_SET_H
/* A data set described in memory, for benchmarks of what descriptors are good for. Trouble ends the program. */

#include "base/arena.h"
#include "base/table.h"
#include "kin/descriptor.h"
#include "kin/exchange.h"

typedef struct described_item {
    const char *path, *shape; /* shape: NULL where the item is the image */
    int64_t label;
    size_t image; /* number of the image it is on */
    kin_box box;
    bool relative;
} described_item;

typedef struct described_set {
    kin_arena arena;
    kin_table labels; /* name -> number, in the order of their first item */
    described_item *items;
    size_t count, images, dim, unread;
    float *vectors; /* [count, dim] */
} described_set;

typedef struct described_options {
    const char *label_column; /* of a CSV; NULL: the usual names */
    double margin;            /* share of a box added on each side */
    size_t threads;           /* 0: one a core */
} described_options;

/* Reads what `kin index` reads: a data.yaml, a COCO .json, a .csv beside its images, or a folder of class folders.
 * Items are the shapes where a set has any, else the images; those without a label and those that cannot be read
 * (counted in `unread`) are left out. Items of an image are side by side. */
described_set described_set_read(const kin_model *model, const char *annotations, const described_options *options);
void described_set_clear(described_set *set);

/* Names of the labels by number: borrowed from the set; the caller frees the array. */
const char **described_set_names(const described_set *set);

/* Ends the program, after the message, where something failed. */
void bench_must(int code, const kin_error *err);
void *bench_must_have(void *memory);

#endif
