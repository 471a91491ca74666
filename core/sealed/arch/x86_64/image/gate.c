/* The gate of cordon-sandbox: the object's one undefined name, answered by read on descriptor 0, write on descriptor 1,
 * and exit. */
#include "cordon/exit_code.h"
#include "cordon/gate.h"

#include "kernel.h"
#include "layout.h"
#include "violation.h"

/* The kernel moves at most about 2 GiB at once; a smaller number keeps every answer positive. */
#define TRANSFER_MAX (1ul << 30)

static long at_most(unsigned long size)
{
    return (long)(size < TRANSFER_MAX ? size : TRANSFER_MAX);
}

static long read_input(void *buffer, unsigned long size)
{
    long result;

    do
        result = image_system_call(IMAGE_CALL_READ, 0, (long)buffer, at_most(size), 0);
    while (result == IMAGE_ERROR_INTERRUPTED);
    return result;
}

static long write_output(void *buffer, unsigned long size)
{
    long result;

    do
        result = image_system_call(IMAGE_CALL_WRITE, 1, (long)buffer, at_most(size), 0);
    while (result == IMAGE_ERROR_INTERRUPTED);
    return result;
}

static _Noreturn void leave(unsigned long code)
{
    for (;;)
        image_system_call(IMAGE_CALL_EXIT, (long)(code & 0xff), 0, 0, 0);
}

/* The caller is the sandbox's own code, so the size is not an attacker's; it tells two versions of the structure apart.
 */
static long tell_memory(struct cordon_gate_memory *memory_out, unsigned long size)
{
    if (size != sizeof *memory_out)
        return IMAGE_ERROR_INVALID;
    *memory_out = (struct cordon_gate_memory){image_variables, image_variables_end};
    return 0;
}

long cordon_gate(long operation, void *buffer, unsigned long size)
{
    long count;

    switch (operation) {
    case CORDON_GATE_READ:
        count = read_input(buffer, size);
        if (count > 0)
            image_violation_note_read(buffer);
        return count;
    case CORDON_GATE_WRITE:
        return write_output(buffer, size);
    case CORDON_GATE_MEMORY:
        return tell_memory(buffer, size);
    default:
        /* An operation that nobody defined is a damaged caller. */
        leave(operation == CORDON_GATE_EXIT ? size : CORDON_EXIT_CRASHED);
    }
}
