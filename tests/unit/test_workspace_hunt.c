#include "corpus_fixture.h"

#include "kin/slices.h"
#include "workspace/pattern_name.h"

/* 60 images with a cat, a dog and a bird each. Of the dogs every fifth is called cat, of the birds every tenth. What a
 * shape is decides where its vector lies. The last image has a shape without a label beside them. */
enum { images = 60, cat = 1, dog = 2, bird = 3 };

static const char *const names[] = { NULL, "cat", "dog", "bird" };

typedef struct world {
    fixture f;
    int64_t shape[images][4]; /* by what it is; 0: the one without a label */
} world;

static const char *given(int image, int what)
{
    if ((what == dog && image % 5 == 0) || (what == bird && image % 10 == 3))
        return names[cat];
    return names[what];
}

static void set_up(world *w)
{
    fixture_open(&w->f);
    fixture_begin(&w->f);
    for (int i = 0; i < images; i++) {
        int64_t asset = put_asset(&w->f);
        for (int what = cat; what <= bird; what++)
            w->shape[i][what] = put_shape(&w->f, asset, given(i, what), (unsigned)what, 1);
        w->shape[i][0] = i == images - 1 ? put_shape(&w->f, asset, NULL, cat, 1) : 0;
    }
    fixture_flush(&w->f);
}

/* Where a shape is: its image and what it is. */
static int what_is(const world *w, int64_t id, int *image)
{
    for (int i = 0; i < images; i++)
        for (int what = 0; what <= bird; what++)
            if (w->shape[i][what] == id) {
                *image = i;
                return what;
            }
    fail_msg("%lld is no shape", (long long)id);
    return 0;
}

static bool is_wrong(const world *w, int64_t id)
{
    int image, what = what_is(w, id, &image);
    return what && strcmp(given(image, what), names[what]) != 0;
}

static void judge_truly(world *w, int64_t id, int64_t job)
{
    int image, what = what_is(w, id, &image);
    bool wrong = is_wrong(w, id);
    judge(&w->f, id, job, wrong ? KIN_GRADE_CRITICAL : KIN_GRADE_OK, wrong ? names[what] : NULL);
}

typedef struct drawn {
    int64_t ids[256];
    double probability[256];
    size_t n;
} drawn;

static int take_item(void *user, const kin_job_item *item, kin_error *err)
{
    drawn *d = user;
    (void)err;
    assert_true(d->n < 256);
    d->probability[d->n] = item->probability;
    d->ids[d->n++] = item->item;
    return KIN_OK;
}

static drawn items_of(world *w, int64_t job)
{
    kin_error err = KIN_ERROR_INIT;
    drawn d = { .n = 0 };
    OK(kin_ledger_each_job_item(w->f.w->ledger, job, take_item, &d, &err));
    return d;
}

/* Judges a job's items; how many were mistakes that should be `what` (0: any). */
static size_t review(world *w, int64_t job, int what)
{
    drawn d = items_of(w, job);
    size_t found = 0;
    int image;
    for (size_t i = 0; i < d.n; i++) {
        judge_truly(w, d.ids[i], job);
        found += is_wrong(w, d.ids[i]) && (!what || what_is(w, d.ids[i], &image) == what);
    }
    return found;
}

static const char *name_of(world *w, int64_t id)
{
    static char text[2][64];
    static int turn;
    kin_item item;
    kin_error err = KIN_ERROR_INIT;
    OK(kin_ledger_item(w->f.w->ledger, id, &item, &err));
    turn = !turn;
    (void)snprintf(text[turn], sizeof text[turn], "%s#%s", item.path, item.shape);
    return text[turn];
}

static kin_matches find(world *w, kin_query query, int64_t like)
{
    kin_error err = KIN_ERROR_INIT;
    kin_matches matches;
    const char *name = like ? name_of(w, like) : NULL;
    if (like) {
        query.likes = &name;
        query.likes_count = 1;
    }
    OK(kin_workspace_find(w->f.w, &query, &matches, &err));
    return matches;
}

