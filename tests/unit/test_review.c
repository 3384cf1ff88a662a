#include "ledger_fixture.h"

#include "base/clock.h"

static bool add_verdict(kin_verdict verdict)
{
    bool added = false;
    assert_ok(kin_ledger_verdict_add(ledger, &verdict, &added, &failure));
    return added;
}

static kin_verdict latest_of(int64_t item)
{
    kin_verdict verdict;
    assert_ok(kin_ledger_verdict(ledger, item, &verdict, &failure));
    assert_int_equal(verdict.item, item);
    return verdict;
}

/* What a walk over verdicts or jobs saw, as text. */
typedef struct listing {
    char text[1024];
    size_t used;
} listing;

static void list(listing *l, const char *format, ...) KIN_PRINTF(2, 3);
static void list(listing *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(l->text + l->used, sizeof l->text - l->used, format, args);
    va_end(args);
    assert_true(n >= 0 && l->used + (size_t)n < sizeof l->text);
    l->used += (size_t)n;
}

static int list_verdict(void *user, const kin_verdict *v, kin_error *err)
{
    (void)err;
    list(user, "%d %s@%d%s%s;", (int)v->item, kin_grade_name(v->grade), (int)v->time, v->reviewer ? " by " : "",
         v->reviewer ? v->reviewer : "");
    return KIN_OK;
}

static void assert_verdicts(bool latest, const char *expected)
{
    listing l = { "", 0 };
    assert_ok(kin_ledger_each_verdict(ledger, latest, list_verdict, &l, &failure));
    assert_string_equal(l.text, expected);
}

/* ---- Verdicts ---- */

static void what_came_since_is_read_by_item(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg"), newest = -1;
    assert_ok(kin_ledger_newest_verdict(ledger, &newest, &failure));
    assert_int_equal(newest, 0);
    add_verdict((kin_verdict) { .item = a, .grade = KIN_GRADE_CRITICAL, .time = 10 });
    add_verdict((kin_verdict) { .item = b, .grade = KIN_GRADE_MINOR, .time = 20 });
    assert_ok(kin_ledger_newest_verdict(ledger, &newest, &failure));
    /* one that is older than b's latest: still b's latest is what counts */
    add_verdict((kin_verdict) { .item = b, .grade = KIN_GRADE_OK, .time = 15 });
    listing l = { "", 0 };
    assert_ok(kin_ledger_each_verdict_since(ledger, newest, list_verdict, &l, &failure));
    assert_string_equal(l.text, "2 minor@20;");
    l = (listing) { "", 0 };
    assert_ok(kin_ledger_each_verdict_since(ledger, 0, list_verdict, &l, &failure));
    assert_string_equal(l.text, "1 critical@10;2 minor@20;");
}

static void grades_have_names(void **state)
{
    (void)state;
    for (int grade = KIN_GRADE_OK; grade <= KIN_GRADE_CRITICAL; grade++)
        assert_int_equal(kin_grade_from(kin_grade_name((kin_grade)grade)), grade);
    assert_int_equal(kin_grade_from("CriTical"), KIN_GRADE_CRITICAL);
    assert_int_equal(kin_grade_from(""), KIN_GRADE_NONE);
    assert_int_equal(kin_grade_from("okay"), KIN_GRADE_NONE);
    assert_int_equal(kin_grade_from(NULL), KIN_GRADE_NONE);
    assert_string_equal(kin_grade_name(KIN_GRADE_NONE), "");
    assert_string_equal(kin_grade_name((kin_grade)77), "");
    assert_string_equal(kin_job_kind_name(KIN_JOB_AUDIT), "audit");
    assert_string_equal(kin_job_kind_name(KIN_JOB_KIN), "kin");
    assert_string_equal(kin_job_kind_name(KIN_JOB_SUSPECTS), "suspects");
    assert_string_equal(kin_job_kind_name((kin_job_kind)9), "");
}

