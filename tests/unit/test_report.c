#include "report_fixture.h"

/* 100 assets of `each` shapes: labels go round car, car, car, "bus, big", and "mo\"to" once in ten assets. */
static void put_street(fixture *f, int64_t *assets, int64_t *shapes, size_t each)
{
    begin(f);
    for (size_t a = 0; a < 100; a++) {
        assets[a] = put_asset(f, a);
        put_attribute(f, assets[a], "camera", a % 4 == 0 ? "rear" : "front");
        for (size_t s = 0; s < each; s++) {
            const char *label = s % 4 == 3 ? "bus, big" : "car";
            if (a % 10 == 0 && s == 0)
                label = "mo\"to";
            shapes[a * each + s] = put_shape(f, assets[a], label);
        }
    }
    commit(f);
}

/* Reviews whole assets of a draw as ok. */
static void review_assets(fixture *f, const drawn *d, size_t from, size_t to, const int64_t *assets,
                          const int64_t *shapes, size_t each)
{
    begin(f);
    for (size_t i = from; i < to; i++) {
        judge(f, d->items[i].item, d->job.id, KIN_GRADE_OK);
        for (size_t a = 0; a < 100; a++)
            for (size_t s = 0; assets[a] == d->items[i].item && s < each; s++)
                judge(f, shapes[a * each + s], d->job.id, KIN_GRADE_OK);
    }
    commit(f);
}

/* ---- Drawing ---- */

static void a_simple_audit_draws_images_without_replacement(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400];
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    drawn first = draw_audit(&f, &(kin_audit_options) { .count = 60, .seed = 7 });
    drawn second = draw_audit(&f, &(kin_audit_options) { .count = 60 });
    assert_string_equal(first.title, "audit of 60 images");
    assert_string_equal(second.title, "audit of 40 images");
    assert_int_equal(first.job.unit, KIN_UNIT_ASSET);
    assert_int_equal(first.job.seed, 7);
    assert_int_not_equal(second.job.seed, 0);
    assert_int_equal(first.job.population, 100);
    assert_int_equal(second.job.population, 40);
    assert_int_equal(second.n, 40);
    uint8_t seen[100] = { 0 };
    for (size_t i = 0; i < 100; i++) {
        const kin_job_item *item = i < 60 ? &first.items[i] : &second.items[i - 60];
        CLOSE(item->probability, i < 60 ? 0.6 : 1, 1e-12);
        for (size_t a = 0; a < 100; a++)
            seen[a] = (uint8_t)(seen[a] + (assets[a] == item->item));
    }
    for (size_t a = 0; a < 100; a++)
        assert_int_equal(seen[a], 1);
    kin_error err = KIN_ERROR_INIT;
    int64_t job = -1;
    assert_int_equal(kin_workspace_audit(&f.workspace, &(kin_audit_options) { .count = 1 }, &job, &err), KIN_E_USAGE);
    assert_int_equal(job, -1);
    assert_non_null(strstr(err.message, "drew all images"));
    free(first.items);
    free(second.items);
    fixture_close(&f);
}

static void the_same_seed_draws_the_same(void **state)
{
    (void)state;
    int64_t assets[100], shapes[400], items[2][30];
    for (size_t k = 0; k < 2; k++) {
        fixture f;
        fixture_open(&f);
        put_street(&f, assets, shapes, 4);
        drawn d = draw_audit(&f, &(kin_audit_options) { .count = 30, .seed = 11, .stratify = "label" });
        for (size_t i = 0; i < 30; i++)
            items[k][i] = d.items[i].item;
        free(d.items);
        fixture_close(&f);
    }
    assert_memory_equal(items[0], items[1], sizeof items[0]);
}

