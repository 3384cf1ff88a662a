#include "described_set.h"

#include "base/buffer.h"
#include "base/checked.h"
#include "base/file.h"
#include "base/parallel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    described_set *set;
    size_t capacity, shapes;
    size_t *starts; /* [images + 1] where each image's items start */
    const char *folder;
    double margin;
    kin_describer **describers;
    bool *bad; /* by item: could not be read */
} reading;

void bench_must(int code, const kin_error *err)
{
    if (code == KIN_OK)
        return;
    (void)fprintf(stderr, "%s\n", err->message);
    exit(1);
}

void *bench_must_have(void *memory)
{
    kin_error err = KIN_ERROR_INIT;
    bench_must(memory ? KIN_OK : kin_fail_memory(&err), &err);
    return memory;
}

static int take(void *user, const kin_annotation *annotation, kin_error *err)
{
    reading *r = user;
    described_set *s = r->set;
    if (!annotation->label)
        return KIN_OK;
    if (!KIN_GROW(&s->items, &r->capacity, s->count + 1))
        return kin_fail_memory(err);
    int64_t *label = kin_table_add(&s->labels, annotation->label, (int64_t)s->labels.count, NULL);
    char *path = kin_arena_string(&s->arena, annotation->path);
    char *shape = kin_arena_string(&s->arena, annotation->shape);
    if (!label || !path || (annotation->shape && !shape))
        return kin_fail_memory(err);
    s->items[s->count++] = (described_item) { path, shape, *label, 0, annotation->box, annotation->relative };
    r->shapes += shape != NULL;
    return KIN_OK;
}

/* Where a set has shapes, its images are no items; then groups what is left by image. */
static void arrange(reading *r)
{
    described_set *s = r->set;
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if ((s->items[i].shape != NULL) == (r->shapes > 0))
            s->items[kept++] = s->items[i];
    s->count = kept;
    r->starts = bench_must_have(kin_alloc_array(kept + 1, sizeof *r->starts));
    for (size_t i = 0; i < kept; i++) {
        if (i == 0 || strcmp(s->items[i].path, s->items[i - 1].path) != 0)
            r->starts[s->images++] = i;
        s->items[i].image = s->images - 1;
    }
    r->starts[s->images] = kept;
}

static int describe_image(reading *r, kin_describer *describer, size_t first, size_t end, kin_error *err)
{
    described_set *s = r->set;
    kin_arena arena = KIN_ARENA_INIT;
    kin_buffer file = KIN_BUFFER_INIT;
    kin_image image = KIN_IMAGE_INIT;
    kin_image_options decode = KIN_IMAGE_OPTIONS_INIT;
    const char *path = kin_path_join(&arena, r->folder, s->items[first].path);
    int code = path ? kin_file_read(path, (size_t)1 << 30, &file, err) : kin_fail_memory(err);
    if (!code)
        code = kin_image_decode(file.data, file.size, &decode, &image, err);
    for (size_t i = first; !code && i < end; i++) {
        kin_box box = s->items[i].box, region = { 0, 0, image.full_width, image.full_height };
        if (s->items[i].relative)
            box = (kin_box) { box.x * region.w, box.y * region.h, box.w * region.w, box.h * region.h };
        kin_error reason = KIN_ERROR_INIT;
        int bad = KIN_OK;
        if (s->items[i].shape)
            bad = kin_box_region(box, r->margin, image.full_width, image.full_height, &region, &reason);
        if (!bad)
            bad = kin_describer_run(describer, &image, &region, 1, s->vectors + i * s->dim, &reason);
        r->bad[i] = bad != KIN_OK;
    }
    kin_image_clear(&image);
    kin_buffer_clear(&file);
    kin_arena_clear(&arena);
    return code;
}

static void describe(void *user, size_t worker, size_t i)
{
    reading *r = user;
    kin_error err = KIN_ERROR_INIT;
    if (describe_image(r, r->describers[worker], r->starts[i], r->starts[i + 1], &err) == KIN_OK)
        return;
    (void)fprintf(stderr, "%s: %s\n", r->set->items[r->starts[i]].path, err.message);
    for (size_t j = r->starts[i]; j < r->starts[i + 1]; j++)
        r->bad[j] = true;
}

/* Drops what could not be read, so that rows of vectors and items stay side by side. */
static void drop_bad(reading *r)
{
    described_set *s = r->set;
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (r->bad[i])
            continue;
        s->items[kept] = s->items[i];
        memmove(s->vectors + kept * s->dim, s->vectors + i * s->dim, s->dim * sizeof(float));
        kept++;
    }
    s->unread = s->count - kept;
    s->count = kept;
}

/* The folder a path of annotations speaks of: itself, or the one the file lies in. */
static const char *folder_of(kin_arena *arena, const char *path)
{
    if (kin_file_is_folder(path))
        return path;
    const char *base = kin_path_base(path);
    return base == path ? "." : bench_must_have(kin_arena_copy(arena, path, (size_t)(base - path)));
}

described_set described_set_read(const kin_model *model, const char *annotations, const described_options *options)
{
    kin_error err = KIN_ERROR_INIT;
    described_set s = { .dim = kin_model_about(model)->dim };
    reading r = { .set = &s, .margin = options->margin };
    r.folder = folder_of(&s.arena, annotations);
    kin_import_options import = KIN_IMPORT_OPTIONS_INIT;
    import.label_column = options->label_column;
    kin_annotation_sink sink = { .take = take, .user = &r };
    bench_must(kin_import_annotations(annotations, r.folder, &import, &sink, NULL, &err), &err);
    arrange(&r);
    size_t threads = options->threads ? options->threads : kin_parallel_cores();
    if (s.count < 2)
        bench_must(kin_fail(&err, KIN_E_USAGE, "%s has fewer than two items with a label", annotations), &err);
    s.vectors = bench_must_have(kin_alloc_array(s.count, s.dim * sizeof(float)));
    r.bad = bench_must_have(kin_alloc_zeroed(s.count, sizeof(bool)));
    r.describers = bench_must_have(kin_alloc_zeroed(threads, sizeof(kin_describer *)));
    for (size_t i = 0; i < threads; i++)
        bench_must(kin_describer_new(model, &r.describers[i], &err), &err);
    kin_parallel(threads, s.images, describe, &r);
    drop_bad(&r);
    for (size_t i = 0; i < threads; i++)
        kin_describer_free(r.describers[i]);
    free(r.describers);
    free(r.bad);
    free(r.starts);
    return s;
}

void described_set_clear(described_set *set)
{
    free(set->vectors);
    free(set->items);
    kin_table_clear(&set->labels);
    kin_arena_clear(&set->arena);
    *set = (described_set) { .count = 0 };
}

const char **described_set_names(const described_set *set)
{
    const char **names = bench_must_have(kin_alloc_zeroed(set->labels.count, sizeof *names)), *key;
    size_t place = 0, length;
    int64_t number;
    while (kin_table_next(&set->labels, &place, &key, &length, &number))
        names[number] = key;
    return names;
}
