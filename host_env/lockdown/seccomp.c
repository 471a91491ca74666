/* Removes every system call but those of a table, for this process and all it starts; what is not in the table is
 * refused. */
#include "lockdown_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "seccomp_program.h"

static host_status prepare(host_lockdown *lockdown, const host_lockdown_config *config, lockdown_refusal *refusal)
{
    if (config->filter == NULL) {
        return HOST_OK;
    }
    lockdown->program = calloc(BPF_MAXINSNS, sizeof(*lockdown->program));
    if (lockdown->program == NULL) {
        return lockdown_refuse(refusal, HOST_NO_MEMORY, ENOMEM, "no memory for a system call filter");
    }
    lockdown->program_length = (unsigned short)seccomp_program_write(config->filter, lockdown->program, BPF_MAXINSNS);
    if (lockdown->program_length == 0) {
        return lockdown_refuse(refusal, HOST_INVALID_ARGUMENT, EINVAL,
                               "the table of system calls is not well formed or too long");
    }
    return HOST_OK;
}

/* All threads at once: one that stayed free could do the calls for the others. */
static int enter(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset)
{
    (void)ruleset;
    if (lockdown->program == NULL) {
        return 0;
    }
    const struct sock_fprog program = {.len = lockdown->program_length, .filter = lockdown->program};
    int result = operations->seccomp_install(SECCOMP_FILTER_FLAG_TSYNC, &program);
    return result < 0 ? errno : result == 0 ? 0 : EAGAIN; /* above 0: the id of a thread that has a filter of its own */
}

const struct lockdown_mechanism lockdown_seccomp = {"the system call filter could not be installed", prepare, enter};
