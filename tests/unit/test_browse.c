/* Items by pages, verdicts many at once and taken back. */
#include "report_fixture.h"

#include "kin/browse.h"
#include "kin/search.h"

/* Three pictures with two shapes each: ids 1..3 and 4..9. */
enum { pictures = 3 };

typedef struct world {
    fixture f;
    int64_t asset[pictures], shape[2 * pictures];
} world;

static int set_up(void **state)
{
    static world w;
    fixture_open(&w.f);
    begin(&w.f);
    for (size_t i = 0; i < pictures; i++)
        w.asset[i] = put_asset(&w.f, i);
    for (size_t i = 0; i < 2 * pictures; i++)
        w.shape[i] = put_shape(&w.f, w.asset[i / 2], i % 2 ? "car" : "pedestrian");
    commit(&w.f);
    w.f.workspace.folder = w.f.folder;
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    world *w = *state;
    fixture_close(&w->f);
    return 0;
}

static kin_verdict latest(world *w, int64_t item)
{
    kin_error err = KIN_ERROR_INIT;
    kin_verdict verdict;
    OK(kin_ledger_verdict(w->f.ledger, item, &verdict, &err));
    return verdict;
}

static kin_judged say(world *w, int64_t item, int64_t job, kin_grade grade, const char *should_be)
{
    kin_error err = KIN_ERROR_INIT;
    kin_judged judged;
    const kin_verdict verdict = { .item = item, .job = job, .grade = grade, .should_be = should_be, .reviewer = "ann" };
    OK(kin_workspace_verdicts(&w->f.workspace, &verdict, 1, &judged, &err));
    return judged;
}

static kin_judged undo(world *w, kin_judged what)
{
    kin_error err = KIN_ERROR_INIT;
    kin_judged judged;
    OK(kin_workspace_undo(&w->f.workspace, what.first, what.last, "bob", &judged, &err));
    return judged;
}

static int64_t audit_of_all(world *w)
{
    kin_error err = KIN_ERROR_INIT;
    const kin_audit_options options = { .count = pictures, .seed = 7 };
    int64_t job = 0;
    OK(kin_workspace_audit(&w->f.workspace, &options, &job, &err));
    return job;
}

static kin_job job_of(world *w, int64_t id)
{
    kin_error err = KIN_ERROR_INIT;
    kin_job job;
    OK(kin_ledger_job(w->f.ledger, id, &job, &err));
    return job;
}

/* ---- Verdicts and their undoing ---- */

static int count_verdict(void *user, const kin_verdict *verdict, kin_error *err)
{
    (void)err;
    *(size_t *)user += verdict->grade != KIN_GRADE_NONE;
    return KIN_OK;
}

static size_t standing(world *w, bool only_latest)
{
    kin_error err = KIN_ERROR_INIT;
    size_t n = 0;
    OK(kin_ledger_each_verdict(w->f.ledger, only_latest, count_verdict, &n, &err));
    return n;
}

static void nothing_said_before_means_withdrawn(void **state)
{
    world *w = *state;
    kin_judged said = say(w, w->shape[0], 0, KIN_GRADE_CRITICAL, "skateboarder");
    assert_int_equal(said.added, 1);
    assert_true(said.first > 0 && said.last == said.first);
    kin_judged undone = undo(w, said);
    assert_int_equal(undone.added, 1);
    assert_int_equal(latest(w, w->shape[0]).grade, KIN_GRADE_NONE);
    assert_int_equal(standing(w, true), 0);
    assert_int_equal(standing(w, false), 0);
    /* The undoing undone, and then the same words are news no more. */
    assert_int_equal(undo(w, undone).added, 1);
    kin_verdict again = latest(w, w->shape[0]);
    assert_int_equal(again.grade, KIN_GRADE_CRITICAL);
    assert_string_equal(again.should_be, "skateboarder");
    assert_string_equal(again.reviewer, "ann");
    assert_int_equal(say(w, w->shape[0], 0, KIN_GRADE_CRITICAL, "skateboarder").added, 0);
}

