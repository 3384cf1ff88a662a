#include "ledger_fixture.h"

/* ---- Settings ---- */

static void a_setting_is_what_was_put_last(void **state)
{
    (void)state;
    const char *value = "untouched";
    assert_ok(kin_ledger_setting(ledger, "model", &value, &failure));
    assert_null(value);
    assert_ok(kin_ledger_setting_put(ledger, "model", "classic", &failure));
    assert_ok(kin_ledger_setting_put(ledger, "model", "it's \"new\"\n\xc3\xa9", &failure));
    assert_ok(kin_ledger_setting_put(ledger, "other", "", &failure));
    commit_and_reopen(KIN_LEDGER_WRITE);
    assert_ok(kin_ledger_setting(ledger, "model", &value, &failure));
    assert_string_equal(value, "it's \"new\"\n\xc3\xa9");
    assert_ok(kin_ledger_setting(ledger, "other", &value, &failure));
    assert_string_equal(value, "");
    assert_ok(kin_ledger_begin(ledger, &failure));
    /* A string that was handed out may be what is asked for or put next. */
    assert_ok(kin_ledger_setting(ledger, "model", &value, &failure));
    assert_ok(kin_ledger_setting_put(ledger, "copy", value, &failure));
    assert_ok(kin_ledger_setting_put(ledger, "other", NULL, &failure));
    assert_ok(kin_ledger_setting(ledger, "copy", &value, &failure));
    assert_string_equal(value, "it's \"new\"\n\xc3\xa9");
    assert_ok(kin_ledger_setting(ledger, "other", &value, &failure));
    assert_null(value);
}

/* ---- Assets ---- */

static void an_asset_is_added_once(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b/a.jpg"), again = 0;
    bool added = true;
    assert_true(a > 0 && b > a);
    assert_ok(kin_ledger_asset_add(ledger, "a.jpg", &again, &added, &failure));
    assert_false(added);
    assert_int_equal(again, a);
    kin_item item;
    assert_ok(kin_ledger_item(ledger, b, &item, &failure));
    assert_int_equal(item.id, b);
    assert_int_equal(item.asset, b);
    assert_string_equal(item.path, "b/a.jpg");
    assert_null(item.shape);
    assert_null(item.label);
    assert_null(item.reason);
    assert_int_equal(item.state, KIN_ITEM_PENDING);
    assert_int_equal(item.width, 0);
    assert_ok(kin_ledger_item_find(ledger, "a.jpg", NULL, &item, &failure));
    assert_int_equal(item.id, a);
    assert_fails(kin_ledger_item_find(ledger, "A.jpg", NULL, &item, &failure), KIN_E_NOTFOUND);
    assert_fails(kin_ledger_item(ledger, b + 1, &item, &failure), KIN_E_NOTFOUND);
    /* The last success is still there: outputs are untouched on failure. */
    assert_int_equal(item.id, a);
}

static void an_assets_file_is_remembered(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg");
    kin_asset_file file = { 1, 1, 1 };
    assert_ok(kin_ledger_asset_file(ledger, a, &file, &failure));
    assert_true(file.bytes == 0 && file.mtime_ns == 0 && file.hash == 0);
    const kin_asset_file read = { INT64_C(5) << 32, -7, UINT64_MAX - 3 };
    assert_ok(kin_ledger_asset_file_put(ledger, a, &read, 640, 480, &failure));
    commit_and_reopen(KIN_LEDGER_WRITE);
    assert_ok(kin_ledger_asset_file(ledger, a, &file, &failure));
    assert_memory_equal(&file, &read, sizeof file);
    kin_item item;
    assert_ok(kin_ledger_item(ledger, a, &item, &failure));
    assert_int_equal(item.width, 640);
    assert_int_equal(item.height, 480);
    assert_ok(kin_ledger_begin(ledger, &failure));
    int64_t s = add_shape(a, "1", "cat");
    assert_fails(kin_ledger_asset_file(ledger, s, &file, &failure), KIN_E_NOTFOUND);
    assert_fails(kin_ledger_asset_file_put(ledger, s, &read, 1, 1, &failure), KIN_E_NOTFOUND);
    assert_fails(kin_ledger_asset_label(ledger, s, "x", 1, &failure), KIN_E_NOTFOUND);
    assert_fails(kin_ledger_asset_label(ledger, 99, "x", 1, &failure), KIN_E_NOTFOUND);
}