static int64_t job_kin(world *w, kin_query query, int64_t like)
{
    kin_error err = KIN_ERROR_INIT;
    int64_t job = 0;
    const char *name = like ? name_of(w, like) : NULL;
    if (like) {
        query.likes = &name;
        query.likes_count = 1;
    }
    OK(kin_workspace_job_kin(w->f.w, &query, &job, &err));
    return job;
}

static void refuses(world *w, kin_query query, int64_t like, int code, const char *words)
{
    kin_error err = KIN_ERROR_INIT;
    kin_matches matches;
    const char *name = like ? name_of(w, like) : NULL;
    if (like) {
        query.likes = &name;
        query.likes_count = 1;
    }
    assert_int_equal(kin_workspace_find(w->f.w, &query, &matches, &err), code);
    if (!strstr(err.message, words))
        fail_msg("\"%s\" says nothing of \"%s\"", err.message, words);
}

static kin_hunt hunt_of(world *w, int64_t job, size_t next)
{
    kin_error err = KIN_ERROR_INIT;
    kin_hunt hunt;
    OK(kin_workspace_hunt(w->f.w, job, next, &hunt, &err));
    return hunt;
}

/* ---- kin find ---- */

/* A store beside which another process judges all dogs that are called cats, as soon as a vector is read. */
typedef struct meddler {
    kin_store store;
    world *w;
    bool done;
} meddler;

static bool meddler_has(const void *user, int64_t id)
{
    const meddler *m = user;
    return m->store.has(m->store.user, id);
}

static void judge_beside(const world *w)
{
    kin_error err = KIN_ERROR_INIT;
    fixture other = w->f;
    OK(kin_workspace_open(w->f.folder, KIN_LEDGER_WRITE, &other.w, &err));
    for (int i = 0; i < images; i += 5)
        judge(&other, w->shape[i][dog], 0, KIN_GRADE_CRITICAL, "dog");
    kin_workspace_close(other.w);
}

static int meddler_get(void *user, const int64_t *ids, size_t n, float *vectors, kin_error *err)
{
    meddler *m = user;
    if (!m->done)
        judge_beside(m->w);
    m->done = true;
    return m->store.get(m->store.user, ids, n, vectors, err);
}

static void an_answer_is_of_one_moment(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    kin_error err = KIN_ERROR_INIT;
    const kin_store *own;
    judge_truly(&w, w.shape[0][dog], 0);
    judge_truly(&w, w.shape[5][dog], 0);
    OK(kin_workspace__store(w.f.w, &own, &err));
    meddler m = { .store = *own, .w = &w };
    const kin_store beside = { &m, own->dim, meddler_has, meddler_get, own->search_among, NULL };
    w.f.w->elsewhere = &beside;
    kin_matches found = find(&w, (kin_query) { .k = 10 }, w.shape[0][dog]);
    assert_true(m.done);
    assert_int_equal(found.count, 10);
    for (size_t i = 0; i < found.count; i++) {
        int image;
        assert_true(found.list[i].grade == KIN_GRADE_NONE);
        assert_int_equal(what_is(&w, found.list[i].item, &image), dog);
    }
    kin_matches_clear(&found);
    found = find(&w, (kin_query) { .k = 10 }, w.shape[0][dog]);
    for (size_t i = 0; i < found.count; i++) {
        int image;
        assert_int_not_equal(what_is(&w, found.list[i].item, &image), dog);
    }
    kin_matches_clear(&found);
    w.f.w->elsewhere = NULL;
    fixture_close(&w.f);
}

