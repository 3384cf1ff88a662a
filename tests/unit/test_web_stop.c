/* Requests that come in the moment when the server ends. From then on libmicrohttpd takes an answer as if it sent it,
 * drops it, and asks the handler for another one. Two of its functions stand here in front of its own: the one that stops
 * it lets the client send first, and waits for the answer; the one that takes answers waits for the stop. */
#include "corpus_fixture.h"

#include "web/web.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const char token[] = "0123456789abcdef";

/* What goes on between the two threads. */
static struct {
    int client;
    const char *request; /* that the client sends as the server ends */
    bool ends;
    sem_t answers; /* the handler has an answer */
    atomic_int answered, dropped;
} moment;

void __real_MHD_stop_daemon(struct MHD_Daemon *daemon);
void __wrap_MHD_stop_daemon(struct MHD_Daemon *daemon);
enum MHD_Result __real_MHD_queue_response(struct MHD_Connection *connection, unsigned status, struct MHD_Response *answer);
enum MHD_Result __wrap_MHD_queue_response(struct MHD_Connection *connection, unsigned status, struct MHD_Response *answer);

static void send_text(const char *text)
{
    assert_int_equal(send(moment.client, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

void __wrap_MHD_stop_daemon(struct MHD_Daemon *daemon)
{
    moment.ends = true;
    send_text(moment.request);
    while (sem_wait(&moment.answers) != 0)
        ;
    __real_MHD_stop_daemon(daemon);
}

/* libmicrohttpd closes all connections as soon as it knows that it ends: the client sees that. */
enum MHD_Result __wrap_MHD_queue_response(struct MHD_Connection *connection, unsigned status, struct MHD_Response *answer)
{
    char byte;
    if (!moment.ends)
        return __real_MHD_queue_response(connection, status, answer);
    atomic_fetch_add(&moment.answered, 1);
    (void)sem_post(&moment.answers);
    bool closed = recv(moment.client, &byte, 1, MSG_PEEK) == 0;
    enum MHD_Result taken = __real_MHD_queue_response(connection, status, answer);
    atomic_fetch_add(&moment.dropped, closed && taken == MHD_YES);
    return taken;
}

static int connect_client(uint16_t port)
{
    const struct sockaddr_in where = { .sin_family = AF_INET,
                                       .sin_port = htons(port),
                                       .sin_addr = { htonl(INADDR_LOOPBACK) } };
    const struct timeval patience = { .tv_sec = 20 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&where, sizeof where), 0);
    return fd;
}

/* A connection that the server has taken, and keeps. */
static void ask_once(void)
{
    char answer[4096];
    send_text("HEAD /api/labels HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer 0123456789abcdef\r\n\r\n");
    assert_true(recv(moment.client, answer, sizeof answer - 1, 0) > 12);
    assert_memory_equal(answer, "HTTP/1.1 200", 12);
}

static void serve_a_last_request(const char *folder, const char *request)
{
    kin_error err = KIN_ERROR_INIT;
    const kin_web_options options = { .folder = folder, .port = 0, .token = token };
    kin_web *web = NULL;
    memset(&moment, 0, sizeof moment);
    moment.request = request;
    assert_int_equal(sem_init(&moment.answers, 0, 0), 0);
    OK(kin_web_start(&options, &web, &err));
    moment.client = connect_client(kin_web_port(web));
    ask_once();
    kin_web_stop(web);
    assert_int_equal(close(moment.client), 0);
    assert_int_equal(sem_destroy(&moment.answers), 0);
}

static int count_one(void *user, const kin_job *job, kin_error *err)
{
    (void)job;
    (void)err;
    ++*(size_t *)user;
    return KIN_OK;
}

/* How many audits are in the ledger after a request for one was the last. */
static void leaves_audits(const char *request, size_t expected)
{
    fixture f;
    kin_error err = KIN_ERROR_INIT;
    size_t count = 0;
    fixture_open(&f);
    fixture_begin(&f);
    for (int i = 0; i < 20; i++)
        (void)put_asset(&f);
    fixture_flush(&f);
    serve_a_last_request(f.folder, request);
    OK(kin_ledger_each_job(f.w->ledger, count_one, &count, &err));
    fixture_close(&f);
    assert_int_equal(count, expected);
    assert_int_equal(atomic_load(&moment.answered), 1);
    assert_int_equal(atomic_load(&moment.dropped), 1); /* else this would show nothing */
}

#define POST_AUDIT "POST /api/audits HTTP/1.1\r\nHost: localhost\r\n"
#define AUTHORIZED "Authorization: Bearer 0123456789abcdef\r\n"
#define BODY "Content-Length: 11\r\n\r\n{\"count\":5}"

static void a_refused_request_stays_refused(void **state)
{
    (void)state;
    leaves_audits(POST_AUDIT AUTHORIZED "Content-Type: text/plain\r\n" BODY, 0);
    leaves_audits(POST_AUDIT "Content-Type: application/json\r\n" BODY, 0);
    leaves_audits("GET /nothing HTTP/1.1\r\nHost: localhost\r\n" AUTHORIZED "\r\n", 0);
}

static void a_request_is_done_once(void **state)
{
    (void)state;
    leaves_audits(POST_AUDIT AUTHORIZED "Content-Type: application/json\r\n" BODY, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_request_stays_refused),
        cmocka_unit_test(a_request_is_done_once),
    };
    return cmocka_run_group_tests_name("the last request before the server ends", tests, NULL, NULL);
}
