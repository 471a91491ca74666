/* The twin: a program behind the sandbox's start code that leaves through the gate, with 7. */
#include "cordon/gate.h"
#include "cordon/sandbox.h"

_Noreturn void cordon_sandbox_main(void)
{
    cordon_gate(CORDON_GATE_EXIT, 0, 7);
    for (;;)
        ;
}
