/* How long a corpus takes to load and to be brought up to date: kin index's files are made directly, without pictures.
 *
 *     bench_corpus [ITEMS] [VERDICTS]      (1000000 shapes, 10 on an image; 2000) */
#include "base/checked.h"
#include "base/clock.h"
#include "base/rng.h"
#include "workspace/corpus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { shapes_each = 10, labels = 80, block = 4096 };

#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        if ((call) != KIN_OK) {                                                                                        \
            (void)fprintf(stderr, "bench_corpus: %s\n", err.message);                                                  \
            return 1;                                                                                                  \
        }                                                                                                              \
    } while (0)

static int put_items(kin_ledger *ledger, size_t shapes, kin_error *err)
{
    char path[64], shape[24], label[24];
    int64_t asset = 0, id;
    bool added;
    kin_change change;
    int code = kin_ledger_begin(ledger, err);
    for (size_t i = 0; code == KIN_OK && i < shapes; i++) {
        if (i % shapes_each == 0) {
            (void)snprintf(path, sizeof path, "images/train/%012zu.jpg", i);
            code = kin_ledger_asset_add(ledger, path, &asset, &added, err);
            if (code == KIN_OK)
                code = kin_ledger_item_state(ledger, asset, KIN_ITEM_DESCRIBED, NULL, err);
        }
        (void)snprintf(shape, sizeof shape, "%zu", i);
        (void)snprintf(label, sizeof label, "label %zu", i * 7919 % labels);
        if (code == KIN_OK)
            code = kin_ledger_shape_put(ledger, asset, shape, label, (kin_box) { 1, 2, 30, 40 }, 1, &id, &change, err);
        if (code == KIN_OK)
            code = kin_ledger_item_state(ledger, id, KIN_ITEM_DESCRIBED, NULL, err);
    }
    return code == KIN_OK ? kin_ledger_commit(ledger, err) : code;
}

static int put_vectors(kin_workspace *w, const int64_t *ids, size_t n, kin_error *err)
{
    kin_index_options options;
    kin_index *index = NULL;
    kin_rng rng;
    kin_rng_seed(&rng, 1);
    int code = kin_workspace__index_options(w, &options, err);
    if (code != KIN_OK)
        return code;
    options.write = true;
    float *vectors = kin_alloc_array(block * options.dim, sizeof *vectors);
    code = vectors ? kin_index_open(w->kin_folder, &options, &index, err) : kin_fail_memory(err);
    for (size_t i = 0; code == KIN_OK && i < n; i += block) {
        size_t m = n - i < block ? n - i : block;
        for (size_t j = 0; j < m; j++) {
            float *v = vectors + j * options.dim;
            double squares = 0;
            for (size_t d = 0; d < options.dim; d++) {
                v[d] = (float)(kin_rng_uniform(&rng) - 0.45);
                squares += (double)v[d] * (double)v[d];
            }
            for (size_t d = 0; d < options.dim; d++)
                v[d] = (float)((double)v[d] / sqrt(squares));
        }
        code = kin_index_add(index, ids + i, vectors, m, err);
    }
    uint64_t rows = code == KIN_OK ? kin_index_rows(index) : 0;
    kin_index_close(index);
    free(vectors);
    if (code == KIN_OK)
        code = kin_ledger_begin(w->ledger, err);
    if (code == KIN_OK)
        code = kin_workspace__number_put(w, KIN_SETTING_ROWS, rows, err);
    return code == KIN_OK ? kin_ledger_commit(w->ledger, err) : code;
}

static int judge(kin_workspace *w, const int64_t *ids, size_t n, size_t every, kin_error *err)
{
    int code = kin_ledger_begin(w->ledger, err);
    for (size_t i = 0; code == KIN_OK && i < n; i += every) {
        kin_verdict verdict = { .item = ids[i],
                                .grade = i / every % 3 ? KIN_GRADE_OK : KIN_GRADE_CRITICAL,
                                .should_be = i / every % 3 ? NULL : "label 3" };
        code = kin_ledger_verdict_add(w->ledger, &verdict, NULL, err);
    }
    return code == KIN_OK ? kin_ledger_commit(w->ledger, err) : code;
}

static int measure(kin_workspace *w, const int64_t *ids, kin_error *err)
{
    const kin_corpus *corpus;
    double start = kin_clock_seconds();
    const kin_index *index;
    int code = kin_workspace__index(w, &index, err);
    double opened = kin_clock_seconds();
    if (code == KIN_OK)
        code = kin_workspace__corpus(w, KIN_UNIT_SHAPE, &corpus, err);
    double loaded = kin_clock_seconds();
    if (code == KIN_OK)
        code = judge(w, ids, 20, 1, err);
    double judged = kin_clock_seconds();
    if (code == KIN_OK)
        code = kin_workspace__corpus(w, KIN_UNIT_SHAPE, &corpus, err);
    double again = kin_clock_seconds();
    if (code != KIN_OK)
        return code;
    printf("index opened\t%.3f s\ncorpus loaded\t%.3f s\t%zu rows, %zu labels, %zu verdicts\n"
           "20 verdicts later\t%.4f s\n",
           opened - start, loaded - opened, corpus->count, corpus->labels, corpus->verdicts_count, again - judged);
    float *vectors = kin_alloc_array(block * corpus->dim, sizeof *vectors);
    uint32_t rows[block];
    double sum = 0, reading = kin_clock_seconds();
    for (size_t i = 0; vectors && code == KIN_OK && i < corpus->count; i += block) {
        size_t m = corpus->count - i < block ? corpus->count - i : block;
        for (size_t j = 0; j < m; j++)
            rows[j] = (uint32_t)(i + j);
        code = kin_corpus__vectors(corpus, rows, m, vectors, err);
        sum += (double)vectors[0];
    }
    printf("vectors read\t%.3f s\tchecksum %.6f\n", kin_clock_seconds() - reading, sum);
    free(vectors);
    return code;
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000, ids_count = 0;
    size_t verdicts = argc > 2 ? strtoul(argv[2], NULL, 10) : 2000;
    char folder[] = "/tmp/kin_bench_corpus_XXXXXX", command[96];
    kin_error err = KIN_ERROR_INIT;
    kin_workspace *w = NULL;
    int64_t *ids = NULL;
    if (n == 0 || verdicts == 0 || !mkdtemp(folder))
        return 2;
    CHECK(kin_workspace_open(folder, KIN_LEDGER_CREATE, &w, &err));
    CHECK(kin_ledger_begin(w->ledger, &err));
    CHECK(kin_ledger_setting_put(w->ledger, KIN_SETTING_MODEL, "classic", &err));
    CHECK(kin_workspace__number_put(w, KIN_SETTING_DIM, 252, &err));
    CHECK(kin_workspace__number_put(w, KIN_SETTING_VECTORS, 1, &err));
    CHECK(kin_ledger_commit(w->ledger, &err));
    CHECK(put_items(w->ledger, n, &err));
    CHECK(kin_ledger_select(w->ledger, &(kin_item_filter) { .unit = KIN_UNIT_SHAPE }, &ids, &ids_count, &err));
    CHECK(put_vectors(w, ids, ids_count, &err));
    CHECK(judge(w, ids, ids_count, n / verdicts ? n / verdicts : 1, &err));
    CHECK(measure(w, ids, &err));
    kin_workspace_close(w);
    free(ids);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) != 0;
}
