/* Hides from CPython and libc where errno is: one global, which the scheduler makes each thread's own. */
#include "interpreter_threads.h"

#include "sealed/thread.h"

static int error_number;

int *cordon_bind___errno_location(void)
{
    return &error_number;
}

int sandbox_errno_begin(void)
{
    return sealed_thread_register_local(&error_number, sizeof error_number);
}
