/* A gate for native tests of the sealed layer: exit ends the process, written bytes can be read back. */
#ifndef FAKE_GATE_H
#define FAKE_GATE_H

struct fake_gate_ending {
    int exit_code;     /* as given to the gate, 0 if `act` returned, 1000 + signal if it was killed */
    char output[4096]; /* what went through the gate, NUL-terminated */
};

/* Writes where the gate writes. */
long fake_gate_write(const void *data, unsigned long size);

/* Runs `act` in a child process and says how it ended. */
struct fake_gate_ending fake_gate_run_in_child(void (*act)(void));

#endif
