#include "report_fixture.h"

static void the_score_is_that_of_the_worked_example(void **state)
{
    fixture f;
    static const struct {
        size_t shapes;
        kin_grade grade;
    } tasks[] = { { 10, KIN_GRADE_CRITICAL }, { 6, KIN_GRADE_OK }, { 20, KIN_GRADE_MINOR }, { 10, KIN_GRADE_MINOR } };
    int64_t assets[4], shapes[4][20];
    (void)state;
    fixture_open(&f);
    begin(&f);
    for (size_t a = 0; a < 4; a++) {
        assets[a] = put_asset(&f, a);
        for (size_t s = 0; s < tasks[a].shapes; s++)
            shapes[a][s] = put_shape(&f, assets[a], "person");
    }
    commit(&f);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 4 });
    begin(&f);
    for (size_t a = 0; a < 4; a++) {
        judge(&f, assets[a], d.job.id, KIN_GRADE_OK);
        for (size_t s = 0; s < tasks[a].shapes; s++)
            judge(&f, shapes[a][s], d.job.id, s == 0 ? tasks[a].grade : KIN_GRADE_OK);
    }
    commit(&f);
    kin_report r = report_of(&f, &(kin_slices_options) { .sla = 0.95 });
    CLOSE(r.score, 0.9675, 1e-12);
    assert_int_equal(r.tasks, 4);
    assert_int_equal(r.agreement.verdict, KIN_AGREEMENT_PASS); /* the whole batch was seen */
    CLOSE(r.score_interval.lo, 0.9675, 1e-9);
    kin_report_clear(&r);
    r = report_of(&f, &(kin_slices_options) { .rule = KIN_SCORE_OPPORTUNITY, .weights = { 1, 1 } });
    CLOSE(r.score, (0.9 + 1 + 0.95 + 0.9) / 4, 1e-12);
    assert_false(r.has_agreement);
    kin_report_clear(&r);
    /* two shapes missing on the second picture */
    kin_error err = KIN_ERROR_INIT;
    begin(&f);
    kin_verdict missing = {
        .item = assets[1], .job = d.job.id, .grade = KIN_GRADE_CRITICAL, .kind = "missing", .count = 2
    };
    OK(kin_ledger_verdict_add(f.ledger, &missing, NULL, &err));
    commit(&f);
    r = report_of(&f, &(kin_slices_options) { 0 });
    CLOSE(r.score, (0.9 + 4.0 / 6 + 0.99 + 0.98) / 4, 1e-12);
    assert_int_equal(r.rate.mistakes, 3);
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

static void a_perfect_batch_passes_after_73_tasks(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f);
    begin(&f);
    for (size_t a = 0; a < 50000; a++)
        put_asset(&f, a);
    commit(&f);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 80 });
    review(&f, &d, 0, 72, KIN_GRADE_OK);
    kin_report r = report_of(&f, &(kin_slices_options) { .sla = 0.95 });
    assert_int_equal(r.unit, KIN_UNIT_ASSET);
    assert_int_equal(r.agreement.verdict, KIN_AGREEMENT_UNDECIDED);
    assert_int_equal(r.agreement_more, 1);
    assert_int_equal(r.agreement_likely, KIN_AGREEMENT_PASS);
    assert_true(r.score_interval.lo < 0.95);
    kin_report_clear(&r);
    review(&f, &d, 72, 73, KIN_GRADE_OK);
    r = report_of(&f, &(kin_slices_options) { .sla = 0.95 });
    assert_int_equal(r.agreement.verdict, KIN_AGREEMENT_PASS);
    assert_int_equal(r.agreement.decided_at, 73);
    CLOSE(r.score, 1, 0);
    assert_int_equal(r.rate.n, 73);
    assert_string_equal(r.rate.method, "Clopper-Pearson");
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

