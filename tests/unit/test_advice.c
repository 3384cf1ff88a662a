/* Advice is told from a report alone: reports here are made by hand, one for each state that a review can be in. */
#include "kin_test.h"

#include "kin/advice.h"

#include <math.h>
#include <string.h>

#define JOBS 4
#define SLICES 6

typedef struct state {
    kin_report report;
    kin_report_job jobs[JOBS];
    kin_slice slices[SLICES];
    kin_confusion confusion;
} state;

/* 1,000 images with 5,000 shapes, nothing audited. */
static void fresh(state *s)
{
    *s = (state) { .report = { .unit = KIN_UNIT_SHAPE, .population = 5000, .tasks_population = 1000 } };
    s->report.has_agreement = true;
    s->report.sla = 0.95;
    s->report.risk = 0.05;
    s->report.score = NAN;
    s->report.rate.rate = NAN;
    s->report.jobs = s->jobs;
    s->report.slices = s->slices;
}

static kin_job *add_job(state *s, kin_job_kind kind, size_t items, size_t reviewed)
{
    kin_job *job = &s->jobs[s->report.jobs_count++].job;
    assert_true(s->report.jobs_count <= JOBS);
    *job = (kin_job) { .kind = kind, .unit = KIN_UNIT_ASSET, .items = items, .reviewed = reviewed };
    job->id = (int64_t)s->report.jobs_count;
    return job;
}

/* A finished audit of 300 images: 3 % of the shapes are wrong. */
static void audited(state *s)
{
    fresh(s);
    add_job(s, KIN_JOB_AUDIT, 300, 300);
    s->report.tasks = 300;
    s->report.score = 0.97;
    s->report.rate = (kin_estimate) { .n = 1500, .mistakes = 45, .rate = 0.03, .lo = 0.02, .hi = 0.04 };
    s->report.known = 45;
    s->report.known_ok = 1455;
    s->report.example = "a.jpg#1";
    s->report.agreement.verdict = KIN_AGREEMENT_PASS;
}

static kin_slice *add_slice(state *s, const char *key, const char *value, double rate, double hi, double q)
{
    kin_slice *slice = &s->slices[s->report.slices_count++];
    assert_true(s->report.slices_count <= SLICES);
    *slice = (kin_slice) { .key = key, .value = value, .population = 400, .known = 20, .known_ok = 80, .more = 50 };
    slice->figures.slice = (kin_estimate) { .n = 100, .mistakes = 20, .rate = rate, .lo = rate / 2, .hi = hi };
    slice->figures.q = q;
    slice->figures.lift = rate / 0.03;
    slice->example = "b.jpg#2";
    return slice;
}

static kin_advices advice_of(const state *s)
{
    kin_error err = KIN_ERROR_INIT;
    kin_advices advices = { 0 };
    if (kin_report_advice(&s->report, &advices, &err) != KIN_OK)
        fail_msg("%s", err.message);
    assert_true(advices.count > 0);
    return advices;
}

/* The kinds in order, such as "review more"; and the first command of each, "-" where there is none. */
static void assert_advice(const state *s, const char *kinds, const char *commands)
{
    kin_advices advices = advice_of(s);
    char kind[256] = "", command[1024] = "";
    for (size_t i = 0; i < advices.count; i++) {
        const char *first = advices.list[i].commands[0];
        strcat(strcat(kind, i > 0 ? " " : ""), kin_advice_kind_name(advices.list[i].kind));
        strcat(strcat(command, i > 0 ? "; " : ""), first ? first : "-");
        assert_true(strlen(advices.list[i].text) > 10);
    }
    assert_string_equal(kind, kinds);
    assert_string_equal(command, commands);
    kin_advices_clear(&advices);
    assert_null(advices.memory);
}

static void assert_first_says(const state *s, const char *words)
{
    kin_advices advices = advice_of(s);
    if (!strstr(advices.list[0].text, words))
        fail_msg("\"%s\" is not in \"%s\"", words, advices.list[0].text);
    kin_advices_clear(&advices);
}

static void an_empty_data_set_is_indexed(void **unused)
{
    state s;
    (void)unused;
    fresh(&s);
    s.report.population = s.report.tasks_population = 0;
    assert_advice(&s, "index", "kin index FOLDER");
}

static void what_was_never_audited_is_audited(void **unused)
{
    state s;
    (void)unused;
    fresh(&s);
    assert_advice(&s, "audit", "kin audit 300");
    s.report.tasks_population = 120;
    assert_advice(&s, "audit", "kin audit 120");
    /* an audit of shapes makes no score */
    fresh(&s);
    add_job(&s, KIN_JOB_AUDIT, 200, 200)->unit = KIN_UNIT_SHAPE;
    assert_advice(&s, "audit", "kin audit 300");
}

static void an_open_job_is_reviewed_before_more_is_drawn(void **unused)
{
    state s;
    (void)unused;
    fresh(&s);
    add_job(&s, KIN_JOB_AUDIT, 300, 0);
    assert_advice(&s, "review", "kin job export 1 -o job1.csv");
    assert_first_says(&s, "0 of 300");
    kin_advices advices = advice_of(&s);
    assert_string_equal(advices.list[0].commands[1], "kin job import 1 job1.csv");
    kin_advices_clear(&advices);
    /* finished ones are not told of */
    audited(&s);
    add_job(&s, KIN_JOB_KIN, 100, 40);
    assert_advice(&s, "review", "kin job export 2 -o job2.csv");
}

