/* Hides what happens at a system call outside the filter: the call does not take place, its number is written to
 * descriptor 1, and the kernel kills the process with SIGSYS.
 *
 * The filter answers with a trap and not with death at once, because a dead process tells nobody which call it was: the
 * number is in what the kernel hands to the handler, and in nothing that a parent without privileges can read. The trap
 * gives nothing away. The handler was set before the lock and cannot be set again; the kernel enters it whatever the
 * registers of the guest hold; there is one thread, so nothing runs beside it; its code cannot be written, it reads
 * only what the kernel just wrote, and it does not return. A guest can neither block SIGSYS nor move the handler's stack:
 * both need calls that the filter refuses. At its end the handler makes a refused call on purpose: SIGSYS is blocked there, and a forced signal that is blocked kills. So death
 * by SIGSYS is the kernel's word that the filter was touched; the number is the worker's.
 */
#include "violation.h"

#include "kernel.h"
#include "signal.h"

#include "cordon/exit_code.h"
#include "cordon/protocol.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SIGNAL_CODE_SECCOMP = 1 };

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
static size_t write_frame(const struct image_signal_information *information, unsigned char *bytes)
{
    memset(bytes, 0, CORDON_FRAME_HEADER_SIZE);
    put(bytes, CORDON_FRAME_MAGIC, 4);
    bytes[4] = CORDON_FRAME_VERSION;
    bytes[5] = CORDON_FRAME_VIOLATION;
    put(bytes + 12, CORDON_VIOLATION_SIZE, 4);
    bytes += CORDON_FRAME_HEADER_SIZE;
    put(bytes, (uint32_t)information->number, 4);
    put(bytes + 4, information->architecture, 4);
    put(bytes + 8, information->address, 8);
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

static size_t write_text(const struct image_signal_information *information, unsigned char *bytes)
{
    static const char before[] = "cordon: the sandbox made system call ",
                      after[] = ", which its filter refuses, and is ended\n";
    size_t length = sizeof before - 1;

    memcpy(bytes, before, length);
    length += append_number((char *)bytes + length, information->number);
    memcpy(bytes + length, after, sizeof after - 1);
    return length + sizeof after - 1;
}

static void tell_and_die(int signal, const struct image_signal_information *information, void *context)
{
    unsigned char bytes[128];

    (void)signal;
    (void)context;
    /* One attempt: when the host has gone, or does not take it, the death is told all the same. */
    if (information->code == SIGNAL_CODE_SECCOMP) {
        size_t size = other_side == SPEAKS_FRAMES ? write_frame(information, bytes) : write_text(information, bytes);

        image_system_call(IMAGE_CALL_WRITE, 1, (long)bytes, (long)size, 0);
    }
    image_system_call(IMAGE_CALL_PRCTL, 0, 0, 0, 0);
    for (;;) /* not reached: should a kernel ever let the call above pass, this still ends it */
        image_system_call(IMAGE_CALL_EXIT, CORDON_EXIT_CRASHED, 0, 0, 0);
}

long image_violation_prepare(void)
{
    other_side = SPEAKS_NOT_KNOWN; /* an image that was saved remembers another conversation */
    return image_signal_set(IMAGE_SIGNAL_SYSTEM_CALL, tell_and_die);
}
