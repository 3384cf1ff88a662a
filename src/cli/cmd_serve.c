#include "base/buffer.h"
#include "base/file.h"
#include "cli/json.h"
#include "cli/options.h"
#include "web/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static const cli_option options[] = {
    { "port", 'p', "PORT", "to listen on (default: 8750, or any that is free)" },
    { "open", 0, NULL, "open the page in the browser" },
    { "reviewer", 0, "R", "who judges, where the page says nothing else (default: $USER)" },
    { "bind", 0, "ADDRESS", "listen on another address than 127.0.0.1; needs --token-file" },
    { "token-file", 0, "FILE", "a file with the token that opens the page: yours alone to read" },
    { "host", 0, "NAME", "a name under which this machine is called; may come several times" },
    { "cache", 0, "MIB", "memory for pictures (default: 64)" },
    { "connections", 0, "N", "at once (default: 256)" },
    { "patience", 0, "SECONDS", "that a client has for sending a request (default: 20)" },
    { 0 },
};

/* Reads the token; whoever may read the file may open the page. */
static int read_token(cli_program *cli, const char *path, const char **out, kin_error *err)
{
    kin_buffer text = KIN_BUFFER_INIT;
    struct stat info;
    int code = kin_file_read(path, 4096, &text, err);
    if (code == KIN_OK && stat(path, &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        code = kin_fail(err, KIN_E_USAGE, "others may read %s: chmod 600 %s", path, path);
    if (code == KIN_OK) {
        *out = kin_arena_copy(&cli->arena, text.data ? text.data : "", text.data ? strcspn(text.data, "\r\n") : 0);
        code = *out ? KIN_OK : kin_fail_memory(err);
    }
    kin_buffer_clear(&text);
    return code;
}

static bool is_loopback(const char *address)
{
    unsigned char four[4], sixteen[16];
    if (strcmp(address, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, address, four) == 1)
        return four[0] == 127;
    return inet_pton(AF_INET6, address, sixteen) == 1 && memcmp(sixteen, &in6addr_loopback, sizeof sixteen) == 0;
}

static int read_options(cli_program *cli, const cli_args *args, kin_web_options *out, kin_error *err)
{
    const char *reviewer = cli_text(args, "reviewer"), *file = cli_text(args, "token-file");
    uint64_t port = 0, cache = 0, connections = 0;
    *out = (kin_web_options) { .address = cli_text(args, "bind"), .reviewer = reviewer ? reviewer : getenv("USER") };
    int code = cli_count(args, "port", 1, 65535, &port, err);
    if (code == KIN_OK)
        code = cli_count(args, "cache", 1, 1 << 20, &cache, err);
    if (code == KIN_OK)
        code = cli_count(args, "connections", 1, 10000, &connections, err);
    if (code == KIN_OK)
        code = cli_number(args, "patience", 0.1, 3600, &out->patience, err);
    if (code == KIN_OK)
        code = cli_list(cli, args, "host", &out->hosts, &out->hosts_count, err);
    if (code == KIN_OK && out->address && !is_loopback(out->address) && !file)
        code = kin_fail(err, KIN_E_USAGE,
                        "--bind %s lets other machines in: give the token that they need with --token-file FILE",
                        out->address);
    if (code == KIN_OK && file)
        code = read_token(cli, file, &out->token, err);
    out->port = (uint16_t)port;
    out->cache_bytes = (size_t)cache << 20;
    out->connections = (size_t)connections;
    return code;
}

static int print_address(cli_program *cli, const kin_web *web, kin_error *err)
{
    int code = KIN_OK;
    if (cli->json) {
        kin_json json = kin_json_new();
        kin_json_text(&json, NULL, "address", kin_web_address(web));
        kin_json_count(&json, NULL, "port", kin_web_port(web));
        kin_json_text(&json, NULL, "token", kin_web_token(web));
        code = cli_json_print(&json, err);
    } else
        puts(kin_web_address(web));
    return code == KIN_OK && fflush(stdout) != 0 ? kin_fail_errno(err, "write", "standard output") : code;
}

static void open_browser(const char *address)
{
    char program[] = "xdg-open";
    char *copy = strdup(address);
    char *const arguments[] = { program, copy, NULL };
    pid_t child;
    if (!copy || posix_spawnp(&child, program, NULL, NULL, arguments, environ) != 0)
        cli_warn("xdg-open does not start; open the address yourself");
    free(copy);
}

/* Posted by the first signal; whichever thread it comes to, this is allowed in a handler. */
static sem_t asked_to_stop;

static void on_signal(int number)
{
    (void)number;
    (void)sem_post(&asked_to_stop);
}

/* SA_RESETHAND: the second signal of a kind has its usual, deadly effect. */
static void handle(void (*handler)(int))
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction action = { .sa_handler = handler };
    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)sigaction(numbers[i], &action, NULL);
}

static int serve(cli_program *cli, const cli_args *args, const kin_web_options *chosen, kin_error *err)
{
    kin_web *web = NULL;
    if (sem_init(&asked_to_stop, 0, 0) != 0)
        return kin_fail_errno(err, "make", "a semaphore");
    handle(on_signal);
    int code = kin_web_start(chosen, &web, err);
    if (code == KIN_OK)
        code = print_address(cli, web, err);
    if (code == KIN_OK && cli_flag(args, "open"))
        open_browser(kin_web_address(web));
    if (code == KIN_OK) {
        cli_say(cli, "open the address above; Ctrl-C ends the server");
        while (sem_wait(&asked_to_stop) != 0)
            continue;
        cli_say(cli, "finishing what is running; Ctrl-C once more ends at once");
    }
    kin_web_stop(web);
    handle(SIG_DFL);
    return code;
}

static int run(cli_program *cli, const cli_args *args, kin_error *err)
{
    kin_web_options chosen;
    int code = read_options(cli, args, &chosen, err);
    if (code == KIN_OK)
        code = cli_dataset(cli, &chosen.folder, err);
    if (code == KIN_OK && chosen.address && !is_loopback(chosen.address))
        cli_warn("other machines can reach this server at %s, and what goes over the network is not encrypted",
                 chosen.address);
    return code == KIN_OK ? serve(cli, args, &chosen, err) : code;
}

const cli_command cli_cmd_serve = {
    .name = "serve",
    .summary = "open a page for reviewing on this machine",
    .usage = "",
    .about = "Serves a page on which jobs are reviewed, kin are searched for and the report is read, and prints its "
             "address. The address holds a token: whoever has it may read the data set's pictures and give verdicts. "
             "Verdicts are saved at once. Other kin commands may run beside it.",
    .options = options,
    .example = "serve --open",
    .example_about = "start the server and open the page in the browser",
    .json = "address, port, token",
    .run = run,
};