static void an_undecided_agreement_says_how_many_more(void **unused)
{
    state s;
    (void)unused;
    audited(&s);
    add_job(&s, KIN_JOB_KIN, 10, 10);
    s.report.agreement.verdict = KIN_AGREEMENT_UNDECIDED;
    s.report.agreement_more = 82;
    s.report.agreement_likely = KIN_AGREEMENT_PASS;
    assert_advice(&s, "more", "kin audit 82");
    assert_first_says(&s, "about 82 more images lead to pass");
    /* no more than there are */
    s.report.tasks_population = 350;
    assert_advice(&s, "more", "kin audit 50");
    /* those that are drawn already come first */
    s.report.tasks_population = 1000;
    add_job(&s, KIN_JOB_AUDIT, 100, 40);
    assert_advice(&s, "review more", "kin job export 3 -o job3.csv; kin audit 22");
    s.report.agreement_more = 60;
    assert_advice(&s, "review more", "kin job export 3 -o job3.csv; -");
}

static void a_missed_agreement_is_told_first(void **unused)
{
    state s;
    (void)unused;
    audited(&s);
    s.report.agreement.verdict = KIN_AGREEMENT_FAIL;
    assert_advice(&s, "mend kin", "kin index; kin job kin -n 100 'a.jpg#1'");
}

static void a_noisy_slice_gets_a_job(void **unused)
{
    state s;
    (void)unused;
    audited(&s);
    add_slice(&s, "label", "motor cycle", 0.4, 0.6, 0.001);
    kin_slice *pair = add_slice(&s, "annotator", "o'neil", 0.2, 0.3, 0.04);
    pair->key2 = "label";
    pair->value2 = "car";
    pair->population = 130; /* 30 of them are not reviewed */
    add_slice(&s, "label", "car", 0.03, 0.05, 0.06);
    assert_advice(&s, "noise noise",
                  "kin job kin -n 100 --label 'motor cycle' 'b.jpg#2'; "
                  "kin job kin -n 30 --where 'annotator=o'\\''neil' --label car 'b.jpg#2'");
    /* where all of it is reviewed there is nothing to look for */
    s.slices[0].population = 100;
    s.slices[1].population = 100;
    assert_advice(&s, "kin", "kin job kin -n 100 'a.jpg#1'");
}

static void known_mistakes_get_a_job_of_their_kin(void **unused)
{
    state s;
    (void)unused;
    audited(&s);
    assert_advice(&s, "kin", "kin job kin -n 100 'a.jpg#1'");
    s.confusion = (kin_confusion) { "cat", "dog", 9, { "b.jpg", "-c.jpg", "d e.jpg", "f.jpg" } };
    s.report.confusions = &s.confusion;
    s.report.confusions_count = 1;
    assert_advice(&s, "kin", "kin job kin -n 100 -- b.jpg -c.jpg 'd e.jpg'");
    assert_first_says(&s, "most like a cat that should be dog");
    /* they were looked for before */
    add_job(&s, KIN_JOB_KIN, 100, 100);
    assert_advice(&s, "rest", "-");
}

static void a_thin_slice_gets_a_stratified_audit(void **unused)
{
    state s;
    (void)unused;
    audited(&s);
    add_job(&s, KIN_JOB_KIN, 10, 10);
    add_slice(&s, "label", "car", 0.03, 0.05, 0.5);  /* not twice 3 %: told */
    add_slice(&s, "label", "bus", 0.05, 0.30, 0.5);  /* may be */
    add_slice(&s, "label", "tram", 0.04, 0.20, 0.9); /* the same */
    assert_advice(&s, "thin", "kin audit 300 --stratify label");
    assert_first_says(&s, "2 values of label. The first, bus,");
    /* one that is under way is not asked for again */
    add_job(&s, KIN_JOB_AUDIT, 100, 10)->stratify = "label";
    assert_advice(&s, "review", "kin job export 3 -o job3.csv");
}

static void where_nothing_is_left_that_is_said(void **unused)
{
    state s;
    (void)unused;
    audited(&s);
    add_job(&s, KIN_JOB_KIN, 10, 10);
    assert_advice(&s, "rest", "-");
    s.report.known_ok = s.report.population - s.report.known;
    assert_first_says(&s, "All shapes are reviewed");
}

/* What a shell would take apart is quoted, and what looks like an option is kept from being one. */
static void commands_are_quoted(void **unused)
{
    static const struct {
        const char *value, *example, *command;
    } cases[] = {
        { "$(rm -rf ~)", "a b.jpg", "kin job kin -n 100 --label '$(rm -rf ~)' 'a b.jpg'" },
        { "-dash", "-x.jpg", "kin job kin -n 100 --label=-dash -- -x.jpg" },
        { "it's", "\"x\"", "kin job kin -n 100 --label 'it'\\''s' '\"x\"'" },
        { "line\nbreak", "plain/a-1.jpg", "kin job kin -n 100 --label 'line\nbreak' plain/a-1.jpg" },
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        state s;
        audited(&s);
        add_slice(&s, "label", cases[i].value, 0.4, 0.6, 0.001)->example = cases[i].example;
        assert_advice(&s, "noise", cases[i].command);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_data_set_is_indexed),
        cmocka_unit_test(what_was_never_audited_is_audited),
        cmocka_unit_test(an_open_job_is_reviewed_before_more_is_drawn),
        cmocka_unit_test(an_undecided_agreement_says_how_many_more),
        cmocka_unit_test(a_missed_agreement_is_told_first),
        cmocka_unit_test(a_noisy_slice_gets_a_job),
        cmocka_unit_test(known_mistakes_get_a_job_of_their_kin),
        cmocka_unit_test(a_thin_slice_gets_a_stratified_audit),
        cmocka_unit_test(where_nothing_is_left_that_is_said),
        cmocka_unit_test(commands_are_quoted),
    };
    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
