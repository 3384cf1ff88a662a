/* A signal handler can reach nothing but a static flag, which is the only state of this program that is. */

#include "cli/progress.h"

#include "base/clock.h"
#include "base/figures.h"
#include "cli/render.h"
#include "cli/text.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { notes_most = 10 };

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    static const char text[] = "\nkin: stopping after this batch; once more to end at once\n";
    (void)number;
    stop_asked = 1;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        return;
}

/* SA_RESETHAND: the second signal of a kind has its usual, deadly effect. */
static void handle(void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void clear_line(cli_progress *progress)
{
    if (progress->open)
        fputs("\r\x1b[K", stderr);
    progress->open = false;
}

static void show(cli_progress *progress, uint64_t done, uint64_t total, double now)
{
    char counted[32], of[32], left[32];
    double elapsed = now - progress->began;
    double rate = elapsed > 0 && done > progress->from ? (double)(done - progress->from) / elapsed : 0;
    kin_figure_count(done, counted);
    kin_figure_count(total, of);
    clear_line(progress);
    fprintf(stderr, "%s%s %s", progress->terminal ? "" : "kin: ", progress->stage, counted);
    if (total > 0)
        fprintf(stderr, " of %s (%.0f %%)", of, 100 * (double)done / (double)total);
    if (rate > 0)
        fprintf(stderr, ", %.*f/s", rate < 10 ? 1 : 0, rate);
    if (rate > 0 && total > done && elapsed > 1) {
        cli_text_duration((double)(total - done) / rate, left);
        fprintf(stderr, ", %s left", left);
    }
    if (!progress->terminal)
        fputc('\n', stderr);
    progress->open = progress->terminal;
    fflush(stderr);
}

static void on_progress(void *user, const char *what, uint64_t done, uint64_t total)
{
    cli_progress *progress = user;
    if (!progress->shown)
        return;
    double now = kin_clock_seconds(), pause = progress->terminal ? 0.1 : 10;
    if (strncmp(progress->stage, what, sizeof progress->stage - 1) != 0) {
        snprintf(progress->stage, sizeof progress->stage, "%s", what);
        progress->began = now;
        progress->from = done;
        progress->last = progress->terminal ? 0 : now;
    }
    if (now - progress->last < pause)
        return;
    progress->last = now;
    show(progress, done, total, now);
}

static void on_note(void *user, const char *line)
{
    cli_progress *progress = user;
    if (progress->notes++ >= notes_most) {
        progress->held++;
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
