/* The first C code of cordon-sandbox: drops what the kernel put beside it, locks the process, then starts the
 * interpreter. Hides from it that there was a time before the lock. */
#include "kernel.h"
#include "overflow.h"
#include "populate.h"
#include "signal.h"
#include "violation.h"

#include "cordon/exit_code.h"
#include "cordon/sandbox.h"

_Noreturn void image_start(void);

static _Noreturn void refuse(void)
{
    static const char message[] =
        "cordon: this kernel does not let the sandbox lock itself (seccomp filter or madvise refused); nothing was run\n";

    image_system_call(IMAGE_CALL_WRITE, 2, (long)message, sizeof message - 1, 0);
    for (;;)
        image_system_call(IMAGE_CALL_EXIT, CORDON_EXIT_SETUP_FAILED, 0, 0, 0);
}

_Noreturn void image_start(void)
{
    if (image_small_pages() != 0)
        refuse();
    image_populate();
    if (image_forget_host() != 0 || image_signal_prepare() != 0 || image_overflow_prepare() != 0 || image_violation_prepare() != 0 ||
        image_lock() != 0)
        refuse();
    cordon_sandbox_main();
}