static void strata_get_their_share_and_no_less_than_the_floor(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400];
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    /* 290 car, 100 bus, 10 moto: the floor takes 20 of the moto's 10, that is all; 110 in 290 : 100 remain */
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 120, .stratify = "label", .floor = 20, .seed = 3 });
    assert_string_equal(d.title, "audit of 120 shapes, stratified by label, at least 20 each");
    assert_string_equal(d.stratify, "label");
    assert_int_equal(d.job.unit, KIN_UNIT_SHAPE);
    assert_int_equal(d.strata_count, 3);
    int64_t expected[3][2] = { { 10, 10 }, { 290, 82 }, { 100, 28 } };
    for (size_t h = 0; h < 3; h++) {
        size_t named = strcmp(d.strata[h].name, "mo\"to") == 0 ? 0 : strcmp(d.strata[h].name, "car") == 0 ? 1 : 2;
        assert_int_equal(d.strata[h].population, expected[named][0]);
        assert_int_equal(d.strata[h].drawn, expected[named][1]);
    }
    size_t early[3] = { 0 };
    for (size_t i = 0; i < d.n; i++) {
        size_t h = (size_t)d.items[i].stratum;
        assert_int_equal(d.items[i].position, i + 1);
        CLOSE(d.items[i].probability, (double)d.strata[h].drawn / (double)d.strata[h].population, 1e-12);
        early[h] += i < 60;
    }
    for (size_t h = 0; h < 3; h++) /* one random order over all strata */
        assert_in_range(early[h], (size_t)d.strata[h].drawn / 4, (size_t)d.strata[h].drawn * 3 / 4 + 2);
    free(d.items);
    fixture_close(&f);
}

static void floors_that_do_not_fit_are_said_or_lowered(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400], job = 0;
    kin_error err = KIN_ERROR_INIT;
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    kin_audit_options options = { .count = 30, .stratify = "label", .floor = 20 };
    assert_int_equal(kin_workspace_audit(&f.workspace, &options, &job, &err), KIN_E_USAGE);
    assert_non_null(strstr(err.message, "take 50 shapes"));
    options.floor = 0;
    options.count = 15;
    drawn d = draw_audit(&f, &options);
    assert_int_equal(d.n, 15);
    for (size_t h = 0; h < 3; h++)
        assert_int_equal(d.strata[h].drawn, 5);
    free(d.items);
    options.count = 2; /* fewer than values */
    d = draw_audit(&f, &options);
    assert_int_equal(d.n, 2);
    free(d.items);
    fixture_close(&f);
}

static void the_unit_follows_what_carries_the_key(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400], job = 0;
    kin_error err = KIN_ERROR_INIT;
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 20, .stratify = "camera", .floor = 5 });
    assert_int_equal(d.job.unit, KIN_UNIT_ASSET);
    free(d.items);
    d = draw_audit(&f, &(kin_audit_options) { .count = 20, .stratify = "camera", .floor = 5, .unit = KIN_UNIT_SHAPE });
    assert_int_equal(d.job.population, 400);
    assert_int_equal(d.strata_count, 2);
    free(d.items);
    d = draw_audit(&f, &(kin_audit_options) { .count = 20, .label = "mo\"to" });
    assert_int_equal(d.job.unit, KIN_UNIT_SHAPE);
    assert_in_range(d.n, 1, 10); /* the audit before may have drawn some */
    assert_string_equal(d.stratify, "label");
    assert_string_equal(d.strata[0].name, "mo\"to");
    free(d.items);
    kin_audit_options options = { .count = 5, .stratify = "weather" };
    assert_int_equal(kin_workspace_audit(&f.workspace, &options, &job, &err), KIN_E_USAGE);
    assert_non_null(strstr(err.message, "label, camera"));
    options = (kin_audit_options) { .count = 5, .label = "tram" };
    assert_int_equal(kin_workspace_audit(&f.workspace, &options, &job, &err), KIN_E_NOTFOUND);
    options = (kin_audit_options) { .count = 5, .label = "car", .stratify = "camera" };
    assert_int_equal(kin_workspace_audit(&f.workspace, &options, &job, &err), KIN_E_USAGE);
    options = (kin_audit_options) { .count = 0 };
    assert_int_equal(kin_workspace_audit(&f.workspace, &options, &job, &err), KIN_E_USAGE);
    fixture_close(&f);
}

/* ---- What counts ---- */

