/* kin check on vectors in shards: it sees damage, mends no more than that, and in the end all is as it was. */
#include "spread_fixture.h"

#include "kin/check.h"

#include <sys/stat.h>
#include <unistd.h>

enum { shards = 3, items = 2 * pictures, head = 64, a_shard = 40 }; /* a shard has more than 40 items */

static const char *path_in(fixture *f, const char *name)
{
    return kin_path_join(&f->arena, f->spread, name);
}

static const char *shard_file(fixture *f, int shard)
{
    char name[64];
    (void)snprintf(name, sizeof name, ".kin/shards/%d/vectors.bin", shard);
    return path_in(f, name);
}

static void put_at(fixture *f, const char *name, const char *text)
{
    put_file(f, f->spread, name, text, strlen(text));
}

static bool is_there(fixture *f, const char *name)
{
    return kin_file_exists(path_in(f, name));
}

static void make_spread(fixture *f)
{
    hire(f, 2);
    assert_int_equal(index_spread(f, shards).described, items);
    judge(f);
}

/* ---- Damage ---- */

static kin_buffer read_shard(fixture *f, int shard)
{
    kin_error err = KIN_ERROR_INIT;
    kin_buffer bytes = KIN_BUFFER_INIT;
    OK(kin_file_read(shard_file(f, shard), 1 << 24, &bytes, &err));
    return bytes;
}