static void what_was_said_before_counts_again(void **state)
{
    world *w = *state;
    (void)say(w, w->shape[0], 0, KIN_GRADE_MINOR, "cyclist");
    kin_judged second = say(w, w->shape[0], 0, KIN_GRADE_OK, NULL);
    (void)undo(w, second);
    assert_int_equal(latest(w, w->shape[0]).grade, KIN_GRADE_MINOR);
    assert_string_equal(latest(w, w->shape[0]).should_be, "cyclist");
}

static void what_another_said_since_stays(void **state)
{
    world *w = *state;
    kin_judged first = say(w, w->shape[0], 0, KIN_GRADE_MINOR, NULL);
    (void)say(w, w->shape[0], 0, KIN_GRADE_OK, NULL);
    kin_judged undone = undo(w, first);
    assert_int_equal(undone.kept, 1);
    assert_int_equal(undone.added, 0);
    assert_int_equal(undone.first, 0);
    assert_int_equal(latest(w, w->shape[0]).grade, KIN_GRADE_OK);
}

static void a_withdrawn_verdict_is_not_imported_again(void **state)
{
    world *w = *state;
    kin_error err = KIN_ERROR_INIT;
    bool added = true;
    const kin_verdict dated = { .item = w->shape[0], .grade = KIN_GRADE_MINOR, .count = 1, .time = 1000 };
    begin(&w->f);
    OK(kin_ledger_verdict_add(w->f.ledger, &dated, NULL, &err));
    OK(kin_ledger_verdict_withdraw(w->f.ledger, &(kin_verdict) { .item = w->shape[0] }, &added, &err));
    assert_true(added);
    OK(kin_ledger_verdict_withdraw(w->f.ledger, &(kin_verdict) { .item = w->shape[0] }, &added, &err));
    assert_false(added);
    OK(kin_ledger_verdict_add(w->f.ledger, &dated, &added, &err));
    assert_false(added);
    commit(&w->f);
    assert_int_equal(latest(w, w->shape[0]).grade, KIN_GRADE_NONE);
}

/* So that a log can be given again: what was said after it counts, though all of it is long ago. */
static void a_withdrawal_has_the_time_that_it_is_given(void **state)
{
    world *w = *state;
    kin_error err = KIN_ERROR_INIT;
    kin_verdict said = { .item = w->shape[0], .grade = KIN_GRADE_MINOR, .count = 1, .time = 3000 };
    const kin_verdict back = { .item = w->shape[0], .time = 2000 };
    begin(&w->f);
    OK(kin_ledger_verdict_add(w->f.ledger, &said, NULL, &err));
    OK(kin_ledger_verdict_withdraw(w->f.ledger, &back, NULL, &err));
    assert_int_equal(latest(w, w->shape[0]).grade, KIN_GRADE_NONE);
    assert_int_equal(latest(w, w->shape[0]).time, 3000);
    said.time = 4000;
    OK(kin_ledger_verdict_add(w->f.ledger, &said, NULL, &err));
    commit(&w->f);
    assert_int_equal(latest(w, w->shape[0]).time, 4000);
    assert_int_equal(latest(w, w->shape[0]).grade, KIN_GRADE_MINOR);
}

static void a_picture_taken_back_takes_its_shapes_along(void **state)
{
    world *w = *state;
    int64_t job = audit_of_all(w);
    kin_judged said = say(w, w->asset[1], job, KIN_GRADE_OK, NULL);
    assert_int_equal(said.implied, 2);
    assert_int_equal(said.last - said.first, 2);
    assert_int_equal(job_of(w, job).reviewed, 1);
    assert_int_equal(undo(w, said).added, 3);
    assert_int_equal(job_of(w, job).reviewed, 0);
    for (size_t i = 2; i < 4; i++)
        assert_int_equal(latest(w, w->shape[i]).grade, KIN_GRADE_NONE);
}

/* A dated file that is imported once more says nothing new of shapes that were taken back since. */
static void what_was_implied_is_counted_once(void **state)
{
    world *w = *state;
    kin_error err = KIN_ERROR_INIT;
    kin_judged judged;
    const kin_verdict dated = {
        .item = w->asset[1], .job = audit_of_all(w), .grade = KIN_GRADE_OK, .reviewer = "ann", .time = 1000
    };
    OK(kin_workspace_verdicts(&w->f.workspace, &dated, 1, &judged, &err));
    assert_int_equal(judged.implied, 2);
    begin(&w->f);
    OK(kin_ledger_verdict_withdraw(w->f.ledger, &(kin_verdict) { .item = w->shape[2] }, NULL, &err));
    commit(&w->f);
    OK(kin_workspace_verdicts(&w->f.workspace, &dated, 1, &judged, &err));
    assert_int_equal(judged.added, 0);
    assert_int_equal(judged.implied, 0);
}

