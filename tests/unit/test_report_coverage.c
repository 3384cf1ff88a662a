/* Data sets whose truth is known, audited and reviewed the way people do: kin jobs before and between the audits,
 * audits left off somewhere. How often do the intervals of the report hold the truth? Fixed seeds. */

#include "report_fixture.h"

#include "base/rng.h"

#define WORLDS 200
#define ASSETS 400
#define MOST_SHAPES 9
#define KIN_ITEMS 60

typedef struct world {
    fixture f;
    kin_rng rng;
    int64_t assets[ASSETS], shapes[ASSETS * MOST_SHAPES];
    size_t first[ASSETS + 1]; /* shape of each asset */
    bool moto[ASSETS * MOST_SHAPES], wrong[ASSETS * MOST_SHAPES];
    size_t n;
    double rate, moto_rate; /* the truth */
} world;

typedef struct outcome {
    int worlds, rates, slices; /* that hold the truth */
    double bias, slice_bias, naive_bias;
} outcome;

/* One shape in 20 is a moto, wrong once in three; the others seldom, but on some pictures often. */
static void make_world(world *w, uint64_t seed)
{
    size_t wrong = 0, motos = 0, wrong_motos = 0;
    kin_rng_seed(&w->rng, seed);
    fixture_open(&w->f);
    begin(&w->f);
    w->n = 0;
    for (size_t a = 0; a < ASSETS; a++) {
        size_t count = (size_t)kin_rng_below(&w->rng, MOST_SHAPES + 1);
        double hard = kin_rng_uniform(&w->rng) < 0.1 ? 0.2 : 0.02;
        w->assets[a] = put_asset(&w->f, a);
        w->first[a] = w->n;
        for (size_t s = 0; s < count; s++, w->n++) {
            double kind = kin_rng_uniform(&w->rng);
            w->moto[w->n] = kind < 0.05;
            w->wrong[w->n] = kin_rng_uniform(&w->rng) < (w->moto[w->n] ? 0.35 : hard);
            w->shapes[w->n] = put_shape(&w->f, w->assets[a], kind < 0.05 ? "moto" : kind < 0.4 ? "person" : "car");
            wrong += w->wrong[w->n];
            motos += w->moto[w->n];
            wrong_motos += w->moto[w->n] && w->wrong[w->n];
        }
    }
    w->first[ASSETS] = w->n;
    commit(&w->f);
    w->rate = (double)wrong / (double)w->n;
    w->moto_rate = (double)wrong_motos / (double)motos;
}

static kin_grade truth(const world *w, size_t shape)
{
    return w->wrong[shape] ? KIN_GRADE_CRITICAL : KIN_GRADE_OK;
}

/* Finds mistakes as kin jobs do: four of five are. */
static void review_kin(world *w)
{
    int64_t items[KIN_ITEMS];
    size_t places[KIN_ITEMS], n = 0;
    for (size_t tries = 0; n < KIN_ITEMS && tries < 100000; tries++) {
        size_t shape = (size_t)kin_rng_below(&w->rng, w->n);
        bool again = false;
        for (size_t i = 0; i < n; i++)
            again = again || places[i] == shape;
        if (again || (!w->wrong[shape] && kin_rng_uniform(&w->rng) < 0.99))
            continue;
        places[n] = shape;
        items[n++] = w->shapes[shape];
    }
    begin(&w->f);
    int64_t job = put_kin_job(&w->f, items, n);
    for (size_t i = 0; i < n; i++)
        judge(&w->f, items[i], job, truth(w, places[i]));
    commit(&w->f);
}

/* Goes down the order and stops behind the first half: at a place, or after so many items of one's own. What a kin job
 * reviewed is passed over. */
static void review_audit(world *w, const kin_audit_options *options)
{
    drawn d = draw_audit(&w->f, options);
    size_t stop = d.n / 2 + (size_t)kin_rng_below(&w->rng, d.n - d.n / 2 + 1);
    bool own = kin_rng_below(&w->rng, 2) == 0;
    kin_error err = KIN_ERROR_INIT;
    begin(&w->f);
    for (size_t i = 0; i < stop; i++) {
        kin_verdict has = { .grade = KIN_GRADE_NONE };
        if (d.job.unit == KIN_UNIT_SHAPE) {
            size_t shape = 0;
            while (w->shapes[shape] != d.items[i].item)
                shape++;
            OK(kin_ledger_verdict(w->f.ledger, d.items[i].item, &has, &err));
            if (has.grade == KIN_GRADE_NONE)
                judge(&w->f, d.items[i].item, d.job.id, truth(w, shape));
            else if (own && stop < d.n)
                stop++;
            continue;
        }
        size_t a = 0;
        while (w->assets[a] != d.items[i].item)
            a++;
        judge(&w->f, w->assets[a], d.job.id, KIN_GRADE_OK);
        for (size_t s = w->first[a]; s < w->first[a + 1]; s++)
            judge(&w->f, w->shapes[s], d.job.id, truth(w, s));
    }
    commit(&w->f);
    free(d.items);
}

