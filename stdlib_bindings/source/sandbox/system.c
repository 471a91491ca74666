/* Hides from CPython what machine this is: fixed answers, the same on every host, so that nothing about a host shows.
 */
#define _GNU_SOURCE /* cpu_set_t */
#include "result.h"

#include "sealed/descriptor.h"
#include "sealed/heap.h"
#include "sealed/random.h"
#include "sealed/thread.h"

#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, TICKS_PER_S = 100, POSIX_VERSION = 200809 };

long sandbox_thread_number(void);

struct constant_row {
    int name;
    long value;
};

/* What is not here, such as _SC_OPEN_MAX of a host, is answered as unknown. */
static const struct constant_row constants[] = {
    {_SC_ARG_MAX, 131072},
    {_SC_CHILD_MAX, 0},
    {_SC_CLK_TCK, TICKS_PER_S},
    {_SC_NGROUPS_MAX, 32},
    {_SC_OPEN_MAX, SEALED_DESCRIPTOR_MAX},
    {_SC_STREAM_MAX, SEALED_DESCRIPTOR_MAX},
    {_SC_TZNAME_MAX, 6},
    {_SC_JOB_CONTROL, -1},
    {_SC_SAVED_IDS, 1},
    {_SC_VERSION, POSIX_VERSION},
    {_SC_PAGESIZE, PAGE_BYTES},
    {_SC_IOV_MAX, 1024},
    {_SC_GETGR_R_SIZE_MAX, 1024},
    {_SC_GETPW_R_SIZE_MAX, 1024},
    {_SC_LOGIN_NAME_MAX, 256},
    {_SC_TTY_NAME_MAX, 32},
    {_SC_THREADS, POSIX_VERSION},
    {_SC_THREAD_KEYS_MAX, SEALED_THREAD_KEYS_MAX},
    {_SC_THREAD_STACK_MIN, SEALED_THREAD_STACK_BYTES_MIN},
    {_SC_NPROCESSORS_CONF, 1},
    {_SC_NPROCESSORS_ONLN, 1},
    {_SC_ATEXIT_MAX, 64},
    {_SC_HOST_NAME_MAX, 64},
    {_SC_SYMLOOP_MAX, SEALED_LINK_DEPTH_MAX},
    {_SC_MONOTONIC_CLOCK, POSIX_VERSION},
    {_SC_SEM_NSEMS_MAX, -1}, /* no limit */
    {_SC_SEM_VALUE_MAX, INT_MAX},
    {_SC_RTSIG_MAX, 30},
    {_SC_SIGQUEUE_MAX, 0},
    {_SC_MINSIGSTKSZ, 2048},
    {_SC_SIGSTKSZ, 8192},
};

static long pages_of_limit(void)
{
    struct sealed_heap_figures figures;

    sealed_heap_figures(&figures);
    return (long)(figures.limit_bytes / PAGE_BYTES);
}

static long pages_left(void)
{
    struct sealed_heap_figures figures;

    sealed_heap_figures(&figures);
    return (long)((figures.limit_bytes - figures.current_bytes) / PAGE_BYTES);
}

long cordon_bind_sysconf(int name)
{
    if (name == _SC_PHYS_PAGES)
        return pages_of_limit();
    if (name == _SC_AVPHYS_PAGES)
        return pages_left();
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
        if (constants[i].name == name)
            return constants[i].value;
    return sandbox_refuse(EINVAL);
}

long cordon_bind___sysconf(int name)
{
    return cordon_bind_sysconf(name);
}

int cordon_bind_getpagesize(void)
{
    return PAGE_BYTES;
}

size_t cordon_bind_confstr(int name, char *buffer, size_t size)
{
    static const char path[] = "/bin:/usr/bin";

    if (name != _CS_PATH) {
        errno = EINVAL;
        return 0;
    }
    if (size > 0)
        snprintf(buffer, size, "%s", path);
    return sizeof path;
}

/* The name of the system is Linux because its numbers and rules are; the rest says what it is. */
int cordon_bind_uname(struct utsname *names_out)
{
    *names_out = (struct utsname){.sysname = "Linux",
                                  .nodename = "cordon",
                                  .release = "6.1.0-cordon",
                                  .version = "#1 sandbox",
                                  .machine = "x86_64"};
    return 0;
}

int cordon_bind_gethostname(char *name, size_t size)
{
    static const char host[] = "cordon";

    if (size < sizeof host)
        return sandbox_refuse(ENAMETOOLONG);
    memcpy(name, host, sizeof host);
    return 0;
}

/* --- one processor, one scheduling class --- */

int cordon_bind_sched_getaffinity(pid_t process, size_t size, cpu_set_t *set_out)
{
    if (process != 0 && process != 1)
        return sandbox_refuse(ESRCH);
    memset(set_out, 0, size);
    CPU_SET_S(0, size, set_out);
    return 0;
}

int cordon_bind_sched_setaffinity(pid_t process, size_t size, const cpu_set_t *set)
{
    if (process != 0 && process != 1)
        return sandbox_refuse(ESRCH);
    return CPU_ISSET_S(0, size, set) ? 0 : sandbox_refuse(EINVAL);
}

int cordon_bind_sched_get_priority_max(int policy)
{
    return policy == SCHED_OTHER ? 0 : sandbox_refuse(EINVAL);
}

int cordon_bind_sched_get_priority_min(int policy)
{
    return policy == SCHED_OTHER ? 0 : sandbox_refuse(EINVAL);
}

/* --- numbers instead of names --- */

/* CPython asks for two things by system call number. All others are refused, as a kernel would that does not know them.
 */
long cordon_bind_syscall(long number, ...)
{
    va_list arguments;
    void *buffer;
    size_t size;

    if (number == SYS_gettid)
        return sandbox_thread_number();
    if (number != SYS_getrandom)
        return sandbox_refuse(ENOSYS);
    va_start(arguments, number);
    buffer = va_arg(arguments, void *);
    size = va_arg(arguments, size_t);
    va_end(arguments);
    sealed_random_bytes(buffer, size);
    return (long)size;
}
