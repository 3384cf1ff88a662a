/* The caller's side. A decoder has memory that it shares with its worker (the file, then the pixels; address space for
 * the largest, of which only what is touched becomes memory), and a socket for messages. Time is watched from here:
 * a worker is ended when it has used too much of the processor, so that a busy machine makes no file unreadable, or when
 * it has not answered for many times that.
 *
 * A worker that crashed is asked once more, since it may have died of something else (the system ends processes when
 * memory runs out). Answers to what was asked before are told by their number; and since a worker does one thing after
 * the other, none of them writes pixels once the latest is answered. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "image/decoder_private.h"

#include "base/checked.h"
#include "base/parallel.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    bytes_a_pixel = 8,       /* of room for pixels: what 16-bit PNG takes while it is decoded */
    memory_a_pixel = 20,     /* that decoders take, as kin/image.h says */
    kept_bytes = 32 << 20,   /* of memory, between pictures */
    slices = 10,             /* of the limit of processor time, in which the worker's clock is looked at */
    waits = 12,              /* times the limit of processor time that an answer may take in all */
    cpu_seconds = 3600,      /* of a worker's life */
    retired_seconds = 1800,  /* from then on it is replaced between pictures */
    goodbye_seconds = 10,
    requests_a_look = 256 /* at the worker's age */
};

static const uint64_t most_pixels = (uint64_t)256 << 20, most_bytes = (uint64_t)256 << 20;
static const uint64_t least_memory = (uint64_t)512 << 20;

struct kin_decoder {
    kin_decoders *all;
    kin_decoder *next; /* of those that are free */
    const uint8_t *bytes;
    size_t size;
    kin_image image; /* the last one; in this process, owned */
    /* With a worker: */
    bool works;
    int channel, control;
    pid_t nurse, worker;
    uint64_t number; /* of the last request */
    uint8_t *shared;
    size_t shared_size;
};

struct kin_decoders {
    kin_decoders_options options;
    kin_decoder *list;
    kin_decoder *idle;
    pthread_mutex_t lock;
    pthread_cond_t given_back;
    atomic_uint_fast64_t replaced;
    bool have_workers;
    kin_error note;
    size_t file_room, pixel_room; /* of each decoder's shared memory */
};

/* ---- Messages ---- */

typedef enum outcome { ANSWERED, DIED, TOO_LONG, GONE } outcome;

