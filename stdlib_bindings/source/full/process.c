/* Who a process is, what it may be, and how it is scheduled: libc's signatures on host_env/process.h. Starting and waiting: child.c. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "host_env/thread.h"
#include "prototypes.h"

/* Functions that only tell one id. */
#define BIND_ID(type, name)                                                                                    \
    type cordon_bind_##name(void)                                                                              \
    {                                                                                                          \
        int64_t id;                                                                                            \
        return BIND(process_##name, &id) == 0 ? (type)id : (type)-1;                                           \
    }
BIND_ID(uid_t, getuid)
BIND_ID(uid_t, geteuid)
BIND_ID(gid_t, getgid)
BIND_ID(gid_t, getegid)
BIND_ID(pid_t, setsid)

/* Neither can fail, so nobody looks for -1, and to kill(2) that is every process there is. A refused number is one that no process has: PID_MAX_LIMIT is
 * 1 << 22. */
enum { NO_PROCESS = INT32_MAX };
pid_t cordon_bind_getpid(void)
{
    int64_t id;
    return BIND(process_getpid, &id) == 0 ? (pid_t)id : NO_PROCESS;
}
pid_t cordon_bind_getppid(void)
{
    int64_t id;
    return BIND(process_getppid, &id) == 0 ? (pid_t)id : NO_PROCESS;
}

pid_t cordon_bind_getpgid(pid_t pid)
{
    int64_t group;
    return BIND(process_getpgid, pid, &group) == 0 ? (pid_t)group : -1;
}

pid_t cordon_bind_getpgrp(void) { return cordon_bind_getpgid(0); }

pid_t cordon_bind_getsid(pid_t pid)
{
    int64_t session;
    return BIND(process_getsid, pid, &session) == 0 ? (pid_t)session : -1;
}

static int ids_result(int result, const host_process_ids *ids, uint32_t *real, uint32_t *effective, uint32_t *saved)
{
    if (result != 0) return result;
    *real = ids->real;
    *effective = ids->effective;
    *saved = ids->saved;
    return 0;
}

int cordon_bind_getresuid(uid_t *real, uid_t *effective, uid_t *saved)
{
    host_process_ids ids;
    return ids_result(BIND(process_getresuid, &ids), &ids, real, effective, saved);
}

int cordon_bind_getresgid(gid_t *real, gid_t *effective, gid_t *saved)
{
    host_process_ids ids;
    return ids_result(BIND(process_getresgid, &ids), &ids, real, effective, saved);
}

int cordon_bind_getgroups(int capacity, gid_t groups[])
{
    if (capacity < 0) {
        errno = EINVAL;
        return -1;
    }
    size_t count;
    return BIND(process_getgroups, groups, (size_t)capacity, &count) == 0 ? (int)count : -1;
}

int cordon_bind_getlogin_r(char *name_out, size_t size) { return BIND_CODE(process_getlogin, name_out, size); }

char *cordon_bind_getlogin(void)
{
    static _Thread_local char name[256];
    return BIND_POINTER(name, process_getlogin, name, sizeof name);
}

int cordon_bind_setuid(uid_t uid) { return BIND(process_setuid, uid); }
int cordon_bind_seteuid(uid_t uid) { return BIND(process_seteuid, uid); }
int cordon_bind_setgid(gid_t gid) { return BIND(process_setgid, gid); }
int cordon_bind_setegid(gid_t gid) { return BIND(process_setegid, gid); }
int cordon_bind_setreuid(uid_t real, uid_t effective) { return BIND(process_setreuid, real, effective); }
int cordon_bind_setregid(gid_t real, gid_t effective) { return BIND(process_setregid, real, effective); }

int cordon_bind_setresuid(uid_t real, uid_t effective, uid_t saved)
{
    host_process_ids ids = { .real = real, .effective = effective, .saved = saved };
    return BIND(process_setresuid, &ids);
}

int cordon_bind_setresgid(gid_t real, gid_t effective, gid_t saved)
{
    host_process_ids ids = { .real = real, .effective = effective, .saved = saved };
    return BIND(process_setresgid, &ids);
}

int cordon_bind_setgroups(size_t count, const gid_t *groups) { return BIND(process_setgroups, groups, count); }
int cordon_bind_initgroups(const char *user, gid_t group) { return BIND(process_initgroups, user, group); }
int cordon_bind_setpgid(pid_t pid, pid_t group) { return BIND(process_setpgid, pid, group); }
int cordon_bind_setpgrp(void) { return BIND(process_setpgid, 0, 0); }
int cordon_bind_setns(int fd, int type) { return BIND(process_setns, fd, type); }
int cordon_bind_unshare(int flags) { return BIND(process_unshare, flags); }

int cordon_bind_nice(int increment)
{
    int nice;
    return BIND(process_nice, increment, &nice) == 0 ? nice : -1;
}

int cordon_bind_getpriority(__priority_which_t which, id_t who)
{
    int priority;
    return BIND(process_getpriority, which, who, &priority) == 0 ? priority : -1;
}

int cordon_bind_setpriority(__priority_which_t which, id_t who, int priority) { return BIND(process_setpriority, which, who, priority); }

int cordon_bind_sched_get_priority_min(int policy)
{
    int lowest, highest;
    return BIND(process_sched_priority_range, policy, &lowest, &highest) == 0 ? lowest : -1;
}

int cordon_bind_sched_get_priority_max(int policy)
{
    int lowest, highest;
    return BIND(process_sched_priority_range, policy, &lowest, &highest) == 0 ? highest : -1;
}

int cordon_bind_sched_getscheduler(pid_t pid)
{
    int policy;
    return BIND(process_sched_getscheduler, pid, &policy) == 0 ? policy : -1;
}

int cordon_bind_sched_setscheduler(pid_t pid, int policy, const struct sched_param *parameters)
{
    return BIND(process_sched_setscheduler, pid, policy, parameters->sched_priority);
}

int cordon_bind_sched_getparam(pid_t pid, struct sched_param *parameters_out)
{
    return BIND(process_sched_getparam, pid, &parameters_out->sched_priority);
}

int cordon_bind_sched_setparam(pid_t pid, const struct sched_param *parameters)
{
    return BIND(process_sched_setparam, pid, parameters->sched_priority);
}

int cordon_bind_sched_rr_get_interval(pid_t pid, struct timespec *interval_out)
{
    int64_t interval_ns;
    if (BIND(process_sched_rr_get_interval, pid, &interval_ns) != 0) return -1;
    *interval_out = (struct timespec){ .tv_sec = interval_ns / 1000000000, .tv_nsec = interval_ns % 1000000000 };
    return 0;
}

int cordon_bind_sched_yield(void) { return BIND_PLAIN(thread_yield); }

/* A set too small for the processors there are is EINVAL, as from the kernel: callers then come back with a larger one. */
int cordon_bind_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set_out)
{
    host_processor_set set;
    if (BIND(process_sched_getaffinity, pid, &set) != 0) return -1;
    const unsigned char *bytes = (const unsigned char *)set.words;
    for (size_t i = size; i < sizeof set.words; i++) {
        if (bytes[i] != 0) {
            errno = EINVAL;
            return -1;
        }
    }
    memset(set_out, 0, size);
    memcpy(set_out, set.words, size < sizeof set.words ? size : sizeof set.words);
    return 0;
}

