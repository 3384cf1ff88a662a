#include "kin_test.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/checked.h"
#include "base/clock.h"
#include "base/figures.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/table.h"
#include "base/utf8.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/kin_test_base_XXXXXX";

static char *in_folder(kin_arena *arena, const char *name)
{
    return kin_path_join(arena, folder, name);
}

static void write_text(const char *path, const char *text)
{
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_file_replace(path, text, strlen(text), &err), KIN_OK);
}

static void an_error_is_one_line_that_fits(void **state)
{
    (void)state;
    kin_error err = KIN_ERROR_INIT;
    char name[400];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(kin_fail(&err, KIN_E_FORMAT, "bad %s", name), KIN_E_FORMAT);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_string_equal(err.message + sizeof err.message - 4, "...");
    memset(name, 0xC3, sizeof name - 1); /* e with an accent, over and over */
    for (size_t i = 1; i < sizeof name - 1; i += 2)
        name[i] = (char)0xA9;
    for (int shift = 0; shift < 2; shift++) {
        kin_fail(&err, KIN_E_FORMAT, "%s%s", shift ? "x" : "", name);
        assert_int_equal((unsigned char)err.message[strlen(err.message) - 4], 0xA9);
    }
    kin_fail(&err, KIN_E_FORMAT, "a file called %s", "a\nb\x1b[1mc\x7f");
    assert_string_equal(err.message, "a file called a?b?[1mc?");
    kin_fail(&err, KIN_E_USAGE, "first");
    kin_fail(&err, KIN_E_USAGE, "in file: %s", err.message);
    assert_string_equal(err.message, "in file: first");
    assert_int_equal(kin_fail(NULL, KIN_E_IO, "nobody listens"), KIN_E_IO);
}

static void sizes_do_not_wrap(void **state)
{
    (void)state;
    size_t out = 7;
    assert_false(kin_size_mul(SIZE_MAX / 2, 3, &out));
    assert_false(kin_size_add(SIZE_MAX, 1, &out));
    assert_int_equal(out, 7);
    assert_true(kin_size_mul(0, SIZE_MAX, &out));
    assert_int_equal(out, 0);
    assert_null(kin_alloc_array(SIZE_MAX / 2, 3));
    void *aligned = kin_alloc_aligned(3, 5);
    assert_int_equal((uintptr_t)aligned % 64, 0);
    free(aligned);
    assert_null(kin_alloc_large(SIZE_MAX, 1));
    assert_null(kin_alloc_large(SIZE_MAX / 2, 3));
    static const size_t sizes[] = { 0, 1, (1 << 20) - 1, 1 << 20, (2 << 20) + 1 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *large = kin_alloc_large(sizes[i], 1);
        assert_non_null(large);
        assert_int_equal((uintptr_t)large % 64, 0);
        memset(large, 1, sizes[i]);
        free(large);
    }
}

static void an_array_grows_and_stays_where_it_cannot(void **state)
{
    (void)state;
    struct wide {
        char name[40];
        double number;
    } *wide = NULL;
    const char **texts = NULL;
    size_t wides = 0, capacity = 0, at_first;
    for (size_t i = 0; i < 1000; i++) {
        assert_true(KIN_GROW(&wide, &wides, i + 1) && KIN_GROW(&texts, &capacity, i + 1));
        wide[i] = (struct wide) { .number = (double)i };
        texts[i] = i % 2 ? "odd" : "even";
    }
    assert_true(wides >= 1000 && wides < 2000 && capacity == wides);
    for (size_t i = 0; i < 1000; i++)
        assert_true(wide[i].number == (double)i && texts[i][0] == (i % 2 ? 'o' : 'e'));
    at_first = wides;
    assert_false(KIN_GROW(&wide, &wides, SIZE_MAX / sizeof *wide + 1)); /* as bytes that would be few */
    assert_true(wides == at_first && wide[999].number == 999);
    free(wide);
    free((void *)texts);
}