/* ---- Shapes ---- */

static void a_shape_tells_what_changed(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg");
    int64_t s = add_shape(a, "7", "cat");
    kin_box moved = some_box;
    moved.w += 0.001;
    assert_int_not_equal(add_shape(b, "7", "cat"), s);
    set_state(s, KIN_ITEM_DESCRIBED);
    assert_int_equal(put_shape(a, "7", "cat", some_box, 2, KIN_SAME), s);
    assert_int_equal(state_of(s), KIN_ITEM_DESCRIBED);
    assert_int_equal(put_shape(a, "7", "dog", some_box, 2, KIN_RELABELLED), s);
    assert_int_equal(state_of(s), KIN_ITEM_DESCRIBED);
    assert_int_equal(put_shape(a, "7", NULL, some_box, 2, KIN_RELABELLED), s);
    assert_int_equal(put_shape(a, "7", "dog", moved, 2, KIN_REDRAWN), s);
    assert_int_equal(state_of(s), KIN_ITEM_PENDING);
    commit_and_reopen(KIN_LEDGER_READ);
    kin_item item;
    assert_ok(kin_ledger_item_find(ledger, "a.jpg", "7", &item, &failure));
    assert_int_equal(item.id, s);
    assert_int_equal(item.asset, a);
    assert_string_equal(item.path, "a.jpg");
    assert_string_equal(item.shape, "7");
    assert_string_equal(item.label, "dog");
    assert_memory_equal(&item.box, &moved, sizeof moved);
    assert_fails(kin_ledger_item_find(ledger, "a.jpg", "8", &item, &failure), KIN_E_NOTFOUND);
    assert_fails(kin_ledger_item_find(ledger, "c.jpg", "7", &item, &failure), KIN_E_NOTFOUND);
}

static void a_failed_shape_keeps_its_reason_until_it_is_redrawn(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), s = add_shape(a, "7", "cat");
    kin_item item;
    set_state(s, KIN_ITEM_FAILED);
    put_shape(a, "7", "dog", some_box, 2, KIN_RELABELLED);
    assert_ok(kin_ledger_item(ledger, s, &item, &failure));
    assert_int_equal(item.state, KIN_ITEM_FAILED);
    assert_string_equal(item.reason, "broken");
    put_shape(a, "7", "dog", (kin_box) { 0, 0, 1, 1 }, 2, KIN_REDRAWN);
    assert_ok(kin_ledger_item(ledger, s, &item, &failure));
    assert_int_equal(item.state, KIN_ITEM_PENDING);
    assert_null(item.reason);
}

static void shapes_lie_on_images_that_are_there(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), s = add_shape(a, "1", NULL), id = -5;
    kin_change change = KIN_REDRAWN;
    assert_fails(kin_ledger_shape_put(ledger, 77, "1", NULL, some_box, 1, &id, &change, &failure), KIN_E_NOTFOUND);
    assert_fails(kin_ledger_shape_put(ledger, s, "1", NULL, some_box, 1, &id, &change, &failure), KIN_E_NOTFOUND);
    assert_fails(kin_ledger_shape_put(ledger, a, NULL, NULL, some_box, 1, &id, &change, &failure), KIN_E_USAGE);
    const kin_box nowhere = { 0, 0, (double)INFINITY, 1 };
    assert_fails(kin_ledger_shape_put(ledger, a, "2", NULL, nowhere, 1, &id, &change, &failure), KIN_E_USAGE);
    set_state(a, KIN_ITEM_GONE);
    assert_fails(kin_ledger_shape_put(ledger, a, "2", NULL, some_box, 1, &id, &change, &failure), KIN_E_NOTFOUND);
    assert_int_equal(id, -5);
    assert_int_equal(change, KIN_REDRAWN);
    /* None of this spoils the transaction. */
    assert_ok(kin_ledger_commit(ledger, &failure));
}

