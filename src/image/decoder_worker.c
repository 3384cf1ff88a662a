/* The worker decodes what it is asked until it dies. Its nurse is its parent, so that a worker can be ended without fear
 * that its process id has become another's, and so that new workers are forked by a process without threads. */
#define _GNU_SOURCE /* ppoll */
#include "image/codec.h"
#include "image/decoder_private.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- The worker ---- */

/* A decoder of the caller's own knows of no place. */
static int decode_and_copy(const kin_decoder__birth *birth, const kin_decoder__request *request, kin_image *image,
                           kin_error *err)
{
    kin_image own = KIN_IMAGE_INIT;
    int code = birth->decode(birth->file, request->size, &request->options, &own, err);
    size_t bytes = (size_t)own.width * (size_t)own.height * 3;
    if (code == KIN_OK && bytes > birth->pixel_room)
        code = kin_fail(err, KIN_E_LIMIT, "the picture has %d x %d pixels, more than there is room for", own.width,
                        own.height);
    if (code == KIN_OK) {
        memcpy(birth->pixels, own.rgb, bytes);
        *image = own;
    }
    free(own.rgb);
    return code;
}

static int decode(const kin_decoder__birth *birth, const kin_decoder__request *request, kin_image *image,
                  kin_error *err)
{
    if (birth->decode)
        return decode_and_copy(birth, request, image, err);
    int code = kin_image__decode_at(birth->file, request->size, &request->options, birth->pixels, birth->pixel_room,
                                    image, err);
    if (code != KIN_OK || image->rgb == birth->pixels)
        return code;
    /* What stb_image decoded lies in memory of its own. */
    size_t bytes = (size_t)image->width * (size_t)image->height * 3;
    if (bytes <= birth->pixel_room)
        memcpy(birth->pixels, image->rgb, bytes);
    else
        code = kin_fail(err, KIN_E_LIMIT, "the picture has %d x %d pixels, more than there is room for", image->width,
                        image->height);
    free(image->rgb);
    return code;
}

static void answer(const kin_decoder__birth *birth, const kin_decoder__request *request, kin_decoder__reply *reply)
{
    reply->kind = KIN_DECODER_DONE;
    reply->number = request->number;
    int code = request->task == KIN_DECODER_PROBE
                   ? kin_image_probe(birth->file, request->size, request->whole, &reply->info, &reply->err)
                   : decode(birth, request, &reply->image, &reply->err);
    reply->err.code = code;
}

static bool send_all(int channel, const void *message, size_t size)
{
    ssize_t n;
    do
        n = write(channel, message, size);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)size;
}

static _Noreturn void work(const kin_decoder__birth *birth)
{
    kin_decoder__reply reply;
    kin_decoder__request request;
    /* Memory that a picture took is kept for the next one. */
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
    kin_decoder__lock_in(birth);
    memset(&reply, 0, sizeof reply);
    reply.kind = KIN_DECODER_READY;
    reply.worker = getpid();
    for (;;) {
        if (!send_all(birth->channel, &reply, sizeof reply))
            _exit(1);
        ssize_t n;
        do
            n = read(birth->channel, &request, sizeof request);
        while (n < 0 && errno == EINTR);
        if (n != (ssize_t)sizeof request || request.size > birth->file_room)
            _exit(0);
        memset(&reply, 0, sizeof reply);
        answer(birth, &request, &reply);
    }
}

/* ---- The nurse ---- */

static void wake(int number)
{
    (void)number; /* ppoll returns, which is all that is wanted */
}

static void set_signal(int number, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

/* Ctrl-C reaches all processes of a terminal, but the caller may want to finish what it is at. */
static void ignore_signals(void)
{
    static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM };
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        set_signal(ignored[i], SIG_IGN);
    static const int deadly[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGXCPU };
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        set_signal(deadly[i], SIG_DFL);
#else
    (void)deadly; /* a sanitizer has something to say first */
#endif
}

static _Noreturn void be_worker(const kin_decoder__birth *birth, pid_t nurse, const sigset_t *before)
{
    set_signal(SIGCHLD, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, before, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != nurse)
        _exit(0);
    work(birth);
}

/* Until the worker has died; how it did. Ends with the caller. */
static int watch(const kin_decoder__birth *birth, pid_t worker, const sigset_t *waiting)
{
    for (;;) {
        int status;
        if (waitpid(worker, &status, WNOHANG) == worker)
            return status;
        struct pollfd control = { birth->control, POLLIN, 0 };
        char byte;
        if (ppoll(&control, 1, NULL, waiting) <= 0)
            continue;
        ssize_t n = read(birth->control, &byte, 1);
        if (n == 1 || n == 0)
            (void)kill(worker, SIGKILL);
        if (n == 0) {
            (void)waitpid(worker, &status, 0);
            _exit(0);
        }
    }
}

/* The system gives no process; it may later. */
static void wait_a_little(const kin_decoder__birth *birth)
{
    enum { milliseconds = 50 };
    struct pollfd control = { birth->control, POLLIN, 0 };
    char byte;
    if (poll(&control, 1, milliseconds) == 1 && read(birth->control, &byte, 1) == 0)
        _exit(0);
}

_Noreturn void kin_decoder__nurse(const kin_decoder__birth *birth)
{
    sigset_t blocked, waiting;
    pid_t nurse = getpid();
    (void)sigemptyset(&waiting);
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGCHLD);
    (void)sigprocmask(SIG_SETMASK, &blocked, NULL);
    (void)prctl(PR_SET_NAME, "kin-decode", 0, 0, 0);
    ignore_signals();
    set_signal(SIGCHLD, wake);
    kin_decoder__keep_files(birth->channel, birth->control);
    for (;;) {
        kin_decoder__reply reply;
        memset(&reply, 0, sizeof reply);
        reply.kind = KIN_DECODER_DIED;
        pid_t worker = fork();
        if (worker == 0)
            be_worker(birth, nurse, &waiting);
        if (worker > 0)
            reply.status = watch(birth, worker, &waiting);
        else
            wait_a_little(birth);
        if (worker > 0 && send(birth->channel, &reply, sizeof reply, MSG_NOSIGNAL) < 0)
            _exit(0);
    }
}
