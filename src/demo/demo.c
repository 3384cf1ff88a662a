/* The folder: refused, emptied or made; pictures drawn by all cores in rounds, so that progress is told and a wish to
 * stop is heard between them; the two files last, so that a folder with annotations has all its pictures. */

#include "demo/demo.h"

#include "base/checked.h"
#include "base/file.h"
#include "base/parallel.h"
#include "demo/plan.h"
#include "kin/image.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char marker[] = "This folder was drawn by `kin demo`.";
static const char story[] =
    "\n\nPictures of streets that do not exist, annotated by five people who do not exist either.\n"
    "instances.json  COCO: boxes with label and annotator; time of day, weather, camera and batch of each picture\n"
    "truth.csv       what each shape really is, and which mistake was planted on it\n\n"
    "To be found: one annotator calls every skateboarder a pedestrian; half of what is labelled motorcycle are\n"
    "bicycles, mostly one annotator's and by night; a few other wrong labels, loose boxes and missing shapes.\n\n"
    "    kin index FOLDER --annotations FOLDER/instances.json\n";

enum { pictures_most = 100000, round_size = 64, jpeg_quality = 88 };

/* ---- The folder ---- */

static bool is_picture_name(const char *name)
{
    return strspn(name, "0123456789") == 6 && strcmp(name + 6, ".jpg") == 0;
}

static bool is_demo_name(const char *name)
{
    static const char *const ours[] = { "README.txt",         "README.txt.new", "images",       "instances.json",
                                        "instances.json.new", "truth.csv",      "truth.csv.new" };
    size_t count = sizeof ours / sizeof *ours;
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, ours[i]) == 0)
            return true;
    return false;
}

static bool has_marker(kin_arena *arena, const char *folder)
{
    char start[sizeof marker] = "";
    const char *path = kin_path_join(arena, folder, "README.txt");
    FILE *in = path ? fopen(path, "rb") : NULL;
    if (!in)
        return false;
    size_t got = fread(start, 1, sizeof marker - 1, in);
    (void)fclose(in);
    return got == sizeof marker - 1 && memcmp(start, marker, got) == 0;
}

/* Looks at every name in `path`, which may be absent. Names that pass `allowed` are deleted where `clear` is set
 * (folders stay); the first other one is KIN_E_USAGE, and so is a link, which may lead anywhere. */
static int sweep(kin_arena *arena, const char *path, bool (*allowed)(const char *name), bool clear, kin_error *err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOENT ? KIN_OK : kin_fail_errno(err, "read the folder", path);
    int code = KIN_OK;
    const struct dirent *entry;
    while (code == KIN_OK && (entry = readdir(dir)) != NULL) {
        struct stat about;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        const char *file = kin_path_join(arena, path, entry->d_name);
        if (!file)
            code = kin_fail_memory(err);
        else if (lstat(file, &about) != 0)
            code = kin_fail_errno(err, "look at", file);
        else if (S_ISLNK(about.st_mode) || !allowed(entry->d_name) ||
                 S_ISDIR(about.st_mode) != (strcmp(entry->d_name, "images") == 0))
            code = kin_fail(err, KIN_E_USAGE, "%s is not empty (it holds %s): name a new folder for the demo", path,
                            entry->d_name);
        else if (clear && !S_ISDIR(about.st_mode) && unlink(file) != 0)
            code = kin_fail_errno(err, "remove", file);
    }
    (void)closedir(dir);
    return code;
}

static bool no_name(const char *name)
{
    (void)name;
    return false;
}

/* Leaves an empty folder that is marked as a demo's; or, by an error, the folder as it was. */
static int prepare_folder(kin_arena *arena, const char *folder, const char *images, kin_error *err)
{
    int code;
    if (!has_marker(arena, folder)) {
        code = sweep(arena, folder, no_name, false, err);
    } else {
        code = sweep(arena, folder, is_demo_name, false, err);
        if (code == KIN_OK)
            code = sweep(arena, images, is_picture_name, false, err);
        if (code == KIN_OK)
            code = sweep(arena, images, is_picture_name, true, err);
        if (code == KIN_OK)
            code = sweep(arena, folder, is_demo_name, true, err);
    }
    if (code == KIN_OK)
        code = kin_file_make_folder(images, err);
    return code;
}

static int write_readme(const char *path, kin_error *err)
{
    kin_buffer text = KIN_BUFFER_INIT;
    kin_buffer_string(&text, marker);
    kin_buffer_string(&text, story);
    int code = text.failed ? kin_fail_memory(err) : kin_file_replace(path, text.data, text.size, err);
    kin_buffer_clear(&text);
    return code;
}

/* ---- The pictures ---- */

typedef struct worker {
    kin_canvas *canvas;
    uint8_t *rgb;
    size_t failed; /* the picture that failed first, where err.code says that one did */
    kin_error err;
} worker;

typedef struct studio {
    const kin_demo_plan *plan;
    const char *images;
    worker *workers;
    size_t threads, first; /* of this round */
} studio;

