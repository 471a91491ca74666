/* Hides from the scheduler what sealed_arch_switch expects on a stack that never ran: must match the order of pushes in
 * switch.S. */
#include "sealed/arch.h"

#include <stddef.h>
#include <stdint.h>

struct saved_registers {
    uint32_t vector_modes;
    uint32_t x87_modes;
    uint64_t r15, r14, r13, r12, rbx, rbp;
    void (*resume_at)(void);
    uint64_t no_caller; /* entry sees a stack as after a call: a return address at a position that is 8 below a multiple
                           of 16 */
};

_Static_assert(sizeof(struct saved_registers) == 72,
               "seven slots that switch.S pops, the address it returns to, an empty caller");
_Static_assert(offsetof(struct saved_registers, no_caller) % 16 == 0,
               "with `top` aligned to 16 and 72 bytes, no_caller lies 8 below a multiple of 16");

void *sealed_arch_stack_prepare(void *top, void (*entry)(void))
{
    struct saved_registers *saved = (struct saved_registers *)((char *)top - sizeof *saved);

    *saved = (struct saved_registers){
        .vector_modes = 0x1f80, /* the ABI's state at process start: all exceptions masked, round to nearest */
        .x87_modes = 0x037f,
        .resume_at = entry,
    };
    return saved;
}
