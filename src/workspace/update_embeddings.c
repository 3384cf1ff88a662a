/* Vectors of the user's own in place of a model's. What they mean is the hash of both files: new content means all
 * items anew, which costs little where nothing is decoded. Files of the same size and time as at the last run are
 * taken as unchanged and are not hashed; the table is read only where items wait for their rows or are gone, or
 * where something was wrong with it. Then it is held as 16 bytes an item; the vectors are read row by row. */
#include "workspace/update_private.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/ids.h"
#include "kin/embeddings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct embedded_item {
    int64_t id; /* first, for base/ids.h */
    uint64_t row;
} embedded_item;

struct kin_update_embeddings {
    kin_embeddings *file;
    const char *own_file, *own_rows; /* the data set's spelling; the arena's */
    const char *rows;                /* the table as this process opens it */
    char name[512];                  /* for people; kept as the model's */
    uint64_t stamp, rejects;
    bool assets, shapes;  /* there are rows of such items */
    embedded_item *items; /* by id */
    size_t count, capacity;
    kin_arena arena;
};

/* ---- Which files ---- */

static int choose_asked(const kin_update *update, kin_update_embeddings *e, kin_error *err)
{
    const kin_describe_options *options = update->options;
    if (!options->embeddings || !options->embedding_rows)
        return kin_fail(err, KIN_E_USAGE,
                        options->embeddings ? "which item is each row of %s? name the table with --rows: a CSV with a "
                                              "column path and, for shapes, shape"
                                            : "--rows %s goes with --embeddings, which names the vectors",
                        options->embeddings ? options->embeddings : options->embedding_rows);
    e->own_file = kin_update__own_spelling(update, &e->arena, options->embeddings, "embeddings", err);
    if (!e->own_file)
        return err ? err->code : KIN_E_NOTFOUND;
    e->own_rows = kin_update__own_spelling(update, &e->arena, options->embedding_rows, "rows of embeddings", err);
    return e->own_rows ? KIN_OK : err ? err->code : KIN_E_NOTFOUND;
}

/* own_file stays NULL where the last run had no embeddings. */
static int choose_last(const kin_update *update, kin_update_embeddings *e, kin_error *err)
{
    const char *text;
    int code = kin_workspace__embeddings(update->workspace, &text, err);
    if (code != KIN_OK || !text)
        return code;
    e->own_file = kin_arena_string(&e->arena, text);
    code = kin_ledger_setting(update->workspace->ledger, KIN_SETTING_EMBEDDING_ROWS, &text, err);
    e->own_rows = code == KIN_OK ? kin_arena_string(&e->arena, text ? text : "") : NULL;
    return code == KIN_OK && !(e->own_file && e->own_rows) ? kin_fail_memory(err) : code;
}

static int check_there(const char *file, const char *own, kin_error *err)
{
    return kin_file_exists(file) ? KIN_OK
                                 : kin_fail(err, KIN_E_NOTFOUND,
                                            "%s, in use since the last run, is gone; name --embeddings and --rows "
                                            "anew, or describe with --model",
                                            own);
}

static int stamp_files(kin_update_embeddings *e, const char *file, kin_error *err)
{
    int64_t facts[4];
    int code = kin_file_stamp(file, &facts[0], &facts[1], err);
    if (code == KIN_OK)
        code = kin_file_stamp(e->rows, &facts[2], &facts[3], err);
    if (code == KIN_OK) {
        e->stamp = kin_hash(facts, sizeof facts);
        e->stamp = kin_hash_more(e->stamp, e->own_file, strlen(e->own_file) + 1);
        e->stamp = kin_hash_more(e->stamp, e->own_rows, strlen(e->own_rows));
    }
    return code;
}

static int open_files(kin_update *update, kin_update_embeddings *e, kin_error *err)
{
    const char *file = kin_update__file_of(update, &e->arena, e->own_file);
    e->rows = kin_update__file_of(update, &e->arena, e->own_rows);
    int code = file && e->rows ? check_there(file, e->own_file, err) : kin_fail_memory(err);
    if (code == KIN_OK)
        code = check_there(e->rows, e->own_rows, err);
    if (code == KIN_OK) /* before the content is read: what changes meanwhile is noticed by the next run */
        code = stamp_files(e, file, err);
    if (code == KIN_OK)
        code = kin_embeddings_open(file, &e->file, err);
    if (code != KIN_OK)
        return code;
    size_t dim = kin_embeddings_dim(e->file);
    (void)snprintf(e->name, sizeof e->name, "embeddings (%.480s, %zu)", e->own_file, dim);
    update->vectors = (kin_model_info) { .name = e->name, .dim = dim, .input = 1 };
    return KIN_OK;
}

