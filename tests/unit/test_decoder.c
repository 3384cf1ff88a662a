/* Decoders whose workers really crash, hang, grow and break out: the function that decodes is the test's own, and does
 * what the file says. */
#include "image_samples.h"

#include "base/clock.h"
#include "base/parallel.h"
#include "kin/decoder.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { sanitized = 1 };
#else
enum { sanitized = 0 };
#endif

enum { side = 20 };

/* ---- A decoder that obeys the file ---- */

static void hang(void)
{
    for (volatile unsigned i = 0;; i++)
        continue;
}

static void grow(void)
{
    for (size_t block = 16 << 20;;) {
        char *more = malloc(block);
        if (!more)
            return;
        for (size_t i = 0; i < block; i += 4096)
            more[i] = 1;
    }
}

static bool says(const void *bytes, size_t size, const char *word)
{
    return size == strlen(word) && memcmp(bytes, word, size) == 0;
}

static int obey(const void *bytes, size_t size, const kin_image_options *options, kin_image *out, kin_error *err)
{
    (void)options;
    if (says(bytes, size, "crash"))
        (void)raise(SIGSEGV);
    if (says(bytes, size, "abort"))
        abort();
    if (says(bytes, size, "hang"))
        hang();
    if (says(bytes, size, "leave"))
        _exit(7);
    if (says(bytes, size, "socket"))
        (void)socket(AF_INET, SOCK_STREAM, 0);
    if (says(bytes, size, "fork"))
        (void)fork();
    if (says(bytes, size, "kill"))
        (void)kill(getppid(), SIGKILL);
    if (says(bytes, size, "open") && fopen("/etc/passwd", "r"))
        return kin_fail(err, KIN_E_FORMAT, "a file could be opened");
    if (says(bytes, size, "lie")) {
        *out = (kin_image) { 0, 0, side, side, malloc(1) };
        return KIN_OK;
    }
    if (says(bytes, size, "grow")) {
        grow();
        return kin_fail_memory(err);
    }
    if (says(bytes, size, "damaged"))
        return kin_fail(err, KIN_E_FORMAT, "this is damaged");
    *out = (kin_image) { side, side, side, side, malloc(side * side * 3) };
    memset(out->rgb, (int)size, side * side * 3);
    return KIN_OK;
}

static kin_decoders *start(kin_decoders_options options)
{
    kin_decoders *decoders = NULL;
    kin_error err = KIN_ERROR_INIT;
    if (kin_decoders_start(&options, &decoders, &err) != KIN_OK)
        fail_msg("%s", err.message);
    if (kin_decoders_note(decoders))
        fail_msg("%s", kin_decoders_note(decoders));
    assert_int_equal(kin_decoders_have_workers(decoders), !options.in_process);
    return decoders;
}

static int decode_word(kin_decoders *decoders, const char *word, kin_error *err)
{
    kin_image image = KIN_IMAGE_INIT;
    int code = kin_decoders_decode(decoders, word, strlen(word), NULL, &image, err);
    if (code == KIN_OK) {
        assert_int_equal(image.width, side);
        for (size_t i = 0; i < side * side * 3; i++)
            assert_int_equal(image.rgb[i], strlen(word));
    } else
        assert_null(image.rgb);
    kin_image_clear(&image);
    return code;
}

static void fails_with(kin_decoders *decoders, const char *word, int code, const char *reason)
{
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(decode_word(decoders, word, &err), code);
    if (!strstr(err.message, reason))
        fail_msg("%s: \"%s\" does not say \"%s\"", word, err.message, reason);
    assert_int_equal(decode_word(decoders, "a good one", NULL), KIN_OK);
}

static const kin_decoders_options obedient = { .count = 1, .seconds = 0.3, .memory = 512 << 20, .decode = obey };

static void a_worker_that_dies_is_replaced(void **state)
{
    (void)state;
    kin_decoders *decoders = start(obedient);
    fails_with(decoders, "leave", KIN_E_FORMAT, "the decoder gave up (exit code 7)");
    assert_int_equal(kin_decoders_replaced(decoders), 2); /* it was asked twice */
    if (!sanitized) {
        fails_with(decoders, "crash", KIN_E_FORMAT, "the decoder crashed (SIGSEGV)");
        fails_with(decoders, "abort", KIN_E_FORMAT, "the decoder crashed (SIGABRT)");
        assert_int_equal(kin_decoders_replaced(decoders), 6);
    }
    fails_with(decoders, "damaged", KIN_E_FORMAT, "this is damaged");
    kin_decoders_stop(decoders);
}

