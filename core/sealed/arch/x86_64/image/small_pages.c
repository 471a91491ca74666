/* Hides from everything behind the start that a kernel may have large pages. With them it could give this process memory
 * without a fault, or a hundred pages at one; so a host that counts faults knows whether it has got any
 * (core/supervisor/worker_memory.c). Code and constants keep theirs. */
#include "kernel.h"
#include "layout.h"

enum { ADVICE_NO_HUGE_PAGES = 15 };

static long advise(const unsigned char *start, const unsigned char *end)
{
    long error = image_system_call(IMAGE_CALL_MADVISE, (long)start, end - start, ADVICE_NO_HUGE_PAGES, 0);

    return error == IMAGE_ERROR_INVALID ? 0 : error; /* this kernel was built without them */
}

long image_small_pages(void)
{
    long error = advise(image_guard_end, image_stack_end);

    return error != 0 ? error : advise(image_variables, image_variables_end);
}