static double cpu_used(pid_t worker)
{
    clockid_t clock;
    struct timespec time;
    if (worker <= 0 || clock_getcpuclockid(worker, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return 0;
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Of the waiting for an answer. */
static double slice_of(const kin_decoders *all)
{
    return all->options.seconds / slices;
}

static uint8_t *pixels_of(const kin_decoder *d)
{
    return d->shared + d->all->file_room;
}

/* One message; 0: none came, with MSG_DONTWAIT at once, else within the slice of time. */
static int receive(kin_decoder *d, int flags, kin_decoder__reply *reply)
{
    ssize_t n = recv(d->channel, reply, sizeof *reply, flags);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n != (ssize_t)sizeof *reply)
        return -1;
    if (reply->kind == KIN_DECODER_READY)
        d->worker = reply->worker;
    if (reply->kind == KIN_DECODER_DIED) {
        atomic_fetch_add(&d->all->replaced, 1);
        d->worker = 0;
    }
    return 1;
}

/* Waits for the answer to the last request. The worker's clock is looked at when the first slice has gone by, all of
 * which it may have used. */
static outcome wait_for_answer(kin_decoder *d, kin_decoder__reply *reply)
{
    double most = d->all->options.seconds, slice = slice_of(d->all), waited = 0, began = -1;
    for (;;) {
        int got = receive(d, 0, reply);
        if (got < 0)
            return GONE;
        if (got > 0 && reply->kind == KIN_DECODER_DIED)
            return DIED;
        if (got > 0 && reply->kind == KIN_DECODER_DONE && reply->number == d->number)
            return ANSWERED;
        if (got > 0 && reply->kind == KIN_DECODER_READY)
            began = 0; /* a new one */
        if (got > 0)
            continue;
        waited += slice;
        double used = cpu_used(d->worker);
        if (began < 0)
            began = used - slice;
        if (used - began >= most || waited >= waits * most)
            return TOO_LONG;
    }
}

/* Passes over all others; for some seconds. */
static bool wait_for(kin_decoder *d, kin_decoder__kind kind, kin_decoder__reply *reply)
{
    double slice = slice_of(d->all);
    for (double waited = 0; waited < goodbye_seconds; waited += slice) {
        int got = receive(d, 0, reply);
        if (got < 0)
            return false;
        if (got > 0 && reply->kind == kind)
            return true;
    }
    return false;
}

/* Ends the worker, and waits until its nurse says so. */
static bool end_worker(kin_decoder *d)
{
    const char byte = 0;
    kin_decoder__reply reply;
    if (write(d->control, &byte, 1) != 1)
        return false;
    return wait_for(d, KIN_DECODER_DIED, &reply);
}

/* What was said while nobody listened: a worker died between two pictures. A worker that is old is ended. */
static void settle(kin_decoder *d)
{
    kin_decoder__reply reply;
    while (receive(d, MSG_DONTWAIT, &reply) > 0)
        continue;
    if (d->number % requests_a_look == 0 && cpu_used(d->worker) > retired_seconds)
        (void)end_worker(d);
}

static outcome ask_once(kin_decoder *d, kin_decoder__request *request, kin_decoder__reply *reply)
{
    request->number = ++d->number;
    if (send(d->channel, request, sizeof *request, MSG_NOSIGNAL) != (ssize_t)sizeof *request)
        return GONE;
    outcome came = wait_for_answer(d, reply);
    if (came == TOO_LONG && !end_worker(d))
        came = GONE;
    return came;
}

static const char *signal_name(int number)
{
    static const struct {
        int number;
        const char *name;
    } names[] = { { SIGSEGV, "SIGSEGV" }, { SIGBUS, "SIGBUS" },   { SIGILL, "SIGILL" },  { SIGFPE, "SIGFPE" },
                  { SIGABRT, "SIGABRT" }, { SIGTRAP, "SIGTRAP" }, { SIGKILL, "SIGKILL" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            return names[i].name;
    return "a signal";
}

static int fail_death(int status, kin_error *err)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number == SIGSYS)
        return kin_fail(err, KIN_E_FORMAT, "the decoder wanted more from the system than it may (SIGSYS)");
    if (number == SIGKILL)
        return kin_fail(err, KIN_E_LIMIT, "the decoder was ended (SIGKILL), most likely for lack of memory");
    if (number == 0)
        return kin_fail(err, KIN_E_FORMAT, "the decoder gave up (exit code %d)", WEXITSTATUS(status));
    return kin_fail(err, KIN_E_FORMAT, "the decoder crashed (%s)", signal_name(number));
}

/* *gone: there is neither worker nor nurse any more, and nothing was found out. */
static int ask(kin_decoder *d, kin_decoder__request *request, kin_decoder__reply *reply, bool *gone, kin_error *err)
{
    settle(d);
    request->size = d->size;
    outcome came = ask_once(d, request, reply);
    if (came == DIED && !(WIFSIGNALED(reply->status) && WTERMSIG(reply->status) == SIGSYS))
        came = ask_once(d, request, reply);
    *gone = came == GONE;
    if (came == GONE)
        return kin_fail(err, KIN_E_IO, "the process that decodes is gone");
    if (came == TOO_LONG)
        return kin_fail(err, KIN_E_LIMIT, "decoding took longer than %g s", d->all->options.seconds);
    if (came == DIED)
        return fail_death(reply->status, err);
    reply->err.message[sizeof reply->err.message - 1] = '\0';
    if (reply->err.code == KIN_E_MEMORY)
        return kin_fail(err, KIN_E_LIMIT, "decoding wanted more than %llu MB of memory",
                        (unsigned long long)(d->all->options.memory >> 20));
    return reply->err.code == KIN_OK ? KIN_OK : kin_fail(err, reply->err.code, "%s", reply->err.message);
}

/* ---- What a decoder is asked ---- */

static void forget(kin_decoder *d)
{
    size_t bytes = (size_t)d->image.width * (size_t)d->image.height * 3;
    if (d->image.rgb && !d->works)
        kin_image_clear(&d->image);
    else if (d->image.rgb && bytes > kept_bytes)
        (void)madvise(pixels_of(d) + kept_bytes, d->all->pixel_room - kept_bytes, MADV_REMOVE);
    d->image = (kin_image)KIN_IMAGE_INIT;
}

/* From now on this one does without. */
static void go_on_alone(kin_decoder *d)
{
    d->works = false;
}

int kin_decoder_load(kin_decoder *d, const void *bytes, size_t size, kin_error *err)
{
    forget(d);
    if (d->works && size > d->all->file_room)
        return kin_fail(err, KIN_E_LIMIT, "the file has %zu bytes, more than the limit of %zu", size,
                        d->all->file_room);
    d->bytes = bytes;
    d->size = size;
    if (d->works && size > 0)
        memcpy(d->shared, bytes, size);
    return KIN_OK;
}

/* Whose headers are read by a few lines of kin's own and no library: it is quicker to do so here. */
static bool has_simple_header(const kin_decoder *d)
{
    kin_format format = kin_image_sniff(d->bytes, d->size);
    return format == KIN_FORMAT_JPEG || format == KIN_FORMAT_PNG || format == KIN_FORMAT_PNM;
}

int kin_decoder_probe(kin_decoder *d, bool whole, kin_image_info *out, kin_error *err)
{
    kin_decoder__request request = { .task = KIN_DECODER_PROBE, .whole = whole };
    kin_decoder__reply reply;
    bool gone = false;
    if (d->works && !has_simple_header(d)) {
        int code = ask(d, &request, &reply, &gone, err);
        if (code == KIN_OK && (reply.info.width < 1 || reply.info.height < 1))
            code = kin_fail(err, KIN_E_FORMAT, "the decoder made no sense");
        if (code == KIN_OK)
            *out = reply.info;
        if (!gone)
            return code;
        go_on_alone(d);
    }
    return kin_image_probe(d->bytes, d->size, whole, out, err);
}

/* A worker is not believed. */
static int take_picture(kin_decoder *d, const kin_image *image, kin_error *err)
{
    size_t bytes;
    bool sound = image->width > 0 && image->height > 0 && image->full_width >= image->width &&
                 image->full_height >= image->height &&
                 kin_size_mul((size_t)image->width, (size_t)image->height, &bytes) && kin_size_mul(bytes, 3, &bytes) &&
                 bytes <= d->all->pixel_room;
    if (!sound)
        return kin_fail(err, KIN_E_FORMAT, "the decoder made no sense");
    d->image = *image;
    d->image.rgb = pixels_of(d);
    return KIN_OK;
}

static int decode_alone(kin_decoder *d, const kin_image_options *options, kin_error *err)
{
    kin_decode_call decode = d->all->options.decode ? d->all->options.decode : kin_image_decode;
    return decode(d->bytes, d->size, options, &d->image, err);
}

int kin_decoder_decode(kin_decoder *d, const kin_image_options *options, const kin_image **out, kin_error *err)
{
    static const kin_image_options defaults = KIN_IMAGE_OPTIONS_INIT;
    kin_decoder__request request = { .task = KIN_DECODER_DECODE, .options = options ? *options : defaults };
    kin_decoder__reply reply;
    bool gone = false;
    int code = KIN_OK;
    forget(d);
    if (request.options.max_pixels == 0 || request.options.max_pixels > d->all->options.max_pixels)
        request.options.max_pixels = d->all->options.max_pixels;
    if (d->works) {
        code = ask(d, &request, &reply, &gone, err);
        if (code == KIN_OK)
            code = take_picture(d, &reply.image, err);
    }
    if (gone)
        go_on_alone(d);
    if (!d->works)
        code = decode_alone(d, &request.options, err);
    if (code == KIN_OK)
        *out = &d->image;
    return code;
}

int kin_decoders_decode(kin_decoders *decoders, const void *bytes, size_t size, const kin_image_options *options,
                        kin_image *out, kin_error *err)
{
    if (!decoders)
        return kin_image_decode(bytes, size, options, out, err);
    kin_decoder *d = kin_decoders_take(decoders);
    const kin_image *image = NULL;
    int code = kin_decoder_load(d, bytes, size, err);
    if (code == KIN_OK)
        code = kin_decoder_decode(d, options, &image, err);
    if (code == KIN_OK && !d->works) {
        *out = d->image;
        d->image = (kin_image)KIN_IMAGE_INIT;
    } else if (code == KIN_OK) {
        size_t all = (size_t)image->width * (size_t)image->height * 3;
        uint8_t *rgb = malloc(all);
        if (rgb) {
            memcpy(rgb, image->rgb, all);
            *out = *image;
            out->rgb = rgb;
        } else
            code = kin_fail_memory(err);
    }
    kin_decoders_give_back(d);
    return code;
}

/* ---- All of them ---- */

kin_decoder *kin_decoders_take(kin_decoders *decoders)
{
    pthread_mutex_lock(&decoders->lock);
    while (!decoders->idle)
        pthread_cond_wait(&decoders->given_back, &decoders->lock);
    kin_decoder *d = decoders->idle;
    decoders->idle = d->next;
    pthread_mutex_unlock(&decoders->lock);
    return d;
}

void kin_decoders_give_back(kin_decoder *d)
{
    kin_decoders *all = d->all;
    forget(d);
    d->bytes = NULL;
    d->size = 0;
    pthread_mutex_lock(&all->lock);
    d->next = all->idle;
    all->idle = d;
    pthread_cond_signal(&all->given_back);
    pthread_mutex_unlock(&all->lock);
}

static void end_nurse(kin_decoder *d)
{
    if (d->control >= 0)
        (void)close(d->control);
    if (d->channel >= 0)
        (void)close(d->channel);
    while (d->nurse > 0 && waitpid(d->nurse, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (d->shared)
        (void)munmap(d->shared, d->shared_size);
    d->channel = d->control = -1;
    d->nurse = 0;
    d->shared = NULL;
    d->works = false;
}

static bool make_memory(kin_decoder *d)
{
    int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE;
    d->shared_size = d->all->file_room + d->all->pixel_room;
    void *memory = mmap(NULL, d->shared_size, PROT_READ | PROT_WRITE, flags, -1, 0);
    d->shared = memory == MAP_FAILED ? NULL : memory;
    return d->shared;
}

static void be_nurse(const kin_decoder *d, int channel, int control)
{
    const kin_decoders *all = d->all;
    const kin_decoder__birth birth = { channel,
                                       control,
                                       d->shared,
                                       pixels_of(d),
                                       all->file_room,
                                       all->pixel_room,
                                       all->options.memory,
                                       cpu_seconds,
                                       all->options.decode };
    /* Of the others' pictures a worker knows nothing. */
    for (size_t i = 0; i < all->options.count; i++)
        if (&all->list[i] != d && all->list[i].shared)
            (void)munmap(all->list[i].shared, all->list[i].shared_size);
    kin_decoder__nurse(&birth);
}

/* Leaves errno. */
static bool make_nurse(kin_decoder *d)
{
    int channel[2], control[2];
    if (!make_memory(d) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        return false;
    double slice = slice_of(d->all);
    const struct timeval time = { (time_t)slice, (suseconds_t)((slice - floor(slice)) * 1e6) + 1 };
    d->channel = channel[0];
    (void)setsockopt(d->channel, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    bool made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) == 0;
    if (made) {
        d->control = control[0];
        d->nurse = fork();
        if (d->nurse == 0)
            be_nurse(d, channel[1], control[1]);
        made = d->nurse > 0;
        (void)close(control[1]);
    }
    (void)close(channel[1]);
    return made;
}

/* The first worker says that it is there. */
static bool is_ready(kin_decoder *d)
{
    kin_decoder__reply reply;
    d->works = wait_for(d, KIN_DECODER_READY, &reply);
    return d->works;
}

static void start_workers(kin_decoders *all)
{
    size_t count = all->options.count;
    bool good = true;
    int problem = 0;
    for (size_t i = 0; good && i < count; i++) {
        good = make_nurse(&all->list[i]);
        problem = errno;
    }
    for (size_t i = 0; good && i < count; i++)
        if (!is_ready(&all->list[i])) {
            good = false;
            problem = 0;
        }
    all->have_workers = good;
    if (good)
        return;
    (void)kin_fail(&all->note, KIN_E_IO,
                   "images are decoded in this process, without the protection of others: their workers do not start%s%s",
                   problem ? ": " : "", problem ? strerror(problem) : "");
    for (size_t i = 0; i < count; i++)
        end_nurse(&all->list[i]);
}

static uint64_t memory_limit(uint64_t max_pixels)
{
    uint64_t wanted = max_pixels > UINT64_MAX / memory_a_pixel ? UINT64_MAX : max_pixels * memory_a_pixel;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t half = pages > 0 && page > 0 ? (uint64_t)pages / 2 * (uint64_t)page : wanted;
    uint64_t most = wanted < half ? wanted : half;
    return most < least_memory ? least_memory : most;
}

static void settle_options(kin_decoders *all, const kin_decoders_options *options)
{
    kin_decoders_options *o = &all->options;
    const char *told = getenv("KIN_DECODE");
    if (options)
        *o = *options;
    o->count = o->count ? o->count : kin_parallel_cores();
    o->max_pixels = o->max_pixels ? o->max_pixels : most_pixels;
    o->max_bytes = o->max_bytes ? o->max_bytes : most_bytes;
    o->seconds = o->seconds > 0 ? o->seconds : 5;
    o->memory = o->memory ? o->memory : memory_limit(o->max_pixels);
    o->in_process = o->in_process || (told && strcmp(told, "inprocess") == 0);
}

/* In whole pages. False where that is no address space. */
static bool settle_rooms(kin_decoders *all)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pixels, sum;
    const kin_decoders_options *o = &all->options;
    if (o->max_pixels > SIZE_MAX / 2 || o->max_bytes > SIZE_MAX / 2 ||
        !kin_size_mul((size_t)o->max_pixels, bytes_a_pixel, &pixels) ||
        !kin_size_add(pixels, (size_t)o->max_bytes + 2 * page, &sum))
        return false;
    all->file_room = ((size_t)o->max_bytes + page) / page * page;
    all->pixel_room = (pixels + page) / page * page;
    return true;
}

int kin_decoders_start(const kin_decoders_options *options, kin_decoders **out, kin_error *err)
{
    kin_decoders *all = kin_alloc_zeroed(1, sizeof *all);
    if (!all)
        return kin_fail_memory(err);
    settle_options(all, options);
    all->list = kin_alloc_zeroed(all->options.count, sizeof *all->list);
    if (!all->list || pthread_mutex_init(&all->lock, NULL) != 0) {
        free(all->list);
        free(all);
        return kin_fail_memory(err);
    }
    (void)pthread_cond_init(&all->given_back, NULL);
    for (size_t i = all->options.count; i-- > 0;) {
        kin_decoder *d = &all->list[i];
        *d = (kin_decoder) { .all = all, .next = all->idle, .channel = -1, .control = -1 };
        all->idle = d;
    }
    if (!all->options.in_process && settle_rooms(all))
        start_workers(all);
    *out = all;
    return KIN_OK;
}

void kin_decoders_stop(kin_decoders *all)
{
    if (!all)
        return;
    for (size_t i = 0; i < all->options.count; i++) {
        forget(&all->list[i]);
        end_nurse(&all->list[i]);
    }
    pthread_cond_destroy(&all->given_back);
    pthread_mutex_destroy(&all->lock);
    free(all->list);
    free(all);
}

const char *kin_decoders_note(const kin_decoders *decoders)
{
    return decoders->note.code == KIN_OK ? NULL : decoders->note.message;
}

bool kin_decoders_have_workers(const kin_decoders *decoders)
{
    return decoders->have_workers;
}

uint64_t kin_decoders_replaced(const kin_decoders *decoders)
{
    return atomic_load(&decoders->replaced);
}
