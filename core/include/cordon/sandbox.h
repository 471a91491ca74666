/* The way into cordon_sandbox.o, for an embedder that supplies cordon_gate itself, and for the start code of
 * cordon-sandbox. */
#ifndef CORDON_SANDBOX_H
#define CORDON_SANDBOX_H

/* Reads a program through the gate, runs it, and leaves through the gate; see docs/protocol.md for what is read. Called
 * once, on a stack of at least CORDON_SANDBOX_STACK_BYTES whose end the caller guards. All state is the object's own:
 * one sandbox per process. */
#define CORDON_SANDBOX_STACK_BYTES (16ul * 1024ul * 1024ul)

_Noreturn void cordon_sandbox_main(void);

#endif
