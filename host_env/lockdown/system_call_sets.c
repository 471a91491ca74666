/* Removes nothing itself: the tables of system calls that known kinds of processes need. */
#include <sys/syscall.h>

#include "host_env/lockdown.h"

/* A descriptor is an int, so the kernel looks at the low 32 bits only: the rest must not decide. */
#define DESCRIPTOR_IS(wanted)                                                                                          \
    {                                                                                                                  \
        {                                                                                                              \
            .test = HOST_SYSTEM_CALL_EQUAL, .argument = 0, .mask = UINT32_MAX, .value = (wanted)                       \
        }                                                                                                              \
    }

#define WORKER_CALLS                                                                                                   \
    {.number = SYS_read, .conditions = DESCRIPTOR_IS(0)}, {.number = SYS_write, .conditions = DESCRIPTOR_IS(1)},       \
        {.number = SYS_exit},                                                                                          \
    {                                                                                                                  \
        .number = SYS_exit_group                                                                                       \
    }

static const host_system_call_rule worker_rules[] = {WORKER_CALLS};
static const host_system_call_rule worker_before_exec_rules[] = {
    WORKER_CALLS,
    {.number = SYS_execve},
    {.number = SYS_execveat},
};

#define COUNT(rules) (sizeof(rules) / sizeof((rules)[0]))
const host_system_call_filter host_system_calls_worker = {worker_rules, COUNT(worker_rules), HOST_SYSTEM_CALL_KILL};
const host_system_call_filter host_system_calls_worker_before_exec = {
    worker_before_exec_rules, COUNT(worker_before_exec_rules), HOST_SYSTEM_CALL_KILL};
