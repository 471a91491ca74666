/* The lock, seen from outside: which system calls an image makes, and that the kernel kills what tries another one. */
#include "sandbox_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *image;

enum { CALLS_MAX = 4096 };

struct trace {
    struct {
        long number, first;
    } calls[CALLS_MAX];
    int count;
    int after_lock; /* index of the first call behind the lock; 0: not locked yet */
    int status;     /* of waitpid, at the end */
};

/* What the tracer puts in the place of the first call behind the lock, if anything. */
struct change {
    bool is_wanted;
    long number, first;
};

static pid_t start_traced(const char *program)
{
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], program, strlen(program)), (ssize_t)strlen(program));
    close(ends[1]);
    child = fork();
    if (child == 0) {
        dup2(ends[0], 0);
        if (!freopen("/dev/null", "w", stdout) || ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(97);
        execl(image, image, (char *)NULL);
        _exit(99);
    }
    close(ends[0]);
    return child;
}

static void note_call(struct trace *trace, pid_t child, const struct change *change)
{
    struct user_regs_struct registers;

    assert_int_equal(ptrace(PTRACE_GETREGS, child, NULL, &registers), 0);
    assert_true(trace->count < CALLS_MAX);
    if (change->is_wanted && trace->after_lock != 0 && trace->count == trace->after_lock) {
        registers.orig_rax = (unsigned long long)change->number;
        registers.rdi = (unsigned long long)change->first;
        assert_int_equal(ptrace(PTRACE_SETREGS, child, NULL, &registers), 0);
    }
    trace->calls[trace->count].number = (long)registers.orig_rax;
    trace->calls[trace->count++].first = (long)registers.rdi;
    if (trace->after_lock == 0 && (long)registers.orig_rax == SYS_seccomp)
        trace->after_lock = trace->count;
}

static void trace_run(const char *program, const struct change *change, struct trace *trace)
{
    pid_t child = start_traced(program);
    bool is_entry = true;
    int signal = 0;

    memset(trace, 0, sizeof *trace);
    assert_int_equal(waitpid(child, &trace->status, 0), child); /* stopped at the end of execve */
    assert_true(WIFSTOPPED(trace->status));
    ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    for (;;) {
        ptrace(PTRACE_SYSCALL, child, NULL, (void *)(intptr_t)signal);
        signal = 0;
        assert_int_equal(waitpid(child, &trace->status, 0), child);
        if (!WIFSTOPPED(trace->status))
            return;
        if (WSTOPSIG(trace->status) != (SIGTRAP | 0x80)) {
            signal = WSTOPSIG(trace->status) == SIGTRAP ? 0 : WSTOPSIG(trace->status); /* what the kernel sends must arrive */
            continue;
        }
        if (is_entry)
            note_call(trace, child, change);
        is_entry = !is_entry;
    }
}

static const struct change no_change = {.is_wanted = false};
static struct trace trace;

