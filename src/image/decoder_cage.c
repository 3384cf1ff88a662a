/* How a worker locks itself in: it gives up its files, gets limits, and a seccomp filter (a program that the kernel runs
 * before each system call) under which every call ends it but those that decoding needs: memory, locks, the clock, its
 * socket, and ending. Opening a file fails instead, since the C library tries that in corners where it lives without.
 * Where the system has no such filter the limits stay. */
#define _GNU_SOURCE /* prctl's and syscall's numbers */
#include "image/decoder_private.h"

#include "base/checked.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* they want address space without end, and look about when they report */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

void kin_decoder__keep_files(int first, int second)
{
    DIR *folder = opendir("/proc/self/fd");
    if (!folder) {
        for (int fd = 3; fd < 1024; fd++)
            if (fd != first && fd != second)
                (void)close(fd);
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        int fd = (int)strtol(entry->d_name, NULL, 10);
        if (fd > 2 && fd != first && fd != second && fd != dirfd(folder))
            (void)close(fd);
    }
    (void)closedir(folder);
}

#ifndef SANITIZED
/* Of address space, in use now. */
static size_t mapped_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%lu", &pages) != 1)
        pages = 0;
    (void)fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}
#endif

static void limit(int what, rlim_t most)
{
    const struct rlimit both = { most, most };
    (void)setrlimit((__rlimit_resource_t)what, &both);
}

static void set_limits(const kin_decoder__birth *birth)
{
#ifndef SANITIZED
    size_t now = mapped_bytes(), most;
    if (now > 0 && kin_size_add(now, (size_t)birth->memory, &most))
        limit(RLIMIT_AS, most);
#endif
    limit(RLIMIT_CPU, birth->cpu_seconds);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, 0);
}

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

enum { most_rules = 160 };

typedef struct program {
    struct sock_filter rules[most_rules];
    unsigned short count;
} program;

static void rule(program *p, unsigned code, uint32_t value, uint8_t yes, uint8_t no)
{
    if (p->count < most_rules)
        p->rules[p->count++] = (struct sock_filter) { (uint16_t)code, yes, no, value };
}

static void load(program *p, size_t at)
{
    rule(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0);
}

static void end(program *p, uint32_t verdict)
{
    rule(p, BPF_RET | BPF_K, verdict, 0, 0);
}

/* The number of the call is loaded before and after each of these. */
static void allow(program *p, long number)
{
    rule(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
    end(p, SECCOMP_RET_ALLOW);
}

static void refuse(program *p, long number, int problem)
{
    rule(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
    end(p, SECCOMP_RET_ERRNO | (uint32_t)problem);
}

/* With `value` as its argument `i`; compared are 32 bits, all that such arguments have. */
static void allow_with(program *p, long number, size_t i, uint32_t value)
{
    rule(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4);
    load(p, offsetof(struct seccomp_data, args) + 8 * i);
    rule(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    end(p, SECCOMP_RET_ALLOW);
    load(p, offsetof(struct seccomp_data, nr));
}

/* With none of the bits in its argument `i`. */
static void allow_without(program *p, long number, size_t i, uint32_t bits)
{
    rule(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4);
    load(p, offsetof(struct seccomp_data, args) + 8 * i);
    rule(p, BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0);
    end(p, SECCOMP_RET_ALLOW);
    load(p, offsetof(struct seccomp_data, nr));
}

static void write_program(program *p, int channel)
{
    enum { executable = 4 /* PROT_EXEC */ };
    static const long plain[] = { SYS_munmap,        SYS_mremap,     SYS_brk,          SYS_madvise,
                                  SYS_futex,         SYS_exit,       SYS_exit_group,   SYS_rt_sigreturn,
                                  SYS_rt_sigprocmask, SYS_getpid,    SYS_gettid,       SYS_clock_gettime,
                                  SYS_sched_yield,   SYS_restart_syscall };
    load(p, offsetof(struct seccomp_data, arch));
    rule(p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    end(p, SECCOMP_RET_KILL_PROCESS);
    load(p, offsetof(struct seccomp_data, nr));
    allow_with(p, SYS_read, 0, (uint32_t)channel);
    allow_with(p, SYS_write, 0, (uint32_t)channel);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        allow(p, plain[i]);
    allow_without(p, SYS_mmap, 2, executable);
    allow_without(p, SYS_mprotect, 2, executable);
    /* abort() and what glibc says before it. */
    allow_with(p, SYS_tgkill, 0, (uint32_t)getpid());
    allow_with(p, SYS_write, 0, STDERR_FILENO);
    allow_with(p, SYS_writev, 0, STDERR_FILENO);
    refuse(p, SYS_openat, EACCES);
#ifdef SANITIZED
    static const long more[] = { SYS_sigaltstack, SYS_sched_getaffinity, SYS_prlimit64, SYS_rt_sigaction,
                                 SYS_getrandom,   SYS_prctl,             SYS_readlinkat };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        allow(p, more[i]);
#endif
    end(p, SECCOMP_RET_KILL_PROCESS);
}

static void filter_calls(int channel)
{
    program p = { .count = 0 };
    write_program(&p, channel);
    const struct sock_fprog all = { p.count, p.rules };
    if (p.count < most_rules)
        (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all, 0, 0);
}

#else

static void filter_calls(int channel)
{
    (void)channel;
}

#endif

void kin_decoder__lock_in(const kin_decoder__birth *birth)
{
    kin_decoder__keep_files(birth->channel, birth->channel);
    set_limits(birth);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        filter_calls(birth->channel);
}