static void only_what_has_no_gap_before_it_counts(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400];
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 50, .unit = KIN_UNIT_SHAPE, .seed = 5 });
    review(&f, &d, 0, 10, KIN_GRADE_OK);
    review(&f, &d, 12, 20, KIN_GRADE_CRITICAL);
    kin_report r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.rate.n, 10);
    assert_int_equal(r.rate.mistakes, 0);
    assert_int_equal(r.waiting, 8);
    assert_int_equal(r.open, 32);
    assert_int_equal(r.known, 8);
    assert_int_equal(r.known_ok, 10);
    kin_report_clear(&r);
    /* what has gone leaves no gap */
    kin_error err = KIN_ERROR_INIT;
    begin(&f);
    OK(kin_ledger_item_state(f.ledger, d.items[10].item, KIN_ITEM_GONE, NULL, &err));
    commit(&f);
    review(&f, &d, 11, 12, KIN_GRADE_OK);
    r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.rate.n, 19);
    assert_int_equal(r.rate.mistakes, 8);
    assert_int_equal(r.population, 399);
    assert_int_equal(r.waiting, 0);
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

static void an_image_counts_once_all_its_shapes_are_reviewed(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400];
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 10, .seed = 5 });
    review_assets(&f, &d, 0, 4, assets, shapes, 4);
    review(&f, &d, 4, 5, KIN_GRADE_OK);
    kin_report r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.unit, KIN_UNIT_SHAPE);
    assert_int_equal(r.rate.n, 16);
    assert_int_equal(r.tasks, 4);
    assert_int_equal(r.open, 6);
    assert_string_equal(r.rate.method, "Korn-Graubard, clusters");
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

/* Verdicts that a kin job brings are known at once, and move no rate. */
static void kin_jobs_do_not_choose_the_sample(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400], picked[20];
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 60, .unit = KIN_UNIT_SHAPE, .seed = 5 });
    for (size_t i = 0; i < 20; i++)
        picked[i] = d.items[i].item;
    begin(&f);
    int64_t job = put_kin_job(&f, picked, 20);
    for (size_t i = 0; i < 3; i++)
        judge(&f, picked[i], job, KIN_GRADE_CRITICAL);
    commit(&f);
    kin_report r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.rate.n, 0); /* nobody has begun the audit */
    assert_true(isnan(r.rate.rate));
    assert_string_equal(r.rate.method, "not audited");
    assert_int_equal(r.known, 3);
    kin_report_clear(&r);
    review(&f, &d, 3, 10, KIN_GRADE_OK);
    r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.rate.n, 10); /* in their places, they count */
    assert_int_equal(r.rate.mistakes, 3);
    kin_report_clear(&r);
    begin(&f);
    for (size_t i = 10; i < 20; i++)
        judge(&f, picked[i], job, KIN_GRADE_CRITICAL);
    commit(&f);
    r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.rate.n, 10); /* found later: they do not make the sample longer */
    assert_int_equal(r.rate.mistakes, 3);
    assert_int_equal(r.waiting, 10);
    assert_int_equal(r.known, 13);
    kin_report_clear(&r);
    review(&f, &d, 20, 21, KIN_GRADE_OK);
    r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.rate.n, 21);
    assert_int_equal(r.rate.mistakes, 13);
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

static void the_latest_verdict_counts(void **state)
{
    fixture f;
    int64_t assets[100], shapes[100];
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 1);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 100, .unit = KIN_UNIT_SHAPE });
    review(&f, &d, 0, 100, KIN_GRADE_OK);
    review(&f, &d, 0, 1, KIN_GRADE_CRITICAL);
    review(&f, &d, 0, 2, KIN_GRADE_MINOR);
    review(&f, &d, 1, 2, KIN_GRADE_OK);
    kin_report r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.rate.n, 100);
    assert_int_equal(r.rate.mistakes, 1);
    CLOSE(r.rate.lo, 0.01, 1e-12); /* all was looked at */
    CLOSE(r.rate.hi, 0.01, 1e-12);
    CLOSE(r.remaining.left_hi, 0, 1e-9);
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

/* ---- Several audits as one ---- */