static bool is_before_lock(long number)
{
    static const long numbers[] = {SYS_madvise, SYS_mprotect, SYS_munmap, SYS_sigaltstack, SYS_rt_sigaction, SYS_prctl, SYS_seccomp};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

static void only_lock_read_write_exit(void **state)
{
    static const char program[] =
        "import json, time, random, os, tempfile, threading, sqlite3\n"
        "with tempfile.NamedTemporaryFile('w') as f: f.write('x'); f.flush(); os.stat(f.name)\n"
        "time.sleep(3); random.random(); os.urandom(4)\n"
        "t = threading.Thread(target=print, args=('t',)); t.start(); t.join()\n"
        "print(json.dumps([time.time()]), os.getpid())\n";

    (void)state;
    trace_run(program, &no_change, &trace);

    assert_true(WIFEXITED(trace.status) && WEXITSTATUS(trace.status) == 0);
    assert_in_range(trace.after_lock, 2, trace.count - 2);
    for (int i = 0; i < trace.after_lock; i++)
        if (!is_before_lock(trace.calls[i].number))
            fail_msg("call %d is %ld, before the lock", i, trace.calls[i].number);
    for (int i = trace.after_lock; i < trace.count - 1; i++) {
        bool is_read = trace.calls[i].number == SYS_read && trace.calls[i].first == 0;
        bool is_write = trace.calls[i].number == SYS_write && trace.calls[i].first == 1;
        if (!is_read && !is_write)
            fail_msg("call %d is %ld on %ld", i, trace.calls[i].number, trace.calls[i].first);
    }
    assert_int_equal(trace.calls[trace.count - 1].number, SYS_exit);
}

/* The first call behind the lock is the first read. The tracer puts another in its place, as code that took over the process would. */
static const struct forbidden_case {
    const char *name;
    long number, first;
    bool is_killed;
} forbidden_cases[] = {
    {"read_of_descriptor_0_is_allowed", SYS_read, 0, false},
    {"read_of_another_descriptor_is_killed", SYS_read, 1, true},
    {"read_of_a_descriptor_that_is_0_in_32_bits_is_killed", SYS_read, 1l << 32, true},
    {"write_of_descriptor_1_is_allowed", SYS_write, 1, false},
    {"write_of_another_descriptor_is_killed", SYS_write, 2, true},
    {"write_of_a_descriptor_that_is_1_in_32_bits_is_killed", SYS_write, (1l << 32) + 1, true},
    {"exit_is_allowed", SYS_exit, 5, false},
    {"exit_group_is_killed", SYS_exit_group, 5, true},
    {"open_is_killed", SYS_open, 0, true},
    {"openat_is_killed", SYS_openat, 0, true},
    {"mmap_is_killed", SYS_mmap, 0, true},
    {"mprotect_is_killed", SYS_mprotect, 0, true},
    {"execve_is_killed", SYS_execve, 0, true},
    {"clone_is_killed", SYS_clone, 0, true},
    {"fork_is_killed", SYS_fork, 0, true},
    {"socket_is_killed", SYS_socket, 2, true},
    {"kill_is_killed", SYS_kill, 0, true},
    {"ptrace_is_killed", SYS_ptrace, 0, true},
    {"prctl_is_killed", SYS_prctl, 38, true},
    {"seccomp_is_killed", SYS_seccomp, 1, true},
    {"io_uring_is_killed", 425, 0, true},
    {"x32_read_is_killed", 0x40000000, 0, true},
    {"an_unknown_number_is_killed", 100000, 0, true},
};

static void forbidden_case_run(void **state)
{
    const struct forbidden_case *row = *state;
    const struct change change = {.is_wanted = true, .number = row->number, .first = row->first};

    trace_run("pass\n", &change, &trace);

    if (row->is_killed)
        assert_true(WIFSIGNALED(trace.status) && WTERMSIG(trace.status) == SIGSYS);
    else
        assert_true(WIFEXITED(trace.status));
}

/* --- the file itself --- */

static unsigned char *file_bytes(size_t *size_out)
{
    FILE *file = fopen(image, "rb");
    unsigned char *bytes;

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size_out = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*size_out);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size_out, file), *size_out);
    fclose(file);
    return bytes;
}

static void segments_are_fixed_and_never_both_writable_and_executable(void **state)
{
    size_t size;
    unsigned char *bytes = file_bytes(&size);
    const Elf64_Ehdr *header = (const void *)bytes;
    const Elf64_Phdr *segments = (const void *)(bytes + header->e_phoff);
    int executable_count = 0, stack_mark_count = 0;

    (void)state;
    assert_int_equal(header->e_type, ET_EXEC);
    for (int i = 0; i < header->e_phnum; i++) {
        assert_false((segments[i].p_flags & PF_W) && (segments[i].p_flags & PF_X));
        assert_int_not_equal(segments[i].p_type, PT_INTERP);
        assert_int_not_equal(segments[i].p_type, PT_DYNAMIC);
        assert_int_not_equal(segments[i].p_type, PT_TLS);
        executable_count += segments[i].p_type == PT_LOAD && (segments[i].p_flags & PF_X);
        stack_mark_count += segments[i].p_type == PT_GNU_STACK;
    }
    assert_int_equal(executable_count, 1);
    assert_int_equal(stack_mark_count, 1);
    free(bytes);
}

