/* The first byte chooses the format; the rest is the file of verdicts. */
#include "fuzz.h"

#include "kin/job_files.h"

#include <math.h>

enum { kinds = 5 };

static const kin_job_format formats[kinds] = { KIN_JOB_UNKNOWN, KIN_JOB_CSV, KIN_JOB_JSONL, KIN_JOB_LABELSTUDIO,
                                               KIN_JOB_CVAT };

static char folder[256];

static void remove_folder(void)
{
    fuzz_remove(folder, "v");
    fuzz_remove(folder, "");
}

/* Reads every byte, so that a sanitizer sees texts that end nowhere. */
static void check_text(const char *text)
{
    must(!text || (text[0] && strlen(text) < (size_t)1 << 32));
}

static int take(void *user, const kin_job_row *row, kin_error *err)
{
    uint64_t *taken = user;
    (void)err;
    must(row->item && row->verdict && row->count >= 1 && row->job >= 0);
    must(strcmp(row->verdict, "ok") == 0 || strcmp(row->verdict, "minor") == 0 ||
         strcmp(row->verdict, "critical") == 0);
    must(isfinite(row->box.x) && isfinite(row->box.y) && isfinite(row->box.w) && isfinite(row->box.h));
    const char *texts[] = { row->item, row->label, row->should_be, row->kind, row->note, row->reviewer, row->time };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_text(texts[i]);
    char *key = kin_job_key(row->item);
    must(key && strlen(key) >= strlen(row->item));
    free(key);
    ++*taken;
    return KIN_OK;
}

static void reject(void *user, const char *where, const char *why)
{
    (void)user;
    must(*where && *why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!folder[0]) {
        fuzz_make_folder(folder);
        (void)atexit(remove_folder);
    }
    kin_job_format format = formats[fuzz_take_byte(&data, &size) % kinds];
    char path[512];
    uint64_t taken = 0;
    kin_error err = KIN_ERROR_INIT;
    kin_rows_summary summary = { 0 };
    const kin_row_sink sink = { take, reject, &taken };
    fuzz_write(folder, "v", data, size);
    (void)snprintf(path, sizeof path, "%s/v", folder);
    int code = kin_rows_read(path, format, &sink, &summary, &err);
    if (code != KIN_OK)
        fuzz_check_failure(code, &err);
    must(summary.rows == taken);
    return 0;
}