static void audits_of_one_key_are_one_stratified_sample(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400];
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    drawn simple = draw_audit(&f, &(kin_audit_options) { .count = 40, .unit = KIN_UNIT_SHAPE, .seed = 1 });
    drawn strata = draw_audit(&f, &(kin_audit_options) { .count = 60, .stratify = "label", .floor = 8, .seed = 2 });
    review(&f, &simple, 0, 40, KIN_GRADE_OK);
    review(&f, &strata, 0, 60, KIN_GRADE_OK);
    size_t n = 0, wrong = 0;
    begin(&f);
    for (size_t a = 0; a < 100; a += 10) {
        for (size_t i = 0; i < 100; i++) {
            const drawn *d = i < 40 ? &simple : &strata;
            if (d->items[i < 40 ? i : i - 40].item != shapes[a * 4])
                continue;
            if (n++ % 2 == 0) {
                judge(&f, shapes[a * 4], d->job.id, KIN_GRADE_CRITICAL);
                wrong++;
            }
        }
    }
    commit(&f);
    assert_true(n >= 8);
    kin_report r = report_of(&f, &(kin_slices_options) { .pairs = true });
    assert_int_equal(r.rate.n, 100);
    /* ten of 400 weigh 1/40, however many of them were drawn */
    CLOSE(r.rate.rate, (double)wrong / (double)n * 10 / 400, 1e-12);
    assert_string_equal(r.rate.method, "Korn-Graubard, strata");
    const kin_slice *moto = slice_of(&r, "label", "mo\"to");
    assert_int_equal(moto->figures.slice.n, n);
    assert_int_equal(moto->figures.slice.mistakes, wrong);
    assert_int_equal(moto->population, 10);
    assert_int_equal(moto->known, wrong);
    assert_int_equal(moto->known_ok, n - wrong);
    assert_ptr_equal(moto, &r.slices[0]);
    assert_true(moto->figures.p < 0.01);
    CLOSE(moto->figures.share, 1, 1e-12);
    kin_report_clear(&r);
    free(simple.items);
    free(strata.items);
    fixture_close(&f);
}

/* Audits of images and of shapes: an item's chance is that of either. */
static void mixed_audits_are_weighed_by_the_chance_of_either(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400];
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    drawn images = draw_audit(&f, &(kin_audit_options) { .count = 20, .seed = 1 });
    drawn strata = draw_audit(&f, &(kin_audit_options) { .count = 60, .stratify = "label", .floor = 10, .seed = 2 });
    review_assets(&f, &images, 0, 20, assets, shapes, 4);
    review(&f, &strata, 0, 60, KIN_GRADE_OK);
    double weight[3] = { 0 }, wrong = 0, all = 0, chance[3];
    for (size_t h = 0; h < 3; h++)
        chance[h] = 1 - (1 - 0.2) * (1 - (double)strata.strata[h].drawn / (double)strata.strata[h].population);
    size_t rows = 0;
    begin(&f);
    for (size_t i = 0; i < 400; i++) {
        bool in = false;
        size_t a = i / 4, s = i % 4, h = 0;
        for (size_t k = 0; k < 20; k++)
            in = in || images.items[k].item == assets[a];
        for (size_t k = 0; k < 60; k++)
            in = in || strata.items[k].item == shapes[i];
        if (!in)
            continue;
        const char *label = a % 10 == 0 && s == 0 ? "mo\"to" : s == 3 ? "bus, big" : "car";
        while (strcmp(strata.strata[h].name, label) != 0)
            h++;
        rows++;
        weight[h] += 1 / chance[h];
        all += 1 / chance[h];
        if (s == 3) {
            judge(&f, shapes[i], 0, KIN_GRADE_MINOR);
            wrong += 1 / chance[h];
        }
    }
    commit(&f);
    kin_report r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.rate.n, rows);
    CLOSE(r.rate.rate, wrong / all, 1e-12);
    assert_string_equal(r.rate.method, "Korn-Graubard, clusters");
    CLOSE(slice_of(&r, "label", "bus, big")->figures.slice.rate, 1, 1e-12);
    CLOSE(slice_of(&r, "label", "car")->figures.slice.rate, 0, 1e-12);
    kin_report_clear(&r);
    free(images.items);
    free(strata.items);
    fixture_close(&f);
}

