#ifndef CORPUS_FIXTURE_H
#define CORPUS_FIXTURE_H
/* A workspace without pictures: items and their vectors are put straight into ledger and index. A vector is a place,
 * one direction a number, with noise around it. */

#include "kin_test.h"

#include "base/checked.h"
#include "base/rng.h"
#include "kin/kin.h"
#include "workspace/corpus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        if ((call) != KIN_OK)                                                                                          \
            fail_msg("%s: %s", #call, err.message);                                                                    \
    } while (0)

typedef struct fixture {
    char folder[64];
    kin_workspace *w;
    int64_t *ids;   /* of the items whose vectors wait for flush */
    float *vectors; /* [waiting, dim] */
    size_t waiting, ids_capacity, vectors_capacity, dim, assets, shapes;
    kin_rng rng;
} fixture;

static inline void fixture_open(fixture *f)
{
    kin_error err = KIN_ERROR_INIT;
    *f = (fixture) { .folder = "/tmp/kin_test_corpus_XXXXXX", .dim = 252 };
    assert_non_null(mkdtemp(f->folder));
    kin_rng_seed(&f->rng, 7);
    OK(kin_workspace_open(f->folder, KIN_LEDGER_CREATE, &f->w, &err));
    OK(kin_ledger_begin(f->w->ledger, &err));
    OK(kin_ledger_setting_put(f->w->ledger, KIN_SETTING_MODEL, "classic", &err));
    OK(kin_workspace__number_put(f->w, KIN_SETTING_DIM, f->dim, &err));
    OK(kin_workspace__number_put(f->w, KIN_SETTING_VECTORS, 1, &err));
    OK(kin_ledger_commit(f->w->ledger, &err));
}

static inline void fixture_close(fixture *f)
{
    char command[96];
    kin_workspace_close(f->w);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    assert_int_equal(system(command), 0);
    free(f->ids);
    free(f->vectors);
}

static inline void fixture_begin(fixture *f)
{
    kin_error err = KIN_ERROR_INIT;
    OK(kin_ledger_begin(f->w->ledger, &err));
}

static inline void wait_vector(fixture *f, int64_t id, unsigned place, double noise)
{
    kin_rng direction;
    double squares = 0;
    assert_true(KIN_GROW(&f->ids, &f->ids_capacity, f->waiting + 1));
    assert_true(KIN_GROW(&f->vectors, &f->vectors_capacity, (f->waiting + 1) * f->dim));
    float *v = f->vectors + f->waiting * f->dim;
    kin_rng_seed(&direction, place + 1000);
    for (size_t d = 0; d < f->dim; d++) {
        double x = kin_rng_normal(&direction) + noise * kin_rng_normal(&f->rng);
        squares += x * x;
        v[d] = (float)x;
    }
    for (size_t d = 0; d < f->dim; d++)
        v[d] = (float)((double)v[d] / sqrt(squares));
    f->ids[f->waiting++] = id;
}

/* The next two stand between fixture_begin and fixture_flush. */
static inline int64_t put_asset(fixture *f)
{
    kin_error err = KIN_ERROR_INIT;
    char path[32];
    int64_t id = 0;
    bool added = false;
    (void)snprintf(path, sizeof path, "%04zu.jpg", f->assets++);
    OK(kin_ledger_asset_add(f->w->ledger, path, &id, &added, &err));
    OK(kin_ledger_item_state(f->w->ledger, id, KIN_ITEM_DESCRIBED, NULL, &err));
    wait_vector(f, id, 0, 2);
    return id;
}

static inline int64_t put_shape(fixture *f, int64_t asset, const char *label, unsigned place, double noise)
{
    kin_error err = KIN_ERROR_INIT;
    char name[32];
    int64_t id = 0;
    kin_change change = KIN_SAME;
    (void)snprintf(name, sizeof name, "%zu", ++f->shapes);
    OK(kin_ledger_shape_put(f->w->ledger, asset, name, label, (kin_box) { 1, 1, 8, 8 }, 1, &id, &change, &err));
    OK(kin_ledger_item_state(f->w->ledger, id, KIN_ITEM_DESCRIBED, NULL, &err));
    wait_vector(f, id, place, noise);
    return id;
}

/* Writes the vectors and commits, as a run of `kin index` does. */
static inline void fixture_flush(fixture *f)
{
    kin_error err = KIN_ERROR_INIT;
    kin_index_options options;
    kin_index *index = NULL;
    OK(kin_workspace__index_options(f->w, &options, &err));
    options.write = true;
    OK(kin_index_open(f->w->kin_folder, &options, &index, &err));
    OK(kin_index_add(index, f->ids, f->vectors, f->waiting, &err));
    OK(kin_workspace__number_put(f->w, KIN_SETTING_ROWS, kin_index_rows(index), &err));
    kin_index_close(index);
    OK(kin_ledger_commit(f->w->ledger, &err));
    f->waiting = 0;
}

static inline void judge(fixture *f, int64_t item, int64_t job, kin_grade grade, const char *should_be)
{
    kin_error err = KIN_ERROR_INIT;
    const kin_verdict verdict = { .item = item, .job = job, .grade = grade, .should_be = should_be };
    OK(kin_ledger_begin(f->w->ledger, &err));
    OK(kin_ledger_verdict_add(f->w->ledger, &verdict, NULL, &err));
    OK(kin_ledger_commit(f->w->ledger, &err));
}

static inline const kin_corpus *corpus_of(fixture *f, kin_unit unit)
{
    kin_error err = KIN_ERROR_INIT;
    const kin_corpus *corpus = NULL;
    OK(kin_workspace__corpus(f->w, unit, &corpus, &err));
    return corpus;
}

#endif
