#include "corpus_fixture.h"

#include <cmocka.h>

typedef struct small {
    fixture f;
    int64_t asset[3], shape[5];
} small;

/* Three images with five shapes: two cats, a dog, one without a label, one whose label has a comma and quotes. */
static void set_up(small *s)
{
    static const char *const given[5] = { "cat", "dog", "cat", NULL, "\"Ж\", 猫" };
    fixture_open(&s->f);
    fixture_begin(&s->f);
    for (int i = 0; i < 3; i++)
        s->asset[i] = put_asset(&s->f);
    for (int i = 0; i < 5; i++)
        s->shape[i] = put_shape(&s->f, s->asset[i % 3], given[i], (unsigned)i, 0.1);
    fixture_flush(&s->f);
}

static void the_rows_are_those_of_the_unit(void **state)
{
    (void)state;
    small s;
    set_up(&s);
    const kin_corpus *corpus = corpus_of(&s.f, KIN_UNIT_SHAPE);
    assert_int_equal(corpus->count, 5);
    assert_int_equal(corpus->dim, s.f.dim);
    assert_int_equal(corpus->labels, 3);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(corpus->id[i], s.shape[i]);
        assert_int_equal(corpus->asset[i], s.asset[i % 3]);
        assert_int_equal(kin_corpus__row(corpus, s.shape[i]), i);
    }
    assert_int_equal(corpus->label[0], corpus->label[2]);
    assert_int_equal(corpus->label[3], -1);
    assert_int_equal(kin_corpus__label(corpus, "\"Ж\", 猫"), corpus->label[4]);
    assert_string_equal(corpus->names[corpus->label[1]], "dog");
    assert_int_equal(kin_corpus__label(corpus, "horse"), -1);
    assert_int_equal(kin_corpus__label(corpus, NULL), -1);
    assert_int_equal(kin_corpus__row(corpus, s.asset[0]), KIN_CORPUS_NONE);
    assert_int_equal(kin_corpus__row(corpus, 1 << 20), KIN_CORPUS_NONE);
    const kin_corpus *images = corpus_of(&s.f, KIN_UNIT_ASSET);
    assert_int_equal(images->count, 3);
    assert_int_equal(images->labels, 0);
    assert_int_equal(images->asset[2], s.asset[2]);
    fixture_close(&s.f);
}

