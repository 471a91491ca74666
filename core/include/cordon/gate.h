/* The one way out of a sandbox. An embedder that links cordon_sandbox.o supplies cordon_gate; cordon-sandbox brings its
 * own. */
#ifndef CORDON_GATE_H
#define CORDON_GATE_H

/* CORDON_GATE_READ fills `buffer` with at most `size` bytes: how many, 0 at the end, or a negative errno.
 * CORDON_GATE_WRITE takes `size` bytes from `buffer`: how many, or a negative errno.
 * CORDON_GATE_EXIT does not return; `size` is the exit code and `buffer` is not used.
 * CORDON_GATE_MEMORY writes a struct cordon_gate_memory to `buffer` (`size` is its size) and answers 0: which addresses
 * hold all that a sandbox is. Asked only to save an image (frame SAVE); a gate whose memory is not at fixed addresses
 * answers a negative errno. Called from one thread, never from a signal handler; `buffer` is borrowed for the call. */
enum cordon_gate_operation {
    CORDON_GATE_READ = 0,
    CORDON_GATE_WRITE = 1,
    CORDON_GATE_EXIT = 2,
    CORDON_GATE_MEMORY = 3
};

/* Everything that can be written, the stack aside: whole pages, from `first` up to but not including `end`. */
struct cordon_gate_memory {
    unsigned char *first, *end;
};

long cordon_gate(long operation, void *buffer, unsigned long size);

#endif
