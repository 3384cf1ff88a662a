/* Corrected annotations out. */

#include "base/file.h"
#include "cli/grid.h"
#include "cli/json.h"
#include "cli/options.h"
#include "kin/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const cli_option options[] = {
    { "annotations", 0, "FILE", "the COCO file to correct (default: the one in use, where it is the only one)" },
    { "changes", 0, "FILE", "the list of changes (default: FILE with .changes.csv)" },
    { 0 },
};

/* "corrected.json" -> "corrected.changes.csv" */
static const char *beside(cli_program *cli, const char *path)
{
    kin_buffer name = KIN_BUFFER_INIT;
    kin_buffer_append(&name, path, (size_t)(kin_path_extension(path) - path));
    kin_buffer_string(&name, ".changes.csv");
    const char *own = name.failed ? NULL : kin_arena_string(&cli->arena, name.data);
    kin_buffer_clear(&name);
    return own;
}

/* ---- Files that appear whole or not at all, of any size ---- */

typedef struct whole_file {
    const char *path;
    char *new_path;
    FILE *file;
} whole_file;

static int open_whole(cli_program *cli, const char *path, whole_file *out, kin_error *err)
{
    size_t size = strlen(path) + sizeof ".new";
    *out = (whole_file) { .path = path, .new_path = kin_arena_alloc(&cli->arena, size) };
    if (!out->new_path)
        return kin_fail_memory(err);
    (void)snprintf(out->new_path, size, "%s.new", path);
    out->file = fopen(out->new_path, "wb");
    return out->file ? KIN_OK : kin_fail_errno(err, "write", out->new_path);
}

static int close_whole(whole_file *out, int code, kin_error *err)
{
    if (!out->file)
        return code;
    if (code == KIN_OK && (fflush(out->file) != 0 || fsync(fileno(out->file)) != 0))
        code = kin_fail_errno(err, "write", out->new_path);
    if (fclose(out->file) != 0 && code == KIN_OK)
        code = kin_fail_errno(err, "write", out->new_path);
    if (code == KIN_OK && rename(out->new_path, out->path) != 0)
        code = kin_fail_errno(err, "replace", out->path);
    if (code != KIN_OK)
        (void)remove(out->new_path);
    return code;
}

/* ---- The command ---- */

static int print_json(const kin_export_summary *summary, kin_error *err)
{
    kin_json json = kin_json_new();
    kin_json_text(&json, NULL, "source", summary->source[0] ? summary->source : NULL);
    kin_json_count(&json, NULL, "relabelled", summary->relabelled);
    kin_json_count(&json, NULL, "removed", summary->removed);
    kin_json_count(&json, NULL, "left", summary->left);
    kin_json_count(&json, NULL, "applied", summary->applied);
    kin_json_count(&json, NULL, "image_labels", summary->image_labels);
    return cli_json_print(&json, err);
}

static int print_facts(const kin_export_summary *summary, kin_error *err)
{
    cli_grid grid = cli_grid_facts();
    cli_grid_fact(&grid, "corrected file");
    cli_grid_text(&grid, summary->source[0] ? summary->source : "none: written anew");
    cli_grid_fact(&grid, "relabelled");
    cli_grid_count(&grid, summary->relabelled);
    cli_grid_fact(&grid, "removed");
    cli_grid_count(&grid, summary->removed);
    cli_grid_fact(&grid, "mistakes left as they are");
    cli_grid_count(&grid, summary->left);
    return cli_grid_print(&grid, err);
}

static void say_what_lacks(const cli_program *cli, const kin_export_summary *summary)
{
    uint64_t wanted = summary->relabelled + summary->removed;
    if (summary->applied < wanted)
        cli_warn("%llu of these were not met in %s: it has changed since kin index, or it is another file",
                 (unsigned long long)(wanted - summary->applied), summary->source);
    if (summary->image_labels)
        cli_warn("%llu images have a label of their own, which COCO cannot hold",
                 (unsigned long long)summary->image_labels);
    if (summary->left)
        cli_say(cli, "what is left says no right label and is of no kind spurious, delete or duplicate");
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_workspace *workspace = NULL;
    kin_export_summary summary = { .relabelled = 0 };
    whole_file out = { .file = NULL }, changes = { .file = NULL };
    const char *path = args->words[0], *list = cli_text(args, "changes");
    list = list ? list : beside(cli, path);
    if (!list)
        return kin_fail_memory(err);
    int code = cli_open(cli, KIN_LEDGER_READ, &workspace, err);
    if (code == KIN_OK)
        code = open_whole(cli, path, &out, err);
    if (code == KIN_OK)
        code = open_whole(cli, list, &changes, err);
    const kin_export_options wishes = { .source = cli_text(args, "annotations"), .changes = changes.file };
    if (code == KIN_OK)
        code = kin_workspace_export(workspace, &wishes, out.file, &summary, err);
    code = close_whole(&changes, code, err);
    code = close_whole(&out, code, err);
    kin_workspace_close(workspace);
    if (code == KIN_OK)
        code = cli->json ? print_json(&summary, err) : print_facts(&summary, err);
    if (code != KIN_OK)
        return code;
    say_what_lacks(cli, &summary);
    cli->partial = summary.applied < summary.relabelled + summary.removed;
    cli_say(cli, "the corrected annotations are in %s, what was changed is in %s", path, list);
    return KIN_OK;
}

const cli_command cli_cmd_export = {
    .name = "export",
    .summary = "write the annotations as COCO, corrected by the verdicts",
    .usage = "FILE",
    .words_least = 1,
    .words_most = 1,
    .about =
        "Writes the annotations to FILE as COCO, with the mistakes corrected that a verdict says how to: a shape gets "
        "its right label (should_be), and one of the kind spurious, delete or duplicate goes. All others stay as "
        "they are; the list of changes names them too. A COCO file in use is copied with nothing else changed, "
        "masks, crowds and unknown keys included; from annotations in another format boxes, labels and attributes "
        "are written anew, and kin_shape holds shape ids that COCO does not allow. kin index takes FILE back.",
    .options = options,
    .example = "export corrected.json",
    .example_about = "corrected.json, and corrected.changes.csv beside it",
    .json = "source (null: written anew), relabelled, removed, left, applied, image_labels",
    .run = run,
};