static size_t stratum_named(const drawn *d, const char *name)
{
    size_t h = 0;
    while (h < d->strata_count && strcmp(d->strata[h].name, name) != 0)
        h++;
    assert_true(h < d->strata_count);
    return h;
}

static double part_drawn(const drawn *d, const char *name)
{
    size_t h = stratum_named(d, name);
    return (double)d->strata[h].drawn / (double)d->strata[h].population;
}

/* Strata of two keys: the second audit had what the first left. */
static void audits_of_two_keys_are_weighed_by_the_chance_of_both(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400];
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    drawn labels = draw_audit(&f, &(kin_audit_options) { .count = 100, .stratify = "label", .floor = 5, .seed = 4 });
    drawn cameras = draw_audit(
        &f, &(kin_audit_options) { .count = 60, .stratify = "camera", .unit = KIN_UNIT_SHAPE, .floor = 30, .seed = 5 });
    double wrong = 0, all = 0;
    begin(&f);
    for (size_t i = 0; i < 160; i++) {
        const drawn *d = i < 100 ? &labels : &cameras;
        int64_t item = d->items[i < 100 ? i : i - 100].item;
        size_t k = 0;
        while (shapes[k] != item)
            k++;
        const char *label = k / 4 % 10 == 0 && k % 4 == 0 ? "mo\"to" : k % 4 == 3 ? "bus, big" : "car";
        double first = part_drawn(&labels, label), second = part_drawn(&cameras, k / 4 % 4 == 0 ? "rear" : "front");
        double weight = 1 / (first + (1 - first) * second);
        all += weight;
        wrong += k % 4 == 3 ? weight : 0;
        judge(&f, item, d->job.id, k % 4 == 3 ? KIN_GRADE_MINOR : KIN_GRADE_OK);
    }
    commit(&f);
    kin_report r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.rate.n, 160);
    CLOSE(r.rate.rate, wrong / all, 1e-12);
    kin_report_clear(&r);
    free(labels.items);
    free(cameras.items);
    fixture_close(&f);
}

/* What an audit left out on purpose gets no rate. */
static void an_audit_of_one_label_speaks_for_that_label(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400];
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 10, .label = "mo\"to" });
    assert_string_equal(d.title, "audit of 10 shapes labelled mo\"to");
    review(&f, &d, 0, 10, KIN_GRADE_CRITICAL);
    kin_report r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.rate.n, 0);
    CLOSE(r.remaining.known, 10, 0);
    assert_int_equal(r.tested, 1);
    assert_int_equal(slice_of(&r, "label", "mo\"to")->figures.slice.n, 10);
    assert_int_equal(slice_of(&r, "label", "car")->figures.slice.n, 0);
    assert_int_equal(slice_of(&r, "camera", "front")->figures.slice.n, 0);
    assert_int_equal(slice_of(&r, "label", "car")->more, -1);
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

/* ---- Slices ---- */