static void a_report_forgets_what_was_withdrawn(void **state)
{
    world *w = *state;
    int64_t job = audit_of_all(w);
    const char *by = "label";
    const kin_slices_options options = { .by = &by, .by_count = 1 };
    kin_judged last = { 0 };
    for (size_t i = 0; i < 2 * pictures; i++)
        last = say(w, w->shape[i], job, i == 5 ? KIN_GRADE_CRITICAL : KIN_GRADE_OK, NULL);
    for (size_t i = 0; i < pictures; i++)
        (void)say(w, w->asset[i], job, KIN_GRADE_OK, NULL);
    kin_report before = report_of(&w->f, &options);
    assert_int_equal(before.rate.n, 6);
    assert_int_equal(before.known, 1);
    (void)undo(w, last);
    kin_report after = report_of(&w->f, &options);
    assert_true(after.rate.n < 6);
    assert_int_equal(after.known, 0);
    assert_int_equal(after.open, 1);
    kin_report_clear(&before);
    kin_report_clear(&after);
}

static void verdicts_are_recorded_together_or_not_at_all(void **state)
{
    world *w = *state;
    kin_error err = KIN_ERROR_INIT;
    kin_judged judged = { .added = 77 };
    const kin_verdict bad[] = { { .item = w->shape[0], .grade = KIN_GRADE_OK },
                                { .item = 999, .grade = KIN_GRADE_OK } };
    assert_int_equal(kin_workspace_verdicts(&w->f.workspace, bad, 2, &judged, &err), KIN_E_NOTFOUND);
    assert_int_equal(judged.added, 77);
    assert_int_equal(latest(w, w->shape[0]).grade, KIN_GRADE_NONE);
    const kin_verdict no_job = { .item = w->shape[0], .job = 4, .grade = KIN_GRADE_OK };
    assert_int_equal(kin_workspace_verdicts(&w->f.workspace, &no_job, 1, &judged, &err), KIN_E_NOTFOUND);
    assert_int_equal(kin_workspace_undo(&w->f.workspace, 0, 4, NULL, &judged, &err), KIN_E_USAGE);
    assert_int_equal(kin_workspace_undo(&w->f.workspace, 5, 4, NULL, &judged, &err), KIN_E_USAGE);
    assert_int_equal(kin_workspace_undo(&w->f.workspace, 5, 6, NULL, &judged, &err), KIN_E_NOTFOUND);
    assert_int_equal(kin_workspace_undo(&w->f.workspace, 1, INT64_MAX, NULL, &judged, &err), KIN_E_LIMIT);
}

static void an_item_that_is_gone_is_passed_over(void **state)
{
    world *w = *state;
    kin_error err = KIN_ERROR_INIT;
    begin(&w->f);
    OK(kin_ledger_item_state(w->f.ledger, w->shape[0], KIN_ITEM_GONE, NULL, &err));
    commit(&w->f);
    kin_judged judged = say(w, w->shape[0], 0, KIN_GRADE_OK, NULL);
    assert_int_equal(judged.gone, 1);
    assert_int_equal(judged.first, 0);
}

/* ---- Pages ---- */

typedef struct seen {
    int64_t ids[32], positions[32];
    size_t n;
} seen;

static int see(void *user, const kin_sight *sight, kin_error *err)
{
    seen *s = user;
    (void)err;
    assert_true(s->n < 32);
    assert_non_null(sight->item.path);
    s->ids[s->n] = sight->item.id;
    s->positions[s->n++] = sight->drawn.position;
    return KIN_OK;
}

