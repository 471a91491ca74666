/* Start code of a template, for a measurement only: a process that waits before its lock and forks once for each byte
 * on descriptor 3; the child goes on as cordon-sandbox does. It answers with a byte on descriptor 4 when the child was
 * reaped. Without a descriptor 3 it starts as usual. */
#include "kernel.h"
#include "overflow.h"
#include "populate.h"
#include "signal.h"
#include "violation.h"

#include "cordon/exit_code.h"
#include "cordon/sandbox.h"

enum { CALL_READ = 0, CALL_WRITE = 1, CALL_FORK = 57, CALL_EXIT = 60, CALL_WAIT4 = 61 };

_Noreturn void image_start(void);

static _Noreturn void leave(void)
{
    for (;;)
        image_system_call(CALL_EXIT, CORDON_EXIT_SETUP_FAILED, 0, 0, 0);
}

static void be_template(void)
{
    char byte;
    long count;

    while ((count = image_system_call(CALL_READ, 3, (long)&byte, 1, 0)) == 1) {
        long child = image_system_call(CALL_FORK, 0, 0, 0, 0);
        if (child == 0)
            return;
        if (child < 0 || image_system_call(CALL_WAIT4, child, 0, 0, 0) != child ||
            image_system_call(CALL_WRITE, 4, (long)&byte, 1, 0) != 1)
            leave();
    }
    if (count == 0)
        image_system_call(CALL_EXIT, 0, 0, 0, 0);
}

_Noreturn void image_start(void)
{
    if (image_forget_host() != 0)
        leave();
    image_populate(); /* a template has its pages; its children copy those that they write */
    be_template();
    if (image_signal_prepare() != 0 || image_overflow_prepare() != 0 || image_violation_prepare() != 0 ||
        image_lock() != 0)
        leave();
    cordon_sandbox_main();
}