static void a_verdict_comes_back_as_it_was_given(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), job = 0;
    const kin_job audit = { .kind = KIN_JOB_AUDIT, .unit = KIN_UNIT_ASSET };
    assert_ok(kin_ledger_job_add(ledger, &audit, NULL, 0, NULL, 0, &job, &failure));
    assert_int_equal(latest_of(a).grade, KIN_GRADE_NONE);
    assert_int_equal(latest_of(12345).grade, KIN_GRADE_NONE);
    const kin_verdict given = { .item = a,
                                .job = job,
                                .grade = KIN_GRADE_CRITICAL,
                                .should_be = "skate\"boarder, \xe2\x98\x83",
                                .kind = "box",
                                .note = "line one\nline two",
                                .reviewer = "o'neil",
                                .count = 3,
                                .time = INT64_C(1700000000123) };
    assert_true(add_verdict(given));
    commit_and_reopen(KIN_LEDGER_READ);
    kin_verdict v = latest_of(a);
    assert_true(v.id > 0);
    assert_int_equal(v.job, job);
    assert_int_equal(v.grade, KIN_GRADE_CRITICAL);
    assert_string_equal(v.should_be, given.should_be);
    assert_string_equal(v.kind, given.kind);
    assert_string_equal(v.note, given.note);
    assert_string_equal(v.reviewer, given.reviewer);
    assert_int_equal(v.count, 3);
    assert_int_equal(v.time, given.time);
}

static void an_empty_word_is_none(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg");
    assert_true(add_verdict((kin_verdict) { .item = a, .grade = KIN_GRADE_OK }));
    assert_false(add_verdict(
        (kin_verdict) { .item = a, .grade = KIN_GRADE_OK, .should_be = "", .kind = "", .note = "", .reviewer = "" }));
    kin_verdict v = latest_of(a);
    assert_null(v.should_be);
    assert_null(v.kind);
    assert_null(v.note);
    assert_null(v.reviewer);
    assert_int_equal(v.count, 1);
    assert_int_equal(v.job, 0);
    assert_true(kin_clock_now() - v.time >= 0 && kin_clock_now() - v.time < 60000);
}

static void a_verdict_needs_an_item_a_grade_and_its_job(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg");
    bool added = true;
    const kin_verdict bad[] = { { .item = a + 1, .grade = KIN_GRADE_OK },
                                { .item = a, .grade = KIN_GRADE_OK, .job = 4 },
                                { .item = a, .grade = KIN_GRADE_NONE },
                                { .item = a, .grade = (kin_grade)4 },
                                { .item = a, .grade = KIN_GRADE_OK, .count = -1 } };
    for (int i = 0; i < 5; i++)
        assert_fails(kin_ledger_verdict_add(ledger, &bad[i], &added, &failure), i < 2 ? KIN_E_NOTFOUND : KIN_E_USAGE);
    assert_true(added);
    assert_ok(kin_ledger_commit(ledger, &failure));
    assert_verdicts(false, "");
}

static void the_latest_verdict_counts(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg"), c = add_asset("c.jpg");
    assert_true(a == 1 && b == 2 && c == 3);
    add_verdict((kin_verdict) { .item = b, .grade = KIN_GRADE_OK, .time = 50 });
    add_verdict((kin_verdict) { .item = a, .grade = KIN_GRADE_MINOR, .time = 200 });
    /* Arrives later, was given earlier. */
    add_verdict((kin_verdict) { .item = a, .grade = KIN_GRADE_OK, .time = 100 });
    assert_int_equal(latest_of(a).grade, KIN_GRADE_MINOR);
    /* At the same time: the one that arrived last. */
    add_verdict((kin_verdict) { .item = a, .grade = KIN_GRADE_CRITICAL, .time = 200 });
    assert_int_equal(latest_of(a).grade, KIN_GRADE_CRITICAL);
    add_verdict((kin_verdict) { .item = a, .grade = KIN_GRADE_OK, .time = 200 });
    assert_int_equal(latest_of(a).grade, KIN_GRADE_OK);
    assert_verdicts(false, "1 ok@100;1 minor@200;1 critical@200;1 ok@200;2 ok@50;");
    assert_verdicts(true, "1 ok@200;2 ok@50;");
    /* Verdicts outlive their item, and one may still come in. */
    set_state(a, KIN_ITEM_GONE);
    assert_true(add_verdict((kin_verdict) { .item = a, .grade = KIN_GRADE_MINOR, .time = 300 }));
    assert_verdicts(true, "1 minor@300;2 ok@50;");
    kin_ledger_counts counts;
    assert_ok(kin_ledger_count(ledger, &counts, &failure));
    assert_int_equal(counts.verdicts, 6);
}