static void the_mistake_ranks_once_it_is_known(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    int64_t first = w.shape[0][dog];
    kin_matches looks = find(&w, (kin_query) { .k = 5 }, first);
    assert_int_equal(looks.by, KIN_BY_LOOKS);
    assert_null(looks.list[0].why);
    assert_true(isnan(looks.list[0].probability));
    kin_matches_clear(&looks);

    judge_truly(&w, first, 0);
    judge_truly(&w, w.shape[5][dog], 0);
    kin_matches found = find(&w, (kin_query) { .k = 11 }, first);
    assert_int_equal(found.by, KIN_BY_MISTAKE);
    assert_string_equal(found.given, "cat");
    assert_string_equal(found.should_be, "dog");
    assert_int_equal(found.count, 11);
    for (size_t i = 0; i < found.count; i++) {
        int image;
        assert_true(found.list[i].grade == KIN_GRADE_NONE);
        assert_non_null(found.list[i].why);
        assert_true(i == 0 || found.list[i].probability <= found.list[i - 1].probability);
        /* ten of the twelve dogs have no verdict, and they come first */
        assert_int_equal(what_is(&w, found.list[i].item, &image) == dog, i < 10);
    }
    kin_matches_clear(&found);
    found = find(&w, (kin_query) { .k = 30, .reviewed = true }, first);
    bool other = false;
    for (size_t i = 0; i < found.count; i++) {
        assert_true(found.list[i].item != first);
        other = other || found.list[i].item == w.shape[5][dog];
    }
    assert_true(other);
    kin_matches_clear(&found);
    found = find(&w, (kin_query) { .k = 5, .by = KIN_BY_LOOKS }, first);
    assert_int_equal(found.by, KIN_BY_LOOKS);
    kin_matches_clear(&found);
    fixture_close(&w.f);
}

static void what_would_be_right_can_be_said_or_left_open(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    int64_t first = w.shape[3][bird];
    int image;
    kin_matches found = find(&w, (kin_query) { .k = 5, .should_be = "bird" }, first);
    assert_int_equal(found.by, KIN_BY_MISTAKE);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(what_is(&w, found.list[i].item, &image), bird);
    kin_matches_clear(&found);
    /* anything but a cat: both kinds of mistake */
    found = find(&w, (kin_query) { .k = 17, .by = KIN_BY_MISTAKE }, first);
    assert_null(found.should_be);
    for (size_t i = 0; i < 17; i++)
        assert_true(is_wrong(&w, found.list[i].item));
    kin_matches_clear(&found);
    /* a right label that nothing carries */
    found = find(&w, (kin_query) { .k = 3, .should_be = "\"Ж\", 猫" }, first);
    assert_string_equal(found.should_be, "\"Ж\", 猫");
    assert_int_equal(found.count, 3);
    kin_matches_clear(&found);
    fixture_close(&w.f);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    int64_t first = w.shape[0][dog];
    const char *other = "0001.jpg#4";
    refuses(&w, (kin_query) { .by = KIN_BY_MISTAKE, .unlikes = &other, .unlikes_count = 1 }, first, KIN_E_USAGE,
            "unlike");
    refuses(&w, (kin_query) { .should_be = "cat" }, first, KIN_E_USAGE, "the one given");
    refuses(&w, (kin_query) { .by = KIN_BY_MISTAKE }, w.shape[images - 1][0], KIN_E_USAGE, "no label");
    refuses(&w, (kin_query) { .pattern = "cat" }, 0, KIN_E_USAGE, "given->right");
    refuses(&w, (kin_query) { .pattern = "cat->dog" }, 0, KIN_E_NOTFOUND, "cat->dog");
    refuses(&w, (kin_query) { .pattern = "horse->dog" }, 0, KIN_E_NOTFOUND, "horse->dog");
    fixture_close(&w.f);
}

static void a_pattern_stands_for_its_mistakes(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    int image;
    judge_truly(&w, w.shape[0][dog], 0);
    judge_truly(&w, w.shape[5][dog], 0);
    judge_truly(&w, w.shape[3][bird], 0);
    static const char *const forms[] = { "cat->dog", "cat -> dog", "  cat  ->  dog  " };
    for (size_t f = 0; f < 3; f++) {
        kin_matches found = find(&w, (kin_query) { .k = 10, .pattern = forms[f] }, 0);
        assert_int_equal(found.known, 2);
        assert_string_equal(found.should_be, "dog");
        for (size_t i = 0; i < 10; i++)
            assert_int_equal(what_is(&w, found.list[i].item, &image), dog);
        kin_matches_clear(&found);
    }
    fixture_close(&w.f);
}

/* The job keeps no list of them: they may all have been taken back. */
static void a_pattern_without_mistakes_leaves_nothing_to_be_like(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    kin_error err = KIN_ERROR_INIT;
    int64_t next = 0, seen = w.shape[0][dog];
    judge_truly(&w, seen, 0);
    int64_t job = job_kin(&w, (kin_query) { .k = 4, .pattern = "cat->dog" }, 0);
    judge(&w.f, seen, 0, KIN_GRADE_OK, NULL);
    assert_int_equal(kin_workspace_job_next(w.f.w, job, 4, &next, &err), KIN_E_NOTFOUND);
    assert_non_null(strstr(err.message, "no mistake of its kind is known now"));
    fixture_close(&w.f);
}