static void an_id_is_found_in_a_list_that_is_sorted(void **state)
{
    (void)state;
    struct place {
        int64_t id;
        char name[3];
    } list[33];
    kin_ids_sort(NULL, 0, sizeof *list);
    assert_int_equal(kin_ids_find(NULL, 0, sizeof *list, 1), 0);
    for (size_t n = 0; n <= 33; n++) {
        for (size_t i = 0; i < n; i++)
            list[i] = (struct place) { .id = (int64_t)(i * 7 % n) * 3 - 9, .name = { (char)('A' + i * 7 % n) } };
        kin_ids_sort(list, n % 7 ? n : 0, sizeof *list);
        for (size_t i = 0; n % 7 && i < n; i++) {
            assert_int_equal(list[i].id, (int64_t)i * 3 - 9);
            assert_int_equal(list[i].name[0], 'A' + i);
            assert_int_equal(kin_ids_find(list, n, sizeof *list, list[i].id), i);
            assert_int_equal(kin_ids_find(list, n, sizeof *list, list[i].id + 1), n);
            assert_int_equal(kin_ids_find(list, n, sizeof *list, list[i].id - 1), n);
        }
    }
    static const int64_t twice[] = { INT64_MIN, 4, 4, 4, INT64_MAX };
    assert_int_equal(kin_ids_find(twice, 5, sizeof *twice, 4), 1);
    assert_int_equal(kin_ids_find(twice, 5, sizeof *twice, INT64_MAX), 4);
    assert_int_equal(kin_ids_find(twice, 5, sizeof *twice, INT64_MIN), 0);
}

static void an_arena_keeps_what_it_gave(void **state)
{
    (void)state;
    kin_arena arena = KIN_ARENA_INIT;
    char *kept[1000];
    for (int i = 0; i < 1000; i++) {
        char text[32];
        int n = snprintf(text, sizeof text, "number %d", i);
        kept[i] = kin_arena_copy(&arena, text, (size_t)n);
        assert_int_equal((uintptr_t)kept[i] % 16, 0);
        if (i % 100 == 0)
            assert_non_null(kin_arena_alloc(&arena, 40000));
    }
    for (int i = 0; i < 1000; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "number %d", i);
        assert_string_equal(kept[i], text);
    }
    kin_arena_reset(&arena);
    assert_non_null(kin_arena_alloc(&arena, 0));
    kin_arena_clear(&arena);
}

static void a_shell_word_needs_quotes_only_where_it_is_not_plain(void **state)
{
    static const char *const words[][2] = { { "a-b_c/d.e,f:g@h%i+j=0", "a-b_c/d.e,f:g@h%i+j=0" },
                                            { "", "''" },
                                            { "a b", "'a b'" },
                                            { "a->b", "'a->b'" },
                                            { "it's", "'it'\\''s'" },
                                            { "$(x)", "'$(x)'" } };
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        kin_buffer b = KIN_BUFFER_INIT;
        kin_buffer_shell_word(&b, words[i][0]);
        assert_string_equal(b.data, words[i][1]);
        kin_buffer_clear(&b);
    }
}

static void a_buffer_is_always_a_string(void **state)
{
    (void)state;
    kin_buffer b = KIN_BUFFER_INIT;
    for (int i = 0; i < 5000; i++)
        kin_buffer_printf(&b, "%d,", i % 10);
    assert_int_equal(b.size, 10000);
    assert_int_equal(strlen(b.data), 10000);
    kin_buffer_reset(&b);
    kin_buffer_string(&b, "a");
    kin_buffer_char(&b, 'b');
    assert_string_equal(b.data, "ab");
    assert_false(b.failed);
    kin_buffer_clear(&b);
}

static void a_table_finds_what_was_put(void **state)
{
    (void)state;
    kin_table table = KIN_TABLE_INIT;
    char key[32];
    for (int i = 0; i < 5000; i++) {
        bool added;
        (void)snprintf(key, sizeof key, "k%d", i % 2500);
        int64_t *value = kin_table_add(&table, key, i, &added);
        assert_int_equal(added, i < 2500);
        assert_int_equal(*value, i % 2500);
    }
    assert_int_equal(table.count, 2500);
    assert_null(kin_table_find(&table, "k2500"));
    size_t place = 0, length, seen = 0;
    const char *found;
    int64_t value, sum = 0;
    while (kin_table_next(&table, &place, &found, &length, &value)) {
        seen++;
        sum += value;
    }
    assert_int_equal(seen, 2500);
    assert_int_equal(sum, 2499 * 2500 / 2);
    kin_table_clear(&table);
    assert_null(kin_table_find(&table, "k1"));
}

