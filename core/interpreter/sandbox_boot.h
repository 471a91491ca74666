/* CPython brought up to the point where it waits for what to run; hides from the start code and from the image's
 * builder how it is configured. */
#ifndef SANDBOX_BOOT_H
#define SANDBOX_BOOT_H

/* "CPython 3.13.5": told in the greeting, and found by that name in an image's file. */
extern const char image_python_version[];

/* Sets up the sealed layer and starts CPython, unless both were done before, in this process or in the one whose memory
 * an image holds. Nothing is read and nothing written; what fails says so and ends the sandbox with
 * CORDON_EXIT_SETUP_FAILED. The main thread holds the GIL afterwards. */
void sandbox_boot(void);

/* Whether the interpreter was there when the process started. */
int sandbox_boot_was_done(void);

/* Ends the sandbox with `what`, and the exception that is set, if any. */
_Noreturn void sandbox_boot_failed(const char *what);

#endif