static void names_of_patterns_come_back(void **state)
{
    (void)state;
    static const char *const labels[] = { "a", "a->b", "b", " c", "?", "\"x\", 猫" };
    fixture f;
    kin_error err = KIN_ERROR_INIT;
    kin_arena arena = KIN_ARENA_INIT;
    fixture_open(&f);
    fixture_begin(&f);
    int64_t asset = put_asset(&f);
    for (unsigned i = 0; i < 6; i++)
        (void)put_shape(&f, asset, labels[i], i, 0.1);
    fixture_flush(&f);
    const kin_corpus *corpus = corpus_of(&f, KIN_UNIT_SHAPE);
    for (int32_t a = 0; a < 6; a++)
        for (int32_t b = 0; b < 6; b++) {
            int32_t given_label = -2, right = -2;
            /* "a->b->b" is "a" that should be "a->b", or the other way round: either will do */
            if (a == b || (a == 1 && b == 2) || (a == 0 && b == 1))
                continue;
            OK(kin_pattern_parse(corpus, kin_pattern_name(&arena, labels[a], labels[b]), &given_label, &right, &err));
            assert_int_equal(given_label, a);
            assert_int_equal(right, b);
        }
    kin_arena_clear(&arena);
    fixture_close(&f);
}

/* ---- kin job ---- */

static int take_job(void *user, int64_t job, kin_error *err)
{
    (void)err;
    drawn *jobs = user;
    jobs->ids[jobs->n++] = job;
    return KIN_OK;
}

static void each_pattern_gets_a_job_and_no_item_two(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    kin_error err = KIN_ERROR_INIT;
    const kin_item_filter all = { .unit = KIN_UNIT_ANY };
    drawn jobs = { .n = 0 };
    assert_int_equal(kin_workspace_job_mistakes(w.f.w, &all, KIN_BY_DEFAULT, 20, take_job, &jobs, &err), KIN_E_NOTFOUND);
    judge_truly(&w, w.shape[3][bird], 0);
    judge_truly(&w, w.shape[0][dog], 0);
    judge_truly(&w, w.shape[5][dog], 0);
    judge_truly(&w, w.shape[1][dog], 0);
    OK(kin_workspace_job_mistakes(w.f.w, &all, KIN_BY_DEFAULT, 30, take_job, &jobs, &err));
    assert_int_equal(jobs.n, 2);
    drawn dogs = items_of(&w, jobs.ids[0]), birds = items_of(&w, jobs.ids[1]);
    for (size_t i = 0; i < dogs.n; i++)
        for (size_t j = 0; j < birds.n; j++)
            assert_true(dogs.ids[i] != birds.ids[j]);
    int image;
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(what_is(&w, dogs.ids[i], &image), dog);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(what_is(&w, birds.ids[i], &image), bird);
    kin_job job;
    OK(kin_ledger_job(w.f.w->ledger, jobs.ids[0], &job, &err));
    assert_string_equal(job.title, "kin of 2 known cat->dog");
    assert_string_equal(job.ranking, "mistake");
    assert_true(job.expected > 5 && job.expected < 20);
    fixture_close(&w.f);
}

