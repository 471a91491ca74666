/* Hides what happens at a system call outside the filter: the call does not take place, its number is written to
 * descriptor 1, and the kernel kills the process with SIGSYS.
 *
 * The filter answers with a trap and not with death at once, because a dead process tells nobody which call it was: the
 * number is in what the kernel hands to the handler, and in nothing that a parent without privileges can read. The trap
 * gives nothing away. The handler was set before the lock and cannot be set again; the kernel enters it whatever the
 * registers of the guest hold; there is one thread, so nothing runs beside it; its code cannot be written, it reads
 * only what the kernel just wrote, and it does not return. A guest that returns from a made-up signal can block SIGSYS
 * or move the handler's stack: then the kernel kills at once, or the same code runs on other memory. At its end the
 * handler makes a refused call on purpose: SIGSYS is blocked there, and a forced signal that is blocked kills. So death
 * by SIGSYS is the kernel's word that the filter was touched; the number is the worker's.
 */
#include "violation.h"

#include "kernel.h"

#include "cordon/exit_code.h"
#include "cordon/protocol.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SIGNAL_SYSTEM_CALL = 31, SIGNAL_CODE_SECCOMP = 1 };
enum { ACTION_WITH_INFORMATION = 4, ACTION_HAS_RESTORER = 0x04000000, ACTION_ON_STACK = 0x08000000 };
enum { SIGNAL_MASK_BYTES = 8 };
/* A frame of the kernel holds all vector registers: at most 11 KiB today. */
enum { STACK_BYTES = 64 * 1024 };

/* As the kernel lays them out for x86-64. */
struct signal_information {
    int32_t signal, error, code, padding;
    uint64_t instruction; /* behind the one that asked */
    int32_t number;
    uint32_t architecture;
};

struct signal_action {
    void (*handler)(int signal, const struct signal_information *information, void *context);
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};

struct signal_stack {
    void *lowest;
    int32_t flags;
    uint64_t size_bytes;
};

_Static_assert(offsetof(struct signal_information, number) == 24, "siginfo_t of SIGSYS");
_Static_assert(sizeof(struct signal_action) == 32 && sizeof(struct signal_stack) == 24, "the kernel's structures");

static unsigned char stack[STACK_BYTES] __attribute__((aligned(4096)));
static enum { SPEAKS_NOT_KNOWN, SPEAKS_TEXT, SPEAKS_FRAMES } other_side;

void image_violation_note_read(const void *bytes)
{
    if (other_side == SPEAKS_NOT_KNOWN)
        other_side = *(const unsigned char *)bytes == '\0' ? SPEAKS_FRAMES : SPEAKS_TEXT;
}

static void put(unsigned char *bytes, uint64_t value, int count)
{
    for (int i = 0; i < count; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
}

/* docs/protocol.md: VIOLATION. */
static size_t write_frame(const struct signal_information *information, unsigned char *bytes)
{
    memset(bytes, 0, CORDON_FRAME_HEADER_SIZE);
    put(bytes, CORDON_FRAME_MAGIC, 4);
    bytes[4] = CORDON_FRAME_VERSION;
    bytes[5] = CORDON_FRAME_VIOLATION;
    put(bytes + 12, CORDON_VIOLATION_SIZE, 4);
    bytes += CORDON_FRAME_HEADER_SIZE;
    put(bytes, (uint32_t)information->number, 4);
    put(bytes + 4, information->architecture, 4);
    put(bytes + 8, information->instruction, 8);
    return CORDON_FRAME_HEADER_SIZE + CORDON_VIOLATION_SIZE;
}

static size_t append_number(char *text, int64_t number)
{
    char digits[20];
    size_t count = 0, length = 0;
    uint64_t rest = (uint64_t)(number < 0 ? -number : number);

    if (number < 0)
        text[length++] = '-';
    do
        digits[count++] = (char)('0' + rest % 10);
    while (rest /= 10);
    while (count > 0)
        text[length++] = digits[--count];
    return length;
}

static size_t write_text(const struct signal_information *information, unsigned char *bytes)
{
    static const char before[] = "cordon: the sandbox made system call ",
                      after[] = ", which its filter refuses, and is ended\n";
    size_t length = sizeof before - 1;

    memcpy(bytes, before, length);
    length += append_number((char *)bytes + length, information->number);
    memcpy(bytes + length, after, sizeof after - 1);
    return length + sizeof after - 1;
}

static void tell_and_die(int signal, const struct signal_information *information, void *context)
{
    unsigned char bytes[128];

    (void)signal;
    (void)context;
    /* One attempt: when the host has gone, or does not take it, the death is told all the same. */
    if (information->code == SIGNAL_CODE_SECCOMP) {
        size_t size = other_side == SPEAKS_FRAMES ? write_frame(information, bytes) : write_text(information, bytes);

        image_system_call(IMAGE_CALL_WRITE, 1, (long)bytes, (long)size, 0, 0);
    }
    image_system_call(IMAGE_CALL_PRCTL, 0, 0, 0, 0, 0);
    for (;;) /* not reached: should a kernel ever let the call above pass, this still ends it */
        image_system_call(IMAGE_CALL_EXIT, CORDON_EXIT_CRASHED, 0, 0, 0, 0);
}

/* The kernel wants an address to return to; the handler never does. */
static void never_returned_to(void)
{
    __builtin_trap();
}

long image_violation_prepare(void)
{
    const struct signal_stack own_stack = {.lowest = stack, .size_bytes = sizeof stack};
    /* Not on the stack, whose end is near: strace reads more than the kernel. */
    static const struct signal_action action = {
        .handler = tell_and_die,
        .flags = ACTION_WITH_INFORMATION | ACTION_ON_STACK | ACTION_HAS_RESTORER,
        .restorer = never_returned_to,
    };
    long error = image_system_call(IMAGE_CALL_SIGALTSTACK, (long)&own_stack, 0, 0, 0, 0);

    other_side = SPEAKS_NOT_KNOWN; /* an image that was saved remembers another conversation */
    if (error != 0)
        return error;
    return image_system_call(IMAGE_CALL_RT_SIGACTION, SIGNAL_SYSTEM_CALL, (long)&action, 0, SIGNAL_MASK_BYTES, 0);
}
