/* Requests to the real server, over a socket pair in place of a network. The first byte chooses: 0 means that the rest
 * is sent as it is; else it is a method, and the rest a path, a line feed, and a body that is sent with right headers.
 * The server writes (verdicts, jobs), so its ledger is put back after some thousand requests. */
#include "fuzz.h"

#include "base/file.h"
#include "kin/image.h"
#include "kin/workspace.h"
#include "web/web_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

enum { pictures = 6, side = 24, requests_a_ledger = 4000, milliseconds = 20000, most_sent = 1 << 16 };

static const char token[] = "fuzzing-fuzzing-fuzzing";
static char folder[256];
static kin_buffer first_ledger = KIN_BUFFER_INIT;
static kin_web_options options = { .folder = folder, .token = token, .patience = 5 };
static kin_web *server;
static unsigned requests;

static void remove_folder(void)
{
    static const char *const names[] = { ".kin/ledger.db", ".kin/ledger.db-wal", ".kin/ledger.db-shm",
                                         ".kin/vectors.bin", ".kin/lock", ".kin", "labels.csv" };
    kin_web_stop(server);
    kin_buffer_clear(&first_ledger);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        fuzz_remove(folder, names[i]);
    for (int i = 0; i < pictures; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%d.jpg", i);
        fuzz_remove(folder, name);
    }
    fuzz_remove(folder, "");
}

static void write_pictures(void)
{
    kin_buffer csv = KIN_BUFFER_INIT;
    kin_buffer_string(&csv, "path,shape,label,x,y,width,height,annotator\n");
    for (int i = 0; i < pictures; i++) {
        uint8_t rgb[side * side * 3], *jpeg = NULL;
        size_t size = 0;
        char name[16];
        for (size_t j = 0; j < sizeof rgb; j++)
            rgb[j] = (uint8_t)(j * (size_t)(i + 1));
        must(kin_image_encode_jpeg(rgb, side, side, 80, &jpeg, &size, NULL) == KIN_OK);
        (void)snprintf(name, sizeof name, "%d.jpg", i);
        fuzz_write(folder, name, jpeg, size);
        free(jpeg);
        kin_buffer_printf(&csv, "%d.jpg,1,%s,1,1,12,12,ann\n%d.jpg,2,bus,12,2,10,20,bob\n", i, i % 2 ? "car" : "van", i);
    }
    fuzz_write(folder, "labels.csv", csv.data, csv.size);
    kin_buffer_clear(&csv);
}

static void put_ledger_back(void)
{
    fuzz_remove(folder, ".kin/ledger.db-wal");
    fuzz_remove(folder, ".kin/ledger.db-shm");
    fuzz_write(folder, ".kin/ledger.db", first_ledger.data, first_ledger.size);
}

static void start(void)
{
    kin_error err = KIN_ERROR_INIT;
    if (kin_web_start(&options, &server, &err) != KIN_OK)
        (void)fprintf(stderr, "%s\n", err.message);
    must(server);
}

static void make_once(void)
{
    kin_describe_options describe = KIN_DESCRIBE_OPTIONS_INIT;
    kin_describe_summary summary;
    kin_workspace *workspace = NULL;
    char path[512];
    if (server)
        return;
    fuzz_make_folder(folder);
    write_pictures();
    describe.model = "classic";
    describe.threads = 1;
    must(kin_workspace_open(folder, KIN_LEDGER_CREATE, &workspace, NULL) == KIN_OK);
    must(kin_workspace_index(workspace, &describe, NULL, &summary, NULL) == KIN_OK);
    must(summary.described == 3 * pictures);
    kin_workspace_close(workspace);
    (void)snprintf(path, sizeof path, "%s/.kin/ledger.db", folder);
    must(kin_file_read(path, (size_t)1 << 30, &first_ledger, NULL) == KIN_OK);
    start();
    (void)atexit(remove_folder);
}

/* ---- One request ---- */

static const char *type_of_body(const char *path, size_t length)
{
    return length >= 12 && memcmp(path, "/api/uploads", 12) == 0 ? "image/png" : "application/json";
}

static void compose(uint8_t method, const uint8_t *data, size_t size, kin_buffer *out)
{
    static const char *const methods[] = { "GET", "POST", "HEAD", "PUT" };
    const uint8_t *line = memchr(data, '\n', size);
    size_t path = line ? (size_t)(line - data) : size, body = line ? size - path - 1 : 0;
    const char *text = (const char *)data;
    kin_buffer_printf(out, "%s ", methods[method % 4]);
    kin_buffer_append(out, text, path);
    kin_buffer_printf(out, " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n", token);
    if (line)
        kin_buffer_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", type_of_body(text, path), body);
    kin_buffer_string(out, "\r\n");
    if (line)
        kin_buffer_append(out, text + path + 1, body);
}

static bool wait_for(int fd, short events)
{
    struct pollfd one = { fd, events, 0 };
    int ready;
    do
        ready = poll(&one, 1, milliseconds);
    while (ready < 0 && errno == EINTR); /* libFuzzer's clock */
    return ready == 1;
}

/* Sends all and reads all, by turns: a server that waits for its answer to be read must not wait for ever. */
static void exchange(int fd, const kin_buffer *request, kin_buffer *answer)
{
    size_t sent = 0;
    char part[4096];
    for (;;) {
        ssize_t n = sent < request->size ? send(fd, request->data + sent, request->size - sent, MSG_NOSIGNAL) : 0;
        bool closed = n < 0 && errno != EINTR;
        sent += n > 0 ? (size_t)n : 0;
        if (sent == request->size || closed)
            break;
    }
    (void)shutdown(fd, SHUT_WR);
    for (;;) {
        must(wait_for(fd, POLLIN)); /* it answers, or closes */
        ssize_t n = recv(fd, part, sizeof part, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        kin_buffer_append(answer, part, (size_t)n);
    }
}

static void ask(const kin_buffer *request)
{
    int ends[2];
    struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(1), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    kin_buffer answer = KIN_BUFFER_INIT;
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    int room = most_sent * 2;
    (void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    must(MHD_add_connection(server->daemon, ends[1], (const struct sockaddr *)&from, sizeof from) == MHD_YES);
    exchange(ends[0], request, &answer);
    (void)close(ends[0]);
    must(!answer.failed);
    /* 500 is for a disk that fails and the like; nothing that is asked may lead there. */
    bool sound = answer.size == 0 || (answer.size > 12 && memcmp(answer.data, "HTTP/1.", 7) == 0 &&
                                      memcmp(answer.data + 8, " 500", 4) != 0);
    if (!sound)
        (void)fprintf(stderr, "ERROR: answered: %.*s\n", (int)answer.size, answer.data);
    must(sound);
    kin_buffer_clear(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    make_once();
    uint8_t first = fuzz_take_byte(&data, &size);
    kin_buffer request = KIN_BUFFER_INIT;
    if (size > most_sent)
        return 0;
    if (first == 0 || size == 0)
        kin_buffer_append(&request, data, size);
    else
        compose(first, data, size, &request);
    must(!request.failed);
    ask(&request);
    kin_buffer_clear(&request);
    if (++requests % requests_a_ledger == 0) {
        kin_web_stop(server);
        put_ledger_back();
        start();
    }
    return 0;
}
