/* What a worker said of the system call that its filter refused, as words. Pure: no I/O, no allocation. */
#ifndef CORDON_SUPERVISOR_VIOLATION_H
#define CORDON_SUPERVISOR_VIOLATION_H

#include <stddef.h>
#include <stdint.h>

#include "cordon/protocol.h"

typedef struct violation {
    int32_t number;        /* as the kernel took it; numbers of the x32 interface have bit 30 set */
    uint32_t architecture; /* AUDIT_ARCH_X86_64, AUDIT_ARCH_I386 */
    uint64_t instruction;  /* address behind it, in the worker */
} violation;

/* Reads the payload of a VIOLATION frame. Every value of it is possible; none is trusted further than to be shown. */
void violation_decode(const unsigned char payload[CORDON_VIOLATION_SIZE], violation *violation_out);

/* One sentence for people, cut to `size`. `violation` NULL: the worker died of its filter and did not say at which
 * call. */
void violation_describe(const violation *violation, char *text, size_t size);

#endif