/* The start of the segment that has no bytes in the file: the stack. */
static unsigned long stack_start(void)
{
    size_t size;
    unsigned char *bytes = file_bytes(&size);
    const Elf64_Ehdr *header = (const void *)bytes;
    const Elf64_Phdr *segments = (const void *)(bytes + header->e_phoff);
    unsigned long start = 0;

    for (int i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD && segments[i].p_filesz == 0)
            start = segments[i].p_vaddr;
    free(bytes);
    return start;
}

static void memory_below_the_stack_is_not_mapped(void **state)
{
    enum { GUARD_BYTES = 16 * 1024 * 1024 };
    unsigned long start, end, stack = stack_start();
    char path[64], line[512], permissions[8];
    bool has_stack = false;
    int status;
    pid_t child = start_traced("pass\n");
    FILE *maps;

    (void)state;
    assert_int_not_equal(stack, 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)child);
    maps = fopen(path, "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        assert_int_equal(sscanf(line, "%lx-%lx %7s", &start, &end, permissions), 3);
        assert_false(strchr(permissions, 'w') && strchr(permissions, 'x'));
        assert_false(start < stack && end > stack - GUARD_BYTES);
        has_stack = has_stack || (start <= stack && stack < end);
    }
    fclose(maps);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);

    assert_true(has_stack);
}

/* Behind the lock nothing is mapped but the image: not the kernel's stack, not the vDSO with its clocks. The page of the
 * old vsyscalls is shown for every process and cannot be unmapped; calling it is a system call to the filter. */
static void only_the_image_is_mapped(void **state)
{
    char path[64], line[512];
    struct trace *unused = &trace;
    int status, lines = 0;
    pid_t child = start_traced("pass\n");
    FILE *maps;

    (void)state;
    memset(unused, 0, sizeof *unused);
    assert_int_equal(waitpid(child, &status, 0), child);
    ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    while (unused->after_lock == 0) { /* stops at the entry of seccomp: what is before it is done */
        ptrace(PTRACE_SYSCALL, child, NULL, NULL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSTOPPED(status));
        note_call(unused, child, &no_change);
    }
    snprintf(path, sizeof path, "/proc/%d/maps", (int)child);
    maps = fopen(path, "r");
    assert_non_null(maps);
    for (; fgets(line, sizeof line, maps); lines++)
        if (strtoul(line, NULL, 16) >= 1ul << 32 && !strstr(line, "[vsyscall]"))
            fail_msg("still mapped: %s", line);
    fclose(maps);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);

    assert_in_range(lines, 4, 64); /* the image's own segments were seen */
}

int main(int argument_count, char **arguments)
{
    enum { FORBIDDEN = sizeof forbidden_cases / sizeof *forbidden_cases };
    struct CMUnitTest tests[FORBIDDEN + 4] = {{0}};

    if (argument_count != 2) {
        fprintf(stderr, "usage: %s IMAGE\n", arguments[0]);
        return 2;
    }
    image = arguments[1];
    tests[0] = (struct CMUnitTest)cmocka_unit_test(only_lock_read_write_exit);
    tests[1] = (struct CMUnitTest)cmocka_unit_test(segments_are_fixed_and_never_both_writable_and_executable);
    tests[2] = (struct CMUnitTest)cmocka_unit_test(memory_below_the_stack_is_not_mapped);
    tests[3] = (struct CMUnitTest)cmocka_unit_test(only_the_image_is_mapped);
    for (int i = 0; i < FORBIDDEN; i++)
        tests[i + 4] = (struct CMUnitTest){.name = forbidden_cases[i].name,
                                           .test_func = forbidden_case_run,
                                           .initial_state = (void *)&forbidden_cases[i]};
    return cmocka_run_group_tests_name("sandbox calls", tests, NULL, NULL);
}
