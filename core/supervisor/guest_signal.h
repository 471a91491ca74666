/* Signals that a program in a sandbox raised on itself. They never reach the host's kernel: the sandbox only says so and exits. */
#ifndef CORDON_SUPERVISOR_GUEST_SIGNAL_H
#define CORDON_SUPERVISOR_GUEST_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

/* Takes EXIT's code apart: the exit code, and the signal (0: none). False: it is no such code. */
bool guest_signal_decode(uint32_t said, int *exit_code_out, int *signal_out);

/* "SIGABRT" and the like; "a signal" for one without a name. Static text. */
const char *guest_signal_name(int number);
/* Whether it stands for a crash (its default is to leave a core) and not for an end that was asked for. */
bool guest_signal_is_crash(int number);

#endif