static void an_audit_of_pictures_comes_with_their_shapes(void **state)
{
    world *w = *state;
    kin_error err = KIN_ERROR_INIT;
    int64_t job = audit_of_all(w), next = 0;
    seen first = { .n = 0 }, second = { .n = 0 };
    OK(kin_workspace_job_page(&w->f.workspace, job, 0, 2, see, &first, &next, &err));
    assert_int_equal(first.n, 6);
    assert_int_equal(next, 2);
    assert_true(first.positions[0] == 1 && first.positions[2] == 1 && first.positions[3] == 2);
    OK(kin_workspace_job_page(&w->f.workspace, job, next, 2, see, &second, &next, &err));
    assert_int_equal(second.n, 3);
    assert_int_equal(next, 0);
    assert_int_equal(kin_workspace_job_page(&w->f.workspace, 99, 0, 2, see, &first, &next, &err), KIN_E_NOTFOUND);
}

static void changes_are_those_of_the_job(void **state)
{
    world *w = *state;
    kin_error err = KIN_ERROR_INIT;
    int64_t newest = 0;
    begin(&w->f);
    int64_t job = put_kin_job(&w->f, w->shape, 2);
    commit(&w->f);
    kin_judged said = say(w, w->shape[1], 0, KIN_GRADE_OK, NULL);
    (void)say(w, w->shape[4], 0, KIN_GRADE_OK, NULL);
    seen all = { .n = 0 }, none = { .n = 0 }, back = { .n = 0 };
    OK(kin_workspace_job_changes(&w->f.workspace, job, 0, see, &all, &newest, &err));
    assert_int_equal(all.n, 1);
    assert_int_equal(all.ids[0], w->shape[1]);
    assert_int_equal(all.positions[0], 2);
    int64_t cursor = newest;
    OK(kin_workspace_job_changes(&w->f.workspace, job, cursor, see, &none, &newest, &err));
    assert_int_equal(none.n, 0);
    (void)undo(w, said);
    OK(kin_workspace_job_changes(&w->f.workspace, job, cursor, see, &back, &newest, &err));
    assert_int_equal(back.n, 1);
    assert_true(newest > cursor);
    /* Of an audit of pictures the shapes too. */
    int64_t audit = audit_of_all(w);
    seen shapes = { .n = 0 };
    OK(kin_workspace_job_changes(&w->f.workspace, audit, 0, see, &shapes, &newest, &err));
    assert_int_equal(shapes.n, 2);
}

static void items_come_by_pages(void **state)
{
    world *w = *state;
    kin_error err = KIN_ERROR_INIT;
    const kin_item_filter first = { .label = "car", .most = 2 };
    const kin_item_filter rest = { .label = "car", .most = 2, .after = w->shape[3] };
    seen page = { .n = 0 }, last = { .n = 0 };
    OK(kin_workspace_each_sight(&w->f.workspace, &first, see, &page, &err));
    assert_int_equal(page.n, 2);
    assert_int_equal(page.ids[1], w->shape[3]);
    OK(kin_workspace_each_sight(&w->f.workspace, &rest, see, &last, &err));
    assert_int_equal(last.n, 1);
    assert_int_equal(last.ids[0], w->shape[5]);
}

static void the_stamp_changes_with_what_answers_rest_on(void **state)
{
    world *w = *state;
    kin_error err = KIN_ERROR_INIT;
    uint64_t before, after;
    OK(kin_workspace_stamp(&w->f.workspace, &before, &err));
    OK(kin_workspace_stamp(&w->f.workspace, &after, &err));
    assert_true(before == after);
    (void)say(w, w->shape[0], 0, KIN_GRADE_OK, NULL);
    OK(kin_workspace_stamp(&w->f.workspace, &after, &err));
    assert_true(before != after);
    before = after;
    (void)audit_of_all(w);
    OK(kin_workspace_stamp(&w->f.workspace, &after, &err));
    assert_true(before != after);
}

/* ---- Words ---- */

typedef struct words {
    char text[256];
    size_t used;
} words;

static int take_label(void *user, const char *label, uint64_t items, kin_error *err)
{
    words *w = user;
    (void)err;
    w->used += (size_t)snprintf(w->text + w->used, sizeof w->text - w->used, "%s %d;", label, (int)items);
    return KIN_OK;
}

