/* Hides from CPython that there is one process with one ordinary user, and nobody else. */
#include "result.h"

#include "sealed/fs.h"

#include <sys/types.h>
#include <unistd.h>

enum { THE_PROCESS = 1, NO_PROCESS = 0 };

pid_t cordon_bind_getpid(void)
{
    return THE_PROCESS;
}

pid_t cordon_bind_getppid(void)
{
    return NO_PROCESS;
}

pid_t cordon_bind_getpgrp(void)
{
    return THE_PROCESS;
}

static pid_t of_the_process(pid_t process)
{
    return process == 0 || process == THE_PROCESS ? THE_PROCESS : sandbox_refuse(ESRCH);
}

pid_t cordon_bind_getpgid(pid_t process)
{
    return of_the_process(process);
}

pid_t cordon_bind_getsid(pid_t process)
{
    return of_the_process(process);
}

uid_t cordon_bind_getuid(void)
{
    return SEALED_USER;
}

uid_t cordon_bind_geteuid(void)
{
    return SEALED_USER;
}

gid_t cordon_bind_getgid(void)
{
    return SEALED_GROUP;
}

gid_t cordon_bind_getegid(void)
{
    return SEALED_GROUP;
}

int cordon_bind_getresuid(uid_t *real_out, uid_t *effective_out, uid_t *saved_out)
{
    *real_out = *effective_out = *saved_out = SEALED_USER;
    return 0;
}

int cordon_bind_getresgid(gid_t *real_out, gid_t *effective_out, gid_t *saved_out)
{
    *real_out = *effective_out = *saved_out = SEALED_GROUP;
    return 0;
}

int cordon_bind_getgroups(int count, gid_t *groups_out)
{
    if (count == 0)
        return 1;
    if (count < 0)
        return sandbox_refuse(EINVAL);
    groups_out[0] = SEALED_GROUP;
    return 1;
}