int kin_update__embeddings_open(kin_update *update, kin_error *err)
{
    const kin_describe_options *options = update->options;
    bool asked = options->embeddings || options->embedding_rows;
    if (asked && options->model)
        return kin_fail(err, KIN_E_USAGE, "--embeddings and --model exclude each other: either gives the vectors");
    if (options->model)
        return KIN_OK;
    kin_update_embeddings *e = kin_alloc_zeroed(1, sizeof *e);
    if (!e)
        return kin_fail_memory(err);
    update->embeddings = e;
    int code = asked ? choose_asked(update, e, err) : choose_last(update, e, err);
    if (code == KIN_OK && !e->own_file)
        kin_update__embeddings_close(update);
    else if (code == KIN_OK)
        code = open_files(update, e, err);
    return code;
}

void kin_update__embeddings_close(kin_update *update)
{
    kin_update_embeddings *e = update->embeddings;
    update->embeddings = NULL;
    if (!e)
        return;
    kin_embeddings_close(e->file);
    kin_arena_clear(&e->arena);
    free(e->items);
    free(e);
}

/* ---- Which item a row is ---- */

typedef struct rows_reading {
    kin_update *update;
    kin_arena path;
} rows_reading;

static void reject(void *user, const char *where, const char *why)
{
    rows_reading *reading = user;
    kin_update__note(reading->update, "%s: %s: %s", reading->update->embeddings->own_rows, where, why);
}

static int add_item(kin_update_embeddings *e, const kin_item *item, uint64_t row, kin_error *err)
{
    if (!KIN_GROW(&e->items, &e->capacity, e->count + 1))
        return kin_fail_memory(err);
    e->items[e->count++] = (embedded_item) { item->id, row };
    e->assets |= item->id == item->asset;
    e->shapes |= item->id != item->asset;
    return KIN_OK;
}

static int take_row(void *user, uint64_t row, const char *path, const char *shape, kin_error *err)
{
    rows_reading *reading = user;
    kin_update *update = reading->update;
    kin_update_embeddings *e = update->embeddings;
    const kin_watch *watch = update->watch;
    kin_item item;
    kin_error looking = KIN_ERROR_INIT;
    char *inside = kin_path_inside(&reading->path, path);
    int code =
        inside ? kin_ledger_item_find(update->workspace->ledger, inside, shape, &item, &looking) : KIN_E_NOTFOUND;
    if (code == KIN_E_NOTFOUND) {
        e->rejects++;
        kin_update__note(update, "%s: row %llu: there is no %s%s%s in the data set", e->own_rows,
                         (unsigned long long)row, path, shape ? "#" : "", shape ? shape : "");
    } else if (code == KIN_OK)
        code = add_item(e, &item, row, err);
    else
        kin_fail(err, code, "%s", looking.message);
    kin_arena_reset(&reading->path);
    if (watch->progress)
        watch->progress(watch->user, "read rows", row, kin_embeddings_rows(e->file));
    if (watch->stop && (row & 0xffff) == 0xffff && watch->stop(watch->user))
        return kin_fail(err, KIN_E_STOPPED, "stopped while reading %s; run the same command to go on", e->own_rows);
    return code == KIN_E_NOTFOUND ? KIN_OK : code;
}