static void the_same_verdict_is_added_once(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg");
    const kin_verdict first = { .item = a,
                                .grade = KIN_GRADE_MINOR,
                                .should_be = "cat",
                                .kind = "box",
                                .note = "n",
                                .reviewer = "ann",
                                .count = 2,
                                .time = 100 };
    assert_true(add_verdict(first));
    assert_false(add_verdict(first));
    assert_ok(kin_ledger_verdict_add(ledger, &first, NULL, &failure));
    /* Anything else about it makes another one, at the same time or a new one. */
    kin_verdict others[7];
    for (int i = 0; i < 7; i++)
        others[i] = first;
    others[0].grade = KIN_GRADE_CRITICAL;
    others[1].should_be = NULL;
    others[2].kind = "label";
    others[3].note = "m";
    others[4].reviewer = "bob";
    others[5].count = 1;
    others[6].time = 101;
    for (int i = 0; i < 7; i++)
        assert_true(add_verdict(others[i]));
    for (int i = 0; i < 7; i++)
        assert_false(add_verdict(others[i]));
    /* With its time it is known for ever, whatever came since. */
    assert_false(add_verdict(first));
    kin_ledger_counts counts;
    assert_ok(kin_ledger_count(ledger, &counts, &failure));
    assert_int_equal(counts.verdicts, 8);
}

static void without_a_time_only_a_change_is_added(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg");
    const kin_verdict ok = { .item = a, .grade = KIN_GRADE_OK, .reviewer = "ann" };
    const kin_verdict minor = { .item = a, .grade = KIN_GRADE_MINOR, .should_be = "cat" };
    assert_true(add_verdict(ok));
    assert_false(add_verdict(ok));
    assert_true(add_verdict(minor));
    assert_false(add_verdict(minor));
    /* There and back again: three changes of mind are three verdicts, within one millisecond too. */
    assert_true(add_verdict(ok));
    assert_int_equal(latest_of(a).grade, KIN_GRADE_OK);
    kin_verdict same_words = ok;
    same_words.reviewer = "bob";
    assert_false(add_verdict(same_words));
    /* A verdict with a time in the future, of a clock that was wrong, does not outvote what comes after it. */
    const int64_t future = kin_clock_now() + 1000000;
    assert_true(add_verdict((kin_verdict) { .item = a, .grade = KIN_GRADE_CRITICAL, .time = future }));
    assert_true(add_verdict(minor));
    assert_int_equal(latest_of(a).grade, KIN_GRADE_MINOR);
}

/* ---- Jobs ---- */

static int list_job(void *user, const kin_job *job, kin_error *err)
{
    (void)err;
    list(user, "%d %s %d/%d/%d;", (int)job->id, kin_job_kind_name(job->kind), (int)job->items, (int)job->reviewed,
         (int)job->mistakes);
    return KIN_OK;
}

static void assert_jobs(const char *expected)
{
    listing l = { "", 0 };
    assert_ok(kin_ledger_each_job(ledger, list_job, &l, &failure));
    assert_string_equal(l.text, expected);
}

static int list_job_item(void *user, const kin_job_item *item, kin_error *err)
{
    (void)err;
    list(user, "%d:%d/%d p%g s%g;", (int)item->position, (int)item->item, item->stratum, item->probability,
         item->score);
    return KIN_OK;
}

static int list_stratum(void *user, int index, const kin_stratum *stratum, kin_error *err)
{
    (void)err;
    list(user, "%d %s %d/%d;", index, stratum->name, (int)stratum->drawn, (int)stratum->population);
    return KIN_OK;
}

