/* Hides from functions whose primitive need not set errno how one learns whether it did, without losing the caller's: libc promises that
 * no function sets errno to zero. Private to host_env. */
#ifndef HOST_ENV_SOURCE_ERRNO_GUARD_H
#define HOST_ENV_SOURCE_ERRNO_GUARD_H

#include <errno.h>

/* Before the primitive; answers what errno_guard_end wants. */
static inline int errno_guard_begin(void)
{
    int before = errno;
    errno = 0;
    return before;
}

/* On the line after it; answers what the primitive set, or 0. */
static inline int errno_guard_end(int before)
{
    int code = errno;
    errno = before;
    return code;
}

#endif