static void a_worker_that_hangs_is_ended(void **state)
{
    (void)state;
    kin_decoders *decoders = start(obedient);
    double start_time = kin_clock_seconds();
    fails_with(decoders, "hang", KIN_E_LIMIT, "took longer than 0.3 s");
    assert_true(kin_clock_seconds() - start_time < 60);
    assert_int_equal(kin_decoders_replaced(decoders), 1);
    kin_decoders_stop(decoders);
}

static void a_worker_that_grows_is_held(void **state)
{
    (void)state;
    if (sanitized)
        return; /* address space cannot be limited under a sanitizer */
    kin_decoders_options options = obedient;
    options.seconds = 20;
    kin_decoders *decoders = start(options);
    fails_with(decoders, "grow", KIN_E_LIMIT, "wanted more than 512 MB");
    kin_decoders_stop(decoders);
}

static void what_a_worker_may_not_do_ends_it(void **state)
{
    (void)state;
    static const char *const words[] = { "socket", "fork", "kill" };
    kin_decoders *decoders = start(obedient);
    for (size_t i = 0; i < 3; i++)
        fails_with(decoders, words[i], KIN_E_FORMAT, "(SIGSYS)");
    assert_int_equal(kin_decoders_replaced(decoders), 3);
    assert_int_equal(decode_word(decoders, "open", NULL), KIN_OK); /* refused */
    fails_with(decoders, "lie", KIN_E_FORMAT, "made no sense");
    kin_decoders_stop(decoders);
}

/* ---- Many at once ---- */

typedef struct crowd {
    kin_decoders *decoders;
    atomic_uint good, crashed;
} crowd;

static void decode_some(void *user, size_t worker, size_t i)
{
    crowd *c = user;
    char word[32];
    (void)worker;
    (void)snprintf(word, sizeof word, "%.*s", (int)(i % 17 + 10), "a picture of some length or other");
    int code = decode_word(c->decoders, i % 20 == 7 ? "leave" : word, NULL);
    atomic_fetch_add(code == KIN_OK ? &c->good : &c->crashed, 1);
}

static void nothing_is_lost_among_many(void **state)
{
    (void)state;
    kin_decoders_options options = obedient;
    options.count = 3;
    options.seconds = 5;
    crowd c = { .decoders = start(options) };
    kin_parallel(6, 400, decode_some, &c); /* more threads than decoders: they wait */
    assert_int_equal(atomic_load(&c.good), 380);
    assert_int_equal(atomic_load(&c.crashed), 20);
    assert_int_equal(kin_decoders_replaced(c.decoders), 40);
    kin_decoders_stop(c.decoders);
}

/* ---- Real pictures ---- */

static void compare(kin_decoders *decoders, const kin_buffer *file, const kin_image_options *options)
{
    kin_image wanted = KIN_IMAGE_INIT, got = KIN_IMAGE_INIT;
    kin_image_info info, wanted_info;
    kin_error err = KIN_ERROR_INIT, wanted_err = KIN_ERROR_INIT;
    int code = kin_image_decode(file->data, file->size, options, &wanted, &wanted_err);
    assert_int_equal(kin_decoders_decode(decoders, file->data, file->size, options, &got, &err), code);
    assert_string_equal(err.message, wanted_err.message);
    assert_int_equal(got.width, wanted.width);
    assert_int_equal(got.height, wanted.height);
    assert_int_equal(got.full_width, wanted.full_width);
    if (code == KIN_OK)
        assert_memory_equal(got.rgb, wanted.rgb, (size_t)wanted.width * (size_t)wanted.height * 3);
    kin_decoder *d = kin_decoders_take(decoders);
    assert_int_equal(kin_decoder_load(d, file->data, file->size, &err), KIN_OK);
    code = kin_image_probe(file->data, file->size, true, &wanted_info, NULL);
    assert_int_equal(kin_decoder_probe(d, true, &info, &err), code);
    if (code == KIN_OK)
        assert_int_equal(info.width, wanted_info.width);
    kin_decoders_give_back(d);
    kin_image_clear(&wanted);
    kin_image_clear(&got);
}

