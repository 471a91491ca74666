/* Types and fixed-parameter forms of the primitives of process. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_PROCESS_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_PROCESS_H

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>

static inline int prctl_option(int option, unsigned long value)
{
    return prctl(option, value, 0UL, 0UL, 0UL);
}

/* glibc has these two since 2.36 only. */
static inline int pidfd_open_flags(pid_t pid, unsigned int flags)
{
    return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int pidfd_send_signal_info(int fd, int signal, siginfo_t *info, unsigned int flags)
{
    return (int)syscall(SYS_pidfd_send_signal, fd, signal, info, flags);
}

typedef pid_t (*process_vfork_function)(void);

/* vfork is handed out rather than called: a wrapper's frame would be gone when the parent returns through it. */
static inline process_vfork_function vfork_entry(void)
{
    return vfork;
}

/* Starts `function` in a child that borrows this memory until it execs or ends, and gives a descriptor for it. */
static inline pid_t clone_borrowing(int (*function)(void *), void *stack_top, void *argument, int *fd_out)
{
    return clone(function, stack_top, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, argument, fd_out);
}

static inline int descriptor_duplicate_above(int fd, int lowest)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, lowest);
}

/* dup3 refuses equal numbers, and they are above every one that the child wants. */
static inline int descriptor_place(int fd, int number)
{
    return dup2(fd, number);
}

static inline int directory_change(const char *path)
{
    return chdir(path);
}

static inline int close_from_to(unsigned int first, unsigned int last)
{
    return (int)syscall(SYS_close_range, first, last, 0U);
}

#endif
