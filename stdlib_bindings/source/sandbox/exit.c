/* Hides from CPython how a program ends: exit handlers, then streams, then the gate. */
#include "result.h"
#include "stdio_stream.h"

#include "sealed/fatal.h"

#include <signal.h>
#include <stddef.h>

enum { HANDLERS_MAX = 64 };

static void (*handlers[HANDLERS_MAX])(void);
static int handler_count;

int cordon_bind_raise(int number);

int cordon_bind_atexit(void (*handler)(void))
{
    if (handler_count == HANDLERS_MAX)
        return sandbox_refuse(ENOMEM);
    handlers[handler_count++] = handler;
    return 0;
}

_Noreturn void cordon_bind__exit(int code)
{
    sealed_exit_now(code & 0xff);
}

_Noreturn void cordon_bind_exit(int code)
{
    while (handler_count > 0)
        handlers[--handler_count]();
    stream_flush_all();
    sealed_exit_now(code & 0xff);
}

_Noreturn void cordon_bind_abort(void)
{
    cordon_bind_raise(SIGABRT); /* a handler may want to see it; there is no way back from abort */
    sealed_exit_by_signal(SIGABRT);
}