static void random_draws_repeat_and_are_fair(void **state)
{
    (void)state;
    kin_rng a, b;
    kin_rng_seed(&a, 42);
    kin_rng_seed(&b, 42);
    int counts[10] = { 0 };
    double sum = 0, square = 0;
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(kin_rng_next(&a), kin_rng_next(&b));
        counts[kin_rng_below(&a, 10)]++;
        kin_rng_below(&b, 10);
        double z = kin_rng_normal(&a);
        kin_rng_normal(&b);
        sum += z;
        square += z * z;
    }
    double chi2 = 0;
    for (int i = 0; i < 10; i++)
        chi2 += (counts[i] - 10000.0) * (counts[i] - 10000.0) / 10000.0;
    assert_true(chi2 < 27.9); /* 0.999 quantile at 9 degrees of freedom */
    assert_true(sum / 100000 < 0.012 && sum / 100000 > -0.012);
    assert_true(square / 100000 > 0.98 && square / 100000 < 1.02);
    int64_t values[100];
    for (int i = 0; i < 100; i++)
        values[i] = i;
    kin_rng_sample(&a, values, 100, 1000);
    bool seen[100] = { false };
    for (int i = 0; i < 100; i++)
        seen[values[i]] = true;
    for (int i = 0; i < 100; i++)
        assert_true(seen[i]);
}

static void times_survive_a_round_trip(void **state)
{
    (void)state;
    static const int64_t moments[] = { 0, 951782400000, 1709164799123, -86400000, 4102444800000 };
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        char text[32];
        int64_t back = 1;
        kin_clock_format(moments[i], text);
        assert_int_equal(kin_clock_parse(text, &back), 0);
        assert_int_equal(back, moments[i]);
    }
    char text[32];
    kin_clock_format(951782400000, text);
    assert_string_equal(text, "2000-02-29T00:00:00Z");
    int64_t a, b;
    assert_int_equal(kin_clock_parse("2024-05-01 12:00:00+02:00", &a), 0);
    assert_int_equal(kin_clock_parse("2024-05-01T10:00Z", &b), 0);
    assert_int_equal(a, b);
    assert_int_equal(kin_clock_parse("yesterday", &a), -1);
    assert_int_equal(kin_clock_parse("2024-13-01", &a), -1);
}

static void count_work(void *user, size_t worker, size_t i)
{
    atomic_int *done = user;
    assert_true(worker < 4);
    atomic_fetch_add(&done[i], 1);
}

static void figures_have_the_digits_that_tell(void **state)
{
    (void)state;
    static const struct {
        double fraction;
        const char *text;
    } percents[] = { { 0, "0 %" },          { 1, "100 %" },        { 0.5, "50.0 %" },  { 0.042, "4.20 %" },
                     { 0.0004, "0.040 %" }, { 0.9675, "96.75 %" }, { 0.123, "12.3 %" } };
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        char text[64];
        kin_figure_percent(percents[i].fraction, text);
        assert_string_equal(text, percents[i].text);
    }
    static const struct {
        uint64_t count;
        const char *text;
    } counts[] = { { 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { UINT64_MAX, "18,446,744,073,709,551,615" } };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char text[32];
        kin_figure_count(counts[i].count, text);
        assert_string_equal(text, counts[i].text);
    }
}

static void utf8_is_read_without_trust(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t character;
        size_t length;
    } cases[] = { { "", 0, 0 },
                  { "a", 'a', 1 },
                  { "\xC3\xA9", 0xE9, 2 },
                  { "\xE2\x82\xAC", 0x20AC, 3 },
                  { "\xF0\x9F\x98\x80", 0x1F600, 4 },
                  { "\xC3", 0xFFFD, 1 },               /* cut off */
                  { "\xC0\xAF", 0xFFFD, 1 },           /* a longer form than needed */
                  { "\xE0\x80\xAF", 0xFFFD, 1 },       /* the same */
                  { "\xED\xA0\x80", 0xFFFD, 1 },       /* half a pair */
                  { "\xF4\x90\x80\x80", 0xFFFD, 1 } }; /* past the last */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t c = 0;
        assert_int_equal(kin_utf8_next(cases[i].text, &c), cases[i].length);
        assert_int_equal(c, cases[i].character);
    }
}

static void parallel_work_is_done_once_each(void **state)
{
    (void)state;
    static atomic_int done[1000];
    kin_parallel(4, 1000, count_work, done);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(done[i], 1);
    kin_parallel(4, 0, count_work, done);
    assert_true(kin_parallel_cores() >= 1);
}

