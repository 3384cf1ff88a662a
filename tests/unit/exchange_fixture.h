#ifndef KIN_EXCHANGE_FIXTURE_H
#define KIN_EXCHANGE_FIXTURE_H
/* A data set's folder under /tmp, and imports written down as text: one line an annotation or reject. */

#include "kin_test.h"

#include "base/file.h"
#include "kin/exchange.h"
#include "kin/job_files.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct fixture {
    char folder[64];
    kin_arena arena;
    kin_buffer taken, rejected; /* of the last import */
    kin_import_summary summary;
    kin_error err;
    kin_import_options options;
    bool quiet;    /* counts only */
    int refuse_at; /* take fails at this annotation, 1 is the first; 0: never */
} fixture;

static inline int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info, (void)kind, (void)place;
    return remove(path);
}

static inline int fixture_open(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/kin_test_exchange_XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    *state = f;
    return 0;
}

static inline int fixture_close(void **state)
{
    fixture *f = *state;
    (void)nftw(f->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    kin_arena_clear(&f->arena);
    kin_buffer_clear(&f->taken);
    kin_buffer_clear(&f->rejected);
    free(f);
    return 0;
}

static inline const char *in_folder(fixture *f, const char *name)
{
    return kin_path_join(&f->arena, f->folder, name);
}

static inline void put_bytes(fixture *f, const char *name, const void *bytes, size_t size)
{
    const char *path = in_folder(f, name);
    char *folder = kin_arena_copy(&f->arena, path, (size_t)(kin_path_base(path) - path));
    assert_int_equal(kin_file_make_folder(folder, &f->err), KIN_OK);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void put(fixture *f, const char *name, const char *text)
{
    put_bytes(f, name, text, strlen(text));
}

static inline int note_taken(void *user, const kin_annotation *a, kin_error *err)
{
    fixture *f = user;
    if (f->refuse_at && --f->refuse_at == 0)
        return kin_fail(err, KIN_E_STOPPED, "enough");
    if (f->quiet)
        return KIN_OK;
    kin_buffer_printf(&f->taken, "%s", a->path);
    if (a->shape)
        kin_buffer_printf(&f->taken, "#%s %s%.10g,%.10g,%.10g,%.10g", a->shape, a->relative ? "~" : "", a->box.x,
                          a->box.y, a->box.w, a->box.h);
    if (a->width || a->height)
        kin_buffer_printf(&f->taken, " %dx%d", a->width, a->height);
    if (a->label)
        kin_buffer_printf(&f->taken, " [%s]", a->label);
    for (size_t i = 0; i < a->attribute_count; i++)
        kin_buffer_printf(&f->taken, " %s=%s", a->attributes[i].key, a->attributes[i].value);
    kin_buffer_char(&f->taken, '\n');
    return KIN_OK;
}

static inline void note_rejected(void *user, const char *where, const char *why)
{
    fixture *f = user;
    kin_buffer_printf(&f->rejected, "%s: %s\n", where, why);
}

static inline int import(fixture *f, const char *name)
{
    const kin_annotation_sink sink = { note_taken, note_rejected, f };
    kin_buffer_reset(&f->taken);
    kin_buffer_reset(&f->rejected);
    kin_buffer_string(&f->taken, "");
    kin_buffer_string(&f->rejected, "");
    return kin_import_annotations(in_folder(f, name), f->folder, &f->options, &sink, &f->summary, &f->err);
}

/* cmocka cuts long texts: this shows from where they differ. */
static inline void same_text(const char *found, const char *wanted)
{
    size_t i = 0, line = 0;
    for (; found[i] && found[i] == wanted[i]; i++)
        if (found[i] == '\n')
            line = i + 1;
    if (found[i] != wanted[i])
        fail_msg("found:\n%.300s\nwanted:\n%.300s", found + line, wanted + line);
}

/* Imports the text as a file of that name and compares all that came out. */
static inline void expect(fixture *f, const char *name, const char *text, const char *taken, const char *rejected)
{
    f->err = (kin_error)KIN_ERROR_INIT;
    if (text)
        put(f, name, text);
    int code = import(f, name);
    assert_string_equal(f->err.message, "");
    assert_int_equal(code, KIN_OK);
    same_text(f->taken.data, taken);
    same_text(f->rejected.data, rejected);
}

/* The import fails with that code and a message that has `message` in it. */
static inline void expect_failure(fixture *f, const char *name, const char *text, int code, const char *message)
{
    f->err = (kin_error)KIN_ERROR_INIT;
    if (text)
        put(f, name, text);
    assert_int_equal(import(f, name), code);
    if (!strstr(f->err.message, message))
        fail_msg("\"%s\" is not in \"%s\"", message, f->err.message);
}

/* The path of a folder of the shared real data, from the arena; NULL (and a message) where there is none. */
static inline const char *shared_data(fixture *f, const char *name)
{
    const char *shared = getenv("KIN_SHARED_DATA");
    const char *root = shared ? shared : KIN_TEST_DATA "/../../../shared/data";
    const char *path = kin_path_join(&f->arena, root, name);
    if (kin_file_is_folder(path))
        return path;
    print_message("skipped: there is no %s\n", path);
    return NULL;
}

#endif