/* ---- State ---- */

static void shapes_follow_their_image(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg"), id = 0;
    int64_t s = add_shape(a, "1", "cat"), failed = add_shape(a, "2", "cat"), other = add_shape(b, "1", "cat");
    bool added = false;
    set_state(s, KIN_ITEM_DESCRIBED);
    set_state(failed, KIN_ITEM_FAILED);
    set_state(other, KIN_ITEM_DESCRIBED);
    set_state(a, KIN_ITEM_DESCRIBED);
    assert_int_equal(state_of(failed), KIN_ITEM_FAILED);
    set_state(a, KIN_ITEM_PENDING);
    assert_int_equal(state_of(s), KIN_ITEM_PENDING);
    assert_int_equal(state_of(failed), KIN_ITEM_PENDING);
    set_state(s, KIN_ITEM_DESCRIBED);
    set_state(failed, KIN_ITEM_GONE);
    set_state(a, KIN_ITEM_GONE);
    assert_int_equal(state_of(s), KIN_ITEM_GONE);
    assert_int_equal(state_of(other), KIN_ITEM_DESCRIBED);
    kin_item item;
    assert_fails(kin_ledger_item_find(ledger, "a.jpg", NULL, &item, &failure), KIN_E_NOTFOUND);
    assert_fails(kin_ledger_item_find(ledger, "a.jpg", "1", &item, &failure), KIN_E_NOTFOUND);
    /* The image returns with the id and the shapes it had, but for the one that had gone by itself before. */
    assert_ok(kin_ledger_asset_add(ledger, "a.jpg", &id, &added, &failure));
    assert_true(added);
    assert_int_equal(id, a);
    assert_int_equal(state_of(a), KIN_ITEM_PENDING);
    assert_int_equal(state_of(s), KIN_ITEM_PENDING);
    assert_int_equal(state_of(failed), KIN_ITEM_GONE);
    assert_fails(kin_ledger_item_state(ledger, 99, KIN_ITEM_GONE, NULL, &failure), KIN_E_NOTFOUND);
    assert_fails(kin_ledger_item_state(ledger, a, (kin_item_state)4, NULL, &failure), KIN_E_USAGE);
}

static void the_file_of_a_returned_image_was_not_read(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), id = 0;
    bool added = false;
    kin_asset_file file = { 10, 20, 30 };
    assert_ok(kin_ledger_asset_file_put(ledger, a, &file, 4, 5, &failure));
    set_state(a, KIN_ITEM_GONE);
    assert_ok(kin_ledger_asset_add(ledger, "a.jpg", &id, &added, &failure));
    assert_ok(kin_ledger_asset_file(ledger, a, &file, &failure));
    assert_int_equal(file.hash, 0);
    assert_int_equal(file.bytes, 0);
}

static void a_sweep_takes_what_the_run_did_not_see(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg");
    int64_t kept = add_shape(a, "1", "cat"), dropped = add_shape(a, "2", "cat"), on_b = add_shape(b, "1", "dog");
    const kin_attribute sunny = { "weather", "sun" };
    for (int i = 0; i < 2; i++) {
        assert_ok(kin_ledger_asset_label(ledger, i ? a : b, "street", 1, &failure));
        assert_ok(kin_ledger_attributes_put(ledger, i ? a : b, &sunny, 1, &failure));
    }
    uint64_t gone = 99;
    assert_ok(kin_ledger_sweep(ledger, 1, &gone, &failure));
    assert_int_equal(gone, 0);
    /* Run 2 sees the image b and the first shape of a. */
    put_shape(a, "1", "cat", some_box, 2, KIN_SAME);
    put_shape(b, "1", "dog", some_box, 2, KIN_SAME);
    assert_ok(kin_ledger_asset_label(ledger, b, "street", 2, &failure));
    assert_ok(kin_ledger_sweep(ledger, 2, &gone, &failure));
    assert_int_equal(gone, 1);
    assert_int_equal(state_of(dropped), KIN_ITEM_GONE);
    assert_selects((kin_item_filter) { 0 }, IDS(a, b, kept, on_b));
    assert_selects((kin_item_filter) { .label = "street" }, IDS(b));
    assert_selects((kin_item_filter) { .where = &sunny, .where_count = 1 }, IDS(b, on_b));
    assert_ok(kin_ledger_sweep(ledger, 2, &gone, &failure));
    assert_int_equal(gone, 0);
    /* It comes back under its old id, and has to be described anew. */
    assert_int_equal(put_shape(a, "2", "cat", some_box, 3, KIN_NEW), dropped);
    assert_int_equal(state_of(dropped), KIN_ITEM_PENDING);
    assert_int_not_equal(add_shape(a, "3", "cat"), dropped);
}

