#include "stats_reference.h"

#include "base/rng.h"
#include "kin/agreement.h"

#include <string.h>

static kin_agreement start(uint64_t population, double threshold, double risk)
{
    kin_agreement a;
    kin_error err = KIN_ERROR_INIT;
    if (kin_agreement_init(&a, population, threshold, risk, &err) != KIN_OK)
        fail_msg("%s", err.message);
    return a;
}

static void push(kin_agreement *a, double score)
{
    kin_error err = KIN_ERROR_INIT;
    if (kin_agreement_push(a, score, &err) != KIN_OK)
        fail_msg("%s", err.message);
}

static void check_side(double log_t, double expected)
{
    if (expected == 0)
        assert_true(log_t == -INFINITY);
    else
        assert_near(exp(log_t), expected, 1e-9 * expected);
}

static void the_martingale_matches_the_reference(void **state)
{
    (void)state;
    const cJSON *c;
    cJSON_ArrayForEach(c, cases_of("audit"))
    {
        size_t n, m;
        double *x = numbers_in(c, "x", &n), *T = numbers_in(c, "T", &m), *T_fail = numbers_in(c, "T_fail", &m);
        const cJSON *pass_at = cJSON_GetObjectItemCaseSensitive(c, "pass_at");
        const cJSON *fail_at = cJSON_GetObjectItemCaseSensitive(c, "fail_at");
        kin_agreement a = start((uint64_t)number_in(c, "N"), number_in(c, "t"), 0.05);
        for (size_t i = 0; i < n; i++) {
            push(&a, x[i]);
            check_side(a.pass.log_now, T[i]);
            check_side(a.fail.log_now, T_fail[i]);
        }
        bool pass = cJSON_IsNumber(pass_at);
        assert_int_equal(a.verdict, pass ? KIN_AGREEMENT_PASS : KIN_AGREEMENT_FAIL);
        assert_int_equal(a.decided_at, (uint64_t)value_of(pass ? pass_at : fail_at));
        assert_true(kin_agreement_p(&a, a.verdict) <= 0.05);
        free(x);
        free(T);
        free(T_fail);
    }
}

static void perfect_batches_pass_when_they_should(void **state)
{
    (void)state;
    kin_agreement_verdict likely;
    kin_agreement a = start(1000000, 0.95, 0.05);
    assert_int_equal(kin_agreement_more(&a, NULL, 0, &likely), 73);
    assert_int_equal(likely, KIN_AGREEMENT_PASS);
    a = start(1000000, 0.99, 0.05);
    assert_int_equal(kin_agreement_more(&a, NULL, 0, &likely), 351);
    /* the forecast is what then happens */
    static const double scores[] = { 1, 1, 0.9, 1, 1, 0.8 };
    a = start(5000, 0.9, 0.05);
    for (int i = 0; i < 12; i++)
        push(&a, scores[i % 6]);
    assert_int_equal(a.verdict, KIN_AGREEMENT_UNDECIDED);
    uint64_t more = kin_agreement_more(&a, scores, 6, &likely);
    for (uint64_t i = 0; i < more; i++) {
        assert_int_equal(a.verdict, KIN_AGREEMENT_UNDECIDED);
        push(&a, scores[i % 6]);
    }
    assert_int_equal(a.verdict, likely);
    assert_int_equal(likely, KIN_AGREEMENT_PASS);
    assert_int_equal(kin_agreement_more(&a, scores, 6, &likely), 0);
}

static void a_batch_seen_whole_is_judged_by_its_mean(void **state)
{
    (void)state;
    /* exactly at the threshold, with the mistakes first, spread out, and last */
    for (int order = 0; order < 3; order++) {
        kin_agreement a = start(40, 0.9, 0.05);
        for (int i = 0; i < 40; i++) {
            bool wrong = order == 0 ? i < 4 : order == 1 ? i % 10 == 5 : i >= 36;
            push(&a, wrong ? 0 : 1);
            /* four mistakes at the very start are one order in 91,390: that much is the risk limit's */
            assert_true(order == 0 || a.verdict != KIN_AGREEMENT_FAIL);
        }
        assert_int_equal(a.verdict, KIN_AGREEMENT_PASS);
        assert_true(kin_agreement_p(&a, KIN_AGREEMENT_PASS) == 0 && kin_agreement_p(&a, KIN_AGREEMENT_FAIL) == 1);
        assert_int_equal(kin_agreement_push(&a, 1, NULL), KIN_E_USAGE);
    }
    kin_agreement a = start(40, 0.9, 0.05);
    for (int i = 0; i < 40; i++)
        push(&a, i >= 36 ? 0 : i == 0 ? 0.99 : 1);
    assert_int_equal(a.verdict, KIN_AGREEMENT_FAIL);
    /* a million roundings do not move the mean */
    a = start(1000000, 0.9, 0.05);
    for (int i = 0; i < 1000000; i++)
        push(&a, 0.9);
    assert_int_equal(a.verdict, KIN_AGREEMENT_PASS);
    assert_near(a.pass.sum + a.pass.carry, 900000, 1e-9);
    /* nothing but perfect will do: the first flaw fails, and only the whole batch passes */
    a = start(30, 1, 0.05);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(a.verdict, KIN_AGREEMENT_UNDECIDED);
        push(&a, 1);
    }
    assert_int_equal(a.verdict, KIN_AGREEMENT_PASS);
    a = start(30, 1, 0.05);
    push(&a, 1);
    push(&a, 0.9);
    assert_int_equal(a.verdict, KIN_AGREEMENT_FAIL);
    assert_int_equal(a.decided_at, 2);
}