static void write_shard(fixture *f, int shard, const kin_buffer *bytes, size_t size)
{
    FILE *file = fopen(shard_file(f, shard), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static uint32_t stride_of(const kin_buffer *bytes)
{
    uint32_t stride;
    memcpy(&stride, bytes->data + 12, sizeof stride);
    return stride;
}

static int64_t id_of(fixture *f, int shard, size_t row)
{
    kin_buffer bytes = read_shard(f, shard);
    int64_t id;
    memcpy(&id, bytes.data + head + row * stride_of(&bytes), sizeof id);
    kin_buffer_clear(&bytes);
    return id;
}

static void put_id(fixture *f, int shard, size_t row, int64_t id)
{
    kin_buffer bytes = read_shard(f, shard);
    memcpy(bytes.data + head + row * stride_of(&bytes), &id, sizeof id);
    write_shard(f, shard, &bytes, bytes.size);
    kin_buffer_clear(&bytes);
}

static void flip(fixture *f, int shard, size_t row, size_t at)
{
    kin_buffer bytes = read_shard(f, shard);
    bytes.data[head + row * stride_of(&bytes) + at] ^= 1;
    write_shard(f, shard, &bytes, bytes.size);
    kin_buffer_clear(&bytes);
}

static void cut_to(fixture *f, int shard, size_t size)
{
    assert_int_equal(truncate(shard_file(f, shard), (off_t)size), 0);
}

/* ---- What is seen ---- */

typedef struct seen {
    uint64_t items, rows, unseen;
    size_t shards, files, others, repaired; /* findings */
} seen;

static seen look(fixture *f, bool repair)
{
    kin_error err = KIN_ERROR_INIT;
    kin_check check;
    OK(kin_workspace_check(f->w, repair, NULL, &check, &err));
    seen s = { .items = check.items, .rows = check.rows, .unseen = check.unseen };
    for (size_t i = 0; i < check.count; i++) {
        const kin_finding *one = &check.list[i];
        bool shard = strcmp(one->part, "shards") == 0, file = strcmp(one->part, "files") == 0;
        assert_int_equal(one->damage, !file);
        assert_non_null(one->repair);
        s.shards += shard;
        s.files += file;
        s.others += !shard && !file;
        s.repaired += one->repaired;
    }
    kin_check_clear(&check);
    return s;
}

static void assert_clean(fixture *f)
{
    seen s = look(f, false);
    assert_int_equal(s.shards + s.files + s.others, 0);
}

static uint64_t pending(fixture *f)
{
    kin_error err = KIN_ERROR_INIT;
    kin_status status;
    OK(kin_workspace_status(f->w, &status, &err));
    return status.counts.pending;
}

/* Of `damaged` shards a repair makes least .. most items pending; the next run describes just these, and then all is
 * found as by plain kin. */
static void assert_mended(fixture *f, size_t damaged, uint64_t least, uint64_t most)
{
    kin_error err = KIN_ERROR_INIT;
    seen s = look(f, false);
    assert_int_equal(s.shards, damaged);
    assert_int_equal(s.files + s.others, 0);
    assert_int_equal(pending(f), 0);
    assert_int_equal(look(f, true).repaired, damaged);
    assert_clean(f);
    uint64_t again = pending(f);
    assert_true(again >= least && again <= most);
    OK(kin_workspace_spread_attach(f->w, &f->courier, &err)); /* the rest can be found meanwhile */
    kin_workspace_spread_detach(f->w);
    assert_int_equal(index_spread(f, 0).described, again);
    assert_clean(f);
    s = look(f, false);
    assert_int_equal(s.items, items);
    assert_true(s.rows >= items);
}

static void assert_finds_as_plain(fixture *f)
{
    kin_error err = KIN_ERROR_INIT;
    answers want = ask_plain(f);
    open_folder(f, f->spread);
    OK(kin_workspace_spread_attach(f->w, &f->courier, &err));
    assert_answers(f, &want);
    clear(&want);
}

/* ---- Tests ---- */

static void what_is_whole_is_left_alone(void **state)
{
    fixture *f = *state;
    make_spread(f);
    seen s = look(f, false);
    assert_int_equal(s.items, items);
    assert_int_equal(s.rows, items);
    assert_int_equal(s.unseen, 0);
    assert_int_equal(look(f, true).repaired, 0);
    assert_int_equal(pending(f), 0);
    assert_clean(f);
}

/* With an image its shape is described again. */
static void a_changed_byte_costs_one_picture(void **state)
{
    fixture *f = *state;
    make_spread(f);
    flip(f, 0, 3, 8);
    assert_mended(f, 1, 1, 2);
    flip(f, 1, 0, 100);
    flip(f, 2, 5, 259); /* the last byte of a row's scale */
    flip(f, 2, 6, 20);
    assert_mended(f, 2, 3, 6);
    assert_finds_as_plain(f);
}

/* An id that has changed says neither whose row it was nor whether it hides another one. */
static void a_changed_id_costs_the_shard(void **state)
{
    fixture *f = *state;
    make_spread(f);
    const int64_t ids[] = { 1 << 20, id_of(f, 1, 7), id_of(f, 0, 7), -id_of(f, 1, 3), 0, INT64_MIN };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        put_id(f, 1, 3, ids[i]);
        assert_mended(f, 1, a_shard, items - 2 * a_shard);
    }
    assert_finds_as_plain(f);
}

/* An older row is taken for the one that was lost, and all items have one: only the foreign row tells. */
static void a_changed_id_before_an_older_row_is_seen(void **state)
{
    fixture *f = *state;
    make_spread(f);
    put_picture(f, f->spread, 40, 99);
    put_picture(f, f->plain, 40, 99);
    assert_int_equal(index_spread(f, 0).described, 2);
    for (int shard = 0; shard < shards; shard++) {
        kin_buffer bytes = read_shard(f, shard);
        size_t rows = (bytes.size - head) / stride_of(&bytes);
        kin_buffer_clear(&bytes);
        bool changed = false;
        for (size_t row = 0; row + 1 < rows; row++)
            changed |= id_of(f, shard, row) == id_of(f, shard, rows - 1);
        if (changed)
            put_id(f, shard, rows - 1, 1 << 20);
    }
    assert_mended(f, 1, a_shard, items - 2 * a_shard);
    assert_finds_as_plain(f);
}

static void a_file_that_is_lost_costs_the_shard(void **state)
{
    fixture *f = *state;
    make_spread(f);
    const size_t sizes[] = { 0, 10, head, head + 1, 3000 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        cut_to(f, 2, sizes[i]);
        assert_mended(f, 1, a_shard, items - 2 * a_shard);
    }
    kin_buffer bytes = read_shard(f, 0);
    bytes.data[40] ^= 1; /* the header */
    write_shard(f, 0, &bytes, bytes.size);
    assert_mended(f, 1, a_shard, items - 2 * a_shard);
    write_shard(f, 1, &bytes, head); /* that of another shard, and without its rows */
    kin_buffer_clear(&bytes);
    assert_mended(f, 1, a_shard, items - 2 * a_shard);
    assert_int_equal(remove(shard_file(f, 0)), 0);
    assert_mended(f, 1, a_shard, items - 2 * a_shard);
    assert_int_equal(remove(shard_file(f, 0)), 0);
    assert_int_equal(rmdir(path_in(f, ".kin/shards/0")), 0);
    cut_to(f, 1, 1000);
    assert_mended(f, 2, 2 * a_shard, items - a_shard);
    assert_finds_as_plain(f);
}

static void until_it_is_mended_it_is_said(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    kin_describe_summary summary;
    make_spread(f);
    assert_int_equal(remove(shard_file(f, 1)), 0);
    assert_int_equal(kin_workspace_spread_attach(f->w, &f->courier, &err), KIN_E_NOTFOUND);
    assert_non_null(strstr(err.message, "shards/1/vectors.bin is missing"));
    assert_int_equal(try_spread(f, 0, false, NULL, &summary, &err), KIN_E_NOTFOUND);
    assert_int_equal(pending(f), 0);
    assert_mended(f, 1, a_shard, items - 2 * a_shard);
}

/* What a run that died had written without the ledger's knowing is no damage, and goes with the next run. */
static void rows_past_those_that_count_are_no_damage(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    kin_describe_summary summary;
    hire(f, 3);
    f->office.breaks_after = 6;
    assert_int_equal(try_spread(f, shards, false, NULL, &summary, &err), KIN_E_IO);
    dismiss(f);
    assert_clean(f);
    assert_int_equal(look(f, true).repaired, 0);
    hire(f, 2);
    assert_true(index_spread(f, 0).described < items);
    judge(f);

    kin_buffer bytes = read_shard(f, 1), more = KIN_BUFFER_INIT;
    size_t whole = bytes.size;
    kin_buffer_append(&more, bytes.data, bytes.size);
    kin_buffer_append(&more, bytes.data + head, 2 * stride_of(&bytes) + 11);
    write_shard(f, 1, &more, more.size);
    kin_buffer_clear(&more);
    kin_buffer_clear(&bytes);
    assert_clean(f);
    assert_int_equal(look(f, false).rows, items);
    assert_int_equal(look(f, true).repaired, 0);
    assert_int_equal(index_spread(f, 0).described, 0);
    bytes = read_shard(f, 1);
    assert_int_equal(bytes.size, whole);
    kin_buffer_clear(&bytes);
    assert_finds_as_plain(f);
}

static void rows_that_are_out_of_use_are_no_damage(void **state)
{
    fixture *f = *state;
    index_plain(f); /* so that ids are the same */
    make_spread(f);
    int64_t first = id_of(f, 0, 0);
    put_picture(f, f->spread, 0, 99);
    put_picture(f, f->plain, 0, 99);
    assert_int_equal(remove(path_in(f, "p120.jpg")), 0);
    assert_int_equal(remove(kin_path_join(&f->arena, f->plain, "p120.jpg")), 0);
    assert_int_equal(index_spread(f, 0).described, 2);
    assert_int_equal(id_of(f, 0, 0), first); /* the older one */
    flip(f, 0, 0, 20);
    assert_clean(f);
    assert_int_equal(look(f, true).repaired, 0);
    assert_finds_as_plain(f);
}

static void files_that_nobody_needs_go(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    static const char *const useless[] = { ".kin/vectors.bin", ".kin/base.faiss", ".kin/vectors.next", ".kin/x.new",
                                           ".kin/shards/0/vectors.bin.new", ".kin/shards/3/vectors.bin",
                                           ".kin/shards/12/vectors.bin" };
    static const char *const kept[] = { ".kin/mine", ".kin/shards/2/mine", ".kin/shards/mine", ".kin/shards/007" };
    enum { useless_count = sizeof useless / sizeof *useless, kept_count = sizeof kept / sizeof *kept };
    make_spread(f);
    OK(kin_file_make_folder(path_in(f, ".kin/shards/3"), &err));
    OK(kin_file_make_folder(path_in(f, ".kin/shards/12"), &err));
    for (size_t i = 0; i < useless_count; i++)
        put_at(f, useless[i], "left over");
    for (size_t i = 0; i < kept_count; i++)
        put_at(f, kept[i], "somebody's");
    seen s = look(f, false);
    assert_int_equal(s.files, useless_count);
    assert_int_equal(s.shards + s.others, 0);
    assert_int_equal(look(f, true).repaired, useless_count);
    for (size_t i = 0; i < useless_count; i++)
        assert_false(is_there(f, useless[i]));
    assert_false(is_there(f, ".kin/shards/3") || is_there(f, ".kin/shards/12"));
    for (size_t i = 0; i < kept_count; i++)
        assert_true(is_there(f, kept[i]));
    assert_clean(f);
    assert_int_equal(pending(f), 0);
    assert_finds_as_plain(f);
}

/* In a folder of the user's own a missing shard may be on another machine, and what else lies there is not ours. */
static void shards_on_other_machines_are_left_alone(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    f->shards_in = path_in(f, "disk");
    make_spread(f);
    OK(kin_file_make_folder(path_in(f, "disk/7"), &err));
    put_at(f, "disk/7/vectors.bin", "of another data set");
    put_at(f, "disk/0/vectors.bin.new", "left over");
    assert_int_equal(rename(path_in(f, "disk/1"), path_in(f, "away")), 0);
    seen s = look(f, true);
    assert_int_equal(s.unseen, 1);
    assert_int_equal(s.shards + s.others, 0);
    assert_int_equal(s.files, 1);
    assert_true(is_there(f, "disk/7/vectors.bin"));
    assert_int_equal(pending(f), 0);
    assert_int_equal(rename(path_in(f, "away"), path_in(f, "disk/1")), 0);
    assert_int_equal(look(f, false).items, items);
    assert_int_equal(remove(path_in(f, "disk/1/vectors.bin")), 0);
    assert_mended(f, 1, a_shard, items - 2 * a_shard);
}

/* A file that cannot be looked at is not described again. */
static void what_cannot_be_read_is_no_damage(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    kin_check check;
    make_spread(f);
    assert_int_equal(rename(shard_file(f, 1), path_in(f, "away")), 0);
    assert_int_equal(symlink("vectors.bin", shard_file(f, 1)), 0);
    for (int repair = 0; repair < 2; repair++)
        assert_int_equal(kin_workspace_check(f->w, repair, NULL, &check, &err), KIN_E_IO);
    assert_int_equal(pending(f), 0);
    assert_int_equal(rename(path_in(f, "away"), shard_file(f, 1)), 0);
    assert_clean(f);
}

/* The gathered rows get sums, by which a damaged one would be right for ever. */
static void damage_is_not_gathered(void **state)
{
    fixture *f = *state;
    kin_error err = KIN_ERROR_INIT;
    make_spread(f);
    flip(f, 2, 4, 30);
    assert_int_equal(kin_workspace_gather(f->w, &f->courier, NULL, &err), KIN_E_FORMAT);
    assert_non_null(strstr(err.message, "kin check --repair"));
    assert_int_equal(look(f, true).files, 1); /* what was gathered so far */
    assert_true(index_spread(f, 0).described <= 2);
    OK(kin_workspace_gather(f->w, &f->courier, NULL, &err));
    assert_int_equal(look(f, true).files, 1); /* the shards */
    assert_false(is_there(f, ".kin/shards"));
    assert_clean(f);
    answers want = ask_plain(f);
    open_folder(f, f->spread);
    assert_answers(f, &want);
    clear(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_whole_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_byte_costs_one_picture, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_id_costs_the_shard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_id_before_an_older_row_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_lost_costs_the_shard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(until_it_is_mended_it_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_past_those_that_count_are_no_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_that_are_out_of_use_are_no_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_nobody_needs_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shards_on_other_machines_are_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_no_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_not_gathered, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("kin check on shards", tests, NULL, NULL);
}
