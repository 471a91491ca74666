/* Hides how a refused system call is written down, and the names of the kernel's entries, from the rest of the
 * supervisor. */
#include "violation.h"

#include <stdio.h>

#include "frame.h"

enum { X32_BIT = 0x40000000 };
#define ARCHITECTURE_X86_64 0xC000003Eu
#define ARCHITECTURE_I386 0x40000003u

void violation_decode(const unsigned char payload[CORDON_VIOLATION_SIZE], violation *violation_out)
{
    *violation_out = (violation){
        .number = (int32_t)frame_get_u32(payload),
        .architecture = frame_get_u32(payload + 4),
        .instruction = (uint64_t)frame_get_u32(payload + 8) | (uint64_t)frame_get_u32(payload + 12) << 32,
    };
}

static const char *entry_name(const violation *violation)
{
    if (violation->architecture == ARCHITECTURE_I386)
        return "32-bit entry";
    if (violation->architecture != ARCHITECTURE_X86_64)
        return "an unknown entry";
    return violation->number > 0 && (violation->number & X32_BIT) != 0 ? "x32 entry" : "x86-64";
}

void violation_describe(const violation *violation, char *text, size_t size)
{
    if (violation == NULL)
        snprintf(text, size, "the sandbox made a system call outside its filter and was killed");
    else
        snprintf(text, size, "the sandbox made system call %ld (%s), which its filter refuses, and was killed",
                 (long)violation->number, entry_name(violation));
}