static void look(world *w, outcome *out)
{
    kin_report r = report_of(&w->f, &(kin_slices_options) { 0 });
    const kin_slice *moto = slice_of(&r, "label", "moto");
    const kin_estimate *slice = &moto->figures.slice;
    out->worlds++;
    out->rates += r.rate.lo <= w->rate + 1e-12 && r.rate.hi >= w->rate - 1e-12;
    out->slices += slice->lo <= w->moto_rate + 1e-12 && slice->hi >= w->moto_rate - 1e-12;
    assert_true(r.rate.n > 50 && slice->n > 0);
    out->bias += r.rate.rate - w->rate;
    out->slice_bias += slice->rate - w->moto_rate;
    out->naive_bias += (double)r.known / (double)(r.known + r.known_ok) - w->rate;
    kin_report_clear(&r);
}

static void check(const char *name, const outcome *o)
{
    double n = o->worlds;
    print_message("%s: rate held %.1f %%, bias %+.4f; slice held %.1f %%, bias %+.4f; naive bias %+.4f\n", name,
                  100 * o->rates / n, o->bias / n, 100 * o->slices / n, o->slice_bias / n, o->naive_bias / n);
    assert_true(o->rates >= 0.93 * n);
    assert_true(o->slices >= 0.93 * n);
    assert_true(fabs(o->bias / n) < 0.004);
    assert_true(fabs(o->slice_bias / n) < 0.02);
    assert_true(o->naive_bias / n > 0.03); /* or this test could not tell */
}

static void run(const char *name, uint64_t seed, void (*go)(world *w, uint64_t seed))
{
    world *w = kin_alloc_zeroed(1, sizeof *w);
    outcome out = { 0 };
    assert_non_null(w);
    for (uint64_t i = 0; i < WORLDS; i++) {
        make_world(w, seed + i);
        go(w, 1000003 * (seed + i)); /* draws must not share their seed with the world */
        look(w, &out);
        fixture_close(&w->f);
    }
    free(w);
    check(name, &out);
}

static void go_images(world *w, uint64_t seed)
{
    review_kin(w);
    review_audit(w, &(kin_audit_options) { .count = 50, .seed = seed });
    review_kin(w);
    review_audit(w, &(kin_audit_options) { .count = 40, .seed = seed });
}

static void go_strata(world *w, uint64_t seed)
{
    review_kin(w);
    review_audit(w, &(kin_audit_options) { .count = 200, .seed = seed, .stratify = "label", .floor = 30 });
    review_kin(w);
    review_audit(w, &(kin_audit_options) { .count = 100, .seed = seed, .unit = KIN_UNIT_SHAPE });
    review_kin(w);
}

static void go_mixed(world *w, uint64_t seed)
{
    review_kin(w);
    review_audit(w, &(kin_audit_options) { .count = 200, .seed = seed, .stratify = "label", .floor = 30 });
    review_kin(w);
    review_audit(w, &(kin_audit_options) { .count = 50, .seed = seed + 1 });
    review_kin(w);
}

static void audits_of_images_hold_the_truth(void **state)
{
    (void)state;
    run("images", 1000, go_images);
}

static void audits_of_shapes_hold_the_truth(void **state)
{
    (void)state;
    run("shapes", 2000, go_strata);
}

static void audits_of_both_hold_the_truth(void **state)
{
    (void)state;
    run("both", 3000, go_mixed);
}

int main(void)
{
    const struct CMUnitTest coverage[] = {
        cmocka_unit_test(audits_of_images_hold_the_truth),
        cmocka_unit_test(audits_of_shapes_hold_the_truth),
        cmocka_unit_test(audits_of_both_hold_the_truth),
    };
    return cmocka_run_group_tests_name("intervals hold whatever kin jobs find", coverage, NULL, NULL);
}
