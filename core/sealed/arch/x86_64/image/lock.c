/* Takes every system call from this process for ever, except: read on descriptor 0, write on descriptor 1, exit. The rest
 * kills it: by a trap whose handler names the call first (violation.c). No handler returns, so the call for that is not
 * needed; and by it a guest could leave behind in the kernel what nobody could clear: blocked signals, another stack for
 * handlers. */
#include "kernel.h"

#include <stdint.h>

enum { PRCTL_SET_NO_NEW_PRIVILEGES = 38, SECCOMP_SET_MODE_FILTER = 1 };
enum { ARCHITECTURE_X86_64 = (int)0xc000003e };
enum { VERDICT_ALLOW = 0x7fff0000, VERDICT_TRAP = 0x00030000 };
/* Offsets in what the filter sees of a call: number, architecture, instruction pointer, six arguments of 8 bytes. */
enum { AT_NUMBER = 0, AT_ARCHITECTURE = 4, AT_FIRST_LOW = 16, AT_FIRST_HIGH = 20 };

struct instruction {
    uint16_t code;
    uint8_t if_true, if_false; /* instructions to skip */
    uint32_t value;
};

struct program {
    uint16_t length;
    const struct instruction *instructions;
};

#define LOAD(offset)                                                                                                   \
    {                                                                                                                  \
        0x20, 0, 0, (offset)                                                                                           \
    }
#define SKIP_UNLESS(number, count)                                                                                     \
    {                                                                                                                  \
        0x15, 0, (count), (uint32_t)(number)                                                                           \
    }
#define VERDICT(verdict)                                                                                               \
    {                                                                                                                  \
        0x06, 0, 0, (uint32_t)(verdict)                                                                                \
    }

/* A call on one descriptor only; both halves are compared, so that no other number is taken for it. Seven instructions.
 */
#define ALLOW_ON_DESCRIPTOR(call, descriptor)                                                                          \
    SKIP_UNLESS(call, 6), LOAD(AT_FIRST_HIGH), SKIP_UNLESS(0, 3), LOAD(AT_FIRST_LOW), SKIP_UNLESS(descriptor, 1),      \
        VERDICT(VERDICT_ALLOW), VERDICT(VERDICT_TRAP)
#define ALLOW(call) SKIP_UNLESS(call, 1), VERDICT(VERDICT_ALLOW)

/* Numbers of the x32 interface have a bit set that makes them unequal to all of these. */
static const struct instruction filter[] = {
    LOAD(AT_ARCHITECTURE),
    {0x15, 1, 0, (uint32_t)ARCHITECTURE_X86_64},
    VERDICT(VERDICT_TRAP),
    LOAD(AT_NUMBER),
    ALLOW_ON_DESCRIPTOR(IMAGE_CALL_READ, 0),
    ALLOW_ON_DESCRIPTOR(IMAGE_CALL_WRITE, 1),
    ALLOW(IMAGE_CALL_EXIT),
    VERDICT(VERDICT_TRAP),
};

long image_lock(void)
{
    const struct program program = {sizeof filter / sizeof *filter, filter};
    /* Without this only root may install a filter; with it, nothing that this process could ever execute would gain
     * rights. */
    long error = image_system_call(IMAGE_CALL_PRCTL, PRCTL_SET_NO_NEW_PRIVILEGES, 1, 0, 0);

    if (error != 0)
        return error;
    return image_system_call(IMAGE_CALL_SECCOMP, SECCOMP_SET_MODE_FILTER, 0, (long)&program, 0);
}