static void suspects_need_no_verdict(void **state)
{
    (void)state;
    kin_error err = KIN_ERROR_INIT;
    const kin_item_filter any = { .unit = KIN_UNIT_ANY };
    for (kin_ranking by = KIN_BY_KIN; by <= KIN_BY_MARGIN; by++) {
        world w;
        set_up(&w);
        int64_t job = 0;
        OK(kin_workspace_job_suspects(w.f.w, by, &any, 18, &job, &err));
        drawn d = items_of(&w, job);
        assert_int_equal(d.n, 18);
        size_t wrong = review(&w, job, 0);
        /* by chance it would be two; mistakes that all look alike hide from those that ask neighbours alone */
        assert_true(by == KIN_BY_KIN || by == KIN_BY_MARGIN ? wrong >= 17 : wrong >= 9);
        kin_hunt hunt = hunt_of(&w, job, 10);
        assert_int_equal(hunt.mistakes, wrong);
        assert_null(hunt.given);
        /* what has no label cannot be wrong in it, and is not offered */
        assert_int_equal(hunt.left, 3 * images + 1 - 18);
        kin_hunt_clear(&hunt);
        OK(kin_workspace_job_next(w.f.w, job, 1000, &job, &err));
        assert_int_equal(items_of(&w, job).n, 3 * images - 18);
        fixture_close(&w.f);
    }
    world w;
    set_up(&w);
    int64_t job = 0;
    assert_int_equal(kin_workspace_job_suspects(w.f.w, KIN_BY_LOOKS, &any, 5, &job, &err), KIN_E_USAGE);
    fixture_close(&w.f);
}

/* ---- kin job next ---- */

static void batches_go_on_until_nothing_is_left(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    kin_error err = KIN_ERROR_INIT;
    judge_truly(&w, w.shape[0][dog], 0);
    int64_t first = job_kin(&w, (kin_query) { .k = 5 }, w.shape[0][dog]), job = first;
    kin_hunt hunt = hunt_of(&w, first, 5);
    assert_int_equal(hunt.advice, KIN_STEP_REVIEW);
    assert_int_equal(hunt.open, first);
    kin_hunt_clear(&hunt);
    assert_int_equal(review(&w, first, dog), 5);
    hunt = hunt_of(&w, first, 5);
    assert_int_equal(hunt.advice, KIN_STEP_NEXT);
    assert_int_equal(hunt.last.mistakes, 5);
    assert_int_equal(hunt.known, 6);
    assert_int_equal(hunt.left, 60 + 12 + 6 - 6);
    assert_true(hunt.expected > 3 && hunt.expected <= 5);
    kin_hunt_clear(&hunt);
    bool seen[8192] = { false };
    size_t found = 5, drawn_count = 5;
    drawn d = items_of(&w, first);
    for (size_t i = 0; i < d.n; i++)
        seen[d.ids[i]] = true;
    while (kin_workspace_job_next(w.f.w, job, 20, &job, &err) == KIN_OK) {
        kin_job about;
        OK(kin_ledger_job(w.f.w->ledger, job, &about, &err));
        assert_int_equal(about.origin, first);
        d = items_of(&w, job);
        for (size_t i = 0; i < d.n; i++) {
            assert_false(seen[d.ids[i]]);
            seen[d.ids[i]] = true;
        }
        drawn_count += d.n;
        found += review(&w, job, dog);
    }
    assert_int_equal(err.code, KIN_E_NOTFOUND);
    assert_int_equal(found, 11);
    assert_int_equal(drawn_count, 60 + 12 + 6 - 1);
    hunt = hunt_of(&w, job, 20);
    assert_int_equal(hunt.advice, KIN_STEP_STOP);
    assert_int_equal(hunt.left, 0);
    assert_int_equal(hunt.mistakes, 11);
    assert_int_equal(hunt.known, 12);
    kin_hunt_clear(&hunt);
    fixture_close(&w.f);
}

