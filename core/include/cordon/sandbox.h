/* The way into cordon_sandbox.o, for an embedder that supplies cordon_gate itself, and for the start code of
 * cordon-sandbox. */
#ifndef CORDON_SANDBOX_H
#define CORDON_SANDBOX_H

/* Reads a program through the gate, runs it, and leaves through the gate; see docs/protocol.md for what is read. Called
 * once, on a stack of at least CORDON_SANDBOX_STACK_BYTES whose end the caller guards. All state is the object's own:
 * one sandbox per process. */
#define CORDON_SANDBOX_STACK_BYTES (16ul * 1024ul * 1024ul)

_Noreturn void cordon_sandbox_main(void);

/* For whoever watches memory faults of the thread that runs cordon_sandbox_main, to be called at one, on another stack
 * (32 KiB are enough): ends the sandbox with its limit on recursion if the cause is that one of its stacks overflowed,
 * else returns. `stack_pointer` is that of the fault; `is_in_guard` says whether it, or the address that could not be
 * touched, lies in the guard of the stack of cordon_sandbox_main. Without it an overflow is a crash. */
void cordon_sandbox_faulted(const void *stack_pointer, int is_in_guard);

#endif
