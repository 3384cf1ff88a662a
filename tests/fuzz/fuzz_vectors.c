/* The first byte chooses vectors.bin or base.faiss, the type of the vectors and whether checksums are made right; the
 * second the dimension; the rest is the file. Right checksums let the bytes behind them be seen; they guard against
 * accidents, not against people. */
#include "fuzz.h"

#include "base/hash.h"
#include "index/index_base.h"

enum {
    head_bytes = 64,
    footer_bytes = 144,
    most_dim = 16,
    most_near = 8,
    content_hash_at = 120, /* in the footer of base.faiss */
    magic_at = 128,
    footer_hash_at = 136
};

static char folder[256];

static void remove_folder(void)
{
    (void)kin_index_delete(folder, NULL);
    (void)rmdir(folder);
}

static void make_once(void)
{
    if (folder[0])
        return;
    fuzz_make_folder(folder);
    (void)atexit(remove_folder);
}

/* ---- vectors.bin ---- */

/* The header that an index of these options has. */
static void make_head(const kin_index_options *options, uint8_t *bytes)
{
    kin_index_options fresh = *options;
    kin_index *index = NULL;
    char path[512];
    fresh.write = true;
    must(kin_index_delete(folder, NULL) == KIN_OK);
    must(kin_index_open(folder, &fresh, &index, NULL) == KIN_OK);
    kin_index_close(index);
    (void)snprintf(path, sizeof path, "%s/vectors.bin", folder);
    FILE *file = fopen(path, "rb");
    must(file && fread(bytes, 1, head_bytes, file) == head_bytes && fclose(file) == 0);
}

static void look_up(const kin_index *index, size_t dim)
{
    float query[most_dim] = { 0 }, vector[most_dim], scores[most_near];
    int64_t ids[most_near], among[] = { 1, 7, -3, INT64_MAX };
    kin_error err = KIN_ERROR_INIT;
    query[dim - 1] = 1;
    must(kin_index_search(index, query, 1, most_near, ids, scores, &err) == KIN_OK);
    for (int i = 0; i < most_near; i++) {
        must(ids[i] == -1 || (kin_index_has(index, ids[i]) && kin_index_get(index, ids[i], vector, &err) == KIN_OK));
        must(i == 0 || ids[i] == -1 || ids[i] != ids[i - 1]);
    }
    /* Of a row with a component that is no number nothing is promised but that it does no harm. */
    must(ids[0] == -1 || kin_index_count(index) > 0);
    must(kin_index_search_among(index, query, 1, among, 4, 2, ids, scores, &err) == KIN_OK);
}

static void append_and_remove(kin_index_options options)
{
    kin_index *index = NULL;
    kin_error err = KIN_ERROR_INIT;
    float vectors[2 * most_dim] = { 0 };
    const int64_t ids[2] = { 5, 9 };
    options.write = true;
    if (kin_index_open(folder, &options, &index, &err) != KIN_OK)
        return;
    vectors[0] = vectors[options.dim] = 1;
    uint64_t rows = kin_index_rows(index);
    must(kin_index_add(index, ids, vectors, 2, &err) == KIN_OK);
    must(kin_index_rows(index) == rows + 2 && kin_index_has(index, 5));
    look_up(index, options.dim);
    must(kin_index_remove(index, ids, 1, &err) == KIN_OK && !kin_index_has(index, 5) && kin_index_has(index, 9));
    must(kin_index_sync(index, &err) == KIN_OK);
    size_t count = kin_index_count(index);
    kin_index_close(index);
    options.write = false;
    must(kin_index_open(folder, &options, &index, &err) == KIN_OK && kin_index_count(index) == count);
    kin_index_close(index);
}

static void try_vectors(const kin_index_options *options, bool right, const uint8_t *data, size_t size)
{
    kin_index *index = NULL;
    kin_error err = KIN_ERROR_INIT;
    uint8_t *bytes = malloc(size + head_bytes);
    must(bytes);
    if (right)
        make_head(options, bytes);
    memcpy(bytes + (right ? head_bytes : 0), data, size);
    fuzz_write(folder, "vectors.bin", bytes, size + (right ? head_bytes : 0));
    free(bytes);
    int code = kin_index_open(folder, options, &index, &err);
    if (code == KIN_OK)
        look_up(index, options->dim);
    else
        fuzz_check_failure(code, &err);
    kin_index_close(index);
    append_and_remove(*options);
}

/* ---- base.faiss ---- */

static void make_right(const kin_index__identity *identity, uint8_t *bytes, size_t size)
{
    uint8_t *footer = bytes + size - footer_bytes;
    uint64_t content = kin_hash(bytes, size - footer_bytes);
    memcpy(footer + sizeof(kin_index__base_about), identity, sizeof *identity);
    memcpy(footer + content_hash_at, &content, sizeof content);
    memcpy(footer + magic_at, "KINBAS2\n", 8);
    uint64_t all = kin_hash(footer, footer_hash_at);
    memcpy(footer + footer_hash_at, &all, sizeof all);
}

static void walk_base(const kin_index__base *base, size_t dim)
{
    const kin_index__base_about *about = kin_index__base_about_of(base);
    float query[most_dim] = { 0 };
    uint32_t near[most_near];
    kin_error err = KIN_ERROR_INIT;
    uint64_t members = 0;
    query[dim - 1] = 1;
    for (size_t i = 0; i < about->lists; i++) {
        size_t count;
        const uint32_t *rows = kin_index__base_list(base, i, &count);
        for (size_t j = 0; j < count; j++)
            must(rows[j] < about->covered);
        members += count;
    }
    must(members == about->members);
    size_t probes = about->lists < most_near ? (size_t)about->lists : most_near;
    if (kin_index__base_nearest(base, query, 1, probes, near, &err) == KIN_OK)
        for (size_t i = 0; i < probes; i++)
            must(near[i] < about->lists);
}

static void try_base(const kin_index_options *options, bool right, const uint8_t *data, size_t size)
{
    kin_index__identity identity = { options->model, options->generation, options->dim };
    kin_index__base *base = NULL;
    kin_error err = KIN_ERROR_INIT;
    uint8_t *bytes = malloc(size ? size : 1);
    must(bytes);
    memcpy(bytes, data, size);
    if (right && size >= footer_bytes)
        make_right(&identity, bytes, size);
    fuzz_write(folder, "base.faiss", bytes, size);
    free(bytes);
    int code = kin_index__base_open(folder, &identity, &base, &err);
    if (code == KIN_OK)
        walk_base(base, options->dim);
    else
        fuzz_check_failure(code, &err);
    kin_index__base_free(base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    make_once();
    uint8_t first = fuzz_take_byte(&data, &size), second = fuzz_take_byte(&data, &size);
    kin_index_options options = { .dim = second % most_dim + 1u,
                                  .type = (kin_vector_type)(first / 4 % 3 + 1),
                                  .model = 7,
                                  .generation = 3,
                                  .rows = KIN_INDEX_ALL };
    bool right = first & 2;
    if (first & 1)
        try_base(&options, right, data, size);
    else
        try_vectors(&options, right, data, size);
    must(kin_index_delete(folder, NULL) == KIN_OK);
    return 0;
}