static void a_shape_swept_while_its_image_was_gone_stays_gone(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), s = add_shape(a, "1", "cat"), id;
    uint64_t gone = 99;
    bool added;
    set_state(a, KIN_ITEM_GONE);
    assert_ok(kin_ledger_sweep(ledger, 2, &gone, &failure));
    assert_int_equal(gone, 0);
    assert_ok(kin_ledger_asset_add(ledger, "a.jpg", &id, &added, &failure));
    assert_int_equal(state_of(s), KIN_ITEM_GONE);
}

/* ---- Attributes ---- */

typedef struct listing {
    char text[512];
} listing;

static int list_attribute(void *user, int64_t item, const kin_attribute *attribute, kin_error *err)
{
    (void)err;
    listing *l = user;
    size_t used = strlen(l->text);
    (void)snprintf(l->text + used, sizeof l->text - used, "%d %s=%s;", (int)item, attribute->key, attribute->value);
    return KIN_OK;
}

static void assert_attributes(const char *key, const char *expected)
{
    listing l = { "" };
    assert_ok(kin_ledger_each_attribute(ledger, key, list_attribute, &l, &failure));
    assert_string_equal(l.text, expected);
}

static void attributes_are_replaced_as_a_whole(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg"), s = add_shape(a, "1", "cat");
    assert_true(a == 1 && b == 2 && s == 3);
    const kin_attribute first[] = { { "z", "1" }, { "a", "2" }, { "z", "3" }, { "m", "" } };
    const kin_attribute second[] = { { "m", "y" }, { "b", "2" } };
    assert_attributes(NULL, "");
    assert_ok(kin_ledger_attributes_put(ledger, s, first, 4, &failure));
    assert_ok(kin_ledger_attributes_put(ledger, a, second, 2, &failure));
    assert_attributes(NULL, "1 b=2;1 m=y;3 a=2;3 m=;3 z=3;");
    assert_attributes("m", "1 m=y;3 m=;");
    assert_attributes("nowhere", "");
    assert_ok(kin_ledger_attributes_put(ledger, s, first, 4, &failure));
    assert_ok(kin_ledger_attributes_put(ledger, a, first, 2, &failure));
    assert_attributes(NULL, "1 a=2;1 z=1;3 a=2;3 m=;3 z=3;");
    assert_ok(kin_ledger_attributes_put(ledger, s, first + 1, 1, &failure));
    assert_ok(kin_ledger_attributes_put(ledger, a, NULL, 0, &failure));
    assert_attributes(NULL, "3 a=2;");
    set_state(s, KIN_ITEM_GONE);
    assert_attributes(NULL, "");
    assert_fails(kin_ledger_attributes_put(ledger, 99, first, 1, &failure), KIN_E_NOTFOUND);
    assert_fails(kin_ledger_attributes_put(ledger, a, &(kin_attribute) { "k", NULL }, 1, &failure), KIN_E_USAGE);
    assert_ok(kin_ledger_commit(ledger, &failure));
}

/* ---- Filters ---- */