static void paths_stay_inside(void **state)
{
    (void)state;
    kin_arena arena = KIN_ARENA_INIT;
    assert_string_equal(kin_path_inside(&arena, "./a//b/./c.jpg"), "a/b/c.jpg");
    assert_string_equal(kin_path_inside(&arena, "a\\b c.jpg"), "a/b c.jpg");
    assert_string_equal(kin_path_inside(&arena, "a..b/...jpg"), "a..b/...jpg");
    assert_null(kin_path_inside(&arena, "../a"));
    assert_null(kin_path_inside(&arena, "a/../../b"));
    assert_null(kin_path_inside(&arena, "/etc/passwd"));
    assert_null(kin_path_inside(&arena, "\\\\server\\x"));
    assert_null(kin_path_inside(&arena, ""));
    assert_null(kin_path_inside(&arena, "./"));
    assert_string_equal(kin_path_extension("a.b/c"), "");
    assert_string_equal(kin_path_extension("a/b.c.jpg"), ".jpg");
    assert_string_equal(kin_path_extension("a/.hidden"), "");
    kin_arena_clear(&arena);
}

typedef struct seen_files {
    char names[16][64];
    size_t count;
} seen_files;

static int remember(void *user, const kin_file_info *file, kin_error *err)
{
    (void)err;
    seen_files *seen = user;
    assert_true(seen->count < 16);
    (void)snprintf(seen->names[seen->count++], 64, "%s", file->path);
    return KIN_OK;
}

static void a_walk_is_sorted_and_stays_inside(void **state)
{
    (void)state;
    kin_arena arena = KIN_ARENA_INIT;
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_file_make_folder(in_folder(&arena, "walk/b/c"), &err), KIN_OK);
    assert_int_equal(kin_file_make_folder(in_folder(&arena, "walk/.kin"), &err), KIN_OK);
    write_text(in_folder(&arena, "walk/z"), "z");
    write_text(in_folder(&arena, "walk/a b"), "a");
    write_text(in_folder(&arena, "walk/b/c/d"), "d");
    write_text(in_folder(&arena, "walk/.kin/hidden"), "h");
    write_text(in_folder(&arena, "outside"), "o");
    assert_int_equal(symlink("../outside", in_folder(&arena, "walk/leads_out")), 0);
    assert_int_equal(symlink("..", in_folder(&arena, "walk/b/loop")), 0);
    assert_int_equal(symlink("z", in_folder(&arena, "walk/link")), 0);
    seen_files seen = { .count = 0 };
    kin_walk walk = { remember, NULL, &seen };
    assert_int_equal(kin_file_walk(in_folder(&arena, "walk"), &walk, &err), KIN_OK);
    assert_int_equal(seen.count, 4);
    assert_string_equal(seen.names[0], "a b");
    assert_string_equal(seen.names[1], "b/c/d");
    assert_string_equal(seen.names[2], "link");
    assert_string_equal(seen.names[3], "z");
    assert_int_equal(kin_file_walk(in_folder(&arena, "nowhere"), &walk, &err), KIN_E_NOTFOUND);
    kin_arena_clear(&arena);
}

static void files_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    kin_arena arena = KIN_ARENA_INIT;
    kin_error err = KIN_ERROR_INIT;
    kin_buffer text = KIN_BUFFER_INIT;
    char *path = in_folder(&arena, "whole");
    write_text(path, "0123456789");
    assert_int_equal(kin_file_read(path, 10, &text, &err), KIN_OK);
    assert_string_equal(text.data, "0123456789");
    assert_int_equal(kin_file_read(path, 9, &text, &err), KIN_E_LIMIT);
    assert_int_equal(kin_file_read(folder, 9, &text, &err), KIN_E_USAGE);
    assert_int_equal(kin_file_read(in_folder(&arena, "absent"), 9, &text, &err), KIN_E_NOTFOUND);
    for (size_t most = 0; most < 13; most += 4) {
        kin_buffer_reset(&text);
        kin_buffer_string(&text, "");
        assert_int_equal(kin_file_read_head(path, most, &text, &err), KIN_OK);
        assert_int_equal(text.size, most < 10 ? most : 10);
    }
    assert_int_equal(kin_file_read_head(folder, 9, &text, &err), KIN_E_IO);
    assert_int_equal(kin_file_read_head(in_folder(&arena, "absent"), 9, &text, &err), KIN_E_NOTFOUND);
    write_text(path, "new");
    kin_buffer_reset(&text);
    assert_int_equal(kin_file_read(path, 9, &text, &err), KIN_OK);
    assert_string_equal(text.data, "new");
    kin_buffer_clear(&text);
    kin_arena_clear(&arena);
}

