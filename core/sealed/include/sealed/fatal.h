/* Ends the sandbox with a message when going on would be wrong; hides from callers how a message leaves and how a
 * sandbox ends. */
#ifndef SEALED_FATAL_H
#define SEALED_FATAL_H

#include "cordon/exit_code.h"

#include <stddef.h>

/* How a sandbox that ended itself exits. */
enum sealed_exit {
    SEALED_EXIT_DEADLOCK = CORDON_EXIT_LIMIT,  /* every thread waits and none of them has a deadline */
    SEALED_EXIT_DAMAGED = CORDON_EXIT_CRASHED, /* heap or stack overwritten */
};

/* Writes `length` bytes of a last message. Borrowed for the call. Must not allocate and must not wait for another
 * thread. */
typedef void (*sealed_message_function)(const char *text, size_t length);

/* Says where last messages go; NULL (the default) writes them to the gate as they are. The worker sets this when its
 * output is framed. */
void sealed_fatal_set_output(sealed_message_function output);

/* Writes "cordon: <message>\n" and ends the sandbox with `exit_code`. Does not allocate, flush streams or run exit
 * handlers. */
_Noreturn void sealed_fatal(const char *message, int exit_code);

/* Writes `message` and, after a colon, `detail` (may be NULL), then ends as above. */
_Noreturn void sealed_fatal_detail(const char *message, const char *detail, int exit_code);

/* Asked before a message of SEALED_EXIT_DAMAGED leaves: may end the sandbox with a better one. NULL (the default) has
 * none. */
void sealed_fatal_set_explanation(void (*explain)(void));

/* Ends the sandbox at once: no message, no flush. */
_Noreturn void sealed_exit_now(int exit_code);

/* The same, because of a signal that the program raised on itself: with the exit code that a shell shows for it. */
_Noreturn void sealed_exit_by_signal(int number);

/* Something to do before the gate is told to exit, such as a frame with the exit code; NULL (the default) is nothing.
 */
typedef void (*sealed_leave_function)(int exit_code); /* CORDON_EXIT_CODE_OF_SIGNAL: by a signal */
void sealed_exit_set_leave(sealed_leave_function leave);

#endif