int cordon_bind_sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set_in)
{
    host_processor_set set;
    memset(&set, 0, sizeof set);
    memcpy(set.words, set_in, size < sizeof set.words ? size : sizeof set.words);
    return BIND(process_sched_setaffinity, pid, &set);
}

struct rusage bind_rusage(const host_process_usage *usage)
{
    return (struct rusage){
        .ru_utime = { usage->user_time_ns / 1000000000, usage->user_time_ns % 1000000000 / 1000 },
        .ru_stime = { usage->system_time_ns / 1000000000, usage->system_time_ns % 1000000000 / 1000 },
        .ru_maxrss = usage->resident_bytes_max / 1024, /* libc tells it in KiB */
        .ru_ixrss = usage->shared_size,
        .ru_idrss = usage->data_size,
        .ru_isrss = usage->stack_size,
        .ru_minflt = usage->minor_faults,
        .ru_majflt = usage->major_faults,
        .ru_nswap = usage->swaps,
        .ru_inblock = usage->blocks_in,
        .ru_oublock = usage->blocks_out,
        .ru_msgsnd = usage->messages_sent,
        .ru_msgrcv = usage->messages_received,
        .ru_nsignals = usage->signals_received,
        .ru_nvcsw = usage->switches_voluntary,
        .ru_nivcsw = usage->switches_involuntary,
    };
}

int cordon_bind_getrusage(__rusage_who_t who, struct rusage *usage_out)
{
    host_process_usage usage;
    if (BIND(process_getrusage, who, &usage) != 0) return -1;
    *usage_out = bind_rusage(&usage);
    return 0;
}

clock_t cordon_bind_times(struct tms *times_out)
{
    host_process_ticks times;
    if (BIND(process_times, &times) != 0) return (clock_t)-1;
    *times_out = (struct tms){ .tms_utime = times.user_ticks, .tms_stime = times.system_ticks, .tms_cutime = times.children_user_ticks,
                               .tms_cstime = times.children_system_ticks };
    return times.elapsed_ticks;
}

int cordon_bind_kill(pid_t pid, int signal) { return BIND(process_kill, pid, signal); }
int cordon_bind_killpg(pid_t group, int signal) { return BIND(process_killpg, group, signal); }