static int by_id(const void *a, const void *b)
{
    const embedded_item *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Of an item that was named twice the lowest row counts, and the others are rejects. */
static int settle_items(kin_update *update, kin_update_embeddings *e, kin_error *err)
{
    size_t kept = 0;
    kin_item item;
    if (e->count)
        qsort(e->items, e->count, sizeof *e->items, by_id);
    for (size_t i = 0; i < e->count; i++) {
        if (kept == 0 || e->items[kept - 1].id != e->items[i].id) {
            e->items[kept++] = e->items[i];
            continue;
        }
        int code = kin_ledger_item(update->workspace->ledger, e->items[i].id, &item, err);
        if (code != KIN_OK)
            return code;
        e->rejects++;
        kin_update__note(update, "%s: row %llu: %s%s%s is row %llu already", e->own_rows,
                         (unsigned long long)e->items[i].row, item.path, item.shape ? "#" : "",
                         item.shape ? item.shape : "", (unsigned long long)e->items[kept - 1].row);
    }
    e->count = kept;
    return KIN_OK;
}

static void note_left_out(kin_update *update, const kin_update_embeddings *e)
{
    kin_ledger_counts counts = { 0 };
    if (kin_ledger_count(update->workspace->ledger, &counts, NULL) != KIN_OK)
        return;
    if (!e->assets && counts.assets)
        kin_update__note(update, "%s has rows for shapes only: whole images cannot be found by likeness", e->own_rows);
    if (!e->shapes && counts.shapes)
        kin_update__note(update, "%s has rows for whole images only: shapes cannot be found by likeness", e->own_rows);
}

static int read_rows(kin_update *update, kin_error *err)
{
    kin_update_embeddings *e = update->embeddings;
    rows_reading reading = { update, KIN_ARENA_INIT };
    kin_embedding_rows_sink sink = { take_row, reject, &reading };
    kin_embedding_rows_summary summary;
    int code = kin_embedding_rows_read(e->rows, kin_embeddings_rows(e->file), &sink, &summary, err);
    kin_arena_clear(&reading.path);
    if (code == KIN_OK)
        code = settle_items(update, e, err);
    if (code != KIN_OK)
        return code;
    e->rejects += summary.rejects;
    update->summary->rejects += e->rejects;
    if (e->count == 0)
        return kin_fail(err, KIN_E_FORMAT,
                        "%s: not one row names an image or shape of the data set; paths are relative to its folder",
                        e->own_rows);
    note_left_out(update, e);
    return KIN_OK;
}

/* ---- What the vectors mean ---- */

static int hash_table_file(const char *path, uint64_t *hash, kin_error *err)
{
    char chunk[65536];
    size_t n;
    FILE *file = fopen(path, "rb");
    if (!file)
        return kin_fail_errno(err, "open", path);
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
        *hash = kin_hash_more(*hash, chunk, n);
    int code = ferror(file) ? kin_fail_errno(err, "read", path) : KIN_OK;
    (void)fclose(file);
    return code;
}

int kin_update__embeddings_read(kin_update *update, kin_error *err)
{
    kin_workspace *w = update->workspace;
    kin_update_embeddings *e = update->embeddings;
    uint64_t stamp = 0, rejects = 0, hash = 0;
    kin_ledger_counts counts;
    int code = kin_workspace__number(w, KIN_SETTING_EMBEDDING_STAMP, 0, &stamp, err);
    if (code == KIN_OK)
        code = kin_workspace__number(w, KIN_SETTING_EMBEDDING_REJECTS, 0, &rejects, err);
    if (code == KIN_OK)
        code = kin_workspace__number(w, KIN_SETTING_VECTORS, 0, &hash, err);
    if (code == KIN_OK)
        code = kin_ledger_count(w->ledger, &counts, err);
    if (code != KIN_OK)
        return code;
    bool same = stamp == e->stamp;
    if (!same) {
        code = kin_embeddings_hash(e->file, update->watch, &hash, err);
        if (code == KIN_OK)
            code = hash_table_file(e->rows, &hash, err);
    }
    update->vectors.id = hash;
    if (code != KIN_OK || (same && !rejects && !counts.pending && !update->summary->gone))
        return code;
    return read_rows(update, err);
}

static int put_text(kin_ledger *ledger, const char *name, const char *value, int code, kin_error *err)
{
    return code == KIN_OK ? kin_ledger_setting_put(ledger, name, value, err) : code;
}

static int put_number(kin_workspace *w, const char *name, uint64_t value, int code, kin_error *err)
{
    return code == KIN_OK ? kin_workspace__number_put(w, name, value, err) : code;
}

int kin_update__embeddings_keep(kin_update *update, kin_error *err)
{
    kin_workspace *w = update->workspace;
    const kin_update_embeddings *e = update->embeddings;
    int code = put_text(w->ledger, KIN_SETTING_EMBEDDINGS, e ? e->own_file : NULL, KIN_OK, err);
    code = put_text(w->ledger, KIN_SETTING_EMBEDDING_ROWS, e ? e->own_rows : NULL, code, err);
    code = put_number(w, KIN_SETTING_EMBEDDING_STAMP, e ? e->stamp : 0, code, err);
    return put_number(w, KIN_SETTING_EMBEDDING_REJECTS, e ? e->rejects : 0, code, err);
}

/* ---- One item ---- */

int kin_update__embedding(const kin_update_embeddings *e, int64_t item, bool is_asset, float *vector, bool *left_out,
                          kin_error *err)
{
    *left_out = is_asset ? !e->assets : !e->shapes;
    if (*left_out)
        return KIN_OK;
    size_t place = kin_ids_find(e->items, e->count, sizeof *e->items, item);
    if (place == e->count)
        return kin_fail(err, KIN_E_NOTFOUND, "no row in %s", kin_path_base(e->own_file));
    return kin_embeddings_row(e->file, e->items[place].row, vector, err);
}
