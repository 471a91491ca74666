/* Hides that a C stack which runs over its end is a fault like any other: CPython counts most of its recursion, not all
 * (a chain of a hundred thousand iterators, each asking the next), and then a limit was reached and nothing is broken.
 *
 * The sandbox is asked first; when it knows of no overflow it comes back, and the process dies by the same kind of
 * fault as if nobody had looked: one more, here, where SIGSEGV is blocked, at which the kernel kills. */
#include "overflow.h"

#include "kernel.h"
#include "layout.h"
#include "signal.h"

#include "cordon/exit_code.h"
#include "cordon/sandbox.h"

#include <stddef.h>
#include <stdint.h>

/* In the kernel's ucontext: flags, link, three words of stack, then the registers, the stack pointer as the sixteenth.
 */
enum { AT_STACK_POINTER = 5 + 15 };
enum { PROTECTION_READ = 1 };

/* Absent from a test's program that is only start code. */
#pragma weak cordon_sandbox_faulted

static int is_in_guard(uint64_t address)
{
    return address >= (uintptr_t)image_guard_start && address < (uintptr_t)image_guard_end;
}

static void explain_or_die(int signal, const struct image_signal_information *information, void *context)
{
    uint64_t stack_pointer = ((const uint64_t *)context)[AT_STACK_POINTER];

    (void)signal;
    if (cordon_sandbox_faulted)
        cordon_sandbox_faulted((const void *)(uintptr_t)stack_pointer,
                               is_in_guard(information->address) || is_in_guard(stack_pointer));
    *(volatile const unsigned char *)image_guard_start;
    for (;;) /* not reached: nothing is mapped there */
        image_system_call(IMAGE_CALL_EXIT, CORDON_EXIT_CRASHED, 0, 0, 0);
}

/* Not to be written, but to be read: who saves the image reads all of it. */
static long guard_heap(void)
{
    return image_system_call(IMAGE_CALL_MPROTECT, (long)image_heap_guard, image_heap_guard_end - image_heap_guard,
                             PROTECTION_READ, 0);
}

long image_overflow_prepare(void)
{
    long error = guard_heap();

    if (error == 0)
        error = image_signal_set(IMAGE_SIGNAL_SEGMENT, explain_or_die);
    return error ? error : image_signal_set(IMAGE_SIGNAL_BUS, explain_or_die);
}
