/* Types and system calls of the primitives of lockdown. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_LOCKDOWN_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_LOCKDOWN_H

#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int seccomp_install(unsigned int flags, const struct sock_fprog *program)
{
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
}

static inline int landlock_create(const void *attributes, size_t size, unsigned int flags)
{
    return (int)syscall(SYS_landlock_create_ruleset, attributes, size, flags);
}

static inline int landlock_allow_path(int ruleset, const struct landlock_path_beneath_attr *rule)
{
    return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0U);
}

static inline int landlock_restrict(int ruleset)
{
    return (int)syscall(SYS_landlock_restrict_self, ruleset, 0U);
}

#endif