static void a_control_bounds_what_is_left(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    kin_error err = KIN_ERROR_INIT;
    int64_t control = 0, same = 0, next = 0;
    judge_truly(&w, w.shape[0][dog], 0);
    int64_t first = job_kin(&w, (kin_query) { .k = 5 }, w.shape[0][dog]);
    assert_int_equal(review(&w, first, dog), 5);
    OK(kin_workspace_job_control(w.f.w, first, 40, 4, &control, &err));
    kin_job about;
    OK(kin_ledger_job(w.f.w->ledger, control, &about, &err));
    assert_int_equal(about.kind, KIN_JOB_CONTROL);
    assert_int_equal(about.population, 72);
    assert_true(about.seed == 4);
    drawn d = items_of(&w, control);
    for (size_t i = 0; i < d.n; i++) {
        assert_true(fabs(d.probability[i] - 40.0 / 72) < 1e-12);
        if (i + 1 < d.n)
            judge_truly(&w, d.ids[i], control);
    }
    /* it says nothing until it is reviewed whole */
    kin_hunt hunt = hunt_of(&w, control, 20);
    assert_int_equal(hunt.origin, first);
    assert_int_equal(hunt.control.job, 0);
    assert_int_equal(hunt.open, control);
    kin_hunt_clear(&hunt);
    judge_truly(&w, d.ids[d.n - 1], control);
    hunt = hunt_of(&w, first, 20);
    size_t mistakes = 0;
    int image;
    for (size_t i = 0; i < d.n; i++)
        mistakes += what_is(&w, d.ids[i], &image) == dog && is_wrong(&w, d.ids[i]);
    assert_true(mistakes > 0 && mistakes < 6);
    kin_found bound = kin_found_at_least((int64_t)(6 + mistakes), 72, 40, (int64_t)mistakes, 0.95);
    assert_int_equal(hunt.control.mistakes, mistakes);
    assert_int_equal(hunt.control.left, bound.left);
    assert_true(fabs(hunt.control.share - bound.share) < 1e-12);
    /* true: so many are left at most */
    assert_true(hunt.control.left >= 12 - hunt.known);
    size_t left = hunt.control.left;
    kin_hunt_clear(&hunt);
    /* what a later batch finds is found, and no longer left */
    OK(kin_workspace_job_next(w.f.w, first, 20, &next, &err));
    size_t more = review(&w, next, dog);
    assert_true(more > 0);
    hunt = hunt_of(&w, first, 20);
    assert_int_equal(hunt.known, 12);
    assert_int_equal(hunt.control.left, left > more ? (left - more < hunt.left ? left - more : hunt.left) : 0);
    kin_hunt_clear(&hunt);
    /* the same seed over what is left by now draws another sample, of what is left */
    OK(kin_workspace_job_control(w.f.w, first, 40, 4, &same, &err));
    assert_int_equal(items_of(&w, same).n, 72 - 40 - 20);
    fixture_close(&w.f);
}

static void a_barren_batch_ends_the_matter(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    kin_error err = KIN_ERROR_INIT;
    int64_t control = 0;
    /* "dogs" are right throughout: what one reviewer called a mistake has no kin */
    judge(&w.f, w.shape[1][dog], 0, KIN_GRADE_CRITICAL, "cat");
    int64_t job = job_kin(&w, (kin_query) { .k = 12 }, w.shape[1][dog]);
    assert_int_equal(review(&w, job, 0), 0);
    kin_hunt hunt = hunt_of(&w, job, 20);
    assert_int_equal(hunt.advice, KIN_STEP_CONTROL);
    kin_hunt_clear(&hunt);
    OK(kin_workspace_job_control(w.f.w, job, 10, 1, &control, &err));
    (void)review(&w, control, 0);
    hunt = hunt_of(&w, job, 20);
    assert_int_equal(hunt.control.mistakes, 0);
    assert_int_equal(hunt.advice, KIN_STEP_STOP);
    assert_true(hunt.control_size > 0 && hunt.control_size <= (int64_t)hunt.left);
    kin_hunt_clear(&hunt);
    /* and he takes it back, twice */
    judge(&w.f, w.shape[1][dog], 0, KIN_GRADE_OK, NULL);
    hunt = hunt_of(&w, job, 20);
    assert_int_equal(hunt.known, 0);
    kin_hunt_clear(&hunt);
    judge(&w.f, w.shape[1][dog], 0, KIN_GRADE_CRITICAL, "cat");
    hunt = hunt_of(&w, job, 20);
    assert_int_equal(hunt.known, 1);
    kin_hunt_clear(&hunt);
    fixture_close(&w.f);
}

static void by_looks_it_learns_from_verdicts(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    kin_error err = KIN_ERROR_INIT;
    int64_t next = 0;
    int64_t job = job_kin(&w, (kin_query) { .k = 12, .by = KIN_BY_LOOKS }, w.shape[0][dog]);
    (void)review(&w, job, 0);
    kin_hunt hunt = hunt_of(&w, job, 10);
    assert_int_equal(hunt.by, KIN_BY_LOOKS);
    assert_true(isnan(hunt.expected));
    assert_int_equal(hunt.next, 10);
    kin_hunt_clear(&hunt);
    OK(kin_workspace_job_next(w.f.w, job, 10, &next, &err));
    assert_int_equal(items_of(&w, next).n, 10);
    fixture_close(&w.f);
}

