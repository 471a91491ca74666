/* syscall(2) by number: the few numbers that CPython uses become typed calls; every other one is answered ENOSYS and reaches nothing. */
#include <sys/syscall.h>

#include "bindings/bind.h"
#include "host_env/process.h"
#include "host_env/random.h"
#include "host_env/thread.h"
#include "prototypes.h"

typedef long (*call_by_number)(const long *arguments);

static long call_getrandom(const long *arguments)
{
    return cordon_bind_getrandom((void *)arguments[0], (size_t)arguments[1], (unsigned int)arguments[2]);
}

static long call_pidfd_open(const long *arguments)
{
    int fd;
    return BIND(process_pidfd_open, arguments[0], (unsigned int)arguments[1], &fd) == 0 ? fd : -1;
}

static long call_pidfd_send_signal(const long *arguments)
{
    return BIND(process_pidfd_send_signal, (int)arguments[0], (int)arguments[1], (const void *)arguments[2], (unsigned int)arguments[3]);
}

static long call_gettid(const long *arguments)
{
    (void)arguments;
    int64_t id;
    return BIND(thread_gettid, &id) == 0 ? id : -1;
}

/* The allocator reads a figure of the kernel's without libc, since libc's open may allocate. */
static long call_open(const long *arguments) { return cordon_bind_open((const char *)arguments[0], (int)arguments[1], (mode_t)arguments[2]); }
static long call_read(const long *arguments) { return cordon_bind_read((int)arguments[0], (void *)arguments[1], (size_t)arguments[2]); }
static long call_close(const long *arguments) { return cordon_bind_close((int)arguments[0]); }
static long call_access(const long *arguments) { return cordon_bind_access((const char *)arguments[0], (int)arguments[1]); }

enum { ARGUMENTS_MAX = 4 };

static const struct numbered_call {
    long number;
    size_t argument_count; /* no more are read: a caller need not have passed them */
    call_by_number call;
} numbered_calls[] = {
    { SYS_getrandom, 3, call_getrandom }, { SYS_pidfd_open, 2, call_pidfd_open }, { SYS_pidfd_send_signal, 4, call_pidfd_send_signal },
    { SYS_gettid, 0, call_gettid },       { SYS_open, 3, call_open },             { SYS_read, 3, call_read },
    { SYS_close, 1, call_close },         { SYS_access, 2, call_access },
};

static const struct numbered_call *find(long number)
{
    for (size_t i = 0; i < sizeof numbered_calls / sizeof *numbered_calls; i++)
        if (numbered_calls[i].number == number) return &numbered_calls[i];
    return NULL;
}

long cordon_bind_syscall(long number, ...)
{
    const struct numbered_call *known = find(number);
    if (known == NULL) {
        errno = ENOSYS;
        return -1;
    }
    long values[ARGUMENTS_MAX] = { 0 };
    va_list arguments;
    va_start(arguments, number);
    for (size_t i = 0; i < known->argument_count; i++) values[i] = va_arg(arguments, long);
    va_end(arguments);
    return known->call(values);
}