static void a_job_comes_back_as_it_was_drawn(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg"), c = add_asset("c.jpg"), id = 0, second = 0;
    const kin_job job = { .kind = KIN_JOB_AUDIT,
                          .unit = KIN_UNIT_ASSET,
                          .seed = UINT64_MAX - 1,
                          .population = INT64_C(1) << 40,
                          .stratify = "label",
                          .title = "300 random images",
                          .created = 1234 };
    const kin_job_item items[] = { { c, 2, 1, 0.25, (double)NAN },
                                   { a, 1, 0, 1.0 / 3, (double)NAN },
                                   { b, 3, 1, (double)NAN, 0.75 } };
    const kin_stratum strata[] = { { "", 30, 1 }, { "cat, \"dog\"", 8, 2 } };
    assert_ok(kin_ledger_job_add(ledger, &job, items, 3, strata, 2, &id, &failure));
    const kin_job plain = { .kind = KIN_JOB_SUSPECTS, .unit = KIN_UNIT_SHAPE };
    assert_ok(kin_ledger_job_add(ledger, &plain, NULL, 0, NULL, 0, &second, &failure));
    assert_true(second > id);
    commit_and_reopen(KIN_LEDGER_READ);
    kin_job read;
    assert_ok(kin_ledger_job(ledger, id, &read, &failure));
    assert_int_equal(read.id, id);
    assert_int_equal(read.kind, KIN_JOB_AUDIT);
    assert_int_equal(read.unit, KIN_UNIT_ASSET);
    assert_true(read.seed == job.seed && read.population == job.population && read.created == 1234);
    assert_string_equal(read.stratify, "label");
    assert_string_equal(read.title, "300 random images");
    assert_int_equal(read.items, 3);
    listing l = { "", 0 };
    assert_ok(kin_ledger_each_job_item(ledger, id, list_job_item, &l, &failure));
    assert_string_equal(l.text, "1:1/0 p0.333333 snan;2:3/1 p0.25 snan;3:2/1 pnan s0.75;");
    l = (listing) { "", 0 };
    assert_ok(kin_ledger_each_stratum(ledger, id, list_stratum, &l, &failure));
    assert_string_equal(l.text, "0  1/30;1 cat, \"dog\" 2/8;");
    assert_ok(kin_ledger_job(ledger, second, &read, &failure));
    assert_null(read.stratify);
    assert_null(read.title);
    assert_int_equal(read.seed, 0);
    assert_true(kin_clock_now() - read.created >= 0 && kin_clock_now() - read.created < 60000);
    assert_fails(kin_ledger_job(ledger, second + 1, &read, &failure), KIN_E_NOTFOUND);
    assert_jobs("1 audit 3/0/0;2 suspects 0/0/0;");
}

static int list_like(void *user, int64_t item, bool unlike, kin_error *err)
{
    (void)err;
    list(user, "%s%d;", unlike ? "not " : "", (int)item);
    return KIN_OK;
}

static int list_where(void *user, const kin_attribute *where, kin_error *err)
{
    (void)err;
    list(user, "%s=%s;", where->key, where->value);
    return KIN_OK;
}

static void a_job_says_what_it_was_asked_for(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg"), first = 0, second = 0;
    const kin_job job = { .kind = KIN_JOB_KIN,
                          .unit = KIN_UNIT_SHAPE,
                          .ranking = "mistake",
                          .label = "\"Ж\", 猫",
                          .given = "\"Ж\", 猫",
                          .should_be = "a->b",
                          .expected = 12.5 };
    const kin_attribute where[] = { { "time", "night" }, { "camera", "a=b" } };
    const kin_job_wish asked = {
        .likes = &b, .likes_count = 1, .unlikes = &a, .unlikes_count = 1, .where = where, .where_count = 2
    };
    assert_ok(kin_ledger_job_add(ledger, &job, NULL, 0, NULL, 0, &first, &failure));
    assert_ok(kin_ledger_job_wish_add(ledger, first, &asked, &failure));
    const kin_job control = { .kind = KIN_JOB_CONTROL, .unit = KIN_UNIT_SHAPE, .origin = first };
    assert_ok(kin_ledger_job_add(ledger, &control, NULL, 0, NULL, 0, &second, &failure));
    commit_and_reopen(KIN_LEDGER_READ);
    kin_job read;
    assert_ok(kin_ledger_job(ledger, first, &read, &failure));
    assert_string_equal(read.ranking, "mistake");
    assert_string_equal(read.label, "\"Ж\", 猫");
    assert_string_equal(read.given, "\"Ж\", 猫");
    assert_string_equal(read.should_be, "a->b");
    assert_true(read.origin == 0 && fabs(read.expected - 12.5) < 1e-12);
    listing l = { "", 0 };
    assert_ok(kin_ledger_each_job_like(ledger, first, list_like, &l, &failure));
    assert_ok(kin_ledger_each_job_where(ledger, first, list_where, &l, &failure));
    assert_string_equal(l.text, "not 1;2;camera=a=b;time=night;");
    assert_ok(kin_ledger_job(ledger, second, &read, &failure));
    assert_int_equal(read.origin, first);
    assert_null(read.ranking);
    assert_true(read.expected == 0);
    assert_fails(kin_ledger_job_wish_add(ledger, second, &asked, &failure), KIN_E_USAGE);
}