static int take_value(void *user, const kin_attribute *attribute, kin_error *err)
{
    words *w = user;
    (void)err;
    w->used +=
        (size_t)snprintf(w->text + w->used, sizeof w->text - w->used, "%s=%s;", attribute->key, attribute->value);
    return KIN_OK;
}

static int take_own(void *user, int64_t item, const kin_attribute *attribute, kin_error *err)
{
    (void)item;
    return take_value(user, attribute, err);
}

static void words_are_listed(void **state)
{
    world *w = *state;
    kin_error err = KIN_ERROR_INIT;
    words labels = { .used = 0 }, values = { .used = 0 }, none = { .used = 0 }, own = { .used = 0 };
    OK(kin_workspace_each_value(&w->f.workspace, take_value, &none, &err));
    assert_int_equal(none.used, 0);
    begin(&w->f);
    put_attribute(&w->f, w->asset[0], "camera", "front");
    put_attribute(&w->f, w->asset[1], "camera", "back");
    put_attribute(&w->f, w->shape[0], "annotator", "ann");
    put_attribute(&w->f, w->shape[2], "camera", "own");
    commit(&w->f);
    (void)say(w, w->shape[0], 0, KIN_GRADE_MINOR, "skateboarder");
    OK(kin_workspace_each_label(&w->f.workspace, take_label, &labels, &err));
    assert_string_equal(labels.text, "car 3;pedestrian 3;skateboarder 0;");
    OK(kin_workspace_each_value(&w->f.workspace, take_value, &values, &err));
    assert_string_equal(values.text, "annotator=ann;camera=back;camera=front;camera=own;");
    OK(kin_workspace_attributes_of(&w->f.workspace, w->shape[0], take_own, &own, &err));
    OK(kin_workspace_attributes_of(&w->f.workspace, w->shape[2], take_own, &own, &err));
    assert_string_equal(own.text, "annotator=ann;camera=front;camera=own;");
}

/* ---- Pictures ---- */

static void a_picture_is_refused_where_there_is_none(void **state)
{
    world *w = *state;
    kin_error err = KIN_ERROR_INIT;
    kin_picture picture;
    kin_picture_wish wish = { .size = 240, .context = -1 };
    assert_int_equal(kin_workspace_picture(&w->f.workspace, 999, &wish, &picture, &err), KIN_E_NOTFOUND);
    assert_int_equal(kin_workspace_picture(&w->f.workspace, w->asset[0], &wish, &picture, &err), KIN_E_FORMAT);
    wish.size = 15;
    assert_int_equal(kin_workspace_picture(&w->f.workspace, w->asset[0], &wish, &picture, &err), KIN_E_USAGE);
    /* Read once, and gone, or outside, since. */
    wish.size = 240;
    begin(&w->f);
    const kin_asset_file file = { .bytes = 10 };
    OK(kin_ledger_asset_file_put(w->f.ledger, w->asset[0], &file, 640, 480, &err));
    commit(&w->f);
    assert_int_equal(kin_workspace_picture(&w->f.workspace, w->asset[0], &wish, &picture, &err), KIN_E_NOTFOUND);
    char path[96];
    (void)snprintf(path, sizeof path, "%s/000000.jpg", w->f.folder);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(kin_workspace_picture(&w->f.workspace, w->asset[0], &wish, &picture, &err), KIN_E_NOTFOUND);
    assert_int_equal(unlink(path), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_said_before_means_withdrawn),
        TEST(what_was_said_before_counts_again),
        TEST(what_another_said_since_stays),
        TEST(a_withdrawn_verdict_is_not_imported_again),
        TEST(a_withdrawal_has_the_time_that_it_is_given),
        TEST(a_picture_taken_back_takes_its_shapes_along),
        TEST(what_was_implied_is_counted_once),
        TEST(a_report_forgets_what_was_withdrawn),
        TEST(verdicts_are_recorded_together_or_not_at_all),
        TEST(an_item_that_is_gone_is_passed_over),
        TEST(an_audit_of_pictures_comes_with_their_shapes),
        TEST(changes_are_those_of_the_job),
        TEST(items_come_by_pages),
        TEST(the_stamp_changes_with_what_answers_rest_on),
        TEST(words_are_listed),
        TEST(a_picture_is_refused_where_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