static void pixels_are_those_of_this_process(void **state)
{
    (void)state;
    const kin_image_options whole = KIN_IMAGE_OPTIONS_INIT, quarter = { 0, 0.25 }, tiny = { 50, 1 };
    kin_decoders *decoders = start((kin_decoders_options) { .count = 1 });
    kin_buffer file = KIN_BUFFER_INIT, turned = KIN_BUFFER_INIT;
    for (size_t i = 0; i < QUAD_FILES; i++) {
        read_quad(quad_files[i], &file);
        compare(decoders, &file, &whole);
        compare(decoders, &file, &quarter);
        compare(decoders, &file, &tiny);
        file.size /= 2;
        compare(decoders, &file, &whole);
    }
    kin_buffer_reset(&file);
    quad_jpeg(&file);
    for (int orientation = 1; orientation <= 8; orientation++) {
        uint8_t block[32];
        kin_buffer_reset(&turned);
        with_exif(&file, block, exif_block(orientation, true, block), &turned);
        compare(decoders, &turned, &whole);
    }
    kin_buffer_reset(&file);
    quad_png(&file);
    compare(decoders, &file, NULL);
    assert_int_equal(kin_decoders_replaced(decoders), 0);
    kin_decoders_stop(decoders);
    kin_buffer_clear(&file);
    kin_buffer_clear(&turned);
}

static void limits_of_size_are_kept(void **state)
{
    (void)state;
    kin_decoders *decoders = start((kin_decoders_options) { .count = 1, .max_pixels = 100, .max_bytes = 4096 });
    kin_buffer file = KIN_BUFFER_INIT;
    kin_image image = KIN_IMAGE_INIT;
    quad_png(&file);
    assert_int_equal(kin_decoders_decode(decoders, file.data, file.size, NULL, &image, NULL), KIN_E_LIMIT);
    for (size_t i = 0; i < 10000; i++)
        kin_buffer_char(&file, 0);
    assert_int_equal(kin_decoders_decode(decoders, file.data, file.size, NULL, &image, NULL), KIN_E_LIMIT);
    kin_decoders_stop(decoders);
    kin_buffer_clear(&file);
}

static void without_workers_all_is_done_here(void **state)
{
    (void)state;
    kin_decoders_options options = obedient;
    options.in_process = true;
    kin_decoders *decoders = start(options);
    assert_int_equal(decode_word(decoders, "here", NULL), KIN_OK);
    fails_with(decoders, "damaged", KIN_E_FORMAT, "this is damaged");
    kin_decoders_stop(decoders);
    kin_decoders_stop(NULL);
}

/* Ctrl-C reaches the workers, too; the caller decides. */
static void signals_of_a_terminal_leave_workers_alone(void **state)
{
    (void)state;
    pid_t group = fork();
    if (group == 0) {
        (void)setpgid(0, 0);
        (void)signal(SIGINT, SIG_IGN);
        kin_decoders *decoders = start(obedient);
        (void)kill(0, SIGINT);
        int code = decode_word(decoders, "still there", NULL);
        uint64_t replaced = kin_decoders_replaced(decoders);
        kin_decoders_stop(decoders);
        _exit(code == KIN_OK && replaced == 0 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(group, &status, 0), group);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest worker_tests[] = {
        cmocka_unit_test(a_worker_that_dies_is_replaced),
        cmocka_unit_test(a_worker_that_hangs_is_ended),
        cmocka_unit_test(a_worker_that_grows_is_held),
        cmocka_unit_test(what_a_worker_may_not_do_ends_it),
        cmocka_unit_test(nothing_is_lost_among_many),
        cmocka_unit_test(signals_of_a_terminal_leave_workers_alone),
    };
    const struct CMUnitTest picture_tests[] = {
        cmocka_unit_test(pixels_are_those_of_this_process),
        cmocka_unit_test(limits_of_size_are_kept),
        cmocka_unit_test(without_workers_all_is_done_here),
    };
    int failed = cmocka_run_group_tests_name("workers", worker_tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("pictures", picture_tests, NULL, NULL);
}
