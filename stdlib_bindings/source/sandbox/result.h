/* Turns what a sealed function answers into what a libc function answers. */
#ifndef SANDBOX_RESULT_H
#define SANDBOX_RESULT_H

#include <errno.h>
#include <stdint.h>

/* `result` itself, or -1 with errno set. */
static inline int64_t sandbox_result(int64_t result)
{
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

/* -1, with errno set. */
static inline int sandbox_refuse(int error_number)
{
    errno = error_number;
    return -1;
}

#endif