static void filters_see_own_and_inherited_values(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg");
    int64_t a1 = add_shape(a, "1", "cat"), b1 = add_shape(b, "1", "cat"), a2 = add_shape(a, "2", "dog");
    const kin_attribute night[] = { { "time", "night" }, { "by", "ann" } };
    const kin_attribute day[] = { { "time", "day" }, { "by", "bob" } };
    assert_ok(kin_ledger_asset_label(ledger, b, "dog", 1, &failure));
    assert_ok(kin_ledger_attributes_put(ledger, a, night, 2, &failure));
    assert_ok(kin_ledger_attributes_put(ledger, b1, day, 2, &failure));
    assert_ok(kin_ledger_attributes_put(ledger, a2, day + 1, 1, &failure));
    assert_selects((kin_item_filter) { 0 }, IDS(a, b, a1, b1, a2));
    assert_selects((kin_item_filter) { .unit = KIN_UNIT_ASSET }, IDS(a, b));
    assert_selects((kin_item_filter) { .unit = KIN_UNIT_SHAPE }, IDS(a1, b1, a2));
    assert_selects((kin_item_filter) { .label = "dog" }, IDS(b, a2));
    assert_selects((kin_item_filter) { .label = "dog", .unit = KIN_UNIT_SHAPE }, IDS(a2));
    assert_selects((kin_item_filter) { .label = "bird" }, NO_IDS);
    assert_selects((kin_item_filter) { .asset = a }, IDS(a, a1, a2));
    assert_selects((kin_item_filter) { .asset = a, .unit = KIN_UNIT_SHAPE, .label = "cat" }, IDS(a1));
    assert_selects((kin_item_filter) { .asset = a1 }, IDS(a1));
    assert_selects((kin_item_filter) { .where = night, .where_count = 1 }, IDS(a, a1, a2));
    assert_selects((kin_item_filter) { .where = day, .where_count = 1 }, IDS(b1));
    /* Either of the two: a2 has bob itself and ann from its image. */
    assert_selects((kin_item_filter) { .where = day + 1, .where_count = 1 }, IDS(b1, a2));
    assert_selects((kin_item_filter) { .where = night + 1, .where_count = 1 }, IDS(a, a1, a2));
    const kin_attribute three[] = { { "time", "night" }, { "by", "bob" }, { "label", "dog" } };
    assert_selects((kin_item_filter) { .where = three, .where_count = 3 }, IDS(a2));
    assert_selects((kin_item_filter) { .where = three, .where_count = 3, .label = "cat" }, NO_IDS);
    assert_selects((kin_item_filter) { .where = three + 2, .where_count = 1 }, IDS(b, a2));
    assert_selects((kin_item_filter) { .where = &(kin_attribute) { "by", "night" }, .where_count = 1 }, NO_IDS);
    assert_selects((kin_item_filter) { .where = &(kin_attribute) { "by", "eve" }, .where_count = 1 }, NO_IDS);
    int64_t *ids;
    size_t n;
    kin_item_filter bad = { .where = &(kin_attribute) { "by", NULL }, .where_count = 1 };
    assert_fails(kin_ledger_select(ledger, &bad, &ids, &n, &failure), KIN_E_USAGE);
    bad.where_count = 100000;
    assert_fails(kin_ledger_select(ledger, &bad, &ids, &n, &failure), KIN_E_USAGE);
}

static void filters_ask_for_states(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg");
    int64_t pending = add_shape(b, "1", "cat"), described = add_shape(b, "2", "cat");
    int64_t failed = add_shape(b, "3", "cat"), gone = add_shape(b, "4", "cat"), with_a = add_shape(a, "1", "cat");
    set_state(a, KIN_ITEM_GONE);
    set_state(described, KIN_ITEM_DESCRIBED);
    set_state(failed, KIN_ITEM_FAILED);
    set_state(gone, KIN_ITEM_GONE);
    assert_selects((kin_item_filter) { 0 }, IDS(b, pending, described));
    assert_selects((kin_item_filter) { .label = "cat" }, IDS(pending, described));
    assert_selects((kin_item_filter) { .states = 1U << KIN_ITEM_PENDING }, IDS(b, pending));
    assert_selects((kin_item_filter) { .states = 1U << KIN_ITEM_FAILED }, IDS(failed));
    assert_selects((kin_item_filter) { .states = 1U << KIN_ITEM_GONE }, IDS(a, gone, with_a));
    assert_selects((kin_item_filter) { .states = ~0U, .label = "cat" }, IDS(pending, described, failed, gone, with_a));
    kin_ledger_counts counts;
    assert_ok(kin_ledger_count(ledger, &counts, &failure));
    assert_true(counts.assets == 1 && counts.shapes == 3 && counts.pending == 2 && counts.failed == 1 &&
                counts.gone == 3 && counts.verdicts == 0 && counts.jobs == 0);
}