static void a_job_counts_verdicts_wherever_they_came_from(void **state)
{
    (void)state;
    int64_t item[4], audit = 0, kin = 0;
    for (int i = 0; i < 4; i++) {
        char path[8];
        (void)snprintf(path, sizeof path, "%d.jpg", i);
        item[i] = add_asset(path);
    }
    add_verdict((kin_verdict) { .item = item[0], .grade = KIN_GRADE_CRITICAL, .time = 10 });
    const kin_job jobs[] = { { .kind = KIN_JOB_AUDIT, .unit = KIN_UNIT_ASSET },
                             { .kind = KIN_JOB_KIN, .unit = KIN_UNIT_ASSET } };
    const kin_job_item items[] = { { .item = item[0], .position = 1 },
                                   { .item = item[1], .position = 2 },
                                   { .item = item[2], .position = 3 } };
    assert_ok(kin_ledger_job_add(ledger, &jobs[0], items, 3, NULL, 0, &audit, &failure));
    assert_ok(kin_ledger_job_add(ledger, &jobs[1], items + 1, 2, NULL, 0, &kin, &failure));
    assert_jobs("1 audit 3/1/1;2 kin 2/0/0;");
    add_verdict((kin_verdict) { .item = item[1], .grade = KIN_GRADE_MINOR, .job = kin, .time = 20 });
    add_verdict((kin_verdict) { .item = item[2], .grade = KIN_GRADE_OK, .job = kin, .time = 20 });
    add_verdict((kin_verdict) { .item = item[3], .grade = KIN_GRADE_CRITICAL, .time = 20 });
    assert_jobs("1 audit 3/3/2;2 kin 2/2/1;");
    /* The latest counts: one mistake was none, one that was none is one, and an old verdict that arrives late changes
     * nothing. */
    add_verdict((kin_verdict) { .item = item[0], .grade = KIN_GRADE_OK, .time = 30 });
    add_verdict((kin_verdict) { .item = item[2], .grade = KIN_GRADE_CRITICAL, .time = 30 });
    add_verdict((kin_verdict) { .item = item[1], .grade = KIN_GRADE_OK, .time = 5 });
    assert_jobs("1 audit 3/3/2;2 kin 2/2/2;");
    kin_ledger_counts counts;
    assert_ok(kin_ledger_count(ledger, &counts, &failure));
    assert_true(counts.jobs == 2 && counts.verdicts == 7);
}

static void a_drawn_image_stands_for_its_shapes(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg"), id = 0;
    int64_t good = add_shape(a, "1", "cat"), bad = add_shape(a, "2", "cat"), other = add_shape(b, "1", "cat");
    const kin_job images = { .kind = KIN_JOB_AUDIT, .unit = KIN_UNIT_ASSET };
    const kin_job shapes = { .kind = KIN_JOB_KIN, .unit = KIN_UNIT_SHAPE };
    const kin_job_item drawn[] = { { .item = a, .position = 1 }, { .item = b, .position = 2 } };
    const kin_job_item kin[] = { { .item = good, .position = 1 }, { .item = other, .position = 2 } };
    assert_ok(kin_ledger_job_add(ledger, &images, drawn, 2, NULL, 0, &id, &failure));
    assert_ok(kin_ledger_job_add(ledger, &shapes, kin, 2, NULL, 0, &id, &failure));
    add_verdict((kin_verdict) { .item = a, .grade = KIN_GRADE_OK, .time = 10 });
    add_verdict((kin_verdict) { .item = b, .grade = KIN_GRADE_OK, .time = 10 });
    add_verdict((kin_verdict) { .item = good, .grade = KIN_GRADE_OK, .time = 10 });
    add_verdict((kin_verdict) { .item = bad, .grade = KIN_GRADE_MINOR, .time = 10 });
    assert_jobs("1 audit 2/2/1;2 kin 2/1/0;");
    set_state(bad, KIN_ITEM_GONE);
    assert_jobs("1 audit 2/2/0;2 kin 2/1/0;");
}