static void a_file_has_the_hash_of_its_content(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 240, 241, 65535, 65536, 65537, 300000 };
    kin_arena arena = KIN_ARENA_INIT;
    kin_error err = KIN_ERROR_INIT;
    char *path = in_folder(&arena, "hashed"), *bytes = kin_arena_alloc(&arena, 300000);
    uint64_t hash = 0;
    for (size_t i = 0; i < 300000; i++)
        bytes[i] = (char)(i * 7 ^ i >> 8);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(kin_file_replace(path, bytes, sizes[i], &err), KIN_OK);
        assert_int_equal(kin_hash_file(path, sizes[i], &hash, &err), KIN_OK);
        assert_int_equal(hash, kin_hash(bytes, sizes[i]));
    }
    assert_int_equal(kin_hash_file(path, 299999, &hash, &err), KIN_E_LIMIT);
    assert_int_equal(kin_hash_file(in_folder(&arena, "absent"), 9, &hash, &err), KIN_E_NOTFOUND);
    assert_int_equal(kin_hash_file(folder, 9, &hash, &err), KIN_E_IO);
    kin_arena_clear(&arena);
}

static void a_lock_keeps_other_processes_out(void **state)
{
    (void)state;
    kin_arena arena = KIN_ARENA_INIT;
    kin_error err = KIN_ERROR_INIT;
    int lock = -1;
    long holder = 0;
    char *path = in_folder(&arena, "lock");
    assert_int_equal(kin_file_lock(path, &lock, &holder, &err), KIN_OK);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        int code = kin_file_lock(path, &lock, &holder, &err);
        _exit(code == KIN_E_BUSY && holder == (long)parent ? 0 : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    kin_file_unlock(lock);
    kin_arena_clear(&arena);
}

static int make_test_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(void *user, const kin_file_info *file, kin_error *err)
{
    (void)err;
    kin_arena *arena = user;
    unlink(in_folder(arena, file->path));
    return KIN_OK;
}

static int remove_test_folder(void **state)
{
    (void)state;
    kin_arena arena = KIN_ARENA_INIT;
    kin_walk walk = { remove_one, NULL, &arena };
    kin_file_walk(folder, &walk, NULL);
    static const char *const links[] = { "walk/leads_out", "walk/b/loop", "walk/.kin/hidden" };
    for (size_t i = 0; i < 3; i++)
        unlink(in_folder(&arena, links[i]));
    static const char *const folders[] = { "walk/b/c", "walk/b", "walk/.kin", "walk", "" };
    for (size_t i = 0; i < 5; i++)
        rmdir(in_folder(&arena, folders[i]));
    kin_arena_clear(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_one_line_that_fits),
        cmocka_unit_test(sizes_do_not_wrap),
        cmocka_unit_test(an_array_grows_and_stays_where_it_cannot),
        cmocka_unit_test(an_id_is_found_in_a_list_that_is_sorted),
        cmocka_unit_test(an_arena_keeps_what_it_gave),
        cmocka_unit_test(a_buffer_is_always_a_string),
        cmocka_unit_test(a_shell_word_needs_quotes_only_where_it_is_not_plain),
        cmocka_unit_test(a_table_finds_what_was_put),
        cmocka_unit_test(random_draws_repeat_and_are_fair),
        cmocka_unit_test(times_survive_a_round_trip),
        cmocka_unit_test(figures_have_the_digits_that_tell),
        cmocka_unit_test(utf8_is_read_without_trust),
        cmocka_unit_test(parallel_work_is_done_once_each),
        cmocka_unit_test(paths_stay_inside),
        cmocka_unit_test(a_walk_is_sorted_and_stays_inside),
        cmocka_unit_test(files_are_read_whole_or_not_at_all),
        cmocka_unit_test(a_file_has_the_hash_of_its_content),
        cmocka_unit_test(a_lock_keeps_other_processes_out),
    };
    return cmocka_run_group_tests_name("base", tests, make_test_folder, remove_test_folder);
}