static void products_do_not_overflow(void **state)
{
    (void)state;
    kin_agreement a = start(10000000, 0.5, 0.05);
    double before = 0;
    for (int i = 0; i < 200000; i++) {
        push(&a, i % 50 != 0);
        if (i > 1000 && i % 50 == 49) {
            assert_true(isfinite(a.pass.log_now) && a.pass.log_now > before);
            before = a.pass.log_now;
        }
    }
    assert_true(before > 10000 && kin_agreement_p(&a, KIN_AGREEMENT_PASS) == 0);
    assert_true(isfinite(a.fail.log_now) && a.fail.log_now < 0);
}

static void wrong_calls_are_refused(void **state)
{
    (void)state;
    kin_agreement a = start(10, 0.95, 0.05), b = a;
    kin_interval in = { 7, 7 };
    static const double bad[] = { 0.5, 1.5 };
    assert_int_equal(kin_agreement_init(&a, 0, 0.95, 0.05, NULL), KIN_E_USAGE);
    assert_int_equal(kin_agreement_init(&a, 10, 1.1, 0.05, NULL), KIN_E_USAGE);
    assert_int_equal(kin_agreement_init(&a, 10, NAN, 0.05, NULL), KIN_E_USAGE);
    assert_int_equal(kin_agreement_init(&a, 10, 0.95, 0, NULL), KIN_E_USAGE);
    assert_int_equal(kin_agreement_push(&a, NAN, NULL), KIN_E_FORMAT);
    assert_int_equal(kin_agreement_push(&a, -0.1, NULL), KIN_E_FORMAT);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(kin_agreement_interval(bad, 2, 10, 0.95, &in, NULL), KIN_E_FORMAT);
    assert_int_equal(kin_agreement_interval(bad, 2, 1, 0.95, &in, NULL), KIN_E_USAGE);
    assert_true(in.lo == 7);
    assert_true(kin_agreement_p(&a, KIN_AGREEMENT_UNDECIDED) == 1);
    assert_string_equal(kin_agreement_verdict_name(KIN_AGREEMENT_FAIL), "fail");
}

static void the_interval_agrees_with_the_verdict(void **state)
{
    (void)state;
    enum { N = 2000, n = 400 };
    static double x[n];
    kin_rng rng;
    kin_rng_seed(&rng, 3);
    for (int world = 0; world < 12; world++) {
        kin_interval in, wider;
        kin_agreement a = start(N, 0.93, 0.05);
        double sum = 0;
        for (int i = 0; i < n; i++) {
            x[i] = kin_rng_uniform(&rng) < 0.01 * (3 + world) ? 0 : kin_rng_uniform(&rng) < 0.2 ? 0.98 : 1;
            sum += x[i];
            push(&a, x[i]);
        }
        assert_int_equal(kin_agreement_interval(x, n, N, 0.9, &in, NULL), KIN_OK);
        assert_int_equal(kin_agreement_interval(x, n, N, 0.99, &wider, NULL), KIN_OK);
        assert_true(in.lo < sum / n && sum / n < in.hi && in.hi - in.lo < 0.2);
        assert_true(wider.lo < in.lo && wider.hi > in.hi);
        assert_int_equal(a.verdict == KIN_AGREEMENT_PASS, in.lo >= 0.93);
        assert_int_equal(a.verdict == KIN_AGREEMENT_FAIL, in.hi <= 0.93);
    }
    kin_interval in;
    assert_int_equal(kin_agreement_interval(x, 0, N, 0.9, &in, NULL), KIN_OK);
    assert_true(in.lo == 0 && in.hi == 1);
    /* all of the batch */
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    assert_int_equal(kin_agreement_interval(x, n, n, 0.95, &in, NULL), KIN_OK);
    assert_near(in.lo, sum / n, 1e-9);
    assert_near(in.hi, sum / n, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_martingale_matches_the_reference),
        cmocka_unit_test(perfect_batches_pass_when_they_should),
        cmocka_unit_test(a_batch_seen_whole_is_judged_by_its_mean),
        cmocka_unit_test(products_do_not_overflow),
        cmocka_unit_test(wrong_calls_are_refused),
        cmocka_unit_test(the_interval_agrees_with_the_verdict),
    };
    return cmocka_run_group_tests_name("stats: agreement", tests, load_reference, drop_reference);
}