static void assert_pending(int64_t after, size_t assets, const int64_t *expected, size_t n)
{
    walked w = { expected, n };
    assert_ok(kin_ledger_each_pending(ledger, after, assets, compare_walked, &w, &failure));
    assert_int_equal(w.n, 0);
}

static void what_is_pending_comes_in_parts_image_by_image(void **state)
{
    (void)state;
    int64_t a = add_asset("a.jpg"), b = add_asset("b.jpg"), c = add_asset("c.jpg"), d = add_asset("d.jpg");
    int64_t d1 = add_shape(d, "1", "cat"), a2 = add_shape(a, "2", "cat"), a1 = add_shape(a, "1", "dog");
    int64_t b1 = add_shape(b, "1", "dog"), gone = add_shape(a, "3", "dog");
    uint64_t assets = 0;
    set_state(gone, KIN_ITEM_GONE);
    set_state(b, KIN_ITEM_DESCRIBED);
    set_state(b1, KIN_ITEM_DESCRIBED);
    set_state(d, KIN_ITEM_FAILED);
    assert_pending(0, 100, IDS(a, a2, a1, c, d1));
    assert_pending(0, 1, IDS(a, a2, a1));
    assert_pending(a, 1, IDS(c));
    assert_pending(a, 2, IDS(c, d1));
    assert_pending(d, 100, NO_IDS);
    assert_ok(kin_ledger_count_pending(ledger, &assets, &failure));
    assert_int_equal(assets, 3);
    assert_selects((kin_item_filter) { .most = 2 }, IDS(a, b));
    assert_selects((kin_item_filter) { .most = 2, .after = b }, IDS(c, d1));
    assert_selects((kin_item_filter) { .after = a1, .label = "dog", .most = 5 }, IDS(b1));
}

static void a_path_finds_its_asset_while_it_is_there(void **state)
{
    (void)state;
    int64_t a = add_asset("x/a.jpg"), id = -1;
    assert_ok(kin_ledger_asset_find(ledger, "x/a.jpg", &id, &failure));
    assert_int_equal(id, a);
    assert_ok(kin_ledger_asset_find(ledger, "a.jpg", &id, &failure));
    assert_int_equal(id, 0);
    set_state(a, KIN_ITEM_GONE);
    id = -1;
    assert_ok(kin_ledger_asset_find(ledger, "x/a.jpg", &id, &failure));
    assert_int_equal(id, 0);
}

static int stop_at_two(void *user, const kin_item *item, kin_error *err)
{
    int *seen = user;
    kin_item again;
    /* Other reading calls are legal in a callback, a walk included. */
    assert_ok(kin_ledger_item(ledger, item->id, &again, &failure));
    assert_string_equal(item->path, again.path);
    assert_selects((kin_item_filter) { .asset = item->id, .unit = KIN_UNIT_ASSET }, IDS(item->id));
    return ++*seen == 2 ? kin_fail(err, KIN_E_STOPPED, "enough") : KIN_OK;
}

static void a_callback_ends_the_walk(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        char path[16];
        (void)snprintf(path, sizeof path, "%d.jpg", i);
        add_asset(path);
    }
    int seen = 0;
    kin_error err = KIN_ERROR_INIT;
    assert_int_equal(kin_ledger_each_item(ledger, &(kin_item_filter) { 0 }, stop_at_two, &seen, &err), KIN_E_STOPPED);
    assert_string_equal(err.message, "enough");
    assert_int_equal(seen, 2);
    assert_ok(kin_ledger_commit(ledger, &failure));
}

/* ---- Strings ---- */