static void the_latest_verdict_of_a_row_counts(void **state)
{
    (void)state;
    small s;
    set_up(&s);
    const kin_corpus *corpus = corpus_of(&s.f, KIN_UNIT_SHAPE);
    assert_int_equal(corpus->verdicts_count, 0);
    assert_null(kin_corpus__verdict(corpus, 2));
    judge(&s.f, s.shape[2], 0, KIN_GRADE_CRITICAL, "dog");
    judge(&s.f, s.shape[0], 0, KIN_GRADE_MINOR, "cat"); /* the label is right, the box is not */
    judge(&s.f, s.asset[0], 0, KIN_GRADE_CRITICAL, "horse");
    corpus = corpus_of(&s.f, KIN_UNIT_SHAPE);
    assert_int_equal(corpus->verdicts_count, 2);
    assert_int_equal(kin_corpus__verdict(corpus, 0)->right, -1);
    assert_int_equal(kin_corpus__verdict(corpus, 2)->right, kin_corpus__label(corpus, "dog"));
    assert_null(kin_corpus__verdict(corpus, 1));
    /* changed twice, and one more; a right label that nothing carries */
    judge(&s.f, s.shape[2], 0, KIN_GRADE_OK, NULL);
    judge(&s.f, s.shape[2], 0, KIN_GRADE_CRITICAL, "wolf");
    judge(&s.f, s.shape[1], 0, KIN_GRADE_OK, NULL);
    corpus = corpus_of(&s.f, KIN_UNIT_SHAPE);
    assert_int_equal(corpus->verdicts_count, 3);
    assert_int_equal(corpus->verdicts[1].row, 1);
    assert_false(kin_corpus__is_mistake(&corpus->verdicts[1]));
    int32_t wolf = kin_corpus__label(corpus, "wolf"), cat = kin_corpus__label(corpus, "cat");
    assert_true(wolf >= (int32_t)corpus->labels && wolf < (int32_t)corpus->names_count);
    assert_int_equal(kin_corpus__verdict(corpus, 2)->right, wolf);
    assert_true(kin_corpus__is_pattern(corpus, &corpus->verdicts[2], cat, wolf));
    assert_true(kin_corpus__is_pattern(corpus, &corpus->verdicts[2], cat, -1));
    assert_false(kin_corpus__is_pattern(corpus, &corpus->verdicts[0], cat, wolf));
    assert_false(kin_corpus__is_pattern(corpus, &corpus->verdicts[1], kin_corpus__label(corpus, "dog"), -1));
    /* nothing new: the same arrays */
    assert_ptr_equal(corpus_of(&s.f, KIN_UNIT_SHAPE)->verdicts, corpus->verdicts);
    /* taken back: the row has none */
    kin_error err = KIN_ERROR_INIT;
    const kin_verdict back = { .item = s.shape[2] };
    fixture_begin(&s.f);
    OK(kin_ledger_verdict_withdraw(s.f.w->ledger, &back, NULL, &err));
    OK(kin_ledger_commit(s.f.w->ledger, &err));
    corpus = corpus_of(&s.f, KIN_UNIT_SHAPE);
    assert_int_equal(corpus->verdicts_count, 2);
    assert_null(kin_corpus__verdict(corpus, 2));
    fixture_close(&s.f);
}

static void what_a_later_index_run_changed_is_read_anew(void **state)
{
    (void)state;
    small s;
    set_up(&s);
    kin_error err = KIN_ERROR_INIT;
    judge(&s.f, s.shape[4], 0, KIN_GRADE_CRITICAL, "dog");
    assert_int_equal(corpus_of(&s.f, KIN_UNIT_SHAPE)->count, 5);
    fixture_begin(&s.f);
    OK(kin_ledger_item_state(s.f.w->ledger, s.shape[0], KIN_ITEM_GONE, NULL, &err));
    int64_t fresh = put_shape(&s.f, s.asset[0], "horse", 9, 0.1);
    fixture_flush(&s.f);
    const kin_corpus *corpus = corpus_of(&s.f, KIN_UNIT_SHAPE);
    assert_int_equal(corpus->count, 5);
    assert_int_equal(kin_corpus__row(corpus, fresh), 4);
    assert_int_equal(kin_corpus__row(corpus, s.shape[0]), KIN_CORPUS_NONE);
    assert_non_null(kin_corpus__verdict(corpus, kin_corpus__row(corpus, s.shape[4])));
    fixture_close(&s.f);
}

static void vectors_are_those_of_the_rows(void **state)
{
    (void)state;
    small s;
    set_up(&s);
    kin_error err = KIN_ERROR_INIT;
    const kin_index *index;
    const kin_corpus *corpus = corpus_of(&s.f, KIN_UNIT_SHAPE);
    OK(kin_workspace__index(s.f.w, &index, &err));
    float *two = kin_alloc_array(2 * corpus->dim, sizeof *two), *one = kin_alloc_array(corpus->dim, sizeof *one);
    OK(kin_corpus__vectors(corpus, (const uint32_t[]) { 4, 1 }, 2, two, &err));
    OK(kin_index_get(index, s.shape[1], one, &err));
    assert_memory_equal(two + corpus->dim, one, corpus->dim * sizeof *one);
    free(two);
    free(one);
    fixture_close(&s.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rows_are_those_of_the_unit),
        cmocka_unit_test(the_latest_verdict_of_a_row_counts),
        cmocka_unit_test(what_a_later_index_run_changed_is_read_anew),
        cmocka_unit_test(vectors_are_those_of_the_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