static void what_is_no_hunt_is_refused(void **state)
{
    (void)state;
    world w;
    set_up(&w);
    kin_error err = KIN_ERROR_INIT;
    kin_hunt hunt;
    int64_t audit = 0, old = 0;
    const kin_job jobs[] = { { .kind = KIN_JOB_AUDIT, .unit = KIN_UNIT_SHAPE },
                             { .kind = KIN_JOB_KIN, .unit = KIN_UNIT_SHAPE } };
    OK(kin_ledger_begin(w.f.w->ledger, &err));
    OK(kin_ledger_job_add(w.f.w->ledger, &jobs[0], NULL, 0, NULL, 0, &audit, &err));
    OK(kin_ledger_job_add(w.f.w->ledger, &jobs[1], NULL, 0, NULL, 0, &old, &err));
    OK(kin_ledger_commit(w.f.w->ledger, &err));
    assert_int_equal(kin_workspace_hunt(w.f.w, audit, 5, &hunt, &err), KIN_E_USAGE);
    assert_non_null(strstr(err.message, "audit"));
    assert_int_equal(kin_workspace_hunt(w.f.w, old, 5, &hunt, &err), KIN_E_USAGE);
    assert_int_equal(kin_workspace_hunt(w.f.w, old + 1, 5, &hunt, &err), KIN_E_NOTFOUND);
    fixture_close(&w.f);
}

/* A data set of a single item, and one where all are wrong. */
static void the_smallest_and_the_worst(void **state)
{
    (void)state;
    kin_error err = KIN_ERROR_INIT;
    fixture f;
    int64_t ids[8], job = 0;
    kin_hunt hunt;
    fixture_open(&f);
    fixture_begin(&f);
    int64_t asset = put_asset(&f);
    ids[0] = put_shape(&f, asset, "cat", 1, 0.1);
    fixture_flush(&f);
    judge(&f, ids[0], 0, KIN_GRADE_CRITICAL, "dog");
    const char *like = "0000.jpg#1";
    kin_query query = { .likes = &like, .likes_count = 1 };
    kin_matches none;
    OK(kin_workspace_find(f.w, &query, &none, &err));
    assert_int_equal(none.count, 0);
    assert_int_equal(none.by, KIN_BY_MISTAKE);
    kin_matches_clear(&none);
    assert_int_equal(kin_workspace_job_kin(f.w, &query, &job, &err), KIN_E_NOTFOUND);
    fixture_begin(&f);
    for (int i = 1; i < 8; i++)
        ids[i] = put_shape(&f, put_asset(&f), "cat", 2, 0.5);
    fixture_flush(&f);
    OK(kin_workspace_job_kin(f.w, &query, &job, &err));
    for (int i = 1; i < 8; i++)
        judge(&f, ids[i], job, KIN_GRADE_CRITICAL, "dog");
    OK(kin_workspace_hunt(f.w, job, 20, &hunt, &err));
    assert_int_equal(hunt.known, 8);
    assert_int_equal(hunt.left, 0);
    assert_int_equal(hunt.advice, KIN_STEP_STOP);
    kin_hunt_clear(&hunt);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mistake_ranks_once_it_is_known),
        cmocka_unit_test(an_answer_is_of_one_moment),
        cmocka_unit_test(what_would_be_right_can_be_said_or_left_open),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_pattern_stands_for_its_mistakes),
        cmocka_unit_test(a_pattern_without_mistakes_leaves_nothing_to_be_like),
        cmocka_unit_test(names_of_patterns_come_back),
        cmocka_unit_test(each_pattern_gets_a_job_and_no_item_two),
        cmocka_unit_test(suspects_need_no_verdict),
        cmocka_unit_test(batches_go_on_until_nothing_is_left),
        cmocka_unit_test(a_control_bounds_what_is_left),
        cmocka_unit_test(a_barren_batch_ends_the_matter),
        cmocka_unit_test(by_looks_it_learns_from_verdicts),
        cmocka_unit_test(what_is_no_hunt_is_refused),
        cmocka_unit_test(the_smallest_and_the_worst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