static void strings_come_back_to_the_byte(void **state)
{
    (void)state;
    static const char *const hostile[] = { "",
                                           "'); DROP TABLE item; --",
                                           "a,b;\"c\"\t\r\nd\\",
                                           "\xe6\xa8\x99\xe8\xaa\x8c \xf0\x9f\x9b\xb9",
                                           "not \xff\xfe utf-8 \xc3",
                                           "%s%n?1:name@x",
                                           "NULL",
                                           "007",
                                           "1e3",
                                           " padded ",
                                           "e\xcc\x81" };
    enum { count = sizeof hostile / sizeof *hostile };
    int64_t ids[count];
    for (int i = 0; i < count; i++) {
        int64_t asset = add_asset(hostile[i]);
        ids[i] = add_shape(asset, hostile[i], hostile[i]);
        const kin_attribute attribute = { hostile[i], hostile[i] };
        assert_ok(kin_ledger_attributes_put(ledger, ids[i], &attribute, 1, &failure));
        assert_ok(kin_ledger_item_state(ledger, ids[i], KIN_ITEM_FAILED, hostile[i], &failure));
    }
    commit_and_reopen(KIN_LEDGER_READ);
    for (int i = 0; i < count; i++) {
        kin_item item;
        assert_ok(kin_ledger_item_find(ledger, hostile[i], hostile[i], &item, &failure));
        assert_int_equal(item.id, ids[i]);
        assert_string_equal(item.path, hostile[i]);
        assert_string_equal(item.shape, hostile[i]);
        assert_string_equal(item.label, hostile[i]);
        assert_string_equal(item.reason, hostile[i]);
        const kin_attribute attribute = { hostile[i], hostile[i] };
        assert_selects((kin_item_filter) { .label = hostile[i], .where = &attribute, .where_count = 1, .states = 4 },
                       IDS(ids[i]));
    }
}

static void a_very_long_string_is_kept(void **state)
{
    (void)state;
    char *text = malloc(3000001);
    assert_non_null(text);
    memset(text, 'n', 3000000);
    text[3000000] = '\0';
    int64_t a = add_asset(text);
    kin_item item;
    assert_ok(kin_ledger_item(ledger, a, &item, &failure));
    assert_string_equal(item.path, text);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_setting_is_what_was_put_last, fresh, done),
        cmocka_unit_test_setup_teardown(an_asset_is_added_once, fresh, done),
        cmocka_unit_test_setup_teardown(an_assets_file_is_remembered, fresh, done),
        cmocka_unit_test_setup_teardown(a_shape_tells_what_changed, fresh, done),
        cmocka_unit_test_setup_teardown(a_failed_shape_keeps_its_reason_until_it_is_redrawn, fresh, done),
        cmocka_unit_test_setup_teardown(shapes_lie_on_images_that_are_there, fresh, done),
        cmocka_unit_test_setup_teardown(shapes_follow_their_image, fresh, done),
        cmocka_unit_test_setup_teardown(the_file_of_a_returned_image_was_not_read, fresh, done),
        cmocka_unit_test_setup_teardown(a_sweep_takes_what_the_run_did_not_see, fresh, done),
        cmocka_unit_test_setup_teardown(a_shape_swept_while_its_image_was_gone_stays_gone, fresh, done),
        cmocka_unit_test_setup_teardown(attributes_are_replaced_as_a_whole, fresh, done),
        cmocka_unit_test_setup_teardown(filters_see_own_and_inherited_values, fresh, done),
        cmocka_unit_test_setup_teardown(filters_ask_for_states, fresh, done),
        cmocka_unit_test_setup_teardown(what_is_pending_comes_in_parts_image_by_image, fresh, done),
        cmocka_unit_test_setup_teardown(a_path_finds_its_asset_while_it_is_there, fresh, done),
        cmocka_unit_test_setup_teardown(a_callback_ends_the_walk, fresh, done),
        cmocka_unit_test_setup_teardown(strings_come_back_to_the_byte, fresh, done),
        cmocka_unit_test_setup_teardown(a_very_long_string_is_kept, fresh, done),
    };
    return cmocka_run_group_tests_name("ledger", tests, make_folder, remove_folder);
}