/* Scores of a stratified audit: an order as of a simple draw, made again from the strata's. */
static void a_stratified_audit_scores_in_proportion(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f);
    int64_t assets[400];
    begin(&f);
    for (size_t a = 0; a < 400; a++) {
        assets[a] = put_asset(&f, a);
        put_attribute(&f, assets[a], "camera", a < 40 ? "rear" : "front");
    }
    commit(&f);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 200, .stratify = "camera", .floor = 40, .seed = 7 });
    begin(&f);
    for (size_t i = 0; i < d.n; i++) /* all of the rear is wrong, a tenth of the data set and a fifth of the audit */
        judge(&f, d.items[i].item, d.job.id, d.items[i].item < assets[40] ? KIN_GRADE_CRITICAL : KIN_GRADE_OK);
    commit(&f);
    kin_report r = report_of(&f, &(kin_slices_options) { .sla = 0.95 });
    CLOSE(r.rate.rate, 0.1, 1e-12);
    assert_in_range(r.tasks, 150, 200);
    assert_true(r.score > 0.85 && r.score < 0.95);
    assert_true(r.score_interval.lo < 0.9 && r.score_interval.hi > 0.9);
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

/* A full report: how the score came about, the jobs, and a mistake to show. */
static void the_course_of_the_score_ends_at_the_present(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f);
    int64_t assets[500];
    begin(&f);
    for (size_t a = 0; a < 500; a++)
        assets[a] = put_asset(&f, a);
    commit(&f);
    kin_report r = report_of(&f, &(kin_slices_options) { .sla = 0.95, .full = true });
    assert_int_equal(r.course_count, 0);
    assert_int_equal(r.jobs_count, 0);
    assert_null(r.example);
    kin_report_clear(&r);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 407, .seed = 3 });
    review(&f, &d, 0, 400, KIN_GRADE_OK);
    review(&f, &d, 200, 201, KIN_GRADE_CRITICAL);
    begin(&f);
    put_kin_job(&f, assets, 5);
    commit(&f);
    r = report_of(&f, &(kin_slices_options) { .sla = 0.95, .full = true });
    assert_int_equal(r.course_count, 60);
    const kin_score_point *last = &r.course[59];
    assert_int_equal(last->tasks, 400);
    CLOSE(last->score, r.score, 1e-12);
    CLOSE(last->interval.lo, r.score_interval.lo, 0);
    CLOSE(last->interval.hi, r.score_interval.hi, 0);
    CLOSE(last->p_pass, kin_agreement_p(&r.agreement, KIN_AGREEMENT_PASS), 0);
    CLOSE(r.course[0].score, 1, 0);
    for (size_t i = 1; i < 60; i++) {
        assert_true(r.course[i].tasks > r.course[i - 1].tasks);
        assert_true(r.course[i].interval.lo >= r.course[i - 1].interval.lo - 1e-9);
    }
    assert_int_equal(r.jobs_count, 2);
    assert_int_equal(r.jobs[0].job.items, 407);
    assert_int_equal(r.jobs[0].counted, 400);
    assert_int_equal(r.jobs[1].job.kind, KIN_JOB_KIN);
    assert_int_equal(r.jobs[1].counted, 0);
    assert_string_equal(r.jobs[1].job.title, "kin of one");
    assert_non_null(strstr(r.example, ".jpg"));
    kin_report_clear(&r);
    /* what only a full report shows is not computed for others */
    r = report_of(&f, &(kin_slices_options) { .sla = 0.95 });
    assert_null(r.course);
    assert_null(r.jobs);
    assert_null(r.example);
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_score_is_that_of_the_worked_example),
        cmocka_unit_test(a_perfect_batch_passes_after_73_tasks),
        cmocka_unit_test(a_stratified_audit_scores_in_proportion),
        cmocka_unit_test(the_course_of_the_score_ends_at_the_present),
    };
    return cmocka_run_group_tests_name("scores and the agreement", tests, NULL, NULL);
}
