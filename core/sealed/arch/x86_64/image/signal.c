/* Hides how the kernel is told of a signal's handler. */
#include "signal.h"

#include "kernel.h"

#include <stddef.h>

enum { ACTION_WITH_INFORMATION = 4, ACTION_HAS_RESTORER = 0x04000000, ACTION_ON_STACK = 0x08000000 };
enum { SIGNAL_MASK_BYTES = 8 };
/* A frame of the kernel holds all vector registers: at most 11 KiB today. */
enum { STACK_BYTES = 64 * 1024 };

struct signal_action {
    image_signal_function handle;
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};

struct signal_stack {
    void *lowest;
    int32_t flags;
    uint64_t size_bytes;
};

_Static_assert(offsetof(struct image_signal_information, address) == 16, "siginfo_t of SIGSEGV and SIGSYS");
_Static_assert(offsetof(struct image_signal_information, number) == 24, "siginfo_t of SIGSYS");
_Static_assert(sizeof(struct signal_action) == 32 && sizeof(struct signal_stack) == 24, "the kernel's structures");

static unsigned char stack[STACK_BYTES] __attribute__((aligned(4096)));

long image_signal_prepare(void)
{
    const struct signal_stack own_stack = {.lowest = stack, .size_bytes = sizeof stack};

    return image_system_call(IMAGE_CALL_SIGALTSTACK, (long)&own_stack, 0, 0, 0);
}

/* The kernel wants an address to return to; no handler ever does. */
static void never_returned_to(void)
{
    __builtin_trap();
}

long image_signal_set(int signal, image_signal_function handle)
{
    /* Not on the stack, whose end is near: strace reads more than the kernel. */
    static struct signal_action action = {
        .flags = ACTION_WITH_INFORMATION | ACTION_ON_STACK | ACTION_HAS_RESTORER,
        .restorer = never_returned_to,
    };

    action.handle = handle;
    return image_system_call(IMAGE_CALL_RT_SIGACTION, signal, (long)&action, 0, SIGNAL_MASK_BYTES);
}