/* Not synced: a picture lost in a crash is drawn again. */
static int write_picture(const char *images, size_t i, const uint8_t *bytes, size_t size, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    char name[32];
    int code = KIN_OK;
    (void)snprintf(name, sizeof name, "%06zu.jpg", i + 1);
    const char *path = kin_path_join(&arena, images, name);
    FILE *out = path ? fopen(path, "wb") : NULL;
    if (!path)
        code = kin_fail_memory(err);
    else if (!out)
        code = kin_fail_errno(err, "write", path);
    else {
        bool written = fwrite(bytes, 1, size, out) == size;
        if (fclose(out) != 0 || !written)
            code = kin_fail_errno(err, "write", path);
    }
    kin_arena_clear(&arena);
    return code;
}

static void draw_one(void *user, size_t number, size_t i)
{
    studio *s = user;
    worker *w = &s->workers[number];
    uint8_t *bytes = NULL;
    size_t size = 0, picture = s->first + i;
    if (w->err.code != KIN_OK)
        return;
    w->failed = picture;
    int code = kin_demo__draw(s->plan, picture, w->canvas, w->rgb, &w->err);
    if (code == KIN_OK)
        code = kin_image_encode_jpeg(w->rgb, KIN_SCENE_WIDTH, KIN_SCENE_HEIGHT, jpeg_quality, &bytes, &size, &w->err);
    if (code == KIN_OK)
        (void)write_picture(s->images, picture, bytes, size, &w->err);
    free(bytes);
}

static void close_studio(studio *s)
{
    for (size_t i = 0; s->workers && i < s->threads; i++) {
        kin_canvas_free(s->workers[i].canvas);
        free(s->workers[i].rgb);
    }
    free(s->workers);
}

static int open_studio(studio *s, kin_error *err)
{
    s->workers = kin_alloc_zeroed(s->threads, sizeof *s->workers);
    if (!s->workers)
        return kin_fail_memory(err);
    for (size_t i = 0; i < s->threads; i++) {
        int code = kin_canvas_new(KIN_SCENE_WIDTH, KIN_SCENE_HEIGHT, &s->workers[i].canvas, err);
        if (code != KIN_OK)
            return code;
        s->workers[i].rgb = kin_alloc_array((size_t)KIN_SCENE_WIDTH * KIN_SCENE_HEIGHT, 3);
        if (!s->workers[i].rgb)
            return kin_fail_memory(err);
    }
    return KIN_OK;
}

/* The error of the first picture that has one, whichever worker met it. */
static int round_error(const studio *s, kin_error *err)
{
    const worker *first = NULL;
    for (size_t i = 0; i < s->threads; i++) {
        const worker *w = &s->workers[i];
        if (w->err.code != KIN_OK && (!first || w->failed < first->failed))
            first = w;
    }
    return first ? kin_fail(err, first->err.code, "%s", first->err.message) : KIN_OK;
}

static int draw_pictures(const kin_demo_plan *plan, const char *images, size_t threads, const kin_watch *watch,
                         kin_error *err)
{
    studio s = { .plan = plan, .images = images, .threads = threads };
    size_t count = plan->picture_count;
    int code = open_studio(&s, err);
    while (code == KIN_OK && s.first < count) {
        size_t round = count - s.first < round_size ? count - s.first : round_size;
        if (watch && watch->stop && watch->stop(watch->user)) {
            code = kin_fail(err, KIN_E_STOPPED, "stopped after %zu of %zu pictures: run it again to draw them all",
                            s.first, count);
            break;
        }
        kin_parallel(threads, round, draw_one, &s);
        code = round_error(&s, err);
        s.first += round;
        if (code == KIN_OK && watch && watch->progress)
            watch->progress(watch->user, "draw", s.first, count);
    }
    close_studio(&s);
    return code;
}

int kin_demo_write(const char *folder, const kin_demo_options *options, const kin_watch *watch,
                   kin_demo_summary *summary, kin_error *err)
{
    kin_arena arena = KIN_ARENA_INIT;
    kin_demo_plan plan = KIN_DEMO_PLAN_INIT;
    int code = KIN_OK;
    const char *images = kin_path_join(&arena, folder, "images");
    const char *readme = kin_path_join(&arena, folder, "README.txt");
    const char *instances = kin_path_join(&arena, folder, "instances.json");
    const char *truth = kin_path_join(&arena, folder, "truth.csv");
    size_t threads = options->threads ? options->threads : kin_parallel_cores();
    if (options->pictures < 1 || options->pictures > pictures_most)
        code = kin_fail(err, KIN_E_USAGE, "a demo has 1 to %d pictures, not %lu", pictures_most,
                        (unsigned long)options->pictures);
    else if (!images || !readme || !instances || !truth)
        code = kin_fail_memory(err);
    if (code == KIN_OK)
        code = prepare_folder(&arena, folder, images, err);
    if (code == KIN_OK)
        code = write_readme(readme, err);
    if (code == KIN_OK)
        code = kin_demo__plan(options->seed, options->pictures, &plan, err);
    if (code == KIN_OK)
        code = draw_pictures(&plan, images, threads < round_size ? threads : round_size, watch, err);
    if (code == KIN_OK)
        code = kin_demo__write_truth(&plan, truth, err);
    if (code == KIN_OK)
        code = kin_demo__write_instances(&plan, instances, err);
    if (code == KIN_OK && summary)
        kin_demo__summarise(&plan, summary);
    kin_demo__plan_clear(&plan);
    kin_arena_clear(&arena);
    return code;
}