static void slices_have_their_counts_and_pairs(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400];
    kin_error err = KIN_ERROR_INIT;
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 300, .unit = KIN_UNIT_SHAPE, .seed = 9 });
    begin(&f);
    for (size_t i = 0; i < 300; i++)
        for (size_t k = 0; k < 400; k++)
            if (shapes[k] == d.items[i].item) /* buses seen from the rear are wrong */
                judge(&f, shapes[k], d.job.id, k % 4 == 3 && k / 4 % 4 == 0 ? KIN_GRADE_CRITICAL : KIN_GRADE_OK);
    commit(&f);
    const char *by[] = { "camera", "label", "camera" };
    kin_report r = report_of(&f, &(kin_slices_options) { .by = by, .by_count = 3, .pairs = true });
    const kin_slice *first = &r.slices[0];
    assert_non_null(first->key2);
    assert_string_equal(first->key, "camera");
    assert_string_equal(first->value, "rear");
    assert_string_equal(first->key2, "label");
    assert_string_equal(first->value2, "bus, big");
    assert_int_equal(first->population, 25);
    assert_int_equal(first->known, first->figures.slice.mistakes);
    CLOSE(first->figures.slice.rate, 1, 1e-12);
    CLOSE(first->figures.share, 1, 1e-12);
    assert_true(first->figures.q < 1e-6 && first->figures.q >= first->figures.p);
    assert_int_equal(slice_of(&r, "camera", "rear")->population, 100);
    assert_int_equal(slice_of(&r, "label", "bus, big")->population, 100);
    assert_int_equal(r.tested, r.slices_count);
    assert_true(slice_of(&r, "label", "mo\"to")->more >= 0);
    kin_report_clear(&r);
    const char *wrong[] = { "label", "weather" };
    kin_report untouched = { .tested = 77 };
    assert_int_equal(
        kin_workspace_slices(&f.workspace, &(kin_slices_options) { .by = wrong, .by_count = 2 }, &untouched, &err),
        KIN_E_USAGE);
    assert_string_equal(err.message, "no item has \"weather\"; there are: label, camera");
    assert_int_equal(untouched.tested, 77);
    assert_int_equal(kin_workspace_slices(&f.workspace, &(kin_slices_options) { .sla = 95 }, &untouched, &err),
                     KIN_E_USAGE);
    free(d.items);
    fixture_close(&f);
}

static void a_pair_that_is_one_of_its_halves_is_not_told_twice(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f);
    begin(&f);
    for (size_t a = 0; a < 60; a++) {
        int64_t asset = put_asset(&f, a);
        put_attribute(&f, asset, "place", a < 30 ? "road" : a < 45 ? "rail" : "quay");
        put_shape(&f, asset, a < 30 ? "car" : "van");
    }
    commit(&f);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 60, .unit = KIN_UNIT_SHAPE });
    review(&f, &d, 0, 60, KIN_GRADE_OK);
    kin_report r = report_of(&f, &(kin_slices_options) { .pairs = true });
    assert_int_equal(r.slices_count, 5);
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

static void keys_of_one_value_or_many_are_left_out(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f);
    begin(&f);
    for (size_t a = 0; a < 60; a++) {
        kin_error err = KIN_ERROR_INIT;
        char number[16];
        (void)snprintf(number, sizeof number, "%zu", a);
        int64_t asset = put_asset(&f, a), shape = put_shape(&f, asset, a % 2 ? "\xe7\x8a\xac" : "\xe7\x8c\xab");
        kin_attribute of_asset[] = { { "frame", number }, { "city", "Ulm" }, { "night", a < 5 ? "yes" : "no" } };
        OK(kin_ledger_attributes_put(f.ledger, asset, of_asset, 3, &err));
        if (a == 5) /* its own, not its asset's */
            put_attribute(&f, shape, "night", "yes");
    }
    commit(&f);
    kin_report r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.slices_count, 4);
    assert_int_equal(slice_of(&r, "label", "\xe7\x8a\xac")->population, 30);
    assert_int_equal(slice_of(&r, "night", "yes")->population, 6);
    assert_int_equal(r.tested, 0);
    kin_report_clear(&r);
    const char *by[] = { "frame" };
    r = report_of(&f, &(kin_slices_options) { .by = by, .by_count = 1 });
    assert_int_equal(r.slices_count, 60);
    kin_report_clear(&r);
    fixture_close(&f);
}

/* ---- Ends of the scale ---- */

static void nothing_at_all_is_a_report_too(void **state)
{
    fixture f;
    kin_error err = KIN_ERROR_INIT;
    int64_t job = 0;
    (void)state;
    fixture_open(&f);
    kin_report r = report_of(&f, &(kin_slices_options) { .sla = 0.95, .pairs = true });
    assert_int_equal(r.population, 0);
    assert_int_equal(r.slices_count, 0);
    assert_false(r.has_agreement);
    assert_true(isnan(r.score));
    kin_report_clear(&r);
    kin_report_clear(&r);
    assert_int_equal(kin_workspace_audit(&f.workspace, &(kin_audit_options) { .count = 1 }, &job, &err), KIN_E_USAGE);
    fixture_close(&f);
}

