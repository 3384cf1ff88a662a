#include "kin_test.h"

#include "kin/kinship.h"

#include <math.h>
#include <string.h>

static void one_like_is_its_own_query(void **state)
{
    (void)state;
    const float like[3] = { 0.6F, 0, 0.8F };
    float query[3];
    assert_int_equal(kin_kinship_query(like, 1, NULL, 0, 3, query, NULL), KIN_OK);
    for (int i = 0; i < 3; i++)
        assert_true(fabsf(query[i] - like[i]) < 1e-6F);
}

static void several_likes_meet_in_the_middle_and_unlikes_push_away(void **state)
{
    (void)state;
    const float likes[4] = { 1, 0, 0, 1 }, unlike[2] = { 0, 1 };
    float query[2];
    assert_int_equal(kin_kinship_query(likes, 2, NULL, 0, 2, query, NULL), KIN_OK);
    assert_true(fabsf(query[0] - sqrtf(0.5F)) < 1e-6F && fabsf(query[1] - sqrtf(0.5F)) < 1e-6F);
    /* (0.5, 0.5) - 0.5 (0, 1) = (0.5, 0) */
    assert_int_equal(kin_kinship_query(likes, 2, unlike, 1, 2, query, NULL), KIN_OK);
    assert_true(fabsf(query[0] - 1) < 1e-6F && fabsf(query[1]) < 1e-6F);
}

static void what_cancels_out_is_refused(void **state)
{
    (void)state;
    const float likes[4] = { 1, 0, -1, 0 };
    float query[2] = { 7, 7 };
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_kinship_query(likes, 2, NULL, 0, 2, query, &err), KIN_E_USAGE);
    assert_true(query[0] == 7 && query[1] == 7);
    assert_non_null(strstr(err.message, "cancel"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_like_is_its_own_query),
        cmocka_unit_test(several_likes_meet_in_the_middle_and_unlikes_push_away),
        cmocka_unit_test(what_cancels_out_is_refused),
    };
    return cmocka_run_group_tests_name("kinship", tests, NULL, NULL);
}