static void a_job_is_added_whole_or_not_at_all(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg"), id = -1;
    const kin_job job = { .kind = KIN_JOB_AUDIT, .unit = KIN_UNIT_ASSET };
    const kin_stratum strata[] = { { "x", 1, 1 }, { "y", 1, 1 } };
    const kin_job_item good[] = { { .item = a, .position = 1 }, { .item = b, .position = 2, .stratum = 1 } };
    const struct {
        kin_job_item second;
        int code;
    } bad[] = {
        { { .item = a, .position = 2 }, KIN_E_USAGE },               /* twice */
        { { .item = b, .position = 1 }, KIN_E_USAGE },               /* two at one place */
        { { .item = b, .position = 0 }, KIN_E_USAGE },               /* no place */
        { { .item = b, .position = 2, .stratum = 2 }, KIN_E_USAGE }, /* no such stratum */
        { { .item = b, .position = 2, .stratum = -1 }, KIN_E_USAGE },
        { { .item = b + 1, .position = 2 }, KIN_E_NOTFOUND },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const kin_job_item items[] = { good[0], bad[i].second };
        assert_fails(kin_ledger_job_add(ledger, &job, items, 2, strata, 2, &id, &failure), bad[i].code);
    }
    kin_job odd = job;
    odd.kind = (kin_job_kind)0;
    assert_fails(kin_ledger_job_add(ledger, &odd, good, 2, strata, 2, &id, &failure), KIN_E_USAGE);
    odd = job;
    odd.unit = KIN_UNIT_ANY;
    assert_fails(kin_ledger_job_add(ledger, &odd, good, 2, strata, 2, &id, &failure), KIN_E_USAGE);
    assert_int_equal(id, -1);
    assert_jobs("");
    /* What else the transaction did stays, and it goes on. */
    assert_ok(kin_ledger_job_add(ledger, &job, good, 2, strata, 2, &id, &failure));
    commit_and_reopen(KIN_LEDGER_READ);
    listing l = { "", 0 };
    assert_ok(kin_ledger_each_job(ledger, list_job, &l, &failure));
    assert_string_equal(l.text, "1 audit 2/0/0;");
}

static int review_and_die(void *user)
{
    (void)user;
    kin_ledger *own = NULL;
    const kin_verdict verdict = { .item = 1, .grade = KIN_GRADE_CRITICAL, .time = 7 };
    const kin_verdict lost = { .item = 1, .grade = KIN_GRADE_OK, .time = 8 };
    if (kin_ledger_open(ledger_path, KIN_LEDGER_WRITE, &own, NULL) != KIN_OK || kin_ledger_begin(own, NULL) != KIN_OK ||
        kin_ledger_verdict_add(own, &verdict, NULL, NULL) != KIN_OK || kin_ledger_commit(own, NULL) != KIN_OK ||
        kin_ledger_begin(own, NULL) != KIN_OK || kin_ledger_verdict_add(own, &lost, NULL, NULL) != KIN_OK)
        return 1;
    return 42;
}

static void an_accepted_verdict_outlives_a_crash(void **state)
{
    (void)state;
    add_asset("a.jpg");
    assert_ok(kin_ledger_commit(ledger, &failure));
    kin_ledger_close(ledger);
    ledger = NULL;
    assert_int_equal(wait_for(start(review_and_die, NULL)), 42);
    assert_ok(kin_ledger_open(ledger_path, KIN_LEDGER_READ, &ledger, &failure));
    assert_verdicts(false, "1 critical@7;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grades_have_names),
        cmocka_unit_test_setup_teardown(a_verdict_comes_back_as_it_was_given, fresh, done),
        cmocka_unit_test_setup_teardown(an_empty_word_is_none, fresh, done),
        cmocka_unit_test_setup_teardown(a_verdict_needs_an_item_a_grade_and_its_job, fresh, done),
        cmocka_unit_test_setup_teardown(the_latest_verdict_counts, fresh, done),
        cmocka_unit_test_setup_teardown(the_same_verdict_is_added_once, fresh, done),
        cmocka_unit_test_setup_teardown(without_a_time_only_a_change_is_added, fresh, done),
        cmocka_unit_test_setup_teardown(a_job_comes_back_as_it_was_drawn, fresh, done),
        cmocka_unit_test_setup_teardown(a_job_says_what_it_was_asked_for, fresh, done),
        cmocka_unit_test_setup_teardown(what_came_since_is_read_by_item, fresh, done),
        cmocka_unit_test_setup_teardown(a_job_counts_verdicts_wherever_they_came_from, fresh, done),
        cmocka_unit_test_setup_teardown(a_drawn_image_stands_for_its_shapes, fresh, done),
        cmocka_unit_test_setup_teardown(a_job_is_added_whole_or_not_at_all, fresh, done),
        cmocka_unit_test_setup_teardown(an_accepted_verdict_outlives_a_crash, fresh, done),
    };
    return cmocka_run_group_tests_name("review", tests, make_folder, remove_folder);
}
