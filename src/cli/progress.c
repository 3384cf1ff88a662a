/* A signal handler can reach nothing but a static flag, which is the only state of this program that is. */

#include "cli/progress.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/figures.h"
#include "cli/log.h"
#include "cli/render.h"
#include "cli/text.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { notes_most = 10 };

static volatile sig_atomic_t stop_asked, went_on;

static void on_signal(int number)
{
    static const char text[] = "\nkin: stopping after this batch; once more to end at once\n";
    (void)number;
    stop_asked = 1;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        return;
}

/* After Ctrl-Z and fg: the time between says nothing about how fast the work is. */
static void on_continue(int number)
{
    (void)number;
    went_on = 1;
}

/* SA_RESETHAND: the second signal of a kind has its usual, deadly effect. */
static void handle(void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction going_on = { .sa_handler = handler == SIG_DFL ? SIG_DFL : on_continue };
    sigemptyset(&going_on.sa_mask);
    going_on.sa_flags = SA_RESTART;
    sigaction(SIGCONT, &going_on, NULL);
}

static void clear_line(cli_progress *progress)
{
    if (progress->open)
        fputs("\r\x1b[K", stderr);
    progress->open = false;
}

/* Begins a new span to take the rate from. */
static void mark(cli_progress *progress, uint64_t done, double now)
{
    progress->marks[0] = progress->marks[1];
    progress->marks[1] = (cli_progress_mark) { now, done };
}

/* "describe images 1,200 of 5,000 (24 %), 310/s, 12 s left". The rate is that of the last half minute or so: what was
 * quick or slow an hour ago says nothing about what is left. */
static void tell(const cli_progress *progress, uint64_t done, uint64_t total, double now, kin_buffer *line)
{
    char counted[32], of[32], left[32];
    const cli_progress_mark *from = &progress->marks[0];
    double elapsed = now - from->time;
    double rate = elapsed > 0 && done > from->done ? (double)(done - from->done) / elapsed : 0;
    kin_figure_count(done, counted);
    kin_figure_count(total, of);
    kin_buffer_printf(line, "%s %s", progress->stage, counted);
    if (total > 0)
        kin_buffer_printf(line, " of %s (%.0f %%)", of, 100 * (double)done / (double)total);
    if (rate > 0)
        kin_buffer_printf(line, ", %.*f/s", rate < 10 ? 1 : 0, rate);
    if (rate > 0 && total > done && elapsed > 1) {
        cli_text_duration((double)(total - done) / rate, left);
        kin_buffer_printf(line, ", %s left", left);
    }
}

static void show(cli_progress *progress, const char *line)
{
    clear_line(progress);
    fprintf(stderr, "%s%s%s", progress->terminal ? "" : "kin: ", line, progress->terminal ? "" : "\n");
    progress->open = progress->terminal;
    fflush(stderr);
}

static void on_progress(void *user, const char *what, uint64_t done, uint64_t total)
{
    enum { span_seconds = 15, log_seconds = 60 };
    cli_progress *progress = user;
    double now = kin_clock_seconds(), pause = progress->terminal ? 0.1 : 10;
    if (strncmp(progress->stage, what, sizeof progress->stage - 1) != 0 || went_on) {
        went_on = 0;
        snprintf(progress->stage, sizeof progress->stage, "%s", what);
        mark(progress, done, now);
        mark(progress, done, now);
        progress->last = progress->terminal ? 0 : now;
        progress->logged = now;
    }
    if (now - progress->marks[1].time > span_seconds)
        mark(progress, done, now);
    bool shown = progress->shown && now - progress->last >= pause;
    bool logged = now - progress->logged >= log_seconds || (total > 0 && done == total);
    if (!shown && !logged)
        return;
    kin_buffer line = KIN_BUFFER_INIT;
    tell(progress, done, total, now, &line);
    if (shown && !line.failed) {
        progress->last = now;
        show(progress, line.data);
    }
    if (logged && !line.failed) {
        progress->logged = now;
        cli_log("%s", line.data);
    }
    kin_buffer_clear(&line);
}

static void on_note(void *user, const char *line)
{
    cli_progress *progress = user;
    if (progress->notes++ >= notes_most) {
        progress->held++;
        cli_log("%s", line);
        return;
    }
    clear_line(progress);
    cli_warn("%s", line);
}

static bool on_stop(void *user)
{
    (void)user;
    return stop_asked != 0;
}

kin_watch cli_progress_begin(cli_progress *progress, const cli_program *cli)
{
    *progress = (cli_progress) { .shown = !cli->quiet, .terminal = cli_is_terminal(stderr) };
    handle(on_signal);
    return (kin_watch) { .user = progress, .progress = on_progress, .note = on_note, .stop = on_stop };
}

void cli_progress_end(cli_progress *progress)
{
    clear_line(progress);
    handle(SIG_DFL);
}
