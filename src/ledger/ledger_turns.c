/* Writers wait for each other. SQLite's own waiting polls ever more slowly, so that who has waited longest is the least
 * likely to be next; and beside one who begins again right after each commit, as an import does, others hardly ever come
 * at the moment in between. Here a writer passes a gate before it asks for SQLite's lock: the one whose turn is next
 * stands in it, and who comes from a commit has to pass it as well. Before the gate they poll too, the faster the longer
 * they have waited. The gate is a lock on the ledger's folder, which the kernel takes from those who die. It is for order
 * alone: where there are no such locks, or one stopped in it, the others go on without when their time is up. */
#include "ledger/ledger_private.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static const double soon = 0.05; /* seconds */
static const long slow_ns = 2000000, fast_ns = 500000;

static void rest(long nanoseconds)
{
    (void)nanosleep(&(struct timespec) { 0, nanoseconds }, NULL);
}

/* What SQLite asks where a lock is another's: whether to try again. */
static int try_again(void *user, int tries)
{
    kin_ledger *ledger = user;
    double now = kin_clock_seconds();
    if (tries == 0 && !ledger->queued)
        ledger->until = now + ledger->patience;
    if (now >= ledger->until)
        return 0;
    rest(fast_ns);
    return 1;
}

void kin_ledger__patience(kin_ledger *ledger, int milliseconds)
{
    ledger->patience = milliseconds / 1000.0;
    (void)sqlite3_busy_handler(ledger->db, try_again, ledger);
}

void kin_ledger__gate_open(kin_ledger *ledger, const char *folder)
{
    ledger->gate = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void kin_ledger__gate_close(kin_ledger *ledger)
{
    if (ledger->gate >= 0)
        (void)close(ledger->gate);
}

void kin_ledger__queue(kin_ledger *ledger, double seconds)
{
    double began = kin_clock_seconds(), now = began;
    ledger->until = began + seconds;
    ledger->queued = true;
    while (ledger->gate >= 0 && now < ledger->until && flock(ledger->gate, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return;
        rest(now - began < soon ? slow_ns : fast_ns);
        now = kin_clock_seconds();
    }
}

void kin_ledger__leave(kin_ledger *ledger)
{
    ledger->queued = false;
    if (ledger->gate >= 0)
        (void)flock(ledger->gate, LOCK_UN);
}
