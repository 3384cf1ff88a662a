#include "cli/job_write.h"

#include "base/file.h"
#include "kin/browse.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- One file ---- */

typedef struct output {
    const char *path; /* NULL: none, or standard output */
    bool device;
    FILE *file;
    char *text;
    size_t size;
} output;

static int open_output(output *out, const char *path, kin_error *err)
{
    struct stat about;
    *out = (output) { .path = path };
    if (!path)
        return KIN_OK;
    out->device = stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
    out->file = out->device ? fopen(path, "wb") : open_memstream(&out->text, &out->size);
    return out->file ? KIN_OK : kin_fail_errno(err, "write", path);
}

static int close_output(output *out, int code, kin_error *err)
{
    if (out->file && fclose(out->file) != 0 && code == KIN_OK)
        code = kin_fail_errno(err, "write", out->path);
    if (code == KIN_OK && out->file && !out->device)
        code = kin_file_replace(out->path, out->text, out->size, err);
    free(out->text);
    return code;
}

/* ---- What the formats want ---- */

/* Label Studio serves what lies below its document root; what is asked for is the way from there. */
static int local_files(cli_program *cli, kin_workspace *workspace, const char *root, const char **prefix,
                       kin_error *err)
{
    char top[PATH_MAX], folder[PATH_MAX + 1];
    if (!realpath(root, top))
        return kin_fail_errno(err, "open", root);
    if (!realpath(kin_workspace_folder(workspace), folder))
        return kin_fail_errno(err, "open", kin_workspace_folder(workspace));
    size_t n = strcmp(top, "/") == 0 ? 0 : strlen(top);
    if (strncmp(folder, top, n) != 0 || (folder[n] != '/' && folder[n] != '\0'))
        return kin_fail(err, KIN_E_USAGE, "the data set does not lie below the document root %s", root);
    const char *inside = folder + n + (folder[n] == '/');
    (void)strcat(folder, inside[0] ? "/" : "");
    char *url = kin_job_url("/data/local-files/?d=", inside);
    *prefix = url ? kin_arena_string(&cli->arena, url) : NULL;
    free(url);
    return *prefix ? KIN_OK : kin_fail_memory(err);
}

static int image_prefix(cli_program *cli, kin_workspace *workspace, const cli_job_file *file, const char **prefix,
                        kin_error *err)
{
    char folder[PATH_MAX];
    *prefix = file->images;
    if (file->images)
        return KIN_OK;
    if (file->format == KIN_JOB_LABELSTUDIO)
        return local_files(cli, workspace, file->root ? file->root : "/", prefix, err);
    if (file->format != KIN_JOB_FIFTYONE)
        return KIN_OK;
    if (!realpath(kin_workspace_folder(workspace), folder))
        return kin_fail_errno(err, "open", kin_workspace_folder(workspace));
    *prefix = kin_arena_string(&cli->arena, folder);
    return *prefix ? KIN_OK : kin_fail_memory(err);
}

typedef struct label_list {
    kin_arena *arena;
    const char **list;
    size_t count, capacity;
} label_list;

static int collect_label(void *user, const char *label, uint64_t items, kin_error *err)
{
    (void)items;
    label_list *labels = user;
    if (labels->count == labels->capacity) {
        size_t capacity = labels->capacity ? 2 * labels->capacity : 64;
        const char **list = kin_arena_alloc(labels->arena, capacity * sizeof *list);
        if (!list)
            return kin_fail_memory(err);
        if (labels->count)
            memcpy(list, labels->list, labels->count * sizeof *list);
        labels->list = list;
        labels->capacity = capacity;
    }
    const char *own = kin_arena_string(labels->arena, label);
    if (own)
        labels->list[labels->count++] = own;
    return own ? KIN_OK : kin_fail_memory(err);
}

/* ---- The rows ---- */

typedef struct row_pass {
    kin_workspace *workspace;
    kin_job_writer *writer;
    bool sized; /* the format needs the sides of images */
} row_pass;

static int take_row(void *user, const kin_job_row *row, kin_error *err)
{
    row_pass *pass = user;
    kin_job_row own = *row;
    int code = KIN_OK;
    if (pass->sized && own.path && own.image_width <= 0)
        code = kin_workspace_image_size(pass->workspace, own.path, &own.image_width, &own.image_height, err);
    return code == KIN_OK ? kin_job_writer_row(pass->writer, &own, err) : code;
}

int cli_job_write(cli_program *cli, kin_workspace *workspace, const cli_job_file *file,
                  int (*rows)(void *user, int (*take)(void *writer, const kin_job_row *row, kin_error *err),
                              void *writer, kin_error *err),
                  void *user, kin_error *err)
{
    output out = { .path = NULL }, setup = { .path = NULL }, manifest = { .path = NULL };
    kin_job_options options = { .labels = NULL };
    label_list labels = { .arena = &cli->arena };
    row_pass pass = { .workspace = workspace, .sized = file->format != KIN_JOB_CSV && file->format != KIN_JOB_JSONL };
    int code = image_prefix(cli, workspace, file, &options.image_prefix, err);
    if (code == KIN_OK && pass.sized && file->format != KIN_JOB_FIFTYONE)
        code = kin_workspace_each_label(workspace, collect_label, &labels, err);
    if (code == KIN_OK)
        code = open_output(&out, file->path, err);
    if (code == KIN_OK)
        code = open_output(&setup, file->setup, err);
    if (code == KIN_OK)
        code = open_output(&manifest, file->manifest, err);
    options.labels = labels.list;
    options.labels_count = labels.count;
    options.setup = setup.file;
    options.manifest = manifest.file;
    if (code == KIN_OK)
        code = kin_job_writer_new(out.file ? out.file : stdout, file->format, &options, &pass.writer, err);
    if (code == KIN_OK)
        code = rows(user, take_row, &pass, err);
    int closed = kin_job_writer_close(pass.writer, code == KIN_OK ? err : NULL);
    code = code == KIN_OK ? closed : code;
    code = close_output(&setup, code, err);
    code = close_output(&manifest, code, err);
    return close_output(&out, code, err);
}