static void one_item_can_be_right_or_wrong(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f);
    begin(&f);
    int64_t shape = put_shape(&f, put_asset(&f, 1), "car");
    commit(&f);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 5, .stratify = "label" });
    assert_int_equal(d.n, 1);
    kin_report r = report_of(&f, &(kin_slices_options) { .sla = 0.99 });
    assert_int_equal(r.rate.n, 0);
    assert_int_equal(r.open, 1);
    assert_int_equal(r.agreement.verdict, KIN_AGREEMENT_UNDECIDED);
    kin_report_clear(&r);
    begin(&f);
    judge(&f, shape, d.job.id, KIN_GRADE_CRITICAL);
    commit(&f);
    r = report_of(&f, &(kin_slices_options) { .pairs = true });
    CLOSE(r.rate.rate, 1, 0);
    CLOSE(r.rate.lo, 1, 1e-12);
    assert_int_equal(r.slices_count, 1);
    CLOSE(r.slices[0].figures.p, 1, 0);
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

static void shapes_of_unreadable_images_are_not_there(void **state)
{
    fixture f;
    int64_t assets[100], shapes[400];
    kin_error err = KIN_ERROR_INIT;
    (void)state;
    fixture_open(&f);
    put_street(&f, assets, shapes, 4);
    begin(&f);
    for (size_t a = 0; a < 90; a++)
        OK(kin_ledger_item_state(f.ledger, assets[a], KIN_ITEM_FAILED, "cut short", &err));
    commit(&f);
    kin_report r = report_of(&f, &(kin_slices_options) { 0 });
    assert_int_equal(r.population, 40);
    kin_report_clear(&r);
    drawn d = draw_audit(&f, &(kin_audit_options) { .count = 100, .unit = KIN_UNIT_SHAPE });
    assert_int_equal(d.n, 40);
    review(&f, &d, 0, 40, KIN_GRADE_CRITICAL);
    r = report_of(&f, &(kin_slices_options) { 0 });
    CLOSE(r.rate.lo, 1, 1e-12);
    CLOSE(r.remaining.total, 40, 1e-9);
    kin_report_clear(&r);
    free(d.items);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest drawing[] = {
        cmocka_unit_test(a_simple_audit_draws_images_without_replacement),
        cmocka_unit_test(the_same_seed_draws_the_same),
        cmocka_unit_test(strata_get_their_share_and_no_less_than_the_floor),
        cmocka_unit_test(floors_that_do_not_fit_are_said_or_lowered),
        cmocka_unit_test(the_unit_follows_what_carries_the_key),
    };
    const struct CMUnitTest sample[] = {
        cmocka_unit_test(only_what_has_no_gap_before_it_counts),
        cmocka_unit_test(an_image_counts_once_all_its_shapes_are_reviewed),
        cmocka_unit_test(kin_jobs_do_not_choose_the_sample),
        cmocka_unit_test(the_latest_verdict_counts),
        cmocka_unit_test(audits_of_one_key_are_one_stratified_sample),
        cmocka_unit_test(mixed_audits_are_weighed_by_the_chance_of_either),
        cmocka_unit_test(audits_of_two_keys_are_weighed_by_the_chance_of_both),
        cmocka_unit_test(an_audit_of_one_label_speaks_for_that_label),
    };
    const struct CMUnitTest report[] = {
        cmocka_unit_test(slices_have_their_counts_and_pairs),
        cmocka_unit_test(a_pair_that_is_one_of_its_halves_is_not_told_twice),
        cmocka_unit_test(keys_of_one_value_or_many_are_left_out),
        cmocka_unit_test(nothing_at_all_is_a_report_too),
        cmocka_unit_test(one_item_can_be_right_or_wrong),
        cmocka_unit_test(shapes_of_unreadable_images_are_not_there),
    };
    int failed = cmocka_run_group_tests_name("audits are drawn", drawing, NULL, NULL);
    failed += cmocka_run_group_tests_name("audits make one sample", sample, NULL, NULL);
    return failed + cmocka_run_group_tests_name("reports", report, NULL, NULL);
}
