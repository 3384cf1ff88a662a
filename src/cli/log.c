#include "cli/log.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "cli/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static FILE *log_file;
static char log_path[4096];

static void write_line(const char *text)
{
    char time[32];
    kin_buffer line = KIN_BUFFER_INIT;
    kin_clock_format(kin_clock_now(), time);
    kin_buffer_printf(&line, "%s %ld ", time, (long)getpid());
    cli_text_clean(&line, text);
    kin_buffer_char(&line, '\n');
    if (!line.failed) /* in one piece: other runs may write beside */
        (void)fwrite(line.data, 1, line.size, log_file);
    (void)fflush(log_file);
    kin_buffer_clear(&line);
}

void cli_log(const char *format, ...)
{
    char text[2048];
    va_list list;
    if (!log_file)
        return;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    write_line(text);
}

int cli_log_open(const char *path, int argc, char *const *argv, kin_error *err)
{
    kin_buffer words = KIN_BUFFER_INIT;
    log_file = fopen(path, "a");
    if (!log_file)
        return kin_fail_errno(err, "write the log", path);
    (void)snprintf(log_path, sizeof log_path, "%s", path);
    for (int i = 0; i < argc; i++)
        kin_buffer_printf(&words, "%s%s", i ? " " : "", argv[i]);
    write_line(words.failed ? argv[0] : words.data);
    kin_buffer_clear(&words);
    return KIN_OK;
}

int cli_log_close(int exit_code, kin_error *err)
{
    if (!log_file)
        return KIN_OK;
    cli_log("exit %d", exit_code);
    bool failed = ferror(log_file) != 0;
    failed = fclose(log_file) != 0 || failed;
    log_file = NULL;
    return failed ? kin_fail(err, KIN_E_IO, "the log %s is not complete: it could not be written", log_path) : KIN_OK;
}
